"""
`python -m b2b_invoices_mock`, the same as the command `b2b-invoices-mock`.
"""

import sys


def main() -> None:
    """
    Run the command line, or report the missing `server` extra.
    """
    try:
        from .cli import main as run  # noqa: PLC0415 - the extra is optional
    except ModuleNotFoundError as error:
        sys.stderr.write(f"b2b-invoices-mock: {error}; run: pip install 'b2b-invoices-mock[server]'\n")
        sys.exit(2)
    run()


if __name__ == "__main__":
    main()
