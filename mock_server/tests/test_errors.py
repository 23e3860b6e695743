"""
The errors: their tree is drawn as it is, and a mock that fails tells no one why.
"""

import re

from b2b_invoices_mock.api import errors
from b2b_invoices_mock.api.errors import ApiError
from mock_server.tests.client import OF_THE_CONTROL_API, MockClient, refusals
from mock_server.tests.conftest import MakeClient, MakeInvoice


def test_the_drawing_is_true() -> None:
    """
    The tree at the top of the module shows every refusal, with its status and its sentence.
    """
    drawn = re.findall(r"^ +[├└]── (\w+) +(\d+) +(.+)$", errors.__doc__ or "", re.MULTILINE)

    kinds: list[type[ApiError]] = [*refusals(), *OF_THE_CONTROL_API]
    classes = {kind.__name__: (str(kind.status), (kind.__doc__ or "").strip().partition("\n")[0]) for kind in kinds}

    assert {name: (status, f"{text[0].upper()}{text[1:]}.") for name, status, text in drawn} == classes


def test_the_drawing_is_in_order() -> None:
    """
    The refusals are drawn, and listed, by status.
    """
    statuses = [kind.status for kind in ApiError.__subclasses__()]

    assert statuses == sorted(statuses)


def test_a_broken_mock_recovers_nothing(make_client: MakeClient, make_invoice: MakeInvoice) -> None:
    """
    A mock that fails answers 500 to every operation, and tells no one why.
    """
    client: MockClient = make_client(raises=False)
    client.ledger.close()

    responses = [client.post(make_invoice()), client.get("/invoices/1"), client.delete("/invoices/1")]

    assert [response.json() for response in responses] == [
        {"code": 500, "data": {}, "meta": {"message": "Server Error"}}
    ] * 3
