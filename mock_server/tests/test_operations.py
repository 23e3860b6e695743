"""
The operations, as a caller of the API sees them: create, read, list, delete.
"""

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from b2b_invoices_mock import Dialect
from b2b_invoices_spec import Contract
from mock_server.tests.client import NOW, OTHER_STORE, Clock, MockClient, assert_error
from mock_server.tests.conftest import Body, MakeClient, MakeInvoice

NUMBER_TAKEN = "The invoice number already exists."
ORDER_INVOICED = "The invoice exists for this order"
NO_INVOICE = "Invoice does not exist"


def usd(value: Any) -> Body:
    """
    Return a balance in US dollars.
    """
    return {"code": "USD", "value": value}


# -------------------------------------------------------------------------------------------------------- create


@pytest.mark.parametrize("example", ["MinimalInvoice", "FullInvoice", "ExternalInvoice", "SettledInvoice"])
def test_the_examples_are_accepted(client: MockClient, contract: Contract, example: str) -> None:
    """
    Every example body of the contract is accepted, and its details are returned as sent.
    """
    body = contract.document["components"]["examples"][example]["value"]

    invoice = client.read(client.create(body))

    assert invoice["details"] == body.get("details")
    assert invoice["customerId"] == body["customerId"]


def test_the_minimal_example_reads_back(client: MockClient, contract: Contract, make_invoice: MakeInvoice) -> None:
    """
    The contract's minimal invoice is returned as in the contract's examples, alone and in a list.
    """
    examples = contract.document["components"]["examples"]
    for _ in range(11):
        client.delete(f"/invoices/{client.create(make_invoice())}")

    created = client.post(examples["MinimalInvoice"]["value"])
    listed = client.get("/invoices?isIncludeExtraFields=1")

    assert created.json() == examples["Created"]["value"]
    assert client.get("/invoices/12").json() == examples["ReadMinimalInvoice"]["value"]
    assert listed.json() == examples["InvoicePage"]["value"]
    assert client.delete("/invoices/12").json() == examples["Deleted"]["value"]
    assert client.get("/invoices").json() == examples["EmptyPage"]["value"]


def test_the_external_example_reads_back(client: MockClient, contract: Contract) -> None:
    """
    The contract's ERP invoice is returned as in the contract's example, apart from the omitted details.
    """
    examples = contract.document["components"]["examples"]
    expected = examples["ReadFullInvoice"]["value"]["data"]

    invoice = client.read(client.create(examples["ExternalInvoice"]["value"]))

    sent_now = {"id": 1, "updatedAt": 1_619_161_808, "details": invoice["details"]}
    assert invoice == expected | sent_now
    assert invoice["details"].items() >= {"header": expected["details"]["header"]}.items()


def test_details_are_kept_verbatim(client: MockClient, make_invoice: MakeInvoice) -> None:
    """
    Details are returned exactly as sent: numbers stay numbers, and unknown keys are kept.
    """
    details = '{"source":1,"header":{"costLines":[{"amount":{"code":"X","value":566.50},"description":""}]},"e":1E-400}'

    invoice_id = client.create(json.dumps(make_invoice(details="?")).replace('"?"', details))

    assert f'"details":{details},' in client.get(f"/invoices/{invoice_id}").text


@pytest.mark.parametrize("number", ["a-7", "A-7 ", " A-7", "A\u20117", ""])
def test_similar_numbers_are_different(client: MockClient, make_invoice: MakeInvoice, number: str) -> None:
    """
    Numbers that differ only in case or spaces are different numbers.
    """
    client.create(make_invoice(invoiceNumber="A-7"))

    assert client.post(make_invoice(invoiceNumber=number)).status_code == 200


@pytest.mark.parametrize(
    ("first", "second"), [("101", "101"), ("101", "0101"), ("0", "000"), ("SO-7", "SO-7"), ("\0", "\0")]
)
def test_order_already_invoiced(client: MockClient, make_invoice: MakeInvoice, first: str, second: str) -> None:
    """
    A second invoice for the same order is rejected, however the order number is written, and changes nothing.
    """
    client.create(make_invoice(orderNumber=first))
    before = client.ledger.snapshot()

    response = client.post(make_invoice(orderNumber=second))

    assert_error(response, 400, ORDER_INVOICED)
    assert client.ledger.snapshot() == before


@pytest.mark.parametrize("order_numbers", [("", ""), (None, None), ("SO-7", "so-7"), ("7", "7.0"), ("1", "10")])
def test_different_orders(client: MockClient, make_invoice: MakeInvoice, order_numbers: tuple[str | None, ...]) -> None:
    """
    Invoices for different orders, or without an order, are all accepted.
    """
    statuses = [client.post(make_invoice(orderNumber=number)).status_code for number in order_numbers]

    assert statuses == [200, 200]


def test_numbers_and_orders_are_free_after_a_delete(client: MockClient, make_invoice: MakeInvoice) -> None:
    """
    After a delete, the number and the order can be used again, and the new invoice has a new id.
    """
    body = make_invoice(orderNumber="101")
    first = client.create(body)
    client.delete(f"/invoices/{first}")

    assert client.create(body) == first + 1


def test_a_store_does_not_see_another(client: MockClient, make_invoice: MakeInvoice) -> None:
    """
    Two stores can use the same number and order, and cannot read, list or delete each other's invoices.
    """
    body = make_invoice(invoiceNumber="7", orderNumber="101")
    ours, theirs = client.create(body), client.create(body, store=OTHER_STORE)

    read = client.get(f"/invoices/{theirs}")
    deleted = client.delete(f"/invoices/{theirs}")

    assert_error(read, 404, NO_INVOICE)
    assert_error(deleted, 404, NO_INVOICE)
    assert [invoice["id"] for invoice in client.get("/invoices").json()["data"]] == [ours]
    assert client.read(theirs, store=OTHER_STORE)["invoiceNumber"] == "7"


def test_errors_are_reported_in_order(make_client: MakeClient, make_invoice: MakeInvoice) -> None:
    """
    Of several errors the first one is reported: body, then company, then number, then order.
    """
    client = make_client(companies=frozenset({"7"}))
    taken = make_invoice(customerId="7", invoiceNumber="A", orderNumber="1")
    client.create(taken)

    responses = [client.post(taken | wrong) for wrong in ({"customerId": "8", "status": 9}, {"customerId": "8"}, {})]

    assert [response.status_code for response in responses] == [422, 404, 400]
    assert_error(responses[2], 400, NUMBER_TAKEN)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"status": 9}, id="invalid"),
        pytest.param({"customerId": None}, id="incomplete"),
        pytest.param({"invoiceNumber": "taken"}, id="number-taken"),
        pytest.param({"orderNumber": "0101"}, id="order-invoiced"),
        pytest.param({"customerId": "stranger"}, id="no-company"),
    ],
)
def test_rejected_create_changes_nothing(make_client: MakeClient, make_invoice: MakeInvoice, broken: Body) -> None:
    """
    A rejected create changes nothing, and the corrected invoice can be created afterwards.
    """
    client = make_client(companies=frozenset({"12345"}))
    client.create(make_invoice(invoiceNumber="taken", orderNumber="101"))
    before = client.ledger.snapshot()

    refused = client.post(make_invoice(**broken))

    assert refused.status_code in {400, 404, 422}
    assert client.ledger.snapshot() == before
    assert client.create(make_invoice()) == 2


# ----------------------------------------------------------------------------------------------- read and delete


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize(
    "invoice_id",
    [
        "2",
        "0",
        "-1",
        "abc",
        "1.0",
        "1e0",
        "1_0",
        "%D9%A1",
        "9" * 30,
        "9" * 5_000,
        "-0",
        "%00",
        "%FF",
        "1%0A",
        "+1",
        "%20",
        "%7BinvoiceId%7D",
    ],
)
def test_unknown_ids(client: MockClient, make_invoice: MakeInvoice, method: str, invoice_id: str) -> None:
    """
    An unknown id is 404, whatever its form.
    """
    client.create(make_invoice())
    before = client.ledger.snapshot()

    response = client.request(method, f"/invoices/{invoice_id}")

    assert_error(response, 404, NO_INVOICE)
    assert client.ledger.snapshot() == before


def test_an_id_with_leading_zeros(client: MockClient, make_invoice: MakeInvoice) -> None:
    """
    Leading zeros of an id are ignored.
    """
    client.create(make_invoice())

    response = client.request("GET", "/invoices/001")

    assert response.json()["data"]["id"] == 1


def test_delete(client: MockClient, make_invoice: MakeInvoice) -> None:
    """
    A deleted invoice can no longer be read, listed or deleted, and other invoices do not change.
    """
    gone, kept = client.create(make_invoice()), client.create(make_invoice())
    before = client.read(kept)

    deleted = client.delete(f"/invoices/{gone}")

    assert deleted.json() == {"code": 200, "data": {"id": gone}, "meta": {"message": "Success"}}
    assert_error(client.get(f"/invoices/{gone}"), 404, NO_INVOICE)
    assert_error(client.delete(f"/invoices/{gone}"), 404, NO_INVOICE)
    assert client.listed() == ["INV-2"]
    assert client.read(kept) == before


# ---------------------------------------------------------------------------------------------------------- list


@pytest.fixture(name="shelf")
def _shelf(client: MockClient, clock: Clock) -> MockClient:
    """
    A client of a store with three invoices, B, C and A, created a second apart, that differ in every field.
    """
    invoices: list[Body] = [
        {
            "invoiceNumber": "B-2",
            "customerId": "20",
            "externalCustomerId": "X-1",
            "type": "Credit Memo",
            "orderNumber": "0202",
            "purchaseOrderNumber": "po-8",
            "externalId": "ERP-B",
            "channelId": 2,
            "dueDate": 100,
            "issuedAt": 3000,
            "originalBalance": usd(9.5),
            "openBalance": usd(9.5),
        },
        {
            "invoiceNumber": "C-3",
            "customerId": "120",
            "externalCustomerId": "X-2",
            "externalId": "ERP-C",
            "dueDate": 200,
            "issuedAt": 2000.9,
            "originalBalance": usd(100),
            "openBalance": usd(0),
        },
        {
            "invoiceNumber": "A-1",
            "customerId": "10",
            "externalCustomerId": "X-3",
            "orderNumber": "101",
            "purchaseOrderNumber": "PO-7",
            "externalId": "ERP-A",
            "channelId": 1,
            "status": 1,
            "dueDate": 300,
            "issuedAt": 1000,
            "originalBalance": usd(50),
            "openBalance": usd(20),
            "extraFields": [{"fieldName": "Cost centre", "fieldValue": "4711"}],
        },
    ]
    for seconds, body in enumerate(invoices):
        clock.now = NOW + seconds
        client.create(body)
    return client


SORTED = {
    "invoiceNumber": "ABC",
    "createdAt": "ACB",
    "customerId": "ACB",
    "externalCustomerId": "BCA",
    "dueDate": "BCA",
    "updatedAt": "BCA",
    "isPendingPayment": "BCA",
    "openBalance": "CBA",
    "originalBalance": "BAC",
    "status": "BAC",
}


@pytest.mark.parametrize(("field", "order"), SORTED.items(), ids=SORTED)
def test_sorting(shelf: MockClient, field: str, order: str) -> None:
    """
    A list is sorted by the requested field, text by code point, in the requested direction.
    """
    ascending = shelf.listed(f"sortBy={field}&orderBy=ASC")

    assert [number[0] for number in ascending] == list(order)
    assert shelf.listed(f"sortBy={field}&orderBy=DESC") == ascending[::-1]
    assert shelf.listed(f"sortBy={field}") == ascending[::-1]


def test_every_sort_field_is_tried(contract: Contract) -> None:
    """
    The table above has every sort field of the contract.
    """
    assert list(SORTED) == contract.document["components"]["schemas"]["InvoiceSortField"]["enum"]


def test_sort_direction_is_descending_by_default(make_client: MakeClient, make_invoice: MakeInvoice) -> None:
    """
    With a sort field, the default direction is descending, even if the dialect lists the oldest first without one.
    """
    client = make_client(dialect=Dialect(list_order="oldest"))
    for _ in range(2):
        client.create(make_invoice())

    assert client.listed("sortBy=invoiceNumber") == ["INV-2", "INV-1"]


def test_ties_are_broken_by_id(client: MockClient, make_invoice: MakeInvoice) -> None:
    """
    Invoices of the same second are sorted by id, so that pages do not overlap.
    """
    for _ in range(3):
        client.create(make_invoice())

    assert client.listed() == ["INV-3", "INV-2", "INV-1"]
    assert client.listed("orderBy=ASC") == ["INV-1", "INV-2", "INV-3"]


ALL = "BCA"

FILTERED = {
    "customerId=20": "B",
    "customerId=2": "",
    "customerId=": ALL,
    "customerName=company%2010": "A",
    "customerName=COMPANY": ALL,
    "customerName=20": "BC",
    "status=0": "B",
    "status=1": "A",
    "status=2": "C",
    "beginDateAt=2000": "BC",
    "beginDateAt=2001": "B",
    "endDateAt=2000": "CA",
    "endDateAt=1999": "A",
    "beginDateAt=1001&endDateAt=2999": "C",
    "beginDateAt=3000&endDateAt=1000": "",
    f"beginDateAt=-{'9' * 30}&endDateAt={'9' * 30}": ALL,
    "externalId[]=ERP-A": "A",
    "externalId%5B%5D=ERP-A&externalId[]=ERP-C": "CA",
    "externalId[]=erp-a": "",
    "externalId=ERP-A": ALL,
    "channelIds=1": "A",
    "channelIds=2&channelIds=1&channelIds=3": "BA",
    "channelIds=01": "A",
    "q=b-2": "B",
    "q=X-": ALL,
    "q=po-7": "A",
    "q=memo": "B",
    "q=ERP": "",
    "q=%25": "",
    "q=": ALL,
    "searchBy=type": ALL,
    "q=20&searchBy=customerId": "BC",
    "q=20&searchBy=orderNumber": "B",
    "q=3&searchBy=externalCustomerId": "A",
    "q=3&searchBy=invoiceNumber": "C",
    "q=po&searchBy=purchaseOrderNumber": "BA",
    "q=INVOICE&searchBy=type": "CA",
    "status=1&customerId=20": "",
    "status=1&customerId=10&q=a-1&channelIds=1": "A",
    "colour=red&Limit=0&limit[]=x": ALL,
}


@pytest.mark.parametrize(("query", "found"), FILTERED.items(), ids=FILTERED)
def test_filters(shelf: MockClient, query: str, found: str) -> None:
    """
    A list has exactly the invoices that match every filter, and the total counts them.
    """
    answer = shelf.get(f"/invoices?{query}").json()

    assert [invoice["invoiceNumber"][0] for invoice in answer["data"]] == list(found)
    assert answer["meta"]["pagination"]["totalCount"] == len(found)


def test_every_filter_is_tried(contract: Contract) -> None:
    """
    The table above has every query parameter of a list, except those with a test of their own.
    """
    operation = contract.operation("listInvoices")
    tried = {name for query in FILTERED for name, _ in parse_qsl(query, keep_blank_values=True)}

    assert {parameter.name for parameter in operation.parameters} - tried == {
        *("offset", "limit", "sortBy", "orderBy", "isIncludeExtraFields"),
    }


@pytest.mark.parametrize(
    ("query", "found", "pagination"),
    [
        pytest.param("", "BCA", {"totalCount": 3, "limit": 10, "offset": 0}, id="defaults"),
        pytest.param("limit=2", "BC", {"totalCount": 3, "limit": 2, "offset": 0}, id="first-page"),
        pytest.param("limit=2&offset=2", "A", {"totalCount": 3, "limit": 2, "offset": 2}, id="last-page"),
        pytest.param("offset=3", "", {"totalCount": 3, "limit": 10, "offset": 3}, id="past-the-end"),
        pytest.param("limit=250", "BCA", {"totalCount": 3, "limit": 250, "offset": 0}, id="largest-page"),
        pytest.param("status=02&limit=1", "C", {"totalCount": 1, "limit": 1, "offset": 0}, id="filtered"),
        pytest.param(
            f"offset={10**30}", "", {"totalCount": 3, "limit": 10, "offset": 10**30}, id="further-than-a-column"
        ),
    ],
)
def test_pages(shelf: MockClient, query: str, found: str, pagination: dict[str, int]) -> None:
    """
    A page has its offset, its limit and the total number of matching invoices.
    """
    answer = shelf.get(f"/invoices?{query}").json()

    assert [invoice["invoiceNumber"][0] for invoice in answer["data"]] == list(found)
    assert answer["meta"] == {"message": "Success", "pagination": pagination}


@pytest.mark.parametrize(
    ("query", "shown"), [("", False), ("isIncludeExtraFields=0", False), ("isIncludeExtraFields=1", True)]
)
def test_extra_fields_in_a_list(shelf: MockClient, query: str, shown: bool) -> None:  # noqa: FBT001 - a column of the table
    """
    A list has extra fields only if they are requested.
    """
    invoices = shelf.get(f"/invoices?{query}").json()["data"]

    assert ["extraFields" in invoice for invoice in invoices] == [shown] * 3


def test_a_list_has_whole_invoices(shelf: MockClient) -> None:
    """
    An invoice in a list is the same as when it is read by itself.
    """
    invoices = shelf.get("/invoices?isIncludeExtraFields=1").json()["data"]

    assert invoices == [shelf.read(invoice["id"]) for invoice in invoices]
