"""
Sends the probes of a plan one after another, and keeps the responses.
"""

from collections.abc import Callable
from typing import Any

import attrs
import httpx
import msgspec

from b2b_invoices_contract.exchanges import Exchange
from b2b_invoices_contract.targets import Target

from .obstacles import is_rejection, obstacle
from .plan import Plan
from .probes import Probe
from .seen import Barred, Seen, Sent, Unseen
from .wire import Wire

_ATTEMPTS = 3
_LOOKS, _LAG = 2, 10.0  # more, at a list that does not have yet what was created; seconds before each
_PAUSE = 2.0  # seconds before a request is sent again; twice as many each time
_SERVER_ERROR, _BARRED = 500, frozenset({401, 403})
_ID = "{id}"
_TELLING = frozenset({"id", "invoiceNumber", "customerId", "originalBalance", "openBalance"})

Progress = Callable[[Probe], None]
"""Called before each probe is sent."""


def send_all(plan: Plan, wire: Wire, seen: Seen, progress: Progress) -> None:
    """
    Send the probes of *plan* that *seen* does not have yet, and add to it what came back.

    Raises:
        Crossed: One of them may not be sent.
    """
    for probe in plan.probes:
        if probe.name not in seen.answered and probe.name not in seen.missing:
            progress(probe)
            try:
                sent = seen.answered[probe.name] = _send_until_told(probe, wire, seen, plan)
            except Unseen as why:
                seen.missing[probe.name] = why
            else:
                if probe.method == "POST" and sent.exchange.is_success and not seen.was_created(probe.name):
                    seen.lose(sent.body)  # stored under an unknown id


def _send_until_told(probe: Probe, wire: Wire, seen: Seen, plan: Plan) -> Sent:
    """
    Send *probe*, and where it is a list that lags behind, look a few times more, as far as the budget has room for it.

    Raises:
        Unseen: As `send` does.
        Crossed: It may not be sent.
    """
    sent = send(probe, wire, seen)
    for _ in range(_LOOKS):
        besides = wire.guard.sent - len(seen.answered) - len(seen.missing) - 1  # requests that the plan does not have
        if not seen.is_behind(sent) or plan.requests + besides >= wire.guard.budget.requests:
            break
        wire.around.sleep(_LAG)
        sent = send(probe, wire, seen)
    return sent


def send(probe: Probe, wire: Wire, seen: Seen) -> Sent:
    """
    Send *probe*, again when the trouble may pass, and return what came back.

    A create that may have been carried out is sent again under a new number only.

    Raises:
        Unseen: There was no usable response, or no invoice to send it about.
        Barred: The credentials do not allow it.
        Crossed: It may not be sent.
    """
    why, bodies, lost = "", list[Any](), False
    for seen.attempt in range(_ATTEMPTS):
        if not wire.guard.has_room(creates=probe.method == "POST"):
            raise Unseen(f"{probe.name!r} did not fit into the budget of the run", by_accident=bool(why))
        body = probe.body(seen) if probe.body else None
        if lost and body is not None and body in bodies:
            break
        bodies.append(body)
        try:
            exchange = wire.send(build(probe, body, seen, wire.target, wire.client))
        except httpx.RequestError as error:
            why, lost = f"there was no response ({type(error).__name__})", True
            seen.unanswered.append(probe.name)
        else:
            why = _what_hides(exchange, probe)
            if not why:
                return _sent(probe, body, exchange, seen, repeated=lost)
            lost = lost or not is_rejection(exchange.status, exchange.headers, exchange.body)
        if lost and probe.method == "POST":
            seen.lose(body)
        wire.around.sleep(_PAUSE * 2**seen.attempt)
    raise Unseen(f"{probe.name!r} could not be observed: {why}", by_accident=True)


def _sent(probe: Probe, body: Any, exchange: Exchange, seen: Seen, *, repeated: bool) -> Sent:
    """
    Return the response to *probe*, without the invoices of others.

    Raises:
        Unseen: It is a read, and the invoice is not one of the run.
    """
    answer = exchange.json
    listed = answer.get("data") if isinstance(answer, dict) else None
    if probe.method == "GET" and "/invoices/" in probe.path and _is_foreign(listed, seen):
        raise Unseen(f"{probe.name!r} returned an invoice without the mark of the run")
    if not isinstance(listed, list):
        return Sent(probe, body, exchange, repeated)
    own = [invoice for invoice in listed if seen.run.marked(invoice)]
    if len(own) < len(listed):
        exchange = attrs.evolve(exchange, body=msgspec.json.encode(answer | {"data": own}))
    return Sent(probe, body, exchange, repeated, others=len(listed) - len(own))


def _is_foreign(data: Any, seen: Seen) -> bool:
    """
    Return whether *data* is an invoice, by the fields that every invoice has, and not one of the run.
    """
    return isinstance(data, dict) and not data.keys().isdisjoint(_TELLING) and not seen.run.marked(data)


def build(probe: Probe, body: Any, seen: Seen, target: Target, client: httpx.Client) -> httpx.Request:
    """
    Return the request of *probe*, with *body*, made for what was *seen*.

    Raises:
        Unseen: When it is about an invoice that was not created, or not deleted.
    """
    if probe.gone:
        seen.check_deleted(probe.gone)
    path = probe.path.replace(_ID, str(seen.created(probe.of))) if probe.of else probe.path
    content = body if isinstance(body, bytes) or body is None else msgspec.json.encode(body)
    return client.build_request(
        probe.method,
        path,
        params=httpx.QueryParams(tuple(query(probe, seen))) if probe.query else None,
        content=content,
        headers=headers(probe, target),
    )


def query(probe: Probe, seen: Seen) -> list[tuple[str, str]]:
    """
    Return the query of *probe*.
    """
    return [(name, value.format(mark=seen.mark, company=seen.company_id)) for name, value in probe.query]


def headers(probe: Probe, target: Target) -> dict[str, str]:
    """
    Return the headers of *probe*, credentials included.
    """
    kind = {"Content-Type": "application/json"} if probe.body else {}
    credentials = {name: value for name, value in {**target.store.headers, **probe.credentials}.items() if value}
    return {"Accept": "application/json", **kind, **credentials, **probe.headers}


def _what_hides(exchange: Exchange, probe: Probe) -> str:
    """
    Return why *exchange* says nothing of what the service does with *probe*; empty when it does.

    Raises:
        Barred: The credentials do not allow it.
    """
    hidden = obstacle(exchange.status, exchange.headers, exchange.body)
    if probe.credentials and exchange.status == _SERVER_ERROR and exchange.json is not None:
        return ""  # to a stranger, the vendor's page announces it
    if exchange.status in _BARRED and not hidden and not probe.credentials and probe.creates != "maybe":
        raise Barred(probe.name, exchange.status)
    return hidden
