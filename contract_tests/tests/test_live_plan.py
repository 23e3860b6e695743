"""
The plan of a live run: which probes it sends within its budget.
"""

import pytest

from b2b_invoices_contract.checks import all_checks, checks_of
from b2b_invoices_contract.exchanges import Exchange, Lost
from b2b_invoices_contract.live.guard import Budget
from b2b_invoices_contract.live.observing import MAKERS
from b2b_invoices_contract.live.plan import NOT_CHECKED, plan_within
from b2b_invoices_contract.live.probes import POOL
from b2b_invoices_contract.live.questions import NOT_ASKED, QUESTIONS
from b2b_invoices_mock.api.dialect import QUESTIONS as SETTINGS


def test_every_check_gets_observations() -> None:
    """
    A live run makes observations for the check of every promise, or says why it cannot.
    """
    made = {kind for maker in MAKERS for kind in maker.makes} | {Exchange, Lost}

    idle = {check.promise for check in all_checks()} - {check.promise for check in checks_of(made)}

    assert idle <= NOT_CHECKED.keys()


def test_every_setting_has_a_question() -> None:
    """
    Every setting of the mock's dialect can be read from responses, or there is a reason why it cannot.
    """
    assert {question.setting for question in QUESTIONS} | NOT_ASKED.keys() == {setting.name for setting in SETTINGS}


def test_probes_follow_what_they_need() -> None:
    """
    Every probe that another one or a question names is in the pool once, and before those that need it.
    """
    names = [probe.name for probe in POOL]

    assert len(set(names)) == len(names)
    for probe in POOL:
        assert all(names.index(needed) < names.index(probe.name) for needed in probe.needs), probe.name
    assert {name for question in QUESTIONS for name in question.probes} <= set(names)


def test_default_budget() -> None:
    """
    A run plans at most 60 requests, deletes included, and 10 creations; only spare probes are left out.
    """
    plan = plan_within(Budget())

    assert plan.requests <= 60
    assert plan.creations <= 10
    assert {probe.name for probe in POOL if probe not in plan.probes} <= {
        probe.name for probe in POOL if probe.is_spare
    }


@pytest.mark.parametrize("budget", [Budget(30, 10), Budget(60, 4), Budget(12, 1)])
def test_smaller_budget(budget: Budget) -> None:
    """
    A smaller budget is kept, and every probe that is left has what it needs.
    """
    plan = plan_within(budget)

    names = {probe.name for probe in plan.probes}
    assert plan.requests <= budget.requests
    assert plan.creations <= budget.creations
    assert all(names.issuperset(probe.needs) for probe in plan.probes)


def test_larger_budget() -> None:
    """
    A larger budget has room for every probe.
    """
    assert plan_within(Budget(70, 12)).probes == POOL
