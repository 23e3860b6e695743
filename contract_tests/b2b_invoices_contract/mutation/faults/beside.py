"""
What faults break on the way: promises that are rightly named beside those that a fault is about.

Each group is of faults with the same consequences, such as a field in another shape, which is then not read back as it
was sent. A promise goes in here only when the fault breaks it; one that is named for another reason is the check's
mistake, and is mended there.
"""

from collections.abc import Iterator, Mapping

_SENT = "stored-as-sent"
_REAL = "published-bodies-accepted"
_MONEY = "balances-are-exact"
_GONE = "deleted-invoice-is-gone"
_FOUND = "list-filters"

_SHAPE = (
    # A field in another shape is not what was sent, nor what it is when nothing was sent.
    ("customer-as-number order-as-text details-as-text no-customerId", (_SENT, _REAL)),
    (
        "balance-as-number balance-as-currency-text balance-in-exponents balance-bare balance-without-code",
        (_SENT, _REAL),
    ),
    ("balance-with-two-decimals balance-with-decimal-comma balance-with-commas", (_SENT, _REAL)),
    ("no-originalBalance no-openBalance", (_SENT, _REAL, _MONEY)),
    ("no-invoiceNumber channel-as-number", (_SENT, _REAL, _FOUND)),
    ("no-dueDate due-date-as-iso due-date-as-float", (_SENT, _REAL, "due-date-default")),
    (
        "no-status status-as-word status-as-digits",
        (_SENT, _REAL, "open-status-is-kept", "settled-is-completed", "status-default"),
    ),
    ("no-type", (_SENT, _REAL, "type-default")),
    ("source-as-word", (_SENT, _REAL, "source-default")),
    ("created-as-text", (_SENT, _REAL, "issued-at-default")),
    ("extra-fields-as-object", (_SENT, _REAL, "list-extra-fields", "unset-fields-read-as-null")),
    ("no-id id-as-text id-as-float", ("created-id-is-readable",)),
    # A refusal without its reason is not in the vendor's words, and names nothing that is wrong.
    (
        "error-without-data error-data-null error-message-elsewhere error-as-list flat-errors",
        (
            *(
                "invoice-numbers-are-unique",
                "one-invoice-per-order",
                "query-parameters-are-validated",
                "violations-are-listed",
            ),
            *("unknown-id-is-404", _GONE),
        ),
    ),
    (
        "problem-details",
        (
            *(
                "invoice-numbers-are-unique",
                "one-invoice-per-order",
                "query-parameters-are-validated",
                "violations-are-listed",
            ),
            *("unknown-id-is-404", _GONE, "code-equals-status"),
        ),
    ),
    ("no-message", ("errors-have-a-reason",)),
    ("bare-responses", ("code-equals-status", _FOUND)),
    (
        "errors-with-200",
        (
            *("both-credentials-required", "authentication-comes-first", "stores-are-isolated"),
            *(
                "invalid-requests-rejected",
                "malformed-json-is-400",
                "content-type-is-enforced",
                "query-parameters-are-validated",
            ),
            *("invoice-numbers-are-unique", "one-invoice-per-order", "unsupported-method-is-405"),
            *("unknown-id-is-404", "unknown-path-is-404", _GONE),
        ),
    ),
    # A list in another shape holds nothing that anybody finds or counts.
    ("listed-in-object list-by-id empty-list-is-null", (_FOUND,)),
    ("no-offset limit-null", ("list-default-page",)),
    ("no-total total-as-text", (_FOUND, "list-total-count", "list-default-page", "stores-are-isolated")),
    (
        "no-meta",
        (_FOUND, "list-total-count", "list-default-page", "list-paging", "errors-have-a-reason", "stores-are-isolated"),
    ),
    ("deleted-no-data", (_GONE,)),
)

_MEANING = (
    # Bodies that are known to be sent have the field; a size that is odd shows a mix-up that no plain one does.
    ("balances-swapped open-is-original money-in-cents", (_REAL, "large-values-accepted")),
    ("whole-cents-complete listed-balance-stale", ("large-values-accepted",)),
    ("channelId-forgotten", (_REAL, "channel-id-reads-as-text", _FOUND)),
    ("channel-always-1 customer-always-same", (_REAL, _FOUND)),
    ("orderNumber-forgotten", ("order-number-reads-as-number",)),
    ("extra-fields-forgotten", ("list-extra-fields",)),
    # What is recorded as another text is not found by the one that was sent.
    ("text-taken-apart text-in-latin-1 text-in-ascii issue-forgotten", (_FOUND,)),
    ("purchaseOrderNumber-forgotten", ("list-search",)),
    ("external-ids-mixed-up", ("unset-fields-read-as-null", _FOUND)),
    ("number-taken-from-order", ("invoice-numbers-are-unique",)),
)


def _each() -> Iterator[tuple[str, tuple[str, ...]]]:
    for names, promises in (*_SHAPE, *_MEANING):
        for name in names.split():
            yield name, promises


BESIDE: Mapping[str, tuple[str, ...]] = dict(_each())
"""Name of a fault -> ids of the promises that it breaks too."""
