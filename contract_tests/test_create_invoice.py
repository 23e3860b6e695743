"""
What createInvoice promises, checked by writing through the generated client and reading back.
"""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b_invoices.models import IncludeExtraFields, InvoiceSearchField

from .contract import load_document
from .failures import expect, expect_between, expect_in
from .readings import reading, unsent
from .real_bodies import REAL_BODIES
from .session import Api, Invoice
from .strategies import OPEN, SETTLED, Draft

_DAY = 24 * 60 * 60
_SKEW = 300  # seconds that the clock of another machine may be off by
_OPEN, _PARTIALLY_PAID, _COMPLETED = 0, 1, 2

_EXAMPLES = load_document()["components"]["examples"]
NUMBER_TAKEN = _EXAMPLES["NumberTaken"]["value"]["data"]["errMsg"]
ORDER_ALREADY_INVOICED = _EXAMPLES["OrderAlreadyInvoiced"]["value"]["data"]["errMsg"]

_MALFORMED = [
    b"",
    b"{",
    b'{"a": NaN}',
    b'{"a": Infinity}',
    b"\xff\xfe",
    b'{"a": "\xff"}',
    b"{'a': 1}",
    b"[1,]",
]

_OTHER_MEDIA_TYPES = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/xml",
    "multipart/form-data",
    "application/jsonp",
]

MISSING = "(missing)"

_SPOILERS: list[tuple[str, Any]] = [
    ("invoiceNumber", 7),
    ("originalBalance", 100),
    ("openBalance.value", "100"),
    ("openBalance.code", None),
    ("customerId", 12345),
    ("type", None),
    ("dueDate", "tomorrow"),
    ("status", 3),
    ("issuedAt", "2031-01-01"),
    ("source", "1"),
    ("channelId", True),
    ("extraFields", {}),
    ("details.header.billingAddress.city", None),
    ("details.header.shippingAddresses.0.zipCode", 78726),
    ("details.header.costLines.0.amount.value", []),
    ("details.details.lineItems.0.quantity", 2),
    ("details.details.lineItems.0.unitPrice.code", 1),
    ("details.details.shipments.0.comments", None),
    ("invoiceNumber", MISSING),
    ("originalBalance", MISSING),
    ("openBalance", MISSING),
    ("customerId", MISSING),
    ("openBalance.code", MISSING),
    ("openBalance.value", MISSING),
    ("details.header.costLines.0.description", MISSING),
    ("details.header.billingAddress.street2", MISSING),
    ("details.details.lineItems.0.sku", MISSING),
    ("details.details.shipments.0.shipVia", MISSING),
    ("extraFields.0.fieldValue", MISSING),
]
"""Paths of fields with values that they cannot have, or that they cannot do without."""


@pytest.mark.promise("settled-is-completed")
@given(data=st.data())
def test_settled_is_completed(api: Api, data: st.DataObject) -> None:
    """
    An invoice with nothing left to pay is completed, whatever status it is sent with.
    """
    draft = data.draw(api.drafts.drafts(openBalance=SETTLED))

    invoice = api.created(draft)

    expect(invoice["status"], _COMPLETED, f"status for open balance {draft['openBalance']['value']}:")


@pytest.mark.promise("open-status-kept")
@given(data=st.data())
def test_open_status_is_kept(api: Api, data: st.DataObject) -> None:
    """
    An invoice with something left to pay is as open or as partially paid as it was sent.
    """
    status = st.sampled_from([_OPEN, _PARTIALLY_PAID])
    draft = data.draw(api.drafts.drafts(openBalance=OPEN, status=status))

    invoice = api.created(draft)

    expect(invoice["status"], draft["status"], f"status for open balance {draft['openBalance']['value']}:")


@pytest.mark.parametrize(
    ("field", "default"),
    [
        pytest.param("type", "Invoice", marks=pytest.mark.promise("type-default")),
        pytest.param("status", _OPEN, marks=pytest.mark.promise("status-default")),
        pytest.param("source", 0, marks=pytest.mark.promise("source-default")),
    ],
)
@given(data=st.data())
def test_default(api: Api, data: st.DataObject, field: str, default: Any) -> None:
    """
    A field that is not sent has its default.
    """
    draft = data.draw(api.drafts.drafts(without=(field,), openBalance=OPEN))

    invoice = api.created(draft)

    expect(invoice[field], default, f"{field} when none was sent:")


@pytest.mark.promise("due-date-default")
@given(data=st.data())
def test_due_date_default(api: Api, data: st.DataObject) -> None:
    """
    An invoice without a due date is due the payment terms from now.
    """
    draft = data.draw(api.drafts.drafts(without=("dueDate",)))
    terms = api.target.payment_terms
    least, most = (0, 366) if terms is None else (terms, terms)

    before = int(time.time())
    invoice = api.created(draft)
    after = int(time.time())

    skew = 0 if api.target.embedded else _SKEW + _DAY * (terms is None)
    earliest, latest = before + least * _DAY - skew, after + most * _DAY + skew
    expect_between(invoice["dueDate"], earliest, latest, "due date when none was sent:")


@pytest.mark.promise("issued-at-default")
@given(data=st.data())
def test_issued_at_default(api: Api, data: st.DataObject) -> None:
    """
    An invoice without a time of issue counts as issued now.
    """
    draft = data.draw(api.drafts.drafts(without=("issuedAt",)))

    before = int(time.time())
    invoice = api.created(draft)
    after = int(time.time())

    skew = 0 if api.target.embedded else _SKEW
    expect_between(invoice["createdAt"], before - skew, after + skew, "createdAt when no time of issue was sent:")


@pytest.mark.promise("stored-as-sent")
@given(data=st.data())
def test_stored_as_sent(api: Api, data: st.DataObject) -> None:
    """
    Every field reads back as it was sent, alone and in a list.
    """
    draft = data.draw(api.drafts.drafts())
    expected = reading(draft, api.drafts.read)

    invoice = api.created(draft)

    expect({name: invoice.get(name) for name in expected}, expected, "fields read back:")
    expect(_listed(api, invoice), invoice, "the invoice in a list:")


@pytest.mark.promise("stored-as-sent")
@pytest.mark.parametrize("extent", ["barest", "whole"])
@given(data=st.data())
def test_stored_as_sent_with_no_or_every_optional_field(api: Api, data: st.DataObject, extent: str) -> None:
    """
    Every field reads back as it was sent when only those are that must be, and when all of them are.
    """
    draft = data.draw(api.drafts.barest() if extent == "barest" else api.drafts.drafts(whole=True))
    expected = reading(draft, api.drafts.read)

    invoice = api.created(draft)

    expect({name: invoice.get(name) for name in expected}, expected, "fields read back:")


@pytest.mark.promise("unset-reads-as-nothing")
@pytest.mark.parametrize("extent", ["barest", "any"])
@given(data=st.data())
def test_unset_reads_as_nothing(api: Api, data: st.DataObject, extent: str) -> None:
    """
    A field that was not sent and has no default reads as null, or as an empty list.
    """
    draft = data.draw(api.drafts.barest() if extent == "barest" else api.drafts.drafts())
    expected = unsent(draft, api.drafts.sent, api.drafts.read)

    invoice = api.created(draft)

    expect({name: invoice.get(name) for name in expected}, expected, "fields that were not sent read back:")


@pytest.mark.promise("details-kept-verbatim")
@given(data=st.data())
def test_details_are_kept_verbatim(api: Api, data: st.DataObject) -> None:
    """
    The details read back to the letter, with keys that nobody knows at every level.
    """
    draft = data.draw(api.drafts.drafts(details=api.drafts.details_with_unknown_keys()))

    invoice = api.created(draft)

    expect(invoice["details"], draft["details"], "details read back:")


@pytest.mark.promise("id-is-new")
@given(data=st.data())
def test_id_is_new(api: Api, data: st.DataObject) -> None:
    """
    Ids are all different, also from those of deleted invoices.
    """
    drafts = data.draw(st.lists(api.drafts.drafts(), min_size=2, max_size=4))

    ids = []
    for draft in drafts:
        ids.append(api.created_id(draft))
        api.delete(ids[-1])
    ids += [api.created_id(data.draw(api.drafts.drafts())) for _ in range(2)]

    expect(len(set(ids)), len(ids), f"different ids among {ids}:")


@pytest.mark.promise("number-is-unique")
@given(data=st.data())
def test_number_is_unique(api: Api, data: st.DataObject) -> None:
    """
    A second invoice with the same number is refused, however different it is otherwise.
    """
    draft = data.draw(api.drafts.drafts())
    again = data.draw(api.drafts.drafts(invoiceNumber=st.just(draft["invoiceNumber"])))
    api.created_id(draft)

    answer = api.create(again)

    expect(answer.status_code, 400, "status of a create with a number in use:")
    expect(answer.parsed.data.err_msg, NUMBER_TAKEN, "errMsg of a create with a number in use:")


@pytest.mark.promise("order-is-invoiced-once")
@given(data=st.data())
def test_order_is_invoiced_once(api: Api, data: st.DataObject) -> None:
    """
    A second invoice for the same order is refused, and one with the order in its external id is not.
    """
    draft = data.draw(api.drafts.drafts(orderNumber=st.builds(api.drafts.order_number)))
    again = data.draw(api.drafts.drafts(orderNumber=st.just(draft["orderNumber"])))
    beside = data.draw(api.drafts.drafts(without=("orderNumber",), externalId=st.just(draft["orderNumber"])))
    api.created_id(draft)

    answer = api.create(again)

    expect(answer.status_code, 400, "status of a second create for an order:")
    expect(answer.parsed.data.err_msg, ORDER_ALREADY_INVOICED, "errMsg of a second create for an order:")
    api.created_id(beside)


@pytest.mark.promise("refused-leaves-no-trace")
@given(data=st.data())
def test_refused_leaves_no_trace(api: Api, data: st.DataObject) -> None:
    """
    After refusals of every kind, the invoice they collided with and the list of all are as before.
    """
    draft = data.draw(api.drafts.drafts(orderNumber=st.builds(api.drafts.order_number)))
    invoice_id = api.created_id(draft)
    fresh = data.draw(api.drafts.drafts(without=("orderNumber",)))
    missing = data.draw(st.sampled_from(api.drafts.required))
    refusals = [
        fresh | {"invoiceNumber": draft["invoiceNumber"]},
        fresh | {"orderNumber": draft["orderNumber"]},
        fresh | {"status": 7},
        {name: value for name, value in fresh.items() if name != missing},
    ]
    before = (api.invoice(invoice_id), api.page(limit=5))

    statuses = [api.send("POST", json=refusal).status for refusal in refusals]
    statuses.append(api.send("POST", content=b'{"invoiceNumber": ', headers=_json_headers(api)).status)

    expect([status // 100 for status in statuses], [4] * len(statuses), "kinds of status of refused creates:")
    expect((api.invoice(invoice_id), api.page(limit=5)), before, "the invoice and the list after refused creates:")
    api.created_id(fresh)


@pytest.mark.promise("violations-are-named")
@given(data=st.data())
def test_violations_are_named(api: Api, data: st.DataObject) -> None:
    """
    In an otherwise perfect invoice, just what is wrong is named, at any depth.
    """
    draft = data.draw(api.drafts.drafts(whole=True))
    wrong = data.draw(st.lists(st.sampled_from(_SPOILERS), min_size=1, max_size=4, unique_by=_part))
    for path, value in wrong:
        _spoil(draft, path, value)

    exchange = api.send("POST", json=draft)

    expect(exchange.status, 422, "status of an invalid create:")
    named = exchange.json["data"]["errMsg"]
    expect(sorted(named), sorted(path for path, _ in wrong), "fields named as wrong:", exchange)


@pytest.mark.promise("invalid-is-refused")
@pytest.mark.parametrize(
    ("path", "value"), [pytest.param(*spoiler, id=f"{spoiler[0]}={spoiler[1]}") for spoiler in _SPOILERS]
)
@given(data=st.data())
def test_one_violation_is_enough(api: Api, data: st.DataObject, path: str, value: Any) -> None:
    """
    An otherwise perfect invoice with one wrong field is refused, at any depth.
    """
    draft = data.draw(api.drafts.drafts(whole=True))
    _spoil(draft, path, value)

    exchange = api.send("POST", json=draft)

    expect(exchange.status, 422, f"status of a create with a wrong {path}:")


@pytest.mark.promise("malformed-is-refused")
@given(data=st.data())
def test_malformed_is_refused(api: Api, data: st.DataObject) -> None:
    """
    A body that is cut off, empty, no text, or no JSON number is refused with 400.
    """
    body = data.draw(st.sampled_from(_MALFORMED))

    exchange = api.send("POST", content=body, headers=_json_headers(api))

    expect(exchange.status, 400, "status of a body that is not JSON:")


@pytest.mark.promise("only-json-is-read")
@given(data=st.data())
def test_only_json_is_read(api: Api, data: st.DataObject) -> None:
    """
    A perfect invoice that is sent as something else than JSON is refused with 415.
    """
    draft = data.draw(api.drafts.drafts())
    media_type = data.draw(st.sampled_from(_OTHER_MEDIA_TYPES))

    exchange = api.send("POST", json=draft, headers=api.credentials.headers | {"Content-Type": media_type})

    expect(exchange.status, 415, f"status of a body sent as {media_type}:")


@pytest.mark.promise("real-bodies-are-accepted")
@pytest.mark.parametrize("name", REAL_BODIES)
def test_real_body(api: Api, name: str) -> None:
    """
    A body that is known to be sent is accepted as it is written, but for its numbers, and reads back so.
    """
    new = {"invoiceNumber": api.drafts.number(REAL_BODIES[name]["invoiceNumber"]), "customerId": api.drafts.company_id}
    order = {"orderNumber": api.drafts.order_number()} if "orderNumber" in REAL_BODIES[name] else {}
    body = REAL_BODIES[name] | new | order

    exchange = api.send("POST", json=body)

    expect(exchange.status, 200, f"status of a create with the body of {name}:")
    expected = reading(body, api.drafts.read)
    invoice = api.invoice(exchange.json["data"]["id"])
    expect({field: invoice.get(field) for field in expected}, expected, "fields read back:", exchange)


def _part(spoiler: tuple[str, Any]) -> str:
    """
    The part of an invoice that a spoiler spoils; two of them in one part would get in each other's way.
    """
    return ".".join(spoiler[0].split(".")[:3] if spoiler[0].startswith("details.") else spoiler[0].split(".")[:1])


def _spoil(draft: Draft, path: str, value: Any) -> None:
    *way, last = path.split(".")
    node: Any = draft
    for step in way:
        node = node[int(step)] if isinstance(node, list) else node[step]
    if value == MISSING:
        del node[last]
    else:
        node[last] = value


def _listed(api: Api, invoice: Invoice) -> Invoice:
    listed = api.listed(
        q=invoice["invoiceNumber"],
        search_by=InvoiceSearchField("invoiceNumber"),
        is_include_extra_fields=IncludeExtraFields.YES,
        limit=250,
    )
    expect_in(invoice["id"], [found["id"] for found in listed], "id in a list for its number:")
    return next(found for found in listed if found["id"] == invoice["id"])


def _json_headers(api: Api) -> dict[str, str]:
    return api.credentials.headers | {"Content-Type": "application/json"}
