"""
Worker processes: they share one listening socket, and each opens the same ledger.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

_STOP = (signal.SIGTERM, signal.SIGINT)


class WorkerEnded(Exception):  # noqa: N818 - named for what happened
    """A worker ended unexpectedly, and the others were stopped; the message has its exit status."""


def run_workers(number: int, work: Callable[[], None], *, begun: Callable[[], None]) -> None:
    """
    Run *work* in *number* child processes; stop them when the calling process receives SIGTERM or SIGINT.

    Args:
        number: Number of processes.
        work: Runs in each process until it receives SIGTERM.
        begun: Called once all processes run.

    Raises:
        WorkerEnded: A process ended before that.
    """
    fork = multiprocessing.get_context("fork")  # so that they inherit the socket; no ledger is open yet
    workers: list[BaseProcess] = [fork.Process(target=_begin, args=(work,)) for _ in range(number)]
    received: list[int] = []

    def stop(signum: int, _: object) -> None:
        received.append(signum)
        _terminate(workers)

    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)  # until the handlers are installed
    for worker in workers:
        worker.start()
    for signum in _STOP:
        signal.signal(signum, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)
    begun()
    ended = wait([worker.sentinel for worker in workers])
    early = None if received else next(worker for worker in workers if worker.sentinel in ended)
    _terminate(workers)
    for worker in workers:
        worker.join()
    if early is not None:
        raise WorkerEnded(f"a worker ended with status {early.exitcode}, and the others were stopped; restart the mock")


def check_fork() -> None:
    """
    Check that this system supports workers.

    Raises:
        ValueError: It does not, such as Windows.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        raise ValueError("--workers needs fork(), which this system does not support; omit --workers")


def _begin(work: Callable[[], None]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the parent then sends SIGTERM
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)
    threading.Thread(target=_follow, args=(multiprocessing.parent_process(),), daemon=True).start()
    work()


def _follow(parent: BaseProcess) -> None:
    parent.join()  # a parent that is killed cannot send a signal
    os.kill(os.getpid(), signal.SIGTERM)


def _terminate(workers: list[BaseProcess]) -> None:
    for worker in workers:
        if worker.is_alive():
            worker.terminate()
