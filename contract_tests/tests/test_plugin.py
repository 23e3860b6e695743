"""
The plugin that runs the checks: which of them a run takes.
"""

from collections.abc import Iterator
from typing import Any, cast

import attrs
import pytest

from b2b_invoices_contract.plugin import ContractPlugin, selected
from b2b_invoices_contract.profiles import PROFILES, Pace
from b2b_invoices_contract.session import Session
from contract_tests.tests.example import TARGET


@attrs.frozen
class _Item:
    """A check of some promises."""

    name: str
    promises: tuple[str, ...]
    thorough: bool = False

    def iter_markers(self, name: str) -> Iterator[pytest.Mark]:
        """
        Yield its marks.
        """
        yield from (pytest.Mark(name, (promise,), {}, _ispytest=True) for promise in self.promises)

    def get_closest_marker(self, _: str) -> Any:
        """
        Return its mark, when it is thorough.
        """
        return self.thorough or None


ITEMS = [_Item("a", ("id",)), _Item("b", ("id", "order"), thorough=True), _Item("c", ("order",))]
ONE_ONLY = [*ITEMS[:2], _Item("d", ("text",))]


@pytest.mark.parametrize(
    ("items", "only", "quick", "names"),
    [
        pytest.param(ITEMS, (), False, "abc", id="full takes all"),
        pytest.param(ITEMS, (), True, "ac", id="quick leaves thorough ones out"),
        pytest.param(ITEMS, ("order",), False, "bc", id="full, a promise alone"),
        pytest.param(ITEMS, ("order",), True, "c", id="quick, a promise alone"),
        pytest.param(ONE_ONLY, ("order",), True, "b", id="quick, and nothing else checks it"),
        pytest.param(ONE_ONLY, (), True, "abd", id="quick, and nothing else checks one of them"),
    ],
)
def test_selected(items: list[_Item], only: tuple[str, ...], names: str, *, quick: bool) -> None:
    """
    A quick run leaves thorough checks out, also of a promise that was chosen, unless nothing else checks it.
    """
    chosen = selected(cast(list[pytest.Item], items), frozenset(only), quick=quick)

    assert "".join(item.name for item in chosen) == names


@pytest.mark.parametrize(
    ("error", "interrupted"), [(KeyboardInterrupt(), True), (pytest.Session.Interrupted("no target"), False)]
)
def test_interruption_is_told_from_a_stop(error: BaseException, *, interrupted: bool) -> None:
    """
    A run that somebody interrupts is told from one that stops itself, which has a reason of its own.
    """
    plugin = ContractPlugin(Session.start(TARGET, 0), Pace(PROFILES["quick"], 0))
    with pytest.raises(KeyboardInterrupt) as raised:
        raise error

    plugin.pytest_keyboard_interrupt(raised)

    assert plugin.interrupted is interrupted
