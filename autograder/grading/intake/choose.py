"""Which notebook of a hand-in is the answer, and what to say of everything else in it."""

import io
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from autograder.grading.course import Assignment, grade_id
from autograder.grading.intake.files import CLOSED, File, Refused, Zip, in_zip
from autograder.grading.intake.formats import HandIn, Place
from autograder.grading.intake.names import is_notebook, is_zip, safe_filename, shown
from autograder.grading.submission import MAX_BYTES

MAX_NOTEBOOKS = 20  # of one student that are compared
MAX_TOTAL = 2 * MAX_BYTES  # of all of them
MAX_TOLD = 10
BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Notebook:
    """A notebook that was handed in, read. `marks` counts the assignment's cells that it names."""

    place: Place
    depth: int
    content: bytes
    marks: int

    @property
    def filename(self) -> str:
        return safe_filename(self.place.filename)

    def __str__(self):
        attempt = self.place.attempt
        return shown(self.place.filename) + (f" of {attempt:%Y-%m-%d %H:%M:%S}" if attempt else "")


class Nothing(Exception):
    """There is no notebook in a hand-in; the message says so in sentences."""


class _Reader:
    """Reads the notebooks of one hand-in and collects a sentence for each that it cannot."""

    def __init__(self, assignment: Assignment):
        names = [grade_id(cell) for cell in assignment.notebook.cells]
        self.marks = [f'"{name}"'.encode() for name in names if name]
        self.notebooks, self.refused, self.rest = [], [], []

    def read(self, items: list[tuple[Place, File]]) -> list[tuple[Place, File]]:
        """Read the notebooks among these files; returns the zips, for the case that there was none."""
        zips = []
        for place, file in items:
            if is_notebook(place.filename):
                content = self.content(place, file)
                if content is not None:
                    marks = sum(mark in content for mark in self.marks)
                    self.notebooks.append(Notebook(place, len(file.parts), content, marks))
            elif is_zip(place.filename):
                zips.append((place, file))
            elif file.problem not in ("", CLOSED):
                self.refused.append(_refused(place, file.problem))
            else:
                self.rest.append(place.filename)
        return zips

    def unpack(self, place: Place, file: File) -> None:
        """Read the notebooks of a student's own zip; a zip inside it stays closed."""
        content = self.content(place, file)
        try:
            inner = in_zip(Zip(io.BytesIO(content)), file.parts) if content is not None else []
        except Refused as reason:
            inner = []
            self.refused.append(_refused(place, reason))
        closed = self.read([(replace(place, filename=found.name), found) for found in inner])
        self.refused += [_refused(place, "lies in a zip inside a zip") for place, _ in closed]

    def content(self, place, file):
        try:
            if file.problem:
                raise Refused(file.problem)
            total = sum(len(notebook.content) for notebook in self.notebooks)
            if len(self.notebooks) >= MAX_NOTEBOOKS or total > MAX_TOTAL:
                raise Refused("comes after too many other notebooks")
            return file.read()
        except Refused as reason:
            self.refused.append(_refused(place, reason))
            return None


def choose(handin: HandIn, assignment: Assignment) -> tuple[Notebook, list[str]]:
    """The notebook to grade, and sentences on what else there was. Raises Nothing where there is none."""
    reader = _Reader(assignment)
    own = (".git", "timestamp.txt")  # read elsewhere
    zips = reader.read([(place, file) for place, file in handin.files if file.name not in own])
    if reader.notebooks:
        reader.rest += [place.filename for place, _ in zips]
    else:
        for place, file in zips[:MAX_NOTEBOOKS]:
            reader.unpack(place, file)
        reader.rest += [place.filename for place, _ in zips[MAX_NOTEBOOKS:]]
    told = _short(reader.refused) + _not_taken(reader.rest, handin.source)
    if not reader.notebooks:
        raise Nothing(" ".join(["There is no notebook (.ipynb) that could be taken.", *told]))
    chosen = _best(reader.notebooks, f"{assignment.name}.ipynb")
    others = [str(notebook) for notebook in reader.notebooks if notebook is not chosen]
    if others:
        many = f"Of {len(others) + 1} notebooks {chosen} was taken, and not {_list(others)}."
        told.insert(0, many)
    return chosen, told


def _best(notebooks, expected):
    """The latest attempt, then the expected name, then the newest, the most complete and the outermost.

    A notebook with less than half as much of the assignment in it as another is none of it.
    """
    most = max(notebook.marks for notebook in notebooks)

    def rank(notebook):
        place = notebook.place
        is_named = notebook.filename == expected
        return place.attempt or BEFORE_ALL, is_named, place.order, notebook.marks, -notebook.depth

    return max((notebook for notebook in notebooks if 2 * notebook.marks >= most), key=rank)


def _refused(place, reason):
    return f"{shown(place.filename)} was not taken: it {reason}."


def _not_taken(names, source):
    """One sentence on the files that are no notebooks; a repository has too many to name."""
    if source == "repositories":
        return [f"Not taken: {len(names)} other files of the repository."] if names else []
    return [f"Not taken: {_list([shown(name) for name in names])}."] if names else []


def _short(sentences):
    more = len(sentences) - MAX_TOLD
    return sentences[:MAX_TOLD] + ([f"{more} more files were not taken."] if more > 0 else [])


def _list(names):
    more = len(names) - MAX_TOLD
    return ", ".join(names[:MAX_TOLD]) + (f" and {more} more" if more > 0 else "")
