"""
Which answers the contract documents, ready to hold real ones against.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Self

import attrs
from jsonschema_rs import Draft202012Validator

from b2b_invoices_spec import OPENAPI
from b2b_invoices_spec.document import load_yaml

from .traffic import Exchange

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


@cache
def load_document() -> Mapping[str, Any]:
    """
    Return the OpenAPI document of the contract, read once; nobody changes it.
    """
    document: Mapping[str, Any] = load_yaml(OPENAPI)
    return document


def resolve(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """
    Return the component that *node* refers to, or *node* itself when it refers to none.
    """
    if "$ref" not in node:
        return node
    found: Any = document
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    component: Mapping[str, Any] = found
    return component


def validator(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Draft202012Validator:
    """
    Return a validator for *schema*, a part of *document*.
    """
    return Draft202012Validator({**schema, "components": {"schemas": document["components"]["schemas"]}})


def operation_of(method: str, path: str) -> str:
    """
    Return the operation that *method* on *path* is, or else the two as they are, with numbers left out.
    """
    return next(
        (methods[method] for pattern, methods in _operations() if pattern.search(path) and method in methods),
        f"{method} {re.sub('[0-9]+', '#', path)}",
    )


@cache
def _operations() -> list[tuple[re.Pattern[str], Mapping[str, str]]]:
    paths = load_document()["paths"]
    return [
        (
            _pattern(path),
            {method.upper(): item[method]["operationId"] for method in item if method.upper() in _METHODS},
        )
        for path, item in paths.items()
    ]


@attrs.frozen
class Violation:
    """
    What is undocumented about an answer.

    Attributes:
        what: What it is.
        pointer: Which part of the document says otherwise.
    """

    what: str
    pointer: str


@attrs.frozen
class DocumentedAnswer:
    """
    What the contract says of an answer with one status.

    Attributes:
        body: Validates the body.
        headers: Names of the headers that it must have.
    """

    body: Draft202012Validator = attrs.field(repr=False)
    headers: tuple[str, ...]


@attrs.frozen
class DocumentedAnswers:
    """
    The documented answers of every operation.

    Attributes:
        paths: Pattern of a path -> method -> status -> the answer.
    """

    paths: Mapping[re.Pattern[str], Mapping[str, Mapping[str, DocumentedAnswer]]] = attrs.field(repr=False)

    @classmethod
    def of_contract(cls) -> Self:
        """
        Return the answers that the contract documents.
        """
        document = load_document()
        return cls({_pattern(path): dict(_answers(document, item)) for path, item in document["paths"].items()})

    def knows(self, path: str) -> bool:
        """
        Return whether the contract has *path*.
        """
        return any(pattern.search(path) for pattern in self.paths)

    def violation(self, exchange: Exchange) -> str:
        """
        Return what is undocumented about the answer in *exchange*; empty when nothing is, or its path is unknown.
        """
        return next((violation.what for violation in self.violations(exchange)), "")

    def violations(self, exchange: Exchange) -> Iterator[Violation]:
        """
        Yield everything that is undocumented about the answer in *exchange*.
        """
        methods = next((methods for pattern, methods in self.paths.items() if pattern.search(exchange.path)), None)
        # HEAD has no body; what OPTIONS answers is HTTP's, and browsers', business more than the API's.
        if methods is None or exchange.method in {"HEAD", "OPTIONS"}:
            return
        # A method that the path does not have is answered as documented for those that it has.
        statuses = methods.get(exchange.method) or {"405": next(iter(methods.values()))["405"]}
        documented = statuses.get(str(exchange.status)) or statuses.get(f"{exchange.status // 100}XX")
        pointer = _pointer_to_answers(exchange)
        if documented is None:
            yield Violation(f"status {exchange.status}, which the contract does not have there", pointer)
            return
        for name in documented.headers:
            if name.lower() not in exchange.headers:
                yield Violation(f"no header {name} in an answer with status {exchange.status}", pointer)
        if exchange.media_type != "application/json":
            yield Violation(f"content type {exchange.headers.get('content-type', 'none')!r}", pointer)
        else:
            for error in documented.body.iter_errors(exchange.json):
                place = "/".join(map(str, error.instance_path))
                steps = [str(step).replace("~", "~0").replace("/", "~1") for step in error.schema_path]
                yield Violation(f"/{place}: {error.message}", f"#/{'/'.join(steps)}")


def _pointer_to_answers(exchange: Exchange) -> str:
    """
    Where the contract documents the answers of the operation in *exchange*; its path, when it has no such method.
    """
    path, item = next(
        (path, item) for path, item in load_document()["paths"].items() if _pattern(path).search(exchange.path)
    )
    pointer = f"#/paths/{path.replace('/', '~1')}"
    method = exchange.method.lower()
    return f"{pointer}/{method}/responses" if method in item else pointer


def _answers(
    document: Mapping[str, Any], item: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, DocumentedAnswer]]]:
    for method, operation in item.items():
        if method.upper() in _METHODS:
            responses = {status: resolve(document, response) for status, response in operation["responses"].items()}
            yield method.upper(), {status: _answer(document, response) for status, response in responses.items()}


def _answer(document: Mapping[str, Any], response: Mapping[str, Any]) -> DocumentedAnswer:
    headers = {name: resolve(document, header) for name, header in response.get("headers", {}).items()}
    return DocumentedAnswer(
        validator(document, response["content"]["application/json"]["schema"]),
        tuple(name for name, header in headers.items() if header.get("required")),
    )


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + "$")
