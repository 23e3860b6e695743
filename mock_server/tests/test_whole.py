"""
Reading requests that arrive in one piece: those, and nothing else.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b_invoices_mock.whole import WholeReader, WholeRequest
from mock_server.tests.client import property_of_the_mock
from mock_server.tests.test_sockets import (
    ONE,
    PATH,
    chunked,
    draft,
    request,
)

GET = request("GET", f"{PATH}/1%202?q=%20#end", "X-Store-Hash: a\r\nx-store-hash: \xe9\r\n", last=False)


def test_a_request() -> None:
    """
    A request is read with its path decoded and as it was sent, and with its headers in their order.
    """
    assert WholeReader().read(GET) == WholeRequest(
        method="GET",
        path=f"{PATH}/1 2",
        raw_path=f"{PATH}/1%202".encode(),
        query=b"q=%20",
        headers=[(b"host", b"mock"), (b"x-store-hash", b"a"), (b"x-store-hash", b"\xe9")],
        body=b"",
    )


def test_a_request_in_chunks() -> None:
    """
    The body of a request is all of its chunks.
    """
    read = WholeReader().read(chunked(b"1\r\n{\r\n2\r\n} \r\n0\r\n\r\n", more=""))

    assert read is not None
    assert read.body == b"{} "


def test_one_after_the_other() -> None:
    """
    Nothing of a request is left in the next.
    """
    reader = WholeReader()
    post = request("POST", body=draft("1"), last=False)

    first, second, third = reader.read(post), reader.read(GET), reader.read(post)

    assert first is not None
    assert first.body == draft("1")
    assert second == WholeReader().read(GET)
    assert third == first


@given(share=st.floats(0, 1, exclude_max=True))
@property_of_the_mock
def test_a_part_of_a_request(share: float) -> None:
    """
    A request that has not come to its end is not read.
    """
    post = request("POST", body=draft("1"), last=False)

    assert WholeReader().read(post[: int(len(post) * share)]) is None


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(GET + GET, id="two"),
        pytest.param(GET + b"G", id="more-than-one"),
        pytest.param(request("GET"), id="to-be-closed"),
        pytest.param(GET.replace(b"HTTP/1.1", b"HTTP/1.0\r\nConnection: keep-alive"), id="older"),
        pytest.param(request("GET", headers=f"{ONE}Connection: Upgrade\r\nUpgrade: x\r\n", last=False), id="upgrade"),
        pytest.param(request("GET", "http://mock", last=False), id="no-path"),
        pytest.param(request("GET", "http://mock:x/", last=False), id="no-port"),
        pytest.param(request("GET", "/\xe9", last=False), id="not-ascii"),
        pytest.param(request("CONNECT", "mock:80", last=False), id="connect"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="newer"),
    ],
)
def test_what_is_left_to_others(sent: bytes) -> None:
    """
    What is no request, or not just one, or asks for something of the connection, is not read.
    """
    assert WholeReader().read(sent) is None


@given(data=st.data())
@property_of_the_mock
def test_bytes_of_any_kind(data: st.DataObject) -> None:
    """
    Whatever is sent is read or not; no error comes of it.
    """
    sent = bytearray(data.draw(st.sampled_from([GET, request("POST", body=draft("1"), last=False)])))
    for _ in range(data.draw(st.integers(0, 5))):
        where = data.draw(st.integers(0, len(sent)))
        sent[where : where + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=4))

    assert isinstance(WholeReader().read(bytes(sent)), WholeRequest | None)
