"""
Invalid creates: every violation of the contract, one at a time, in an otherwise valid invoice.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import msgspec
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from b2b_invoices_contract.drafts import Draft
from b2b_invoices_contract.failures import same
from b2b_invoices_contract.observations import Case, Malformed, MediaType, Rejected, Unchanged, id_in
from b2b_invoices_contract.session import Session
from b2b_invoices_spec import load_contract

from .edge_cases import whole
from .fields import Field, changed, fields, without
from .source import explore, source

_MISTYPED: Mapping[str, tuple[Any, ...]] = {
    "string": (7, True, ["7"]),
    "integer": ("7", "", 7.5, True, [7]),
    "number": ("7", "", True, {}),
    "array": ({}, "", 7),
    "object": ([], "", 7),
}
"""For each type, values of other types that are close to it, such as digits in text for a number."""

_MISSING = object()


@attrs.frozen
class Violation:
    """
    One violation of the contract.

    Attributes:
        promise: Id of the promise that it is rejected.
        field: The field that is invalid.
        what: What is wrong with it, in a few words.
        value: Its value; absent if the violation is that there is none.
    """

    promise: str
    field: Field
    what: str
    value: Any = attrs.field(default=_MISSING, repr=False)

    def of(self, draft: Draft) -> Any:
        """
        Return *draft*, which has every field, with this violation.
        """
        if self.value is _MISSING:
            return without(draft, self.field.path)
        return changed(draft, self.field.path, self.value)

    @property
    def case(self) -> Case:
        """What a request with it is sent for."""
        return Case(self.promise, str(self), pointer=self.field.pointer)

    @property
    def path(self) -> str:
        """The path that an error response names."""
        return self.field.dotted or "non_field_errors"

    def __str__(self) -> str:
        return f"{self.field.dotted or 'the body'} {self.what}"


def violations(document: Mapping[str, Any]) -> list[Violation]:
    """
    Return every violation of *document* that a single field can have.
    """
    return [
        violation
        for field in fields(document)
        for violation in (*_absent(field), *_mistyped(field), *_out_of_bounds(field))
    ]


def _absent(field: Field) -> Iterator[Violation]:
    if field.is_required and field.path:
        promise = "required-fields" if len(field.path) == 1 else "nested-required-fields"
        yield Violation(promise, field, "is missing")


def _mistyped(field: Field) -> Iterator[Violation]:
    if "null" not in field.types:
        yield Violation("null-is-rejected", field, "is null", None)
    for value in _of_no_type(field):
        yield Violation("types-are-enforced", field, f"is {json.dumps(value)}", value)


def _of_no_type(field: Field) -> Iterator[Any]:
    values = [value for kind in sorted(field.types) if kind in _MISTYPED for value in _MISTYPED[kind]]
    validator = Draft202012Validator({"type": sorted(field.types)})
    for index, value in enumerate(values):
        if not validator.is_valid(value) and not any(same(value, known) for known in values[:index]):
            yield value


def _out_of_bounds(field: Field) -> Iterator[Violation]:
    schema = field.schema
    for value in _beyond(schema):
        yield Violation(
            "enums-are-enforced" if "enum" in schema else "invalid-requests-rejected",
            field,
            f"is {json.dumps(value)}"[:60],
            value,
        )


def _beyond(schema: Mapping[str, Any]) -> Iterator[Any]:
    if "enum" in schema:
        yield from (max(schema["enum"]) + 1, min(schema["enum"]) - 1, 10 * max(schema["enum"]) + 9)
    if "minimum" in schema:
        yield schema["minimum"] - 1
    if "maximum" in schema:
        yield schema["maximum"] + 1
    if schema.get("minLength"):
        yield "x" * (schema["minLength"] - 1)
    if "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1)
    if schema.get("minItems"):
        yield []


_VIOLATIONS = violations(load_contract().document)
_BY_PROMISE = {
    name: [one for one in _VIOLATIONS if one.promise == name]
    for name in dict.fromkeys(one.promise for one in _VIOLATIONS)
}
_FEW = {"types-are-enforced": 3, "null-is-rejected": 2, "nested-required-fields": 2}
_OF_ALL = ("invalid-requests-rejected", "violations-are-listed", "rejected-create-changes-nothing")
_LEAST_DEPTH = 4  # of a field in the details beside which another one can be invalid
_COMBINABLE = [
    one
    for one in _VIOLATIONS
    if one.field.path and (one.field.path[0] != "details" or len(one.field.path) >= _LEAST_DEPTH)
]

_MALFORMED = [b"", b"{", b'{"a": NaN}', b'{"a": Infinity}', b"\xff\xfe", b'{"a": "\xff"}', b"{'a': 1}", b"[1,]"]
_JSON_MEDIA_TYPES = ["application/json", "application/json; charset=utf-8", 'APPLICATION/JSON;charset="UTF-8"']
_OTHER_MEDIA_TYPES = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/xml",
    "multipart/form-data",
    "application/jsonp",
    "application/vnd.api+json",
    "",
]


@source(makes=(Rejected, Unchanged))
def invalid_bodies(session: Session) -> None:
    """
    A valid invoice with one field missing, null, of another type, or out of its range, for every field.
    """
    store = session.store
    sent = [
        (one, store.post(one.of(whole(store.drafts))))
        for promise, found in _BY_PROMISE.items()
        if session.wants(promise, *_OF_ALL)
        for one in session.pace.some(found, _FEW.get(promise, 1))
    ]
    for one, exchange in sent:
        store.judge.see(Rejected(exchange=exchange, case=one.case, paths=[one.path]))
    accepted = {id_in(exchange) for _, exchange in sent}
    stored = [invoice["id"] for invoice in store.own() if invoice["id"] not in accepted]
    store.judge.see(Unchanged(exchange=store.exchanges.last, cause="rejected create", was=[], is_now=stored))


@source(makes=(Rejected,))
def several_violations(session: Session) -> None:
    """
    A valid invoice with two to four fields invalid.
    """
    store = session.store
    lists = st.lists(st.sampled_from(_COMBINABLE), min_size=2, max_size=4, unique_by=_part)

    def send(data: st.DataObject) -> None:
        body = whole(store.drafts)
        chosen = data.draw(lists)
        for one in chosen:
            body = one.of(body)
        store.judge.see(Rejected(exchange=store.post(body), paths=[one.path for one in chosen]))

    explore(session, send, share=3)


@source(makes=(Malformed,))
def malformed_bodies(session: Session) -> None:
    """
    Bodies that are cut off, empty, not UTF-8, or not JSON.
    """
    for body in session.pace.some(_MALFORMED, 1):
        exchange = session.store.send("POST", content=body, headers=session.store.json_headers)
        session.judge.see(Malformed(exchange=exchange, case=Case(name=repr(body))))


@source(makes=(MediaType,))
def media_types(session: Session) -> None:
    """
    A valid invoice sent as JSON, in any spelling, and as something else.
    """
    store = session.store
    chosen = [*session.pace.some(_OTHER_MEDIA_TYPES, 1), *session.pace.some(_JSON_MEDIA_TYPES, 1)]
    for media_type in chosen:
        headers = store.credentials.headers | ({"Content-Type": media_type} if media_type else {})
        exchange = store.send("POST", content=msgspec.json.encode(whole(store.drafts, channel=False)), headers=headers)
        case = Case(name=f"sent as {media_type or 'nothing'}")
        store.judge.see(MediaType(exchange=exchange, case=case, is_json=media_type in _JSON_MEDIA_TYPES))


def _part(one: Violation) -> str:
    """
    Return the part of an invoice that a violation is in; of two violations in one part, the service reports one.
    """
    return ".".join(one.field.dotted.split(".")[: 3 if one.field.path[0] == "details" else 1])
