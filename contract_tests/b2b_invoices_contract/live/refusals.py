"""
What is refused, and in which words.
"""

from collections.abc import Callable

from b2b_invoices_contract.failures import BrokenPromise, Comparisons, expect, expect_in
from b2b_invoices_contract.exchanges import Exchange

from .check import Check, Otherwise, holds, stable
from .probes import POOL
from .questions import words_of
from .seen import Seen

_BAD, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _UNSUPPORTED = 400, 401, 403, 404, 415
_NUMBER_TAKEN = "The invoice number already exists."
_ORDER_TAKEN = "The invoice exists for this order"
_NO_INVOICE = "Invoice does not exist"


def _refused(*probes: str) -> Callable[[Seen], None]:
    def make(seen: Seen) -> None:
        with Comparisons() as compare:
            for probe in probes:
                exchange = seen.exchange(probe)
                compare.make(holds, _is_refusal(exchange), f"whether {probe!r} is refused:", exchange)

    return make


def _refused_with(probe: str, status: int, words: str) -> Callable[[Seen], None]:
    def make(seen: Seen) -> None:
        exchange = seen.exchange(probe)
        expect(exchange.status, status, f"status of {probe!r}:", exchange)
        if words not in words_of(exchange):
            raise BrokenPromise(f"{probe!r} refused with {words_of(exchange)!r}", f"the words {words!r}", exchange)

    return make


def _status_is(probe: str, *statuses: int) -> Callable[[Seen], None]:
    return lambda seen: expect_in(seen.exchange(probe).status, statuses, f"status of {probe!r}:", seen.exchange(probe))


def _violations_named(seen: Seen) -> None:
    expected = {
        "create with parts missing": ["openBalance", "details"],
        "create with a wrong type": ["dueDate", "details"],
        "create with an unknown status": ["status"],
    }
    for probe, fields in expected.items():
        exchange = seen.exchange(probe)
        told = exchange.get("data", "errMsg")
        if not isinstance(told, dict):
            raise Otherwise(f"{probe!r} refused with {words_of(exchange)!r}", "field -> messages", exchange)
        named = {name.partition(".")[0] for name in told}
        expect(sorted(named), sorted(fields), f"fields that the refusal of {probe!r} names:", exchange)


def _query_named(seen: Seen) -> None:
    exchange = seen.exchange("list with a bad limit")
    expect(exchange.status, _BAD, "status of a list with the limit 'none':", exchange)
    if "limit" not in exchange.body.decode("utf-8", "replace"):
        raise BrokenPromise(f"refused with {words_of(exchange)!r}", "the name of the parameter, limit", exchange)


def _no_trace(seen: Seen) -> None:
    expect(
        sorted(seen.names("list own")), sorted(seen.created_before("list own")), "invoices of the run after refusals:"
    )
    expect(stable(seen.read("read barest again")), stable(seen.read("read barest")), "the invoice collided with:")


def _credentials_required(seen: Seen) -> None:
    statuses = {
        probe: seen.exchange(probe).status
        for probe in (
            "list without a token",
            "list without a store",
            "list with a wrong token",
            "list with a wrong store",
        )
    }
    let_in = [probe for probe, status in statuses.items() if status < _BAD]
    expect(let_in, [], "let in without both credentials:", seen.exchange(let_in[0]) if let_in else None)
    other = {probe: status for probe, status in statuses.items() if status != _UNAUTHORIZED}
    if other:
        raise Otherwise(f"refused, but not with 401: {other}", "status 401", seen.exchange(next(iter(other))))


def _strangers_learn_nothing(seen: Seen) -> None:
    exchange = seen.exchange("create as a stranger")
    expect_in(exchange.status, [_UNAUTHORIZED, _FORBIDDEN], "status of an invalid create by a stranger:", exchange)


def _is_refusal(exchange: Exchange) -> bool:
    return _BAD <= exchange.status < 500  # noqa: PLR2004 - what a refusal is in HTTP


_REQUIRED = tuple(probe.name for probe in POOL if probe.name.startswith("create without "))
_REFUSED = (*_REQUIRED, "create with parts missing", "create with a wrong type", "create with an unknown status")

CHECKS: tuple[Check, ...] = (
    Check(
        "invoice-numbers-are-unique",
        ("create with a number in use",),
        _refused_with("create with a number in use", _BAD, _NUMBER_TAKEN),
    ),
    Check(
        "one-invoice-per-order",
        ("create for an order that has an invoice",),
        _refused_with("create for an order that has an invoice", _BAD, _ORDER_TAKEN),
    ),
    Check(
        "rejected-create-changes-nothing",
        ("create with a number in use", *_REFUSED, "list own", "read barest", "read barest again"),
        _no_trace,
    ),
    Check("violations-are-listed", _REFUSED[-3:], _violations_named),
    Check("required-fields", _REQUIRED, _refused(*_REQUIRED)),
    Check("nested-required-fields", ("create with parts missing",), _refused("create with parts missing")),
    Check("types-are-enforced", ("create with a wrong type",), _refused("create with a wrong type")),
    Check("null-is-rejected", ("create with a null",), _refused("create with a null")),
    Check("enums-are-enforced", ("create with an unknown status",), _refused("create with an unknown status")),
    Check("malformed-json-is-400", ("create with torn JSON",), _status_is("create with torn JSON", _BAD)),
    Check("content-type-is-enforced", ("create as plain text",), _status_is("create as plain text", _UNSUPPORTED)),
    Check("invalid-requests-rejected", _REFUSED, _refused(*_REFUSED)),
    Check("query-parameters-are-validated", ("list with a bad limit",), _query_named),
    Check(
        "unknown-id-is-404",
        ("read an unknown invoice",),
        _refused_with("read an unknown invoice", _NOT_FOUND, _NO_INVOICE),
    ),
    Check(
        "both-credentials-required",
        ("list without a token", "list without a store", "list with a wrong token", "list with a wrong store"),
        _credentials_required,
    ),
    Check("authentication-comes-first", ("create as a stranger",), _strangers_learn_nothing),
    Check("unknown-path-is-404", ("read an unknown path",), _status_is("read an unknown path", _NOT_FOUND)),
)
"""What is refused, and in which words."""
