"""
Comparison of two reports: its changes, its warnings and its exit status.
"""

import json
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import attrs
import pytest
from rich.console import Console

from b2b_invoices_contract.failures import Comparison, equal
from b2b_invoices_contract.report import CannotRead, compare, print_comparison, read
from b2b_invoices_contract.report.facts import versions
from b2b_invoices_contract.report.results_file import as_json
from b2b_invoices_contract.results import Results
from b2b_invoices_contract.words import Words
from b2b_invoices_spec import load_promises
from contract_tests.tests.example import exchange, failure, results

TAKEN = failure(equal("status", 200, 400), exchange(sent=b'{"n": 1}'))
REUSED = failure(equal("/id", 7, 8), exchange(), promise="ids-are-unique")
LOST = failure(equal("the invoice", None, 1), exchange("GET"))


def _changes(old: Results, new: Results) -> list[tuple[str, str]]:
    return [(one.change, one.promise) for one in compare(as_json(old), as_json(new)).differences]


def test_what_broke_comes_first() -> None:
    """
    Regressions are listed before improvements, with what was received and expected.
    """
    comparison = compare(as_json(results(TAKEN)), as_json(results(REUSED)))

    assert [(one.change, one.promise) for one in comparison.differences] == [
        ("broke", "ids-are-unique"),
        ("mended", "invoice-numbers-are-unique"),
    ]
    assert comparison.differences[0].note == "received /id 7, expected /id 8"
    assert (comparison.exit_status, comparison.unchanged) == (1, len(results().promises) - 2)


def test_broken_in_a_new_way() -> None:
    """
    A broken promise that breaks in another way or in another case is worse; the same defect with other numbers is not.
    """
    again = failure(equal("status", 201, 400), exchange(sent=b'{"n": 22}'))
    one, both = (attrs.evolve(REUSED, places=[place]) for place in ('type is "7"', "details is null"))

    assert _changes(results(TAKEN), results(again)) == []
    assert _changes(results(TAKEN), results(TAKEN, LOST)) == [("broken in a new way", "invoice-numbers-are-unique")]
    assert _changes(results(one), results(one, both)) == [("broken in a new way", "ids-are-unique")]
    assert _changes(results(one, both), results(one)) == []


def test_consequences_are_named() -> None:
    """
    The note of a promise that is broken as a consequence of another names that one.
    """
    consequence = attrs.evolve(REUSED, consequence_of="invoice-numbers-are-unique")

    (difference,) = compare(as_json(results()), as_json(results(consequence))).differences

    assert difference.note == "received /id 7, expected /id 8, a consequence of invoice-numbers-are-unique"


def test_new_and_gone() -> None:
    """
    Promises that only one of the reports has are listed; if one that had a verdict is gone, the status is not 0.
    """
    old, new = results(), results()
    del old.promises["ids-are-unique"], new.promises["invoice-numbers-are-unique"]

    assert _changes(old, new) == [("gone", "invoice-numbers-are-unique"), ("new", "ids-are-unique")]
    assert compare(as_json(old), as_json(new)).exit_status == 2
    assert compare(as_json(new), as_json(results())).exit_status == 0
    new.promises["ids-are-unique"].add(REUSED)
    assert _changes(old, new)[0] == ("broke", "ids-are-unique")


def test_no_longer_checked() -> None:
    """
    A promise that was kept and is not checked any more is listed, and a later run that did not finish is a warning.
    """
    new = results()
    new.promises["ids-are-unique"].checks, new.promises["ids-are-unique"].reason = 0, "interrupted"
    new.problem = "interrupted"

    comparison = compare(as_json(results()), as_json(new))

    assert [(one.change, one.note) for one in comparison.differences] == [("no longer checked", "interrupted")]
    assert comparison.warnings == ["the later run did not finish: interrupted"]
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
def test_lost_verdicts(was: str, is_now: str, status: int) -> None:
    """
    The exit status is 2 if a promise that had a verdict has none in the later run.
    """
    old, new = results(), results()
    for found, verdict in ((old, was), (new, is_now)):
        result = found.promises["ids-are-unique"]
        result.checks = int(verdict == "kept")
        result.failures = [REUSED] if verdict == "broken" else []
        if verdict == "gone":
            del found.promises["ids-are-unique"]

    assert compare(as_json(old), as_json(new)).exit_status == status


def test_other_target_and_profile_are_changes() -> None:
    """
    Another target, profile or version of the contract is a warning; another port of loopback is not.
    """
    old, new = results(), results()
    old.target, new.target = "http://127.0.0.1:4001/api", "http://localhost:4002/api"
    assert compare(as_json(old), as_json(new)).warnings == []

    new.target, new.profile = "https://sandbox.example.com/api", "full"
    later = as_json(new) | {"versions": {"contract": "9.9.9", "kit": "0.1.0"}}

    assert compare(as_json(old), later).warnings == [
        "the later run had another target: https://sandbox.example.com/api, not http://127.0.0.1:4001/api",
        "the later run had another profile: full, not quick",
        f"the later run had another version of the contract: 9.9.9, not {versions()['contract']}",
    ]


def test_hostile_notes_are_shown_as_text() -> None:
    """
    Text from a server is neither markup nor control characters in the table.
    """
    hostile = failure(
        Comparison("/id", Words("[/nope]\x1b[31m"), Words("a new id"), is_met=False), promise="ids-are-unique"
    )
    new, out = results(hostile), StringIO()
    new.problem = "[/nope]\x1b[31m"

    print_comparison(compare(as_json(results()), as_json(new)), Console(file=out, width=200))

    assert "received /id [/nope]�[31m, expected /id a new id" in out.getvalue()
    assert "the later run did not finish: [/nope]�[31m" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_invalid_promises_are_rejected(tmp_path: Path) -> None:
    """
    A report without promises, or with an id that has other characters than a-z, 0-9 and hyphens, is rejected.
    """
    none, strange = as_json(results()), as_json(results())
    none["promises"] = []
    strange["promises"][3]["id"] = "[/x]"

    for found, place in ((none, "/promises"), (strange, "/promises/3/id")):
        (tmp_path / "results.json").write_text(json.dumps(found), encoding="utf-8")
        with pytest.raises(CannotRead, match=f"does not match results.schema.json at {place}; run the checks again$"):
            read(tmp_path)


def _run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "b2b_invoices_contract", "compare", *map(str, arguments)]
    environment = {"PATH": "", "COLUMNS": "200"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603 - our own


def _write(folder: Path, found: Any) -> Path:
    folder.mkdir()
    (folder / "results.json").write_text(json.dumps(found), encoding="utf-8")
    return folder


def _version_2(found: Results) -> dict[str, Any]:
    """Return results as version 2 had them, with former ids of promises and other identities of failures."""
    old: dict[str, Any] = json.loads(json.dumps(as_json(found) | {"version": 2}))
    del old["at"], old["versions"]
    for promise in old["promises"]:
        promise["id"] = load_promises()[promise["id"]].formerly or promise["id"]
        promise["cases"] = 5
        for one in promise["failures"]:
            one["identity"] = f"{promise['id']} | other"
            for name in ("at", "consequence_of", "operation", "expected_status"):
                del one[name]
    return old


def test_earlier_format(tmp_path: Path) -> None:
    """
    A report of version 2 is compared by verdict, and its former ids of promises are understood.
    """
    old = read(_write(tmp_path / "old", _version_2(results(TAKEN))))

    same, worse = (compare(old, as_json(new)) for new in (results(TAKEN), results(TAKEN, REUSED)))

    assert old["version"] == 3
    assert (same.differences, same.exit_status) == ([], 0)
    assert [(one.change, one.promise) for one in worse.differences] == [("broke", "ids-are-unique")]
    assert same.warnings == [
        "one report has the former format, so the ways in which a promise is broken are not compared"
    ]


def test_command_line(tmp_path: Path) -> None:
    """
    The command takes folders and files, prints a table and the totals, and exits with 1 on a regression.
    """
    old, new = _write(tmp_path / "old", as_json(results(TAKEN))), _write(tmp_path / "new", as_json(results(REUSED)))

    worse, same = _run(old, new / "results.json"), _run(old, old)

    assert (worse.returncode, worse.stderr) == (1, "")
    assert re.search(r"│ broke +│ ids-are-unique +│ received /id 7", worse.stdout)
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
        ("[]", "{file} has version None of the results, not 3; run the checks again"),
        ('{"version": 1}', "{file} has version 1 of the results, not 3; run the checks again"),
        ('{"version": 2}', "{file} does not match results.schema.json at /; run the checks again"),
        ('{"version": 2, "promises": [1]}', "{file} does not match results.schema.json at /; run the checks again"),
        ('{"version": 3}', "{file} does not match results.schema.json at /; run the checks again"),
    ],
)
def test_unreadable(tmp_path: Path, text: str | None, message: str) -> None:
    """
    A report that cannot be read is reported in one line, with exit status 2.
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
