"""
Failures and results made up for tests of the report.
"""

from b2b_invoices_contract.coverage import Coverage
from b2b_invoices_contract.exchanges import Exchange
from b2b_invoices_contract.failures import Comparison, Failure
from b2b_invoices_contract.redaction import Redaction
from b2b_invoices_contract.results import Result, Results
from b2b_invoices_contract.targets import Credentials, Target
from b2b_invoices_spec.promises import load_promises

TARGET = Target(
    "http://127.0.0.1:1/api",
    Credentials("st0re-a1b2c3", "t0ken-XyZ/+9876"),
    Credentials("0ther-d4e5f6", "0ther-t0ken-42"),
)
PROMISES = load_promises()
REDACTION = Redaction.of(TARGET)


def exchange(
    method: str = "POST",
    path: str = "/invoices",
    *,
    sent: bytes = b"",
    status: int = 200,
    answered: bytes = b"{}",
    content_type: str = "application/json",
    request_headers: dict[str, str] | None = None,
) -> Exchange:
    """
    Return a request with its response, sent with the credentials of the first store unless other headers are given.
    """
    headers = (
        TARGET.store.headers | {"Content-Type": "application/json"} if request_headers is None else request_headers
    )
    return Exchange(method, f"{TARGET.base_url}{path}", headers, sent, status, {"content-type": content_type}, answered)


def failure(comparison: Comparison, *exchanges: Exchange, promise: str = "invoice-numbers-are-unique") -> Failure:
    """
    Return the failure of *promise* that *comparison* shows; *exchanges* reproduce it.
    """
    return Failure.of(PROMISES[promise], comparison, exchanges, REDACTION)


def results(*failures: Failure, seed: int = 7) -> Results:
    """
    Return the results of a run with *failures*, in which the promises of the others were kept but for the last.
    """
    promises = {name: Result(promise, checks=1, requests=9) for name, promise in PROMISES.items()}
    *_, last = promises.values()
    last.checks, last.reason = 0, "it takes a second store"
    for one in failures:
        promises[one.promise.id].add(one)
    return Results(
        TARGET.base_url, seed, "quick", promises, requests=99, seconds=1.5, coverage=Coverage.of([]), command="again"
    )
