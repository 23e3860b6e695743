"""
Lines of the contract's files.
"""

from functools import cache
from pathlib import Path

import yaml

from b2b_invoices_spec import OPENAPI, PROMISES
from b2b_invoices_spec.document import steps_of


def line_in_contract(pointer: str) -> int:
    """
    Return the line in `openapi.yaml` that *pointer* leads to, as far as its steps exist.
    """
    node, line = _composed(OPENAPI), 1
    for name in steps_of(pointer):
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == name), None)
        elif isinstance(node, yaml.SequenceNode) and name.isdecimal() and int(name) < len(node.value):
            found = (node.value[int(name)],) * 2
        else:
            found = None
        if found is None:
            return line
        line, node = found[0].start_mark.line + 1, found[1]
    return line


def line_of_promise(promise_id: str) -> int:
    """
    Return the line in `promises.yaml` on which the promise begins; 1 if it is not there.
    """
    for node in _composed(PROMISES).value:
        if any((key.value, value.value) == ("id", promise_id) for key, value in node.value):
            line: int = node.start_mark.line + 1
            return line
    return 1


@cache
def _composed(path: Path) -> yaml.Node:
    node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    assert node is not None  # noqa: S101 - for the type checker; the file is not empty
    return node
