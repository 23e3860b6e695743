"""
`promises.yaml`: each promise is complete, and leads to a part of the contract.
"""

import re

import pytest

from b2b_invoices_spec import Promise, load_contract, load_promises
from b2b_invoices_spec.document import value_at

PROMISES = load_promises()


def test_promises_are_read_once() -> None:
    """
    Promises are read once, by id, in document order.
    """
    assert load_promises() is PROMISES
    assert next(iter(PROMISES)) == "settled-is-completed"


@pytest.mark.parametrize("promise", PROMISES.values(), ids=PROMISES)
def test_promise_is_complete(promise: Promise) -> None:
    """
    A promise is one sentence, made by an operation of the contract, with a dated source and a known provenance.
    """
    operations = {operation.id for operation in load_contract().operations}

    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", promise.id)
    assert re.fullmatch(r"[A-Z][^.]*\.", promise.statement)
    assert promise.operation in operations | {"every"}
    assert re.search(r", \d{4}-\d{2}(-\d{2})?$", promise.source)
    assert promise.provenance in {"documented", "official-spec", "observed", "assumed"}


@pytest.mark.parametrize("promise", PROMISES.values(), ids=PROMISES)
def test_pointer_leads_to_a_part_of_the_contract(promise: Promise) -> None:
    """
    The pointer of a promise leads to a part of the contract.
    """
    assert value_at(load_contract().document, promise.pointer)
