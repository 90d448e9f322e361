"""A class in which every hostile submission stands between two honest ones, graded as an instructor would."""

import os
import re
import secrets
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from unittest import mock

import matplotlib
import nbformat
from nbgrader.api import Gradebook

from autograder.grading.book import Book
from autograder.grading.course import Course, grade_id
from autograder.grading.grade import Outcome, grade_class
from autograder.grading.processes import WORKERS
from autograder.grading.record import expectations
from autograder.grading.sample import SampleClass
from tests.security.hostile.kinds import STOLEN, TOOLS, Hostile
from tests.security.world import World, adopting, children, hidden_values

NAME = "03_regularization"
BY_CHECKS = 52
GRACE_SECONDS = 10
ABSENT = "zoe"  # graded by hand before; her rows are nobody's business
LIMITS = """
c.RunAndJudge.cell_seconds = 5
c.RunAndJudge.case_seconds = 5
c.RunAndJudge.notebook_seconds = 30
c.RunAndJudge.memory_gigabytes = 0.75
"""


def _outliving(before):
    """Processes that are there some seconds later still; what is killed needs a moment to give back its memory."""
    end = time.monotonic() + GRACE_SECONDS
    while (left := children() - before) and time.monotonic() < end:
        time.sleep(0.1)
    return left


def _command(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return "gone"


def is_in(word: str, text: str) -> bool:
    """Whether a text holds a word, a number not as a part of another number."""
    return word in text and bool(re.search(rf"(?<![\d.]){re.escape(word)}(?!\d)", text))


class _Finder(HTMLParser):
    """Finds elements, scripts and styles that attacks have put on a page."""

    def __init__(self):
        super().__init__()
        self.found, self.inside = [], ""

    def handle_starttag(self, tag, attributes):
        self.inside = tag if tag in ("script", "style") else ""
        self.found += [tag for _, value in attributes if tag != "img" and STOLEN in (value or "")]

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        self.found += [self.inside] if self.inside and STOLEN in data else []


@dataclass
class Classroom:
    """A course with its canaries; `grade` adds a class to it."""

    course: Course
    world: World
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)  # of honest students, in their answers
    damage: list[str] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)  # numbers of hidden cases
    on_every_page: set[str] = field(default_factory=set)  # of these, in a style sheet for example

    def prepare(self) -> None:
        """Release the assignment and grade the student who is not there any more."""
        with open(self.course.root / "nbgrader_config.py", "a") as file:
            file.write(LIMITS)
        Book(self.course).generate(NAME)
        expectations(self.course.assignment(NAME))
        matplotlib.get_cachedir()  # of the real home
        self.samples = SampleClass(self.course.assignment(NAME))
        self._hand_in_honest(ABSENT)
        grade_class(self.course.assignment(NAME), [ABSENT], progress=False)
        self.hidden = hidden_values(self.course, NAME)
        self.on_every_page = {word for word in self.hidden if is_in(word, self.page(ABSENT))}
        with self._gradebook() as gradebook:
            grade = gradebook.find_grade("written-gap", NAME, NAME, ABSENT)
            grade.manual_score = 7
            gradebook.db.commit()

    def grade(self, hostiles: list[Hostile], **options) -> None:
        """Hand in and grade honest, hostile, honest, hostile, …, honest; then see what was touched."""
        start = len(self.words)
        students = [f"s{start:03}-honest"]
        for number, hostile in enumerate(hostiles, start + 1):
            students += [f"s{number - 1:03}-{hostile.name}", f"s{number:03}-honest"]
        for student in students[::2]:
            self._hand_in_honest(student)
        for student, hostile in zip(students[1::2], hostiles, strict=True):
            self._hand_in(student, hostile)
        assignment = self.course.assignment(NAME)
        files, rows = self.world.files(), self.rows(ABSENT)
        with mock.patch.dict(os.environ, HOME=str(self.world.home)), adopting():
            before = children()
            graded = grade_class(assignment, sorted(students), progress=False, jobs=2, **options)
            for worker in WORKERS.values():
                worker.close()
            left = [f"process {pid}: {_command(pid)}" for pid in _outliving(before)]
        after = self.world.files()
        changed = [
            path for path in files.keys() | after.keys() if files.get(path) != after.get(path)
        ]
        self.damage += left + changed + self.world.left_behind()
        if rows != self.rows(ABSENT):
            self.damage.append(f"the rows of {ABSENT}")
        if self.world.was_called():
            self.damage.append("a listening socket")
        if not self.world.is_well():
            self.damage.append("the canary process")
        self.outcomes |= {outcome.student: outcome for outcome in graded}

    def _hand_in_honest(self, student):
        notebook = self.samples.notebook({})
        self.words[student] = f"{student}-{secrets.token_hex(8)}"
        written = [cell for cell in notebook.cells if grade_id(cell) == "written-gap"]
        written[0].source += f" {self.words[student]}"
        notebook.cells.append(nbformat.v4.new_code_cell(f"print('{self.words[student]}')"))
        nbformat.write(notebook, self._folder(student) / f"{NAME}.ipynb")

    def _hand_in(self, student, hostile):
        notebook = self.samples.notebook(hostile.answers, "right" if hostile.solved else "stub")
        if hostile.first:
            at = next(i for i, cell in enumerate(notebook.cells) if grade_id(cell) == "setup")
            notebook.cells.insert(at + 1, nbformat.v4.new_code_cell(TOOLS + hostile.first))
        if hostile.last:
            notebook.cells.append(nbformat.v4.new_code_cell(hostile.last))
        content = (hostile.edit and hostile.edit(notebook)) or notebook
        if not isinstance(content, str | bytes):
            content = nbformat.v4.writes(content)
        folder = self._folder(student)
        for name, text in {**hostile.files, f"{NAME}.ipynb": content}.items():
            data = self._filled(text).encode() if isinstance(text, str) else text
            (folder / name).write_bytes(data)
        if hostile.place:
            hostile.place(folder, self.places())

    def _folder(self, student):
        folder = self.course.nbgrader_root / "submitted" / student / NAME
        folder.mkdir(parents=True)
        return folder

    def places(self) -> dict[str, str]:
        neighbour = self.course.nbgrader_root / "submitted" / ABSENT / NAME
        return self.world.places() | {"@NEIGHBOUR@": str(neighbour / f"{NAME}.ipynb")}

    def _filled(self, text):
        for mark, place in self.places().items():
            text = text.replace(mark, place)
        return text

    def student(self, hostile: Hostile) -> str:
        """The name under which it was handed in."""
        return next(s for s in self.outcomes if s.partition("-")[2] == hostile.name)

    def neighbours(self, student: str) -> list[str]:
        """The two honest classmates beside a submission."""
        number = int(student[1:4])
        return [f"s{number:03}-honest", f"s{number + 1:03}-honest"]

    def page(self, student: str) -> str:
        """The feedback that a student gets; "" where there is none."""
        path = self.course.nbgrader_root / "feedback" / student / NAME / f"{NAME}.html"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def alive(self, student: str) -> list[str]:
        """What of an attack's markup is markup on the page, and not text."""
        finder = _Finder()
        finder.feed(self.page(student))
        return finder.found

    def graded(self, student: str) -> nbformat.NotebookNode | None:
        path = self.course.nbgrader_root / "autograded" / student / NAME / f"{NAME}.ipynb"
        return nbformat.read(path, as_version=4) if path.exists() else None

    def outputs(self, student: str) -> str:
        """All texts of a graded notebook's outputs, verdicts too, and of the grader's notes."""
        notebook, texts = self.graded(student), []
        for cell in notebook.cells if notebook else ():
            texts += cell.metadata.get("autograder", {}).get("notes", [])
            for output in cell.get("outputs", []):
                texts += [output.get("text", ""), *output.get("data", {}).values()]
                texts += [output.get("ename", ""), output.get("evalue", "")]
        return "\n".join(texts)

    def secrets_in(self, student: str) -> list[str]:
        """What of the course's secrets, of hidden cases or of other students' words a student gets to read."""
        words = {*self.world.secret_words(), *(self.hidden - self.on_every_page)}
        words |= {word for other, word in self.words.items() if other != student}
        notebook = self.graded(student)
        text = self.page(student) + (nbformat.writes(notebook) if notebook else "")
        return [word for word in words if is_in(word, text)]

    def _gradebook(self):
        return Gradebook(f"sqlite:///{self.course.nbgrader_root / 'gradebook.db'}")

    def rows(self, student: str) -> list[tuple]:
        """What the gradebook holds of a student."""
        with self._gradebook() as gradebook:
            submission = gradebook.find_submission(NAME, student)
            grades = submission.notebooks[0].grades
            rows = [(g.name, g.auto_score, g.manual_score, g.score, g.max_score) for g in grades]
            return sorted(rows)
