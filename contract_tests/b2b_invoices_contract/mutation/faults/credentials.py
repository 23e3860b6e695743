"""
Servers that accept the wrong credentials, mix up stores, or return secrets.
"""

from collections.abc import Callable
from typing import Any

from b2b_invoices_contract.mutation.fault import Act, responses
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Service

from .table import CREATE, DELETE, LIST, READ, on, table

_BOTH, _ISOLATED, _FIRST = "both-credentials-required", "stores-are-isolated", "authentication-comes-first"
_HEADERS = ("X-Auth-Token", "X-Store-Hash")
_DENIED = (401, 403)


def _lets_in(store_of: Callable[[Request, Service], str | None]) -> Act:
    """Let a caller with wrong credentials into the store that *store_of* returns."""

    def act(request: Request, service: Service) -> Response:
        is_right = service.stores.get(request.store) == request.token
        store = None if is_right else store_of(request, service)
        return service.send(request if store is None else service.let_in(request, store))

    return act


def _similar(header: str, is_similar: Callable[[str, str], bool]) -> Act:
    """Accept a credential that is similar to the right one."""

    def store_of(request: Request, service: Service) -> str | None:
        store = service.store_without(header, request)
        right = "" if store is None else service.let_in(request, store).headers[header]
        return store if is_similar(request.headers.get(header, ""), right) else None

    return _lets_in(store_of)


def _foreign(operation: str) -> Act:
    def store_of(request: Request, service: Service) -> str | None:
        is_meant = request.operation == operation and request.token in service.stores.values()
        return service.store_without("X-Auth-Token", request) if is_meant else None

    return _lets_in(store_of)


def _of_token(request: Request, service: Service) -> str | None:
    return service.store_without("X-Store-Hash", request) if request.store in service.stores else None


def _swapped(request: Request, service: Service) -> str | None:
    return request.token if service.stores.get(request.token) == request.store else None


def _first_store(request: Request, service: Service) -> str | None:
    return None if request.store or request.token else next(iter(service.stores))


def _remembered(request: Request, service: Service) -> Response:
    right, notes = service.stores.get(request.store), service.memory.notes
    if right and request.token == right:
        notes["right before"] = request.store
    elif right and "X-Auth-Token" not in request.headers and notes.pop("right before", "") == request.store:
        return service.send(service.let_in(request))
    return service.send(request)


_SIMILAR: dict[str, Callable[[str, str], bool]] = {
    "is the start of the right one": lambda sent, right: sent != "" and right.startswith(sent),
    "starts with the right one": lambda sent, right: right != "" and sent.startswith(right),
    "differs in case": lambda sent, right: sent.casefold() == right.casefold(),
    "has the right length": lambda sent, right: len(sent) == len(right),
    "has the right characters": lambda sent, right: sorted(sent) == sorted(right),
}
ACCEPTED = (
    *table(
        _BOTH,
        *(
            (f"A value of {header} that {what} is accepted.", _similar(header, is_similar))
            for header in _HEADERS
            for what, is_similar in _SIMILAR.items()
        ),
        ("Swapped credentials are accepted.", _lets_in(_swapped)),
        ("A request after an authenticated one needs no token.", _remembered),
    ),
    *table((_BOTH, _FIRST), ("A request without credentials is accepted.", _lets_in(_first_store))),
    *table(
        _ISOLATED,
        *((f"The token of another store is accepted by {it}.", _foreign(it)) for it in (CREATE, READ, LIST, DELETE)),
        ("A token opens its own store despite the hash.", _lets_in(_of_token)),
    ),
)


def _elsewhere(request: Request, _: Response, service: Service) -> Response:
    return service.send(service.other_store(request))


def _list_both(request: Request, response: Response, service: Service) -> Response:
    return response.update(data=response.data + _elsewhere(request, response, service).data)


def _search_both(request: Request, response: Response, service: Service) -> Response | None:
    return _list_both(request, response, service) if request.asked("q") else None


def _count_both(request: Request, response: Response, service: Service) -> Response:
    meta, other = response.json["meta"], _elsewhere(request, response, service).json["meta"]
    meta["pagination"]["totalCount"] += other["pagination"]["totalCount"]
    return response.update(meta=meta)


def _forbid_known(request: Request, _: Response, service: Service) -> Response | None:
    is_known = request.invoice_id in service.memory.elsewhere(request.store)
    return Response.error(403, "Invalid token", "Forbidden") if is_known else None


STORES = (
    *table(
        _ISOLATED,
        ("Invoices of another store can be read.", on(READ, 404, _elsewhere)),
        ("Invoices of another store can be deleted.", on(DELETE, 404, _elsewhere)),
        ("A list includes the invoices of all stores.", on(LIST, 200, _list_both)),
        ("A search finds the invoices of all stores.", on(LIST, 200, _search_both)),
        ("An id of another store is 403.", on("", 404, _forbid_known)),
        ("The token of another store is 401.", on("", 403, lambda *_: Response.error(401, "Invalid access token"))),
    ),
    *table(
        ("list-total-count", _ISOLATED, "list-paging"),
        ("The total counts the invoices of all stores.", on(LIST, 200, _count_both)),
    ),
)


def _forbid_wrong(request: Request, _: Response, __: Service) -> Response | None:
    return Response.error(403, "Invalid token", "Forbidden") if request.token else None


def _require(request: Request, _: Response, __: Service) -> Response | None:
    return None if request.token else Response.error(400, "X-Auth-Token is required.")


def _login(*_: Any) -> Response:
    response = Response.of(302, b"", "text/html")
    response.headers["Location"] = "/login"
    return response


def _first(operation: str, is_meant: Callable[[Request], Any] = lambda _: True) -> Act:
    """Validate the rest of a request before its credentials."""

    def validated(request: Request, response: Response, service: Service) -> Response:
        if not is_meant(request):
            return response
        learnt = service.send(service.let_in(request, next(iter(service.stores))))
        return response if learnt.is_success else learnt

    return on(operation, _DENIED, validated)


def _is_not_json(request: Request) -> bool:
    return "json" not in request.headers.get("Content-Type", "")


def _do(request: Request, _: Response, service: Service) -> None:
    if request.store in service.stores:
        service.send(service.let_in(request))


REJECTED = (
    *table(_BOTH, ("A wrong token is 403.", on("", 401, _forbid_wrong))),
    *table((_BOTH, _FIRST), ("A missing token is 400.", on("", 401, _require))),
    *table((_BOTH, "responses-match-the-contract"), ("A 401 is a redirect to a login page.", on("", 401, _login))),
    *table(
        _FIRST,
        ("A body is validated before the credentials.", _first(CREATE, lambda it: it.draft)),
        ("JSON is parsed before the credentials.", _first(CREATE, lambda it: not it.json)),
        ("The media type is checked before the credentials.", _first(CREATE, _is_not_json)),
        ("A query is validated before the credentials.", _first(LIST)),
        ("An id is looked up before the credentials.", _first(READ)),
        ("A deleted id is looked up before the credentials.", _first(DELETE)),
    ),
    *table(
        (_BOTH, _ISOLATED),
        ("A create with wrong credentials is stored.", on(CREATE, _DENIED, _do)),
        ("A delete with wrong credentials happens.", on(DELETE, _DENIED, _do)),
    ),
)


def _echo_token(request: Request, response: Response, _: Service) -> Response | None:
    errmsg = {"errMsg": f"Invalid access token {request.token}"}
    return response.update(data=errmsg) if request.token and response.body else None


def _echo_headers(request: Request, response: Response, _: Service) -> Response | None:
    return response.update(request=dict(request.headers)) if isinstance(response.json, dict) else None  # not for HEAD


def _show_token(request: Request, response: Response, service: Service) -> Response | None:
    right = service.stores.get(request.store)
    return Response.error(response.status, f"expected {right}") if right else None


def _header(name: str, value: str) -> Act:
    return responses(
        lambda it, request: it.headers.update({name: value.format(request.token)} if request.token else {})
    )


SECRETS = table(
    ("no-secrets-in-responses", _BOTH),
    ("An error repeats the wrong token.", on("", _DENIED, _echo_token)),
    ("A header repeats the token.", _header("X-Debug-Token", "{}")),
    ("A cookie repeats the token.", _header("Set-Cookie", "session={}; Path=/")),
    ("A rejected request repeats its headers.", on("", (400, 422), _echo_headers)),
    ("An error contains the right token.", on("", _DENIED, _show_token)),
)
