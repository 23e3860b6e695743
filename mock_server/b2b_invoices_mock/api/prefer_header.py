"""
The Prefer header: `Prefer: code=429` and `Prefer: example=number-taken` return an example of the contract, as in Prism.
"""

import re

import attrs
from starlette.responses import Response

from b2b_invoices_mock.request_log import logged_request
from b2b_invoices_mock.settings import RateLimit
from b2b_invoices_spec import Example

from .errors import MethodNotAllowed, NoSuchExample, TooManyRequests
from .operations import Call
from .rate_limit import RateLimitState
from .responses import JSONResponse

_VENDORS_LIMIT = RateLimit(150, 60)
_ELEMENT = re.compile(r'\s*([^\s=,;"]+)\s*(?:=\s*(?:"([^"]*)"|([^\s,;"]*)))?')


@attrs.frozen
class Preference:
    """
    The response that a request prefers.

    Attributes:
        code: Its status, or None for any.
        example: Name of the example, or None for any.
    """

    code: str | None
    example: str | None

    def __str__(self) -> str:
        preferred = {"code": self.code, "example": self.example}
        return ", ".join(f"{name}={value}" for name, value in preferred.items() if value is not None)

    def matches(self, example: Example) -> bool:
        """
        Return whether *example* has the preferred status and name.
        """
        return self.code in (None, *map(str, example.statuses)) and self.example in (None, example.name)


def read_preference(header: str) -> Preference | None:
    """
    Return the preference in a `Prefer` header, or None if it has neither a code nor an example; the first one counts.
    """
    values: dict[str, str] = {}
    for element in re.split("[,;]", header):
        if match := _ELEMENT.fullmatch(element.rstrip()):
            values.setdefault(match[1].lower(), match[2] or match[3] or "")
    code, example = values.get("code"), values.get("example")
    return None if code is None and example is None else Preference(code, example)


def preferred_example(call: Call, preference: Preference) -> Response:
    """
    Return the first example of the operation that matches *preference*.

    Raises:
        NoSuchExample: No example matches; the message lists those of the operation.
    """
    examples = call.operation.examples
    example = next(filter(preference.matches, examples), None)
    if example is None:
        known = ", ".join(f"{example.label} {example.name}" for example in examples)
        raise NoSuchExample(f"{call.operation.id} has no example for {preference}; expected one of {known}.")
    logged_request(call.request.scope).preference = str(preference)
    response = example_response(call, example, int(preference.code) if preference.code else example.status)
    response.headers["Preference-Applied"] = str(preference)
    return response


def example_response(call: Call, example: Example, status: int, *, resets_after: float = 1.0) -> Response:
    """
    Return a response with the body of *example*, this *status* and the headers that the status requires.

    Args:
        call: The request, which is not carried out.
        example: An example of the contract.
        status: One of its statuses.
        resets_after: Seconds until the rate limit resets, for 429.
    """
    headers = {}
    if status == MethodNotAllowed.status:
        headers = {"Allow": ", ".join(call.methods)}
    elif status == TooManyRequests.status:
        settings = call.mock.settings
        headers = RateLimitState(settings.rate_limit or _VENDORS_LIMIT, 0, resets_after).headers(settings.dialect)
    return JSONResponse({**example.body, "code": status}, status, headers)
