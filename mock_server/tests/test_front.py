"""
The load balancer of the tests with several mocks.
"""

import gc
import socket

from mock_server.tests.front import spread

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def test_half_closed_callers_get_their_response() -> None:
    """
    A caller that half-closes its connection before the server responds gets the response.
    """
    with (
        socket.create_server(("127.0.0.1", 0)) as behind,
        spread([behind.getsockname()[1]]) as port,
        socket.create_connection(("127.0.0.1", port), timeout=60) as caller,
    ):
        caller.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        caller.shutdown(socket.SHUT_WR)
        server, _ = behind.accept()
        with server:
            asked = server.recv(1000)
            for _ in range(10):  # each takes long enough for the balancer to notice the half-close
                gc.collect()
            server.sendall(ANSWER)
        answered = b"".join(iter(lambda: caller.recv(1000), b""))

    assert asked == b"GET / HTTP/1.1\r\nConnection: close\r\nHost: x\r\n\r\n"
    assert answered == ANSWER
