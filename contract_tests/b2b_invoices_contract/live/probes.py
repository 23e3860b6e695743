"""
Probes: the requests of a live run, in order.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol
from zlib import crc32

import attrs

from .guard import UNKNOWN_ID, UNKNOWN_PATH

Body = Callable[["Scene"], Any]
"""Makes the body of a request: JSON, or bytes as they are."""

UNKNOWN_COMPANY = "2147483647"
"""A company that no store has."""

WRONG = "wrong-on-purpose"
"""A credential that nothing knows."""

CHANNEL = 1
"""The channel of a store's first storefront."""

_DAY = 24 * 60 * 60
_ORDERS = 900_000_000  # orders that a store will not reach, below the largest 32-bit number


class Scene(Protocol):
    """The state of a run, from which the bodies of its requests are made."""

    company_id: str
    now: int

    @property
    def mark(self) -> str:
        """The prefix of the number of every invoice of the run."""

    def number(self, suffix: str) -> str:
        """Return an invoice number that nothing had before, ending in *suffix*."""

    def sent(self, probe: str) -> dict[str, Any]:
        """Return the body of an earlier *probe*."""


@attrs.frozen
class Probe:
    """
    One request.

    Attributes:
        name: Its name, in a few words.
        method: HTTP method.
        path: Path below the base; `{id}` stands for the id that the probe `of` got.
        of: Name of the create that the path is about; empty when it is about none.
        query: The query, in order; `{mark}` stands for the mark of the run.
        body: Makes the body; None when there is none.
        after: Names of the probes that must have been sent before.
        gone: Name of the delete that must have gone well before; empty when it is about none.
        creates: Whether it creates an invoice: yes, no, or maybe, if the documentation leaves it open.
        headers: Headers besides the credentials and the content type.
        credentials: Changes of the credentials; an empty text leaves one out.
        lists_all: Whether it lists every invoice of the run, so that it shows whether lists lag behind.
        is_spare: Whether it is sent only if the budget has room for it in the end.
    """

    name: str
    method: Literal["GET", "POST", "DELETE"]
    path: str = "/invoices"
    of: str = ""
    query: tuple[tuple[str, str], ...] = ()
    body: Body | None = None
    after: tuple[str, ...] = ()
    gone: str = ""
    creates: Literal["yes", "maybe", "no"] = "no"
    headers: Mapping[str, str] = attrs.field(factory=dict)
    credentials: Mapping[str, str] = attrs.field(factory=dict)
    lists_all: bool = False
    is_spare: bool = False

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of all probes that must have been sent before."""
        return (*filter(None, [self.of, self.gone]), *self.after)

    @property
    def may_create(self) -> bool:
        """Whether it can create an invoice."""
        return self.creates != "no"


def usd(value: Any) -> dict[str, Any]:
    """
    Return an amount of dollars.
    """
    return {"code": "USD", "value": value}


def bare(scene: Scene, suffix: str) -> dict[str, Any]:
    """
    Return an invoice with nothing but what must be there, partly paid.
    """
    return {
        "invoiceNumber": scene.number(suffix),
        "originalBalance": usd(100.1),
        "openBalance": usd(40),
        "customerId": scene.company_id,
    }


_ADDRESS = {
    "street1": "1 Contract Way",
    "street2": "",
    "city": "Austin",
    "state": "Texas",
    "country": "United States",
    "zipCode": "78726",
    "firstName": "Contract",
    "lastName": "Test",
}


def whole(scene: Scene) -> dict[str, Any]:
    """
    Return an invoice with every field that any store takes.
    """
    return {
        "invoiceNumber": scene.number("whole"),
        "type": "Contract test",
        "status": 1,
        "source": 1,
        "customerId": scene.company_id,
        "originalBalance": usd(1234.5678),
        "openBalance": usd(0.0001),
        "dueDate": scene.now + 40 * _DAY,
        "issuedAt": scene.now - 10 * _DAY,
        "purchaseOrderNumber": f"{scene.mark}PO",
        "externalId": f"{scene.mark}E",
        "externalCustomerId": f"{scene.mark}C",
        "externalPdfUrl": "https://example.com/contract-test.pdf",
        "termsConditions": "Made by a contract test; to be deleted.",
        "extraFields": [],
        "details": {
            "header": {
                "costLines": [
                    {"amount": usd("1200.00"), "description": "Subtotal"},
                    {"amount": usd(34.5678), "description": "Freight"},
                ],
                "billingAddress": _ADDRESS,
                "shippingAddresses": [_ADDRESS],
            },
            "details": {
                "shipments": [],
                "lineItems": [
                    {
                        "sku": "CT-1",
                        "quantity": "2",
                        "unitPrice": usd("600.00"),
                        "unitDiscount": usd(0.5),
                        "type": "physical",
                        "comments": "",
                        "description": "Contract test",
                    }
                ],
            },
        },
    }


def odd(scene: Scene) -> dict[str, Any]:
    """
    Return an invoice with everything that is unusual and allowed: any script, long lists, unknown keys.
    """
    # No NUL: a database that cannot hold it fails outright, and all the other checks of this invoice with it.
    text = "Żółć 发票 \U0001f9fe שלום \t \n \x07 \" ' <b>&amp;</b> \\ %00 {{7*7}}"
    line = {"sku": "CT", "quantity": "1", "unitPrice": usd("0.01"), "x-contract-test": [None, True, 0.1]}
    return {
        "invoiceNumber": scene.number("odd"),
        "status": 0,
        "source": 0,
        "customerId": scene.company_id,
        "originalBalance": {"code": "EUR", "value": 0.01},
        "openBalance": {"code": "EUR", "value": 9_999_999.9999},
        "issuedAt": scene.now - 10 * _DAY + 0.25,
        "purchaseOrderNumber": "",
        "externalId": f"{scene.mark}odd",
        "termsConditions": text + "n" * 2000,
        "x-contract-test": {"nobody": "knows"},
        "details": {"details": {"lineItems": [line] * 40, "shipments": []}, "x-contract-test": text},
    }


def settled(scene: Scene) -> dict[str, Any]:
    """
    Return an invoice of an order, with nothing left to pay, that says it is open.
    """
    invoice = bare(scene, "settled")
    order = str(_ORDERS + crc32(invoice["invoiceNumber"].encode()) % 10**8)  # another when it is sent again
    return invoice | {"openBalance": usd(0), "status": 0, "orderNumber": order}


def _again(scene: Scene) -> dict[str, Any]:
    return scene.sent("create settled") | {"status": 2, "openBalance": usd(-0.01)}


def _same_number(scene: Scene) -> dict[str, Any]:
    number = scene.sent("create barest")["invoiceNumber"]
    return bare(scene, "same-number") | {"invoiceNumber": number, "originalBalance": usd(7), "openBalance": usd(7)}


def _same_order(scene: Scene) -> dict[str, Any]:
    return bare(scene, "same-order") | {"orderNumber": scene.sent("create settled")["orderNumber"]}


def _other_case(scene: Scene) -> dict[str, Any]:
    number: str = scene.sent("create barest")["invoiceNumber"]
    return bare(scene, "") | {"invoiceNumber": number.removesuffix("a") + "A"}


def _without(field: str) -> Body:
    # The mark stays on it, so that it is found should the service take it all the same.
    return lambda scene: {
        name: value
        for name, value in (bare(scene, f"without-{field}") | {"purchaseOrderNumber": f"{scene.mark}{field}"}).items()
        if name != field
    }


def _with(suffix: str, **fields: Any) -> Body:
    return lambda scene: bare(scene, suffix) | {"purchaseOrderNumber": f"{scene.mark}{suffix}"} | fields


def _torn(scene: Scene) -> bytes:
    return f'{{"invoiceNumber": "{scene.number("torn")}", "customerId": '.encode()


def _own(*more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return (("q", "{mark}"), ("searchBy", "invoiceNumber"), *more)


_REQUIRED = ("invoiceNumber", "originalBalance", "openBalance", "customerId")
_CREATED = ("create barest", "create whole", "create settled")
_ONE = (("q", "{mark}"), ("limit", "1"))
_TEXT = {"Content-Type": "text/plain"}

POOL: tuple[Probe, ...] = (
    Probe("look around", "GET", query=_ONE),
    # ------------------------------------------------------------------------------- creates, and what becomes of them
    Probe("create barest", "POST", body=lambda scene: bare(scene, "a"), creates="yes"),
    Probe("read barest", "GET", "/invoices/{id}", of="create barest"),
    Probe("create whole", "POST", body=whole, creates="yes"),
    Probe("read whole", "GET", "/invoices/{id}", of="create whole"),
    Probe("create settled", "POST", body=settled, creates="yes"),
    Probe("read settled", "GET", "/invoices/{id}", of="create settled", is_spare=True),
    Probe(
        "create odd",
        "POST",
        body=odd,
        creates="yes",
        headers={"Content-Type": "application/json; charset=utf-8"},
    ),
    Probe("read odd", "GET", "/invoices/{id}", of="create odd", is_spare=True),
    Probe("create with the number in other case", "POST", body=_other_case, after=("create barest",), creates="maybe"),
    Probe("create in a channel", "POST", body=_with("channel", channelId=CHANNEL), creates="maybe"),
    # ----------------------------------------------------------------------------------------------- rejected creates
    Probe("create with a number in use", "POST", body=_same_number, after=("create barest",)),
    Probe("create for an order that has an invoice", "POST", body=_same_order, after=("create settled",)),
    *(Probe(f"create without {field}", "POST", body=_without(field)) for field in _REQUIRED),
    Probe(
        "create with parts missing",
        "POST",
        body=_with("parts", openBalance={"value": 1}, details={"header": {"costLines": [{"description": "x"}]}}),
    ),
    Probe("create with a wrong type", "POST", body=_with("type", dueDate="soon", details=[])),
    Probe("create with an unknown status", "POST", body=_with("status", status=7)),
    Probe("create with torn JSON", "POST", body=_torn),
    Probe("create as plain text", "POST", body=_with("text"), headers=_TEXT),
    # ------------------------------------------------------------------------------------- creates that may be rejected
    Probe("create with a null", "POST", body=_with("null", type=None), creates="maybe"),
    Probe("create with a balance as text", "POST", body=_with("money", openBalance=usd("1.5")), creates="maybe"),
    Probe(
        "create with an empty currency",
        "POST",
        body=_with("empty", openBalance={"code": "", "value": 1}),
        creates="maybe",
    ),
    Probe(
        "create for an order of letters",
        "POST",
        body=_with("order", orderNumber="CTL-X"),
        creates="maybe",
        is_spare=True,
    ),
    Probe(
        "create for an unknown company",
        "POST",
        body=_with("company", customerId=UNKNOWN_COMPANY),
        creates="maybe",
        is_spare=True,
    ),
    # --------------------------------------------------------------------------------------------------------- lists
    Probe(
        "list own",
        "GET",
        query=_own(("limit", "250"), ("isIncludeExtraFields", "1")),
        after=_CREATED,
        lists_all=True,
    ),
    Probe("list own, plain", "GET", query=_own(("limit", "250")), after=_CREATED),
    Probe("list settled", "GET", query=_own(("status", "2"), ("customerId", "{company}")), after=_CREATED),
    Probe(
        "list sorted",
        "GET",
        query=_own(("sortBy", "originalBalance"), ("orderBy", "ASC"), ("limit", "250")),
        after=_CREATED,
    ),
    Probe("list a first page", "GET", query=_own(("limit", "2"), ("offset", "0")), after=_CREATED),
    Probe("list the rest", "GET", query=_own(("limit", "250"), ("offset", "2")), after=_CREATED),
    Probe("list by any field", "GET", query=(("q", "{mark}PO"),), after=_CREATED),
    Probe("list with an unknown parameter", "GET", query=_own(("nobodyKnows", "1"), ("limit", "250")), after=_CREATED),
    Probe("list with a bad limit", "GET", query=(("q", "{mark}"), ("limit", "none"))),
    Probe("list all", "GET"),
    # ------------------------------------------------------------------------------------------------------ strangers
    Probe("list without a token", "GET", query=_ONE, credentials={"X-Auth-Token": ""}),
    Probe("list without a store", "GET", query=_ONE, credentials={"X-Store-Hash": ""}),
    Probe("list with a wrong token", "GET", query=_ONE, credentials={"X-Auth-Token": WRONG}),
    Probe("list with a wrong store", "GET", query=_ONE, credentials={"X-Store-Hash": WRONG}),
    Probe("create as a stranger", "POST", body=_without("customerId"), credentials={"X-Auth-Token": WRONG}),
    Probe("list as something else than JSON", "GET", query=_ONE, headers={"Accept": "text/csv"}),
    # ------------------------------------------------------------------------------------- what is not there, and ends
    Probe("read an unknown invoice", "GET", f"/invoices/{UNKNOWN_ID}"),
    Probe("read an unknown path", "GET", UNKNOWN_PATH),
    Probe("read barest again", "GET", "/invoices/{id}", of="create barest", after=("read barest",)),
    Probe("delete settled", "DELETE", "/invoices/{id}", of="create settled", after=("list own",)),
    Probe("read settled after its end", "GET", "/invoices/{id}", of="create settled", gone="delete settled"),
    Probe("delete settled again", "DELETE", "/invoices/{id}", of="create settled", gone="delete settled"),
    Probe("create settled again", "POST", body=_again, after=("create settled",), gone="delete settled", creates="yes"),
    Probe("read settled again", "GET", "/invoices/{id}", of="create settled again", is_spare=True),
    Probe(
        "list own at the end",
        "GET",
        query=_own(("limit", "250")),
        after=("list own", "delete settled"),
        lists_all=True,
    ),
)
"""All requests, in the order in which they are sent."""
