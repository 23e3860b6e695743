"""
What createInvoice promises of bodies that it cannot read, and of what it says about those that it refuses.
"""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b_invoices_spec import load_contract

from .failures import Comparisons, expect
from .near_misses import NearMiss, near_misses
from .oddities import whole
from .profiles import Pace, sparing
from .session import Api

_OK = 200
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
    "application/vnd.api+json",
    "",
]

_JSON_MEDIA_TYPES = ["application/json", "application/json; charset=utf-8", 'APPLICATION/JSON;charset="UTF-8"']

_LEAST_DEPTH = 4  # of a place in the details where another can be wrong beside it
_MISSES = [
    miss
    for miss in near_misses(load_contract().document)
    if miss.node.path and (miss.node.path[0] != "details" or len(miss.node.path) >= _LEAST_DEPTH)
]


@pytest.mark.promise("violations-are-listed")
@sparing()
@given(data=st.data())
def test_violations_are_named(api: Api, data: st.DataObject) -> None:
    """
    In an otherwise perfect invoice, all that is wrong is named, and nothing else.
    """
    misses = data.draw(st.lists(st.sampled_from(_MISSES), min_size=2, max_size=4, unique_by=_part))
    body = whole(api.drafts)
    for miss in misses:
        body = miss.of(body)

    exchange = api.send("POST", json=body)

    expect(exchange.status, 422, "status of an invalid create:", exchange, promise="invalid-requests-rejected")
    named = exchange.get("data", "errMsg")
    places = sorted(named) if isinstance(named, dict) else named
    expect(places, sorted(miss.node.dotted for miss in misses), "fields named as wrong:", exchange)


@pytest.mark.promise("malformed-json-is-400")
def test_malformed_is_refused(api: Api, pace: Pace) -> None:
    """
    A body that is cut off, empty, no text, or no JSON number is refused with 400.
    """
    with Comparisons() as compare:
        for body in pace.some(_MALFORMED, 1):
            exchange = api.send("POST", content=body, headers=api.json_headers)
            compare.make(expect, exchange.status, 400, f"status of the body {body!r}:", exchange)


@pytest.mark.promise("content-type-is-enforced")
def test_only_json_is_read(api: Api, pace: Pace) -> None:
    """
    A perfect invoice that is sent as JSON, in any spelling of that, is read; as something else it is refused with 415.
    """
    cases = [
        *((media_type, 415) for media_type in pace.some(_OTHER_MEDIA_TYPES, 1)),
        *((media_type, _OK) for media_type in pace.some(_JSON_MEDIA_TYPES, 1)),
    ]

    with Comparisons() as compare:
        for media_type, status in cases:
            headers = api.credentials.headers | ({"Content-Type": media_type} if media_type else {})
            exchange = api.send("POST", content=msgspec.json.encode(whole(api.drafts)), headers=headers)
            what = f"status of a body sent as {media_type or 'nothing'}:"
            compare.make(expect, exchange.status, status, what, exchange)


def _part(miss: NearMiss) -> str:
    """
    The part of an invoice that a near miss is in; two of them in one part would get in each other's way.
    """
    return ".".join(miss.node.dotted.split(".")[: 3 if miss.node.path[0] == "details" else 1])
