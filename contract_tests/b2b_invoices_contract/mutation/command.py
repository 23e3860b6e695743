"""
Command line: `b2b-invoices-contract mutation`.
"""

import random
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter, validators
from rich.console import Console

from b2b_invoices_contract.profiles import ProfileName
from b2b_invoices_contract.targets import CannotRun

from .catalogue import load_catalogue
from .fault import Fault
from .figures import outcome_line, print_figures, write_figures
from .measure import Outcome, Trial, measure

_PROFILES: Mapping[str, tuple[ProfileName, ...]] = {
    "quick": ("quick",),
    "full": ("full",),
    "both": ("quick", "full"),
}

_Positive = Annotated[int, Parameter(validator=validators.Number(gte=1))]
_Counted = Annotated[int, Parameter(validator=validators.Number(gte=0))]


def mutation(
    *,
    only: Annotated[list[str], Parameter(negative=())] | None = None,
    kind: Annotated[list[str], Parameter(negative=())] | None = None,
    sample: _Counted = 0,
    seed: int = 1,
    profile: Literal["quick", "full", "both"] = "both",
    whole: Annotated[bool, Parameter(negative=())] = False,
    jobs: _Positive = 2,
    control: _Counted = 0,
    peer: Annotated[bool, Parameter(negative=())] = False,
    faults: Path | None = None,
    list_faults: Annotated[bool, Parameter(name="--list", negative=())] = False,
    report_dir: Path = Path("reports/mutation"),
) -> int:
    """
    Plant faults in a correct mock, one at a time, and report which ones the checks find.

    Exit status 0 if every fault was caught by a right promise, or every control run kept all promises; 1 if not;
    2 if nothing could be measured.

    Args:
        only: Name of a fault to try; repeat for more. The default is all.
        kind: Kind of faults to try, such as meaning; repeat for more.
        sample: Number of faults to try, chosen by the seed; 0 for all.
        seed: Seed of the sample and of the runs.
        profile: Profile to run; both is quick, then full for the faults that quick does not catch.
        whole: Make all checks in each run, and allow only promises that the fault breaks; slower. By default only the
            checks of the promises that the fault breaks are made first.
        jobs: Number of faults to try at a time.
        control: Number of runs without a fault to make instead, each with its own seed.
        peer: Also run `schemathesis run` on each fault; takes long.
        faults: Python module with faults of your own.
        list_faults: List the faults and exit.
        report_dir: Folder for results.json.
    """
    console = Console(soft_wrap=True)
    try:
        catalogue = load_catalogue(faults)
        chosen = _chosen(catalogue, only or (), kind or (), sample, seed)
    except CannotRun as error:
        print(f"b2b-invoices-contract: {error}", file=sys.stderr)  # noqa: T201 - this is a command line
        return 2
    if list_faults:
        _print_faults(chosen, console)
        return 0
    profiles = _PROFILES[profile]
    if control:
        return _control(
            [Trial("", profiles[:1], seed + index, peer=peer) for index in range(control)], jobs, console, report_dir
        )
    trials = [Trial(fault.name, profiles, seed, faults, whole=whole, peer=peer) for fault in chosen]
    return _measure(trials, catalogue, jobs, console, report_dir)


def _measure(
    trials: Sequence[Trial], catalogue: Mapping[str, Fault], jobs: int, console: Console, report_dir: Path
) -> int:
    outcomes: list[Outcome] = []
    for outcome in measure(trials, jobs=jobs):
        outcomes.append(outcome)
        console.print(outcome_line(outcome, catalogue[outcome.fault]), highlight=False)
    print_figures(outcomes, catalogue, console)
    write_figures(outcomes, [], catalogue, report_dir / "results.json")
    missed = [outcome for outcome in outcomes if outcome.verdict != "caught"]
    console.print(
        f"{len(outcomes) - len(missed)} of {len(outcomes)} faults caught by the right promise",
        style="red" if missed else "green",
        highlight=False,
    )
    return 1 if missed else 0


def _control(trials: Sequence[Trial], jobs: int, console: Console, report_dir: Path) -> int:
    outcomes = list(measure(trials, jobs=jobs))
    wrong = [outcome for outcome in outcomes if outcome.named or outcome.problem]
    for outcome in wrong:
        console.print(
            f"seed {outcome.seed}: {', '.join(outcome.named)} {outcome.problem}", style="red", highlight=False
        )
    write_figures([], outcomes, {}, report_dir / "results.json")
    console.print(
        f"{len(outcomes) - len(wrong)} of {len(outcomes)} runs without a fault kept every promise",
        style="red" if wrong else "green",
        highlight=False,
    )
    return 1 if wrong else 0


def _chosen(
    catalogue: Mapping[str, Fault], names: Sequence[str], kinds: Sequence[str], sample: int, seed: int
) -> list[Fault]:
    known_kinds = {fault.kind for fault in catalogue.values()}
    for what, asked, known in (("fault", names, catalogue.keys()), ("kind of fault", kinds, known_kinds)):
        if unknown := sorted(set(asked) - known):
            raise CannotRun(f"Unknown {what} {', '.join(unknown)}. Use mutation --list to see all.")
    chosen = [
        fault
        for fault in catalogue.values()
        if (not names or fault.name in names) and (not kinds or fault.kind in kinds)
    ]
    return random.Random(seed).sample(chosen, min(sample, len(chosen))) if sample else chosen  # noqa: S311 - no secret


def _print_faults(faults: Iterable[Fault], console: Console) -> None:
    for fault in faults:
        console.print(f"{fault.name} ({fault.kind}): {fault.says}", highlight=False, markup=False)
        console.print(f"    breaks {', '.join(fault.breaks)}", style="dim", highlight=False)
