"""Collecting: the last state of each student's git repository, fetched without obeying anything that lies in it."""

import csv
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from autograder.grading import folders
from autograder.grading.course import Assignment, CourseError
from autograder.plain import one_line

STUDENTS = "students.csv"
COLUMNS = ("student", "repository")
TIP = "refs/heads/collected"  # what the other side has as its default branch
SECONDS = 300  # for one repository
MAX_BYTES = 500 * 2**20  # of one repository, as it is sent, and of the files in it
MAX_FILES = 20_000
MAX_COMPLAINT = 100_000  # of what git says on an error, and the other side through it
PLACES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY")  # of other folders
NOTHING = ("-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c", "maintenance.auto=false")
# Where git's own settings hold: credentials, proxies, addresses. Nothing asks a person: there is none, and no terminal.
UNASKED = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS_REQUIRE": "never",
    "GCM_INTERACTIVE": "never",
    "LC_ALL": "C",
}
# Where no setting but our own holds: a filter or a hook, as of LFS, would run on what a student wrote.
ALONE = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
}


class Uncollected(Exception):
    """A repository that cannot be collected; the message says why, to go on after a colon."""


@dataclass(frozen=True)
class Collected:
    """What became of one student's repository. `problem` is a sentence on why there is nothing new; else empty."""

    student: str
    problem: str = ""


def read_students(path: Path) -> dict[str, str]:
    """Each student's repository. Raises CourseError where the table cannot be read, names somebody twice or nobody."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file, restval="")
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise CourseError(
                    f"{path} has no column {missing[0]!r}: its first line must name the columns {', '.join(COLUMNS)}."
                )
            table = [(rows.line_num, *(row[name].strip() for name in COLUMNS)) for row in rows]
    except FileNotFoundError:
        raise CourseError(
            f"There is no {path}: list the students there, with the columns {', '.join(COLUMNS)}."
        ) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise CourseError(f"{path} cannot be read as a table in UTF-8: {error}.") from None
    found = {}
    for line, student, repository in table:
        if not student and not repository:
            continue
        try:
            folders.check_name(student)
        except CourseError as error:
            raise CourseError(f"{path}, line {line}: {error}") from None
        if student.casefold() in map(str.casefold, found):
            raise CourseError(f"{path}, line {line}: {student} stands there twice.")
        found[student] = repository
    if not found:
        raise CourseError(f"{path} names no student.")
    return found


def collect(students: dict[str, str], assignment: Assignment, to: Path) -> Iterator[Collected]:
    """Fetch the repositories into to/STUDENT, one by one, each as it was at the assignment's last change.

    A repository that cannot be fetched never stops the others; what was collected before then stays.
    Raises CourseError where there is no git, OSError where `to` cannot be written.
    """
    if not shutil.which("git"):
        raise CourseError("git is not installed, with which repositories are collected.")
    to.mkdir(parents=True, exist_ok=True)
    for student, repository in students.items():
        folder = to / student
        folders.mend(folder)
        try:
            with tempfile.TemporaryDirectory(dir=to.parent, prefix=".collecting-") as staging:
                new = Path(staging) / "repository"
                _fetch(repository, new)
                _check_out(new, assignment.name)
                folders.swap(new, folder)
        except Uncollected as reason:
            stays = " What was collected before stays." if folder.exists() else ""
            yield Collected(student, f"{student} was not collected: {reason}.{stays}")
        else:
            yield Collected(student)


def _fetch(repository, folder):
    """The last commit of the default branch, with its history, into a new repository of ours."""
    if not repository:
        raise Uncollected("no repository is named")
    if repository.startswith("-") or not repository.isprintable():
        raise Uncollected("what is named is no address of a repository")
    if "://" in repository and urlsplit(repository).password is not None:
        raise Uncollected("its address holds a password, which belongs into git's credentials")
    folder.mkdir()
    _git(folder, "init", "--quiet", "--template=")
    options = ("-c", "fetch.unpackLimit=1")  # one pack, on whose size there is a limit
    arguments = (
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-recurse-submodules",
        "--no-auto-maintenance",
    )
    # A path or file:// could lead to another student's work, or to the solution: only who asks git for it gets it.
    settings = {"GIT_ALLOW_PROTOCOL": "https:ssh", **os.environ, **UNASKED}
    _git(folder, *options, *arguments, "--", repository, f"+HEAD:{TIP}", settings=settings)


def _check_out(folder, name):
    """The notebooks in the assignment's folder as of the commit that last changed one; without any, the whole state.

    So later work on another assignment does not make this one late.
    """
    options = ("-c", "core.symlinks=false", "-c", "submodule.recurse=false")
    checkout = (*options, "checkout", "--quiet", "--force")
    in_its_folder = re.compile(rf"(^|/){re.escape(name)}/[^/]*\.ipynb$")
    if not any(map(in_its_folder.search, _listed(folder))):
        _git(folder, *checkout, "--detach", TIP)
        return
    ours = f":(glob)**/{name}/*.ipynb"
    commit = _git(folder, "rev-list", "-1", TIP, "--", ours).strip()
    _git(folder, "update-ref", "--no-deref", "HEAD", commit)
    _git(folder, *checkout, TIP, "--", ours)  # which hold since then what they held at that commit


def _listed(folder):
    """The files of what was fetched. Raises Uncollected where they are too many, or too large together."""
    with tempfile.TemporaryFile() as listing:
        _git(folder, "ls-tree", "-r", "-z", "-l", TIP, output=listing, limit=MAX_FILES * 300)
        listing.seek(0)
        entries = [entry.split(b"\t", 1) for entry in listing.read().split(b"\0")[:-1]]
    sizes = [about.split()[3] for about, _ in entries]
    if len(entries) > MAX_FILES or sum(int(size) for size in sizes if size != b"-") > MAX_BYTES:
        raise Uncollected(_too_large())
    return [name.decode(errors="replace") for _, name in entries]


def _git(folder, *arguments, settings=ALONE, output=None, limit=None):
    """What git says, or nothing where it goes into the file `output`.

    limit  bytes that git may write into one file; default: MAX_BYTES

    Raises Uncollected where git fails, takes too long or writes more.
    """
    largest = limit or MAX_BYTES
    environment = {"PATH": os.environ.get("PATH", os.defpath), **settings}
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complaint:
        started = subprocess.Popen(
            ["git", *NOTHING, "-C", str(folder), *arguments],
            env={name: value for name, value in environment.items() if name not in PLACES},
            stdin=subprocess.DEVNULL,
            stdout=output or said,
            stderr=complaint,
            start_new_session=True,  # no terminal to ask at, and one group to end
            preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (largest, largest)),
        )
        try:
            started.wait(SECONDS)
        except subprocess.TimeoutExpired:
            raise Uncollected(f"it took longer than {SECONDS // 60} minutes") from None
        finally:
            if started.returncode is None:
                os.killpg(started.pid, signal.SIGKILL)
                started.wait()
        for file in (said, complaint):
            file.seek(0)
        if started.returncode:
            text = complaint.read(MAX_COMPLAINT).decode(errors="replace")
            raise Uncollected(_reason(started.returncode, text))
        return said.read().decode(errors="replace")


def _reason(status, complaint):
    """Why git failed: in its own words, where there are no better ones."""
    lines = [line for line in complaint.splitlines() if re.match("fatal: |error: ", line)]
    if status == -signal.SIGXFSZ:
        return _too_large()
    if lines == ["fatal: fetch-pack: invalid index-pack output"]:  # which ended without a word
        return f"{_too_large()}, or it is damaged"
    if "couldn't find remote ref HEAD" in complaint:
        return "it holds no commit yet"
    if re.search("transport '.*' not allowed", complaint):
        return (
            "its address is neither https:// nor ssh (the variable GIT_ALLOW_PROTOCOL=file:https:ssh of git allows "
            "this machine's folders too)"
        )
    words = re.sub(r"//[^/@\s]*@", "//", lines[0]) if lines else f"git ended with status {status}"
    return f"git says: {one_line(words, 300).rstrip('.')}"


def _too_large():
    return f"it is larger than {MAX_BYTES // 2**20} MB, or holds more than {MAX_FILES} files"
