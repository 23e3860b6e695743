"""
HTTP as the server speaks it, with connections that faults can cut.
"""

import asyncio

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from .connection import Connection


class CuttableProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type] # one of two classes, by what is installed
    """
    Tells every request its connection, as `request.state.connection`.

    An application cannot close a connection through ASGI: uvicorn answers 500 for one that returns without an answer,
    and writes a traceback to its log for one that stops half-way. It does neither when the connection is closed.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:
        """
        Begin a connection.
        """
        super().connection_made(transport)
        self._connection = Connection(transport.close)
        self.app_state: dict[str, object] = {**self.app_state, "connection": self._connection}

    def shutdown(self) -> None:
        """
        End the connection in good order, at once when its caller waits for an answer that is held back.
        """
        super().shutdown()
        self._connection.stop()
