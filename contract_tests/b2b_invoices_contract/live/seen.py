"""
Responses of a live run: what each probe returned, and why others returned nothing.
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
    Something could not be observed; the message says why.

    Attributes:
        by_accident: Whether the network or the state of the service is the reason, so that another run may observe it.
    """

    def __init__(self, why: str, *, by_accident: bool = False) -> None:
        super().__init__(why)
        self.by_accident = by_accident


class Barred(Unseen):
    """
    Something could not be observed, since the credentials do not allow it.

    Attributes:
        status: The status that said so.
    """

    def __init__(self, probe: str, status: int) -> None:
        super().__init__(f"{probe!r} returned {status}, so the access token lacks the permission", by_accident=True)
        self.status = status


@attrs.frozen
class Sent:
    """
    A probe that got a response.

    Attributes:
        probe: The probe.
        body: The body that was sent; None when there was none.
        exchange: The request and its response.
        repeated: Whether it had been sent before without a response, and may have been executed then.
        others: How many invoices of others the response listed; they are removed from the exchange.
    """

    probe: Probe
    body: Any
    exchange: Exchange
    repeated: bool = False
    others: int = 0


@attrs.define
class Seen:
    """
    The responses of a run so far.

    Attributes:
        run: The run.
        company_id: The company that owes its invoices.
        now: When it began, in Unix seconds.
        answered: The probes that got a response, by name.
        missing: Why each of the others got none, by name.
        attempt: How often the probe that is being sent was sent before.
        unanswered: The probes that at least once got no response, by name.
        lost: Numbers of creates that may have been stored under an unknown id; empty for one without a number.
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
        Return a new invoice number that ends in *suffix*.
        """
        return f"{self.mark}{f'try{self.attempt + 1}-' if self.attempt else ''}{suffix}"

    def lose(self, body: Any) -> None:
        """
        Note a create, with *body*, that may have been stored under an unknown id.
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
        Return whether *probe* may have been executed before it got a response.
        """
        return self._one(probe).repeated

    def check_deleted(self, probe: str) -> None:
        """
        Check that the delete *probe* succeeded, or may have succeeded before it got a response.

        Raises:
            Unseen: When it did not.
        """
        if not (self.exchange(probe).is_success or self.was_repeated(probe)):
            raise Unseen(f"{probe!r} returned {self.exchange(probe).status}, so nothing was deleted")

    def others(self, probe: str) -> int:
        """
        Return how many invoices of others the list *probe* returned.
        """
        return self._one(probe).others

    def created(self, probe: str) -> int:
        """
        Return the id that the create *probe* returned.

        Raises:
            Unseen: It was rejected, or not sent.
        """
        exchange = self.exchange(probe)
        for key in ("id", "invoiceId"):
            value = exchange.get("data", key)
            if exchange.is_success and isinstance(value, int) and invoice_id_of(value):
                return value
        raise Unseen(f"{probe!r} returned {exchange.status}, without an id")

    def was_created(self, probe: str) -> bool:
        """
        Return whether the create *probe* returned an id.
        """
        try:
            self.created(probe)
        except Unseen:
            return False
        return True

    def read(self, probe: str) -> Invoice:
        """
        Return the invoice that the read *probe* returned.

        Raises:
            Unseen: When it was not.
        """
        exchange = self.exchange(probe)
        invoice = exchange.get("data")
        if not (exchange.is_success and isinstance(invoice, dict)):
            raise Unseen(f"{probe!r} returned {exchange.status}, without an invoice")
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
        Return the invoices of the run that the list *probe* returned, in its order.

        Raises:
            Unseen: It did not return a list.
        """
        exchange = self.exchange(probe)
        data = exchange.get("data")
        if not (exchange.is_success and isinstance(data, list)):
            raise Unseen(f"{probe!r} returned {exchange.status}, without a list")
        return [invoice for invoice in data if self.run.marked(invoice)]

    def names(self, probe: str) -> list[str]:
        """
        Return the names of the creates whose invoices the list *probe* returned, in its order.

        Invoices whose creates got no response are left out.

        Raises:
            Unseen: It did not return a list, or some invoices cannot be told from those of lost creates.
        """
        if "" in self.lost:
            raise Unseen("a create got no response, and its invoice would have no number", by_accident=True)
        by_id = {self.created(name): name for name in self.creates()}
        if not by_id:
            raise Unseen("nothing was created", by_accident=any(why.by_accident for why in self.missing.values()))
        known = [invoice for invoice in self.listed(probe) if not self._is_lost(invoice)]
        return [by_id.get(id_of(invoice) or 0, "another") for invoice in known]

    def surplus(self, probe: str) -> int:
        """
        Return how many invoices the list *probe* returned whose creates got no response.
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
        answered = id_of(invoice) in {self.created(name) for name in self.creates()}
        return not answered and str(invoice.get("invoiceNumber")) in self.lost

    def _one(self, probe: str) -> Sent:
        if probe in self.answered:
            return self.answered[probe]
        raise self.missing.get(probe) or Unseen(f"{probe!r} was not sent")
