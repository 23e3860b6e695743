"""
Open questions of the documentation: one for each setting of the mock's dialect, and how responses answer it.
"""

from collections.abc import Callable
from typing import Any

import attrs

from b2b_invoices_contract.exchanges import Exchange

from .rate_limiter import RateLimitHeaders
from .seen import Seen, Unseen

Reading = str | int
"""The value of a setting."""

_DAY = 24 * 60 * 60
_FLAT = {"code", "message"}


@attrs.frozen
class Question:
    """
    One question that the record leaves open.

    Attributes:
        setting: Name of the setting in the mock's dialect.
        probes: Names of the probes whose responses answer it.
        read: Returns the value with which the mock responds like the store; None if no value does.
        touches: Names of further probes whose responses the setting changes.
        everywhere: Whether it changes the message of every success.
        aspects: The aspects of a response that the setting changes.
    """

    setting: str
    probes: tuple[str, ...]
    read: Callable[[Seen], Reading | None]
    touches: tuple[str, ...] = ()
    everywhere: bool = False
    aspects: tuple[str, ...] = ("status", "envelope", "shape", "effect", "message")

    def answer(self, seen: Seen) -> Reading | None:
        """
        Return the value with which the mock responds like the store; None if there is none, or it is unknown.
        """
        try:
            return self.read(seen)
        except Unseen:
            return None


def _success_message(seen: Seen) -> Reading | None:
    return _one_of(seen.exchange("create barest").get("meta", "message"), "Success", "SUCCESS")


def _create_status(seen: Seen) -> Reading | None:
    return _one_of(seen.exchange("create barest").status, 200, 201)


def _delete_status(seen: Seen) -> Reading | None:
    return _one_of(seen.exchange("delete settled").status, 200, 204)


def _created_key(seen: Seen) -> Reading | None:
    data = seen.exchange("create barest").get("data")
    return next((key for key in ("id", "invoiceId") if isinstance(data, dict) and key in data), None)


def _invalid_body(seen: Seen) -> Reading | None:
    exchange = seen.exchange("create without invoiceNumber")
    reason = exchange.get("data", "errMsg")
    if exchange.status == 422 and isinstance(reason, dict):  # noqa: PLR2004 - as documented
        return "fields"
    if exchange.status == 400 and isinstance(_words(exchange), str):  # noqa: PLR2004 - as above
        return "joined"
    return "under_data" if _lists_fields(exchange.get("data")) else None


def _invalid_query(seen: Seen) -> Reading | None:
    data = seen.exchange("list with a bad limit").get("data")
    if isinstance(data, dict) and isinstance(data.get("errMsg"), dict):
        return "fields"
    return "under_data" if _lists_fields(data) else None


def _error_envelope(seen: Seen) -> Reading | None:
    exchange = seen.exchange("read an unknown invoice")
    if exchange.get("data", "errMsg") is not None:
        return "errMsg"
    return "meta_errors" if exchange.get("meta", "errors") is not None else None


def _shape(probe: str) -> Callable[[Seen], Reading | None]:
    def read(seen: Seen) -> Reading | None:
        exchange = seen.exchange(probe)
        if not isinstance(exchange.json, dict) or exchange.is_success:
            return None
        return "flat" if exchange.json.keys() == _FLAT else "envelope"

    return read


def _unknown_token(seen: Seen) -> Reading | None:
    return _one_of(seen.exchange("list with a wrong token").status, 401, 403)


def _server_error(probe: str, otherwise: str) -> Callable[[Seen], Reading | None]:
    def read(seen: Seen) -> Reading | None:
        status = seen.exchange(probe).status
        return "server_error" if status >= 500 else otherwise if status >= 400 else None  # noqa: PLR2004 - HTTP's

    return read


def _company_message(seen: Seen) -> Reading | None:
    words = _words(seen.exchange("create for an unknown company"))
    return _one_of(words, "Company Does not Exist", "Company does not exist.", "This resource is not found.")


def _taken(probe: str, taken: str, refused: str) -> Callable[[Seen], Reading | None]:
    def read(seen: Seen) -> Reading | None:
        exchange = seen.exchange(probe)
        return taken if exchange.is_success else refused if exchange.status < 500 else None  # noqa: PLR2004 - HTTP's

    return read


def _channels(seen: Seen) -> Reading | None:
    exchange = seen.exchange("create in a channel")
    if exchange.is_success:
        return "any"
    return "none" if "channels not exist" in str(_words(exchange)) else None


def _accept(seen: Seen) -> Reading | None:
    return {406: "heeded", 200: "ignored"}.get(seen.exchange("list as something else than JSON").status)


def _rate_limit_headers(seen: Seen) -> Reading | None:
    headers = seen.exchange("look around").headers
    names = [name for name in ("x-requests-remaining", "x-rate-limit-requests-left") if name in headers]
    if len(names) == 2:  # noqa: PLR2004 - both of them
        return "both"
    return {"x-requests-remaining": "b2b", "x-rate-limit-requests-left": "platform"}.get("".join(names))


def _due_date_from(seen: Seen) -> Reading | None:
    barest, early = seen.invoice("create barest"), seen.invoice("create odd")
    due, created, due_early = (
        _seconds(value) for value in (barest.get("dueDate"), barest.get("createdAt"), early.get("dueDate"))
    )
    if due is None or created is None or due_early is None:
        return None
    if abs(due - due_early) > _DAY:
        return "issue"
    return "midnight" if due % _DAY == 0 and created % _DAY != 0 else "now"


def _unsent_status(seen: Seen) -> Reading | None:
    status = _one_of(seen.invoice("create barest").get("status"), 0, 1)
    return {0: "open", 1: "by_balances"}.get(status) if isinstance(status, int) else None


def _list_order(seen: Seen) -> Reading | None:
    keys = [
        (_seconds(invoice.get("id")), _seconds(invoice.get("createdAt"))) for invoice in seen.listed("list own, plain")
    ]
    pairs = [(invoice_id, at) for invoice_id, at in keys if invoice_id is not None and at is not None]
    ids, times = [invoice_id for invoice_id, _ in pairs], [at for _, at in pairs]
    if len(pairs) < 2:  # noqa: PLR2004 - one has no order
        return None
    if times == sorted(times, reverse=True):
        return "newest"
    return "oldest" if times == sorted(times) or ids == sorted(ids) else None


def _type_of(create: str, field: str) -> Callable[[Seen], Reading | None]:
    def read(seen: Seen) -> Reading | None:
        value = seen.invoice(create).get(field)
        return {int: "number", str: "text"}.get(type(value))

    return read


def _read_keys(seen: Seen) -> Reading | None:
    return "seen" if "pendingPaymentCount" in seen.invoice("create barest") else "documented"


_READS = ("read barest", "read whole", "read settled", "read odd", "read barest again", "read settled again")
_LISTS = (
    *("list own", "list own, plain", "list settled", "list sorted", "list a first page", "list the rest"),
    *("list by any field", "list with an unknown parameter", "list own at the end", "list all"),
)
_REFUSED_BODIES = (
    *(f"create without {field}" for field in ("originalBalance", "openBalance", "customerId")),
    *("create with parts missing", "create with a wrong type", "create with an unknown status"),
    *("create with a null", "create with a balance as text", "create with an empty currency"),
    "create for an order of letters",
)
_STRANGERS = ("list without a token", "list without a store", "list with a wrong token", "list with a wrong store")
_NOT_FOUND = ("read settled after its end", "delete settled again")

QUESTIONS: tuple[Question, ...] = (
    Question("success_message", ("create barest",), _success_message, everywhere=True),
    Question("create_status", ("create barest",), _create_status, ("create whole", "create settled", "create odd")),
    Question("delete_status", ("delete settled",), _delete_status),
    Question("created_key", ("create barest",), _created_key, ("create whole", "create settled", "create odd")),
    Question("invalid_body", ("create without invoiceNumber",), _invalid_body, _REFUSED_BODIES),
    Question("invalid_query", ("list with a bad limit",), _invalid_query),
    Question("unknown_path", ("read an unknown path",), _shape("read an unknown path")),
    Question("error_envelope", ("read an unknown invoice",), _error_envelope, _NOT_FOUND),
    Question("refused_credentials", ("list with a wrong token",), _shape("list with a wrong token"), _STRANGERS),
    Question("unknown_token", ("list with a wrong token",), _unknown_token, ("create as a stranger",)),
    Question("missing_store_hash", ("list without a store",), _server_error("list without a store", "unauthorized")),
    Question("store_hash_mismatch", ("list with a wrong store",), _server_error("list with a wrong store", "refused")),
    Question("company_message", ("create for an unknown company",), _company_message),
    Question("accept", ("list as something else than JSON",), _accept),
    Question("rate_limit_headers", ("look around",), _rate_limit_headers),
    Question("channels", ("create in a channel",), _channels, _LISTS),
    Question("null_fields", ("create with a null",), _taken("create with a null", "unset", "refused"), _LISTS),
    Question(
        "text_balances",
        ("create with a balance as text",),
        _taken("create with a balance as text", "taken", "refused"),
        _LISTS,
    ),
    Question(
        "empty_texts",
        ("create with an empty currency",),
        _taken("create with an empty currency", "taken", "refused"),
        _LISTS,
    ),
    Question(
        "order_numbers",
        ("create for an order of letters",),
        _taken("create for an order of letters", "any", "digits"),
        _LISTS,
    ),
    Question("due_date_from", ("create barest", "create odd", "list own"), _due_date_from, aspects=("effect",)),
    Question("unsent_status", ("create barest", "list own"), _unsent_status, _READS, aspects=("effect",)),
    Question("list_order", ("create barest", "list own, plain"), _list_order, _LISTS, aspects=("effect",)),
    Question(
        "read_times",
        ("create barest", "list own"),
        _type_of("create barest", "createdAt"),
        (*_READS, *_LISTS),
        aspects=("shape",),
    ),
    Question(
        "read_order_number",
        ("create settled", "list own"),
        _type_of("create settled", "orderNumber"),
        (*_READS, *_LISTS),
        aspects=("shape",),
    ),
    Question("read_keys", ("create barest", "list own"), _read_keys, (*_READS, *_LISTS), aspects=("shape",)),
)
"""Every question that a run on a live store can settle."""

NOT_ASKED = {"options": "OPTIONS is not on the list of what may be sent"}
"""Settings that a run cannot find out, with the reason."""


def rate_limit(seen: Seen) -> str:
    """
    Return the rate limit that the store reports, such as `150 in 60 s`; empty if it reports none.
    """
    try:
        told = RateLimitHeaders.parse(seen.exchange("look around").headers)
    except Unseen:
        return ""
    return f"{told.limit} in {told.window:g} s" if told else ""


def words_of(exchange: Exchange) -> str:
    """
    Return the messages in the response; empty if there are none.
    """
    said = [exchange.get("meta", "message"), _words(exchange), exchange.get("message")]
    return " | ".join(dict.fromkeys(str(words) for words in said if words))


def _words(exchange: Exchange) -> Any:
    reason = exchange.get("data", "errMsg")
    return exchange.get("meta", "errors") if reason is None else reason


def _lists_fields(data: Any) -> bool:
    return isinstance(data, dict) and bool(data) and all(isinstance(value, list) for value in data.values())


def _one_of(value: Any, *options: Reading) -> Reading | None:
    return next((option for option in options if option == value and type(option) is type(value)), None)


def _seconds(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
