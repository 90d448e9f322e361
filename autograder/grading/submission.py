"""Reading what a student handed in, whatever it is, with a sentence for everything that had to be repaired."""

import json
from pathlib import Path

import nbformat

from autograder.grading.folders import TIMESTAMP

MAX_BYTES = 50 * 2**20
MAX_BESIDE = 16 * 2**20  # bytes of all files beside the notebook


class Unreadable(Exception):
    """A submission that cannot be read as a notebook; the message is a sentence for its author."""


def files_in(folder: Path) -> list[Path]:
    """The regular files that lie directly in a folder, without links, sorted by name."""
    entries = sorted(folder.iterdir())
    return [path for path in entries if path.is_file() and not path.is_symlink()]


def files_beside(folder: Path, notes: list[str]) -> dict[str, bytes]:
    """What a student handed in beside the notebook and its code may read; a note names what is too large for that."""
    found, room = {}, MAX_BESIDE
    for path in files_in(folder):
        if path.suffix == ".ipynb" or path.name == TIMESTAMP:
            continue
        if path.stat().st_size > room:
            notes.append(
                f"The file {path.name} was left out: the files beside a notebook may have "
                f"{MAX_BESIDE // 2**20} MB together."
            )
            continue
        found[path.name] = path.read_bytes()
        room -= len(found[path.name])
    return found


def find_notebook(folder: Path, name: str, marks: list[str]) -> Path | None:
    """The notebook of an assignment in a student's folder, also where it was renamed; None where there is none.

    marks  texts of the released notebook (its grade_ids): of several notebooks the one with most of them is taken
    """
    found = [path for path in files_in(folder) if path.suffix == ".ipynb"]
    expected = folder / f"{name}.ipynb"
    if expected in found:
        return expected
    scores = {path: _marks_in(path, marks) for path in found}
    return max(scores, key=scores.get, default=None)


def _marks_in(path, marks):
    try:
        text = (
            path.read_text(encoding="utf-8", errors="replace")
            if path.stat().st_size <= MAX_BYTES
            else ""
        )
    except OSError:
        return -1
    return sum(f'"{mark}"' in text for mark in marks)


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """A notebook file as nbformat 4. Raises Unreadable with the reason."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Unreadable(
                f"The file {path.name} is larger than {MAX_BYTES // 2**20} MB and was not read."
            )
        text = json.dumps(json.loads(path.read_bytes()), ensure_ascii=False)
        # Half a surrogate pair, which JSON can hold and no file, becomes a question mark.
        notebook = nbformat.reads(text.encode(errors="replace").decode(), as_version=4)
    except Unreadable:
        raise
    except OSError as error:
        raise Unreadable(f"The file {path.name} cannot be opened: {error.strerror}.") from None
    except Exception as error:  # nbformat raises whatever the broken file makes it stumble over
        raise Unreadable(
            f"The file {path.name} is damaged and cannot be read as a notebook ({type(error).__name__}). "
            "Open it in JupyterLab, mend it there or copy your cells into a fresh one, and hand it in again."
        ) from None
    cells = notebook.get("cells")
    if not isinstance(cells, list) or not all(_is_cell(cell) for cell in cells):
        raise Unreadable(f"The file {path.name} is damaged: its cells are not those of a notebook.")
    return notebook


def _is_cell(cell):
    return (
        isinstance(cell, dict)
        and cell.get("cell_type") in ("code", "markdown", "raw")
        and isinstance(cell.get("source"), str)
        and isinstance(cell.get("metadata"), dict)
        and isinstance(cell.get("id", ""), str)
        and isinstance(cell["metadata"].get("nbgrader", {}), dict)
        and isinstance(cell["metadata"].get("nbgrader", {}).get("grade_id", ""), str)
        and isinstance(cell.get("outputs", []), list)
    )
