"""The files of a folder or a zip, listed without following a link or extracting anything; read one by one, bounded."""

import contextlib
import io
import itertools
import os
import re
import stat
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from autograder.grading.course import CourseError
from autograder.grading.intake.names import is_notebook, normal
from autograder.grading.submission import MAX_BYTES

MAX_FILES = 100_000  # of one input
MAX_DEPTH = 10
MAX_NAME = 255  # what file systems allow; a zip can hold longer ones
MAX_RATIO = 300  # printed text shrinks up to a hundredfold, a bomb a thousandfold
MAX_DIRECTORY = 8 * 2**20  # of a zip's list of contents, before it is read
CLOSED = "is a folder that is not opened"
UNOPENED = (".git", "__MACOSX", ".ipynb_checkpoints", "__pycache__", ".venv", "node_modules")


class Refused(Exception):
    """A file that is not read; the message goes on after its name, or after "it"."""


@dataclass(frozen=True)
class File:
    """One file of an input. `problem` says why it is not read, to go on after "it"."""

    parts: tuple[str, ...]
    read: Callable[[], bytes]
    problem: str = ""
    path: Path | None = None  # where it lies, in a folder

    @property
    def name(self) -> str:
        return self.parts[-1]


@contextlib.contextmanager
def listed(source: Path) -> Iterator[list[File]]:
    """The files of a folder, of a zip, or the one file itself. Raises CourseError where there is nothing to read."""
    if source.is_dir():
        yield in_folder(source)
    elif not source.exists():
        raise CourseError(f"There is no folder or file {source}.")
    elif is_notebook(source.name):
        yield [File((normal(source.name),), partial(_read, source.resolve()), path=source)]
    else:
        with Zip(open(source, "rb", buffering=0)) as file:
            try:
                files = in_zip(file)
            except Refused as reason:
                raise CourseError(f"{source} {reason}: download it once more.") from None
            yield files


def in_folder(root: Path) -> list[File]:
    """The ordinary files below a folder, nearest first; links and special files with a problem."""
    found, queue = [], deque([((), root)])
    while queue:
        parts, folder = queue.popleft()
        try:
            with os.scandir(folder) as scan:
                entries = sorted(itertools.islice(scan, MAX_FILES), key=lambda entry: entry.name)
        except OSError as error:
            found.append(_unread(parts or (root.name,), f"cannot be opened: {error.strerror}"))
            continue
        for entry in entries:
            if len(found) + len(queue) >= MAX_FILES:
                text = f"comes after {MAX_FILES} other files, as does everything that follows"
                return [*found, _unread((*parts, entry.name), text)]
            here = (*parts, normal(entry.name))
            if not entry.is_dir(follow_symlinks=False):
                found.append(_in_folder(here, Path(entry.path)))
            elif entry.name in UNOPENED or len(here) > MAX_DEPTH:
                found.append(_unread(here, CLOSED, Path(entry.path)))
            else:
                queue.append((here, Path(entry.path)))
    return found


def _in_folder(parts, path):
    try:
        problem = _special(path.lstat())
    except OSError as error:
        problem = f"cannot be opened: {error.strerror}"
    return File(parts, partial(_read, path), problem, path)


def _special(status):
    if stat.S_ISLNK(status.st_mode):
        return "is a link, and links are not followed"
    if not stat.S_ISREG(status.st_mode):
        return "is no ordinary file"
    if status.st_nlink > 1:
        return (
            "is a hard link, behind which another's file may stand (a copy of the folder has none)"
        )
    return ""


def _read(path):
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with open(os.open(path, flags), "rb") as file:
            problem = _special(os.fstat(file.fileno()))
            data = b"" if problem else file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Refused(f"cannot be opened: {error.strerror}") from None
    if problem or len(data) > MAX_BYTES:
        raise Refused(problem or f"is larger than {MAX_BYTES // 2**20} MB")
    return data


def _unread(parts, problem, path=None):
    return File(parts, bytes, problem, path)


class Zip(io.BufferedReader):
    """The bytes of a zip, whose list of contents is not read where it would fill the memory."""

    def read(self, size=-1, /):
        most = MAX_DIRECTORY + 1
        data = super().read(most if size is None or size < 0 else min(size, most))
        if len(data) > MAX_DIRECTORY:
            raise Refused("holds far too many files")
        return data


def in_zip(file: Zip, within: tuple[str, ...] = ()) -> list[File]:
    """The files of a zip, below the path `within`. Raises Refused where it is none, or holds too many."""
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise Refused("is no zip, or is cut off") from None
    found = {}
    for number, info in enumerate(archive.infolist()):
        parts, problem = _parts(info), _outside(info)
        closed = next((i for i, part in enumerate(parts[:-1]) if part in UNOPENED), None)
        if closed is not None:
            parts = parts[: closed + 1]
            found[parts] = _unread((*within, *parts), CLOSED)
        elif parts and not info.is_dir():
            read = partial(_read_member, archive, info)
            found[parts, number] = File((*within, *parts), read, problem)
    return list(found.values())


def _parts(info):
    name = info.filename
    if not info.flag_bits & 0x800:  # no mark of UTF-8, which macOS and others write all the same
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return tuple(normal(part) for part in re.split(r"[/\\]", name) if part not in ("", ".", ".."))


def _outside(info):
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        link = kind == stat.S_IFLNK
        return "is a link, and links are not followed" if link else "is no ordinary file"
    name = info.orig_filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or re.match(r"[A-Za-z]:", name):
        return "has a path that leads out of the zip"
    return ""


def _read_member(archive, info):
    if info.file_size > MAX_BYTES:
        raise Refused(f"is larger than {MAX_BYTES // 2**20} MB")
    if info.file_size > max(2**20, MAX_RATIO * info.compress_size):
        raise Refused(f"unpacks to more than {MAX_RATIO} times its size, as no notebook does")
    if info.flag_bits & 1:
        raise Refused("is encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused("is packed in another way than zips usually are")
    try:
        with archive.open(info) as member:
            return member.read(MAX_BYTES)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError):
        raise Refused("is damaged in the zip") from None
