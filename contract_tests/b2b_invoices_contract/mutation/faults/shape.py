"""
Servers whose responses have another shape: the faults that the contract's schemas do not generate.
"""

from collections.abc import Callable
from typing import Any

from b2b_invoices_contract.mutation.fault import Act, envelopes, invoices, responses
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Draft, Invoice

from .table import CREATE, LIST, data, table, value

_SHAPE = "responses-match-the-contract"
_READ = ("stored-as-sent", "published-bodies-accepted", "large-values-accepted", "list-extra-fields")
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


def _omit_nulls(invoice: Invoice, _: Draft) -> None:
    for name in [name for name, each in invoice.items() if each is None]:
        del invoice[name]


INVOICES = (
    *table(
        (_SHAPE, "balances-are-exact"),
        ("Balances have two decimals.", lambda it: it[:-2]),
        ("Balances have commas between thousands.", lambda it: f"{float(it):,.4f}"),
        ("Balances have a decimal comma.", lambda it: it.replace(".", ",")),
        ("Balances have a currency sign.", lambda it: f"${it}"),
        ("Balances have exponents.", lambda it: f"{float(it):.4e}"),
        of=_balances,
        beside=_READ,
    ),
    *table(
        (_SHAPE, "unset-fields-read-as-null"),
        ("Null fields are omitted.", invoices(_omit_nulls)),
        ("An empty list of extra fields is null.", value("extraFields", lambda it: it or None)),
        beside=_READ,
    ),
    *table(
        (_SHAPE, "type-default"),
        ("The default type is null.", value("type", lambda it: None if it == "Invoice" else it)),
        beside=_READ,
    ),
)


def _code(status: int, code: int, operation: str = "") -> Act:
    def change(envelope: dict[str, Any], request: Request) -> None:
        is_meant = envelope["code"] == status if status else envelope["code"] != 200
        if is_meant and operation in {"", request.operation}:
            envelope["code"] = code

    return envelopes(change)


def _ok(envelope: dict[str, Any], _: Request) -> None:
    envelope["meta"]["message"] = envelope["meta"]["message"].replace("Success", "OK")


def _bare(response: Response, request: Request) -> None:
    if response.is_success and request.operation:
        response.json = response.data


ENVELOPES = (
    *table(
        "code-equals-status",
        ("Errors have the code 0.", 0, 0),
        ("Errors have the code 200.", 0, 200),
        ("The code of a 404 is 400.", 404, 400),
        ("The code of a create is 201.", 200, 201, CREATE),
        of=_code,
    ),
    *table(_SHAPE, ("The success message is OK.", envelopes(_ok))),
    *table(_SHAPE, ("An empty list is null.", data(LIST, lambda it, *_: it or None)), beside=("list-filters",)),
    *table(_SHAPE, ("Success has no envelope.", responses(_bare)), beside=("code-equals-status", "list-filters")),
)


def _errors(change: Callable[[Response], Any]) -> Act:
    return responses(lambda response, _: None if response.reason is None else change(response))


def _flat(response: Response) -> None:
    response.json = {"code": response.status, "message": str(response.reason)}


def _one_message(response: Response) -> None:
    if isinstance(response.reason, dict):
        response.update(data={"errMsg": {name: texts[0] for name, texts in response.reason.items()}})


def _problem(response: Response) -> None:
    response.json = {"type": "about:blank", "status": response.status, "detail": str(response.reason)}
    response.headers["Content-Type"] = "application/problem+json"


def _conflict(response: Response) -> None:
    if response.reason == "The invoice number already exists.":
        response.update(code=409).status = 409


ERRORS = (
    *table(
        (_SHAPE, "errors-have-a-reason"),
        ("The messages of a field are not in a list.", _errors(_one_message)),
        ("Errors have no envelope.", _errors(_flat)),
        beside=_REASONS,
    ),
    *table(
        ("responses-are-json", _SHAPE, "errors-have-a-reason"),
        ("Errors are problem details.", _errors(_problem)),
        beside=(*_REASONS, "code-equals-status"),
    ),
    *table(
        ("success-is-200", _SHAPE, "code-equals-status"),
        ("Errors have the status 200.", _errors(lambda it: setattr(it, "status", 200))),
        beside=_REJECTIONS,
    ),
    *table((_SHAPE, "invoice-numbers-are-unique"), ("A number in use is 409.", _errors(_conflict))),
)
