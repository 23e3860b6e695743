"""
Services, gateways and proxies that break HTTP: methods, headers, media types, bodies that do not arrive whole.
"""

from collections.abc import Callable

from b2b_invoices_contract.mutation.fault import Fault, fault, responses
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Service

_FIT = "responses-match-the-contract"
_METHODS = "unsupported-method-is-405"
_HTML = b"<!DOCTYPE html><html><body><h1>Error</h1></body></html>"


def _answers(
    name: str, change: Callable[[Response, Request], None], *, says: str, breaks: str | tuple[str, ...] = _FIT
) -> Fault:
    return fault(name, breaks=breaks, says=says)(responses(change))


def _status(operation: str, status: int) -> Callable[[Response, Request], None]:
    def change(response: Response, request: Request) -> None:
        if request.operation == operation and response.is_success:
            response.status = status

    return change


def _media_type(media_type: str, *, errors_only: bool = False) -> Callable[[Response, Request], None]:
    def change(response: Response, _: Request) -> None:
        if not (errors_only and response.is_success):
            response.headers["Content-Type"] = media_type

    return change


def _without(header: str) -> Callable[[Response, Request], None]:
    def change(response: Response, _: Request) -> None:
        response.headers.pop(header, None)

    return change


def _html(*statuses: int) -> Callable[[Response, Request], None]:
    def change(response: Response, _: Request) -> None:
        if response.status in statuses:
            response.body, response.headers["Content-Type"] = _HTML, "text/html"

    return change


def _emptied(response: Response, request: Request) -> None:
    if request.operation == "deleteInvoice" and response.is_success:
        response.status, response.body = 204, b""


STATUSES = (
    _answers(
        "create-responses-201",
        _status("createInvoice", 201),
        breaks=(_FIT, "success-is-200"),
        says="A create is answered with 201.",
    ),
    _answers(
        "create-responses-202",
        _status("createInvoice", 202),
        breaks=(_FIT, "success-is-200"),
        says="A create is answered with 202.",
    ),
    _answers(
        "delete-responses-202",
        _status("deleteInvoice", 202),
        breaks=(_FIT, "success-is-200"),
        says="A delete is answered with 202.",
    ),
    _answers(
        "list-responses-206",
        _status("listInvoices", 206),
        breaks=(_FIT, "success-is-200"),
        says="A page is answered with 206.",
    ),
    _answers(
        "delete-responses-204",
        _emptied,
        breaks=("success-is-200", _FIT, "deleted-invoice-is-gone"),
        says="A delete is answered with 204 and nothing.",
    ),
    _answers(
        "not-found-is-200",
        lambda response, _: setattr(response, "status", 200 if response.status == 404 else response.status),
        breaks=("unknown-id-is-404", _FIT, "code-equals-status", "deleted-invoice-is-gone"),
        says="What is not found is answered with 200.",
    ),
)

BODIES = (
    _answers(
        "all-as-text",
        _media_type("text/plain; charset=utf-8"),
        breaks=(_FIT, "responses-are-json"),
        says="Answers are sent as text.",
    ),
    _answers(
        "all-as-html",
        _media_type("text/html"),
        breaks=(_FIT, "responses-are-json"),
        says="Answers are sent as HTML, though they are JSON.",
    ),
    _answers(
        "all-as-vendor-json",
        _media_type("application/vnd.api+json"),
        breaks=(_FIT, "responses-are-json"),
        says="Answers are sent as another kind of JSON.",
    ),
    _answers(
        "errors-as-text",
        _media_type("text/plain", errors_only=True),
        breaks=(_FIT, "responses-are-json"),
        says="Errors are sent as text.",
    ),
    _answers(
        "no-media-type",
        _without("Content-Type"),
        breaks=(_FIT, "responses-are-json"),
        says="Answers have no media type.",
    ),
    _answers(
        "html-when-not-found",
        _html(404),
        breaks=(_FIT, "responses-are-json"),
        says="What is not found is answered with a page.",
    ),
    _answers(
        "html-when-unauthorized",
        _html(401, 403),
        breaks=(_FIT, "responses-are-json"),
        says="Whoever is not let in gets a page.",
    ),
    _answers(
        "html-when-invalid",
        _html(400, 422),
        says="A bad request is answered with a page.",
        breaks=("responses-are-json", _FIT, "violations-are-listed"),
    ),
    _answers(
        "html-when-method-is-wrong",
        _html(405),
        breaks=(_FIT, "responses-are-json"),
        says="A wrong method is answered with a page.",
    ),
    _answers(
        "errors-are-empty",
        lambda response, _: setattr(response, "body", response.body if response.is_success else b""),
        breaks=(_FIT, "responses-are-json"),
        says="Errors have no body.",
    ),
    _answers(
        "byte-order-mark",
        lambda response, _: setattr(response, "body", b"\xef\xbb\xbf" + response.body),
        breaks=(_FIT, "responses-are-json"),
        says="Answers begin with a byte order mark.",
    ),
    _answers(
        "body-in-latin-1",
        lambda response, _: setattr(
            response, "body", response.body.decode("utf-8", "replace").encode("latin-1", "replace")
        ),
        breaks=(_FIT, "responses-are-json"),
        says="Answers are written in Latin-1.",
    ),
    _answers(
        "json-cut",
        lambda response, _: setattr(response, "body", response.body[:-1]),
        breaks=(_FIT, "responses-are-json"),
        says="Answers lack their last byte.",
    ),
    _answers(
        "json-cut-when-long",
        lambda response, _: setattr(response, "body", response.body[:4096]),
        breaks=(_FIT, "responses-are-json"),
        says="Answers end after 4,096 bytes.",
    ),
    _answers(
        "json-twice",
        lambda response, _: setattr(response, "body", response.body * 2),
        breaks=(_FIT, "responses-are-json"),
        says="Answers are sent twice over.",
    ),
    _answers(
        "json-with-prefix",
        lambda response, _: setattr(response, "body", b")]}',\n" + response.body),
        breaks=(_FIT, "responses-are-json"),
        says="Answers have something before the JSON, against script inclusion.",
    ),
    _answers(
        "nan-in-json",
        lambda response, _: setattr(response, "body", response.body.replace(b":null", b":NaN")),
        breaks=(_FIT, "responses-are-json"),
        says="Null is written as NaN.",
    ),
)


def _breaks_off(name: str, operation: str, after: int, *, says: str) -> Fault:
    def change(response: Response, request: Request) -> None:
        if request.operation == operation and response.is_success:
            response.cut = after

    return fault(name, breaks=("every-request-gets-a-response", _FIT), says=says)(responses(change))


BROKEN_OFF = (
    _breaks_off(
        "create-response-torn", "createInvoice", 10, says="The connection breaks within the response to a create."
    ),
    _breaks_off(
        "delete-response-lost", "deleteInvoice", 0, says="The connection breaks before the response to a delete."
    ),
)


@fault(
    "large-list-torn",
    breaks=("every-request-gets-a-response", _FIT, "no-server-errors", "list-paging"),
    says="The connection breaks within lists of more than 5 kB.",
)
@responses
def large_list_torn(response: Response, request: Request) -> None:
    if request.operation == "listInvoices" and len(response.body) > 5_000:
        response.cut = 5_000


_UNITS = {
    "X-Requests-Allocated": "150 times/60 s",
    "X-Requests-Window-Length": "0 times",
    "X-Requests-Remaining": "150 times",
    "X-Request-Window-Resets-After": "0.5 s",
}


def _header(name: str, values: dict[str, str], *, says: str) -> Fault:
    return _answers(
        name,
        lambda response, _: response.headers.update(_UNITS | values),
        breaks=("rate-limit-headers", _FIT),
        says=says,
    )


HEADERS = (
    _header(
        "rates-as-bare-numbers",
        {"X-Requests-Remaining": "150", "X-Requests-Allocated": "150"},
        says="The rate limit is told in numbers without units.",
    ),
    _header(
        "reset-in-milliseconds",
        {"X-Request-Window-Resets-After": "500 ms"},
        says="The time until the window resets is told in milliseconds.",
    ),
    _header(
        "reset-without-unit",
        {"X-Request-Window-Resets-After": "0.5"},
        says="The time until the window resets is told without a unit.",
    ),
    _header(
        "reset-as-date",
        {"X-Request-Window-Resets-After": "Sun, 22 Nov 2026 12:00:00 GMT"},
        says="The time until the window resets is told as a date.",
    ),
    _header("remaining-negative", {"X-Requests-Remaining": "-1 times"}, says="Fewer than no requests remain."),
    _header(
        "remaining-above-allocated",
        {"X-Requests-Remaining": "151 times"},
        says="More requests remain than were allocated.",
    ),
)


# --------------------------------------------------------------------------------------------------------- methods


def _methods(name: str, change: Callable[[Response, Request], None], *, says: str) -> Fault:
    def apply(response: Response, request: Request) -> None:
        if response.status == 405:
            change(response, request)

    return _answers(name, apply, breaks=(_METHODS, _FIT), says=says)


METHODS = (
    _methods("no-allow", _without("Allow"), says="A wrong method is refused without Allow."),
    _methods("allow-empty", lambda response, _: response.headers.update({"Allow": ""}), says="Allow is empty."),
    _methods(
        "allow-lacks-post",
        lambda response, _: response.headers.update(
            {"Allow": response.headers["Allow"].replace(", POST", "").replace("POST, ", "")}
        ),
        says="Allow leaves POST out.",
    ),
    _methods(
        "allow-lacks-delete",
        lambda response, _: response.headers.update(
            {"Allow": response.headers["Allow"].replace("DELETE, ", "").replace(", DELETE", "")}
        ),
        says="Allow leaves DELETE out.",
    ),
    _methods(
        "allow-names-too-many",
        lambda response, _: response.headers.update({"Allow": "GET, HEAD, POST, PUT, PATCH, DELETE"}),
        says="Allow names methods that the path does not have.",
    ),
    _methods(
        "wrong-method-is-404", lambda response, _: _become(response, 404), says="A wrong method is answered with 404."
    ),
    _methods(
        "wrong-method-is-400", lambda response, _: _become(response, 400), says="A wrong method is answered with 400."
    ),
    _methods(
        "wrong-method-is-501", lambda response, _: _become(response, 501), says="A wrong method is answered with 501."
    ),
)


def _become(response: Response, status: int) -> None:
    response.status = status
    response.json = response.json | {"code": status}


def _method_taken(name: str, method: str, as_method: str, *, on_invoice: bool, says: str) -> Fault:
    def act(request: Request, service: Service) -> Response:
        if request.method == method and request.path.startswith("/invoices/") == on_invoice:
            return service.send(Request(as_method, request.path, request.query, request.headers, request.body))
        return service.send(request)

    return Fault(name, (_METHODS,), says, act)


TAKEN = (
    _method_taken("put-lists", "PUT", "GET", on_invoice=False, says="PUT on the list is answered like a list."),
    _method_taken("put-creates", "PUT", "POST", on_invoice=False, says="PUT on the list creates."),
    _method_taken("patch-lists", "PATCH", "GET", on_invoice=False, says="PATCH on the list is answered like a list."),
    _method_taken("patch-reads", "PATCH", "GET", on_invoice=True, says="PATCH on an invoice is answered like a read."),
    _method_taken("post-reads", "POST", "GET", on_invoice=True, says="POST on an invoice is answered like a read."),
    _method_taken(
        "delete-lists", "DELETE", "GET", on_invoice=False, says="DELETE on the list is answered like a list."
    ),
)


@fault("method-override-heeded", breaks=(_METHODS, "reads-change-nothing"), says="A header makes a read a delete.")
def method_override_heeded(request: Request, service: Service) -> Response:
    override = request.headers.get("X-HTTP-Method-Override")
    return service.send(request.to(override, request.path)) if override else service.send(request)


@fault("head-not-allowed", breaks=(_METHODS, _FIT), says="HEAD is refused where GET is not.")
def head_not_allowed(request: Request, service: Service) -> Response:
    if request.method != "HEAD":
        return service.send(request)
    response = Response.error(405, 'Method "HEAD" not allowed.', "Method Not Allowed")
    response.headers["Allow"] = "GET, POST"
    return response


@fault("head-finds-nothing", breaks=(_METHODS, _FIT), says="HEAD responses 404 where GET finds something.")
def head_finds_nothing(request: Request, service: Service) -> Response:
    response = service.send(request)
    response.status = 404 if request.method == "HEAD" else response.status
    return response


@fault(
    "slash-at-end-redirects",
    breaks=(_FIT, "valid-requests-accepted"),
    says="Lists are redirected to the path with a slash at its end.",
)
def slash_at_end_redirects(request: Request, service: Service) -> Response:
    # Not while the service is asked whether it is there.
    if request.operation != "listInvoices" or not service.memory.drafts:
        return service.send(request)
    response = Response.of(301, b"", "text/html")
    response.headers["Location"] = f"{request.path}/?{request.query}"
    return response


@fault(
    "created-responses-html-page",
    breaks=("responses-are-json", _FIT, "valid-requests-accepted"),
    says="A gateway responses every seventh request with a page of its own, with 200.",
)
def created_answers_html_page(request: Request, service: Service) -> Response:
    response = service.send(request)
    count = service.memory.notes["count"] = service.memory.notes.get("count", 0) + 1
    if count % 7 == 0:
        response.status, response.body, response.headers["Content-Type"] = 200, _HTML, "text/html"
    return response


def _on_unknown_path(name: str, make: Callable[[Request, Service], Response], *, says: str) -> Fault:
    def act(request: Request, service: Service) -> Response:
        is_known = request.path == "/invoices" or request.path.startswith("/invoices/")
        return service.send(request) if is_known else make(request, service)

    return Fault(name, ("unknown-path-is-404",), says, act)


UNKNOWN_PATHS = (
    _on_unknown_path(
        "unknown-path-lists",
        lambda request, service: service.send(request.to("GET", "/invoices")),
        says="A path that is not there is answered like a list.",
    ),
    _on_unknown_path(
        "unknown-path-is-200",
        lambda _, __: Response.of(200, {"code": 200, "data": None, "meta": {"message": "Success"}}),
        says="A path that is not there is answered with 200 and nothing.",
    ),
    _on_unknown_path(
        "unknown-path-is-500",
        lambda _, __: Response.of(500, {"code": 500, "data": {}, "meta": {"message": "Server Error"}}),
        says="A path that is not there makes it fail.",
    ),
    _on_unknown_path(
        "unknown-path-is-401",
        lambda _, __: Response.error(401, "Invalid access token"),
        says="A path that is not there is answered with 401.",
    ),
)


@fault(
    "refusals-say-nothing",
    breaks=("errors-have-a-reason", "violations-are-listed"),
    says="What a refusal says is empty.",
)
@responses
def refusals_say_nothing(response: Response, _: Request) -> None:
    if response.reason is not None:
        response.json = response.json | {"data": {"errMsg": ""}}


@fault("refusals-have-no-kind", breaks="errors-have-a-reason", says="The kind of a refusal is empty.")
@responses
def refusals_have_no_kind(response: Response, _: Request) -> None:
    if response.reason is not None:
        response.json = response.json | {"meta": {"message": ""}}


@fault("refusals-called-success", breaks="errors-have-a-reason", says="The kind of a refusal is Success.")
@responses
def refusals_called_success(response: Response, _: Request) -> None:
    if response.reason is not None:
        response.json = response.json | {"meta": {"message": "Success"}}


@fault("one-rate-header-alone", breaks="rate-limit-headers", says="Of the four headers of the rate limit, one is sent.")
@responses
def one_rate_header_alone(response: Response, _: Request) -> None:
    response.headers["X-Requests-Remaining"] = "150 times"
