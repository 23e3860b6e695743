"""
Whether the checks notice a broken mock, and name the promise that it breaks.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contract_tests.promises import load_promises
from contract_tests.tests.planted import BUGS, Bug


@contextmanager
def _broken_mock(name: str) -> Iterator[str]:
    stores = ["--store=teststore:test-token", "--store=otherstore:other-token", "--rate-limit=100000/3600s"]
    command = [sys.executable, "-m", "contract_tests.tests.planted", name, "--port=0", *stores]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        try:
            assert process.stdout is not None
            yield process.stdout.readline().removeprefix("listening on ").strip()
        finally:
            process.terminate()


def _check(base_url: str, bug: Bug, report_dir: Path) -> subprocess.CompletedProcess[str]:
    options = ["--base-url", base_url, "--store-hash=teststore", "--access-token=test-token", "--payment-terms=30"]
    options += ["--other-store-hash=otherstore", "--other-access-token=other-token"]
    options += [
        "--seed=1",
        "--no-shrink",
        "--report-dir",
        str(report_dir),
        "--only",
        bug.promise,
        "--profile",
        bug.profile,
    ]
    command = [sys.executable, "-m", "contract_tests", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - as above


def test_every_promise_has_a_bug_that_breaks_it() -> None:
    """
    There is a bug for every promise.
    """
    assert {bug.promise for bug in BUGS.values()} == set(load_promises())


@pytest.mark.parametrize("name", BUGS)
def test_bug_is_found(name: str, tmp_path: Path) -> None:
    """
    A mock that is broken in one way breaks the promise that says so, and the run ends with exit status 1.
    """
    bug = BUGS[name]

    with _broken_mock(name) as base_url:
        done = _check(base_url, bug, tmp_path)

    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert done.returncode == 1, done.stdout + done.stderr
    assert [promise["id"] for promise in results["promises"] if promise["verdict"] == "broken"] == [bug.promise]
    assert f"{bug.promise}: " in done.stdout
