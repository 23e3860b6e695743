"""
Announcement of a live run: its target, cost and requests, before anything is sent.
"""

import json
import shlex
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import attrs

from b2b_invoices_contract.targets import Target

from .cleanup import most_requests
from .plan import Plan
from .probes import Probe
from .rate_limiter import minutes
from .run import LiveOptions
from .runner import headers, query
from .seen import Seen, Sent

_SECRETS = {"x-auth-token", "x-store-hash"}
_SHOWN = 3  # characters of the store hash, enough to recognise it
_LONGEST = 300  # characters of a body


def announce(target: Target, plan: Plan, options: LiveOptions) -> str:
    """
    Return a summary of a run of *plan* on *target*.
    """
    requests = len(plan.probes) if options.keep else plan.requests
    deletes = "" if options.keep else f", and {most_requests(options.budget.creations)} more for cleanup"
    leaves = (
        f"up to {plan.most_left} invoices (--keep)"
        if options.keep
        else f"nothing: it deletes the invoices it creates, up to {plan.creations}, and no others"
    )
    return "\n".join(
        [
            f"target     {target.base_url}",
            f"store      {target.store.store_hash[:_SHOWN]}…",
            f"company    {target.company_id}",
            f"requests   {requests}; at most {options.budget.requests} if the network fails or a list lags{deletes}",
            f"minutes    {minutes(requests, options.share):.1f}, at {options.share:.0%} of the store's rate limit",
            f"creates    at most {plan.creations} invoices of up to 10,000,000 in USD and EUR",
            "e-mail     B2B Edition e-mails new invoices to the buyers of a company: use one without buyers",
            f"leaves     {leaves}",
        ]
    )


@attrs.define
class _DryRun(Seen):
    """A run without responses, in which names stand for the ids of created invoices."""

    def created(self, probe: str) -> Any:
        """
        Return a text that stands for the id of *probe*.
        """
        return f"(id of: {probe})"


def rehearse(target: Target, plan: Plan, seen: Seen) -> Iterator[str]:
    """
    Yield each request of *plan* as text, with hidden credentials.
    """
    dry = _DryRun(seen.run, seen.company_id, seen.now)
    for number, probe in enumerate(plan.probes, 1):
        body = probe.body(dry) if probe.body else None
        dry.answered[probe.name] = Sent(probe, body, None)  # type: ignore[arg-type] # no check reads it
        shown = f"\n    {_text(body)}" if body else ""
        yield f"{number:3} {probe.name}\n    {_line(probe, dry, target)}{shown}"
    yield (
        f"    then DELETE {target.base_url}/invoices/(id) for each created invoice, and "
        f"GET {target.base_url}/invoices?{urlencode({'q': seen.mark})} to verify that none is left"
    )


def _line(probe: Probe, seen: Seen, target: Target) -> str:
    path = probe.path.replace("{id}", str(seen.created(probe.of)))
    text = "&".join(f"{name}={value}" for name, value in query(probe, seen))
    shown = [f"-H {shlex.quote(f'{name}: {_hidden(name, value)}')}" for name, value in headers(probe, target).items()]
    return " ".join([probe.method, f"{target.base_url}{path}{'?' if text else ''}{text}", *shown])


def _hidden(name: str, value: str) -> str:
    return "[hidden]" if name.lower() in _SECRETS and value else value


def _text(body: Any) -> str:
    text = body.decode() if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"
