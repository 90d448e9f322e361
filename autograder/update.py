"""Renewing a student folder: what the course wrote is replaced, what a student did stays.

The folder's mark, a JSON file, says what the course wrote: a digest of every file, and of every cell of a notebook.
What differs from it is a student's work. Before anything of a student's is written over, it is put aside.
"""

import copy
import hashlib
import json
import shutil
import subprocess
import tempfile
import zipfile
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import nbformat

from autograder.files import write_atomically

MARK = ".student-folder"
ASIDE = ".before-update"
ABOUT = "What the course wrote into this folder, so that 'autograder update' knows what is yours. Leave it."


class UpdateError(Exception):
    """A folder that cannot be renewed, or nothing to renew it from; the message is a sentence."""


def find_folder(start: Path) -> Path:
    """The student folder around `start`. Raises UpdateError where there is none."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / MARK).is_file():
            return folder
    raise UpdateError(
        f"There is no student folder around {start.resolve()}: run the command inside of the folder "
        f"of the course, which holds a file {MARK}."
    )


def write_mark(folder: Path, published: str) -> None:
    """Write the mark of a folder that has just been made.

    published  where later versions will be, an address for git or a path; may be empty
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in paths}
    mark = {
        "about": ABOUT,
        "published": published,
        "files": {name: digest(path.read_bytes()) for name, path in names.items()},
        "cells": {
            name: {cell.id: digest(cell.source) for cell in nbformat.read(path, 4).cells}
            for name, path in names.items()
            if path.suffix == ".ipynb"
        },
    }
    write_atomically(folder / MARK, json.dumps(mark, indent=1) + "\n")


def read_mark(folder: Path) -> dict:
    """The mark of a folder. Raises UpdateError where it cannot be read."""
    try:
        mark = json.loads((folder / MARK).read_text(encoding="utf-8"))
        if any(Path(name).is_absolute() or ".." in Path(name).parts for name in mark["files"]):
            raise ValueError
        return {key: mark[key] for key in ("about", "published", "files", "cells")}
    except (ValueError, KeyError, TypeError):
        raise UpdateError(
            f"{folder / MARK} was changed and cannot be read any more: get the course's folder anew "
            "and copy your notebooks into it."
        ) from None


def digest(content: str | bytes) -> str:
    """A short digest of a text or a file; line endings do not matter."""
    data = content.encode() if isinstance(content, str) else content
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()[:20]


@contextmanager
def fetched(source: str):
    """A student folder from a folder, a zip or an address for git; what was unpacked is removed at the end.

    Raises UpdateError where nothing of the kind is found there.
    """
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(source).expanduser()
        if place.is_dir() and not _is_repository(place):
            yield _marked(place, source)
        elif place.is_file():
            try:
                with zipfile.ZipFile(place) as archive:
                    archive.extractall(temporary)
            except zipfile.BadZipFile:
                raise UpdateError(f"{source} is neither a folder nor a zip.") from None
            yield _marked(Path(temporary), source)
        else:
            _clone(source, temporary)
            yield _marked(Path(temporary), source)


def _is_repository(folder):
    """A bare repository, such as lies on a server: its files are inside of git's own."""
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir()


def _marked(folder, source):
    for candidate in (folder, *sorted(folder.glob("*/"))):
        if (candidate / MARK).is_file():
            return candidate
    raise UpdateError(f"{source} holds no folder of the course: there is no file {MARK} in it.")


def _clone(source, folder):
    command = ["git", "clone", "--quiet", "--depth", "1", "--", source, folder]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        raise UpdateError(f"{source} is no file here, and git is not installed.") from None
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["git gave no reason"])[-1]
        raise UpdateError(f"{source} is no file here, and git cannot fetch it: {reason}")


def renew(folder: Path, new: Path) -> list[str]:
    """Bring a student folder to the state of `new`, another one; what to tell its owner, in sentences.

    Files that the course wrote are replaced. A notebook that was worked on gets its answers, its own cells and its
    outputs carried over. Before a file of the owner's is written over, it is put into a folder of the day under
    `.before-update/`. All other files stay. Killed at any moment, it may be run again.
    Raises UpdateError and OSError.
    """
    was, now = read_mark(folder), read_mark(new)
    aside = folder / ASIDE / f"{datetime.now():%Y-%m-%d-%H%M%S}"
    told = []
    for name in now["files"]:
        target, content = folder / name, (new / name).read_bytes()
        theirs = target.read_bytes() if target.is_file() else None
        if theirs == content:
            continue
        if theirs is not None and digest(theirs) != was["files"].get(name):
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(target, aside / name)
            content, sentence = _carried_over(name, theirs, content, was["cells"].get(name, {}))
            told.append(sentence)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, content)
    mark = now | {key: was[key] | now[key] for key in ("files", "cells")}
    write_atomically(folder / MARK, json.dumps(mark, indent=1) + "\n")
    if aside.exists():
        told.append(f"What you had before lies in {aside}.")
    if was["files"].get("pyproject.toml") not in (None, now["files"].get("pyproject.toml")):
        told.append("What the course needs has changed: run 'pip install -e .' again.")
    return told


def _carried_over(name, theirs, content, base):
    """The new content with a student's work in it, and a sentence on what was done."""
    if not name.endswith(".ipynb"):
        return content, f"{name} was changed here, and is replaced by the course's."
    try:
        worked_on = nbformat.reads(theirs.decode(), as_version=4)
        nbformat.validate(worked_on)
    except Exception:  # nbformat raises what the broken file makes it stumble over
        return content, f"{name} could not be read as a notebook, and is replaced by the course's."
    merged, lost = merge(worked_on, base, nbformat.reads(content.decode(), as_version=4))
    sentence = f"{name}: your work was carried over into the new version."
    if lost:
        sentence += (
            f" The course changed {lost} of its cells that you had changed too: look at them."
        )
    return (nbformat.writes(merged) + "\n").encode(), sentence


def merge(
    theirs: nbformat.NotebookNode, base: dict[str, str], new: nbformat.NotebookNode
) -> tuple[nbformat.NotebookNode, int]:
    """`new` with what a student did in `theirs`, and the number of changed cells that the course's now stand for.

    base  digests of the cells as the student got them, by id
    An answer always is the student's. Any other cell is, where the course left it as it was.
    """
    by_id = {cell.id: cell for cell in theirs.cells}
    by_name = {_grade_id(cell): cell for cell in theirs.cells if _grade_id(cell)}
    result, place, lost = copy.deepcopy(new), {}, 0
    for position, cell in enumerate(result.cells):
        mine = by_id.get(cell.id) or by_name.get(_grade_id(cell))
        if mine is None or mine.cell_type != cell.cell_type or id(mine) in place:
            continue
        place[id(mine)] = position
        was = base.get(cell.id, digest(cell.source))
        if digest(mine.source) != was and mine.source != cell.source:
            if _is_answer(cell) or (digest(cell.source) == was and not _is_locked(cell)):
                cell.source = mine.source
            else:
                lost += not _is_locked(cell)
        if cell.source == mine.source:
            for key in ("outputs", "execution_count", "attachments"):
                if key in mine:
                    cell[key] = mine[key]
    if "widgets" in theirs.metadata:  # what the outputs show
        result.metadata["widgets"] = theirs.metadata["widgets"]
    result.cells = _with_own_cells(result.cells, theirs.cells, place, set(base.values()))
    return result, lost


def _with_own_cells(cells, theirs, place, given):
    """Cells of the student's own, each after the cell that it stood behind."""
    own, position = {}, -1
    for cell in theirs:
        if id(cell) in place:
            position = place[id(cell)]
        elif cell.source.strip() and digest(cell.source) not in given:
            own.setdefault(position, []).append(cell)
    ids = {cell.id for cell in cells}
    for cell in (cell for group in own.values() for cell in group if cell.id in ids):
        cell.id = f"own-{digest(cell.id + cell.source)}"
    merged = list(own.get(-1, []))
    for position, cell in enumerate(cells):
        merged += [cell, *own.get(position, [])]
    return merged


def _mark_of(cell):
    return cell.metadata.get("nbgrader", {})


def _grade_id(cell):
    return _mark_of(cell).get("grade_id", "")


def _is_answer(cell):
    return bool(_mark_of(cell).get("solution"))


def _is_locked(cell):
    return bool(_mark_of(cell).get("locked"))
