"""course.toml: what it may say, and the sentence for everything else."""

from datetime import UTC, datetime

import pytest

from autograder.grading.course import Course, CourseError
from autograder.grading.plan import LateRule, Plan, Planned, read_plan
from tests.conftest import ROOT

NAME = "03_regularization"


@pytest.fixture
def course(tmp_path):
    """A course with one assignment, as far as a plan looks at it."""
    (tmp_path / "assignments" / "source" / NAME).mkdir(parents=True)
    (tmp_path / "assignments" / "source" / NAME / f"{NAME}.ipynb").touch()
    return Course(tmp_path)


def plan_of(course, text):
    (course.root / "course.toml").write_text(text)
    return read_plan(course)


def test_the_courses_own_plan_can_be_read_and_names_every_assignment():
    course = Course(ROOT)
    assert list(read_plan(course).assignments) == course.assignments()


def test_without_a_file_nothing_is_due(course):
    assert read_plan(course) == Plan()
    assert read_plan(course).of(NAME) == Planned()


def test_dates_are_taken_with_their_offset(course):
    plan = plan_of(
        course,
        f"[assignments.{NAME}]\nrelease = 2026-09-14T08:00:00+02:00\ndue = 2026-09-21T23:59:00Z\nweight = 2\n",
    )
    assert plan.of(NAME) == Planned(
        datetime(2026, 9, 14, 6, tzinfo=UTC), datetime(2026, 9, 21, 23, 59, tzinfo=UTC), 2
    )


def test_students_who_are_on_no_leaderboard(course):
    assert plan_of(course, "[leaderboard]\nhide = ['ada', 'ben']").unlisted == ("ada", "ben")
    assert plan_of(course, "[leaderboard]").unlisted == ()


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("name = ", r"course\.toml cannot be read: Invalid value"),
        ("name = ''", "name must be a text, and is "),
        ("drop_lowest = 1.5", "drop_lowest must be a whole number, and is 1.5"),
        ("drop_lowest = -1", "must be a whole number"),
        ("ci_fails_on = 'always'", "must be one of nothing, wrong, unfinished, and is always"),
        ("late = 10", "late must be a table, and is 10"),
        ("[late]\npercent_per_day = 'ten'", "late.percent_per_day must be a number, 0 or more"),
        ("[late]\npercent = 10", r"\[late\] of .* has 'percent', which means nothing there; known"),
        ("drop = 1", "has 'drop', which means nothing there; known: assignments, ci_fails_on"),
        ("[leaderboard]\nhide = 'ada'", "leaderboard.hide must be a list of texts, and is ada"),
        ("[leaderboard]\nhide = ['ada', 1]", "must be a list of texts"),
        ("[leaderboard]\nshow = ['ada']", r"\[leaderboard\] of .* has 'show'"),
        ("[assignments.03_regularisation]", "names '03_regularisation', and there is no such"),
        (f"[assignments.{NAME}]\ndue = 2026-09-21T23:59:00", f"assignments.{NAME}.due must be a"),
        (f"[assignments.{NAME}]\ndue = '21 September'", "must be a time with its offset from UTC"),
        (f"[assignments.{NAME}]\nweight = true", "weight must be a number"),
        (
            f"[assignments.{NAME}]\nrelease = 2026-09-21T00:00:00Z\ndue = 2026-09-14T00:00:00Z",
            "due must be a time after its release",
        ),
    ],
)
def test_a_mistake_ends_in_a_sentence(course, text, sentence):
    with pytest.raises(CourseError, match=sentence):
        plan_of(course, text)


@pytest.mark.parametrize(
    "seconds, score, penalty",
    [
        (-60, 80, 0),
        (0, 80, 0),
        (900, 80, 0),  # the grace time's last second
        (901, 80, 10),
        (86400, 80, 10),
        (86401, 80, 20),
        (3 * 86400, 80, 30),
        (3 * 86400 + 1, 80, 80),  # nothing is counted any more
        (86401, 15, 15),  # never more than there is
    ],
)
def test_the_late_rule(seconds, score, penalty):
    rule = LateRule(grace_minutes=15, percent_per_day=10, days=3)
    assert rule.penalty(seconds, score, 100) == penalty
    assert LateRule().penalty(seconds, score, 100) == 0
