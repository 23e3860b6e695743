"""
Mock of B2B Edition's invoices, as tests use it.
"""

from collections.abc import Mapping
from typing import Any, Literal, overload

import msgspec

from b2b_invoices import Client, Invoice, Retries
from b2b_invoices_mock.faults.kinds import FAULTS, Fault, parse_faults
from b2b_invoices_spec.contract import Contract

from .clock import Clock
from .control_api import ControlApi
from .options import Credentials
from .received import ReceivedRequest

PlainFault = Literal[
    "rate_limited", "drop_before_commit", "drop_after_commit", "torn_body", "wrong_content_type", "hang"
]
"""Faults that need no options."""


class B2BMock:
    """
    A mock with a store for one test: its API, its invoices, its request log, its clock and its faults.

    >>> from b2b_invoices.api.invoices import list_invoices
    >>> list_invoices.sync(client=b2b_mock.client).meta.pagination.total_count
    0

    Attributes:
        base_url: Base URL of the API. In process it is `https://b2b.test/api/v3/io/ip`, so that code which creates its
            client at import time can use it; requests of any httpx client to it are routed to the mock.
        credentials: Credentials of the store.
        clock: Clock of the mock.
        client: A generated client with the store's credentials. Its retries wait on the mock's clock, so they take no
            time.
    """

    def __init__(
        self,
        base_url: str,
        credentials: Credentials,
        control: ControlApi,
        contract: Contract,
        **httpx_args: Any,
    ) -> None:
        self.base_url = base_url
        self.credentials = credentials
        self.clock = Clock(control)
        self.client = Client(
            store_hash=credentials.store_hash,
            access_token=credentials.access_token,
            base_url=base_url,
            retries=self.retries,
            httpx_args=httpx_args,
        )
        self._control = control
        self._contract = contract

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.base_url} {self.credentials}>"

    @property
    def environ(self) -> Mapping[str, str]:
        """
        The environment variables that `Client.from_env` reads, with the mock's values.

        >>> from b2b_invoices import Client
        >>> Client.from_env(b2b_mock.environ).base_url == b2b_mock.base_url
        True
        """
        return {
            "B2B_BASE_URL": self.base_url,
            "B2B_STORE_HASH": self.credentials.store_hash,
            "B2B_ACCESS_TOKEN": self.credentials.access_token,
        }

    @property
    def retries(self) -> Retries:
        """
        The client's default retries, on the mock's clock so that they take no time: for code that creates its client.

        >>> from b2b_invoices import Client
        >>> client = Client.from_env(b2b_mock.environ, retries=b2b_mock.retries)
        >>> client.retries.sleep(180)
        """
        clock = self.clock
        return Retries(
            clock=lambda: clock.timestamp, sleep=clock.sleep, async_sleep=clock.async_sleep, random=lambda: 1.0
        )

    @property
    def invoices(self) -> list[Invoice]:
        """
        The store's invoices, by id, as the API returns them. Reading them here is not in the request log.

        >>> b2b_mock.invoices
        []
        """
        entries = self._control.call("GET", "snapshot")["entries"]
        stored = [entry for entry in entries if entry["storeHash"] == self.credentials.store_hash]
        return [Invoice.from_dict({"id": entry["id"], **entry["invoice"]}) for entry in stored]

    @property
    def requests(self) -> list[ReceivedRequest]:
        """
        The request log, oldest first.

        >>> [request.verdict for request in b2b_mock.requests]
        []
        """
        return [ReceivedRequest.of(logged, self._contract) for logged in self._control.requests()]

    @property
    def faults_left(self) -> list[Fault]:
        """
        The faults that are set and that no request has triggered yet.

        >>> b2b_mock.fail_next("rate_limited", times=3)
        >>> [fault.times for fault in b2b_mock.faults_left]
        [3]
        """
        return [*parse_faults(self._control.call("GET", "faults")["data"])]

    @overload
    def fail_next(
        self, fault: Literal["delay"], *, seconds: float, times: int = ..., operation: str | None = ...
    ) -> None: ...
    @overload
    def fail_next(
        self, fault: Literal["refuse"], *, error: str | int, times: int = ..., operation: str | None = ...
    ) -> None: ...
    @overload
    def fail_next(
        self, fault: Literal["rate_limited"], *, seconds: float = ..., times: int = ..., operation: str | None = ...
    ) -> None: ...
    @overload
    def fail_next(
        self, fault: Literal["wrong_content_type"], *, status: int = ..., times: int = ..., operation: str | None = ...
    ) -> None: ...
    @overload
    def fail_next(self, fault: PlainFault, *, times: int = ..., operation: str | None = ...) -> None: ...

    def fail_next(self, fault: str, **options: Any) -> None:
        """
        Make the next matching request fail.

        `delay` (the response is *seconds* late), `refuse` (a documented *error* response, by status or by the name of
        its example), `rate_limited` (429, with *seconds* until the window resets), `drop_before_commit` (no response,
        nothing stored), `drop_after_commit` (no response, but stored), `torn_body` (half a response, but stored),
        `wrong_content_type` (a web page with *status*, but stored), `hang` (no response ever, nothing stored).

        A fault hits requests with valid credentials, within the rate limit and without `Prefer`. If no request triggers
        it, the test fails. In process, callers time out by the timeout of their httpx client, on the mock's clock;
        `asyncio.timeout` and `asyncio.wait_for` do not follow that clock.

        >>> b2b_mock.fail_next("drop_after_commit", operation="createInvoice")
        >>> b2b_mock.fail_next("refuse", error="number-taken")
        >>> b2b_mock.fail_next("delay", seconds=20, times=2)

        Args:
            fault: Name of the fault.
            options: `times`, how many requests it hits (default 1); `operation`, the only operation it hits, by
                operationId; and the fault's own options.

        Raises:
            ValueError: If the fault or an option is unknown, missing or invalid, or no request could trigger the fault.
        """
        __tracebackhide__ = True  # so that pytest shows the line that sets the fault
        _check_options(fault, options)
        try:
            self._control.call("POST", "faults", parse_faults([{"fault": fault, **options}]))
        except ValueError as problem:
            message = str(problem).removesuffix(" - at `$[0]`").replace("`$[0].", "`")
            raise ValueError(message) from None

    def clear_faults(self) -> None:
        """
        Remove the faults that are left; they no longer fail the test.

        >>> b2b_mock.fail_next("refuse", error=503, times=1000)
        >>> b2b_mock.clear_faults()
        """
        self._control.call("DELETE", "faults")

    def close(self) -> None:
        """
        Close the client; the fixtures call this.

        >>> b2b_mock.close()
        """
        self.client.close()


def _check_options(fault: str, options: Mapping[str, Any]) -> None:
    __tracebackhide__ = True
    if fault not in FAULTS:
        raise ValueError(f"Unknown fault {fault!r}: expected one of {', '.join(FAULTS)}.")
    fields = {field.name: field for field in msgspec.structs.fields(FAULTS[fault])}
    if unknown := [name for name in options if name not in fields]:
        raise ValueError(f"Unknown option {unknown[0]!r} of the fault {fault!r}: expected {', '.join(fields)}.")
    if missing := [name for name, field in fields.items() if field.required and name not in options]:
        raise ValueError(f"Missing option: fail_next({fault!r}, {missing[0]}=...).")
