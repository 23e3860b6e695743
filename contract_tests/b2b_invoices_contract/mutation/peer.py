"""
`schemathesis run` on a server with a fault, for comparison.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from b2b_invoices_contract.targets import CannotRun, Target, embedded_mock
from b2b_invoices_spec import OPENAPI

from .fault import Act
from .proxy import broken

_EXAMPLES = 25
_FOUND = {0: False, 1: True}  # by exit status
_TIMEOUT = 600  # seconds
_ENVIRONMENT = {
    "SCHEMATHESIS_HOOKS": "b2b_invoices_contract.mutation.peer_hooks",
    "PYTHONPATH": str(Path(__file__).parents[2]),
}


def peer_catches(act: Act, seed: int) -> bool:
    """
    Return whether `schemathesis run` reports a failure of a server that does *act*; False if it times out.

    Raises:
        CannotRun: If it ends with another exit status than 0 or 1.
    """
    with embedded_mock() as mock, broken(mock, act) as target, tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(  # noqa: S603 - a pinned tool, on our own server
                _command(target, seed),
                env={**os.environ, **_ENVIRONMENT},
                cwd=folder,  # it writes into the working directory
                capture_output=True,
                check=False,
                timeout=_TIMEOUT,
            )
        except subprocess.TimeoutExpired:
            return False
    if done.returncode not in _FOUND:
        raise CannotRun(f"exit status {done.returncode}: {done.stderr.decode(errors='replace')[-300:]}")
    return _FOUND[done.returncode]


def _command(target: Target, seed: int) -> list[str]:
    headers = [part for name, value in target.store.headers.items() for part in ("--header", f"{name}: {value}")]
    options = [f"--max-examples={_EXAMPLES}", f"--seed={seed}", "--no-shrink", "--continue-on-failure", "--no-color"]
    schemathesis = str(Path(sys.executable).with_name("schemathesis"))
    return [schemathesis, "run", str(OPENAPI), "--url", target.base_url, *headers, *options]
