"""
`contract.sarif`: failures for code scanning (SARIF 2.1.0).
"""

from typing import Any

from b2b_invoices_contract.failures import Failure
from b2b_invoices_contract.results import Results
from b2b_invoices_spec.promises import Promise

from .facts import KIT, versions
from .places import line_in_contract, line_of_promise

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_sarif(results: Results) -> dict[str, Any]:
    """
    Return *results* as a SARIF log: the promises are its rules, the failures its results.
    """
    promises = [result.promise for result in results.promises.values()]
    indices = {promise.id: index for index, promise in enumerate(promises)}
    driver = {"name": KIT, "version": versions()["kit"], "rules": [_rule(promise) for promise in promises]}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"contract/{results.profile}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(results)],
        "results": [_result(one, indices[one.promise.id]) for result in results.broken for one in result.failures],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _invocation(results: Results) -> dict[str, Any]:
    problems = [{"level": "error", "message": {"text": results.problem}}] if results.problem else []
    started = {"startTimeUtc": results.at} if results.at else {}
    return {"executionSuccessful": not results.problem, "toolExecutionNotifications": problems, **started}


def _rule(promise: Promise) -> dict[str, Any]:
    return {
        "id": promise.id,
        "shortDescription": {"text": promise.statement},
        "fullDescription": {"text": f"{promise.statement} Source: {promise.source} ({promise.provenance})."},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["contract", promise.operation, promise.provenance]},
    }


def _result(failure: Failure, index: int) -> dict[str, Any]:
    count = f" Seen {failure.count} times." if failure.count > 1 else ""
    cause = f" A consequence of {failure.consequence_of}." if failure.consequence_of else ""
    received = f"Received {failure.received}; expected {failure.expected}.{count}{cause}"
    return {
        "ruleId": failure.promise.id,
        "ruleIndex": index,
        "level": "error",
        "message": {"text": f"{failure.promise.statement} {received}"},
        "locations": [_location("openapi/openapi.yaml", line_in_contract(failure.pointer))],
        "relatedLocations": [
            _location("openapi/promises.yaml", line_of_promise(failure.promise.id), "the promise"),
        ],
        "partialFingerprints": {"defect/v1": failure.identity},
        "occurrenceCount": failure.count,
        "properties": {"at": failure.at, "consequenceOf": failure.consequence_of},
    }


def _location(file: str, line: int, message: str = "") -> dict[str, Any]:
    physical = {"artifactLocation": {"uri": file, "uriBaseId": "%SRCROOT%"}, "region": {"startLine": line}}
    return {"physicalLocation": physical} | ({"message": {"text": message}} if message else {})
