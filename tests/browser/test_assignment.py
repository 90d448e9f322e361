"""The student: an assignment is fetched, tried, validated and handed in, in the folder that students get."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

from autograder.grading.answers import read_answers
from autograder.grading.course import Course, answer_id, grade_id
from autograder.grading.release import release
from autograder.grading.sample import WRITTEN
from tests.browser.harness import (
    PANEL,
    cell,
    choose,
    errors,
    find_cell,
    notebook,
    open_lab,
    run_cell,
    running_lab,
    save,
    text,
    wait_for_notebook,
    write_cell,
)
from tests.conftest import COURSE

NAME = "03_regularization"
EXERCISES = {name: check.exercise for name, check in COURSE.assignment(NAME).checks.items()}
STUDENT_LAB = ("-m", "jupyterlab", "--allow-root")  # as the student folder's README says
# On a machine that students share, whoever runs it says once where work is handed in.
MACHINE = """
c = get_config()
c.CourseDirectory.course_id = "neural-networks"
c.Exchange.root = {exchange!r}
"""
MISTAKES = (
    ("dropout.vanilla", "drop_for_keep"),
    ("dropout.vanilla_backward", "new_mask"),
    ("dropout.inverted", "vanilla"),
    ("dropout.inverted_backward", "scaled_twice"),
    ("dropout.module", "keep_for_drop"),
    ("schedules.warmup_cosine", "linear_decay"),
)


def nbgrader(course: Course, *arguments: str) -> None:
    """Run nbgrader in the course, as an instructor does in a terminal."""
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def student_folder(course_copy, tmp_path_factory) -> Path:
    """What students get, and the assignment in the exchange."""
    folder = tmp_path_factory.mktemp("student") / "course"
    release([course_copy.assignment(NAME)], folder)
    nbgrader(course_copy, "release_assignment", NAME)
    return folder


@pytest.fixture(scope="module")
def lab(browser, student_folder, course_copy, tmp_path_factory):
    """JupyterLab in the student folder, with nothing of the course but what was released."""
    home = tmp_path_factory.mktemp("home")
    settings = home / ".jupyter" / "nbgrader_config.py"
    settings.parent.mkdir()
    settings.write_text(MACHINE.format(exchange=str(course_copy.root / ".exchange")))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    variables = {"PYTHONPATH": str(student_folder), "PATH": path}
    with running_lab(student_folder, home, STUDENT_LAB, **variables) as server:
        yield server


@pytest.fixture(scope="module")
def solution(course_copy) -> dict[str, str]:
    """Everything to write, by grade_id."""
    cells = course_copy.assignment(NAME).notebook.cells
    answers = {grade_id(node): node.source for node in cells if node.cell_type == "code"}
    return answers | {"written-gap": WRITTEN}


@pytest.fixture
def opened(lab, page) -> Page:
    """The assignment, fetched anew from the list of assignments and opened there."""
    shutil.rmtree(lab.folder / NAME, ignore_errors=True)
    open_lab(page, lab)
    choose(page, "Nbgrader", "Assignment List")
    page.locator("#released_assignments_list").get_by_role("button", name="Fetch").click()
    fetched = page.locator("#fetched_assignments_list")
    fetched.get_by_role("button", name=NAME).click()
    fetched.get_by_role("link", name=NAME).click()
    wait_for_notebook(page)
    return page


def check_cell(page: Page, exercise: str) -> int:
    return find_cell(page, f"check-{answer_id(exercise)}")


def try_answer(page: Page, exercise: str, source: str) -> Locator:
    """Type an answer, run its cell and the check below it; what the check shows."""
    answer, check = find_cell(page, answer_id(exercise)), check_cell(page, exercise)
    cell(page, answer).locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.insert_text(source.strip())
    page.keyboard.press("ControlOrMeta+Enter")
    run_cell(page, check)
    return cell(page, check).locator(".jp-OutputArea-output")


def test_a_fetched_stub_is_not_attempted_and_nothing_is_raised(opened):
    page = opened
    assert page.locator(".jp-Dialog").count() == 0
    assert notebook(page).metadata.kernelspec.name == "python3"
    run_cell(page, find_cell(page, "setup"))
    for name, exercise in EXERCISES.items():
        run_cell(page, find_cell(page, answer_id(name)))
        run_cell(page, check_cell(page, name))
        card = cell(page, check_cell(page, name)).locator(".jp-OutputArea-output")
        expect(card).to_contain_text(f"{exercise.title}: not attempted")
        assert text(page, check_cell(page, name)) == "0"
    assert errors(page) == []


def show_only_the_notebook(page: Page, index: int) -> None:
    """For a picture: no question about news, no side bars, a cell at the top."""
    page.locator(".Toastify__toast").get_by_role("button", name="No", exact=True).click()
    page.set_viewport_size({"width": 1280, "height": 970})
    page.evaluate("() => { jupyterapp.shell.collapseLeft(); jupyterapp.shell.collapseRight(); }")
    page.evaluate(f"index => {PANEL}.content.scrollToItem(index, 'start')", index)
    page.wait_for_timeout(1000)  # bars and notifications fold away


def test_a_typed_answer_is_diagnosed_and_then_right(opened, course_copy, solution, screenshot):
    page = opened
    known = {(a.exercise, a.name): a.source for a in read_answers(course_copy.answers)}
    run_cell(page, find_cell(page, "setup"))
    for name, exercise in EXERCISES.items():
        mistake = dict(MISTAKES)[name]
        card = try_answer(page, name, known[name, mistake])
        expect(card).to_contain_text(exercise.mistakes[mistake])
        assert float(text(page, check_cell(page, name))) < exercise.points
        if name == "dropout.inverted":
            show_only_the_notebook(page, find_cell(page, answer_id(name)) - 1)
            screenshot("student", page.locator(".jp-NotebookPanel"))
        card = try_answer(page, name, solution[answer_id(name)])
        expect(card).to_contain_text(f": right, {exercise.points:g} of {exercise.points:g} points")
    assert errors(page) == []


def validated(page: Page) -> str:
    """Click Validate and read what it says."""
    page.get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog", has_text="Validation Results")
    expect(dialog.locator("#validation-message")).to_be_visible()
    says = dialog.inner_text()
    dialog.get_by_role("button", name="Ok").click()
    expect(dialog).to_have_count(0)
    return says


def test_validate_fails_on_stubs_and_passes_on_the_solution_which_is_handed_in(
    opened, lab, course_copy, solution
):
    page = opened
    says = validated(page)
    assert says.count("The following cell failed") == len(EXERCISES) + 1
    for name, source in solution.items():
        if name:
            write_cell(page, find_cell(page, name), source)
    assert "Success! Your notebook passes all the tests." in validated(page)
    save(page)
    choose(page, "Nbgrader", "Assignment List")
    page.locator("#fetched_assignments_list").get_by_role("button", name="Submit").click()
    submitted = page.locator("#submitted_assignments_list")
    expect(submitted.get_by_text(NAME).first).to_be_visible()
    nbgrader(course_copy, "collect", NAME)
    (collected,) = course_copy.nbgrader_root.glob(f"submitted/*/{NAME}/{NAME}.ipynb")
    assert collected.read_bytes() == (lab.folder / NAME / f"{NAME}.ipynb").read_bytes()
    answers = {grade_id(node): node.source for node in nbformat.read(collected, 4).cells}
    assert {name: answers[name] for name in solution if name} == {
        k: v for k, v in solution.items() if k
    }
