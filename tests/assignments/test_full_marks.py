"""Every assignment's own solution gets all of its points, checked as by a student and graded as with a class."""

import shutil

import pytest

from autograder.grading.course import CHECKS, Course
from autograder.grading.grade import grade_class
from autograder.grading.release import release
from autograder.notebook import check_notebook
from tests.conftest import ROOT

STUDENT = "ada"


@pytest.mark.full
@pytest.mark.timeout(1200)  # what is expected is recorded first
@pytest.mark.parametrize("name", Course(ROOT).assignments())
def test_a_solution_gets_full_marks_when_checked_and_when_graded(whole_course, tmp_path, name):
    assignment = whole_course.assignment(name)
    release([assignment], tmp_path / "student")
    handed_in = whole_course.nbgrader_root / "submitted" / STUDENT / name
    handed_in.mkdir(parents=True)
    for path in (assignment.path, assignment.folder / CHECKS):
        shutil.copy(path, handed_in)
    points = {exercise: check.exercise.points for exercise, check in assignment.checks.items()}

    checked = check_notebook(handed_in / assignment.path.name)
    assert {v.exercise: v.points for v in checked.verdicts} == points and not checked.problem

    [outcome] = grade_class(assignment, progress=False)
    assert {v.exercise: v.points for v in outcome.verdicts} == points and not outcome.problem
    assert outcome.score == sum(points.values()) and not outcome.flags
