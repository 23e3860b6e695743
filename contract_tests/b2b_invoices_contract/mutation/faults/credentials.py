"""
Services that let in whom they should not, shut out whom they should not, or show what they were given.
"""

from collections.abc import Callable

from b2b_invoices_contract.mutation.fault import Fault, fault, responses
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Service

_BOTH = "both-credentials-required"
_SEPARATE = "stores-are-isolated"
_FIRST = "authentication-comes-first"


def _lets_in(
    name: str, store_of: Callable[[Request, Service], str | None], *, says: str, breaks: str | tuple[str, ...] = _BOTH
) -> Fault:
    """
    Let the caller into the store that *store_of* says, when it would not have been let in.
    """

    def act(request: Request, service: Service) -> Response:
        if service.stores.get(request.store) == request.token:
            return service.send(request)
        store = store_of(request, service)
        return service.send(request if store is None else service.let_in(request, store))

    return Fault(name, (breaks,) if isinstance(breaks, str) else breaks, says, act)


def _known(request: Request, service: Service) -> str | None:
    return request.store if request.store in service.stores else None


def _of_token(request: Request, service: Service) -> str | None:
    return next((store for store, token in service.stores.items() if token == request.token), None)


def _where(is_fine: Callable[[str, str], bool]) -> Callable[[Request, Service], str | None]:
    """
    Say the store whose right token the given one is fine for.
    """

    def store_of(request: Request, service: Service) -> str | None:
        right = service.stores.get(request.store)
        return request.store if right and is_fine(request.token, right) else None

    return store_of


def _first(_: Request, service: Service) -> str:
    return next(iter(service.stores))


def _store_like(change: Callable[[str], str]) -> Callable[[Request, Service], str | None]:
    def store_of(request: Request, service: Service) -> str | None:
        return next(
            (
                it
                for it, token in service.stores.items()
                if change(it) == change(request.store) and token == request.token
            ),
            None,
        )

    return store_of


LET_IN = (
    _lets_in(
        "any-token-will-do",
        lambda it, service: _known(it, service) if it.token else None,
        says="Any token opens a store.",
    ),
    _lets_in(
        "no-token-will-do",
        lambda it, service: _known(it, service) if "X-Auth-Token" not in it.headers else None,
        says="Without a token, the store is open.",
    ),
    _lets_in(
        "empty-token-will-do",
        lambda it, service: _known(it, service) if it.headers.get("X-Auth-Token") == "" else None,
        says="An empty token opens a store.",
    ),
    _lets_in(
        "start-of-token-will-do",
        _where(lambda token, right: bool(token) and right.startswith(token)),
        says="The start of a token opens a store.",
    ),
    _lets_in(
        "more-than-token-will-do",
        _where(lambda token, right: token.startswith(right)),
        says="A token with more behind it opens a store.",
    ),
    _lets_in(
        "token-case-ignored",
        _where(lambda token, right: token.casefold() == right.casefold()),
        says="A token opens a store in capitals too.",
    ),
    _lets_in(
        "token-length-compared",
        _where(lambda token, right: len(token) == len(right)),
        says="Any token of the right length opens a store.",
    ),
    _lets_in(
        "token-letters-compared",
        _where(lambda token, right: sorted(token) == sorted(right)),
        says="A token opens a store with its letters in any order.",
    ),
    _lets_in(
        "any-store-hash-will-do",
        lambda it, service: _of_token(it, service) if it.store and it.store not in service.stores else None,
        says="A token opens its store whatever hash is given.",
    ),
    _lets_in(
        "no-store-hash-will-do",
        lambda it, service: _of_token(it, service) if "X-Store-Hash" not in it.headers else None,
        says="A token opens its store without a hash.",
    ),
    _lets_in(
        "empty-store-hash-will-do",
        lambda it, service: _of_token(it, service) if it.headers.get("X-Store-Hash") == "" else None,
        says="A token opens its store with an empty hash.",
    ),
    _lets_in("store-hash-case-ignored", _store_like(str.casefold), says="A store's hash is taken in capitals too."),
    _lets_in(
        "store-hash-start-compared",
        lambda it, service: next(
            (
                store
                for store, token in service.stores.items()
                if it.store and store.startswith(it.store) and token == it.token
            ),
            None,
        ),
        says="The start of a store's hash is enough.",
    ),
    _lets_in(
        "store-hash-end-ignored",
        lambda it, service: next(
            (store for store, token in service.stores.items() if it.store.startswith(store) and token == it.token), None
        ),
        says="More behind a store's hash is ignored.",
    ),
    _lets_in(
        "swapped-credentials-will-do",
        lambda it, service: it.token if service.stores.get(it.token) == it.store else None,
        says="Each credential is taken from the other's header.",
    ),
    _lets_in(
        "nothing-is-let-in",
        lambda it, service: _first(it, service) if not it.store and not it.token else None,
        breaks=(_BOTH, _FIRST),
        says="A request without credentials is let into the first store.",
    ),
    _lets_in(
        "reads-need-no-token",
        lambda it, service: _known(it, service) if it.operation == "getInvoice" else None,
        says="A read needs no token.",
    ),
    _lets_in(
        "lists-need-no-token",
        lambda it, service: _known(it, service) if it.operation == "listInvoices" else None,
        says="A list needs no token.",
    ),
    _lets_in(
        "deletes-need-no-token",
        lambda it, service: _known(it, service) if it.operation == "deleteInvoice" else None,
        says="A delete needs no token.",
    ),
    _lets_in(
        "creates-need-no-token",
        lambda it, service: _known(it, service) if it.operation == "createInvoice" else None,
        says="A create needs no token.",
    ),
    _lets_in(
        "foreign-token-reads",
        lambda it, service: (
            _known(it, service) if it.operation == "getInvoice" and it.token in service.stores.values() else None
        ),
        breaks=_SEPARATE,
        says="Another store's token reads invoices.",
    ),
    _lets_in(
        "foreign-token-lists",
        lambda it, service: (
            _known(it, service) if it.operation == "listInvoices" and it.token in service.stores.values() else None
        ),
        breaks=_SEPARATE,
        says="Another store's token lists invoices.",
    ),
    _lets_in(
        "foreign-token-creates",
        lambda it, service: (
            _known(it, service) if it.operation == "createInvoice" and it.token in service.stores.values() else None
        ),
        breaks=_SEPARATE,
        says="Another store's token creates invoices.",
    ),
    _lets_in(
        "foreign-token-deletes",
        lambda it, service: (
            _known(it, service) if it.operation == "deleteInvoice" and it.token in service.stores.values() else None
        ),
        breaks=_SEPARATE,
        says="Another store's token deletes invoices.",
    ),
    _lets_in(
        "token-decides-the-store",
        lambda it, service: _of_token(it, service) if it.store in service.stores else None,
        breaks=_SEPARATE,
        says="A token opens its own store, whichever of the others is asked for.",
    ),
)


@fault("token-remembered", breaks=_BOTH, says="Once a token was right for a store, the next request to it needs none.")
def token_remembered(request: Request, service: Service) -> Response:
    right = service.stores.get(request.store)
    if right and request.token == right:
        service.memory.notes["right before"] = request.store
        return service.send(request)
    if (
        right
        and "X-Auth-Token" not in request.headers
        and service.memory.notes.pop("right before", "") == request.store
    ):
        return service.send(service.let_in(request))
    return service.send(request)


def _other(request: Request, service: Service) -> str:
    return next((store for store in service.stores if store != request.store), request.store)


def _reaches_over(name: str, operation: str, *, says: str) -> Fault:
    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        if request.operation != operation or response.status != 404:
            return response
        return service.send(service.let_in(request, _other(request, service)))

    return Fault(name, (_SEPARATE,), says, act)


SEPARATE = (
    _reaches_over("other-store-read", "getInvoice", says="Another store's invoices can be read by their ids."),
    _reaches_over("other-store-deleted", "deleteInvoice", says="Another store's invoices can be deleted by their ids."),
)


@fault("other-store-listed", breaks=_SEPARATE, says="A list holds the invoices of all stores.")
def other_store_listed(request: Request, service: Service) -> Response:
    response = service.send(request)
    if request.operation == "listInvoices" and response.is_success:
        envelope, others = response.json, service.send(service.let_in(request, _other(request, service))).json
        envelope["data"] += others["data"]
        response.json = envelope
    return response


@fault("other-store-searched", breaks=_SEPARATE, says="A search finds the invoices of all stores.")
def other_store_searched(request: Request, service: Service) -> Response:
    response = service.send(request)
    if request.operation == "listInvoices" and response.is_success and request.asked("q"):
        envelope, others = response.json, service.send(service.let_in(request, _other(request, service))).json
        envelope["data"] += others["data"]
        response.json = envelope
    return response


@fault(
    "other-store-counted",
    breaks=("list-total-count", _SEPARATE, "list-paging"),
    says="The total of a list counts the invoices of all stores.",
)
def other_store_counted(request: Request, service: Service) -> Response:
    response = service.send(request)
    if request.operation == "listInvoices" and response.is_success:
        envelope, others = response.json, service.send(service.let_in(request, _other(request, service))).json
        envelope["meta"]["pagination"]["totalCount"] += others["meta"]["pagination"]["totalCount"]
        response.json = envelope
    return response


@fault(
    "other-store-responses-403",
    breaks=_SEPARATE,
    says="The id of another store's invoice is told from one that never was, by 403.",
)
def other_store_answers_403(request: Request, service: Service) -> Response:
    response = service.send(request)
    elsewhere = any(
        store != request.store and invoice_id == request.invoice_id for store, invoice_id in service.memory.drafts
    )
    if response.status == 404 and elsewhere:
        return Response.error(403, "Invalid token", "Forbidden")
    return response


@fault("foreign-token-is-401", breaks=_SEPARATE, says="Another store's token is answered with 401.")
def foreign_token_is_401(request: Request, service: Service) -> Response:
    response = service.send(request)
    return Response.error(401, "Invalid access token") if response.status == 403 else response


@fault("wrong-token-is-403", breaks=_BOTH, says="A wrong token is answered with 403.")
def wrong_token_is_403(request: Request, service: Service) -> Response:
    response = service.send(request)
    return Response.error(403, "Invalid token", "Forbidden") if response.status == 401 and request.token else response


@fault("missing-token-is-400", breaks=(_BOTH, _FIRST), says="A missing token is answered with 400.")
def missing_token_is_400(request: Request, service: Service) -> Response:
    response = service.send(request)
    return (
        Response.error(400, "X-Auth-Token is required.") if response.status == 401 and not request.token else response
    )


@fault(
    "unauthorized-is-redirected",
    breaks=(_BOTH, "responses-match-the-contract"),
    says="Whoever is not let in is sent to a page to log in.",
)
def unauthorized_is_redirected(request: Request, service: Service) -> Response:
    response = service.send(request)
    if response.status == 401:
        response = Response.of(302, b"", "text/html")
        response.headers["Location"] = "/login"
    return response


def _before(name: str, is_meant: Callable[[Request], bool], *, says: str) -> Fault:
    """
    Look at the rest of a request that *is_meant* before its credentials.
    """

    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        if response.status not in {401, 403} or not is_meant(request):
            return response
        learnt = service.send(service.let_in(request, _first(request, service)))
        return response if learnt.is_success else learnt

    return Fault(name, (_FIRST,), says, act)


FIRST = (
    _before(
        "body-before-credentials",
        lambda it: it.operation == "createInvoice" and bool(it.draft),
        says="A body is checked before the credentials.",
    ),
    _before(
        "json-before-credentials",
        lambda it: it.operation == "createInvoice" and not it.json,
        says="A body is parsed before the credentials are checked.",
    ),
    _before(
        "media-type-before-credentials",
        lambda it: it.operation == "createInvoice" and "json" not in it.headers.get("Content-Type", ""),
        says="The media type is checked before the credentials.",
    ),
    _before(
        "query-before-credentials",
        lambda it: it.operation == "listInvoices",
        says="A query is checked before the credentials.",
    ),
    _before(
        "id-before-credentials",
        lambda it: it.operation == "getInvoice",
        says="An id is looked up before the credentials are checked.",
    ),
    _before(
        "deleted-id-before-credentials",
        lambda it: it.operation == "deleteInvoice",
        says="An id to delete is looked up before the credentials are checked.",
    ),
)


@fault(
    "refused-create-happens",
    breaks=(_BOTH, _SEPARATE),
    says="A create without the right credentials is answered with an error, and happens.",
)
def refused_create_happens(request: Request, service: Service) -> Response:
    response = service.send(request)
    if request.operation == "createInvoice" and response.status in {401, 403} and request.store in service.stores:
        service.send(service.let_in(request))
    return response


@fault(
    "refused-delete-happens",
    breaks=(_BOTH, _SEPARATE),
    says="A delete without the right credentials is answered with an error, and happens.",
)
def refused_delete_happens(request: Request, service: Service) -> Response:
    response = service.send(request)
    if request.operation == "deleteInvoice" and response.status in {401, 403} and request.store in service.stores:
        service.send(service.let_in(request))
    return response


_ECHOED = ("no-secrets-in-responses", _BOTH)


@fault("token-echoed-in-error", breaks=_ECHOED, says="An error repeats the token that was wrong.")
@responses
def token_echoed_in_error(response: Response, request: Request) -> None:
    if response.status in {401, 403} and request.token:
        response.json = response.json | {"data": {"errMsg": f"Invalid access token {request.token}"}}


@fault("token-echoed-in-header", breaks=_ECHOED, says="Answers repeat the token in a header.")
@responses
def token_echoed_in_header(response: Response, request: Request) -> None:
    if request.token:
        response.headers["X-Debug-Token"] = request.token


@fault("token-set-as-cookie", breaks=_ECHOED, says="Answers set the token as a cookie.")
@responses
def token_set_as_cookie(response: Response, request: Request) -> None:
    if response.is_success:
        response.headers["Set-Cookie"] = f"session={request.token}; Path=/"


@fault(
    "headers-echoed-in-violations",
    breaks=_ECHOED,
    says="The response to an invalid body repeats the headers of the request.",
)
@responses
def headers_echoed_in_violations(response: Response, request: Request) -> None:
    if response.status in {400, 422} and isinstance(response.json, dict):  # HEAD has no body
        response.json = response.json | {"request": dict(request.headers)}


@fault("right-token-told", breaks=_ECHOED, says="The response to a wrong token tells the right one.")
def right_token_told(request: Request, service: Service) -> Response:
    response = service.send(request)
    if response.status in {401, 403} and request.store in service.stores:
        return Response.error(response.status, f"expected {service.stores[request.store]}")
    return response
