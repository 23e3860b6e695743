"""
`python -m contract_tests` at the root of a checkout, the same as `b2b-invoices-contract`.
"""

from b2b_invoices_contract.cli import main

if __name__ == "__main__":
    main()
