"""
`contract.sarif`: what was broken, for code scanning (SARIF 2.1.0).
"""

from typing import Any

from b2b_invoices_spec.promises import Promise

from .failures import Failure
from .places import line_in_contract, line_of_promise
from .results import Results

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_sarif(results: Results) -> dict[str, Any]:
    """
    Return *results* as a SARIF log: the promises are its rules, the failures its results.
    """
    promises = [result.promise for result in results.promises.values()]
    indices = {promise.id: index for index, promise in enumerate(promises)}
    failures = [failure for result in results.broken for failure in result.failures]
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {"name": "b2b-invoices-contract", "rules": [_rule(promise) for promise in promises]}
                },
                "automationDetails": {"id": f"contract/{results.profile}/"},
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(results)],
                "results": [_result(failure, indices[failure.promise.id]) for failure in failures],
            }
        ],
    }


def _invocation(results: Results) -> dict[str, Any]:
    told = [{"level": "error", "message": {"text": results.problem}}] if results.problem else []
    return {"executionSuccessful": not results.problem, "toolExecutionNotifications": told}


def _rule(promise: Promise) -> dict[str, Any]:
    return {
        "id": promise.id,
        "shortDescription": {"text": promise.statement},
        "fullDescription": {"text": f"{promise.statement} Source: {promise.source} ({promise.provenance})."},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["contract", promise.operation, promise.provenance]},
    }


def _result(failure: Failure, index: int) -> dict[str, Any]:
    often = f" Met {failure.count} times." if failure.count > 1 else ""
    return {
        "ruleId": failure.promise.id,
        "ruleIndex": index,
        "level": "error",
        "message": {
            "text": f"{failure.promise.statement} Received {failure.received}; expected {failure.expected}.{often}"
        },
        "locations": [_location("openapi/openapi.yaml", line_in_contract(failure.pointer))],
        "relatedLocations": [
            _location("openapi/promises.yaml", line_of_promise(failure.promise.id), "the promise"),
        ],
        "partialFingerprints": {"defect/v1": failure.identity},
        "occurrenceCount": failure.count,
    }


def _location(file: str, line: int, message: str = "") -> dict[str, Any]:
    place = {
        "physicalLocation": {
            "artifactLocation": {"uri": file, "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": line},
        }
    }
    return place | ({"message": {"text": message}} if message else {})
