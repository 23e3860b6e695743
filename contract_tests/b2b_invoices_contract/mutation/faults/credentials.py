"""
Servers that accept the wrong credentials, mix up stores, or return secrets.
"""

from collections.abc import Callable
from typing import Any

from b2b_invoices_contract.mutation.fault import Act, responses
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Service
from b2b_invoices_spec import load_contract

from .table import on, table

_BOTH, _ISOLATED, _FIRST = "both-credentials-required", "stores-are-isolated", "authentication-comes-first"
_CREATE, _READ, _LIST, _DELETE = "createInvoice", "getInvoice", "listInvoices", "deleteInvoice"
_DENIED = (401, 403)


def _lets_in(store_of: Callable[[Request, Service], str | None]) -> Act:
    """Let a caller with wrong credentials into the store that *store_of* returns."""

    def act(request: Request, service: Service) -> Response:
        if service.stores.get(request.store) == request.token:
            return service.send(request)
        store = store_of(request, service)
        return service.send(request if store is None else service.let_in(request, store))

    return act


def _token(is_accepted: Callable[[str, str], bool]) -> Act:
    """Accept a token by the right one of its store."""
    return _lets_in(
        lambda it, service: (
            it.store if it.store in service.stores and is_accepted(it.token, service.stores[it.store]) else None
        )
    )


def _hash(is_accepted: Callable[[str, str], bool]) -> Act:
    """Accept a store hash by the right one of its token."""

    def store_of(request: Request, service: Service) -> str | None:
        right = service.store_without("X-Store-Hash", request)
        return right if right and is_accepted(request.store, right) else None

    return _lets_in(store_of)


def _foreign(operation: str) -> Act:
    def store_of(request: Request, service: Service) -> str | None:
        is_meant = request.operation == operation and request.token in service.stores.values()
        return request.store if is_meant and request.store in service.stores else None

    return _lets_in(store_of)


def _of_token(request: Request, service: Service) -> str | None:
    return service.store_without("X-Store-Hash", request) if request.store in service.stores else None


def _swapped(request: Request, service: Service) -> str | None:
    return request.token if service.stores.get(request.token) == request.store else None


def _first_store(request: Request, service: Service) -> str | None:
    return next(iter(service.stores)) if not request.store and not request.token else None


def _remembered(request: Request, service: Service) -> Response:
    right, notes = service.stores.get(request.store), service.memory.notes
    if right and request.token == right:
        notes["right before"] = request.store
    elif right and "X-Auth-Token" not in request.headers and notes.pop("right before", "") == request.store:
        return service.send(service.let_in(request))
    return service.send(request)


LET_IN = (
    *table(
        _BOTH,
        ("The start of a token is accepted.", _token(lambda token, right: token != "" and right.startswith(token))),
        ("A token with more characters is accepted.", _token(lambda token, right: token.startswith(right))),
        ("Tokens are compared without case.", _token(lambda token, right: token.casefold() == right.casefold())),
        ("Tokens are compared by length.", _token(lambda token, right: len(token) == len(right))),
        ("Tokens are compared in any order.", _token(lambda token, right: sorted(token) == sorted(right))),
        ("Store hashes are compared without case.", _hash(lambda store, right: store.casefold() == right.casefold())),
        ("The start of a store hash is accepted.", _hash(lambda store, right: store != "" and right.startswith(store))),
        ("A store hash with more characters is accepted.", _hash(lambda store, right: store.startswith(right))),
        ("Swapped credentials are accepted.", _lets_in(_swapped)),
        ("A request after an authenticated one needs no token.", _remembered),
    ),
    *table((_BOTH, _FIRST), ("A request without credentials is accepted.", _lets_in(_first_store))),
    *table(
        _ISOLATED,
        *(
            (f"The token of another store is accepted by {operation.id}.", _foreign(operation.id))
            for operation in load_contract().operations
        ),
        ("A token opens its own store despite the hash.", _lets_in(_of_token)),
    ),
)


def _reach_over(request: Request, _: Response, service: Service) -> Response:
    return service.send(service.other_store(request))


def _list_both(request: Request, response: Response, service: Service) -> Response:
    return response.update(data=response.data + service.send(service.other_store(request)).data)


def _search_both(request: Request, response: Response, service: Service) -> Response | None:
    return _list_both(request, response, service) if request.asked("q") else None


def _count_both(request: Request, response: Response, service: Service) -> Response:
    meta, other = response.json["meta"], service.send(service.other_store(request)).json["meta"]
    meta["pagination"]["totalCount"] += other["pagination"]["totalCount"]
    return response.update(meta=meta)


def _known_elsewhere(request: Request, _: Response, service: Service) -> Response | None:
    is_known = request.invoice_id in service.memory.elsewhere(request.store)
    return Response.error(403, "Invalid token", "Forbidden") if is_known else None


STORES = (
    *table(
        _ISOLATED,
        ("Invoices of another store can be read.", on(_READ, 404, _reach_over)),
        ("Invoices of another store can be deleted.", on(_DELETE, 404, _reach_over)),
        ("A list includes the invoices of all stores.", on(_LIST, 200, _list_both)),
        ("A search finds the invoices of all stores.", on(_LIST, 200, _search_both)),
        ("An id of another store is 403.", on("", 404, _known_elsewhere)),
        ("The token of another store is 401.", on("", 403, lambda *_: Response.error(401, "Invalid access token"))),
    ),
    *table(
        ("list-total-count", _ISOLATED, "list-paging"),
        ("The total counts the invoices of all stores.", on(_LIST, 200, _count_both)),
    ),
)


def _wrong_token(request: Request, _: Response, __: Service) -> Response | None:
    return Response.error(403, "Invalid token", "Forbidden") if request.token else None


def _no_token(request: Request, _: Response, __: Service) -> Response | None:
    return None if request.token else Response.error(400, "X-Auth-Token is required.")


def _login(*_: Any) -> Response:
    response = Response.of(302, b"", "text/html")
    response.headers["Location"] = "/login"
    return response


def _before(operation: str, is_meant: Callable[[Request], Any] = lambda _: True) -> Act:
    """Validate the rest of a request before its credentials."""

    def validated(request: Request, _: Response, service: Service) -> Response | None:
        if not is_meant(request):
            return None
        learnt = service.send(service.let_in(request, next(iter(service.stores))))
        return None if learnt.is_success else learnt

    return on(operation, _DENIED, validated)


def _is_not_json(request: Request) -> bool:
    return "json" not in request.headers.get("Content-Type", "")


def _happens(request: Request, _: Response, service: Service) -> None:
    if request.store in service.stores:
        service.send(service.let_in(request))


DENIED = (
    *table(_BOTH, ("A wrong token is 403.", on("", 401, _wrong_token))),
    *table((_BOTH, _FIRST), ("A missing token is 400.", on("", 401, _no_token))),
    *table((_BOTH, "responses-match-the-contract"), ("A 401 is a redirect to a login page.", on("", 401, _login))),
    *table(
        _FIRST,
        ("A body is validated before the credentials.", _before(_CREATE, lambda it: it.draft)),
        ("JSON is parsed before the credentials.", _before(_CREATE, lambda it: not it.json)),
        ("The media type is checked before the credentials.", _before(_CREATE, _is_not_json)),
        ("A query is validated before the credentials.", _before(_LIST)),
        ("An id is looked up before the credentials.", _before(_READ)),
        ("A deleted id is looked up before the credentials.", _before(_DELETE)),
    ),
    *table(
        (_BOTH, _ISOLATED),
        ("A create with wrong credentials is stored.", on(_CREATE, _DENIED, _happens)),
        ("A delete with wrong credentials happens.", on(_DELETE, _DENIED, _happens)),
    ),
)


def _echo_token(request: Request, response: Response, _: Service) -> Response | None:
    errmsg = {"errMsg": f"Invalid access token {request.token}"}
    return response.update(data=errmsg) if request.token and response.body else None


def _echo_headers(request: Request, response: Response, _: Service) -> Response | None:
    return response.update(request=dict(request.headers)) if isinstance(response.json, dict) else None  # not for HEAD


def _right_token(request: Request, response: Response, service: Service) -> Response | None:
    right = service.stores.get(request.store)
    return Response.error(response.status, f"expected {right}") if right else None


def _header(name: str, value: str) -> Act:
    def change(response: Response, request: Request) -> None:
        if request.token:
            response.headers[name] = value.format(request.token)

    return responses(change)


SECRETS = table(
    ("no-secrets-in-responses", _BOTH),
    ("An error repeats the wrong token.", on("", _DENIED, _echo_token)),
    ("A header repeats the token.", _header("X-Debug-Token", "{}")),
    ("A cookie repeats the token.", _header("Set-Cookie", "session={}; Path=/")),
    ("A rejected request repeats its headers.", on("", (400, 422), _echo_headers)),
    ("An error contains the right token.", on("", _DENIED, _right_token)),
)
