"""
Control API for the mock as a whole: health, dialect, clock, faults and reset.
"""

from pathlib import Path

import attrs
import msgspec
from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from b2b_invoices_mock.api.dialect import DIALECTS, describe
from b2b_invoices_mock.api.errors import InvalidInput
from b2b_invoices_mock.faults.kinds import parse_faults

from .controls import Controls
from .endpoint import data_response
from .input import convert, read_body

DESCRIPTION = Path(__file__).parent / "control.yaml"
"""OpenAPI description of the control API."""


class DialectChange(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `PUT /dialect`."""

    name: str


class ClockChange(msgspec.Struct, forbid_unknown_fields=True):
    """
    Body of `POST /clock`; the changes are made in this order.

    Attributes:
        set: The new time, in Unix seconds.
        forward: Number of seconds to add.
        frozen: Whether the clock stands still from then on.
    """

    set: float | UnsetType = UNSET
    forward: float = 0
    frozen: bool | UnsetType = UNSET


async def get_health(controls: Controls, _: Request) -> Response:
    contract = controls.mock.contract
    health = {
        "status": "ok",
        "contract": contract.document["info"]["version"],
        "basePath": contract.base_path,
        "dialect": dialect_name(controls),
        "operations": [operation.id for operation in contract.operations],
    }
    return data_response(health)


async def get_description(_: Controls, __: Request) -> Response:
    return Response(DESCRIPTION.read_bytes(), media_type="application/yaml")


async def get_dialect(controls: Controls, _: Request) -> Response:
    return data_response(describe(controls.mock.settings.dialect))


def dialect_name(controls: Controls) -> str | None:
    """
    Return the name of the current dialect; None for one from a file.
    """
    dialect = controls.mock.settings.dialect
    return next((name for name, known in DIALECTS.items() if known == dialect), None)


async def change_dialect(controls: Controls, request: Request) -> Response:
    name = convert(await read_body(request), DialectChange).name
    if name not in DIALECTS:
        raise InvalidInput(f"Unknown dialect {name!r}: expected {' or '.join(DIALECTS)}.")
    try:
        controls.mock.settings = attrs.evolve(controls.mock.settings, dialect=DIALECTS[name])
    except ValueError as error:
        raise InvalidInput(str(error)) from None
    return await get_dialect(controls, request)


async def get_clock(controls: Controls, _: Request) -> Response:
    clock = controls.mock.clock
    return data_response({"now": clock(), "frozen": clock.frozen, "ahead": clock.ahead})


async def change_clock(controls: Controls, request: Request) -> Response:
    change = convert(await read_body(request), ClockChange)
    if change == ClockChange():
        raise InvalidInput("Missing change: expected set, forward or frozen.")
    try:
        controls.mock.clock.change(
            to=None if change.set is UNSET else change.set,
            forward=change.forward,
            frozen=None if change.frozen is UNSET else change.frozen,
        )
    except ValueError as error:
        raise InvalidInput(str(error)) from None
    return await get_clock(controls, request)


async def reset_clock(controls: Controls, request: Request) -> Response:
    controls.mock.clock.reset()
    return await get_clock(controls, request)


async def get_faults(controls: Controls, _: Request) -> Response:
    return data_response(controls.faults.left)


async def plan_faults(controls: Controls, request: Request) -> Response:
    body = await read_body(request)
    try:
        controls.faults.add(*parse_faults(body))
    except ValueError as error:
        raise InvalidInput(str(error)) from None
    return await get_faults(controls, request)


async def clear_faults(controls: Controls, request: Request) -> Response:
    controls.faults.clear()
    return await get_faults(controls, request)


async def erase(controls: Controls, _: Request) -> Response:
    await controls.mock.ledger.use(lambda ledger: ledger.erase())
    controls.request_log.clear()
    return data_response({"invoices": 0, "requests": 0})


async def reset(controls: Controls, _: Request) -> Response:
    await controls.reset()
    return data_response({"invoices": 0, "requests": 0})
