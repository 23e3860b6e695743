"""
The API as the checks use it: the generated client, and plain HTTP where no client would send such a thing.
"""

import secrets
from decimal import Decimal
from typing import Any, Self

import attrs
import httpx
import msgspec

from b2b_invoices import Client, Retries
from b2b_invoices.api.invoices import create_invoice, delete_invoice, get_invoice, list_invoices
from b2b_invoices.models import CreateInvoiceRequest
from b2b_invoices.types import Response

from .failures import expect
from .redaction import Redaction
from .strategies import Draft, Drafts
from .targets import Credentials, Target
from .traffic import Exchange, RecordingTransport, Traffic

_OK = 200
_decode = msgspec.json.Decoder().decode
_decode_exactly = msgspec.json.Decoder(float_hook=Decimal).decode

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

    @classmethod
    def of(cls, target: Target, credentials: Credentials, drafts: Drafts, traffic: Traffic) -> Self:
        """
        Return the API of *target* as the holder of *credentials* uses it.
        """
        transport = RecordingTransport(httpx.HTTPTransport(), traffic)
        client = Client(
            store_hash=credentials.store_hash,
            access_token=credentials.access_token,
            base_url=target.base_url,
            retries=Retries.off(),  # what the service answers is the matter, not what it answers in the end
            strict=True,
            httpx_args={"transport": transport},
        )
        http = httpx.Client(base_url=target.base_url, transport=transport, timeout=30)
        return cls(credentials, drafts, client, http, traffic, target)

    # ---------------------------------------------------------------- through the generated client

    def create(self, draft: Draft) -> Response[Any]:
        """
        Send *draft*, and return the answer, whatever it is.
        """
        return create_invoice.sync_detailed(client=self.client, body=CreateInvoiceRequest.from_dict(draft))

    def created_id(self, draft: Draft) -> int:
        """
        Create the invoice of *draft*, and return its id.
        """
        answer = self.create(draft)
        expect(answer.status_code, _OK, "status of a valid create")
        return int(answer.parsed.data.id)

    def created(self, draft: Draft) -> Invoice:
        """
        Create the invoice of *draft*, and return it as it reads back.
        """
        return self.invoice(self.created_id(draft))

    def read(self, invoice_id: int) -> Response[Any]:
        """
        Read an invoice, and return the answer, whatever it is.
        """
        return get_invoice.sync_detailed(invoice_id, client=self.client)

    def invoice(self, invoice_id: int) -> Invoice:
        """
        Return an invoice that is there.
        """
        answer = self.read(invoice_id)
        expect(answer.status_code, _OK, "status of a read")
        return self._faithful(answer)

    def listed(self, **parameters: Any) -> list[Invoice]:
        """
        Return the invoices on the page that *parameters*, named as in the client, ask for.
        """
        invoices: list[Invoice] = self.page(**parameters)["data"]
        return invoices

    def page(self, **parameters: Any) -> dict[str, Any]:
        """
        Return the page that *parameters*, named as in the client, ask for, with its pagination.
        """
        answer = list_invoices.sync_detailed(client=self.client, **parameters)
        expect(answer.status_code, _OK, "status of a list")
        self._faithful(answer)
        page: dict[str, Any] = _decode(answer.content)
        return page

    def delete(self, invoice_id: int) -> Response[Any]:
        """
        Delete an invoice, and return the answer, whatever it is.
        """
        return delete_invoice.sync_detailed(invoice_id, client=self.client)

    # ---------------------------------------------------------------- by plain HTTP

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
        exchange = self.traffic.last
        assert exchange is not None  # noqa: S101 - one was just made; this tells the type checker
        return exchange

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

    def _faithful(self, answer: Response[Any]) -> Invoice:
        expect(answer.parsed.to_dict(), _decode_exactly(answer.content), "what the client makes of the answer")
        data: Invoice = _decode(answer.content)["data"]
        return data


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
    def start(cls, target: Target, seed: int) -> Self:
        """
        Return a run of the checks against *target*.
        """
        traffic = Traffic()
        # Numbers and orders may stay taken where invoices come and go, so there each run has its own.
        run = 0 if target.embedded else 1 + secrets.randbelow(10**6)
        prefix = f"CT{seed}R{run}" if run else f"CT{seed}"
        drafts = Drafts.of_contract(prefix, target.company_id, first_order=run * 10**6)
        api = Api.of(target, target.store, drafts, traffic)
        other = Api.of(target, target.other_store, drafts, traffic) if target.other_store else None
        return cls(target, seed, traffic, Redaction.of(target), api, other)
