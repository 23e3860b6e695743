"""
One process at a time: a lock on a file, which ends with the process that has it, however that ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from b2b_invoices_contract.targets import CannotRun


class Held(CannotRun):
    """Another process has the lock."""


@contextmanager
def held(path: Path, what: str) -> Iterator[None]:
    """
    Have the lock at *path*, a file that is there for as long as the context lasts; *what* says what it is for.

    Raises:
        Held: When another process, or another part of this one, has it.
        CannotRun: When there can be no such file.
    """
    try:
        file = _locked(path)
    except BlockingIOError as error:
        raise Held(f"{what} is still at work, or being cleaned up, in another process") from error
    except OSError as error:
        raise CannotRun(f"{path} cannot be written: {error.strerror}; name another journal with --journal") from error
    try:
        yield
    finally:
        path.unlink(missing_ok=True)  # while it is locked still, so that nobody else has locked what goes
        os.close(file)


def _locked(path: Path) -> int:
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            raise
        if _is_at(file, path):
            return file
        os.close(file)  # whoever had it has removed it meanwhile


def _is_at(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False
