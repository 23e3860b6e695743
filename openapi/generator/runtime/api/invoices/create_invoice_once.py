"""
Create an invoice exactly once, whatever happens on the way.

The service has no idempotency keys, but no two invoices of a store have the same number. So whenever it is not certain
what became of a create, the number is looked up: what is found is either the invoice to create, or another one.
"""

from collections.abc import Awaitable, Callable, Generator, Mapping
from typing import Any

import attrs

from ... import errors
from ..._pagination import Pages
from ..._request import checked
from ..._response_headers import seconds_to_wait
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

_IN_DOUBT = (
    errors.OutcomeUnknown,
    errors.ServerError,
    errors.UnexpectedAnswer,
    errors.BadRequest,  # perhaps since it is there already: sent before, by this process or by one that died
    errors.Unprocessable,
)
_REFUSALS = (errors.BadRequest, errors.Unprocessable)
_TOO_MANY_REQUESTS = 429


def sync(
    *,
    client: Client,
    body: CreateInvoiceRequest,
    timeout: Timeout | Unset = UNSET,
    headers: Mapping[str, str] | None = None,
) -> InvoiceReference:
    """
    Create an invoice, unless it is there already, and return its id.

    It can be called again with the same body at any time, by another process too: when a create gets no answer, or is
    refused, the number is looked up. The invoice that has it is the same one if number, company, original balance and
    any external id that *body* has agree, and no more is open than was to be (payments may have come in since).

    The invoice is sent as often, and all of it goes on for as long, as the client's `retries` allow.

    Example:
        >>> create_invoice_once.sync(client=client, body=draft).id
        12
        >>> create_invoice_once.sync(client=client, body=draft).id
        12

    Args:
        client: The store, and the connection to it.
        body: The invoice.
        timeout: How long to wait, for each of the requests.
        headers: More headers, for each of the requests.

    Raises:
        errors.InvoiceConflict: The number belongs to another invoice.
        errors.OutcomeUnknown: It could not be found out whether the invoice exists; call it again.
        errors.B2BInvoicesError: As `create_invoice.sync`; then no invoice of that number was found or created.
    """

    def act(step: _Step) -> Any:
        if isinstance(step, _Wait):
            return client.retries.sleep(step.seconds)
        answer = send(client, step.request, timeout, headers, once_before=step.deadline)
        return step.answers.expect(client, answer)

    return _run(_plan(client, body), act)


async def asyncio(
    *,
    client: Client,
    body: CreateInvoiceRequest,
    timeout: Timeout | Unset = UNSET,  # noqa: ASYNC109  each request's own, which asyncio.timeout() cannot be
    headers: Mapping[str, str] | None = None,
) -> InvoiceReference:
    """
    As `sync`, awaited.

    Example:
        >>> async def main():
        ...     return await create_invoice_once.asyncio(client=client, body=draft)
        >>> run(main()).id
        12
    """

    async def act(step: _Step) -> Any:
        if isinstance(step, _Wait):
            return await client.retries.async_sleep(step.seconds)
        answer = await send_async(client, step.request, timeout, headers, once_before=step.deadline)
        return step.answers.expect(client, answer)

    return await _run_async(_plan(client, body), act)


# ---------------------------------------------------------------- the plan, which knows nothing of threads and tasks


@attrs.frozen
class _Ask:
    """
    Send a request, once.

    Attributes:
        request: What `send` takes.
        answers: What may come back.
        deadline: When it is too late to send it, by the client's clock.
    """

    request: Mapping[str, Any]
    answers: Responses[Any, Any]
    deadline: float


@attrs.frozen
class _Wait:
    """
    Let some seconds pass.
    """

    seconds: float


_Step = _Ask | _Wait
_Plan = Generator[_Step, Any, InvoiceReference]


def _plan(client: Client, body: CreateInvoiceRequest) -> _Plan:
    """
    Create, look up when in doubt, create again when it is not there.
    """
    draft, retries = checked(CreateInvoiceRequest, body), client.retries
    deadline = retries.clock() + retries.deadline
    create = _Ask(create_invoice._get_kwargs(body=body), create_invoice._RESPONSES, deadline)  # noqa: SLF001  no retries
    state = _State()
    for turn in range(1, 2 * retries.attempts + 1):
        try:
            if state.doubt is None:
                state.creates += 1
                reference: InvoiceReference = (yield create).data
                return reference
            found = yield from _look_up(draft.invoice_number, deadline)
            if found is not None:
                return _same(draft, found)
            state.not_found()
        except errors.InvoiceConflict:
            raise
        except errors.B2BInvoicesError as error:
            if state.learn(error):
                continue
        wait = state.said or retries.wait_after(turn)
        is_last = turn == 2 * retries.attempts or (state.doubt is None and state.creates == retries.attempts)
        if is_last or retries.clock() + wait > deadline:
            break
        yield _Wait(wait)
    raise state.verdict()


@attrs.define
class _State:
    """
    What is known so far.

    Attributes:
        doubt: Why it is to be looked up; None when the next thing to do is to create.
        lost: The first create of which nobody knows what became.
        last: What went wrong last.
        creates: How often the invoice was sent.
    """

    doubt: errors.B2BInvoicesError | None = None
    lost: errors.B2BInvoicesError | None = None
    last: errors.B2BInvoicesError | None = None
    creates: int = 0

    @property
    def said(self) -> float | None:
        """
        Seconds that the last answer asks to wait.
        """
        return seconds_to_wait(self.last.raw) if isinstance(self.last, errors.AnswerError) else None

    def learn(self, error: errors.B2BInvoicesError) -> bool:
        """
        Take in what went wrong; raise it if nothing can come of going on, and return whether to do so at once.
        """
        self.last = error
        if isinstance(error, errors.AnswerError) and error.status == _TOO_MANY_REQUESTS:
            return False
        if self.doubt is None and isinstance(error, _IN_DOUBT):
            self.doubt = error
            if not isinstance(error, _REFUSALS):
                self.lost = self.lost or error
            return True
        own_refusal = isinstance(error, errors.NotSent) and error.__cause__ is None  # to go on after the deadline
        if own_refusal or isinstance(error, _REFUSALS) or not isinstance(error, (*_IN_DOUBT, errors.NotSent)):
            raise self.verdict()
        return False

    def not_found(self) -> None:
        """
        Take in that the store has no invoice of the number.
        """
        if isinstance(self.doubt, errors.InvoiceNumberTaken):  # a list may lag behind
            return
        if isinstance(self.doubt, _REFUSALS):
            raise self.verdict()
        self.doubt = None

    def verdict(self) -> errors.B2BInvoicesError:
        """
        The error to end with.
        """
        match self.lost:
            case None if isinstance(self.doubt, errors.InvoiceNumberTaken):
                reason = "the number is taken, and it could not be looked up by which invoice"
                unknown: errors.B2BInvoicesError = errors.OutcomeUnknown(self.doubt.request, reason)
            case None:
                return self.doubt or self.last or errors.NotSent("The invoice", "there was no time")
            case errors.AnswerError():
                unknown = errors.OutcomeUnknown(self.lost.request, f"the answer {self.lost.status} does not settle it")
            case _:
                unknown = self.lost
        if self.last is not unknown:
            unknown.__cause__ = self.last
        return unknown


def _look_up(number: str, deadline: float) -> Generator[_Step, Any, Invoice | None]:
    """
    The invoice of the store that has the *number*, to the letter.
    """
    pages = Pages(UNSET, UNSET)
    while pages.is_more:
        offset, limit = pages.next
        field = InvoiceSearchField.INVOICE_NUMBER
        request = list_invoices._get_kwargs(q=number, search_by=field, offset=offset, limit=limit)  # noqa: SLF001
        answer = yield _Ask(request, list_invoices._RESPONSES, deadline)  # noqa: SLF001  as above
        for invoice in pages.new(answer.data, answer.meta.pagination.total_count):
            if invoice.invoice_number == number:
                found: Invoice = invoice
                return found
    return None


def _run(plan: _Plan, act: Callable[[_Step], Any]) -> InvoiceReference:
    proceed, argument = plan.send, None
    while True:
        try:
            step = proceed(argument)
        except StopIteration as end:
            reference: InvoiceReference = end.value
            return reference
        try:
            proceed, argument = plan.send, act(step)
        except errors.B2BInvoicesError as error:
            proceed, argument = plan.throw, error


async def _run_async(plan: _Plan, act: Callable[[_Step], Awaitable[Any]]) -> InvoiceReference:
    proceed, argument = plan.send, None
    while True:
        try:
            step = proceed(argument)
        except StopIteration as end:
            reference: InvoiceReference = end.value
            return reference
        try:
            proceed, argument = plan.send, await act(step)
        except errors.B2BInvoicesError as error:
            proceed, argument = plan.throw, error


# ---------------------------------------------------------------- the same invoice, or another one


def _same(draft: CreateInvoiceRequest, recorded: Invoice) -> InvoiceReference:
    """
    The id of the *recorded* invoice, if it is the one of the *draft*; raises `InvoiceConflict` if not.
    """
    if differences := _differences(draft, recorded):
        raise errors.InvoiceConflict(draft.invoice_number, recorded, differences)
    return InvoiceReference(id=recorded.id)


def _differences(draft: CreateInvoiceRequest, recorded: Invoice) -> list[errors.Difference]:
    ours, theirs = draft.original_balance, recorded.original_balance
    still, left = draft.open_balance, recorded.open_balance
    external_id = (draft.external_id or recorded.external_id or None, recorded.external_id or None)
    return [
        errors.Difference(field, str(drafted), str(found))
        for field, differs, drafted, found in (
            ("customer_id", draft.customer_id != recorded.customer_id, draft.customer_id, recorded.customer_id),
            ("original_balance", (ours.code, ours.value) != (theirs.code, theirs.value), _shown(ours), _shown(theirs)),
            ("open_balance", still.code != left.code or still.value < left.value, _shown(still), _shown(left)),
            ("external_id", external_id[0] != external_id[1], *external_id),
        )
        if differs
    ]


def _shown(balance: Balance | RecordedBalance) -> str:
    return f"{balance.code} {balance.value:f}"
