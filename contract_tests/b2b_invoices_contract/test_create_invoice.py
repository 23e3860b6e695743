"""
What createInvoice promises of the invoice that it records, checked by writing and reading back.
"""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .failures import Comparisons, expect, expect_between, same
from .profiles import Pace
from .readings import SPECIAL, is_default_due_date, reading, unsent
from .real_bodies import REAL_BODIES
from .session import Api, Invoice, id_in
from .strategies import OPEN, SETTLED, Draft

_SKEW = 300  # seconds that the clock of another machine may be off by
_OK = 200
_OPEN, _PARTIALLY_PAID, _COMPLETED = 0, 1, 2
_DEFAULTS = {"type": "Invoice", "source": 0}
_ABSENT = "(absent)"
_KINDS = ["barest", "whole", "open", "settled", pytest.param("any", marks=pytest.mark.thorough)]


@pytest.mark.promise("settled-is-completed")
@pytest.mark.promise("open-status-is-kept")
@pytest.mark.promise("type-default")
@pytest.mark.promise("status-default")
@pytest.mark.promise("source-default")
@pytest.mark.promise("due-date-default")
@pytest.mark.promise("issued-at-default")
@pytest.mark.promise("updated-at-is-now")
@pytest.mark.promise("stored-as-sent")
@pytest.mark.promise("balances-are-exact")
@pytest.mark.promise("order-number-reads-as-number")
@pytest.mark.promise("channel-id-reads-as-text")
@pytest.mark.promise("issued-at-reads-as-created-at")
@pytest.mark.promise("details-are-unchanged")
@pytest.mark.promise("unset-fields-read-as-null")
@pytest.mark.promise("created-id-is-readable")
@pytest.mark.parametrize("kind", _KINDS)
@given(data=st.data())
def test_recorded(api: Api, data: st.DataObject, kind: str) -> None:
    """
    A created invoice is what was sent, with the defaults for what was not.
    """
    draft = data.draw(_drafts(api, kind))

    before = int(time.time())
    invoice_id = api.created_id(draft)
    after = int(time.time())
    invoice = api.invoice(invoice_id)

    with Comparisons() as compare:
        compare.make(expect, invoice.get("id"), invoice_id, "id read back:", promise="created-id-is-readable")
        _compare_sent(api, compare, draft, invoice)
        _compare_unsent(api, compare, draft, invoice)
        _compare_status(compare, draft, invoice)
        skew = 0 if api.target.embedded else _SKEW
        _compare_times(compare, draft, invoice, (before - skew, after + skew))
        if "dueDate" not in draft:
            _compare_due_date(api, compare, invoice, (before - skew, after + skew))


def _drafts(api: Api, kind: str) -> st.SearchStrategy[Draft]:
    match kind:
        case "barest":
            return api.drafts.barest()
        case "whole":
            return api.drafts.drafts(whole=True, details=api.drafts.details_with_unknown_keys())
        case "open":
            status = st.sampled_from([_PARTIALLY_PAID, _OPEN])
            return api.drafts.drafts(openBalance=OPEN, status=status, without=("type", "source", "dueDate", "issuedAt"))
        case "settled":
            return api.drafts.drafts(openBalance=SETTLED)
        case _:
            return api.drafts.drafts()


def _compare_sent(api: Api, compare: Comparisons, draft: Draft, invoice: Invoice) -> None:
    expected = reading(draft, api.drafts.read)
    status = expected.pop("status", None)  # has promises of its own
    wrong = [name for name, value in expected.items() if not same(invoice.get(name), value)]
    for name in wrong:
        what = f"{name} read back:"
        compare.make(expect, invoice.get(name), expected[name], what, promise=SPECIAL.get(name, "stored-as-sent"))
    if any(name in SPECIAL for name in wrong) or (status is not None and invoice.get("status") is None):
        read = {name: invoice.get(name) for name in wrong}
        compare.make(expect, read, {name: expected[name] for name in wrong}, "read back:", promise="stored-as-sent")


def _compare_unsent(api: Api, compare: Comparisons, draft: Draft, invoice: Invoice) -> None:
    nothing = unsent(draft, api.drafts.sent, api.drafts.read)
    read = {name: invoice.get(name, _ABSENT) for name in nothing}
    compare.make(expect, read, nothing, "fields that were not sent read back:", promise="unset-fields-read-as-null")
    for name, default in _DEFAULTS.items():
        if name not in draft:
            compare.make(expect, invoice.get(name), default, f"{name} when none was sent:", promise=f"{name}-default")


def _compare_status(compare: Comparisons, draft: Draft, invoice: Invoice) -> None:
    value, status = draft["openBalance"]["value"], draft.get("status", _OPEN)
    what = f"status for open balance {value}, sent with {draft.get('status', 'none')}:"
    if value <= 0:
        compare.make(expect, invoice.get("status"), _COMPLETED, what, promise="settled-is-completed")
    elif status != _COMPLETED:
        promise = "open-status-is-kept" if "status" in draft else "status-default"
        compare.make(expect, invoice.get("status"), status, what, promise=promise)


def _compare_times(compare: Comparisons, draft: Draft, invoice: Invoice, now: tuple[int, int]) -> None:
    what, promise = "updatedAt of a new invoice:", "updated-at-is-now"
    compare.make(expect_between, invoice.get("updatedAt"), *now, what, promise=promise)
    if "issuedAt" not in draft:
        what, promise = "createdAt when no time of issue was sent:", "issued-at-default"
        compare.make(expect_between, invoice.get("createdAt"), *now, what, promise=promise)


def _compare_due_date(api: Api, compare: Comparisons, invoice: Invoice, now: tuple[int, int]) -> None:
    terms = "some" if api.target.payment_terms is None else api.target.payment_terms
    is_due = is_default_due_date(invoice.get("dueDate"), now, api.target.payment_terms)
    what = f"whether the due date {invoice.get('dueDate')} is {terms} days after the create:"
    compare.make(expect, is_due, expected=True, what=what, promise="due-date-default")


@pytest.mark.promise("published-bodies-accepted")
def test_real_bodies(api: Api, pace: Pace) -> None:
    """
    Bodies that are known to be sent are accepted as they are, but for their numbers, and read back so.
    """
    with Comparisons() as compare:
        for name in pace.some(list(REAL_BODIES), 1):
            order = {"orderNumber": api.drafts.order_number()} if "orderNumber" in REAL_BODIES[name] else {}
            number = api.drafts.number(REAL_BODIES[name]["invoiceNumber"])
            body = REAL_BODIES[name] | order | {"invoiceNumber": number, "customerId": api.drafts.company_id}
            compare.make(_expect_kept, api, name, body)


def _expect_kept(api: Api, name: str, body: Draft) -> None:
    exchange = api.send("POST", json=body)
    expect(exchange.status, _OK, f"status of a create with the body of {name}:", exchange)
    expected = reading(body, api.drafts.read)
    invoice = api.invoice(id_in(exchange))
    expect({field: invoice.get(field) for field in expected}, expected, f"fields of the body of {name} read back:")
