"""
Promises and statements, as Python objects.
"""

from b2b_invoices_spec import load_page, load_promises


def test_promises() -> None:
    """
    Promises are read once, by id, in document order.
    """
    promises = load_promises()

    assert load_promises() is promises
    assert next(iter(promises)) == "settled-is-completed"
    assert all(promise.id == name for name, promise in promises.items())


def test_statements() -> None:
    """
    Statements are read once; a statement without a field is about none.
    """
    statements = load_page()

    assert load_page() is statements
    assert statements[0].field == "X-Auth-Token"
    assert {statement.operation for statement in statements} >= {"every", "createInvoice"}
    assert any(not statement.field for statement in statements)
