"""
The self-check: with `--self-check`, each response is validated against the contract before it is sent.
"""

import logging

import msgspec
from jsonschema_rs import Draft202012Validator
from starlette.responses import Response

from b2b_invoices_spec import Operation

from .responses import server_error

_log = logging.getLogger("b2b_invoices_mock")


def checked(operation: Operation, response: Response) -> Response:
    """
    Return *response* if it matches the contract; otherwise log why not, and return a server error that says so.
    """
    if not (violation := _violation(operation, response)):
        return response
    message = f"self-check: invalid response of {operation.id}: {violation}"
    _log.error(message)
    return server_error(message)


def _violation(operation: Operation, response: Response) -> str:
    # Names what is wrong without any of the response's data.
    status = response.status_code
    documented = operation.response_for(status)
    if documented is None:
        known = ", ".join(response.label for response in operation.responses)
        return f"{status}, expected one of {known}"
    if missing := [name for name in documented.headers if name not in response.headers]:
        return f"{status} without the required header {missing[0]}"
    if (media_type := response.headers.get("Content-Type")) != "application/json":
        return f"{status} with Content-Type {media_type}, expected application/json"
    return _violation_of_body(response, documented.body)


def _violation_of_body(response: Response, validator: Draft202012Validator) -> str:
    status = response.status_code
    try:
        body = msgspec.json.decode(response.body)
    except msgspec.MsgspecError:
        return f"{status} with a body that is not JSON"
    if error := next(iter(validator.iter_errors(body)), None):
        path = "".join(f"/{part}" for part in error.instance_path) or "the body"
        return f"{status}, {path} breaks the rule {error.kind.name!r} of its schema"
    if body.get("code", status) != status:
        return f"{status} with another code in its envelope"
    return ""
