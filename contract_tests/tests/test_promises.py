"""
Every promise is checked.
"""

import ast
from pathlib import Path

import b2b_invoices_contract
from b2b_invoices_contract.fuzzing import NO_ANSWER, PROMISE_OF, TOO_LATE
from b2b_invoices_spec.promises import load_promises

PROMISES = load_promises()
SUITE = Path(b2b_invoices_contract.__file__).parent
REQUIRED = {
    *("settled-is-completed", "open-status-is-kept", "type-default", "status-default", "source-default"),
    *("due-date-default", "issued-at-default", "stored-as-sent", "ids-are-unique", "invoice-numbers-are-unique"),
    *("rejected-create-changes-nothing", "deleted-invoice-is-gone", "code-equals-status", "both-credentials-required"),
    "stores-are-isolated",
}


def _checked() -> set[str]:
    marks = {
        str(call.args[0].value)
        for path in SUITE.glob("test_*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "promise"
        and isinstance(call.args[0], ast.Constant)
    }
    return marks | set(PROMISE_OF.values()) | {NO_ANSWER, TOO_LATE}


def test_every_promise_is_checked_and_every_check_names_a_promise() -> None:
    """
    There is no promise without a check, and no check without a promise.
    """
    assert _checked() == set(PROMISES)


def test_the_promises_of_the_page_are_there() -> None:
    """
    What the documentation page says in prose is promised.
    """
    assert set(PROMISES) >= REQUIRED
