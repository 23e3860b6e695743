"""
Valid creates: random drafts, published bodies, and values that are easily changed.
"""

from decimal import Decimal
from functools import partial
from typing import Any

from hypothesis import strategies as st

from b2b_invoices_contract.drafts import OPEN, SETTLED, Draft
from b2b_invoices_contract.observations import ANY, Case, Conflict, Created
from b2b_invoices_contract.session import Session
from b2b_invoices_contract.store import Store
from b2b_invoices_spec import load_contract

from .edge_cases import TEXTS, whole
from .fields import changed, fields
from .published import PUBLISHED
from .source import explore, source

_LONG = 4_000  # characters
_UNCHANGED, _LARGE = "any-text-is-unchanged", "large-values-accepted"
_NAMES = frozenset({"customerId", "invoiceNumber", "orderNumber"})  # must be new, or name something
_PLACES = [
    field.path
    for field in fields(load_contract().document)
    if "string" in field.types and field.path[0] not in _NAMES and field.path[-1] != "code"
]
_EXACT: tuple[Any, ...] = (
    9_007_199_254_740_993,  # the first whole number that a double cannot hold
    Decimal("1234567890123.4567"),  # 17 digits
    Decimal("-99999999999999.9999"),
)


@source(makes=(Created,))
def drafts(session: Session) -> None:
    """
    Valid invoices, read back: with the required fields only, with every field, open, settled, and any.
    """
    make = session.store.drafts
    status = st.sampled_from([1, 0])
    kinds = [
        make.barest(openBalance=OPEN),
        make.drafts(whole=True, details=make.details_with_unknown_keys()),
        make.drafts(openBalance=OPEN, status=status, without=("type", "source", "dueDate", "issuedAt")),
        make.drafts(openBalance=SETTLED),
        *([] if session.pace.profile.sampled else [make.drafts()]),
    ]
    for kind in kinds:
        explore(session, partial(_create, session.store, kind))


@source(makes=(Created,))
def published_bodies(session: Session) -> None:
    """
    The bodies of the documentation page, the course and public integrations, with new numbers, read back.
    """
    store = session.store
    for name in session.pace.some(list(PUBLISHED), 1):
        body = PUBLISHED[name] | {
            "invoiceNumber": store.drafts.number(PUBLISHED[name]["invoiceNumber"]),
            "customerId": store.drafts.company_id,
        }
        if "orderNumber" in body:
            body["orderNumber"] = store.drafts.order_number()
        if store.drafts.channels is False:
            body.pop("channelId", None)
        store.create(body, Case("published-bodies-accepted", f"the body of {name}"), by_client=False)


@source(makes=(Created,), thorough=True)
def currencies(session: Session) -> None:
    """
    Balances in currencies without cents and in lower case, and amounts in the details as text and as numbers.
    """
    store = session.store
    for code in ("JPY", "usd"):
        balances = {
            "originalBalance": {"code": code, "value": 1_234.5678},
            "openBalance": {"code": "EUR", "value": 8_765.4321},
        }
        store.create(whole(store.drafts) | balances, Case(name=f"currency {code}"))
    amounts = ["90.00", "0.10", "-5", "0", 95, 33.14, 0.0001, -6.6, 0]
    lines = [{"amount": {"code": "USD", "value": value}, "description": str(value)} for value in amounts]
    store.create(whole(store.drafts) | {"details": {"header": {"costLines": lines}}}, Case(name="text and numbers"))


@source(makes=(Created,), thorough=True)
def large_amounts(session: Session) -> None:
    """
    Balances of more digits than a double can hold.
    """
    store = session.store
    for value in _EXACT:
        balance = {"code": "USD", "value": value}
        draft = whole(store.drafts) | {"originalBalance": balance, "openBalance": balance}
        store.create(draft, Case(name=f"balance {value}"), by_client=False)


@source(makes=(Created, Conflict), thorough=True)
def unusual_orders(session: Session) -> None:
    """
    An order number that is not a number, twice; and invoice numbers that are long, alike, or empty.
    """
    store = session.store
    order = f"A-{store.drafts.order_number()}"
    store.create(whole(store.drafts) | {"orderNumber": order}, by_client=False)
    again = store.post(whole(store.drafts) | {"orderNumber": order})
    store.judge.see(Conflict(exchange=again, field="orderNumber"))
    stem = store.drafts.number("long" * (_LONG // 4))
    cases = [(stem, _LARGE), (f"{stem}1", "invoice-numbers-are-exact"), (f"{stem}2", "invoice-numbers-are-exact")]
    if session.target.embedded:
        cases.append(("", "empty-values-accepted"))
    for number, promise in cases:
        case = Case(promise, f"a number of {len(number)} characters", "invoiceNumber")
        store.create(whole(store.drafts) | {"invoiceNumber": number}, case, by_client=False)
    _nested(store)


@source(makes=(Created,), thorough=True)
def repeated_texts(session: Session) -> None:
    """
    The same unusual text in every field at once.
    """
    store = session.store
    texts = (*TEXTS, "https://invoices.example.com/it.pdf?a=1&b=%20+#page", "None", "", "LOWER upper Title")
    for text in texts:
        draft = _filled(whole(store.drafts), text) | {"invoiceNumber": store.drafts.number(text)}
        store.create(draft, Case(_UNCHANGED, f"{text!a} in every field", ANY), by_client=False)


def _create(store: Store, kind: st.SearchStrategy[Draft], data: st.DataObject) -> None:
    store.create(data.draw(kind))


def _nested(store: Store) -> None:
    """
    Send an unknown field that is nested deeply.
    """
    deep: Any = 1
    for _ in range(150):
        deep = [deep]
    case = Case("unknown-fields-accepted", "a field of 150 levels")
    store.create(whole(store.drafts) | {"x-deep": deep}, case, by_client=False)


def _filled(draft: Draft, text: str) -> Draft:
    for path in _PLACES:
        draft = changed(draft, path, text)
    return draft
