"""
The client that openapi-generator makes from the same contract, to measure ours against.
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


class NoPeer(Exception):  # noqa: N818 - it is why a measurement is left out, not how it failed
    """The other client cannot be made; the message says what is missing, and how to get it."""


def measure_peer(environment: Path, *, rounds: int) -> Iterator[Figure]:
    """
    Measure a call and the import of our client against those of the other, each in interpreters of its own.

    Args:
        environment: A virtual environment with openapi-generator-cli and what its clients need.
        rounds: How many times to measure each.

    Raises:
        NoPeer: When there is no such environment, or no Java.
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
        raise NoPeer(f"there is no openapi-generator in {environment}; make bench-peer installs it")
    if shutil.which("java") is None:
        raise NoPeer("openapi-generator needs Java 11 or later, and there is no java on the path")
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
