"""
The requests that the mock has met, for a test to look at.
"""

from collections.abc import Mapping
from decimal import Decimal
from json import loads
from typing import Any, Self

import attrs

from b2b_invoices_mock.api.validation import Violations
from b2b_invoices_mock.control.requests import request_details
from b2b_invoices_mock.request_log import LoggedRequest, Verdict
from b2b_invoices_spec.contract import Contract

from .nearest import explanation

_UNAUTHORIZED = 401


@attrs.frozen
class ReceivedRequest:
    """
    One request that came to the mock, and what became of it.

    >>> from b2b_invoices.api.invoices import list_invoices
    >>> answer = list_invoices.sync(client=b2b_mock.client)
    >>> b2b_mock.requests[-1].operation
    'listInvoices'

    Attributes:
        number: Its place in the order of arrival, from 1.
        method: Its HTTP method.
        path: Its path.
        query: Its query, as it was sent.
        headers: Its headers, with names in lower case; credentials are hidden.
        body: Its body: decoded, with exact numbers, when it is JSON, else text; None when there is none.
        operation: The operation that it called, by operationId; None when it met none.
        status: Status of the answer; None when there was none.
        verdict: `accepted`, `refused`, `failed`, `lost` (the caller got no answer, or not all of it) or `waiting` (it
            is not answered yet).
        fault: Name of the fault that hit it.
        violations: Path of a field or a parameter -> what was wrong with it.
        reason: Why it did not simply succeed, in one line.
        nearest: When it met no operation or was not let in: the nearest operation, and what differs from it.
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
    def of(cls, seen: LoggedRequest, contract: Contract) -> Self:
        """
        Return what a mock that keeps *contract* has *seen*, in this process.
        """
        return cls.told(request_details(seen, ""), contract)

    @classmethod
    def told(cls, request: Mapping[str, Any], contract: Contract) -> Self:
        """
        Return the *request* that the control API of a mock that keeps *contract* tells of.
        """
        plain = {name: request[name] for name in _PLAIN}
        is_met = request["operation"] and request["status"] != _UNAUTHORIZED
        return cls(
            **plain,
            body=_body(request["body"]["text"]),
            nearest="" if is_met else explanation(contract, request["method"], request["path"], [*request["headers"]]),
        )


def _body(text: str) -> Any:
    try:
        return loads(text, parse_float=Decimal)
    except ValueError:
        return text or None


_PLAIN = [field.name for field in attrs.fields(ReceivedRequest) if field.name not in ("body", "nearest")]
