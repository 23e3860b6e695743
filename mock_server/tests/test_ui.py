"""
The page, as the mock renders it: what it shows, and that text from a request is text and nothing else.
"""

import re
from html import unescape
from typing import Any

import pytest

from b2b_invoices_mock import RequestLog
from b2b_invoices_mock.faults.plan import DropAfterCommit, Hang
from b2b_invoices_mock.ledger import InvoiceLedger
from b2b_invoices_mock.ui.contract_parts import parts_for
from b2b_invoices_mock.ui.marked import MOST_LINES, marked
from b2b_invoices_mock.ui.rendering import ASSETS, moment, prose
from b2b_invoices_spec import Contract, load_promises
from mock_server.tests.conftest import MakeInvoice
from mock_server.tests.controlled import CREDENTIALS, INVOICES, ControlledMock

HANG = [{"fault": "hang"}]
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
    Return the page at *path*.
    """
    response = controlled.call("GET", f"/_mock{path}")
    assert response.status_code == 200, response.text
    return response.text


def words(html: str) -> str:
    """
    Return what a person reads of *html*, on one line.
    """
    joined = re.sub(r"</?span[^>]*>", "", html)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", joined)).split())


def test_requests_and_invoices_are_there_at_once(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    The first page has the lists in it, so nothing has to be fetched to see them.
    """
    controlled.create(make_invoice(openBalance={"code": "USD", "value": 33.25}, status=1, dueDate=0))
    controlled.create(make_invoice(customerId=7))

    text = words(shown(controlled))

    assert "07:10:08 POST /api/v3/io/ip/invoices refused 422 customerId Not a valid string. 0.0 ms" in text
    assert "07:10:08 POST /api/v3/io/ip/invoices accepted 200 0.0 ms" in text
    assert "INV-1 12345 100.00 USD open 33.25 USD partially paid due 1970-01-01" in text


def test_paths_are_shown_as_they_were_sent(controlled: ControlledMock) -> None:
    """
    A request without the base path is told from one with it, in the list and by itself.
    """
    controlled.call("GET", INVOICES, headers=CREDENTIALS)
    controlled.call("GET", "/invoices", headers=CREDENTIALS)

    text = words(shown(controlled))

    assert "GET /api/v3/io/ip/invoices accepted 200" in text
    assert "GET /invoices refused 404 Not Found" in text
    assert "GET /api/v3/io/ip/invoices accepted 200" in words(shown(controlled, "/seen/1"))
    assert "GET /invoices refused 404" in words(shown(controlled, "/seen/2"))


@pytest.mark.parametrize(("wanted", "outcome"), [("code=429", "refused 429"), ("example=full", "accepted 200")])
def test_an_answer_that_was_asked_for(controlled: ControlledMock, wanted: str, outcome: str) -> None:
    """
    An answer that a caller asked for by `Prefer` says so, in the list and by itself, where nothing else was wrong.
    """
    controlled.call("GET", f"{INVOICES}/7", headers={**CREDENTIALS, "Prefer": wanted})

    assert f"{outcome} asked for by Prefer: {wanted}" in words(shown(controlled))
    alone = words(shown(controlled, "/seen/1"))
    assert f"asked for by Prefer: {wanted}" in alone
    assert "What was wrong" not in alone


def test_long_text_is_cut_with_an_ellipsis(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    What is too long for a list ends in an ellipsis there, and what just fits is whole; by itself it is whole.
    """
    controlled.create(make_invoice(invoiceNumber="f" * 200, customerId="c" * 201))
    controlled.call("GET", f"{INVOICES}/7", headers={**CREDENTIALS, "Prefer": f"example={'x' * 300}"})
    controlled.call("GET", f"/{'p' * 300}", headers=CREDENTIALS)

    text = words(shown(controlled))

    assert f"{'f' * 200} {'c' * 199}\u2026 100.00 USD" in text
    assert f"getInvoice has no example for example={'x' * 161}\u2026" in text
    assert f"GET /{'p' * 198}\u2026 refused 404" in text
    assert f"example={'x' * 300}; it has 200 minimal" in words(shown(controlled, "/seen/2"))


def test_the_state_is_there(controlled: ControlledMock) -> None:
    """
    The page tells clock, dialect, and the faults to come.
    """
    controlled.clock.set(0)
    controlled.clock.freeze()
    controlled.faults.add(Hang(operation="getInvoice", times=3))

    text = words(shown(controlled))
    assert "Clock 1970-01-01 00:00 UTC (frozen) Dialect documented Faults hang getInvoice \u00d73" in text


def test_nothing_is_sent_when_nothing_has_changed(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    A page that knows the newest lists is told so, and gets them again once something happened.
    """
    tag = controlled.call("GET", "/_mock/lists").json()["tag"]

    before = controlled.call("GET", f"/_mock/lists?tag={tag}").status_code
    controlled.create(make_invoice())
    after = controlled.call("GET", f"/_mock/lists?tag={tag}")

    assert (before, after.status_code) == (204, 200)
    assert "INV-1" in after.json()["parts"]["invoices"]


def test_nothing_is_searched_when_nothing_has_changed(
    controlled: ControlledMock, make_invoice: MakeInvoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A page that is open on a search costs the API nothing while nothing happens.
    """
    controlled.create(make_invoice())
    tag = controlled.call("GET", "/_mock/lists?q=inv").json()["tag"]
    monkeypatch.delattr(RequestLog, "newest_first")
    monkeypatch.delattr(InvoiceLedger, "browse")

    assert controlled.call("GET", f"/_mock/lists?q=inv&tag={tag}").status_code == 204


def test_another_search_is_another_answer(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    What a page knows of one search it does not know of another, nor of the same one with another mock.
    """
    controlled.create(make_invoice())
    tag = controlled.call("GET", "/_mock/lists?q=inv").json()["tag"]

    assert controlled.call("GET", f"/_mock/lists?q=x&tag={tag}").status_code == 200


@pytest.mark.parametrize("change", [{"path": "/clock", "json": {"forward": 3600}}, {"path": "/faults", "json": HANG}])
def test_the_state_changes_too(controlled: ControlledMock, change: dict[str, Any]) -> None:
    """
    A page hears of the clock and of faults, with no request to the API.
    """
    tag = controlled.call("GET", "/_mock/lists").json()["tag"]

    controlled.control("POST", **change)

    assert controlled.call("GET", f"/_mock/lists?tag={tag}").status_code == 200


def test_a_long_list_is_shown_a_part_at_a_time(controlled: ControlledMock) -> None:
    """
    Of ten thousand requests a hundred are sent, and every one of them can be reached.
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
    One search finds the requests and the invoices that hold a text.
    """
    for _ in range(2):
        controlled.create(make_invoice())

    parts = controlled.call("GET", "/_mock/lists?q=INV-2").json()["parts"]

    assert re.findall(r'id="(seen-\d+)"', parts["requests"]) == ["seen-2"]
    assert re.findall(r'id="(recorded-\d+)"', parts["invoices"]) == ["recorded-2"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        pytest.param("", ("None here yet.", "None on record."), id="nothing"),
        pytest.param("?q=x", ("None that matches.", "None that matches."), id="text"),
        pytest.param("?verdict=lost", ("None that matches.", "None on record."), id="verdict"),
        pytest.param("?method=PUT", ("None that matches.", "None on record."), id="method"),
        pytest.param("?status=2", ("None here yet.", "None that matches."), id="status"),
        pytest.param("?status=paid", ("None here yet.", "None on record."), id="no-status"),
    ],
)
def test_an_empty_list_says_why(controlled: ControlledMock, query: str, told: tuple[str, str]) -> None:
    """
    A list is empty because nothing is there, or because nothing matches what is searched for.
    """
    text = words(shown(controlled, f"/{query}"))

    assert f"Requests 0 {told[0]}" in text
    assert f"Invoices 0 {told[1]}" in text


def test_statuses_are_named_as_in_the_contract(controlled: ControlledMock, make_invoice: MakeInvoice) -> None:
    """
    Invoices are listed by a status that the contract has, in the words of its names.
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
    A request and its answer are shown, with what was wrong on its lines, the contract beside them, and no credential.
    """
    body = make_invoice(customerId=None, openBalance={"code": "USD", "value": "ten"})
    controlled.faults.add(DropAfterCommit(operation="getInvoice"))
    controlled.create(body)

    html = shown(controlled, "/seen/1")

    told = words(html)
    assert "Response 422" in told
    assert '"customerId": [ "This field is required." ]' in told
    assert "content-type application/json" in told
    assert "x-auth-token [hidden]" in told
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
def test_what_is_not_there(controlled: ControlledMock, path: str) -> None:
    """
    What the page does not have is 404.
    """
    assert controlled.call("GET", f"/_mock{path}").status_code == 404


@pytest.mark.parametrize("path", ["/", "/lists", "/reference", "/assets/page.js", "/seen/7"])
@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://example.com"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "rebound.example"}],
    ids=lambda headers: next(iter(headers)),
)
def test_other_sites_see_nothing(controlled: ControlledMock, path: str, headers: dict[str, str]) -> None:
    """
    A page of another site gets none of it.
    """
    assert controlled.call("GET", f"/_mock{path}", headers=headers).status_code == 403


FOLLOWED = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.mark.parametrize("path", ["/", "/reference", "/seen/1"])
def test_a_link_on_another_site_leads_here(controlled: ControlledMock, path: str) -> None:
    """
    A person who clicks a link to the page sees it, whichever site has the link.
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
    What only looks like a click, and what a click can do elsewhere, is refused.
    """
    assert controlled.call(method, f"/_mock{path}", headers=FOLLOWED | more).status_code == 403


def test_a_link_may_say_more(controlled: ControlledMock) -> None:
    """
    What others append to a link is no error that a person would have to read.
    """
    assert controlled.call("GET", "/_mock/?utm_source=readme&q=x").status_code == 200


def test_it_only_shows(controlled: ControlledMock) -> None:
    """
    The page changes nothing by being asked for, and says so in its own way; that is left to the control API.
    """
    response = controlled.call("POST", "/_mock/")

    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD")
    assert (response.headers["Cache-Control"], "Content-Security-Policy" in response.headers) == ("no-store", True)
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("path", ["/", "/reference", "/seen/1", "/recorded/1", "/assets/page.js", "/lists"])
def test_only_the_mocks_own_scripts_run(controlled: ControlledMock, make_invoice: MakeInvoice, path: str) -> None:
    """
    Every answer tells the browser to run the mock's own script alone, to ask nobody else, and not to be framed.
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
    Whatever a page loads is the mock's, and there is no script or style inside it.
    """
    html = shown(controlled, path)

    loaded = re.findall(r'(?:src|<link[^>]*href)="([^"]*)"', html)
    assert {link.rpartition("/")[0] for link in loaded} == {"/_mock/assets"}
    assert {link.rpartition("/")[2] for link in loaded} <= {asset.name for asset in ASSETS.iterdir()}
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", html)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(controlled: ControlledMock, make_invoice: MakeInvoice, text: str) -> None:
    """
    Whatever an invoice or a request says, wherever it is shown, is shown as what it is.
    """
    hostile = make_invoice(invoiceNumber=text, customerId=text, termsConditions=text, details={text: [text]})
    controlled.create(hostile)
    controlled.create({text: text, "customerId": 7, "openBalance": {text: 1}})
    controlled.call("GET", INVOICES, params={text: text, "limit": text}, headers={**CREDENTIALS, "X-Note": ascii(text)})

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
def test_marks(body: bytes, found: Any, lines: list[tuple[str, tuple[str, ...]]]) -> None:
    """
    What is wrong stands on the line of the value, and what is missing on that of the object it is missing from.
    """
    assert [(line.text, line.messages) for line in marked(body, found) or []] == lines


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 5000 + b"]" * 5000, b"[" + b"1," * MOST_LINES + b"1]"])
def test_what_cannot_be_marked(body: bytes) -> None:
    """
    What is no JSON, or too deep or too long to be looked at line by line, is left as it is.
    """
    assert marked(body, {}) is None


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
    A request is shown beside the parameter it gets wrong, else its operation, else the paths that there are.
    """
    controlled.call(method, path, headers=CREDENTIALS)

    (seen,) = controlled.record
    assert [part.pointer for part in parts_for(seen, contract)] == pointers


def test_prose() -> None:
    """
    Descriptions keep their paragraphs, lists, code and stress, and nothing else of them is HTML.
    """
    assert prose("One `<b>` *two*.\n\n- `a`: x;\n- y * z * 2") == (
        "<p>One <code>&lt;b&gt;</code> <em>two</em>.</p>\n<ul><li><code>a</code>: x;</li><li>y * z * 2</li></ul>"
    )


@pytest.mark.parametrize(("seconds", "text"), [(0, "1970-01-01"), (1e20, "1e+20"), (-(10**30), str(-(10**30)))])
def test_moments(seconds: float, text: str) -> None:
    """
    A time that no calendar has is shown as the number it is.
    """
    assert moment(seconds, "%Y-%m-%d") == text


def test_the_reference_has_everything(controlled: ControlledMock, contract: Contract) -> None:
    """
    Every operation is in the reference, with its fields and its answers, and can be tried.
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
    Each promise of promises.yaml is in the section of the operation that makes it, with its source.
    """
    _, *sections = shown(controlled, "/reference").split('<section class="operation" id="')
    told = {section.partition('"')[0]: words(section) for section in sections}
    promises = load_promises().values()

    lost = [
        promise.id
        for promise in promises
        if f"{promise.statement} {promise.id} {promise.provenance} {promise.source}" not in told[promise.operation]
    ]

    assert (lost, len(promises) > 60) == ([], True)
