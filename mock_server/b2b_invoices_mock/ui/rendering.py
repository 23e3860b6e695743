"""
Templates, and how values look in them. Everything is escaped; no page runs a script but its own.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from markupsafe import Markup, escape
from starlette.responses import Response

if TYPE_CHECKING:
    from jinja2 import Environment

ASSETS = Path(__file__).parent / "assets"

_LONGEST = 200  # letters in one place of a list

_SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def page(name: str, **values: Any) -> Response:
    """
    Return the page that the template *name* makes of *values*.
    """
    return secured(Response(render(name, **values), media_type="text/html"))


def render(name: str, **values: Any) -> str:
    """
    Return the text that the template *name* makes of *values*.
    """
    return _environment().get_template(name).render(**values)


def secured(response: Response) -> Response:
    """
    Return *response* with the headers that keep a browser to what is the mock's own.
    """
    response.headers.update(_SECURITY)
    return response


def moment(seconds: float, pattern: str) -> str:
    """
    Return a time in Unix seconds as *pattern* says, in UTC, or the number itself where no calendar has it.
    """
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime(pattern)
    except (OverflowError, OSError, ValueError):
        return str(seconds)


def short(text: str) -> str:
    """
    Return *text*, or its beginning and an ellipsis when it is too long for a list.
    """
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}\u2026"


def prose(text: str) -> Markup:
    """
    Return a description of the contract as HTML: paragraphs, lists, `code` and *stress* are all it has.
    """
    blocks = re.split(r"\n\s*\n", text.strip())
    return Markup("\n").join(_block(block) for block in blocks)


def as_yaml(value: Any) -> str:
    """
    Return *value* as the contract would write it.
    """
    return yaml.dump(value, sort_keys=False, allow_unicode=True, width=60, Dumper=_PlainDumper)


def as_json(value: Any) -> str:
    """
    Return an example of the contract as JSON.
    """
    return json.dumps(value, indent=2, ensure_ascii=False)


class _PlainDumper(yaml.SafeDumper):
    """Writes what the contract says twice twice, instead of by an alias."""

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
    filters: Mapping[str, Any] = {
        "moment": moment,
        "short": short,
        "prose": prose,
        "as_yaml": as_yaml,
        "as_json": as_json,
    }
    templates.filters.update(filters)
    return templates
