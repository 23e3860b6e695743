"""
The public names of `b2b_invoices_spec`.
"""

import b2b_invoices_spec


def test_all_lists_every_public_name() -> None:
    """
    `__all__` is sorted and lists exactly the names that the package imports.
    """
    submodules = {"contract", "document", "page", "promises"}
    public = {name for name in vars(b2b_invoices_spec) if not name.startswith("_")} - submodules

    assert set(b2b_invoices_spec.__all__) == public
    assert len(b2b_invoices_spec.__all__) == len(public)
