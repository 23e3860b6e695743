"""
`python -m b2b_invoices_mock`, the same as the command `b2b-invoices-mock`.
"""

import sys


def main() -> None:
    """
    Run the command line, or say what to install when the `server` extra is missing.
    """
    try:
        from .cli import main as run  # noqa: PLC0415 - the fixtures work without the extra
    except ModuleNotFoundError as error:
        sys.exit(f"b2b-invoices-mock: {error}; install the server with pip install 'b2b-invoices-mock[server]'")
    run()


if __name__ == "__main__":
    main()
