"""
Sources of traffic: functions that send requests, so that there is something to judge.

    @source(makes=(Created,))
    def drafts(session: Session) -> None:
        \"\"\"Valid invoices of every kind, read back.\"\"\"
        explore(session, lambda data: session.store.create(data.draw(...)))
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from zlib import crc32

import attrs
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as hypothesis_seed
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from b2b_invoices_contract.judge import BrokenPromises
from b2b_invoices_contract.profiles import Pace
from b2b_invoices_contract.session import Session
from b2b_invoices_contract.store import CONNECTION_ERRORS, Halt

Send = Callable[[Session], None]


@attrs.frozen
class Source:
    """
    A source of traffic.

    Attributes:
        name: Its name.
        makes: The types of observation that come of its requests, beside every exchange.
        send: Sends the requests.
        is_thorough: Whether a quick run leaves it out, since other sources make the same observations.
        needs_other: Whether it needs a second store.
    """

    name: str
    makes: tuple[type, ...]
    send: Send
    is_thorough: bool = False
    needs_other: bool = False

    @property
    def sentence(self) -> str:
        """What it sends, in a sentence."""
        return " ".join((self.send.__doc__ or "").split())


def source(*, makes: tuple[type, ...], thorough: bool = False, needs_other: bool = False) -> Callable[[Send], Source]:
    """
    Return what makes a function a source of traffic.
    """
    return lambda send: Source(send.__name__, makes, send, thorough, needs_other)


class _Aborted(BaseException):
    """An example had no response. Not an Exception, so that Hypothesis does not try it again."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


def explore(session: Session, example: Callable[[st.DataObject], object], *, share: int = 1) -> None:
    """
    Run *example* with as many random draws as the profile says, or a *share* of them, one at least.

    If an example breaks a promise, Hypothesis looks for a smaller one that breaks it, where the run shrinks.

    Raises:
        Halt: An example could not go on.
    """
    halts: list[Halt] = []

    @hypothesis_seed(crc32(f"{session.seed} {session.exchanges.source}".encode()))
    @example_settings(session.pace, max(1, session.pace.profile.examples // share))
    @given(st.data())
    def run(data: st.DataObject) -> None:
        with session.judge.example() if session.pace.shrinks else nullcontext():
            try:
                example(data)
            except Halt as halt:
                halts.append(halt)
            except CONNECTION_ERRORS as error:
                raise _Aborted(error) from error

    try:
        with broken_examples_recorded():
            run()
    except _Aborted as aborted:
        raise aborted.error from None
    if halts:
        raise halts[0]


@contextmanager
def broken_examples_recorded() -> Iterator[None]:
    """
    Go on after Hypothesis has reported broken promises, one or several: the judge has recorded them.
    """
    try:
        yield
    except* (BrokenPromises, Flaky):
        pass


def example_settings(pace: Pace, examples: int, steps: int = 1) -> settings:
    """
    Return settings of Hypothesis: nothing is stored, printed or timed.
    """
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=[Phase.generate, *([Phase.shrink] if pace.shrinks else [])],
        database=None,
        deadline=None,
        derandomize=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
