"""
Proxy: it applies a fault, and changes nothing else.
"""

import re
from collections.abc import Iterator
from typing import Any

import attrs
import httpx
import pytest

from b2b_invoices_contract.mutation import Request, Response, Service, load_catalogue
from b2b_invoices_contract.mutation.proxy import broken
from b2b_invoices_contract.targets import CannotRun, Target, embedded_mock

_DRAFT = {
    "invoiceNumber": "INV-äß-1",
    "customerId": "12345",
    "originalBalance": {"code": "USD", "value": 100.1},
    "openBalance": {"code": "USD", "value": 0},
    "details": {"x": 1.50, "y": [None, "é"]},
}


@pytest.fixture(name="mock", scope="module")
def _mock() -> Iterator[Target]:
    with embedded_mock() as target:
        yield target


def _create(target: Target, number: str, **changes: Any) -> httpx.Response:
    body = {**_DRAFT, "invoiceNumber": number, **changes}
    return httpx.post(f"{target.base_url}/invoices", json=body, headers=target.store.headers)


def _read(target: Target, invoice_id: int) -> dict[str, Any]:
    response = httpx.get(f"{target.base_url}/invoices/{invoice_id}", headers=target.store.headers)
    data: dict[str, Any] = response.json()["data"]
    return data


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        pytest.param("POST", "/invoices", b"{", id="malformed"),
        pytest.param("POST", "/invoices", b"", id="empty"),
        pytest.param("GET", "/invoices?limit=1&q=%C3%A4+%26", None, id="list"),
        pytest.param("HEAD", "/invoices", None, id="head"),
        pytest.param("PATCH", "/invoices", b"{}", id="wrong method"),
        pytest.param("DELETE", "/invoices/0", None, id="delete"),
        pytest.param("GET", "/../nowhere", None, id="other path"),
    ],
)
def test_without_a_fault_nothing_changes(mock: Target, method: str, path: str, content: bytes | None) -> None:
    """
    Without a fault the response through the proxy is the same as without the proxy, byte for byte.
    """
    headers = {**mock.store.headers, "Content-Type": "application/json", "Accept-Encoding": "identity"}

    direct = httpx.request(method, f"{mock.base_url}{path}", content=content, headers=headers)
    with broken(mock) as target:
        response = httpx.request(method, f"{target.base_url}{path}", content=content, headers=headers)

    assert (response.status_code, response.content) == (direct.status_code, direct.content)
    varying = {"date", "connection", "content-length"}  # and the headers that count requests or time
    through, past = (
        {
            name: "counted" if name.startswith("x-") else value
            for name, value in each.headers.items()
            if name not in varying
        }
        for each in (response, direct)
    )
    assert through == past


def test_fault_gets_the_draft(mock: Target) -> None:
    """
    A fault gets the draft of each invoice that is read.
    """
    with broken(mock, load_catalogue()["settled-invoice-keeps-status-that-was-sent"].act) as target:
        invoice_id = _create(target, "draft", status=1).json()["data"]["id"]
        through, directly = _read(target, invoice_id), _read(mock, invoice_id)

    assert (through["status"], directly["status"]) == (1, 2)
    assert through | {"status": 2} == directly


def test_lenient_fault_accepts_only_its_own_violation(mock: Target) -> None:
    """
    A lenient fault accepts its own violation, but not together with another one.
    """
    with broken(mock, load_catalogue()["accepts-unlisted:status"].act) as target:
        accepted = _create(target, "lenient 1", status=3)
        rejected = _create(target, "lenient 2", status=3, type=None)

    assert accepted.status_code == 200
    assert rejected.status_code == 422


def test_answer_is_cut(mock: Target) -> None:
    """
    A response that is cut has its full length in the header.
    """

    def cut(request: Request, service: Service) -> Response:
        return attrs.evolve(service.send(request), cut=5)

    with broken(mock, cut) as target, pytest.raises(httpx.RemoteProtocolError, match="received 5 bytes, expected"):
        _read(target, 1)


def test_answer_is_lost(mock: Target) -> None:
    """
    A response that is cut before its first byte is not sent.
    """

    def lost(request: Request, service: Service) -> Response:
        return attrs.evolve(service.send(request), cut=0)

    with broken(mock, lost) as target, pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        _read(target, 1)


def test_no_secret_is_shown(mock: Target) -> None:
    """
    The repr of a request and of the service contain no credential.
    """
    seen = []

    def look(request: Request, service: Service) -> Response:
        seen.append(repr((request, service)))
        return service.send(request)

    with broken(mock, look) as target:
        _read(target, _create(target, "shown").json()["data"]["id"])

    assert len(seen) == 2
    assert mock.store.access_token not in "".join(seen)


def test_exception_in_a_fault_is_reported(mock: Target) -> None:
    """
    A fault that raises an exception returns 500, and the exception is reported at the end.
    """

    def failing(_: Request, __: Service) -> Response:
        raise KeyError("data")

    with pytest.raises(CannotRun, match=re.escape("The fault raised KeyError('data').")):  # noqa: SIM117 - as it is used
        with broken(mock, failing) as target:
            response = httpx.get(f"{target.base_url}/invoices", headers=target.store.headers)

    assert response.status_code == 500
