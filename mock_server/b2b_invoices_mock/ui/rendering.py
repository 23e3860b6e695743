"""
HTML templates and their filters. Every value is escaped.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from markupsafe import Markup, escape
from starlette.responses import Response

if TYPE_CHECKING:
    from jinja2 import Environment

ASSETS = Path(__file__).parent / "assets"

_MAX_LENGTH = 200  # characters in a cell of a list
_MAX_ROUNDED = 10**15  # larger amounts are shown with all their digits


def page(name: str, **values: Any) -> Response:
    """
    Return a response with the template *name*, rendered with *values*.
    """
    return Response(render(name, **values), media_type="text/html")


def render(name: str, **values: Any) -> str:
    """
    Render the template *name* with *values*, and return the HTML.
    """
    return _environment().get_template(name).render(**values)


def moment(seconds: float, pattern: str) -> str:
    """
    Return a time in Unix seconds, formatted in UTC by *pattern*; the number itself if it is outside the calendar.
    """
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime(pattern)
    except (OverflowError, OSError, ValueError):
        return str(seconds)


def short(text: str) -> str:
    """
    Return *text*, or its beginning and an ellipsis if it is too long for a list.
    """
    return text if len(text) <= _MAX_LENGTH else f"{text[: _MAX_LENGTH - 1]}\u2026"


def money(balance: Mapping[str, str]) -> str:
    """
    Return a balance as text, such as `33.25 USD`, with more decimals only if it has more.
    """
    value = Decimal(balance["value"])
    cents = value.quantize(Decimal("0.01")) if abs(value) < _MAX_ROUNDED else value
    return f"{cents if cents == value else value} {balance['code']}"


def prose(text: str) -> Markup:
    """
    Return a description of the contract as HTML; it may have paragraphs, lists, `code` and *emphasis*.
    """
    blocks = re.split(r"\n\s*\n", text.strip())
    return Markup("\n").join(_block(block) for block in blocks)


class _PlainDumper(yaml.SafeDumper):
    def ignore_aliases(self, _: Any) -> bool:
        return True


def _block(block: str) -> Markup:
    if block.startswith("- "):
        items = re.split(r"\n(?=- )", block)
        return Markup("<ul>{}</ul>").format(Markup().join(Markup("<li>{}</li>").format(_inline(i[2:])) for i in items))
    return Markup("<p>{}</p>").format(_inline(block))


def _inline(text: str) -> Markup:
    escaped = str(escape(text))
    coded = re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped)
    return Markup(re.sub(r"(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])", r"<em>\1</em>", coded))  # noqa: S704 - escaped above


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - fixtures render no templates

    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "moment": moment,
        "short": short,
        "money": money,
        "prose": prose,
        "as_yaml": partial(yaml.dump, sort_keys=False, allow_unicode=True, width=60, Dumper=_PlainDumper),
        "as_json": partial(json.dumps, indent=2, ensure_ascii=False),
    }
    return templates
