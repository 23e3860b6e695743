"""
Nearest operation: explains why a request matched no operation, or was not authenticated.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from b2b_invoices_spec.contract import Contract, Operation

_CREDENTIALS = ("X-Store-Hash", "X-Auth-Token")


def explanation(contract: Contract, method: str, path: str, headers: Sequence[str]) -> str:
    """
    Return the operation that is most similar to a request, and how the request differs; empty if it does not.

    Args:
        contract: Has the operations.
        method: Method of the request.
        path: Its whole path, without the query.
        headers: Names of its headers.
    """
    operation = max(contract.operations, key=lambda operation: _likeness(contract, operation, method, path))
    differences = [*_differences(contract, operation, method, path), *_missing(headers)]
    if not differences:
        return ""
    title = f"{operation.id}, {operation.method} {contract.base_path}{operation.path}"
    return f"nearest operation: {title}; {'; '.join(differences)}"


def _likeness(contract: Contract, operation: Operation, method: str, path: str) -> tuple[bool, float, bool]:
    expected = _filled(contract.base_path + operation.path, path)
    similarity = round(SequenceMatcher(None, expected, path, autojunk=False).ratio(), 1)
    return expected == path, similarity, operation.method == method


def _differences(contract: Contract, operation: Operation, method: str, path: str) -> Iterator[str]:
    expected = _filled(contract.base_path + operation.path, path)
    if expected.removeprefix(contract.base_path) == path:
        yield f"the path lacks {contract.base_path}, which is part of the base URL"
    elif expected + "/" == path:
        yield "the path has an extra slash at the end"
    elif expected != path:
        yield f"the path is {path}"
    if method != operation.method and not (method == "HEAD" and operation.method == "GET"):
        yield f"the method is {method}"


def _missing(headers: Sequence[str]) -> list[str]:
    sent = {name.lower() for name in headers}
    return [f"{name} is missing" for name in _CREDENTIALS if name.lower() not in sent]


def _filled(template: str, path: str) -> str:
    # Parameters are replaced by the path's own values, so that only the rest is compared.
    expected, actual = template.split("/"), path.rstrip("/").split("/")
    shift = len(actual) - len(expected)
    return "/".join(
        actual[index + shift]
        if part.startswith("{") and 0 <= index + shift < len(actual) and actual[index + shift]
        else part
        for index, part in enumerate(expected)
    )
