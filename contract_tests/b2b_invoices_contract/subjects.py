"""
What must have happened before a look at all answers says anything of a promise.
"""

from collections.abc import Callable, Iterable, Mapping

from .traffic import Exchange

_NO_CREDENTIALS, _WRONG_METHOD = 401, 405

_SUBJECTS: Mapping[str, tuple[str, Callable[[Exchange], bool]]] = {
    "both-credentials-required": ("no request was refused with 401", lambda one: one.status == _NO_CREDENTIALS),
    "code-equals-status": ("no answer was a JSON object", lambda one: isinstance(one.json, dict)),
    "deleted-is-gone": ("no delete went well", lambda one: one.method == "DELETE" and one.is_success),
    "id-is-new": (
        "no create returned an id",
        lambda one: one.method == "POST" and one.is_success and isinstance(one.get("data", "id"), int),
    ),
    "invalid-is-refused": ("no create was refused", lambda one: one.method == "POST" and one.is_refusal),
    "rate-limit-is-told": (
        "no answer told a rate limit",
        lambda one: any(name.startswith(("x-requests-", "x-request-window-")) for name in one.headers),
    ),
    "refusals-say-why": ("no request was refused", lambda one: one.is_refusal),
    "success-is-two-hundred": ("no request went well", lambda one: one.is_success),
    "valid-is-accepted": ("no create went well", lambda one: one.method == "POST" and one.is_success),
    "wrong-method-is-refused": ("no request was refused with 405", lambda one: one.status == _WRONG_METHOD),
}


def why_unseen(promise: str, exchanges: Iterable[Exchange]) -> str:
    """
    Return why *exchanges* say nothing of *promise*, by its id; empty when there is something to look at.
    """
    why, is_subject = _SUBJECTS.get(promise, ("no request was answered", lambda _: True))
    return "" if any(map(is_subject, exchanges)) else why
