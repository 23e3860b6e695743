"""
The errors: their tree is drawn as it is, and each answers with the contract's own example.
"""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from mock_server import Contract, Dialect, errors
from mock_server.errors import Refusal
from mock_server.settings import RateLimit

from .client import MockClient
from .conftest import MakeClient, MakeInvoice


def test_the_drawing_is_true() -> None:
    """
    The tree at the top of the module shows every refusal, with its status and its sentence.
    """
    drawn = re.findall(r"^    [├└]── (\w+) +(\d+) +(.+)$", errors.__doc__ or "", re.MULTILINE)

    classes = {
        kind.__name__: (str(kind.status), (kind.__doc__ or "").strip().partition("\n")[0])
        for kind in Refusal.__subclasses__()
    }

    assert {name: (status, f"{text[0].upper()}{text[1:]}.") for name, status, text in drawn} == classes


def test_the_drawing_is_in_order() -> None:
    """
    The refusals are drawn, and listed, by status.
    """
    statuses = [kind.status for kind in Refusal.__subclasses__()]

    assert statuses == sorted(statuses)


Drive = Callable[[MakeClient, MakeInvoice], httpx.Response]


def number_taken(make_client: MakeClient, make_invoice: MakeInvoice) -> httpx.Response:
    """
    Create two invoices with one number.
    """
    client = make_client()
    client.create(make_invoice(invoiceNumber="7"))
    return client.post(make_invoice(invoiceNumber="7"))


def order_invoiced(make_client: MakeClient, make_invoice: MakeInvoice) -> httpx.Response:
    """
    Create two invoices for one order.
    """
    client = make_client()
    client.create(make_invoice(orderNumber="7"))
    return client.post(make_invoice(orderNumber="7"))


def throttled(make_client: MakeClient, _: MakeInvoice) -> httpx.Response:
    """
    Ask once more than is allowed.
    """
    client = make_client(rate_limit=RateLimit(1, 60))
    client.get("/invoices")
    return client.get("/invoices")


def broken(make_client: MakeClient, _: MakeInvoice) -> httpx.Response:
    """
    Ask a mock that has lost its ledger.
    """
    client = make_client(raises=False)
    client.ledger.close()
    return client.get("/invoices")


DRIVES: dict[str, Drive] = {
    "NumberTaken": number_taken,
    "OrderAlreadyInvoiced": order_invoiced,
    "MalformedJson": lambda make_client, _: make_client().post("x"),
    "InvalidQuery": lambda make_client, _: make_client().get("/invoices?limit=ten"),
    "MissingCredentials": lambda make_client, _: make_client().get("/invoices", headers={"X-Auth-Token": ""}),
    "UnknownCredentials": lambda make_client, _: make_client().get("/invoices", headers={"X-Auth-Token": "wrong"}),
    "AnotherStore": lambda make_client, _: make_client().get("/invoices", headers={"X-Store-Hash": "otherstore"}),
    "NoSuchChannel": lambda make_client, make_invoice: make_client(dialect=Dialect(channels="none")).post(
        make_invoice(channelId=1)
    ),
    "NoSuchCompany": lambda make_client, make_invoice: make_client(companies=frozenset({"7"})).post(make_invoice()),
    "NoSuchInvoice": lambda make_client, _: make_client().get("/invoices/12"),
    "MethodNotAllowed": lambda make_client, _: make_client().request("PATCH", "/invoices"),
    "TooLarge": lambda make_client, _: make_client().post(b" " * 10_485_761),
    "NotJson": lambda make_client, _: make_client().request("POST", "/invoices", data={"customerId": "1"}),
    "Violations": lambda make_client, make_invoice: make_client().post(
        make_invoice(customerId=None, openBalance={"code": "USD", "value": "100"})
    ),
    "TooMany": throttled,
    "ServerError": broken,
}


@pytest.mark.parametrize("example", DRIVES)
def test_the_examples_are_what_is_answered(
    contract: Contract, make_client: MakeClient, make_invoice: MakeInvoice, example: str
) -> None:
    """
    Each error that the contract shows is, to the letter, what the mock answers in that situation.
    """
    promised = contract.document["components"]["examples"][example]["value"]

    response = DRIVES[example](make_client, make_invoice)

    assert (response.status_code, response.json()) == (promised["code"], promised)


def test_no_example_is_left_out(contract: Contract) -> None:
    """
    Every error example of the contract is driven above, and no other.
    """
    examples: dict[str, Any] = contract.document["components"]["examples"]
    errors_shown = {name for name, example in examples.items() if example["value"].get("code", 200) >= 400}

    assert errors_shown == set(DRIVES)


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
