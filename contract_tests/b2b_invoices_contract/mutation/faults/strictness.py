"""
Services that refuse what the contract allows.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from b2b_invoices_contract.mutation.fault import Fault, fault, strict
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Draft, Service
from b2b_invoices_spec import load_contract

from .readings import nodes_in, texts_in

_LONG = 50
_LATER = 2_000_000_000  # in 2033


def _lists(draft: Draft) -> Iterator[list[Any]]:
    return (node for node in nodes_in(draft) if isinstance(node, list))


def _amounts(draft: Draft) -> Iterator[Any]:
    return (node["value"] for node in nodes_in(draft.get("details", {})) if isinstance(node, dict) and "value" in node)


_KNOWN = frozenset(load_contract().properties("CreateInvoiceRequest"))


def _refuses(name: str, is_wrong: Callable[[Draft], bool], *, says: str, breaks: str = "") -> Fault:
    promises = ("valid-requests-accepted", "published-bodies-accepted", *([breaks] if breaks else []))
    return Fault(name, promises, says, strict(is_wrong))


DRAFTS = (
    _refuses(
        "open-above-original-refused",
        lambda it: it["openBalance"]["value"] > it["originalBalance"]["value"],
        says="An open balance above the original is refused.",
    ),
    _refuses(
        "negative-original-refused", lambda it: it["originalBalance"]["value"] < 0, says="A credit note is refused."
    ),
    _refuses(
        "zero-original-refused",
        lambda it: it["originalBalance"]["value"] == 0,
        says="An invoice over nothing is refused.",
    ),
    _refuses(
        "third-decimal-refused",
        lambda it: any(it[name]["value"] * 100 % 1 for name in ("originalBalance", "openBalance")),
        breaks="balances-are-exact",
        says="Money with more than two decimals is refused.",
    ),
    _refuses(
        "rare-currency-refused",
        lambda it: it["openBalance"]["code"] not in {"USD", "EUR", "GBP", "CNY", "CAD", "JPY", "CHF"},
        says="A currency off the usual list is refused.",
    ),
    _refuses(
        "two-currencies-refused",
        lambda it: it["openBalance"]["code"] != it["originalBalance"]["code"],
        says="Balances in two currencies are refused.",
    ),
    _refuses(
        "empty-text-refused",
        lambda it: any(it.get(name) == "" for name in ("type", "purchaseOrderNumber", "externalId", "termsConditions")),
        breaks="empty-values-accepted",
        says="Empty text in an optional field is refused.",
    ),
    _refuses(
        "empty-street-refused",
        lambda it: any(node.get("street2") == "" for node in nodes_in(it) if isinstance(node, dict)),
        breaks="empty-values-accepted",
        says="An address with an empty second line is refused.",
    ),
    _refuses(
        "empty-list-refused",
        lambda it: any(not node for node in _lists(it)),
        breaks="empty-values-accepted",
        says="An empty list is refused.",
    ),
    _refuses(
        "two-elements-refused",
        lambda it: any(len(node) > 1 for node in _lists(it)),
        breaks="large-values-accepted",
        says="A list of more than one element is refused.",
    ),
    _refuses(
        "non-ascii-refused",
        lambda it: not all(text.isascii() for text in texts_in(it)),
        breaks="any-text-is-unchanged",
        says="Text beyond ASCII is refused.",
    ),
    _refuses(
        "control-characters-refused",
        lambda it: any(re.search(r"[\x00-\x1f]", text) for text in texts_in(it)),
        breaks="any-text-is-unchanged",
        says="Text with control characters is refused.",
    ),
    _refuses(
        "astral-characters-refused",
        lambda it: any(ord(letter) > 0xFFFF for text in texts_in(it) for letter in text),
        breaks="any-text-is-unchanged",
        says="Letters beyond the first 65,536, such as emoji, are refused.",
    ),
    _refuses(
        "long-text-refused",
        lambda it: any(len(text) > _LONG for text in texts_in(it)),
        breaks="large-values-accepted",
        says="Text of more than 50 letters is refused.",
    ),
    _refuses(
        "odd-order-number-refused",
        lambda it: not it.get("orderNumber", "1").isdigit(),
        breaks="any-text-is-unchanged",
        says="An order number that is no number is refused.",
    ),
    _refuses(
        "past-due-date-refused",
        lambda it: it.get("dueDate", _LATER) < 1_600_000_000,
        says="A due date in the past is refused.",
    ),
    _refuses(
        "future-issue-refused",
        lambda it: it.get("issuedAt", 0) > _LATER,
        says="A time of issue in the future is refused.",
    ),
    _refuses(
        "fraction-of-issue-refused",
        lambda it: isinstance(it.get("issuedAt"), Decimal),
        breaks="issued-at-reads-as-created-at",
        says="A time of issue with a fraction is refused.",
    ),
    _refuses(
        "amount-as-number-refused",
        lambda it: any(not isinstance(value, str) for value in _amounts(it)),
        says="An amount in the details is refused as a number.",
    ),
    _refuses(
        "amount-as-text-refused",
        lambda it: any(isinstance(value, str) for value in _amounts(it)),
        says="An amount in the details is refused as text.",
    ),
    _refuses(
        "pdf-must-be-url",
        lambda it: not it.get("externalPdfUrl", "http").startswith("http"),
        says="A PDF address that is no URL is refused.",
    ),
    _refuses(
        "details-must-be-whole",
        lambda it: "details" in it and not it["details"].keys() >= {"header", "details"},
        breaks="optional-fields",
        says="Details without both their parts are refused.",
    ),
    _refuses(
        "completed-but-open-refused",
        lambda it: it.get("status") == 2 and it["openBalance"]["value"] > 0,
        breaks="enum-values-accepted",
        says="Completed with something left to pay is refused.",
    ),
    _refuses(
        "unknown-field-refused",
        lambda it: bool(it.keys() - _KNOWN),
        breaks="unknown-fields-accepted",
        says="A field that the contract does not know is refused.",
    ),
    _refuses(
        "two-extra-fields-refused",
        lambda it: len(it.get("extraFields", ())) > 1,
        breaks="large-values-accepted",
        says="More than one extra field is refused.",
    ),
    _refuses(
        "due-before-issue-refused",
        lambda it: it.get("dueDate", _LATER * 9) < it.get("issuedAt", 0),
        says="An invoice that is due before it is issued is refused.",
    ),
)


def _on_list(name: str, is_wrong: Callable[[Request], bool], *, says: str) -> Fault:
    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        if request.operation == "listInvoices" and response.is_success and is_wrong(request):
            return Response.error(400, {"query": ["Not valid."]}, "Bad Requests Error")
        return response

    breaks = (
        ("unknown-query-parameters-ignored",) if name == "unknown-parameter-refused" else ("valid-requests-accepted",)
    )
    return Fault(name, breaks, says, act)


_PARAMETERS = frozenset(parameter.name for parameter in load_contract().operation("listInvoices").query_parameters)

LISTS = (
    _on_list("largest-limit-refused", lambda it: it.asked("limit") == "250", says="The largest limit is refused."),
    _on_list("empty-search-refused", lambda it: it.asked("q") == "", says="A search for nothing is refused."),
    _on_list(
        "sort-by-pending-refused",
        lambda it: it.asked("sortBy") == "isPendingPayment",
        says="One of the documented fields to sort by is refused.",
    ),
    _on_list(
        "search-field-alone-refused",
        lambda it: it.asked("searchBy") is not None and it.asked("q") is None,
        says="A field to search is refused without a text to search for.",
    ),
    _on_list(
        "direction-alone-refused",
        lambda it: it.asked("orderBy") is not None and it.asked("sortBy") is None,
        says="A direction is refused without a field to sort by.",
    ),
    _on_list("large-offset-refused", lambda it: int(it.asked("offset") or 0) > 1000, says="A large offset is refused."),
    _on_list(
        "unknown-parameter-refused",
        lambda it: any(
            name.partition("=")[0] not in _PARAMETERS | {"", "externalId%5B%5D"} for name in it.query.split("&")
        ),
        says="A query parameter that nobody knows is refused.",
    ),
)


@fault(
    "charset-refused",
    breaks=("valid-requests-accepted", "content-type-is-enforced"),
    says="A media type with a charset is refused.",
)
def charset_refused(request: Request, service: Service) -> Response:
    if request.operation == "createInvoice" and ";" in request.headers.get("Content-Type", ""):
        return Response.error(415, "Unsupported media type.", "Unsupported Media Type")
    return service.send(request)


@fault(
    "capitals-in-media-type-refused",
    breaks=("valid-requests-accepted", "content-type-is-enforced"),
    says="A media type with capital letters is refused.",
)
def capitals_in_media_type_refused(request: Request, service: Service) -> Response:
    media_type = request.headers.get("Content-Type", "").partition(";")[0]
    if request.operation == "createInvoice" and media_type != media_type.lower():
        return Response.error(415, "Unsupported media type.", "Unsupported Media Type")
    return service.send(request)


@fault(
    "offset-beyond-end-is-404",
    breaks=("valid-requests-accepted", "list-paging", "responses-match-the-contract", "success-is-200"),
    says="A page beyond the end is not found.",
)
def offset_beyond_end_is_404(request: Request, service: Service) -> Response:
    response = service.send(request)
    if (
        request.operation == "listInvoices"
        and response.is_success
        and int(request.asked("offset") or 0)
        and not response.json["data"]
    ):
        return Response.error(404, "Invalid page.", "Not Found Error")
    return response


@fault(
    "empty-list-is-404",
    breaks=("valid-requests-accepted", "responses-match-the-contract", "list-filters"),
    says="A list that nothing matches is not found.",
)
def empty_list_is_404(request: Request, service: Service) -> Response:
    response = service.send(request)
    if (
        request.operation == "listInvoices"
        and response.is_success
        and service.memory.drafts  # not while the service is asked whether it is there
        and not response.json["meta"]["pagination"]["totalCount"]
    ):
        return Response.error(404, "No invoices found.", "Not Found Error")
    return response
