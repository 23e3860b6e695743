"""
Requests that the mock received, as tests see them.
"""

from collections.abc import Mapping
from decimal import Decimal
from json import loads
from typing import Any, Self

import attrs

from b2b_invoices_mock.api.validation import Violations
from b2b_invoices_mock.request_log import Verdict
from b2b_invoices_spec.contract import Contract

from .nearest import explanation

_UNAUTHORIZED = 401


@attrs.frozen
class ReceivedRequest:
    """
    One request that the mock received, and its outcome.

    >>> from b2b_invoices.api.invoices import list_invoices
    >>> response = list_invoices.sync(client=b2b_mock.client)
    >>> b2b_mock.requests[-1].operation
    'listInvoices'

    Attributes:
        number: Its position in the order of arrival, from 1.
        method: Its HTTP method.
        path: Its path.
        query: Its query string, as it was sent.
        headers: Its headers, with names in lower case; credentials are hidden.
        body: Its body: decoded with exact numbers if it is JSON, otherwise text; None if it is empty.
        operation: The operation that it called, by operationId; None if it matched none.
        status: Status of the response; None if there was none.
        verdict: `accepted`, `refused` (a 4xx response), `failed` (5xx), `lost` (the caller received no response, or
            only a part of it) or `waiting` (there is no response yet).
        fault: Name of the fault that it triggered.
        violations: Path of a field or a parameter -> what was wrong with it.
        reason: Why it did not simply succeed, in one line.
        nearest: If it matched no operation or was not authenticated: the nearest operation, and how they differ.
    """

    number: int
    method: str
    path: str
    query: str
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: Any = attrs.field(repr=False)
    operation: str | None
    status: int | None
    verdict: Verdict
    fault: str | None
    violations: Violations
    reason: str
    nearest: str

    @classmethod
    def of(cls, logged: Mapping[str, Any], contract: Contract) -> Self:
        """
        Return a request from its entry in the control API, which is described in `control.yaml`.
        """
        plain = {name: logged[name] for name in _PLAIN}
        method, path, headers = logged["method"], logged["path"], [*logged["headers"]]
        is_matched = logged["operation"] and logged["status"] != _UNAUTHORIZED
        nearest = "" if is_matched else explanation(contract, method, path, headers)
        return cls(**plain, body=_body(logged["body"]["text"]), nearest=nearest)


def _body(text: str) -> Any:
    try:
        return loads(text, parse_float=Decimal)
    except ValueError:
        return text or None


_PLAIN = [field.name for field in attrs.fields(ReceivedRequest) if field.name not in ("body", "nearest")]
