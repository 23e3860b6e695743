"""
Finding the runs that left something in a store, when no journal tells.
"""

import re

import attrs
import httpx

from contract_tests.targets import CannotRun, Target

from .guard import Budget
from .journal import PREFIX, Journal, Run
from .wire import Surroundings, Wire

_MARK = re.compile(f"{PREFIX}([A-Z0-9]{{8}})-")
_PAGE = 250
_PAGES = 40
_NOBODY = "00000000"


def runs_in_store(target: Target, journal: Journal, around: Surroundings, *, share: float) -> list[Run]:
    """
    Return the runs whose mark is on an invoice of *target*.

    Raises:
        CannotRun: When the invoices cannot be listed.
    """
    looking = Run.on(target, _NOBODY, around.clock())
    names: set[str] = set()
    with Wire.open(target, looking, journal, budget=Budget(_PAGES, 0), share=share, around=around) as wire:
        offset = 0
        while page := _page(wire, offset):
            for invoice in page:
                numbers = (str(invoice.get(field) or "") for field in ("invoiceNumber", "purchaseOrderNumber"))
                names |= {match[1] for number in numbers if (match := _MARK.match(number))}
            offset += len(page)
    return [journal.find(name) or attrs.evolve(looking, name=name) for name in sorted(names)]


def _page(wire: Wire, offset: int) -> list[dict[str, object]]:
    query = {"q": PREFIX, "limit": str(_PAGE), "offset": str(offset)}
    request = wire.client.build_request("GET", "/invoices", params=query, headers=wire.target.store.headers)
    try:
        exchange = wire.send(request)
    except httpx.TransportError as error:
        raise CannotRun(f"the invoices could not be listed ({type(error).__name__}); run it again") from error
    page = exchange.get("data")
    if not isinstance(page, list):
        raise CannotRun(
            f"the list of invoices was answered {exchange.status}; correct the credentials, or run it again"
        )
    return [invoice for invoice in page if isinstance(invoice, dict)]
