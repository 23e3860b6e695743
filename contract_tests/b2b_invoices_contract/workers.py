"""
Sources of traffic shared by several processes.
"""

import multiprocessing
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from itertools import groupby

import attrs

from .early_end import EarlyEnd, EarlyEndWatch
from .exchanges import Exchange, Lost
from .results import Result
from .run import Options, Stopped, chosen_sources, send_in_turn, start
from .session import Session
from .targets import Target
from .traffic import SOURCES
from .traffic.fuzzing import only_drawn_values


@attrs.frozen
class Job:
    """
    What a worker is to send.

    Attributes:
        target: What is under test.
        options: How to run.
        name: What the numbers of the run begin with.
        sources: Names of the sources of traffic, of one module.
        deadline: When to draw no more, by the machine's monotonic clock; None for no limit.
    """

    target: Target
    options: Options
    name: str
    sources: tuple[str, ...]
    deadline: float | None


@attrs.frozen
class Found:
    """
    What a worker has found out.

    Attributes:
        promises: The result of each promise, by id.
        exchanges: What it sent and received.
        lost: What it sent without a response.
        digests: Digests of the requests, by source.
        end: Why it did not go on; None if it did.
    """

    promises: Mapping[str, Result]
    exchanges: list[Exchange]
    lost: list[Lost]
    digests: Mapping[str, str]
    end: Stopped | EarlyEnd | None = None


def send_shared(session: Session, options: Options) -> None:
    """
    Send all traffic of a run from several processes, and take in what they have found out.

    Raises:
        Stopped: The run cannot go on.
        CheckFailed: A check has a bug.
        EarlyEnd: The run is to end.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    try:
        with ProcessPoolExecutor(options.workers, mp_context=context) as pool:
            futures = [pool.submit(_work, job) for job in _jobs(session, options)]
            left = list(futures)
            try:
                while left and not (options.fail_fast and session.results.broken):
                    found = left[0].result()
                    _take_in(left.pop(0), session)
                    if found.end:
                        raise found.end
            finally:
                pool.shutdown(cancel_futures=True)  # waits, so that nothing is created after the cleanup
                for future in left:  # what they created has to be deleted too
                    _take_in(future, session)
    except BrokenExecutor as error:
        raise Stopped("a worker process ended before it was done") from error


def _take_in(future: Future[Found], session: Session) -> None:
    """
    Add what a worker has found out to the session; nothing if it was cancelled or failed.
    """
    if future.cancelled() or future.exception():
        return
    found = future.result()
    session.exchanges.merge(found.exchanges, found.digests, found.lost)
    for name, result in found.promises.items():
        session.results.promises[name].merge(result)


def _jobs(session: Session, options: Options) -> Iterator[Job]:
    for _, group in groupby(chosen_sources(options), key=lambda one: one.send.__module__):
        names = tuple(one.name for one in group)
        yield Job(session.target, options, session.store.drafts.run, names, session.pace.deadline)


def _work(job: Job) -> Found:
    watch = EarlyEndWatch(at_the_first=job.options.fail_fast)
    left = None if job.deadline is None else max(0.0, job.deadline - time.monotonic())
    session = start(job.target, attrs.evolve(job.options, max_time=left), name=job.name, watch=watch)
    end = None
    try:
        with only_drawn_values():
            send_in_turn(session, [one for one in SOURCES if one.name in job.sources], job.options)
    except (Stopped, EarlyEnd) as reason:
        end = reason
    finally:
        session.close()
    exchanges = session.exchanges
    return Found(session.results.promises, list(exchanges), exchanges.lost, exchanges.digests, end)
