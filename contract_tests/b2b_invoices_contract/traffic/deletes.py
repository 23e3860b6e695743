"""
Deletes, and reads and deletes of invoices that do not exist.
"""

from itertools import product

from hypothesis import strategies as st

from b2b_invoices_contract.observations import Case, Created, Deleted, Listed, Missing, Unchanged, invoice_in
from b2b_invoices_contract.queries import LONGEST_PAGE, Query
from b2b_invoices_contract.session import Session

from .edge_cases import whole
from .published import PUBLISHED
from .source import explore, source

_UNKNOWN = 999_999_999


@source(makes=(Deleted, Missing, Unchanged, Created))
def deletes(session: Session) -> None:
    """
    One of three invoices is deleted, looked for, and created again.
    """
    store = session.store
    orders = st.builds(store.drafts.order_number)

    def send(data: st.DataObject) -> None:
        draft = data.draw(store.drafts.drafts(orderNumber=orders))
        stays = store.created(data.draw(store.drafts.drafts()))
        gone = store.created_id(draft)
        store.created_id(data.draw(store.drafts.drafts()))
        others = [invoice for invoice in store.own() if invoice["id"] != gone]

        store.delete(gone)

        store.expect_missing(gone, "deleted")
        now = store.own()
        store.judge.see(Unchanged(exchange=store.exchanges.last, cause="delete", was=others, is_now=now))
        read = store.read(stays["id"])
        store.judge.see(Unchanged(exchange=read, cause="delete", was=stays, is_now=invoice_in(read)))
        store.create(draft, Case("deleted-number-is-reusable", "the number and order of a deleted invoice"))

    explore(session, send, share=3)


@source(makes=(Missing,))
def unknown_ids(session: Session) -> None:
    """
    A read and a delete of an id that no invoice has.
    """
    session.store.expect_missing(_UNKNOWN, "unknown")


@source(makes=(Missing, Unchanged), thorough=True)
def impossible_ids(session: Session) -> None:
    """
    Reads and a delete of what begins like an id, or can be none.
    """
    store = session.store
    invoice = store.created(whole(store.drafts))
    ids = [f"{invoice['id']}abc", f"{invoice['id']}.0", f"{invoice['id']},1", "-1", "0", str(2**33), str(2**63), "abc"]
    for method, text in [*product(["GET"], ids), ("DELETE", ids[0])]:
        exchange = store.send(method, f"/invoices/{text}")
        store.judge.see(Missing(exchange=exchange, case=Case(name=f"id {text}"), why="unknown"))
    read = store.read(invoice["id"])
    store.judge.see(Unchanged(exchange=read, cause="read", was=invoice, is_now=invoice_in(read)))


@source(makes=(Created, Listed, Deleted), thorough=True)
def course(session: Session) -> None:
    """
    The steps of the vendor's course: create, list old open invoices, read, delete; and two invoices of one order.
    """
    store = session.store
    body = PUBLISHED["course, full"] | {
        "invoiceNumber": store.drafts.number("course"),
        "orderNumber": store.drafts.order_number(),
        "customerId": store.drafts.company_id,
        "issuedAt": 1_600_000_000,
    }
    invoice = store.created(body, by_client=False)
    store.page(Query.of(status=0, endDateAt=1_600_000_000, limit=LONGEST_PAGE), known=[invoice])
    store.delete(invoice["id"])
    order = store.drafts.order_number()
    balance = {"code": "USD", "value": 283.25}
    common = {"customerId": store.drafts.company_id, "originalBalance": balance, "openBalance": balance}
    numbers = [store.drafts.number("first"), store.drafts.number("second")]
    first = store.created(common | {"invoiceNumber": numbers[0], "orderNumber": order}, by_client=False)
    second = store.created(common | {"invoiceNumber": numbers[1], "externalId": order}, by_client=False)
    store.page(Query.of(customerId=store.drafts.company_id, limit=LONGEST_PAGE), known=[first, second])
