"""
Bodies that are odd in one thing, at every place of the contract where it is allowed: each must be accepted.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import cycle
from typing import Any

import attrs

from b2b_invoices_spec.document import resolve

from .nodes import REQUEST, Node, changed, nodes, value_at, without
from .strategies import Draft, Drafts

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
"""Text that is easily lost, cut, trimmed, escaped twice, folded or taken for something else."""

_AMOUNTS = (0.0001, 0.1, 1234.5678, 9_999_999.9999, 123_456_789, -0.0001, -1_234.5, 0.3, 4.35)
_SECONDS = (0, 1, 86_399, 2**31 - 1, 2**31, 2**32 + 1, 253_402_300_799)
_LONG = 12_000  # characters
_MANY = 150  # elements

_UNSUITED = frozenset({"invoiceNumber", "customerId", "orderNumber"})
"""Fields whose text is not free: it must be new, or name something."""


@attrs.frozen
class Oddity:
    """
    One thing that the contract allows, and that is easily refused or changed.

    Attributes:
        promise: Id of the promise that it is accepted, and reads back.
        node: Where it is.
        what: What is odd, in a few words.
        of: Returns a draft, which has something at every place, with this one thing odd.
    """

    promise: str
    node: Node
    what: str
    of: Callable[[Draft], Draft] = attrs.field(repr=False, eq=False)

    def __str__(self) -> str:
        return f"{self.node.dotted or 'the body'} {self.what}"


def whole(drafts: Drafts) -> Draft:
    """
    Return a valid draft that has something at every place, two elements in each list, and nothing odd.
    """
    draft: Draft = _plain(drafts.contract.document, {"$ref": REQUEST})
    return draft | {
        "invoiceNumber": drafts.number(),
        "orderNumber": drafts.order_number(),
        "customerId": drafts.company_id,
        "status": 1,
        "dueDate": 1_900_000_000,
        "issuedAt": 1_800_000_000,
    }


def oddities(document: Mapping[str, Any]) -> list[Oddity]:
    """
    Return every oddity that *document* allows.
    """
    texts = cycle(TEXTS)
    return [
        oddity
        for node in nodes(document)
        for oddity in (
            *_left_out(node),
            *_chosen(node),
            *_empty(node),
            *_with_unknown_key(node),
            *_text(node, texts),
            *_sized(node),
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


def _left_out(node: Node) -> Iterator[Oddity]:
    if not node.is_required and isinstance(node.path[-1], str):
        yield Oddity("optional-fields", node, "is left out", lambda draft: without(draft, node.path))


def _chosen(node: Node) -> Iterator[Oddity]:
    for choice in node.schema.get("enum", ()):
        yield Oddity("enum-values-accepted", node, f"is {choice}", _put(node, choice))


def _empty(node: Node) -> Iterator[Oddity]:
    if node.types & {"array"}:
        yield Oddity("empty-values-accepted", node, "is an empty list", _put(node, []))
    if "object" in node.types and not node.schema.get("required"):
        yield Oddity("empty-values-accepted", node, "is an empty object", _put(node, {}))
    if _is_free_text(node):
        yield Oddity("empty-values-accepted", node, "is empty text", _put(node, ""))


def _with_unknown_key(node: Node) -> Iterator[Oddity]:
    if "object" in node.types:
        path = (*node.path, "x-unknown")
        yield Oddity(
            "unknown-fields-accepted", node, "has a key that nobody knows", lambda draft: changed(draft, path, [1])
        )


def _text(node: Node, texts: Iterable[str]) -> Iterator[Oddity]:
    if _is_free_text(node):
        text = next(iter(texts))
        yield Oddity("any-text-is-unchanged", node, f"is {text!a}", _put(node, text))


def _sized(node: Node) -> Iterator[Oddity]:
    if node.path == ("invoiceNumber",):
        return
    if "array" in node.types:
        yield Oddity(
            "large-values-accepted", node, f"has {_MANY} elements", lambda draft: _repeated(draft, node, _MANY)
        )
    if "number" in node.types and "value" in node.path[-1:]:
        for amount in _AMOUNTS if len(node.path) == 2 else _AMOUNTS[:3]:  # noqa: PLR2004 - a balance, or in details
            yield Oddity("large-values-accepted", node, f"is {amount!r}", _put(node, amount))
    if node.path in {("dueDate",), ("issuedAt",)}:
        for seconds in _SECONDS:
            yield Oddity("large-values-accepted", node, f"is {seconds}", _put(node, seconds))
    if _is_free_text(node) and (len(node.path) == 1 or node.path[-1] in {"comments", "description"}):
        yield Oddity("large-values-accepted", node, f"has {_LONG} characters", _put(node, "long \u00e4" * (_LONG // 6)))


def _is_free_text(node: Node) -> bool:
    is_currency = node.path[-1:] == ("code",)
    return "string" in node.types and "enum" not in node.schema and node.path[0] not in _UNSUITED and not is_currency


def _put(node: Node, value: Any) -> Callable[[Draft], Draft]:
    return lambda draft: changed(draft, node.path, value)


def _repeated(draft: Draft, node: Node, times: int) -> Draft:
    elements = value_at(draft, node.path)
    body: Draft = changed(draft, node.path, [elements[0]] * (times - 1) + [elements[1]])
    return body
