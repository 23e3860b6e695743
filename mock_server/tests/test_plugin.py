"""
The pytest plugin, by running pytest inside pytest: what a user's tests see, to the letter.
"""

import subprocess
import sys
from textwrap import dedent

import pytest

pytest_plugins = ["pytester"]

HEAD = """
import asyncio
from decimal import Decimal

import httpx
import pytest

from b2b_invoices import Balance, Client, CreateInvoiceRequest, InvoiceStatus, errors
from b2b_invoices.api.invoices import create_invoice, create_invoice_once, list_invoices

DUE = Balance(code="USD", value=Decimal("100.10"))


def draft(number="INV-1"):
    return CreateInvoiceRequest(invoice_number=number, customer_id="12345", original_balance=DUE, open_balance=DUE)

"""


LIGHT = ("-p", "no:schemathesis", "-p", "no:hypothesispytest", "-p", "no:pytest_cov")
"""Leaves plugins out that take long to import and have no part in it."""


@pytest.fixture(name="run")
def _run(pytester: pytest.Pytester) -> "Run":
    return Run(pytester)


class Run:
    """
    Runs a user's tests.
    """

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester

    def __call__(self, tests: str, *options: str) -> pytest.RunResult:
        """
        Run *tests*, the text of a module without its imports.
        """
        self._pytester.makepyfile(HEAD + dedent(tests))
        return self._pytester.runpytest("-p", "no:cacheprovider", "--strict-markers", *options)


# ---------------------------------------------------------------- a mock of its own


def test_a_store_for_each_test(run: Run) -> None:
    """
    Each test has an empty store, which the same number is new to.
    """
    done = run(
        """
        @pytest.mark.parametrize("turn", range(3))
        def test_create(b2b_mock, turn):
            assert create_invoice.sync(client=b2b_mock.client, body=draft()).data.id == 1
            assert [invoice.open_balance.value for invoice in b2b_mock.invoices] == [Decimal("100.10")]
            assert [request.operation for request in b2b_mock.requests] == ["createInvoice"]
        """
    )

    done.assert_outcomes(passed=3)


def test_any_httpx_client_is_served(run: Run) -> None:
    """
    Code that makes its own httpx client, sync or async, once or at the time of import, is served as it is.
    """
    done = run(
        """
        HTTP = httpx.Client(timeout=3)

        def test_sync(b2b_mock):
            answer = HTTP.get(f"{b2b_mock.base_url}/invoices", headers=b2b_mock.credentials.headers)
            with httpx.Client(base_url=b2b_mock.base_url, headers=b2b_mock.credentials.headers) as http:
                assert http.get("/invoices").content == answer.content
            assert answer.json()["data"] == []

        def test_async(b2b_mock):
            async def listed():
                async with httpx.AsyncClient(headers=b2b_mock.credentials.headers) as http:
                    pages = [http.get(f"{b2b_mock.base_url}/invoices") for _ in range(3)]
                    return [page.status_code for page in await asyncio.gather(*pages)]

            assert asyncio.run(listed()) == [200, 200, 200]

        def test_streamed_body(b2b_mock):
            async def body():
                yield b"{"
                yield b"}"

            async def created():
                headers = {**b2b_mock.credentials.headers, "Content-Type": "application/json"}
                async with httpx.AsyncClient(headers=headers) as http:
                    return await http.post(f"{b2b_mock.base_url}/invoices", content=body())

            assert asyncio.run(created()).status_code == 422

        def test_generated(b2b_mock):
            with Client.from_env(b2b_mock.environ) as client:
                assert list_invoices.sync(client=client).data == []
        """
    )

    done.assert_outcomes(passed=4)


def test_options(run: Run) -> None:
    """
    The marker tells the mock its dialect, payment terms, rate limit and companies; the closest one wins.
    """
    done = run(
        """
        @pytest.mark.b2b_mock(dialect="observed", payment_terms=60, companies=["12345"])
        class TestStore:
            @pytest.mark.b2b_mock(payment_terms=14)
            def test_options(self, b2b_mock):
                answer = create_invoice.sync_detailed(client=b2b_mock.client, body=draft())
                (invoice,) = b2b_mock.invoices
                assert answer.parsed.meta.message == "SUCCESS"
                assert invoice.due_date == b2b_mock.clock.timestamp + 14 * 24 * 60 * 60

            def test_company(self, b2b_mock):
                stranger = draft()
                stranger.customer_id = "67890"
                with pytest.raises(errors.NotFound):
                    create_invoice.sync(client=b2b_mock.client, body=stranger)

        @pytest.mark.b2b_mock(rate_limit="2/60s")
        def test_rate_limit(b2b_mock):
            began = b2b_mock.clock.timestamp
            for _ in range(5):
                list_invoices.sync(client=b2b_mock.client)
            assert b2b_mock.clock.timestamp == began + 120
        """
    )

    done.assert_outcomes(passed=3)


def test_wrong_option(run: Run) -> None:
    """
    An option that does not exist is an error of the test, which says what there is.
    """
    done = run(
        """
        @pytest.mark.b2b_mock(dialekt="observed")
        def test_nothing(b2b_mock):
            pass
        """
    )

    done.assert_outcomes(errors=1)
    assert (
        "b2b_mock has no option 'dialekt'; it has dialect, payment_terms, rate_limit, companies, allow_unused_faults, "
        "allow_hosts"
    ) in done.stdout.lines


def test_option_without_a_name(run: Run) -> None:
    """
    So is one that is given without its name.
    """
    done = run(
        """
        @pytest.mark.b2b_mock("observed")
        def test_nothing(b2b_mock):
            pass
        """
    )

    done.assert_outcomes(errors=1)
    assert "b2b_mock takes options by name, such as payment_terms=14; got 'observed'" in done.stdout.lines


def test_other_respx_routers(run: Run) -> None:
    """
    Other hosts can be mocked by respx at the same time, whichever comes first.
    """
    done = run(
        """
        @pytest.fixture
        def rates(respx_mock):
            return respx_mock.get("https://rates.test/usd").respond(json=1.1)

        def test_before(rates, b2b_mock):
            assert list_invoices.sync(client=Client.from_env(b2b_mock.environ)).data == []
            assert httpx.get("https://rates.test/usd").json() == 1.1

        def test_after(b2b_mock, rates):
            assert list_invoices.sync(client=Client.from_env(b2b_mock.environ)).data == []
            assert httpx.get("https://rates.test/usd").json() == 1.1
        """
    )

    done.assert_outcomes(passed=2)


def test_other_hosts_are_refused(run: Run) -> None:
    """
    A request to another host, the real service say, does not leave the machine and says what to do.
    """
    done = run(
        """
        def test_lost(b2b_mock):
            httpx.post("https://api-b2b.bigcommerce.com/api/v3/io/ip/invoices", params={"token": "secret"})
        """
    )

    done.assert_outcomes(failed=1)
    assert (
        "E       respx.models.AllMockedAssertionError: b2b_mock: "
        "POST https://api-b2b.bigcommerce.com/api/v3/io/ip/invoices would leave this machine; what is served is "
        "https://b2b.test/api/v3/io/ip. Give that to the code under test, or let the request go: "
        "@pytest.mark.b2b_mock(allow_hosts=['api-b2b.bigcommerce.com'])"
    ) in done.stdout.lines


def test_servers_on_this_machine_are_left_alone(run: Run) -> None:
    """
    A server on loopback, and a client with a transport of its own, go on as if there were no mock.
    """
    done = run(
        """
        from http.server import BaseHTTPRequestHandler, HTTPServer
        from threading import Thread

        class Server(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        def test_loopback(b2b_mock):
            with HTTPServer(("127.0.0.1", 0), Server) as server:
                thread = Thread(target=server.handle_request)
                thread.start()
                answer = httpx.get(f"http://127.0.0.1:{server.server_port}/", trust_env=False)
                thread.join()
            assert answer.status_code == 204

        def test_transport(b2b_mock):
            with httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(418))) as http:
                assert http.get("https://anywhere.test").status_code == 418
        """
    )

    done.assert_outcomes(passed=2)


@pytest.mark.parametrize("fixtures", ["respx_mock, b2b_mock_server", "b2b_mock_server, respx_mock"])
def test_respx_beside_a_server(run: Run, fixtures: str) -> None:
    """
    What a fixture asks a mock in another process is no concern of a respx router of the test's own.
    """
    done = run(
        f"""
        def test_rates({fixtures}):
            respx_mock.get("https://rates.test/usd").respond(json=1.1)
            assert httpx.get("https://rates.test/usd").json() == 1.1
            assert (b2b_mock_server.invoices, b2b_mock_server.requests) == ([], [])

        def test_failed({fixtures}):
            assert False, "as expected"

        def test_next():
            pass
        """,
        *LIGHT,
    )

    done.assert_outcomes(passed=2, failed=1)


def test_a_mock_that_cannot_be_asked(run: Run) -> None:
    """
    A test whose mock is gone fails with what it failed with, and the others go on.
    """
    done = run(
        """
        def test_gone(b2b_mock, monkeypatch):
            monkeypatch.setattr(type(b2b_mock), "requests", property(lambda _: 1 / 0))
            assert False, "as expected"

        def test_next(b2b_mock):
            pass
        """,
        *LIGHT,
    )

    done.assert_outcomes(passed=1, failed=1)
    assert "they cannot be told: ZeroDivisionError('division by zero')" in done.stdout.lines


def test_safe_under_xdist(run: Run) -> None:
    """
    Processes that run tests at the same time do not see each other's store.
    """
    done = run(
        """
        @pytest.mark.parametrize("turn", range(4))
        @pytest.mark.parametrize("fixture", ["b2b_mock", "b2b_mock_server"])
        def test_create(request, fixture, turn):
            mock = request.getfixturevalue(fixture)
            assert create_invoice.sync(client=mock.client, body=draft()).data.id == 1
        """,
        "-n2",
        *LIGHT,
    )

    done.assert_outcomes(passed=8)


def test_a_server_for_other_programs(run: Run) -> None:
    """
    `b2b_mock_server` serves whoever speaks HTTP, and is as strict.
    """
    done = run(
        """
        import os
        import subprocess
        import sys

        PROGRAM = (
            "from os import environ; from urllib.request import ProxyHandler, Request, build_opener; "
            "headers = {'X-Store-Hash': environ['B2B_STORE_HASH'], 'X-Auth-Token': environ['B2B_ACCESS_TOKEN']}; "
            "request = Request(environ['B2B_BASE_URL'] + '/invoices', headers=headers); "
            "build_opener(ProxyHandler({})).open(request).read()"
        )

        def test_program(b2b_mock_server):
            b2b_mock_server.fail_next("hang", operation="createInvoice")
            subprocess.run([sys.executable, "-c", PROGRAM], env={**os.environ, **b2b_mock_server.environ}, check=True)
            assert [request.verdict for request in b2b_mock_server.requests] == ["accepted"]
        """
    )

    done.assert_outcomes(passed=1, errors=1)
    assert (
        "b2b_mock_server: a fault was set and never met: hang waits for the next request of createInvoice. "
        "Send what meets it, leave it out, or allow it: @pytest.mark.b2b_mock(allow_unused_faults=True)"
    ) in done.stdout.lines


def test_nothing_is_imported_for_those_who_do_not_ask() -> None:
    """
    A run of pytest that uses no mock imports none.
    """
    program = "import sys, pytest_b2b_mock; print([n for n in ('mock_server', 'b2b_invoices') if n in sys.modules])"

    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours alone

    assert done.stdout == "[]\n"


# ---------------------------------------------------------------- what fails a test, and what it says


def test_unused_fault(run: Run) -> None:
    """
    A fault that was set and never met fails the test.
    """
    done = run(
        """
        def test_export(b2b_mock):
            b2b_mock.fail_next("drop_after_commit", operation="createInvoice")
            list_invoices.sync(client=b2b_mock.client)
        """
    )

    done.assert_outcomes(passed=1, errors=1)
    assert (
        "b2b_mock: a fault was set and never met: drop_after_commit waits for the next request of createInvoice. "
        "Send what meets it, leave it out, or allow it: @pytest.mark.b2b_mock(allow_unused_faults=True)"
    ) in done.stdout.lines


def test_partly_used_faults(run: Run) -> None:
    """
    Of faults that were met in part, it says what is left.
    """
    done = run(
        """
        def test_export(b2b_mock):
            b2b_mock.fail_next("rate_limited", times=3)
            b2b_mock.fail_next("hang")
            with pytest.raises(errors.TooManyRequests):
                list_invoices.sync(client=Client.from_env(b2b_mock.environ, retries=b2b_mock.retries.off()))
        """
    )

    done.assert_outcomes(passed=1, errors=1)
    assert (
        "b2b_mock: 2 faults were set and never met: rate_limited waits for the next 2 requests; "
        "hang waits for the next request. "
        "Send what meets it, leave it out, or allow it: @pytest.mark.b2b_mock(allow_unused_faults=True)"
    ) in done.stdout.lines


def test_unused_fault_that_is_allowed(run: Run) -> None:
    """
    A marker allows it.
    """
    done = run(
        """
        @pytest.mark.b2b_mock(allow_unused_faults=True)
        def test_export(b2b_mock):
            b2b_mock.fail_next("hang")
        """
    )

    done.assert_outcomes(passed=1)


def test_unused_fault_of_a_test_that_did_not_pass(run: Run) -> None:
    """
    A test that failed, was skipped or never began is not failed a second time.
    """
    done = run(
        """
        @pytest.fixture
        def broken(b2b_mock):
            b2b_mock.fail_next("hang")
            raise ValueError

        def test_failed(b2b_mock):
            b2b_mock.fail_next("hang")
            raise ValueError

        def test_skipped(b2b_mock):
            b2b_mock.fail_next("hang")
            pytest.skip("not today")

        def test_not_begun(broken):
            pass
        """
    )

    done.assert_outcomes(failed=1, skipped=1, errors=1)


def test_wrong_fault(run: Run) -> None:
    """
    A fault that does not exist, or an operation, is an error of the line that sets it, which says what there is.
    """
    done = run(
        """
        def test_name(b2b_mock):
            b2b_mock.fail_next("explode")

        def test_operation(b2b_mock):
            b2b_mock.fail_next("hang", operation="createInvoce")
        """,
        "--tb=short",
    )

    done.assert_outcomes(failed=2)
    assert [line for line in done.stdout.lines if line.startswith(("E ", "    b2b_mock"))] == [
        '    b2b_mock.fail_next("explode")',
        "E   ValueError: there is no fault 'explode'; there are delay, refuse, rate_limited, drop_before_commit, "
        "drop_after_commit, torn_body, wrong_content_type, hang",
        '    b2b_mock.fail_next("hang", operation="createInvoce")',
        "E   ValueError: there is no operation 'createInvoce'; "
        "there are createInvoice, listInvoices, getInvoice, deleteInvoice",
    ]


def test_a_failed_test_is_told_of_its_requests(run: Run) -> None:
    """
    A test that failed shows the requests of its mock; those that met no operation explain themselves.
    """
    done = run(
        """
        def test_export(b2b_mock):
            headers = b2b_mock.credentials.headers
            with httpx.Client(base_url=b2b_mock.base_url, headers=headers) as http:
                http.post("/invoices", json={"invoiceNumber": "INV-1"})
                http.post("/invoice", json={})
                http.put("/invoices/7", json={})
                http.get("/invoices/", params={"limit": 1})
                http.get("https://b2b.test/invoices")
                http.get("/invoices", headers={"X-Auth-Token": "wrong"})
            httpx.get(f"{b2b_mock.base_url}/invoices/7", headers={"X-Store-Hash": "teststore"})
            httpx.delete(f"{b2b_mock.base_url}/invoices/7")
            assert False, "see below"
        """
    )

    done.assert_outcomes(failed=1)
    lines = done.stdout.lines
    start = lines.index("----------------------------- requests to b2b_mock -----------------------------")
    assert lines[start + 1 : start + 16] == [
        "1. POST /api/v3/io/ip/invoices -> 422 refused: originalBalance: This field is required.; "
        "openBalance: This field is required.; customerId: This field is required.",
        "2. POST /api/v3/io/ip/invoice -> 404 refused: Not Found",
        "   nearest is createInvoice, POST /api/v3/io/ip/invoices; the path is /api/v3/io/ip/invoice",
        '3. PUT /api/v3/io/ip/invoices/7 -> 405 refused: Method "PUT" not allowed.',
        "   nearest is getInvoice, GET /api/v3/io/ip/invoices/{invoiceId}; the method is PUT",
        "4. GET /api/v3/io/ip/invoices/?limit=1 -> 404 refused: Not Found",
        "   nearest is listInvoices, GET /api/v3/io/ip/invoices; the path has a slash too many at its end",
        "5. GET /invoices -> 404 refused: Not Found",
        "   nearest is listInvoices, GET /api/v3/io/ip/invoices; "
        "the path lacks /api/v3/io/ip, which is a part of the base URL",
        "6. GET /api/v3/io/ip/invoices -> 401 refused: Invalid access token",
        "7. GET /api/v3/io/ip/invoices/7 -> 401 refused: Invalid token header. No credentials provided.",
        "   nearest is getInvoice, GET /api/v3/io/ip/invoices/{invoiceId}; X-Auth-Token is missing",
        "8. DELETE /api/v3/io/ip/invoices/7 -> 401 refused: Invalid token header. No credentials provided.",
        "   nearest is deleteInvoice, DELETE /api/v3/io/ip/invoices/{invoiceId}; "
        "X-Store-Hash and X-Auth-Token are missing",
        "=========================== short test summary info ============================",
    ]


def test_the_last_requests_are_told(run: Run) -> None:
    """
    A test that sent many requests shows the last of them, and says how many came before.
    """
    done = run(
        """
        def test_export(b2b_mock):
            for _ in range(53):
                list_invoices.sync(client=b2b_mock.client)
            assert False
        """
    )

    lines = done.stdout.lines
    start = lines.index("----------------------------- requests to b2b_mock -----------------------------")
    assert lines[start + 1 : start + 3] == [
        "(3 requests before these)",
        "4. GET /api/v3/io/ip/invoices -> 200 accepted",
    ]


def test_endless_wait(run: Run) -> None:
    """
    A caller that would wait for ever is told so, instead.
    """
    done = run(
        """
        def test_export(b2b_mock):
            b2b_mock.fail_next("hang")
            httpx.get(f"{b2b_mock.base_url}/invoices", headers=b2b_mock.credentials.headers, timeout=None)
        """
    )

    done.assert_outcomes(failed=1)
    assert (
        "E           b2b_invoices_mock.testing.in_process.EndlessWait: b2b_mock: the answer never comes, and the "
        "caller "
        "waits without a timeout, so it would wait for ever; give the client under test a timeout of httpx's, for no "
        "other one goes by the mock's clock"
    ) in done.stdout.lines
