"""
Measurements in fresh interpreters: imports and workers.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import attrs

_ROOT = Path(__file__).parent.parent
_IMPORT = "from time import perf_counter; start = perf_counter(); import {module}; print(perf_counter() - start)"


@attrs.frozen
class Interpreter:
    """
    A Python interpreter.

    Attributes:
        python: Path of the executable.
        path: Extra folders with modules.
    """

    python: str = sys.executable
    path: Sequence[Path] = (_ROOT / "generated_client",)

    def import_seconds(self, module: str) -> float:
        """
        Return the seconds that the first import of *module* takes.
        """
        return self._run("-c", _IMPORT.format(module=module))

    def work(self, worker: str) -> float:
        """
        Return the number that `benchmarks.workers.WORKER` prints.
        """
        return self._run("-m", f"benchmarks.workers.{worker}")

    def _run(self, *arguments: str) -> float:
        path = os.pathsep.join(map(str, [*self.path, _ROOT]))
        command = [self.python, *arguments]
        done = subprocess.run(  # noqa: S603 - our own command
            command, env=os.environ | {"PYTHONPATH": path}, cwd=_ROOT, stdout=subprocess.PIPE, text=True, check=True
        )
        return float(done.stdout)
