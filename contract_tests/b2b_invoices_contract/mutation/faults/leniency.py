"""
Servers that accept invalid requests: the faults that the contract's schemas do not generate.
"""

from collections.abc import Callable
from typing import Any

import attrs

from b2b_invoices_contract.mutation.fault import Act, lenient, returning
from b2b_invoices_contract.mutation.messages import Request, Response
from b2b_invoices_contract.mutation.service import Service

from .table import CREATE, errors, sending, table

_LATER = [f"*.{index}{end}" for index in range(1, 9) for end in ("", ".*")]  # elements after the first


def _accept_list(request: Request, response: Response, _: Service) -> Response | None:
    is_meant = request.operation == CREATE and isinstance(request.json, list) and response.status == 422
    return Response.success({"id": 1}) if is_meant else None


TYPES = table(
    ("types-are-enforced", "invalid-requests-rejected"),
    ("Booleans are accepted as numbers and texts.", lenient("*", value=lambda it: isinstance(it, bool))),
    ("Only the first element of a list is validated.", lenient(*_LATER)),
    ("Only the top level of a body is validated.", lenient("details.*", "extraFields.*")),
    ("A body that is a list is accepted.", returning(_accept_list)),
)


def _without_letters(request: Request, _: Service) -> Request | None:
    start = request.path.removeprefix("/invoices/")
    digits = start[: len(start) - len(start.lstrip("0123456789"))]
    is_meant = request.path.startswith("/invoices/") and digits and request.invoice_id is None
    return request.to(request.method, f"/invoices/{digits}") if is_meant else None


IDS = table(
    ("unknown-id-is-404", "invalid-requests-rejected"),
    ("Letters after the digits of an id are ignored.", sending(_without_letters)),
)


def _is_malformed(request: Request, response: Response, _: Service) -> bool:
    return request.operation == CREATE and response.status == 400 and request.json is None


def _read_as(change: Callable[[bytes], bytes]) -> Act:
    def again(request: Request, response: Response, service: Service) -> Response | None:
        if not _is_malformed(request, response, service):
            return None
        repaired = service.send(attrs.evolve(request, body=change(request.body)))
        return repaired if repaired.status != response.status else None

    return returning(again)


BODIES = table(
    "malformed-json-is-400",
    ("An empty body is an empty object.", lambda it: it or b"{}"),
    ("NaN is read as null.", lambda it: it.replace(b"NaN", b"null").replace(b"Infinity", b"null")),
    ("A truncated body is completed.", lambda it: it + b"}" if it.startswith(b"{") else it),
    ("Invalid UTF-8 is replaced.", lambda it: it.decode("utf-8", "replace").encode()),
    ("Trailing commas are accepted.", lambda it: it.replace(b",]", b"]").replace(b",}", b"}")),
    ("Single quotes are read as double quotes.", lambda it: it.replace(b"'", b'"')),
    of=_read_as,
) + table(
    "malformed-json-is-400",
    ("Malformed JSON is 422.", errors(_is_malformed, 422, {"non_field_errors": ["Not valid."]}, "Parameter Error")),
)


def _reads_media_type(is_accepted: Callable[[str], Any]) -> Act:
    def as_json(request: Request, _: Service) -> Request | None:
        is_meant = request.operation == CREATE and is_accepted(request.headers.get("Content-Type", ""))
        return request.with_headers(Content_Type="application/json") if is_meant else None

    return sending(as_json)


MEDIA_TYPES = table(
    "content-type-is-enforced",
    ("A body of any media type is read.", lambda _: True),
    ("A text body is read.", lambda it: it.startswith("text/")),
    ("A form body is read.", lambda it: "form" in it),
    ("A body without a media type is read.", lambda it: not it),
    ("A body of a type that starts with application/json is read.", lambda it: it.startswith("application/json")),
    ("A body of a type that ends with +json is read.", lambda it: "+json" in it),
    of=_reads_media_type,
)
