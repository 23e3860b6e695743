"""
Promises of every operation, most of them about every response of a run.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from b2b_invoices_contract.contract import is_documented, violations
from b2b_invoices_contract.exchanges import Exchange, Lost
from b2b_invoices_contract.failures import STATUS, Comparison, equal, that
from b2b_invoices_contract.observations import (
    OK,
    Created,
    Head,
    InvalidQuery,
    Listed,
    Missing,
    Rejected,
    Unauthorized,
    Unchanged,
    UnknownPath,
    UnsupportedMethod,
    Valid,
)
from b2b_invoices_contract.redaction import Redaction, can_be_told
from b2b_invoices_contract.words import Words

from .check import Comparisons, check
from .delete_invoice import NO_SUCH_INVOICE, NOT_FOUND

LONGEST = 5.0
"""Seconds that a response may take."""

_SERVER_ERROR = 500
_RATE_HEADERS: Mapping[str, re.Pattern[str]] = {
    "x-requests-allocated": re.compile(r"[0-9]+ times/[0-9]+ s"),
    "x-requests-window-length": re.compile(r"[0-9]+ times"),
    "x-requests-remaining": re.compile(r"[0-9]+ times"),
    "x-request-window-resets-after": re.compile(r"[0-9]+(\.[0-9]+)?(e-[0-9]+)? s"),
}


@check
def unknown_id_is_404(missing: Missing) -> Comparisons:
    """
    An unknown invoice id returns 404 and the vendor's message.
    """
    if missing.why == "unknown":
        yield equal(STATUS, missing.exchange.status, NOT_FOUND)
        if missing.exchange.is_client_error and is_documented(missing.exchange.path):
            yield equal("/data/errMsg", missing.exchange.get("data", "errMsg"), NO_SUCH_INVOICE)


@check
def reads_change_nothing(unchanged: Unchanged) -> Comparisons:
    """
    Reading and listing change nothing, so a second read returns the same data.
    """
    if unchanged.cause == "read":
        yield equal("the invoice", unchanged.is_now, unchanged.was)


@check
def both_credentials_required(seen: Unauthorized | Unchanged) -> Comparisons:
    """
    A request with either credential missing, empty or wrong is rejected with 401.
    """
    if isinstance(seen, Unchanged):
        if seen.cause == "rejected credentials":
            yield equal("what the store has", seen.is_now, seen.was)
    elif seen.status == 401 and not seen.is_invalid:  # noqa: PLR2004 - HTTP
        yield equal(STATUS, seen.exchange.status, seen.status)


@check
def stores_are_isolated(seen: Unauthorized | Missing | Listed | Unchanged) -> Comparisons:
    """
    A token gives access only to the invoices of its own store, and the token of another store is rejected with 403.
    """
    match seen:
        case Unauthorized(status=403):
            yield equal(STATUS, seen.exchange.status, seen.status)
        case Missing(why="another store"):
            yield equal(STATUS, seen.exchange.status, NOT_FOUND)
        case Listed(foreign=foreign) if foreign:
            yield equal("ids of another store in the list", sorted(foreign & set(seen.ids)), [])
        case Unchanged(cause="another store"):
            yield equal("the invoice", seen.is_now, seen.was)


@check
def authentication_comes_first(seen: Unauthorized) -> Comparisons:
    """
    Credentials are checked before the body, so a caller without valid credentials learns nothing from the response.
    """
    if seen.is_invalid:
        yield equal(STATUS, seen.exchange.status, seen.status)


@check
def code_equals_status(exchange: Exchange) -> Comparisons:
    """
    The code in the envelope is the HTTP status.
    """
    if is_documented(exchange.path) and isinstance(exchange.json, dict):
        yield equal("/code", exchange.get("code"), exchange.status)


@check
def success_is_200(exchange: Exchange) -> Comparisons:
    """
    Every successful request returns 200, including deletes and creates.
    """
    if is_documented(exchange.path) and exchange.is_success:
        yield equal(STATUS, exchange.status, OK)


@check
def errors_have_a_reason(exchange: Exchange) -> Comparisons:
    """
    Every error response is an envelope with the reason for the error and its category.
    """
    if is_documented(exchange.path) and exchange.is_client_error and exchange.method != "HEAD":
        reason, message = exchange.get("data", "errMsg"), exchange.get("meta", "message")
        yield that("/data/errMsg", reason, "a reason", bool(reason))
        is_category = bool(message) and str(message).lower() != "success"
        yield that("/meta/message", message, "the category of the error", is_category)


@check
def responses_are_json(exchange: Exchange) -> Comparisons:
    """
    Every response is JSON, with a JSON content type.
    """
    if is_documented(exchange.path):
        yield equal("header Content-Type", exchange.media_type or None, "application/json")
        if exchange.method != "HEAD":
            start = exchange.body[:80].decode("utf-8", "backslashreplace")
            yield that("the body", start, "JSON", exchange.json is not None)


@check
def rate_limit_headers(exchange: Exchange) -> Comparisons:
    """
    Every response has all four rate limit headers or none of them, with numbers and their units.
    """
    told = {name: exchange.headers[name] for name in _RATE_HEADERS if name in exchange.headers}
    if not told:
        return
    yield equal("rate limit headers", sorted(told), sorted(_RATE_HEADERS))
    wrong = {name for name, text in told.items() if not _RATE_HEADERS[name].fullmatch(text)}
    for name, text in told.items():
        yield that(f"header {name}", text, "a number with its unit", name not in wrong)
    if told.keys() == _RATE_HEADERS.keys() and not wrong:
        left, most = (int(told[f"x-requests-{name}"].split()[0]) for name in ("remaining", "allocated"))
        yield that("header x-requests-remaining", left, f"at most {most}", left <= most)


@check
def no_secrets_in_responses(exchange: Exchange) -> Comparisons:
    """
    No response repeats an access token, whether valid or not.
    """
    token = {name.lower(): value for name, value in exchange.request_headers.items()}.get("x-auth-token", "")
    if can_be_told(token) and not _is_in(_text(exchange.request_body), token):
        answer = "\n".join([_text(exchange.body), *exchange.headers.values()])
        is_met = not _is_in(answer, token)
        yield that("the response", Words("the access token"), "no trace of it", is_met)


@check(is_general=True)
def responses_match_the_contract(exchange: Exchange) -> Comparisons:
    """
    Every response has a documented status, and the headers, media type and body documented for that status.
    """
    found = list(violations(exchange))
    for violation in found:
        yield Comparison(violation.at, violation.actual, Words(violation.expected), False, None, violation.pointer)  # noqa: FBT003 - it is not met
    if not found and is_documented(exchange.path):
        yield equal(STATUS, exchange.status, exchange.status)


@check(is_general=True)
def valid_requests_accepted(seen: Created | Valid | Listed) -> Comparisons:
    """
    No request that the contract allows is rejected as invalid.
    """
    yield equal(STATUS, seen.exchange.status, OK)


@check(is_general=True)
def invalid_requests_rejected(seen: Rejected | InvalidQuery) -> Comparisons:
    """
    Every request that the contract does not allow is rejected.
    """
    status = seen.exchange.status
    yield that(STATUS, status, "a client error", seen.exchange.is_client_error)


@check
def unsupported_method_is_405(seen: UnsupportedMethod | Head) -> Comparisons:
    """
    A method that a path does not support is rejected with 405 and the supported methods.
    """
    if isinstance(seen, Head):
        yield equal(STATUS, seen.exchange.status, seen.get.status)
        yield equal("the body", _text(seen.exchange.body), "")
        return
    yield equal(STATUS, seen.exchange.status, 405)
    allowed = {name.strip() for name in seen.exchange.headers.get("allow", "").split(",")} - {""}
    is_met = seen.supported <= allowed <= seen.supported | {"HEAD", "OPTIONS"}
    yield that("header Allow", sorted(allowed), f"{', '.join(sorted(seen.supported))}", is_met)


@check
def unknown_path_is_404(unknown: UnknownPath) -> Comparisons:
    """
    A path that the API does not have returns 404.
    """
    yield equal(STATUS, unknown.exchange.status, NOT_FOUND)


@check
def no_server_errors(exchange: Exchange) -> Comparisons:
    """
    No request causes a server error.
    """
    status = exchange.status
    yield that(STATUS, status, f"below {_SERVER_ERROR}", status < _SERVER_ERROR)


@check
def every_request_gets_a_response(seen: Exchange | Lost) -> Comparisons:
    """
    Every request gets one complete HTTP response.
    """
    if isinstance(seen, Exchange) or not seen.is_late:
        yield _response(seen)


@check
def responses_within_five_seconds(seen: Exchange | Lost) -> Comparisons:
    """
    No response takes longer than five seconds.
    """
    if isinstance(seen, Exchange):
        seconds = round(seen.seconds, 1)
        yield that("latency", Words(f"{seconds} s"), f"at most {LONGEST:.0f} s", seen.seconds <= LONGEST)
    elif seen.is_late:
        yield _response(seen)


def _response(seen: Exchange | Lost) -> Comparison:
    is_met = isinstance(seen, Exchange)
    actual: Any = Words("a response" if isinstance(seen, Exchange) else seen.why)
    return that("the response", actual, "one complete response, in time", is_met)


def _text(body: bytes) -> str:
    return body.decode("utf-8", "backslashreplace")


def _is_in(text: str, token: str) -> bool:
    """
    Return whether *token* is in *text*, in any of the encodings that the report would redact.
    """
    return _secret(token).finds(text)


@cache
def _secret(token: str) -> Redaction:
    return Redaction(frozenset({token}))
