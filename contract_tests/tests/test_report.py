"""
The report: every file is valid for its readers, and says what the run found.
"""

import json
import re
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import attrs
import pytest
from jsonschema_rs import Draft202012Validator
from rich.console import Console

from b2b_invoices_contract.coverage import Coverage
from b2b_invoices_contract.failures import Comparison, equal
from b2b_invoices_contract.report import check_folder, print_report, write_report
from b2b_invoices_contract.report.checklist import checklist
from b2b_invoices_contract.report.facts import unseen, versions
from b2b_invoices_contract.report.html import as_html
from b2b_invoices_contract.report.junit import as_junit
from b2b_invoices_contract.report.places import line_in_contract, line_of_promise
from b2b_invoices_contract.report.results_file import SCHEMA, as_json
from b2b_invoices_contract.report.sarif import as_sarif
from b2b_invoices_contract.report.summary import as_markdown
from b2b_invoices_contract.results import Results
from b2b_invoices_contract.targets import CannotRun
from b2b_invoices_contract.words import Words
from b2b_invoices_spec import OPENAPI, PROMISES, Statement, load_page
from contract_tests.tests.example import exchange, failure, results

HOSTILE = (
    "</pre><script>alert(1)</script><img src=x onerror=alert(1)>\"'`|</details>{{ 7 * 7 }}\x00\x1b[31m\u202e\x9b\ud800"
)
HOSTILE_BODY = HOSTILE.encode("utf-8", "replace")

FAILURE = failure(equal("status", 200, 400), exchange(sent=b'{"a": 1}'))
HOSTILE_FAILURE = failure(
    Comparison(HOSTILE, Words(HOSTILE), Words(HOSTILE), is_met=False),
    exchange(sent=HOSTILE_BODY, answered=HOSTILE_BODY),
    promise="ids-are-unique",
)
CONSEQUENCE = attrs.evolve(
    failure(equal("status", 200, 400), exchange(), promise="invalid-requests-rejected"),
    consequence_of="invoice-numbers-are-unique",
)


@pytest.fixture(name="report", scope="module")
def _report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    write_report(results(FAILURE, FAILURE, HOSTILE_FAILURE), folder)
    return folder


@pytest.fixture(name="page", scope="module")
def _page(report: Path) -> str:
    return (report / "index.html").read_text(encoding="utf-8")


def _terminal(found: Results) -> str:
    out = StringIO()
    print_report(found, Console(file=out, soft_wrap=True, width=200))
    return out.getvalue()


FORMS = [_terminal, as_markdown, as_html]


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """
    A report folder that cannot be written to is rejected before the run; one that does not exist is not created yet.
    """
    file = tmp_path / "file"
    file.write_text("not a folder", encoding="utf-8")

    check_folder(tmp_path / "new" / "and" / "below")
    with pytest.raises(CannotRun, match=f"^{file} is a file; give a folder for the report, with --report-dir$"):
        check_folder(file / "below" / "it")
    with pytest.raises(CannotRun, match=r"^/proc/report cannot be written to: .+; give another folder .+--report-dir$"):
        check_folder(Path("/proc/report"))

    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_results_match_their_schema(report: Path) -> None:
    """
    results.json is valid by its schema, which describes every field and rejects unknown ones.
    """
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    found = json.loads((report / "results.json").read_text(encoding="utf-8"))

    Draft202012Validator(schema).validate(found)

    objects = [*schema["$defs"].values(), schema]
    assert [field for one in objects for field in one["properties"].values() if not field.get("description")] == []
    with pytest.raises(ValueError, match="unknown"):
        Draft202012Validator(schema).validate(found | {"unknown": 1})


def test_failures_are_data() -> None:
    """
    results.json, SARIF and JUnit have each defect once, with its count, its place, and what it is a consequence of.
    """
    found = results(CONSEQUENCE, CONSEQUENCE)

    (entry,) = next(one["failures"] for one in as_json(found)["promises"] if one["failures"])
    (result,) = as_sarif(found)["runs"][0]["results"]
    element = ET.fromstring(as_junit(found)).find("testcase/failure")  # noqa: S314 - our own file

    assert (entry["at"], entry["count"]) == ("status", 2)
    assert entry["consequence_of"] == "invoice-numbers-are-unique"
    assert result["properties"] == {"at": "status", "consequenceOf": "invoice-numbers-are-unique"}
    assert element is not None
    assert element.get("type") == "consequence"
    assert "at status\na consequence of invoice-numbers-are-unique\n" in (element.text or "")


@pytest.mark.parametrize("form", FORMS)
def test_broken_comes_first(form: Any) -> None:
    """
    Broken promises come first, then unchecked ones, then kept ones; one broken as a consequence is one line, the last.
    """
    found = results(CONSEQUENCE, FAILURE)
    *_, unchecked = found.promises

    text = form(found)

    assert len(re.findall("(?i)a consequence of `?invoice-numbers-are-unique", text)) == 1
    assert len(re.findall("(?i)<dt>expected|expected:|expected `", text)) == 1
    text = text[text.index(">Broken <") :] if form is as_html else text

    names = ["invoice-numbers-are-unique", "invalid-requests-rejected", unchecked, "settled-is-completed"]
    places = [text.index(name) for name in names]
    assert places == sorted(places)


@pytest.mark.parametrize("form", FORMS)
def test_date_and_versions(form: Any) -> None:
    """
    Every form of the report has the date, and the versions of the contract and of the kit.
    """
    found = results()
    found.at = "2026-11-22T09:30:00Z"

    text = form(found)

    assert found.at in text
    assert versions()["contract"] in text
    assert f"b2b-invoices-contract {versions()['kit']}" in text


def test_documented_responses_that_were_not_seen() -> None:
    """
    Every form of the report says how many documented responses were seen, which were not, and why.
    """
    created = exchange(status=500)
    found = results(failure(equal("status", 500, 400), created))
    found.coverage = Coverage.of([created])

    reasons = unseen(found)

    assert reasons["createInvoice", "400"] == "another status was returned"
    assert reasons["createInvoice", "429"] == "no check of this run expected it"
    assert reasons["getInvoice", "200"] == "no request was sent"
    total = f"documented responses seen: 1 of {len(reasons) + 1}"
    for form in FORMS:
        assert total in form(found).replace("Documented responses seen: ", "documented responses seen: ")
        assert "not seen, another status was returned: createInvoice 400" in form(found)


def test_unlisted_keys_are_warnings() -> None:
    """
    Keys of responses that the contract does not list are named with their paths, and break no promise.
    """
    body = b'{"code": 200, "data": {"id": 1, "extra": 2}, "meta": {"message": "Success"}, "more": 3}'
    found = results()
    found.coverage = Coverage.of([exchange(answered=body)])

    sentence = "createInvoice: responses with status 200 have keys that are not listed: data.extra, more"

    assert all(sentence in form(found) for form in FORMS)
    assert found.exit_status == 0


def test_page_loads_nothing_and_runs_nothing(page: str) -> None:
    """
    The page has no script, loads no file, and forbids the browser both.
    """
    assert not re.search(r"<(script|link|img|iframe|object|base)|<[^>]*\s(src|on[a-z]+)=|url\(", page)
    assert [target for target in _values(page, "href") if not target.startswith("#")] == []
    assert _values(page, "content")[1].startswith("default-src 'none'; style-src 'unsafe-inline'")


def test_page_has_every_promise_and_every_statement(page: str) -> None:
    """
    Every promise and every statement of the documentation page is on the page, and every link has a target.
    """
    ids = _values(page, "id")

    assert {f"promise-{name}" for name in results().promises} <= set(ids)
    assert page.count('<li><span class="mark') >= len(load_page())
    assert {target.removeprefix("#") for target in _values(page, "href")} <= set(ids)
    assert len(ids) == len(set(ids))


def test_page_is_accessible(page: str) -> None:
    """
    The page has a language, one main heading, landmarks, headings in order, and a word beside every colour.
    """
    assert _values(page, "lang") == ["en"]
    assert [page.count(f"<{tag}") for tag in ("h1", "main", "header", "nav", "footer")] == [1] * 5
    levels = [int(level) for level in re.findall("<h([1-6])", page)]
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    marks = re.findall(r'<span class="mark[^>]*><span aria-hidden="true">[^<]+</span> ([a-z ]+)</span>', page)
    assert len(marks) == page.count('class="mark ')
    assert page.count("<svg") == page.count('aria-hidden="true"><rect') + page.count('role="img" aria-label=')


@pytest.mark.parametrize("name", ["--kept", "--broken", "--open", "--faint", "--link", "--ink"])
def test_contrast(name: str) -> None:
    """
    Text has a contrast of at least 4.5 to 1 to its background, in light and in dark.
    """
    style = (SCHEMA.parent / "templates" / "style.css").read_text(encoding="utf-8")
    light, dark = style.split("@media (prefers-color-scheme: dark)")

    for theme in (light, dark.partition("* {")[0]):
        colours = dict(re.findall(r"(--[a-z-]+): (#[0-9a-f]{6});", theme))
        for paper in {"--paper", "--raised", *({f"{name}-back"} & colours.keys())}:
            assert _contrast(colours[name], colours[paper]) >= 4.5, (name, paper)


def test_no_line_breaks_within_an_option() -> None:
    """
    The name of an option is marked up on the page, so that a narrow window does not break it.
    """
    found = results()
    found.command, found.problem = "b2b-invoices-contract --base-url http://x --seed 7", "set --other-store-hash <b>"

    text = as_html(found)

    assert '<span class="option">--base-url</span> http://x <span class="option">--seed</span> 7' in text
    assert 'set <span class="option">--other-store-hash</span> &lt;b&gt;' in text


def test_hostile_text_stays_text(report: Path, page: str) -> None:
    """
    Text from responses is shown literally, and is markup in no file.
    """
    markdown = (report / "summary.md").read_text(encoding="utf-8")

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ 7 * 7 }}" in page
    (line,) = [line for line in markdown.splitlines() if "<script>" in line]
    assert re.fullmatch(r"  - received `[^`]*`, expected `[^`]*`", line)
    ET.parse(report / "junit.xml")  # noqa: S314 - our own file
    json.loads((report / "contract.sarif").read_text(encoding="utf-8"))


@pytest.mark.parametrize("form", [*FORMS, as_junit])
def test_control_characters_are_replaced(form: Any) -> None:
    """
    Text from a server is neither markup nor control characters in the terminal and in the files.
    """
    found = results(HOSTILE_FAILURE)
    found.target, found.problem = f"http://x/[/nope]{HOSTILE}", f"illegal header line: [/nope] {HOSTILE}\nand so on"
    found.promises["type-default"].checks, found.promises["type-default"].reason = 0, f"halt [/nope] {HOSTILE}"

    text = form(found)

    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)
    assert "illegal header line: [/nope] " in text
    assert "halt [/nope] " in text
    for row in re.findall(r"\| `type-default` \|.*", text):
        assert re.fullmatch(r"\| `type-default` \| [^`|]+ `halt \[/nope\] ([^`|]|\\\|)*` \|", row)


def test_junit() -> None:
    """
    JUnit has a case for each promise, with its failures or why it was not checked, and the run's problem after them.
    """
    found = results(FAILURE, HOSTILE_FAILURE)
    found.problem = "interrupted"

    suite = ET.fromstring(as_junit(found))  # noqa: S314 - our own file

    count = len(found.promises)
    assert [part.tag for part in suite] == ["testcase"] * count + ["system-err"]
    assert suite.attrib == {
        "name": "contract", "tests": str(count), "failures": "2", "errors": "0", "skipped": "1", "time": "1.500",
    }  # fmt: skip
    broken = [case.get("name") for case in suite if case.find("failure") is not None]
    assert broken == ["ids-are-unique", "invoice-numbers-are-unique"]
    assert [skipped.get("message") for skipped in suite.iter("skipped")] == ["it takes a second store"]


def test_summary(report: Path) -> None:
    """
    The summary begins with the totals of the run, and has each failure in one line.
    """
    text = (report / "summary.md").read_text(encoding="utf-8")

    count = len(results().promises)
    assert text.startswith(f"**{count - 3} promises kept, 2 broken, 1 not checked; 99 requests in 1.5 s, seed 7**\n")
    assert "  - received `status 200`, expected `status 400`, 2 times\n" in text


def test_sarif() -> None:
    """
    SARIF has a rule for each promise and a result for each failure, at the line of the contract that it is about.
    """
    log = as_sarif(results(FAILURE))

    (run,) = log["runs"]
    assert (log["version"], log["$schema"]) == ("2.1.0", "https://json.schemastore.org/sarif-2.1.0.json")
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(results().promises)
    (result,) = run["results"]
    assert (result["level"], result["occurrenceCount"]) == ("error", 1)
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "invoice-numbers-are-unique"
    assert result["message"]["text"].endswith("Received status 200; expected status 400.")
    assert result["partialFingerprints"] == {"defect/v1": FAILURE.identity}
    for location in [*result["locations"], *result["relatedLocations"]]:
        place = location["physicalLocation"]
        lines = (OPENAPI.parents[1] / place["artifactLocation"]["uri"]).read_text(encoding="utf-8").splitlines()
        assert place["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
        assert lines[place["region"]["startLine"] - 1].strip() in {"NumberTaken:", "- id: invoice-numbers-are-unique"}


def test_places_in_the_contract() -> None:
    """
    A pointer leads to the line of its key; one to something that does not exist, to its last step that does.
    """
    lines = OPENAPI.read_text(encoding="utf-8").splitlines()
    promises = PROMISES.read_text(encoding="utf-8").splitlines()

    parameter = line_in_contract("#/paths/~1invoices/get/parameters/1/schema/maximum")

    assert lines[parameter - 1].strip().startswith("schema:")
    assert lines[line_in_contract("#/components/schemas/Balance/no/such/thing") - 1] == "    Balance:"
    assert promises[line_of_promise("ids-are-unique") - 1] == "- id: ids-are-unique"


def test_checklist() -> None:
    """
    A statement is broken if a promise that covers it is, kept if one is kept, or else not checked.
    """
    *_, unchecked = results().promises
    statements = [
        Statement("every", "a", "x", ["ids-are-unique", "invoice-numbers-are-unique"]),
        Statement("every", "b", "x", ["ids-are-unique", unchecked]),
        Statement("every", "c", "x", [unchecked]),
        Statement("every", "d", "x", because="no response shows it"),
        Statement("every", "e", "x", ["#/components/schemas/Balance"]),
    ]

    items = checklist(results(FAILURE), statements)

    assert [item.state for item in items] == ["broken", "kept", "not checked", "cannot be checked", "kept"]


def test_page_of_a_run_that_did_not_finish() -> None:
    """
    The page of a run that did not finish says so first, and needs no coverage and no promises.
    """
    found = results()
    found.problem, found.coverage, found.promises = "interrupted", None, {}

    text = as_html(found)

    assert "The checks did not finish" in text
    assert '<p class="problem">interrupted</p>' in text


def _values(page: str, attribute: str) -> list[str]:
    return re.findall(rf' {attribute}="([^"]*)"', page)


def _contrast(one: str, other: str) -> float:
    lights = sorted([_luminance(one), _luminance(other)])
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(colour: str) -> float:
    shares = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
