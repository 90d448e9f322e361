"""Careless but honest submissions, each between honest classmates: what the work deserves is what it gets."""

import json
import re

import nbformat
import pytest

from autograder.grading.book import Book
from autograder.grading.course import grade_id
from autograder.grading.grade import Outcome, grade_class
from autograder.grading.sample import WRITTEN, SampleClass
from autograder.grading.sandbox import missing
from tests.security.careless import BY_CHECKS, EVERY, Careless

NAME = "03_regularization"
LIMITS = "c.RunAndJudge.cell_seconds = 8\nc.RunAndJudge.case_seconds = 5\n"
QUICK = [case for case in EVERY if case.quick]
REST = [case for case in EVERY if not case.quick]

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=" ".join(missing()) or "none"),
    pytest.mark.timeout(1200),  # a class is graded in a fixture
]


class Careful:
    """A course that grades careless submissions among honest ones."""

    def __init__(self, course):
        self.course, self.outcomes = course, {}
        with open(course.root / "nbgrader_config.py", "a") as file:
            file.write(f"\n{LIMITS}")
        Book(course).generate(NAME)
        self.samples = SampleClass(course.assignment(NAME))

    def grade(self, cases: list[Careless], honest_every: int) -> None:
        """Grade honest, careless, honest, ..., honest in one class."""
        students = []
        for number, case in enumerate(cases):
            if number % honest_every == 0:
                students.append(self._hand_in_honest(f"{len(self.outcomes)}-{number:03}-a-honest"))
            students.append(self._hand_in(f"{len(self.outcomes)}-{number:03}-b", case))
        students.append(self._hand_in_honest(f"{len(self.outcomes)}-999-honest"))
        graded = grade_class(self.course.assignment(NAME), students, progress=False, jobs=2)
        names = [student for student in students if "honest" not in student]
        for outcome in graded:
            case = cases[names.index(outcome.student)].name if outcome.student in names else ""
            self.outcomes[case or outcome.student] = outcome

    def _hand_in_honest(self, student):
        nbformat.write(self.samples.notebook({}), self._folder(student) / f"{NAME}.ipynb")
        return student

    def _hand_in(self, student, case):
        notebook = self.samples.notebook({})
        content = case.edit(notebook) or json.dumps(notebook)
        folder = self._folder(student)
        for name, data in {case.filename or f"{NAME}.ipynb": content, **case.files}.items():
            data = self.samples.released.read_text() if data == "RELEASED" else data
            (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
        return student

    def _folder(self, student):
        folder = self.course.nbgrader_root / "submitted" / student / NAME
        folder.mkdir(parents=True)
        return folder

    def honest(self) -> list[Outcome]:
        return [outcome for name, outcome in self.outcomes.items() if name.endswith("honest")]

    def written(self, case: Careless) -> str:
        """The written answer as an instructor gets it to read."""
        student = self.outcomes[case.name].student
        path = self.course.nbgrader_root / "autograded" / student / NAME / f"{NAME}.ipynb"
        cells = nbformat.read(path, as_version=4).cells
        return next(c.source for c in cells if grade_id(c) == "written-gap")


@pytest.fixture(scope="module")
def room(course_copy):
    return Careful(course_copy)


@pytest.fixture(scope="module")
def quick(room):
    room.grade(QUICK, honest_every=6)
    return room


@pytest.fixture(scope="module")
def rest(room):
    room.grade(REST, honest_every=1)
    return room


def _case(case):
    return pytest.param(case, id=case.name[:60], marks=() if case.quick else pytest.mark.full)


@pytest.mark.parametrize("case", [_case(case) for case in EVERY])
def test_it_gets_the_points_that_it_deserves_and_the_note_that_it_needs(request, case):
    room = request.getfixturevalue("quick" if case.quick else "rest")
    outcome = room.outcomes[case.name]
    assert outcome.problem == ""
    lost = [verdict.as_text() for verdict in outcome.verdicts if verdict.status != "right"]
    assert outcome.score == case.points, (lost, outcome.notes)
    assert outcome.by_hand and WRITTEN[:60] in room.written(case)
    notes = " ".join(outcome.notes)
    assert re.search(case.note, notes) if case.note else not notes


def test_honest_classmates_keep_their_marks(quick):
    _assert_untouched(quick)


@pytest.mark.full
def test_honest_classmates_keep_their_marks_among_all(rest):
    _assert_untouched(rest)


def _assert_untouched(room):
    assert len(room.honest()) > 1
    for outcome in room.honest():
        assert (outcome.score, outcome.problem, outcome.notes) == (BY_CHECKS, "", [])


def test_there_are_enough_of_them():
    assert len(QUICK) >= 20 and len({case.name for case in EVERY}) == len(EVERY)
