"""
`python -m mock_server` at the root of a checkout, the same as `b2b-invoices-mock`.
"""

from b2b_invoices_mock.cli import main

if __name__ == "__main__":
    main()
