"""
The API as the checks use it: the generated client, and plain HTTP where no client would send such a thing.
"""

import secrets
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Self, TypeVar

import attrs
import httpx
import msgspec

from b2b_invoices import Client, Retries
from b2b_invoices.api.invoices import create_invoice, delete_invoice, get_invoice, list_invoices
from b2b_invoices.errors import UnexpectedAnswer
from b2b_invoices.models import CreateInvoiceRequest, IncludeExtraFields, InvoiceSearchField
from b2b_invoices.types import Response

from .contract import violations
from .failures import BrokenPromise, expect
from .redaction import Redaction
from .strategies import Draft, Drafts
from .targets import Credentials, Target
from .traffic import Exchange, RecordingTransport, Traffic

LONGEST_PAGE = 250
"""The most invoices that a page can hold."""

_OK, _NOT_FOUND, _SERVER_ERROR = 200, 404, 500
_PATIENCE = 10.0  # seconds
_FITS = "responses-match-the-contract"
_decode_exactly = msgspec.json.Decoder(float_hook=Decimal).decode

Part = TypeVar("Part")

Invoice = dict[str, Any]
"""An invoice as it is read, with the names of the wire."""


@attrs.frozen
class Api:
    """
    One store of the target.

    Attributes:
        credentials: What lets the checks in.
        drafts: Draws drafts that the store takes.
        client: The generated client.
        http: Plain HTTP to the same place, without credentials.
        traffic: What went over the wire.
        target: What is under test.
    """

    credentials: Credentials
    drafts: Drafts
    client: Client
    http: httpx.Client
    traffic: Traffic
    target: Target

    def _repr_pretty_(self, printer: Any, _: bool) -> None:  # noqa: FBT001 - Hypothesis calls it
        # Hypothesis describes the arguments of each failed check; all of these would take it longer than the checks.
        printer.text(f"<Api of {self.credentials.store_hash}>")

    @classmethod
    def of(
        cls,
        target: Target,
        credentials: Credentials,
        drafts: Drafts,
        traffic: Traffic,
        see: Callable[[Exchange], None] = lambda _: None,
    ) -> Self:
        """
        Return the API of *target* as the holder of *credentials* uses it.
        """
        transport = RecordingTransport(httpx.HTTPTransport(), traffic, see)
        client = Client(
            store_hash=credentials.store_hash,
            access_token=credentials.access_token,
            base_url=target.base_url,
            retries=Retries.off(),  # what the service answers is the matter, not what it answers in the end
            strict=True,
            timeout=_PATIENCE,
            httpx_args={"transport": transport},
        )
        http = httpx.Client(base_url=target.base_url, transport=transport, timeout=_PATIENCE)
        return cls(credentials, drafts, client, http, traffic, target)

    # ---------------------------------------------------------------- through the generated client

    def create(self, draft: Draft) -> Exchange:
        """
        Send *draft*, and return the exchange, whatever the answer is.
        """
        return self._by_client(
            lambda: create_invoice.sync_detailed(client=self.client, body=CreateInvoiceRequest.from_dict(draft))
        )

    def created_id(self, draft: Draft) -> int:
        """
        Create the invoice of *draft*, and return its id.
        """
        return id_in(succeeded(self.create(draft), "a valid create"))

    def created(self, draft: Draft) -> Invoice:
        """
        Create the invoice of *draft*, and return it as it reads back.
        """
        return self.invoice(self.created_id(draft))

    def read(self, invoice_id: int) -> Exchange:
        """
        Read an invoice, and return the exchange, whatever the answer is.
        """
        return self._by_client(lambda: get_invoice.sync_detailed(invoice_id, client=self.client))

    def invoice(self, invoice_id: int) -> Invoice:
        """
        Return an invoice that is there.
        """
        exchange = self.read(invoice_id)
        if exchange.status == _NOT_FOUND:
            raise BrokenPromise(
                f"status {exchange.status} for id {invoice_id}", "the invoice", exchange, "created-id-is-readable"
            )
        return _part(succeeded(exchange, "a read"), dict)

    def listed(self, **parameters: Any) -> list[Invoice]:
        """
        Return the invoices on the page that *parameters*, named as in the client, ask for.
        """
        return invoices_on(self.page(**parameters))

    def page(self, **parameters: Any) -> Exchange:
        """
        Return the exchange that got the page that *parameters*, named as in the client, ask for.
        """
        return succeeded(
            self._by_client(lambda: list_invoices.sync_detailed(client=self.client, **parameters)), "a list"
        )

    def own(self, **parameters: Any) -> list[Invoice]:
        """
        Return the invoices whose numbers the check that runs has drawn, extra fields included.
        """
        prefix = f"{self.drafts.prefix}-"
        invoices = self.listed(
            q=prefix,
            search_by=InvoiceSearchField("invoiceNumber"),
            is_include_extra_fields=IncludeExtraFields.YES,
            limit=LONGEST_PAGE,
            **parameters,
        )
        return [invoice for invoice in invoices if str(invoice.get("invoiceNumber")).startswith(prefix)]

    def delete(self, invoice_id: int) -> Exchange:
        """
        Delete an invoice, and return the exchange, whatever the answer is.
        """
        return self._by_client(lambda: delete_invoice.sync_detailed(invoice_id, client=self.client))

    def _by_client(self, call: Callable[[], Response[Any]]) -> Exchange:
        """
        Make *call*, hold the client to what it makes of the answer, and return the exchange.
        """
        try:
            answer = call()
        except UnexpectedAnswer:
            # What breaks the contract is for the check of all answers; the others go on with what there is.
            if not any(violations(self._last)):
                raise
            return self._last
        expect(answer.parsed.to_dict(), _decode_exactly(answer.content), "what the client makes of the answer")
        return self._last

    # ---------------------------------------------------------------- by plain HTTP

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
        Send a request with these *headers*, the store's credentials when there are none, and return the exchange.
        """
        sent = dict(self.credentials.headers if headers is None else headers)
        if content is None and json is not None:
            content = msgspec.json.encode(json)
            sent.setdefault("Content-Type", "application/json")
        self.http.request(method, path, content=content, headers=sent)
        return self._last

    def post(self, body: Any) -> Exchange:
        """
        Send a create with *body*, valid or not, and return the exchange.
        """
        return self.send("POST", content=msgspec.json.encode(body), headers=self.json_headers)

    def created_ids(self) -> list[int]:
        """
        Return the ids of all invoices that the run created in this store, deleted ones included.
        """
        token = self.credentials.access_token
        answers = [
            exchange.json
            for exchange in self.traffic
            if exchange.method == "POST" and exchange.is_success and token in exchange.request_headers.values()
        ]
        data = [answer.get("data") for answer in answers if isinstance(answer, dict)]
        return [part["id"] for part in data if isinstance(part, dict) and isinstance(part.get("id"), int)]

    @property
    def _last(self) -> Exchange:
        exchange = self.traffic.last
        assert exchange is not None  # noqa: S101 - one was just made; this tells the type checker
        return exchange


def succeeded(exchange: Exchange, what: str) -> Exchange:
    """
    Return *exchange* when its answer is the success that *what* must have.

    Raises:
        BrokenPromise: When it is not, of the promise that this breaks, whatever the check is about.
    """
    if exchange.status == _OK:
        return exchange
    promise = "valid-requests-accepted"
    if exchange.is_success:
        promise = "success-is-200"
    elif exchange.status >= _SERVER_ERROR:
        promise = "no-server-errors"
    raise BrokenPromise(f"status of {what}: {exchange.status}", f"status of {what}: {_OK}", exchange, promise)


def id_in(exchange: Exchange) -> int:
    """
    Return the id of the invoice that the answer in *exchange* is about.

    Raises:
        BrokenPromise: When there is none, of the promise that answers fit the contract.
    """
    invoice_id = exchange.get("data", "id")
    if not _is_id(invoice_id):
        raise BrokenPromise(_told("id", invoice_id), "a whole number", exchange, _FITS, matter="id")
    return int(invoice_id)


def invoices_on(page: Exchange) -> list[Invoice]:
    """
    Return the invoices on *page*, each of which has an id.

    Raises:
        BrokenPromise: When they are not, of the promise that answers fit the contract.
    """
    invoices = _part(page, list)
    for invoice in invoices:
        if not (isinstance(invoice, dict) and _is_id(invoice.get("id"))):
            raise BrokenPromise(_told("in a list:", invoice), "an invoice with its id", page, _FITS, matter="in a list")
    return invoices


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _part(exchange: Exchange, kind: type[Part]) -> Part:
    data = exchange.get("data")
    if not isinstance(data, kind):
        raise BrokenPromise(_told("data", data), f"a {kind.__name__}", exchange, _FITS, matter="data")
    return data


def _told(what: str, value: Any) -> str:
    return f"{what} {value!r}"  # not cut here, where a secret in it would be cut in two and not be known any more


@attrs.frozen
class Session:
    """
    One run of the checks.

    Attributes:
        target: What is under test.
        seed: What chance depends on.
        traffic: What went over the wire.
        redaction: Hides the credentials in use.
        api: The store to work in.
        other: A second store; None when the target has none.
    """

    target: Target
    seed: int
    traffic: Traffic
    redaction: Redaction
    api: Api
    other: Api | None

    @classmethod
    def start(
        cls,
        target: Target,
        seed: int,
        run: str | None = None,
        see: Callable[[Exchange], None] = lambda _: None,
    ) -> Self:
        """
        Return a run of the checks against *target*; its numbers begin with *run*, and *see* gets each response.
        """
        traffic = Traffic()
        run = run_name(target, seed) if run is None else run
        drafts = Drafts.of_contract(run, target.company_id)
        api = Api.of(target, target.store, drafts, traffic, see)
        other = Api.of(target, target.other_store, drafts, traffic, see) if target.other_store else None
        return cls(target, seed, traffic, Redaction.of(target), api, other)

    def begin(self, check: str, index: int) -> None:
        """
        Have what follows count as requests of *check*, and draw numbers of its own, the *index*-th, for it.
        """
        self.traffic.begin(check)
        self.api.drafts.begin(index)


def run_name(target: Target, seed: int) -> str:
    """
    Return what every number of a run begins with.

    Numbers and orders may stay taken where invoices come and go, so there each run has its own.
    """
    return f"CT{seed}" if target.embedded else f"CT{seed}R{secrets.randbelow(10**6)}"
