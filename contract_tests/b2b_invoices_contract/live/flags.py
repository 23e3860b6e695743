"""
Options of a live run, as they are typed.
"""

from pathlib import Path
from typing import Annotated

import attrs
from cyclopts import Parameter, validators

from b2b_invoices_contract.targets import CannotRun

from .cleaning import SETTLING
from .guard import Budget
from .run import LiveOptions

JOURNAL = Path("live-journal.sqlite3")
"""The file that tells what was created, unless another is named."""

OBSERVATIONS = Path("observations")
"""The folder that tells what stores answered, unless another is named."""

_MOST_SECONDS = 3600


def _check_share(_: object, share: float) -> None:
    if not 0 < share <= 1:  # which NaN is not, and neither is it outside
        raise ValueError("Must be above 0, and at most 1.")


def _check_seconds(_: object, seconds: float) -> None:
    if not 0 <= seconds <= _MOST_SECONDS:
        raise ValueError(f"Must be a number of seconds from 0 to {_MOST_SECONDS}.")


Share = Annotated[float, Parameter(validator=_check_share)]
"""A share of the store's limit of requests."""

Seconds = Annotated[float, Parameter(validator=_check_seconds)]
"""A time that somebody would wait."""

_Count = Annotated[int, Parameter(validator=validators.Number(gte=1))]


@Parameter(name="*")
@attrs.frozen
class LiveFlags:
    """
    Options of `--profile live`.

    Attributes:
        dry_run: Show every request of a live run, and send none.
        yes: Go on without being asked.
        keep: Leave the invoices in the store.
        nightly: Ask nobody, and write nightly.md and vendor.md beside the report.
        share: Share of the store's limit of requests to keep to.
        max_requests: The most requests of a live run, those for deleting apart; more than 60 with --beyond alone.
        max_creations: The most invoices that it creates; more than 10 with --beyond alone.
        beyond: Take more than 60 requests and 10 invoices from --max-requests and --max-creations.
        observations: Folder that tells what the store answered, run by run.
        journal: File that tells what was created, so that it can be deleted.
        settling: Seconds after which a create that nobody answered is recorded, or never will be.
    """

    dry_run: Annotated[bool, Parameter(negative=())] = False
    yes: Annotated[bool, Parameter(negative=())] = False
    keep: Annotated[bool, Parameter(negative=())] = False
    nightly: Annotated[bool, Parameter(negative=())] = False
    share: Share = 0.5
    max_requests: _Count = Budget().requests
    max_creations: _Count = Budget().creations
    beyond: Annotated[bool, Parameter(negative=())] = False
    observations: Path = OBSERVATIONS
    journal: Path = JOURNAL
    settling: Seconds = SETTLING

    @property
    def options(self) -> LiveOptions:
        """
        How to run.

        Raises:
            CannotRun: When it would cost more than a run may, and nobody said that it may.
        """
        budget, most = Budget(self.max_requests, self.max_creations), Budget()
        if not self.beyond and (budget.requests > most.requests or budget.creations > most.creations):
            raise CannotRun(
                f"a live run sends at most {most.requests} requests and creates at most {most.creations} invoices; add "
                "--beyond to have it take more"
            )
        return LiveOptions(self.share, budget, self.keep, self.observations, self.settling)
