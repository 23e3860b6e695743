"""
What a run on a live store has seen so far: which probe got which answer, and what became of the others.
"""

from collections.abc import Iterator
from typing import Any

import attrs

from b2b_invoices_contract.exchanges import Exchange

from .journal import Run, id_of, invoice_id_of
from .probes import Probe

Invoice = dict[str, Any]


class Unseen(Exception):  # noqa: N818 - it is why nothing can be said, not an error of ours
    """
    Something could not be seen; the message says why.

    Attributes:
        by_accident: Whether the network or the service's health is to blame, so that another run may see it.
    """

    def __init__(self, why: str, *, by_accident: bool = False) -> None:
        super().__init__(why)
        self.by_accident = by_accident


class Barred(Unseen):
    """
    Something could not be seen, since the credentials do not allow it.

    Attributes:
        status: The status that said so.
    """

    def __init__(self, probe: str, status: int) -> None:
        super().__init__(f"{probe!r} was answered {status}, so the access token may not do that", by_accident=True)
        self.status = status


@attrs.frozen
class Sent:
    """
    A probe that was answered.

    Attributes:
        probe: The probe.
        body: The body that was sent; None when there was none.
        exchange: The request and its answer.
        repeated: Whether it had been sent before without an answer, and may have done its work then.
        others: How many invoices of others the answer listed; they are not in the exchange.
    """

    probe: Probe
    body: Any
    exchange: Exchange
    repeated: bool = False
    others: int = 0


@attrs.define
class Seen:
    """
    What a run has seen so far.

    Attributes:
        run: The run.
        company_id: The company that owes its invoices.
        now: When it began, in Unix seconds.
        answered: The probes that were answered, by name.
        missing: Why each of the others was not, by name.
        attempt: How often the probe that is being sent was sent before.
        unanswered: The probes to which no answer came, at least once, by name.
        lost: Numbers of creates that nobody answered with an id, but may have been recorded; empty for one without.
    """

    run: Run
    company_id: str
    now: int
    answered: dict[str, Sent] = attrs.field(factory=dict)
    missing: dict[str, Unseen] = attrs.field(factory=dict)
    attempt: int = 0
    unanswered: list[str] = attrs.field(factory=list)
    lost: set[str] = attrs.field(factory=set)

    @property
    def mark(self) -> str:
        """What the number of every invoice of the run begins with."""
        return self.run.mark

    def number(self, suffix: str) -> str:
        """
        Return an invoice number that nothing had before, ending in *suffix*.
        """
        return f"{self.mark}{f'try{self.attempt + 1}-' if self.attempt else ''}{suffix}"

    def lose(self, body: Any) -> None:
        """
        Take note of a create, with *body*, that may have been recorded under an id that nobody knows.
        """
        self.lost.add(str(body.get("invoiceNumber", "")) if isinstance(body, dict) else "")

    def sent(self, probe: str) -> dict[str, Any]:
        """
        Return the body that *probe* was sent with.

        Raises:
            Unseen: When it was not sent.
        """
        body: dict[str, Any] = self._one(probe).body
        return body

    def exchange(self, probe: str) -> Exchange:
        """
        Return the exchange of *probe*.

        Raises:
            Unseen: When there was none.
        """
        return self._one(probe).exchange

    def was_repeated(self, probe: str) -> bool:
        """
        Return whether *probe* may have done its work before it was answered.
        """
        return self._one(probe).repeated

    def check_deleted(self, probe: str) -> None:
        """
        Let what depends on the delete *probe* go on when it went well, or may have done so before it was answered.

        Raises:
            Unseen: When it did not.
        """
        if not (self.exchange(probe).is_success or self.was_repeated(probe)):
            raise Unseen(f"{probe!r} was answered {self.exchange(probe).status}, so nothing was deleted")

    def others(self, probe: str) -> int:
        """
        Return how many invoices of others the list *probe* was answered with.
        """
        return self._one(probe).others

    def created(self, probe: str) -> int:
        """
        Return the id that the create *probe* was answered with.

        Raises:
            Unseen: When it was refused, or not sent.
        """
        exchange = self.exchange(probe)
        for key in ("id", "invoiceId"):
            value = exchange.get("data", key)
            if exchange.is_success and isinstance(value, int) and invoice_id_of(value):
                return value
        raise Unseen(f"{probe!r} was answered {exchange.status}, without an id")

    def was_created(self, probe: str) -> bool:
        """
        Return whether the create *probe* was answered with an id.
        """
        try:
            self.created(probe)
        except Unseen:
            return False
        return True

    def read(self, probe: str) -> Invoice:
        """
        Return the invoice that the read *probe* was answered with.

        Raises:
            Unseen: When it was not.
        """
        exchange = self.exchange(probe)
        invoice = exchange.get("data")
        if not (exchange.is_success and isinstance(invoice, dict)):
            raise Unseen(f"{probe!r} was answered {exchange.status}, without an invoice")
        return invoice

    def read_or_none(self, probe: str) -> Invoice | None:
        """
        Return the invoice that the read *probe* returned; None if it returned none.

        Raises:
            Unseen: It was not sent.
        """
        data = self.exchange(probe).get("data")
        return data if self.exchange(probe).is_success and isinstance(data, dict) else None

    def invoice(self, create: str, listing: str = "list own") -> Invoice:
        """
        Return the invoice of *create* as *listing* has it.

        Raises:
            Unseen: When it does not, or there was none.
        """
        wanted = self.created(create)
        for invoice in self.listed(listing):
            if invoice.get("id") == wanted:
                return invoice
        raise Unseen(f"{listing!r} does not have the invoice of {create!r}")

    def listed(self, probe: str) -> list[Invoice]:
        """
        Return the invoices of the run in the answer to the list *probe*, in its order; others are never looked at.

        Raises:
            Unseen: When it was not answered with a list.
        """
        exchange = self.exchange(probe)
        data = exchange.get("data")
        if not (exchange.is_success and isinstance(data, list)):
            raise Unseen(f"{probe!r} was answered {exchange.status}, without a list")
        return [invoice for invoice in data if self.run.marked(invoice)]

    def names(self, probe: str) -> list[str]:
        """
        Return the names of the creates whose invoices are in the answer to the list *probe*, in its order.

        Those whose creates nobody answered are left out.

        Raises:
            Unseen: When it was not answered with a list, or nothing tells which of them nobody answered.
        """
        if "" in self.lost:
            raise Unseen("a create was not answered, and its invoice would have no number", by_accident=True)
        by_id = {self.created(name): name for name in self.creates()}
        if not by_id:
            raise Unseen("nothing was created", by_accident=any(why.by_accident for why in self.missing.values()))
        known = [invoice for invoice in self.listed(probe) if not self._is_lost(invoice)]
        return [by_id.get(invoice.get("id", 0), "another") for invoice in known]

    def surplus(self, probe: str) -> int:
        """
        Return how many invoices are in the answer to the list *probe* whose creates nobody answered.
        """
        return sum(map(self._is_lost, self.listed(probe)))

    def creates(self) -> Iterator[str]:
        """
        Yield the names of the probes that created something, in the order that they were sent.
        """
        for name, sent in self.answered.items():
            if sent.probe.method == "POST" and self.was_created(name):
                yield name

    def created_before(self, probe: str) -> list[str]:
        """
        Return the names of the probes that created something before *probe* was sent.

        Raises:
            Unseen: When it was not sent.
        """
        self._one(probe)
        order = list(self.answered)
        return [name for name in self.creates() if order.index(name) < order.index(probe)]

    def is_behind(self, sent: Sent) -> bool:
        """
        Return whether the list in *sent* lacks an invoice that was created before, or has one that was deleted.
        """
        listed = sent.exchange.get("data")
        if not (sent.probe.lists_all and sent.exchange.is_success and isinstance(listed, list)):
            return False
        ids = {id_of(invoice) for invoice in listed}
        deletes = [one for one in self.answered.values() if one.probe.method == "DELETE" and one.exchange.is_success]
        deleted = {self.created(delete.probe.of) for delete in deletes}
        return not ({self.created(name) for name in self.creates()} - deleted <= ids and ids.isdisjoint(deleted))

    def _is_lost(self, invoice: Invoice) -> bool:
        answered = invoice.get("id") in {self.created(name) for name in self.creates()}
        return not answered and invoice.get("invoiceNumber") in self.lost

    def _one(self, probe: str) -> Sent:
        if probe in self.answered:
            return self.answered[probe]
        raise self.missing.get(probe) or Unseen(f"{probe!r} was not sent")
