"""
Command line `mutation`: output, files and exit status.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import b2b_invoices_contract

Mutation = Callable[..., subprocess.CompletedProcess[str]]

_FAULTS = """
from b2b_invoices_contract.mutation import fault, invoices

@fault("nothing-is-wrong", breaks="type-default", says="Nothing is wrong.")
def nothing_is_wrong(request, service):
    return service.send(request)

@fault("wrong-promise", breaks="ids-are-unique", says="The default type is Bill.")
@invoices
def wrong_promise(invoice, draft):
    invoice["type"] = draft.get("type", "Bill")

@fault("other-type", breaks="type-default", says="The default type is Bill, as it was.")
@invoices
def other_type(invoice, draft):
    invoice["type"] = draft.get("type", "Bill")
"""


_BOTH = """
from b2b_invoices_contract.mutation import fault, invoices

@invoices
def bill(invoice, draft):
    invoice["type"], invoice["source"] = draft.get("type", "Bill"), draft.get("source", 1)

listed = fault("listed", breaks="type-default", beside=("source-default",), says="Both defaults.")(bill)
unlisted = fault("unlisted", breaks="type-default", says="Both defaults, and one is not listed.")(bill)
"""


@pytest.fixture(name="mutation")
def _mutation(tmp_path: Path) -> Mutation:
    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "b2b_invoices_contract", "mutation", "--report-dir", str(tmp_path), *options]
        environment = {"PATH": "", "COLUMNS": "200"}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603 - ours

    return run


def test_each_verdict(mutation: Mutation, tmp_path: Path) -> None:
    """
    A fault is caught, misattributed to another promise, or missed. The exit status is 1 unless all are caught.
    """
    (tmp_path / "met.py").write_text(_FAULTS)

    done = mutation("--faults", str(tmp_path / "met.py"), "--kind", "met", "--profile", "quick", "--jobs", "3")

    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"^missed +nothing-is-wrong: nothing \(quick, \d+ requests\)$", done.stdout, re.MULTILINE)
    assert re.search(
        r"^misattributed wrong-promise: .*type-default.* \(quick, \d+ requests\)$", done.stdout, re.MULTILINE
    )
    assert re.search(r"^caught +other-type: type-default \(quick, \d+ requests\)$", done.stdout, re.MULTILINE)
    assert re.search(r"│ met +│ 3 +│ 1 \(33\.3%\) │ 1 \(33\.3%\) │", done.stdout)
    assert "missed: nothing-is-wrong: Nothing is wrong.\n  named:    nothing\n  expected: type-default\n" in done.stdout
    assert "1 of 3 faults caught by the right promise" in done.stdout
    figures = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert figures["caught"] == 1
    assert {fault["fault"]: fault["verdict"] for fault in figures["faults"]} == {
        "nothing-is-wrong": "missed",
        "wrong-promise": "misattributed",
        "other-type": "caught",
    }


def test_whole_is_strict(mutation: Mutation, tmp_path: Path) -> None:
    """
    With --whole, a fault is misattributed if a promise is named that it does not break, even beside a right one.
    """
    (tmp_path / "met.py").write_text(_BOTH)

    done = mutation("--faults", str(tmp_path / "met.py"), "--kind", "met", "--profile", "quick", "--whole")

    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"^caught +listed: type-default and \d more \(quick, \d+ requests\)$", done.stdout, re.MULTILINE)
    assert re.search(r"^misattributed unlisted: type-default and \d more \(quick, ", done.stdout, re.MULTILINE)
    assert "\n  expected: type-default\n  wrong:    source-default\n" in done.stdout


def test_control(mutation: Mutation, tmp_path: Path) -> None:
    """
    Without a fault no promise is named, whatever the seed.
    """
    done = mutation("--control", "2", "--profile", "quick", "--seed", "5")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 of 2 runs without a fault kept every promise" in done.stdout
    figures = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert [run["seed"] for run in figures["control"]] == [5, 6]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(
            ("--only", "no-such-fault"),
            "b2b-invoices-contract: Unknown fault no-such-fault. Use mutation --list to see all.\n",
            id="fault",
        ),
        pytest.param(
            ("--kind", "moods"),
            "b2b-invoices-contract: Unknown kind of fault moods. Use mutation --list to see all.\n",
            id="kind",
        ),
        pytest.param(
            ("--faults", "nowhere.py"),
            "b2b-invoices-contract: Invalid --faults 'nowhere.py': expected a Python module with faults, "
            "as in contract_tests/b2b_invoices_contract/mutation/README.md.\n",
            id="module",
        ),
    ],
)
def test_cannot_run(mutation: Mutation, options: tuple[str, ...], message: str) -> None:
    """
    An unknown fault, kind or module ends with exit status 2, and a message that says what to do.
    """
    done = mutation(*options)

    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)


def test_sample_goes_by_the_seed(mutation: Mutation) -> None:
    """
    The same seed chooses the same faults, and another seed chooses others.
    """
    first, again, other = (mutation("--list", "--sample", "9", "--seed", seed).stdout for seed in ("3", "3", "4"))

    assert first == again != other
    assert len(re.findall(r"^    breaks ", first, re.MULTILINE)) == 9


def test_readme_example_is_tried(mutation: Mutation, tmp_path: Path) -> None:
    """
    The example of the README can be loaded.
    """
    readme = (Path(b2b_invoices_contract.__file__).parent / "mutation" / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    (tmp_path / "my_faults.py").write_text(example)

    done = mutation("--faults", str(tmp_path / "my_faults.py"), "--kind", "my_faults", "--list")

    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "long-number-cut (my_faults): The number is cut at ten characters.\n    breaks stored-as-sent\n"
        "every-delete-is-202 (my_faults): A delete returns 202.\n    breaks responses-match-the-contract\n"
    )
