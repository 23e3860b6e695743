"""
The pytest plugin, tested by running pytest in pytest: outcomes and messages as a user sees them.
"""

from collections.abc import Callable
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
"""Options that skip unrelated plugins, which are slow to import."""


Run = Callable[..., pytest.RunResult]
"""Runs a user's tests, given the text of a module without its imports, and options of pytest."""


@pytest.fixture(name="run")
def _run(pytester: pytest.Pytester) -> Run:

    def run(tests: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(HEAD + dedent(tests))
        return pytester.runpytest("-p", "no:cacheprovider", "--strict-markers", *LIGHT, *options)

    return run


# ---------------------------------------------------------------- what the fixtures serve


def test_any_httpx_client_is_served(run: Run) -> None:
    """
    Any httpx client is routed to the mock: sync or async, even one that was created at import time.
    """
    done = run(
        """
        HTTP = httpx.Client(timeout=3)

        def test_sync(b2b_mock):
            response = HTTP.get(f"{b2b_mock.base_url}/invoices", headers=b2b_mock.credentials.headers)
            with httpx.Client(base_url=b2b_mock.base_url, headers=b2b_mock.credentials.headers) as http:
                assert http.get("/invoices").content == response.content
            assert response.json()["data"] == []

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
    Options of several markers are merged; the closest marker wins.
    """
    done = run(
        """
        @pytest.mark.b2b_mock(dialect="observed", payment_terms=60)
        class TestStore:
            @pytest.mark.b2b_mock(payment_terms=14)
            def test_options(self, b2b_mock):
                response = create_invoice.sync(client=b2b_mock.client, body=draft())
                (invoice,) = b2b_mock.invoices
                assert response.meta.message == "SUCCESS"
                assert invoice.due_date == b2b_mock.clock.timestamp + 14 * 24 * 60 * 60
        """
    )

    done.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (
            'dialekt="observed"',
            "Unknown option 'dialekt' of b2b_mock: expected dialect, payment_terms, rate_limit, companies, "
            "allow_unused_faults, allow_hosts.",
        ),
        ('"observed"', "b2b_mock got the option 'observed' without a name: expected, for example, payment_terms=14"),
    ],
)
def test_invalid_option(run: Run, option: str, message: str) -> None:
    """
    An invalid option is an error of the test, with a message that lists the valid ones.
    """
    done = run(
        f"""
        @pytest.mark.b2b_mock({option})
        def test_nothing(b2b_mock):
            pass
        """
    )

    done.assert_outcomes(errors=1)
    assert message in done.stdout.lines


def test_other_respx_routers(run: Run) -> None:
    """
    The test can mock other hosts with respx, whether its fixture comes before or after.
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


@pytest.mark.parametrize("fixtures", ["respx_mock, b2b_mock_server", "b2b_mock_server, respx_mock"])
def test_respx_beside_a_server(run: Run, fixtures: str) -> None:
    """
    A test's own respx router does not see the requests that a fixture sends to its mock server.
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
    )

    done.assert_outcomes(passed=2, failed=1)


def test_a_report_that_fails(run: Run) -> None:
    """
    If the requests of a failed test cannot be shown, its own failure is still reported and the run continues.
    """
    done = run(
        """
        def test_broken(b2b_mock, monkeypatch):
            monkeypatch.setattr(type(b2b_mock), "requests", property(lambda _: 1 / 0))
            assert False, "as expected"

        def test_next(b2b_mock):
            pass
        """,
    )

    done.assert_outcomes(passed=1, failed=1)
    assert "not available: ZeroDivisionError('division by zero')" in done.stdout.lines


def test_safe_under_xdist(run: Run) -> None:
    """
    Tests that pytest-xdist runs at the same time do not share a store.
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
    )

    done.assert_outcomes(passed=8)


def test_a_server_for_other_programs(run: Run) -> None:
    """
    `b2b_mock_server` serves any HTTP client, and fails tests with unused faults too.
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
        "b2b_mock_server: no request triggered hang (set for the next request of createInvoice). Send a matching "
        "request, remove the fault, or allow it: @pytest.mark.b2b_mock(allow_unused_faults=True)"
    ) in done.stdout.lines


# ---------------------------------------------------------------- failures and their messages


def test_unused_fault(run: Run) -> None:
    """
    A fault that no request triggered fails the test, even if some of its requests did.
    """
    done = run(
        """
        def test_one(b2b_mock):
            b2b_mock.fail_next("drop_after_commit", operation="createInvoice")
            list_invoices.sync(client=b2b_mock.client)

        def test_several(b2b_mock):
            b2b_mock.fail_next("rate_limited", times=3)
            b2b_mock.fail_next("hang")
            with pytest.raises(errors.TooManyRequests):
                list_invoices.sync(client=Client.from_env(b2b_mock.environ, retries=b2b_mock.retries.off()))
        """
    )

    done.assert_outcomes(passed=2, errors=2)
    hint = "Send a matching request, remove the fault, or allow it: @pytest.mark.b2b_mock(allow_unused_faults=True)"
    assert [line for line in done.stdout.lines if line.startswith("b2b_mock: ")] == [
        "b2b_mock: no request triggered drop_after_commit (set for the next request of createInvoice). " + hint,
        "b2b_mock: no request triggered rate_limited (set for the next 2 requests), hang (set for the next request). "
        + hint,
    ]


def test_unused_fault_without_a_failure(run: Run) -> None:
    """
    An unused fault does not fail a test whose marker allows it, nor one that failed, was skipped or never started.
    """
    done = run(
        """
        @pytest.fixture
        def broken(b2b_mock):
            b2b_mock.fail_next("hang")
            raise ValueError

        @pytest.mark.b2b_mock(allow_unused_faults=True)
        def test_allowed(b2b_mock):
            b2b_mock.fail_next("hang")

        def test_failed(b2b_mock):
            b2b_mock.fail_next("hang")
            raise ValueError

        def test_skipped(b2b_mock):
            b2b_mock.fail_next("hang")
            pytest.skip("not today")

        def test_not_started(broken):
            pass
        """
    )

    done.assert_outcomes(passed=1, failed=1, skipped=1, errors=1)


def test_unknown_fault(run: Run) -> None:
    """
    An unknown fault or operation is an error at the line that sets it, with a list of the valid ones.
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
        "E   ValueError: Unknown fault 'explode': expected one of delay, refuse, rate_limited, drop_before_commit, "
        "drop_after_commit, torn_body, wrong_content_type, hang.",
        '    b2b_mock.fail_next("hang", operation="createInvoce")',
        "E   ValueError: Unknown operation 'createInvoce': "
        "expected one of createInvoice, listInvoices, getInvoice, deleteInvoice.",
    ]


def test_failed_test_shows_its_requests(run: Run) -> None:
    """
    A failed test shows the requests to its mock, and the nearest operation for those that matched none.
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
        "   nearest operation: createInvoice, POST /api/v3/io/ip/invoices; the path is /api/v3/io/ip/invoice",
        '3. PUT /api/v3/io/ip/invoices/7 -> 405 refused: Method "PUT" not allowed.',
        "   nearest operation: getInvoice, GET /api/v3/io/ip/invoices/{invoiceId}; the method is PUT",
        "4. GET /api/v3/io/ip/invoices/?limit=1 -> 404 refused: Not Found",
        "   nearest operation: listInvoices, GET /api/v3/io/ip/invoices; the path has an extra slash at the end",
        "5. GET /invoices -> 404 refused: Not Found",
        "   nearest operation: listInvoices, GET /api/v3/io/ip/invoices; "
        "the path lacks /api/v3/io/ip, which is part of the base URL",
        "6. GET /api/v3/io/ip/invoices -> 401 refused: Invalid access token",
        "7. GET /api/v3/io/ip/invoices/7 -> 401 refused: Invalid token header. No credentials provided.",
        "   nearest operation: getInvoice, GET /api/v3/io/ip/invoices/{invoiceId}; X-Auth-Token is missing",
        "8. DELETE /api/v3/io/ip/invoices/7 -> 401 refused: Invalid token header. No credentials provided.",
        "   nearest operation: deleteInvoice, DELETE /api/v3/io/ip/invoices/{invoiceId}; "
        "X-Store-Hash is missing; X-Auth-Token is missing",
        "=========================== short test summary info ============================",
    ]


def test_last_requests_are_shown(run: Run) -> None:
    """
    A failed test that sent many requests shows the last ones and the number of earlier ones.
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
        "(3 earlier requests)",
        "4. GET /api/v3/io/ip/invoices -> 200 accepted",
    ]
