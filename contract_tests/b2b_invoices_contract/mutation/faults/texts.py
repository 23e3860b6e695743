"""
Servers that change text or details.
"""

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from html import escape
from typing import Any

from b2b_invoices_contract.mutation.fault import Act, invoices
from b2b_invoices_contract.mutation.service import Draft, Invoice

from .table import nodes_in, table, value

_STORED = "stored-as-sent"
_TEXT = ("any-text-is-unchanged", _STORED)
_DETAILS = ("details-are-unchanged", _STORED)
_LARGE = "large-values-accepted"
_OPTIONAL = ("purchaseOrderNumber", "externalId", "externalCustomerId", "externalPdfUrl", "termsConditions")


def _text(change: Callable[[str], str | None], *names: str) -> Act:
    def apply(invoice: Invoice, _: Draft) -> None:
        for name in names or ("invoiceNumber", "type", *_OPTIONAL):
            if isinstance(invoice.get(name), str):
                invoice[name] = change(invoice[name])

    return invoices(apply)


def _sub(pattern: str, text: str) -> Callable[[str], str]:
    return lambda it: re.sub(pattern, text, it)


def _normal(form: Any) -> Callable[[str], str]:
    return partial(unicodedata.normalize, form)


TEXTS = (
    *table(
        _TEXT,
        ("Spaces around text are lost.", str.strip),
        ("Spaces around the terms are lost.", str.strip, "termsConditions"),
        ("Several spaces become one.", _sub(r"\s+", " ")),
        ("Text is normalised to NFC.", _normal("NFC")),
        ("Text is normalised to NFKC.", _normal("NFKC")),
        ("Text is normalised to NFD.", _normal("NFD")),
        ("Text is decoded as Latin-1.", lambda it: it.encode("utf-8").decode("latin-1")),
        ("Characters beyond ASCII become question marks.", _sub(r"[^\x00-\x7f]", "?")),
        ("Characters beyond U+FFFF become question marks.", _sub(r"[^\x00-\uffff]", "?")),
        ("Control characters are lost.", _sub(r"[\x00-\x08\x0b-\x1f]", "")),
        ("Text ends at the first NUL.", _sub(r"(?s)\x00.*", "")),
        ("Carriage returns become newlines.", _sub(r"\r\n?", "\n")),
        ("Text is escaped for HTML.", escape),
        ("Text that looks like a tag is lost.", _sub(r"<[^>]*>?", "")),
        ("Single quotes are doubled.", _sub("'", "''")),
        ("Backslashes are lost.", _sub(r"\\", "")),
        ("Text is decoded like a query.", _sub(r"%20|\+", " ")),
        ("Leading zeros are lost.", _sub("^0+(?=.)", ""), "invoiceNumber", "externalId", "purchaseOrderNumber"),
        ("The type is in title case.", str.title, "type"),
        ("The URL of a PDF loses its query.", _sub(r"(?s)[?#].*", ""), "externalPdfUrl"),
        ("The word null reads as null.", lambda it: None if it in {"null", "None", "N/A"} else it, *_OPTIONAL),
        of=_text,
        beside=("list-filters", "list-search"),
    ),
    *table(
        (*_TEXT, "invoice-numbers-are-exact"),
        ("The invoice number is in capitals.", _text(str.upper, "invoiceNumber")),
    ),
    *table((*_TEXT, "empty-values-accepted"), ("Empty text reads as null.", _text(lambda it: it or None, *_OPTIONAL))),
    *table(
        (*_TEXT, _LARGE),
        ("Text is cut at 255 characters.", lambda it: it[:255]),
        ("The terms are cut at 1000 characters.", lambda it: it[:1000], "termsConditions"),
        ("The invoice number is cut at 20 characters.", lambda it: it[:20], "invoiceNumber"),
        of=_text,
    ),
)


def _objects(change: Callable[[dict[str, Any]], Any]) -> Act:
    def apply(invoice: Invoice, _: Draft) -> None:
        for node in list(nodes_in(invoice["details"])):
            if isinstance(node, dict):
                change(node)

    return invoices(apply)


def _values(is_meant: Callable[[Any], Any], make: Callable[[Any], Any]) -> Act:
    return _objects(lambda it: it.update({name: make(each) for name, each in it.items() if is_meant(each)}))


def _lists(make: Callable[[list[Any]], list[Any]]) -> Act:
    return _values(lambda it: isinstance(it, list), make)


def _without(is_meant: Callable[[str, Any], Any]) -> Act:
    return _objects(lambda it: [it.pop(name) for name, each in [*it.items()] if is_meant(name, each)])


def _is_number(it: Any) -> bool:
    return isinstance(it, int | Decimal) and not isinstance(it, bool)


def _is_amount(it: Any) -> bool:
    return isinstance(it, str) and bool(re.fullmatch(r"-?\d{1,15}(\.\d+)?", it))


def _is_decimal(it: Any) -> bool:
    return isinstance(it, Decimal)


def _is_text(it: Any) -> bool:
    return isinstance(it, str)


def _known_only(details: Any) -> Any:
    return details and {name: each for name, each in details.items() if name in {"header", "details"}}


def _capital_keys(node: dict[str, Any]) -> None:
    for name in [name for name in node if name.startswith("x-")]:
        node[name.title()] = node.pop(name)


def _short_country(node: dict[str, Any]) -> None:
    if "country" in node:
        node["country"] = node["country"][:2]


def _shipping_is_billing(node: dict[str, Any]) -> None:
    if {"billingAddress", "shippingAddresses"} <= node.keys():
        node["shippingAddresses"] = [node["billingAddress"] for _ in node["shippingAddresses"]]


def _once(them: list[Any]) -> list[Any]:
    return [each for index, each in enumerate(them) if each not in them[:index]]


DETAILS = (
    *table(
        ("details-are-unchanged", "unknown-fields-accepted"),
        ("Unknown keys of the details are lost.", value("details", _known_only)),
        ("Nested unknown keys are lost.", _without(lambda name, _: name.startswith("x-"))),
        ("Unknown keys are in title case.", _objects(_capital_keys)),
        beside=(_STORED,),
    ),
    *table(
        _DETAILS,
        ("Numbers in the details become text.", _values(_is_number, str)),
        ("Amounts that are text become numbers.", _values(_is_amount, Decimal)),
        ("Spaces around text in the details are lost.", _values(_is_text, str.strip)),
        ("Countries are cut at two characters.", _objects(_short_country)),
        ("Shipping addresses are the billing address.", _objects(_shipping_is_billing)),
        ("Numbers in the details are rounded to cents.", _values(_is_decimal, lambda it: round(it, 2))),
    ),
    *table(
        (_LARGE, *_DETAILS),
        ("Lists in the details are sorted.", _lists(lambda it: sorted(it, key=str))),
        ("Lists in the details are reversed.", _lists(lambda it: it[::-1])),
        ("Only the first element of a list is stored.", _lists(lambda it: it[:1])),
        ("Equal elements of a list are stored once.", _lists(_once)),
    ),
    *table(
        ("empty-values-accepted", *_DETAILS),
        ("Empty values in the details are lost.", _without(lambda _, it: it in (None, "", [], {}))),
    ),
)
