"""
Failures: each has what it takes to understand and to reproduce it, and one defect is one failure.
"""

import shutil
import subprocess

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b_invoices_contract.checks import all_checks
from b2b_invoices_contract.evidence import commands, shown
from b2b_invoices_contract.exchanges import Exchange
from b2b_invoices_contract.failures import Comparison, Failure, between, equal, one_of, same, size_of, that
from b2b_invoices_contract.redaction import Redaction
from b2b_invoices_contract.results import Result
from b2b_invoices_contract.targets import embedded_mock
from contract_tests.tests.example import REDACTION, TARGET, exchange, failure
from contract_tests.tests.observed import response

_STATUS_500 = equal("status", 500, 200)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        ({"a": [1]}, {"a": [1.0]}, True),
        ({"a": [1]}, {"a": [True]}, False),
        ({"a": None}, {}, False),
        ([1, 2], [2, 1], False),
        ("a", "A", False),
        (9_007_199_254_740_993, 9_007_199_254_740_992.0, False),
    ],
)
def test_same(one: object, other: object, *, is_same: bool) -> None:
    """
    Values are compared as JSON: a number is not a boolean, 1 is 1.0, and every digit and key counts.
    """
    assert same(one, other) is same(other, one) is is_same


@pytest.mark.parametrize(
    ("comparison", "is_met"),
    [
        (equal("a", 1, 1), True),
        (one_of("a", 2, [1, 2]), True),
        (one_of("a", True, [1, 2]), False),
        (between("a", 2, 1, 3), True),
        (between("a", 4, 1, 3), False),
        (between("a", 2.0, 1, 3), False),
        (between("a", True, 1, 3), False),
        (that("a", 1, "odd", is_met=True), True),
    ],
)
def test_comparisons(comparison: Comparison, *, is_met: bool) -> None:
    """
    A comparison is met if the value is equal, one of several, or a whole number in a range.
    """
    assert comparison.is_met is is_met


def test_only_differences_are_shown() -> None:
    """
    Of two objects, a failure shows what differs and where, and not what is the same.
    """
    received = {"id": 1, "source": 0, "openBalance": {"code": "USD", "value": "1.0000"}, "lines": [1, 2]}
    expected = {"id": 1, "openBalance": {"code": "USD", "value": "2.0000"}, "lines": [1, 3], "type": None}

    broken = failure(equal("the invoice", received, expected), exchange())

    assert broken.received == 'the invoice /lines/1 2, /openBalance/value "1.0000", /source 0, /type missing'
    assert broken.expected == 'the invoice /lines/1 3, /openBalance/value "2.0000", /source missing, /type null'


@given(st.lists(st.tuples(st.text(min_size=1), st.integers(0, 10**9)), min_size=2, max_size=50))
def test_one_defect_is_one_failure(seen: list[tuple[str, int]]) -> None:
    """
    The same defect with other ids, numbers and texts is one failure, with a count and the shortest reproduction.
    """
    result = Result(failure(_STATUS_500).promise)

    for text, number in seen:
        shows = exchange(path=f"/invoices/{number}", sent=text.encode("utf-8", "replace"), status=500)
        result.add(failure(equal(f"/lines/{number}", text, number), shows))

    (only,) = result.failures
    assert only.count == len(seen)
    sent = [exchange(path=f"/invoices/{number}", sent=text.encode("utf-8", "replace")) for text, number in seen]
    assert only.size == min(size_of([one]) for one in sent)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(failure(equal("status", 404, 200), exchange()), id="another kind of status"),
        pytest.param(failure(_STATUS_500, exchange("GET", "/invoices/1")), id="another operation"),
        pytest.param(failure(equal("/type", 1, 2), exchange()), id="another field"),
        pytest.param(failure(Comparison("status", 500, 200, False, None, "#/paths"), exchange()), id="another rule"),
        pytest.param(failure(_STATUS_500, exchange(), promise="ids-are-unique"), id="another promise"),
    ],
)
def test_other_defects_are_other_failures(other: Failure) -> None:
    """
    What breaks another promise, operation, field or rule of the contract, or breaks it otherwise, is another failure.
    """
    assert other.identity != failure(_STATUS_500, exchange()).identity


def test_undocumented_responses_are_one_failure_for_each_rule() -> None:
    """
    A hundred responses that break one rule of a schema are one failure, which points to that rule.
    """
    (check,) = [one for one in all_checks() if one.promise == "responses-match-the-contract"]
    result = Result(failure(_STATUS_500).promise)

    for number in range(100):
        seen = response(data={"id": f"x{number}"}, method="POST")
        for comparison in check.look(seen):
            result.add(failure(comparison, seen))

    (only,) = result.failures
    assert (only.count, only.at) == (100, "/data/id")
    assert only.pointer == "#/components/schemas/InvoiceReference/properties/id/type"
    assert "x0" in only.received


def test_cases_are_gathered() -> None:
    """
    What is tried in one case after another is one failure, with each case once.
    """
    promise = failure(_STATUS_500).promise
    result = Result(promise)

    for case in ("type is 7", "details is null", "type is 7"):
        result.add(Failure.of(promise, _STATUS_500, [exchange()], REDACTION, case=case))

    assert [(one.count, one.places) for one in result.failures] == [(3, ["type is 7", "details is null"])]


def test_no_secret_is_half_shown() -> None:
    """
    Text that is shortened has its secrets hidden first, so that none is cut in two.
    """
    for padding in range(1960, 2010):
        text = "." * padding + TARGET.store.access_token

        broken = failure(equal("/type", text, text + "x"), exchange(answered=text.encode()))

        assert "t0ken" not in broken.received + broken.expected + broken.response


def test_no_secret_is_half_shown_in_short() -> None:
    """
    Text that is cut to fewer characters than the report shows has its secrets hidden first, too.
    """
    for padding in range(170, 210):
        result = shown("." * padding + TARGET.store.access_token + "." * 50, REDACTION, 200)

        assert "t0ken" not in result
        assert len(result) < 230


def test_commands() -> None:
    """
    A command has variables in place of credentials, and no value of a header that the contract does not describe.
    """
    headers = {
        "X-Auth-Token": TARGET.store.access_token,
        "X-Store-Hash": "wrong-hash",
        "Authorization": "Basic dXNlcjpwYXNz",
        "X-Empty": "",
        "User-Agent": "some-client",
    }

    broken = failure(_STATUS_500, exchange(sent=b'{"a": "it\'s"}', request_headers=headers))

    assert broken.curl == (
        'curl -X POST http://127.0.0.1:1/api/invoices -H "X-Auth-Token: $B2B_ACCESS_TOKEN" '
        "-H 'X-Store-Hash: [hidden]' -H 'Authorization: [hidden]' -H 'X-Empty;' -H Content-Type: "
        """--data-raw '{"a": "it'"'"'s"}'"""
    )


@pytest.mark.parametrize("body", [b'{"invoiceNumber": "%s\'"}', b'{"a": "\xff\x00"}', b"\xff\xfe'%s"])
def test_commands_repeat_the_request(body: bytes) -> None:
    """
    A shell that has the credentials sends with the command the same bytes.
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
    If a create and a read show a failure, the second command reads the invoice that the first creates.
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
