"""
Rules of an operation's schemas, and how many requests and responses kept and broke each.

A rule is one keyword of a schema in one place, such as `required` of `openBalance/code`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import attrs
import msgspec
from jsonschema_rs import Draft202012Validator

from b2b_invoices_contract.exchanges import Exchange
from b2b_invoices_spec import Contract, Operation
from b2b_invoices_spec.document import Node, json_content, parts, value_at

Side = Literal["sent", "read"]

_JUDGED = frozenset({"type", "enum", "required", "pattern", "minimum", "maximum", "additionalProperties"})
_UNJUDGED = frozenset({"properties", "items", "anyOf", "$ref", "default", "description", "format", "example"})
_FEW = 3


@attrs.frozen
class Rule:
    """
    One rule of the contract, and how often a run kept and broke it.

    Attributes:
        operation: The operation it is about.
        side: `sent` for a rule of requests, `read` for a rule of responses.
        field: Path in the body, or name of the parameter; empty for the body itself.
        keyword: The keyword of JSON Schema.
        value: Value of the keyword, as text; `required` and `enum` are one rule for each name or value.
        pointer: JSON pointer to it in `openapi.yaml`.
        kept: How many requests or responses kept it, or had this value.
        broken: How many broke it.
    """

    operation: str
    side: Side
    field: str
    keyword: str
    value: str
    pointer: str
    kept: int = 0
    broken: int = 0

    @property
    def is_tried(self) -> bool:
        """Whether one request kept the rule and another broke it; a response or a value of an enum occurred."""
        needs_both = self.side == "sent" and self.keyword != "enum"
        return bool(self.kept and self.broken) if needs_both else bool(self.kept)


class RuleCounter:
    """
    Counts how often exchanges of one operation keep and break each rule.
    """

    def __init__(self, contract: Contract, operation: Operation) -> None:
        self._operation = operation
        self._document = contract.document
        self._path = re.compile(re.sub(r"\{[^}]+\}", "([^/]+)", operation.path) + "$")
        self._rules: dict[tuple[Side, str, str], list[Rule]] = {}
        self._kept: Counter[Rule] = Counter()
        self._broken: Counter[Rule] = Counter()
        sent = list(self._sent_schemas())
        for name, schema, pointer in sent:
            self._add_rules(schema, "sent", f"/properties/{name}", pointer)
        self._sent = contract.validator({"properties": {name: schema for name, schema, _ in sent}})
        for response in operation.responses:
            if response.label.startswith("2"):
                pointer = f"{operation.pointer}/responses/{response.label}/content/application~1json/schema"
                self._add_rules(json_content(self._document, response.node)["schema"], "read", "", pointer)

    @property
    def rules(self) -> list[Rule]:
        """Every rule of the operation, with its counts."""
        return [
            attrs.evolve(rule, kept=self._kept[rule], broken=self._broken[rule])
            for rules in self._rules.values()
            for rule in rules
        ]

    def add(self, exchange: Exchange) -> None:
        """
        Count the rules that *exchange* keeps and breaks.
        """
        documented = self._operation.response_for(exchange.status)
        with suppress(ValueError):  # nested too deep for the validator
            self._count("sent", self._sent, self._sent_by(exchange))
        with suppress(ValueError):
            if documented and exchange.is_success and exchange.json is not None:
                self._count("read", documented.body, _shortened(exchange.json))

    def _sent_schemas(self) -> Iterator[tuple[str, Node, str]]:
        """
        Yield the schema of each parameter, by its name, and of the body, as (name, schema, pointer).
        """
        for parameter in self._operation.parameters:
            yield parameter.name, parameter.node["schema"], f"{parameter.pointer}/schema"
        if body := json_content(self._document, self._operation.node.get("requestBody", {})).get("schema"):
            yield "body", body, f"{self._operation.pointer}/requestBody/content/application~1json/schema"

    def _sent_by(self, exchange: Exchange) -> dict[str, Any]:
        """
        Return parameters and body of the request as one object: the parameters by name, and `body`.
        """
        sent: dict[str, Any] = {}
        query = parse_qs(urlsplit(exchange.url).query, keep_blank_values=True)
        for parameter in self._operation.parameters:
            found = self._path.search(exchange.path) if parameter.place == "path" else None
            values = [found.group(1)] if found else query.get(parameter.name, [])
            if values:
                sent[parameter.name] = _typed(values, parameter.node["schema"])
        with suppress(msgspec.DecodeError, UnicodeDecodeError):  # an empty body, or one that is not JSON, has no rules
            sent["body"] = msgspec.json.decode(exchange.request_body)
        return sent

    def _count(self, side: Side, validator: Draft202012Validator, instance: Any) -> None:
        kept, broken = set[Rule](), set[Rule]()
        for unit in validator.evaluate(instance).list()["details"]:
            way, _, keyword = unit["evaluationPath"].rpartition("/")
            rules = self._rules.get((side, way, keyword), ())
            # Looking up a value takes time, and for `type` the validator has said it all.
            value = value_at(instance, unit["instanceLocation"]) if rules and keyword != "type" else None
            for rule in rules:
                is_kept = _is_kept(rule, value, is_valid=unit["valid"])
                if is_kept is not None:
                    (kept if is_kept else broken).add(rule)
        self._kept.update(kept)
        self._broken.update(broken)

    def _add_rules(self, schema: Mapping[str, Any], side: Side, way: str, pointer: str) -> None:
        for keyword, value in schema.items():
            if keyword in _JUDGED and not (keyword == "type" and self._is_always_kept(way, value)):
                values = value if keyword in {"required", "enum"} else [value]
                # Of a schema with properties, the validator reports `required` as part of `properties`.
                reported = "properties" if keyword == "required" and "properties" in schema else keyword
                self._rules[side, way, reported] = [
                    Rule(self._operation.id, side, _field(way), keyword, _text(one), f"{pointer}/{keyword}")
                    for one in values
                ]
            elif keyword not in _JUDGED | _UNJUDGED and not keyword.startswith("x-"):
                raise ValueError(f"{pointer}: unsupported keyword {keyword!r}; add it to _JUDGED or _UNJUDGED")
        for step, part in parts(schema):
            self._add_rules(part, side, f"{way}/{step}", f"{pointer}/{step}")
        if "$ref" in schema:
            self._add_rules(value_at(self._document, schema["$ref"]), side, f"{way}/$ref", schema["$ref"])

    def _is_always_kept(self, way: str, kind: Any) -> bool:
        # Every value in a URL is a string, and several values are an array.
        name = way.split("/")[2] if way.startswith("/properties/") else ""
        return kind in ("string", "array") and any(name == one.name for one in self._operation.parameters)


def _is_kept(rule: Rule, value: Any, *, is_valid: bool) -> bool | None:
    """
    Return whether *value*, which *is_valid* by the keyword or not, keeps the rule; None if the rule is not about it.
    """
    match rule.keyword:
        case "required":
            return rule.value in value if isinstance(value, dict) else None
        case "enum" if is_valid:
            return True if _text(value) == rule.value else None
        case "minimum" | "maximum":
            return is_valid if isinstance(value, int | float) else None
        case "pattern":
            return is_valid if isinstance(value, str) else None
        case _:
            return is_valid


def _field(way: str) -> str:
    steps = re.sub(r"/(properties|\$ref|anyOf/[0-9]+)(?=/|$)", "", way.replace("/items", "[]"))
    return steps.replace("/", ".").removeprefix(".").removeprefix("body.")


def _typed(values: list[str], schema: Mapping[str, Any]) -> Any:
    if schema.get("type") == "array":
        return [_typed([value], schema["items"]) for value in values]
    text = values[-1]
    return int(text) if re.fullmatch(r"-?[0-9]{1,300}", text) and schema.get("type") != "string" else text


def _shortened(body: Any) -> Any:
    """
    Return *body* with the first few invoices of a page, which stand for the others.
    """
    data = body.get("data") if isinstance(body, dict) else None
    return body | {"data": data[:_FEW]} if isinstance(data, list) else body


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
