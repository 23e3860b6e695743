"""
Edge cases: valid creates with one unusual value, for every field.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import cycle
from typing import Any

import attrs

from b2b_invoices_contract.drafts import Draft, Drafts
from b2b_invoices_contract.exchanges import Exchange
from b2b_invoices_contract.failures import same
from b2b_invoices_contract.observations import Case, Created, Invoice, ListedAndRead, invoice_in
from b2b_invoices_contract.readings import reading
from b2b_invoices_contract.session import Session
from b2b_invoices_contract.store import Store
from b2b_invoices_spec import load_contract
from b2b_invoices_spec.document import resolve

from .fields import REQUEST, Field, changed, fields, value_at, without
from .source import source

TEXTS = (
    "\u0000",
    "\t\r\n\u000b\u001f\u007f",
    " leading and trailing ",
    "quotes \" ' ` and \\ \\u0041 \\n /",
    "<b>&amp;</b> %41 + {{1}} ${x} $1 ;--",
    "\u00c5\u212b A\u030a \ufb01 \u0131\u0130\u00df\u1e9e",
    "\u05e9\u05dc\u05d5\u05dd \u202e\u0645\u0631\u062d\u0628\u0627\u200f \u200b\u200d\ufeff",
    "\u4e2d\u6587 \ud55c\uad6d\uc5b4 \u0e44\u0e17\u0e22 \u0939\u093f\u0928\u094d\u0926\u0940",
    "\U0001f9fe\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0010ffff \ufffd\uffff\u2028\u2029\u0085\u00a0",
    "null",
    "0",
    "1e3",
    "00012345",
)
"""Text that is easily cut, trimmed, escaped twice, folded or taken for something else."""

_AMOUNTS = (0.0001, 0.1, 1234.5678, 9_999_999.9999, 123_456_789, -0.0001, -1_234.5, 0.3, 4.35)
_SECONDS = (0, 1, 86_399, 2**31 - 1, 2**31, 2**32 + 1, 253_402_300_799)
_LONG = 12_000  # characters
_MANY = 150  # elements

_UNSUITED = frozenset({"invoiceNumber", "customerId", "orderNumber"})
"""Fields whose text must be new, or name something."""


@attrs.frozen
class EdgeCase:
    """
    One value that the contract allows, and that is easily rejected or changed.

    Attributes:
        promise: Id of the promise that it is accepted, and reads back.
        field: The field that has it.
        what: What is unusual, in a few words.
        of: Returns a draft, which has every field, with this value.
    """

    promise: str
    field: Field
    what: str
    of: Callable[[Draft], Draft] = attrs.field(repr=False, eq=False)

    @property
    def case(self) -> Case:
        """What a request with it is sent for."""
        field = self.field.path[0] if self.field.path else ""
        return Case(self.promise, str(self), str(field), self.field.pointer)

    def __str__(self) -> str:
        return f"{self.field.dotted or 'the body'} {self.what}"


def whole(drafts: Drafts, *, channel: bool = True) -> Draft:
    """
    Return a valid draft that has every field, two elements in each list, and nothing unusual.

    It has no *channel* if the store has none.
    """
    draft: Draft = _plain(drafts.contract.document, {"$ref": REQUEST})
    if not channel or drafts.channels is False:
        del draft["channelId"]
    return draft | {
        "invoiceNumber": drafts.number(),
        "orderNumber": drafts.order_number(),
        "customerId": drafts.company_id,
        "status": 1,
        "dueDate": 1_900_000_000,
        "issuedAt": 1_800_000_000,
    }


def edge_cases_of(document: Mapping[str, Any]) -> list[EdgeCase]:
    """
    Return every edge case of *document*.
    """
    texts = cycle(TEXTS)
    return [
        case
        for field in fields(document)
        for case in (
            *_left_out(field),
            *_chosen(field),
            *_empty(field),
            *_with_unknown_key(field),
            *_text(field, texts),
            *_sized(field),
        )
    ]


def _plain(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:  # noqa: PLR0911 - one for each type
    schema = resolve(document, schema)
    if "enum" in schema:
        return schema["enum"][-1]
    match schema["type"]:
        case "object":
            return {name: _plain(document, part) for name, part in schema.get("properties", {}).items()}
        case "array":
            return [_plain(document, schema["items"]) for _ in range(2)]
        case "integer":
            return 3
        case "number":
            return 12.5
        case ["string", "number"]:
            return "12.50"
        case _:
            return "Text"


def _left_out(field: Field) -> Iterator[EdgeCase]:
    if not field.is_required and isinstance(field.path[-1], str):
        yield EdgeCase("optional-fields", field, "is left out", lambda draft: without(draft, field.path))


def _chosen(field: Field) -> Iterator[EdgeCase]:
    for choice in field.schema.get("enum", ()):
        yield EdgeCase("enum-values-accepted", field, f"is {choice}", _put(field, choice))


def _empty(field: Field) -> Iterator[EdgeCase]:
    if field.types & {"array"}:
        yield EdgeCase("empty-values-accepted", field, "is an empty list", _put(field, []))
    if "object" in field.types and not field.schema.get("required"):
        yield EdgeCase("empty-values-accepted", field, "is an empty object", _put(field, {}))
    if _is_free_text(field):
        yield EdgeCase("empty-values-accepted", field, "is empty text", _put(field, ""))


def _with_unknown_key(field: Field) -> Iterator[EdgeCase]:
    if "object" in field.types:
        path = (*field.path, "x-unknown")
        yield EdgeCase("unknown-fields-accepted", field, "has an unknown key", lambda draft: changed(draft, path, [1]))


def _text(field: Field, texts: Iterable[str]) -> Iterator[EdgeCase]:
    if _is_free_text(field):
        text = next(iter(texts))
        yield EdgeCase("any-text-is-unchanged", field, f"is {text!a}", _put(field, text))


def _sized(field: Field) -> Iterator[EdgeCase]:
    if field.path == ("invoiceNumber",):
        return
    if "array" in field.types:
        yield EdgeCase(
            "large-values-accepted", field, f"has {_MANY} elements", lambda draft: _repeated(draft, field, _MANY)
        )
    if "number" in field.types and "value" in field.path[-1:]:
        for amount in _AMOUNTS if len(field.path) == 2 else _AMOUNTS[:3]:  # noqa: PLR2004 - a balance, or in details
            yield EdgeCase("large-values-accepted", field, f"is {amount!r}", _put(field, amount))
    if field.path in {("dueDate",), ("issuedAt",)}:
        for seconds in _SECONDS:
            yield EdgeCase("large-values-accepted", field, f"is {seconds}", _put(field, seconds))
    if _is_free_text(field) and (len(field.path) == 1 or field.path[-1] in {"comments", "description"}):
        yield EdgeCase(
            "large-values-accepted", field, f"has {_LONG} characters", _put(field, "long \u00e4" * (_LONG // 6))
        )


def _is_free_text(field: Field) -> bool:
    is_currency = field.path[-1:] == ("code",)
    return "string" in field.types and "enum" not in field.schema and field.path[0] not in _UNSUITED and not is_currency


def _put(field: Field, value: Any) -> Callable[[Draft], Draft]:
    return lambda draft: changed(draft, field.path, value)


def _repeated(draft: Draft, field: Field, times: int) -> Draft:
    elements = value_at(draft, field.path)
    body: Draft = changed(draft, field.path, [elements[0]] * (times - 1) + [elements[1]])
    return body


_CASES = edge_cases_of(load_contract().document)
_BY_PROMISE = {
    name: [case for case in _CASES if case.promise == name] for name in dict.fromkeys(case.promise for case in _CASES)
}
_FEW = {"optional-fields": 2, "unknown-fields-accepted": 2, "any-text-is-unchanged": 2}


_OF_ALL = ("valid-requests-accepted", "stored-as-sent", "list-matches-reads")


@source(makes=(Created, ListedAndRead))
def edge_cases(session: Session) -> None:
    """
    A valid invoice with one value that is unusual, empty, long or left out, for every field.
    """
    store = session.store
    plain = store.create(whole(store.drafts))
    unreliable = _wrong(plain.draft, plain.invoice)
    sent = []
    for promise, cases in _BY_PROMISE.items():
        chosen = session.pace.some(cases, _FEW.get(promise, 1)) if session.wants(promise, *_OF_ALL) else ()
        for case in chosen:
            if case.field.path == ("channelId",) and store.drafts.channels is False:
                continue
            draft = case.of(whole(store.drafts))
            sent.append((case, draft, store.post(draft)))
    listed = {invoice["id"]: invoice for invoice in store.own()}
    shown = store.exchanges.last
    for case, draft, exchange in sent:
        created = Created(exchange=exchange, case=case.case, draft=draft, unreliable=unreliable)
        row = listed.get(created.invoice_id or 0)
        if created.is_accepted and created.invoice_id and (row is None or _wrong(draft, row) - unreliable):
            read = _read(store, created.invoice_id, row)
            store.judge.see(attrs.evolve(created, invoice=invoice_in(read), shown=read))
        else:
            store.judge.see(attrs.evolve(created, invoice=row, shown=shown))


def _read(store: Store, invoice_id: int, row: Invoice | None) -> Exchange:
    """
    Read an invoice that a list lacks or shows otherwise than it was sent; what differs is the list's failure.
    """
    read = store.read(invoice_id)
    invoice = invoice_in(read)
    if row is not None and invoice is not None:
        store.judge.see(ListedAndRead(exchange=read, listed=row, read=invoice))
    return read


def _wrong(draft: Draft, invoice: Invoice | None) -> frozenset[str]:
    expected = reading(draft)
    return frozenset(name for name, value in expected.items() if not same((invoice or expected).get(name), value))
