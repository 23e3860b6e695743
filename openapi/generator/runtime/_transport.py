"""
The door that every request leaves by. What is to happen to all of them, whichever the operation, belongs here.
"""

from typing import Any

import httpx

from .client import Client

__all__ = ["send", "send_async"]


def send(client: Client, request: dict[str, Any]) -> httpx.Response:
    """
    The service's answer to *request*, which is what `httpx.Client.request` takes.
    """
    return client.get_httpx_client().request(**request)


async def send_async(client: Client, request: dict[str, Any]) -> httpx.Response:
    """
    As `send`, awaited.
    """
    return await client.get_async_httpx_client().request(**request)
