"""
Unusual traffic over TCP: incomplete, pipelined, slow, huge and malformed requests, and half-closed connections.
"""

import json
import re
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import attrs
import httpx
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from b2b_invoices_mock import server
from mock_server.tests.client import property_of_the_mock
from mock_server.tests.server import INVOICE, address, starting

PATH = "/api/v3/io/ip/invoices"
ONE = "X-Store-Hash: teststore\r\nX-Auth-Token: test-token\r\n"
OTHER = "X-Store-Hash: otherstore\r\nX-Auth-Token: other-token\r\n"
TIMEOUT = 30  # seconds, after which a test fails


@attrs.frozen
class Listening:
    """
    A running mock, called through raw sockets.

    Attributes:
        port: The port it listens on.
    """

    port: int

    @contextmanager
    def connected(self) -> Iterator[socket.socket]:
        """
        Open a connection, and close it at the end of the block.
        """
        with closing(socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT)) as connection:
            yield connection

    def exchange(self, *parts: bytes) -> bytes:
        """
        Send *parts* and half-close the connection; return everything received until the mock closes it.
        """
        with self.connected() as connection:
            try:
                for part in parts:
                    connection.sendall(part)
                connection.shutdown(socket.SHUT_WR)
            except OSError:  # the mock has closed the connection already
                pass
            return received(connection)

    def asked(self, *parts: bytes) -> bytes:
        """
        Send *parts*, the last with `Connection: close`; return everything received.
        """
        with self.connected() as connection:
            for part in parts:
                connection.sendall(part)
            return received(connection)

    def control(self, method: str, path: str, **options: Any) -> httpx.Response:
        """
        Call the control API.
        """
        url = f"http://127.0.0.1:{self.port}{path}"
        return httpx.request(method, url, trust_env=False, timeout=TIMEOUT, **options)

    def numbers(self, store: str = "teststore", token: str = "test-token") -> list[str]:  # noqa: S107 - the mock's own
        """
        Return the numbers of a store's invoices; this also shows that the mock still responds.
        """
        headers = {"X-Store-Hash": store, "X-Auth-Token": token}
        url = f"http://127.0.0.1:{self.port}{PATH}?limit=250"
        invoices = httpx.get(url, headers=headers, trust_env=False, timeout=TIMEOUT).json()["data"]
        return [invoice["invoiceNumber"] for invoice in invoices]


def received(connection: socket.socket) -> bytes:
    """
    Return everything received until the other side closes or resets the connection.
    """
    response = bytearray()
    try:
        while part := connection.recv(65_536):
            response += part
    except ConnectionResetError:
        pass
    return bytes(response)


def statuses(response: bytes) -> list[int]:
    """
    Return the status of each response in *received*.
    """
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", response)]


def request(method: str, path: str = PATH, headers: str = ONE, body: bytes = b"", *, last: bool = True) -> bytes:
    """
    Return a request as bytes.
    """
    closing_header = "Connection: close\r\n" if last else ""
    length = f"Content-Length: {len(body)}\r\nContent-Type: application/json\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\nHost: mock\r\n{headers}{length}{closing_header}\r\n".encode("latin-1") + body


def draft(number: str) -> bytes:
    """
    Return a valid body.
    """
    return json.dumps({**INVOICE, "invoiceNumber": number}).encode()


CREATE = request("POST", body=b"{}", last=False)


@pytest.fixture(name="mock", scope="module")
def _mock() -> Iterator[Listening]:
    """
    A mock with two stores, in a process of its own. In the end it must still respond and have logged only warnings.
    """
    with starting() as start:
        process, line = start("--store", "teststore:test-token", "--store", "otherstore:other-token", "--self-check")
        mock = Listening(httpx.URL(address(line)).port or 0)
        yield mock
        assert mock.numbers() is not None
        process.terminate()
        _, complaints = process.communicate()
        assert [line for line in complaints.splitlines() if not line.startswith("WARNING:  ")] == []  # about requests


def test_a_body_byte_by_byte(mock: Listening) -> None:
    """
    A request that arrives byte by byte is accepted.
    """
    sent = request("POST", body=draft("slow"))

    response = mock.asked(*(sent[index : index + 1] for index in range(len(sent))))

    assert statuses(response) == [200]
    assert "slow" in mock.numbers()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_incomplete_request(mock: Listening, share: float) -> None:
    """
    A caller that half-closes in the middle of its request creates nothing and does not block others.
    """
    sent = request("POST", body=draft(f"half-{share}"))

    response = mock.exchange(sent[: int(len(sent) * share)])

    assert statuses(response) in ([], [400])
    assert f"half-{share}" not in mock.numbers()


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([request("HEAD", last=False)], [200], id="one"),
        pytest.param([CREATE[:9], CREATE[9:]], [422], id="in-pieces"),
        pytest.param([CREATE.replace(b"HTTP/1.1", b"HTTP/1.0")], [422], id="http-1.0"),
        pytest.param([CREATE + CREATE + request("GET", last=False)], [422, 422, 200], id="pipelined"),
        pytest.param([request("GET", "/x", last=False)], [404], id="unknown-path"),
        pytest.param([CREATE[:-1]], [], id="half"),
    ],
)
def test_half_closed_connection(mock: Listening, parts: list[bytes], expected: list[int]) -> None:
    """
    A caller that closes its side of the connection after its requests gets its responses; an incomplete one has none.
    """
    responses = [mock.exchange(*parts) for _ in range(20)]  # the close arrives at different moments

    assert [statuses(response) for response in responses] == [expected] * 20


@pytest.mark.parametrize("fault", [{"fault": "hang"}, {"fault": "delay", "seconds": 600}], ids=lambda it: it["fault"])
def test_half_closed_connection_in_a_fault(mock: Listening, fault: dict[str, Any]) -> None:
    """
    A caller that closes its side while a fault keeps it waiting has given up: the mock closes the connection.
    """
    mock.control("POST", "/_mock/faults", json=[fault])

    response = mock.exchange(request("GET", last=False))

    (entry,) = mock.control("GET", "/_mock/requests?limit=1").json()["data"]
    assert response == b""
    assert (entry["fault"], entry["verdict"]) == (fault["fault"], "lost")


def test_idle_connections_stay_open() -> None:
    """
    The mock keeps idle connections longer than httpx does, so httpx never sends on one that is about to close.
    """
    assert server._IDLE_SECONDS > 2 * (httpx.Limits().keepalive_expiry or 0) > 0


def test_callers_that_reset_the_connection(mock: Listening) -> None:
    """
    Callers that reset the connection before the response do not block others, and cause no error in the server's log.
    """
    for turn in range(10):
        with ExitStack() as callers:
            connections = [callers.enter_context(mock.connected()) for _ in range(100)]
            for index, connection in enumerate(connections):
                connection.sendall(request("POST", body=draft(f"reset-{turn}-{index}"), last=False))
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert mock.numbers() is not None


def test_callers_that_never_finish(mock: Listening) -> None:
    """
    A hundred callers with unfinished requests do not block others.
    """
    sent = request("POST", body=draft("never"))
    callers = [socket.create_connection(("127.0.0.1", mock.port), timeout=TIMEOUT) for _ in range(100)]
    for index, caller in enumerate(callers):
        caller.sendall(sent[: len(sent) * index // 100])

    numbers = mock.numbers()

    for caller in callers:
        caller.close()
    assert "never" not in numbers
    assert "never" not in mock.numbers()


def test_pipelined_requests(mock: Listening) -> None:
    """
    Pipelined requests get their responses in order.
    """
    sent = [request("POST", body=draft(f"pipe-{index}"), last=False) for index in range(20)]
    sent += [request("GET", PATH + "/x", last=False), request("PATCH", last=False), request("GET")]

    response = mock.asked(b"".join(sent))

    assert statuses(response) == [200] * 20 + [404, 405, 200]
    assert [f"pipe-{index}" in mock.numbers() for index in range(20)] == [True] * 20


def test_two_stores_on_one_connection(mock: Listening) -> None:
    """
    Requests of two stores on one connection get the invoices of their own store.
    """
    mock.asked(
        request("POST", body=draft("one's")),
    )
    mock.asked(request("POST", headers=OTHER, body=draft("other's")))
    sent = [request("GET", PATH + "?q=%27s", ONE if index % 2 else OTHER, last=False) for index in range(20)]

    response = mock.asked(*sent, request("DELETE"))

    bodies = response.split(b"HTTP/1.1 200 OK")[1:]
    assert [b"one's" in body for body in bodies] == [bool(index % 2) for index in range(20)]
    assert [b"other's" in body for body in bodies] == [not index % 2 for index in range(20)]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        pytest.param(PATH, ONE + f"X-Long: {'x' * 1_000_000}\r\n", id="long-value"),
        pytest.param(PATH, ONE + f"{'X' * 100_000}: x\r\n", id="long-name"),
        pytest.param(PATH, ONE + "".join(f"X-{index}: x\r\n" for index in range(10_000)), id="many"),
        pytest.param(PATH, f"X-Auth-Token: {'t' * 1_000_000}\r\n", id="long-token"),
        pytest.param(PATH, ONE + f"Accept: {'a/b,' * 100_000}*/*\r\n", id="long-accept"),
        pytest.param(PATH, ONE + f"Prefer: {'code=1;' * 20_000}\r\n", id="long-preference"),
        pytest.param(PATH, ONE + f"Accept-Encoding: {';q=' * 100_000}\r\n", id="long-encoding"),
        pytest.param(f"{PATH}/{'9' * 500_000}", ONE, id="long-path"),
    ],
)
def test_huge_heads(mock: Listening, path: str, headers: str) -> None:
    """
    A very long path and very large headers cause no server error, and the mock still responds.
    """
    response = mock.asked(request("GET", path, headers))

    assert set(statuses(response)) <= {200, 400, 401, 404, 406, 414, 431}
    assert isinstance(mock.numbers(), list)


CHUNKED = f"POST {PATH} HTTP/1.1\r\nHost: mock\r\n{ONE}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"


def chunked(*chunks: bytes, more: str = "Connection: close\r\n") -> bytes:
    """
    Return a create whose body is the raw *chunks*.
    """
    return (CHUNKED + more + "\r\n").encode() + b"".join(chunks)


def test_a_body_in_chunks(mock: Listening) -> None:
    """
    A chunked body is accepted.
    """
    parts = [draft("chunks")[:10], draft("chunks")[10:]]

    response = mock.asked(chunked(*(b"%x\r\n%s\r\n" % (len(part), part) for part in parts), b"0\r\n\r\n"))

    assert statuses(response) == [200]


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param([b"zz\r\n{}\r\n0\r\n\r\n"], id="no-number"),
        pytest.param([b"-1\r\n{}\r\n0\r\n\r\n"], id="negative"),
        pytest.param([b"5\r\n{}\r\n0\r\n\r\n"], id="too-long"),
        pytest.param([b"1\r\n{}\r\n0\r\n\r\n"], id="too-short"),
        pytest.param([b"ffffffffffffffffff\r\n{}\r\n"], id="overflow"),
        pytest.param([b"2\n{}\n0\n\n"], id="line-feeds"),
        pytest.param([b"2;" + b"x" * 100_000 + b"\r\n{}\r\n0\r\n\r\n"], id="long-extension"),
        pytest.param([b"2\r\n{}\r\n"], id="no-end"),
        pytest.param([b"\r\n\r\n"], id="nothing"),
    ],
)
def test_malformed_chunks(mock: Listening, chunks: Sequence[bytes]) -> None:
    """
    A malformed chunked body is rejected, and nothing is created.
    """
    before = mock.numbers()

    response = mock.exchange(chunked(*chunks))

    assert set(statuses(response)) <= {400, 422}
    assert mock.numbers() == before


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", id="both-lengths"),
        pytest.param("Content-Length: 2\r\nContent-Length: 5\r\n", id="two-lengths"),
        pytest.param("Content-Length: -2\r\n", id="negative"),
        pytest.param("Content-Length: 2, 2\r\n", id="list"),
        pytest.param("Content-Length: 99999999999999999999999\r\n", id="huge"),
        pytest.param("Content-Length: 0x2\r\n", id="hexadecimal"),
        pytest.param("Transfer-Encoding: gzip, chunked\r\n", id="unknown-coding"),
        pytest.param("Transfer-Encoding: chunked, identity\r\n", id="chunked-not-last"),
        pytest.param("Expect: 100-continue\r\nContent-Length: 9\r\n", id="expect"),
        pytest.param("Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n", id="upgrade"),
        pytest.param("X-Store-Hash: otherstore\r\nContent-Length: 0\r\n", id="two-stores"),
        pytest.param("X Y: z\r\n", id="blank-in-name"),
        pytest.param(": z\r\n", id="no-name"),
        pytest.param(" folded\r\n", id="folded"),
        pytest.param("X: \x00\r\n", id="zero-byte"),
    ],
)
def test_request_smuggling(mock: Listening, headers: str) -> None:
    """
    Contradictory headers cannot smuggle a second request, for the same store or for another.
    """
    before = mock.numbers(), mock.numbers("otherstore", "other-token")
    smuggled = request("POST", headers=OTHER.replace("other-token", "test-token"), body=draft("smuggled"))

    response = mock.exchange(request("POST", headers=ONE + headers, last=False), b"{}", smuggled)

    assert all(status < 500 for status in statuses(response))
    assert (mock.numbers(), mock.numbers("otherstore", "other-token")) == before


@pytest.mark.parametrize("upgrade", ["h2c", "websocket"])
def test_upgrade_is_ignored(mock: Listening, upgrade: str) -> None:
    """
    A request that asks for an upgrade, as Java's client does, is processed with its body.
    """
    headers = f"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: {upgrade}\r\nHTTP2-Settings: AAEAAEAA\r\n"

    response = mock.exchange(request("POST", headers=ONE + headers, body=draft(f"upgrade {upgrade}")))

    assert statuses(response) == [200]
    assert f"upgrade {upgrade}" in mock.numbers()


TOO_LARGE = b"b00000\r\n%b\r\n0\r\n\r\n" % (b" " * 0xB00000)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(request("POST", headers="", body=b"[" + b" " * 9_000_000 + b"]"), 401, id="credentials"),
        pytest.param(request("POST", body=b" " * 11_000_000), 413, id="too-large"),
        pytest.param(chunked(TOO_LARGE), 413, id="too-large-in-chunks"),
    ],
)
def test_rejected_before_the_body(mock: Listening, sent: bytes, status: int) -> None:
    """
    A caller whose request is rejected while it still sends a large body receives the error response.
    """
    assert [statuses(mock.asked(sent)) for _ in range(3)] == [[status]] * 3


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (PATH, 200),
        (f"{PATH}%0A", 404),
        (f"{PATH}/1%0a", 404),
        (f"{PATH}%00", 404),
        (f"{PATH}/%2e%2e/invoices", 404),
        (f"{PATH}?limit=1%0A", 400),
        (f"http://mock{PATH}", 200),
        (f"{PATH}#fragment", 200),
        ("*", 404),
        (f"/x/..{PATH}", 404),
    ],
)
def test_targets(mock: Listening, target: str, status: int) -> None:
    """
    Only the exact path, absolute or relative, is the list.
    """
    assert statuses(mock.asked(request("GET", target))) == [status]


@given(
    nonsense=st.binary(max_size=300),
    prefix=st.sampled_from([b"", b"GET ", b"POST " + PATH.encode(), b"PRI * HTTP/2.0"]),
)
@hypothesis_settings(property_of_the_mock, max_examples=60)
def test_random_bytes(mock: Listening, nonsense: bytes, prefix: bytes) -> None:
    """
    Random bytes cause no server error.
    """
    assert all(status < 500 for status in statuses(mock.exchange(prefix + nonsense, b"\r\n\r\n")))


@given(data=st.data())
@hypothesis_settings(property_of_the_mock, max_examples=60)
def test_random_changes(mock: Listening, data: st.DataObject) -> None:
    """
    A valid request with a few random bytes changed causes no server error.
    """
    sent = bytearray(request("POST", body=draft("spoiled")))
    for _ in range(data.draw(st.integers(1, 5))):
        sent[data.draw(st.integers(0, len(sent) - 1))] = data.draw(st.integers(0, 255))

    assert all(status < 500 for status in statuses(mock.exchange(bytes(sent))))
