"""
Signals that end a run (Ctrl-C, SIGTERM, SIGHUP) without ending its cleanup.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import attrs

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@attrs.define
class _Interruptions:
    """Signal handler that raises `KeyboardInterrupt`, or when patient, only warns about the next signal."""

    warn: Callable[[str], None]
    is_patient: bool = False

    def __call__(self, *_: object) -> None:
        if not self.is_patient:
            raise KeyboardInterrupt
        self.is_patient = False
        self.warn("still deleting the invoices of this run; interrupt again to stop")


@contextmanager
def interruptible(warn: Callable[[str], None]) -> Iterator[_Interruptions]:
    """
    Handle signals until the context ends; a signal that is ignored, as SIGHUP under nohup, stays ignored.
    """
    handler = _Interruptions(warn)
    before = {}
    try:
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, handler)
    except ValueError:  # only the main thread receives signals
        pass
    try:
        yield handler
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
