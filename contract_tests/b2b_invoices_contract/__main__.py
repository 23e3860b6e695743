"""
`python -m b2b_invoices_contract`, the same as the command `b2b-invoices-contract`.
"""

from .cli import main

if __name__ == "__main__":
    main()
