"""Late work: the dates of course.toml and the penalty by its rule, the same on every path to a grade and a page."""

import contextlib
import shutil
from datetime import datetime, timedelta

import pytest

from autograder.grading.book import Book
from autograder.grading.course import CourseError
from autograder.grading.grade import grade_class
from autograder.grading.late import settle
from autograder.grading.reports import gradescope_results, remark, write_reports
from tests.grading.small import NAME, gradebook, hand_in, small_course, solution
from tests.grading.test_nbgrader import nbgrader

DUE = datetime(2026, 9, 21, 22)  # UTC; in course.toml with the offset of a summer in Berlin
DAY = timedelta(days=1)
HANDED_IN = {"early": -DAY, "grace": timedelta(minutes=15), "late": DAY, "later": 1.5 * DAY}
HANDED_IN |= {"over": 3 * DAY, "undated": None}
POINTS = 18  # of the exercise and of the written question
PENALTIES = {"late": 1.8, "later": 3.6, "over": 10}  # 10 % of 18 points a day; after two days all


def plan(course, due="2026-09-22T00:00:00+02:00", percent=10):
    date = f"due = {due}" if due else ""
    text = f"[late]\ngrace_minutes = 15\npercent_per_day = {percent}\ndays = 2\n"
    (course.root / "course.toml").write_text(f"{text}[assignments.{NAME}]\n{date}\n")


@pytest.fixture(scope="module")
def released(assignment, tmp_path_factory):
    """The assignment with its due date in the gradebook, and a copy of that gradebook."""
    root = tmp_path_factory.mktemp("late")
    mini = small_course(root, assignment)
    plan(mini.course)
    Book(mini.course).generate(NAME)
    shutil.copy(root / "assignments" / "gradebook.db", root / "released.db")
    return mini


@pytest.fixture
def mini(released):
    """Six students, all with the right answer and nothing written, at different times; nothing graded yet."""
    root = released.course.nbgrader_root
    for name in ("submitted", "autograded", "feedback"):
        shutil.rmtree(root / name, ignore_errors=True)
    shutil.copy(released.course.root / "released.db", root / "gradebook.db")
    plan(released.course)
    for student, after in HANDED_IN.items():
        folder = hand_in(released, student, solution(released)).parent
        if after is not None:
            (folder / "timestamp.txt").write_text(f"{DUE + after} UTC")
    return released


def penalties(mini) -> dict[str, float]:
    return {student: penalty for student, penalty in gradebook(mini)["submission"] if penalty}


def graded(mini):
    return {outcome.student: outcome for outcome in grade_class(mini, progress=False)}


def page(mini, student) -> str:
    path = mini.course.nbgrader_root / "feedback" / student / NAME / f"{NAME}.html"
    return path.read_text(encoding="utf-8")


def by_hand(mini, student, points):
    with Book(mini.course).api.gradebook as book:
        grade = book.find_grade("written-gap", NAME, NAME, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        book.db.commit()


def test_release_writes_the_due_date_and_grading_a_changed_one(mini):
    def due():
        with Book(mini.course).api.gradebook as book:
            return book.find_assignment(NAME).duedate

    assert due() == DUE
    plan(mini.course, due="2026-09-23T00:00:00Z")
    graded(mini)
    assert due() == datetime(2026, 9, 23)
    plan(mini.course, due="")
    graded(mini)
    assert due() is None


@pytest.mark.full
def test_every_path_takes_off_the_same(mini):
    assert {s: o.penalty for s, o in graded(mini).items() if o.penalty} == PENALTIES
    ours = gradebook(mini)
    assert penalties(mini) == PENALTIES
    nbgrader(mini.course, "autograde", NAME, "--force")
    assert gradebook(mini) == ours
    api = Book(mini.course).api
    with contextlib.chdir(mini.course.root):  # what formgrader's button calls
        assert api.autograde(NAME, "later", force=True, create=True)["success"]
    assert gradebook(mini) == ours


def test_feedback_and_reports_tell_it(mini, tmp_path):
    outcomes = graded(mini)
    assert "Late submission penalty (Score: -1.8)" in page(mini, "late")
    assert "(Score: 8.2 / 18.0)" in page(mini, "late")
    assert "Late submission penalty" not in page(mini, "grace")
    assert remark(outcomes["late"]) == "1.8 points off for lateness"
    write_reports(list(outcomes.values()), NAME, tmp_path)
    assert (
        "| late | 10 | 8.2 | 18 |  | 1.8 points off for lateness |"
        in (tmp_path / "summary.md").read_text()
    )
    told = gradescope_results(outcomes["later"])
    assert '"score": 6.4' in told and "3.6 points off for lateness." in told


def test_a_moved_date_counts_at_the_next_run_without_judging_again(mini):
    graded(mini)
    root = mini.course.nbgrader_root
    before = {path: path.stat().st_mtime_ns for path in root.glob("autograded/*/*/*.ipynb")}
    plan(mini.course, due="2026-09-23T00:00:00+02:00")
    outcomes = graded(mini)
    assert penalties(mini) == {"later": 1.8, "over": 3.6}
    assert {s: o.penalty for s, o in outcomes.items() if o.penalty} == {"later": 1.8, "over": 3.6}
    assert before == {path: path.stat().st_mtime_ns for path in before}
    assert "Late submission penalty" not in page(mini, "late")
    assert "(Score: -3.6)" in page(mini, "over")


@pytest.mark.parametrize(
    "path", [pytest.param("generate_feedback", marks=pytest.mark.full), "settle"]
)
def test_points_given_by_hand_are_settled(mini, path):
    """After two days nothing counts, and 10 % of 18 points a day are more than a score may have."""
    plan(mini.course, percent=60)
    graded(mini)
    assert penalties(mini) == {"late": 10, "later": 10, "over": 10}
    for student in ("early", "late", "over"):
        by_hand(mini, student, 6)
    if path == "settle":
        assert sorted(settle(mini)) == ["late", "over"]
    else:
        nbgrader(mini.course, "generate_feedback", NAME, "--force")
    assert penalties(mini) == {"late": 10.8, "later": 10, "over": 16}
    assert "(Score: -10.8)" in page(mini, "late") and "(Score: 0.0 / 18.0)" in page(mini, "over")


def test_an_extension_moves_the_date_of_one(mini):
    graded(mini)
    with Book(mini.course).api.gradebook as book:
        book.grant_extension(NAME, "late", days=1)
    assert settle(mini) == ["late"] and "late" not in penalties(mini)
    plan(mini.course, due="")
    settle(mini)
    assert penalties(mini) == {}


def test_without_a_date_or_a_file_nobody_is_late(mini):
    plan(mini.course, due="")
    graded(mini)
    assert penalties(mini) == {}
    (mini.course.root / "course.toml").unlink()
    with Book(mini.course).api.gradebook as book:
        book.update_or_create_assignment(NAME, duedate=DUE)
    assert {outcome.penalty for outcome in graded(mini).values()} == {0}


def test_a_broken_file_ends_in_a_sentence_before_anything_is_graded(mini):
    (mini.course.root / "course.toml").write_text("[late]\npercent = 10")
    with pytest.raises(CourseError, match="has 'percent', which means nothing there"):
        graded(mini)
    assert not (mini.course.nbgrader_root / "autograded").exists()
