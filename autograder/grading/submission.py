"""Reading what a student handed in, whatever it is, with a sentence for everything that had to be repaired."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path

import nbformat

from autograder.grading.folders import TIMESTAMP

MAX_BYTES = 50 * 2**20
MAX_PARTS = 2_000_000  # lists, entries and their members in a file: a byte or two each there, a hundred in memory
MAX_CODE = 2**20  # characters of all code cells, which are parsed
MAX_NOTEBOOKS = 10  # of those in one folder that are looked into
MAX_BESIDE = 16 * 2**20  # bytes of all files beside the notebook
# A list, since an odd type may have no hash.
OUTPUT_TYPES = ["stream", "error", "display_data", "execute_result"]


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


def find_notebook(
    folder: Path, name: str, answers: Callable[[Path], int], notes: list[str]
) -> Path | None:
    """The notebook of an assignment in a student's folder, also where it was renamed; None where there is none.

    answers  how many answers a notebook holds: of several the one with most of them is taken, with a note; of equals
             the one that is named as it should be
    """
    found = [path for path in files_in(folder) if path.suffix == ".ipynb"]
    if len(found) < 2:
        return found[0] if found else None
    found.sort(key=lambda path: path.stem != name)
    chosen = max(found[:MAX_NOTEBOOKS], key=answers)
    notes.append(f"Of {len(found)} notebooks {chosen.name} was graded: none holds more answers.")
    return chosen


def read_notebook(path: Path, notes: list[str]) -> nbformat.NotebookNode:
    """A notebook file as nbformat 4, with a note where cells are left out. Raises Unreadable with the reason."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Unreadable(
                f"The file {path.name} is larger than {MAX_BYTES // 2**20} MB and was not read."
            )
        data = path.read_bytes()
        if sum(map(data.count, (b"[", b"{", b","))) > MAX_PARTS:
            raise Unreadable(
                f"The file {path.name} has more than {MAX_PARTS} entries and was not read: "
                "clear the outputs of its cells and hand it in again."
            )
        content = _json(data, path, notes)
        if isinstance(content, dict) and isinstance(content.get("cells"), list):
            content["cells"] = _cells(content["cells"], path, notes)
        text = json.dumps(content, ensure_ascii=False)
        # Half a surrogate pair, which JSON can hold and no file, becomes a question mark.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbformat's remarks on ids
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
    for cell in cells:
        cell["source"] = _unix(cell["source"])
    return notebook


def _json(data, path, notes):
    try:
        return json.loads(data)
    except UnicodeDecodeError:
        content = json.loads(data.decode(errors="replace"))
        notes.append(
            f"The file {path.name} holds bytes that are no text; each was replaced by a mark."
        )
        return content


def _cells(cells, path, notes):
    """The cells that can be read, in the form that nbformat expects."""
    kept = [mended for cell in cells if _is_cell(mended := _mended(cell))]
    if cells and not kept:
        raise Unreadable(f"The file {path.name} is damaged: its cells are not those of a notebook.")
    if len(kept) < len(cells):
        count = len(cells) - len(kept)
        notes.append(f"Of the cells of {path.name} {count} could not be read and were left out.")
    return _bounded(kept, path, notes)


def _bounded(cells, path, notes):
    """The cells without code that is longer than what anybody writes."""
    kept, room = [], MAX_CODE
    for cell in cells:
        size = len(cell["source"]) if cell["cell_type"] == "code" else 0
        if size <= room:
            kept.append(cell)
            room -= size
    if len(kept) < len(cells):
        notes.append(
            f"Of the code cells of {path.name} {len(cells) - len(kept)} were left out: "
            f"all code together may have {MAX_CODE} characters."
        )
    return kept


def _mended(cell):
    """A cell with what other programs leave out or write in another way, where it has at least a type and a source."""
    if not isinstance(cell, dict):
        return cell
    source = cell.get("source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    mended = {
        "cell_type": cell.get("cell_type"),
        "source": source,
        "metadata": cell.get("metadata"),
    }
    if not isinstance(mended["metadata"], dict):
        mended["metadata"] = {}
    if isinstance(cell.get("id"), str):
        mended["id"] = cell["id"]
    if mended["cell_type"] == "code":
        outputs = cell.get("outputs")
        outputs = outputs if isinstance(outputs, list) else []
        mended["outputs"] = [output for output in outputs if _is_output(output)]
        mended["execution_count"] = None
    return mended


def _is_output(output):
    """Whether nbformat can read an output; what becomes of it is decided where it is shown."""
    if not isinstance(output, dict) or not isinstance(output.get("data", {}), dict):
        return False
    text = output.get("text", "")
    is_text = not isinstance(text, list) or all(isinstance(line, str) for line in text)
    return is_text and output.get("output_type") in OUTPUT_TYPES


def _unix(source):
    """Line ends as Python's parser and the released cells have them."""
    return source.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")


def _is_cell(cell):
    if not isinstance(cell, dict) or not isinstance(cell.get("metadata"), dict):
        return False
    marks = cell["metadata"].get("nbgrader", {})
    return (
        cell.get("cell_type") in ("code", "markdown", "raw")
        and isinstance(cell.get("source"), str)
        and isinstance(marks, dict)
        and isinstance(marks.get("grade_id", ""), str)
    )
