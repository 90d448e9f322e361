"""What all tests share: a private folder of their own for the course secret, and copies of the course."""

import os
import shutil
from pathlib import Path

import pytest

from autograder.grading.course import Assignment, Course

ROOT = Path(__file__).parents[1]
COURSE_FILES = ("nbgrader_config.py", "pyproject.toml", "autograder", "lectures", "utils")


@pytest.fixture(scope="session", autouse=True)
def private_data(tmp_path_factory):
    """The secret and what is recorded with it lie here; parallel test processes share it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    os.environ["XDG_DATA_HOME"] = str(shared / "private")
    os.environ.pop("AUTOGRADER_SECRET", None)


@pytest.fixture(scope="module")
def course_copy(tmp_path_factory) -> Course:
    """The course's own files in a folder of the module's, without anything that nbgrader makes."""
    folder = tmp_path_factory.mktemp("course") / "course"
    ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in (*COURSE_FILES, "assignments/source", "assignments/answers"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignore)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, folder / name)
    return Course(folder)


@pytest.fixture(scope="session")
def assignment() -> Assignment:
    """Assignment 3 of the course itself, for tests that only read it."""
    return Course(ROOT).assignment("03_regularization")
