"""
What createInvoice promises to accept: everything that the contract allows, one odd thing at a time.
"""

from collections.abc import Sequence
from typing import Self

import attrs
import pytest

from b2b_invoices_spec import load_contract

from .failures import BrokenPromise, Comparisons, expect, same
from .oddities import Oddity, oddities, whole
from .profiles import Pace
from .readings import SPECIAL, reading
from .session import Api, Invoice, id_in
from .strategies import Draft
from .traffic import Exchange

_ODDITIES = oddities(load_contract().document)
_BY_PROMISE = {
    name: [odd for odd in _ODDITIES if odd.promise == name] for name in dict.fromkeys(o.promise for o in _ODDITIES)
}
_FEW = {"optional-fields": 2, "unknown-fields-accepted": 2, "any-text-is-unchanged": 2}
_PLAIN = {**SPECIAL, "status": "open-status-is-kept"}
"""Fields that have a promise of their own for what they read back as, whatever is odd elsewhere."""
_OK = 200


@attrs.frozen
class Kept:
    """
    An invoice that was accepted with something odd.

    Attributes:
        oddity: What is odd.
        invoice: What a list shows of it; None when it is not there.
        expected: The fields that it must have, of those that were sent.
        wrong: Names of those that it has otherwise.
    """

    oddity: Oddity
    invoice: Invoice | None
    expected: Invoice
    wrong: frozenset[str]

    @classmethod
    def of(cls, api: Api, oddity: Oddity, draft: Draft, invoice: Invoice | None) -> Self:
        """
        Return the *invoice* that *draft* became.
        """
        expected, found = reading(draft, api.drafts.read), invoice or {}
        wrong = frozenset(name for name, value in expected.items() if not same(found.get(name), value))
        return cls(oddity, invoice, expected, wrong)


@pytest.mark.promise("optional-fields")
@pytest.mark.promise("enum-values-accepted")
@pytest.mark.promise("empty-values-accepted")
@pytest.mark.promise("unknown-fields-accepted")
@pytest.mark.promise("any-text-is-unchanged")
@pytest.mark.promise("large-values-accepted")
@pytest.mark.promise("valid-requests-accepted")
def test_oddities(api: Api, pace: Pace) -> None:
    """
    A perfect invoice with one odd thing is accepted, and reads back as it was sent.
    """
    sent = []
    for promise, cases in _BY_PROMISE.items():
        for oddity in pace.some(cases, _FEW.get(promise, 1)):
            draft = oddity.of(whole(api.drafts))
            sent.append((oddity, draft, api.post(draft)))

    listed = {invoice["id"]: invoice for invoice in api.own()}
    with Comparisons() as compare:
        kept = []
        for oddity, draft, exchange in sent:
            if exchange.status == _OK:
                kept.append(Kept.of(api, oddity, draft, listed.get(id_in(exchange))))
            else:
                compare.make(_complain, oddity, exchange, oddity.promise)
                compare.make(_complain, oddity, exchange, "valid-requests-accepted")
        if misread := _misread(api, kept):
            compare.make(expect, *misread, "fields in a list:", promise="list-matches-reads")
        else:
            always = _always_wrong(kept)
            for one in kept:
                compare.make(_expect_kept, one, always)


def _complain(oddity: Oddity, exchange: Exchange, promise: str) -> None:
    raise BrokenPromise(
        f"status {exchange.status} where {oddity} ({oddity.node.pointer})", f"status {_OK}", exchange, promise
    )


def _misread(api: Api, kept: Sequence[Kept]) -> tuple[Invoice, Invoice] | None:
    """
    Return fields as a list has them and as they read, when it is only the list that has them otherwise than sent.

    One invoice tells for all, and costs one request: the first that has any.
    """
    one = next((one for one in kept if one.invoice and one.wrong), None)
    if one is None or one.invoice is None:
        return None
    read = api.invoice(one.invoice["id"])
    listed, as_read, sent = ({name: it.get(name) for name in one.wrong} for it in (one.invoice, read, one.expected))
    return (listed, as_read) if same(as_read, sent) else None


def _expect_kept(kept: Kept, always: frozenset[str]) -> None:
    if kept.invoice is None:
        raise BrokenPromise(
            f"no invoice in a list for its number where {kept.oddity}", "the created one", promise="list-filters"
        )
    for names, promise in (
        (kept.wrong - always, kept.oddity.promise),
        *(({name}, _PLAIN.get(name, "stored-as-sent")) for name in sorted(kept.wrong & always)),
    ):
        met, expected = ({name: it.get(name) for name in names} for it in (kept.invoice, kept.expected))
        expect(met, expected, f"fields read back where {kept.oddity}:", promise=promise)


def _always_wrong(kept: Sequence[Kept]) -> frozenset[str]:
    """
    Return the fields that are wrong wherever they were sent, which is not for anything odd.
    """
    fields = {name for one in kept for name in one.expected}
    return frozenset(name for name in fields if all(name in one.wrong for one in kept if name in one.expected))
