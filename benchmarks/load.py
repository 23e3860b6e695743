"""
Load generation with wrk: creates with a new invoice number in each, as fast as the server responds.
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

from b2b_invoices_contract.targets import Credentials
from b2b_invoices_spec import load_contract

CONNECTIONS = 16
"""Concurrent callers; each waits for its response before it sends the next request."""

NUMBER = "@number@"
"""Placeholder for the request's number; `@number%7@` is the number modulo 7."""

_PLACE = re.compile(r"@number(?:%(\d+))?@")
_SCRIPT = """
local number = {first}
function request()
  number = number + 1
  return wrk.format("POST", nil, nil, table.concat({{{parts}}}))
end
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('@{{"requests": %d, "micros": %d, "p50": %d, "p99": %d, "rejected": %d, "failed": %d}}@',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
"""


class CannotLoad(Exception):  # noqa: N818 - it is a reason to skip a measurement
    """wrk could not send the load; the message says why."""


class NoWrk(CannotLoad):
    """wrk is not installed; the message says how to install it."""


@attrs.frozen
class Load:
    """
    The result of one load.

    Attributes:
        requests: Number of successful creates.
        per_second: Creates per second.
        p50: Median latency in microseconds.
        p99: 99th percentile of the latency in microseconds.
    """

    requests: int
    per_second: float
    p50: float
    p99: float


def full_body(**fields: Any) -> str:
    """
    Return the documentation page's full body with placeholders for its numbers, and with *fields* replaced.
    """
    example = load_contract().example("FullInvoice")
    return json.dumps({**example, "invoiceNumber": f"load-{NUMBER}", "orderNumber": NUMBER, **fields})


def check_wrk() -> None:
    """
    Check that wrk is installed.

    Raises:
        NoWrk: If it is not.
    """
    if shutil.which("wrk") is None:
        raise NoWrk("wrk is not on the path; run apt-get install wrk or brew install wrk")


def send_creates(base_url: str, credentials: Credentials, body: str, *, seconds: int, first: int) -> Load:
    """
    Send *body* repeatedly for *seconds* on 16 connections, with numbers from *first* on.

    Raises:
        NoWrk: If wrk is not installed.
        CannotLoad: If the server rejects a create or drops a connection.
    """
    check_wrk()
    headers = {**credentials.headers, "Content-Type": "application/json", "Accept": "application/json"}
    with TemporaryDirectory() as folder:
        script = Path(folder) / "creates.lua"
        script.write_text(_SCRIPT.format(first=first, parts=", ".join(_parts(body))), encoding="utf-8")
        done = _wrk(f"{base_url}/invoices", headers, script, seconds)
    return _load(done)


def _parts(body: str) -> list[str]:
    texts = _PLACE.split(body)  # every second one is a divisor or None
    numbers = [f"number % {divisor}" if divisor else "number" for divisor in texts[1::2]]
    written = [f'string.format("%d", {number})' for number in numbers]
    quoted = [json.dumps(text) for text in texts[0::2]]  # a JSON string is a Lua string, too
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
    report: dict[str, Any] = json.loads(found.group(1))
    if report["rejected"] or report["failed"] or not report["requests"]:
        raise CannotLoad(
            f"{report['rejected']} of {report['requests']} creates were rejected and {report['failed']} failed"
        )
    return Load(report["requests"], report["requests"] / report["micros"] * 1_000_000, report["p50"], report["p99"])
