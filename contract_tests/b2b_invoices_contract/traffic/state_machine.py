"""
State machine: any sequence of creates, reads, lists and deletes, in one store or two, compared with a model.
"""

from typing import Any

import attrs
from hypothesis import seed as hypothesis_seed
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from b2b_invoices_contract.drafts import OPEN, SETTLED, Draft
from b2b_invoices_contract.exchanges import Exchange
from b2b_invoices_contract.observations import (
    Case,
    Conflict,
    Created,
    Deleted,
    Invoice,
    Listed,
    Missing,
    Unchanged,
    invoice_in,
)
from b2b_invoices_contract.queries import LONGEST_PAGE, Query
from b2b_invoices_contract.session import Session
from b2b_invoices_contract.store import Store

from .credentials import other
from .source import broken_examples_recorded, example_settings, source

_WHICH = st.integers(0, 1_000)
"""Chooses one of however many there are."""

_UNIQUE = ("invoiceNumber", "orderNumber")


@attrs.define
class Model:
    """
    What the model knows of one store.

    Attributes:
        store: The store.
        created: The create of each invoice that the store has, by id.
        read: Each of them as it was first read, by id.
        gone: The creates of those that were deleted, by id.
    """

    store: Store
    created: dict[int, Created] = attrs.field(factory=dict)
    read: dict[int, Invoice] = attrs.field(factory=dict)
    gone: dict[int, Created] = attrs.field(factory=dict)

    @property
    def drafts(self) -> list[Draft]:
        """The drafts of the invoices that the store has."""
        return [created.draft for created in self.created.values()]

    def has(self, field: str, value: Any) -> bool:
        """
        Return whether an invoice of the store has *value* in *field*.
        """
        return any(draft.get(field) == value for draft in self.drafts)


class Steps(RuleBasedStateMachine):
    """
    One sequence of steps. It ends at the first step that breaks a promise, since model and store differ then.
    """

    def __init__(self, stores: list[Store]) -> None:
        super().__init__()
        self.models = [Model(store) for store in stores]
        self.drafts = stores[0].drafts
        self.judge = stores[0].judge
        self.mark = f"steps {self.drafts.number()}"

    @initialize(data=st.data())
    def _begin(self, data: st.DataObject) -> None:
        self._create(self.models[0], data.draw(self._draft()))

    @rule(data=st.data(), store=_WHICH)
    def create(self, data: st.DataObject, store: int) -> None:
        """
        Create an invoice with an open balance above zero.
        """
        self._create(self._model(store), data.draw(self._draft()))

    @rule(data=st.data(), store=_WHICH)
    def create_settled(self, data: st.DataObject, store: int) -> None:
        """
        Create a settled invoice with any status.
        """
        self._create(self._model(store), data.draw(self._draft()) | {"openBalance": data.draw(SETTLED)})

    @precondition(lambda self: self._all_ids())
    @rule(data=st.data(), store=_WHICH, which=_WHICH, field=st.sampled_from(_UNIQUE))
    def create_again(self, data: st.DataObject, store: int, which: int, field: str) -> None:
        """
        Create an invoice with a number or an order that another one has or had, in this store or in another.
        """
        known = [one.draft for model in self.models for one in (*model.created.values(), *model.gone.values())]
        self._create(self._model(store), data.draw(self._draft()) | {field: known[which % len(known)][field]})

    @precondition(lambda self: self._all_ids())
    @rule(store=_WHICH, which=_WHICH)
    def read(self, store: int, which: int) -> None:
        """
        Read an invoice, in its own store or in another.
        """
        model, (home, invoice_id) = self._model(store), self._any(which)
        with self.judge.example():
            exchange = model.store.read(invoice_id)
            if model is home:
                self._see_read(model, invoice_id, exchange)
            else:
                self.judge.see(Missing(exchange=exchange, why="another store"))

    @rule(store=_WHICH)
    def list_all(self, store: int) -> None:
        """
        List the invoices of this sequence.
        """
        model = self._model(store)
        known = [{"id": key, "externalCustomerId": self.mark} for key in model.created]
        foreign = {key for one in self.models if one is not model for key in one.created}
        query = Query.of(q=self.mark, searchBy="externalCustomerId", limit=LONGEST_PAGE)
        gone = frozenset(model.gone)
        with self.judge.example():
            model.store.page(query, known=known, only_known=True, gone=gone, foreign=frozenset(foreign))

    @precondition(lambda self: self._all_ids())
    @rule(store=_WHICH, which=_WHICH)
    def delete(self, store: int, which: int) -> None:
        """
        Delete an invoice, in its own store or, in vain, in another.
        """
        model, (home, invoice_id) = self._model(store), self._any(which)
        with self.judge.example():
            if model is home:
                model.store.delete(invoice_id)
                model.gone[invoice_id] = model.created.pop(invoice_id)
            else:
                exchange = model.store.send("DELETE", f"/invoices/{invoice_id}")
                self.judge.see(Missing(exchange=exchange, why="another store"))

    @precondition(lambda self: any(model.gone for model in self.models))
    @rule(which=_WHICH)
    def look_for_deleted(self, which: int) -> None:
        """
        Read and delete an invoice that was deleted.
        """
        gone = [(model, invoice_id) for model in self.models for invoice_id in model.gone]
        model, invoice_id = gone[which % len(gone)]
        with self.judge.example():
            model.store.expect_missing(invoice_id, "deleted")

    def _create(self, model: Model, draft: Draft) -> None:
        taken = [field for field in _UNIQUE if model.has(field, draft.get(field))]
        with self.judge.example():
            if taken:
                exchange = model.store.post(draft)
                field: Any = taken[0]
                self.judge.see(Conflict(exchange=exchange, field=field))
                return
            created = model.store.create(draft, Case(self._why_allowed(model, draft)), read=False)
        if created.invoice_id is not None:
            model.created[created.invoice_id] = created

    def _why_allowed(self, model: Model, draft: Draft) -> str:
        """
        Return the promise by which a create is to be accepted.
        """
        values = [(field, draft[field]) for field in _UNIQUE]
        if any(created.draft[field] == value for created in model.gone.values() for field, value in values):
            return "deleted-number-is-reusable"
        if any(one.has(field, value) for one in self.models if one is not model for field, value in values):
            return "invoice-numbers-are-per-store"
        return ""

    def _see_read(self, model: Model, invoice_id: int, exchange: Exchange) -> None:
        invoice = invoice_in(exchange)
        created = attrs.evolve(model.created[invoice_id], shown=exchange, invoice=invoice, case=Case())
        self.judge.see(created)
        if invoice is not None:
            first = model.read.setdefault(invoice_id, invoice)
            self.judge.see(Unchanged(exchange=exchange, cause="read", was=first, is_now=invoice))

    def _draft(self) -> st.SearchStrategy[Draft]:
        return self.drafts.drafts(
            openBalance=OPEN,
            orderNumber=st.builds(self.drafts.order_number),
            externalCustomerId=st.just(self.mark),
        )

    def _model(self, store: int) -> Model:
        return self.models[store % len(self.models)]

    def _any(self, which: int) -> tuple[Model, int]:
        there = self._all_ids()
        return there[which % len(there)]

    def _all_ids(self) -> list[tuple[Model, int]]:
        return [(model, invoice_id) for model in self.models for invoice_id in model.created]


_MAKES = (Created, Conflict, Missing, Listed, Deleted, Unchanged)


@source(makes=_MAKES, needs_other=True)
def two_store_steps(session: Session) -> None:
    """
    Any sequence of creates, reads, lists and deletes, in two stores.
    """
    _run(session, [session.store, other(session)], session.pace.profile.runs)


@source(makes=_MAKES, thorough=True)
def one_store(session: Session) -> None:
    """
    Any sequence of creates, reads, lists and deletes, in one store.
    """
    _run(session, [session.store], session.pace.profile.runs // 2)


def _run(session: Session, stores: list[Store], runs: int) -> None:
    class StepsInThese(Steps):
        def __init__(self) -> None:
            super().__init__(stores)

    effort = example_settings(session.pace, max(1, runs), session.pace.profile.steps)
    with broken_examples_recorded():
        run_state_machine_as_test(hypothesis_seed(session.seed)(StepsInThese), settings=effort)
