"""
An ASGI application that reads the body and returns a constant: the cost of uvicorn alone.
"""

from typing import Any

BODY = b'{"code":200,"data":{"id":12},"meta":{"message":"Success"}}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]


async def app(scope: Any, receive: Any, send: Any) -> None:
    """
    Read the whole body, then respond.
    """
    assert scope["type"] == "http"  # noqa: S101 - lifespan is off
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})
