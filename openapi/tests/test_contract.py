"""
The contract: operations, parameters, responses, examples and validators read from `openapi.yaml`.
"""

import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from b2b_invoices_spec import Contract, ContractError, load_contract
from b2b_invoices_spec import contract as module

Body = dict[str, Any]
EditContract = Callable[[Callable[[Body], None]], Contract]

CONTRACT = load_contract()


@pytest.fixture(name="edited_contract")
def _edited_contract(tmp_path: Path) -> EditContract:
    """
    Load a copy of the contract whose document was edited.
    """

    def edit_and_load(edit: Callable[[Body], None]) -> Contract:
        document = deepcopy(dict(CONTRACT.document))
        edit(document)
        path = tmp_path / "openapi.yaml"
        path.write_text(yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False), encoding="utf-8")
        return Contract.load(path)

    return edit_and_load


def schemas_of(document: Body) -> Body:
    """
    Return the component schemas of an OpenAPI document.
    """
    schemas: Body = document["components"]["schemas"]
    return schemas


def test_operations() -> None:
    """
    The contract lists its operations, with their method and path below the base path.
    """
    operations = [(operation.id, operation.method, operation.path) for operation in CONTRACT.operations]

    assert CONTRACT.base_path == "/api/v3/io/ip"
    assert operations == [
        ("createInvoice", "POST", "/invoices"),
        ("listInvoices", "GET", "/invoices"),
        ("getInvoice", "GET", "/invoices/{invoiceId}"),
        ("deleteInvoice", "DELETE", "/invoices/{invoiceId}"),
    ]


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("POST", "/api/v3/io/ip/invoices", "createInvoice"),
        ("GET", "/somewhere/else/invoices/7", "getInvoice"),
        ("PUT", "/invoices", None),
        ("GET", "/invoices/7/items", None),
    ],
)
def test_an_operation_is_found_by_method_and_path(method: str, path: str, operation: str | None) -> None:
    """
    A request's method and full path lead to its operation, below whichever base path.
    """
    found = CONTRACT.operation_for(method, path)

    assert (found and found.id) == operation


def test_query_parameters() -> None:
    """
    A query parameter has a type, may have a default, and may be a list.
    """
    operation = CONTRACT.operation("listInvoices")

    found = {p.name: (p.type, p.is_list, p.default) for p in operation.query_parameters}

    assert found["limit"] == ("integer", False, 10)
    assert found["status"] == ("integer", False, None)
    assert found["sortBy"] == ("string", False, None)
    assert found["externalId[]"] == ("string", True, None)
    assert found["channelIds"] == ("integer", True, None)


def test_path_parameters() -> None:
    """
    An operation has the parameters of its path, with the pointer to where they are declared.
    """
    (parameter,) = CONTRACT.operation("getInvoice").parameters

    assert (parameter.name, parameter.place, parameter.type) == ("invoiceId", "path", "integer")
    assert parameter.pointer == "#/paths/~1invoices~1{invoiceId}/parameters/0"


def test_own_parameters_follow_those_of_the_path(edited_contract: EditContract) -> None:
    """
    The parameters of an operation come after those of its path, each with its own pointer.
    """

    def edit(document: Body) -> None:
        own = {"name": "verbose", "in": "query", "schema": {"type": "string"}}
        document["paths"]["/invoices/{invoiceId}"]["get"]["parameters"] = [own]

    parameters = edited_contract(edit).operation("getInvoice").parameters

    assert [parameter.name for parameter in parameters] == ["invoiceId", "verbose"]
    assert parameters[1].pointer == "#/paths/~1invoices~1{invoiceId}/get/parameters/0"


def test_keys_of_a_path_that_are_not_methods_are_not_operations(edited_contract: EditContract) -> None:
    """
    A path may have a summary and extensions beside its operations.
    """
    changed = edited_contract(lambda document: document["paths"]["/invoices"].update({"summary": "S", "x-note": {}}))

    assert [operation.id for operation in changed.operations] == [operation.id for operation in CONTRACT.operations]


def test_an_operation_without_an_id_is_rejected(edited_contract: EditContract) -> None:
    """
    An operation without an operationId has no name, so it is an error that says which.
    """
    with pytest.raises(ContractError, match=r"^GET /invoices has no operationId\.$"):
        edited_contract(lambda document: document["paths"]["/invoices"]["get"].pop("operationId"))


def test_a_parameter_of_another_type_is_rejected(edited_contract: EditContract) -> None:
    """
    A parameter that is neither text nor an integer is an error that names it.
    """

    def edit(document: Body) -> None:
        document["paths"]["/invoices"]["get"]["parameters"][1]["schema"]["type"] = "boolean"

    with pytest.raises(ContractError, match=r"^The parameter 'limit' has the unsupported type 'boolean'; "):
        edited_contract(edit)


def test_responses() -> None:
    """
    A response has its status or class of statuses, its required headers, and a validator for its body.
    """
    operation = CONTRACT.operation("createInvoice")

    not_allowed, failure = operation.response_for(405), operation.response_for(503)

    assert not_allowed
    assert failure
    assert (not_allowed.label, not_allowed.headers) == ("405", ("Allow",))
    assert (failure.label, failure.statuses) == ("5XX", range(500, 600))
    assert failure.body.is_valid(failure.examples[0].body)
    assert not failure.body.is_valid([])
    assert operation.response_for(418) is None


def test_examples() -> None:
    """
    The examples of an operation are those of its responses, and its errors those with an error status.
    """
    operation = CONTRACT.operation("createInvoice")

    names = [example.name for example in operation.examples]

    assert names[:2] == ["created", "number-taken"]
    assert [error.name for error in operation.errors] == names[1:]
    assert operation.errors[0].status == 400
    assert CONTRACT.example("MinimalInvoice")["invoiceNumber"] == "0000001"


def test_bodies_are_validated() -> None:
    """
    An operation validates its request body; one that takes none accepts anything.
    """
    assert CONTRACT.operation("createInvoice").body.is_valid(CONTRACT.example("MinimalInvoice"))
    assert not CONTRACT.operation("createInvoice").body.is_valid({})
    assert CONTRACT.operation("getInvoice").body.is_valid([1])


def test_validators_of_responses_are_compiled_at_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Loading the contract compiles no validator of a response; using one twice compiles it once.
    """
    compiled: list[Any] = []
    response = Contract.load().operation("getInvoice").responses[0]
    monkeypatch.setattr(module, "Draft202012Validator", compiled.append)

    assert response.body is response.body
    assert len(compiled) == 1


def test_the_contract_is_read_once() -> None:
    """
    The shipped contract is read once in a process, and printed without its document.
    """
    assert load_contract() is CONTRACT
    assert "components" not in repr(CONTRACT)


def nested(document: Body, keyword: Body) -> None:
    """
    Put *keyword* deep into a schema.
    """
    schemas_of(document)["CreateInvoiceRequest"]["properties"]["extraFields"]["items"] = {
        "anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": keyword}],
    }


def in_parameter(document: Body, keyword: Body) -> None:
    """
    Put *keyword* into the schema of a query parameter.
    """
    document["paths"]["/invoices"]["get"]["parameters"][1]["schema"] |= keyword


def named_like_a_keyword(document: Body, keyword: Body) -> None:
    """
    Put *keyword* into a property that has the name of a keyword itself.
    """
    schemas_of(document)["Address"]["properties"]["default"] = keyword


def in_header(document: Body, keyword: Body) -> None:
    """
    Put *keyword* into the schema of a header.
    """
    document["components"]["headers"]["Allow"]["schema"] |= keyword


@pytest.mark.parametrize(
    ("place", "keyword", "pointer"),
    [
        pytest.param(
            nested,
            "multipleOf",
            "#/components/schemas/CreateInvoiceRequest/properties/extraFields/items/anyOf/1/additionalProperties",
            id="deep",
        ),
        pytest.param(in_parameter, "exclusiveMaximum", "#/paths/~1invoices/get/parameters/1/schema", id="parameter"),
        pytest.param(
            named_like_a_keyword, "const", "#/components/schemas/Address/properties/default", id="property-default"
        ),
        pytest.param(in_header, "contentEncoding", "#/components/headers/Allow/schema", id="header"),
    ],
)
def test_unknown_keywords_are_rejected(edited_contract: EditContract, place: Any, keyword: str, pointer: str) -> None:
    """
    An unsupported schema keyword is an error that names it and its location; it is not silently ignored.
    """
    expected = (
        f"{pointer} uses the unsupported keyword {keyword!r}. "
        "Remove it, or add support for it in b2b_invoices_spec/contract.py."
    )

    with pytest.raises(ContractError, match=f"^{re.escape(expected)}$"):
        edited_contract(lambda document: place(document, {keyword: 1}))


def test_dead_references_are_rejected(edited_contract: EditContract) -> None:
    """
    A schema that refers to a missing component is an error that names the reference.
    """

    def edit(document: Body) -> None:
        schemas_of(document)["Balance"]["properties"]["code"] = {"$ref": "#/components/schemas/Missing"}

    with pytest.raises(ContractError, match=r"^The pointer '#/components/schemas/Missing' leads nowhere"):
        edited_contract(edit)


def test_values_are_not_searched_for_keywords(edited_contract: EditContract) -> None:
    """
    Examples, defaults, enum values and extensions may have any key.
    """

    def edit(document: Body) -> None:
        balance = schemas_of(document)["Balance"]
        balance["example"] = {"schema": {"multipleOf": 1}}
        balance["default"] = {"properties": {"a": {"not": {}}}}
        balance["enum"] = [{"items": {"if": {}}}]
        balance["x-anything"] = {"then": True}

    assert edited_contract(edit).base_path == "/api/v3/io/ip"
