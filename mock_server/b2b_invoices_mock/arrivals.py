"""
Requests that have arrived whole: those of one turn of the event loop are begun together, without a task for each.

Most clients send a request in one piece, and it waits for nothing but its commit. What the processor has just done it
does again in half the time, so each step is taken for all of them before the next one.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from starlette.responses import Response
from starlette.types import Scope


class Arrival(Protocol):
    """
    A request that has arrived whole.

    Attributes:
        scope: What ASGI says of it.
        body: Its body.
    """

    scope: Scope
    body: bytes

    def answer(self, response: Response) -> bool:
        """
        Send *response*, and return whether the caller is still there to get it.
        """


class Arrivals:
    """
    Collects what arrives in one turn of the loop, and begins it at the end of the turn, in the order of arrival.
    """

    def __init__(self, takes: Callable[[str], bool], begin: Callable[[Arrival], None]) -> None:
        """
        Begin nothing yet.

        Args:
            takes: Whether requests to a path are taken; others have to come as ASGI has it.
            begin: Begins one.
        """
        self.takes = takes
        self._begin = begin
        self._arrived: list[Arrival] = []

    def add(self, arrival: Arrival) -> None:
        """
        Begin *arrival* soon.
        """
        if not self._arrived:
            asyncio.get_running_loop().call_soon(self._begin_all)
        self._arrived.append(arrival)

    def _begin_all(self) -> None:
        arrived, self._arrived = self._arrived, []
        for arrival in arrived:
            self._begin(arrival)


class Steps:
    """
    Runs *work* from one wait to the next, then tells what it returned or raised.

    It is what a task does, without the turns of the loop that begin and end one.
    """

    __slots__ = ("_work",)

    def __init__(self, work: Coroutine[Any, Any, Response]) -> None:
        self._work = work

    def go_on(self, _: object = None) -> None:
        """
        Run to the next wait, or to the end.
        """
        awaited: asyncio.Future[Any] | None
        try:
            awaited = self._work.send(None)
        except StopIteration as end:
            self.returned(end.value)
        except asyncio.CancelledError:
            pass  # the loop comes to its end, and nobody is left waiting for it
        except BaseException as error:  # noqa: BLE001 - as for a task: also what makes the validator panic
            self.failed(error)
        else:
            if awaited is None:  # it gives way to others for a turn
                asyncio.get_running_loop().call_soon(self.go_on)
            else:
                awaited.add_done_callback(self.go_on)

    def returned(self, response: Response) -> None:
        """
        Take what the work returned.
        """
        raise NotImplementedError

    def failed(self, error: BaseException) -> None:
        """
        Take what the work raised.
        """
        raise NotImplementedError
