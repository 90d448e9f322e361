"""A class whose work lies in git repositories: the course's own, the one that students start from, and theirs."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from autograder.grading.course import Assignment
from autograder.grading.plan import Plan
from autograder.grading.release import release
from autograder.grading.sample import SampleClass
from autograder.grading.workflows import student_workflows
from tests.conftest import COURSE, COURSE_FILES, ROOT, copy_course

NAME = "03_regularization"
NOTEBOOK = f"assignments/{NAME}/{NAME}.ipynb"
DAY = "2026-09-{:02}T12:00:00+02:00"
OWN_FILES = (*COURSE_FILES, ".github", ".gitignore", ".gitlab-ci.yml")
KEPT = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *OWN_FILES)


def git(folder: Path, *arguments: str, day: int = 1) -> str:
    """Run git, whose clock shows that day."""
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_DATE": DAY.format(day),
        "GIT_COMMITTER_DATE": DAY.format(day),
    }
    for role in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{role}_NAME": "a", f"GIT_{role}_EMAIL": "a@example.org"}
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(
        command, check=True, env=environment, capture_output=True, text=True
    ).stdout


def publish(folder: Path, bare: Path, day: int = 1) -> Path:
    """A folder with all that is in it, as the first commit of a new repository that others clone."""
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, day)
    git(folder, "clone", "--quiet", "--bare", ".", str(bare))
    git(folder, "remote", "add", "origin", str(bare))
    return bare


def commit(folder: Path, day: int) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=work", day=day)


def clone(bare: Path, folder: Path) -> Path:
    git(bare, "clone", "--quiet", ".", str(folder))
    return folder


@dataclass
class Classroom:
    """Bare repositories: the course's, the students' template, and by name those of ada (right) and dora (wrong).

    Cem's is not there.
    """

    course: Path
    template: Path
    students: dict[str, Path]
    assignment: Assignment


@pytest.fixture(scope="session")
def classroom(tmp_path_factory) -> Classroom:
    root = tmp_path_factory.mktemp("classroom")
    course = copy_course(COURSE, root / "course", ())
    for name in git(ROOT, *KEPT).split("\0"):  # what a clone would hold
        if (ROOT / name).is_file():
            (course.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, course.root / name)
    assignment = course.assignment(NAME)
    release([assignment], root / "student")
    samples = SampleClass(assignment)
    work = {"ada": samples.notebook({})}
    vanilla = samples.answer("dropout.inverted", "vanilla")
    work["dora"] = samples.notebook({"dropout.inverted": vanilla})
    for path, text in student_workflows(Plan(ci_fails_on="wrong")).items():
        (root / "student" / path).parent.mkdir(parents=True, exist_ok=True)
        (root / "student" / path).write_text(text)
    template = publish(root / "student", root / "template.git")
    students = {}
    for day, (name, notebook) in enumerate(work.items(), 2):
        folder = clone(template, root / name)
        nbformat.write(notebook, folder / NOTEBOOK)
        commit(folder, day)
        (folder / "notes.md").write_text("Later, and on something else.\n")
        commit(folder, day + 10)
        students[name] = clone_bare(folder, root / f"{name}.git")
    rows = [f"{name},file://{root}/{name}.git" for name in ("ada", "dora", "cem")]
    (course.root / "students.csv").write_text("\n".join(["student,repository", *rows]) + "\n")
    for made in ("release", "gradebook.db"):
        path = course.nbgrader_root / made
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    bare = publish(course.root, root / "course.git")
    return Classroom(bare, template, students, assignment)


def clone_bare(folder: Path, bare: Path) -> Path:
    git(folder, "clone", "--quiet", "--bare", ".", str(bare))
    return bare
