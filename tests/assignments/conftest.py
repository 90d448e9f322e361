"""Fixtures of the tests of one assignment each; a module names its assignment and what it draws from it."""

import pytest

pytest.register_assert_rewrite("tests.assignments.suite")  # so that what fails shows its values

from autograder.grading.record import Recorder  # noqa: E402
from tests.assignments.suite import LONG, Judged, answers_of, course_assignment  # noqa: E402
from tests.assignments.workbench import Workbench  # noqa: E402


def pytest_generate_tests(metafunc):
    """`answer`, `exercise` and `seed` of a test stand for every one of the module's assignment."""
    name = getattr(metafunc.module, "ASSIGNMENT", None)
    if name is None:
        return
    if "answer" in metafunc.fixturenames:
        answers = answers_of(name)
        ids = [f"{answer.exercise} {answer.kind}: {answer.name}" for answer in answers]
        metafunc.parametrize("answer", answers, ids=ids)
    if "exercise" in metafunc.fixturenames:
        metafunc.parametrize("exercise", list(course_assignment(name).checks))
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", LONG)


@pytest.fixture(scope="module")
def assignment(request):
    """The assignment that the module tests."""
    return course_assignment(request.module.ASSIGNMENT)


@pytest.fixture(scope="module")
def judged(assignment):
    """Verdicts by real student processes."""
    with Recorder(assignment) as recorder:
        yield Judged(recorder)


@pytest.fixture(scope="module")
def workbench(assignment):
    """Verdicts in this process."""
    return Workbench(assignment)


@pytest.fixture(scope="module")
def solved(workbench):
    """What the notebook's own cells define."""
    return workbench.namespace
