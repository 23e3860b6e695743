"""
The limit: an ASGI application that reads the body and answers a constant, so that nothing is left but the server.
"""

from typing import Any

ANSWER = b'{"code":200,"data":{"id":12},"meta":{"message":"Success"}}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]


async def app(scope: Any, receive: Any, send: Any) -> None:
    """
    Read the body to its end, and answer.
    """
    assert scope["type"] == "http"  # noqa: S101 - lifespan is off
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": ANSWER})
