"""The course grade: weights, dropped assignments, what was not handed in; read from a real gradebook."""

import pytest

from autograder.grading.book import Book
from autograder.grading.plan import Plan, Planned
from autograder.grading.totals import Mark, course_grade, graded_assignments, read_grades
from tests.grading.gradebooks import course_with_grades

POINTS = {"a": 10, "b": 20, "c": 50}


def plan(drop=0, **weights):
    planned = {name: Planned(weight=weight) for name, weight in weights.items()}
    return Plan(drop_lowest=drop, assignments=planned)


def marks(**totals):
    return {name: Mark(score) for name, score in totals.items()}


@pytest.mark.parametrize(
    "plan, marks, percent, dropped",
    [
        (plan(), marks(a=10, b=20, c=50), 100, []),
        (plan(), marks(a=5, b=20, c=50), 250 / 3, []),
        (plan(), marks(a=5, c=50), 50, []),  # what was not handed in counts 0
        (plan(), marks(), 0, []),
        (plan(a=3), marks(a=5, b=20, c=50), 70, []),
        (plan(a=0), marks(a=0, b=20, c=50), 100, []),
        (plan(a=0, b=0, c=0), marks(a=5), None, []),
        (plan(1), marks(a=5, b=20, c=50), 100, ["a"]),
        (plan(1), marks(a=10, b=20), 100, ["c"]),
        (
            plan(1, a=0),
            marks(a=0, b=10, c=50),
            100,
            ["b"],
        ),  # without a weight there is nothing to drop
        (plan(2), marks(a=5, b=20, c=25), 100, ["a", "c"]),
        (plan(9), marks(a=5, b=20, c=30), 100, ["a", "c"]),  # one is kept
        (plan(1, a=1, b=3), marks(a=5, b=10, c=50), 75, ["b"]),  # of equal shares the heavier
        (plan(), marks(a=12, b=20, c=50), 320 / 3, []),  # extra credit counts
    ],
)
def test_the_course_grade(plan, marks, percent, dropped):
    found, left_out = course_grade(plan, POINTS, marks)
    assert found == (percent if percent is None else pytest.approx(percent))
    assert left_out == dropped


def test_a_penalty_is_in_the_share():
    late = {"a": Mark(8, penalty=3), "b": Mark(20), "c": Mark(50)}
    assert course_grade(plan(), POINTS, late)[0] == pytest.approx(250 / 3)
    assert Mark(0.3, 0.1).total == 0.2


def test_what_the_gradebook_says(tmp_path):
    course = course_with_grades(
        tmp_path,
        {
            "ada": {"01_linear": (8, 1.5), "02_convolution": (20, 0)},
            "bob": {"01_linear": (4, None)},
        },
        {"ada": {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@uni.example"}},
    )
    book = Book(course)
    assert graded_assignments(book) == ["01_linear", "02_convolution"]
    grades = read_grades(book, ["01_linear"])
    assert grades.points == {"01_linear": 10}
    ada, bob = grades.students
    assert (ada.name, ada.email, ada.marks) == (
        "Ada Lovelace",
        "ada@uni.example",
        {"01_linear": Mark(9.5)},
    )
    assert bob.marks == {"01_linear": Mark(4, is_open=True)}
    assert grades.open_ones() == ["01_linear: bob"]
