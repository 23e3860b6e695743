"""
Races: creates that are sent at the same time.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

from b2b_invoices_contract.drafts import Draft
from b2b_invoices_contract.exchanges import Exchange
from b2b_invoices_contract.observations import Case, Raced
from b2b_invoices_contract.session import Session
from b2b_invoices_contract.store import Halt, Store

from .edge_cases import whole
from .source import source

_AT_ONCE = 4
_SAME: tuple[Literal["invoiceNumber", "orderNumber"], ...] = ("invoiceNumber", "orderNumber")


@source(makes=(Raced,))
def races(session: Session) -> None:
    """
    Creates with the same number, with the same order, and of two stores, sent at the same time.
    """
    for field in session.pace.some(_SAME, 1):
        _race(session, field, [session.store] * _AT_ONCE, allowed=1)
    if session.other and not session.pace.profile.sampled:
        _race(session, "invoiceNumber", [session.store, session.other], allowed=2)


def _race(session: Session, field: Any, stores: list[Store], *, allowed: int) -> None:
    make = session.store.drafts
    shared = whole(make)[field]
    bodies: list[Draft] = [whole(make, channel=False) | {field: shared} for _ in stores]
    with ThreadPoolExecutor(len(stores)) as pool:
        outcomes = list(pool.map(lambda pair: pair[0].race(pair[1]), zip(stores, bodies, strict=True)))
    exchanges = [one for one in outcomes if isinstance(one, Exchange)]
    for one in outcomes:
        if isinstance(one, Exchange):
            session.exchanges.add(one)
        else:
            session.exchanges.lost.append(one)
        session.judge.see(one)
    if not exchanges:
        raise Halt("no create of a race got a response")
    numbers = {body["invoiceNumber"] for body in bodies}
    stored = sum(_stored(store, numbers) for store in dict.fromkeys(stores))
    session.judge.see(
        Raced(
            exchange=exchanges[0],
            case=Case(name=f"{len(stores)} creates with the same {field}"),
            field=field,
            exchanges=exchanges,
            stored=stored,
            allowed=allowed,
        )
    )


def _stored(store: Store, numbers: set[str]) -> int:
    return sum(invoice.get("invoiceNumber") in numbers for invoice in store.own())
