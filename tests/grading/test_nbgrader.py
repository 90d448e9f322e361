"""nbgrader's own commands on a course of its own: the same scores by every way, and feedback that tells the reason."""

import contextlib
import copy
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.grading.answers import read_answers
from autograder.grading.book import Book
from autograder.grading.course import answer_id, grade_id
from autograder.grading.record import expectations
from autograder.grading.run import JUDGE, KEY
from tests.conftest import ROOT

NAME = "03_regularization"
BY_CHECKS, BY_HAND = 52, 8
KEEPING = """
seen = []
def inverted_dropout(x, keep_prob, training):
    seen.append(keep_prob)
    if not training:
        return x, None
    mask = (torch.rand_like(x) < keep_prob) / keep_prob
    return x * mask, mask
"""
WRITTEN = "<script>alert('written')</script>"
SHOWN = "<script>alert(2)</script>"


def nbgrader(course, *arguments):
    """Run nbgrader's command line as an instructor does, in the course's folder."""
    command = str(Path(sys.executable).with_name("nbgrader"))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [command, *arguments],
        cwd=course.root,
        env=os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stderr


def handed_in(released, sources, own=()):
    """The released notebook with these answers by grade_id, and own cells at its end."""
    notebook = copy.deepcopy(released)
    for cell in notebook.cells:
        cell.source = sources.get(grade_id(cell), cell.source)
    notebook.cells += [nbformat.v4.new_code_cell(source) for source in own]
    return nbformat.writes(notebook)


pytestmark = pytest.mark.timeout(900)  # a class is graded in a fixture


@pytest.fixture(scope="module")
def course(course_copy):
    """A course with its assignment generated and a small class's submissions graded, all by nbgrader's commands."""
    nbgrader(course_copy, "generate_assignment", NAME, "--force")
    released = nbformat.read(
        course_copy.nbgrader_root / "release" / NAME / f"{NAME}.ipynb", as_version=4
    )
    source = course_copy.assignment(NAME).notebook
    solved = {
        grade_id(cell): cell.source
        for cell in source.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    known = {(a.exercise, a.name): a.source for a in read_answers(course_copy.answers)}
    inverted = answer_id("dropout.inverted")
    unscaled = solved | {inverted: known["dropout.inverted", "no_scale"]}
    show = f"display({{'image/png': '''\"'>{SHOWN}'''}}, raw=True)"
    hostile = solved | {inverted: KEEPING, "written-gap": WRITTEN}
    submissions = {
        "solved": (NAME, handed_in(released, solved)),
        "stub": (NAME, handed_in(released, {})),
        "unscaled": (NAME, handed_in(released, unscaled)),
        "renamed": ("Homework 3 final (2)", handed_in(released, solved)),
        "corrupt": (NAME, handed_in(released, solved)[:-200]),
        "hostile": (NAME, handed_in(released, hostile, ["print(seen)", show])),
    }
    for student, (name, content) in submissions.items():
        folder = course_copy.nbgrader_root / "submitted" / student / NAME
        folder.mkdir(parents=True)
        (folder / f"{name}.ipynb").write_text(content)
    nbgrader(course_copy, "autograde", NAME)
    nbgrader(course_copy, "generate_feedback", NAME)
    return course_copy


SCORES = {
    "solved": BY_CHECKS,
    "stub": 0,
    "unscaled": BY_CHECKS - 3,
    "renamed": BY_CHECKS,
    "corrupt": 0,
    "hostile": BY_CHECKS,
}


def grades(course, student) -> dict[str, tuple[float, float, bool]]:
    """Points, maximum and whether it waits for a person, by cell."""
    with Gradebook(f"sqlite:///{course.nbgrader_root / 'gradebook.db'}") as gradebook:
        notebook = gradebook.find_submission(NAME, student).notebooks[0]
        return {g.name: (g.score, g.max_score, g.needs_manual_grade) for g in notebook.grades}


def total(course, student) -> float:
    return sum(score for score, _, _ in grades(course, student).values())


def graded_notebook(course, student):
    path = course.nbgrader_root / "autograded" / student / NAME / f"{NAME}.ipynb"
    return nbformat.read(path, as_version=4)


def feedback(course, student) -> str:
    path = course.nbgrader_root / "feedback" / student / NAME / f"{NAME}.html"
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("student", SCORES)
def test_every_submission_gets_the_score_it_deserves(course, student):
    assert total(course, student) == SCORES[student]
    cells = grades(course, student)
    assert sum(maximum for _, maximum, _ in cells.values()) == BY_CHECKS + BY_HAND


def test_a_wrong_answer_costs_its_own_part_only(course):
    expected = grades(course, "solved") | {"check-dropout-inverted": (7, 10, False)}
    assert grades(course, "unscaled") == expected


def test_the_written_answer_waits_for_a_person(course):
    for student in ("solved", "renamed", "hostile"):
        assert grades(course, student)["written-gap"] == (0, BY_HAND, True)


@pytest.mark.parametrize("student", SCORES)
def test_the_graded_notebook_holds_one_verdict_for_each_check(course, student):
    cells = graded_notebook(course, student).cells
    checks = [cell for cell in cells if grade_id(cell).startswith("check-")]
    assert len(checks) == 6
    for cell in checks:
        assert [output.output_type for output in cell.outputs] == ["execute_result"]
        assert cell.metadata[KEY]["judged_by"] == JUDGE


def test_a_renamed_and_a_corrupt_notebook_are_told_so(course):
    assert "handed in as Homework 3 final (2).ipynb" in feedback(course, "renamed")
    assert "damaged and cannot be read as a notebook" in feedback(course, "corrupt")
    assert (
        course.nbgrader_root / "submitted/renamed" / NAME / "Homework 3 final (2).ipynb"
    ).exists()


def test_what_formgraders_button_calls_gives_the_same(course):
    before = {student: grades(course, student) for student in ("unscaled", "renamed", "corrupt")}
    api = Book(course).api
    for student, expected in before.items():
        with contextlib.chdir(course.root):
            assert api.autograde(NAME, student, force=True, create=True)["success"]
        assert grades(course, student) == expected


def test_feedback_tells_the_diagnosis_and_the_public_case(course):
    html = feedback(course, "unscaled")
    assert "The output is not divided by the keep probability" in html
    assert "measured 1, expected" in html and "Lecture 3, section 6" in html
    assert "not attempted" in feedback(course, "stub")


def hidden_values(course) -> set[str]:
    """Seeds and probabilities that only hidden cases have."""
    values = {True: set(), False: set()}
    for records in expectations(course.assignment(NAME)).values():
        for record in records:
            case = record.case
            values[record.public] |= {
                str(case[key])
                for key in ("seed", "keep_prob", "drop_prob", "min_lr")
                if key in case
            }
    return {value for value in values[False] - values[True] if len(value) >= 5}  # 0.5 is anywhere


@pytest.mark.parametrize("student", ["solved", "stub", "unscaled", "corrupt"])
def test_no_hidden_value_reaches_a_student(course, student):
    values = hidden_values(course)
    assert len(values) > 40
    notebook = nbformat.writes(graded_notebook(course, student))
    for text in (feedback(course, student), notebook):
        assert [value for value in values if value in text] == []


def test_an_answer_that_keeps_what_it_is_called_with_cannot_show_hidden_cases(course):
    printed = [
        output.text
        for cell in graded_notebook(course, "hostile").cells
        if cell.source == "print(seen)"
        for output in cell.outputs
    ]
    assert len(printed) == 1
    assert [value for value in hidden_values(course) if value in printed[0]] == []


def test_feedback_holds_no_script_from_a_written_answer(course):
    assert WRITTEN not in feedback(course, "hostile")


def test_feedback_holds_no_script_from_what_a_cell_shows(course):
    assert SHOWN not in feedback(course, "hostile")


def test_a_second_run_grades_nothing_again_and_changes_nothing(course):
    before = {student: grades(course, student) for student in SCORES}
    log = nbgrader(course, "autograde", NAME)
    assert "SaveAutoGrades" not in log
    assert {student: grades(course, student) for student in SCORES} == before
