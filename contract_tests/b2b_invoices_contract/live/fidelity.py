"""
How like a live store the mock answers: a score, every difference with its source, and the dialect that mends it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from b2b_invoices_contract.results import Score
from b2b_invoices_contract.targets import CannotRun

from .drift import differing
from .observations import ASPECTS, Observations
from .questions import NOT_ASKED, QUESTIONS, Question

_HISTORY = "fidelity.jsonl"
_NAMED = 2  # probes of a group of differences; the file has them all


@attrs.frozen
class Difference:
    """
    An aspect in which the mock answers otherwise than the store.

    Attributes:
        probe: What was asked.
        aspect: In what the answers differ.
        mock: What the mock answered.
        store: What the store answered.
        settings: Settings of the dialect that remove it, as `name = value`.
        provenance: Where the mock's answer comes from; empty when no open question is behind it.
    """

    probe: str
    aspect: str
    mock: str
    store: str
    settings: tuple[str, ...]
    provenance: str

    def __str__(self) -> str:
        mend = f"set {', '.join(self.settings)}" if self.settings else "no setting of the mock answers so"
        origin = f" ({self.provenance})" if self.provenance else ""
        mock, store = self.mock or "nothing", self.store or "nothing"
        return f"{self.probe}, {self.aspect}: mock {mock}{origin}, store {store}; {mend}"


@attrs.frozen
class Fidelity:
    """
    How like a live store the mock answers.

    Attributes:
        compared: How many answers were compared.
        agreeing: How many of them agree in status, envelope, shape, effect and message.
        aspects: How many agree in each.
        differences: Everything else.
        dialect: The settings in which the mock differs from the store, with the store's values.
    """

    compared: int
    agreeing: int
    aspects: Mapping[str, int]
    differences: tuple[Difference, ...]
    dialect: Mapping[str, Any]

    @property
    def score(self) -> float:
        """The share of the answers that agree in everything."""
        return self.agreeing / self.compared

    def __str__(self) -> str:
        parts = ", ".join(f"{aspect} {agreeing}" for aspect, agreeing in self.aspects.items())
        return f"fidelity {self.score:.0%}: {self.agreeing} of {self.compared} answers agree in everything ({parts})"


def compare(mock: Observations, store: Observations) -> Fidelity:
    """
    Return how like *store* the *mock* answers, by the probes that both were sent.

    Raises:
        CannotRun: When there is no such probe.
    """
    common = [name for name in store.answers if name in mock.answers]
    if not common:
        raise CannotRun("the two were not asked the same, so there is nothing to compare; record both again")
    wanted = {
        name: value
        for name, value in store.settings.items()
        if value is not None and name in mock.settings and mock.settings[name] != value
    }
    differences = tuple(_differences(mock, store, common, wanted))
    differing = {difference.probe for difference in differences}
    aspects = {aspect: len(common) - sum(d.aspect == aspect for d in differences) for aspect in ASPECTS}
    return Fidelity(len(common), len(common) - len(differing), aspects, differences, wanted)


def _differences(
    mock: Observations, store: Observations, common: list[str], wanted: Mapping[str, Any]
) -> Iterator[Difference]:
    for name in common:
        for aspect in ASPECTS:
            one, other = (str(getattr(observations.answers[name], aspect)) for observations in (mock, store))
            if one != other:
                behind = [q for q in QUESTIONS if q.setting in wanted and _is_behind(q, name, aspect, mock, store)]
                settings = tuple(f"{q.setting} = {json.dumps(wanted[q.setting])}" for q in behind)
                provenance = _provenance(mock, [question.setting for question in behind])
                met, wanted_one = differing(one, other, aspect)
                yield Difference(name, aspect, _short(met), _short(wanted_one), settings, provenance)


def _is_behind(question: Question, probe: str, aspect: str, mock: Observations, store: Observations) -> bool:
    """
    Return whether *question* may be why the answers to *probe* differ in *aspect*.
    """
    well = all(one.answers[probe].status < 400 for one in (mock, store))  # noqa: PLR2004 - what a refusal is in HTTP
    if question.everywhere or (aspect == "message" and well):
        return question.everywhere and aspect == "message" and well
    return probe in (*question.probes, *question.touches) and aspect in question.aspects


def _provenance(mock: Observations, settings: list[str]) -> str:
    known = {item["setting"]: item for item in mock.dialect}
    return "; ".join(f"{known[name]['provenance']}: {known[name]['source']}" for name in settings if name in known)


def grouped(fidelity: Fidelity) -> Iterator[str]:
    """
    Yield the differences, those that the same settings remove together, a line each.
    """
    groups: dict[tuple[str, ...], list[Difference]] = {}
    for difference in fidelity.differences:
        groups.setdefault(difference.settings, []).append(difference)
    for settings, differences in groups.items():
        if not settings:
            yield from map(str, differences)
            continue
        probes = list(dict.fromkeys(difference.probe for difference in differences))
        named = ", ".join(map(repr, probes[:_NAMED])) + (
            f" and {more} more" if (more := len(probes) - _NAMED) > 0 else ""
        )
        yield f"set {', '.join(settings)}: {named} ({differences[0].provenance})"


def as_toml(store: Observations) -> str:
    """
    Return a dialect of the mock that answers like *store*.
    """
    lines = [
        f"# The mock as {store.host} answered on {store.at[:10]}; b2b-invoices-mock --dialect FILE takes it.",
        'base = "documented"',
    ]
    for question in QUESTIONS:
        value = store.settings.get(question.setting)
        if question.setting not in store.settings:
            lines.append(f"# {question.setting} was not asked")
        elif value is None:
            lines.append(f"# {question.setting}: the store answers as no setting does")
        else:
            lines.append(f"{question.setting} = {json.dumps(value)}")
    lines += [f"# {setting}: {reason}" for setting, reason in NOT_ASKED.items()]
    return "\n".join(lines) + "\n"


def history(folder: Path, host: str, store: str) -> tuple[Score, ...]:
    """
    Return the scores against *store* at *host* that were written down in *folder*, oldest first.

    Raises:
        CannotRun: When what is written there is something else.
    """
    path = folder / _HISTORY
    if not path.exists():
        return ()
    try:
        entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return tuple(
            Score(entry["at"], entry["host"], entry["agreeing"], entry["compared"])
            for entry in entries
            if (entry["host"], entry["store"]) == (host, store)
        )
    except (ValueError, LookupError, TypeError) as error:
        raise CannotRun(f"{path} holds something else than scores; remove it, and the history begins anew") from error


def remember(fidelity: Fidelity, store: Observations, folder: Path) -> None:
    """
    Write the score down in *folder*.
    """
    folder.mkdir(parents=True, exist_ok=True)
    entry = {
        "at": store.at,
        "host": store.host,
        "store": store.store,
        "score": round(fidelity.score, 4),
        "agreeing": fidelity.agreeing,
        "compared": fidelity.compared,
    }
    with (folder / _HISTORY).open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def as_markdown(fidelity: Fidelity, before: Sequence[Score]) -> str:
    """
    Return the score, its history and the differences, to be read or sent.
    """
    rows = [
        f"| {d.probe} | {d.aspect} | {_cell(d.mock)} | {_cell(d.store)} | {_cell(d.provenance)} | "
        f"{_cell(', '.join(d.settings)) or 'none'} |"
        for d in fidelity.differences
    ]
    table = ["| asked | differs in | mock | store | the mock's source | setting |", "|---|---|---|---|---|---|", *rows]
    past = [f"- {score.at}: {score.share:.0%} ({score.agreeing} of {score.compared})" for score in before]
    return "\n".join(
        [
            f"**{fidelity}**",
            "",
            *(table if rows else ["No difference."]),
            "",
            *(["History:", "", *past, ""] if past else []),
        ]
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _short(text: str, longest: int = 160) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"
