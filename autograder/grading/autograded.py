"""The folder of a graded submission under autograded/: complete before it takes its name, the old one kept until then."""

import fnmatch
import os
import shutil
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from nbgrader.converters import Autograde
from nbgrader.utils import parse_utc

from autograder.grading.course import CourseError

TIMESTAMP = "timestamp.txt"
MAX_TIMESTAMP = 200  # bytes
MAX_NAME = 128  # characters, what the gradebook has room for; a folder's name has 255 bytes


def check_name(student: str) -> str:
    """The name, where it can be a folder's and the gradebook's. Raises CourseError where it cannot."""
    try:
        too_long = len(student) > MAX_NAME or len(student.encode()) > 255
    except UnicodeEncodeError:
        raise CourseError(f"The name {student!r} of a student cannot be read as text.") from None
    if too_long:
        raise CourseError(f"The name {student[:40]}... of a student is too long.")
    if not student.strip() or student.startswith(".") or not student.isprintable():
        raise CourseError(f"The name {student!r} of a student cannot be the name of a folder.")
    if "/" in student or "\\" in student:
        raise CourseError(f"The name {student!r} of a student holds a slash; a folder's cannot.")
    return student


def read_timestamp(folder: Path) -> tuple[datetime | None, str]:
    """When a submission was handed in (UTC, without a zone), None where nothing says; and a note on an odd file."""
    path = folder / TIMESTAMP
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise ValueError
        with open(path, "rb") as file:
            text = file.read(MAX_TIMESTAMP).decode().strip()
        return (parse_utc(text) if text else None), ""
    except FileNotFoundError:
        return None, ""
    except (ValueError, TypeError, OverflowError, OSError):
        return None, f"The file {TIMESTAMP} holds no time that can be read; it was passed over."


def stage(
    folder: Path, submitted: Path, source: Path, notebook: str | None, converter: Autograde
) -> Path:
    """A folder beside `folder` with all that belongs there: the notebook's text, and the files that came with it.

    A file of the source's takes the place of a submitted one, links and pipes are left out. Raises OSError.
    """
    staged = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    ignored = [*converter.coursedir.ignore, "*.ipynb"]
    keeps_own = set(converter.exclude_overwriting.get(folder.name, []))
    for path in _files(source, ignored):
        if str(path) not in keeps_own:
            _copy(source / path, staged / path)
    for path in _files(submitted, ignored):
        if not _is_taken(staged, path):
            _copy(submitted / path, staged / path)
    if notebook is not None:
        (staged / f"{folder.name}.ipynb").write_text(notebook, encoding="utf-8")
    _set_permissions(staged, converter)
    return staged


def _files(folder: Path, ignored: list[str]) -> Iterator[Path]:
    """Paths in a folder, relative to it, of its regular files that nothing says to ignore."""
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not _matches(name, ignored)]
        for name in files:
            path = Path(place, name)
            if not _matches(name, ignored) and stat.S_ISREG(path.lstat().st_mode):
                yield path.relative_to(folder)


def _matches(name, patterns):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _is_taken(staged, path):
    return (staged / path).exists() or any((staged / p).is_file() for p in path.parents)


def _copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _set_permissions(folder, converter):
    """nbgrader's: files that nobody changes by accident, or those of a group that grades together."""
    mode = int(str(converter.permissions), 8)
    for place, _, files in os.walk(folder):
        for name in files:
            os.chmod(Path(place, name), mode)
        if converter.coursedir.groupshared:
            os.chmod(place, (os.stat(place).st_mode | 0o2770) & 0o2777)


def before(folder: Path) -> Path:
    """Where the version that is being replaced waits."""
    return folder.with_name(f".{folder.name}.before")


def mend(folder: Path) -> None:
    """Put back what a run that was killed had moved away."""
    if before(folder).exists() and not folder.exists():
        before(folder).rename(folder)


def swap(staged: Path, folder: Path) -> None:
    """Give a complete folder its name; killed in between, `mend` finds the old version, and another run a new one."""
    if folder.exists():
        shutil.rmtree(before(folder), ignore_errors=True)
        folder.rename(before(folder))
    staged.rename(folder)
    shutil.rmtree(before(folder), ignore_errors=True)
