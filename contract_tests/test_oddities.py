"""
What createInvoice promises to accept: everything that the contract allows, one odd thing at a time.
"""

import pytest

from .contract import load_document
from .failures import BrokenPromise, Comparisons, expect, same
from .oddities import Oddity, oddities, whole
from .profiles import Pace
from .readings import reading
from .session import Api, Invoice, id_in
from .strategies import Draft
from .traffic import Exchange

_ODDITIES = oddities(load_document())
_BY_PROMISE = {
    name: [odd for odd in _ODDITIES if odd.promise == name] for name in dict.fromkeys(o.promise for o in _ODDITIES)
}
_FEW = {"optional-is-optional": 2, "unknown-keys-are-accepted": 2, "any-text-is-kept": 2}
_OK = 200


@pytest.mark.promise("optional-is-optional")
@pytest.mark.promise("every-choice-is-accepted")
@pytest.mark.promise("empty-is-accepted")
@pytest.mark.promise("unknown-keys-are-accepted")
@pytest.mark.promise("any-text-is-kept")
@pytest.mark.promise("size-is-no-matter")
@pytest.mark.promise("valid-is-accepted")
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
        for oddity, draft, exchange in sent:
            if exchange.status == _OK:
                compare.make(_expect_kept, api, oddity, draft, listed.get(id_in(exchange)))
            else:
                compare.make(_complain, oddity, exchange, oddity.promise)
                compare.make(_complain, oddity, exchange, "valid-is-accepted")


def _complain(oddity: Oddity, exchange: Exchange, promise: str) -> None:
    raise BrokenPromise(
        f"status {exchange.status} where {oddity} ({oddity.node.pointer})", f"status {_OK}", exchange, promise
    )


def _expect_kept(api: Api, oddity: Oddity, draft: Draft, invoice: Invoice | None) -> None:
    if invoice is None:
        raise BrokenPromise(
            f"no invoice in a list for its number where {oddity}", "the created one", promise="list-filters"
        )
    expected = reading(draft, api.drafts.read)
    found = {name: invoice.get(name) for name in expected}
    wrong = [name for name in expected if not same(found[name], expected[name])]
    what = f"fields read back where {oddity}:"
    if wrong and _reads_right(api, invoice["id"], {name: expected[name] for name in wrong}):
        raise BrokenPromise(f"{', '.join(wrong)} listed otherwise", "as it is read", promise="list-agrees-with-reads")
    expect({n: found[n] for n in wrong}, {n: expected[n] for n in wrong}, what, promise=oddity.promise)


def _reads_right(api: Api, invoice_id: int, expected: Invoice) -> bool:
    """
    Return whether it is only the list that has other than *expected*.
    """
    read = api.invoice(invoice_id)
    return all(same(read.get(name), value) for name, value in expected.items())
