"""
One run of the checks, from a target to results.
"""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from math import ceil

import attrs
import httpx

from b2b_invoices.errors import NotSent
from b2b_invoices_spec.promises import load_promises

from .checks import all_checks, checks_of
from .cleanup import clean_up
from .coverage import Coverage
from .early_end import EarlyEnd, EarlyEndWatch
from .judge import BrokenPromises, CheckFailed
from .observations import Created, WholeRun
from .profiles import PROFILES, Pace, ProfileName
from .redaction import Redaction
from .results import Result, Results
from .session import Session
from .store import CONNECTION_ERRORS, ClientBug, Halt
from .targets import CannotRun, Target, check_reachable
from .traffic import SOURCES
from .traffic.fuzzing import FuzzingError, only_drawn_values
from .traffic.source import Source

TIME_IS_UP = "the time was up before its turn"
"""Why a promise was not checked if the run had only so much time."""

NOTHING_SEEN = "the run observed nothing that it is about"
"""Why a promise was not checked if no response said anything of it."""

_LIMITED = "the target limits requests (429); raise its limit, or use --profile live, which keeps to it"
_INTERRUPTED = "interrupted; the promises without a verdict were not checked"
_NO_OTHER = "it takes a second store: --other-store-hash and --other-access-token"
_TOO_MANY = 429
_MOST_LATE = 3  # timeouts, after which the run ends
_NOT_THERE = (httpx.ConnectError, httpx.ConnectTimeout, NotSent, FuzzingError)


@attrs.frozen
class Options:
    """
    How to run the checks.

    Attributes:
        profile: How thorough to be.
        seed: What chance depends on; the same seed sends the same requests.
        fail_fast: Whether to end at the first broken promise.
        shrink: Whether the full profile looks for the smallest example of what is broken, with many more requests.
        only: Ids of the promises to check; empty for all.
        max_time: Seconds after which no new case is drawn; None for no limit.
        workers: How many processes share the sources of traffic; 0 for this one alone.
    """

    profile: ProfileName = "full"
    seed: int = 0
    fail_fast: bool = False
    shrink: bool = True
    only: frozenset[str] = frozenset()
    max_time: float | None = None
    workers: int = 0


class SourceFailed(Exception):  # noqa: N818 - a bug of ours that ends the run
    """
    A source of traffic raised an unexpected exception.
    """

    def __str__(self) -> str:
        return f"the source of traffic {self.args[0]} has a bug"


class Stopped(Exception):  # noqa: N818 - why the run ends, not an error of ours
    """The run cannot go on; the message says why."""


def run(target: Target, options: Options, progress: Callable[[Result], None] | None = None) -> Results:
    """
    Check every promise on *target*, delete what was created there, and return what was found out.

    Args:
        target: What is under test.
        options: How to run.
        progress: Called with the result of a promise after each source of traffic that is about it.

    Raises:
        CannotRun: The target cannot be reached or rejects the credentials, or a promise is unknown.
    """
    if unknown := options.only - load_promises().keys():
        raise CannotRun(f"unknown promise {', '.join(sorted(unknown))}; --list shows all")
    check_reachable(target)
    watch = EarlyEndWatch(at_the_first=options.fail_fast)
    session = start(target, options, watch=watch)
    results = session.results
    started = time.monotonic()
    try:
        with only_drawn_values():
            _send_all(session, options, progress)
        results.problem = results.problem or _gap(results, options)
    except EarlyEnd as early:
        _end_early(session, early)
    except KeyboardInterrupt:
        results.problem = _INTERRUPTED
    except (CheckFailed, ClientBug, SourceFailed) as bug:
        results.problem, results.bug = f"a bug of this tool, not of the target: {bug}", bug
    except Stopped as stopped:
        results.problem = session.redaction.hide(str(stopped))
    finally:
        session.judge.close()
        results.left_behind = 0 if target.embedded else clean_up(session)
        session.close()
    for result in results.unchecked:
        result.reason = result.reason or results.problem
    results.requests = len(session.exchanges)
    results.digest = session.exchanges.digest
    results.coverage = Coverage.of(session.exchanges, session.redaction)
    results.seconds = time.monotonic() - started
    results.command = _command(results, options, embedded=target.embedded)
    return results


def start(target: Target, options: Options, *, name: str = "", watch: EarlyEndWatch | None = None) -> Session:
    """
    Return a session for a run with *options*, whose numbers begin with *name*, by default one of its own.
    """
    profile = PROFILES[options.profile]
    deadline = None if options.max_time is None else time.monotonic() + options.max_time
    pace = Pace(profile, options.seed, shrinks=options.shrink and profile.shrinks, deadline=deadline)
    promises = {key: Result(one) for key, one in load_promises().items() if key in (options.only or {key})}
    base_url = Redaction.of(target).hide(target.base_url)
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    results = Results(base_url, options.seed, options.profile, promises, at=at, not_tried=target.lacks)
    return Session.start(target, options.seed, pace, results, run=name, watch=watch)


def chosen_sources(options: Options) -> list[Source]:
    """
    Return the sources of traffic that make observations for the promises to check.

    A quick run takes a thorough source only if no other makes what a promise needs.
    """
    checks = [one for one in all_checks() if one.promise in (options.only or {one.promise})]
    needed = {kind for check in checks for kind in check.observes}
    wanted = [one for one in SOURCES if needed & _kinds(one)]
    brief = [one for one in wanted if not one.is_thorough]
    covered = {kind for one in brief for kind in one.makes}
    return [
        one
        for one in wanted
        if one in brief or not PROFILES[options.profile].sampled or (options.only and not covered & set(one.makes))
    ]


def send_in_turn(
    session: Session, sources: Iterable[Source], options: Options, progress: Callable[[Result], None] | None = None
) -> None:
    """
    Send the requests of each of *sources*, and note why one is left out; raises as `send`.
    """
    for source in sources:
        if source.needs_other and session.other is None:
            _leave_out(session.results, source, _NO_OTHER)
        elif session.pace.is_over:
            _leave_out(session.results, source, TIME_IS_UP)
        else:
            send(session, source)
            _show(session.results, source, progress)
        if options.fail_fast and session.results.broken:
            break


def send(session: Session, source: Source) -> None:
    """
    Send the requests of one *source*, and note what it came to.

    Raises:
        Stopped: The run cannot go on.
        CheckFailed: A check has a bug.
        EarlyEnd: The run is to end.
    """
    results, before, started = session.results, len(session.exchanges), time.monotonic()
    checks = {name: result.checks for name, result in results.promises.items()}
    session.begin(source.name, SOURCES.index(source))
    reason = _send(session, source)
    if any(exchange.status == _TOO_MANY for exchange in session.exchanges.since(before)):
        raise Stopped(_LIMITED)
    for result in _about(results, source):
        if reason and not result.checks:
            result.halt = session.redaction.hide(f"{source.name}: {reason}")
    for name, result in results.promises.items():
        if result.checks > checks[name]:
            result.requests += len(session.exchanges) - before
            result.seconds += time.monotonic() - started
            result.note(source.sentence)


def _send(session: Session, source: Source) -> str:
    """
    Send the requests of one *source*, and return why it could not go on; empty if it could.
    """
    answered = session.results.promises.get("every-request-gets-a-response")
    failures = list(answered.failures) if answered else []
    try:
        source.send(session)
    except Halt as halt:
        return str(halt)
    except (Stopped, ClientBug):
        raise
    except (*CONNECTION_ERRORS, FuzzingError) as error:
        try:
            _check_goes_on(session, error)
        except Stopped:
            if answered:  # a target that goes away does not respond, which breaks no promise
                answered.failures[:] = failures
            raise
        return f"{type(error).__name__}: {error}"
    except Exception as error:
        if not all(isinstance(one, Halt | BrokenPromises) for one in _leaves(error)):
            raise SourceFailed(source.name) from error
        return next((str(one) for one in _leaves(error) if isinstance(one, Halt)), "")
    return ""


def _leaves(error: BaseException) -> list[BaseException]:
    """
    Return the errors of a group, which Hypothesis raises if several examples fail, or *error* itself.
    """
    parts = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return [leaf for part in parts for leaf in _leaves(part)] if parts else [error]


def look_back(session: Session) -> None:
    """
    Judge the run as a whole.
    """
    exchanges = list(session.exchanges)
    if exchanges:
        session.judge.see(WholeRun(exchange=exchanges[-1], exchanges=exchanges))


def _send_all(session: Session, options: Options, progress: Callable[[Result], None] | None) -> None:
    if options.workers:
        from .workers import send_shared  # noqa: PLC0415 - it imports this module

        send_shared(session, options)
    else:
        send_in_turn(session, chosen_sources(options), options, progress)
    look_back(session)
    _explain(session.results)


def _show(results: Results, source: Source, progress: Callable[[Result], None] | None) -> None:
    if progress:
        for result in _about(results, source):
            progress(result)


def _about(results: Results, source: Source) -> Iterable[Result]:
    return [results.promises[one.promise] for one in checks_of(_kinds(source)) if one.promise in results.promises]


def _kinds(source: Source) -> set[type]:
    """
    Return the types of observation that come of *source*: what it creates is also judged at the end of the run.
    """
    return {*source.makes, *([WholeRun] if Created in source.makes else [])}


def _leave_out(results: Results, source: Source, reason: str) -> None:
    for result in _about(results, source):
        result.reason = result.reason or reason


def _explain(results: Results) -> None:
    """
    Say why promises were not checked; a promise that was checked needs no reason.
    """
    for result in results.promises.values():
        result.reason = "" if result.verdict != "not checked" else result.reason or result.halt or NOTHING_SEEN


def _check_goes_on(session: Session, error: Exception) -> None:
    """
    End the run if the target is gone, or too slow to go on.
    """
    if sum(lost.is_late for lost in session.exchanges.lost) >= _MOST_LATE or isinstance(error, _NOT_THERE):
        raise Stopped(f"the target cannot be checked any further: {type(error).__name__}: {error}") from error
    try:
        check_reachable(session.target)
    except CannotRun as gone:
        raise Stopped(f"the target cannot be checked any further: {gone}") from error


def _end_early(session: Session, early: EarlyEnd) -> None:
    minutes = ceil(session.pace.profile.requests * early.seconds / 60)
    text = f"{early.reason}; a whole run would have taken about {minutes} minute{'' if minutes == 1 else 's'}"
    session.results.ended_early = text
    for result in session.results.unchecked:
        result.reason = text


def _gap(results: Results, options: Options) -> str:
    """
    Return what a run to the end could not find out although it was asked to; empty if nothing is missing.
    """
    if results.broken:
        return ""
    late = [result.promise.id for result in results.unchecked if result.reason == TIME_IS_UP]
    if late:
        return f"the time was up before {len(late)} promises had been checked; raise --max-time"
    if halted := [result for result in results.unchecked if result.halt]:
        names = ", ".join(sorted(result.promise.id for result in halted))
        hint = "; run without --only to see why" if options.only else ""
        return f"{names} could not be checked: {halted[0].halt}{hint}"
    if results.promises and len(results.unchecked) == len(results.promises):
        return f"nothing was checked: {results.unchecked[0].reason}"
    return ""


def _command(results: Results, options: Options, *, embedded: bool) -> str:
    """
    Return what repeats the run; the credentials come from the environment then.
    """
    words = ["b2b-invoices-contract", *([] if embedded else ["--base-url", results.target])]
    words += ["--profile", options.profile, "--seed", str(options.seed)]
    return " ".join([*words, *(f"--only {name}" for name in sorted(options.only))])
