"""
That what is written about the client is true: examples run, the manual runs, and type checkers see what it says.
"""

import asyncio
import doctest
import importlib
import inspect
import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from mypy import api as mypy

import b2b_invoices
from b2b_invoices.api import invoices
from openapi.generator.tests.service import TOKEN, Store, client_of, draft, example_response

CLIENT = Path(b2b_invoices.__file__).parents[1]
MODULES = [
    importlib.import_module(module.name) for module in pkgutil.walk_packages(b2b_invoices.__path__, "b2b_invoices.")
]


def by_the_contract(request: httpx.Request) -> httpx.Response:
    """
    The contract's own example of a success.
    """
    if request.method == "GET":
        return example_response("InvoicePage" if request.url.path.endswith("/invoices") else "ReadMinimalInvoice")
    return example_response("Created" if request.method == "POST" else "Deleted")


def names() -> dict[str, Any]:
    """
    What an example can count on.
    """
    operations = {name: getattr(invoices, name) for name in invoices.__all__}
    public = {name: getattr(b2b_invoices, name) for name in b2b_invoices.__all__}
    return {**public, **operations, "client": client_of(by_the_contract), "draft": draft(), "run": asyncio.run}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_examples_run(module: ModuleType) -> None:
    """
    Every example in a docstring prints what it says.
    """
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)

    for found in doctest.DocTestFinder().find(module, extraglobs=names()):
        runner.run(found)

    assert runner.summarize(verbose=False).failed == 0


def public_functions() -> list[Any]:
    """
    What a user calls: the operations, and the methods of the client, of its policy and of the models.
    """
    functions = [
        value
        for module in (getattr(invoices, name) for name in invoices.__all__)
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    ]
    kinds: list[Any] = [b2b_invoices.Client, b2b_invoices.Retries, b2b_invoices.Balance]
    methods = [value for kind in kinds for name, value in inspect.getmembers(kind) if name[0] != "_" and name.islower()]
    return functions + [value for value in methods if inspect.isroutine(value) and value.__module__]


@pytest.mark.parametrize("function", public_functions(), ids=lambda value: f"{value.__module__}.{value.__qualname__}")
def test_every_public_function_has_an_example(function: Any) -> None:
    """
    What a user calls explains itself with an example.
    """
    assert function.__doc__
    assert ">>>" in function.__doc__


# ---------------------------------------------------------------- the manual


def blocks() -> list[str]:
    """
    The Python of the manual, block by block.
    """
    return re.findall(
        r"^```python\n(.*?)^```", (CLIENT / "README.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


def test_manual_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """
    The code of the manual runs from top to bottom, as one session, against a store.
    """
    store = Store()

    async def awaited(_transport: Any, request: httpx.Request) -> httpx.Response:
        return store(request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lambda _transport, request: store(request))
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", awaited)
    monkeypatch.setenv("B2B_STORE_HASH", "teststore")
    monkeypatch.setenv("B2B_ACCESS_TOKEN", TOKEN)
    session: dict[str, Any] = {}

    for block in blocks():
        exec(compile(block, "README.md", "exec"), session)  # noqa: S102  our own manual

    printed = capsys.readouterr().out.splitlines()
    assert len(blocks()) >= 9
    assert printed[0] == "1"
    assert printed[2] == 'Invalid Balance.value: expected Decimal("100.10"), got the float 100.1, which is not exact.'
    assert printed[3:] == ["None", "1", "INV-2031 100.1000", "['INV-2031'] OPEN"]


# ---------------------------------------------------------------- type checkers

SCRIPT = '''
"""
A user's code; the type checker must report the lines marked `# wrong`, and only those.
"""

from collections.abc import Iterator
from decimal import Decimal

import httpx

from b2b_invoices import (
    UNSET, Amount, Balance, Client, CreateInvoiceRequest, CreateInvoiceResponse, Invoice, InvoiceStatus, Retries,
    aiter_invoices, errors, iter_invoices,
)
from b2b_invoices.api.invoices import create_invoice, create_invoice_once, delete_invoice, get_invoice, list_invoices

client = Client(store_hash="abc", access_token="secret", retries=Retries(attempts=3), timeout=httpx.Timeout(5))
total = Balance(code="USD", value=Decimal("100.10"))
Balance(code="USD", value=100)
Balance(code="USD", value="100.10")
Amount(code="USD", value=Decimal("9.50"))
draft = CreateInvoiceRequest(
    invoice_number="INV-1", customer_id="12345", original_balance=total, open_balance=total, status=InvoiceStatus.OPEN
)

created: CreateInvoiceResponse = create_invoice.sync(client=client, body=draft, timeout=5, headers={"X-Trace": "1"})
number: int = created.data.id + 1
once: int = create_invoice_once.sync(client=client, body=draft).id
invoice: Invoice = get_invoice.sync(12, client=client).data
left: Decimal = invoice.open_balance.value - Decimal("1.00")
status: InvoiceStatus = invoice.status
invoices: Iterator[Invoice] = iter_invoices(client=client, status=InvoiceStatus.OPEN)
delete_invoice.sync(12, client=client)
if invoice.created_at is not UNSET:
    pass
if invoice.created_at:
    later: int = invoice.created_at + 1

detailed = create_invoice.sync_detailed(client=client, body=draft)
raw: httpx.Response = detailed.raw
if isinstance(detailed.parsed, CreateInvoiceResponse):
    number = detailed.parsed.data.id

try:
    list_invoices.sync(client=client)
except errors.TooManyRequests as error:
    seconds: float | None = error.retry_after
except errors.UnexpectedAnswer as error:
    where: str = error.pointer


async def main() -> list[int]:
    awaited: CreateInvoiceResponse = await create_invoice.asyncio(client=client, body=draft)
    return [awaited.data.id] + [one.id async for one in aiter_invoices(client=client)]


Balance(code="USD", value=100.1)  # wrong
Balance(code="USD", value=None)  # wrong
Balance(code=840, value=1)  # wrong
Balance(value=1)  # wrong
Amount(code="USD", value=9.5)  # wrong
total.value = 1.5  # wrong
CreateInvoiceRequest(invoice_number="INV-1", customer_id=12345, original_balance=total, open_balance=total)  # wrong
CreateInvoiceRequest(invoice_number="INV-1", customer_id="1", original_balance=total)  # wrong
create_invoice.sync(client=client, body={"invoiceNumber": "INV-1"})  # wrong
create_invoice.sync(body=draft)  # wrong
create_invoice.sync(client=client, body=draft, timeout="5")  # wrong
created.data.number  # wrong
detailed.parsed.data.id  # wrong
get_invoice.sync("twelve", client=client)  # wrong
list_invoices.sync(client=client, status=0)  # wrong
iter_invoices(client=client, colour="blue")  # wrong
Retries(attempt=3)  # wrong
Client(store_hash="abc")  # wrong
errors.Missing  # wrong
'''
WRONG = {number for number, line in enumerate(SCRIPT.splitlines(), 1) if line.endswith("# wrong")}


@pytest.fixture(name="script")
def _script(tmp_path: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def lines(report: str) -> set[int]:
    """
    The numbers of the lines that a type checker found an error in.
    """
    return {int(number) for number in re.findall(r"script\.py:(\d+)(?::\d+)?(?: -|:) error", report)}


def test_mypy_sees_what_is_wrong(script: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """
    Under mypy --strict, a user's script has the mistakes that it has, and no others.
    """
    monkeypatch.setenv("MYPYPATH", str(CLIENT))

    report, said, _ = mypy.run(["--strict", "--config-file=", f"--cache-dir={tmp_path}", str(script)])

    assert said == ""
    assert lines(report) == WRONG, report


def test_pyright_sees_what_is_wrong(script: Path, tmp_path: Path) -> None:
    """
    Pyright reports the same lines.
    """
    # basedpyright is pyright in one package; with this setting it behaves like pyright.
    settings = {"typeCheckingMode": "standard", "extraPaths": [str(CLIENT)], "reportUnusedExpression": False}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    pyright = [sys.executable, "-m", "basedpyright"]
    command = [*pyright, "--pythonpath", sys.executable, "--project", str(tmp_path), str(script)]

    report = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  a tool

    assert lines(report.stdout) == WRONG, report.stdout + report.stderr
