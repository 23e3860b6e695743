"""
Answers by request: `Prefer: code=429` and `Prefer: example=number-taken`, as users of Prism know them.
"""

import re

import attrs
from starlette.responses import Response

from b2b_invoices_mock.request_log import logged_request
from b2b_invoices_mock.settings import RateLimit
from b2b_invoices_spec import Example

from .errors import NoSuchExample
from .operations import Call
from .rate_limit import RateLimitState
from .responses import JSONResponse

_VENDORS_LIMIT = RateLimit(150, 60)
_METHOD_NOT_ALLOWED = 405
_TOO_MANY_REQUESTS = 429
_ELEMENT = re.compile(r'\s*([^\s=,;"]+)\s*(?:=\s*(?:"([^"]*)"|([^\s,;"]*)))?')


@attrs.frozen
class Preference:
    """
    Which answer a caller would like.

    Attributes:
        code: Its status, or None for any.
        example: Name of the example, or None for any.
    """

    code: str | None
    example: str | None

    def __str__(self) -> str:
        wanted = {"code": self.code, "example": self.example}
        return ", ".join(f"{name}={value}" for name, value in wanted.items() if value is not None)

    def met_by(self, answer: Example) -> bool:
        """
        Return whether *answer* is one that is liked.
        """
        has_code = self.code is None or self.code in map(str, answer.statuses)
        return has_code and self.example in (None, answer.name)


def read_preference(header: str) -> Preference | None:
    """
    Return what a `Prefer` header says of the answer, or None when it says nothing of it; the first word counts.
    """
    words: dict[str, str] = {}
    for element in re.split("[,;]", header):
        if match := _ELEMENT.fullmatch(element.rstrip()):
            words.setdefault(match[1].lower(), match[2] or match[3] or "")
    code, example = words.get("code"), words.get("example")
    return None if code is None and example is None else Preference(code, example)


def preferred(call: Call, preference: Preference) -> Response:
    """
    Return the contract's example that *preference* asks the operation of *call* for.

    Raises:
        NoSuchExample: When there is none, with those that there are.
    """
    answers = call.operation.examples
    for answer in answers:
        if preference.met_by(answer):
            response = documented(call, answer, int(preference.code) if preference.code else answer.status)
            response.headers["Preference-Applied"] = str(preference)
            if seen := logged_request(call.request.scope):
                seen.preference = str(preference)
            return response
    offers = ", ".join(f"{answer.label} {answer.name}" for answer in answers)
    raise NoSuchExample(f"{call.operation.id} has no answer with {preference}; it has {offers}.")


def documented(call: Call, answer: Example, status: int, *, resets_after: float = 1.0) -> Response:
    """
    Return the contract's example *answer* with the headers that its *status* needs, and nothing done.
    """
    headers = {}
    if status == _METHOD_NOT_ALLOWED:
        headers = {"Allow": ", ".join(call.methods)}
    elif status == _TOO_MANY_REQUESTS:
        settings = call.mock.settings
        headers = RateLimitState(settings.rate_limit or _VENDORS_LIMIT, 0, resets_after).headers_in(settings.dialect)
    return JSONResponse({**answer.body, "code": status}, status, headers)
