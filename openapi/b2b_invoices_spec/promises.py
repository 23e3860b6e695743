"""
Promises: sentences that the API must keep, and that a schema cannot express.
"""

from collections.abc import Mapping
from functools import cache
from typing import Literal

import attrs

from .document import PROMISES, load_yaml

Provenance = Literal["documented", "official-spec", "observed", "assumed"]
"""Where a rule comes from: see `info.description` in `openapi.yaml`."""


@attrs.frozen
class Promise:
    """
    One sentence that the API must keep.

    Attributes:
        id: Its name in checks and reports, such as `settled-is-completed`.
        statement: The sentence.
        operation: The operationId of the operation that makes it; `every` if all operations do.
        source: The page or document it comes from, and the date that was read or published.
        provenance: How certain it is.
        pointer: JSON pointer into `openapi.yaml`, to the part it is about.
        formerly: Its id in earlier reports; empty if it is the same.
    """

    id: str
    statement: str
    operation: str
    source: str
    provenance: Provenance
    pointer: str
    formerly: str = ""


@cache
def load_promises() -> Mapping[str, Promise]:
    """
    Return the promises by id, in document order.
    """
    return {item["id"]: Promise(**item) for item in load_yaml(PROMISES)}


def current_id(promise_id: str) -> str:
    """
    Return the present id of a promise, given its present or its former one; any other text is returned unchanged.
    """
    return next((promise.id for promise in load_promises().values() if promise.formerly == promise_id), promise_id)
