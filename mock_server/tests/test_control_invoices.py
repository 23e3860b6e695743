"""
Control API for invoices: lists, seeds, snapshots, and erasing them.
"""

from typing import Any

import pytest

from mock_server.tests.conftest import MakeControlled, MakeInvoice
from mock_server.tests.controlled import INVOICES, ControlledMock
from mock_server.tests.server import HEADERS


def test_invoices_are_listed(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    Invoices of every store are listed newest first, with their store, and filtered by text, status and store.
    """
    controlled.create(make_invoice())
    controlled.create(make_invoice(customerId="Æsir", openBalance={"code": "USD", "value": 0}))

    listed = controlled.control("GET", "/invoices")

    assert [(invoice["id"], invoice["storeHash"], invoice["status"]) for invoice in listed] == [
        (2, "teststore", 2),
        (1, "teststore", 0),
    ]
    filtered = {
        query: [invoice["id"] for invoice in controlled.control("GET", f"/invoices?{query}")]
        for query in ("q=inv-1", "q=æSIR", "q=x", "status=0", "storeHash=teststore", "storeHash=x", "limit=1&offset=1")
    }
    assert list(filtered.values()) == [[1], [2], [], [1], [2, 1], [], [1]]


@pytest.mark.parametrize(("method", "path"), [("POST", "/erase"), ("DELETE", "/invoices")])
def test_erase(controlled: ControlledMock, make_invoice: MakeInvoice, method: str, path: str) -> None:
    """
    After erasing, the next invoice has id 1. `/erase` empties the request log as well.
    """
    controlled.create(make_invoice())

    controlled.control(method, path)

    assert controlled.control("GET", "/invoices") == []
    assert len(controlled.record) == (0 if path == "/erase" else 1)
    assert controlled.create(make_invoice()).json()["data"] == {"id": 1}


def test_seed(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    Seeded invoices are stored in their order, as if they had been created, and the response has their ids.
    """
    settled = make_invoice(openBalance={"code": "USD", "value": 0}, originalBalance={"code": "USD", "value": 0.1})

    seeded = controlled.control("POST", "/seed", json=[make_invoice(orderNumber="07"), settled])

    read = [controlled.call("GET", f"{INVOICES}/{number}", headers=HEADERS).json()["data"] for number in (1, 2)]
    assert seeded == {"ids": [1, 2]}
    assert [(it["status"], it["orderNumber"], it["originalBalance"]["value"]) for it in read] == [
        (0, 7, "100.0000"),
        (2, None, "0.1000"),
    ]


@pytest.mark.parametrize(
    ("invalid", "violations"),
    [
        pytest.param({"customerId": 7}, {"1.customerId": ["Not a valid string."]}, id="invalid"),
        pytest.param({"customerId": "7"}, {"1": ["Company Does not Exist"]}, id="company"),
        pytest.param({"invoiceNumber": "INV-1"}, {"1": ["The invoice number already exists."]}, id="number"),
        pytest.param({"orderNumber": "0101"}, {"1": ["The invoice exists for this order"]}, id="order"),
        pytest.param(None, {"1": ["Invalid data. Expected a dictionary."]}, id="no-object"),
    ],
)
def test_one_invalid_draft(
    make_controlled: MakeControlled, make_invoice: MakeInvoice, invalid: Any, violations: Any
) -> None:
    """
    A list with one invalid draft is rejected with its place and its violations, and nothing is stored.
    """
    mock = make_controlled(companies=frozenset({"12345"}))
    drafts = [make_invoice(orderNumber="101"), "INV-2" if invalid is None else make_invoice(**invalid), make_invoice()]

    response = mock.call("POST", "/_mock/seed", json=drafts)

    assert (response.status_code, response.json()["data"]["errMsg"]) == (422, violations)
    assert mock.stored == []


def test_snapshots(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    A snapshot is stored under a name, listed, downloaded, restored and deleted.
    """
    controlled.create(make_invoice(details={"a": 1.5}, orderNumber="7"))
    controlled.control("POST", "/snapshots", json={"name": "one"})
    controlled.create(make_invoice())

    downloaded = controlled.call("GET", "/_mock/snapshots/one").content
    assert controlled.control("GET", "/snapshots") == [{"name": "one", "invoices": 1}]
    assert controlled.control("POST", "/restore", json={"name": "one"}) == {"invoices": 1}
    assert controlled.call("GET", "/_mock/snapshot").content == downloaded
    assert controlled.control("DELETE", "/snapshots/one") == []


def test_orders_and_ids_are_restored(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    After a restore, the orders of the restored invoices are taken, and the next id follows the last one.
    """
    controlled.create(make_invoice(orderNumber="0101"))
    controlled.create(make_invoice())
    controlled.call("DELETE", f"{INVOICES}/2", headers=HEADERS)
    controlled.control("POST", "/snapshots", json={"name": "one"})
    controlled.control("POST", "/erase")

    controlled.control("POST", "/restore", json={"name": "one"})

    assert controlled.create(make_invoice(orderNumber="101")).status_code == 400
    assert controlled.create(make_invoice()).json()["data"] == {"id": 3}


ORDER_KEY = "Invalid orderKey {!r} beside it: expected the same order, without zeros."


@pytest.mark.parametrize(
    "fields",
    [{"details": {"a": 1.50, "b": 1e300}, "orderNumber": "07"}, {"issuedAt": 10**30, "dueDate": -(10**30)}],
    ids=["decimals", "large-times"],
)
def test_a_downloaded_snapshot_is_restored(
    controlled: ControlledMock, make_invoice: MakeInvoice, fields: dict[str, Any]
) -> None:
    """
    A downloaded snapshot can be restored, and downloads again with the same bytes.
    """
    controlled.create(make_invoice(**fields))
    downloaded = controlled.call("GET", "/_mock/snapshot").content
    controlled.control("POST", "/erase")

    controlled.control("POST", "/restore", content=downloaded, headers={"Content-Type": "application/json"})

    assert controlled.call("GET", "/_mock/snapshot").content == downloaded


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": 2**53}, "Expected `int` <= 9007199254740991 - at `$.entries[0].id`"),
        ({"storeHash": ""}, "Expected `str` of length >= 1 - at `$.entries[0].storeHash`"),
        ({"invoice": {"id": 77}}, {"entries.0.invoice.id": ["Unexpected id: it belongs beside the invoice."]}),
        ({"invoice": {"createdAt": "now"}}, {"entries.0.invoice.createdAt": ["A valid integer is required."]}),
        ({"orderKey": "0101"}, {"entries.0.invoice.orderNumber": [ORDER_KEY.format("0101")]}),
        ({"orderKey": "", "invoice": {"orderNumber": 101}}, {"entries.0.invoice.orderNumber": [ORDER_KEY.format("")]}),
    ],
)
def test_an_invalid_snapshot(
    controlled: ControlledMock, make_invoice: MakeInvoice, change: dict[str, Any], reason: Any
) -> None:
    """
    An invalid snapshot is rejected with the reason, and the stored invoices stay.
    """
    controlled.create(make_invoice())
    snapshot = controlled.call("GET", "/_mock/snapshot").json()
    (entry,) = snapshot["entries"]
    changed = entry | change | {"invoice": entry["invoice"] | change.get("invoice", {})}

    response = controlled.call("POST", "/_mock/restore", json=snapshot | {"entries": [changed]})

    assert (response.status_code, response.json()["data"]["errMsg"]) == (422, reason)
    assert controlled.call("GET", "/_mock/snapshot").json() == snapshot


def test_the_largest_last_id(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    After the largest last id of a snapshot, invoices can still be created; a larger one is rejected.
    """
    controlled.control("POST", "/restore", json={"lastId": 2**53 - 1, "entries": []})

    beyond = controlled.call("POST", "/_mock/restore", json={"lastId": 2**63 - 1, "entries": []})

    assert beyond.json()["data"]["errMsg"] == "Expected `int` <= 9007199254740991 - at `$.lastId`"
    assert controlled.create(make_invoice()).json()["data"] == {"id": 2**53}


def test_an_unknown_snapshot(controlled: ControlledMock) -> None:
    """
    A name that no snapshot has is 404, and the message lists the names.
    """
    controlled.control("POST", "/snapshots", json={"name": "one"})

    response = controlled.call("POST", "/_mock/restore", json={"name": "two"})

    assert response.status_code == 404
    assert response.json()["data"] == {"errMsg": "Unknown snapshot 'two': stored are one."}


def test_a_balance_with_very_many_digits(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    A snapshot whose balance has more digits than Python reads as an integer is restored.
    """
    controlled.create(make_invoice())
    snapshot = controlled.call("GET", "/_mock/snapshot").json()
    snapshot["entries"][0]["invoice"]["originalBalance"]["value"] = "9" * 5000 + ".0000"

    controlled.control("POST", "/restore", json=snapshot)

    assert controlled.call("GET", "/_mock/snapshot").json() == snapshot
