"""
The order in which a report shows promises: broken, not checked, kept; broken only as a consequence, last of the broken.
"""

from b2b_invoices_contract.failures import Failure
from b2b_invoices_contract.results import Result, Results, Verdict


def by_verdict(results: Results) -> dict[Verdict, list[Result]]:
    """
    Return the results by verdict, in the order of the report.
    """
    broken = sorted(results.broken, key=lambda result: not own_failures(result))
    return {"broken": broken, "not checked": results.unchecked, "kept": results.kept}


def own_failures(result: Result) -> list[Failure]:
    """
    Return the failures of the promise that are not a consequence of another promise's.
    """
    return [failure for failure in result.failures if not failure.consequence_of]


def causes(result: Result) -> str:
    """
    Return the ids of the promises that its other failures are consequences of, with commas between them.
    """
    return ", ".join(sorted({failure.consequence_of for failure in result.failures} - {""}))
