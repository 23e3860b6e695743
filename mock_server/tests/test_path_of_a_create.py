"""
The path of a create through the mock's modules.
"""

import asyncio
import sys
from contextlib import closing
from types import FrameType

import httpx

import b2b_invoices_mock
from b2b_invoices_mock import Settings, create_app
from b2b_invoices_mock.ledger import SQLiteLedger
from b2b_invoices_spec import Contract
from mock_server.tests.conftest import MakeInvoice
from mock_server.tests.server import HEADERS

MOST = 15  # modules of the mock that a reader has to know to follow a create


def test_a_create_passes_few_modules(contract: Contract, make_invoice: MakeInvoice, runner: asyncio.Runner) -> None:
    """
    At most 15 modules of the mock run during a create, from the ASGI call to the response.
    """
    modules: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith(b2b_invoices_mock.__name__):
            modules.add(module.removeprefix(f"{b2b_invoices_mock.__name__}."))

    async def create() -> int:
        app = create_app(contract, Settings(), ledger)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mock") as caller:
            sys.setprofile(note)
            try:
                response = await caller.post(f"{contract.base_path}/invoices", json=make_invoice(), headers=HEADERS)
            finally:
                sys.setprofile(None)
        return response.status_code

    with closing(SQLiteLedger.open()) as ledger:
        status = runner.run(create())

    assert status == 200
    assert len(modules) <= MOST, ", ".join(sorted(modules))
