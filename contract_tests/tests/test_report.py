"""
The files of the report: that each is what its readers take it for.
"""

import json
import re
from html.parser import HTMLParser
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from jsonschema_rs import Draft202012Validator
from rich.console import Console

import b2b_invoices_contract
from b2b_invoices_contract.checklist import checklist
from b2b_invoices_contract.failures import BrokenPromise
from b2b_invoices_contract.junit import as_junit
from b2b_invoices_contract.page import as_html
from b2b_invoices_contract.places import line_in_contract, line_of_promise
from b2b_invoices_contract.report import FILES, check_folder, print_report, write_report
from b2b_invoices_contract.results import Results
from b2b_invoices_contract.results_file import SCHEMA, as_json
from b2b_invoices_contract.sarif import as_sarif
from b2b_invoices_contract.summary import as_markdown
from b2b_invoices_contract.targets import CannotRun
from b2b_invoices_spec import OPENAPI, PROMISES, Statement, load_page
from contract_tests.tests.example import exchange, failure, results

HOSTILE = (
    "</pre><script>alert(1)</script><img src=x onerror=alert(1)>\"'`|</details>{{ 7 * 7 }}\x00\x1b[31m\u202e\x9b\ud800"
)

FAILURE = failure(
    BrokenPromise("status of a create: 200", "status of a create: 400", exchange(sent=b'{"a": 1}')),
    promise="invoice-numbers-are-unique",
)
HOSTILE_FAILURE = failure(
    BrokenPromise(
        HOSTILE, HOSTILE, exchange(sent=HOSTILE.encode("utf-8", "replace"), answered=HOSTILE.encode("utf-8", "replace"))
    ),
    promise="ids-are-unique",
)


class _Page(HTMLParser):
    """The tags of a page, its ids, and where it leads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """
        Note a tag.
        """
        self.tags.append(tag)
        self.attributes += attrs

    def of(self, name: str) -> list[str]:
        """
        Return the values of the attribute *name*.
        """
        return [value or "" for key, value in self.attributes if key == name]


@pytest.fixture(name="report", scope="module")
def _report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    write_report(results(FAILURE, FAILURE, HOSTILE_FAILURE), folder)
    return folder


def test_files(report: Path) -> None:
    """
    The report is five files, and no more.
    """
    assert {path.name for path in report.iterdir()} == FILES


def test_folder_below_a_file(tmp_path: Path) -> None:
    """
    A folder that cannot be made, since a file is in the way, is told before the run; one that can be is not made yet.
    """
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")

    check_folder(tmp_path / "new" / "and" / "below")
    with pytest.raises(CannotRun) as caught:
        check_folder(tmp_path / "file" / "below" / "it")

    assert str(caught.value) == f"{tmp_path / 'file'} is a file; give a folder for the report, with --report-dir"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="it takes a folder that nobody can write to")
def test_folder_that_takes_nothing() -> None:
    """
    A folder that nothing can be written to is told before the run, with what the system says of it.
    """
    with pytest.raises(CannotRun) as caught:
        check_folder(Path("/proc/report"))

    assert str(caught.value) == (
        "/proc/report cannot be written to: No such file or directory; "
        "give another folder for the report, with --report-dir"
    )


def test_results_are_as_their_schema_says(report: Path) -> None:
    """
    results.json is valid by its schema, in which every field is described and none is unknown.
    """
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    found = json.loads((report / "results.json").read_text(encoding="utf-8"))

    Draft202012Validator(schema).validate(found)

    assert [text for text in _objects(schema) if not text.get("description")] == []
    with pytest.raises(ValueError, match="unknown"):
        Draft202012Validator(schema).validate(found | {"unknown": 1})


def test_looking_back_at_all_requests() -> None:
    """
    Of a promise whose checks send nothing and look at every answer, the requests are `all`, and 0 in results.json.
    """
    found, told = results(), StringIO()
    back = found.promises["no-server-errors"]
    back.requests, back.seconds = 0, 2.0
    back.note("No request was answered with a server error.", 1)

    print_report(found, Console(file=told, width=200))
    page = as_html(found)
    written = {promise["id"]: promise for promise in as_json(found)["promises"]}

    assert re.search("│ no-server-errors +│ every +│ kept +│ +all │", told.getvalue())
    assert re.search("│ responses-match-the-contract +│ every +│ kept +│ +9 │", told.getvalue())
    assert "<dd>6 cases, looking back at all requests, 2.0 s, seed 7" in page
    assert '<code>no-server-errors</code></a></th><td class="number">all</td>' in page
    assert written["no-server-errors"]["requests"] == 0


def test_same_failure_is_counted(report: Path) -> None:
    """
    A defect that was met twice is in results.json once, with its count.
    """
    found = json.loads((report / "results.json").read_text(encoding="utf-8"))

    (broken,) = [promise for promise in found["promises"] if promise["id"] == "invoice-numbers-are-unique"]

    assert [one["count"] for one in broken["failures"]] == [2]


def test_page_asks_nothing_and_runs_nothing(report: Path) -> None:
    """
    The page has no script, asks for no file and no network, and forbids the browser both.
    """
    page = _Page((report / "index.html").read_text(encoding="utf-8"))

    assert {"script", "link", "img", "iframe", "object", "base"} & set(page.tags) == set()
    assert page.of("src") == []
    assert [target for target in page.of("href") if not target.startswith("#")] == []
    assert [name for name, _ in page.attributes if name.startswith("on")] == []
    assert page.of("content")[1].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "url(" not in (report / "index.html").read_text(encoding="utf-8")


def test_page_has_every_promise_and_every_statement(report: Path) -> None:
    """
    Every promise and every statement of the documentation page is on the page, and no link leads nowhere.
    """
    text = (report / "index.html").read_text(encoding="utf-8")
    page = _Page(text)

    assert {f"promise-{name}" for name in results().promises} <= set(page.of("id"))
    assert text.count('<li><span class="mark') >= len(load_page())
    assert {target.removeprefix("#") for target in page.of("href")} <= set(page.of("id"))
    assert len(page.of("id")) == len(set(page.of("id")))


def test_page_can_be_read_without_seeing_it() -> None:
    """
    The page has a language, one main heading, landmarks, headings in order, and a word beside every colour.
    """
    text = as_html(results(FAILURE))
    page = _Page(text)

    assert page.of("lang") == ["en"]
    assert [page.tags.count(tag) for tag in ("h1", "main", "header", "nav", "footer")] == [1] * 5
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch("h[1-6]", tag)]
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    marks = re.findall(r'<span class="mark[^>]*><span aria-hidden="true">[^<]+</span> ([a-z ]+)</span>', text)
    assert len(marks) == text.count('class="mark ')
    assert text.count("<svg") == text.count('aria-hidden="true"><rect') + text.count('role="img" aria-label=')


@pytest.mark.parametrize("name", ["--kept", "--broken", "--open", "--faint", "--link", "--ink"])
def test_contrast(name: str) -> None:
    """
    Text stands out from what is behind it by 4.5 to 1 and more, in light and in dark.
    """
    style = (Path(b2b_invoices_contract.__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")
    light, dark = style.split("@media (prefers-color-scheme: dark)")

    for theme in (light, dark.partition("* {")[0]):
        colours = dict(re.findall(r"(--[a-z-]+): (#[0-9a-f]{6});", theme))
        for paper in {"--paper", "--raised", *(f"{name}-back" for _ in [0] if f"{name}-back" in colours)}:
            assert _contrast(colours[name], colours[paper]) >= 4.5, (name, paper)


def test_hostile_text_stays_text(report: Path) -> None:
    """
    Text from answers is shown to the letter, and is markup in no file.
    """
    html = (report / "index.html").read_text(encoding="utf-8")
    markdown = (report / "summary.md").read_text(encoding="utf-8")

    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "{{ 7 * 7 }}" in html
    (line,) = [line for line in markdown.splitlines() if "<script>" in line]
    assert re.fullmatch(r"  - received `[^`]*`, expected `[^`]*`", line)
    ET.parse(report / "junit.xml")  # noqa: S314 - our own file
    json.loads((report / "contract.sarif").read_text(encoding="utf-8"))


@pytest.fixture(name="hostile")
def _hostile() -> Results:
    found = results(HOSTILE_FAILURE)
    found.target, found.problem = f"http://x/[/nope]{HOSTILE}", f"illegal header line: [/nope] {HOSTILE}\nand so on"
    found.promises["type-default"].checks, found.promises["type-default"].reason = 0, f"halt [/nope] {HOSTILE}"
    return found


def test_hostile_text_in_the_terminal(hostile: Results) -> None:
    """
    What a server says is shown as it is, not taken for markup or for orders to the terminal.
    """
    out = StringIO()

    print_report(hostile, Console(file=out, soft_wrap=True, width=200, force_terminal=True, color_system=None))

    text = out.getvalue()
    assert "\x1b" not in text.replace("\x1b[1m", "").replace("\x1b[3m", "").replace("\x1b[0m", "").replace(
        "\x1b[2m", ""
    )
    assert "; illegal header line: [/nope] </pre>" in text
    assert "not checked: type-default: halt [/nope] </pre>" in text
    assert "http://x/[/nope]" in text


def test_hostile_text_in_the_files(hostile: Results) -> None:
    """
    In the summary, reasons and problems are code that nothing ends; no file has an order to a terminal in it.
    """
    markdown, html, junit = as_markdown(hostile), as_html(hostile), as_junit(hostile)

    assert "It did not get to its end: `illegal header line: [/nope] </pre>" in markdown
    (row,) = [line for line in markdown.splitlines() if line.startswith("| `type-default`")]
    assert re.fullmatch(r"\| `type-default` \| [^`|]+ `halt \[/nope\] ([^`|]|\\\|)*` \|", row)
    for text in (markdown, html, junit):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)


def test_junit_has_its_parts_in_order(hostile: Results) -> None:
    """
    What went wrong stands after the cases, where the schemas of JUnit have it.
    """
    suite = ET.fromstring(as_junit(hostile))  # noqa: S314 - our own file

    assert [part.tag for part in suite] == ["testcase"] * len(hostile.promises) + ["system-err"]


def test_junit(report: Path) -> None:
    """
    JUnit has a case for each promise, with its time, its failures, and why it was not checked.
    """
    suite = ET.parse(report / "junit.xml").getroot()  # noqa: S314 - our own file

    count = len(results().promises)
    assert suite.attrib == {
        "name": "contract", "tests": str(count), "failures": "2", "errors": "0", "skipped": "1", "time": "1.500",
    }  # fmt: skip
    assert [case.get("name") for case in suite if case.find("failure") is not None] == [
        "ids-are-unique",
        "invoice-numbers-are-unique",
    ]
    assert [skipped.get("message") for skipped in suite.iter("skipped")] == ["it takes a second store"]


def test_summary(report: Path) -> None:
    """
    The summary begins with the sum of the run, and tells each failure in one line.
    """
    text = (report / "summary.md").read_text(encoding="utf-8")

    count = len(results().promises)
    assert text.startswith(f"**{count - 3} promises kept, 2 broken, 1 not checked; 99 requests in 1.5 s, seed 7**\n")
    assert "  - received `status of a create: 200`, expected `status of a create: 400`, met 2 times\n" in text


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
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "invoice-numbers-are-unique"
    assert result["message"]["text"].endswith("Received status of a create: 200; expected status of a create: 400.")
    assert result["partialFingerprints"] == {"defect/v1": FAILURE.identity}
    for location in [*result["locations"], *result["relatedLocations"]]:
        place = location["physicalLocation"]
        lines = (OPENAPI.parents[1] / place["artifactLocation"]["uri"]).read_text(encoding="utf-8").splitlines()
        assert place["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
        assert lines[place["region"]["startLine"] - 1].strip() in {"NumberTaken:", "- id: invoice-numbers-are-unique"}
    _assert_is_sarif(log)


def test_places_in_the_contract() -> None:
    """
    A pointer leads to the line of its key, one into something that is not there to the last that is.
    """
    lines = OPENAPI.read_text(encoding="utf-8").splitlines()

    assert (
        lines[line_in_contract("#/paths/~1invoices/get/parameters/1/schema/maximum") - 1].strip().startswith("schema:")
    )
    assert lines[line_in_contract("#/components/schemas/Balance/no/such/thing") - 1] == "    Balance:"
    assert (
        PROMISES.read_text(encoding="utf-8").splitlines()[line_of_promise("ids-are-unique") - 1]
        == "- id: ids-are-unique"
    )


def test_checklist() -> None:
    """
    A statement is as good as the promises that cover it: broken when one is, kept when one is, or else not checked.
    """
    *_, unchecked = results().promises
    statements = [
        Statement("every", "a", "x", ["ids-are-unique", "invoice-numbers-are-unique"]),
        Statement("every", "b", "x", ["ids-are-unique", unchecked]),
        Statement("every", "c", "x", [unchecked]),
        Statement("every", "d", "x", because="no answer shows it"),
        Statement("every", "e", "x", ["#/components/schemas/Balance"]),
    ]

    items = checklist(results(FAILURE), statements)

    assert [item.state for item in items] == ["broken", "kept", "not checked", "cannot be checked", "kept"]


def test_page_of_a_run_that_did_not_finish() -> None:
    """
    A run that did not finish says so first, and its page can be written without what was to come at its end.
    """
    found = results()
    found.problem, found.coverage, found.promises = "interrupted", None, {}

    text = as_html(found)

    assert "The checks did not finish" in text
    assert '<p class="problem">interrupted</p>' in text


def _objects(schema: Any) -> list[dict[str, Any]]:
    """Every schema of a field in *schema*."""
    parts = [*schema.get("$defs", {}).values(), schema]
    return [field for part in parts for field in part.get("properties", {}).values()]


def _contrast(one: str, other: str) -> float:
    lights = sorted([_luminance(one), _luminance(other)])
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(colour: str) -> float:
    shares = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _assert_is_sarif(log: dict[str, Any]) -> None:
    """
    What SARIF 2.1.0 asks of a log like ours, as a schema of the fields that we write.
    """
    text = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
    region = {
        "type": "object",
        "required": ["startLine"],
        "properties": {"startLine": {"type": "integer", "minimum": 1}},
    }
    location = {"properties": {"message": text, "physicalLocation": {"properties": {"region": region}}}}
    result = {
        "required": ["message", "locations"],
        "properties": {
            "message": text,
            "ruleIndex": {"type": "integer", "minimum": 0},
            "level": {"enum": ["none", "note", "warning", "error"]},
            "occurrenceCount": {"type": "integer", "minimum": 1},
            "locations": {"items": location},
            "relatedLocations": {"items": location},
            "partialFingerprints": {"additionalProperties": {"type": "string"}},
        },
    }
    rule = {"required": ["id"], "properties": {"shortDescription": text, "fullDescription": text}}
    driver = {"required": ["name"], "properties": {"rules": {"items": rule, "uniqueItems": True}}}
    run = {
        "required": ["tool"],
        "properties": {
            "tool": {"properties": {"driver": driver}},
            "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            "invocations": {"items": {"required": ["executionSuccessful"]}},
            "results": {"items": result},
        },
    }
    Draft202012Validator({"required": ["version", "runs"], "properties": {"runs": {"items": run}}}).validate(log)
    assert yaml.safe_load(json.dumps(log)) == log
