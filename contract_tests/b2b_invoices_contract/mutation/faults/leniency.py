"""
Services that take what the contract does not allow.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from b2b_invoices_contract.mutation.fault import Fault, fault, lenient, lenient_query
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Service

_MISSING = "This field is required."
_NULL = "This field may not be null."
_NO_TEXT = "Not a valid string."
_NO_CHOICE = "* is not a valid choice."

_BILLING = "details.header.billingAddress"
_SHIPPING = "details.header.shippingAddresses.*"
_COSTS = "details.header.costLines.*"
_ITEMS = "details.details.lineItems.*"
_PARCELS = "details.details.shipments.*"


def _takes(
    name: str,
    *paths: str,
    breaks: str = "types-are-enforced",
    says: str,
    because: str = "*",
    value: Callable[[Any], bool] = lambda _: True,
) -> Fault:
    return Fault(name, (breaks, "invalid-requests-rejected"), says, lenient(*paths, because=because, value=value))


MISSING = tuple(
    _takes(
        f"missing-{name}-taken",
        *paths,
        breaks="nested-required-fields" if "." in paths[0] else "required-fields",
        because=_MISSING,
        says=f"An invoice is created without {what}.",
    )
    for name, what, *paths in [
        ("number", "its number", "invoiceNumber"),
        ("customer", "its customer", "customerId"),
        ("original-balance", "its original balance", "originalBalance"),
        ("open-balance", "its open balance", "openBalance"),
        ("original-currency", "the currency of its original balance", "originalBalance.code"),
        ("open-currency", "the currency of its open balance", "openBalance.code"),
        ("original-value", "the value of its original balance", "originalBalance.value"),
        ("open-value", "the value of its open balance", "openBalance.value"),
        ("street", "the streets of its billing address", f"{_BILLING}.street[12]"),
        ("country", "the country of its billing address", f"{_BILLING}.country"),
        ("name", "the names in its addresses", f"{_BILLING}.*Name", f"{_SHIPPING}.*Name"),
        ("zip-code", "the postal code of a shipping address", f"{_SHIPPING}.zipCode"),
        ("cost-amount", "the amount of a cost line", f"{_COSTS}.amount"),
        ("cost-description", "the description of a cost line", f"{_COSTS}.description"),
        ("cost-currency", "the currency of a cost line", f"{_COSTS}.amount.code"),
        ("sku", "the SKU of a line item", f"{_ITEMS}.sku"),
        ("quantity", "the quantity of a line item", f"{_ITEMS}.quantity"),
        ("unit-price", "the price of a line item", f"{_ITEMS}.unitPrice"),
        ("discount-value", "the value of a line item's discount", f"{_ITEMS}.unitDiscount.value"),
        ("parcel-part", "a part of a shipment", f"{_PARCELS}.*"),
        ("extra-field-name", "the name of an extra field", "extraFields.*.fieldName"),
        ("extra-field-value", "the value of an extra field", "extraFields.*.fieldValue"),
    ]
)

NULLS = tuple(
    _takes(f"null-{name}-taken", *paths, breaks="null-is-rejected", because=_NULL, says=f"Null is taken for {what}.")
    for name, what, *paths in [
        ("number", "the number", "invoiceNumber"),
        ("text", "an optional text", "type", "external*", "purchaseOrderNumber", "orderNumber", "termsConditions"),
        ("time", "a time", "dueDate", "issuedAt"),
        ("status", "the status or the source", "status", "source"),
        ("details", "the details", "details"),
        ("header", "the header or the lines of the details", "details.header", "details.details"),
        ("address", "an address", _BILLING, _SHIPPING),
        ("address-part", "a part of an address", f"{_BILLING}.*", f"{_SHIPPING}.*"),
        ("list", "a list in the details", "details.header.*s", "details.details.*s"),
        ("extra-fields", "the extra fields", "extraFields"),
        ("discount", "a line item's discount", f"{_ITEMS}.unitDiscount"),
        ("item-text", "a text of a line item", f"{_ITEMS}.type", f"{_ITEMS}.comments", f"{_ITEMS}.description"),
        ("amount-value", "the value of an amount", "*.amount.value", "*.unitPrice.value", "*.unitDiscount.value"),
    ]
)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_digits(value: Any) -> bool:
    return isinstance(value, str) and value.lstrip("-").isdigit()


TYPES = (
    _takes(
        "number-as-number-taken", "invoiceNumber", because=_NO_TEXT, says="A number is taken for the number's text."
    ),
    _takes("customer-as-number-taken", "customerId", value=_is_number, says="A customer id is taken as a number."),
    _takes("order-as-number-taken", "orderNumber", value=_is_number, says="An order number is taken as a number."),
    _takes(
        "balance-as-text-taken",
        "*Balance.value",
        value=lambda it: isinstance(it, str),
        says="A balance is taken as text.",
    ),
    _takes("bare-balance-taken", "*Balance", value=_is_number, says="A balance is taken without a currency."),
    _takes("currency-as-number-taken", "*.code", value=_is_number, says="A currency is taken as a number."),
    _takes(
        "status-3-taken",
        "status",
        breaks="enums-are-enforced",
        because=_NO_CHOICE,
        says="A status that does not exist is taken.",
    ),
    _takes("status-as-digits-taken", "status", "source", value=_is_digits, says="A status or source is taken as text."),
    _takes(
        "source-2-taken",
        "source",
        breaks="enums-are-enforced",
        because=_NO_CHOICE,
        says="A source that does not exist is taken.",
    ),
    _takes(
        "text-for-due-date-taken", "dueDate", value=lambda it: isinstance(it, str), says="A due date is taken as text."
    ),
    _takes(
        "fraction-of-due-date-taken",
        "dueDate",
        value=lambda it: isinstance(it, Decimal),
        says="A due date is taken with a fraction.",
    ),
    _takes(
        "text-for-issue-taken",
        "issuedAt",
        value=lambda it: isinstance(it, str),
        says="A time of issue is taken as text.",
    ),
    _takes("channel-as-text-taken", "channelId", value=_is_digits, says="A channel is taken as text."),
    _takes(
        "channel-fraction-taken",
        "channelId",
        value=lambda it: isinstance(it, Decimal),
        says="A channel is taken with a fraction.",
    ),
    _takes(
        "true-for-number-taken",
        "*",
        value=lambda it: isinstance(it, bool),
        says="True and false are taken for numbers and texts.",
    ),
    _takes(
        "list-for-details-taken",
        "details",
        value=lambda it: isinstance(it, list),
        says="The details are taken as a list.",
    ),
    _takes(
        "text-for-details-taken", "details", value=lambda it: isinstance(it, str), says="The details are taken as text."
    ),
    _takes(
        "text-for-lines-taken",
        "details.header",
        "details.details",
        value=lambda it: isinstance(it, str),
        says="The header or the lines are taken as text.",
    ),
    _takes(
        "object-for-list-taken",
        "*s",
        value=lambda it: isinstance(it, dict),
        says="One element is taken for a list of them.",
    ),
    _takes(
        "bare-amount-taken",
        "*.amount",
        "*.unitPrice",
        "*.unitDiscount",
        value=lambda it: not isinstance(it, dict),
        says="An amount is taken without a currency.",
    ),
    _takes(
        "list-for-amount-value-taken",
        "details.*.value",
        value=lambda it: isinstance(it, list | dict),
        says="A list is taken for the value of an amount.",
    ),
    _takes("quantity-as-number-taken", f"{_ITEMS}.quantity", value=_is_number, says="A quantity is taken as a number."),
    _takes(
        "zip-code-as-number-taken",
        f"{_BILLING}.*",
        f"{_SHIPPING}.*",
        value=_is_number,
        says="A part of an address is taken as a number.",
    ),
    _takes(
        "parcel-part-as-number-taken",
        f"{_PARCELS}.*",
        value=_is_number,
        says="A part of a shipment is taken as a number.",
    ),
    _takes(
        "extra-field-as-number-taken",
        "extraFields.*.*",
        value=_is_number,
        says="The value of an extra field is taken as a number.",
    ),
    _takes(
        "extra-field-as-text-taken",
        "extraFields.*",
        value=lambda it: not isinstance(it, dict),
        says="An extra field is taken that is no object.",
    ),
    _takes(
        "item-as-text-taken",
        "details.*.*.*",
        value=lambda it: isinstance(it, str),
        says="An element of a list in the details is taken as text.",
    ),
    _takes(
        "text-fields-unchecked",
        "purchaseOrderNumber",
        "externalId",
        "externalCustomerId",
        "externalPdfUrl",
        "termsConditions",
        because=_NO_TEXT,
        says="The optional texts may be anything.",
    ),
    _takes("type-unchecked", "type", because=_NO_TEXT, says="The type may be anything."),
    _takes(
        "item-texts-unchecked",
        f"{_ITEMS}.type",
        f"{_ITEMS}.comments",
        f"{_ITEMS}.description",
        f"{_ITEMS}.sku",
        says="The texts of a line item may be anything.",
    ),
    _takes(
        "only-first-element-checked",
        *(f"*.{index}{rest}" for index in range(1, 9) for rest in ("", ".*")),
        says="Only the first element of a list is checked.",
    ),
    _takes("nothing-nested-checked", "details.*", "extraFields.*", says="Only the top level of a body is checked."),
)


@fault(
    "list-for-body-taken",
    breaks=("types-are-enforced", "invalid-requests-rejected"),
    says="A body that is a list is taken by its first element, or as nothing.",
)
def list_for_body_taken(request: Request, service: Service) -> Response:
    body = request.json
    if request.operation != "createInvoice" or not isinstance(body, list):
        return service.send(request)
    response = service.send(request)
    return (
        Response.of(200, {"code": 200, "data": {"id": 1}, "meta": {"message": "Success"}})
        if response.status == 422
        else response
    )


def _asks(name: str, *parameters: str, says: str, when: Callable[[str], bool] = lambda _: True) -> Fault:
    forgiving = lenient_query(*parameters)

    def act(request: Request, service: Service) -> Response:
        given = [request.asked(parameter) for parameter in parameters]
        is_meant = all(text is None or when(text) for text in given)
        return forgiving(request, service) if is_meant else service.send(request)

    return Fault(name, ("query-parameters-are-validated", "invalid-requests-rejected"), says, act)


QUERIES = (
    _asks("limit-0-taken", "limit", when=lambda it: it == "0", says="A limit of 0 is taken."),
    _asks(
        "limit-251-taken",
        "limit",
        when=lambda it: it.isdigit() and int(it) > 250,
        says="A limit above the largest is taken.",
    ),
    _asks("any-limit-taken", "limit", says="Any limit is taken."),
    _asks("negative-offset-taken", "offset", when=lambda it: it.startswith("-"), says="A negative offset is taken."),
    _asks("any-sort-field-taken", "sortBy", says="Any field to sort by is taken."),
    _asks("any-direction-taken", "orderBy", says="Any direction to sort in is taken."),
    _asks("any-search-field-taken", "searchBy", says="Any field to search is taken."),
    _asks("any-status-filter-taken", "status", says="Any status to list is taken."),
    _asks("any-date-filter-taken", "beginDateAt", "endDateAt", says="Any time to list from or to is taken."),
    _asks("any-channel-filter-taken", "channelIds", says="Any channel to list is taken."),
    _asks(
        "any-extra-fields-flag-taken",
        "isIncludeExtraFields",
        says="Any value is taken for whether to include extra fields.",
    ),
)


@fault(
    "letters-after-id-taken",
    breaks=("unknown-id-is-404", "invalid-requests-rejected"),
    says="An id with letters behind it is read as the id before them.",
)
def letters_after_id_taken(request: Request, service: Service) -> Response:
    start = request.path.removeprefix("/invoices/")
    digits = start[: len(start) - len(start.lstrip("0123456789"))]
    if not request.path.startswith("/invoices/") or not digits or request.invoice_id is not None:
        return service.send(request)
    return service.send(request.to(request.method, f"/invoices/{digits}"))


def _reads_as(name: str, change: Callable[[bytes], bytes], *, says: str) -> Fault:
    def act(request: Request, service: Service) -> Response:
        response = service.send(request)
        if request.operation != "createInvoice" or response.status != 400 or request.json is not None:
            return response
        again = service.send(
            Request(request.method, request.path, request.query, request.headers, change(request.body))
        )
        return again if again.status != response.status else response

    return Fault(name, ("malformed-json-is-400",), says, act)


BODIES = (
    _reads_as(
        "empty-body-is-empty-object", lambda body: body or b"{}", says="An empty body is read as an empty object."
    ),
    _reads_as(
        "nan-is-null",
        lambda body: body.replace(b"NaN", b"null").replace(b"Infinity", b"null"),
        says="NaN and Infinity are read as null.",
    ),
    _reads_as(
        "cut-body-is-mended",
        lambda body: body + b"}" if body.startswith(b"{") else body,
        says="A body that is cut off is mended.",
    ),
    _reads_as(
        "bad-utf-8-is-replaced",
        lambda body: body.decode("utf-8", "replace").encode(),
        says="Bytes that are no UTF-8 are replaced.",
    ),
    _reads_as(
        "comma-at-end-taken",
        lambda body: body.replace(b",]", b"]").replace(b",}", b"}"),
        says="A comma behind the last element is taken.",
    ),
    _reads_as(
        "single-quotes-taken", lambda body: body.replace(b"'", b'"'), says="Single quotes are taken for double ones."
    ),
)


@fault(
    "malformed-is-invalid",
    breaks="malformed-json-is-400",
    says="A body that is not JSON is answered like an invalid one, with 422.",
)
def malformed_is_invalid(request: Request, service: Service) -> Response:
    response = service.send(request)
    if request.operation == "createInvoice" and str(response.reason).startswith("JSON parse error"):
        return Response.error(422, {"non_field_errors": ["Not valid."]}, "Parameter Error")
    return response


def _reads_media_type(name: str, is_taken: Callable[[str], bool], *, says: str) -> Fault:
    def act(request: Request, service: Service) -> Response:
        if request.operation == "createInvoice" and is_taken(request.headers.get("Content-Type", "")):
            return service.send(request.with_headers(Content_Type="application/json"))
        return service.send(request)

    return Fault(name, ("content-type-is-enforced",), says, act)


MEDIA_TYPES = (
    _reads_media_type("any-media-type-read", lambda _: True, says="A body of any media type is read as JSON."),
    _reads_media_type("text-read", lambda it: it.startswith("text/"), says="Text is read as JSON."),
    _reads_media_type("form-read", lambda it: "form" in it, says="A form is read as JSON."),
    _reads_media_type("no-media-type-read", lambda it: not it, says="A body without a media type is read as JSON."),
    _reads_media_type(
        "json-lookalikes-read",
        lambda it: it.startswith("application/json"),
        says="A media type that begins like that of JSON is read as JSON.",
    ),
    _reads_media_type("json-suffix-read", lambda it: "+json" in it, says="Media types built on JSON are read as JSON."),
)
