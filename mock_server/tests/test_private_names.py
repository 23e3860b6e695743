"""
Private and undocumented names of dependencies that the four packages use.

An upgrade that loses one of them fails here, by name. Each of these dependencies has an upper bound.
"""

import inspect
import tomllib
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]

NAMES = {
    ("generated_client", "httpx-retries"): {
        "httpx_retries:Retry": "asleep attempts_made increment is_retryable_exception is_retryable_status_code sleep",
        "httpx_retries:RetryTransport": "handle_async_request handle_request",
    },
    ("mock_server", "respx"): {
        "respx.mocks:HTTPCoreMocker": "register routers start stop unregister",
        "respx:MockRouter": "async_handler handler",
        "respx.models:AllMockedAssertionError": "",
        "respx.models:PassThrough": "",
    },
    ("mock_server", "uvicorn"): {
        "uvicorn.protocols.http.httptools_impl:HttpToolsProtocol": "app_state connection_made cycle eof_received "
        "scheme shutdown transport",
        "uvicorn.protocols.http.httptools_impl:RequestResponseCycle": "keep_alive more_body response_complete",
        "uvicorn.server:Server": "handle_exit server_state should_exit shutdown startup",
        "uvicorn.server:ServerState": "connections tasks",
    },
    ("contract_tests", "hypothesis"): {
        "_hypothesis_pytestplugin": "",
        "hypothesis.internal.conjecture.providers:CONSTANTS_CACHE": "cache",
        "hypothesis.internal.conjecture.providers:_get_local_constants": "",
        "hypothesis.internal.constants_ast:Constants": "",
    },
    ("contract_tests", "schemathesis"): {
        "schemathesis.config:SchemathesisConfig": "from_dict",
        "schemathesis.engine.events:FatalError": "",
        "schemathesis.engine.events:Interrupted": "",
        "schemathesis.engine.events:NonFatalError": "",
        "schemathesis.engine.events:ScenarioFinished": "",
        "schemathesis.engine:from_schema": "",
        "schemathesis.engine.recorder:ScenarioRecorder": "",
        "schemathesis.generation:RANDOM": "seed",
        "schemathesis.hooks:GLOBAL_HOOK_DISPATCHER": "register_hook_with_name unregister",
        "schemathesis.schemas:BaseSchema": "exclude",
    },
}
"""Project folder and distribution -> objects, as `module:object`, each with the attributes that are used."""

STANDARD_LIBRARY = {"asyncio:BaseEventLoop": "_process_events _run_once _write_to_self"}
"""Names that no bound can protect."""

ALL_NAMES = [
    f"{owner}.{attribute}" if attribute else owner
    for names in (STANDARD_LIBRARY, *NAMES.values())
    for owner, attributes in names.items()
    for attribute in attributes.split() or [""]
]


@pytest.mark.parametrize("name", ALL_NAMES)
def test_exists(name: str) -> None:
    """
    The installed version has the private name.
    """
    assert exists(name), f"{name} no longer exists: adapt the code that uses it, or keep the older version"


def exists(name: str) -> bool:
    """
    Return whether *name* can be imported, or is an attribute that instances of a class set when they are created.
    """
    owner, _, attribute = name.rpartition(".")
    try:
        resolve_name(name)
    except AttributeError:
        return attribute in _instance_attributes(resolve_name(owner))
    except ImportError:
        return False
    return True


def _instance_attributes(kind: Any) -> tuple[str, ...]:
    annotated = tuple(inspect.get_annotations(kind))
    return (*annotated, *kind.__init__.__code__.co_names)


@pytest.mark.parametrize("name", ["httpx_retries:Retry.no_such_name", "httpx_retries.no_such_module:Retry"])
def test_missing_name_is_found(name: str) -> None:
    """
    The check fails for a name that does not exist.
    """
    assert not exists(name)


@pytest.mark.parametrize(("folder", "distribution"), NAMES)
def test_upper_bound(folder: str, distribution: str) -> None:
    """
    The package that uses private names of a dependency excludes untested versions of it.
    """
    project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project.get("optional-dependencies", {}).values()
    requirements = map(Requirement, [*project["dependencies"], *(line for extra in extras for line in extra)])

    (requirement,) = [one for one in requirements if one.name == distribution]

    assert [bound.operator for bound in requirement.specifier].count("<") == 1
