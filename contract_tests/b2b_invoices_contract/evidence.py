"""
Evidence of a failure: the requests as curl commands, and the response.
"""

import re
import shlex
from collections.abc import Mapping, Sequence

from .exchanges import Exchange
from .redaction import HIDDEN, Redaction

LONGEST = 2000
"""How many characters of a text the report shows."""

_LONGEST_BODY = 20_000
_SHOWN = frozenset({"accept", "content-type"})
_OF_THE_TRANSPORT = frozenset(
    {
        *("accept-encoding", "connection", "content-length", "host", "traceparent", "transfer-encoding"),
        *("user-agent", "x-schemathesis-testcaseid"),
    }
)
_ID = re.compile(r"(?<=/invoices/)[0-9]+")
_READS_THE_ID = r"""sed -E 's/.*"id": *([0-9]+).*/\1/'"""


def commands(exchanges: Sequence[Exchange], redaction: Redaction) -> str:
    """
    Return shell commands that reproduce *exchanges*, one a line, with variables for the credentials.

    The server assigns another id each time, so a command that creates an invoice keeps its id for those after it.
    """
    lines: list[str] = []
    variables: dict[str, str] = {}  # id of a created invoice -> the variable that has it
    for index, exchange in enumerate(exchanges):
        line = _command(exchange, variables, redaction)
        created = str(exchange.get("data", "id")) if exchange.method == "POST" else ""
        if created in map(_id_in_path, exchanges[index + 1 :]):
            variables[created] = f"ID{len(variables) + 1}" if variables else "ID"
            line = f"{variables[created]}=$({line.replace('curl', 'curl -s', 1)} | {_READS_THE_ID})"
        lines.append(line)
    return "\n".join(lines)


def response(exchange: Exchange, redaction: Redaction) -> str:
    """
    Return status, content type and body of the response in *exchange*, shortened.
    """
    content_type = exchange.headers.get("content-type", "no content type")
    body = exchange.body.decode("utf-8", "backslashreplace")
    return shown(f"{exchange.status} {content_type}\n{body}".strip(), redaction)


def shown(text: str, redaction: Redaction, longest: int = LONGEST) -> str:
    """
    Return *text* as valid UTF-8 with its secrets hidden, cut to *longest* characters.
    """
    # Secrets first, since a cut may leave half of one. JSON may have a lone surrogate in it.
    whole = redaction.hide(text).encode("utf-8", "backslashreplace").decode()
    return whole if len(whole) <= longest else f"{whole[:longest]}… ({len(whole) - longest} more characters)"


def _id_in_path(exchange: Exchange) -> str:
    found = _ID.search(exchange.path)
    return found.group() if found else "none"


def _command(exchange: Exchange, variables: Mapping[str, str], redaction: Redaction) -> str:
    headers = [_header(name, value, redaction) for name, value in _headers(exchange)]
    before, body = _body(exchange.request_body, redaction)
    url = _url(exchange, variables, redaction)
    return " ".join([*before, "curl", "-X", exchange.method, url, *headers, *body])


def _url(exchange: Exchange, variables: Mapping[str, str], redaction: Redaction) -> str:
    variable = variables.get(_id_in_path(exchange))
    parts = _ID.split(exchange.url, maxsplit=1) if variable else [exchange.url]
    return f'"${variable}"'.join(shlex.quote(redaction.hide(part)) if part else "" for part in parts)


def _headers(exchange: Exchange) -> list[tuple[str, str]]:
    headers = [
        (name, value)
        for name, value in exchange.request_headers.items()
        if name.lower() not in _OF_THE_TRANSPORT and (name.lower(), value) != ("accept", "*/*")
    ]
    if exchange.request_body and "content-type" not in {name.lower() for name, _ in headers}:
        headers.append(("Content-Type", ""))  # without it, curl sends one of its own
    return headers


def _header(name: str, value: str, redaction: Redaction) -> str:
    if name.lower() in _SHOWN:
        return f"-H {shlex.quote(f'{name}: {redaction.hide(value)}'.strip())}"
    if not value:
        return f"-H {shlex.quote(f'{name};')}"  # curl's syntax for an empty header
    variable = redaction.variables.get(value)
    # A wrong credential is shown as [hidden] too: it may be a right one with a letter changed.
    return f'-H "{name}: {variable}"' if variable else f"-H {shlex.quote(f'{name}: {HIDDEN}')}"


def _body(body: bytes, redaction: Redaction) -> tuple[list[str], list[str]]:
    """
    Return what stands before `curl`, and its options for *body*.
    """
    if not body:
        return [], []
    text = redaction.hide(body.decode("utf-8", "backslashreplace"))
    if len(text) > _LONGEST_BODY:
        comment = f"# the body has {len(body)} bytes, of which only the first are shown\n"
        return [comment], [f"--data-raw {shlex.quote(text[:_LONGEST_BODY])}"]
    if _is_text(body):
        return [], [f"--data-raw {shlex.quote(text)}"]
    if redaction.finds(text):
        return [], [f"--data-raw {shlex.quote(HIDDEN)}"]
    octal = "".join(f"\\{byte:03o}" for byte in body)
    return [f"printf '{octal}' |"], ["--data-binary @-"]


def _is_text(body: bytes) -> bool:
    try:
        return "\0" not in body.decode()
    except UnicodeDecodeError:
        return False
