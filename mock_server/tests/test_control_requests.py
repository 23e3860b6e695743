"""
Control API for the request log: lists, filters, single requests, and their curl commands.
"""

from urllib.parse import quote

import pytest

from b2b_invoices_mock.control.curl import curl_command
from b2b_invoices_mock.request_log import LoggedRequest
from mock_server.tests.client import NOW
from mock_server.tests.conftest import MakeInvoice
from mock_server.tests.controlled import INVOICES, ControlledMock
from mock_server.tests.server import HEADERS


def test_requests_are_listed(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    Requests are listed newest first, each with its verdict and its violations.
    """
    controlled.create(make_invoice())
    controlled.create(make_invoice(customerId=7))

    listed = controlled.control("GET", "/requests")

    assert [(request["number"], request["verdict"], request["status"]) for request in listed] == [
        (2, "refused", 422),
        (1, "accepted", 200),
    ]
    assert listed[0] == {
        "number": 2,
        "receivedAt": NOW,
        "method": "POST",
        "path": INVOICES,
        "query": "",
        "operation": "createInvoice",
        "verdict": "refused",
        "status": 422,
        "milliseconds": 0.0,
        "fault": None,
        "reason": "customerId: Not a valid string.",
        "violations": {"customerId": ["Not a valid string."]},
    }


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [3, 2, 1]),
        ("verdict=accepted", [3, 1]),
        ("verdict=refused", [2]),
        ("method=GET", [3]),
        ("method=get", [3]),
        ("operation=deleteInvoice", []),
        ("operation=createInvoice", [2, 1]),
        ("q=inv-1", [3, 1]),
        ("q=NOT%20A%20VALID", [2]),
        ("q=invoices%3F", [3, 2, 1]),
        ("limit=1&offset=1", [2]),
    ],
)
def test_requests_are_filtered(
    controlled: ControlledMock, make_invoice: MakeInvoice, query: str, numbers: list[int]
) -> None:
    """
    Requests are filtered by method, operation, verdict and any text in them.
    """
    controlled.create(make_invoice())
    controlled.create(make_invoice(customerId=7))
    controlled.call("GET", INVOICES, headers=HEADERS)

    assert [request["number"] for request in controlled.control("GET", f"/requests?{query}")] == numbers


def test_one_request(controlled: ControlledMock) -> None:
    """
    A request has its headers, body, response and curl command, without credentials; `full=true` lists it the same way.
    """
    controlled.call(
        "POST", f"{INVOICES}?a=1", content=b'{"it\'s": 1}', headers={**HEADERS, "Content-Type": "application/json"}
    )

    request = controlled.control("GET", "/requests/1")

    assert request["body"] == {"text": '{"it\'s": 1}', "size": 11, "whole": True}
    assert request["headers"]["x-auth-token"] == "[hidden]"
    assert request["answer"]["text"].startswith('{"code":422,')
    assert request["answerHeaders"]["content-type"] == "application/json"
    assert request["curl"] == (
        "curl -X POST 'http://127.0.0.1:8000/api/v3/io/ip/invoices?a=1' \\\n"
        "  -H 'accept: */*' \\\n"
        '  -H "X-Store-Hash: $B2B_STORE_HASH" \\\n'
        '  -H "X-Auth-Token: $B2B_ACCESS_TOKEN" \\\n'
        "  -H 'content-type: application/json' \\\n"
        "  --data-raw '{\"it'\"'\"'s\": 1}'"
    )
    assert "test-token" not in str(request)
    assert controlled.control("GET", "/requests?full=true") == [request]


@pytest.mark.parametrize("number", ["2", "0", "-1", "x", "9" * 400, "1\n"])
def test_an_unknown_request(controlled: ControlledMock, number: str) -> None:
    """
    A number that no logged request has is 404.
    """
    controlled.call("GET", INVOICES)

    response = controlled.call("GET", f"/_mock/requests/{quote(number)}")

    assert response.status_code == 404
    assert response.json()["data"] == {
        "errMsg": f"Unknown request {number!r}: the request log has the latest 1 requests."
    }


def test_requests_are_cleared(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    DELETE empties the request log, and leaves the invoices; numbering continues.
    """
    controlled.create(make_invoice())

    controlled.control("DELETE", "/requests")

    assert (controlled.control("GET", "/requests"), len(controlled.control("GET", "/invoices"))) == ([], 1)
    controlled.create(make_invoice())
    assert [request["number"] for request in controlled.control("GET", "/requests")] == [2]


@pytest.mark.parametrize(
    ("method", "target", "body", "command"),
    [
        ("GET", "/invoices", b"", "curl http://mock/invoices"),
        ("HEAD", "/invoices", b"", "curl -I http://mock/invoices"),
        ("DELETE", "/invoices/1", b"", "curl -X DELETE http://mock/invoices/1"),
        ("GET", "/invoices", b"{}", "curl -X GET http://mock/invoices \\\n  --data-raw '{}'"),
        ("GET", "/invoices?externalId[]=a", b"", "curl -g 'http://mock/invoices?externalId[]=a'"),
        ("GET", "/invoices/{id}", b"", "curl -g 'http://mock/invoices/{id}'"),
        ("GET", "/a/../b", b"", "curl --path-as-is http://mock/a/../b"),
        ("GET", "/a/%2E%2e/b", b"", "curl --path-as-is http://mock/a/%2E%2e/b"),
        ("GET", "/a/.", b"", "curl --path-as-is http://mock/a/."),
        ("GET", "/a..b/...?q=/../", b"", "curl 'http://mock/a..b/...?q=/../'"),
        ("P'", "/$HOME", b"", "curl -X 'P'\"'\"'' 'http://mock/$HOME'"),
    ],
)
def test_curl_sends_what_was_sent(method: str, target: str, body: bytes, command: str) -> None:
    """
    The curl command keeps the method, and the brackets and dots of the URL, which curl would change by default.
    """
    path, _, query = target.partition("?")

    logged = LoggedRequest(1, NOW, method, path, query, [], body=body, body_size=len(body))

    assert curl_command(logged, "http://mock/") == command


def test_curl_of_a_truncated_body(controlled: ControlledMock) -> None:
    """
    The curl command begins with a comment if the request log does not have the whole body.
    """
    controlled.record._body_limit = 4

    controlled.create({"a": 1})

    command = controlled.control("GET", "/requests/1")["curl"]
    assert command.startswith("# the request log does not have the last 3 bytes of the body\ncurl -X POST ")
    assert command.endswith("--data-raw '{\"a\"'")
