"""
Load: wrk, which sends creates as fast as a server answers them, a fresh number in each.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs

from b2b_invoices_contract.contract import load_document
from b2b_invoices_contract.targets import Credentials

CONNECTIONS = 16
"""How many callers there are, each of which waits for its answer."""

NUMBER = "@number@"
"""Stands in a body for the number of the request; `@number%7@` for what is left of it when it is divided by 7."""

_PLACE = re.compile(r"@number(?:%(\d+))?@")
_SCRIPT = """
local number = {first}
function request()
  number = number + 1
  return wrk.format("POST", nil, nil, table.concat({{{parts}}}))
end
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('@{{"requests": %d, "micros": %d, "p50": %d, "p99": %d, "refused": %d, "failed": %d}}@',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
"""


class CannotLoad(Exception):  # noqa: N818 - it is why a measurement is left out, not how it failed
    """No load can be made; the message says why."""


class NoWrk(CannotLoad):
    """There is nothing to make load with; the message says how to get it."""


@attrs.frozen
class Load:
    """
    What a server did under load.

    Attributes:
        requests: Creates that it answered.
        per_second: Creates that it answered in a second.
        median: Microseconds that half of the answers took at most.
        p99: Microseconds that all but one in a hundred took at most.
    """

    requests: int
    per_second: float
    median: float
    p99: float


def full_body(**fields: Any) -> str:
    """
    Return the page's full body, with a place for its numbers, and *fields* in place of its own.
    """
    example = load_document()["components"]["examples"]["FullInvoice"]["value"]
    return json.dumps({**example, "invoiceNumber": f"load-{NUMBER}", "orderNumber": NUMBER, **fields})


def check_wrk() -> None:
    """
    Let a measurement begin when there is wrk.

    Raises:
        NoWrk: When there is none.
    """
    if shutil.which("wrk") is None:
        raise NoWrk("there is no wrk on the path; apt-get install wrk, or brew install wrk")


def send_creates(base_url: str, credentials: Credentials, body: str, *, seconds: int, first: int) -> Load:
    """
    Send *body* over and over for so many *seconds*, on 16 connections, numbered from *first*.

    Raises:
        NoWrk: When there is no wrk.
        CannotLoad: When the server refuses or drops what it should take.
    """
    check_wrk()
    headers = {**credentials.headers, "Content-Type": "application/json", "Accept": "application/json"}
    with TemporaryDirectory() as folder:
        script = Path(folder) / "creates.lua"
        script.write_text(_SCRIPT.format(first=first, parts=", ".join(_parts(body))), encoding="utf-8")
        done = _wrk(f"{base_url}/invoices", headers, script, seconds)
    return _load(done)


def _parts(body: str) -> list[str]:
    texts = _PLACE.split(body)  # every second one is what to divide by, or None
    numbers = [f"number % {divisor}" if divisor else "number" for divisor in texts[1::2]]
    written = [f'string.format("%d", {number})' for number in numbers]
    quoted = [json.dumps(text) for text in texts[0::2]]  # a text of Lua, too
    return [part for pair in zip(quoted, [*written, '""'], strict=True) for part in pair]


def _wrk(url: str, headers: Mapping[str, str], script: Path, seconds: int) -> subprocess.CompletedProcess[str]:
    options = [f"-c{CONNECTIONS}", "-t1", f"-d{seconds}s", f"-s{script}"]
    sent = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    command = ["wrk", *options, *sent, url]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command


def _load(done: subprocess.CompletedProcess[str]) -> Load:
    found = re.search(r"@(\{.*\})@", done.stdout)
    if found is None:
        raise CannotLoad(f"wrk failed: {done.stderr.strip() or done.stdout.strip()}")
    said: dict[str, Any] = json.loads(found.group(1))
    if said["refused"] or said["failed"] or not said["requests"]:
        raise CannotLoad(f"of {said['requests']} creates {said['refused']} were refused and {said['failed']} failed")
    return Load(said["requests"], said["requests"] / said["micros"] * 1_000_000, said["p50"], said["p99"])
