"""
Which promise an error breaks, and which errors say nothing of any.
"""

from collections.abc import Iterator

import httpx

from b2b_invoices.errors import NoAnswer, NotSent, UnexpectedAnswer

from .failures import BrokenPromise
from .fuzzing import NO_ANSWER, TOO_LATE, FuzzingError
from .traffic import Lost

_NOT_THERE = (NotSent, httpx.ConnectError, httpx.ConnectTimeout, FuzzingError)


def leaves(error: BaseException) -> Iterator[BaseException]:
    """
    Yield the errors that *error* is made of: those of a group, or itself.
    """
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from leaves(part)
    else:
        yield error


def is_absence(error: BaseException) -> bool:
    """
    Return whether *error* says that the target is not there, which breaks no promise.
    """
    return isinstance(error, _NOT_THERE)


def is_lack_of_answer(error: BaseException) -> bool:
    """
    Return whether *error* says that a request was sent and not answered: at once, at all, or so that it can be read.
    """
    return isinstance(error, httpx.TransportError | httpx.DecodingError | NoAnswer) and not is_absence(error)


def is_late(error: BaseException) -> bool:
    """
    Return whether *error* says that there was no answer in time.
    """
    return isinstance(error, httpx.TimeoutException) or (
        isinstance(error, NoAnswer) and isinstance(error.__cause__, httpx.TimeoutException)
    )


def no_answer(lost: Lost) -> BrokenPromise:
    """
    Return the broken promise that a *lost* request is.
    """
    request = lost.request
    promise = TOO_LATE if lost.is_late else NO_ANSWER
    met = f"no answer to {request.method} {request.path}: {lost.why}"
    return BrokenPromise(met, "one whole answer, in time", request, promise, matter="no answer")


def is_broken_promise(error: BaseException) -> bool:
    """
    Return whether *error* says that the target broke a promise, and not that a check could not make out its answer.
    """
    return isinstance(error, AssertionError) or bool(promise_of(error))


def is_halt(error: BaseException) -> bool:
    """
    Return whether *error* ended its check before all that it compares was compared.
    """
    return not (isinstance(error, BrokenPromise) and error.at_the_end)


def promise_of(error: BaseException) -> str:
    """
    Return the id of the promise that *error* breaks; empty when it is the one that its check is about.
    """
    if isinstance(error, BrokenPromise):
        return error.promise
    if isinstance(error, UnexpectedAnswer):
        return "responses-match-the-contract"
    if is_lack_of_answer(error):
        return TOO_LATE if is_late(error) else NO_ANSWER
    return ""
