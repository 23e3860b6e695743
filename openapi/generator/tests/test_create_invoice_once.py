"""
That an invoice is created exactly once, wherever the way to the service breaks.
"""

import asyncio
import inspect
import itertools
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from b2b_invoices import Balance, Client, Retries, errors
from b2b_invoices.api.invoices import create_invoice_once
from openapi.generator.tests.service import Clock, Store, client_of, draft, example_response

Once = Callable[..., int]


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


@pytest.fixture(name="store")
def _store() -> Store:
    return Store()


@pytest.fixture(name="client")
def _client(store: Store, clock: Clock) -> Client:
    return client_of(store, retries=clock.retries())


@pytest.fixture(name="once", params=["sync", "asyncio"])
def _once(request: pytest.FixtureRequest) -> Once:
    def once(client: Client, body: Any) -> int:
        result = getattr(create_invoice_once, request.param)(client=client, body=body)
        reference = asyncio.run(result) if inspect.iscoroutine(result) else result
        return int(reference.id)

    return once


def test_good_day_takes_one_request(once: Once, client: Client, store: Store) -> None:
    """
    When all is well, nothing is looked up.
    """
    assert once(client, draft()) == 1
    assert store.requests == ["POST"]


@pytest.mark.parametrize("fault", Store.FAULTS)
@pytest.mark.parametrize("times", [1, 2])
def test_every_fault_leaves_one_invoice(once: Once, client: Client, store: Store, fault: str, times: int) -> None:
    """
    Wherever it breaks, once or twice, there is one invoice in the end, and its id is returned.
    """
    store.faults = [fault] * times

    assert once(client, draft()) == 1
    assert store.created == len(store.invoices) == 1


@pytest.mark.parametrize(
    "faults", list(itertools.product(["drop_after_commit", "refuse_connection"], Store.FAULTS)), ids="-".join
)
def test_faults_of_the_lookup_do_not_matter(once: Once, client: Client, store: Store, faults: tuple[str, str]) -> None:
    """
    A fault in the lookup leaves one invoice too.
    """
    store.faults = list(faults)

    assert once(client, draft()) == 1
    assert store.created == 1


def test_thousand_faults_leave_a_thousand_invoices(once: Once, clock: Clock) -> None:
    """
    A thousand creates, each with faults at random points, leave a thousand invoices, each with its own id.
    """
    chance, store = random.Random(7), Store()  # noqa: S311  chance, not a secret
    client = client_of(store, retries=clock.retries(attempts=8, deadline=10_000))
    ids = set()

    for number in range(1000):
        store.faults = [chance.choice([None, *Store.FAULTS]) for _ in range(chance.randint(1, 4))]
        ids.add(once(client, draft(f"INV-{number}")))

    assert len(ids) == len(store.invoices) == store.created == 1000


def test_process_that_was_killed_can_start_again(once: Once, client: Client, store: Store) -> None:
    """
    A second process that sends the same invoice gets the id of the first one's.
    """
    once(client, draft())

    assert once(client_of(store, retries=Retries.off()), draft()) == 1
    assert store.created == 1


def test_same_invoice_may_have_been_paid_since(once: Once, client: Client, store: Store) -> None:
    """
    That less is open than was sent is a payment, not another invoice.
    """
    once(client, draft())
    store.invoices["0000001"]["openBalance"]["value"] = "40.0000"

    assert once(client, draft()) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"customer_id": "77"}, "customer_id is 12345 in the store and 77 in the draft"),
        (
            {"original_balance": Balance(code="USD", value="100.11")},
            "original_balance is USD 100.1000 in the store and USD 100.11 in the draft",
        ),
        (
            {"original_balance": Balance(code="EUR", value="100.10")},
            "original_balance is EUR 100.1000 in the store and EUR 100.10 in the draft",
        ),
        (
            {"open_balance": Balance(code="USD", value=0)},
            "open_balance is USD 100.1000 in the store and USD 0 in the draft",
        ),
        (
            {"open_balance": Balance(code="GBP", value=999)},
            "open_balance is USD 100.1000 in the store and GBP 999 in the draft",
        ),
        ({"external_id": "ERP-1"}, "external_id is None in the store and ERP-1 in the draft"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_other_invoice_is_a_conflict(
    once: Once, client: Client, store: Store, change: dict[str, Any], sentence: str
) -> None:
    """
    When the number belongs to an invoice that differs in what identifies it, both sides are shown.
    """
    once(client, draft())

    with pytest.raises(errors.InvoiceConflict) as caught:
        once(client, draft(**change))

    expected = sentence.replace("EUR 100.1000", "USD 100.1000")
    assert str(caught.value) == (
        f"The number '0000001' belongs to invoice 1, which is different: {expected}. "
        "Nothing was created. Correct the draft, or use another number."
    )
    assert (caught.value.number, caught.value.recorded.id) == ("0000001", 1)
    assert [difference.field for difference in caught.value.differences] == [next(iter(change))]
    assert store.created == 1


def test_number_is_matched_to_the_letter(once: Once, client: Client, store: Store) -> None:
    """
    Numbers that only look alike are other invoices, however many pages of them there are.
    """
    for number in range(600):
        other = store._recorded({**draft(f"inv-1-{number}").to_dict(), "orderNumber": None})
        store.invoices[f"inv-1-{number}"] = {**other, "id": 1000 + number}
    store.faults = ["drop_after_commit"]

    once(client, draft("INV-1"))

    assert store.created == 1
    assert store.requests == ["POST drop_after_commit", "GET", "GET", "GET"]


@pytest.mark.parametrize("name", ["NoSuchCompany", "Violations", "MissingCredentials"])
def test_plain_error_response_comes_through(once: Once, clock: Clock, name: str) -> None:
    """
    An error response that leaves no doubt is raised as by create_invoice.
    """
    status = {"NoSuchCompany": 404, "Violations": 422, "MissingCredentials": 401}[name]
    client = client_of(lambda _request: example_response(name, status), retries=clock.retries())

    with pytest.raises((errors.NotFound, errors.Unprocessable, errors.Unauthorized)):
        once(client, draft())


def test_order_of_another_invoice_comes_through(once: Once, client: Client) -> None:
    """
    An order that has an invoice of another number is rejected as such.
    """
    once(client, draft("INV-1", order_number="118"))

    with pytest.raises(errors.OrderAlreadyInvoiced):
        once(client, draft("INV-2", order_number="118"))


def test_order_of_the_same_invoice_is_no_obstacle(once: Once, clock: Clock) -> None:
    """
    A service that looks at the order first says that it has an invoice; it is the same one.
    """
    store = Store()
    once(client_of(store), draft(order_number="118"))

    def handler(request: httpx.Request) -> httpx.Response:
        return example_response("OrderAlreadyInvoiced", 400) if request.method == "POST" else store(request)

    assert once(client_of(handler, retries=clock.retries()), draft(order_number="118")) == 1


def test_list_that_lags_is_asked_again(once: Once, clock: Clock) -> None:
    """
    A number that is taken but not in the list yet is looked up until it is.
    """
    store, pages = Store(), iter(["EmptyPage", "EmptyPage"])
    once(client_of(store), draft())

    def handler(request: httpx.Request) -> httpx.Response:
        name = next(pages, None) if request.method == "GET" else None
        return example_response(name) if name else store(request)

    assert once(client_of(handler, retries=clock.retries()), draft()) == 1
    assert len(clock.slept) == 2


def test_taken_number_that_nobody_has_is_an_unknown_outcome(once: Once, clock: Clock) -> None:
    """
    A number that stays taken by no invoice that is listed may be this one's: a list can lag behind.
    """

    def handler(request: httpx.Request) -> httpx.Response:
        return example_response("EmptyPage") if request.method == "GET" else example_response("NumberTaken", 400)

    with pytest.raises(
        errors.OutcomeUnknown, match="the number is taken, and the invoice that has it could not be found"
    ):
        once(client_of(handler, retries=clock.retries()), draft())

    assert len(clock.slept) == 8


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("words", ["Die Rechnungsnummer existiert bereits.", {"invoiceNumber": ["Taken."]}])
def test_error_response_in_other_words_is_looked_up_too(once: Once, clock: Clock, status: int, words: Any) -> None:
    """
    An invoice that is there already is found, however the service says that it is.
    """
    store = Store()
    once(client_of(store), draft())

    def handler(request: httpx.Request) -> httpx.Response:
        envelope = {"code": status, "data": {"errMsg": words}, "meta": {"message": "No"}}
        return httpx.Response(status, json=envelope) if request.method == "POST" else store(request)

    assert once(client_of(handler, retries=clock.retries()), draft()) == 1


def test_external_id_that_was_added_later_is_no_other_invoice(once: Once, client: Client, store: Store) -> None:
    """
    A draft that has no external id says nothing of the one that the invoice has by now.
    """
    once(client, draft())
    store.invoices["0000001"]["externalId"] = "ERP-1"

    assert once(client, draft()) == 1


def test_limit_without_an_envelope_is_waited_for(once: Once, clock: Clock) -> None:
    """
    A gateway's 429, with any body, did not carry anything out, and says how long to wait.
    """
    store, gateway = Store(), iter([httpx.Response(429, text="slow down", headers={"Retry-After": "20"})])

    assert once(client_of(lambda request: next(gateway, None) or store(request), retries=clock.retries()), draft()) == 1
    assert (store.requests, clock.slept) == (["POST"], [20.0])


def test_nothing_is_asked_after_the_deadline(once: Once, clock: Clock) -> None:
    """
    When a slow create used up the time, its number is not looked up any more.
    """
    asked = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        clock.now += 30
        raise httpx.ReadTimeout("slow", request=request)

    with pytest.raises(errors.OutcomeUnknown):
        once(client_of(handler, retries=clock.retries(deadline=10)), draft())

    assert asked == ["POST"]


def test_amount_that_nobody_can_write_out_is_no_amount(once: Once, clock: Clock) -> None:
    """
    A recorded balance with an absurd exponent is outside the contract, and takes no memory.
    """
    store = Store()
    once(client_of(store), draft())

    def handler(request: httpx.Request) -> httpx.Response:
        returned = store(request)
        return httpx.Response(
            returned.status_code, content=returned.content.replace(b'"100.1000"', b"1E999999999999999")
        )

    with pytest.raises(errors.OutcomeUnknown) as caught:
        once(client_of(handler, retries=clock.retries(attempts=1)), draft())

    assert isinstance(caught.value.__cause__, errors.UnexpectedAnswer)
    assert caught.value.__cause__.pointer == "/data/0/originalBalance/value"


@pytest.mark.parametrize("fault", ["drop_before_commit", "html", "error_before_commit"])
def test_doubt_that_stays_is_said(once: Once, client: Client, store: Store, fault: str) -> None:
    """
    When every attempt breaks, the outcome is unknown, and the cause is what broke last.
    """
    store.faults = [fault] * 1000

    with pytest.raises(
        errors.OutcomeUnknown,
        match=r"its outcome is unknown: .* call create_invoice_once with the same body to find out\.",
    ) as caught:
        once(client, draft())

    assert isinstance(caught.value.__cause__, errors.B2BInvoicesError)


def test_error_response_after_a_lost_create_does_not_hide_it(once: Once, clock: Clock) -> None:
    """
    When a token is revoked after a create whose response was lost, the outcome of that create is still unknown.
    """
    store, creates = Store(faults=["drop_after_commit"]), itertools.count()

    def handler(request: httpx.Request) -> httpx.Response:
        return example_response("MissingCredentials", 401) if next(creates) else store(request)

    with pytest.raises(errors.OutcomeUnknown) as caught:
        once(client_of(handler, retries=clock.retries()), draft())

    assert isinstance(caught.value.__cause__, errors.Unauthorized)


def test_rejection_that_the_lookup_confirms_is_final(once: Once, clock: Clock) -> None:
    """
    When the second create is rejected for its order, and no invoice has the number, nothing more is sent.
    """
    store, sent = Store(), []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request.method)
        if sent == ["POST"]:
            raise httpx.ReadError("connection reset", request=request)
        return example_response("OrderAlreadyInvoiced", 400) if request.method == "POST" else store(request)

    with pytest.raises(errors.OutcomeUnknown):
        once(client_of(handler, retries=clock.retries()), draft(order_number="118"))

    assert sent == ["POST", "GET", "POST", "GET"]


def test_service_that_cannot_be_reached_is_given_up(once: Once, client: Client, store: Store) -> None:
    """
    When nothing was ever sent, the error says so.
    """
    store.faults = ["refuse_connection"] * 1000

    with pytest.raises(errors.NotSent):
        once(client, draft())


def test_deadline_holds(once: Once, store: Store, clock: Clock) -> None:
    """
    It does not go on for ever, nor much longer than the policy allows.
    """
    store.faults = ["error_before_commit"] * 1000
    client = client_of(store, retries=clock.retries(attempts=1000, deadline=60))

    with pytest.raises(errors.OutcomeUnknown):
        once(client, draft())

    assert clock.now <= 120


def test_invalid_body_is_not_sent(once: Once, client: Client, store: Store) -> None:
    """
    A body that breaks the contract is rejected first.
    """
    with pytest.raises(errors.InvalidRequest):
        once(client, draft(customer_id=Decimal(1)))

    assert store.requests == []


@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_invoice_is_sent_no_more_often_than_the_policy_has_it(once: Once, clock: Clock, attempts: int) -> None:
    """
    The policy counts how often the invoice is sent, not how often that is tried again.
    """
    store = Store(faults=["refuse_connection"] * 1000)

    with pytest.raises(errors.NotSent):
        once(client_of(store, retries=clock.retries(attempts=attempts)), draft())

    assert store.requests == ["POST refuse_connection"] * attempts
    assert len(clock.slept) == attempts - 1


def test_last_send_that_is_lost_too(once: Once, clock: Clock) -> None:
    """
    When the last response that the policy allows is lost as well, the outcome is unknown, and nothing more is sent.
    """
    store = Store(faults=["error_before_commit", "too_many", None, "error_before_commit"])

    with pytest.raises(errors.OutcomeUnknown):
        once(client_of(store, retries=clock.retries(attempts=2)), draft())

    assert store.requests == ["POST error_before_commit", "GET too_many", "GET", "POST error_before_commit"]


def test_without_retries_the_number_is_looked_up_once_and_nobody_waits(once: Once, clock: Clock) -> None:
    """
    With a policy of one attempt a lost response is still looked up, at once.
    """
    store = Store(faults=["drop_after_commit"])

    assert once(client_of(store, retries=clock.retries(attempts=1)), draft()) == 1
    assert (store.requests, clock.slept) == (["POST drop_after_commit", "GET"], [])


def test_wait_between_two_sends_is_what_the_headers_say(once: Once, client: Client, store: Store, clock: Clock) -> None:
    """
    After a 429 the next send waits for the window that the response names.
    """
    store.faults = ["too_many"]

    once(client, draft())

    assert clock.slept == [0.39]


def test_window_beyond_the_deadline_is_not_waited_for(once: Once, clock: Clock) -> None:
    """
    When the store has no requests left until after the deadline, the invoice is not sent, and that is said.
    """
    client = client_of(Store(), retries=clock.retries(deadline=10))
    client.pace.left, client.pace.resets_at = 0, 60.0

    with pytest.raises(errors.NotSent, match="the store has no requests left for 60 seconds"):
        once(client, draft())

    assert clock.slept == []
