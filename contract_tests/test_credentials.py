"""
What every operation promises of credentials.
"""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .failures import expect
from .session import Api
from .strategies import Draft

_OPERATIONS = {
    "createInvoice": ("POST", "/invoices"),
    "listInvoices": ("GET", "/invoices"),
    "getInvoice": ("GET", "/invoices/{id}"),
    "deleteInvoice": ("DELETE", "/invoices/{id}"),
}
_HEADERS = ["X-Auth-Token", "X-Store-Hash"]
_SPOILED: Mapping[str, str | None] = {
    "missing": None,
    "empty": "",
    "wrong": "no-such-credential",
}


@pytest.fixture(scope="module", name="invoice_id")
def _invoice_id(api: Api) -> int:
    return api.created_id(_draft(api))


@pytest.mark.promise("both-credentials-required")
@pytest.mark.parametrize("spoiled", _SPOILED)
@pytest.mark.parametrize("header", _HEADERS)
@pytest.mark.parametrize("operation", _OPERATIONS)
def test_either_credential_spoiled(api: Api, invoice_id: int, operation: str, header: str, spoiled: str) -> None:
    """
    With one credential right and the other spoiled, nobody is let in and nothing happens.
    """
    headers = {name: value for name, value in api.credentials.headers.items() if name != header}
    if (value := _SPOILED[spoiled]) is not None:
        headers[header] = value

    _expect_refused(api, operation, invoice_id, headers, status=401)


@pytest.mark.promise("both-credentials-required")
@pytest.mark.parametrize("operation", _OPERATIONS)
def test_credentials_swapped(api: Api, invoice_id: int, operation: str) -> None:
    """
    With each credential in the other's header, nobody is let in and nothing happens.
    """
    token, store = api.credentials.access_token, api.credentials.store_hash

    _expect_refused(api, operation, invoice_id, {"X-Auth-Token": store, "X-Store-Hash": token}, status=401)


@pytest.mark.promise("both-credentials-required")
@given(data=st.data())
def test_nearly_right_credentials(api: Api, data: st.DataObject) -> None:
    """
    A credential that is off by a letter, or has more or fewer of them, is wrong.
    """
    header = data.draw(st.sampled_from(_HEADERS))
    right = api.credentials.headers[header]
    near = {right[:-1], right + "x", right.swapcase(), right[::-1], right * 2} - {"", right}
    wrong = data.draw(st.sampled_from(sorted(near)))

    exchange = api.send("GET", headers=api.credentials.headers | {header: wrong})

    expect(exchange.status, 401, f"status with a wrong {header}:")


@pytest.mark.promise("stores-are-separate")
@pytest.mark.parametrize("operation", _OPERATIONS)
def test_another_store_token(api: Api, other: Api, invoice_id: int, operation: str) -> None:
    """
    The token of another store is refused, and nothing happens.
    """
    headers = api.credentials.headers | {"X-Auth-Token": other.credentials.access_token}

    _expect_refused(api, operation, invoice_id, headers, status=403)


@pytest.mark.promise("stores-are-separate")
@given(data=st.data())
def test_stores_do_not_see_each_other(api: Api, other: Api, data: st.DataObject) -> None:
    """
    Two stores can use the same number and order, and neither reads, lists or deletes what the other has.
    """
    draft = data.draw(api.drafts.drafts(orderNumber=st.builds(api.drafts.order_number)))
    mine, theirs = api.created(draft), other.created(draft)

    for here, foreign in ((api, theirs), (other, mine)):
        expect(here.read(foreign["id"]).status_code, 404, "status of a read of another store's invoice:")
        expect(here.delete(foreign["id"]).status_code, 404, "status of a delete of another store's invoice:")
        listed = [invoice["id"] for invoice in here.listed(q=foreign["invoiceNumber"], limit=250)]
        expect(listed.count(foreign["id"]), 0, "how often another store's invoice is listed:")

    expect(api.invoice(mine["id"]), mine, "the invoice after another store's attempts:")
    expect(other.invoice(theirs["id"]), theirs, "the invoice after another store's attempts:")


@pytest.mark.promise("credentials-come-first")
@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        pytest.param("POST", "/invoices", b"{", id="malformed"),
        pytest.param("POST", "/invoices", b"{}", id="invalid"),
        pytest.param("GET", "/invoices?limit=none", None, id="bad query"),
        pytest.param("GET", "/invoices/999999999", None, id="unknown id"),
        pytest.param("DELETE", "/invoices/999999999", None, id="unknown id to delete"),
    ],
)
def test_credentials_come_first(api: Api, method: str, path: str, content: bytes | None) -> None:
    """
    Without credentials, nobody learns what else is wrong with a request.
    """
    exchange = api.send(method, path, content=content, headers={"Content-Type": "application/json"})

    expect(exchange.status, 401, "status without credentials:")


def _expect_refused(api: Api, operation: str, invoice_id: int, headers: dict[str, str], *, status: int) -> None:
    method, path = _OPERATIONS[operation]
    body = _draft(api) if method == "POST" else None
    before = api.page(limit=5)

    exchange = api.send(method, path.format(id=invoice_id), headers=headers, json=body)

    expect(exchange.status, status, f"status of {operation}:")
    expect(api.page(limit=5), before, f"the list after a refused {operation}:", exchange)


def _draft(api: Api) -> Draft:
    balance = {"code": "USD", "value": 1}
    return {
        "invoiceNumber": api.drafts.number(),
        "customerId": api.drafts.company_id,
        "originalBalance": balance,
        "openBalance": balance,
    }
