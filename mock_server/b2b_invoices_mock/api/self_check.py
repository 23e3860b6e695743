"""
Whether answers are what the contract promises: what `--self-check` holds the mock to.
"""

import logging
from collections.abc import Mapping
from typing import Any

import attrs
import msgspec
from jsonschema_rs import Draft202012Validator
from starlette.responses import Response

from b2b_invoices_spec.contract import Contract, Operation

from .responses import server_error

_log = logging.getLogger("b2b_invoices_mock")


@attrs.frozen
class Promise:
    """
    What the contract promises of the answers that an operation gives with one status.

    Attributes:
        headers: Names of the headers that there must be.
        body: Checks the body.
    """

    headers: tuple[str, ...]
    body: Draft202012Validator


class SelfCheck:
    """
    Holds answers to the contract.
    """

    def __init__(self, contract: Contract) -> None:
        self._promises = {operation.id: dict(_promises(contract, operation)) for operation in contract.operations}

    def held(self, operation: Operation, response: Response) -> Response:
        """
        Return *response*, or a server error that says how it breaks the contract; that is logged too.
        """
        if not (violation := self.violation(operation, response)):
            return response
        sentence = f"self-check: {operation.id} answered {violation}"
        _log.error(sentence)
        return server_error(sentence)

    def violation(self, operation: Operation, response: Response) -> str:
        """
        Return how *response* breaks what *operation* promises, without quoting any of it; empty when it does not.
        """
        status = str(response.status_code)
        promises = self._promises[operation.id]
        promise = promises.get(status) or promises.get(f"{status[0]}XX")
        if promise is None:
            return f"{status}, which the contract does not have; it has {', '.join(promises)}"
        if missing := [name for name in promise.headers if name not in response.headers]:
            return f"{status} without the header {missing[0]}, which the contract requires"
        if (media_type := response.headers.get("Content-Type")) != "application/json":
            return f"{status} as {media_type}, where the contract has application/json"
        return _violation_of_body(response, promise.body)


def _violation_of_body(response: Response, validator: Draft202012Validator) -> str:
    try:
        body = msgspec.json.decode(response.body)
    except msgspec.MsgspecError:
        return f"{response.status_code} with a body that is not JSON"
    if error := next(iter(validator.iter_errors(body)), None):
        path = "".join(f"/{part}" for part in error.instance_path) or "the body"
        return f"{response.status_code} with {path} breaking the contract's rule {error.kind.name!r}"
    if body.get("code", response.status_code) != response.status_code:
        return f"{response.status_code} with another code in its envelope"
    return ""


def _promises(contract: Contract, operation: Operation) -> "list[tuple[str, Promise]]":
    responses: Mapping[str, Any] = contract.document["paths"][operation.path][operation.method.lower()]["responses"]
    schemas = {"schemas": contract.document["components"]["schemas"]}
    promises = []
    for status, reference in responses.items():
        response = contract.resolve(reference)
        headers = {name: contract.resolve(header) for name, header in response.get("headers", {}).items()}
        required = tuple(name for name, header in headers.items() if header.get("required"))
        schema = response["content"]["application/json"]["schema"]
        promises.append((status, Promise(required, Draft202012Validator({**schema, "components": schemas}))))
    return promises
