"""
Create an invoice exactly once, even if responses are lost.

The service has no idempotency keys, but the number of an invoice is unique in a store. Whenever the outcome of a create
is unknown, the number is looked up: the invoice found is either the one to create, or a different one.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import attrs

from ... import errors
from ..._pagination import Pages
from ..._rate_limit import seconds_to_wait
from ..._request import checked
from ..._responses import Responses
from ..._transport import send, send_async
from ...client import Client
from ...models.balance import Balance
from ...models.create_invoice_request import CreateInvoiceRequest
from ...models.invoice import Invoice
from ...models.invoice_reference import InvoiceReference
from ...models.invoice_search_field import InvoiceSearchField
from ...models.recorded_balance import RecordedBalance
from ...types import UNSET, Timeout, Unset
from . import create_invoice, list_invoices

__all__ = ["asyncio", "sync"]

_REJECTED = (errors.BadRequest, errors.Unprocessable)  # perhaps because an earlier create was carried out
_IN_DOUBT = (errors.OutcomeUnknown, errors.ServerError, errors.UnexpectedAnswer, *_REJECTED)
_TOO_MANY_REQUESTS = 429


def sync(
    *,
    client: Client,
    body: CreateInvoiceRequest,
    timeout: Timeout | Unset = UNSET,
    headers: Mapping[str, str] | None = None,
) -> InvoiceReference:
    """
    Create an invoice unless it exists, and return its id.

    Call it again with the same body at any time, from any process. If a create is rejected or its outcome is unknown,
    the number is looked up. The invoice found is the same if number, company, original balance and any external id in
    *body* are equal, and its open balance is not larger: payments may have been received since.

    The client's `retries` limit the number of creates, and the time of the whole call.

    Example:
        >>> create_invoice_once.sync(client=client, body=draft).id
        12
        >>> create_invoice_once.sync(client=client, body=draft).id
        12

    Args:
        client: The client of the store.
        body: The invoice.
        timeout: Timeout of each request.
        headers: Additional headers of each request.

    Raises:
        errors.InvoiceConflict: The number belongs to a different invoice.
        errors.OutcomeUnknown: The invoice may or may not exist; call it again.
        errors.B2BInvoicesError: See `create_invoice.sync`; no invoice with that number was found or created.
    """

    async def ask(request: Mapping[str, Any], responses: Responses[Any, Any], deadline: float) -> Any:
        return responses.expect(client, send(client, request, timeout, headers, once_before=deadline))

    async def wait(seconds: float) -> None:
        client.retries.sleep(seconds)

    return _run(_create_once(client, body, ask, wait))


async def asyncio(
    *,
    client: Client,
    body: CreateInvoiceRequest,
    timeout: Timeout | Unset = UNSET,  # noqa: ASYNC109  each request's own, which asyncio.timeout() cannot be
    headers: Mapping[str, str] | None = None,
) -> InvoiceReference:
    """
    The async version of `sync`.

    Example:
        >>> async def main():
        ...     return await create_invoice_once.asyncio(client=client, body=draft)
        >>> run(main()).id
        12
    """

    async def ask(request: Mapping[str, Any], responses: Responses[Any, Any], deadline: float) -> Any:
        return responses.expect(client, await send_async(client, request, timeout, headers, once_before=deadline))

    return await _create_once(client, body, ask, client.retries.async_sleep)


def _run(coroutine: Coroutine[Any, Any, InvoiceReference]) -> InvoiceReference:
    """
    Run a *coroutine* that never suspends, because what it awaits is blocking.
    """
    try:
        while True:
            coroutine.send(None)
    except StopIteration as end:
        reference: InvoiceReference = end.value
        return reference


# ---------------------------------------------------------------- create, look up when in doubt, create again

_Ask = Callable[[Mapping[str, Any], Responses[Any, Any], float], Awaitable[Any]]
_Wait = Callable[[float], Awaitable[None]]


async def _create_once(client: Client, body: CreateInvoiceRequest, ask: _Ask, wait: _Wait) -> InvoiceReference:
    draft, retries = checked(CreateInvoiceRequest, body), client.retries
    deadline = retries.clock() + retries.deadline
    create = create_invoice._get_kwargs(body=body)  # noqa: SLF001  without its retries
    state = _State()
    for turn in range(1, 2 * retries.attempts + 1):
        try:
            if state.doubt is None:
                state.creates += 1
                created = await ask(create, create_invoice._RESPONSES, deadline)  # noqa: SLF001  as above
                reference: InvoiceReference = created.data
                return reference
            found = await _look_up(ask, draft.invoice_number, deadline)
            if found is not None:
                return _same(draft, found)
        except errors.InvoiceConflict:
            raise
        except errors.B2BInvoicesError as error:
            if state.failed(error):
                continue
        else:
            state.not_found()
        advised = seconds_to_wait(state.last.raw) if isinstance(state.last, errors.AnswerError) else None
        seconds = advised or retries.wait_after(turn)
        is_last = turn == 2 * retries.attempts or (state.doubt is None and state.creates == retries.attempts)
        if is_last or retries.clock() + seconds > deadline:
            break
        await wait(seconds)
    raise state.final_error()


async def _look_up(ask: _Ask, number: str, deadline: float) -> Invoice | None:
    """
    Return the store's invoice with exactly this *number*; the service's search is fuzzy.
    """
    pages = Pages(UNSET, UNSET)
    while pages.is_more:
        offset, limit = pages.next
        field = InvoiceSearchField.INVOICE_NUMBER
        request = list_invoices._get_kwargs(q=number, search_by=field, offset=offset, limit=limit)  # noqa: SLF001
        page = await ask(request, list_invoices._RESPONSES, deadline)  # noqa: SLF001  as above
        for invoice in pages.new(page.data, page.meta.pagination.total_count):
            if invoice.invoice_number == number:
                found: Invoice = invoice
                return found
    return None


@attrs.define
class _State:
    doubt: errors.B2BInvoicesError | None = None  # why the number must be looked up; None if the next step is a create
    lost: errors.B2BInvoicesError | None = None  # the first create whose outcome is unknown
    last: errors.B2BInvoicesError | None = None
    creates: int = 0

    def failed(self, error: errors.B2BInvoicesError) -> bool:
        """
        Note the *error*; return whether to look up at once, and raise if there is no point in continuing.
        """
        self.last = error
        if isinstance(error, errors.AnswerError) and error.status == _TOO_MANY_REQUESTS:
            return False
        if self.doubt is None and isinstance(error, _IN_DOUBT):
            self.doubt = error
            if not isinstance(error, _REJECTED):
                self.lost = self.lost or error
            return True
        is_too_late = isinstance(error, errors.NotSent) and error.__cause__ is None  # raised by this package
        if is_too_late or isinstance(error, _REJECTED) or not isinstance(error, (*_IN_DOUBT, errors.NotSent)):
            raise self.final_error()
        return False

    def not_found(self) -> None:
        """
        Note that the store has no invoice with the number.
        """
        if isinstance(self.doubt, errors.InvoiceNumberTaken):  # the list may lag behind
            return
        if isinstance(self.doubt, _REJECTED):
            raise self.final_error()
        self.doubt = None

    def final_error(self) -> errors.B2BInvoicesError:
        match self.lost:
            case None if isinstance(self.doubt, errors.InvoiceNumberTaken):
                reason = "the number is taken, and the invoice that has it could not be found"
                unknown: errors.B2BInvoicesError = errors.OutcomeUnknown(self.doubt.request, reason)
            case None:
                return self.doubt or self.last or errors.NotSent("The invoice", "there was no time left")
            case errors.AnswerError():
                reason = f"the response {self.lost.status} does not say whether it was created"
                unknown = errors.OutcomeUnknown(self.lost.request, reason)
            case _:
                unknown = self.lost
        if self.last is not unknown:
            unknown.__cause__ = self.last
        return unknown


# ---------------------------------------------------------------- the same invoice, or a different one


def _same(draft: CreateInvoiceRequest, stored: Invoice) -> InvoiceReference:
    """
    Return the id of the *stored* invoice if it is the one of the *draft*; raise `InvoiceConflict` if not.
    """
    if differences := _differences(draft, stored):
        raise errors.InvoiceConflict(draft.invoice_number, stored, differences)
    return InvoiceReference(id=stored.id)


def _differences(draft: CreateInvoiceRequest, stored: Invoice) -> list[errors.Difference]:
    original, stored_original = draft.original_balance, stored.original_balance
    still_open, stored_open = draft.open_balance, stored.open_balance
    external_id = draft.external_id or stored.external_id or None
    is_original_equal = (original.code, original.value) == (stored_original.code, stored_original.value)
    is_open_equal = still_open.code == stored_open.code and still_open.value >= stored_open.value
    return [
        errors.Difference(field, str(drafted), str(found))
        for field, is_equal, drafted, found in (
            ("customer_id", draft.customer_id == stored.customer_id, draft.customer_id, stored.customer_id),
            ("original_balance", is_original_equal, _text(original), _text(stored_original)),
            ("open_balance", is_open_equal, _text(still_open), _text(stored_open)),
            ("external_id", external_id == (stored.external_id or None), external_id, stored.external_id or None),
        )
        if not is_equal
    ]


def _text(balance: Balance | RecordedBalance) -> str:
    return f"{balance.code} {balance.value:f}"
