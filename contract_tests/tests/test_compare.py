"""
Comparing two reports: what is told, and how it ends.
"""

import json
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from b2b_invoices_contract.compare import compare, print_comparison
from b2b_invoices_contract.failures import BrokenPromise
from b2b_invoices_contract.results import Results
from b2b_invoices_contract.results_file import CannotRead, as_json, read
from b2b_invoices_spec import load_promises
from contract_tests.tests.example import exchange, failure, results

TAKEN = failure(
    BrokenPromise("status 200", "status 400", exchange(sent=b'{"n": 1}')), promise="invoice-numbers-are-unique"
)
REUSED = failure(BrokenPromise("id 7 twice", "a new id", exchange()), promise="ids-are-unique")
LOST = failure(BrokenPromise("no invoice", "the invoice", exchange("GET")), promise="invoice-numbers-are-unique")


def _told(old: Results, new: Results) -> list[tuple[str, str]]:
    return [(one.change, one.promise) for one in compare(as_json(old), as_json(new)).differences]


def test_what_broke_comes_first() -> None:
    """
    What broke is told before what was mended.
    """
    comparison = compare(as_json(results(TAKEN)), as_json(results(REUSED)))

    assert [(one.change, one.promise) for one in comparison.differences] == [
        ("broke", "ids-are-unique"),
        ("mended", "invoice-numbers-are-unique"),
    ]
    assert comparison.differences[0].note == "received id 7 twice, expected a new id"
    assert (comparison.exit_status, comparison.unchanged) == (1, len(results().promises) - 2)


def test_broken_in_a_new_way() -> None:
    """
    A broken promise that breaks in another way too is worse; the same defect with other numbers is not.
    """
    again = failure(
        BrokenPromise("status 200", "status 400", exchange(sent=b'{"n": 22}')), promise="invoice-numbers-are-unique"
    )

    assert _told(results(TAKEN), results(again)) == []
    assert _told(results(TAKEN), results(TAKEN, LOST)) == [("broken in a new way", "invoice-numbers-are-unique")]


def test_broken_at_a_new_place() -> None:
    """
    A defect that is met at another place of an invoice is worse, one met at fewer places is not.
    """
    one, both = (
        failure(BrokenPromise("", "", exchange(), matter=f"status: success where {place}:"), promise="ids-are-unique")
        for place in ("type is 7", "details is null")
    )

    assert _told(results(one), results(one, both)) == [("broken in a new way", "ids-are-unique")]
    assert _told(results(one, both), results(one)) == []


def test_new_and_gone() -> None:
    """
    Promises that only one of the reports has are told; one that was kept and is gone is no success.
    """
    old, new = results(), results()
    del old.promises["ids-are-unique"], new.promises["invoice-numbers-are-unique"]

    assert _told(old, new) == [("gone", "invoice-numbers-are-unique"), ("new", "ids-are-unique")]
    assert compare(as_json(old), as_json(new)).exit_status == 2
    assert compare(as_json(new), as_json(results())).exit_status == 0
    new.promises["ids-are-unique"].add(REUSED)
    assert _told(old, new)[0] == ("broke", "ids-are-unique")


def test_no_longer_checked() -> None:
    """
    A promise that was kept and is not checked any more is told, and so is a later run that did not finish.
    """
    new = results()
    new.promises["ids-are-unique"].checks, new.promises["ids-are-unique"].reason = 0, "interrupted"
    new.problem = "interrupted"

    comparison = compare(as_json(results()), as_json(new))

    assert [(one.change, one.note) for one in comparison.differences] == [("no longer checked", "interrupted")]
    assert comparison.warnings == ["the later run did not get to its end: interrupted"]
    assert comparison.exit_status == 2


@pytest.mark.parametrize(
    ("was", "is_now", "status"),
    [
        ("kept", "not checked", 2),
        ("broken", "not checked", 2),
        ("kept", "gone", 2),
        ("broken", "gone", 2),
        ("not checked", "gone", 0),
        ("not checked", "kept", 0),
        ("broken", "kept", 0),
        ("not checked", "not checked", 0),
    ],
)
def test_nothing_known_is_no_success(was: str, is_now: str, status: int) -> None:
    """
    A comparison is a success only when the later run has a verdict on all that the earlier one had checked.
    """
    old, new = results(), results()
    for found, verdict in ((old, was), (new, is_now)):
        result = found.promises["ids-are-unique"]
        result.checks = int(verdict == "kept")
        result.failures = [REUSED] if verdict == "broken" else []
        if verdict == "gone":
            del found.promises["ids-are-unique"]

    assert compare(as_json(old), as_json(new)).exit_status == status


def test_run_that_did_not_finish_is_no_success() -> None:
    """
    A later run that had a problem is no success, though no promise is worse.
    """
    new = results()
    new.problem = "interrupted"

    assert compare(as_json(results()), as_json(new)).exit_status == 2


def test_other_target_and_profile_are_told() -> None:
    """
    Runs that were made on two targets, or in two ways, are compared with a word of it; a port of loopback is no other.
    """
    old, new = results(), results()
    old.target, new.target = "http://127.0.0.1:4001/api", "http://localhost:4002/api"
    assert compare(as_json(old), as_json(new)).warnings == []

    new.target, new.profile = "https://sandbox.example.com/api", "full"

    assert compare(as_json(old), as_json(new)).warnings == [
        "the later run was on another target: https://sandbox.example.com/api, not http://127.0.0.1:4001/api",
        "the later run had another profile: full, not quick",
    ]


def test_hostile_notes_are_shown_as_text() -> None:
    """
    What a server said is shown in the table as it is, not taken for markup or for orders to the terminal.
    """
    hostile = failure(BrokenPromise("[/nope]\x1b[31m", "a new id", exchange()), promise="ids-are-unique")
    new, out = results(hostile), StringIO()
    new.problem = "[/nope]\x1b[31m"

    print_comparison(compare(as_json(results()), as_json(new)), Console(file=out, width=200))

    assert "received [/nope]�[31m, expected a new id" in out.getvalue()
    assert "the later run did not get to its end: [/nope]�[31m" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_reports_without_promises_or_with_strange_ones_are_not_read(tmp_path: Path) -> None:
    """
    A report has promises, and their ids are made of small letters, digits and hyphens.
    """
    none, strange = as_json(results()), as_json(results())
    none["promises"] = []
    strange["promises"][3]["id"] = "[/x]"

    for found, place in ((none, "/promises"), (strange, "/promises/3/id")):
        (tmp_path / "results.json").write_text(json.dumps(found), encoding="utf-8")
        with pytest.raises(CannotRead, match=f"is not as results.schema.json says, at {place}; run the checks again$"):
            read(tmp_path)


def _run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "b2b_invoices_contract", "compare", *map(str, arguments)]
    environment = {"PATH": "", "COLUMNS": "200"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603 - our own


def _write(folder: Path, found: Any) -> Path:
    folder.mkdir()
    (folder / "results.json").write_text(json.dumps(found), encoding="utf-8")
    return folder


def test_promises_with_their_former_ids() -> None:
    """
    In a report from before the promises were renamed, each is found under its present id, with its failures.
    """
    new = as_json(results(TAKEN))
    old = json.loads(json.dumps(new))
    for promise in old["promises"]:
        if former := load_promises()[promise["id"]].formerly:
            for failure in promise["failures"]:
                failure["identity"] = failure["identity"].replace(promise["id"], former, 1)
            promise["id"] = former

    comparison = compare(old, new)

    assert old["promises"] != new["promises"]
    assert (comparison.differences, comparison.exit_status) == ([], 0)


def test_command_line(tmp_path: Path) -> None:
    """
    The command takes folders and files, prints a table and the sum, and ends with 1 on a regression.
    """
    old, new = _write(tmp_path / "old", as_json(results(TAKEN))), _write(tmp_path / "new", as_json(results(REUSED)))

    worse, same = _run(old, new / "results.json"), _run(old, old)

    assert (worse.returncode, worse.stderr) == (1, "")
    assert re.search(r"│ broke +│ ids-are-unique +│ received id 7 twice", worse.stdout)
    count = len(results().promises)
    assert worse.stdout.endswith(f"1 worse, 1 mended, {count - 2} promises as before\n")
    assert (same.returncode, same.stdout) == (0, f"0 worse, 0 mended, {count} promises as before\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "{file} cannot be read: No such file or directory; give the folder of a report"),
        pytest.param(
            "[" * 200_000, "{file} is not JSON; give the folder of a report, or its results.json", id="nested too deep"
        ),
        ("{", "{file} is not JSON; give the folder of a report, or its results.json"),
        ("[]", "{file} has version None of the results, not 2; run the checks again"),
        ('{"version": 1}', "{file} has version 1 of the results, not 2; run the checks again"),
        ('{"version": 2}', "{file} is not as results.schema.json says, at /; run the checks again"),
    ],
)
def test_unreadable(tmp_path: Path, text: str | None, message: str) -> None:
    """
    A report that cannot be read is told in one line, and ends with 2.
    """
    file = tmp_path / "results.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")

    done = _run(file, file)

    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        f"b2b-invoices-contract: {message.format(file=file)}\n",
    )
