"""
What createInvoice promises to refuse: every violation of the contract, one at a time, in an otherwise perfect invoice.
"""

from typing import Any

import pytest

from b2b_invoices_spec import load_contract

from .failures import BrokenPromise, Comparisons, expect
from .near_misses import NearMiss, near_misses
from .oddities import whole
from .profiles import Pace
from .session import Api
from .traffic import Exchange

_MISSES = near_misses(load_contract().document)
_BY_PROMISE = {
    name: [miss for miss in _MISSES if miss.promise == name] for name in dict.fromkeys(m.promise for m in _MISSES)
}
_FEW = {"types-are-enforced": 3, "null-is-rejected": 2, "nested-required-fields": 2}
_INVALID = 422
_SHOWN = 8


@pytest.mark.promise("required-fields")
@pytest.mark.promise("nested-required-fields")
@pytest.mark.promise("types-are-enforced")
@pytest.mark.promise("null-is-rejected")
@pytest.mark.promise("enums-are-enforced")
@pytest.mark.promise("invalid-requests-rejected")
@pytest.mark.promise("violations-are-listed")
@pytest.mark.promise("rejected-create-changes-nothing")
def test_near_misses(api: Api, pace: Pace) -> None:
    """
    A perfect invoice with one thing wrong is refused, the place is named, and nothing is recorded.
    """
    sent = [
        (miss, api.post(miss.of(whole(api.drafts))))
        for promise, misses in _BY_PROMISE.items()
        for miss in pace.some(misses, _FEW.get(promise, 1))
    ]

    refused = [(miss, exchange) for miss, exchange in sent if exchange.status == _INVALID]
    if not refused:
        _complain(sent, "invalid-requests-rejected")
    with Comparisons() as compare:
        for promise in _BY_PROMISE:
            accepted = [pair for pair in sent if pair not in refused and pair[0].promise == promise]
            if accepted:
                compare.make(_complain, accepted, promise)
                compare.make(_complain, accepted, "invalid-requests-rejected")
        for miss, exchange in refused:
            compare.make(_expect_named, miss, exchange)
        compare.make(_expect_no_trace, api, [exchange.get("data", "id") for _, exchange in sent])


def _complain(accepted: list[tuple[NearMiss, Exchange]], promise: str) -> None:
    (first, exchange), *others = accepted
    also = ", ".join(str(miss) for miss, _ in others[:_SHOWN])
    more = f"; the same where {also}" if others else ""
    if len(others) > _SHOWN:
        more += f", and {len(others) - _SHOWN} more"
    raise BrokenPromise(
        f"status {exchange.status} where {first} ({first.node.pointer}){more}", f"status {_INVALID}", exchange, promise
    )


def _expect_named(miss: NearMiss, exchange: Exchange) -> None:
    named = exchange.get("data", "errMsg")
    places = sorted(named) if isinstance(named, dict) else named
    place = miss.node.dotted or "non_field_errors"
    expect(places, [place], f"fields named as wrong where {miss}:", exchange, promise="violations-are-listed")


def _expect_no_trace(api: Api, accepted: list[Any]) -> None:
    recorded = [invoice["id"] for invoice in api.own() if invoice["id"] not in accepted]
    expect(recorded, [], "ids of invoices that were refused and recorded:", promise="rejected-create-changes-nothing")
