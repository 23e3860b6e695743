"""
The requests seen, over HTTP.
"""

import re
from shlex import quote
from typing import Any

from msgspec import UNSET, UnsetType
from starlette.requests import Request

from b2b_invoices_mock.api.dialect import Dialect
from b2b_invoices_mock.api.responses import success
from b2b_invoices_mock.request_log import (
    CREDENTIALS,
    LoggedRequest,
    RequestLog,
    Verdict,
    shown_headers,
)

from .controls import Controls
from .input import (
    NotThere,
    Page,
    WrongInput,
    read_query,
)

_LONGEST = 18  # digits of a number that can be on record
_CURLS_OWN = frozenset({"accept-encoding", "connection", "content-length", "host", "transfer-encoding", "user-agent"})
_VARIABLES = {"x-auth-token": "X-Auth-Token: $B2B_ACCESS_TOKEN", "x-store-hash": "X-Store-Hash: $B2B_STORE_HASH"}


class RequestQuery(Page):
    """
    Which requests to list, newest first.

    Attributes:
        q: Text to look for in path, query, bodies and reason, in either case.
        method: Its method.
        verdict: How it came out.
        operation: The operation it calls, by operationId.
        full: Whether each is told with its headers and bodies.
    """

    q: str = ""
    method: str = ""
    verdict: Verdict | UnsetType = UNSET
    operation: str = ""
    full: bool = False

    def matching(self, record: RequestLog) -> list[LoggedRequest]:
        """
        Return all the requests on *record* that are wanted, newest first, whatever page of them.
        """
        return [seen for seen in record.newest_first() if self._wants(seen)]

    def _wants(self, seen: LoggedRequest) -> bool:
        return (
            self.method.upper() in ("", seen.method)
            and self.verdict in (UNSET, seen.verdict)
            and self.operation in ("", seen.operation)
            and (not self.q or seen.holds(self.q))
        )


async def list_requests(controls: Controls, request: Request) -> Any:
    """
    List the requests that the query asks for.
    """
    query = read_query(request, RequestQuery)
    _check_operation(query.operation, controls)
    matching = query.matching(controls.record)
    page = matching[query.offset : query.offset + query.limit]
    told = [_in_full(seen, request) if query.full else in_short(seen) for seen in page]
    return success(told, Dialect(), pagination=query.pagination(len(matching)))


async def tell_request(controls: Controls, request: Request) -> Any:
    """
    Tell one request with its answer, all that is kept of it.
    """
    return _in_full(find(controls.record, request.path_params["number"]), request)


async def forget_requests(controls: Controls, _: Request) -> Any:
    """
    Forget every request seen.
    """
    controls.record.clear()
    return []


def find(record: RequestLog, number: str) -> LoggedRequest:
    """
    Return the request on *record* with this number.

    Raises:
        NotThere: When there is none.
    """
    seen = record.get(int(number)) if number.isascii() and number.isdigit() and len(number) <= _LONGEST else None
    if seen is None:
        raise NotThere(f"There is no request {number!r} on record; it keeps the last ones alone, now {len(record)}.")
    return seen


def in_short(seen: LoggedRequest) -> dict[str, Any]:
    """
    Return what a list says of a request.
    """
    return {
        "number": seen.number,
        "receivedAt": seen.received_at,
        "method": seen.method,
        "path": seen.path,
        "query": seen.query,
        "operation": seen.operation,
        "verdict": seen.verdict,
        "status": seen.status,
        "milliseconds": None if seen.seconds is None else round(seen.seconds * 1000, 3),
        "fault": seen.fault,
        "reason": seen.reason,
        "violations": seen.violations,
    }


def in_full(seen: LoggedRequest, curl_command: str) -> dict[str, Any]:
    """
    Return all there is to say of a request.
    """
    return in_short(seen) | {
        "headers": shown_headers(seen.headers),
        "body": _body(seen.body, len(seen.body) == seen.body_size, seen.body_size),
        "answerHeaders": shown_headers(seen.answer_headers),
        "answer": _body(seen.plain_answer, len(seen.answer) == seen.answer_size, seen.answer_size),
        "curl": curl_command,
    }


def curl(seen: LoggedRequest, base_url: str) -> str:
    """
    Return the command that sends the request again, with the credentials taken from the environment.

    Args:
        seen: The request.
        base_url: Where the mock is, such as `http://127.0.0.1:8000/`.
    """
    query = f"?{seen.query}" if seen.query else ""
    address = base_url.rstrip("/") + seen.path + query
    lines = [" ".join(["curl", *_method(seen), *_as_it_stands(address), quote(address)])]
    missing = seen.body_size - len(seen.body)
    for name, value in shown_headers(seen.headers).items():
        if name in _VARIABLES:
            lines.append(f'-H "{_VARIABLES[name]}"')
        elif name not in _CURLS_OWN | CREDENTIALS:
            lines.append(f"-H {quote(f'{name}: {value}')}")
    if seen.body:
        lines.append(f"--data-raw {quote(seen.body.decode('utf-8', 'replace'))}")
    command = " \\\n  ".join(lines)
    return f"# the last {missing} bytes of its body are not on record\n{command}" if missing else command


def _check_operation(operation: str, controls: Controls) -> None:
    # A test that counts the requests of an operation that there is none of would count to nothing for ever.
    operations = [one.id for one in controls.mock.contract.operations]
    if operation not in ("", *operations):
        raise WrongInput(f"there is no operation {operation!r}; there are {', '.join(operations)}")


def _in_full(seen: LoggedRequest, request: Request) -> dict[str, Any]:
    return in_full(seen, curl(seen, str(request.base_url)))


def _method(seen: LoggedRequest) -> list[str]:
    if seen.method == "HEAD":
        return ["-I"]  # with -X HEAD it waits for a body, which never comes
    return [] if seen.method == "GET" and not seen.body else ["-X", quote(seen.method)]


def _as_it_stands(address: str) -> list[str]:
    # Else curl takes brackets and braces for several addresses, and leads dots out of a path.
    path = address.partition("?")[0]
    globbed, dotted = re.search(r"[][{}]", address), re.search(r"/(\.|%2[Ee]){1,2}(/|$)", path)
    return [*(["-g"] if globbed else []), *(["--path-as-is"] if dotted else [])]


def _body(kept: bytes, whole: bool, size: int) -> dict[str, Any]:  # noqa: FBT001 - both bodies are told alike
    return {"text": kept.decode("utf-8", "replace"), "size": size, "whole": whole}
