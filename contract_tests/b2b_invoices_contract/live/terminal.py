"""
Terminal of the commands for live stores, which shows no credentials.
"""

import sys
from pathlib import Path

import attrs
from rich.console import Console

from b2b_invoices_contract.redaction import Redaction
from b2b_invoices_contract.report import FILES, remove_leaks
from b2b_invoices_contract.targets import CannotRun, Target

_LIVE_FILES = frozenset({"nightly.md", "vendor.md", "fidelity.md"})


@attrs.frozen
class Terminal:
    """
    Prints and writes texts without the credentials in *redaction*.
    """

    console: Console
    redaction: Redaction

    @classmethod
    def of(cls, target: Target, console: Console | None = None) -> "Terminal":
        """
        Return a terminal that hides the credentials of *target*.
        """
        return cls(console or Console(soft_wrap=True), Redaction.of(target))

    def say(self, text: str) -> None:
        """
        Print *text*.
        """
        self.console.print(self.redaction.hide(text), highlight=False, markup=False)

    def complain(self, problem: str) -> int:
        """
        Print *problem* to stderr, and return the exit status 2.
        """
        print(f"b2b-invoices-contract: {self.redaction.hide(problem)}", file=sys.stderr)  # noqa: T201 - a command line
        return 2

    def confirm(self) -> None:
        """
        Ask whether to continue; raise `CannotRun` unless the user says yes.
        """
        if not sys.stdin.isatty():
            raise CannotRun(
                "stdin is not a terminal; pass --yes to run without confirmation, or --dry-run to see every request"
            )
        if self.console.input("Continue? [y/N] ").strip().lower() not in {"y", "yes"}:
            raise CannotRun("nothing was sent")

    def write(self, path: Path, text: str) -> None:
        """
        Write *text* to *path*; raise `CannotRun` when that fails.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.redaction.hide(text), encoding="utf-8")
        except OSError as error:
            raise CannotRun(f"cannot write {path}: {error.strerror}; pass another path") from error

    def find_leaks(self, report_dir: Path, observations: Path | None) -> str:
        """
        Search the report and the folder of the file *observations* for credentials; return what was found, or nothing.
        """
        leaks = [remove_leaks(report_dir, self.redaction, FILES | _LIVE_FILES)]
        if observations is not None:
            leaks.append(remove_leaks(observations.parent, self.redaction, frozenset({observations.name})))
        return "; ".join(filter(None, leaks))
