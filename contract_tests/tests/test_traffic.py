"""
Traffic: the cases made from the contract are what they claim to be, none is missing, and a seed chooses among them.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest

from b2b_invoices_contract.drafts import Drafts
from b2b_invoices_contract.profiles import PROFILES, Pace
from b2b_invoices_contract.run import Options, chosen_sources, send, start
from b2b_invoices_contract.targets import Target, embedded_mock
from b2b_invoices_contract.traffic import SOURCES
from b2b_invoices_contract.traffic.creates import drafts
from b2b_invoices_contract.traffic.edge_cases import edge_cases_of, whole
from b2b_invoices_contract.traffic.fields import REQUEST, fields, value_at
from b2b_invoices_contract.traffic.fuzzing import only_drawn_values, schemathesis_cases
from b2b_invoices_contract.traffic.invalid_bodies import violations
from b2b_invoices_contract.traffic.invalid_queries import invalid_values
from b2b_invoices_spec import load_contract, load_promises

DOCUMENT = load_contract().document
DRAFT = whole(Drafts.of_contract("T", "12345"))
VALIDATOR = load_contract().validator({"$ref": REQUEST})
VIOLATIONS = violations(DOCUMENT)
EDGE_CASES = edge_cases_of(DOCUMENT)


def test_whole_draft_has_every_field() -> None:
    """
    The draft that cases are made of is valid, and has a value for every field of the contract.
    """
    assert VALIDATOR.is_valid(DRAFT)
    assert [field.dotted for field in fields(DOCUMENT) if value_at(DRAFT, field.path) is None] == []


def test_draft_for_a_store_without_channels() -> None:
    """
    A draft for a store without channels is the same without a channel.
    """
    make = Drafts.of_contract("T", "12345")
    make.channels = False

    assert (
        whole(make).keys() == whole(Drafts.of_contract("T", "1"), channel=False).keys() == DRAFT.keys() - {"channelId"}
    )


def test_violation_is_one() -> None:
    """
    A violation makes a body invalid at its field, and nowhere else.
    """
    places = [(one, {_place(error) for error in VALIDATOR.iter_errors(one.of(DRAFT))}) for one in VIOLATIONS]

    assert {str(one): found for one, found in places if found != {one.field.dotted}} == {}
    assert {one.promise for one in VIOLATIONS} <= set(load_promises())


def test_edge_case_is_valid() -> None:
    """
    An edge case is valid, and differs from the draft that it is made of, unless that has the same value already.
    """
    bodies = [(case, case.of(DRAFT)) for case in EDGE_CASES]

    assert [str(case) for case, body in bodies if not VALIDATOR.is_valid(body)] == []
    assert {case.promise for case, body in bodies if body == DRAFT} == {"enum-values-accepted"}
    assert {case.promise for case in EDGE_CASES} <= set(load_promises())


def test_every_field_is_tried() -> None:
    """
    For every field null and another type are tried, and a missing value for every required field.
    """
    everywhere = fields(DOCUMENT)

    for promise in ("null-is-rejected", "types-are-enforced"):
        assert {one.field.path for one in VIOLATIONS if one.promise == promise} == {field.path for field in everywhere}
    assert {one.field.path for one in VIOLATIONS if one.what == "is missing"} == {
        field.path for field in everywhere if field.is_required and field.path
    }
    assert {one.field.dotted for one in VIOLATIONS if one.promise == "enums-are-enforced"} == {"status", "source"}


def test_bounds_become_violations() -> None:
    """
    A range, a length and a number of elements in the contract each become values beyond them.
    """
    document = _with(
        lambda request: request["properties"].update(
            dueDate={"type": "integer", "minimum": 0, "maximum": 9},
            type={"type": "string", "minLength": 1, "maxLength": 3},
            extraFields={"type": "array", "items": {"type": "string"}, "minItems": 1},
        )
    )

    beyond = {str(one) for one in violations(document) if one.promise == "invalid-requests-rejected"}
    assert beyond == {
        "dueDate is -1",
        "dueDate is 10",
        'type is ""',
        'type is "xxxx"',
        "extraFields is []",
    }


def test_invalid_queries_cover_every_validated_parameter() -> None:
    """
    Every parameter that is not free text has values that it cannot have.
    """
    parameters = DOCUMENT["paths"]["/invoices"]["get"]["parameters"]
    free = {"q", "customerId", "customerName", "externalId[]"}

    assert {name for name, _ in invalid_values(DOCUMENT)} == {parameter["name"] for parameter in parameters} - free


def test_full_takes_all_and_quick_a_few_by_seed() -> None:
    """
    A full run takes every case; a quick run takes few, the same for the same seed.
    """
    cases = list(range(50))

    assert list(Pace(PROFILES["full"], seed=1).some(cases, 3)) == cases
    some = [list(Pace(PROFILES["quick"], seed=seed).some(cases, 3)) for seed in (1, 1, 2)]
    assert [len(few) for few in some] == [3, 3, 3]
    assert some[0] == some[1] != some[2]


def test_no_case_is_drawn_after_the_time_is_up() -> None:
    """
    When the time is up no further case is drawn, but one always is.
    """
    times = iter([8.0, 10.0])
    pace = Pace(PROFILES["full"], seed=1, deadline=10.0, clock=lambda: next(times))

    assert list(pace.some(["a", "b", "c"], 1)) == ["a", "b"]


@pytest.mark.parametrize("profile", ["quick", "full"])
@pytest.mark.parametrize("promise", load_promises())
def test_a_promise_alone_has_traffic(promise: str, profile: Any) -> None:
    """
    A run with --only has traffic for the promise; a quick run takes thorough sources only if no other will do.
    """
    options = Options(profile, only=frozenset({promise}))

    chosen = chosen_sources(options)

    assert chosen
    assert set(chosen) <= set(chosen_sources(Options(profile))) or profile == "quick"


def test_quick_run_leaves_thorough_sources_out() -> None:
    """
    A full run takes every source of traffic, and a quick run those that are not thorough.
    """
    assert chosen_sources(Options("full")) == list(SOURCES)
    assert chosen_sources(Options("quick")) == [one for one in SOURCES if not one.is_thorough]


# ------------------------------------------------------------------------------------------- what a seed decides


@pytest.fixture(name="mock")
def _mock() -> Iterator[Target]:
    with embedded_mock() as target:
        yield target


def test_generated_requests_depend_on_the_seed_alone(mock: Target) -> None:
    """
    The same seed generates the same requests, whatever other sources of traffic have created by then.
    """
    sent = [_generated(mock, 6), _generated(mock, 6, before=True), _generated(mock, 7)]

    assert sent[0] == sent[1] != sent[2]


def _generated(target: Target, seed: int, *, before: bool = False) -> str:
    session = start(target, Options("quick", seed), name=f"CT{before}")
    with only_drawn_values():
        if before:
            send(session, drafts)
        session.store.drafts.run = "CT"
        send(session, schemathesis_cases)
    session.close()
    return session.exchanges.digests["schemathesis_cases"]


def _with(change: Callable[[dict[str, Any]], None]) -> Mapping[str, Any]:
    document = deepcopy(dict(DOCUMENT))
    change(document["components"]["schemas"]["CreateInvoiceRequest"])
    return document


def _place(error: Any) -> str:
    path = [str(part) for part in error.instance_path]
    if error.kind.name == "required":
        path.append(error.kind.as_dict()["property"])
    return ".".join(path)
