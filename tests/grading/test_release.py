"""What a student gets holds all that a student needs, and nothing of an answer or a hidden case."""

import ast
import json
import os
import re
import subprocess
import sys
import zipfile

import nbformat
import pytest

from autograder.grading.course import Course, CourseError, answer_id, grade_id
from autograder.grading.rebuild import stubs
from autograder.grading.record import answers_to, draw_cases, expectations
from autograder.grading.release import release
from autograder.grading.secret import course_secret, hidden_seed

ASSIGNMENT = "03_regularization"


@pytest.fixture(scope="module")
def released_whole(whole_course):
    """The course itself and the student folder with all of its assignments."""
    folder = whole_course.root.parent / "student"
    release([whole_course.assignment(name) for name in whole_course.assignments()], folder)
    return whole_course, folder


@pytest.fixture(scope="module")
def released(course_copy):
    """A course and the student folder released from it."""
    folder = course_copy.root.parent / "student"
    release([course_copy.assignment(ASSIGNMENT)], folder)
    return course_copy, folder


def texts(folder):
    """Every file of a folder as text, archives' members too, notebooks cell by cell with their metadata."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    yield f"{path.name}:{name}", archive.read(name).decode(errors="replace")
        yield str(path.relative_to(folder)), path.read_text(encoding="utf-8", errors="replace")


def statements(source):
    """A source's statements, each in one normal form, without docstrings and what says nothing alone."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.Return | ast.If | ast.Raise):
            first = ast.unparse(node).splitlines()[0]
            if len(first) > 12 and not re.fullmatch(r"self\.(\w+) = \1", first):
                found.add(first)
    return found


def code_of(name, text):
    if name.endswith(".ipynb"):
        cells = nbformat.reads(text, as_version=4).cells
        return [cell.source for cell in cells if cell.cell_type == "code"]
    return [text] if name.endswith(".py") else []


def solution_lines(course):
    """Statements of solutions, and the longer ones of all known answers, but for what an assignment gives itself."""
    found = set()
    for assignment in map(course.assignment, course.assignments()):
        cells = {grade_id(cell): cell.source for cell in assignment.notebook.cells}
        mine = set().union(*(statements(cells[answer_id(name)]) for name in assignment.checks))
        longer = set().union(*(statements(answer.source) for answer in answers_to(assignment)))
        mine |= {line for line in longer if len(line) > 30}
        given = (cell.source for cell in stubs(assignment).cells if cell.cell_type == "code")
        found |= mine - set().union(*map(statements, given))
    return found


def test_students_get_no_line_of_a_solution(released_whole):
    course, folder = released_whole
    forbidden = solution_lines(course)
    assert len(forbidden) > 40
    for name, text in texts(folder):
        for source in code_of(name, text):
            assert not statements(source) & forbidden, name


def test_no_solution_hides_in_text_metadata_or_data(released_whole):
    _, folder = released_whole
    marks = [
        "BEGIN SOLUTION",
        "END SOLUTION",
        "rand_like(x) <",
        "< keep_prob",
        "A full answer (",
    ]
    for name, text in texts(folder):
        for mark in marks:
            assert mark not in text, (name, mark)


def test_the_search_would_find_a_leak(whole_course):
    leak = "def f(x, keep_prob):\n    mask = (torch.rand_like(x) < keep_prob).to(x.dtype)\n    return x * mask, mask\n"
    assert statements(leak) & solution_lines(whole_course)


def test_students_get_no_hidden_case_and_no_secret(released_whole):
    course, folder = released_whole
    secret = course_secret()
    hidden = set()
    for assignment in map(course.assignment, course.assignments()):
        for check in assignment.checks.values():
            cases = draw_cases(check.exercise, lambda e, c: hidden_seed(secret, e, c))
            hidden |= {str(case["seed"]) for case in cases}
    assert len(hidden) > 20
    for name, text in texts(folder):
        assert secret.decode() not in text, name
        numbers = set(text.replace(",", " ").replace("}", " ").replace(":", " ").split())
        assert not numbers & hidden, name


def test_students_get_no_expected_value_of_a_hidden_case(released):
    course, folder = released
    recorded = expectations(course.assignment(ASSIGNMENT))
    hidden = [r for records in recorded.values() for r in records if not r.public]
    public = json.dumps(
        [r.to_plain() for records in recorded.values() for r in records if r.public], default=str
    )
    values = set()
    for record in hidden:
        for feature in record.expected.values():
            value = getattr(feature, "value", None)
            values |= {
                repr(v) for v in _numbers(value) if repr(v) not in public and len(repr(v)) > 8
            }
    assert len(values) > 20
    for name, text in texts(folder):
        assert not [value for value in values if value in text], name


def _numbers(value):
    if isinstance(value, float):
        return [value]
    return [n for item in value for n in _numbers(item)] if isinstance(value, list) else []


def test_students_get_nothing_of_the_grading_side(released):
    _, folder = released
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert f"assignments/{ASSIGNMENT}/checks.json" in names
    assert not [name for name in names if "grading" in name or "answers" in name or "texts" in name]
    assert {name.split("/")[0] for name in names} == {
        ".github",
        ".gitignore",
        ".gitlab-ci.yml",
        ".student-folder",
        "LICENSE",
        "README.md",
        "assignments",
        "autograder",
        "environment.yml",
        "lectures",
        "pyproject.toml",
        "utils",
    }


def test_source_folders_hold_nothing_that_must_not_go_out(whole_course):
    for assignment in map(whole_course.assignment, whole_course.assignments()):
        names = {path.name for path in assignment.folder.iterdir()}
        assert names == {f"{assignment.name}.ipynb", "checks.json"}


def test_the_student_folder_works_on_its_own(released):
    """The package of the student folder alone: its stub is not attempted, a right answer passes."""
    _, folder = released
    code = (
        "import autograder, os\n"
        "assert autograder.__file__.startswith(os.environ['STUDENT']), autograder.__file__\n"
        "from autograder import check\n"
        "def vanilla_dropout(x, keep_prob, training): raise NotImplementedError\n"
        "print(check('dropout.vanilla', vanilla_dropout).verdict.headline())\n"
        "from autograder.cli import main\n"
        "import sys; sys.argv = ['autograder', '--help']; main()\n"
    )
    here = folder / "assignments" / ASSIGNMENT
    env = {**os.environ, "PYTHONPATH": str(folder), "STUDENT": str(folder)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=here, env=env, capture_output=True, text=True
    )
    assert "not attempted, 0 of 10 points" in done.stdout, done.stderr
    assert "check" in done.stdout and "release" not in done.stdout


def test_released_again_other_files_stay(released):
    course, folder = released
    work = folder / "assignments" / ASSIGNMENT / "my-notes.ipynb"
    work.write_text("mine")
    release([course.assignment(ASSIGNMENT)], folder)
    assert work.read_text() == "mine"
    assert not list(folder.parent.glob(f".{folder.name}*"))


def test_a_folder_of_somebody_else_is_left_alone(released, tmp_path):
    course, _ = released
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(CourseError, match="is not a student folder"):
        release([course.assignment(ASSIGNMENT)], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    (tmp_path / ".student-folder").write_text("made by another version")
    with pytest.raises(CourseError, match="move the folder away and release anew"):
        release([course.assignment(ASSIGNMENT)], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".student-folder", "thesis.tex"]
    with pytest.raises(CourseError, match="holds the course itself"):
        release([course.assignment(ASSIGNMENT)], course.root)


def test_stubs_release_without_outputs(released):
    _, folder = released
    notebook = nbformat.read(
        folder / "assignments" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4
    )
    unanswered = [cell for cell in notebook.cells if "raise NotImplementedError()" in cell.source]
    assert len(unanswered) == 6
    assert all(not cell.outputs for cell in notebook.cells if cell.cell_type == "code")
    assert isinstance(Course.find().assignment(ASSIGNMENT).points, int | float)
