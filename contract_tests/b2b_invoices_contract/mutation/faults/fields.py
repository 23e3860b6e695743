"""
Services that forget a field, or mix it up with another.
"""

from b2b_invoices_contract.mutation.fault import drafts, fault, invoices
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Draft, Invoice, Service

from .readings import change_of, reads

_STORED = "stored-as-sent"

_ISSUE = "issued-at-reads-as-created-at"

_DETAILS = "details-are-unchanged"

_DAY = 86_400

FIELDS = (
    *(
        reads(
            f"{name}-forgotten",
            change_of(name, lambda _, __: None),
            breaks=(_STORED, _DETAILS),
            says=f"{name} is never stored.",
        )
        for name in [
            "externalCustomerId",
            "externalPdfUrl",
            "purchaseOrderNumber",
            "termsConditions",
            "channelId",
            "orderNumber",
            "details",
        ]
    ),
    reads("extra-fields-forgotten", change_of("extraFields", lambda _, __: []), says="Extra fields are never stored."),
    reads(
        "extra-fields-sorted",
        change_of("extraFields", lambda it, _: sorted(it["extraFields"], key=lambda field: field["fieldName"])),
        breaks=(_STORED, "large-values-accepted"),
        says="Extra fields come in alphabetical order.",
    ),
    reads(
        "extra-fields-once",
        change_of(
            "extraFields",
            lambda it, _: [
                {"fieldName": name, "fieldValue": value}
                for name, value in {field["fieldName"]: field["fieldValue"] for field in it["extraFields"]}.items()
            ],
        ),
        breaks=(_STORED, "large-values-accepted"),
        says="Of extra fields with one name, the last is kept.",
    ),
    reads(
        "extra-fields-without-empty",
        change_of("extraFields", lambda it, _: [field for field in it["extraFields"] if field["fieldValue"]]),
        says="Empty extra fields are lost.",
    ),
    reads(
        "external-ids-mixed-up",
        lambda it, _: it.update(externalId=it["externalCustomerId"], externalCustomerId=it["externalId"]),
        says="The two external ids are swapped.",
    ),
    reads(
        "source-always-0",
        change_of("source", lambda _, __: 0),
        breaks=(_STORED, "enum-values-accepted"),
        says="The source that was sent is forgotten.",
    ),
    reads(
        "due-date-next-day",
        change_of("dueDate", lambda it, draft: it["dueDate"] // _DAY * _DAY if "dueDate" in draft else it["dueDate"]),
        says="The due date that was sent is cut to midnight.",
    ),
    reads(
        "due-date-of-32-bits",
        change_of("dueDate", lambda it, _: min(it["dueDate"], 2**31 - 1)),
        breaks=(_STORED, "large-values-accepted"),
        says="Due dates end in 2038.",
    ),
    reads(
        "issue-forgotten",
        change_of("createdAt", lambda it, _: it["updatedAt"]),
        breaks=(_STORED, "issued-at-reads-as-created-at"),
        says="The time of issue that was sent is forgotten.",
    ),
    reads(
        "issue-rounded",
        change_of(
            "createdAt",
            lambda it, draft: round(float(draft["issuedAt"]) + 0.3) if "issuedAt" in draft else it["createdAt"],
        ),
        breaks=(_STORED, "issued-at-reads-as-created-at"),
        says="The time of issue is rounded up.",
    ),
    reads(
        "channel-always-1",
        change_of("channelId", lambda it, _: it["channelId"] and "1"),
        breaks=(_STORED, "channel-id-reads-as-text"),
        says="Every channel is channel 1.",
    ),
    reads(
        "order-of-32-bits",
        change_of("orderNumber", lambda it, _: it["orderNumber"] and it["orderNumber"] % 2**31),
        breaks=(_STORED, "order-number-reads-as-number"),
        says="Order numbers are kept in 32 bits.",
    ),
    reads(
        "type-always-invoice", change_of("type", lambda _, __: "Invoice"), says="The type that was sent is forgotten."
    ),
    reads(
        "customer-always-same", change_of("customerId", lambda _, __: "1"), says="Every invoice is the same customer's."
    ),
    reads(
        "due-date-0-is-unset",
        change_of("dueDate", lambda it, _: it["dueDate"] or it["updatedAt"] + 30 * _DAY),
        says="A due date of 0 counts as none.",
    ),
    reads(
        "issue-0-is-unset",
        change_of("createdAt", lambda it, _: it["createdAt"] or it["updatedAt"]),
        breaks=(_STORED, "issued-at-reads-as-created-at"),
        says="A time of issue of 0 counts as none.",
    ),
)


@fault("listed-without-details", breaks=(_STORED, "list-matches-reads"), says="A list leaves the details out.")
def listed_without_details(request: Request, service: Service) -> Response:
    response = service.send(request)
    if request.operation == "listInvoices" and response.is_success:
        envelope = response.json
        for invoice in envelope["data"]:
            invoice["details"] = None
        response.json = envelope
    return response


@fault(
    "listed-balance-stale",
    breaks=(_STORED, "list-matches-reads"),
    says="A list shows the original balance as what is still open.",
)
def listed_balance_stale(request: Request, service: Service) -> Response:
    response = service.send(request)
    if request.operation == "listInvoices" and response.is_success:
        envelope = response.json
        for invoice in envelope["data"]:
            invoice["openBalance"] = invoice["originalBalance"]
        response.json = envelope
    return response


@fault(
    "unknown-field-overrides",
    breaks=(
        "unknown-fields-accepted",
        "issued-at-reads-as-created-at",
        "stored-as-sent",
        "valid-requests-accepted",
        "unset-fields-read-as-null",
        "issued-at-default",
    ),
    says="A createdAt that is sent, which no one documents, becomes the time of issue.",
)
@invoices
def unknown_field_overrides(invoice: Invoice, draft: Draft) -> None:
    if isinstance(draft.get("createdAt"), int):
        invoice["createdAt"] = draft["createdAt"]


@fault("number-taken-from-order", breaks=_STORED, says="The number is made from the order when there is one.")
@drafts
def number_taken_from_order(draft: Draft) -> None:
    if isinstance(draft.get("orderNumber"), str) and isinstance(draft.get("invoiceNumber"), str):
        draft["invoiceNumber"] = f"{draft['invoiceNumber']}-{draft['orderNumber']}"
