"""
Coverage of the contract: requests and responses count for the rules that they touch, and for no others.
"""

import json
from typing import Any

import attrs
import pytest

from b2b_invoices_contract.coverage import Coverage, Rule
from b2b_invoices_contract.exchanges import Exchange
from contract_tests.tests.example import REDACTION, TARGET, exchange

DUE = {"code": "USD", "value": 1}
DRAFT = {"invoiceNumber": "N", "customerId": "1", "originalBalance": DUE, "openBalance": DUE}


def _create(**changes: Any) -> Exchange:
    return exchange(sent=json.dumps(DRAFT | changes).encode())


def _rule(coverage: Coverage, operation: str, field: str, keyword: str, value: str) -> Rule:
    wanted = operation, field, keyword, value
    (rule,) = [one for one in coverage.rules if (one.operation, one.field, one.keyword, one.value) == wanted]
    return rule


def _counts(coverage: Coverage, operation: str, field: str, keyword: str, value: str) -> tuple[int, int]:
    rule = _rule(coverage, operation, field, keyword, value)
    return rule.kept, rule.broken


def test_rules_of_requests() -> None:
    """
    A request counts once for every rule that it keeps or breaks, in each place separately.
    """
    lines = {"header": {"costLines": [{"amount": DUE, "description": "a"}, {"amount": DUE}]}}

    coverage = Coverage.of([_create(), _create(openBalance={"code": 7}), _create(details=lines)])

    assert _counts(coverage, "createInvoice", "originalBalance.code", "type", "string") == (3, 0)
    assert _counts(coverage, "createInvoice", "openBalance.code", "type", "string") == (2, 1)
    assert _counts(coverage, "createInvoice", "openBalance", "required", "value") == (2, 1)
    assert _counts(coverage, "createInvoice", "details.header.costLines[]", "required", "description") == (1, 1)
    assert _counts(coverage, "createInvoice", "details.header.costLines[].amount", "required", "code") == (1, 0)
    assert _counts(coverage, "createInvoice", "details.details", "type", "object") == (0, 0)


def test_values_of_enums() -> None:
    """
    Each value of an enum is counted separately; a value that is not in the enum counts for none.
    """
    coverage = Coverage.of([_create(status=1), _create(status=1), _create(status=9)])

    assert [_rule(coverage, "createInvoice", "status", "enum", value).kept for value in "012"] == [0, 2, 0]
    assert [_rule(coverage, "createInvoice", "status", "enum", value).broken for value in "012"] == [1, 1, 1]


def test_parameters() -> None:
    """
    Query and path parameters count as the numbers and lists that they represent.
    """
    coverage = Coverage.of(
        [
            exchange("GET", "/invoices?limit=0&channelIds=1&channelIds=x"),
            exchange("GET", "/invoices?limit=250&sortBy=dueDate"),
            exchange("GET", "/invoices/x", status=404),
            exchange("GET", "/invoices/12"),
        ]
    )

    assert _counts(coverage, "listInvoices", "limit", "minimum", "1") == (1, 1)
    assert _counts(coverage, "listInvoices", "limit", "maximum", "250") == (2, 0)
    assert _counts(coverage, "listInvoices", "channelIds[]", "type", "integer") == (1, 1)
    assert _counts(coverage, "listInvoices", "sortBy", "enum", "dueDate") == (1, 0)
    assert _counts(coverage, "getInvoice", "invoiceId", "type", "integer") == (1, 1)


def test_rules_of_responses() -> None:
    """
    Successful responses count for the rules of responses; the type of a text parameter, always kept, is not a rule.
    """
    body = b'{"code": "x", "data": {"id": 1}, "meta": {}}'

    coverage = Coverage.of([exchange(answered=body), exchange(status=400, answered=body)])

    assert _counts(coverage, "createInvoice", "code", "type", "integer") == (0, 1)
    assert _counts(coverage, "createInvoice", "meta", "required", "message") == (0, 1)
    assert _counts(coverage, "createInvoice", "data.id", "type", "integer") == (1, 0)
    assert not [rule for rule in coverage.rules if (rule.field, rule.keyword) == ("q", "type")]


def test_responses() -> None:
    """
    Responses are counted by operation and status, undocumented ones beside documented ones.
    """
    coverage = Coverage.of([exchange(), exchange(status=418), exchange(status=503), exchange("GET", "/elsewhere")])

    counted = [(one.operation, one.status, one.is_documented) for one in coverage.responses if one.count]
    assert counted == [("createInvoice", "200", True), ("createInvoice", "418", False), ("createInvoice", "5XX", True)]


@pytest.mark.parametrize(
    ("method", "status", "data", "paths"),
    [
        ("POST", 200, {"id": 1, "note": 1}, ["data.note"]),
        ("POST", 422, {"errMsg": {"any.field": ["c"]}, "trace": "d"}, ["data.trace"]),
        ("GET", 200, [{"id": 1}, {"id": 2, "a": 1, "b": {"c": 1}}, {"id": 3, "a": 2}], ["data[].a", "data[].b"]),
        ("GET", 200, [{"openBalance": {"text": ""}, "id": 1}], ["data[].openBalance.text"]),
        ("GET", 200, [{"id": 1, "details": {"any": {"key": 1}}}], []),
        ("GET", 200, {"not": "a list"}, []),
        ("GET", 200, [1, [[]], None], []),
    ],
)
def test_unlisted_keys(method: str, status: int, data: Any, paths: list[str]) -> None:
    """
    Keys of a response that the contract does not list are counted by their path, at every level.
    """
    body = json.dumps({"code": 200, "data": data, "meta": {"message": "Success"}}).encode()

    coverage = Coverage.of([exchange(method, status=status, answered=body)])

    assert [(key.path, key.count) for key in coverage.unlisted] == [(path, 1) for path in paths]


def test_unlisted_keys_have_no_secrets() -> None:
    """
    A credential that a server returns as a key is hidden, and a long key is shortened.
    """
    body = json.dumps({"code": 200, TARGET.store.access_token: 1, "x" * 500: 1}).encode()

    names = [key.path for key in Coverage.of([exchange(answered=body)], REDACTION).unlisted]

    assert names == ["[hidden]", f"{'x' * 100}… (400 more characters)"]


def test_bodies_that_are_not_json() -> None:
    """
    A body that is not JSON, or that is nested too deep to be validated, counts for no rule.
    """
    deep = b'{"a": ' + b"[" * 500 + b"]" * 500 + b"}"

    coverage = Coverage.of([exchange(sent=b"{\xff", answered=b"<html>"), exchange(sent=deep, answered=deep)])

    assert {(rule.kept, rule.broken) for rule in coverage.rules} == {(0, 0)}


def test_tried_rules() -> None:
    """
    A rule of requests is tried once it was kept and broken; an enum's value or a rule of responses, once it occurred.
    """
    rules = Coverage.of([]).rules
    (sent,) = [rule for rule in rules if (rule.field, rule.keyword) == ("limit", "minimum")]
    value = next(rule for rule in rules if rule.keyword == "enum")
    read = next(rule for rule in rules if rule.side == "read")

    def tried(rule: Rule, *counts: tuple[int, int]) -> list[bool]:
        return [attrs.evolve(rule, kept=kept, broken=broken).is_tried for kept, broken in counts]

    assert tried(sent, (1, 0), (0, 1), (1, 1)) == [False, False, True]
    assert tried(value, (1, 0), (0, 1)) == [True, False]
    assert tried(read, (1, 0), (0, 0)) == [True, False]
