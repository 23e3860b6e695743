"""
Errors: the drawing of their tree is accurate, and a failing mock hides the cause.
"""

import re
from collections.abc import Iterator

from b2b_invoices_mock.api import errors
from b2b_invoices_mock.api.errors import ApiError
from mock_server.tests.client import MockClient
from mock_server.tests.conftest import MakeClient, MakeInvoice

DRAWN = re.compile(r"^ {4}((?:│   |    )*)[├└]── (\w+) +(\d+) +(.+)$", re.MULTILINE)


def tree(kind: type[ApiError], depth: int = 0) -> Iterator[tuple[int, str, int, str]]:
    """
    Yield the depth, name, status and first sentence of each class below *kind*, in the order of the module.
    """
    for subclass in kind.__subclasses__():
        if subclass.__module__ == errors.__name__:
            yield depth, subclass.__name__, subclass.status, (subclass.__doc__ or "").strip()
            yield from tree(subclass, depth + 1)


def test_the_drawing_is_accurate() -> None:
    """
    The drawing at the top of the module shows every class with its status and its sentence, in order of status.
    """
    drawn = [
        (len(indent) // 4, name, int(status), f"{text[0].upper()}{text[1:]}.")
        for indent, name, status, text in DRAWN.findall(errors.__doc__ or "")
    ]

    assert drawn == list(tree(ApiError))
    statuses = [status for depth, _, status, _ in drawn if depth == 0]
    assert statuses == sorted(statuses)


def test_a_failing_mock_hides_the_cause(make_client: MakeClient, make_invoice: MakeInvoice) -> None:
    """
    If the mock itself fails, every operation responds with a 500 that hides the cause.
    """
    client: MockClient = make_client(raises=False)
    client.ledger.close()

    responses = [client.post(make_invoice()), client.get("/invoices/1"), client.delete("/invoices/1")]

    assert [response.json() for response in responses] == [
        {"code": 500, "data": {}, "meta": {"message": "Server Error"}}
    ] * 3
