"""
Why a request met no operation, or was not let in: the operation that is nearest, and what differs from it.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from b2b_invoices_spec.contract import Contract, Operation

_CREDENTIALS = ("X-Store-Hash", "X-Auth-Token")


def explanation(contract: Contract, method: str, path: str, headers: Sequence[str]) -> str:
    """
    Return which operation a request is nearest to and what differs, in one line; empty when nothing does.

    Args:
        contract: Has the operations.
        method: Method of the request.
        path: Its whole path, without the query.
        headers: Names of its headers.
    """
    operation = max(contract.operations, key=lambda operation: _likeness(contract, operation, method, path))
    differences = [*_differences(contract, operation, method, path, headers)]
    if not differences:
        return ""
    title = f"{operation.id}, {operation.method} {contract.base_path}{operation.path}"
    return f"nearest is {title}; {'; '.join(differences)}"


def _likeness(contract: Contract, operation: Operation, method: str, path: str) -> tuple[bool, float, bool]:
    expected = _filled(contract.base_path + operation.path, path)
    return (
        expected == path,
        round(SequenceMatcher(None, expected, path, autojunk=False).ratio(), 1),
        operation.method == method,
    )


def _differences(
    contract: Contract, operation: Operation, method: str, path: str, headers: Sequence[str]
) -> Iterator[str]:
    expected = _filled(contract.base_path + operation.path, path)
    if expected.removeprefix(contract.base_path) == path:
        yield f"the path lacks {contract.base_path}, which is a part of the base URL"
    elif expected + "/" == path:
        yield "the path has a slash too many at its end"
    elif expected != path:
        yield f"the path is {path}"
    if method != operation.method and not (method == "HEAD" and operation.method == "GET"):
        yield f"the method is {method}"
    missing = [name for name in _CREDENTIALS if name.lower() not in {sent.lower() for sent in headers}]
    if missing:
        yield f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"


def _filled(template: str, path: str) -> str:
    # A parameter stands for whatever the path has in its place, so that only the rest is compared.
    expected, met = template.split("/"), path.rstrip("/").split("/")
    shift = len(met) - len(expected)
    return "/".join(
        met[index + shift] if part.startswith("{") and 0 <= index + shift < len(met) and met[index + shift] else part
        for index, part in enumerate(expected)
    )
