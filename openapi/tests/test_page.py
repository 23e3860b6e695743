"""
`page.yaml` covers the whole documentation page, and each statement is checked by something.
"""

from b2b_invoices_spec import load_contract, load_page, load_promises
from b2b_invoices_spec.document import value_at

CONTRACT = load_contract()


def _fields(where: str) -> set[str]:
    return {statement.field for statement in load_page() if statement.where == where and statement.field}


def test_statements_are_read_once() -> None:
    """
    Statements are read once, in document order; `field` may be empty.
    """
    statements = load_page()

    assert load_page() is statements
    assert (statements[0].operation, statements[0].field) == ("every", "X-Auth-Token")
    assert any(not statement.field for statement in statements)


def test_page_has_every_field_of_the_contract_and_no_other() -> None:
    """
    There is a statement about every header, every documented field of the request and every field of the response.
    """
    sent = CONTRACT.properties("CreateInvoiceRequest").items()
    documented = {name for name, field in sent if field.get("x-provenance", "documented") == "documented"}

    assert _fields("Authentication") == set(CONTRACT.document["components"]["securitySchemes"])
    assert _fields("Request") == documented
    assert _fields("Response") == set(CONTRACT.properties("CreateInvoiceResponse"))


def test_statements_are_covered() -> None:
    """
    A statement is covered by existing promises and parts of the contract, or gives the reason why nothing covers it.
    """
    promises = load_promises()

    for statement in load_page():
        assert bool(statement.covered_by) != bool(statement.because), statement
        assert all(name in promises or value_at(CONTRACT.document, name) for name in statement.covered_by), statement


def test_every_field_is_covered_by_a_promise() -> None:
    """
    For every field there is a promise, beside its schema.
    """
    covered = {statement.field for statement in load_page() if set(statement.covered_by) & set(load_promises())}

    assert covered - {""} == _fields("Authentication") | _fields("Request") | _fields("Response")
