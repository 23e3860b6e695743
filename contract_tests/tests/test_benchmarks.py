"""
Tests of the benchmarks: they run and compute ratios correctly. The ratios themselves are not tested.
"""

from pathlib import Path

import pytest

from b2b_invoices_contract.targets import Credentials
from benchmarks.fixture import measure_fixture
from benchmarks.load import Load, NoWrk, _parts, full_body, send_creates
from benchmarks.mock import bench, write_table
from benchmarks.speed import DURABLE, LIMIT, MEMORY, PRISM, Speeds, figures_of


def test_fixture_is_measured() -> None:
    """
    The fixture has three figures: creates by two kinds of client, and set-up.
    """
    figures = [*measure_fixture(rounds=1)]

    assert [(figure.name, figure.target) for figure in figures] == [
        ("create through b2b_mock.client / a fixed response of respx", 3.0),
        ("create through another client / a fixed response of respx", 3.0),
        ("set-up of b2b_mock after the first / 5 ms", 1.0),
    ]
    assert all(figure.ratio > 0 for figure in figures)


LIMIT_LOAD, PRISM_LOAD = Load(9000, 3000.0, 5_000, 9_000), Load(900, 300.0, 50_000, 90_000)
SPEEDS = Speeds(
    {
        DURABLE: [Load(6000, 1500.0, 10_000, 20_000), Load(6000, 3000.0, 10_000, 20_000)],
        MEMORY: [Load(6000, 3000.0, 4_000, 8_000)] * 2,
        LIMIT: [LIMIT_LOAD] * 2,
        PRISM: [PRISM_LOAD] * 2,
    }
)


def test_speeds_are_compared_round_by_round() -> None:
    """
    A figure is the median of the ratios of both servers in the same round.
    """
    assert [(figure.name, figure.ratio, figure.met) for figure in figures_of(SPEEDS)] == [
        ("throughput: durable creates / Prism", 7.5, True),
    ]


def test_table_is_written_in_its_place(tmp_path: Path) -> None:
    """
    The new table replaces the old one; the text around it stays.
    """
    readme = tmp_path / "README.md"
    marks = "<!-- performance: written by make bench -->", "<!-- end of performance -->"
    readme.write_text(f"before\n\n{marks[0]}\nan old table\n{marks[1]}\n\nafter\n", encoding="utf-8")

    write_table(readme, SPEEDS)
    write_table(readme, SPEEDS)

    text = readme.read_text(encoding="utf-8")
    assert text.startswith(f"before\n\n{marks[0]}\n| Creates, 16 concurrent callers | throughput |")
    assert "| this mock, in a file: synced to disk before each response | 7.5 x | 0.20 | 0.40 |\n" in text
    assert "| Prism: validates, stores nothing | 1.0 x | 1.00 | 1.80 |\n" in text
    assert text.endswith(f"\n{marks[1]}\n\nafter\n")
    assert "an old table" not in text


def test_every_create_has_its_number() -> None:
    """
    Placeholders in a body become the number of the request, or its remainder after a division.
    """
    parts = _parts('{"a": "n-@number@", "b": @number%7@}')

    assert parts == [
        r'"{\"a\": \"n-"',
        'string.format("%d", number)',
        r'"\", \"b\": "',
        'string.format("%d", number % 7)',
        '"}"',
        '""',
    ]


def test_no_load_without_wrk(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without wrk, the error says how to install it.
    """
    monkeypatch.setenv("PATH", "")

    with pytest.raises(NoWrk, match=r"^wrk is not on the path; run apt-get install wrk or brew install wrk$"):
        send_creates("http://127.0.0.1:1", Credentials("a", "b"), full_body(), seconds=1, first=1)


@pytest.mark.parametrize(("check", "status"), [(False, 0), (True, 2)], ids=["measured", "checked"])
def test_without_wrk_the_rest_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, check: bool, status: int
) -> None:
    """
    Without wrk, the mock is skipped with a message; with --check, the exit status is 2.
    """
    monkeypatch.setenv("PATH", "")

    with pytest.raises(SystemExit) as ended:
        bench(check=check)

    assert ended.value.code == status
    said = " ".join(capsys.readouterr().err.split())
    assert said == ("mock not measured: wrk is not on the path; run apt-get install wrk or brew install wrk")
