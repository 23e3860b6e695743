"""
What the mock is and how it behaves, over HTTP: health, dialect, clock, faults, and all of it as at the start.
"""

from pathlib import Path
from typing import Any

import attrs
import msgspec
from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from b2b_invoices_mock.api.dialect import DIALECTS, describe
from b2b_invoices_mock.faults.plan import faults_of

from .controls import Controls
from .input import (
    BODY_LIMIT,
    WrongInput,
    read_body,
    read_control,
)

DESCRIPTION = Path(__file__).parent / "control.yaml"
"""What describes the control API."""


class DialectChange(msgspec.Struct, forbid_unknown_fields=True):
    """
    Another dialect to speak.

    Attributes:
        name: Which of those that have a name.
    """

    name: str


class ClockChange(msgspec.Struct, forbid_unknown_fields=True):
    """
    What to do to the clock, in this order.

    Attributes:
        set: Make it this time, in Unix seconds.
        forward: Move it on by so many seconds.
        frozen: Whether it stands still from then on.
    """

    set: float | UnsetType = UNSET
    forward: float = 0
    frozen: bool | UnsetType = UNSET


async def health(controls: Controls, _: Request) -> Any:
    """
    Say that the mock is there, and what it does.
    """
    contract = controls.mock.contract
    return {
        "status": "ok",
        "contract": contract.document["info"]["version"],
        "basePath": contract.base_path,
        "dialect": dialect_name(controls),
        "operations": [operation.id for operation in contract.operations],
    }


async def description(_: Controls, __: Request) -> Response:
    """
    Return what describes the control API.
    """
    return Response(DESCRIPTION.read_bytes(), media_type="application/yaml")


async def tell_dialect(controls: Controls, _: Request) -> Any:
    """
    Tell how the mock answers where the record is open, setting by setting, and why.
    """
    return describe(controls.mock.settings.dialect)


def dialect_name(controls: Controls) -> str | None:
    """
    Return the name of the dialect that is spoken, or None when it has none.
    """
    dialect = controls.mock.settings.dialect
    return next((name for name, known in DIALECTS.items() if known == dialect), None)


async def change_dialect(controls: Controls, request: Request) -> Any:
    """
    Speak another dialect from the next request on.
    """
    change = await read_body(request, DialectChange)
    if change.name not in DIALECTS:
        raise WrongInput(f"there is no dialect {change.name!r}; there are {' and '.join(DIALECTS)}")
    try:
        controls.mock.settings = attrs.evolve(controls.mock.settings, dialect=DIALECTS[change.name])
    except ValueError as problem:
        raise WrongInput(str(problem)) from None
    return await tell_dialect(controls, request)


async def tell_clock(controls: Controls, _: Request) -> Any:
    """
    Tell the time.
    """
    clock = controls.clock
    return {"now": clock(), "frozen": clock.frozen, "ahead": clock.ahead}


async def change_clock(controls: Controls, request: Request) -> Any:
    """
    Set, move, freeze or release the clock.
    """
    change = await read_body(request, ClockChange)
    if change == ClockChange():
        raise WrongInput("there is nothing to do to the clock; give set, forward or frozen")
    try:
        controls.clock.change(
            to=None if change.set is UNSET else change.set,
            forward=change.forward,
            frozen=None if change.frozen is UNSET else change.frozen,
        )
    except ValueError as problem:
        raise WrongInput(str(problem)) from None
    return await tell_clock(controls, request)


async def reset_clock(controls: Controls, request: Request) -> Any:
    """
    Have the clock run with the machine's again.
    """
    controls.clock.reset()
    return await tell_clock(controls, request)


async def tell_faults(controls: Controls, _: Request) -> Any:
    """
    Tell the faults that have requests left to hit.
    """
    return controls.faults.left


async def plan_faults(controls: Controls, request: Request) -> Any:
    """
    Plan more faults, after those that are left.
    """
    body = await read_control(request, limit=BODY_LIMIT)
    try:
        controls.faults.add(*faults_of(body))
    except ValueError as problem:
        raise WrongInput(str(problem)) from None
    return controls.faults.left


async def clear_faults(controls: Controls, _: Request) -> Any:
    """
    Have nothing more go wrong.
    """
    controls.faults.clear()
    return controls.faults.left


async def reset(controls: Controls, _: Request) -> Any:
    """
    Be as a mock that has just started.
    """
    await controls.reset()
    return {"invoices": 0, "requests": 0}
