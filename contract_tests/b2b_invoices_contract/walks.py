"""
Walks through a store: any sequence of creates, reads, lists and deletes, in two stores, held against a model of them.
"""

from typing import Any

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from b2b_invoices.models import InvoiceSearchField

from .failures import BrokenPromise, expect, same
from .readings import reading
from .session import LONGEST_PAGE, Api, Invoice, id_in, invoices_on
from .strategies import OPEN, SETTLED, Draft
from .traffic import Exchange

_OK, _REFUSED, _NOT_FOUND = 200, 400, 404

_WHICH = st.integers(0, 1_000)
"""Which one of however many there are."""


@attrs.define
class Shelf:
    """
    What the model knows of one store.

    Attributes:
        api: The store.
        drafts: Draft of each invoice that is there, by id.
        read: What each of them was when it was first read, by id.
        gone: Drafts of those that were deleted, by id.
    """

    api: Api
    drafts: dict[int, Draft] = attrs.field(factory=dict)
    read: dict[int, Invoice] = attrs.field(factory=dict)
    gone: dict[int, Draft] = attrs.field(factory=dict)

    def pick(self, which: int) -> int:
        """
        Return the id of one of the invoices that are there.
        """
        return list(self.drafts)[which % len(self.drafts)]

    def takes(self, field: str, value: Any) -> bool:
        """
        Return whether no invoice that is there has *value* as its *field*.
        """
        return value is None or all(draft.get(field) != value for draft in self.drafts.values())


class Walk(RuleBasedStateMachine):
    """
    One walk. Each comparison names the promise that it is about.
    """

    def __init__(self, stores: list[Api]) -> None:
        super().__init__()
        self.shelves = [Shelf(api) for api in stores]
        self.mark = f"walk {stores[0].drafts.number()}"
        self.drafts = stores[0].drafts
        self.ids: set[int] = set()

    @initialize(data=st.data())
    def _begin(self, data: st.DataObject) -> None:
        self._create(self.shelves[0], data.draw(self._draft()))

    @rule(data=st.data(), store=_WHICH)
    def create(self, data: st.DataObject, store: int) -> None:
        """
        Create an invoice with something left to pay.
        """
        self._create(self._shelf(store), data.draw(self._draft()))

    @rule(data=st.data(), store=_WHICH)
    def create_settled(self, data: st.DataObject, store: int) -> None:
        """
        Create an invoice with nothing left to pay, whatever its status.
        """
        draft = data.draw(self._draft()) | {"openBalance": data.draw(SETTLED)}
        self._create(self._shelf(store), draft)

    @precondition(lambda self: self._all_ids())
    @rule(data=st.data(), store=_WHICH, which=_WHICH, field=st.sampled_from(["invoiceNumber", "orderNumber"]))
    def create_again(self, data: st.DataObject, store: int, which: int, field: str) -> None:
        """
        Create an invoice with a number or an order that another one has or had, in this store or in the other.
        """
        known = [draft for shelf in self.shelves for draft in (*shelf.drafts.values(), *shelf.gone.values())]
        self._create(self._shelf(store), data.draw(self._draft()) | {field: known[which % len(known)][field]})

    @precondition(lambda self: self._all_ids())
    @rule(store=_WHICH, which=_WHICH)
    def read(self, store: int, which: int) -> None:
        """
        Read an invoice, from its own store or from the other.
        """
        shelf, (home, invoice_id) = self._shelf(store), self._any(which)
        exchange = shelf.api.read(invoice_id)
        if shelf is home:
            self._expect_faithful(shelf, invoice_id, exchange)
        else:
            self._expect_none(exchange, "stores-are-isolated")

    @rule(store=_WHICH)
    def list_all(self, store: int) -> None:
        """
        List the invoices of this walk.
        """
        shelf = self._shelf(store)
        page = shelf.api.page(q=self.mark, search_by=InvoiceSearchField("externalCustomerId"), limit=LONGEST_PAGE)
        ids = sorted(invoice["id"] for invoice in invoices_on(page))
        foreign = {invoice_id for other in self.shelves if other is not shelf for invoice_id in other.drafts}
        expect(sorted(foreign & set(ids)), [], "ids of another store in a list:", page, promise="stores-are-isolated")
        gone = sorted(shelf.gone.keys() & set(ids))
        expect(gone, [], "ids of deleted invoices in a list:", page, promise="deleted-invoice-is-gone")
        expect(
            ids, sorted(shelf.drafts), "ids in a list of the invoices that were created:", page, promise="list-filters"
        )
        total = page.get("meta", "pagination", "totalCount")
        expect(total, len(ids), "total of a list that is one page:", page, promise="list-total-count")

    @precondition(lambda self: self._all_ids())
    @rule(store=_WHICH, which=_WHICH)
    def delete(self, store: int, which: int) -> None:
        """
        Delete an invoice, from its own store or, in vain, from the other.
        """
        shelf, (home, invoice_id) = self._shelf(store), self._any(which)
        exchange = shelf.api.delete(invoice_id)
        if shelf is not home:
            self._expect_none(exchange, "stores-are-isolated")
            return
        expect(exchange.status, _OK, "status of a delete:", exchange, promise="deleted-invoice-is-gone")
        shelf.gone[invoice_id] = shelf.drafts.pop(invoice_id)

    @precondition(lambda self: any(shelf.gone for shelf in self.shelves))
    @rule(which=_WHICH, again=st.sampled_from(["read", "delete"]))
    def look_for_deleted(self, which: int, again: str) -> None:
        """
        Read or delete an invoice that was deleted.
        """
        gone = [(shelf, invoice_id) for shelf in self.shelves for invoice_id in shelf.gone]
        shelf, invoice_id = gone[which % len(gone)]
        self._expect_none(getattr(shelf.api, again)(invoice_id), "deleted-invoice-is-gone")

    # ---------------------------------------------------------------- what the rules are made of

    def _create(self, shelf: Shelf, draft: Draft) -> None:
        exchange = shelf.api.create(draft)
        refusals = [
            promise
            for field, promise in (
                ("invoiceNumber", "invoice-numbers-are-unique"),
                ("orderNumber", "one-invoice-per-order"),
            )
            if not shelf.takes(field, draft.get(field))
        ]
        if refusals:
            what = "status of a create with a number or an order that is taken:"
            expect(exchange.status, _REFUSED, what, exchange, promise=refusals[0])
            return
        expect(exchange.status, _OK, "status of a create:", exchange, promise=self._why_allowed(shelf, draft))
        invoice_id = id_in(exchange)
        before = sorted(self.ids & {invoice_id})
        expect(before, [], "ids of a new invoice that were given before:", exchange, promise="ids-are-unique")
        self.ids.add(invoice_id)
        shelf.drafts[invoice_id] = draft

    def _why_allowed(self, shelf: Shelf, draft: Draft) -> str:
        """
        Return the promise by which a create is to be accepted.
        """
        fields = ("invoiceNumber", "orderNumber")
        if any(draft[field] == other[field] for other in shelf.gone.values() for field in fields):
            return "deleted-number-is-reusable"
        others = [draft for other in self.shelves if other is not shelf for draft in other.drafts.values()]
        if any(draft[field] == other[field] for other in others for field in fields):
            return "invoice-numbers-are-per-store"
        return "valid-requests-accepted"

    def _expect_faithful(self, shelf: Shelf, invoice_id: int, exchange: Exchange) -> None:
        invoice = exchange.get("data")
        if not isinstance(invoice, dict):
            raise BrokenPromise(f"status {exchange.status}", "the invoice", exchange, "created-id-is-readable")
        expected = reading(shelf.drafts[invoice_id], shelf.api.drafts.read)
        wrong = {name: value for name, value in expected.items() if not same(invoice.get(name), value)}
        is_settled = "status" in wrong and shelf.drafts[invoice_id]["openBalance"]["value"] <= 0
        promise = "settled-is-completed" if is_settled else "stored-as-sent"
        expect({name: invoice.get(name) for name in wrong}, wrong, "fields read back:", exchange, promise=promise)
        first = shelf.read.setdefault(invoice_id, invoice)
        expect(invoice, first, "an invoice that is read again:", exchange, promise="reads-change-nothing")

    def _expect_none(self, exchange: Exchange, promise: str) -> None:
        what = f"status of a {exchange.method} of an invoice that the store does not have:"
        expect(exchange.status, _NOT_FOUND, what, exchange, promise=promise)

    def _draft(self) -> st.SearchStrategy[Draft]:
        return self.drafts.drafts(
            openBalance=OPEN,
            orderNumber=st.builds(self.drafts.order_number),
            externalCustomerId=st.just(self.mark),
        )

    def _shelf(self, store: int) -> Shelf:
        return self.shelves[store % len(self.shelves)]

    def _any(self, which: int) -> tuple[Shelf, int]:
        there = self._all_ids()
        return there[which % len(there)]

    def _all_ids(self) -> list[tuple[Shelf, int]]:
        return [(shelf, invoice_id) for shelf in self.shelves for invoice_id in shelf.drafts]
