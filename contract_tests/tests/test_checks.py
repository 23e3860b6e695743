"""
Checks: each finds its promise kept in some observation, and broken in another.
"""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import attrs
import pytest

from b2b_invoices_contract.checks import Check, all_checks
from b2b_invoices_contract.exchanges import Exchange, Lost
from b2b_invoices_contract.failures import Comparison
from b2b_invoices_contract.judge import Seen
from b2b_invoices_contract.observations import (
    Case,
    Deleted,
    Head,
    InvalidQuery,
    ListedAndRead,
    Malformed,
    MediaType,
    Missing,
    Paged,
    Raced,
    Unauthorized,
    Unchanged,
    UnknownParameter,
    UnknownPath,
    UnsupportedMethod,
    Valid,
    WholeRun,
)
from b2b_invoices_contract.traffic import SOURCES
from b2b_invoices_spec import load_contract, load_promises

from .example import TARGET, exchange
from .observed import (
    DAY,
    ID,
    NOW,
    TERMS,
    conflict,
    created,
    error,
    invoice_of,
    listed,
    not_created,
    rejected,
    response,
    usd,
)

CHECKS = {check.promise: check for check in all_checks()}

Case_ = tuple[Any, Any]
"""An observation that keeps a promise, and one that breaks it."""

_NO_SUCH = load_contract().example("NoSuchInvoice")["data"]["errMsg"]
_TAKEN, _INVOICED = "NumberTaken", "OrderAlreadyInvoiced"
_EXACT = 9_007_199_254_740_993
_CREATE = response(data={"id": ID}, method="POST")
_ITEM = f"/invoices/{ID}"
_LOST = Lost(exchange(status=0), "ReadError: reset", is_late=False)
_LATE = attrs.evolve(_LOST, is_late=True)
_LIMITS = {
    "x-requests-allocated": "100 times/60 s",
    "x-requests-window-length": "60 times",
    "x-requests-remaining": "99 times",
    "x-request-window-resets-after": "31 s",
}
_ONE, _OTHER, _THIRD = (
    invoice_of({"invoiceNumber": f"N{number}", "openBalance": usd(number), "originalBalance": usd(5)}, id=number)
    | {"customerId": str(number), "createdAt": NOW + number, "extraFields": [{"fieldName": "a", "fieldValue": "b"}]}
    for number in (1, 2, 3)
)
_SHOWN = [{**invoice, "extraFields": None} for invoice in (_ONE, _OTHER, _THIRD)]


def _at(seen: Exchange, **changes: Any) -> Exchange:
    return attrs.evolve(seen, **changes)


def _unchanged(cause: Any) -> Case_:
    kept = Unchanged(exchange=response(), cause=cause, was=[1], is_now=[1])
    return kept, attrs.evolve(kept, is_now=[])


def _tried(promise: str, field: str = "") -> Case_:
    return created(case=Case(promise, field=field)), not_created(promise)


def _changed(promise: str, draft: dict[str, Any], **changes: Any) -> Case_:
    (field,) = draft
    return created(draft, Case(promise, field=field)), created(draft, Case(promise, field=field), **changes)


def _refused(promise: str) -> Case_:
    return rejected(promise), rejected(promise, status=200)


def _missing(why: Any) -> Case_:
    missing = Missing(exchange=error(404, _NO_SUCH, method="GET", path=_ITEM), why=why)
    return missing, attrs.evolve(missing, exchange=response(data={"id": ID}, path=_ITEM))


def _unauthorized(status: Any, *, is_invalid: bool = False) -> Case_:
    kept = Unauthorized(exchange=error(status, "No."), status=status, is_invalid=is_invalid)
    return kept, attrs.evolve(kept, exchange=error(422, "No."))


def _raced(field: Any, accepted: int, stored: int) -> Raced:
    exchanges = [_CREATE] * accepted + [error(400, "No.")] * (4 - accepted)
    return Raced(exchange=_CREATE, field=field, exchanges=exchanges, stored=stored, allowed=1)


def _echo(text: str) -> Exchange:
    return exchange(answered=text.encode(), request_headers=TARGET.store.headers)


_METHODS = frozenset({"GET", "POST"})
_UNREADABLE = attrs.evolve(created(), shown=error(404, _NO_SUCH, path=_ITEM), invoice=None)
_DEFAULT_DUE = NOW + TERMS * DAY
_EXTRA = {"isIncludeExtraFields": 1}
_OF_1 = {"customerId": "1"}

CASES: list[tuple[str, Case_]] = [
    ("settled-is-completed", (created({"openBalance": usd(0)}), created({"openBalance": usd(-1)}, status=1))),
    ("open-status-is-kept", (created({"status": 1}), created({"status": 1}, status=0))),
    ("type-default", (created(), created(type="invoice"))),
    ("status-default", (created(), created(status=1))),
    ("source-default", (created(), created(source=1))),
    ("due-date-default", (created(), created(dueDate=_DEFAULT_DUE - DAY))),
    ("due-date-default", (created(dueDate=_DEFAULT_DUE - 5_000), created(dueDate=_DEFAULT_DUE - 2))),
    ("issued-at-default", (created(), created(createdAt=NOW - 2))),
    ("updated-at-is-now", (created(), created(updatedAt=NOW + 2))),
    ("stored-as-sent", (created({"type": "A"}), created({"type": "A"}, type="a"))),
    ("balances-are-exact", (created({"openBalance": usd(_EXACT)}),
                            created({"openBalance": usd(_EXACT)}, openBalance=usd("9007199254740992.0000")))),
    ("order-number-reads-as-number", (created({"orderNumber": "12"}),
                                      created({"orderNumber": "12"}, orderNumber="12"))),
    ("channel-id-reads-as-text", (created({"channelId": 3}), created({"channelId": 3}, channelId=3))),
    ("issued-at-reads-as-created-at", (created({"issuedAt": 5.5}), created({"issuedAt": 5.5}, createdAt=6))),
    ("details-are-unchanged", (created({"details": {"x": 1}}), created({"details": {"x": 1}}, details={"x": True}))),
    ("unset-fields-read-as-null", (created(), created(externalId=""))),
    ("ids-are-unique", (WholeRun(exchange=_CREATE, exchanges=[_CREATE, response(data={"id": 8}, method="POST")]),
                        WholeRun(exchange=_CREATE, exchanges=[_CREATE, response(), _at(_CREATE)]))),
    ("created-id-is-readable", (created(), created(id=8))),
    ("created-id-is-readable", (created(), _UNREADABLE)),
    ("invoice-numbers-are-unique", (conflict("invoiceNumber", _TAKEN), conflict("invoiceNumber", _INVOICED))),
    ("invoice-numbers-are-unique", (_raced("invoiceNumber", 1, 1), _raced("invoiceNumber", 2, 1))),
    ("invoice-numbers-are-unique", (_raced("invoiceNumber", 1, 1), _raced("invoiceNumber", 1, 2))),
    ("one-invoice-per-order", (conflict("orderNumber", _INVOICED), conflict("orderNumber", _INVOICED, status=200))),
    ("one-invoice-per-order", (_raced("orderNumber", 1, 1), _raced("orderNumber", 4, 4))),
    ("one-invoice-per-order", _tried("one-invoice-per-order")),
    ("invoice-numbers-are-exact", _tried("invoice-numbers-are-exact")),
    ("invoice-numbers-are-exact",
     _changed("invoice-numbers-are-exact", {"invoiceNumber": " a"}, invoiceNumber="a")),
    ("deleted-number-is-reusable", _tried("deleted-number-is-reusable")),
    ("invoice-numbers-are-per-store", _tried("invoice-numbers-are-per-store")),
    ("rejected-create-changes-nothing", _unchanged("rejected create")),
    ("rejected-create-changes-nothing", _tried("rejected-create-changes-nothing")),
    ("violations-are-listed", (rejected(), rejected(listed=("type", "status")))),
    ("violations-are-listed", (rejected(), rejected(status=400))),
    *[(promise, _refused(promise)) for promise in (
        "required-fields", "nested-required-fields", "types-are-enforced", "null-is-rejected", "enums-are-enforced",
        "invalid-requests-rejected")],
    ("enum-values-accepted", _tried("enum-values-accepted")),
    ("optional-fields", _tried("optional-fields")),
    ("empty-values-accepted", _changed("empty-values-accepted", {"externalId": ""}, externalId=None)),
    ("unknown-fields-accepted", _tried("unknown-fields-accepted")),
    ("read-only-fields-are-ignored", (created({"id": 5}), created({"id": 5}, id=5))),
    ("any-text-is-unchanged", _changed("any-text-is-unchanged", {"type": "\0"}, type="")),
    ("large-values-accepted", _changed("large-values-accepted", {"dueDate": 2**32}, dueDate=0)),
    ("malformed-json-is-400", (Malformed(exchange=error(400, "No.")), Malformed(exchange=error(422, "No.")))),
    ("content-type-is-enforced", (MediaType(exchange=error(415, "No."), is_json=False),
                                  MediaType(exchange=_CREATE, is_json=False))),
    ("published-bodies-accepted", _tried("published-bodies-accepted")),
    ("list-filters", (listed(_ONE, known=[_ONE, _OTHER], query=_OF_1), listed(known=[_ONE, _OTHER], query=_OF_1))),
    ("list-filters", (listed(_ONE, known=[_ONE, _OTHER], query=_OF_1),
                      listed(_ONE, _OTHER, known=[_ONE, _OTHER], query=_OF_1))),
    ("list-search", (listed(_ONE, known=[_ONE, _OTHER], query={"q": "n1"}),
                     listed(_OTHER, known=[_ONE, _OTHER], query={"q": "n1"}))),
    ("list-matches-reads", (ListedAndRead(exchange=response(), listed=_ONE, read=_ONE),
                            ListedAndRead(exchange=response(), listed=_ONE, read=_ONE | {"status": 1}))),
    ("list-sorting", (listed(_ONE, _OTHER, query={"sortBy": "openBalance", "orderBy": "ASC"}),
                      listed(_OTHER, _ONE, query={"sortBy": "openBalance", "orderBy": "ASC"}))),
    ("list-default-order", (listed(_OTHER, _ONE), listed(_ONE, _OTHER))),
    ("list-paging", (Paged(exchange=response(), limit=1, ids=[1, 2], whole=[1, 2]),
                     Paged(exchange=response(), limit=1, ids=[1, 1], whole=[1, 2]))),
    ("list-paging", (listed(_ONE, query={"limit": 1}, total=3), listed(_ONE, _OTHER, query={"limit": 1}, total=3))),
    ("list-paging", (listed(_ONE, query={"offset": 2}), listed(_ONE, query={"offset": 2}, pagination={"offset": 0}))),
    ("list-total-count", (listed(_ONE, _OTHER), listed(_ONE, _OTHER, total=3))),
    ("list-total-count", (listed(_ONE, query={"limit": 2, "offset": 4}, total=5, only_known=False),
                          listed(_ONE, query={"limit": 2, "offset": 4}, total=6, only_known=False))),
    ("list-default-page", (listed(_ONE), listed(_ONE, pagination={"limit": 20}))),
    ("list-default-page", (listed(*[_ONE] * 10, total=11), listed(*[_ONE] * 11, total=11))),
    ("query-parameters-are-validated",
     (InvalidQuery(exchange=error(400, {"limit": ["No."]}), parameter="limit"),
      InvalidQuery(exchange=error(400, {"offset": ["No."]}), parameter="limit"))),
    ("list-extra-fields", (listed(_ONE, query=_EXTRA), listed(_SHOWN[0], known=[_ONE], query=_EXTRA))),
    ("list-extra-fields", (listed(_SHOWN[0], known=[_ONE]), listed(_ONE))),
    ("unknown-query-parameters-ignored",
     (UnknownParameter(exchange=response(data=[1]), plain=response(data=[1])),
      UnknownParameter(exchange=response(data=[1]), plain=response(data=[2])))),
    ("deleted-invoice-is-gone", (Deleted(exchange=response(data={"id": ID}), invoice_id=ID),
                                 Deleted(exchange=response(data={"id": 8}), invoice_id=ID))),
    ("deleted-invoice-is-gone", _missing("deleted")),
    ("deleted-invoice-is-gone", _unchanged("delete")),
    ("deleted-invoice-is-gone", (listed(_ONE, gone=frozenset({2})), listed(_ONE, gone=frozenset({1})))),
    ("unknown-id-is-404", _missing("unknown")),
    ("reads-change-nothing", _unchanged("read")),
    ("both-credentials-required", _unauthorized(401)),
    ("both-credentials-required", _unchanged("rejected credentials")),
    ("stores-are-isolated", _unauthorized(403)),
    ("stores-are-isolated", _missing("another store")),
    ("stores-are-isolated", _unchanged("another store")),
    ("stores-are-isolated", (listed(_ONE, foreign=frozenset({2})), listed(_ONE, foreign=frozenset({1})))),
    ("authentication-comes-first", _unauthorized(401, is_invalid=True)),
    ("code-equals-status", (response(), _at(response(), status=201))),
    ("success-is-200", (response(), response(204))),
    ("errors-have-a-reason", (error(404, "No."), error(404, ""))),
    ("responses-are-json", (response(), exchange(answered=b"<h1>"))),
    ("responses-are-json", (response(), exchange(content_type="text/html"))),
    ("rate-limit-headers", (_at(response(), headers=_LIMITS), _at(response(), headers=dict([*_LIMITS.items()][1:])))),
    ("rate-limit-headers", (_at(response(), headers=_LIMITS),
                            _at(response(), headers=_LIMITS | {"x-requests-remaining": "101 times"}))),
    ("no-secrets-in-responses", (_echo("nothing"), _echo(f"<{TARGET.store.access_token}>"))),
    ("responses-match-the-contract", (_CREATE, response(data={"id": "7"}, method="POST"))),
    ("responses-match-the-contract", (_CREATE, response(418))),
    ("valid-requests-accepted", (Valid(exchange=response()), Valid(exchange=error(400, "No.")))),
    ("unsupported-method-is-405",
     (UnsupportedMethod(exchange=_at(error(405, "No."), headers={"allow": "GET, POST"}), supported=_METHODS),
      UnsupportedMethod(exchange=_at(error(405, "No."), headers={"allow": "GET"}), supported=_METHODS))),
    ("unsupported-method-is-405", (Head(exchange=_at(response(), body=b""), get=response()),
                                   Head(exchange=response(), get=response()))),
    ("unknown-path-is-404", (UnknownPath(exchange=error(404, "No.")), UnknownPath(exchange=response()))),
    ("no-server-errors", (error(499, "No."), error(500, "No."))),
    ("every-request-gets-a-response", (response(), _LOST)),
    ("responses-within-five-seconds", (_at(response(), seconds=5.0), _at(response(), seconds=5.1))),
    ("responses-within-five-seconds", (response(), _LATE)),
]  # fmt: skip


@pytest.mark.parametrize(("promise", "observations"), CASES, ids=[name for name, _ in CASES])
def test_check(promise: str, observations: Case_) -> None:
    """
    A check finds its promise kept in one observation, and broken in another of the same kind.
    """
    kept, broken = (_compared(CHECKS[promise], seen) for seen in observations)

    assert kept
    assert [comparison for comparison in kept if not comparison.is_met] == []
    assert [comparison for comparison in broken if not comparison.is_met] != []


def test_every_check_has_a_case() -> None:
    """
    Every check is in the table above, and every promise has exactly one check.
    """
    assert list(CHECKS) == list(dict.fromkeys(CHECKS))
    assert {promise for promise, _ in CASES} == set(CHECKS) == set(load_promises())


@pytest.mark.parametrize("promise", CHECKS)
def test_statement(promise: str) -> None:
    """
    The docstring of a check is the statement of its promise.
    """
    statement = " ".join((CHECKS[promise].look.__doc__ or "").split())

    assert statement == load_promises()[promise].statement


@pytest.mark.parametrize("promise", CHECKS)
def test_observations_are_made(promise: str) -> None:
    """
    What a check looks at is made by a source of traffic: every exchange is, and what is judged at the end of the run.
    """
    made = {Exchange, Lost, WholeRun} | {kind for source in SOURCES for kind in source.makes}

    assert set(CHECKS[promise].observes) <= made


@pytest.mark.parametrize("encode", [str, str.upper, quote, lambda text: b64encode(f"a{text}b".encode()).decode()])
def test_echoed_token_is_found(encode: Callable[[str], str]) -> None:
    """
    A token in a response is found however it is written, in the body and in a header.
    """
    echo = encode(TARGET.store.access_token)

    for seen in (_echo(f"<{echo}>"), exchange(content_type=f"text/html; a={echo}")):
        assert _is_broken("no-secrets-in-responses", seen)


def test_token_as_php_writes_it_is_found() -> None:
    """
    A token with its slashes escaped, as some servers write JSON, is found.
    """
    assert _is_broken("no-secrets-in-responses", _echo(json.dumps(TARGET.store.access_token).replace("/", "\\/")))


def test_text_that_the_body_has_may_come_back() -> None:
    """
    A token that the body of the request has, as a value of the invoice, may be returned; so may an ordinary word.
    """
    sent = f'{{"externalId": "{TARGET.store.access_token}"}}'.encode()
    word = {"X-Auth-Token": "invoice", "X-Store-Hash": "st0re"}

    assert not _is_broken("no-secrets-in-responses", exchange(sent=sent, answered=sent))
    assert not _is_broken("no-secrets-in-responses", exchange(answered=b"no such invoice", request_headers=word))


def _is_broken(promise: str, seen: Seen) -> bool:
    return not all(comparison.is_met for comparison in _compared(CHECKS[promise], seen))


def _compared(check: Check, seen: Seen) -> list[Comparison]:
    assert isinstance(seen, check.observes)
    return list(check.look(seen))
