"""
Workers: what they have found out is kept, however the run ends.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from b2b_invoices_contract import workers
from b2b_invoices_contract.run import Options, Stopped, start

from .example import TARGET
from .observed import response


class _Threads(ThreadPoolExecutor):
    """Threads in place of processes."""

    def __init__(self, size: int, **_: Any) -> None:
        super().__init__(size)


def test_early_stop_keeps_what_others_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    When one worker stops the run, the requests of the others are known, so that the cleanup deletes what they created.
    """
    both = Barrier(2)

    def work(end: Stopped | None) -> workers.Found:
        both.wait()
        return workers.Found({}, [] if end else [response()], [], {}, end)

    jobs: Callable[..., list[Stopped | None]] = lambda *_: [Stopped("limited"), None]  # noqa: E731 - one line says it
    monkeypatch.setattr(workers, "ProcessPoolExecutor", _Threads)
    monkeypatch.setattr(workers, "_work", work)
    monkeypatch.setattr(workers, "_jobs", jobs)
    session = start(TARGET, Options("quick"))

    with pytest.raises(Stopped):
        workers.send_shared(session, Options("quick", workers=2))

    session.close()
    assert len(session.exchanges) == 1
