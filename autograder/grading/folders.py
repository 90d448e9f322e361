"""Folders of a student that nbgrader reads: complete before they take their name, the old one kept until then."""

import fnmatch
import os
import shutil
import stat
from datetime import datetime
from pathlib import Path

from nbgrader.converters.base import BaseConverter
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


def files_of(folder: Path, ignored: list[str]) -> dict[Path, Path]:
    """The regular files in a folder that no pattern says to ignore, by their path in it; without links and pipes."""
    found = {}
    for place, inner, files in os.walk(folder):
        inner[:] = [name for name in inner if not _matches(name, ignored)]
        for name in files:
            path = Path(place, name)
            if not _matches(name, ignored) and stat.S_ISREG(path.lstat().st_mode):
                found[path.relative_to(folder)] = path
    return found


def stage(
    folder: Path, files: list[dict[Path, Path]], texts: dict[str, str], step: BaseConverter
) -> Path:
    """A folder beside `folder`, complete and with nbgrader's permissions, to be swapped with it.

    Of two files that cannot stand side by side the first stays. Raises OSError.
    """
    staged = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    for name, text in texts.items():
        (staged / name).write_text(text, encoding="utf-8")
    for path, source in (item for group in files for item in group.items()):
        if not _is_taken(staged, path):
            (staged / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, staged / path)
    _set_permissions(staged, step)
    return staged


def _matches(name, patterns):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _is_taken(staged, path):
    return (staged / path).exists() or any((staged / p).is_file() for p in path.parents)


def _set_permissions(folder, step):
    """nbgrader's: files that nobody changes by accident, or those of a group that grades together."""
    mode = int(str(step.permissions), 8)
    for place, _, files in os.walk(folder):
        for name in files:
            os.chmod(Path(place, name), mode)
        if step.coursedir.groupshared:
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
