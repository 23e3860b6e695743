"""
Servers whose responses have another shape: the faults that the contract's schemas do not generate.
"""

from collections.abc import Callable
from typing import Any

from b2b_invoices_contract.mutation.fault import Act, envelopes, invoices, responses
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Draft, Invoice

from .table import data, table, value

_SHAPE = "responses-match-the-contract"
_READ = ("stored-as-sent", "published-bodies-accepted", "large-values-accepted")
_EXTRA = (*_READ, "list-extra-fields", "unset-fields-read-as-null")
_REASONS = (
    *("invoice-numbers-are-unique", "one-invoice-per-order", "query-parameters-are-validated", "violations-are-listed"),
    *("unknown-id-is-404", "deleted-invoice-is-gone", "unknown-path-is-404", "unsupported-method-is-405"),
)
_REJECTIONS = (
    *("both-credentials-required", "authentication-comes-first", "stores-are-isolated", "malformed-json-is-400"),
    *("invalid-requests-rejected", "content-type-is-enforced", *_REASONS),
)


def _balances(make: Callable[[str], str]) -> Act:
    def change(invoice: Invoice, _: Draft) -> None:
        for name in ("originalBalance", "openBalance"):
            invoice[name]["value"] = make(invoice[name]["value"])

    return invoices(change)


BALANCES = table(
    (_SHAPE, "balances-are-exact"),
    ("Balances have two decimals.", lambda it: it[:-2]),
    ("Balances have commas between thousands.", lambda it: f"{float(it):,.4f}"),
    ("Balances have a decimal comma.", lambda it: it.replace(".", ",")),
    ("Balances have a currency sign.", lambda it: f"${it}"),
    ("Balances have exponents.", lambda it: f"{float(it):.4e}"),
    of=_balances,
    beside=_READ,
)


def _omit_nulls(invoice: Invoice, _: Draft) -> None:
    for name in [name for name, each in invoice.items() if each is None]:
        del invoice[name]


INVOICES = (
    *table((_SHAPE, "unset-fields-read-as-null"), ("Null fields are omitted.", invoices(_omit_nulls)), beside=_READ),
    *table(
        (_SHAPE, "unset-fields-read-as-null"),
        ("An empty list of extra fields is null.", value("extraFields", lambda it: it or None)),
        beside=(*_READ, "list-extra-fields"),
    ),
    *table(
        (_SHAPE, "type-default"),
        ("The default type is null.", value("type", lambda it: None if it == "Invoice" else it)),
        beside=_READ,
    ),
    *table(
        _SHAPE,
        ("Extra fields are an object.", value("extraFields", lambda it: {f["fieldName"]: f["fieldValue"] for f in it})),
        beside=_EXTRA,
    ),
)


def _code(status: int, code: int, operation: str = "") -> Act:
    def change(envelope: dict[str, Any], request: Request) -> None:
        is_meant = envelope["code"] == status if status else envelope["code"] != 200
        if is_meant and operation in {"", request.operation}:
            envelope["code"] = code

    return envelopes(change)


CODES = table(
    "code-equals-status",
    ("Errors have the code 0.", 0, 0),
    ("Errors have the code 200.", 0, 200),
    ("The code of a 404 is 400.", 404, 400),
    ("The code of a create is 201.", 200, 201, "createInvoice"),
    of=_code,
)


def _ok(envelope: dict[str, Any], _: Request) -> None:
    envelope["meta"]["message"] = envelope["meta"]["message"].replace("Success", "OK")


ENVELOPES = (
    *table(_SHAPE, ("The success message is OK.", envelopes(_ok))),
    *table(
        (_SHAPE, "created-id-is-readable"),
        ("A create returns invoiceId instead of id.", data("createInvoice", lambda it, *_: {"invoiceId": it["id"]})),
        ("A create returns a bare id.", data("createInvoice", lambda it, *_: it["id"])),
        ("A create returns a list.", data("createInvoice", lambda it, *_: [it])),
        ("A read returns a list.", data("getInvoice", lambda it, *_: [it])),
    ),
    *table(
        _SHAPE,
        ("A list is in another object.", data("listInvoices", lambda it, *_: {"list": it})),
        ("A list is an object by id.", data("listInvoices", lambda it, *_: {each["id"]: each for each in it})),
        ("An empty list is null.", data("listInvoices", lambda it, *_: it or None)),
        beside=("list-filters",),
    ),
)


def _errors(change: Callable[[Any, int], dict[str, Any]]) -> Act:
    def changed(response: Response, _: Request) -> None:
        if response.reason is not None:
            response.json = {**response.json, **change(response.reason, response.status)}

    return responses(changed)


def _bare_messages(reason: Any, _: int) -> dict[str, Any]:
    bare = {name: texts[0] for name, texts in reason.items()} if isinstance(reason, dict) else reason
    return {"data": {"errMsg": bare}}


def _flat(response: Response, _: Request) -> None:
    if response.reason is not None:
        response.json = {"code": response.status, "message": str(response.reason)}


def _problem(response: Response, _: Request) -> None:
    if response.reason is not None:
        response.json = {"type": "about:blank", "status": response.status, "detail": str(response.reason)}
        response.headers["Content-Type"] = "application/problem+json"


def _bare(response: Response, request: Request) -> None:
    if response.is_success and request.operation:
        response.json = response.data


def _conflict(response: Response, _: Request) -> None:
    if response.reason == "The invoice number already exists.":
        response.update(code=409).status = 409


ERRORS = (
    *table(
        (_SHAPE, "errors-have-a-reason"),
        ("errMsg is a list.", _errors(lambda it, _: {"data": {"errMsg": [it]}})),
        ("errMsg is called message.", _errors(lambda it, _: {"data": {"message": it}})),
        ("The messages of a field are not in a list.", _errors(_bare_messages)),
        ("Errors have no envelope.", responses(_flat)),
        beside=_REASONS,
    ),
    *table(
        ("responses-are-json", _SHAPE, "errors-have-a-reason"),
        ("Errors are problem details.", responses(_problem)),
        beside=(*_REASONS, "code-equals-status"),
    ),
    *table(_SHAPE, ("Success has no envelope.", responses(_bare)), beside=("code-equals-status", "list-filters")),
    *table(
        ("success-is-200", _SHAPE, "code-equals-status"),
        ("Errors have the status 200.", responses(lambda it, _: setattr(it, "status", 200))),
        beside=_REJECTIONS,
    ),
    *table((_SHAPE, "invoice-numbers-are-unique"), ("A number in use is 409.", responses(_conflict))),
)
