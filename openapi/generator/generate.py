"""
Generate the Python client from the contract, or check that the existing one is current.

    python openapi/generator/generate.py            write generated_client/
    python openapi/generator/generate.py --check    print the first difference and exit with 1 if it is stale

Exit status 2: the client could not be generated. Nothing is written then.
"""

import argparse
import contextlib
import difflib
import io
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

import attrs
import openapi_python_client
from client_view import Facts, client_view
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.strings import snake_case
from unsupported import unsupported

from b2b_invoices_spec import OPENAPI, Contract, ContractError

HERE = Path(__file__).resolve().parent
CLIENT = HERE.parents[1] / "generated_client"
LICENCE = HERE.parents[1] / "LICENSE"
RUNTIME = HERE / "runtime"
TEMPLATES = HERE / "templates"

IGNORED = ("__pycache__", "*.egg-info", "*.pyc", ".*_cache", "dist")
RUFF = (sys.executable, "-m", "ruff")
RUFF_OPTIONS = (
    "--isolated",  # without the settings of the repository
    "--no-respect-gitignore",
    "--no-cache",
    "--quiet",
    "--line-length=120",
    "--target-version=py311",
)


class CannotGenerate(Exception):  # noqa: N818  it reads better
    """
    The client cannot be generated, for the reason in the message.
    """


@attrs.define
class ClientConfig(Config):
    """
    The settings of openapi-python-client, which templates see as `config`, with what our templates need besides.
    """

    contract: Facts  # facts of the contract that openapi-python-client drops

    def companions(self, tag: str) -> list[str]:
        """
        Return the hand-written modules beside the operations of *tag*.
        """
        return sorted(module.stem for module in (RUNTIME / "api" / tag).glob("*.py"))


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the command line, and return its exit status.
    """
    parser = argparse.ArgumentParser(description="Generate the Python client from the contract.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if the client is stale")
    parser.add_argument("--contract", type=Path, default=OPENAPI, help="the OpenAPI document")
    parser.add_argument("--client", type=Path, default=CLIENT, help="the folder of the client")
    options = parser.parse_args(arguments)
    command = check if options.check else write
    try:
        return command(options.contract, options.client)
    except (CannotGenerate, ContractError, OSError) as error:
        print(f"{options.client.name} was not generated: {error}", file=sys.stderr)  # noqa: T201
        return 2


def write(contract: Path, client: Path) -> int:
    """
    Replace the folder *client* with one generated from *contract*, atomically.
    """
    _check_folder(client)
    with tempfile.TemporaryDirectory(prefix=".generating-", dir=client.parent) as scratch:
        _swap(make_client(contract, Path(scratch)), client, Path(scratch) / "old")
    return 0


def check(contract: Path, client: Path) -> int:
    """
    Compare the folder *client* with one generated from *contract*, and print the first difference.
    """
    with tempfile.TemporaryDirectory() as scratch:
        wanted, found = read_tree(make_client(contract, Path(scratch))), read_tree(client)
    differences = sorted(path for path in wanted.keys() | found.keys() if wanted.get(path) != found.get(path))
    if not differences:
        return 0
    first = differences[0]
    print(f"{client.name} is stale: {_summary(differences, wanted, found)}; run `make generate`.")  # noqa: T201
    print(_diff(first, found.get(first), wanted.get(first)), end="")  # noqa: T201
    return 1


def make_client(contract: Path, scratch: Path) -> Path:
    """
    Generate a client from *contract* in a new folder inside *scratch*, and return the folder.

    Raises:
        ContractError, CannotGenerate: The contract is invalid, or uses something that the client cannot support.
    """
    loaded = Contract.load(contract)
    if problems := " ".join(unsupported(loaded)):
        raise CannotGenerate(problems)
    client = scratch / "client"
    run_generator(loaded, scratch / "view.json", client)
    package = next(client.glob("*/__init__.py")).parent
    ship_runtime(loaded, package)
    check_complete(loaded, package)
    sign(client)
    shutil.copyfile(LICENCE, client / "LICENSE")  # unchanged: licence scanners compare the text
    tidy(client)
    return client


def run_generator(contract: Contract, view: Path, client: Path) -> None:
    """
    Run openapi-python-client to generate *client*; its warnings are errors.
    """
    view.write_text(json.dumps(client_view(contract), default=str), encoding="utf-8")
    settings = ConfigFile.load_from_path(HERE / "config.yaml")
    config = Config.from_sources(settings, MetaType.UV, view, "utf-8", overwrite=False, output_path=client)
    ours = ClientConfig(**attrs.asdict(config, recurse=False), contract=Facts(contract))
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            warnings = openapi_python_client.generate(config=ours, custom_template_path=TEMPLATES)
    except Exception as error:  # it can raise any exception
        raise CannotGenerate(f"the generator failed: {error!r}") from error
    if warnings:
        texts = (" ".join(f"{warning.header} {warning.detail}".split()) for warning in warnings)
        raise CannotGenerate(f"the generator warned: {'; '.join(texts)}")


def ship_runtime(contract: Contract, package: Path) -> None:
    """
    Copy the hand-written modules into the package, and write `_contract.py` with facts of the contract.
    """
    shutil.copytree(RUNTIME, package, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*IGNORED))
    facts = {
        "BASE_URL": contract.document["servers"][0]["url"],
        "VERSION": contract.document["info"]["version"],
        "NUMBER_TAKEN": _err_msg(contract, "NumberTaken"),
        "ORDER_ALREADY_INVOICED": _err_msg(contract, "OrderAlreadyInvoiced"),
    }
    lines = ['"""\nFacts of the contract.\n"""\n', *(f"{name} = {value!r}" for name, value in facts.items())]
    (package / "_contract.py").write_text("\n".join(lines), encoding="utf-8")


def check_complete(contract: Contract, package: Path) -> None:
    """
    Check that every operation and schema has a module: openapi-python-client can drop them without a warning.
    """
    for operation in contract.operations:
        if not list(package.glob(f"api/*/{snake_case(operation.id)}.py")):
            raise CannotGenerate(f"the operation {operation.id} has no module in the client.")
    for name, schema in contract.document["components"]["schemas"].items():
        is_class = schema.get("type") == "object" or "enum" in schema or "allOf" in schema
        if is_class and not (package / "models" / f"{snake_case(name)}.py").exists():
            raise CannotGenerate(f"the schema {name} has no module in the client.")


def sign(client: Path) -> None:
    """
    Add a first line to each generated file, which says what it is generated from, and how to change it.
    """
    for path in read_tree(client):
        line = f"Generated by openapi/generator from {_source(path)}. Do not edit: change that, then run make generate."
        signed = f"<!-- {line} -->\n\n" if path.endswith(".md") else f"# {line}\n"
        text = (client / path).read_text(encoding="utf-8")
        (client / path).write_text(signed + text.lstrip("\n"), encoding="utf-8")


def tidy(client: Path) -> None:
    """
    Sort imports, remove unused ones, format; an undefined name is an error.
    """
    for command in (("check", "--fix", "--select=F,I"), ("format",)):
        arguments = [*RUFF, *command, *RUFF_OPTIONS, str(client)]
        result = subprocess.run(arguments, capture_output=True, text=True, check=False)  # noqa: S603
        if result.returncode:
            output = (result.stderr + result.stdout).strip()
            raise CannotGenerate(f"`ruff {command[0]}` failed; install ruff for {sys.executable}. Output: {output}")


def read_tree(folder: Path) -> dict[str, bytes]:
    """
    Return path -> content of every file in *folder*, except caches and build output.
    """
    paths = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.as_posix(): (folder / path).read_bytes() for path in paths if not _is_ignored(path)}


def _is_ignored(path: Path) -> bool:
    return any(fnmatch(part, pattern) for part in path.parts for pattern in IGNORED)


def _check_folder(client: Path) -> None:
    """
    Raise `CannotGenerate` if *client* holds anything but a generated client, because its files would be lost.
    """
    project = client / "pyproject.toml"
    ours = project.exists() and project.read_text(encoding="utf-8").startswith("# Generated by openapi/generator")
    if read_tree(client) and not ours:
        raise CannotGenerate(f"{client} contains other files, which would be lost; choose another folder or empty it.")


def _swap(fresh: Path, client: Path, aside: Path) -> None:
    """
    Replace *client* with *fresh*; if that fails, keep *client*.
    """
    if client.exists():
        client.rename(aside)
    try:
        fresh.rename(client)
    except OSError:
        if aside.exists():
            aside.rename(client)
        raise


def _err_msg(contract: Contract, example: str) -> str:
    try:
        return str(contract.example(example)["data"]["errMsg"])
    except KeyError as error:
        raise CannotGenerate(f"the contract has no example {example} with an errMsg.") from error


def _source(path: str) -> str:
    folder, _, name = path.rpartition("/")
    if (TEMPLATES / f"{name}.jinja").exists() and not folder:
        return f"templates/{name}.jinja"
    module = path.partition("/")[2]  # below the package
    return f"runtime/{module}" if (RUNTIME / module).is_file() else "openapi/openapi.yaml"


def _summary(paths: Sequence[str], wanted: dict[str, bytes], found: dict[str, bytes]) -> str:
    missing = sum(path not in found for path in paths)
    extra = sum(path not in wanted for path in paths)
    counts = {"missing": missing, "extra": extra, "different": len(paths) - missing - extra}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)


def _diff(path: str, found: bytes | None, wanted: bytes | None) -> str:
    before, after = (
        [] if content is None else content.decode(errors="replace").splitlines(keepends=True)
        for content in (found, wanted)
    )
    return "".join(difflib.unified_diff(before, after, f"{path} (existing)", f"{path} (from the contract)"))


if __name__ == "__main__":
    sys.exit(main())
