"""
The documentation page as a list of statements: that it is whole, and that each is kept by something.
"""

from typing import Any

from b2b_invoices_contract.contract import load_document
from b2b_invoices_spec import PAGE as PAGE_FILE
from b2b_invoices_spec import load_promises
from b2b_invoices_spec.document import load_yaml

PAGE: list[dict[str, Any]] = load_yaml(PAGE_FILE)
DOCUMENT = load_document()
SCHEMAS = DOCUMENT["components"]["schemas"]


def _fields(where: str) -> set[str]:
    return {item["field"] for item in PAGE if item["where"] == where and "field" in item}


def test_page_has_every_field_of_the_contract_and_no_other() -> None:
    """
    There is a statement about every header, every field of the body and every field of the answer.
    """
    assert _fields("Authentication") == set(DOCUMENT["components"]["securitySchemes"])
    assert _fields("Request") == set(SCHEMAS["CreateInvoiceRequest"]["properties"])
    assert _fields("Response") == set(SCHEMAS["CreateInvoiceResponse"]["properties"])


def test_statements_are_kept_by_something() -> None:
    """
    A statement is covered by promises and places of the contract that exist, or says why nothing can cover it.
    """
    promises = load_promises()

    for item in PAGE:
        assert item.keys() <= {"operation", "field", "statement", "where", "covered_by", "because"}
        assert bool(item["covered_by"]) != bool(item.get("because")), item
        assert all(cover in promises or _at(cover) for cover in item["covered_by"]), item


def test_every_field_is_covered_by_a_promise() -> None:
    """
    For every field there is a promise, beside its schema.
    """
    covered = {item["field"] for item in PAGE if "field" in item and set(item["covered_by"]) & set(load_promises())}

    assert covered == _fields("Authentication") | _fields("Request") | _fields("Response")


def _at(pointer: str) -> Any:
    node: Any = DOCUMENT
    for part in pointer.removeprefix("#/").split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node
