"""
Servers, gateways and proxies that break HTTP: statuses, methods, headers, media types, incomplete bodies.
"""

from collections.abc import Callable
from typing import Any

import attrs

from b2b_invoices_contract.mutation.fault import Act, responses
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Service
from b2b_invoices_spec import load_contract

from .table import CREATE, DELETE, LIST, on, sending, table

_SHAPE, _SUCCESS, _JSON = "responses-match-the-contract", "success-is-200", "responses-are-json"
_METHODS, _REASON, _COMPLETE = "unsupported-method-is-405", "errors-have-a-reason", "every-request-gets-a-response"
_GONE, _VALID = "deleted-invoice-is-gone", "valid-requests-accepted"
_ERRORS = tuple(range(400, 600))
_HTML = b"<!DOCTYPE html><html><body><h1>Error</h1></body></html>"


def _set(**values: Any) -> Callable[[Request, Response, Service], Response]:
    return lambda _, response, __: attrs.evolve(response, **values)


def _body(change: Callable[[bytes], bytes]) -> Act:
    return responses(lambda response, _: setattr(response, "body", change(response.body)))


def _header(name: str, value: str | None, *statuses: int) -> Act:
    def change(response: Response, _: Request) -> None:
        if not statuses or response.status in statuses:
            response.headers.pop(name, None)
            response.headers.update({} if value is None else {name: value})

    return responses(change)


def _type(media_type: str | None, *statuses: int) -> Act:
    return _header("Content-Type", media_type, *statuses)


def _page(*statuses: int) -> Act:
    def change(response: Response, _: Request) -> None:
        if response.status in statuses:
            response.body, response.headers["Content-Type"] = _HTML, "text/html"

    return responses(change)


def _seventh_page(_: Request, __: Response, service: Service) -> Response | None:
    is_meant = service.memory.count("responses") % 7 == 0
    return Response.of(200, _HTML, "text/html") if is_meant else None


def _cut_long(response: Response, request: Request) -> None:
    if request.operation == LIST and len(response.body) > 5_000:
        response.cut = 5_000


STATUSES = (
    *table(
        (_SUCCESS, _SHAPE, _GONE),
        *(
            (f"The success status of {operation.id} is {status}.", on(operation.id, 200, _set(status=status)))
            for operation in load_contract().operations
            for status in (201, 202, 206)
        ),
        ("A delete returns 204 without a body.", on(DELETE, 200, _set(status=204, body=b""))),
    ),
    *table(
        ("unknown-id-is-404", _SHAPE, "code-equals-status", _GONE),
        ("A 404 has the status 200.", on("", 404, _set(status=200))),
    ),
)
BODIES = (
    *table(
        (_SHAPE, _JSON),
        ("Responses are text.", _type("text/plain; charset=utf-8")),
        ("Responses are called HTML.", _type("text/html")),
        ("Responses are vendor JSON.", _type("application/vnd.api+json")),
        ("Errors are text.", _type("text/plain", *_ERRORS)),
        ("Responses have no media type.", _type(None)),
        ("A 404 is a page.", _page(404)),
        ("A 401 or 403 is a page.", _page(401, 403)),
        ("A 405 is a page.", _page(405)),
        ("Errors have no body.", responses(lambda it, _: None if it.is_success else setattr(it, "body", b""))),
        ("Responses start with a byte order mark.", _body(lambda it: b"\xef\xbb\xbf" + it)),
        ("Responses are in Latin-1.", _body(lambda it: it.decode("utf-8", "replace").encode("latin-1", "replace"))),
        ("Responses lack their last byte.", _body(lambda it: it[:-1])),
        ("Responses end after 4096 bytes.", _body(lambda it: it[:4096])),
        ("Responses are sent twice.", _body(lambda it: it * 2)),
        ("Responses have a prefix.", _body(lambda it: b")]}',\n" + it)),
        ("Null is NaN.", _body(lambda it: it.replace(b":null", b":NaN"))),
    ),
    *table((_SHAPE, _JSON, "violations-are-listed"), ("A 400 or 422 is a page.", _page(400, 422))),
    *table((_SHAPE, _JSON, _VALID), ("Every seventh response is a page.", on("", tuple(range(600)), _seventh_page))),
    *table(
        (_COMPLETE, _SHAPE, "no-server-errors", "list-paging"),
        ("The response to a create is cut.", on(CREATE, 200, _set(cut=10))),
        ("The response to a delete is lost.", on(DELETE, 200, _set(cut=0))),
        ("Lists of more than 5 kB are cut.", responses(_cut_long)),
    ),
)
_RATES = {
    "X-Requests-Allocated": "150 times/60 s",
    "X-Requests-Window-Length": "0 times",
    "X-Requests-Remaining": "150 times",
    "X-Request-Window-Resets-After": "0.5 s",
}


def _rates(**values: str) -> Act:
    headers = _RATES | {name.replace("_", "-"): value for name, value in values.items()}
    return responses(lambda response, _: response.headers.update(headers))


RATES = table(
    ("rate-limit-headers", _SHAPE),
    ("Rate limits have no units.", _rates(X_Requests_Remaining="150", X_Requests_Allocated="150")),
    ("The reset time is in milliseconds.", _rates(X_Request_Window_Resets_After="500 ms")),
    ("The reset time has no unit.", _rates(X_Request_Window_Resets_After="0.5")),
    ("The reset time is a date.", _rates(X_Request_Window_Resets_After="Sun, 22 Nov 2026 12:00:00 GMT")),
    ("The remaining requests are negative.", _rates(X_Requests_Remaining="-1 times")),
    ("More requests remain than were allocated.", _rates(X_Requests_Remaining="151 times")),
    ("Only one rate limit header is sent.", _header("X-Requests-Remaining", "150 times")),
)


def _allow(change: Callable[[list[str]], list[str]]) -> Act:
    def changed(_: Request, response: Response, __: Service) -> None:
        response.headers["Allow"] = ", ".join(change(response.headers["Allow"].split(", ")))

    return on("", 405, changed)


def _is(status: int) -> Act:
    return on("", 405, lambda _, response, __: attrs.evolve(response.update(code=status), status=status))


def _as(method: str, other: str, path: str) -> Act:
    """Read *method* as another one on paths that start with *path*, or on the list."""

    def change(request: Request, _: Service) -> Request | None:
        is_meant = request.method == method and request.path.startswith("/invoices/") == (path == "invoice")
        return attrs.evolve(request, method=other) if is_meant else None

    return sending(change)


def _override(request: Request, _: Service) -> Request | None:
    method = request.headers.get("X-HTTP-Method-Override")
    return request.to(method, request.path) if method else None


def _head(request: Request, service: Service) -> Response:
    if request.method != "HEAD":
        return service.send(request)
    response = Response.error(405, 'Method "HEAD" not allowed.', "Method Not Allowed")
    response.headers["Allow"] = "GET, POST"
    return response


def _no_head(response: Response, request: Request) -> None:
    response.status = 404 if request.method == "HEAD" else response.status


METHODS = (
    *table(
        (_METHODS, _SHAPE),
        ("A 405 has no Allow header.", _header("Allow", None, 405)),
        ("The Allow header is empty.", _header("Allow", "", 405)),
        ("The Allow header lacks POST.", _allow(lambda it: [method for method in it if method != "POST"])),
        ("The Allow header lacks DELETE.", _allow(lambda it: [method for method in it if method != "DELETE"])),
        ("The Allow header has every method.", _allow(lambda _: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])),
        ("An unsupported method is 404.", _is(404)),
        ("An unsupported method is 400.", _is(400)),
        ("An unsupported method is 501.", _is(501)),
        ("HEAD is 405.", _head),
        ("HEAD is 404.", responses(_no_head)),
    ),
    *table(
        _METHODS,
        ("PUT on the list lists.", "PUT", "GET", "list"),
        ("PUT on the list creates.", "PUT", "POST", "list"),
        ("PATCH on the list lists.", "PATCH", "GET", "list"),
        ("PATCH on an invoice reads.", "PATCH", "GET", "invoice"),
        ("POST on an invoice reads.", "POST", "GET", "invoice"),
        ("DELETE on the list lists.", "DELETE", "GET", "list"),
        of=_as,
    ),
    *table((_METHODS, "reads-change-nothing"), ("A header overrides the method.", sending(_override))),
)


def _redirect(request: Request, _: Response, service: Service) -> Response | None:
    if not service.memory.drafts:  # a run lists an empty store to find out whether the server is up
        return None
    response = Response.of(301, b"", "text/html")
    response.headers["Location"] = f"{request.path}/?{request.query}"
    return response


def _unknown_path(make: Callable[[Request, Service], Response]) -> Act:
    def act(request: Request, service: Service) -> Response:
        is_known = request.path == "/invoices" or request.path.startswith("/invoices/")
        return service.send(request) if is_known else make(request, service)

    return act


PATHS = (
    *table((_SHAPE, _VALID), ("Lists are redirected to a path that ends with a slash.", on(LIST, 200, _redirect))),
    *table(
        "unknown-path-is-404",
        ("An unknown path lists.", lambda request, service: service.send(request.to("GET", "/invoices"))),
        ("An unknown path is 200.", lambda *_: Response.success(None)),
        ("An unknown path is 500.", lambda *_: Response.server_error()),
        ("An unknown path is 401.", lambda *_: Response.error(401, "Invalid access token")),
        of=_unknown_path,
    ),
)


def _envelope(**values: Any) -> Act:
    return responses(lambda response, _: None if response.reason is None else response.update(**values))


REASONS = (
    *table((_REASON, "violations-are-listed"), ("Errors have an empty reason.", _envelope(data={"errMsg": ""}))),
    *table(
        _REASON,
        ("Errors have an empty category.", _envelope(meta={"message": ""})),
        ("Errors have the category Success.", _envelope(meta={"message": "Success"})),
    ),
)
