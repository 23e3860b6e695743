"""
Control API for the request log.
"""

from typing import Any

from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from b2b_invoices_mock.api.errors import InvalidInput, NotFound
from b2b_invoices_mock.api.requests import read_id
from b2b_invoices_mock.request_log import LoggedRequest, RequestLog, Verdict, shown_headers

from .controls import Controls
from .curl import curl_command
from .endpoint import data_response
from .input import PageQuery, read_query


class RequestQuery(PageQuery):
    """
    Query for logged requests, newest first.

    Attributes:
        q: Text in the path, query, bodies or reason, in either case.
        method: The HTTP method, in either case.
        verdict: The outcome.
        operation: The operationId.
        full: Whether to return headers and bodies too.
    """

    q: str = ""
    method: str = ""
    verdict: Verdict | UnsetType = UNSET
    operation: str = ""
    full: bool = False

    def matching(self, log: RequestLog) -> list[LoggedRequest]:
        """
        Return every matching request of *log*, newest first, on all pages.
        """
        return [logged for logged in log.newest_first() if self._matches(logged)]

    def _matches(self, logged: LoggedRequest) -> bool:
        return (
            self.method.upper() in ("", logged.method)
            and self.verdict in (UNSET, logged.verdict)
            and self.operation in ("", logged.operation)
            and (not self.q or logged.holds(self.q))
        )


async def list_requests(controls: Controls, request: Request) -> Response:
    query = read_query(request, RequestQuery)
    _check_operation(query.operation, controls)
    matching = query.matching(controls.request_log)
    page = matching[query.offset : query.offset + query.limit]
    shown = [_details(logged, request) if query.full else _summary(logged) for logged in page]
    return data_response(shown, pagination=query.pagination(len(matching)))


async def get_request(controls: Controls, request: Request) -> Response:
    logged = find_request(controls.request_log, request.path_params["number"])
    return data_response(_details(logged, request))


async def clear_requests(controls: Controls, _: Request) -> Response:
    controls.request_log.clear()
    return data_response([])


def find_request(log: RequestLog, number: str) -> LoggedRequest:
    """
    Return the request of *log* with this number.

    Raises:
        NotFound: If there is none.
    """
    logged = log.get(read_id(number) or 0)
    if logged is None:
        raise NotFound(f"Unknown request {number!r}: the request log has the latest {len(log)} requests.")
    return logged


def _summary(logged: LoggedRequest) -> dict[str, Any]:
    return {
        "number": logged.number,
        "receivedAt": logged.received_at,
        "method": logged.method,
        "path": logged.path,
        "query": logged.query,
        "operation": logged.operation,
        "verdict": logged.verdict,
        "status": logged.status,
        "milliseconds": None if logged.seconds is None else round(logged.seconds * 1000, 3),
        "fault": logged.fault,
        "reason": logged.reason,
        "violations": logged.violations,
    }


def _details(logged: LoggedRequest, request: Request) -> dict[str, Any]:
    return _summary(logged) | {
        "headers": shown_headers(logged.headers),
        "body": _body(logged.body, len(logged.body), logged.body_size),
        "answerHeaders": shown_headers(logged.response_headers),
        "answer": _body(logged.plain_response_body, len(logged.response_body), logged.response_size),
        "curl": curl_command(logged, str(request.base_url)),
    }


def _check_operation(operation: str, controls: Controls) -> None:
    # With a misspelt operation, a test that counts requests would always find none.
    operations = [known.id for known in controls.mock.contract.operations]
    if operation not in ("", *operations):
        raise InvalidInput(f"Unknown operation {operation!r}: expected one of {', '.join(operations)}.")


def _body(text: bytes, kept: int, size: int) -> dict[str, Any]:
    return {"text": text.decode("utf-8", "replace"), "size": size, "whole": kept == size}
