"""
Whether answers are what the contract promises: what `--self-check` holds the mock to.
"""

import logging

import msgspec
from jsonschema_rs import Draft202012Validator
from starlette.responses import Response

from b2b_invoices_spec import Operation

from .responses import server_error

_log = logging.getLogger("b2b_invoices_mock")


class SelfCheck:
    """
    Holds answers to the contract.
    """

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
        status = response.status_code
        documented = operation.response_for(status)
        if documented is None:
            known = ", ".join(response.label for response in operation.responses)
            return f"{status}, which the contract does not have; it has {known}"
        if missing := [name for name in documented.headers if name not in response.headers]:
            return f"{status} without the header {missing[0]}, which the contract requires"
        if (media_type := response.headers.get("Content-Type")) != "application/json":
            return f"{status} as {media_type}, where the contract has application/json"
        return _violation_of_body(response, documented.body)


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
