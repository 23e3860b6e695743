"""
What `pip install` gets: the wheel, which needs nothing beside it.
"""

import subprocess
import sys
from email import message_from_bytes
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]


@pytest.fixture(name="wheel", scope="module")
def _wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("dist")), versions=["standard"])
    return Path(built)


def test_carries_what_it_needs(wheel: Path) -> None:
    """
    The wheel has the contract, the plugin, the types and all of the page, and no tests of its own.
    """
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
        contract = archive.read("b2b_invoices_contract/openapi.yaml")

    assert contract == (ROOT / "openapi" / "openapi.yaml").read_bytes()
    assert {"pytest_b2b_mock.py", "mock_server/py.typed", "mock_server/testing/__init__.py"} <= names
    assert {"b2b_invoices_contract/promises.yaml", "mock_server/control.yaml"} <= names
    page = [
        path for path in (ROOT / "mock_server" / "page").rglob("*.*") if path.suffix in {".html", ".css", ".js", ".svg"}
    ]
    assert len(page) > 10
    assert {str(path.relative_to(ROOT)) for path in page} <= names
    assert [name for name in names if "/tests/" in name] == []


def test_names_what_it_needs(wheel: Path) -> None:
    """
    Pip installs the client with it, and no other package that is too old; pytest finds the plugin.
    """
    with ZipFile(wheel) as archive:
        (information,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = message_from_bytes(archive.read(information))
        plugins = archive.read(information.replace("METADATA", "entry_points.txt")).decode()

    needed = metadata.get_all("Requires-Dist", [])
    # Pip leaves what is there, however old, unless it is told how old it may be.
    assert [requirement for requirement in needed if ">=" not in requirement] == ["b2b-invoices-client"]
    assert plugins == "[pytest11]\nb2b_mock = pytest_b2b_mock\n"


def test_the_client_carries_its_licence(tmp_path: Path) -> None:
    """
    The client's wheel has the licence, as the other one has.
    """
    (built,) = WheelBuilder(str(ROOT / "generated_client")).build(directory=str(tmp_path), versions=["standard"])

    with ZipFile(built) as archive:
        (licence,) = [name for name in archive.namelist() if name.endswith(".dist-info/licenses/LICENSE")]
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()


def test_works_away_from_the_clone(wheel: Path, tmp_path: Path) -> None:
    """
    Installed elsewhere, both packages find the contract that came with them.
    """
    with ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    program = (
        "import runpy, sys; sys.path.insert(0, sys.argv[1])\n"
        "from mock_server import Contract, spec\n"
        "promises = runpy.run_path(sys.argv[1] + '/contract_tests/promises.py')\n"
        "print(spec.CONTRACT, promises['PROMISES'], sep='\\n')\n"
        "print(len(Contract.load().operations) > 0, len(promises['load_promises']()) > 0)\n"
    )

    command = [sys.executable, "-P", "-c", program, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)  # noqa: S603 - ours alone

    contract = tmp_path / "b2b_invoices_contract"
    assert done.stdout.splitlines() == [str(contract / "openapi.yaml"), str(contract / "promises.yaml"), "True True"]
