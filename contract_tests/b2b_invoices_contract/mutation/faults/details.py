"""
Services that tidy the details up.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from b2b_invoices_contract.mutation.service import Draft, Invoice

from .readings import Change, nodes_in, reads

_STORED = "stored-as-sent"

_DETAILS = "details-are-unchanged"


def _each(change: Callable[[dict[str, Any]], Any]) -> Change:
    def apply(invoice: Invoice, _: Draft) -> None:
        for node in list(nodes_in(invoice["details"])):
            if isinstance(node, dict):
                change(node)

    return apply


def _tidied(node: dict[str, Any]) -> None:
    for name in [name for name, value in node.items() if value in (None, "", [], {})]:
        del node[name]


def _numbers_as_text(node: dict[str, Any]) -> None:
    for name, value in node.items():
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            node[name] = str(value)


def _text_as_numbers(node: dict[str, Any]) -> None:
    if isinstance(node.get("value"), str) and re.fullmatch(r"-?\d{1,15}(\.\d+)?", node["value"]):
        node["value"] = Decimal(node["value"])


def _known_only(invoice: Invoice, _: Draft) -> None:
    if invoice["details"]:
        invoice["details"] = {
            name: value for name, value in invoice["details"].items() if name in {"header", "details"}
        }


def _items(change: Callable[[list[Any]], list[Any]]) -> Change:
    return _each(
        lambda node: node.update({name: change(value) for name, value in node.items() if isinstance(value, list)})
    )


DETAILS = (
    reads(
        "details-known-keys-only",
        _known_only,
        breaks=(_DETAILS, "unknown-fields-accepted"),
        says="Keys that nobody knows are dropped from the details.",
    ),
    reads(
        "details-nested-keys-dropped",
        _each(lambda node: [node.pop(name) for name in [*node] if name.startswith("x-")]),
        breaks=(_DETAILS, "unknown-fields-accepted"),
        says="Keys that nobody knows are dropped from the depths of the details.",
    ),
    reads(
        "details-without-empty",
        _each(_tidied),
        breaks=("empty-values-accepted", _DETAILS, _STORED),
        says="Empty parts of the details are dropped.",
    ),
    reads(
        "details-numbers-as-text",
        _each(_numbers_as_text),
        breaks=(_DETAILS, _STORED),
        says="Numbers in the details become text.",
    ),
    reads(
        "details-text-as-numbers",
        _each(_text_as_numbers),
        breaks=(_DETAILS, _STORED),
        says="Amounts in the details that are text become numbers.",
    ),
    reads(
        "details-lists-sorted",
        _items(lambda it: sorted(it, key=str)),
        breaks=("large-values-accepted", _DETAILS, _STORED),
        says="Lists in the details are sorted.",
    ),
    reads(
        "details-lists-reversed",
        _items(lambda it: it[::-1]),
        breaks=("large-values-accepted", _DETAILS, _STORED),
        says="Lists in the details are turned round.",
    ),
    reads(
        "details-first-only",
        _items(lambda it: it[:1]),
        breaks=("large-values-accepted", _DETAILS, _STORED),
        says="Of each list in the details, the first element is kept.",
    ),
    reads(
        "details-twins-dropped",
        _items(lambda it: [part for index, part in enumerate(it) if part not in it[:index]]),
        breaks=("large-values-accepted", _DETAILS, _STORED),
        says="Equal elements of a list in the details are kept once.",
    ),
    reads(
        "details-texts-trimmed",
        _each(
            lambda node: node.update({name: value.strip() for name, value in node.items() if isinstance(value, str)})
        ),
        breaks=(_DETAILS, _STORED),
        says="Blanks around texts in the details are lost.",
    ),
    reads(
        "details-country-code",
        _each(lambda node: node.update(country=node["country"][:2]) if "country" in node else None),
        breaks=(_DETAILS, _STORED),
        says="Countries in the details are cut to two letters.",
    ),
    reads(
        "details-shipping-is-billing",
        lambda it, _: (
            it["details"]["header"].update(
                shippingAddresses=[
                    it["details"]["header"]["billingAddress"] for _ in it["details"]["header"]["shippingAddresses"]
                ]
            )
            if it["details"] and {"billingAddress", "shippingAddresses"} <= it["details"].get("header", {}).keys()
            else None
        ),
        breaks=(_DETAILS, _STORED),
        says="Shipping addresses read as the billing address.",
    ),
    reads(
        "details-shipments-forgotten",
        lambda it, _: it["details"].get("details", {}).pop("shipments", None) if it["details"] else None,
        breaks=(_DETAILS, _STORED),
        says="Shipments are never stored.",
    ),
    reads(
        "details-discounts-forgotten",
        _each(lambda node: node.pop("unitDiscount", None)),
        breaks=(_DETAILS, _STORED),
        says="Discounts are never stored.",
    ),
    reads(
        "details-floats",
        _each(
            lambda node: node.update(
                {name: float(f"{value:.2f}") for name, value in node.items() if isinstance(value, Decimal)}
            )
        ),
        breaks=(_DETAILS, _STORED),
        says="Numbers in the details are rounded to two decimals.",
    ),
    reads(
        "details-keys-in-capitals",
        _each(lambda node: [node.update({name.title(): node.pop(name)}) for name in [*node] if name.startswith("x-")]),
        breaks=_DETAILS,
        says="Keys that nobody knows change their case.",
    ),
)
