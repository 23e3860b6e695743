"""
Credentials: missing, wrong, and those of another store.
"""

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any, Literal

from hypothesis import strategies as st

from b2b_invoices_contract.observations import Case, Created, Listed, Missing, Unauthorized, Unchanged, invoice_in
from b2b_invoices_contract.queries import Query
from b2b_invoices_contract.session import Session
from b2b_invoices_contract.store import Halt, Store, with_id

from .edge_cases import whole
from .source import explore, source

_OPERATIONS = {
    "createInvoice": ("POST", "/invoices"),
    "listInvoices": ("GET", "/invoices?limit=1"),
    "getInvoice": ("GET", "/invoices/{id}"),
    "deleteInvoice": ("DELETE", "/invoices/{id}"),
}
_HEADERS = ["X-Auth-Token", "X-Store-Hash"]
_WRONG = "no-such-credential-7c1d"
_JSON, _TEXT = "application/json", "text/plain"
_INVALID: list[tuple[str, str, bytes | None, str]] = [
    ("POST", "/invoices", b"{", _JSON),
    ("POST", "/invoices", b"{}", _JSON),
    ("POST", "/invoices", b'{"invoiceNumber": 1}', _JSON),
    ("POST", "/invoices", b"x" * 20_000, _JSON),
    ("POST", "/invoices", b"{}", _TEXT),
    ("GET", "/invoices?limit=none", None, _JSON),
    ("GET", "/invoices/999999999", None, _JSON),
    ("DELETE", "/invoices/999999999", None, _JSON),
]
"""Requests with something else wrong: method, path, body and media type."""

_Attempt = tuple[str, str, Mapping[str, str]]  # what is wrong, operation, headers


@source(makes=(Unauthorized, Unchanged))
def wrong_credentials(session: Session) -> None:
    """
    Every operation with a credential missing, empty, wrong, or in the place of the other.
    """
    kinds = [
        [(what, operation, headers) for operation in _OPERATIONS] for what, headers in _spoiled(session.store).items()
    ]
    attempts = [attempt for kind in session.pace.some(kinds, 5) for attempt in session.pace.some(kind, 1)]
    _try_all(session.store, attempts, 401)


@source(makes=(Unauthorized,))
def near_credentials(session: Session) -> None:
    """
    Credentials that differ from the right ones by a character or two.
    """
    store = session.store
    cases = [(header, wrong) for header, right in store.credentials.headers.items() for wrong in _nearly(right)]
    for header, wrong in session.pace.some(cases, 1):
        exchange = store.send("GET", "/invoices?limit=1", headers=store.credentials.headers | {header: wrong})
        store.judge.see(Unauthorized(exchange=exchange, case=Case(name=f"a wrong {header}")))


@source(makes=(Unauthorized,))
def early_errors(session: Session) -> None:
    """
    Requests without credentials in which something else is wrong too.
    """
    for method, path, content, media_type in session.pace.some(_INVALID, 2):
        exchange = session.store.send(method, path, content=content, headers={"Content-Type": media_type})
        case = Case(name=f"{method} {path} {(content or b'')[:9]!r} as {media_type}")
        session.judge.see(Unauthorized(exchange=exchange, case=case, is_invalid=True))


@source(makes=(Unauthorized, Unchanged), needs_other=True)
def other_store(session: Session) -> None:
    """
    Every operation with the token of one store and the hash of another.
    """
    store, second = session.store, other(session)
    mixed = {
        "the token of another store": store.credentials.headers | {"X-Auth-Token": second.credentials.access_token},
        "the hash of another store": store.credentials.headers | {"X-Store-Hash": second.credentials.store_hash},
    }
    attempts = [(what, operation, mixed[what]) for what, operation in product(mixed, _OPERATIONS)]
    _try_all(store, session.pace.some(attempts, 2), 403)


@source(makes=(Created, Listed, Missing, Unchanged), needs_other=True)
def two_stores(session: Session) -> None:
    """
    The same number and order in two stores, and each store's invoice looked for in the other.
    """
    store, second = session.store, other(session)
    orders = st.builds(store.drafts.order_number)

    def send(data: st.DataObject) -> None:
        draft = data.draw(store.drafts.drafts(orderNumber=orders))
        mine = store.created(draft)
        theirs = second.create(draft, Case("invoice-numbers-are-per-store", "a number of another store")).invoice
        if theirs is None:
            raise Halt("a create in the second store was rejected")
        with_id(theirs)
        query = Query.of(q=draft["invoiceNumber"], searchBy="invoiceNumber")
        pairs = ((store, mine, theirs), (second, theirs, mine))
        for here, own, foreign in pairs:
            here.page(query, known=[own], only_known=True, foreign=frozenset({foreign["id"]}))
            here.expect_missing(foreign["id"], "another store")
        for here, own, _ in pairs:
            read = here.read(own["id"])
            here.judge.see(Unchanged(exchange=read, cause="another store", was=own, is_now=invoice_in(read)))

    explore(session, send, share=3)


def other(session: Session) -> Store:
    """
    Return the second store.

    Raises:
        Halt: The target has none.
    """
    if session.other is None:
        raise Halt("it takes a second store: --other-store-hash and --other-access-token")
    return session.other


def _try_all(store: Store, attempts: Iterable[_Attempt], status: Literal[401, 403]) -> None:
    """
    Send requests that are to be rejected, and look whether they have changed anything.
    """
    invoice_id = store.created_id(whole(store.drafts))
    before = store.own()
    for what, operation, headers in attempts:
        method, path = _OPERATIONS[operation]
        body: Any = whole(store.drafts) if method == "POST" else None
        exchange = store.send(method, path.format(id=invoice_id), headers=dict(headers), json=body)
        store.judge.see(Unauthorized(exchange=exchange, case=Case(name=f"{operation} with {what}"), status=status))
    now = store.own()
    store.judge.see(Unchanged(exchange=store.exchanges.last, cause="rejected credentials", was=before, is_now=now))


def _nearly(right: str) -> list[str]:
    near = [right[:-1], right[1:], right + "x", right.swapcase(), right[::-1], right * 2, f"{right}, {right}"]
    return [wrong for wrong in dict.fromkeys(near) if wrong not in {"", right}]


def _spoiled(store: Store) -> dict[str, dict[str, str]]:
    right = store.credentials.headers
    swapped = dict(zip(_HEADERS, reversed([right[header] for header in _HEADERS]), strict=True))
    spoiled: dict[str, dict[str, str]] = {"no credentials": {}, "swapped credentials": swapped}
    for header in _HEADERS:
        spoiled[f"no {header}"] = {name: value for name, value in right.items() if name != header}
        spoiled[f"an empty {header}"] = right | {header: ""}
        spoiled[f"a wrong {header}"] = right | {header: _WRONG}
    token = right["X-Auth-Token"]
    return spoiled | {"another header for the token": {"X-Store-Hash": right["X-Store-Hash"], "authToken": token}}
