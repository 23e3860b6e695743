"""
Edge cases of responses: credentials stay hidden, outcomes are reported correctly, no item is skipped.
"""

import pickle
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from b2b_invoices import CreateInvoiceRequest, errors, iter_invoices
from b2b_invoices.api.invoices import create_invoice, create_invoice_once, delete_invoice, get_invoice
from openapi.generator.tests.service import TOKEN, Clock, client_of, draft, example, example_response, script

Handler = Callable[[httpx.Request], httpx.Response]


def in_turn(*responses: httpx.Response | Exception) -> Handler:
    """
    A service that gives these *responses*, one after the other, then the last one again.
    """
    left = list(responses)

    def handler(_request: httpx.Request) -> httpx.Response:
        found = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(found, Exception):
            raise found
        return found

    return handler


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_shows_no_credential(status: int) -> None:
    """
    A response that leads elsewhere keeps no request that carries the token, not in a pickle either.
    """
    client = client_of(lambda _: httpx.Response(status, headers={"Location": "https://elsewhere.example/x"}))

    with pytest.raises(errors.UnexpectedAnswer) as caught:
        create_invoice.sync(client=client, body=draft())

    assert caught.value.raw.next_request is None
    assert TOKEN.encode() not in pickle.dumps(caught.value)


@pytest.mark.parametrize("location", ["http://xn--/", "http://xn--a/"])
def test_redirect_to_no_host_is_an_error_of_ours(location: str) -> None:
    """
    A redirect to what cannot be a host raises nothing but an error of the tree.
    """
    client = client_of(lambda _: httpx.Response(302, headers={"Location": location}))

    with pytest.raises(errors.B2BInvoicesError):
        create_invoice.sync(client=client, body=draft())


@pytest.mark.parametrize(
    "date", ["Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "Mon, 01 Jan 2029 00:00:00 +99999999"]
)
def test_date_that_no_calendar_has_is_no_date(date: str) -> None:
    """
    An invalid date in Retry-After does not hide the error response.
    """
    client = client_of(lambda _: example_response("TooMany", 429, headers={"Retry-After": date}))

    with pytest.raises(errors.TooManyRequests) as caught:
        create_invoice.sync(client=client, body=draft())

    assert caught.value.retry_after is None


@pytest.fixture(name="_usual_recursion_limit")
def _recursion_limit() -> Iterator[None]:
    """
    Python's default recursion limit, which Hypothesis raises.
    """
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("_usual_recursion_limit")
def test_error_response_beside_deeply_nested_data_is_reported() -> None:
    """
    An error response with another key that is nested too deeply is still reported as that error.
    """
    pit = "[" * 600 + "]" * 600
    body = f'{{"code": 404, "data": {{"errMsg": "no"}}, "meta": {{"message": "m"}}, "more": {pit}}}'
    client = client_of(lambda _: httpx.Response(404, content=body.encode()))

    with pytest.raises(errors.AnswerError) as caught:
        get_invoice.sync(12, client=client)

    assert caught.value.status == 404
    assert str(caught.value).startswith("GET /api/v3/io/ip/invoices/12 returned 404")


def test_cookies_are_neither_taken_nor_sent() -> None:
    """
    A cookie in a response, however strange, changes no later request.
    """
    sent: list[str | None] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers.get("Cookie"))
        return example_response("Created", headers=[("Set-Cookie", "sess=abc"), ("Set-Cookie", b"\xff=\xff")])

    client = client_of(handler)

    for _ in range(3):
        create_invoice.sync(client=client, body=draft())

    assert sent == [None, None, None]


def test_delete_that_may_have_landed_is_not_called_unsent() -> None:
    """
    A delete whose first attempt was lost has an unknown outcome, even if the others were not sent.
    """
    lost, rejected = httpx.ReadTimeout("lost"), httpx.ConnectError("refused")

    for last in (rejected, example_response("TooMany", 429)):
        client = client_of(in_turn(lost, last), retries=Clock().retries())
        with pytest.raises(errors.OutcomeUnknown):
            delete_invoice.sync(12, client=client)


def test_deadline_counts_every_wait_of_pacing(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A request that others never leave room for is given up at the deadline, not later.
    """
    clock = Clock()
    used_up = {"X-Requests-Remaining": "0 times", "X-Request-Window-Resets-After": "60 s"}
    client = client_of(lambda _: example_response("Created", headers=used_up), retries=clock.retries(deadline=100))
    create_invoice.sync(client=client, body=draft())
    monkeypatch.setattr(type(client.pace), "take", lambda *_: 60.0)  # other threads are always faster

    with pytest.raises(errors.NotSent):
        create_invoice.sync(client=client, body=draft())

    assert clock.now <= 100


def test_responses_that_overtake_each_other_leave_no_more_than_the_least() -> None:
    """
    Within a window, an older response that comes later gives no requests back.
    """
    client = client_of(lambda _: example_response("Created"))
    headers = [
        httpx.Headers({"X-Requests-Remaining": f"{left} times", "X-Request-Window-Resets-After": "60 s"})
        for left in (0, 2, 1)
    ]

    for late in headers:
        client.pace.under_way = 1
        client.pace.note(late, now=0.0)

    assert client.pace.left == 0


def test_milliseconds_are_not_taken_for_seconds() -> None:
    """
    A reset in an undocumented unit is ignored.
    """
    client = client_of(lambda _: example_response("TooMany", 429, headers={"X-Request-Window-Resets-After": "397 ms"}))

    with pytest.raises(errors.TooManyRequests) as caught:
        create_invoice.sync(client=client, body=draft())

    assert caught.value.retry_after is None


def test_list_that_grows_by_a_page_is_read_to_its_end() -> None:
    """
    As many new invoices as a page holds push everything back by one; nothing that was there before is skipped.
    """
    recorded = [5, 4, 3, 2, 1]

    def handler(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params["offset"])
        invoices = [{**example("ReadMinimalInvoice")["data"], "id": number} for number in recorded[offset : offset + 1]]
        pagination = {"totalCount": len(recorded), "limit": 1, "offset": offset}
        if offset == 0:
            recorded.insert(0, 6)  # created just after the first page
        return httpx.Response(
            200, json={"code": 200, "data": invoices, "meta": {"message": "Success", "pagination": pagination}}
        )

    found = [invoice.id for invoice in iter_invoices(client=client_of(handler), limit=1)]

    assert found == [5, 4, 3, 2, 1]


def test_taken_number_that_cannot_be_looked_up_is_an_unknown_outcome() -> None:
    """
    When the number is taken and the list is forbidden, nobody knows by which invoice, and the error says why.
    """
    client = client_of(
        in_turn(example_response("NumberTaken", 400), example_response("AnotherStore", 403)), retries=Clock().retries()
    )

    with pytest.raises(
        errors.OutcomeUnknown, match="the number is taken, and the invoice that has it could not be found"
    ) as caught:
        create_invoice_once.sync(client=client, body=draft())

    assert isinstance(caught.value.__cause__, errors.Forbidden)


def test_no_error_is_its_own_cause() -> None:
    """
    A doubt that stays has the failure below it as its cause, not itself.
    """
    lost = httpx.ReadTimeout("lost")
    client = client_of(in_turn(lost, example_response("EmptyPage")), retries=Clock().retries(attempts=1))

    with pytest.raises(errors.OutcomeUnknown) as caught:
        create_invoice_once.sync(client=client, body=draft())

    assert caught.value.__cause__ is not caught.value


def test_key_is_sent_once() -> None:
    """
    A key that is a field, set as if it were none, does not go out twice.
    """
    sent: list[bytes] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return example_response("Created")

    body = draft()
    body["customerId"] = "999"

    create_invoice.sync(client=client_of(handler), body=body)

    assert sent[0].count(b'"customerId"') == 1
    assert b'"customerId":"12345"' in sent[0]


def test_header_with_a_space_around_it_is_rejected() -> None:
    """
    A header that cannot be sent is rejected before anything is, with the reason.
    """
    with pytest.raises(errors.InvalidSetting, match="'X-T' has a value that begins or ends with a space"):
        create_invoice.sync(
            client=client_of(lambda _: example_response("Created")), body=draft(), headers={"X-T": " a"}
        )


@pytest.mark.parametrize("invoice_id", ["", ".", "..", None, True])
def test_id_that_leads_elsewhere_is_not_sent(invoice_id: Any) -> None:
    """
    An invalid id cannot change the path of a read or a delete.
    """
    handler, sent = script()
    client = client_of(handler)

    for operation in (get_invoice, delete_invoice):
        with pytest.raises(errors.InvalidRequest) as caught:
            operation.sync(invoice_id, client=client)
        assert str(caught.value) == f"Nothing was sent. the request: expected an id in the path, got {invoice_id!r}."

    assert sent == []


@pytest.mark.parametrize("timeout", [float("inf"), 1e10, httpx.Timeout(-1), httpx.Timeout(float("nan"))])
def test_timeout_that_no_socket_can_wait_is_rejected(timeout: Any) -> None:
    """
    A timeout that cannot be kept is rejected by name, for a client and for a call.
    """
    with pytest.raises(errors.InvalidSetting, match="timeout"):
        client_of(lambda _: example_response("Created"), timeout=timeout)
    with pytest.raises(errors.InvalidSetting, match="timeout"):
        get_invoice.sync(12, client=client_of(lambda _: example_response("Created")), timeout=timeout)


def test_number_inside_details_goes_out_as_the_number_it_came_as() -> None:
    """
    An amount that was read as a JSON number is sent as one, with the same digits.
    """
    sent: list[bytes] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return example_response("Created")

    body = CreateInvoiceRequest.from_dict(example("ExternalInvoice"))

    create_invoice.sync(client=client_of(handler), body=body)

    assert b'"costLines":[{"amount":{"code":"GBP","value":566.5},"description":"Total"}]' in sent[0]
