"""
The catalogue of faults: complete, generated from the contract, and consistent with the promises.
"""

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from b2b_invoices_contract.mutation import load_catalogue
from b2b_invoices_contract.mutation.faults import KINDS, generated_faults
from b2b_invoices_contract.targets import CannotRun
from b2b_invoices_spec import Contract, load_contract
from b2b_invoices_spec.promises import load_promises

KIND_COUNTS = {
    "leniency": 93,
    "strictness": 37,
    "shape": 66,
    "meaning": 117,
    "state": 74,
    "listing": 81,
    "credentials": 49,
    "robustness": 66,
    "protocol": 59,
}


def _contract(tmp_path: Path, document: dict[str, Any]) -> Contract:
    path = tmp_path / "openapi.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return Contract.load(path)


def _document() -> dict[str, Any]:
    return copy.deepcopy(dict(load_contract().document))


def _new_faults(contract: Contract) -> set[str]:
    return {fault.name for fault in generated_faults(contract)} - {
        fault.name for fault in generated_faults(load_contract())
    }


def test_every_promise_has_a_fault_that_breaks_it() -> None:
    """
    There is a fault for every promise, and no fault breaks a promise that does not exist.
    """
    broken = {promise for fault in load_catalogue().values() for promise in fault.breaks}

    assert broken == set(load_promises())


def test_catalogue_covers_every_kind() -> None:
    """
    The catalogue has at least as many faults of each kind as the first version of it.
    """
    kinds = [fault.kind for fault in load_catalogue().values()]

    assert set(kinds) == set(KINDS) == set(KIND_COUNTS)
    for kind, least in KIND_COUNTS.items():
        assert kinds.count(kind) >= least, kind


def test_fault_names() -> None:
    """
    A fault has a name in words with hyphens, a place if it is generated, and its own sentence.
    """
    catalogue = load_catalogue()

    assert len({fault.says for fault in catalogue.values()}) == len(catalogue)
    for fault in catalogue.values():
        assert re.fullmatch(r"[a-z0-9][a-zA-Z0-9]*(-[a-zA-Z0-9]+)*(:[a-zA-Z0-9.\[\]:-]+)?", fault.name)
        assert fault.says.endswith(".")


def test_consequences_are_promises() -> None:
    """
    A fault names as consequences only promises that exist.
    """
    assert {promise for fault in load_catalogue().values() for promise in fault.beside} <= set(load_promises())


def test_new_field_brings_its_faults(tmp_path: Path) -> None:
    """
    A field that is added to the contract is covered by every generated kind of fault.
    """
    document = _document()
    document["components"]["schemas"]["CreateInvoiceRequest"]["properties"]["memo"] = {"type": "string"}
    document["components"]["schemas"]["Invoice"]["properties"]["memo"] = {"type": ["string", "null"]}

    names = _new_faults(_contract(tmp_path, document))

    assert names == {
        *("accepts-null:memo", "accepts-number:memo", "rejects-empty:memo", "rejects-missing:memo"),
        *("forgets:memo", "changes:memo", "defaults-wrongly:memo", "list-loses:memo", "list-changes:memo"),
        "returns-number:getInvoice.data.memo",
    }


def test_new_parameter_brings_its_faults(tmp_path: Path) -> None:
    """
    A query parameter that is added to the contract is ignored, and its invalid values are accepted.
    """
    document = _document()
    parameter = {"name": "days", "in": "query", "schema": {"type": "integer", "minimum": 1}}
    document["paths"]["/invoices"]["get"]["parameters"].append(parameter)

    names = _new_faults(_contract(tmp_path, document))

    assert names == {
        *("ignores:query.days", "accepts-non-integer:query.days", "accepts-too-small:query.days"),
        "rejects-1:query.days",
    }


def test_new_operation_brings_its_faults(tmp_path: Path) -> None:
    """
    An operation that is added to the contract brings faults in its body, its responses and its credentials.
    """
    document = _document()
    paths = document["paths"]
    paths["/invoices/{invoiceId}"]["put"] = {**paths["/invoices"]["post"], "operationId": "updateInvoice"}

    names = _new_faults(_contract(tmp_path, document))

    assert {
        *("accepts-missing:updateInvoice.customerId", "rejects-empty:updateInvoice.type"),
        *("omits:updateInvoice.data.id", "accepts-missing:X-Auth-Token:updateInvoice"),
    } <= names


def test_users_faults_are_a_kind(tmp_path: Path) -> None:
    """
    The faults in a user's module join the others, as a kind with the name of the module.
    """
    module = tmp_path / "met.py"
    module.write_text(
        "from b2b_invoices_contract.mutation import fault, invoices\n"
        '@fault("kind-forgotten", breaks="type-default", says="No type.")\n'
        "@invoices\n"
        'def kind_forgotten(invoice, draft): del invoice["type"]\n'
    )

    catalogue = load_catalogue(module)

    assert catalogue["kind-forgotten"].kind == "met"
    assert catalogue.keys() - load_catalogue().keys() == {"kind-forgotten"}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        pytest.param(
            "none.py",
            None,
            "Invalid --faults '{path}': expected a Python module with faults, as in "
            "contract_tests/b2b_invoices_contract/mutation/README.md.",
            id="absent",
        ),
        pytest.param("bad.py", "1 / 0", "Cannot read {path}: ZeroDivisionError: division by zero", id="fails"),
        pytest.param(
            "twin.py",
            "from b2b_invoices_contract.mutation import fault\n"
            '@fault("forgets:dueDate", breaks="due-date-default", says="Due.")\n'
            "def due(request, service): return service.send(request)\n",
            "Two faults have the name forgets:dueDate. Give each fault its own name.",
            id="a name in use",
        ),
    ],
)
def test_invalid_modules_of_users(tmp_path: Path, name: str, text: str | None, message: str) -> None:
    """
    A module that is missing, raises an exception, or reuses a name is rejected with a message of one line.
    """
    path = tmp_path / name
    if text is not None:
        path.write_text(text)

    with pytest.raises(CannotRun) as error:
        load_catalogue(path)

    assert str(error.value) == message.format(path=path)
