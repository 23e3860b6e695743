"""
Workers: processes that answer on one socket, each with the same ledger open.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

_STOP = (signal.SIGTERM, signal.SIGINT)


class WorkerEnded(Exception):  # noqa: N818 - it is what happened
    """A worker ended that nobody had told to, and the others were stopped. The message says with which status."""


def run_workers(number: int, work: Callable[[], None], *, begun: Callable[[], None]) -> None:
    """
    Have *work* done by so many processes until this one is told to stop, and then have them stop too.

    *begun* is called when all of them are there, and signals to stop are heeded.

    Raises:
        WorkerEnded: When one ends before that.
    """
    fork = multiprocessing.get_context("fork")  # so that they share what is bound; none has opened the ledger yet
    workers: list[BaseProcess] = [fork.Process(target=_begin, args=(work,)) for _ in range(number)]
    told: list[int] = []

    def stop(signum: int, _: object) -> None:
        told.append(signum)
        _terminate(workers)

    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)  # until all is in place
    for worker in workers:
        worker.start()
    for signum in _STOP:
        signal.signal(signum, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)
    begun()
    ended = wait([worker.sentinel for worker in workers])
    early = None if told else next(worker for worker in workers if worker.sentinel in ended)
    _terminate(workers)
    for worker in workers:
        worker.join()
    if early is not None:
        raise WorkerEnded(f"a worker ended with status {early.exitcode}, so the others were stopped; start it again")


def check_fork() -> None:
    """
    Let the mock go on when this system can have workers.

    Raises:
        ValueError: When it cannot, as Windows.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        raise ValueError("workers are forks of one process, which this system has not; start it without --workers")


def _begin(work: Callable[[], None]) -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)
    threading.Thread(target=_follow, args=(multiprocessing.parent_process(),), daemon=True).start()
    work()


def _follow(parent: BaseProcess) -> None:
    parent.join()  # one that is killed tells nobody
    os.kill(os.getpid(), signal.SIGTERM)


def _terminate(workers: list[BaseProcess]) -> None:
    for worker in workers:
        if worker.is_alive():
            worker.terminate()
