"""
Fidelity: how closely the mock responds like a live store, with the settings that would remove differences.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import attrs

from b2b_invoices_contract.results import Score
from b2b_invoices_contract.targets import CannotRun

from .drift import differences
from .observations import ASPECTS, Observations
from .questions import NOT_ASKED, QUESTIONS, Question

_HISTORY = "fidelity.jsonl"
_NAMED = 2  # requests that a printed group of differences names; fidelity.md names all
_LONGEST = 160  # characters of a value


@attrs.frozen
class Difference:
    """
    One aspect in which the responses of the mock and the store to a request differ.

    Attributes:
        settings: Settings of the dialect that would remove it, as `name = value`.
        provenance: Source of the mock's value; empty when no setting is involved.
    """

    probe: str
    aspect: str
    mock: str
    store: str
    settings: tuple[str, ...]
    provenance: str

    def __str__(self) -> str:
        remedy = f"set {', '.join(self.settings)}" if self.settings else "no setting of the mock removes this"
        source = f" ({self.provenance})" if self.provenance else ""
        values = f"mock {self.mock or 'nothing'}{source}, store {self.store or 'nothing'}"
        return f"{self.probe}, {self.aspect}: {values}; {remedy}"


@attrs.frozen
class Fidelity:
    """
    The numbers of responses compared, agreeing in every aspect, and agreeing by aspect, with all differences.
    """

    compared: int
    agreeing: int
    aspects: Mapping[str, int]
    differences: tuple[Difference, ...]

    @property
    def score(self) -> float:
        """Share of the responses that agree in every aspect."""
        return self.agreeing / self.compared

    def __str__(self) -> str:
        aspects = ", ".join(f"{aspect} {agreeing}" for aspect, agreeing in self.aspects.items())
        return f"fidelity {self.score:.0%}: {self.agreeing} of {self.compared} responses agree ({aspects})"


def compare(mock: Observations, store: Observations) -> Fidelity:
    """
    Compare the responses to the requests that both received; raise `CannotRun` when there are none.
    """
    common = [name for name in store.answers if name in mock.answers]
    if not common:
        raise CannotRun("the two files have no request in common; record both again")
    found = tuple(_differences(mock, store, common))
    differing = {difference.probe for difference in found}
    aspects = {aspect: len(common) - sum(one.aspect == aspect for one in found) for aspect in ASPECTS}
    return Fidelity(len(common), len(common) - len(differing), aspects, found)


def _differences(mock: Observations, store: Observations, common: list[str]) -> Iterator[Difference]:
    wanted = {
        name: value
        for name, value in store.settings.items()
        if value is not None and name in mock.settings and mock.settings[name] != value
    }
    sources = {item["setting"]: f"{item['provenance']}: {item['source']}" for item in mock.dialect}
    for name in common:
        for aspect, one, other in differences(mock.answers[name], store.answers[name]):
            causes = [q.setting for q in QUESTIONS if q.setting in wanted and _explains(q, name, aspect, mock, store)]
            settings = tuple(f"{setting} = {json.dumps(wanted[setting])}" for setting in causes)
            provenance = "; ".join(sources[setting] for setting in causes if setting in sources)
            yield Difference(name, aspect, _short(one), _short(other), settings, provenance)


def _explains(question: Question, probe: str, aspect: str, mock: Observations, store: Observations) -> bool:
    """
    Return whether the setting of *question* can be why the responses to *probe* differ in *aspect*.
    """
    successes = all(one.answers[probe].status < 400 for one in (mock, store))  # noqa: PLR2004 - HTTP
    if aspect == "message" and successes:
        return question.everywhere
    return not question.everywhere and probe in (*question.probes, *question.touches) and aspect in question.aspects


def as_lines(fidelity: Fidelity, before: Sequence[Score]) -> Iterator[str]:
    """
    Yield the score, a line for each group of differences that the same settings remove, and the scores *before*.
    """
    yield str(fidelity)
    by_settings = attrgetter("settings")
    for settings, group in groupby(sorted(fidelity.differences, key=by_settings), by_settings):
        found = list(group)
        if not settings:
            yield from (f"  {difference}" for difference in found)
            continue
        probes = list(dict.fromkeys(repr(difference.probe) for difference in found))
        more = f" and {len(probes) - _NAMED} more" if len(probes) > _NAMED else ""
        yield f"  set {', '.join(settings)}: {', '.join(probes[:_NAMED])}{more} ({found[0].provenance})"
    if before:
        yield f"before: {', '.join(f'{score.share:.0%}' for score in before[-5:])}"


def as_toml(store: Observations) -> str:
    """
    Return a dialect, as TOML, in which the mock responds like *store*.
    """
    lines = [
        f"# How {store.host} responded on {store.at[:10]}; use with b2b-invoices-mock --dialect FILE.",
        'base = "documented"',
    ]
    for name in (question.setting for question in QUESTIONS):
        value = store.settings.get(name)
        if name not in store.settings:
            lines.append(f"# {name} was not observed")
        elif value is None:
            lines.append(f"# {name}: the store responds like no setting of the mock")
        else:
            lines.append(f"{name} = {json.dumps(value)}")
    lines += [f"# {setting}: {reason}" for setting, reason in NOT_ASKED.items()]
    return "\n".join(lines) + "\n"


def history(folder: Path, host: str, store: str) -> tuple[Score, ...]:
    """
    Return the scores against *store* at *host* in *folder*, oldest first; raise `CannotRun` when the file is invalid.
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
        raise CannotRun(f"{path} is not a history of scores; remove it to start a new one") from error


def remember(fidelity: Fidelity, store: Observations, folder: Path) -> None:
    """
    Append the score to the history in *folder*; raise `CannotRun` when that fails.
    """
    entry = {"at": store.at, "host": store.host, "store": store.store, "score": round(fidelity.score, 4)}
    entry |= {"agreeing": fidelity.agreeing, "compared": fidelity.compared}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / _HISTORY).open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
    except OSError as error:
        raise CannotRun(f"cannot write to {folder}: {error.strerror}; pass another --observations folder") from error


def as_markdown(fidelity: Fidelity, before: Sequence[Score]) -> str:
    """
    Return the score, all differences and the earlier scores as Markdown.
    """
    columns = ["request", "aspect", "mock", "store", "source of the mock", "setting"]
    rows = [
        [one.probe, one.aspect, one.mock, one.store, one.provenance, ", ".join(one.settings) or "none"]
        for one in fidelity.differences
    ]
    past = [f"- {score.at}: {score.share:.0%} ({score.agreeing} of {score.compared})" for score in before]
    lines = [f"**{fidelity}**", "", *(table(columns, rows) if rows else ["No difference."]), ""]
    return "\n".join([*lines, *(["History:", "", *past, ""] if past else [])])


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """
    Return the lines of a Markdown table.
    """
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    return [f"| {' | '.join(row)} |" for row in (columns, ["---"] * len(columns), *cells)]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
