"""
Command line: `python -m examples.erp_exporter orders.csv`. It reads `B2B_STORE_HASH` and `B2B_ACCESS_TOKEN`.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from b2b_invoices import Client

from .export import export
from .orders import read_orders


def main(path: Path, environ: Mapping[str, str] = os.environ) -> int:
    """
    Export the orders in the CSV file at *path*, print the result, and return the exit status.

    The status is 0 if every order has an invoice, 1 if some were rejected, and 2 if the file cannot be read.
    """
    try:
        orders, unreadable = read_orders(path.read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError) as problem:
        sys.stderr.write(f"{path}: {problem}\n")
        return 2
    with Client.from_env(environ) as client:
        report = export(orders, client)
    rejected = [*unreadable, *report.rejected]
    for rejection in rejected:
        sys.stderr.write(f"{rejection.number}: {rejection.reason}\n")
    sys.stdout.write(f"{len(report.created)} orders have invoices, {len(rejected)} were rejected\n")
    return 1 if rejected else 0


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(main(Path(*arguments)) if len(arguments) == 1 else "usage: python -m examples.erp_exporter ORDERS.CSV")
