"""
The straight way of requests that arrive whole: it leads to the same answers as ASGI's, and to the same record of them.
"""

import asyncio
import json
import re
from collections.abc import Callable, Coroutine
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b_invoices_mock.api.responses import JSONResponse
from b2b_invoices_mock.faults.kinds import Delay, DropAfterCommit, Hang
from b2b_invoices_mock.ledger import SQLiteLedger
from b2b_invoices_mock.request_log import LoggedRequest
from b2b_invoices_spec import Contract
from mock_server.tests.client import property_of_the_mock
from mock_server.tests.test_sockets import (
    ONE,
    OTHER,
    PATH,
    chunked,
    draft,
    request,
    statuses,
)
from mock_server.tests.wire import Line

On = Callable[[Callable[[Line], Coroutine[Any, Any, None]]], None]

UNREAD = {401, 403, 404, 405, 406, 415, 429}
CREATE = request("POST", body=draft("INV-1"), last=False)
LONG = request("GET", f"{PATH}/1", last=False)

targets = st.sampled_from(
    [PATH, f"{PATH}?limit=1", f"{PATH}?limit=x", f"{PATH}?q=%20", f"{PATH}/1", f"{PATH}%0A", "/x", f"http://mock{PATH}"]
)
headers = st.lists(
    st.sampled_from(
        [
            "Accept: text/html",
            "Accept: */*",
            "Accept-Encoding: gzip",
            "Prefer: code=429",
            "Prefer: example=none",
            "Prefer: return=minimal",
            "Content-Type: application/json",
            "Content-Type: text/plain",
            "X-Auth-Token: wrong",
            "Connection: keep-alive",
            "Connection: close",
            "Expect: 100-continue",
        ]
    ),
    max_size=2,
)
bodies = st.sampled_from([b"", b"{", b"[]", b"{}", *(draft(number) for number in "ABC"), draft("x" * 2000)])


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """
    Draw a request, of a store or of nobody, that is well-formed.
    """
    fields = draw(st.sampled_from([ONE, ONE, OTHER, ""])) + "".join(f"{header}\r\n" for header in draw(headers))
    method = draw(st.sampled_from(["POST", "POST", "GET", "HEAD", "OPTIONS", "PATCH", "DELETE"]))
    return request(method, draw(targets), fields, draw(bodies), last=False)


def on_line(contract: Contract, use: Callable[[Line], Coroutine[Any, Any, None]], **settings: Any) -> None:
    """
    Run *use* on a connection to a new mock.
    """

    async def run() -> None:
        with closing(SQLiteLedger.open()) as ledger:
            await use(Line.to(contract, ledger, **settings))

    asyncio.run(run())


@pytest.fixture(name="on")
def _on(contract: Contract) -> On:
    """
    Run something on a connection to a new mock.
    """
    return lambda use: on_line(contract, use)


def told(seen: LoggedRequest) -> tuple[Any, ...]:
    """
    Return what the record tells of a request, but for the body of one that is refused before it is read.
    """
    asked = seen.number, seen.received_at, seen.method, seen.path, seen.query, seen.headers
    body = None if seen.method != "POST" or seen.status in UNREAD else seen.body
    answered = seen.status, seen.answer_headers, seen.answer, seen.answer_size, seen.seconds
    return *asked, body, *answered, seen.operation, seen.preference, seen.reason, seen.verdict


@property_of_the_mock
@given(sent=st.lists(requests(), min_size=1, max_size=5))
def test_both_ways_are_alike(on: On, sent: list[bytes]) -> None:
    """
    Requests that arrive whole get the answers, to the last byte, that they get in two pieces, and the same is recorded.
    """
    answers, records = [], []

    async def send_whole(line: Line) -> None:
        await line.send(*sent)
        answers.append(line.wire.sent.replace(b"HTTP/1.1 100 Continue\r\n\r\n", b""))
        records.append([told(seen) for seen in line.record])

    async def send_in_two(line: Line) -> None:
        await line.send(*(part for whole in sent for part in (whole[:1], whole[1:])))
        answers.append(line.wire.sent.replace(b"HTTP/1.1 100 Continue\r\n\r\n", b""))
        records.append([told(seen) for seen in line.record])

    on(send_whole)
    on(send_in_two)

    assert answers[0] == answers[1]
    assert records[0] == records[1]


@pytest.mark.parametrize(
    ("sent", "is_straight"),
    [
        pytest.param([CREATE], True, id="create"),
        pytest.param([chunked(b"2\r\n{}\r\n0\r\n\r\n", more="")], True, id="in-chunks"),
        pytest.param([request("GET", last=False)] * 3, True, id="again"),
        pytest.param([CREATE[:9], CREATE[9:]], False, id="in-pieces"),
        pytest.param([CREATE + CREATE], False, id="two-at-once"),
        pytest.param([request("GET", last=True)], False, id="last"),
        pytest.param([CREATE.replace(b"HTTP/1.1", b"HTTP/1.0")], False, id="older"),
        pytest.param([request("GET", "/x", last=False)], False, id="other-path"),
        pytest.param([request("GET", headers=f"{ONE}Connection: Upgrade\r\nUpgrade: x\r\n")], False, id="upgrade"),
    ],
)
def test_which_way(on: On, sent: list[bytes], is_straight: bool) -> None:  # noqa: FBT001 - it is a parameter
    """
    What arrives whole, and asks for nothing else, does not become a task of its own.
    """

    async def send(line: Line) -> None:
        await line.send(*sent)

        assert (line.protocol.cycle is None) is is_straight
        assert len(line.record) == len(sent) if is_straight else line.record

    on(send)


def test_one_way_after_the_other(on: On) -> None:
    """
    A connection that had to take the long way for a path goes straight again; for what came in pieces it does not.
    """

    async def send(line: Line) -> None:
        await line.send(request("GET", f"{PATH}/1", last=False))
        first = line.protocol.cycle
        await line.send(CREATE)
        assert line.protocol.cycle is first
        await line.send(CREATE[:9], CREATE[9:])
        second = line.protocol.cycle
        await line.send(request("GET", last=False))

        assert first is not second is not line.protocol.cycle
        assert statuses(line.wire.sent) == [404, 200, 400, 200]

    on(send)


def test_what_comes_behind(on: On) -> None:
    """
    What is sent before the answer to a request waits for that answer, unread beyond its first piece, then has its own.
    """

    async def send(line: Line) -> None:
        line.protocol.data_received(CREATE)
        line.protocol.data_received(request("GET", last=False) + request("GET", f"{PATH}/1", last=False))
        assert not line.wire.is_read
        await line.settle()

        assert statuses(line.wire.sent) == [200, 200, 200]
        assert [seen.operation for seen in line.record] == ["createInvoice", "listInvoices", "getInvoice"]
        assert line.wire.is_read

    async def send_in_two(line: Line) -> None:
        line.protocol.data_received(CREATE)
        other = request("POST", body=draft("INV-2"), last=False)
        line.protocol.data_received(other[:9])
        line.protocol.data_received(other[9:])
        await line.settle()

        assert statuses(line.wire.sent) == [200, 200]
        assert line.wire.is_read

    on(send)
    on(send_in_two)


def test_a_large_body(contract: Contract) -> None:
    """
    A body that arrives whole is held to the limit.
    """
    body = draft("INV-1")

    async def send(line: Line) -> None:
        await line.send(CREATE, request("POST", body=body + b" ", last=False))

        assert statuses(line.wire.sent) == [200, 413]

    on_line(contract, send, body_limit=len(body))


def test_the_order_of_arrival(on: On) -> None:
    """
    What arrives by several connections at the same time is recorded in its order.
    """

    async def send(line: Line) -> None:
        lines = [line, line.another(), line.another()]
        for number, one in enumerate(lines, 1):
            one.protocol.data_received(request("POST", body=draft(f"INV-{number}"), last=False))
        await line.settle()

        assert [json.loads(seen.body)["invoiceNumber"] for seen in line.record] == ["INV-1", "INV-2", "INV-3"]
        for number, one in enumerate(lines, 1):
            assert b'"data":{"id":%d}' % number in one.wire.sent

    on(send)


def test_a_fault(on: On) -> None:
    """
    A fault hits a request that arrives whole like any other.
    """

    async def send(line: Line) -> None:
        line.faults.add(DropAfterCommit())
        await line.send(CREATE)

        assert (line.wire.sent, line.wire.is_closed) == (b"", True)
        assert [seen.fault for seen in line.record] == ["drop_after_commit"]

    on(send)


def test_a_caller_that_says_it_is_done(on: On) -> None:
    """
    A caller that sends no more after its request is answered, and then the connection closes.
    """

    async def send(line: Line) -> None:
        line.protocol.data_received(CREATE)
        assert line.protocol.eof_received()  # the transport stays open
        await line.settle()

        assert statuses(line.wire.sent) == [200]
        assert b"connection: close\r\n" in line.wire.sent
        assert line.wire.is_closed

    async def send_two(line: Line) -> None:
        line.protocol.data_received(CREATE)
        line.protocol.data_received(request("GET", last=False))
        assert line.protocol.eof_received()
        await line.settle()

        assert statuses(line.wire.sent) == [200, 200]
        assert line.wire.sent.count(b"connection: close\r\n") == 1
        assert line.wire.is_closed

    async def rest(line: Line) -> None:
        await line.send(CREATE)

        assert not line.protocol.eof_received()  # the transport closes

    async def send_secretly(line: Line) -> None:
        line.protocol.scheme = "https"
        line.protocol.data_received(CREATE)

        assert not line.protocol.eof_received()  # TLS knows of no other way

    on(send)
    on(send_two)
    on(rest)
    on(send_secretly)


@pytest.mark.parametrize(
    ("sent", "answers"),
    [
        pytest.param([CREATE[:9], CREATE[9:]], [200], id="in-pieces"),
        pytest.param([CREATE.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)], [200], id="to-be-closed"),
        pytest.param([CREATE.replace(b"HTTP/1.1", b"HTTP/1.0")], [200], id="older"),
        pytest.param([CREATE + CREATE + request("GET", last=False)], [200, 400, 200], id="three-at-once"),
        pytest.param([request("GET", "/x", last=False)], [404], id="other-path"),
        pytest.param([CREATE[:-9]], [], id="half"),
        pytest.param([CREATE + CREATE[:9]], [200], id="one-and-a-bit"),
        pytest.param([CREATE + CREATE[:-9]], [], id="one-and-a-half"),
    ],
)
def test_a_caller_of_the_long_way_that_says_it_is_done(on: On, sent: list[bytes], answers: list[int]) -> None:
    """
    A caller that sends no more gets its answers the long way, too, unless it broke off within a body.
    """

    async def send(line: Line) -> None:
        for part in sent:
            line.protocol.data_received(part)
        stays_open = line.protocol.eof_received()
        if not stays_open:
            line.wire.close()  # as the loop does
            line.protocol.connection_lost(None)
        await line.settle()

        assert stays_open is bool(answers)
        assert statuses(line.wire.sent) == answers
        assert line.wire.is_closed
        if answers:
            assert [seen.verdict for seen in line.record] == [
                "accepted" if status == 200 else "refused" for status in answers
            ]

    on(send)


@pytest.mark.parametrize("fault", [Hang(), Delay(seconds=1)], ids=repr)
def test_a_caller_that_gives_up(on: On, fault: Hang | Delay) -> None:
    """
    A caller that waits for an answer that is held back and sends no more is taken for one that has given up.
    """

    async def send(line: Line) -> None:
        line.faults.add(fault)
        await line.send(CREATE)
        line.protocol.eof_received()
        line.protocol.connection_lost(None)
        await line.settle()

        assert line.wire.is_closed
        assert [seen.verdict for seen in line.record] == ["lost"]

    async def send_early(line: Line) -> None:
        line.faults.add(fault)
        line.protocol.data_received(CREATE)
        assert line.protocol.eof_received()
        await line.settle()
        assert line.wire.is_closed
        line.protocol.connection_lost(None)
        await line.settle()

        assert [seen.verdict for seen in line.record] == ["lost"]

    on(send)
    on(send_early)


def test_a_caller_that_leaves(on: On) -> None:
    """
    The create of a caller that has left by the time of its answer is recorded, and that it left.
    """

    async def send(line: Line) -> None:
        line.protocol.data_received(CREATE)
        line.protocol.connection_lost(ConnectionResetError())
        line.wire.close()
        await line.settle()

        assert line.wire.sent == b""
        assert [(seen.operation, seen.verdict, seen.reason) for seen in line.record] == [
            ("createInvoice", "lost", "the caller left")
        ]

    on(send)


def test_a_caller_that_leaves_after_an_answer(on: On) -> None:
    """
    No timer is left of a caller that breaks off, though the long way had set one.
    """

    async def send(line: Line) -> None:
        await line.send(LONG)
        line.protocol.data_received(CREATE)
        line.wire.close()
        line.protocol.connection_lost(ConnectionResetError())
        await line.settle()

        assert line.timers.go_off() == 0

    on(send)


@pytest.mark.parametrize("is_there", [True, False])
def test_what_the_server_waits_for(on: On, is_there: bool) -> None:  # noqa: FBT001 - it is a parameter
    """
    A server that stops waits for what has arrived whole as for a task, whether its caller has left or not.
    """

    async def send(line: Line) -> None:
        line.protocol.data_received(CREATE)
        if not is_there:
            line.wire.close()
            line.protocol.connection_lost(ConnectionResetError())
        tasks = line.protocol.server_state.tasks
        assert len(tasks) == 1
        for task in tasks:
            task.cancel(msg="it took too long")  # as the server does before the process ends
        assert len(tasks) == 1
        await line.settle()

        assert not tasks

    on(send)


def test_a_server_that_stops(on: On) -> None:
    """
    A server that stops answers what has arrived, says that it was the last, and hangs up; one at rest hangs up at once.
    """

    async def send(line: Line) -> None:
        line.protocol.data_received(CREATE)
        line.protocol.data_received(request("GET", last=False))
        line.protocol.shutdown()
        line.protocol.data_received(LONG)
        assert not line.wire.is_closed
        await line.settle()

        assert statuses(line.wire.sent) == [200]
        assert b"connection: close\r\n" in line.wire.sent
        assert line.wire.is_closed

    async def rest(line: Line) -> None:
        await line.send(CREATE)
        line.protocol.shutdown()

        assert line.wire.is_closed

    on(send)
    on(rest)


def test_a_caller_that_is_silent(on: On) -> None:
    """
    A connection closes when it is looked at, and there was no request since the last time, nor one that is waited for.
    """

    async def send(line: Line) -> None:
        await line.send(CREATE, CREATE)
        assert line.timers.go_off() == 1
        assert not line.wire.is_closed  # there were two
        line.protocol.data_received(CREATE)
        assert line.timers.go_off() == 1
        assert not line.wire.is_closed  # there is one
        await line.settle()
        assert line.timers.go_off() == 1
        assert not line.wire.is_closed  # there was one
        assert line.timers.go_off() == 1

        assert line.wire.is_closed

    on(send)


def test_a_caller_that_is_slow(on: On) -> None:
    """
    A connection does not close in the middle of a request, even when a whole one came before it, or a long one.
    """

    async def send(line: Line) -> None:
        await line.send(CREATE, CREATE[:9])
        assert line.timers.go_off() == 0
        await line.send(CREATE[9:])
        assert statuses(line.wire.sent) == [200, 400]
        assert line.timers.go_off() == 1

        assert line.wire.is_closed

    async def wait(line: Line) -> None:
        line.faults.add(Hang())
        await line.send(request("GET", "/x", last=False), CREATE)
        line.timers.go_off()
        line.timers.go_off()

        assert not line.wire.is_closed

    on(send)
    on(wait)


def test_a_silent_caller_of_both_ways(on: On) -> None:
    """
    The timer of the long way does not close a connection on which requests went straight since.
    """

    async def send(line: Line) -> None:
        await line.send(request("GET", f"{PATH}/1", last=False), CREATE)
        assert line.timers.go_off() == 2
        assert not line.wire.is_closed
        assert line.timers.go_off() == 1

        assert line.wire.is_closed

    on(send)


def test_a_caller_of_both_ways(on: On) -> None:
    """
    A connection does not close soon after an answer of the long way because none went straight for a while.
    """

    async def send(line: Line) -> None:
        await line.send(CREATE)
        assert line.timers.go_off() == 1
        await line.send(LONG)

        assert line.timers.go_off() == 1  # which was set by the long way
        assert line.wire.is_closed

    on(send)


def test_a_caller_that_does_not_read(on: On) -> None:
    """
    Requests of a caller that does not read its answers wait until it does.
    """

    async def send(line: Line) -> None:
        line.protocol.pause_writing()
        await line.send(CREATE)
        assert line.wire.sent == b""
        line.protocol.resume_writing()
        await line.settle()

        assert statuses(line.wire.sent) == [200]

    on(send)


class _Panic(BaseException):
    """What a library that is not Python's raises when it fails."""


@pytest.mark.parametrize("why", [RuntimeError("broken"), _Panic("broken")], ids=repr)
def test_a_failure(
    on: On, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, why: BaseException
) -> None:
    """
    A mock that fails says so to its caller and, with the reason, in the server's log; the connection goes on.
    """

    async def send(line: Line) -> None:
        def fail(*_: object) -> None:
            raise why

        with monkeypatch.context() as patched:
            patched.setattr("b2b_invoices_mock.api.operations.check_invoice", fail)
            await line.send(CREATE)
        await line.send(CREATE)

        assert statuses(line.wire.sent) == [500, 200]
        assert json.loads(re.split(rb"\r\n\r\n|HTTP/1\.1 200", line.wire.sent)[1])["code"] == 500
        assert [seen.verdict for seen in line.record] == ["failed", "accepted"]
        assert [(entry.name, entry.exc_info and entry.exc_info[1]) for entry in caplog.records] == [
            ("uvicorn.error", why)
        ]

    on(send)


def test_a_self_check(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    With a self-check, an answer that arrived whole is held to the contract, too.
    """

    async def send(line: Line) -> None:
        monkeypatch.setattr("b2b_invoices_mock.api.operations.success", _nonsense)
        await line.send(CREATE)

        assert b"self-check: createInvoice answered 200 with" in line.wire.sent

    on_line(contract, send, self_check=True)


def _nonsense(*_: Any, **__: Any) -> JSONResponse:
    return JSONResponse({"code": 200})


def test_the_loop_ends(contract: Contract, caplog: pytest.LogCaptureFixture) -> None:
    """
    A loop that comes to its end while a create waits for its commit leaves nothing to complain of.
    """
    complaints: list[Any] = []

    async def send(line: Line) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        line.protocol.data_received(CREATE)
        await asyncio.sleep(0)  # begun, and not committed

    on_line(contract, send)

    assert complaints == []
    assert caplog.records == []


def test_an_application_without_a_straight_way(contract: Contract) -> None:
    """
    Any other application is answered for as ASGI has it.
    """

    async def send(line: Line) -> None:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await line.app(scope, receive, send)

        line.protocol.app = app
        line.protocol.connection_made(line.wire)
        await line.send(CREATE)

        assert statuses(line.wire.sent) == [200]
        assert line.protocol.cycle is not None

    on_line(contract, send)
