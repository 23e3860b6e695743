"""
Conflicts: creates with a number or an order that another invoice has, and numbers that only look alike.
"""

from typing import Any

from hypothesis import strategies as st

from b2b_invoices_contract.observations import Case, Conflict, Created, Unchanged, id_in
from b2b_invoices_contract.session import Session
from b2b_invoices_contract.store import Halt, Store

from .edge_cases import whole
from .source import explore, source


@source(makes=(Conflict, Created, Unchanged))
def conflicts(session: Session) -> None:
    """
    Creates with a number or an order that is in use, again and again, whatever else they have.
    """
    store, times = session.store, 1 if session.pace.profile.sampled else 2
    orders = st.builds(store.drafts.order_number)

    def send(data: st.DataObject) -> None:
        draft = data.draw(store.drafts.drafts(whole=True, orderNumber=orders))
        order = draft["orderNumber"]
        beside = data.draw(store.drafts.drafts(without=("orderNumber",), externalId=st.just(order)))
        store.created_id(draft)
        store.create(beside, Case("one-invoice-per-order", "the order as externalId"), read=False)
        before = store.own()
        taken: list[tuple[Any, str, str]] = [
            ("invoiceNumber", "invoiceNumber", draft["invoiceNumber"]),
            ("orderNumber", "orderNumber", order),
            ("orderNumber", "orderNumber", f"0{order}"),
        ]
        exchanges = []
        for field, name, value in taken * times:
            given: dict[str, st.SearchStrategy[Any]] = {name: st.just(value)}
            body = data.draw(store.drafts.drafts(without=(), whole=False, **given))
            exchanges.append(store.post(body))
            store.judge.see(Conflict(exchange=exchanges[-1], field=field, case=Case(name=f"the same {name}")))
        if not any(exchange.is_success for exchange in exchanges):
            _expect_unchanged(store, before)

    explore(session, send, share=3)


@source(makes=(Conflict, Unchanged), thorough=True)
def differing_conflicts(session: Session) -> None:
    """
    A number in use, in creates that differ in everything else.
    """
    store = session.store
    first = whole(store.drafts)
    invoice = store.created(first)
    differing: dict[str, Any] = {
        "customerId": session.target.other_company_id or session.target.company_id,
        "originalBalance": {"code": "EUR", "value": 12.5},
        "openBalance": {"code": "EUR", "value": 12.5},
        "type": "Another",
        "source": 0,
        "status": 0,
        "channelId": 1,
    }
    if store.drafts.channels is False:
        del differing["channelId"]
    for field, value in differing.items():
        body = whole(store.drafts) | {"invoiceNumber": first["invoiceNumber"], field: value}
        case = Case(name=f"another {field}")
        store.judge.see(Conflict(exchange=store.post(body), field="invoiceNumber", case=case))
    read = store.read(invoice["id"])
    store.judge.see(Unchanged(exchange=read, cause="rejected create", was=invoice, is_now=read.get("data")))


@source(makes=(Created,))
def similar_numbers(session: Session) -> None:
    """
    Numbers that differ from one in use in case, in spaces, or by a zero.
    """
    store = session.store
    draft = whole(store.drafts)
    number = draft["invoiceNumber"]
    store.created_id(draft)
    similar = [number.swapcase(), f"{number} ", f" {number}", f"{number}\t", f"0{number}", f"{number}0"]
    for alike in session.pace.some(similar, 1):
        case = Case("invoice-numbers-are-exact", f"{alike!r} beside {number!r}", "invoiceNumber")
        store.create(whole(store.drafts) | {"invoiceNumber": alike}, case)


@source(makes=(Created, Unchanged), thorough=True)
def free_after_rejection(session: Session) -> None:
    """
    A create whose number and order only rejected creates had.
    """
    store = session.store
    orders = st.builds(store.drafts.order_number)

    def send(data: st.DataObject) -> None:
        fresh = data.draw(store.drafts.drafts(orderNumber=orders))
        missing = data.draw(st.sampled_from(["originalBalance", "openBalance", "customerId"]))
        before = store.own()
        rejected = [
            store.post(fresh | {"status": 7}),
            store.post({name: value for name, value in fresh.items() if name != missing}),
            store.send("POST", json=fresh, headers=store.credentials.headers | {"Content-Type": "text/plain"}),
        ]
        if any(exchange.is_success for exchange in rejected):
            raise Halt("an invalid create was accepted")
        _expect_unchanged(store, before)
        store.create(fresh, Case("rejected-create-changes-nothing", "a number of rejected creates"))

    explore(session, send, share=3)
    taken = {"orderNumber": store.drafts.order_number()}
    store.created_id(whole(store.drafts) | taken)
    draft = whole(store.drafts)
    if id_in(store.post(draft | taken)) is None:
        store.create(draft, Case("rejected-create-changes-nothing", "the number of a create rejected for its order"))


def _expect_unchanged(store: Store, before: list[dict[str, Any]]) -> None:
    now = store.own()
    store.judge.see(Unchanged(exchange=store.exchanges.last, cause="rejected create", was=before, is_now=now))
