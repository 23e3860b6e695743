"""
What a run says before it sends anything: where, how much, and what it leaves.
"""

import json
import shlex
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import attrs

from b2b_invoices_contract.targets import Target

from .cleaning import most_requests
from .guard import hidden
from .plan import Plan
from .probes import Probe
from .quota import minutes
from .run import LiveOptions
from .runner import headers, query
from .seen import Seen, Sent

_SHOWN = 3  # letters of the store's hash: enough to tell one's own stores apart
_LONGEST = 300  # characters of a body on show


def announce(target: Target, plan: Plan, options: LiveOptions) -> str:
    """
    Return what a run of *plan* on *target* will do with *options*, before it does.
    """
    share, keep = options.share, options.keep
    requests, most = len(plan.probes) if keep else plan.requests, options.budget.requests
    deleting = "" if keep else f", and {most_requests(options.budget.creations)} more to delete"
    left = (
        f"up to {plan.most_left} invoices, on purpose (--keep)"
        if keep
        else f"nothing: it deletes the invoices it creates, up to {plan.creations}, and no other"
    )
    return "\n".join(
        [
            f"target     {target.base_url}",
            f"store      {shortened(target.store.store_hash)}",
            f"company    {target.company_id}",
            f"requests   {requests}; where the network fails or a list lags, {most} at most{deleting}",
            f"minutes    {minutes(requests, share):.1f}, at {share:.0%} of the limit that all integrations share",
            f"creations  {plan.creations} at most, of invoices up to 10,000,000 in USD and EUR",
            "e-mail     a company's buyers are told of new invoices: name one without any, or switch off New Invoice",
            f"leaves     {left}",
        ]
    )


def shortened(store_hash: str) -> str:
    """
    Return enough of *store_hash* to know it again.
    """
    return f"{store_hash[:_SHOWN]}…"


@attrs.define
class _Rehearsal(Seen):
    """A run in which every create went well, though nothing was sent; ids are names."""

    def created(self, probe: str) -> Any:
        """
        Return what stands for the id of *probe*.
        """
        return f"(id of: {probe})"


def rehearse(target: Target, plan: Plan, seen: Seen) -> Iterator[str]:
    """
    Yield every request of *plan* as it would be sent, the credentials hidden, a text for each.
    """
    rehearsal = _Rehearsal(seen.run, seen.company_id, seen.now)
    for number, probe in enumerate(plan.probes, 1):
        body = probe.body(rehearsal) if probe.body else None
        rehearsal.answered[probe.name] = Sent(probe, body, None)  # type: ignore[arg-type] # nothing is sent, and no check looks
        yield f"{number:3} {probe.name}\n    {_line(probe, rehearsal, target)}" + (
            f"\n    {_shown(body)}" if body else ""
        )
    yield (
        f"    and then, for every invoice that was created: DELETE {target.base_url}/invoices/(id), and a last look: "
        f"GET {target.base_url}/invoices?{urlencode({'q': seen.mark})}"
    )


def _line(probe: Probe, seen: Seen, target: Target) -> str:
    path = probe.path.replace("{id}", str(seen.created(probe.of)))
    text = "&".join(f"{name}={value}" for name, value in query(probe, seen))
    shown = [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in hidden(headers(probe, target)).items()]
    return " ".join([probe.method, f"{target.base_url}{path}{'?' if text else ''}{text}", *shown])


def _shown(body: Any) -> str:
    text = body.decode() if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"
