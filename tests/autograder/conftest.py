"""Parts that several tests of the autograder share."""

from pathlib import Path

import pytest

from autograder.grading.course import Assignment, Course

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def assignment() -> Assignment:
    return Course.find(ROOT).assignment("03_regularization")
