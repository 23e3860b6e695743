"""
Which probes a run sends: all that is promised is seen or has a reason, within the budget.
"""

import pytest

from b2b_invoices_contract.live.checks import CHECKS, UNSEEN
from b2b_invoices_contract.live.guard import Budget
from b2b_invoices_contract.live.plan import Plan, choose
from b2b_invoices_contract.live.probes import POOL
from b2b_invoices_contract.live.questions import NOT_ASKED, QUESTIONS
from b2b_invoices_contract.live.verdicts import EVERY_ANSWER
from b2b_invoices_mock.api.dialect import QUESTIONS as SETTINGS
from b2b_invoices_spec.promises import load_promises

TOO_LITTLE = "it does not fit into the budget; raise it with --beyond and --max-requests or --max-creations"


@pytest.fixture(name="plan", scope="module")
def _plan() -> Plan:
    return choose(Budget(), [name for name in load_promises() if name not in EVERY_ANSWER])


def test_every_promise_has_a_place() -> None:
    """
    Every promise is seen by a check, or on every answer, or there is a reason why it cannot be; and no other is named.
    """
    seen = {check.promise for check in CHECKS}

    assert seen | EVERY_ANSWER | UNSEEN.keys() == load_promises().keys()
    assert not seen & UNSEEN.keys()


def test_every_setting_has_a_place() -> None:
    """
    Every setting of the mock's dialect can be told from answers, or there is a reason why it cannot be.
    """
    assert {question.setting for question in QUESTIONS} | NOT_ASKED.keys() == {setting.name for setting in SETTINGS}


def test_names_lead_somewhere() -> None:
    """
    Every probe that a check, a question or another probe names is in the pool, once, and after those that it needs.
    """
    names = [probe.name for probe in POOL]

    assert len(set(names)) == len(names)
    for probe in POOL:
        assert all(names.index(needed) < names.index(probe.name) for needed in probe.needs), probe.name
    for some in [*(check.probes for check in CHECKS), *(question.probes for question in QUESTIONS)]:
        assert set(some) <= set(names)


def test_within_the_budget(plan: Plan) -> None:
    """
    The plan has at most 60 requests, deletes included, and 10 creations, and sees all promises that can be seen.
    """
    shown = {check.promise for check in plan.checks()}

    assert plan.requests <= 60
    assert plan.creations <= 10
    assert shown == {check.promise for check in CHECKS}
    assert {name for name, why in plan.unseen.items() if why == TOO_LITTLE} == {"company_message", "order_numbers"}


def test_no_probe_is_idle(plan: Plan) -> None:
    """
    Without any one of the probes but the first, something would not be seen that now is.
    """
    goals = [frozenset(check.probes) for check in plan.checks()] + [frozenset(q.probes) for q in QUESTIONS]
    needed = {name for probe in plan.probes for name in probe.needs}

    idle = [p.name for p in plan.probes[1:] if p.name not in needed and not any(p.name in goal for goal in goals)]

    assert idle == []


@pytest.mark.parametrize("budget", [Budget(30, 10), Budget(60, 4), Budget(12, 1), Budget(1, 0)])
def test_smaller_budget(budget: Budget) -> None:
    """
    With less to spend it sees as much as that allows, and says of the rest that the budget is why.
    """
    promises = [name for name in load_promises() if name not in EVERY_ANSWER]

    plan = choose(budget, promises)

    assert plan.requests <= max(budget.requests, 2)
    assert plan.creations <= budget.creations
    shown = {check.promise for check in plan.checks()}
    assert shown | plan.unseen.keys() >= set(promises)
    assert TOO_LITTLE in plan.unseen.values()


def test_larger_budget() -> None:
    """
    With more creations every setting is asked.
    """
    plan = choose(Budget(70, 12), list(load_promises()))

    assert TOO_LITTLE not in plan.unseen.values()
