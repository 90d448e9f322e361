"""The database that holds the gradebook: SQLite's file, or PostgreSQL's server, which several machines may use."""

import contextlib
import sqlite3

from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from autograder.grading.course import CourseError
from autograder.grading.lock import SECONDS

PAGE = "docs/postgresql.md"
ADDRESS = "c.CourseDirectory.db_url in nbgrader_config.py"
# How a transaction begins in which nobody else writes. On PostgreSQL it holds a lock of the whole database until it
# ends, however it does (https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS).
BEGIN = {
    "sqlite": ["BEGIN IMMEDIATE"],
    "postgresql": [
        f"SET LOCAL lock_timeout = '{SECONDS}s'",
        "SELECT pg_advisory_xact_lock(hashtextextended('autograder: gradebook', 0))",
    ],
}
# What others who write at the same moment can cause: a lock that does not come free, a deadlock, a row that both
# wanted to make (https://www.postgresql.org/docs/current/errcodes-appendix.html).
CROSSED = {"55P03", "40P01", "23505"}
# What libpq and the server say where a connection fails, and what to do about it.
ADVICE = {
    "connection refused": f"start the server, or correct {ADDRESS}",
    "no such file or directory": f"start the server, or correct {ADDRESS}",
    "failed to resolve host": f"correct {ADDRESS}",
    "timeout": "see whether the server can be reached from this machine",
    "no password supplied": f"give a password, in PGPASSWORD or in ~/.pgpass ({PAGE})",
    "password authentication failed": f"correct the password, in PGPASSWORD or in ~/.pgpass ({PAGE})",
    "peer authentication failed": f"name the server's host in {ADDRESS}, so that it asks for a password ({PAGE})",
    "does not exist": f"create the role and its database ({PAGE}), or correct {ADDRESS}",
    "permission denied": f"let the role own the database ({PAGE})",
    "no module named": "install what connects to PostgreSQL, by pip install -e '.[class]', and write the address as "
    "postgresql+psycopg://...",
    "can't load plugin": f"write postgresql+psycopg:// in {ADDRESS}",
    "could not parse": f"write {ADDRESS} as postgresql+psycopg://ROLE@HOST/DATABASE",
    "terminating connection": "see what ended it, and run the command again: it goes on where it was",
    "connection is lost": "see what ended it, and run the command again: it goes on where it was",
    "server closed the connection": "see what ended it, and run the command again: it goes on where it was",
}


def place(url: str) -> str:
    """Where the gradebook is, for people: a file, or a server's address without any password."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        return parts.database
    known = {name: parts.query[name] for name in ("host", "port") if name in parts.query}
    return parts.set(query=known).render_as_string(hide_password=True)


@contextlib.contextmanager
def one_writer(db: Connection):
    """Be the one who writes until the connection's transaction ends, among all machines that use the database.

    Raises CourseError where somebody else does not end in time, or writes the same rows without asking.
    """
    try:
        for statement in BEGIN.get(db.dialect.name, ()):
            db.exec_driver_sql(statement)
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") not in CROSSED:
            raise
        raise CourseError(
            "Somebody else is writing to the gradebook at the same time, and did not end within "
            f"{SECONDS} seconds or wrote the same rows ({_reason(error.orig)}): run the command again."
        ) from None


@contextlib.contextmanager
def others_wait(url: str):
    """Be the one who writes among all machines, by transactions of nbgrader's; one machine's wait for its lock file."""
    if make_url(url).get_backend_name() != "postgresql":
        yield
        return
    with create_engine(url, poolclass=NullPool).begin() as db, one_writer(db):
        yield


def sentence(error: Exception) -> str:
    """What to say of an error of the gradebook's database; empty where it is none."""
    if isinstance(error, ImportError) and "psycopg" in str(error):
        reason = str(error)
    elif isinstance(error, SQLAlchemyError | sqlite3.Error):
        reason = _reason(getattr(error, "orig", None) or error)
    else:
        return ""
    advice = [advice for words, advice in ADVICE.items() if words in reason.lower()]
    return f"The gradebook cannot be used: {reason}{f': {advice[0]}' if advice else ''}."


def _reason(error):
    """The first line of what a driver says, without its preamble."""
    return str(error).splitlines()[0].removeprefix("connection failed: ").rstrip(".")
