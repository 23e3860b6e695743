"""
What shows a failure: the requests as commands that repeat them, and the answer.
"""

import re
import shlex
from collections.abc import Sequence

from .exchanges import Exchange
from .redaction import HIDDEN, Redaction

LONGEST = 2000
"""How many letters of a text the report shows."""

_LONGEST_BODY = 20_000
_SHOWN = frozenset({"accept", "content-type"})
_OF_THE_TRANSPORT = frozenset(
    {
        *("accept-encoding", "connection", "content-length", "host", "traceparent", "transfer-encoding"),
        *("user-agent", "x-schemathesis-testcaseid"),
    }
)
_READS_THE_ID = r"""sed -E 's/.*"id": *([0-9]+).*/\1/'"""


def commands(exchanges: Sequence[Exchange], redaction: Redaction) -> str:
    """
    Return shell commands that repeat *exchanges*, a line each, with variables where the credentials stood.

    An invoice that the first creates has another id the next time, so the second asks for the one it was given.
    """
    if len(exchanges) == 2 and (created := _created_id(exchanges[0])):  # noqa: PLR2004 - a create and what followed
        first, second = (_command(exchange, redaction) for exchange in exchanges)
        used = re.sub(rf"/invoices/{created}(?![0-9])('?)", r'/invoices/\1"$ID"', second)
        if used != second:
            used = used.replace('\'"$ID"', '\'"$ID"')
            return f"ID=$({first.replace('curl', 'curl -s', 1)} | {_READS_THE_ID})\n{used}"
    return "\n".join(_command(exchange, redaction) for exchange in exchanges)


def answer(exchange: Exchange, redaction: Redaction) -> str:
    """
    Return status, content type and body of the answer in *exchange*, shortened.
    """
    content_type = exchange.headers.get("content-type", "no content type")
    body = exchange.body.decode("utf-8", "backslashreplace")
    return shown(f"{exchange.status} {content_type}\n{body}".strip(), redaction)


def shown(text: str, redaction: Redaction, longest: int = LONGEST) -> str:
    """
    Return *text* as files can hold it, its secrets hidden and then cut to *longest*: a cut may leave half of one.
    """
    whole = redaction.hide(text).encode("utf-8", "backslashreplace").decode()  # JSON may have half a letter in it
    return whole if len(whole) <= longest else f"{whole[:longest]}… ({len(whole) - longest} letters more)"


def _created_id(exchange: Exchange) -> int | None:
    answered = exchange.json
    data = answered.get("data") if exchange.method == "POST" and isinstance(answered, dict) else None
    found = data.get("id") if isinstance(data, dict) else None
    return found if isinstance(found, int) else None


def _command(exchange: Exchange, redaction: Redaction) -> str:
    headers = [_header(name, value, redaction) for name, value in _told(exchange)]
    before, body = _body(exchange.request_body, redaction)
    url = shlex.quote(redaction.hide(exchange.url))
    return " ".join([*before, "curl", *(["-X", exchange.method]), url, *headers, *body])


def _told(exchange: Exchange) -> list[tuple[str, str]]:
    headers = [
        (name, value)
        for name, value in exchange.request_headers.items()
        if name.lower() not in _OF_THE_TRANSPORT and (name.lower(), value) != ("accept", "*/*")
    ]
    if exchange.request_body and "content-type" not in {name.lower() for name, _ in headers}:
        headers.append(("Content-Type", ""))  # or else curl makes one up
    return headers


def _header(name: str, value: str, redaction: Redaction) -> str:
    if name.lower() in _SHOWN:
        return f"-H {shlex.quote(f'{name}: {redaction.hide(value)}'.strip())}"
    if not value:
        return f"-H {shlex.quote(f'{name};')}"  # how curl is told to send an empty one
    variable = redaction.variables.get(value)
    # A wrong credential is shown as [hidden] too: it may be a right one with a letter changed.
    return f'-H "{name}: {variable}"' if variable else f"-H {shlex.quote(f'{name}: {HIDDEN}')}"


def _body(body: bytes, redaction: Redaction) -> tuple[list[str], list[str]]:
    if not body:
        return [], []
    text = redaction.hide(body.decode("utf-8", "backslashreplace"))
    if len(text) > _LONGEST_BODY:
        return [f"# the body has {len(body)} bytes, of which only the first are shown\n"], [
            f"--data-raw {shlex.quote(text[:_LONGEST_BODY])}"
        ]
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
