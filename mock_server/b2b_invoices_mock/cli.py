"""
The command line of the mock server: `b2b-invoices-mock`.
"""

import sys
from contextlib import ExitStack, closing
from importlib.metadata import version
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter, validators

from b2b_invoices_spec import Contract, ContractError

from .api.dialect_file import load_dialect
from .api.errors import LedgerError
from .control import Access
from .ledger import MEMORY, open_ledger
from .request_log import BODY_LIMIT
from .server import CannotListen, Place, serve_alone, serve_together
from .settings import RateLimit, Settings, Store
from .workers import WorkerEnded, check_fork

_HELP = """\
Serve a mock of B2B Edition's invoice API until it is stopped.

Start it with the defaults, with a ledger file, or with a store of your own:

  b2b-invoices-mock
  b2b-invoices-mock --port 0 --ledger invoices.sqlite3
  b2b-invoices-mock --store mystore:mytoken --rate-limit 150/60s
"""

cli = App(
    name="b2b-invoices-mock",
    help=_HELP,
    help_format="plaintext",
    version=lambda: version("b2b-invoices-mock"),
)


@cli.default
def serve(
    *,
    host: str = "127.0.0.1",
    port: Annotated[int, Parameter(validator=validators.Number(gte=0, lte=65_535))] = 8000,
    ledger: str = MEMORY,
    store: Annotated[list[str], Parameter(negative=())] | None = None,
    company: Annotated[list[str], Parameter(negative=())] | None = None,
    dialect: str = "documented",
    payment_terms: int = 30,
    rate_limit: str = "off",
    record_bodies: Annotated[int, Parameter(validator=validators.Number(gte=0))] = BODY_LIMIT,
    admin_token: str | None = None,
    self_check: Annotated[bool, Parameter(negative=())] = False,
    workers: Annotated[int, Parameter(validator=validators.Number(gte=1))] = 1,
) -> None:
    """
    Serve the mock until it is stopped.

    Args:
        host: Listen on this address.
        port: Listen on this port; 0 for any free one.
        ledger: Store invoices in this file, or in PostgreSQL: postgresql://user@host/database. Keep its password in
            PGPASSWORD or ~/.pgpass.
        store: Accept these credentials, HASH:TOKEN; repeatable. Without it: teststore:test-token.
        company: Accept this company id; repeatable. Without it: any.
        dialect: Use documented or observed behaviour, or the settings in a .toml file. GET /_mock/dialect lists them.
        payment_terms: Days until an invoice without a due date is due.
        rate_limit: Limit the requests of each store, such as 150/60s.
        record_bodies: Log at most this many bytes of each body for /_mock/, and 64 MiB of all bodies together.
        admin_token: Require this token for /_mock/, which is otherwise only open to this machine.
        self_check: Validate each response against openapi.yaml; log and return a 500 if it is invalid.
        workers: Serve from this many processes. Needs --ledger; turns /_mock/ off.
    """
    with ExitStack() as stack:
        try:
            settings = Settings(
                stores=tuple(Store.parse(text) for text in store or ["teststore:test-token"]),
                companies=frozenset(company or []),
                dialect=load_dialect(dialect),
                payment_terms=payment_terms,
                rate_limit=RateLimit.parse(rate_limit),
                host=host,
                admin_token=admin_token,
                workers=workers,
                self_check=self_check,
            )
            _check_workers(workers, ledger, settings)
            contract = Contract.load()
            place = Place.bind(host, port, contract.base_path)
            stack.enter_context(place.listener)
            invoices = stack.enter_context(closing(open_ledger(ledger)))  # last, since it creates a file
        except (CannotListen, ContractError, LedgerError, ValueError) as error:
            sys.exit(_complain(str(error)))
        if workers == 1 and (reason := Access(settings).disabled_because):
            _complain(reason)
        if workers == 1:
            serve_alone(place, contract, settings, invoices, body_limit=record_bodies)
        else:
            invoices.close()  # each worker opens it
            serve_together(place, contract, settings, ledger, workers=workers)


def _check_workers(workers: int, ledger: str, settings: Settings) -> None:
    if workers == 1:
        return
    check_fork()
    if ledger == MEMORY:
        raise ValueError("--workers needs a ledger that processes can share; pass --ledger FILE")
    if settings.rate_limit:
        raise ValueError("--workers cannot be combined with --rate-limit, as each worker counts its own requests")


def _complain(message: str) -> int:
    print(f"b2b-invoices-mock: {message}", file=sys.stderr)  # noqa: T201 - this is a command line
    return 2


def main() -> None:
    """
    Run the command line; exit with 2 after an error.
    """
    try:
        cli(sys.argv[1:], exit_on_error=False, print_error=False)
    except (CycloptsError, WorkerEnded) as error:
        sys.exit(_complain(str(error)))
