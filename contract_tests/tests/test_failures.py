"""
Failures: that each says what it takes to understand it and to see it again, and that one defect is one failure.
"""

import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from b2b_invoices_contract.contract import violations
from b2b_invoices_contract.evidence import commands, shown
from b2b_invoices_contract.failures import BrokenPromise, Failure, expect, raise_all, undocumented
from b2b_invoices_contract.redaction import Redaction
from b2b_invoices_contract.results import Result
from b2b_invoices_contract.session import Api
from b2b_invoices_contract.strategies import Drafts
from b2b_invoices_contract.targets import embedded_mock
from b2b_invoices_contract.traffic import Exchange, Traffic
from contract_tests.tests.example import REDACTION, TARGET, exchange, failure


def _broken(check: Callable[..., object], *args: Any) -> BrokenPromise:
    with pytest.raises(BrokenPromise) as caught:
        check(*args)
    return caught.value


def test_differences_alone_are_told() -> None:
    """
    Of two objects, a failure tells what differs and where, and not what is alike.
    """
    received = {"id": 1, "source": 0, "openBalance": {"code": "USD", "value": "1.0000"}, "lines": [1, 2]}
    expected = {"id": 1, "openBalance": {"code": "USD", "value": "2.0000"}, "lines": [1, 3], "type": None}

    broken = _broken(expect, received, expected, "read back:")

    assert broken.received == 'read back: /lines/1 2, /openBalance/value "1.0000", /source 0, /type missing'
    assert broken.expected == 'read back: /lines/1 3, /openBalance/value "2.0000", /source missing, /type null'


@given(st.lists(st.tuples(st.text(min_size=1), st.integers(0, 10**9)), min_size=2, max_size=50))
def test_one_defect_is_one_failure(met: list[tuple[str, int]]) -> None:
    """
    The same defect met often, with other ids, numbers and texts, is one failure with a count and the smallest request.
    """
    result = Result(failure(BrokenPromise("x", "y")).promise)

    for text, number in met:
        seen = exchange(path=f"/invoices/{number}", sent=text.encode("utf-8", "replace"), status=500)
        result.add(
            failure(BrokenPromise(f"id {number} for {text!r}", "no id", seen, matter=f"id {number} for {text!r}"))
        )

    (only,) = result.failures
    assert only.count == len(met)
    shown = [exchange(path=f"/invoices/{number}", sent=text.encode("utf-8", "replace")) for text, number in met]
    assert len(only.curl) == min(len(commands([one], REDACTION)) for one in shown)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(
            failure(
                BrokenPromise("status of a create: 500", "", exchange(), matter="status of a create: server error")
            ),
            id="another kind of status",
        ),
        pytest.param(
            failure(BrokenPromise("a", "", exchange("GET", "/invoices/1"), matter="x")), id="another operation"
        ),
        pytest.param(failure(BrokenPromise("a", "", exchange(), matter="x", pointer="#/paths")), id="another place"),
        pytest.param(failure(BrokenPromise("a", "", exchange()), promise="ids-are-unique"), id="another promise"),
    ],
)
def test_other_defects_are_other_failures(other: Failure) -> None:
    """
    What breaks another promise, operation, place of the contract, or breaks it otherwise, is another failure.
    """
    assert other.identity != failure(BrokenPromise("a", "", exchange(), matter="x")).identity


def test_undocumented_answers_are_one_failure_for_each_rule() -> None:
    """
    A hundred answers that break one rule of the schema are one failure, which leads to that rule.
    """
    exchanges = [
        exchange(status=200, answered=b'{"code": 200, "data": {"id": "x%d"}, "meta": {"message": "Success"}}' % number)
        for number in range(100)
    ]

    broken = _broken(raise_all, [undocumented(one, seen) for seen in exchanges for one in violations(seen)])

    assert broken.count == 100
    assert broken.received == '/data/id: "x0" is not of type "integer"'
    assert failure(broken).pointer == "#/components/schemas/InvoiceReference/properties/id/type"


def test_places_are_gathered() -> None:
    """
    What is tried at one place after another is one failure, with the places that it was met at.
    """
    broken = _broken(
        raise_all,
        [
            BrokenPromise("", "", exchange(), matter=f"status of a create: success where {place}:")
            for place in ("type is 7", "details is null", "type is 7")
        ],
    )

    assert (broken.count, broken.places) == (3, ["type is 7", "details is null"])


def test_no_secret_is_half_shown() -> None:
    """
    Text that is shortened has its secrets hidden first, so that none is cut in two.
    """
    for padding in range(1960, 2010):
        text = "." * padding + TARGET.store.access_token

        told = failure(BrokenPromise(text, text), exchange(answered=text.encode()))

        assert "t0ken" not in told.received + told.expected + told.answer


def test_no_secret_is_half_shown_in_short() -> None:
    """
    Text that is cut to fewer letters than the report shows has its secrets hidden first, too.
    """
    for padding in range(170, 210):
        told = shown("." * padding + TARGET.store.access_token + "." * 50, REDACTION, 200)

        assert "t0ken" not in told
        assert len(told) < 230


@respx.mock
def test_no_secret_is_half_shown_of_a_wrong_answer() -> None:
    """
    An answer whose data is not what it must be is told with its secrets hidden, wherever they stand in it.
    """
    route = respx.get(f"{TARGET.base_url}/invoices/1")
    api = Api.of(TARGET, TARGET.store, Drafts.of_contract("CT1", "12345"), Traffic())
    for padding in range(170, 200):
        data = "." * padding + TARGET.store.access_token
        route.respond(json={"code": 200, "data": data, "meta": {"message": "Success"}})

        told = failure(_broken(api.invoice, 1))

        assert "t0ken" not in told.received
        assert told.identity == "invoice-numbers-are-unique | getInvoice | data"


def test_commands() -> None:
    """
    A command has variables where credentials stood, and no other value of a header but what the contract describes.
    """
    headers = {
        "X-Auth-Token": TARGET.store.access_token,
        "X-Store-Hash": "wrong-hash",
        "Authorization": "Basic dXNlcjpwYXNz",
        "X-Empty": "",
        "User-Agent": "some-client",
    }

    told = failure(BrokenPromise("", ""), exchange(sent=b'{"a": "it\'s"}', request_headers=headers))

    assert told.curl == (
        'curl -X POST http://127.0.0.1:1/api/invoices -H "X-Auth-Token: $B2B_ACCESS_TOKEN" '
        "-H 'X-Store-Hash: [hidden]' -H 'Authorization: [hidden]' -H 'X-Empty;' -H Content-Type: "
        """--data-raw '{"a": "it'"'"'s"}'"""
    )


@pytest.mark.parametrize("body", [b'{"invoiceNumber": "%s\'"}', b'{"a": "\xff\x00"}', b"\xff\xfe'%s"])
def test_commands_repeat_the_request(body: bytes) -> None:
    """
    A shell that has the credentials sends by the command what was sent, to the byte.
    """
    sh, curl = shutil.which("sh"), shutil.which("curl")
    if not (sh and curl):
        pytest.skip("there is no shell or no curl on this machine")
    with embedded_mock() as target:
        headers = target.store.headers | {"Content-Type": "application/json"}
        answered = httpx.post(f"{target.base_url}/invoices", content=body, headers=headers)
        seen = Exchange("POST", f"{target.base_url}/invoices", headers, body, 400, {}, answered.content)
        command = commands([seen], Redaction.of(target)).replace("curl ", f"{curl} -s ", 1)

        environment = _environment(target.store.headers)

        done = subprocess.run([sh, "-c", command], capture_output=True, check=True, env=environment)  # noqa: S603 - ours

    assert done.stdout == answered.content


def test_commands_use_the_new_id() -> None:
    """
    When a create and a read show a failure, the second command reads what the first has created this time.
    """
    sh, curl = shutil.which("sh"), shutil.which("curl")
    if not (sh and curl):
        pytest.skip("there is no shell or no curl on this machine")
    with embedded_mock() as target:
        headers = target.store.headers | {"Content-Type": "application/json"}
        due = b'{"code": "USD", "value": 1}'
        body = b'{"invoiceNumber": "N", "customerId": "1", "originalBalance": %s, "openBalance": %s}' % (due, due)
        create = Exchange("POST", f"{target.base_url}/invoices", headers, body, 200, {}, b'{"data": {"id": 99}}')
        read = Exchange("GET", f"{target.base_url}/invoices/99", headers, b"", 200, {}, b"")
        command = commands([create, read], Redaction.of(target)).replace("curl ", f"{curl} -s ")
        environment = _environment(target.store.headers)

        done = subprocess.run([sh, "-c", command], capture_output=True, text=True, check=True, env=environment)  # noqa: S603 - our own words

    assert '"data":{"id":1,' in done.stdout


def _environment(headers: dict[str, str]) -> dict[str, str]:
    path = "/usr/bin:/bin"
    return {"PATH": path, "B2B_ACCESS_TOKEN": headers["X-Auth-Token"], "B2B_STORE_HASH": headers["X-Store-Hash"]}
