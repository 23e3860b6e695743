"""
Methods and paths that the API does not have, and one sample of every kind of response.
"""

from b2b_invoices_contract.exchanges import Exchange
from b2b_invoices_contract.observations import (
    Case,
    Created,
    Head,
    Unchanged,
    UnknownPath,
    UnsupportedMethod,
    invoice_in,
)
from b2b_invoices_contract.queries import Query
from b2b_invoices_contract.session import Session

from .edge_cases import whole
from .source import source

_COLLECTION, _ITEM = frozenset({"GET", "POST"}), frozenset({"GET", "DELETE"})
_UNSUPPORTED = [
    # Methods that the real API has on neither path, so that nothing can come of them.
    ("PATCH", "/invoices", _COLLECTION),
    ("PUT", "/invoices", _COLLECTION),
    ("DELETE", "/invoices", _COLLECTION),
    ("PATCH", "/invoices/999999999", _ITEM),
    ("POST", "/invoices/999999999", _ITEM),
]
_READ_ONLY = {"id": 999_999_999, "createdAt": 5, "updatedAt": 5, "customerName": "Nobody", "isPendingPayment": True}
_UNKNOWN = ["/invoice", "/invoices/1/no-such-part", "/no-such-things"]


@source(makes=(Exchange, Created))
def samples(session: Session) -> None:
    """
    A success and an error of every operation; the create has fields that only responses have.
    """
    store = session.store
    created = store.create(whole(store.drafts) | _READ_ONLY, by_client=False)
    store.post({})
    store.page(Query.of(limit=1))
    store.send("GET", "/invoices?limit=1", headers={})
    if created.invoice_id is not None:
        store.delete(created.invoice_id)


@source(makes=(UnsupportedMethod,))
def methods(session: Session) -> None:
    """
    Methods that a path does not support.
    """
    for method, path, supported in session.pace.some(_UNSUPPORTED, 2):
        exchange = session.store.send(method, path, json={})
        case = Case(name=f"{method} {path}")
        session.judge.see(UnsupportedMethod(exchange=exchange, case=case, supported=supported))


@source(makes=(UnknownPath,))
def paths(session: Session) -> None:
    """
    Paths that the API does not have.
    """
    for path in session.pace.some(_UNKNOWN, 1):
        session.judge.see(UnknownPath(exchange=session.store.send("GET", path), case=Case(name=path)))


@source(makes=(Head,), thorough=True)
def head(session: Session) -> None:
    """
    HEAD on every path that supports GET.
    """
    store = session.store
    invoice_id = store.created_id(whole(store.drafts))
    for path in ("/invoices", f"/invoices/{invoice_id}", "/invoices/0"):
        got = store.send("GET", path)
        store.judge.see(Head(exchange=store.send("HEAD", path), case=Case(name=f"HEAD {path}"), get=got))


@source(makes=(Unchanged,), thorough=True)
def method_override(session: Session) -> None:
    """
    A read with a header that asks for a delete.
    """
    store = session.store
    invoice = store.created(whole(store.drafts))
    path = f"/invoices/{invoice['id']}"
    store.send("GET", path, headers=store.credentials.headers | {"X-HTTP-Method-Override": "DELETE"})
    read = store.read(invoice["id"])
    store.judge.see(Unchanged(exchange=read, cause="read", was=invoice, is_now=invoice_in(read)))
