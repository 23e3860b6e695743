"""
What a run touched of the contract: rules of its schemas, values of its enums, answers of its operations.

A rule is one keyword of a schema in one place, such as `required` of `openBalance/code`. That it was kept and that it
was broken by something that was sent are two things to have seen.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Literal, Self
from urllib.parse import parse_qs, urlsplit

import attrs
import msgspec
from jsonschema_rs import Draft202012Validator

from b2b_invoices_spec import Contract, Operation, load_contract
from b2b_invoices_spec.document import Node, json_content, parts, value_at

from .contract import operation_of
from .exchanges import Exchange

Side = Literal["sent", "read"]

_JUDGED = frozenset({"type", "enum", "required", "pattern", "minimum", "maximum", "additionalProperties"})
_UNJUDGED = frozenset({"properties", "items", "anyOf", "$ref", "default", "description", "format", "example"})
_FEW = 3


@attrs.frozen
class Rule:
    """
    One rule of the contract.

    Attributes:
        operation: The operation it is about.
        side: Whether it is about what is sent or about what is read.
        field: Where in the body, or which parameter; empty for the body itself.
        keyword: The keyword of JSON Schema.
        value: What the keyword says, as text: the one name for `required`, the one value for `enum`.
        pointer: Where in `openapi.yaml` it stands.
    """

    operation: str
    side: Side
    field: str
    keyword: str
    value: str
    pointer: str


@attrs.frozen
class Seen:
    """
    How often something was seen.

    Attributes:
        kept: How many requests or answers kept the rule, or had the value.
        broken: How many broke it.
    """

    kept: int = 0
    broken: int = 0


@attrs.define
class Coverage:
    """
    What a run touched of the contract.

    Attributes:
        rules: Every rule of the contract, with how often it was seen kept and broken.
        answers: Every documented status of every operation, and what else was met, with how often.
    """

    rules: dict[Rule, Seen]
    answers: dict[str, dict[str, int]]

    @classmethod
    def of(cls, traffic: Iterable[Exchange]) -> Self:
        """
        Return what *traffic* touched.
        """
        contract = load_contract()
        surveys = {operation.id: _Survey(contract, operation) for operation in contract.operations}
        for exchange in traffic:
            if survey := surveys.get(operation_of(exchange.method, exchange.path)):
                survey.add(exchange)
        rules = {rule: survey.seen(rule) for survey in surveys.values() for rule in survey.rules}
        return cls(rules, {name: dict(survey.answers) for name, survey in surveys.items()})

    @property
    def documented_statuses(self) -> Mapping[str, frozenset[str]]:
        """The statuses that the contract has for each operation."""
        operations = load_contract().operations
        return {one.id: frozenset(response.label for response in one.responses) for one in operations}

    @property
    def sent(self) -> "Tally":
        """How many rules of what is sent were seen both kept and broken."""
        rules = [(rule, seen) for rule, seen in self.rules.items() if rule.side == "sent"]
        return Tally(sum(is_touched(*pair) for pair in rules), len(rules))

    @property
    def read(self) -> "Tally":
        """How many rules of what is read were seen applied."""
        rules = [(rule, seen) for rule, seen in self.rules.items() if rule.side == "read"]
        return Tally(sum(is_touched(*pair) for pair in rules), len(rules))

    @property
    def documented(self) -> "Tally":
        """How many documented answers were seen."""
        documented = self.documented_statuses
        counts = [self.answers[name].get(status, 0) for name in self.answers for status in documented[name]]
        return Tally(sum(map(bool, counts)), len(counts))


@attrs.frozen
class Tally:
    """
    How many of how many.

    Attributes:
        touched: How many were seen.
        total: How many there are.
    """

    touched: int
    total: int


def is_touched(rule: Rule, seen: Seen) -> bool:
    """
    Whether all was seen of *rule* that is to be seen: both sides of what is sent, the value of an enum, the rest once.
    """
    wants_both = rule.side == "sent" and rule.keyword != "enum"
    return bool(seen.kept and seen.broken) if wants_both else bool(seen.kept)


class _Survey:
    """
    The rules of one operation, and what was seen of them.
    """

    def __init__(self, contract: Contract, operation: Operation) -> None:
        self._operation = operation
        self._document = contract.document
        self._path = re.compile(re.sub(r"\{[^}]+\}", "([^/]+)", operation.path) + "$")
        self._places: dict[tuple[Side, str, str], list[Rule]] = {}
        sent = list(self._sent_schemas())
        for name, schema, pointer in sent:
            self._add_rules(schema, "sent", f"/properties/{name}", pointer)
        self._sent = contract.validator({"properties": {name: schema for name, schema, _ in sent}})
        self._add_read()
        self.answers = Counter({response.label: 0 for response in operation.responses})
        self._kept: Counter[Rule] = Counter()
        self._broken: Counter[Rule] = Counter()

    def _sent_schemas(self) -> Iterator[tuple[str, Node, str]]:
        """
        Yield the schema of each parameter, by its name, and of the body, as (name, schema, pointer).
        """
        for parameter in self._operation.parameters:
            yield parameter.name, parameter.node["schema"], f"{parameter.pointer}/schema"
        if body := json_content(self._document, self._operation.node.get("requestBody", {})).get("schema"):
            yield "body", body, f"{self._operation.pointer}/requestBody/content/application~1json/schema"

    def _add_read(self) -> None:
        for response in self._operation.responses:
            if response.label.startswith("2"):
                pointer = f"{self._operation.pointer}/responses/{response.label}/content/application~1json/schema"
                self._add_rules(json_content(self._document, response.node)["schema"], "read", "", pointer)

    @property
    def rules(self) -> list[Rule]:
        """
        Every rule of the operation.
        """
        return [rule for rules in self._places.values() for rule in rules]

    def seen(self, rule: Rule) -> Seen:
        """
        Return how often *rule* was seen.
        """
        return Seen(self._kept[rule], self._broken[rule])

    def add(self, exchange: Exchange) -> None:
        """
        Note what *exchange* touched.
        """
        documented = self._operation.response_for(exchange.status)
        self.answers[documented.label if documented else str(exchange.status)] += 1
        with suppress(ValueError):  # what is nested too deep for the validator covers nothing
            self._note("sent", self._sent, self._instance(exchange))
        with suppress(ValueError):  # as above
            if documented and exchange.is_success and exchange.json is not None:
                self._note("read", documented.body, _shortened(exchange.json))

    def _instance(self, exchange: Exchange) -> dict[str, Any]:
        """
        What was sent as one object: the parameters by name, and the body.
        """
        instance: dict[str, Any] = {}
        query = parse_qs(urlsplit(exchange.url).query, keep_blank_values=True)
        for parameter in self._operation.parameters:
            found = self._path.search(exchange.path) if parameter.place == "path" else None
            values = [found.group(1)] if found else query.get(parameter.name, [])
            if values:
                instance[parameter.name] = _read_parameter(values, parameter.node["schema"])
        if exchange.request_body:
            with suppress(msgspec.DecodeError, UnicodeDecodeError):  # what is no JSON says nothing of the schema
                instance["body"] = msgspec.json.decode(exchange.request_body)
        return instance

    def _note(self, side: Side, rules: Draft202012Validator, instance: Any) -> None:
        kept, broken = set[Rule](), set[Rule]()
        for unit in rules.evaluate(instance).list()["details"]:
            place, _, keyword = unit["evaluationPath"].rpartition("/")
            concerned = self._places.get((side, place, keyword), ())
            value = value_at(instance, unit["instanceLocation"]) if concerned else None
            for rule in concerned:
                holds = _holds(rule, value, fits=unit["valid"])
                if holds is not None:
                    (kept if holds else broken).add(rule)
        self._kept.update(kept)
        self._broken.update(broken)

    def _add_rules(self, schema: Mapping[str, Any], side: Side, way: str, pointer: str) -> None:
        for keyword, value in schema.items():
            if keyword in _JUDGED and not (keyword == "type" and self._cannot_be_broken(way, value)):
                values = value if keyword in {"required", "enum"} else [value]
                # Where there are properties, the validator tells of them alone, whether those that must be there are.
                told_by = "properties" if keyword == "required" and "properties" in schema else keyword
                self._places[side, way, told_by] = [
                    Rule(self._operation.id, side, _field(way), keyword, _text(one), f"{pointer}/{keyword}")
                    for one in values
                ]
            elif keyword not in _JUDGED | _UNJUDGED and not keyword.startswith("x-"):
                raise ValueError(f"{pointer}: nothing is known of the keyword {keyword!r}")
        for step, part in parts(schema):
            self._add_rules(part, side, f"{way}/{step}", f"{pointer}/{step}")
        if "$ref" in schema:
            self._add_rules(value_at(self._document, schema["$ref"]), side, f"{way}/$ref", schema["$ref"])

    def _cannot_be_broken(self, way: str, kind: Any) -> bool:
        # Whatever a URL has in it is text, and as many values as it has are a list.
        name = way.split("/")[2] if way.startswith("/properties/") else ""
        return kind in ("string", "array") and any(name == one.name for one in self._operation.parameters)


def _holds(rule: Rule, value: Any, *, fits: bool) -> bool | None:
    """
    Whether *value*, which *fits* the keyword of *rule* or not, keeps the rule; None when the rule is not about it.
    """
    match rule.keyword:
        case "required":
            return rule.value in value if isinstance(value, dict) else None
        case "enum" if fits:
            return True if _text(value) == rule.value else None
        case "minimum" | "maximum":
            return fits if isinstance(value, int | float) else None
        case "pattern":
            return fits if isinstance(value, str) else None
        case _:
            return fits


def _field(way: str) -> str:
    steps = re.sub(r"/(properties|\$ref|anyOf/[0-9]+)(?=/|$)", "", way.replace("/items", "[]"))
    return steps.replace("/", ".").removeprefix(".").removeprefix("body.")


def _read_parameter(values: list[str], schema: Mapping[str, Any]) -> Any:
    if schema.get("type") == "array":
        return [_read_parameter([value], schema["items"]) for value in values]
    text = values[-1]
    return int(text) if re.fullmatch(r"-?[0-9]{1,300}", text) and schema.get("type") != "string" else text


def _shortened(answer: Any) -> Any:
    """
    *answer* with the first few invoices of a page, which speak for the others.
    """
    data = answer.get("data") if isinstance(answer, dict) else None
    return answer | {"data": data[:_FEW]} if isinstance(data, list) else answer


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
