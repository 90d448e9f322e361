"""A course once through, by its commands and by git: published, worked on, corrected, handed in, graded."""

import csv
import os
import subprocess
import sys

import nbformat
import pytest

from autograder.grading.course import answer_id, grade_id
from autograder.grading.sample import SampleClass
from tests.ci.conftest import git

NAME = "03_regularization"
NOTEBOOK = f"assignments/{NAME}/{NAME}.ipynb"


def run(*command, cwd, status=0, **env):
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def autograder(folder, *arguments, **options):
    """The command line of the folder's own package."""
    command = (sys.executable, "-P", "-m", "autograder.cli", *arguments)
    return run(*command, cwd=folder, PYTHONPATH=str(folder), **options)


@pytest.fixture(scope="module")
def published(course_copy):
    """The course, its student folder as a repository, and the place where that is published."""
    course, base = course_copy, course_copy.root.parent
    bare = base / "published.git"
    (course.root / "course.toml").write_text(
        f'name = "A course"\npublished = "{bare}"\nhand_in = "Push it."\n'
        f"[late]\npercent_per_day = 10\n"
        f"[assignments.{NAME}]\nrelease = 2026-01-07T08:00:00+01:00\ndue = 2100-01-14T23:59:00+01:00\n"
    )
    said = autograder(course.root, "release", "--to", "../student")
    assert said.startswith(f"Released {NAME}: ")
    student = base / "student"
    git(base, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    git(student, "init", "--quiet", "--initial-branch=main")
    push(student, bare, "Week 1")
    return course, student, bare


def push(folder, remote, message):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    git(folder, "push", "--quiet", str(remote), "HEAD:main")


def answered(notebook, course, **wrong):
    """The student's notebook with the solution's answers, or with known wrong ones."""
    samples = SampleClass(course.assignment(NAME))
    by_cell = {answer_id(name): samples.solutions[answer_id(name)] for name in samples.exercises}
    for name, mistake in wrong.items():
        by_cell[f"dropout-{name}"] = samples.answer(f"dropout.{name}", mistake)
    for cell in notebook.cells:
        cell.source = by_cell.get(grade_id(cell), cell.source)
    return notebook


def test_the_readme_says_what_is_out_and_due(published):
    _, student, _ = published
    readme = (student / "README.md").read_text()
    assert readme.startswith("# A course\n")
    assert "| Wed 07 Jan 2026, 08:00 (UTC+0100) | Thu 14 Jan 2100, 23:59 (UTC+0100) |" in readme
    assert "Every day begun after the due date costs 10 % of the points." in readme
    assert "\nPush it.\n" in readme and "\n    autograder update\n" in readme


def test_from_publishing_to_the_grade(published):
    course, student, bare = published
    base = course.root.parent
    mine = base / "repositories" / "ada"
    git(base, "clone", "--quiet", str(bare), str(mine))
    assert "Vanilla dropout, forward: not attempted" in autograder(
        mine, "check", NOTEBOOK, status=1
    )

    work = answered(nbformat.read(mine / NOTEBOOK, 4), course, inverted_backward="no_scale")
    work.cells.append(nbformat.v4.new_code_cell("ask = 'why?'", id="own"))
    nbformat.write(work, mine / NOTEBOOK)
    said = autograder(mine, "check", NOTEBOOK, status=1)
    assert "Inverted dropout, backward: right" not in said and "49 of 52 points" in said
    git(mine, "commit", "--quiet", "--all", "--message", "Half of the work")

    source = course.assignment(NAME).path
    corrected = nbformat.read(source, 4)
    corrected.cells[0].source += "\n\nCorrected: read the hint."
    nbformat.write(corrected, source)
    autograder(course.root, "release", NAME, "--to", "../student")
    push(student, bare, "Correction")

    said = autograder(mine, "update")
    assert f"{NOTEBOOK}: your work was carried over" in said
    now = nbformat.read(mine / NOTEBOOK, 4)
    assert "Corrected: read the hint." in now.cells[0].source and now.cells[-1].id == "own"
    assert {grade_id(c): c.source for c in now.cells if "dropout" in grade_id(c)} == {
        grade_id(c): c.source for c in work.cells if "dropout" in grade_id(c)
    }
    assert now.cells[-1].source == "ask = 'why?'"
    nbformat.write(answered(now, course), mine / NOTEBOOK)
    assert "Inverted dropout, backward: right" in autograder(mine, "check", NOTEBOOK)
    handed_in = base / "handed-in.git"
    git(base, "init", "--quiet", "--bare", str(handed_in))
    push(mine, handed_in, "Done")
    assert ".before-update" not in git(mine, "ls-files")

    clones = base / "collected"
    git(base, "clone", "--quiet", "--branch", "main", str(handed_in), str(clones / "ada"))
    said = autograder(course.root, "grade", NAME, "--from", str(clones))
    assert "Not graded" not in said
    reports = course.nbgrader_root / "reports" / NAME
    (row,) = csv.DictReader((reports / "grades.csv").read_text().splitlines())
    assert row["student"] == "ada" and row["dropout.inverted_backward"] == "5"
    automatic = sum(check.exercise.points for check in course.assignment(NAME).checks.values())
    assert float(row["total"]) == automatic
    assert (course.nbgrader_root / "feedback" / "ada" / NAME / f"{NAME}.html").is_file()


def test_work_in_the_released_folder_itself_is_left_alone(published):
    course, student, _ = published
    notebook = nbformat.read(student / NOTEBOOK, 4)
    nbformat.write(answered(notebook, course), student / NOTEBOOK)
    source = course.assignment(NAME).path
    corrected = nbformat.read(source, 4)
    corrected.cells[0].source += "\n\nCorrected again."
    nbformat.write(corrected, source)
    said = autograder(course.root, "release", NAME, "--to", "../student")
    assert f"{NOTEBOOK}: your work was carried over" in said
    now = nbformat.read(student / NOTEBOOK, 4)
    assert "Corrected again." in now.cells[0].source
    assert not any("raise NotImplementedError()" in cell.source for cell in now.cells)


def test_a_zip_holds_the_same_folder(published, tmp_path):
    course, student, _ = published
    said = autograder(course.root, "release", NAME, "--to", f"{tmp_path}/week-1.zip")
    assert said == f"Released {NAME}: 1 file {tmp_path}/week-1.zip\n"
    run(sys.executable, "-m", "zipfile", "-e", "week-1.zip", ".", cwd=tmp_path)
    names = git(student, "ls-files").split()
    files = (path for path in (tmp_path / "week-1").rglob("*") if path.is_file())
    assert {path.relative_to(tmp_path / "week-1").as_posix() for path in files} == set(names)


def test_before_its_date_an_assignment_is_released_only_by_name(published, tmp_path):
    course, _, _ = published
    plan = course.root / "course.toml"
    before = plan.read_text()
    plan.write_text(f"[assignments.{NAME}]\nrelease = 2100-01-07T08:00:00+01:00\n")
    try:
        autograder(course.root, "release", "--to", f"{tmp_path}/a", status=1)
        assert not (tmp_path / "a").exists()
        said = autograder(course.root, "release", NAME, "--to", f"{tmp_path}/a")
        assert f"{NAME} is to be out on 2100-01-07 08:00: publish it then." in said
    finally:
        plan.write_text(before)
