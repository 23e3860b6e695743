"""
The exporter as a command: `python -m erp_exporter orders.csv`, with the store in `B2B_STORE_HASH` and its kin.
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
    Export the orders in the file at *path*, print what was rejected, and return the exit status: 1 when anything was.
    """
    orders, unreadable = read_orders(path.read_text(encoding="utf-8").splitlines())
    with Client.from_env(environ) as client:
        report = export(orders, client)
    rejected = [*unreadable, *report.rejected]
    for rejection in rejected:
        sys.stderr.write(f"{rejection.number}: {rejection.reason}\n")
    return 1 if rejected else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
