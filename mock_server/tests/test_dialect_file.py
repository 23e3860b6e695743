"""
Dialect files: settings on top of a named dialect, and clear errors for invalid files.
"""

import re
from pathlib import Path

import attrs
import pytest

from b2b_invoices_mock import Dialect
from b2b_invoices_mock.api.dialect import DIALECTS, QUESTIONS
from b2b_invoices_mock.api.dialect_file import load_dialect

SETTINGS = ", ".join(sorted(question.name for question in QUESTIONS))


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "ours.toml"


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        (
            'base = "observed"\nchannels = "any"\ncreate_status = 201\n',
            attrs.evolve(DIALECTS["observed"], channels="any", create_status=201),
        ),
        ("", Dialect()),
    ],
    ids=["base", "empty"],
)
def test_a_file_changes_settings_of_its_base(path: Path, text: str, dialect: Dialect) -> None:
    """
    A file changes the settings it lists; the others keep the value of its base, the documented dialect by default.
    """
    path.write_text(text, encoding="utf-8")

    assert load_dialect(str(path)) == dialect


def test_the_file_in_the_readme(path: Path) -> None:
    """
    The dialect file in the README is valid.
    """
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```toml\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    path.write_text(shown, encoding="utf-8")

    assert load_dialect(str(path)) == attrs.evolve(DIALECTS["observed"], channels="any", success_message="Success")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param('base = "french"', "unknown base 'french': expected documented or observed", id="base"),
        pytest.param("base = []", "unknown base []: expected documented or observed", id="base-is-a-list"),
        pytest.param(
            'sucess_message = "Success"',
            f"unknown setting 'sucess_message': expected one of {SETTINGS}, or base",
            id="setting",
        ),
        pytest.param(
            'success_message = "success"',
            "invalid value 'success' for success_message: expected one of 'Success', 'SUCCESS'",
            id="value",
        ),
        pytest.param(
            'create_status = "201"', "invalid value '201' for create_status: expected one of 200, 201", id="text"
        ),
        pytest.param(
            "create_status = true", "invalid value True for create_status: expected one of 200, 201", id="boolean"
        ),
        pytest.param("[channels]", "invalid value {} for channels: expected one of 'any', 'none'", id="table"),
        pytest.param("channels: any", "Expected '=' after a key in a key/value pair (at line 1, column 9)", id="yaml"),
    ],
)
def test_an_invalid_file(path: Path, text: str, why: str) -> None:
    """
    The error for an invalid file names the file, what is wrong and what was expected.
    """
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ValueError, match=f"^{re.escape(f'invalid dialect file {str(path)!r}: {why}')}$"):
        load_dialect(str(path))


def test_an_unreadable_file(path: Path) -> None:
    """
    A missing file and a file that is not UTF-8 are errors that name it.
    """
    with pytest.raises(
        ValueError, match=f"^cannot read the dialect file '{path}': No such file or directory; check the path$"
    ):
        load_dialect(str(path))
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=f"^invalid dialect file '{path}': 'utf-8' codec can't decode"):
        load_dialect(str(path))
