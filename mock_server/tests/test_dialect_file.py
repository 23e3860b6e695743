"""
Dialects from files: settings singly, on top of a named dialect, and sentences for what cannot be set.
"""

import re
from pathlib import Path

import attrs
import pytest

from b2b_invoices_mock import Dialect
from b2b_invoices_mock.api.dialect import DIALECTS, QUESTIONS
from b2b_invoices_mock.api.dialect_file import describe, load_dialect
from mock_server.tests.conftest import MakeClient

NAMES = ", ".join(sorted(question.name for question in QUESTIONS))


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    """
    Where a file may be.
    """
    return tmp_path / "ours.toml"


@pytest.mark.parametrize("name", DIALECTS)
def test_a_name_is_a_dialect(name: str) -> None:
    """
    A dialect that has a name is loaded by it.
    """
    assert load_dialect(name) == DIALECTS[name]


def test_a_file_sets_singly(path: Path) -> None:
    """
    A file changes what it names, and leaves the rest of its base as it is.
    """
    path.write_text('base = "observed"\nchannels = "any"\ncreate_status = 201\n', encoding="utf-8")

    assert load_dialect(str(path)) == attrs.evolve(DIALECTS["observed"], channels="any", create_status=201)


def test_the_file_that_the_readme_shows(path: Path) -> None:
    """
    The README's file is a dialect.
    """
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```toml\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    path.write_text(shown, encoding="utf-8")

    assert load_dialect(str(path)) == attrs.evolve(DIALECTS["observed"], channels="any", success_message="Success")


def test_an_empty_file_is_the_documented_dialect(path: Path) -> None:
    """
    A file that sets nothing changes nothing.
    """
    path.touch()

    assert load_dialect(str(path)) == Dialect()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param('base = "french"', "there is no base 'french'; there are documented and observed", id="base"),
        pytest.param("base = []", "there is no base []; there are documented and observed", id="base-of-no-name"),
        pytest.param(
            'sucess_message = "Success"',
            f"there is no setting 'sucess_message'; there are {NAMES}, and base",
            id="unknown-setting",
        ),
        pytest.param(
            'success_message = "success"',
            "success_message cannot be 'success'; it is one of 'Success', 'SUCCESS'",
            id="unknown-value",
        ),
        pytest.param('create_status = "201"', "create_status cannot be '201'; it is one of 200, 201", id="text"),
        pytest.param("[channels]", "channels cannot be {}; it is one of 'any', 'none'", id="table"),
    ],
)
def test_a_wrong_file_is_refused(path: Path, text: str, why: str) -> None:
    """
    What a file cannot set is said with what it can.
    """
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ValueError, match=f"^{re.escape(f'the dialect {str(path)!r}: {why}')}$"):
        load_dialect(str(path))


def test_files_that_are_none(path: Path) -> None:
    """
    A file that is not there, is no TOML or no text is refused in a sentence.
    """
    there_is_none = f"the dialect '{path}' cannot be read: No such file or directory; give a file that can, or one of "
    with pytest.raises(ValueError, match=f"^{there_is_none}documented and observed$"):
        load_dialect(str(path))
    for content in (b"channels: any", b"\xff\xfe"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=f"^the dialect '{path}' is not TOML: "):
            load_dialect(str(path))


def test_what_is_in_force_is_told(make_client: MakeClient) -> None:
    """
    `/_mock/dialect` tells of every setting what it is, where that comes from, and what else there is.
    """
    client = make_client(dialect=DIALECTS["observed"])

    response = client.get("../../../../_mock/dialect", headers={"Host": "127.0.0.1"})

    told = {entry["setting"]: entry for entry in response.json()["data"]}
    assert list(told) == [question.name for question in QUESTIONS]
    assert told["success_message"] == {
        "setting": "success_message",
        "value": "SUCCESS",
        "question": "What does meta.message of a success say?",
        "provenance": "observed",
        "source": "recorded answers of siblings, and the tests of the vendor's course",
        "fitsContract": True,
        "decision": "7",
        "others": ["Success"],
    }
    assert client.request("POST", "../../../../_mock/dialect", headers={"Host": "127.0.0.1"}).status_code == 405


def test_every_setting_is_a_decision() -> None:
    """
    Each question names a row of DECISIONS.md that there is, and says where each of its options comes from.
    """
    decisions = (Path(__file__).parents[2] / "openapi" / "DECISIONS.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| (\w+) \|", decisions, re.MULTILINE))

    described = describe(Dialect())

    assert [entry["setting"] for entry in described if entry["decision"] not in rows] == []
    assert {option.provenance for question in QUESTIONS for option in question.options} <= {
        *("documented", "official-spec", "observed", "assumed"),
    }
    assert all(option.source for question in QUESTIONS for option in question.options)
