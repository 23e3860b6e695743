"""
Saved responses of a store, without secrets and customers' data, for a later comparison.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import msgspec

from b2b_invoices_contract.readings import reading
from b2b_invoices_contract.targets import CannotRun
from b2b_invoices_spec.promises import current_id

from .guard import UNKNOWN_ID
from .probes import POOL, Probe
from .questions import QUESTIONS, rate_limit, words_of
from .seen import Invoice, Seen, Unseen
from .verdicts import Verdicts

VERSION = 1
"""Version of the form of the files."""

ASPECTS = ("status", "envelope", "shape", "effect", "message")
"""The aspects in which two responses are compared."""

_NUMBERS = re.compile(r"[0-9]{4,}")

Hide = Callable[[str], str]
"""Takes secrets out of a text."""


@attrs.frozen
class Answer:
    """
    The response to one probe, without any value of an invoice.

    Attributes:
        status: HTTP status.
        envelope: Keys of the body, at its top.
        shape: Types of what is below `data`.
        effect: What was stored, changed, listed or deleted, in a few words.
        message: The messages of the response, without their numbers.
    """

    status: int
    envelope: str
    shape: str
    effect: str
    message: str


@attrs.frozen
class Observations:
    """
    The responses of a store in one run.

    Attributes:
        host: Where the API is.
        store: A digest of the store's hash.
        at: When the run began, in UTC.
        answers: The response to each probe, by name.
        settings: The value of each setting with which the mock responds like the store; None if no value does.
        limit: The rate limit that the store reports.
        otherwise: What it does otherwise than the contract, by promise.
        broken: Ids of the promises that it broke.
        dialect: A mock's own settings; empty for a store.
    """

    host: str
    store: str
    at: str
    answers: Mapping[str, Answer]
    settings: Mapping[str, Any]
    limit: str = ""
    otherwise: Mapping[str, str] = attrs.field(factory=dict)
    broken: tuple[str, ...] = ()
    dialect: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def of(
        cls,
        seen: Seen,
        verdicts: Verdicts,
        host: str,
        dialect: tuple[Mapping[str, Any], ...] = (),
        *,
        hide: Hide = str,
    ) -> "Observations":
        """
        Return what was *seen* at *host*, without what *hide* takes out of a text.
        """
        broken = tuple(name for name, result in verdicts.results.items() if result.verdict == "broken")
        observed = cls(
            host,
            seen.run.store,
            datetime.fromtimestamp(seen.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            {name: _answer(seen, name, hide) for name in seen.answered},
            {question.setting: question.answer(seen) for question in QUESTIONS if _asked(question.probes, seen)},
            rate_limit(seen),
            {name: _plain(text, seen) for name, text in verdicts.otherwise.items()},
            broken,
            dialect,
        )
        return observed.hidden(hide)

    def hidden(self, hide: Hide) -> "Observations":
        """
        Return the same, without what *hide* takes out of a text.
        """
        answers = {name: attrs.evolve(one, **_hidden(attrs.asdict(one), hide)) for name, one in self.answers.items()}
        rest = {name: _hidden(getattr(self, name), hide) for name in ("settings", "limit", "otherwise")}
        return attrs.evolve(self, answers=answers, **rest)

    @property
    def name(self) -> str:
        """The name of its file: store and time, so that files sort by age."""
        return f"{self.host.replace(':', '_')}-{self.store}-{self.at.replace(':', '')}.json"


def save(observations: Observations, folder: Path) -> Path:
    """
    Write *observations* into *folder*, made when it is not there, and return the file.

    Raises:
        CannotRun: It cannot be written.
    """
    path = folder / observations.name
    text = msgspec.json.format(msgspec.json.encode({"version": VERSION, **attrs.asdict(observations)}), indent=1)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text + b"\n")
    except OSError as error:
        raise CannotRun(
            f"the observations cannot be written: {error}; name another folder with --observations"
        ) from error
    return path


def load(path: Path) -> Observations:
    """
    Return the observations in the file *path*.

    Raises:
        CannotRun: There are none.
    """
    try:
        told = msgspec.json.decode(path.read_bytes())
        if told.pop("version") != VERSION:
            raise CannotRun(f"{path} is of another version than {VERSION}; record it again")
        answers = {name: Answer(**answer) for name, answer in told.pop("answers").items()}
        return Observations(
            answers=answers,
            broken=tuple(map(current_id, told.pop("broken"))),
            otherwise={current_id(name): text for name, text in told.pop("otherwise", {}).items()},
            dialect=tuple(told.pop("dialect")),
            **told,
        )
    except OSError as error:
        raise CannotRun(f"{path} cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        raise CannotRun(f"{path} holds no observations; a run with --profile live writes them") from error


def latest(folder: Path, host: str, store: str) -> Observations | None:
    """
    Return the newest observations of *store* at *host* in *folder*; None if there are none.

    Raises:
        CannotRun: When the newest cannot be read.
    """
    files = sorted(folder.glob(f"{host.replace(':', '_')}-{store}-*.json"))
    return load(files[-1]) if files else None


def _hidden(value: Any, hide: Hide) -> Any:
    """
    Return *value* with *hide* done to every text in it, keys apart.
    """
    match value:
        case str():
            return hide(value)
        case dict():
            return {key: _hidden(part, hide) for key, part in value.items()}
        case list() | tuple():
            return [_hidden(part, hide) for part in value]
        case _:
            return value


def _answer(seen: Seen, name: str, hide: Hide) -> Answer:
    exchange = seen.exchange(name)
    body = exchange.json
    envelope = ",".join(sorted(body)) if isinstance(body, dict) else "none" if body is None else type(body).__name__
    # Secrets go first: what is left of one without its digits would not be found.
    said = _plain(hide(words_of(exchange)), seen)
    return Answer(exchange.status, envelope, _shape_of(seen, name), _effect(seen, name), said)


def _shape_of(seen: Seen, name: str) -> str:
    """
    Return the types below `data`; of a list, those of the run's own invoices.
    """
    data = seen.exchange(name).get("data")
    if isinstance(data, list) and not seen.answered[name].probe.query:
        return "list"  # which of the run's are on that page depends on what others did
    if isinstance(data, list) and data:
        return shape(seen.listed(name))
    return shape(data)


def shape(value: Any) -> str:
    """
    Return the type of everything in *value*, such as `id: number, lines[].sku: text`; null is a type of its own.
    """
    return ", ".join(sorted(set(_types(value, ""))))


def _types(value: Any, path: str) -> Iterator[str]:
    """
    Yield the path and type of everything in *value*, which is at *path*.
    """
    match value:
        case dict() if value:
            for key, part in value.items():
                yield from _types(part, f"{path}.{key}" if path else str(key))
        case list() if value:
            for item in value:
                yield from _types(item, f"{path}[]")
        case _:
            yield f"{path}: {_type(value)}" if path else _type(value)


def _type(value: Any) -> str:
    match value:
        case dict() | list():
            return repr(value)  # empty
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "text"
        case _:
            return "null"


def _effect(seen: Seen, name: str) -> str:
    try:
        return _done(seen, name)
    except Unseen as why:
        return f"not observed: {_plain(str(why), seen)}"


def _done(seen: Seen, name: str) -> str:
    probe = seen.answered[name].probe
    if probe.method == "POST":
        return _recorded(seen, name) if seen.was_created(name) else "nothing recorded"
    if probe.query and seen.exchange(name).is_success:
        return "lists " + ", ".join(seen.names(name))
    if probe.method == "GET" and seen.exchange(name).is_success and probe.of:
        return _kept(seen, probe, seen.read(name))
    return ""


def _recorded(seen: Seen, name: str) -> str:
    listing = "list own" if name in seen.created_before("list own") else "list own at the end"
    return _kept(seen, POOL[0], seen.invoice(name, listing), name)


def _kept(seen: Seen, probe: Probe, invoice: Invoice, create: str = "") -> str:
    """
    Return which fields of a create *invoice* does not read back as they were sent, and its status.
    """
    expected = reading(seen.sent(create or probe.of))
    differing = sorted(name for name, value in expected.items() if invoice.get(name) != value and name != "status")
    status = f"status {invoice.get('status')}"
    return f"recorded, {status}" + (f", other {', '.join(differing)}" if differing else "")


def _plain(text: str, seen: Seen) -> str:
    """
    Return *text* without what differs from run to run, or belongs to somebody.
    """
    for secret, name in ((seen.mark, "(mark)"), (seen.company_id, "(company)"), (str(UNKNOWN_ID), "(unknown id)")):
        text = text.replace(secret, name)
    return _NUMBERS.sub("(number)", text)


def _asked(probes: tuple[str, ...], seen: Seen) -> bool:
    return all(probe in seen.answered for probe in probes)
