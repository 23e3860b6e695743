"""
The mock as a server of its own: `b2b-invoices-mock`.
"""

import sys
from contextlib import ExitStack, closing
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter, validators

from b2b_invoices_spec import Contract, ContractError

from .api.dialect_file import load_dialect
from .api.errors import LedgerError
from .control import Access
from .ledger import MEMORY, open_ledger
from .request_log import BODY_LIMIT
from .server import (
    CannotListen,
    Place,
    serve_alone,
    serve_together,
)
from .settings import RateLimit, Settings, Store
from .workers import WorkerEnded, check_fork

cli = App(name="b2b-invoices-mock", help="A stateful mock of B2B Edition's invoices.", version_flags=[])


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
        host: Address to listen on.
        port: Port to listen on; 0 picks a free one.
        ledger: File that keeps the invoices, or postgresql://user@host/database, where mocks on many machines share
            them (its password is safest in PGPASSWORD or ~/.pgpass); `:memory:` forgets them at the end.
        store: A store it knows, as HASH:TOKEN; repeat for more. Without one, teststore:test-token.
        company: A company id it knows; repeat for more. Without one, any will do.
        dialect: How it answers where the record is open: `documented`, `observed`, or a .toml file that sets it singly;
            GET /_mock/dialect tells what is in force, and why.
        payment_terms: Days until an invoice is due, when its body does not say.
        rate_limit: Requests a store may make, such as 150/60s, or off.
        record_bodies: How many bytes of a body are kept on record for /_mock/; 64 MiB are kept of all of them.
        admin_token: What it takes to control the mock under /_mock/; off without it where other machines can ask.
        self_check: Hold each answer to openapi.yaml; one that breaks it is logged, and becomes a 500 that says how.
        workers: Processes that answer, all with the one ledger, which cannot be in memory then; /_mock/ is off.
    """
    with ExitStack() as stack:
        try:
            access = Access(host, admin_token, workers)
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
            invoices = stack.enter_context(closing(open_ledger(ledger)))  # last, since it makes a file
        except (CannotListen, ContractError, LedgerError, ValueError) as error:
            sys.exit(_complain(str(error)))
        if workers == 1 and access.disabled_because:
            _complain(access.disabled_because)
        if workers == 1:
            serve_alone(place, contract, settings, invoices, body_limit=record_bodies)
        else:
            invoices.close()  # each of them opens it for itself
            _serve_together(place, contract, settings, ledger, workers)


def _serve_together(place: Place, contract: Contract, settings: Settings, ledger: str, workers: int) -> None:
    try:
        serve_together(place, contract, settings, ledger, workers=workers)
    except WorkerEnded as error:
        sys.exit(_complain(str(error)))


def _check_workers(workers: int, ledger: str, settings: Settings) -> None:
    if workers > 1:
        check_fork()
    if workers > 1 and ledger == MEMORY:
        raise ValueError("workers share a ledger, and one in memory cannot be shared; give --ledger FILE")
    if workers > 1 and settings.rate_limit:
        raise ValueError("each worker would count requests for itself; give --rate-limit or --workers, not both")


def _complain(message: str) -> int:
    print(f"b2b-invoices-mock: {message}", file=sys.stderr)  # noqa: T201 - this is a command line
    return 2


def main() -> None:
    """
    Run the command line; a bad option ends it with exit status 2.
    """
    try:
        cli(sys.argv[1:], exit_on_error=False, print_error=False)
    except CycloptsError as error:
        sys.exit(_complain(str(error)))
