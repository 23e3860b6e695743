"""
Ctrl-C, the end of a job and the end of a terminal: they end the checks at once, and not the deleting.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import attrs

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_GOES_ON = "what was created is being deleted, which goes on to its end; interrupt it once more to stop that too"


@attrs.define
class Interruptions:
    """
    What becomes of an interruption: `KeyboardInterrupt`, but for the first one where it is patient.

    Attributes:
        warn: Says that an interruption was noted, and that the work goes on.
        is_patient: Whether the first interruption from now on is to be noted only.
    """

    warn: Callable[[str], None]
    is_patient: bool = False

    def __call__(self, *_: object) -> None:
        """
        Take note of an interruption.

        Raises:
            KeyboardInterrupt: When that is to end the work.
        """
        if not self.is_patient:
            raise KeyboardInterrupt
        self.is_patient = False
        self.warn(_GOES_ON)


@contextmanager
def interruptible(warn: Callable[[str], None]) -> Iterator[Interruptions]:
    """
    Have all that can interrupt a run go by what is returned; what is ignored, as under nohup, stays so.
    """
    caught = Interruptions(warn)
    before = {}
    try:
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, caught)
    except ValueError:  # not the main thread, which no signal reaches
        pass
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
