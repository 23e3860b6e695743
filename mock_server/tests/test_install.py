"""
Installing the packages: what the four wheels contain, and that the fixtures work where only they are installed.
"""

import json
import os
import subprocess
import sys
import venv
from email import message_from_bytes
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import attrs
import pytest
from hatchling.builders.wheel import WheelBuilder

from mock_server.tests.wheelhouse import build_wheelhouse

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(sys.executable).parent
FOLDERS = ["openapi", "generated_client", "mock_server", "contract_tests"]
INSTALL_THE_EXTRA = "b2b-invoices-mock: No module named 'cyclopts'; run: pip install 'b2b-invoices-mock[server]'"

# ---------------------------------------------------------------- what a wheel contains


@attrs.frozen
class Wheel:
    """A built wheel, with the project's folder in the checkout and the package that it installs."""

    path: Path
    folder: Path
    package: str

    @property
    def names(self) -> set[str]:
        """Paths of the files in it."""
        with ZipFile(self.path) as archive:
            return set(archive.namelist())

    def read(self, name: str) -> bytes:
        """
        Return the content of the one file whose path ends in *name*.
        """
        (path,) = [path for path in self.names if path.endswith(name)]
        with ZipFile(self.path) as archive:
            return archive.read(path)

    @property
    def requirements(self) -> list[str]:
        """Its dependencies, as in `Requires-Dist`."""
        lines: list[str] = message_from_bytes(self.read(".dist-info/METADATA")).get_all("Requires-Dist", [])
        return lines


@pytest.fixture(name="wheels", scope="session")
def _wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Wheel]:
    """
    The wheels of the four projects, by folder.
    """
    target = tmp_path_factory.mktemp("wheels")
    packages = ["b2b_invoices_spec", "b2b_invoices", "b2b_invoices_mock", "b2b_invoices_contract"]
    wheels = {}
    for folder, package in zip(FOLDERS, packages, strict=True):
        (built,) = WheelBuilder(str(ROOT / folder)).build(directory=str(target), versions=["standard"])
        wheels[folder] = Wheel(Path(built), ROOT / folder, package)
    return wheels


@pytest.fixture(name="wheel", params=FOLDERS)
def _wheel(request: pytest.FixtureRequest, wheels: dict[str, Wheel]) -> Wheel:
    return wheels[request.param]


def test_licence_types_and_readme(wheel: Wheel) -> None:
    """
    Each wheel has the licence, the type marker and the README, and no tests.
    """
    assert wheel.read(".dist-info/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert f"{wheel.package}/py.typed" in wheel.names
    assert (wheel.folder / "README.md").read_bytes() in wheel.read(".dist-info/METADATA")
    assert [name for name in wheel.names if "/tests/" in name] == []


def test_data_files(wheel: Wheel) -> None:
    """
    Each wheel has every file of its package that is not code: templates, assets, schemas, descriptions.
    """
    package = wheel.folder / wheel.package
    data = {
        path.relative_to(wheel.folder).as_posix()
        for path in package.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }

    assert data <= wheel.names


def test_contract_files(wheels: dict[str, Wheel]) -> None:
    """
    The wheel of the specification has the three YAML files.
    """
    for name in ("openapi.yaml", "promises.yaml", "page.yaml"):
        assert wheels["openapi"].read(f"b2b_invoices_spec/{name}") == (ROOT / "openapi" / name).read_bytes()


def test_lower_bounds(wheel: Wheel) -> None:
    """
    Each wheel has a lower bound for each dependency: pip keeps an installed version, however old, without one.
    """
    assert [line for line in wheel.requirements if ">=" not in line and not line.startswith("b2b-invoices-")] == []


def test_entry_points(wheels: dict[str, Wheel]) -> None:
    """
    The wheels of the mock and of the checks install commands, and pytest finds the plugin.
    """
    assert wheels["mock_server"].read("entry_points.txt").decode() == (
        "[console_scripts]\nb2b-invoices-mock = b2b_invoices_mock.__main__:main\n\n"
        "[pytest11]\nb2b_mock = pytest_b2b_mock\n"
    )
    assert wheels["contract_tests"].read("entry_points.txt").decode() == (
        "[console_scripts]\nb2b-invoices-contract = b2b_invoices_contract.__main__:main\n"
    )


@pytest.mark.parametrize(
    ("command", "package"),
    [
        ([str(SCRIPTS / "b2b-invoices-mock")], "b2b-invoices-mock"),
        ([sys.executable, "-m", "b2b_invoices_mock"], "b2b-invoices-mock"),
        ([str(SCRIPTS / "b2b-invoices-contract")], "b2b-invoices-contract"),
    ],
)
def test_versions(command: list[str], package: str) -> None:
    """
    Each command, and the mock's module, prints the version of its package.
    """
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)  # noqa: S603 - ours

    assert done.stdout == f"{version(package)}\n"


# ---------------------------------------------------------------- a new environment


@attrs.frozen
class Environment:
    """A virtual environment in a folder."""

    folder: Path

    def run(self, *arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
        """
        Run its Python with *arguments*.
        """
        command = [str(self.folder / "bin" / "python"), *arguments]
        return subprocess.run(command, cwd=cwd, env=CLEAN, capture_output=True, text=True, check=False)  # noqa: S603 - our own command

    def pip(self, *arguments: str) -> str:
        """
        Run pip of the development environment on this one, and return its output.
        """
        python = str(self.folder / "bin" / "python")
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python, *arguments]
        return subprocess.run(command, env=CLEAN, stdout=subprocess.PIPE, text=True, check=True).stdout  # noqa: S603 - our own command


CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "PIP"))}
CLEAN["PIP_CONFIG_FILE"] = os.devnull  # it may name a package index


@pytest.fixture(name="environment", scope="session")
def _environment(wheels: dict[str, Wheel], tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """
    An environment with pytest and the wheels of mock, client and specification, installed offline.
    """
    own = [wheels[folder] for folder in ("mock_server", "generated_client", "openapi")]
    needed = [line for wheel in own for line in wheel.requirements if not line.startswith("b2b-invoices-")]
    house = tmp_path_factory.mktemp("wheelhouse")
    build_wheelhouse(house, [*needed, "pytest"])

    environment = Environment(tmp_path_factory.mktemp("environment"))
    venv.create(environment.folder, symlinks=True)
    paths = [str(wheel.path) for wheel in own]
    environment.pip("install", "--quiet", "--no-index", "--find-links", str(house), *paths, "pytest")
    return environment


def test_number_of_packages(environment: Environment) -> None:
    """
    The fixtures bring at most 25 packages, and not those that only the checks or the server need.
    """
    installed = {package["name"].lower() for package in json.loads(environment.pip("list", "--format=json"))}

    assert {"b2b-invoices-mock", "pytest"} <= installed
    assert len(installed - {"pip", "setuptools"}) <= 25
    assert installed & {"schemathesis", "hypothesis", "uvicorn", "cyclopts"} == set()


def test_fixtures_in_a_project(environment: Environment, tmp_path: Path) -> None:
    """
    `b2b_mock` works in a project whose own packages have the names of our folders; `b2b_mock_server` needs the extra.
    """
    for name in [*FOLDERS, "benchmarks"]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("OWN = True\n", encoding="utf-8")
    (tmp_path / "test_project.py").write_text(PROJECT, encoding="utf-8")

    done = environment.run("-m", "pytest", "-q", cwd=tmp_path)

    assert "1 passed, 1 error" in done.stdout
    assert f"MockNotStarted: The mock server did not start: {INSTALL_THE_EXTRA}" in done.stdout


PROJECT = """
import sys
from decimal import Decimal

import benchmarks, contract_tests, generated_client, mock_server, openapi
from b2b_invoices import Balance, CreateInvoiceRequest
from b2b_invoices.api.invoices import create_invoice


def test_create(b2b_mock):
    due = Balance(code="USD", value=Decimal("100.10"))
    body = CreateInvoiceRequest(invoice_number="INV-1", customer_id="12345", original_balance=due, open_balance=due)

    created = create_invoice.sync(client=b2b_mock.client, body=body)

    assert [invoice.id for invoice in b2b_mock.invoices] == [created.data.id]
    assert all(module.OWN for module in (benchmarks, contract_tests, generated_client, mock_server, openapi))
    assert "jinja2" not in sys.modules


def test_server(b2b_mock_server):
    pass
"""


def test_command_without_the_extra(environment: Environment, tmp_path: Path) -> None:
    """
    Without the extra `server`, the command exits with 2 and says what to install.
    """
    done = environment.run("-m", "b2b_invoices_mock", "--version", cwd=tmp_path)

    assert done.returncode == 2
    assert done.stderr == f"{INSTALL_THE_EXTRA}\n"


def test_installed_specification(environment: Environment, tmp_path: Path) -> None:
    """
    The installed specification reads its own YAML files.
    """
    program = (
        "from b2b_invoices_spec import Contract, load_promises; "
        "print(len(Contract.load().operations) > 0, len(load_promises()) > 0)"
    )

    done = environment.run("-c", program, cwd=tmp_path)

    assert done.stdout == "True True\n"
