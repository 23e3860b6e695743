"""
The path of a create through the mock's modules.
"""

import sys
from types import FrameType

import b2b_invoices_mock
from mock_server.tests.client import MockClient
from mock_server.tests.conftest import MakeInvoice

MOST = 15  # modules of the mock that a reader has to know to follow a create


def test_a_create_passes_few_modules(client: MockClient, make_invoice: MakeInvoice) -> None:
    """
    At most 15 modules of the mock run during a create, from the ASGI call to the response.
    """
    modules: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith(b2b_invoices_mock.__name__):
            modules.add(module.removeprefix(f"{b2b_invoices_mock.__name__}."))

    sys.setprofile(note)
    try:
        response = client.post(make_invoice())
    finally:
        sys.setprofile(None)

    assert response.status_code == 200
    assert len(modules) <= MOST, ", ".join(sorted(modules))
