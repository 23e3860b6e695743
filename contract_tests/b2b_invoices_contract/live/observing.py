"""
Observations of a live run: the responses to its probes, in the form that checks look at.
"""

from collections.abc import Callable, Iterator
from typing import Any

import attrs
import msgspec

from b2b_invoices_contract.exchanges import Exchange
from b2b_invoices_contract.observations import (
    ANY,
    Case,
    Conflict,
    Created,
    Deleted,
    InvalidQuery,
    Listed,
    ListedAndRead,
    Malformed,
    MediaType,
    Missing,
    Observation,
    Paged,
    Rejected,
    Unauthorized,
    Unchanged,
    UnknownParameter,
    UnknownPath,
    Valid,
    WholeRun,
)
from b2b_invoices_contract.queries import Query

from .probes import POOL, Probe
from .seen import Invoice, Seen, Unseen

_SKEW, _LONGEST_RUN = 300, 60 * 60  # seconds that the store's clock may be off by, and that a run may take
_PROBES = {probe.name: probe for probe in POOL}
_FULL_PAGE = "list own, plain"
_OWN_LISTS = (
    *("list own", "list own, plain", "list settled", "list sorted"),
    *("list a first page", "list the rest", "list by any field"),
)


@attrs.frozen
class Maker:
    """
    Makes observations of what was seen.

    Attributes:
        makes: The types of the observations.
        make: Makes them; raises `Unseen` if a response that it needs is missing.
    """

    makes: tuple[type, ...]
    make: Callable[[Seen], Iterator[Observation]]


def _creates(create: str, read: str, *cases: Case) -> Maker:
    """
    Observe a create and how its invoice reads, once for each of *cases*; all its fields only for the first.
    """

    def make(seen: Seen) -> Iterator[Observation]:
        exchange, draft = seen.exchange(create), seen.sent(create)
        if _PROBES[create].creates == "maybe" and exchange.is_client_error and not cases:
            raise Unseen(f"{create!r} was rejected, which stores may do")
        shown, invoice = _shown(seen, create, read)
        for number, case in enumerate(cases or (Case(),)):
            yield Created(
                exchange=exchange,
                case=case,
                draft=draft,
                invoice=invoice,
                shown=shown,
                times=(seen.now - _SKEW, seen.now + _LONGEST_RUN),
                unreliable=frozenset(draft) - {case.field} if number else frozenset(),
            )

    return Maker((Created,), make)


def _shown(seen: Seen, create: str, read: str) -> tuple[Exchange | None, Invoice | None]:
    """
    Return the response to *read*, which shows the invoice of *create*, and the invoice; neither if there is none.
    """
    if not (read and seen.was_created(create)):
        return None, None
    shown = seen.exchange(read)
    return shown, seen.invoice(create, read) if _PROBES[read].query else seen.read_or_none(read)


def _rejects(probe: str, promise: str, *paths: str) -> Maker:
    def make(seen: Seen) -> Iterator[Observation]:
        yield Rejected(exchange=seen.exchange(probe), case=Case(promise, probe), paths=paths)

    return Maker((Rejected,), make)


def _one(probe: str, kind: Callable[..., Observation], *makes: type, **attributes: Any) -> Maker:
    """
    Observe the response to one *probe* as an observation of a *kind*.
    """

    def make(seen: Seen) -> Iterator[Observation]:
        yield kind(exchange=seen.exchange(probe), case=Case(name=probe), **attributes)

    return Maker(makes or (kind,), make)  # type: ignore[arg-type]  # a class unless makes says otherwise


def _lists(probe: str) -> Maker:
    """
    Observe a list, by the invoices that the list of the whole run has.
    """

    def make(seen: Seen) -> Iterator[Observation]:
        exchange, case = seen.exchange(probe), Case(name=probe)
        if not exchange.is_success:
            yield Valid(exchange=exchange, case=case)
            return
        known, query = _listed(seen, "list own"), query_of(_PROBES[probe], seen)
        yield Listed(exchange=exchange, case=case, query=query, known=known, only_known=not seen.others(probe))

    return Maker((Listed, Valid), make)


def query_of(probe: Probe, seen: Seen) -> Query:
    """
    Return the query of *probe*.
    """
    return Query(tuple((name, value.format(mark=seen.mark, company=seen.company_id)) for name, value in probe.query))


def _listed(seen: Seen, probe: str) -> list[Invoice]:
    """
    Return the invoices of the run that the list *probe* returned, without those that have no id.
    """
    return [invoice for invoice in seen.listed(probe) if type(invoice.get("id")) is int]


def _whole_list(seen: Seen) -> Iterator[Observation]:
    exchange = seen.exchange("list all")
    if exchange.is_success and isinstance(exchange.json, dict):
        # Invoices of others count, and are not looked at.
        rows = [*seen.listed("list all"), *({"id": 0} for _ in range(seen.others("list all")))]
        counted = attrs.evolve(exchange, body=msgspec.json.encode(exchange.json | {"data": rows}))
        yield Listed(exchange=counted, case=Case(name="list all"), query=Query())


def _pages(seen: Seen) -> Iterator[Observation]:
    whole = [invoice["id"] for invoice in _listed(seen, _FULL_PAGE)]
    if len(whole) <= 2:  # noqa: PLR2004 - the size of the first page
        raise Unseen("there are too few invoices for two pages")
    parts = [invoice["id"] for probe in ("list a first page", "list the rest") for invoice in _listed(seen, probe)]
    yield Paged(exchange=seen.exchange("list the rest"), limit=2, ids=parts, whole=whole)


def _listed_and_read(seen: Seen) -> Iterator[Observation]:
    listed, read = seen.invoice("create whole"), seen.read("read whole")
    common = {name: value for name, value in listed.items() if name in read}
    yield ListedAndRead(exchange=seen.exchange("read whole"), listed=common, read=read)


def _unknown_parameter(seen: Seen) -> Iterator[Observation]:
    exchange = seen.exchange("list with an unknown parameter")
    yield UnknownParameter(exchange=exchange, plain=seen.exchange(_FULL_PAGE))


def _second_read(seen: Seen) -> Iterator[Observation]:
    was, is_now = seen.read("read barest"), seen.read("read barest again")
    yield Unchanged(exchange=seen.exchange("read barest again"), cause="read", was=was, is_now=is_now)


def _after_rejections(seen: Seen) -> Iterator[Observation]:
    exchange = seen.exchange("list own")
    was, is_now = sorted(seen.created_before("list own")), sorted(seen.names("list own"))
    yield Unchanged(exchange=exchange, cause="rejected create", was=was, is_now=is_now)
    first, second = (_stable(seen.read(probe)) for probe in ("read barest", "read barest again"))
    yield Unchanged(exchange=seen.exchange("read barest again"), cause="rejected create", was=first, is_now=second)


def _deleted(seen: Seen) -> Iterator[Observation]:
    exchange, gone = seen.exchange("delete settled"), seen.created("create settled")
    if not seen.was_repeated("delete settled"):
        yield Deleted(exchange=exchange, invoice_id=gone)
    for probe in ("read settled after its end", "delete settled again"):
        yield Missing(exchange=seen.exchange(probe), case=Case(name=probe), why="deleted")
    last = seen.exchange("list own at the end")
    query = query_of(_PROBES["list own at the end"], seen)
    yield Listed(exchange=last, query=query, gone=frozenset({gone}))
    before, after = (
        {invoice["id"]: _stable(invoice) for invoice in _listed(seen, probe)}
        for probe in (_FULL_PAGE, "list own at the end")
    )
    others = {key: value for key, value in before.items() if key != gone}
    yield Unchanged(exchange=last, cause="delete", was=others, is_now={key: after.get(key) for key in others})


def _run(seen: Seen) -> Iterator[Observation]:
    exchanges = [sent.exchange for sent in seen.answered.values()]
    if not any(seen.creates()):
        raise Unseen("nothing was created")
    yield WholeRun(exchange=exchanges[-1], exchanges=exchanges)


def _stable(invoice: Invoice) -> Invoice:
    """
    Return *invoice* without its update time, which a store may change at any time.
    """
    return {name: value for name, value in invoice.items() if name != "updatedAt"}


MAKERS: tuple[Maker, ...] = (
    _creates("create barest", "read barest", Case(), Case("optional-fields", "create barest")),
    _creates(
        "create whole",
        "read whole",
        Case(),
        Case("empty-values-accepted", "create whole", "details"),
        Case("enum-values-accepted", "create whole", "source"),
    ),
    _creates("create settled", "list own"),
    _creates(
        "create odd",
        "list own",
        Case("any-text-is-unchanged", "create odd", ANY),
        Case("unknown-fields-accepted", "create odd"),
        Case("large-values-accepted", "create odd", "openBalance"),
        Case("enum-values-accepted", "create odd", "source"),
    ),
    _creates("create in a channel", "list own"),
    _creates(
        "create with the number in other case",
        "list own",
        Case("invoice-numbers-are-exact", "create with the number in other case"),
    ),
    _creates("create settled again", "", Case("deleted-number-is-reusable", "create settled again")),
    _one("create with a number in use", Conflict, field="invoiceNumber"),
    _one("create for an order that has an invoice", Conflict, field="orderNumber"),
    *(
        _rejects(f"create without {field}", "required-fields", field)
        for field in ("invoiceNumber", "originalBalance", "openBalance", "customerId")
    ),
    _rejects(
        "create with parts missing",
        "nested-required-fields",
        "openBalance.code",
        "details.header.costLines.0.amount",
    ),
    _rejects("create with a wrong type", "types-are-enforced", "dueDate", "details"),
    _rejects("create with an unknown status", "enums-are-enforced", "status"),
    _rejects("create with a null", "null-is-rejected", "type"),
    _one("create with torn JSON", Malformed),
    _one("create as plain text", MediaType, is_json=False),
    _one("create odd", MediaType, is_json=True),
    *map(_lists, _OWN_LISTS),
    Maker((Listed,), _whole_list),
    Maker((Paged,), _pages),
    Maker((ListedAndRead,), _listed_and_read),
    Maker((UnknownParameter,), _unknown_parameter),
    _one("list with a bad limit", InvalidQuery, parameter="limit"),
    Maker((Unchanged,), _second_read),
    Maker((Unchanged,), _after_rejections),
    *(
        _one(f"list {what}", Unauthorized)
        for what in ("without a token", "without a store", "with a wrong token", "with a wrong store")
    ),
    _one("create as a stranger", Unauthorized, is_invalid=True),
    _one("read an unknown invoice", Missing, why="unknown"),
    _one("read an unknown path", UnknownPath),
    Maker((Deleted, Missing, Listed, Unchanged), _deleted),
    Maker((WholeRun,), _run),
)
"""What makes the observations of a live run."""
