"""
The invoices on record, over HTTP: to look at, to erase, to seed, to keep and to restore.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from jsonschema_rs import Draft202012Validator
from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from b2b_invoices_mock.api.dialect import Dialect
from b2b_invoices_mock.api.responses import JSONResponse, success
from b2b_invoices_mock.api.validation import Violations, merge, violations
from b2b_invoices_mock.invoices import Invoice
from b2b_invoices_mock.ledger import Entry, Snapshot
from b2b_invoices_mock.ledger.waiting import retry_while_locked
from b2b_invoices_spec.contract import Contract

from .controls import Controls
from .input import (
    SNAPSHOT_LIMIT,
    NotThere,
    Page,
    WrongInput,
    convert,
    read_body,
    read_control,
    read_query,
)
from .seeding import SeedError, seed

MOST_SNAPSHOTS = 100

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


class InvoiceQuery(Page):
    """
    Which invoices of all the stores to list, newest first.

    Attributes:
        q: Text to look for in the number, the ERP's id, the company's id and name, in either case.
        status: Its status.
        store_hash: The store it belongs to.
    """

    q: str = ""
    status: int | UnsetType = UNSET
    store_hash: str = ""


class SnapshotName(msgspec.Struct, forbid_unknown_fields=True):
    """
    A snapshot by its name.

    Attributes:
        name: 1 to 64 letters, digits, dots, dashes or underlines.
    """

    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError("the name of a snapshot is 1 to 64 letters, digits, dots, dashes or underlines")


async def list_invoices(controls: Controls, request: Request) -> Any:
    """
    List the invoices that the query asks for.
    """
    query = read_query(request, InvoiceQuery)
    entries, total = await retry_while_locked(
        controls.mock.ledger,
        lambda ledger: ledger.browse(
            text=query.q,
            status=None if query.status is UNSET else query.status,
            store_hash=query.store_hash,
            offset=query.offset,
            limit=query.limit,
        ),
    )
    told = [{"id": entry.id, "storeHash": entry.store_hash, **entry.invoice} for entry in entries]
    return success(told, Dialect(), pagination=query.pagination(total))


async def erase_invoices(controls: Controls, _: Request) -> Any:
    """
    Forget every invoice.
    """
    await retry_while_locked(controls.mock.ledger, lambda ledger: ledger.erase())
    return []


async def erase(controls: Controls, _: Request) -> Any:
    """
    Forget every invoice and every request seen.
    """
    await controls.erase()
    return {"invoices": 0, "requests": 0}


async def seed_invoices(controls: Controls, request: Request) -> Any:
    """
    Record a list of drafts, all of it or none.
    """
    known = [store.store_hash for store in controls.mock.settings.stores]
    store_hash = request.query_params.get("storeHash", next(iter(known), ""))
    if store_hash not in known:
        raise WrongInput(f"there is no store {store_hash!r} here; the mock is told its stores when it starts")
    drafts = await read_control(request, limit=SNAPSHOT_LIMIT)
    if not isinstance(drafts, list):
        raise WrongInput("a seed is a list of invoices, each as it is sent to be created")
    try:
        ids = await retry_while_locked(controls.mock.ledger, lambda _: seed(controls.mock, store_hash, drafts))
    except SeedError as problem:
        raise WrongInput(problem.violations) from None
    return {"ids": ids}


async def list_snapshots(controls: Controls, _: Request) -> Any:
    """
    List the snapshots that are kept.
    """
    return [{"name": name, "invoices": len(kept.entries)} for name, kept in controls.snapshots.items()]


async def keep_snapshot(controls: Controls, request: Request) -> Any:
    """
    Keep what the ledger holds, under a name.
    """
    name = (await read_body(request, SnapshotName)).name
    if name not in controls.snapshots and len(controls.snapshots) >= MOST_SNAPSHOTS:
        raise WrongInput(f"there are {MOST_SNAPSHOTS} snapshots, and more are not kept; delete one of them")
    controls.snapshots[name] = await retry_while_locked(controls.mock.ledger, lambda ledger: ledger.snapshot())
    return await list_snapshots(controls, request)


async def download_snapshot(controls: Controls, request: Request) -> Response:
    """
    Return a snapshot that is kept.
    """
    return _download(_kept(controls, request.path_params["name"]))


async def delete_snapshot(controls: Controls, request: Request) -> Any:
    """
    Forget a snapshot.
    """
    name = request.path_params["name"]
    _kept(controls, name)
    del controls.snapshots[name]
    return await list_snapshots(controls, request)


async def download_ledger(controls: Controls, _: Request) -> Response:
    """
    Return what the ledger holds.
    """
    return _download(await retry_while_locked(controls.mock.ledger, lambda ledger: ledger.snapshot()))


async def restore(controls: Controls, request: Request) -> Any:
    """
    Hold what a snapshot says and nothing else: one that is kept, by its name, or one as it was downloaded.
    """
    body = await read_control(request, limit=SNAPSHOT_LIMIT)
    if isinstance(body, dict) and "name" in body:
        snapshot = _kept(controls, convert(body, SnapshotName).name)
    else:
        snapshot = convert(body, Snapshot)
        _check(snapshot.entries, controls.mock.contract)
    try:
        await retry_while_locked(controls.mock.ledger, lambda ledger: ledger.restore(snapshot))
    except ValueError as problem:
        raise WrongInput(str(problem)) from None
    return {"invoices": len(snapshot.entries)}


def _kept(controls: Controls, name: str) -> Snapshot:
    if name not in controls.snapshots:
        raise NotThere(f"There is no snapshot {name!r}; there are: {', '.join(controls.snapshots) or 'none yet'}.")
    return controls.snapshots[name]


def _download(snapshot: Snapshot) -> Response:
    return JSONResponse(snapshot, headers={"Content-Disposition": 'attachment; filename="invoices.json"'})


def _check(entries: Sequence[Entry], contract: Contract) -> None:
    # An invoice on record has every field, also those that the contract lets an answer leave out.
    schemas = contract.document["components"]["schemas"]
    whole = {**schemas["Invoice"], "required": list(schemas["Invoice"]["properties"])}
    validator = Draft202012Validator({**whole, "components": {"schemas": schemas}})
    found = merge(
        (f"entries.{place}.invoice", violations(validator, {"id": entry.id} | entry.invoice) | _id_of(entry.invoice))
        for place, entry in enumerate(entries)
    )
    if found:
        raise WrongInput(found)


def _id_of(invoice: Invoice) -> Violations:
    return {"id": ["The id stands beside the invoice, not in it."]} if "id" in invoice else {}
