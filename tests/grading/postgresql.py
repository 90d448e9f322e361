"""A PostgreSQL server that the tests start, in a folder of its own, and a database for each test that asks for one.

A module takes the fixtures by importing both: `from tests.grading.postgresql import database, server  # noqa: F401`.
"""

import ctypes
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.conftest import leave_out

SUPERUSER, GRADER, PASSWORD = "postgres", "grader", "right: %40/p@ss"
START_S = 60
# Nothing has to survive a power cut here, and a time zone far away shows times that are not in UTC.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "timezone": "Asia/Tokyo",
    "max_connections": "40",
}
PR_SET_PDEATHSIG = 1
numbers = itertools.count()


@dataclass(frozen=True)
class Server:
    """A running server: its programs, the folder of its socket (which needs no password), its port on 127.0.0.1."""

    programs: Path
    folder: Path
    port: int

    def sql(self, *statements: str, database: str = "postgres") -> list[tuple]:
        """Run statements as the superuser, each by itself; the rows of the last one."""
        rows = []
        with psycopg.connect(
            host=str(self.folder),
            port=self.port,
            user=SUPERUSER,
            dbname=database,
            autocommit=True,
        ) as db:
            for statement in statements:
                cursor = db.execute(statement)
                rows = cursor.fetchall() if cursor.description else []
        return rows


@dataclass(frozen=True)
class Database:
    """One database of a server, owned by the role GRADER."""

    server: Server
    name: str

    @property
    def url(self) -> str:
        """Its address over the socket."""
        folder, port = self.server.folder, self.server.port
        return f"postgresql+psycopg://{GRADER}@/{self.name}?host={folder}&port={port}"

    @property
    def remote_url(self) -> str:
        """Its address as another machine would have it: a password is asked for, and does not stand here."""
        return f"postgresql+psycopg://{GRADER}@127.0.0.1:{self.server.port}/{self.name}"

    def sql(self, *statements: str) -> list[tuple]:
        return self.server.sql(*statements, database=self.name)


@contextmanager
def holding(database: Database, *statements: str) -> Iterator[psycopg.Connection]:
    """A transaction of somebody else's that is open, with what these statements have locked."""
    server = database.server
    address = {"host": str(server.folder), "port": server.port, "dbname": database.name}
    with psycopg.connect(user=SUPERUSER, **address) as db:
        for statement in statements:
            db.execute(statement)
        yield db


def wait_for_somebody_waiting(database: Database) -> None:
    """Until a session of this database waits for a lock."""
    question = "SELECT pid FROM pg_stat_activity WHERE datname = '{}' AND wait_event_type = 'Lock'"
    deadline = time.monotonic() + START_S
    while not database.server.sql(question.format(database.name)):
        assert time.monotonic() < deadline, "nobody waits for a lock"
        time.sleep(0.01)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One server for all tests; without PostgreSQL they are skipped, but in CI that is an error."""
    programs = find_programs()
    if programs is None:
        leave_out("no PostgreSQL: install postgresql, or put initdb and postgres on the PATH")
    with running_server(programs) as running:
        running.sql(f"CREATE ROLE {GRADER} LOGIN PASSWORD '{PASSWORD}'")
        yield running


@pytest.fixture
def database(server) -> Iterator[Database]:
    """An empty database for one test."""
    with new_database(server) as made:
        yield made


@contextmanager
def new_database(server: Server, like: str = "template1") -> Iterator[Database]:
    """An empty database, or one that begins as another is; dropped at the end whoever is still connected."""
    name = f"gradebook_{next(numbers)}"
    server.sql(f"CREATE DATABASE {name} OWNER {GRADER} TEMPLATE {like}")
    yield Database(server, name)
    server.sql(f"DROP DATABASE {name} WITH (FORCE)")


def find_programs() -> Path | None:
    """The folder of PostgreSQL's programs: Debian's newest, which is not on the PATH, or the one that is."""
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(debian, key=lambda path: float(path.parts[-3]), default=None)
    found = newest or shutil.which("initdb")
    return Path(found).parent if found else None


@contextmanager
def running_server(programs: Path) -> Iterator[Server]:
    """A server that ends with this block, and with this process however that ends. It refuses to run as root."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # the path of a socket has at most 107 bytes
    identity = _somebody_else(folder) if os.geteuid() == 0 else {}
    data, log = folder / "data", folder / "log"
    try:
        _initialize(programs, data, identity)
        port = _free_port()
        settings = SETTINGS | {"unix_socket_directories": str(folder), "port": str(port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with open(log, "wb") as output:
            process = subprocess.Popen(
                [programs / "postgres", "-D", data, *options],
                stdout=output,
                stderr=output,
                cwd=folder,
                start_new_session=True,  # Ctrl-C is for the tests, which then end it
                preexec_fn=_end_with_the_tests,
                **identity,
            )
        try:
            yield _answering(Server(programs, folder, port), process, log)
        finally:
            process.send_signal(signal.SIGINT)  # ends its sessions, and then itself
            process.wait(START_S)
    finally:
        shutil.rmtree(folder)


def _somebody_else(folder) -> dict:
    """How a program is started as another user, who gets the folder."""
    known = {user.pw_name: user for user in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _initialize(programs, data, identity):
    """A cluster in which only the socket trusts whoever comes."""
    subprocess.run(
        [
            *(programs / "initdb", "-D", data, "--no-sync", "--username", SUPERUSER),
            *("--encoding=UTF8", "--locale=C.UTF-8"),
            *("--auth-local=trust", "--auth-host=scram-sha-256"),
        ],
        check=True,
        capture_output=True,
        cwd=data.parent,
        **identity,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _end_with_the_tests():
    """In the server, before it is one: a fast end, without leftovers, when the process that started it dies."""
    if hasattr(os, "pidfd_open"):  # Linux
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _answering(server, process, log) -> Server:
    deadline = time.monotonic() + START_S
    while True:
        try:
            server.sql("SELECT 1")
            return server
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"PostgreSQL did not start:\n{log.read_text()[-2000:]}", pytrace=False)
            time.sleep(0.05)
