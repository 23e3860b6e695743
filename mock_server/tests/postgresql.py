"""
Temporary PostgreSQL server for the tests.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import psycopg
import pytest

_ROOT = 0
_TIMEOUT = 60  # seconds for a server to start or stop
_NOT_DURABLE = ("fsync=off", "full_page_writes=off", "autovacuum=off", "shared_buffers=16MB")


@attrs.define
class Cluster:
    """
    A PostgreSQL server on a port of 127.0.0.1, with its files.

    Attributes:
        programs: Folder of PostgreSQL's programs.
        folder: Folder of its files.
        port: Port that it listens on.
    """

    programs: Path
    folder: Path
    port: int
    _process: subprocess.Popen[bytes] | None = attrs.field(default=None, init=False)

    @property
    def url(self) -> str:
        """The URL of the database in it."""
        return f"postgresql://mock@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """
        Start the server, and wait until it accepts connections.
        """
        settings = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *_NOT_DURABLE]
        options = [option for setting in settings for option in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - ours alone
                [self.programs / "postgres", "-D", self.folder / "data", *options],
                stdout=log,
                stderr=log,
                user=_user(),
                cwd=self.folder,
            )
        self._wait()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """
        Stop the server and end its connections; SIGQUIT stops it as if it had crashed.
        """
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(_TIMEOUT)

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """
        Execute *statement* outside of any mock, and return its rows.
        """
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def _wait(self) -> None:
        until = time.monotonic() + _TIMEOUT
        while True:
            try:
                return self._check_connection()
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)

    def _check_connection(self) -> None:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "log").read_text()
        ((folder,),) = self.execute("SHOW data_directory")
        assert folder == str(self.folder / "data"), (
            f"port {self.port} belongs to another server, with its files in {folder}"
        )


@contextmanager
def throw_away_cluster() -> Iterator[Cluster]:
    """
    Start a server with an empty database, and delete its files at the end.
    """
    programs = _programs()
    with TemporaryDirectory(prefix="b2b-mock-postgresql-") as name:
        folder = Path(name)
        if (user := _user()) is not None:
            os.chown(folder, user, -1)
        made = Cluster(programs, folder, _free_port())
        options = ["--auth=trust", "--username=mock", "--no-sync", "--no-locale", "--encoding=UTF8"]
        command: list[str | Path] = [programs / "initdb", "-D", folder / "data", *options]
        subprocess.run(command, check=True, capture_output=True, user=user, cwd=folder)  # noqa: S603 - ours alone
        made.start()
        try:
            yield made
        finally:
            made.stop()


def _programs() -> Path:
    on_path = shutil.which("initdb")
    of_debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if on_path or of_debian:
        return (Path(on_path) if on_path else of_debian[-1]).resolve().parent
    if os.environ.get("MOCK_NEEDS_POSTGRESQL"):
        pytest.fail("MOCK_NEEDS_POSTGRESQL is set, but initdb is not installed: apt-get install postgresql")
    pytest.skip("PostgreSQL is not installed: apt-get install postgresql")


def _user() -> int | None:
    # PostgreSQL does not run as root.
    if os.geteuid() != _ROOT:
        return None
    users = {user.pw_name: user.pw_uid for user in pwd.getpwall()}
    return users.get("postgres", users["nobody"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
