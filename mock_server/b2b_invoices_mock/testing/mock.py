"""
The mock as a test sees it.
"""

from collections.abc import Mapping
from typing import Any, Literal, overload

import msgspec

from b2b_invoices import Client, Invoice, Retries
from b2b_invoices_mock.faults.kinds import FAULTS, Fault

from .clock import Clock
from .credentials import Credentials
from .handle import Handle
from .received import ReceivedRequest

PlainFault = Literal[
    "rate_limited", "drop_before_commit", "drop_after_commit", "torn_body", "wrong_content_type", "hang"
]
"""The faults that need nothing but their name."""


class B2BMock:
    """
    A store of its own for one test, the API in front of it, and what can be seen and broken from behind.

    Attributes:
        base_url: Where the API is; httpx clients that the code under test makes for it are served. In process it is
            `https://b2b.test/api/v3/io/ip`, for code that makes its client when it is imported.
        credentials: What lets the code under test in.
        clock: The time that the mock goes by.
    """

    def __init__(self, base_url: str, credentials: Credentials, handle: Handle, **httpx_args: Any) -> None:
        self.base_url = base_url
        self.credentials = credentials
        self.clock = Clock(handle.clock)
        self._handle = handle
        self._httpx_args = httpx_args
        self._client: Client | None = None

    def __repr__(self) -> str:
        counts = f"{len(self.invoices)} invoices, {len(self.requests)} requests, {len(self.faults_left)} faults left"
        return f"<{type(self).__name__} {self.base_url}: {counts}>"

    @property
    def environ(self) -> Mapping[str, str]:
        """
        The environment variables that lead `Client.from_env`, and whoever reads the same, to the mock.

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
    def client(self) -> Client:
        """
        The generated client, let in to the store. Its retries wait on the mock's clock, so they take no time.

        >>> from b2b_invoices.api.invoices import list_invoices
        >>> list_invoices.sync(client=b2b_mock.client).meta.pagination.total_count
        0
        """
        if self._client is None:
            self._client = Client(
                store_hash=self.credentials.store_hash,
                access_token=self.credentials.access_token,
                base_url=self.base_url,
                retries=self.retries,
                httpx_args=self._httpx_args,
            )
        return self._client

    @property
    def retries(self) -> Retries:
        """
        How often to try, as a client does by default, with waits that take no time: for code that makes its own client.

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
        The invoices on record, by id, as they read back. Looking at them is no request.

        >>> b2b_mock.invoices
        []
        """
        return [Invoice.from_dict(invoice) for invoice in self._handle.invoices(self.credentials.store_hash)]

    @property
    def requests(self) -> list[ReceivedRequest]:
        """
        The requests that came, in their order, with what became of them.

        >>> [request.verdict for request in b2b_mock.requests]
        []
        """
        return self._handle.requests()

    @property
    def faults_left(self) -> list[Fault]:
        """
        The faults that were set and that no request has met yet.

        >>> b2b_mock.fail_next("rate_limited", times=3)
        >>> [fault.times for fault in b2b_mock.faults_left]
        [3]
        """
        return [*self._handle.faults_left()]

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
        Have the next matching request go wrong, by the name of what its sender sees.

        `delay` (the answer comes *seconds* late), `refuse` (a documented *error*, by status or by the name of its
        example), `rate_limited` (429, with *seconds* until the window resets), `drop_before_commit` (no answer, nothing
        done), `drop_after_commit` (no answer, all done), `torn_body` (half an answer, all done), `wrong_content_type`
        (a web page with *status*, all done), `hang` (never an answer, nothing done).

        Requests are hit that are let in, within the rate limit and without `Prefer`, which picks an answer itself. A
        fault that no request meets fails the test. In process, who waits gives up by the timeout of its httpx client,
        on the mock's clock; `asyncio.timeout` and `wait_for` go by the machine's, which does not move meanwhile.

        >>> b2b_mock.fail_next("drop_after_commit", operation="createInvoice")
        >>> b2b_mock.fail_next("refuse", error="number-taken")
        >>> b2b_mock.fail_next("delay", seconds=20, times=2)

        Args:
            fault: Its name.
            options: `times`, how many requests it hits, 1 if left out; `operation`, the only one it hits, by
                operationId; and what the fault itself takes.

        Raises:
            ValueError: When it could never hit a request, or does not take one of the options.
        """
        __tracebackhide__ = True
        _check(fault, options)
        try:
            self._handle.fail({"fault": fault, **options})
        except ValueError as problem:
            message = str(problem).removesuffix(" - at `$[0]`").replace("`$[0].", "`")
            raise ValueError(message) from None  # from here, so that pytest shows the line that sets the fault

    def clear_faults(self) -> None:
        """
        Have nothing more go wrong; faults that are left are forgotten, and do not fail the test.

        >>> b2b_mock.fail_next("refuse", error=503, times=1000)
        >>> b2b_mock.clear_faults()
        """
        self._handle.clear_faults()

    def close(self) -> None:
        """
        Close the client; the fixtures do it.

        >>> b2b_mock.close()
        """
        if self._client is not None:
            self._client.close()


def _check(fault: str, options: Mapping[str, Any]) -> None:
    __tracebackhide__ = True
    if fault not in FAULTS:
        raise ValueError(f"there is no fault {fault!r}; there are {', '.join(FAULTS)}")
    fields = {field.name: field for field in msgspec.structs.fields(FAULTS[fault])}
    for name in options:
        if name not in fields:
            raise ValueError(f"the fault {fault!r} does not take {name!r}; it takes {', '.join(fields)}")
    for name, field in fields.items():
        if field.required and name not in options:
            raise ValueError(f"the fault {fault!r} needs {name!r}: fail_next({fault!r}, {name}=...)")
