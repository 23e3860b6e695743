"""
When the client tries again, how long it waits, and how it stays under the store's limit; no test sleeps.
"""

import asyncio
import inspect
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import attrs
import httpx
import pytest

from b2b_invoices import Retries, errors
from b2b_invoices.api.invoices import create_invoice, delete_invoice, get_invoice, list_invoices
from openapi.generator.tests.service import Clock, Torn, client_of, draft, example_response, script

Call = Callable[..., Any]
CONNECT = httpx.ConnectError("refused")
OK = {
    create_invoice: "Created",
    get_invoice: "ReadMinimalInvoice",
    list_invoices: "EmptyPage",
    delete_invoice: "Deleted",
}
ARGUMENTS: dict[Any, dict[str, Any]] = {
    create_invoice: {"body": draft()},
    get_invoice: {"invoice_id": 12},
    list_invoices: {},
    delete_invoice: {"invoice_id": 12},
}


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


@pytest.fixture(name="call", params=["sync", "asyncio"])
def _call(request: pytest.FixtureRequest) -> Call:
    def call(operation: Any, **options: Any) -> Any:
        result = getattr(operation, request.param)(**{**ARGUMENTS[operation], **options})
        return asyncio.run(result) if inspect.iscoroutine(result) else result

    return call


def failing_with(status: int, **headers: str) -> Callable[[], httpx.Response]:
    """
    A maker of error responses.
    """
    name = "TooMany" if status == 429 else "ServerError"
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return lambda: example_response(name, status, headers=named)


# ---------------------------------------------------------------- what is tried again


@pytest.mark.parametrize("operation", [get_invoice, list_invoices, delete_invoice])
@pytest.mark.parametrize(
    "failure",
    [CONNECT, httpx.ConnectTimeout(""), httpx.ReadTimeout(""), httpx.ReadError(""), 429, 502, 503, 504],
    ids=str,
)
def test_reads_and_deletes_are_tried_again(operation: Any, failure: Any, call: Call, clock: Clock) -> None:
    """
    A read or a delete is sent again when there was no connection or no response, and when the failure passes.
    """
    first = failure if isinstance(failure, Exception) else failing_with(failure)
    handler, seen = script(first, example_response(OK[operation]))

    call(operation, client=client_of(handler, retries=clock.retries()))

    assert len(seen) == 2


@pytest.mark.parametrize("failure", [CONNECT, httpx.ConnectTimeout(""), httpx.PoolTimeout(""), 429], ids=str)
def test_create_that_did_not_land_is_tried_again(failure: Any, call: Call, clock: Clock) -> None:
    """
    A create is sent again when there was no connection, or after a 429.
    """
    first = failure if isinstance(failure, Exception) else failing_with(failure)
    handler, seen = script(first, example_response("Created"))

    assert call(create_invoice, client=client_of(handler, retries=clock.retries())).data.id == 12
    assert len(seen) == 2
    assert seen[0].content == seen[1].content


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (httpx.ReadTimeout(""), errors.OutcomeUnknown),
        (httpx.WriteError(""), errors.OutcomeUnknown),
        (httpx.RemoteProtocolError(""), errors.OutcomeUnknown),
        (lambda: httpx.Response(200, stream=Torn(b"{")), errors.OutcomeUnknown),
        (failing_with(500), errors.ServerError),
        (failing_with(502), errors.ServerError),
        (failing_with(503, Retry_After="1"), errors.ServerError),
        (failing_with(504), errors.ServerError),
        (lambda: httpx.Response(503, html="<p>down</p>"), errors.UnexpectedAnswer),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_create_that_may_have_landed_is_not(failure: Any, kind: Any, call: Call, clock: Clock) -> None:
    """
    A create that may have landed is never sent again.
    """
    handler, seen = script(failure)

    with pytest.raises(kind):
        call(create_invoice, client=client_of(handler, retries=clock.retries()))

    assert len(seen) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 500, 501, 520])
def test_what_will_not_pass_is_not_tried_again(status: int, call: Call, clock: Clock) -> None:
    """
    Any other response is final.
    """
    handler, seen = script(example_response("NoSuchInvoice", status))

    with pytest.raises(errors.ApiError if status != 400 else errors.UnexpectedAnswer):
        call(get_invoice, client=client_of(handler, retries=clock.retries()))

    assert len(seen) == 1


def test_delete_that_is_gone_the_second_time_is_not_found(clock: Clock) -> None:
    """
    A delete whose first response was lost may find nothing left to delete: NotFound, as the service says.
    """
    handler, _ = script(httpx.ReadTimeout(""), example_response("NoSuchInvoice", 404))

    with pytest.raises(errors.NotFound):
        delete_invoice.sync(12, client=client_of(handler, retries=clock.retries()))


# ---------------------------------------------------------------- how often, and how long


def test_attempts_are_bounded(call: Call, clock: Clock) -> None:
    """
    After so many attempts, the last outcome stands.
    """
    handler, seen = script(CONNECT, failing_with(503), failing_with(502))

    with pytest.raises(errors.ServerError) as caught:
        call(get_invoice, client=client_of(handler, retries=clock.retries(attempts=3)))

    assert (len(seen), caught.value.status) == (3, 502)


@pytest.mark.parametrize(
    ("failure", "wait"),
    [
        (failing_with(429, X_Request_Window_Resets_After="0.39 s"), 0.39),
        (failing_with(429, X_Request_Window_Resets_After="0.39 s", Retry_After="7"), 0.39),
        (failing_with(429, Retry_After="7"), 7),
        (failing_with(503, Retry_After="7"), 7),
        (failing_with(503, X_Request_Window_Resets_After="50 s"), 0.5),
        (failing_with(429, X_Request_Window_Resets_After="soon"), 0.5),
        (failing_with(429), 0.5),
        (CONNECT, 0.5),
    ],
    ids=range(8),
)
def test_wait_is_what_the_headers_say(failure: Any, wait: float, call: Call, clock: Clock) -> None:
    """
    The wait is the vendor's after 429, else Retry-After, else the policy's own.
    """
    handler, _ = script(failure, example_response("ReadMinimalInvoice"))

    call(get_invoice, client=client_of(handler, retries=clock.retries()))

    assert clock.slept == [wait]


def test_waits_double_up_to_the_longest(clock: Clock) -> None:
    """
    Without headers, each wait may be twice the one before, and never exceeds the longest.
    """
    handler, _ = script(*[CONNECT] * 7, example_response("ReadMinimalInvoice"))

    get_invoice.sync(12, client=client_of(handler, retries=clock.retries(attempts=9, longest=5)))

    assert clock.slept == [0.5, 1, 2, 4, 5, 5, 5]


def test_waits_are_drawn(clock: Clock) -> None:
    """
    The whole of a wait is left to chance, so that clients that failed together do not come back together.
    """
    draws = iter([0.0, 0.25, 1.0])
    retries = attrs.evolve(clock.retries(), random=lambda: next(draws))
    handler, _ = script(CONNECT, CONNECT, CONNECT, example_response("ReadMinimalInvoice"))

    get_invoice.sync(12, client=client_of(handler, retries=retries))

    assert clock.slept == [0.0, 0.25, 2.0]


@pytest.mark.parametrize("failure", [failing_with(429, Retry_After="61"), CONNECT], ids=["response", "no-response"])
def test_nothing_is_sent_after_the_deadline(failure: Any, call: Call, clock: Clock) -> None:
    """
    When the next wait would end after the deadline, the last outcome stands at once.
    """
    handler, seen = script(failure, example_response("Created"))

    with pytest.raises((errors.TooManyRequests, errors.NotSent)):
        call(create_invoice, client=client_of(handler, retries=clock.retries(deadline=60, backoff=61, longest=61)))

    assert (len(seen), clock.slept) == (1, [])


def test_time_spent_sending_counts(clock: Clock) -> None:
    """
    The deadline is for everything: waits, and requests that hang.
    """

    def handler(_request: httpx.Request) -> httpx.Response:
        clock.now += 30
        raise httpx.ReadTimeout("")

    with pytest.raises(errors.OutcomeUnknown):
        get_invoice.sync(12, client=client_of(handler, retries=clock.retries(attempts=100, deadline=100)))

    assert 90 <= clock.now <= 130


def test_retries_can_be_switched_off(call: Call) -> None:
    """
    Without retries, every request is sent once.
    """
    handler, seen = script(CONNECT)

    with pytest.raises(errors.NotSent):
        call(get_invoice, client=client_of(handler, retries=Retries.off()))

    assert len(seen) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"attempts": 0},
        {"attempts": 0.5},
        {"deadline": -1},
        {"deadline": float("inf")},
        {"backoff": "1"},
        {"longest": True},
        {"pace": "no"},
    ],
)
def test_policy_that_makes_no_sense_is_rejected(options: Any) -> None:
    """
    An invalid number is named in the error.
    """
    ((name, value),) = options.items()

    with pytest.raises(errors.InvalidSetting) as caught:
        Retries(**options)

    wanted = {"attempts": "a whole number above 0", "pace": "True or False"}.get(name, "a number above 0, up to 1e9")
    separator = ";" if "," in wanted else ","
    assert str(caught.value) == f"Invalid Retries.{name}: expected {wanted}{separator} got {value!r}."


def test_defaults_sleep_for_real(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    By default the policy sleeps in real time, without blocking async calls.
    """
    slept: list[float] = []

    async def note(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("anyio.sleep", note)
    handler, _ = script(failing_with(429, Retry_After="3"), example_response("Created"))

    asyncio.run(create_invoice.asyncio(client=client_of(handler, retries=Retries()), body=draft()))

    assert slept == [3]


# ---------------------------------------------------------------- pacing


@attrs.define
class Window:
    """
    A service that responses so many requests in a window, and 429 to the rest.
    """

    clock: Clock
    limit: int = 150
    length: float = 60.0
    used: int = 0
    started: float = 0.0
    rejected: int = 0
    lock: Lock = attrs.field(factory=Lock)

    def __call__(self, request: httpx.Request) -> httpx.Response:  # noqa: D102  a handler
        with self.lock:
            if self.clock.now >= self.started + self.length:
                self.used, self.started = 0, self.clock.now
            self.clock.now += 0.01
            headers = {
                "X-Requests-Allocated": f"{self.limit} times/{self.length:.0f} s",
                "X-Request-Window-Resets-After": f"{self.started + self.length - self.clock.now} s",
            }
            if self.used >= self.limit:
                self.rejected += 1
                return example_response("TooMany", 429, headers={**headers, "X-Requests-Remaining": "0 times"})
            self.used += 1
            headers["X-Requests-Remaining"] = f"{self.limit - self.used} times"
            return example_response("Created" if request.method == "POST" else "ReadMinimalInvoice", headers=headers)


def test_thousand_creates_meet_no_429(clock: Clock) -> None:
    """
    A loop of 1,000 creates runs at the limit of the store, and never over it.
    """
    service = Window(clock)
    client = client_of(service, retries=clock.retries())

    for number in range(1000):
        create_invoice.sync(client=client, body=draft(str(number)))

    assert service.rejected == 0
    assert len(clock.slept) == 6  # the seventh window is not used up
    assert clock.now == pytest.approx(6 * 60 + 100 * 0.01)


def test_tasks_share_the_pace(clock: Clock) -> None:
    """
    However many tasks send at once, they stay under the limit together.
    """
    service = Window(clock)
    client = client_of(service, retries=clock.retries())

    async def main() -> None:
        await asyncio.gather(*(create_invoice.asyncio(client=client, body=draft(str(number))) for number in range(400)))

    asyncio.run(main())

    assert service.rejected == 0


def test_threads_share_the_pace(clock: Clock) -> None:
    """
    Threads share the rate limit.
    """
    service = Window(clock)
    client = client_of(service, retries=clock.retries())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: create_invoice.sync(client=client, body=draft(str(number))), range(400)))

    assert service.rejected == 0
    assert client.pace.under_way == 0


def test_window_without_end_is_not_waited_for(call: Call, clock: Clock) -> None:
    """
    When the window resets later than the deadline, the next request is not sent, and says so.

    No window is believed to be longer than it is said to be, or than the vendor's.
    """
    headers = {"X-Requests-Remaining": "0 times", "X-Request-Window-Resets-After": "3600 s"}
    handler, seen = script(example_response("Created", headers=headers))
    client = client_of(handler, retries=clock.retries(deadline=30))
    call(create_invoice, client=client)

    with pytest.raises(errors.NotSent) as caught:
        call(create_invoice, client=client)

    assert caught.value.reason == "the store has no requests left for 60 seconds"
    assert len(seen) == 1


def test_pace_can_be_switched_off(clock: Clock) -> None:
    """
    Without rate limiting, the client runs into 429 and retries.
    """
    service = Window(clock, limit=2)
    client = client_of(service, retries=clock.retries(pace=False))

    for number in range(3):
        create_invoice.sync(client=client, body=draft(str(number)))

    assert service.rejected == 1


def test_headers_without_numbers_set_no_pace(clock: Clock) -> None:
    """
    A service that says nothing of its window, or nothing that can be read, is not waited for.
    """
    headers = {"X-Requests-Remaining": "none", "X-Request-Window-Resets-After": "5 s", "X-Requests-Allocated": "?"}
    handler, _ = script(example_response("Created", headers=headers), example_response("Created"))
    client = client_of(handler, retries=clock.retries())

    for _ in range(2):
        create_invoice.sync(client=client, body=draft())

    assert clock.slept == []
