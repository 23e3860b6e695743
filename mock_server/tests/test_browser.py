"""
Pages in a browser (headless Chromium): they show what a client does, and their buttons affect the client.

Without Chromium these tests are skipped; with `MOCK_NEEDS_CHROMIUM` set, they fail.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import attrs
import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped] # it has no types
from playwright.sync_api import Browser, Page, expect, sync_playwright

from b2b_invoices_mock.faults.kinds import FAULTS
from mock_server.tests.conftest import MakeInvoice
from mock_server.tests.server import HEADERS, Start, address

# Runs the generated client in a process of its own, as a user would.
CREATE = """
import sys
from decimal import Decimal
from b2b_invoices import Balance, Client, CreateInvoiceRequest, errors
from b2b_invoices.api.invoices import create_invoice
due = Balance(code="USD", value=Decimal("100.10"))
with Client.from_env() as client:
    try:
        number = sys.argv[1]
        draft = CreateInvoiceRequest(invoice_number=number, customer_id="1", original_balance=due, open_balance=due)
        print(create_invoice.sync(client=client, body=draft).data.id)
    except errors.B2BInvoicesError as error:
        print(type(error).__name__)
"""
expect.set_options(timeout=30_000)  # milliseconds, for busy machines

ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
ENVIRONMENT = {**os.environ, "B2B_STORE_HASH": "teststore", "B2B_ACCESS_TOKEN": "test-token"}
WIDTHS = {"a phone": 375, "a desk": 1600}


@attrs.frozen
class Mock:
    """
    A mock in a process of its own.

    Attributes:
        base_url: URL of its API.
    """

    base_url: str

    @property
    def page(self) -> str:
        """URL of its home page."""
        return str(httpx.URL(self.base_url).join("/_mock/"))

    def control(self, path: str) -> Any:
        """
        Return the data of a GET of *path* of the control API.
        """
        return httpx.get(f"{self.page}{path}", trust_env=False).json()["data"]

    def create(self, number: str) -> str:
        """
        Create an invoice with the generated client; return its id, or the name of the error.
        """
        command = [sys.executable, "-c", CREATE, number]
        environment = ENVIRONMENT | {"B2B_BASE_URL": self.base_url}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - ours
        return done.stdout.strip()

    def send(self, *bodies: Any) -> None:
        """
        Send *bodies* to createInvoice, and ignore the responses.
        """
        with httpx.Client(headers=HEADERS, trust_env=False) as http:
            for body in bodies:
                http.post(f"{self.base_url}/invoices", json=body)

    def flood(self, requests: int) -> None:
        """
        Send many requests without credentials, pipelined; each gets 401.
        """
        url = httpx.URL(self.base_url)
        with socket.create_connection((url.host, url.port or 80)) as connection:
            for _ in range(requests // 100):
                connection.sendall(b"GET /api/v3/io/ip/invoices HTTP/1.1\r\nHost: mock\r\n\r\n" * 100)
                received = b""
                while received.count(b"HTTP/1.1 401") < 100 or not received.endswith(b"}}"):
                    received += connection.recv(100_000)


@pytest.fixture(name="browser", scope="module")
def _browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None and os.environ.get("MOCK_NEEDS_CHROMIUM"):
        pytest.fail("MOCK_NEEDS_CHROMIUM is set, but Chromium is missing; install it: apt-get install chromium")
    if chromium is None:
        pytest.skip("no Chromium on this machine; install chromium to test the pages in a browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(name="mock")
def _mock(start: Start) -> Mock:
    _, line = start()
    return Mock(address(line))


@pytest.fixture(name="page")
def _page(browser: Browser, mock: Mock) -> Iterator[Page]:
    """
    The home page in a new window. Script errors and requests to other servers fail the test.
    """
    context = browser.new_context(viewport={"width": WIDTHS["a desk"], "height": 900})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("dialog", lambda dialog: dialog.accept())
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith(mock.page[:-7]) else problems.append(f"request to {request.url}")
        ),
    )
    page.goto(mock.page)
    yield page
    context.close()
    assert problems == []


def test_requests_appear(page: Page, mock: Mock, make_invoice: MakeInvoice) -> None:
    """
    A request of the generated client appears without a reload; the errors of a body are shown on their lines.
    """
    assert mock.create("INV-2031") == "1"
    expect(page.locator("#invoices")).to_contain_text("INV-2031")
    expect(page.locator("#requests tbody tr")).to_have_count(1)

    mock.send(make_invoice(customerId=7))
    expect(page.locator("#requests tbody tr")).to_have_count(2)
    page.get_by_role("link", name="POST /api/v3/io/ip/invoices").first.click()

    wrong = page.locator("#detail .wrong")
    expect(wrong).to_have_text('"customerId": 7Not a valid string.')
    expect(page.locator("#detail")).to_contain_text("openapi.yaml#/components/schemas/CreateInvoiceRequest")
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    expect(page.get_by_role("link", name="POST /api/v3/io/ip/invoices").first).to_be_focused()


def test_buttons_affect_the_client(page: Page, mock: Mock) -> None:
    """
    A fault planned by a click affects the client; the clock is advanced; erasing empties both lists.
    """
    page.get_by_text("Faults, clock, dialect, erase").click()
    page.get_by_label("Error").select_option("number-taken")
    page.get_by_role("button", name="refuse", exact=True).click()
    expect(page.locator("#state")).to_contain_text("refuse \u00d71")
    assert mock.create("INV-1") == "InvoiceNumberTaken"
    expect(page.locator("#state .warn")).to_have_count(0)
    assert mock.create("INV-2") == "1"
    expect(page.locator("#invoices")).to_contain_text("INV-2")

    page.get_by_role("button", name="+30 days").click()
    expect(page.locator("#state")).to_contain_text("(moved)")
    page.get_by_role("button", name="Erase everything").click()

    expect(page.locator("#invoices")).to_contain_text("No invoices yet.")
    expect(page.locator("#requests tbody tr")).to_have_count(0)


def test_every_fault_can_be_clicked(page: Page, mock: Mock) -> None:
    """
    Each fault has a button, which plans it with the values of the form; another button removes all.
    """
    page.get_by_text("Faults, clock, dialect, erase").click()
    page.get_by_label("Number of requests").fill("3")
    page.get_by_label("Operation").select_option("createInvoice")
    page.get_by_label("Seconds").fill("1.5")

    for place, name in enumerate(FAULTS, start=1):
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.locator("#state .fault")).to_have_count(place)
    planned = mock.control("faults")
    page.get_by_role("button", name="Clear all faults").click()

    expect(page.locator("#state")).to_contain_text("Faults none")
    assert [fault["fault"] for fault in planned] == list(FAULTS)
    assert {(fault["times"], fault["operation"]) for fault in planned} == {(3, "createInvoice")}
    assert {fault["fault"]: fault["seconds"] for fault in planned if "seconds" in fault} == {
        "delay": 1.5,
        "rate_limited": 1.5,
    }


def test_clock_and_dialect(page: Page, mock: Mock) -> None:
    """
    Buttons freeze, set, release and reset the clock, and change the dialect.
    """
    page.get_by_text("Faults, clock, dialect, erase").click()
    state = page.locator("#state")

    page.get_by_role("button", name="Freeze").click()
    expect(state).to_contain_text("(frozen)")
    page.get_by_label("Set to (UTC)").fill("2031-05-06T07:08:09")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(state).to_contain_text("2031-05-06 07:08 UTC (frozen)")
    frozen_at = mock.control("clock")["now"]
    page.get_by_role("button", name="Release").click()
    expect(state).to_contain_text("(moved)")
    page.get_by_role("button", name="Real time").click()
    expect(state).not_to_contain_text("(moved)")
    page.get_by_role("button", name="observed").click()
    expect(state).to_contain_text("observed")

    assert frozen_at == datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC).timestamp()
    assert abs(mock.control("clock")["ahead"]) < 1


def test_search_and_filter(page: Page, mock: Mock, make_invoice: MakeInvoice) -> None:
    """
    The search and the filters apply to both lists, and survive a reload.
    """
    mock.send(make_invoice(invoiceNumber="INV-1"), make_invoice(invoiceNumber="INV-2"), make_invoice(customerId=7))
    requests, invoices = page.locator("#requests tbody tr"), page.locator("#invoices tbody tr")
    expect(requests).to_have_count(3)

    page.get_by_label("Search").fill("inv-2")
    expect(requests).to_have_count(1)
    expect(invoices).to_have_count(1)
    page.get_by_label("Search").fill("")
    expect(requests).to_have_count(3)
    page.get_by_label("Verdict").select_option("refused")
    expect(requests).to_have_count(1)
    page.get_by_label("Invoice status").select_option("completed")
    expect(invoices).to_have_count(0)
    page.reload()

    expect(requests).to_have_count(1)
    expect(requests).to_contain_text("customerId Not a valid string.")
    expect(page.get_by_label("Invoice status")).to_have_value("2")


def test_the_curl_command_is_copied(page: Page, mock: Mock, make_invoice: MakeInvoice) -> None:
    """
    A click copies the curl command of a request; run in a shell, it gets the same response.
    """
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    mock.send(make_invoice(customerId=7))
    page.get_by_role("link", name="POST /api/v3/io/ip/invoices").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()

    copied = page.evaluate("navigator.clipboard.readText()")
    command = ["/bin/sh", "-c", f"{copied} --noproxy '*'"]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=True)  # noqa: S603 - what the page has

    assert "test-token" not in copied
    assert json.loads(done.stdout)["data"] == {"errMsg": {"customerId": ["Not a valid string."]}}


def test_by_keyboard(page: Page, mock: Mock, make_invoice: MakeInvoice) -> None:
    """
    The keyboard suffices to skip to the content and open a request; new rows are announced and take no focus.
    """
    mock.send(make_invoice())
    expect(page.locator("#requests tbody tr")).to_have_count(1)

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Search")).to_be_focused()
    page.locator("#seen-1").focus()
    mock.send(make_invoice(invoiceNumber="INV-2"))
    expect(page.locator("#requests tbody tr")).to_have_count(2)
    expect(page.locator("#seen-1")).to_be_focused()
    expect(page.locator("#announcement")).to_have_text("Requests: 2, invoices: 2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Detail")).to_contain_text("request 1")
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_role("dialog", name="Detail")).to_be_hidden()
    expect(page.locator("#seen-1")).to_be_focused()


def test_hostile_text_does_not_run(page: Page, mock: Mock, make_invoice: MakeInvoice) -> None:
    """
    Markup in an invoice is shown as text, in the lists and in the detail, and does not run.
    """
    page.evaluate("() => { globalThis.boom = () => { globalThis.ran = true; }; }")
    hostile = "<img src=x onerror=boom()><script>boom()</script>'><svg onload=boom()>"
    mock.send(make_invoice(invoiceNumber=hostile, customerId=hostile), {hostile: hostile, "customerId": 7})

    expect(page.locator("#invoices")).to_contain_text(hostile)
    page.get_by_role("link", name="POST /api/v3/io/ip/invoices").first.click()
    expect(page.locator("#detail")).to_contain_text(hostile)
    page.keyboard.press("Escape")
    page.locator("#invoices tbody a").first.click()
    expect(page.locator("#detail")).to_contain_text(hostile)

    assert page.evaluate("typeof globalThis.boom") == "function"
    assert page.evaluate("globalThis.ran") is None
    assert page.locator("#detail img, #detail svg, #invoices img, main script").count() == 0


def test_ten_thousand_requests(page: Page, mock: Mock) -> None:
    """
    With ten thousand requests, the page has a hundred rows and links to the rest.
    """
    mock.flood(10_000)
    page.reload()

    expect(page.locator("#requests .count")).to_have_text("10000")
    expect(page.locator("#requests tbody tr")).to_have_count(100)
    page.locator("#requestsFrom-older").click()
    expect(page.locator("#requests .pager")).to_contain_text("101\u2013200 of 10000")


def test_the_reference_sends_requests(page: Page, mock: Mock) -> None:
    """
    A form of the reference sends a request, and shows the response.
    """
    page.goto(f"{mock.page}reference")
    form = page.get_by_role("form", name="Try createInvoice")
    form.get_by_label("Example").select_option("Open balance of zero, so the invoice is completed")
    form.get_by_role("button", name="Send POST").click()
    expect(form.locator("[data-status]")).to_have_text("200 OK")
    expect(form.locator("[data-response]")).to_contain_text('"id": 1')

    page.goto(mock.page)
    expect(page.locator("#invoices")).to_contain_text("completed")


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility(browser: Browser, mock: Mock, make_invoice: MakeInvoice, width: int, scheme: Any) -> None:
    """
    No page is wider than the window, and axe finds no accessibility problem, in light and dark.
    """
    mock.send(make_invoice(), make_invoice(customerId=None), make_invoice(invoiceNumber="INV-" + "9" * 300))
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()

    problems = []
    opened = (
        ("", "#controls summary"),
        ("", "#seen-2"),
        ("seen/2", "details summary"),
        ("reference", "details summary"),
    )
    for path, opener in opened:
        page.goto(mock.page + path)
        page.locator(opener).first.click()
        expect(page.locator("[open]").first).to_be_visible()
        problems += [
            f"/{path}: {problem['id']}: {problem['help']}" for problem in Axe().run(page).response["violations"]
        ]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            problems.append(f"/{path}: wider than {width} px")
    context.close()

    assert problems == []
