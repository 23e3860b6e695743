"""
Services whose responses are not shaped as the contract says.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from b2b_invoices_contract.mutation.fault import Fault, envelopes, fault, invoices, pages, responses
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Draft, Invoice

_FIT = "responses-match-the-contract"
_STATUSES = ("Open", "Partially paid", "Completed")


def _reads(name: str, change: Callable[[Invoice], Any], *, says: str, breaks: tuple[str, ...] = (_FIT,)) -> Fault:
    def apply(invoice: Invoice, _: Draft) -> None:
        change(invoice)

    return Fault(name, breaks, says, invoices(apply))


def _value(name: str, make: Callable[[Any], Any]) -> Callable[[Invoice], None]:
    def change(invoice: Invoice) -> None:
        if invoice.get(name) is not None:
            invoice[name] = make(invoice[name])

    return change


def _without(*names: str) -> Callable[[Invoice], None]:
    def change(invoice: Invoice) -> None:
        for name in names:
            invoice.pop(name, None)

    return change


def _balances(make: Callable[[dict[str, Any]], Any]) -> Callable[[Invoice], None]:
    def change(invoice: Invoice) -> None:
        for name in ("originalBalance", "openBalance"):
            invoice[name] = make(invoice[name])

    return change


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


FIELDS = (
    *(
        _reads(f"no-{name}", _without(name), says=f"An invoice reads without {name}.")
        for name in ["id", "invoiceNumber", "customerId", "type", "dueDate", "status", "originalBalance", "openBalance"]
    ),
    _reads(
        "nulls-left-out",
        lambda it: [it.pop(name) for name in [*it] if it[name] is None],
        says="Fields without a value are left out.",
        breaks=(_FIT, "unset-fields-read-as-null"),
    ),
    _reads("id-as-text", _value("id", str), says="Ids read as text."),
    _reads("status-as-word", _value("status", lambda it: _STATUSES[it]), says="The status reads as a word."),
    _reads("status-as-digits", _value("status", str), says="The status reads as text."),
    _reads(
        "source-as-word",
        _value("source", lambda it: ("B2B Edition", "External")[it]),
        says="The source reads as a word.",
    ),
    _reads(
        "order-as-text",
        _value("orderNumber", str),
        breaks=(_FIT, "order-number-reads-as-number"),
        says="The order number reads as text.",
    ),
    _reads(
        "channel-as-number",
        _value("channelId", int),
        breaks=(_FIT, "channel-id-reads-as-text"),
        says="The channel reads as a number.",
    ),
    _reads("due-date-as-iso", _value("dueDate", _iso), says="The due date reads as an ISO date."),
    _reads("due-date-as-float", _value("dueDate", lambda it: it + 0.5), says="The due date reads with a fraction."),
    _reads(
        "created-as-text",
        _value("createdAt", str),
        breaks=(_FIT, "issued-at-reads-as-created-at"),
        says="The time of issue reads as text.",
    ),
    _reads("customer-as-number", _value("customerId", int), says="The customer reads as a number."),
    _reads(
        "balance-as-number",
        _balances(lambda it: {**it, "value": float(it["value"])}),
        breaks=(_FIT, "balances-are-exact"),
        says="Balances read as numbers.",
    ),
    _reads(
        "balance-with-two-decimals",
        _balances(lambda it: {**it, "value": it["value"][:-2]}),
        breaks=(_FIT, "balances-are-exact"),
        says="Balances read with two decimals.",
    ),
    _reads(
        "balance-with-commas",
        _balances(lambda it: {**it, "value": f"{float(it['value']):,.4f}"}),
        breaks=(_FIT, "balances-are-exact"),
        says="Balances read with commas between thousands.",
    ),
    _reads(
        "balance-with-decimal-comma",
        _balances(lambda it: {**it, "value": it["value"].replace(".", ",")}),
        breaks=(_FIT, "balances-are-exact"),
        says="Balances read with a decimal comma.",
    ),
    _reads(
        "balance-bare",
        _balances(lambda it: it["value"]),
        breaks=(_FIT, "balances-are-exact"),
        says="Balances read without their currency.",
    ),
    _reads(
        "balance-as-currency-text",
        _balances(lambda it: {**it, "value": f"${it['value']}"}),
        breaks=(_FIT, "balances-are-exact"),
        says="Balances read with a currency sign.",
    ),
    _reads(
        "balance-in-exponents",
        _balances(lambda it: {**it, "value": f"{float(it['value']):.4e}"}),
        breaks=(_FIT, "balances-are-exact"),
        says="Balances read with exponents.",
    ),
    _reads(
        "balance-without-code",
        _balances(lambda it: {"value": it["value"]}),
        breaks=(_FIT, "balances-are-exact"),
        says="Balances read without the code of their currency.",
    ),
    _reads(
        "details-as-text",
        _value("details", lambda it: msgspec.json.encode(it).decode()),
        breaks=(_FIT, "details-are-unchanged"),
        says="The details read as JSON in text.",
    ),
    _reads(
        "extra-fields-as-object",
        _value("extraFields", lambda it: {field["fieldName"]: field["fieldValue"] for field in it}),
        says="The extra fields read as an object.",
    ),
    _reads(
        "no-extra-fields-is-null",
        lambda it: it.update(extraFields=it["extraFields"] or None) if "extraFields" in it else None,
        says="No extra fields read as null.",
        breaks=(_FIT, "unset-fields-read-as-null"),
    ),
    _reads(
        "no-type-is-null",
        lambda it: it.update(type=None if it["type"] == "Invoice" else it["type"]),
        says="The default type reads as null.",
        breaks=(_FIT, "type-default"),
    ),
    _reads(
        "id-as-float",
        _value("id", lambda it: it + 0.5),
        says="Ids read with a fraction.",
        breaks=(_FIT, "ids-are-unique", "stored-as-sent"),
    ),
)


def _envelope(
    name: str, change: Callable[[dict[str, Any], Request], Any], *, says: str, breaks: tuple[str, ...] = (_FIT,)
) -> Fault:
    return Fault(name, breaks, says, envelopes(change))


def _to_data(change: Callable[[Any], Any], operation: str) -> Callable[[dict[str, Any], Request], None]:
    def apply(envelope: dict[str, Any], request: Request) -> None:
        if request.operation == operation and envelope["code"] == 200:
            envelope["data"] = change(envelope["data"])

    return apply


def _to_error(change: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any], Request], None]:
    def apply(envelope: dict[str, Any], _: Request) -> None:
        if envelope["code"] != 200:
            change(envelope)

    return apply


ENVELOPES = (
    _envelope(
        "code-as-text",
        lambda it, _: it.update(code=str(it["code"])),
        says="The code is text.",
        breaks=(_FIT, "code-equals-status"),
    ),
    _envelope(
        "no-code", lambda it, _: it.pop("code"), says="Envelopes have no code.", breaks=(_FIT, "code-equals-status")
    ),
    _envelope("no-meta", lambda it, _: it.pop("meta"), says="Envelopes have no meta."),
    _envelope("no-message", lambda it, _: it["meta"].pop("message"), says="The meta has no message."),
    _envelope(
        "message-ok",
        lambda it, _: it["meta"].update(message=it["meta"]["message"].replace("Success", "OK")),
        says="Success is called OK.",
    ),
    _envelope(
        "code-zero-in-errors",
        _to_error(lambda it: it.update(code=0)),
        says="Errors have the code 0.",
        breaks=("code-equals-status",),
    ),
    _envelope(
        "code-200-in-errors",
        _to_error(lambda it: it.update(code=200)),
        says="Errors have the code 200.",
        breaks=("code-equals-status",),
    ),
    _envelope(
        "code-201-on-create",
        lambda it, request: it.update(code=201) if request.operation == "createInvoice" and it["code"] == 200 else None,
        says="The envelope of a create has the code 201.",
        breaks=("code-equals-status",),
    ),
    _envelope(
        "code-400-in-404",
        lambda it, _: it.update(code=400) if it["code"] == 404 else None,
        says="The envelope says 400 when the status is 404.",
        breaks=("code-equals-status",),
    ),
    _envelope(
        "created-id-as-text",
        _to_data(lambda it: {"id": str(it["id"])}, "createInvoice"),
        says="A create responses with the id as text.",
    ),
    _envelope(
        "created-invoice-id",
        _to_data(lambda it: {"invoiceId": it["id"]}, "createInvoice"),
        breaks=(_FIT, "created-id-is-readable"),
        says="A create responses with invoiceId in place of id.",
    ),
    _envelope(
        "created-id-bare", _to_data(lambda it: it["id"], "createInvoice"), says="A create responses with the bare id."
    ),
    _envelope("created-id-in-list", _to_data(lambda it: [it], "createInvoice"), says="A create responses with a list."),
    _envelope("created-no-data", _to_data(lambda _: None, "createInvoice"), says="A create responses with null."),
    _envelope(
        "deleted-no-data", _to_data(lambda _: {}, "deleteInvoice"), says="A delete responses with an empty object."
    ),
    _envelope("read-in-list", _to_data(lambda it: [it], "getInvoice"), says="A read responses with a list of one."),
    _envelope(
        "listed-in-object",
        _to_data(lambda it: {"list": it}, "listInvoices"),
        says="A list responses with an object around it.",
    ),
    _envelope(
        "list-by-id",
        _to_data(lambda it: {invoice["id"]: invoice for invoice in it}, "listInvoices"),
        says="A list responses with an object by id.",
    ),
    _envelope("empty-list-is-null", _to_data(lambda it: it or None, "listInvoices"), says="An empty list is null."),
    _envelope(
        "error-without-data",
        _to_error(lambda it: it.pop("data")),
        breaks=(_FIT, "errors-have-a-reason"),
        says="Errors have no data.",
    ),
    _envelope(
        "error-data-null",
        _to_error(lambda it: it.update(data=None)),
        breaks=(_FIT, "errors-have-a-reason"),
        says="The data of errors is null.",
    ),
    _envelope(
        "error-as-list",
        _to_error(lambda it: it["data"].update(errMsg=[it["data"]["errMsg"]])),
        breaks=(_FIT, "errors-have-a-reason"),
        says="What an error says is a list.",
    ),
    _envelope(
        "error-message-elsewhere",
        _to_error(lambda it: it.update(data={"message": it["data"]["errMsg"]})),
        breaks=(_FIT, "errors-have-a-reason"),
        says="What an error says is called message.",
    ),
    _envelope(
        "field-messages-bare",
        _to_error(
            lambda it: (
                it["data"].update(errMsg={name: texts[0] for name, texts in it["data"]["errMsg"].items()})
                if isinstance(it["data"]["errMsg"], dict)
                else None
            )
        ),
        breaks=(_FIT, "errors-have-a-reason"),
        says="Each field that is wrong has one message, in no list.",
    ),
    _envelope(
        "error-message-null",
        _to_error(lambda it: it["meta"].update(message=None)),
        breaks=(_FIT, "errors-have-a-reason"),
        says="The meta of errors has null for its message.",
    ),
)


def _page(
    name: str, change: Callable[[dict[str, Any]], Any], *, says: str, breaks: tuple[str, ...] = (_FIT, "list-paging")
) -> Fault:
    def apply(listed: list[Invoice], pagination: dict[str, Any], _: Request) -> list[Invoice]:
        change(pagination)
        return listed

    return Fault(name, breaks, says, pages(apply))


PAGES = (
    _page("no-total", lambda it: it.pop("totalCount"), says="The pagination has no total."),
    _page("total-as-text", lambda it: it.update(totalCount=str(it["totalCount"])), says="The total is text."),
    _page("no-offset", lambda it: it.pop("offset"), says="The pagination has no offset."),
    _page("limit-null", lambda it: it.update(limit=None), says="The limit of the pagination is null."),
)


@fault("bare-responses", breaks=_FIT, says="Answers have no envelope around them.")
@responses
def bare_answers(response: Response, request: Request) -> None:
    if response.is_success and request.operation:
        response.json = response.json["data"]


@fault(
    "flat-errors",
    breaks=(_FIT, "errors-have-a-reason"),
    says="Errors are an object of code and message, in no envelope.",
)
@responses
def flat_errors(response: Response, _: Request) -> None:
    if response.reason is not None:
        response.json = {"code": response.status, "message": str(response.reason)}


@fault(
    "problem-details", breaks=("responses-are-json", _FIT, "errors-have-a-reason"), says="Errors are problem details."
)
@responses
def problem_details(response: Response, _: Request) -> None:
    if response.reason is not None:
        response.json = {"type": "about:blank", "status": response.status, "detail": str(response.reason)}
        response.headers["Content-Type"] = "application/problem+json"


@fault(
    "errors-with-200",
    breaks=("success-is-200", _FIT, "code-equals-status"),
    says="Errors come with the status 200.",
)
@responses
def errors_with_200(response: Response, _: Request) -> None:
    response.status = 200


@fault(
    "number-taken-is-409",
    breaks=(_FIT, "invoice-numbers-are-unique"),
    says="A number that is taken is answered with 409.",
)
@responses
def number_taken_is_409(response: Response, _: Request) -> None:
    if response.reason == "The invoice number already exists.":
        response.status = 409
        response.json = response.json | {"code": 409}
