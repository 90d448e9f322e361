"""What all tests share: a private folder of their own for the course secret, and courses.

Tests of the grader use the tests' own course, tests/course, whose one assignment stays as it is.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from autograder.grading.course import Assignment, Course

ROOT = Path(__file__).parents[1]
COURSE = Course(ROOT / "tests" / "course")
CONFIG = ROOT / "nbgrader_config.py"
NOT_HERE = (
    f"This would write to the gradebook that {CONFIG} names: run it in a copy without that line."
)
COURSE_FILES = (
    "LICENSE",
    "nbgrader_config.py",
    "pyproject.toml",
    "autograder",
    "lectures",
    "utils",
)


@pytest.fixture(scope="session", autouse=True)
def private_data(tmp_path_factory):
    """The secret and what is recorded with it lie here; parallel test processes share it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    os.environ["XDG_DATA_HOME"] = str(shared / "private")
    os.environ.pop("AUTOGRADER_SECRET", None)
    if names_a_gradebook():
        pytest.exit(NOT_HERE)


@pytest.fixture(scope="module")
def course_copy(tmp_path_factory) -> Course:
    """The tests' own course in a folder of the module's, with everything that a course needs."""
    return copy_course(COURSE, tmp_path_factory.mktemp("course") / "course")


@pytest.fixture(scope="module")
def whole_course(tmp_path_factory) -> Course:
    """The course itself, with all of its assignments, in a folder of the module's."""
    return copy_course(Course(ROOT), tmp_path_factory.mktemp("whole") / "course")


def names_a_gradebook() -> bool:
    """Whether copies of the configuration would write to a gradebook outside of them."""
    return bool(re.search(r"^\s*c\.CourseDirectory\.db_url", CONFIG.read_text(), re.MULTILINE))


def copy_course(course: Course, folder: Path, files: tuple[str, ...] = COURSE_FILES) -> Course:
    """The course's own files and the assignments of `course`, without anything that nbgrader makes."""
    if names_a_gradebook():  # a benchmark has no fixtures
        raise SystemExit(NOT_HERE)
    ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in ("source", "answers"):
        target = folder / "assignments" / name
        shutil.copytree(course.nbgrader_root / name, target, ignore=ignore)
    for name in files:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignore)
        else:
            shutil.copyfile(source, folder / name)
    return Course(folder)


@pytest.fixture(scope="session")
def assignment() -> Assignment:
    """The assignment of the tests' own course, for tests that only read it."""
    return COURSE.assignment("03_regularization")


def leave_out(reason: str) -> NoReturn:
    """Skip a test for what this machine lacks; in CI, which has everything, that is an error."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """One Chromium for all tests; without one they are skipped, but in CI that is an error."""
    from tests.browser.harness import find_chromium, running_chromium

    executable = find_chromium()
    if executable is None:
        leave_out("no Chromium: install chromium, or name the browser's file in $CHROMIUM")
    with running_chromium(executable) as chromium:
        yield chromium
