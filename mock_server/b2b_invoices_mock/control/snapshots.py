"""
Control API for snapshots: the invoices of every store at one time, stored by name or downloaded.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from jsonschema_rs import Draft202012Validator
from starlette.requests import Request
from starlette.responses import Response

from b2b_invoices_mock.api.errors import InvalidInput, NotFound
from b2b_invoices_mock.api.responses import JSONResponse
from b2b_invoices_mock.api.validation import Violations, merge, violations
from b2b_invoices_mock.invoices import order_id, order_key
from b2b_invoices_mock.ledger import Entry, Snapshot
from b2b_invoices_spec import Contract

from .controls import Controls
from .endpoint import data_response
from .input import SNAPSHOT_LIMIT, convert, read_body

_MAX_SNAPSHOTS = 100


class SnapshotName(msgspec.Struct, forbid_unknown_fields=True):
    """The name of a snapshot: 1 to 64 letters, digits, dots, dashes or underscores."""

    name: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9._-]{1,64}\Z")]


async def list_snapshots(controls: Controls, _: Request) -> Response:
    return data_response(
        [{"name": name, "invoices": len(snapshot.entries)} for name, snapshot in controls.snapshots.items()]
    )


async def store_snapshot(controls: Controls, request: Request) -> Response:
    name = convert(await read_body(request), SnapshotName).name
    if name not in controls.snapshots and len(controls.snapshots) >= _MAX_SNAPSHOTS:
        raise InvalidInput(f"Too many snapshots: at most {_MAX_SNAPSHOTS} are stored. Delete one of them.")
    controls.snapshots[name] = await controls.mock.ledger.use(lambda ledger: ledger.snapshot())
    return await list_snapshots(controls, request)


async def download_snapshot(controls: Controls, request: Request) -> Response:
    return _download(_stored(controls, request.path_params["name"]))


async def delete_snapshot(controls: Controls, request: Request) -> Response:
    name = request.path_params["name"]
    _stored(controls, name)
    del controls.snapshots[name]
    return await list_snapshots(controls, request)


async def download_ledger(controls: Controls, _: Request) -> Response:
    return _download(await controls.mock.ledger.use(lambda ledger: ledger.snapshot()))


async def restore(controls: Controls, request: Request) -> Response:
    body = await read_body(request, limit=SNAPSHOT_LIMIT)
    if isinstance(body, dict) and "name" in body:
        snapshot = _stored(controls, convert(body, SnapshotName).name)
    else:
        snapshot = convert(body, Snapshot)
        _check_invoices(snapshot.entries, controls.mock.contract)
    try:
        await controls.mock.ledger.use(lambda ledger: ledger.restore(snapshot))
    except ValueError as error:
        raise InvalidInput(str(error)) from None
    return data_response({"invoices": len(snapshot.entries)})


def _stored(controls: Controls, name: str) -> Snapshot:
    if name not in controls.snapshots:
        raise NotFound(f"Unknown snapshot {name!r}: stored are {', '.join(controls.snapshots) or 'none'}.")
    return controls.snapshots[name]


def _download(snapshot: Snapshot) -> Response:
    return JSONResponse(snapshot, headers={"Content-Disposition": 'attachment; filename="invoices.json"'})


def _check_invoices(entries: Sequence[Entry], contract: Contract) -> None:
    # A stored invoice has every field, including those that the contract lets a response omit.
    schema = contract.schema("Invoice")
    validator = contract.validator({**schema, "required": list(schema["properties"])})
    found = merge((f"entries.{place}.invoice", _violations(entry, validator)) for place, entry in enumerate(entries))
    if found:
        raise InvalidInput(found)


def _violations(entry: Entry, validator: Draft202012Validator) -> Violations:
    found = violations(validator, {"id": entry.id} | entry.invoice)
    if "id" in entry.invoice:
        found["id"] = ["Unexpected id: it belongs beside the invoice."]
    number = entry.invoice.get("orderNumber")
    if entry.order_key != order_key(entry.order_key or "") or number not in (None, order_id(entry.order_key or "")):
        found["orderNumber"] = [
            f"Invalid orderKey {entry.order_key!r} beside it: expected the same order, without zeros."
        ]
    return found
