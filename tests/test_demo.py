"""`make demo` whole: every sample submission gets the grade it deserves, each mistake its own diagnosis."""

import csv
import re
import subprocess
import sys
from xml.etree import ElementTree

import nbformat
import pytest

from autograder.demo import ASSIGNMENT, MARK, prepare
from autograder.grading.book import Book
from autograder.grading.course import Course, CourseError
from autograder.grading.grade import outcome
from autograder.grading.sample import SampleClass
from autograder.verdict import NOT_ATTEMPTED, PARTLY, RIGHT, WRONG

pytestmark = pytest.mark.timeout(900)  # the whole demo runs in a fixture

DESERVED = {  # automatic points of 52
    "ada": 52,
    "bilal": 52,
    "chen": 43,
    "dora": 47,
    "emil": 50,
    "fatou": 49,
    "gita": 47,
    "hugo": 49,
    "ines": 51,
    "jun": 51,
    "kofi": 51,
    "lena": 0,
    "milan": 25,
    "nora": 25,
    "otto": 37,
    "pia": 0,
    "quentin": 52,
}


@pytest.fixture(scope="module")
def demo(course_copy):
    """The demo, run as a user runs it, in a copy of the tests' own course."""
    return run_demo(course_copy)


def run_demo(where):
    done = subprocess.run(
        [sys.executable, "-m", "autograder.demo"], cwd=where.root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    course = Course(where.root / "demo")
    book, assignment = Book(course), course.assignment(ASSIGNMENT)
    samples = {sample.student: sample for sample in SampleClass(assignment).build()}
    outcomes = {name: graded(book, assignment, name) for name in samples}
    return done, course, samples, outcomes


def graded(book, assignment, student):
    path = book.course.nbgrader_root / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    return outcome(student, book.booked(assignment.name, student), notebook)


def test_everybody_gets_the_points_deserved(demo):
    _, _, _, outcomes = demo
    assert {name: outcome.score for name, outcome in outcomes.items()} == DESERVED
    assert {outcome.max_score for outcome in outcomes.values()} == {60}


def test_every_answer_gets_its_own_diagnosis(demo):
    _, _, samples, outcomes = demo
    assert_deserved(samples, outcomes)


@pytest.mark.full
def test_so_it_does_in_the_course_itself(whole_course):
    """Whose assignment may change, and the points with it."""
    _, _, samples, outcomes = run_demo(whole_course)
    assert_deserved(samples, outcomes)
    for name in ("ada", "bilal", "quentin"):
        assert outcomes[name].score > 50, name


def assert_deserved(samples, outcomes):
    for name, sample in samples.items():
        for verdict in outcomes[name].verdicts:
            expected = sample.expected.get(verdict.exercise, RIGHT)
            if expected in (RIGHT, NOT_ATTEMPTED):
                assert verdict.status == expected, (name, verdict.exercise)
            elif expected == WRONG:
                assert (verdict.status, verdict.points) == (WRONG, 0), (name, verdict.exercise)
            else:
                assert verdict.status in (PARTLY, WRONG), (name, verdict.exercise)
                assert verdict.mistakes == [expected], (name, verdict.exercise)


def test_what_was_broken_is_explained(demo):
    _, _, _, outcomes = demo
    assert "is damaged and cannot be read" in outcomes["pia"].notes[0]
    assert "handed in as Quentin homework (final).ipynb" in outcomes["quentin"].notes[0]
    looped = next(v for v in outcomes["otto"].verdicts if v.exercise == "dropout.inverted")
    assert "took longer than" in looped.parts[0].detail
    broken = next(v for v in outcomes["nora"].verdicts if v.exercise == "dropout.module")
    assert "SyntaxError" in broken.remarks[0]


def test_written_answers_wait_for_a_person(demo):
    _, _, _, outcomes = demo
    waiting = {name for name, outcome in outcomes.items() if outcome.by_hand}
    assert waiting == set(DESERVED) - {"lena", "milan", "pia"}


def test_it_says_what_it_did_and_where_everything_is(demo):
    done, course, samples, _ = demo
    assert "17/17" in done.stderr
    for name in samples:
        assert re.search(rf"│ {name} +│", done.stdout), name
    for folder in (
        "student",
        "assignments/feedback",
        "assignments/reports",
        "assignments/gradebook.db",
    ):
        assert str(course.root / folder) in done.stdout
        assert (course.root / folder).exists()


def test_everybody_gets_feedback(demo):
    _, course, samples, _ = demo
    for name in samples:
        page = course.nbgrader_root / "feedback" / name / ASSIGNMENT / f"{ASSIGNMENT}.html"
        assert page.stat().st_size > 10_000, name
    page = course.nbgrader_root / "feedback" / "dora" / ASSIGNMENT / f"{ASSIGNMENT}.html"
    assert "this is vanilla dropout" in page.read_text()


def test_reports_agree_with_the_gradebook(demo):
    _, course, _, outcomes = demo
    folder = course.nbgrader_root / "reports" / ASSIGNMENT
    with open(folder / "grades.csv", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert {name: float(row["total"]) for name, row in rows.items()} == DESERVED
    suite = ElementTree.parse(folder / "results.xml").getroot()
    assert int(suite.get("tests")) == sum(len(outcome.verdicts) for outcome in outcomes.values())
    failed = {(c.get("classname"), c.get("name")) for c in suite if c.find("failure") is not None}
    assert ("dora", "dropout.inverted") in failed and ("ada", "dropout.inverted") not in failed
    summary = (folder / "summary.md").read_text()
    assert all(f"| {name} |" in summary for name in DESERVED)


def test_it_never_replaces_a_folder_of_somebody_else(course_copy, tmp_path):
    mine = tmp_path / "demo"
    mine.mkdir()
    (mine / "thesis.tex").write_text("mine")
    with pytest.raises(CourseError, match="was not made by the demo"):
        prepare(course_copy, mine)
    assert (mine / "thesis.tex").read_text() == "mine"
    assert not (mine / MARK).exists()
