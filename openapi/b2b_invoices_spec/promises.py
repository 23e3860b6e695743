"""
The promises of the contract, as `openapi/promises.yaml` lists them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import attrs
import yaml

_HERE = Path(__file__).parent

CONTRACT = _HERE if (_HERE / "openapi.yaml").exists() else _HERE.parent
"""The folder with the YAML files: this package in a wheel, the folder above it in a checkout."""

PROMISES = CONTRACT / "promises.yaml"
"""Where the promises are."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where there is a compiled one

Provenance = Literal["documented", "official-spec", "observed", "assumed"]


@attrs.frozen
class Promise:
    """
    One sentence that the API must keep.

    Attributes:
        id: What checks and reports call it.
        statement: The sentence.
        operation: Which operation makes it; `every` when all of them do.
        source: The page or document it comes from, and the day that was read or published.
        provenance: How sure we can be of it.
        pointer: Where in `openapi.yaml` the matter is described.
    """

    id: str
    statement: str
    operation: str
    source: str
    provenance: Provenance
    pointer: str


def load_promises(path: Path = PROMISES) -> Mapping[str, Promise]:
    """
    Return the promises at *path* by id, in document order.
    """
    promises = [Promise(**item) for item in load_yaml(path)]
    return {promise.id: promise for promise in promises}


def load_yaml(path: Path) -> Any:
    """
    Return what the YAML document at *path* holds.
    """
    return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - it is one of the safe loaders
