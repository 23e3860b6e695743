"""
One store of the target: the generated client, and plain HTTP for what no client would send.

Every response becomes an observation, and is judged as it arrives.
"""

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Self

import attrs
import httpx
import msgspec

from b2b_invoices import Client, Retries
from b2b_invoices.api.invoices import create_invoice, delete_invoice, get_invoice
from b2b_invoices.errors import B2BInvoicesError, UnexpectedAnswer
from b2b_invoices.models import CreateInvoiceRequest
from b2b_invoices.types import Response

from .contract import unlisted_keys, violations
from .drafts import Draft, Drafts
from .exchanges import Exchange, Exchanges, Lost, RecordingTransport
from .failures import same
from .judge import Judge
from .observations import Case, Created, Deleted, Invoice, Listed, Missing, Valid, id_in, invoice_in, invoices_in
from .queries import LONGEST_PAGE, Query
from .targets import Credentials, Target

CONNECTION_ERRORS = (httpx.TransportError, httpx.DecodingError, B2BInvoicesError)
"""Errors of a request without a complete response."""

NO_CHANNELS = "the store accepts no channelId, so everything else was sent without one"
"""Why the promise about channels was not checked."""

_CHANNEL_ID = "#/components/schemas/CreateInvoiceRequest/properties/channelId"
_SKEW = 300  # seconds that the clock of another machine may be off by
_TIMEOUT = 10.0  # seconds
_decode_exactly = msgspec.json.Decoder(float_hook=Decimal).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Halt(Exception):  # noqa: N818 - why a source of traffic ends, not an error of ours
    """A source of traffic cannot go on, since something that it needs did not work; the message says what."""


class ClientBug(BaseException):
    """The generated client rejected or changed a documented response: a bug of ours, which ends the run."""


def with_id(invoice: Invoice) -> Invoice:
    """
    Return *invoice* if it has an id.

    Raises:
        Halt: It has none.
    """
    if type(invoice.get("id")) is not int:
        raise Halt("a read returned an invoice without an id")
    return invoice


@attrs.frozen(eq=False)
class Store:
    """
    One store of the target.

    Attributes:
        credentials: The store's credentials.
        drafts: Draws drafts for the store.
        client: The generated client.
        http: Plain HTTP to the same base URL, without credentials.
        exchanges: The exchanges of the run.
        target: What is under test.
        judge: Judges what comes of the requests.
    """

    credentials: Credentials
    drafts: Drafts
    client: Client
    http: httpx.Client
    exchanges: Exchanges
    target: Target
    judge: Judge

    def _repr_pretty_(self, printer: Any, _: bool) -> None:  # noqa: FBT001 - Hypothesis calls it
        # Hypothesis describes the arguments of a failed example, which would take longer than the example.
        printer.text(f"<Store {self.credentials.store_hash}>")

    @classmethod
    def of(cls, target: Target, credentials: Credentials, drafts: Drafts, exchanges: Exchanges, judge: Judge) -> Self:
        """
        Return the store of *target* that *credentials* belong to.
        """
        transport = RecordingTransport(httpx.HTTPTransport(), exchanges, judge.see)
        client = Client(
            store_hash=credentials.store_hash,
            access_token=credentials.access_token,
            base_url=target.base_url,
            retries=Retries.off(),  # every response counts, not only the last one
            strict=True,
            timeout=_TIMEOUT,
            httpx_args={"transport": transport},
        )
        http = httpx.Client(base_url=target.base_url, transport=transport, timeout=_TIMEOUT)
        return cls(credentials, drafts, client, http, exchanges, target, judge)

    # ---------------------------------------------------------------- creates

    def create(self, draft: Draft, case: Case | None = None, *, read: bool = True, by_client: bool = True) -> Created:
        """
        Send a valid create, read the invoice back, and judge both.

        Args:
            draft: The body.
            case: What it is sent for.
            read: Whether to read the invoice back; without it, only the response to the create is judged.
            by_client: Whether the generated client sends it; it cannot send every valid body.
        """
        began = int(time.time())
        exchange = self._create_by_client(draft) if by_client else self.post(draft)
        ended = int(time.time())
        if "channelId" in draft and self.drafts.channels is None and self._lacks_channels(draft, exchange):
            return self.create(_without_channel(draft), case, read=read, by_client=by_client)
        skew = 0 if self.target.embedded else _SKEW
        created = Created(
            exchange=exchange,
            case=case or Case(),
            draft=draft,
            times=(began - skew, ended + skew),
            terms=self.target.payment_terms,
        )
        if read and created.invoice_id is not None and exchange.is_success:
            shown = self.read(created.invoice_id)
            created = attrs.evolve(created, shown=shown, invoice=invoice_in(shown))
        self.judge.see(created)
        return created

    def _lacks_channels(self, draft: Draft, exchange: Exchange) -> bool:
        """
        Return whether the store has no channels: the create was rejected, and is accepted without a channel.

        One failure says so; then traffic goes on without channels, since every other create would say the same.
        """
        self.drafts.channels = True
        if not exchange.is_client_error:
            return False
        plain = _without_channel(draft) | {"invoiceNumber": self.drafts.number()}
        if "orderNumber" in plain:
            plain["orderNumber"] = self.drafts.order_number()
        if not self.post(plain).is_success:
            return False
        self.drafts.channels = False
        case = Case(name=f"channelId is {draft['channelId']}", field="channelId", pointer=_CHANNEL_ID)
        self.judge.see(Created(exchange=exchange, case=case, draft=draft))
        self.judge.leave_out("channel-id-reads-as-text", NO_CHANNELS)
        return True

    def created_id(self, draft: Draft, *, by_client: bool = True) -> int:
        """
        Create the invoice of *draft*, and return its id.

        Raises:
            Halt: It was not created.
        """
        created = self.create(draft, read=False, by_client=by_client)
        if not created.is_accepted or created.invoice_id is None:
            raise Halt(f"a valid create returned {created.exchange.status}")
        return created.invoice_id

    def created(self, draft: Draft, *, by_client: bool = True) -> Invoice:
        """
        Create the invoice of *draft*, and return it as it reads back.

        Raises:
            Halt: It was not created, or cannot be read.
        """
        created = self.create(draft, by_client=by_client)
        if created.invoice is None:
            status = (created.shown or created.exchange).status
            raise Halt(f"a valid create, or the read after it, returned {status}")
        return with_id(created.invoice)

    def post(self, body: Any) -> Exchange:
        """
        Send a create with *body*, valid or not, by plain HTTP.
        """
        return self.send("POST", content=_encode(body), headers=self.json_headers)

    def race(self, body: Draft) -> Exchange | Lost:
        """
        Send a create over a connection of its own, and return what came of it, which is neither kept nor judged.
        """
        apart = Exchanges()
        transport = RecordingTransport(httpx.HTTPTransport(), apart)
        with httpx.Client(base_url=self.target.base_url, transport=transport, timeout=_TIMEOUT) as http:
            try:
                http.post("/invoices", content=_encode(body), headers=self.json_headers)
            except httpx.TransportError:
                if not apart.lost:
                    raise  # it was not sent
        return apart.lost[0] if apart.lost else apart.last

    # ---------------------------------------------------------------- reads, lists, deletes

    def read(self, invoice_id: int) -> Exchange:
        """
        Read an invoice with the generated client.
        """
        return self._by_client(lambda: get_invoice.sync_detailed(invoice_id, client=self.client))

    def invoice(self, invoice_id: int) -> Invoice:
        """
        Return an invoice that the store has.

        Raises:
            Halt: It cannot be read.
        """
        exchange = self.read(invoice_id)
        if (invoice := invoice_in(exchange)) is None:
            raise Halt(f"a read of a stored invoice returned {exchange.status}")
        return invoice

    def delete(self, invoice_id: int) -> Exchange:
        """
        Delete an invoice of the store with the generated client, and judge the response.
        """
        exchange = self._by_client(lambda: delete_invoice.sync_detailed(invoice_id, client=self.client))
        self.judge.see(Deleted(exchange=exchange, invoice_id=invoice_id))
        return exchange

    def expect_missing(self, invoice_id: int, why: Any, *, delete: bool = True) -> None:
        """
        Read and *delete* an invoice that the store does not have, and judge the responses; *why* as in `Missing`.
        """
        for method in ("GET", "DELETE") if delete else ("GET",):
            self.judge.see(Missing(exchange=self.send(method, f"/invoices/{invoice_id}"), why=why))

    def page(self, query: Query, **judged_by: Any) -> Listed:
        """
        Send a valid list, judge it by what is known, the attributes of `Listed`, and return it.

        Raises:
            Halt: The list was rejected.
        """
        exchange = self.send("GET", f"/invoices?{query}")
        if not exchange.is_success:
            self.judge.see(Valid(exchange=exchange, case=Case(name=str(query))))
            raise Halt(f"a valid list returned {exchange.status}")
        listed = Listed(exchange=exchange, query=query, case=Case(name=str(query)), **judged_by)
        self.judge.see(listed)
        return listed

    def own(self) -> list[Invoice]:
        """
        Return the invoices that the source of traffic which is running has created and not deleted.

        Raises:
            Halt: The list was rejected.
        """
        prefix = f"{self.drafts.prefix}-"
        query = Query.of(q=prefix, searchBy="invoiceNumber", isIncludeExtraFields=1, limit=LONGEST_PAGE)
        invoices = invoices_in(self.page(query).exchange)
        return [invoice for invoice in invoices if str(invoice.get("invoiceNumber")).startswith(prefix)]

    def created_ids(self) -> list[int]:
        """
        Return the ids of all invoices that the run created in this store, deleted ones included.
        """
        token = self.credentials.access_token
        creates = [one for one in self.exchanges if one.method == "POST" and one.is_success]
        ids = [id_in(one) for one in creates if token in one.request_headers.values()]
        return [invoice_id for invoice_id in ids if invoice_id is not None]

    # ---------------------------------------------------------------- plain HTTP

    @property
    def json_headers(self) -> dict[str, str]:
        """Headers of a request with a JSON body."""
        return self.credentials.headers | {"Content-Type": "application/json"}

    def send(
        self,
        method: str,
        path: str = "/invoices",
        *,
        content: bytes | None = None,
        json: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Exchange:
        """
        Send a request with these *headers*, by default the store's credentials, and return the exchange.
        """
        sent = dict(self.credentials.headers if headers is None else headers)
        if content is None and json is not None:
            content = _encode(json)
            sent.setdefault("Content-Type", "application/json")
        self.http.request(method, path, content=content, headers=sent)
        return self.exchanges.last

    # ---------------------------------------------------------------- the generated client

    def _create_by_client(self, draft: Draft) -> Exchange:
        return self._by_client(
            lambda: create_invoice.sync_detailed(client=self.client, body=CreateInvoiceRequest.from_dict(draft))
        )

    def _by_client(self, call: Callable[[], Response[Any]]) -> Exchange:
        """
        Make *call*, and check that the client returns what the response says.

        Raises:
            ClientBug: It does not.
        """
        try:
            response = call()
        except UnexpectedAnswer as error:
            exchange = self.exchanges.last
            if not any(violations(exchange)) and not unlisted_keys(exchange):
                raise ClientBug(f"the client rejected a documented response: {type(error).__name__}") from error
            return self.exchanges.last
        if not same(response.parsed.to_dict(), _decode_exactly(response.content)):
            raise ClientBug("the client changed a documented response")
        return self.exchanges.last


def _without_channel(draft: Draft) -> Draft:
    return {name: value for name, value in draft.items() if name != "channelId"}
