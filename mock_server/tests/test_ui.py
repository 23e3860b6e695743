"""
Pages as the mock renders them: their content, their security, and text from requests that stays text.
"""

import re
from html import unescape
from typing import Any

import pytest

from b2b_invoices_mock import RequestLog
from b2b_invoices_mock.faults.kinds import DropAfterCommit, Hang
from b2b_invoices_mock.ledger import SQLiteLedger
from b2b_invoices_mock.ui.contract_parts import parts_for
from b2b_invoices_mock.ui.json_lines import MAX_LINES, json_lines
from b2b_invoices_mock.ui.rendering import ASSETS, moment, prose
from b2b_invoices_spec import Contract, load_promises
from mock_server.tests.conftest import MakeInvoice
from mock_server.tests.controlled import INVOICES, ControlledMock
from mock_server.tests.server import HEADERS

HOSTILE = [
    "<script>boom()</script>",
    "<img src=x onerror=boom()>",
    '"><svg onload=boom()>',
    "'-boom()-'",
    "{{ 7 * 7 }}",
    "</textarea><script>boom()</script>",
    "javascript:boom()",
    "\u202egnp.exe\x00",
]


def shown(controlled: ControlledMock, path: str = "/") -> str:
    """
    Return the HTML of the page at *path*.
    """
    response = controlled.call("GET", f"/_mock{path}")
    assert response.status_code == 200, response.text
    return response.text


def words(html: str) -> str:
    """
    Return the visible text of *html*, on one line.
    """
    joined = re.sub(r"</?span[^>]*>", "", html)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", joined)).split())


def test_the_home_page_has_both_lists(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    The home page contains the lists, so they are visible without a script.
    """
    controlled.create(make_invoice(openBalance={"code": "USD", "value": 33.25}, status=1, dueDate=0))
    controlled.create(make_invoice(customerId=7))

    text = words(shown(controlled))

    assert "07:10:08 POST /api/v3/io/ip/invoices refused 422 customerId Not a valid string. 0.0 ms" in text
    assert "07:10:08 POST /api/v3/io/ip/invoices accepted 200 0.0 ms" in text
    assert "INV-1 12345 100.00 USD open 33.25 USD partially paid due 1970-01-01" in text


def test_paths_are_shown_as_they_were_sent(controlled: ControlledMock) -> None:
    """
    Paths are shown with or without the base path, as they were sent, in the list and in the detail.
    """
    controlled.call("GET", INVOICES, headers=HEADERS)
    controlled.call("GET", "/invoices", headers=HEADERS)

    text = words(shown(controlled))

    assert "GET /api/v3/io/ip/invoices accepted 200" in text
    assert "GET /invoices refused 404 Not Found" in text
    assert "GET /api/v3/io/ip/invoices accepted 200" in words(shown(controlled, "/seen/1"))
    assert "GET /invoices refused 404" in words(shown(controlled, "/seen/2"))


@pytest.mark.parametrize(("wanted", "outcome"), [("code=429", "refused 429"), ("example=full", "accepted 200")])
def test_a_response_chosen_by_prefer(controlled: ControlledMock, wanted: str, outcome: str) -> None:
    """
    A response that the caller chose with `Prefer` is marked as such, in the list and in the detail.
    """
    controlled.call("GET", f"{INVOICES}/7", headers={**HEADERS, "Prefer": wanted})

    assert f"{outcome} asked for by Prefer: {wanted}" in words(shown(controlled))
    alone = words(shown(controlled, "/seen/1"))
    assert f"asked for by Prefer: {wanted}" in alone
    assert "Errors" not in alone


def test_long_text_is_cut_with_an_ellipsis(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    Long text ends in an ellipsis in the lists, and is whole in the detail.
    """
    controlled.create(make_invoice(invoiceNumber="f" * 200, customerId="c" * 201))
    controlled.call("GET", f"{INVOICES}/7", headers={**HEADERS, "Prefer": f"example={'x' * 300}"})
    controlled.call("GET", f"/{'p' * 300}", headers=HEADERS)

    text = words(shown(controlled))

    assert f"{'f' * 200} {'c' * 199}\u2026 100.00 USD" in text
    assert f"getInvoice has no example for example={'x' * 161}\u2026" in text
    assert f"GET /{'p' * 198}\u2026 refused 404" in text
    assert f"example={'x' * 300}; expected one of 200 minimal" in words(shown(controlled, "/seen/2"))


def test_the_state_is_shown(controlled: ControlledMock) -> None:
    """
    The home page shows the clock, the dialect and the planned faults.
    """
    controlled.clock.set(0)
    controlled.clock.freeze()
    controlled.faults.add(Hang(operation="getInvoice", times=3))

    text = words(shown(controlled))
    assert "Clock 1970-01-01 00:00 UTC (frozen) Dialect documented Faults hang getInvoice \u00d73" in text


def test_unchanged_lists_are_neither_sent_nor_searched(
    controlled: ControlledMock, make_invoice: MakeInvoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    While nothing changes, an open page gets 204, and neither the request log nor the ledger is searched.
    """
    controlled.create(make_invoice())
    tag = controlled.call("GET", "/_mock/lists?q=inv").json()["tag"]
    monkeypatch.delattr(RequestLog, "newest_first")
    monkeypatch.setattr(SQLiteLedger, "browse", None)

    assert controlled.call("GET", f"/_mock/lists?q=inv&tag={tag}").status_code == 204


def test_a_tag_is_for_one_search(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    A tag of one search does not count for another.
    """
    controlled.create(make_invoice())
    tag = controlled.call("GET", "/_mock/lists?q=inv").json()["tag"]

    assert controlled.call("GET", f"/_mock/lists?q=x&tag={tag}").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", INVOICES, {}),
        ("POST", "/_mock/clock", {"forward": 3600}),
        ("POST", "/_mock/faults", [{"fault": "hang"}]),
        ("DELETE", "/_mock/requests", None),
    ],
)
def test_a_change_is_sent(controlled: ControlledMock, method: str, path: str, body: Any) -> None:
    """
    After a request, or a change of the request log, the clock or the faults, the page gets its parts again.
    """
    tag = controlled.call("GET", "/_mock/lists").json()["tag"]

    controlled.call(method, path, json=body, headers=HEADERS)

    assert [*controlled.call("GET", f"/_mock/lists?tag={tag}").json()["parts"]] == ["requests", "invoices", "state"]


def test_a_long_list_has_pages(controlled: ControlledMock) -> None:
    """
    A long list has pages of a hundred rows, which together have every row.
    """
    for _ in range(250):
        controlled.call("GET", "/x")

    parts = [
        controlled.call("GET", f"/_mock/lists?requestsFrom={begin}").json()["parts"]["requests"]
        for begin in (0, 100, 200, 300)
    ]

    numbers = [[int(number) for number in re.findall(r'id="seen-(\d+)"', part)] for part in parts]
    assert numbers == [[*range(250, 150, -1)], [*range(150, 50, -1)], [*range(50, 0, -1)], []]
    assert "101\u2013200 of 250" in words(parts[1])


def test_search(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    A search finds both requests and invoices that contain a text.
    """
    for _ in range(2):
        controlled.create(make_invoice())

    parts = controlled.call("GET", "/_mock/lists?q=INV-2").json()["parts"]

    assert re.findall(r'id="(seen-\d+)"', parts["requests"]) == ["seen-2"]
    assert re.findall(r'id="(recorded-\d+)"', parts["invoices"]) == ["recorded-2"]


@pytest.mark.parametrize(
    ("query", "messages"),
    [
        pytest.param("", ("No requests yet.", "No invoices yet."), id="nothing"),
        pytest.param("?q=x", ("No request matches.", "No invoice matches."), id="text"),
        pytest.param("?verdict=lost", ("No request matches.", "No invoices yet."), id="verdict"),
        pytest.param("?method=PUT", ("No request matches.", "No invoices yet."), id="method"),
        pytest.param("?status=2", ("No requests yet.", "No invoice matches."), id="status"),
        pytest.param("?status=paid", ("No requests yet.", "No invoices yet."), id="no-status"),
    ],
)
def test_an_empty_list_says_why(controlled: ControlledMock, query: str, messages: tuple[str, str]) -> None:
    """
    An empty list says whether nothing is stored or nothing matches the filters.
    """
    text = words(shown(controlled, f"/{query}"))

    assert f"Requests 0 {messages[0]}" in text
    assert f"Invoices 0 {messages[1]}" in text


def test_statuses_are_named_as_in_the_contract(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    Invoices are filtered by status; the names of the statuses are the contract's.
    """
    controlled.create(make_invoice(status=1))
    controlled.create(make_invoice(openBalance={"code": "USD", "value": 0}))

    html = shown(controlled, "/?status=1")

    assert re.findall(r'<option value="([0-9])"( selected)?>([a-z ]+)<', html) == [
        ("0", "", "open"),
        ("1", " selected", "partially paid"),
        ("2", "", "completed"),
    ]
    assert "INV-1 12345 100.00 USD open 100.00 USD partially paid" in words(html)
    assert "INV-2" not in words(html)


def test_one_request(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    A request is shown with its response, its errors on their lines, and the contract, without credentials.
    """
    body = make_invoice(customerId=None, openBalance={"code": "USD", "value": "ten"})
    controlled.faults.add(DropAfterCommit(operation="getInvoice"))
    controlled.create(body)

    html = shown(controlled, "/seen/1")

    text = words(html)
    assert "Response 422" in text
    assert '"customerId": [ "This field is required." ]' in text
    assert "content-type application/json" in text
    assert "x-auth-token [hidden]" in text
    assert '<div class="wrong"><code>{</code><strong class="message">customerId: This field is required.' in html
    assert '&#34;value&#34;: &#34;ten&#34;</code><strong class="message">A valid number is required.' in html
    assert "openapi.yaml#/components/schemas/Balance/properties/value" in html
    assert "description: Amount in currency units. Four decimals are stored." in html
    assert "X-Auth-Token: $B2B_ACCESS_TOKEN" in html
    assert "test-token" not in html


@pytest.mark.parametrize(
    "path",
    [
        "/seen/1",
        "/seen/x",
        "/recorded/1",
        "/recorded/x",
        pytest.param(f"/recorded/{'9' * 5000}", id="/recorded/999"),
        "/assets/nothing.js",
        "/assets/..%2Froutes.py",
        "/assets/page.js%0A",
        "/reference%0A",
        "/%ED%A0%80",
    ],
)
def test_unknown_pages(controlled: ControlledMock, path: str) -> None:
    """
    Unknown requests, invoices, files and pages are 404.
    """
    assert controlled.call("GET", f"/_mock{path}").status_code == 404


FOLLOWED = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.mark.parametrize("path", ["/", "/reference", "/seen/1"])
def test_a_link_on_another_site_leads_here(controlled: ControlledMock, path: str) -> None:
    """
    A link on another site opens the page.
    """
    controlled.call("GET", INVOICES)

    assert controlled.call("GET", f"/_mock{path}", headers=FOLLOWED).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("GET", "/", {"Sec-Fetch-Dest": "iframe"}),
        ("GET", "/", {"Sec-Fetch-Mode": "no-cors"}),
        ("GET", "/", {"Host": "rebound.example"}),
        ("POST", "/", {}),
        ("GET", "/requests", {}),
        ("GET", "/snapshot", {}),
    ],
)
def test_a_link_opens_no_more_than_the_page(
    controlled: ControlledMock, method: str, path: str, more: dict[str, str]
) -> None:
    """
    Requests that only resemble a link, and links to the control API, are rejected.
    """
    assert controlled.call(method, f"/_mock{path}", headers=FOLLOWED | more).status_code == 403


def test_unknown_query_parameters_are_ignored(controlled: ControlledMock) -> None:
    """
    Unknown query parameters, which other sites append to links, are ignored.
    """
    assert controlled.call("GET", "/_mock/?utm_source=readme&q=x").status_code == 200


def test_pages_are_read_only(controlled: ControlledMock) -> None:
    """
    Pages support GET only, and their error responses have the same security headers.
    """
    response = controlled.call("POST", "/_mock/")

    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD")
    assert (response.headers["Cache-Control"], "Content-Security-Policy" in response.headers) == ("no-store", True)
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("path", ["/", "/reference", "/seen/1", "/recorded/1", "/assets/page.js", "/lists"])
def test_only_the_mocks_own_scripts_run(controlled: ControlledMock, make_invoice: MakeInvoice, path: str) -> None:
    """
    Every response forbids scripts and requests of other origins, and framing.
    """
    controlled.create(make_invoice())

    headers = controlled.call("GET", f"/_mock{path}").headers

    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/reference"])
def test_nothing_comes_from_elsewhere(controlled: ControlledMock, path: str) -> None:
    """
    Pages load only files of the mock, and contain no inline script or style.
    """
    html = shown(controlled, path)

    loaded = re.findall(r'(?:src|<link[^>]*href)="([^"]*)"', html)
    assert {link.rpartition("/")[0] for link in loaded} == {"/_mock/assets"}
    assert {link.rpartition("/")[2] for link in loaded} <= {asset.name for asset in ASSETS.iterdir()}
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", html)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(controlled: ControlledMock, make_invoice: MakeInvoice, text: str) -> None:
    """
    Markup in an invoice or a request is shown as text, wherever it is shown.
    """
    hostile = make_invoice(invoiceNumber=text, customerId=text, termsConditions=text, details={text: [text]})
    controlled.create(hostile)
    controlled.create({text: text, "customerId": 7, "openBalance": {text: 1}})
    controlled.call("GET", INVOICES, params={text: text, "limit": text}, headers={**HEADERS, "X-Note": ascii(text)})

    pages = [shown(controlled, path) for path in ("/", "/recorded/1", "/seen/1", "/seen/2", "/seen/3")]

    for html in pages:
        tags = " ".join(re.findall(r"<[^>]*>", html))
        assert "boom" not in tags
        assert html.count("<script") == 1
    assert "49" not in words(pages[1])


# ------------------------------------------------------------------------------------------------------- parts


@pytest.mark.parametrize(
    ("body", "found", "lines"),
    [
        (b"{}", {}, [("{}", ())]),
        (b"7", {"non_field_errors": ["Invalid data."]}, [("7", ("Invalid data.",))]),
        (
            b'{"a": [1.10, {"b": null}], "c": "\\u00e9"}',
            {"a.1.b": ["no"], "a.1.c.d": ["missing"], "x": ["missing"]},
            [
                ("{", ("x: missing",)),
                ('  "a": [', ()),
                ("    1.10,", ()),
                ("    {", ("c.d: missing",)),
                ('      "b": null', ("no",)),
                ("    }", ()),
                ("  ],", ()),
                ('  "c": "é"', ()),
                ("}", ()),
            ],
        ),
    ],
)
def test_messages_are_on_their_lines(body: bytes, found: Any, lines: list[tuple[str, tuple[str, ...]]]) -> None:
    """
    A message is on the line of its value; for a missing field, on the line of the object that lacks it.
    """
    assert [(line.text, line.messages) for line in json_lines(body, found) or []] == lines


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 5000 + b"]" * 5000, b"[" + b"1," * MAX_LINES + b"1]"])
def test_bodies_without_lines(body: bytes) -> None:
    """
    A body that is invalid JSON, too deep or too long has no lines, and is shown as it is.
    """
    assert json_lines(body, {}) is None


@pytest.mark.parametrize(
    ("method", "path", "pointers"),
    [
        ("GET", f"{INVOICES}?limit=0", ["#/paths/~1invoices/get/parameters/1"]),
        ("GET", f"{INVOICES}/7", ["#/paths/~1invoices~1{invoiceId}/get"]),
        ("GET", "/orders", ["#/paths"]),
        ("PATCH", INVOICES, ["#/paths"]),
    ],
)
def test_parts_of_the_contract(
    controlled: ControlledMock, contract: Contract, method: str, path: str, pointers: list[str]
) -> None:
    """
    A request is shown with the parameter that is invalid, or its operation, or the paths of the API.
    """
    controlled.call(method, path, headers=HEADERS)

    (seen,) = controlled.record
    assert [part.pointer for part in parts_for(seen, contract)] == pointers


def test_prose() -> None:
    """
    Descriptions keep paragraphs, lists, code and emphasis; other markup is escaped.
    """
    assert prose("One `<b>` *two*.\n\n- `a`: x;\n- y * z * 2") == (
        "<p>One <code>&lt;b&gt;</code> <em>two</em>.</p>\n<ul><li><code>a</code>: x;</li><li>y * z * 2</li></ul>"
    )


@pytest.mark.parametrize(("seconds", "text"), [(0, "1970-01-01"), (1e20, "1e+20"), (-(10**30), str(-(10**30)))])
def test_moments(seconds: float, text: str) -> None:
    """
    A time outside the calendar is shown as a number.
    """
    assert moment(seconds, "%Y-%m-%d") == text


def test_the_reference_has_everything(controlled: ControlledMock, contract: Contract) -> None:
    """
    The reference has every operation, with its fields, its responses and a form to send it.
    """
    text = words(shown(controlled, "/reference"))

    for operation in contract.operations:
        assert f"{operation.method} /api/v3/io/ip{operation.path}" in text
        assert f"Send {operation.method}" in text
    assert (
        "openBalance required object Amount still to be paid. At zero or below, the status becomes completed." in text
    )
    assert "5XX The service failed. A create may still have succeeded." in text


def test_promises_are_beside_their_operation(controlled: ControlledMock) -> None:
    """
    Each promise of promises.yaml is in the section of its operation, with its source.
    """
    _, *sections = shown(controlled, "/reference").split('<section class="operation" id="')
    texts = {section.partition('"')[0]: words(section) for section in sections}
    promises = load_promises().values()

    missing = [
        promise.id
        for promise in promises
        if f"{promise.statement} {promise.id} {promise.provenance} {promise.source}" not in texts[promise.operation]
    ]

    assert (missing, len(promises) > 60) == ([], True)
