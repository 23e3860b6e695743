"""
`index.html`: the report for people, one file that asks nothing of a network and runs no script.
"""

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Any

import attrs
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from b2b_invoices_spec import load_page

from .checklist import Item, checklist
from .coverage import Coverage, Rule, Seen, is_touched
from .places import line_in_contract, line_of_promise
from .plain import printable
from .results import Result, Results
from .summary import summary_line

_SLOWEST = 10


@attrs.frozen
class Group:
    """
    Things under one heading.

    Attributes:
        name: The heading.
        members: The things.
    """

    name: str
    members: list[Any]

    def count(self, attribute: str, value: str) -> int:
        """
        Return how many members have *value* as *attribute*.
        """
        return sum(getattr(member, attribute) == value for member in self.members)


@attrs.frozen
class Answered:
    """
    How often an operation answered with one status.

    Attributes:
        status: The status, or a class of them such as 5XX.
        count: How often.
        is_documented: Whether the contract has it.
    """

    status: str
    count: int
    is_documented: bool


@attrs.frozen
class RuleSeen:
    """
    A rule, and what was seen of it.

    Attributes:
        rule: The rule.
        seen: How often it was seen kept and broken.
    """

    rule: Rule
    seen: Seen

    @property
    def is_touched(self) -> bool:
        """Whether all was seen of it that is to be seen."""
        return is_touched(self.rule, self.seen)


def as_html(results: Results) -> str:
    """
    Return the page for *results*.
    """
    environment = Environment(
        loader=PackageLoader("b2b_invoices_contract"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"line": line_in_contract, "line_of_promise": line_of_promise}
    return environment.get_template("index.html").render(
        results=results,
        summary=summary_line(results),
        title=_title(results),
        operations=_by_operation(results.promises.values()),
        statements=_by_operation(_statements(results)),
        coverage=results.coverage,
        rules=_rules(results.coverage) if results.coverage else [],
        answers=_answers(results.coverage) if results.coverage else [],
        slowest=_slowest(results),
    )


def _slowest(results: Results) -> list[Result]:
    """
    Return the promises that took longest, of those that time was taken of.
    """
    timed = [result for result in results.promises.values() if result.seconds]
    return sorted(timed, key=attrgetter("seconds"), reverse=True)[:_SLOWEST]


def _shown(value: Any) -> Any:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _title(results: Results) -> str:
    if results.problem:
        return "The checks did not finish"
    if results.broken:
        count = len(results.broken)
        return f"{count} {'promise is' if count == 1 else 'promises are'} broken"
    if results.is_partial:
        return "Some promises could not be checked"
    return "No promise is broken"


def _by_operation(things: Iterable[Result] | Iterable[Item]) -> list[Group]:
    groups: dict[str, list[Any]] = {}
    for thing in things:
        owner = thing.promise if isinstance(thing, Result) else thing.statement
        groups.setdefault(owner.operation, []).append(thing)
    return [Group("every operation" if name == "every" else name, members) for name, members in groups.items()]


def _statements(results: Results) -> list[Item]:
    return checklist(results, load_page())


def _rules(coverage: Coverage) -> list[Group]:
    seen = [RuleSeen(*pair) for pair in coverage.rules.items()]
    key = attrgetter("rule.operation", "rule.side")
    return [Group(f"{name}: what is {side}", list(members)) for (name, side), members in groupby(seen, key)]


def _answers(coverage: Coverage) -> list[Group]:
    return [
        Group(
            name,
            [
                Answered(status, count, status in coverage.documented_statuses[name])
                for status, count in sorted(statuses.items())
            ],
        )
        for name, statuses in coverage.answers.items()
    ]
