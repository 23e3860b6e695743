"""
The cases that are made from the contract: that near misses miss, that oddities are allowed, and that none is left out.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from b2b_invoices_contract.near_misses import near_misses
from b2b_invoices_contract.near_queries import bad_queries
from b2b_invoices_contract.nodes import REQUEST, nodes, value_at
from b2b_invoices_contract.oddities import oddities, whole
from b2b_invoices_contract.profiles import PROFILES, Pace
from b2b_invoices_contract.strategies import Drafts
from b2b_invoices_spec import load_contract, load_promises

DOCUMENT = load_contract().document
DRAFT = whole(Drafts.of_contract("T", "12345"))
VALIDATOR = load_contract().validator({"$ref": REQUEST})
MISSES = near_misses(DOCUMENT)
ODDITIES = oddities(DOCUMENT)


def test_whole_draft_has_something_everywhere() -> None:
    """
    The draft that cases are made of is valid, and has a value at every place of the contract.
    """
    assert VALIDATOR.is_valid(DRAFT)
    assert [node.dotted for node in nodes(DOCUMENT) if value_at(DRAFT, node.path) is None] == []


def test_near_miss_has_one_violation() -> None:
    """
    A near miss is invalid at its place, and nowhere else.
    """
    places = [(miss, {_place(error) for error in VALIDATOR.iter_errors(miss.of(DRAFT))}) for miss in MISSES]

    assert {str(miss): found for miss, found in places if found != {miss.node.dotted}} == {}
    assert {miss.promise for miss in MISSES} <= set(load_promises())


def test_oddity_is_valid() -> None:
    """
    An oddity is valid, and is not the draft that it is made of, unless that has the choice already.
    """
    bodies = [(oddity, oddity.of(DRAFT)) for oddity in ODDITIES]

    assert [str(oddity) for oddity, body in bodies if not VALIDATOR.is_valid(body)] == []
    assert {oddity.promise for oddity, body in bodies if body == DRAFT} == {"enum-values-accepted"}
    assert {oddity.promise for oddity in ODDITIES} <= set(load_promises())


def test_every_place_is_tried() -> None:
    """
    At every place null and another type are tried, and nothing at every place that must be there.
    """
    places = nodes(DOCUMENT)

    assert {miss.node.path for miss in MISSES if miss.promise == "null-is-rejected"} == {node.path for node in places}
    assert {miss.node.path for miss in MISSES if miss.promise == "types-are-enforced"} == {node.path for node in places}
    assert {miss.node.path for miss in MISSES if miss.what == "is missing"} == {
        node.path for node in places if node.is_required and node.path
    }
    assert {miss.node.dotted for miss in MISSES if miss.promise == "enums-are-enforced"} == {"status", "source"}


def test_bounds_become_near_misses() -> None:
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

    beyond = {str(miss) for miss in near_misses(document) if miss.promise == "invalid-requests-rejected"}
    assert beyond == {
        "dueDate is -1",
        "dueDate is 10",
        'type is ""',
        'type is "xxxx"',
        "extraFields is []",
    }


def test_bad_queries_cover_every_checked_parameter() -> None:
    """
    Every parameter that is not free text has values that it cannot have.
    """
    parameters = DOCUMENT["paths"]["/invoices"]["get"]["parameters"]
    free = {"q", "customerId", "customerName", "externalId[]"}

    assert {name for name, _ in bad_queries(DOCUMENT)} == {parameter["name"] for parameter in parameters} - free


def test_full_takes_all_and_quick_a_few_by_seed() -> None:
    """
    A full run takes every case; a quick one as few as it is told, the same for the same seed.
    """
    cases = list(range(50))

    assert list(Pace(PROFILES["full"], seed=1).some(cases, 3)) == cases
    some = [list(Pace(PROFILES["quick"], seed=seed).some(cases, 3)) for seed in (1, 1, 2)]
    assert [len(few) for few in some] == [3, 3, 3]
    assert some[0] == some[1] != some[2]


def test_no_case_is_drawn_after_the_time_is_up() -> None:
    """
    When the time is over no further case is drawn, but one always is.
    """
    times = iter([8.0, 10.0])
    pace = Pace(PROFILES["full"], seed=1, deadline=10.0, clock=lambda: next(times))

    assert list(pace.some(["a", "b", "c"], 1)) == ["a", "b"]


def _with(change: Callable[[dict[str, Any]], None]) -> Mapping[str, Any]:
    document = deepcopy(dict(DOCUMENT))
    change(document["components"]["schemas"]["CreateInvoiceRequest"])
    return document


def _place(error: Any) -> str:
    path = [str(part) for part in error.instance_path]
    if error.kind.name == "required":
        path.append(error.kind.as_dict()["property"])
    return ".".join(path)
