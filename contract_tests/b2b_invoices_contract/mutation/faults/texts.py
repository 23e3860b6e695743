"""
Services that do not keep text to the letter.
"""

import re
import unicodedata
from collections.abc import Callable
from html import escape

from b2b_invoices_contract.mutation.fault import Fault, fault, invoices
from b2b_invoices_contract.mutation.service import Draft, Invoice

_STORED = "stored-as-sent"

_ANY_TEXT = "any-text-is-unchanged"

_TEXTS = (
    "invoiceNumber",
    "type",
    "purchaseOrderNumber",
    "externalId",
    "externalCustomerId",
    "externalPdfUrl",
    "termsConditions",
)


def _text(
    name: str,
    change: Callable[[str], str | None],
    *,
    says: str,
    only: tuple[str, ...] = _TEXTS,
    also: tuple[str, ...] = (),
) -> Fault:
    def apply(invoice: Invoice, _: Draft) -> None:
        for field in only:
            if isinstance(invoice.get(field), str):
                invoice[field] = change(invoice[field])

    return fault(name, breaks=(_ANY_TEXT, _STORED, *also), says=says)(invoices(apply))


def _latin_1(text: str) -> str:
    return text.encode("utf-8").decode("latin-1")


TEXT = (
    _text("text-trimmed", str.strip, says="Blanks around text are lost."),
    _text("terms-trimmed", str.strip, says="Blanks around the terms are lost.", only=("termsConditions",)),
    _text("blanks-collapsed", lambda it: re.sub(r"\s+", " ", it), says="Blanks in text become one."),
    _text(
        "text-normalised", lambda it: unicodedata.normalize("NFC", it), says="Letters with accents are put together."
    ),
    _text("text-compatible", lambda it: unicodedata.normalize("NFKC", it), says="Letters become their plainer likes."),
    _text(
        "text-taken-apart", lambda it: unicodedata.normalize("NFD", it), says="Letters with accents are taken apart."
    ),
    _text("text-in-latin-1", _latin_1, says="Text is read in the wrong encoding."),
    _text(
        "text-in-ascii",
        lambda it: it.encode("ascii", "replace").decode(),
        says="Letters beyond ASCII become question marks.",
    ),
    _text(
        "text-without-astral",
        lambda it: "".join(letter if ord(letter) < 0x10000 else "?" for letter in it),
        says="Letters beyond the first 65,536, such as emoji, become question marks.",
    ),
    _text(
        "text-without-control", lambda it: re.sub(r"[\x00-\x08\x0b-\x1f]", "", it), says="Control characters are lost."
    ),
    _text("text-cut-at-nul", lambda it: it.partition("\0")[0], says="Text ends at its first NUL."),
    _text(
        "line-ends-changed",
        lambda it: it.replace("\r\n", "\n").replace("\r", "\n"),
        says="Carriage returns become newlines.",
    ),
    _text("text-escaped", escape, says="Text is escaped for HTML."),
    _text("text-stripped-of-tags", lambda it: re.sub(r"<[^>]*>?", "", it), says="What looks like a tag is lost."),
    _text("quotes-doubled", lambda it: it.replace("'", "''"), says="Single quotes are doubled."),
    _text("backslashes-lost", lambda it: it.replace("\\", ""), says="Backslashes are lost."),
    _text("percent-decoded", lambda it: it.replace("%20", " ").replace("+", " "), says="Plus signs become blanks."),
    _text(
        "number-in-capitals",
        str.upper,
        also=("invoice-numbers-are-exact",),
        says="The number is put into capitals.",
        only=("invoiceNumber",),
    ),
    _text(
        "number-without-zeros",
        lambda it: it.lstrip("0") or it,
        says="The number loses zeros in front.",
        only=("invoiceNumber", "externalId", "purchaseOrderNumber"),
    ),
    _text("type-in-title-case", str.title, says="The type is put into title case.", only=("type",)),
    _text("long-text-cut", lambda it: it[:255], also=("large-values-accepted",), says="Text is cut at 255 letters."),
    _text(
        "text-cut-at-1000",
        lambda it: it[:1000],
        also=("large-values-accepted",),
        says="The terms are cut at 1,000 letters.",
        only=("termsConditions",),
    ),
    _text(
        "number-cut-at-20",
        lambda it: it[:20],
        also=("large-values-accepted",),
        says="The number is cut at 20 letters.",
        only=("invoiceNumber",),
    ),
    _text(
        "empty-text-is-null",
        lambda it: it or None,
        also=("empty-values-accepted",),
        says="Empty text reads as null.",
        only=tuple(set(_TEXTS) - {"invoiceNumber", "type"}),
    ),
    _text(
        "url-without-query",
        lambda it: it.partition("?")[0].partition("#")[0],
        says="The PDF's URL loses its query.",
        only=("externalPdfUrl",),
    ),
    _text(
        "null-word-is-null",
        lambda it: None if it in {"null", "None", "N/A"} else it,
        says="The word null reads as null.",
        only=("externalId", "purchaseOrderNumber", "termsConditions"),
    ),
)
