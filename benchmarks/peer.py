"""
openapi-generator's client for the same contract, for comparison.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from b2b_invoices_spec import OPENAPI

from .figures import Figure, compare
from .interpreters import Interpreter

_TARGET = 1.0
_MODULE = "peer_invoices"


class NoPeer(Exception):  # noqa: N818 - it is a reason to skip a measurement
    """The other client could not be generated; the message says what is missing."""


def measure_peer(environment: Path, *, rounds: int) -> Iterator[Figure]:
    """
    Measure a call and the import of our client relative to the other's, each in fresh interpreters.

    Args:
        environment: Virtual environment with openapi-generator-cli and the dependencies of its clients.
        rounds: Measurements of each.

    Raises:
        NoPeer: If the environment or Java is missing.
    """
    fresh = Interpreter()
    with _generated(environment) as peer:
        ratio = compare(lambda: fresh.work("ours"), lambda: peer.work("peer"), rounds=rounds)
        yield Figure("CPU time of a call: the client / openapi-generator's", ratio, _TARGET)
        ratio = compare(
            lambda: fresh.import_seconds("b2b_invoices"), lambda: peer.import_seconds(_MODULE), rounds=rounds
        )
        yield Figure("import: b2b_invoices / openapi-generator's", ratio, _TARGET)


@contextmanager
def _generated(environment: Path) -> Iterator[Interpreter]:
    generator = str(environment / "bin" / "openapi-generator-cli")
    if not Path(generator).exists():
        raise NoPeer(f"openapi-generator is not installed in {environment}; run make bench-peer")
    if shutil.which("java") is None:
        raise NoPeer("openapi-generator needs Java 11 or later, and java is not on the path")
    with TemporaryDirectory() as folder:
        command = [
            generator,
            "generate",
            "-g",
            "python",
            "-i",
            str(OPENAPI),
            "-o",
            folder,
            "--package-name",
            _MODULE,
        ]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)  # noqa: S603 - our own command
        if done.returncode:
            raise NoPeer(f"openapi-generator failed: {done.stdout.strip().splitlines()[-1]}")
        yield Interpreter(str(environment / "bin" / "python"), (Path(folder),))
