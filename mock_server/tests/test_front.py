"""
The front that the tests of several mocks go through: it forgets nobody.
"""

import gc
import socket

from mock_server.tests.front import spread

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def test_a_caller_that_has_said_all_is_answered() -> None:
    """
    A caller that closes its side while the server behind is still at work gets the answer all the same.
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
            for _ in range(10):  # each takes long enough for the front to hear that the caller has closed
                gc.collect()
            server.sendall(ANSWER)
        answered = b"".join(iter(lambda: caller.recv(1000), b""))

    assert asked == b"GET / HTTP/1.1\r\nConnection: close\r\nHost: x\r\n\r\n"
    assert answered == ANSWER
