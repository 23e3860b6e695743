"""
The catalogue of faults: whole, and true to the promises.
"""

import re
from pathlib import Path

import pytest

from b2b_invoices_contract.mutation import load_catalogue
from b2b_invoices_contract.mutation.faults import BESIDE
from b2b_invoices_contract.targets import CannotRun
from b2b_invoices_spec.promises import load_promises


def test_every_promise_has_a_fault_that_breaks_it() -> None:
    """
    There is a fault for every promise, and no fault breaks a promise that does not exist.
    """
    broken = {promise for fault in load_catalogue().values() for promise in fault.breaks}

    assert broken == set(load_promises())


def test_faults_are_told_apart() -> None:
    """
    Each of the faults, of which there are more than 120, has a name in words with hyphens and a sentence of its own.
    """
    catalogue = load_catalogue()

    assert len(catalogue) > 120
    assert len({fault.says for fault in catalogue.values()}) == len(catalogue)
    for fault in catalogue.values():
        assert re.fullmatch(r"[a-z0-9][a-zA-Z0-9]*(-[a-zA-Z0-9]+)*", fault.name)
        assert fault.says.endswith(".")


def test_what_faults_break_on_the_way() -> None:
    """
    What is named beside goes with a fault that there is, and is a promise that the fault is not about anyway.
    """
    catalogue = load_catalogue()

    assert catalogue.keys() >= BESIDE.keys()
    for fault in catalogue.values():
        assert set(fault.beside) <= load_promises().keys() - set(fault.breaks), fault.name


def test_users_faults_are_a_kind(tmp_path: Path) -> None:
    """
    The faults in a user's module join the others, as a kind that is called like the module.
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
            "{path} is no Python module; give one with faults, as "
            "contract_tests/b2b_invoices_contract/mutation/README.md shows",
            id="absent",
        ),
        pytest.param("bad.py", "1 / 0", "{path} cannot be read: ZeroDivisionError: division by zero", id="fails"),
        pytest.param(
            "twin.py",
            "from b2b_invoices_contract.mutation import fault\n"
            '@fault("due-at-once", breaks="due-date-default", says="Due.")\n'
            "def due(request, service): return service.send(request)\n",
            "two faults have the name due-at-once; give each a name of its own",
            id="a name that is taken",
        ),
    ],
)
def test_users_faults_that_cannot_be_loaded(tmp_path: Path, name: str, text: str | None, message: str) -> None:
    """
    A module that is not there, fails, or uses a name again is refused in one line.
    """
    path = tmp_path / name
    if text is not None:
        path.write_text(text)

    with pytest.raises(CannotRun) as refusal:
        load_catalogue(path)

    assert str(refusal.value) == message.format(path=path)
