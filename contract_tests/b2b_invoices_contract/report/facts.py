"""
Facts about a run that every form of the report states: date, duration, versions, target, and gaps in its coverage.
"""

from importlib.metadata import version
from itertools import groupby
from typing import Literal

from b2b_invoices_contract.results import Results
from b2b_invoices_spec import load_contract

from .text import one_line

KIT = "b2b-invoices-contract"

_MOST_KEYS = 10

Why = Literal["no request was sent", "another status was returned", "no check of this run expected it"]
"""Why a documented response was not seen."""


def versions() -> dict[str, str]:
    """
    Return the versions of the contract and of this kit.
    """
    return {"contract": load_contract().document["info"]["version"], "kit": version(KIT)}


def facts(results: Results) -> dict[str, str]:
    """
    Return the facts about the run, by name.
    """
    return {
        "Target": one_line(results.target),
        "Started": results.at or "unknown",
        "Duration": f"{results.seconds:.1f} s",
        "Requests": str(results.requests),
        "Profile and seed": f"{results.profile}, {results.seed}",
        "Contract": f"openapi.yaml {versions()['contract']}",
        "Checked by": f"{KIT} {versions()['kit']}",
    }


def unseen(results: Results) -> dict[tuple[str, str], Why]:
    """
    Return why each documented response that was not returned was not, by operation and status.
    """
    responses = results.coverage.responses if results.coverage else []
    called = {one.operation for one in responses if one.count}
    expected = _expected_in_vain(results)
    reasons: dict[tuple[str, str], Why] = {}
    for one in responses:
        response = one.operation, one.status
        if one.count or not one.is_documented:
            continue
        if one.operation not in called:
            reasons[response] = "no request was sent"
        elif response in expected:
            reasons[response] = "another status was returned"
        else:
            reasons[response] = "no check of this run expected it"
    return reasons


def warnings(results: Results) -> list[str]:
    """
    Return a sentence for everything that was not tried, and for each response with unlisted keys.
    """
    keys = results.coverage.unlisted if results.coverage else []
    sentences = [f"not tried: {one_line(sentence)}" for sentence in results.not_tried]
    for (operation, status), group in groupby(keys, lambda key: (key.operation, key.status)):
        paths = [one_line(key.path) for key in group]
        more = f" and {len(paths) - _MOST_KEYS} more" if len(paths) > _MOST_KEYS else ""
        listed = ", ".join(paths[:_MOST_KEYS])
        sentences.append(f"{operation}: responses with status {status} have keys that are not listed: {listed}{more}")
    return sentences


def gaps(results: Results) -> list[str]:
    """
    Return how many documented responses were seen, and for each reason which were not, a line each.
    """
    documented = [one for one in results.coverage.responses if one.is_documented] if results.coverage else []
    if not documented:
        return []
    lines = [f"documented responses seen: {sum(one.count > 0 for one in documented)} of {len(documented)}"]
    by_reason: dict[Why, dict[str, list[str]]] = {}
    for (operation, status), why in unseen(results).items():
        by_reason.setdefault(why, {}).setdefault(operation, []).append(status)
    for why, operations in by_reason.items():
        names = "; ".join(f"{operation} {', '.join(statuses)}" for operation, statuses in operations.items())
        lines.append(f"not seen, {why}: {names}")
    return lines


def _expected_in_vain(results: Results) -> set[tuple[str, str]]:
    """
    Return the documented responses, by operation and status, in whose place another status was returned.
    """
    failures = [failure for result in results.broken for failure in result.failures]
    return {
        (operation.id, response.label)
        for operation in load_contract().operations
        for response in operation.responses
        for failure in failures
        if failure.operation == operation.id and failure.expected_status in response.statuses
    }
