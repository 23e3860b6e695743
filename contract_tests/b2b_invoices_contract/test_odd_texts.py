"""
What createInvoice promises of text, with the same odd text at every place at once, and of numbers that are odd.
"""

import pytest

from b2b_invoices_spec import load_contract

from .failures import BrokenPromise, Comparisons, expect
from .nodes import changed, nodes
from .oddities import TEXTS, whole
from .readings import reading
from .session import Api, Invoice
from .strategies import Draft
from .traffic import Exchange

_OK = 200
_LONG = 4_000  # characters
_TEXTS = (*TEXTS, "https://invoices.example.com/it.pdf?a=1&b=%20+#page", "None", "", "LOWER upper Title")
_NAMES = frozenset({"customerId", "invoiceNumber", "orderNumber"})  # text that must be new, or name something
_PLACES = [
    node.path
    for node in nodes(load_contract().document)
    if "string" in node.types and node.path[0] not in _NAMES and node.path[-1] != "code"
]


@pytest.mark.thorough
@pytest.mark.promise("any-text-is-unchanged")
def test_text_everywhere(api: Api) -> None:
    """
    An odd text that is in every field which takes any reads back from each of them, to the letter.
    """
    drafts = [_filled(whole(api.drafts), text) | {"invoiceNumber": api.drafts.number(text)} for text in _TEXTS]

    exchanges = [api.post(draft) for draft in drafts]

    listed = {invoice["id"]: invoice for invoice in api.own()}
    with Comparisons() as compare:
        for draft, exchange in zip(drafts, exchanges, strict=True):
            compare.make(
                _expect_kept, api, draft, exchange, listed.get(exchange.get("data", "id")), "any-text-is-unchanged"
            )


@pytest.mark.thorough
@pytest.mark.promise("large-values-accepted")
@pytest.mark.promise("invoice-numbers-are-exact")
@pytest.mark.promise("empty-values-accepted")
def test_odd_numbers(api: Api) -> None:
    """
    A number can be long, can differ from another in its last letter alone, and where nobody minds can be empty.
    """
    stem = api.drafts.number("long" * (_LONG // 4))
    cases = [
        (stem, "large-values-accepted"),
        (f"{stem}1", "invoice-numbers-are-exact"),
        (f"{stem}2", "invoice-numbers-are-exact"),
    ]
    if api.target.embedded:
        cases.append(("", "empty-values-accepted"))

    with Comparisons() as compare:
        for number, promise in cases:
            compare.make(_expect_read_back, api, whole(api.drafts) | {"invoiceNumber": number}, promise)


@pytest.mark.thorough
@pytest.mark.promise("balances-are-exact")
@pytest.mark.parametrize("code", ["JPY", "usd"])
def test_money_of_any_currency(api: Api, code: str) -> None:
    """
    Money keeps four decimals in every currency, and the currency its letters, in either balance.
    """
    draft = whole(api.drafts) | {
        "originalBalance": {"code": code, "value": 1_234.5678},
        "openBalance": {"code": "EUR", "value": 8_765.4321},
    }

    _expect_read_back(api, draft, "balances-are-exact")


@pytest.mark.thorough
@pytest.mark.promise("details-are-unchanged")
def test_amounts_of_either_type(api: Api) -> None:
    """
    An amount in the details stays the text or the number that it was sent as, whichever it looks like.
    """
    amounts = ["90.00", "0.10", "-5", "0", 95, 33.14, 0.0001, -6.6, 0]
    lines = [{"amount": {"code": "USD", "value": value}, "description": str(value)} for value in amounts]
    draft = whole(api.drafts) | {"details": {"header": {"costLines": lines}}}

    _expect_read_back(api, draft, "details-are-unchanged")


def _filled(draft: Draft, text: str) -> Draft:
    for path in _PLACES:
        draft = changed(draft, path, text)
    return draft


def _expect_read_back(api: Api, draft: Draft, promise: str) -> None:
    exchange = api.post(draft)
    read = api.send("GET", f"/invoices/{exchange.get('data', 'id')}") if exchange.is_success else exchange
    _expect_kept(api, draft, exchange, read.get("data"), promise)


def _expect_kept(api: Api, draft: Draft, exchange: Exchange, invoice: Invoice | None, promise: str) -> None:
    if exchange.status != _OK:
        raise BrokenPromise(f"status {exchange.status}", f"status {_OK}", exchange, promise)
    expected = reading(draft, api.drafts.read)
    read = invoice or {}
    wrong = [name for name, value in expected.items() if read.get(name) != value]
    met = {name: read.get(name) for name in wrong}
    expect(met, {name: expected[name] for name in wrong}, "fields read back:", exchange, promise=promise)
