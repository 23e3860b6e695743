"""
Coverage of the contract: that what was sent and read counts for the rules it touched, and for no others.
"""

import json
from typing import Any

from b2b_invoices_contract.coverage import Coverage, Seen, is_touched
from b2b_invoices_contract.traffic import Exchange
from contract_tests.tests.example import exchange

DUE = {"code": "USD", "value": 1}
DRAFT = {"invoiceNumber": "N", "customerId": "1", "originalBalance": DUE, "openBalance": DUE}


def _create(**changes: Any) -> Exchange:
    return exchange(sent=json.dumps(DRAFT | changes).encode())


def _seen(coverage: Coverage, operation: str, field: str, keyword: str, value: str) -> Seen:
    (seen,) = [
        seen
        for rule, seen in coverage.rules.items()
        if (rule.operation, rule.field, rule.keyword, rule.value) == (operation, field, keyword, value)
    ]
    return seen


def test_rules_of_what_is_sent() -> None:
    """
    A request counts once for every rule that it keeps or breaks, in each place by itself.
    """
    lines = {"header": {"costLines": [{"amount": DUE, "description": "a"}, {"amount": DUE}]}}

    coverage = Coverage.of([_create(), _create(openBalance={"code": 7}), _create(details=lines)])

    assert _seen(coverage, "createInvoice", "originalBalance.code", "type", "string") == Seen(3, 0)
    assert _seen(coverage, "createInvoice", "openBalance.code", "type", "string") == Seen(2, 1)
    assert _seen(coverage, "createInvoice", "openBalance", "required", "value") == Seen(2, 1)
    assert _seen(coverage, "createInvoice", "details.header.costLines[]", "required", "description") == Seen(1, 1)
    assert _seen(coverage, "createInvoice", "details.header.costLines[].amount", "required", "code") == Seen(1, 0)
    assert _seen(coverage, "createInvoice", "details.details", "type", "object") == Seen()


def test_values_of_enums() -> None:
    """
    Every value of an enum counts by itself, and a value outside of it for none.
    """
    coverage = Coverage.of([_create(status=1), _create(status=1), _create(status=9)])

    assert [_seen(coverage, "createInvoice", "status", "enum", value).kept for value in "012"] == [0, 2, 0]
    assert [_seen(coverage, "createInvoice", "status", "enum", value).broken for value in "012"] == [1, 1, 1]


def test_parameters() -> None:
    """
    Query and path parameters count as the numbers and lists that they stand for.
    """
    coverage = Coverage.of(
        [
            exchange("GET", "/invoices?limit=0&channelIds=1&channelIds=x"),
            exchange("GET", "/invoices?limit=250&sortBy=dueDate"),
            exchange("GET", "/invoices/x", status=404),
            exchange("GET", "/invoices/12"),
        ]
    )

    assert _seen(coverage, "listInvoices", "limit", "minimum", "1") == Seen(1, 1)
    assert _seen(coverage, "listInvoices", "limit", "maximum", "250") == Seen(2, 0)
    assert _seen(coverage, "listInvoices", "channelIds[]", "type", "integer") == Seen(1, 1)
    assert _seen(coverage, "listInvoices", "sortBy", "enum", "dueDate") == Seen(1, 0)
    assert _seen(coverage, "getInvoice", "invoiceId", "type", "integer") == Seen(1, 1)


def test_rules_of_what_is_read() -> None:
    """
    Successful answers count for the rules of what is read; the text that a query is made of can break none.
    """
    answered = b'{"code": "x", "data": {"id": 1}, "meta": {}}'

    coverage = Coverage.of([exchange(answered=answered), exchange(status=400, answered=answered)])

    assert _seen(coverage, "createInvoice", "code", "type", "integer") == Seen(0, 1)
    assert _seen(coverage, "createInvoice", "meta", "required", "message") == Seen(0, 1)
    assert _seen(coverage, "createInvoice", "data.id", "type", "integer") == Seen(1, 0)
    assert not [rule for rule in coverage.rules if (rule.field, rule.keyword) == ("q", "type")]


def test_answers() -> None:
    """
    Answers count by operation and status; those that are not documented are there beside those that are.
    """
    coverage = Coverage.of([exchange(), exchange(status=418), exchange(status=503), exchange("GET", "/elsewhere")])

    assert {status: count for status, count in coverage.answers["createInvoice"].items() if count} == {
        "200": 1,
        "418": 1,
        "5XX": 1,
    }
    assert "418" not in coverage.documented_statuses["createInvoice"]
    assert coverage.documented.touched == 2


def test_what_is_no_json_is_no_matter() -> None:
    """
    A body or an answer that is not JSON, or is nested too deep to be validated, covers nothing.
    """
    deep = b'{"a": ' + b"[" * 500 + b"]" * 500 + b"}"

    coverage = Coverage.of([exchange(sent=b"{\xff", answered=b"<html>"), exchange(sent=deep, answered=deep)])

    assert set(coverage.rules.values()) == {Seen()}


def test_done() -> None:
    """
    A rule of what is sent is done when it was kept and broken, a value of an enum and a rule of answers when seen.
    """
    (sent,) = [rule for rule in Coverage.of([]).rules if (rule.field, rule.keyword) == ("limit", "minimum")]
    value, *_ = [rule for rule in Coverage.of([]).rules if rule.keyword == "enum"]
    read, *_ = [rule for rule in Coverage.of([]).rules if rule.side == "read"]

    assert [is_touched(sent, seen) for seen in (Seen(1, 0), Seen(0, 1), Seen(1, 1))] == [False, False, True]
    assert [is_touched(value, seen) for seen in (Seen(1, 0), Seen(0, 1))] == [True, False]
    assert [is_touched(read, seen) for seen in (Seen(1, 0), Seen(0, 0))] == [True, False]
