"""
The mock as a server of its own: `python -m mock_server`.
"""

import sys
from contextlib import closing
from socket import AF_INET, AF_INET6, create_server, socket
from typing import Annotated

import uvicorn
from cyclopts import App, CycloptsError, Parameter, validators

from .app import create_app
from .clock import MockClock
from .control_guard import Guard
from .dialect_file import load_dialect
from .errors import LedgerError
from .group_commit import GroupCommit
from .ledger import MEMORY, SQLiteLedger, open_ledger
from .protocol import CuttableProtocol
from .record import BODY_LIMIT, OWN_PATHS, RequestRecord
from .settings import RateLimit, Settings, Store
from .spec import Contract, ContractError

_LAST_SECONDS = 5  # for requests that are under way when the mock is stopped

cli = App(name="python -m mock_server", help="A stateful mock of B2B Edition's invoices.", version_flags=[])


class Server(uvicorn.Server):
    """A server that says where it listens once it does."""

    def __init__(self, config: uvicorn.Config, url: str) -> None:
        super().__init__(config)
        self._url = url

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """
        Start, then print the address.
        """
        await super().startup(sockets)
        print(f"listening on {self._url}", flush=True)  # noqa: T201 - the one line that callers wait for


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
) -> None:
    """
    Serve the mock until it is stopped.

    Args:
        host: Address to listen on.
        port: Port to listen on; 0 picks a free one.
        ledger: File that keeps the invoices; `:memory:` forgets them at the end.
        store: A store it knows, as HASH:TOKEN; repeat for more. Without one, teststore:test-token.
        company: A company id it knows; repeat for more. Without one, any will do.
        dialect: How it answers where the record is open: `documented`, `observed`, or a .toml file that sets it singly;
            GET /_mock/dialect tells what is in force, and why.
        payment_terms: Days until an invoice is due, when its body does not say.
        rate_limit: Requests a store may make, such as 150/60s, or off.
        record_bodies: How many bytes of a body are kept on record for /_mock/; 64 MiB are kept of all of them.
        admin_token: What it takes to control the mock under /_mock/; off without it where other machines can ask.
        self_check: Hold each answer to openapi.yaml; one that breaks it is logged, and becomes a 500 that says how.
    """
    try:
        settings = Settings(
            stores=tuple(Store.parse(text) for text in store or ["teststore:test-token"]),
            companies=frozenset(company or []),
            dialect=load_dialect(dialect),
            payment_terms=payment_terms,
            rate_limit=RateLimit.parse(rate_limit),
            guard=Guard.of(host, admin_token),
            self_check=self_check,
        )
        contract = Contract.load()
        invoices = open_ledger(ledger)
    except (ContractError, LedgerError, ValueError) as error:
        sys.exit(_complain(str(error)))
    with closing(invoices), _bind(host, port) as listener:
        clock = MockClock()
        record = RequestRecord(clock, body_limit=record_bodies)
        group = GroupCommit(invoices) if isinstance(invoices, SQLiteLedger) else None
        app = create_app(contract, settings, invoices, clock=clock, record=record, group=group)
        config = uvicorn.Config(
            app,
            http=CuttableProtocol,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=_LAST_SECONDS,
        )
        authority = f"[{host}]" if ":" in host else host
        url = f"http://{authority}:{listener.getsockname()[1]}{contract.base_path}"
        if not settings.guard.is_on:
            _complain(f"{OWN_PATHS}/ is off, since {host} is more than this machine; --admin-token TOKEN turns it on")
        Server(config, url).run(sockets=[listener])


def _bind(host: str, port: int) -> socket:
    try:
        return create_server((host, port), family=AF_INET6 if ":" in host else AF_INET)
    except OSError as error:
        sys.exit(_complain(f"cannot listen on {host} port {port}: {error}; choose another port, or 0 for a free one"))


def _complain(message: str) -> int:
    print(f"mock_server: {message}", file=sys.stderr)  # noqa: T201 - this is a command line
    return 2


def main() -> None:
    """
    Run the command line; a bad option ends it with exit status 2.
    """
    try:
        cli(sys.argv[1:], exit_on_error=False, print_error=False)
    except CycloptsError as error:
        sys.exit(_complain(str(error)))


if __name__ == "__main__":
    main()
