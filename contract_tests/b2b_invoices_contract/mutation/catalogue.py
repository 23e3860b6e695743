"""
All known faults: those of this package, by kind, and those that a user met.
"""

import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import attrs

from b2b_invoices_contract.targets import CannotRun

from .fault import Fault
from .faults import BESIDE, KINDS


def load_catalogue(users: Path | None = None) -> Mapping[str, Fault]:
    """
    Return every fault by name, kind by kind; those in the module at *users* are of the kind that it is called.

    Raises:
        CannotRun: When *users* is no such module, or two faults have one name.
    """
    kinds = {**KINDS, **({users.stem: (_load(users),)} if users else {})}
    faults = [fault for kind, modules in kinds.items() for module in modules for fault in _faults_of(module, kind)]
    catalogue = {fault.name: fault for fault in faults}
    if len(catalogue) < len(faults):
        twice = sorted({fault.name for fault in faults if fault is not catalogue[fault.name]})
        raise CannotRun(f"two faults have the name {', '.join(twice)}; give each a name of its own")
    return catalogue


def _faults_of(module: ModuleType, kind: str) -> Iterator[Fault]:
    for value in vars(module).values():
        for fault in value if isinstance(value, tuple) else (value,):
            if isinstance(fault, Fault):
                yield attrs.evolve(fault, kind=kind, beside=fault.beside + BESIDE.get(fault.name, ()))


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise CannotRun(
            f"{path} is no Python module; give one with faults, as "
            "contract_tests/b2b_invoices_contract/mutation/README.md shows"
        )
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise CannotRun(f"{path} cannot be read: {type(error).__name__}: {error}") from error
    return module
