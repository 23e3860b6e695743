"""
The line that the peers draw: what `schemathesis run` makes of the same faults.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from b2b_invoices_contract.targets import CannotRun, Target, embedded_mock
from b2b_invoices_spec import OPENAPI

from .catalogue import load_catalogue
from .proxy import broken, faultless

_EXAMPLES = 25
_TOLD = {0: False, 1: True}  # what its exit status says
_PATIENCE = 600  # seconds; a peer that hangs has caught nothing


def peer_catches(fault: str, seed: int, users: Path | None = None) -> bool:
    """
    Return whether `schemathesis run` finds anything wrong with a service that has *fault*; none when it is empty.

    Raises:
        CannotRun: When it ends in another way.
    """
    act = load_catalogue(users)[fault].act if fault else faultless
    with embedded_mock() as mock, broken(mock, act) as target, tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(  # noqa: S603 - a pinned tool, on our own server
                _command(target, seed),
                env={
                    **os.environ,
                    "SCHEMATHESIS_HOOKS": "b2b_invoices_contract.mutation.peer_hooks",
                    "PYTHONPATH": _root(),
                },
                cwd=folder,  # it writes into the working directory
                capture_output=True,
                check=False,
                timeout=_PATIENCE,
            )
        except subprocess.TimeoutExpired:
            return False
    if done.returncode not in _TOLD:
        raise CannotRun(f"schemathesis ended with {done.returncode}: {done.stderr.decode(errors='replace')[-300:]}")
    return _TOLD[done.returncode]


def _command(target: Target, seed: int) -> list[str]:
    headers = [part for name, value in target.store.headers.items() for part in ("--header", f"{name}: {value}")]
    options = [f"--max-examples={_EXAMPLES}", f"--seed={seed}", "--no-shrink", "--continue-on-failure", "--no-color"]
    schemathesis = str(Path(sys.executable).with_name("schemathesis"))
    return [schemathesis, "run", str(OPENAPI), "--url", target.base_url, *headers, *options]


def _root() -> str:
    return str(Path(__file__).parents[2])
