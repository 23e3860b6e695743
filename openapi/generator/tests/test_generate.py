"""
How the generator behaves: the client is whole, current and signed, or there is an error that says why not.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import generate
import openapi_python_client
import pytest
import yaml

from b2b_invoices_spec import OPENAPI

Edit = Callable[[dict[str, Any]], None]
Contract = Callable[[Edit], Path]


@pytest.fixture(name="fresh", scope="session")
def _fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    A client made from the contract as it is; look at it, but leave it alone.
    """
    client = tmp_path_factory.mktemp("fresh") / "generated_client"
    assert generate.main(["--client", str(client)]) == 0
    return client


@pytest.fixture(name="client")
def _client(fresh: Path, tmp_path: Path) -> Path:
    """
    A client of one's own, to be spoilt.
    """
    return shutil.copytree(fresh, tmp_path / "generated_client")


@pytest.fixture(name="contract")
def _contract(tmp_path: Path) -> Contract:
    """
    A maker of copies of the contract with something changed.
    """

    def change(edit: Edit) -> Path:
        document = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
        edit(document)
        path = tmp_path / "openapi.yaml"
        path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        return path

    return change


def run(*arguments: object) -> int:
    """
    The exit status of the command with *arguments*.
    """
    return generate.main([str(argument) for argument in arguments])


# ---------------------------------------------------------------- check


def test_fresh_client_is_current(client: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A client that was just made passes the check, and the check has nothing to say.
    """
    assert run("--check", "--client", client) == 0
    assert capsys.readouterr() == ("", "")


def test_changed_file_is_stale(client: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A file that differs is counted, and the difference is shown the way it would be repaired.
    """
    status = client / "b2b_invoices/models/invoice_status.py"
    status.write_text(status.read_text(encoding="utf-8").replace("OPEN = 0", "OPEN = 3"), encoding="utf-8")

    assert run("--check", "--client", client) == 1
    assert capsys.readouterr().out == (
        "generated_client is stale: 1 different; run `make generate`.\n"
        "--- b2b_invoices/models/invoice_status.py (existing)\n"
        "+++ b2b_invoices/models/invoice_status.py (from the contract)\n"
        "@@ -7,6 +7,6 @@\n"
        "     0 open, 1 partially paid, 2 completed.\n"
        '     """\n'
        " \n"
        "-    OPEN = 3\n"
        "+    OPEN = 0\n"
        "     PARTIALLY_PAID = 1\n"
        "     COMPLETED = 2\n"
    )


def test_extra_and_missing_files_are_stale(client: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Trees are compared both ways: a file that nobody made and one that is gone are both differences.
    """
    (client / "b2b_invoices/aside.py").write_text("ANSWER = 42\n", encoding="utf-8")
    (client / "b2b_invoices/types.py").unlink()

    assert run("--check", "--client", client) == 1
    assert capsys.readouterr().out == (
        "generated_client is stale: 1 missing, 1 extra; run `make generate`.\n"
        "--- b2b_invoices/aside.py (existing)\n"
        "+++ b2b_invoices/aside.py (from the contract)\n"
        "@@ -1 +0,0 @@\n"
        "-ANSWER = 42\n"
    )


def test_no_client_at_all_is_stale(tmp_path: Path) -> None:
    """
    The check does not pass for want of something to compare, and makes no folder.
    """
    assert run("--check", "--client", tmp_path / "generated_client") == 1
    assert list(tmp_path.iterdir()) == []


def test_what_tools_leave_behind_is_no_difference(client: Path) -> None:
    """
    Byte code, caches and the traces of an installation are not compared.
    """
    for trace in ("b2b_invoices/__pycache__/client.cpython-311.pyc", ".mypy_cache/CACHEDIR.TAG", "x.egg-info/PKG-INFO"):
        (client / trace).parent.mkdir(parents=True)
        (client / trace).write_bytes(b"\0")

    assert run("--check", "--client", client) == 0


# ---------------------------------------------------------------- write


def test_writing_removes_strays(client: Path, fresh: Path) -> None:
    """
    After writing, the folder holds what was generated and nothing else, and nothing is left beside it.
    """
    (client / "b2b_invoices/aside.py").write_text("", encoding="utf-8")

    assert run("--client", client) == 0
    assert generate.read_tree(client) == generate.read_tree(fresh)
    assert list(client.parent.iterdir()) == [client]


def test_other_folder_is_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A folder with other files is not replaced.
    """
    (tmp_path / "thesis.txt").write_text("Chapter 1", encoding="utf-8")

    assert run("--client", tmp_path) == 2
    assert (tmp_path / "thesis.txt").exists()
    assert capsys.readouterr().err == (
        f"{tmp_path.name} was not generated: {tmp_path} contains other files, which would be lost; "
        "choose another folder or empty it.\n"
    )


def test_every_file_says_that_it_is_generated(fresh: Path) -> None:
    """
    The first line of every file says that it is generated, from what, and what to do instead of editing it.
    """
    line = "Generated by openapi/generator from {}. Do not edit: change that, then run make generate."
    sources = {
        "README.md": "templates/README.md.jinja",
        "pyproject.toml": "templates/pyproject.toml.jinja",
        "b2b_invoices/client.py": "runtime/client.py",
        "b2b_invoices/models/invoice.py": "openapi/openapi.yaml",
        "b2b_invoices/py.typed": "openapi/openapi.yaml",
    }
    tree = generate.read_tree(fresh)
    licence = tree.pop("LICENSE")
    firsts = {path: content.decode().partition("\n")[0].strip("#<>!- ") for path, content in tree.items()}

    assert {path: firsts[path] for path in sources} == {path: line.format(source) for path, source in sources.items()}
    assert all(first.startswith("Generated by openapi/generator from ") for first in firsts.values())
    assert licence == generate.LICENCE.read_bytes()


def test_generation_is_deterministic(fresh: Path, tmp_path: Path) -> None:
    """
    Neither the hash seed, nor the working directory, nor an empty PATH changes a byte of the client.
    """
    script = str(Path(generate.__file__))
    for seed in ("0", "1", "12345"):
        folder = tmp_path / seed
        folder.mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PATH": ""}
        command = [sys.executable, script, "--client", "generated_client"]
        subprocess.run(command, cwd=folder, env=environment, check=True)  # noqa: S603  our own script

        assert generate.read_tree(folder / "generated_client") == generate.read_tree(fresh)
        assert [path.name for path in folder.iterdir()] == ["generated_client"]


# ---------------------------------------------------------------- from the contract to the client


def test_new_field_reaches_the_client(contract: Contract, client: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A field added to the contract makes the client stale, and writing it adds it to the model, described.
    """

    def edit(document: dict[str, Any]) -> None:
        note = {"type": "string", "description": "What the buyer should know."}
        document["components"]["schemas"]["CreateInvoiceRequest"]["properties"]["buyerNote"] = note

    changed = contract(edit)

    assert run("--check", "--contract", changed, "--client", client) == 1
    assert "+    buyer_note: str | Unset = UNSET\n" in capsys.readouterr().out
    assert run("--contract", changed, "--client", client) == 0
    model = (client / "b2b_invoices/models/create_invoice_request.py").read_text(encoding="utf-8")
    assert '        "buyer_note": "buyerNote",\n' in model
    assert "        buyer_note: What the buyer should know.\n" in model


def test_version_of_the_contract_is_the_clients(contract: Contract, client: Path) -> None:
    """
    The contract's version is that of the distribution, and what the client calls itself.
    """

    def edit(document: dict[str, Any]) -> None:
        document["info"]["version"] = "7.8.9"

    assert run("--contract", contract(edit), "--client", client) == 0
    assert 'version = "7.8.9"\n' in (client / "pyproject.toml").read_text(encoding="utf-8")
    assert 'VERSION = "7.8.9"\n' in (client / "b2b_invoices/_contract.py").read_text(encoding="utf-8")


def test_descriptions_beside_references_are_kept(fresh: Path) -> None:
    """
    What the contract says of a field or parameter is in the docstring, although the generator drops it.
    """
    model = (fresh / "b2b_invoices/models/create_invoice_request.py").read_text(encoding="utf-8")
    module = (fresh / "b2b_invoices/api/invoices/list_invoices.py").read_text(encoding="utf-8")

    assert "        open_balance: Amount still to be paid. At zero or below, the status becomes completed.\n" in model
    assert "        status: Only invoices with this status.\n" in module


def test_defaults_stay_with_the_service(fresh: Path) -> None:
    """
    Nothing has a default but UNSET, so that the client sends only what its user set.
    """
    model = (fresh / "b2b_invoices/models/create_invoice_request.py").read_text(encoding="utf-8")
    module = (fresh / "b2b_invoices/api/invoices/list_invoices.py").read_text(encoding="utf-8")

    assert "    type_: str | Unset = UNSET\n" in model
    assert "    limit: int | Unset = UNSET,\n" in module


# ---------------------------------------------------------------- what is an error


def rejected(arguments: list[object], capsys: pytest.CaptureFixture[str]) -> str:
    """
    What the command says when it rejects, which it must do with exit status 2.
    """
    assert run(*arguments) == 2
    return capsys.readouterr().err.removeprefix("generated_client was not generated: ")


def test_generator_warning_is_an_error(contract: Contract, client: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A warning of openapi-python-client, such as for an enumeration of several types, leaves the client unchanged.
    """

    def edit(document: dict[str, Any]) -> None:
        document["components"]["schemas"]["CostLine"]["properties"]["amount"] = {"enum": [1, "one"]}

    before = generate.read_tree(client)

    said = rejected(["--contract", contract(edit), "--client", client], capsys)

    assert said.startswith("the generator warned: WARNING parsing POST /invoices within invoices. ")
    assert "Unable to process schema /components/schemas/CostLine: " in said
    assert generate.read_tree(client) == before


def test_generator_crash_is_an_error(contract: Contract, client: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    An exception of openapi-python-client is reported like its warnings.
    """

    def edit(document: dict[str, Any]) -> None:
        schema = document["components"]["schemas"]["SortDirection"]
        schema["enum"], schema["x-enum-varnames"] = ["ASC", "DESC"], ["SAME", "SAME"]

    said = rejected(["--check", "--contract", contract(edit), "--client", client], capsys)

    assert said.startswith("the generator failed: ValueError('Duplicate key SAME in enum ")


@pytest.mark.parametrize(
    ("lost", "sentence"),
    [
        (
            "api/invoices/get_invoice.py",
            "the operation getInvoice has no module in the client.\n",
        ),
        ("models/balance.py", "the schema Balance has no module in the client.\n"),
    ],
)
def test_lost_module_is_an_error(
    lost: str, sentence: str, client: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    If the generator leaves an operation or a schema out without a word, that is an error all the same.
    """
    stock = openapi_python_client.generate

    def careless(**options: Any) -> Any:
        warnings = stock(**options)
        (options["config"].output_path / "b2b_invoices" / lost).unlink()
        return warnings

    monkeypatch.setattr(openapi_python_client, "generate", careless)

    assert rejected(["--check", "--client", client], capsys) == sentence


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda get: get.pop("operationId"),
            "GET /invoices/{invoiceId} has no operationId.\n",
        ),
        (
            lambda get: get.update(operationId="list_invoices"),
            (
                "GET /invoices shares the module list_invoices with another operation. "
                "GET /invoices/{invoiceId} shares the module list_invoices with another operation.\n"
            ),
        ),
        (
            lambda get: get.update(parameters=[{"name": "X-Mood", "in": "header", "schema": {"type": "string"}}]),
            "GET /invoices/{invoiceId} has the parameter 'X-Mood' in 'header'; only path and query can be written.\n",
        ),
        (
            lambda get: get.update(requestBody={"content": {"text/plain": {"schema": {"type": "string"}}}}),
            "GET /invoices/{invoiceId} takes 'text/plain'; only application/json can be written.\n",
        ),
        (
            lambda get: get.update(
                parameters=[{"name": "on", "in": "query", "schema": {"type": "string", "format": "date"}}]
            ),
            "A schema has the format 'date', which the runtime cannot read.\n",
        ),
        (
            lambda get: get.update(parameters=[{"name": "timeout", "in": "query", "schema": {"type": "integer"}}]),
            "GET /invoices/{invoiceId} has the parameter 'timeout', which every operation has already.\n",
        ),
    ],
    ids=["no-operation-id", "shared-module", "header-parameter", "text-body", "format", "taken-name"],
)
def test_what_templates_cannot_write_is_rejected(
    change: Edit, sentence: str, contract: Contract, client: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A part of the contract that our templates would pass over is rejected by name.
    """
    changed = contract(lambda document: change(document["paths"]["/invoices/{invoiceId}"]["get"]))

    assert rejected(["--check", "--contract", changed, "--client", client], capsys) == sentence


@pytest.mark.parametrize(
    ("schema", "change", "sentence"),
    [
        (
            "Balance",
            lambda schema: schema["required"].remove("value"),
            "The schema Balance has the money 'value', which may be absent; only required money is written.\n",
        ),
        (
            "FieldMessages",
            lambda schema: schema["additionalProperties"]["items"].update(minLength=1),
            "The schema FieldMessages has minLength outside its properties, where nothing would check it.\n",
        ),
    ],
    ids=["optional-money", "rule-of-an-item"],
)
def test_what_models_have_no_place_for_is_rejected(
    *, schema: str, change: Edit, sentence: str, contract: Contract, client: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Money that may be absent, and a rule that no model would check, are rejected by name.
    """
    changed = contract(lambda document: change(document["components"]["schemas"][schema]))

    assert rejected(["--check", "--contract", changed, "--client", client], capsys) == sentence


def test_contract_without_the_services_words_is_rejected(
    contract: Contract, client: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    The client recognises a taken number by the errMsg of an example, so the contract must have that example.
    """

    def edit(document: dict[str, Any]) -> None:
        document["components"]["examples"]["NumberTaken"]["value"]["data"] = {}

    said = rejected(["--check", "--contract", contract(edit), "--client", client], capsys)

    assert said == "the contract has no example NumberTaken with an errMsg.\n"


def test_rules_of_the_contract_reach_the_client(contract: Contract, client: Path) -> None:
    """
    A bound that the contract sets on a field is on the model, for the client to check.
    """

    def edit(document: dict[str, Any]) -> None:
        document["components"]["schemas"]["CreateInvoiceRequest"]["properties"]["invoiceNumber"]["minLength"] = 1

    assert run("--contract", contract(edit), "--client", client) == 0
    model = (client / "b2b_invoices/models/create_invoice_request.py").read_text(encoding="utf-8")
    assert 'RULES: ClassVar[dict[str, dict[str, Any]]] = {"invoice_number": {"minLength": 1}}\n' in model


def test_missing_ruff_is_an_error(
    client: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Without ruff nothing is generated, because every file would differ.
    """
    monkeypatch.setattr(generate, "RUFF", (sys.executable, "-m", "ruff_that_is_not_there"))

    said = rejected(["--client", client], capsys)

    assert said.startswith(f"`ruff check` failed; install ruff for {sys.executable}. Output: ")
    assert "No module named ruff_that_is_not_there" in said


@pytest.mark.parametrize("text", ["", "openapi: 3.1.0", "[", None], ids=["empty", "bare", "broken", "absent"])
def test_unreadable_contract_is_an_error(
    text: str | None, tmp_path: Path, client: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A contract that is absent, or no OpenAPI document, is said to be so.
    """
    path = tmp_path / "contract.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")

    assert "contract" in rejected(["--contract", path, "--client", client], capsys)


def test_failed_swap_leaves_the_old_client(client: Path, tmp_path: Path) -> None:
    """
    If the new client cannot be moved in, the old one is where it was.
    """
    before = generate.read_tree(client)

    with pytest.raises(FileNotFoundError):
        generate._swap(tmp_path / "nothing", client, tmp_path / "aside")

    assert generate.read_tree(client) == before
