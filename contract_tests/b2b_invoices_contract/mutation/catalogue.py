"""
Catalogue of faults: generated from the contract, written by hand, and from a user's module.
"""

import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import attrs

from b2b_invoices_contract.targets import CannotRun
from b2b_invoices_spec import load_contract

from .fault import Fault
from .faults import KINDS, generated_faults


def load_catalogue(users: Path | None = None) -> Mapping[str, Fault]:
    """
    Return every fault by name, kind by kind; those in the module at *users* have its name as their kind.

    Raises:
        CannotRun: If *users* is not a module of faults, or two faults have the same name.
    """
    faults = list(generated_faults(load_contract()))
    for kind, modules in {**KINDS, **({users.stem: (_load(users),)} if users else {})}.items():
        faults += [fault for module in modules for fault in _faults_of(module, kind)]
    catalogue: dict[str, Fault] = {}
    for fault in sorted(faults, key=lambda fault: [*KINDS, fault.kind].index(fault.kind)):
        if fault.name in catalogue:
            raise CannotRun(f"Two faults have the name {fault.name}. Give each fault its own name.")
        catalogue[fault.name] = fault
    return catalogue


def _faults_of(module: ModuleType, kind: str) -> Iterator[Fault]:
    for value in vars(module).values():
        for fault in value if isinstance(value, tuple) else (value,):
            if isinstance(fault, Fault):
                yield attrs.evolve(fault, kind=kind)


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise CannotRun(
            f"Invalid --faults '{path}': expected a Python module with faults, as in "
            "contract_tests/b2b_invoices_contract/mutation/README.md."
        )
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise CannotRun(f"Cannot read {path}: {type(error).__name__}: {error}") from error
    return module
