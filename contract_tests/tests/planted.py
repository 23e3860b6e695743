"""
Mocks that are broken on purpose, each in one way, to see whether the checks notice.

    python -m contract_tests.tests.planted NAME     serves the mock with that bug until it is stopped
"""

import asyncio
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from decimal import Decimal
from itertools import count
from typing import Any
from unittest.mock import patch

import attrs
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import Response

import mock_server.__main__ as server
from mock_server import envelope, invoices, ledger, operations, request, validation
from mock_server.app import PathEndpoint
from mock_server.errors import (
    InvalidInvoice,
    InvalidQuery,
    InvoiceNotFound,
    InvoiceNumberTaken,
    MalformedBody,
    OrderAlreadyInvoiced,
    PathNotFound,
    UnknownCredentials,
)
from mock_server.ledger import InvoiceLedger, ListQuery, Page
from mock_server.rates import Allowance
from mock_server.spec import Operation

Invoice = dict[str, Any]


@attrs.frozen
class Bug:
    """
    A way in which the mock is broken.

    Attributes:
        promise: Id of a promise that it breaks.
        plant: Breaks the mock for as long as it is entered.
        profile: How thorough a run it takes to be sure to meet it.
    """

    promise: str
    plant: Callable[[], AbstractContextManager[Any]]
    profile: str = "quick"


_record = invoices.record
_add = InvoiceLedger.add
_get = InvoiceLedger.get
_list = InvoiceLedger.list
_delete = InvoiceLedger.delete
_violations = validation.violations


def _recorded(change: Callable[[Invoice, Mapping[str, Any]], Invoice]) -> Callable[[], AbstractContextManager[Any]]:
    def record(draft: Mapping[str, Any], *args: Any, **kwargs: Any) -> Invoice:
        invoice = _record(draft, *args, **kwargs)
        return invoice | change(invoice, draft)

    return lambda: patch.object(operations, "record", record)


def _method(name: str, replacement: Callable[..., Any]) -> Callable[[], AbstractContextManager[Any]]:
    return lambda: patch.object(InvoiceLedger, name, replacement)


def _two_decimals(balance: Mapping[str, str]) -> dict[str, str]:
    return {"code": balance["code"], "value": f"{Decimal(balance['value']):.2f}00"}


def _any_store_get(self: InvoiceLedger, _: str, invoice_id: int) -> Invoice | None:
    row = self._connection.execute("SELECT id, document FROM invoice WHERE id = ?", (invoice_id,)).fetchone()
    return row and ledger._invoice(*row)


def _number_taken_is_fine(self: InvoiceLedger, store: str, invoice: Invoice, **kwargs: Any) -> int:
    try:
        return _add(self, store, invoice, **kwargs)
    except InvoiceNumberTaken:
        return _add(self, store, invoice | {"invoiceNumber": f"{invoice['invoiceNumber']}-"}, **kwargs)


def _order_taken_is_fine(self: InvoiceLedger, store: str, invoice: Invoice, **kwargs: Any) -> int:
    try:
        return _add(self, store, invoice, **kwargs)
    except OrderAlreadyInvoiced:
        return _add(self, store, invoice)


def _refusal_overwrites(self: InvoiceLedger, store: str, invoice: Invoice, **kwargs: Any) -> int:
    try:
        return _add(self, store, invoice, **kwargs)
    except InvoiceNumberTaken:
        self._connection.execute(
            "UPDATE invoice SET document = ? WHERE store_hash = ? AND invoice_number = ?",
            (ledger._encode(invoice), store, invoice["invoiceNumber"]),
        )
        raise


def _id_again(self: InvoiceLedger, store: str, invoice: Invoice, **kwargs: Any) -> int:
    self._connection.execute("DELETE FROM sqlite_sequence")
    return _add(self, store, invoice, **kwargs)


def _listed(change: Callable[[ListQuery], ListQuery]) -> Callable[..., Page]:
    return lambda self, store, query: _list(self, store, change(query))


def _total_of_page(self: InvoiceLedger, store: str, query: ListQuery) -> Page:
    page = _list(self, store, query)
    return Page(page.invoices, len(page.invoices))


def _delete_nothing(self: InvoiceLedger, store: str, invoice_id: int) -> bool:
    return _get(self, store, invoice_id) is not None


def _forgiving(*words: str, nested: bool = True) -> Callable[[], AbstractContextManager[Any]]:
    """
    Break the mock so that it does not mind violations that are said in these *words*, nested ones only or others too.
    """

    def forgive(*args: Any) -> dict[str, list[str]]:
        return {
            path: messages
            for path, messages in _violations(*args).items()
            if nested != ("." in path) or not any(word in messages[0] for word in words)
        }

    return lambda: patch("mock_server.request.violations", forgive)


def _numbers_stay_taken(*, by_store: bool) -> Callable[..., int]:
    taken: set[str] = set()

    def add(self: InvoiceLedger, store: str, invoice: Invoice, **kwargs: Any) -> int:
        key = f"{store if by_store else ''} {invoice['invoiceNumber']}"
        if key in taken:
            raise InvoiceNumberTaken
        taken.add(key)
        return _add(self, store, invoice, **kwargs)

    return add


def _read_differently(change: Callable[[Invoice], Invoice]) -> Callable[..., Invoice | None]:
    def get(self: InvoiceLedger, store: str, invoice_id: int) -> Invoice | None:
        invoice = _get(self, store, invoice_id)
        return invoice and invoice | change(invoice)

    return get


def _listed_differently(self: InvoiceLedger, store: str, query: ListQuery) -> Page:
    page = _list(self, store, query)
    return Page([invoice | {"updatedAt": 0} for invoice in page.invoices], page.total)


def _query_as(change: Callable[[QueryParams, Mapping[str, Any]], Mapping[str, Any]]) -> Callable[..., Any]:
    def read_query(query: QueryParams, parameters: Any) -> Mapping[str, Any]:
        return change(query, request.read_query(query, parameters))

    return read_query


def _bad_query_is_no_query(query: QueryParams, parameters: Any) -> Mapping[str, Any]:
    try:
        return request.read_query(query, parameters)
    except InvalidQuery:
        return request.read_query(QueryParams(), parameters)


def _token_repeated(headers: Headers, stores: Any) -> str:
    try:
        return request.authenticate(headers, stores)
    except UnknownCredentials as refusal:
        raise UnknownCredentials(f"Invalid access token {headers['X-Auth-Token']}") from refusal


def _no_reason(status: int, _: Any, category: str, headers: Any = None) -> envelope.JSONResponse:
    body = {"code": status, "data": {"errMsg": ""}, "meta": {"message": category}}
    return envelope.JSONResponse(body, status, headers)


def _two_headers(self: Allowance) -> dict[str, str]:
    return {"X-Requests-Allocated": "9 times/9 s", "X-Requests-Remaining": f"{self.remaining} times"}


def _message_fine(data: Any, dialect: Any, **meta: Any) -> envelope.JSONResponse:
    return envelope.JSONResponse({"code": 200, "data": data, "meta": {"message": f"{dialect} fine", **meta}})


async def _torn(call: operations.Call) -> Response:
    response = await operations.get_invoice(call)
    response.headers["content-length"] = str(len(response.body) + 9)
    return response


async def _late(call: operations.Call) -> Response:
    await asyncio.sleep(_TOO_LONG)
    return await operations.create_invoice(call)


def _parts(value: Any) -> list[Any]:
    """
    Every value in a body, at any depth.
    """
    children = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return [value, *(part for child in children for part in _parts(child))]


def _texts(value: Any) -> list[str]:
    return [part for part in _parts(value) if isinstance(part, str)]


def _keys(value: Any) -> set[str]:
    return {key for part in _parts(value) if isinstance(part, dict) for key in part}


def _first_violation(*args: Any) -> dict[str, list[str]]:
    return dict(list(_violations(*args).items())[:1])


async def _created_201(call: operations.Call) -> Response:
    response = await operations.create_invoice(call)
    response.status_code = 201
    return response


def _any_token(headers: Mapping[str, str], stores: Any) -> str:
    known = {store.store_hash for store in stores}
    if headers.get("X-Auth-Token") and headers.get("X-Store-Hash") in known:
        return headers["X-Store-Hash"]
    return request.authenticate(headers, stores)  # type: ignore[arg-type]  # headers are headers


async def _malformed_is_invalid(incoming: Request, *, limit: int) -> Any:
    try:
        return await request.read_json(incoming, limit=limit)
    except MalformedBody:
        raise InvalidInvoice({"body": ["Not valid."]}) from None


async def _any_media_type(incoming: Request, *, limit: int) -> Any:
    headers = [(name, value) for name, value in incoming.scope["headers"] if name != b"content-type"]
    incoming.scope["headers"] = [*headers, (b"content-type", b"application/json")]
    return await request.read_json(Request(incoming.scope, incoming.receive), limit=limit)


def _stricter(is_wrong: Callable[[Any], bool]) -> Callable[[], AbstractContextManager[Any]]:
    def check(body: Any, validator: Any) -> None:
        request.check_invoice(body, validator)
        if is_wrong(body):
            raise InvalidInvoice({"body": ["Not as we like it."]})

    return lambda: patch.object(operations, "check_invoice", check)


def _no_shipping_address(body: Any) -> bool:
    return bool(body.get("details", {}).get("header", {}).get("shippingAddresses") == [])


def _known_parameters_only(query: QueryParams, parameters: Any) -> Mapping[str, Any]:
    if set(query) - {parameter.name for parameter in parameters}:
        raise InvalidQuery({"query": ["Unknown."]})
    return request.read_query(query, parameters)


def _with_extra_fields(query: QueryParams, parameters: Any) -> Mapping[str, Any]:
    return {**request.read_query(query, parameters), "isIncludeExtraFields": 1}


def _body_first(headers: Headers, stores: Any) -> str:
    if headers.get("content-length") in {"1", "2"}:
        raise MalformedBody("too short")
    return request.authenticate(headers, stores)


def _code_zero(status: int, reason: Any, category: str, headers: Any = None) -> envelope.JSONResponse:
    body = {"code": 0, "data": {"errMsg": reason}, "meta": {"message": category}}
    return envelope.JSONResponse(body, status, headers)


def _any_method(self: PathEndpoint, method: str) -> Operation:
    return self._operations.get(method) or self._operations["GET"]


def _fails_on_long_numbers(draft: Mapping[str, Any], *args: Any, **kwargs: Any) -> Invoice:
    if len(draft["invoiceNumber"]) > _LONG:
        raise RuntimeError("the number is too long for me")
    return _record(draft, *args, **kwargs)


_LONG = 12
_TOO_LONG = 5.5  # seconds
_TIMES = count()

BUGS: Mapping[str, Bug] = {
    "malformed is invalid": Bug(
        "malformed-is-refused", lambda: patch.object(operations, "read_json", _malformed_is_invalid)
    ),
    "any media type": Bug("only-json-is-read", lambda: patch.object(operations, "read_json", _any_media_type)),
    "shipping address needed": Bug("real-bodies-are-accepted", _stricter(_no_shipping_address)),
    "unknown parameters refused": Bug(
        "unknown-parameters-ignored", lambda: patch.object(operations, "read_query", _known_parameters_only)
    ),
    "body before credentials": Bug(
        "credentials-come-first", lambda: patch("mock_server.app.authenticate", _body_first)
    ),
    "code zero": Bug("code-equals-status", lambda: patch.object(envelope, "error", _code_zero)),
    "long types refused": Bug("valid-is-accepted", _stricter(lambda body: len(body.get("type", "")) > 1)),
    "any method": Bug("wrong-method-is-refused", lambda: patch.object(PathEndpoint, "_match", _any_method)),
    "fails on long numbers": Bug(
        "never-a-server-error", lambda: patch.object(operations, "record", _fails_on_long_numbers)
    ),
    "unset is empty text": Bug(
        "unset-reads-as-nothing", _recorded(lambda it, _: {"purchaseOrderNumber": it["purchaseOrderNumber"] or ""})
    ),
    "extra fields always": Bug("list-extra-fields", lambda: patch.object(operations, "read_query", _with_extra_fields)),
    "no type by default": Bug("type-default", _recorded(lambda _, draft: {"type": draft.get("type", "")})),
    "no status by default": Bug(
        "status-default", _recorded(lambda _, draft: {} if "status" in draft else {"status": 1})
    ),
    "external by default": Bug("source-default", _recorded(lambda _, draft: {"source": draft.get("source", 1)})),
    "due at once": Bug(
        "due-date-default", _recorded(lambda it, draft: {"dueDate": draft.get("dueDate", it["updatedAt"])})
    ),
    "issued in milliseconds": Bug(
        "issued-at-default",
        _recorded(lambda it, draft: {} if "issuedAt" in draft else {"createdAt": it["createdAt"] * 1000}),
    ),
    "settled stays open": Bug(
        "settled-is-completed", _recorded(lambda _, draft: {"status": int(draft.get("status", 0))})
    ),
    "partly paid is open": Bug("open-status-kept", _recorded(lambda it, _: {"status": 0} if it["status"] == 1 else {})),
    "balances swapped": Bug(
        "stored-as-sent",
        _recorded(lambda it, _: {"originalBalance": it["openBalance"], "openBalance": it["originalBalance"]}),
    ),
    "two decimals": Bug(
        "money-keeps-its-digits", _recorded(lambda it, _: {"openBalance": _two_decimals(it["openBalance"])})
    ),
    "text trimmed": Bug(
        "stored-as-sent", _recorded(lambda it, _: {"termsConditions": (it["termsConditions"] or "").strip() or None})
    ),
    "details tidied up": Bug(
        "details-kept-verbatim",
        _recorded(
            lambda it, _: {
                "details": it["details"] and {k: it["details"][k] for k in ("header", "details") if k in it["details"]}
            }
        ),
    ),
    "number taken is fine": Bug("number-is-unique", _method("add", _number_taken_is_fine)),
    "order taken is fine": Bug("order-is-invoiced-once", _method("add", _order_taken_is_fine)),
    "refusal overwrites": Bug("refused-leaves-no-trace", _method("add", _refusal_overwrites)),
    "ids come again": Bug("id-is-new", _method("add", _id_again)),
    "any store reads": Bug("stores-are-separate", _method("get", _any_store_get)),
    "any token will do": Bug("both-credentials-required", lambda: patch("mock_server.app.authenticate", _any_token)),
    "deletes nothing": Bug("deleted-is-gone", _method("delete", _delete_nothing)),
    "another message": Bug("answers-fit-the-contract", lambda: patch.object(operations, "success", _message_fine)),
    "answers 201": Bug(
        "success-is-two-hundred", lambda: patch.dict(operations.OPERATIONS, {"createInvoice": _created_201})
    ),
    "first violation only": Bug(
        "violations-are-named", lambda: patch("mock_server.request.violations", _first_violation)
    ),
    "wrong types are fine": Bug("types-are-checked", _forgiving("Not a valid", "A valid", "Expected"), "full"),
    "numbers may be anything": Bug("invalid-is-refused", _forgiving("A valid"), "full"),
    "no field is required": Bug("required-fields-are-required", _forgiving("required", nested=False)),
    "no part is required": Bug("parts-are-whole", _forgiving("required")),
    "null is fine": Bug("null-is-refused", _forgiving("null"), "full"),
    "any choice": Bug("choices-are-checked", _forgiving("choice", nested=False)),
    "no choice": Bug("every-choice-is-accepted", _stricter(lambda body: "source" in body)),
    "every field is required": Bug("optional-is-optional", _stricter(lambda body: "details" not in body), "full"),
    "no empty text": Bug("empty-is-accepted", _stricter(lambda body: "" in _parts(body)), "full"),
    "known keys only": Bug("unknown-keys-are-accepted", _stricter(lambda body: "x-unknown" in _keys(body))),
    "no control characters": Bug(
        "any-text-is-kept",
        _stricter(lambda body: any("\t" in part for part in _parts(body) if isinstance(part, str))),
        "full",
    ),
    "a hundred lines": Bug(
        "size-is-no-matter",
        _stricter(lambda body: any(len(part) > 100 for part in _parts(body) if isinstance(part, list))),
        "full",
    ),
    "status filter ignored": Bug(
        "list-filters", _method("list", _listed(lambda query: attrs.evolve(query, status=None)))
    ),
    "direction ignored": Bug(
        "list-sorts", _method("list", _listed(lambda query: attrs.evolve(query, direction="ASC")))
    ),
    "total of the page": Bug("list-counts-all", _method("list", _total_of_page)),
    "first page again": Bug("list-pages", _method("list", _listed(lambda query: attrs.evolve(query, offset=0)))),
    "oldest first": Bug(
        "list-is-newest-first",
        lambda: patch.object(operations, "read_query", _query_as(lambda _, values: {"orderBy": "ASC", **values})),
    ),
    "twenty by default": Bug(
        "list-has-defaults",
        lambda: patch.object(
            operations,
            "read_query",
            _query_as(lambda query, values: {**values, "limit": values["limit"] if "limit" in query else 20}),
        ),
    ),
    "bad query is no query": Bug(
        "query-is-checked", lambda: patch.object(operations, "read_query", _bad_query_is_no_query)
    ),
    "number searched only": Bug(
        "list-searches",
        _method("list", _listed(lambda query: attrs.evolve(query, text_fields=query.text_fields or ["invoiceNumber"]))),
        "full",
    ),
    "list of its own": Bug("list-agrees-with-reads", _method("list", _listed_differently)),
    "order as text": Bug(
        "order-reads-as-number",
        _recorded(lambda it, _: {"orderNumber": None if it["orderNumber"] is None else str(it["orderNumber"])}),
    ),
    "channel as number": Bug(
        "channel-reads-as-text",
        _recorded(lambda it, _: {"channelId": None if it["channelId"] is None else int(it["channelId"])}),
    ),
    "issued now": Bug("issue-time-is-creation-time", _recorded(lambda it, _: {"createdAt": it["updatedAt"]})),
    "updated never": Bug("update-time-is-now", _recorded(lambda _, __: {"updatedAt": 0})),
    "another id": Bug("id-leads-to-the-invoice", _method("get", _read_differently(lambda it: {"id": it["id"] + 1}))),
    "read later": Bug(
        "reads-change-nothing",
        _method("get", _read_differently(lambda _: {"updatedAt": next(_TIMES)})),
    ),
    "numbers trimmed": Bug("number-is-exact", _recorded(lambda it, _: {"invoiceNumber": it["invoiceNumber"].strip()})),
    "numbers stay taken": Bug("number-is-free-after-delete", _method("add", _numbers_stay_taken(by_store=True))),
    "one number for all stores": Bug("number-is-per-store", _method("add", _numbers_stay_taken(by_store=False))),
    "other words": Bug("unknown-invoice-is-not-found", lambda: patch.object(InvoiceNotFound, "words", "Nothing here")),
    "unknown path is fine": Bug("unknown-path-is-not-found", lambda: patch.object(PathNotFound, "status", 200)),
    "no reason": Bug("refusals-say-why", lambda: patch.object(envelope, "error", _no_reason)),
    "called text": Bug("answers-are-json", lambda: patch.object(envelope.JSONResponse, "media_type", "text/plain")),
    "two headers": Bug("rate-limit-is-told", lambda: patch.object(Allowance, "headers", property(_two_headers))),
    "token repeated": Bug("no-secret-is-echoed", lambda: patch("mock_server.app.authenticate", _token_repeated)),
    "torn answer": Bug("every-request-is-answered", lambda: patch.dict(operations.OPERATIONS, {"getInvoice": _torn})),
    "late answer": Bug("answers-in-time", lambda: patch.dict(operations.OPERATIONS, {"createInvoice": _late})),
}
"""Every bug, by name."""


if __name__ == "__main__":
    with BUGS[sys.argv.pop(1)].plant():
        server.main()
