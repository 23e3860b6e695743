"""
Fault plan: the faults that affect the next requests.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import msgspec
from starlette.responses import Response

from b2b_invoices_mock.api.operations import Call
from b2b_invoices_mock.request_log import logged_request
from b2b_invoices_spec import Contract, Operation

from .connection import Sleep
from .kinds import Fault, Refuse, Target


class FaultPlan:
    """
    The planned faults, in their order. They affect requests that are authenticated and within the rate limit.
    """

    def __init__(self, contract: Contract, *faults: Fault, sleep: Sleep = asyncio.sleep) -> None:
        self._contract = contract
        self._sleep = sleep
        self._left: list[Fault] = []
        self.add(*faults)

    @property
    def left(self) -> Sequence[Fault]:
        """The faults that still affect requests; `times` is the number of requests that each still affects."""
        return tuple(self._left)

    def add(self, *faults: Fault) -> None:
        """
        Add *faults* after those that are left; if one is invalid, none is added.

        Raises:
            ValueError: If a fault could never affect a request.
        """
        for fault in faults:
            self._check(fault)
        self._left += faults

    def clear(self) -> None:
        """
        Remove every fault.
        """
        self._left.clear()

    def apply(self, call: Call, execute: Callable[[Call], Awaitable[Response]]) -> Awaitable[Response | None]:
        """
        Apply the first fault that matches *call*, or else *execute* it. Return the response still to be sent, if any.
        """
        fault = self._take(call.operation)
        if fault is None:
            return execute(call)
        logged_request(call.request.scope).fault = fault.name
        return fault.apply(Target(call, partial(execute, call), self._sleep))

    def _take(self, operation: Operation) -> Fault | None:
        for index, fault in enumerate(self._left):
            if fault.matches(operation):
                rest = [msgspec.structs.replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                self._left[index : index + 1] = rest
                return fault
        return None

    def _check(self, fault: Fault) -> None:
        operations = [known for known in self._contract.operations if fault.operation in (None, known.id)]
        if not operations:
            known_ids = ", ".join(operation.id for operation in self._contract.operations)
            raise ValueError(f"Unknown operation {fault.operation!r}: expected one of {known_ids}.")
        if isinstance(fault, Refuse) and not any(map(fault.matches, operations)):
            errors = ", ".join(dict.fromkeys(error.name for operation in operations for error in operation.errors))
            where = fault.operation or "the API"
            raise ValueError(f"Unknown error {fault.error!r} of {where}: expected a status, or one of {errors}.")
