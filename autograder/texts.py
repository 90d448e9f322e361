"""Notebook texts: every notebook is made from a py:percent text, which is what people review.

    lectures/texts/NAME.py     <->  lectures/NAME.ipynb
    assignments/texts/NAME.py  <->  assignments/source/NAME/NAME.ipynb

A notebook keeps the hash of the text on which it and its text last agreed, so `sync` can tell which
of the two was edited since and bring the edit to the other; where both were, it touches neither.
`python -m autograder.texts` syncs the course in the current folder, `--check` only compares.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, count, zip_longest
from pathlib import Path
from typing import Annotated, NamedTuple

import jupytext
import nbformat
import typer
from jupytext.config import JupytextConfiguration
from yaml import YAMLError

from autograder.files import write_atomically

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
KEPT = ("nbgrader", "slideshow", "tags")  # of a cell's metadata; the rest is JupyterLab's own
SPACING = "lines_to_next_cell"  # jupytext's note of unusual blank lines, in the notebook only
AGREED = "text_sha256"  # in a notebook's metadata: the text on which both sides last agreed
NEW_CELL = {
    "code": nbformat.v4.new_code_cell,
    "markdown": nbformat.v4.new_markdown_cell,
    "raw": nbformat.v4.new_raw_cell,
}

# jupytext.toml says the same to jupytext's own tools.
CONFIG = JupytextConfiguration(
    notebook_metadata_filter="kernelspec,-all", cell_metadata_filter=",".join(KEPT) + ",-all"
)


class TextsError(Exception):
    """A text or a notebook that cannot be brought together with its other side; says why."""


class Pair(NamedTuple):
    """A notebook and the text that it is made from; either file may not exist yet."""

    text: Path
    notebook: Path


def pairs(root: Path) -> list[Pair]:
    """All pairs of the course in `root`, those included that have only one side so far."""
    lectures, assignments = root / "lectures", root / "assignments"
    names = {path.stem for path in lectures.glob("texts/*.py")}
    names |= {path.stem for path in lectures.glob("*.ipynb")}
    found = [Pair(lectures / "texts" / f"{n}.py", lectures / f"{n}.ipynb") for n in sorted(names)]
    names = {path.stem for path in assignments.glob("texts/*.py")}
    names |= {p.stem for p in assignments.glob("source/*/*.ipynb") if p.stem == p.parent.name}
    for name in sorted(names):
        notebook = assignments / "source" / name / f"{name}.ipynb"
        found.append(Pair(assignments / "texts" / f"{name}.py", notebook))
    return found


def to_notebook(text: str) -> nbformat.NotebookNode:
    """Notebook made from a py:percent text: no outputs, stable cell ids, valid nbformat 4.5.

    Raises TextsError where the text is malformed or holds metadata that a notebook's text lacks.
    """
    try:
        read = jupytext.reads(text, fmt="py:percent", config=CONFIG)
    except YAMLError:
        raise TextsError("its header, between the lines '# ---', is not YAML") from None
    except nbformat.ValidationError as error:
        raise TextsError(f"it makes no valid notebook ({error.message})") from None
    if set(read.metadata) - {"kernelspec", "jupytext"}:
        raise TextsError("its header holds more than a kernelspec")
    ids: set[str] = set()
    for number, cell in enumerate(read.cells, 1):
        cell.metadata.pop("cell_marker", None)  # a markdown cell between triple quotes
        is_dict = isinstance(cell.metadata.get("nbgrader", {}), dict)
        if "incorrectly_encoded_metadata" in cell.metadata or not is_dict:
            raise TextsError(
                f"the header of its cell {number} should look like "
                """'# %% [markdown] slideshow={"slide_type": "slide"} tags=["a"]'"""
            )
        unknown = set(cell.metadata) - {*KEPT, SPACING}
        if unknown:
            raise TextsError(
                f"the header of its cell {number} holds {', '.join(sorted(unknown))}, "
                f"but only {', '.join(KEPT)} are kept"
            )
        cell["id"] = _cell_id(cell, ids)
    language = {"name": "python"}
    metadata = {"kernelspec": KERNELSPEC, "language_info": language, AGREED: _sha256(text)}
    try:
        return nbformat.v4.new_notebook(metadata=metadata, cells=read.cells)  # validates
    except nbformat.ValidationError as error:
        raise TextsError(f"it makes no valid notebook ({error.message})") from None


def to_text(notebook: nbformat.NotebookNode) -> str:
    """The py:percent text of a notebook, without outputs, counts and JupyterLab's own metadata.

    Raises TextsError where the text could not hold all that a person wrote into the notebook.
    """
    plain = nbformat.v4.new_notebook(metadata={"kernelspec": KERNELSPEC})
    for number, cell in enumerate(notebook.cells, 1):
        if cell.get("attachments"):
            raise TextsError(
                f"its cell {number} has a picture pasted into it, which a text cannot hold: "
                "save the picture as a file and link to it"
            )
        new = NEW_CELL[cell.cell_type](cell.source.strip("\n"))
        kept = {key: cell.metadata[key] for key in (*KEPT, SPACING) if cell.metadata.get(key)}
        new.metadata = nbformat.from_dict(json.loads(json.dumps(kept, sort_keys=True)))
        plain.cells.append(new)
    text = jupytext.writes(plain, fmt="py:percent", config=CONFIG)
    again = jupytext.reads(text, fmt="py:percent", config=CONFIG)
    for number, (cell, back) in enumerate(zip_longest(plain.cells, again.cells), 1):
        if cell is None or back is None or _written(cell) != _written(back):
            raise TextsError(
                f"its cell {number} would not come back from a text as it is: "
                "does one of its lines begin with '# %%'"
            )
    return text


def dumps(notebook: nbformat.NotebookNode) -> str:
    """The file's content for a notebook; the same notebook always gives the same bytes."""
    return nbformat.writes(notebook) + "\n"


def settle(pair: Pair) -> tuple[str, str]:
    """The contents (text, notebook file) that a pair should have, given the edits to its sides.

    Raises TextsError where both sides were edited, or where one cannot be read.
    """
    text, file = _read(pair.text), _read(pair.notebook)
    if file is None:
        chosen, source = text, pair.text
    else:
        with _blaming(pair.notebook):
            notebook = _parse(file)
            edited = to_text(notebook)
        agreed = notebook.metadata.get(AGREED)
        if text is None or text == edited or _sha256(text) == agreed:
            chosen, source = edited, pair.notebook
        elif _sha256(edited) == agreed:
            chosen, source = text, pair.text
        else:
            raise TextsError(
                f"{pair.text} and {pair.notebook} were both edited since they last agreed: "
                "delete the one that you do not want, then run make sync."
            )
    with _blaming(source):
        # The same cells can be written with other blank lines or keys in another order: one form.
        canonical = to_text(to_notebook(chosen))
        return canonical, dumps(to_notebook(canonical))


def sync(root: Path, check: bool = False) -> tuple[list[Path], list[str]]:
    """Bring each pair of the course in `root` together; with `check`, write nothing.

    Returns the files that differ from what they should hold (and were written unless `check`),
    and the sentences of the pairs that could not be brought together, which are left alone.
    """
    stale, problems = [], []
    for pair in pairs(root):
        try:
            for path, content in zip(pair, settle(pair), strict=True):
                if _read(path) != content:
                    stale.append(path)
                    if not check:
                        path.parent.mkdir(parents=True, exist_ok=True)
                        write_atomically(path, content)
        except TextsError as error:
            problems.append(str(error))
        except OSError as error:
            problems.append(f"{error.filename}: {error.strerror}.")
    return stale, problems


def _cell_id(cell: nbformat.NotebookNode, taken: set[str]) -> str:
    """A cell's id: its grade_id, else a hash of its content, numbered where it is taken."""
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
    name = grade_id or "cell-" + _sha256(cell.cell_type + cell.source)[:12]
    name = str(name)[:56]  # nbformat allows 64
    numbered = chain([name], (f"{name}-{n}" for n in count(2)))
    cell_id = next(candidate for candidate in numbered if candidate not in taken)
    taken.add(cell_id)
    return cell_id


def _written(cell: nbformat.NotebookNode) -> tuple:
    """What a person wrote in a cell."""
    return cell.cell_type, cell.source, {key: cell.metadata.get(key) for key in KEPT}


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: Path) -> str | None:
    """A file's content with newlines as \\n, or None where there is no file."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise TextsError(f"{path} is not UTF-8 text.") from None


def _parse(content: str) -> nbformat.NotebookNode:
    try:
        return nbformat.reads(content, as_version=4)
    except Exception:  # nbformat raises whatever the broken file makes it stumble over
        raise TextsError("it is not a notebook") from None


@contextmanager
def _blaming(path: Path) -> Iterator[None]:
    """Puts the file's name into a TextsError."""
    try:
        yield
    except TextsError as error:
        raise TextsError(f"{path} cannot be converted: {error}.") from None


def main(
    check: Annotated[bool, typer.Option("--check", help="Only say what differs.")] = False,
) -> None:
    """Bring the course's notebooks and their texts together."""
    root = Path()
    if not pairs(root):
        typer.echo(f"There are no notebooks or texts of a course in {root.absolute()}.", err=True)
        raise typer.Exit(1)
    stale, problems = sync(root, check)
    for path in stale:
        typer.echo(f"{path} is behind its other side: run make sync." if check else f"wrote {path}")
    for sentence in problems:
        typer.echo(sentence, err=True)
    raise typer.Exit(bool(problems or (check and stale)))


if __name__ == "__main__":
    typer.run(main)
