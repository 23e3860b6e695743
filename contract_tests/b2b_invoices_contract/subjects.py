"""
What must have happened before a look at all answers says anything of a promise.
"""

from collections.abc import Callable, Iterable, Mapping

from .traffic import Exchange

_NO_CREDENTIALS, _WRONG_METHOD = 401, 405

_SUBJECTS: Mapping[str, tuple[str, Callable[[Exchange], bool]]] = {
    "both-credentials-required": ("no request was refused with 401", lambda one: one.status == _NO_CREDENTIALS),
    "code-equals-status": ("no answer was a JSON object", lambda one: isinstance(one.json, dict)),
    "deleted-invoice-is-gone": ("no delete went well", lambda one: one.method == "DELETE" and one.is_success),
    "ids-are-unique": (
        "no create returned an id",
        lambda one: one.method == "POST" and one.is_success and isinstance(one.get("data", "id"), int),
    ),
    "invalid-requests-rejected": ("no create was refused", lambda one: one.method == "POST" and one.is_refusal),
    "rate-limit-headers": (
        "no answer told a rate limit",
        lambda one: any(name.startswith(("x-requests-", "x-request-window-")) for name in one.headers),
    ),
    "errors-have-a-reason": ("no request was refused", lambda one: one.is_refusal),
    "success-is-200": ("no request went well", lambda one: one.is_success),
    "valid-requests-accepted": ("no create went well", lambda one: one.method == "POST" and one.is_success),
    "unsupported-method-is-405": ("no request was refused with 405", lambda one: one.status == _WRONG_METHOD),
}


def why_unseen(promise: str, exchanges: Iterable[Exchange]) -> str:
    """
    Return why *exchanges* say nothing of *promise*, by its id; empty when there is something to look at.
    """
    why, is_subject = _SUBJECTS.get(promise, ("no request was answered", lambda _: True))
    return "" if any(map(is_subject, exchanges)) else why
