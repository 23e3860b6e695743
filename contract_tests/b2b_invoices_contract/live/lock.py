"""
File lock, which ends with the process that has it.
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
def held(path: Path, name: str) -> Iterator[None]:
    """
    Lock the file *path* until the context ends, and delete it then; raise `Held` with *name* when it is locked.
    """
    try:
        file = _open_locked(path)
    except BlockingIOError as error:
        raise Held(f"{name} is running, or being cleaned up, in another process") from error
    except OSError as error:
        raise CannotRun(f"cannot write {path}: {error.strerror}; pass another file with --journal") from error
    try:
        yield
    finally:
        path.unlink(missing_ok=True)  # while it is locked, so that no other process has locked this file
        os.close(file)


def _open_locked(path: Path) -> int:
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(file), path.stat()):
                return file
        except FileNotFoundError:
            pass
        except OSError:
            os.close(file)
            raise
        os.close(file)  # another process has deleted it in the meantime
