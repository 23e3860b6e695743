"""
One live run, from the first request to the cleanup.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import httpx

from b2b_invoices_contract.coverage import Coverage
from b2b_invoices_contract.judge import CheckFailed
from b2b_invoices_contract.redaction import Redaction
from b2b_invoices_contract.results import Result, Results
from b2b_invoices_contract.targets import CannotRun, Target
from b2b_invoices_spec.promises import load_promises

from .cleanup import SETTLING, Cleaned, clean
from .drift import Change, changes
from .guard import Budget, Crossed
from .interruptions import interruptible
from .journal import Journal, Run
from .observations import Observations, latest, save
from .plan import Plan, plan_within
from .preflight import check_first_create, look_around
from .rate_limiter import TooSlow
from .runner import Progress, send_all
from .seen import Seen
from .verdicts import Verdicts, judge
from .wire import Surroundings, Wire

_INTERRUPTED = "interrupted; what the run had created was {}, and the rest was not checked"
_FIRST_CREATE = "create barest"


@attrs.frozen
class LiveOptions:
    """
    How to run on a live store.

    Attributes:
        share: Share of the store's requests to keep to, above 0 and at most 1.
        budget: The most that may be sent.
        keep: Whether to leave the invoices.
        observations: Folder that observations are in; None to write none.
        settling: Seconds after which a create without a response is stored, or never will be.
    """

    share: float = 0.5
    budget: Budget = attrs.field(factory=Budget)
    keep: bool = False
    observations: Path | None = Path("observations")
    settling: float = SETTLING


@attrs.frozen
class Outcome:
    """
    The outcome of a live run.

    Attributes:
        results: The result for each promise.
        observations: The responses of the store; None if the run did not get so far.
        before: Those of the previous run; None if there was none.
        accidents: Why promises could not be checked by no fault of the contract, by promise.
        cleaned: The result of the cleanup; None if the invoices were to be kept.
        file: The file of the observations; None if there is none.
        limited: How many responses were 429.
        waited: Seconds spent waiting for the store's rate limit.
    """

    results: Results
    observations: Observations | None = None
    before: Observations | None = None
    accidents: dict[str, str] = attrs.field(factory=dict)
    cleaned: Cleaned | None = None
    file: Path | None = None
    limited: int = 0
    waited: float = 0.0

    @property
    def drift(self) -> list[Change]:
        """Changes since the previous run."""
        return changes(self.before, self.observations) if self.before and self.observations else []

    @property
    def exit_status(self) -> int:
        """That of the results."""
        return self.results.exit_status


def plan_for(options: LiveOptions) -> Plan:
    """
    Return what a run with *options* sends.
    """
    return plan_within(options.budget)


def run_live(
    target: Target,
    run: Run,
    journal: Journal,
    options: LiveOptions,
    *,
    around: Surroundings,
    progress: Progress,
    dialect: Callable[[], tuple[dict[str, Any], ...]] | None = None,
) -> Outcome:
    """
    Send the plan to *target*, delete what was created, and return what was found out.

    Raises:
        CannotRun: When the run cannot be made; then nothing was created.
    """
    plan = plan_for(options)
    before = latest(options.observations, _host(target), run.store) if options.observations else None
    promises = {name: Result(promise) for name, promise in load_promises().items()}
    at = datetime.fromtimestamp(around.clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    results = Results(target.base_url, 0, "live", promises, at=at)
    seen = Seen(run, target.company_id, int(around.clock()))
    started = around.ticks()
    with Wire.open(target, run, journal, budget=options.budget, share=options.share, around=around) as wire:
        first = look_around(plan.probes[0], wire, seen)
        seen.answered[first.probe.name] = first
        with journal.hold(run):
            journal.begin(run)
            results.problem, cleaned = _send_and_clean(plan, wire, seen, options, progress)
    results.requests = len(wire.traffic)
    results.seconds = around.ticks() - started
    results.digest = wire.traffic.digest
    exchanges = (sent.exchange for sent in seen.answered.values())
    results.coverage = Coverage.of(exchanges, Redaction.of(target))
    outcome = _outcome(
        wire, seen, results=results, cleaned=cleaned, options=options, dialect=dialect() if dialect else ()
    )
    return attrs.evolve(outcome, before=before) if outcome.observations else outcome


def _send_and_clean(
    plan: Plan, wire: Wire, seen: Seen, options: LiveOptions, progress: Progress
) -> tuple[str, Cleaned | None]:
    """
    Send the probes, then clean up whatever happened; return why it did not get to its end, and what was cleaned.
    """
    problem, interruption, cleaned = "", "", None
    with interruptible(wire.around.warn) as interruptions:
        try:
            _send_all(plan, wire, seen, progress)
        except KeyboardInterrupt:
            interruption = _INTERRUPTED.format("left in the store, as --keep says" if options.keep else "deleted")
        except (Crossed, TooSlow) as error:
            problem = Redaction.of(wire.target).hide(str(error))
        finally:
            interruptions.is_patient = True
            cleaned = _end(wire, options)
            interruptions.is_patient = False
    if cleaned is None or cleaned.is_clean:
        return problem or interruption, cleaned
    left = _left(cleaned)
    return f"interrupted; {left}" if interruption else problem or left, cleaned


def _end(wire: Wire, options: LiveOptions) -> Cleaned | None:
    """
    Delete what the run has created, or write down that it is to be kept.

    Raises:
        CannotRun: When something else ended the run, and now something may be left as well.
    """
    if options.keep:
        wire.journal.finish(wire.run, wire.around.clock(), kept=True)
        return None
    cleaned = clean(
        wire.target,
        wire.run,
        wire.journal,
        wire.around,
        share=options.share,
        settling=options.settling,
        creations=options.budget.creations,
    )
    ended = sys.exception()
    if isinstance(ended, CannotRun) and not cleaned.is_clean:
        raise CannotRun(f"{ended}; besides, {_left(cleaned)}") from ended
    return cleaned


def _left(cleaned: Cleaned) -> str:
    return f"{cleaned.problem or 'invoices could not be deleted'}; b2b-invoices-contract cleanup goes on with it"


def _outcome(
    wire: Wire,
    seen: Seen,
    *,
    results: Results,
    cleaned: Cleaned | None,
    options: LiveOptions,
    dialect: tuple[dict[str, Any], ...],
) -> Outcome:
    try:
        verdicts = judge(seen, wire.target, results)
    except CheckFailed as bug:
        results.problem, results.bug = f"a bug of this tool, not of the target: {bug}", bug
        verdicts = Verdicts(results.promises, {}, {})
    results.is_partial = bool(verdicts.accidents)
    if cleaned is not None and not cleaned.is_clean:
        results.left_behind = len(cleaned.left)
    outcome = Outcome(results, accidents=verdicts.accidents, cleaned=cleaned)
    outcome = attrs.evolve(outcome, limited=wire.rate_limiter.limited, waited=wire.rate_limiter.waited)
    if results.problem:
        return outcome
    hide = Redaction.of(wire.target).hide
    observations = Observations.of(seen, verdicts, _host(wire.target), dialect, hide=hide)
    file = save(observations, options.observations) if options.observations else None
    return attrs.evolve(outcome, observations=observations, file=file)


def _host(target: Target) -> str:
    return httpx.URL(target.base_url).netloc.decode("ascii")


def _send_all(plan: Plan, wire: Wire, seen: Seen, progress: Progress) -> None:
    upto = [probe.name for probe in plan.probes].index(_FIRST_CREATE) + 1
    send_all(attrs.evolve(plan, probes=plan.probes[:upto]), wire, seen, progress)
    check_first_create(_FIRST_CREATE, seen, wire.target)
    send_all(plan, wire, seen, progress)
