"""The instructor: a graded class in formgrader, the last submission by its button, and a written answer by hand."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import FrameLocator, Page, expect

from autograder.grading.book import Book
from autograder.grading.course import Course
from autograder.grading.grade import grade_class
from autograder.verdict import RIGHT
from tests.browser.harness import ROOT, choose, open_lab, running_lab
from tests.conftest import COURSE

NAME = "03_regularization"
EXERCISES = {name: check.exercise for name, check in COURSE.assignment(NAME).checks.items()}
CLASS = {
    "ada": ("Ada", "Adeyemi"),
    "dora": ("Dora", "Demir"),
    "pia": ("Pia", "Petrov"),  # a corrupt file
    "quentin": ("Quentin", "Quist"),  # a renamed notebook, graded by formgrader's button
}
GRADED = {"ada": "52 / 60", "dora": "47 / 60", "pia": "0 / 60", "quentin": ""}
PLACE = """
import sys
from autograder.grading.course import Course
from autograder.grading.sample import SampleClass, place

name, *students = sys.argv[1:]
assignment = Course.find().assignment(name)
place([s for s in SampleClass(assignment).build() if s.student in students], assignment)
"""
COMMENT = "Both gaps are there; say why the training curve is slower."


@pytest.fixture(scope="module")
def course(course_copy) -> Path:
    """A course with a class of four, all but one graded by `autograder grade`."""
    assignment = course_copy.assignment(NAME)
    Book(course_copy).generate(NAME)
    # In a process of its own: it runs ada's notebook in a kernel, and here is playwright's event loop.
    place = [sys.executable, "-c", PLACE, NAME, *CLASS]
    subprocess.run(
        place, cwd=course_copy.root, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True
    )
    grade_class(assignment, [name for name, score in GRADED.items() if score], progress=False)
    with Gradebook(Book(course_copy).url) as gradebook:
        for student, (first, last) in CLASS.items():
            gradebook.update_or_create_student(student, first_name=first, last_name=last)
    return course_copy.root


@pytest.fixture(scope="module")
def lab(browser, course, tmp_path_factory):
    """JupyterLab that grades with the secret of the tests."""
    secret = {"XDG_DATA_HOME": os.environ["XDG_DATA_HOME"]}
    with running_lab(course, tmp_path_factory.mktemp("home"), **secret) as server:
        yield server


@pytest.fixture
def formgrader(lab, page) -> FrameLocator:
    """Formgrader, opened from JupyterLab's menu."""
    open_lab(page, lab)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("() => { jupyterapp.shell.collapseLeft(); jupyterapp.shell.collapseRight(); }")
    choose(page, "Nbgrader", "Formgrader")
    return page.frame_locator("iframe")


def row(formgrader: FrameLocator, student: str):
    return formgrader.locator("#main-table tr", has_text=student)


def standing(course: Path, student: str) -> tuple[float, float, bool]:
    booked = Book(Course(course)).booked(NAME, student)
    return booked.score, booked.max_score, booked.by_hand


def press(formgrader: FrameLocator, student: str, button: str) -> None:
    """Press one of the buttons in a student's row and read that it went well."""
    row(formgrader, student).locator(f"td.{button} a").click()
    dialog = formgrader.locator(".modal-dialog", has_text="Log Output")
    expect(dialog).to_contain_text("Success")
    dialog.get_by_role("button", name="OK").click()
    expect(dialog).to_have_count(0)


def open_submissions(formgrader: FrameLocator) -> None:
    formgrader.get_by_role("link", name="Manage Assignments").click()
    formgrader.locator("#main-table td.num-submissions").get_by_role("link", name="4").click()


def open_answers(formgrader: FrameLocator, student: str) -> None:
    """A student's notebook in the view for grading by hand."""
    formgrader.get_by_role("link", name="Manual Grading").click()
    for _ in range(2):  # the assignment, then its notebook
        formgrader.locator("#main-table").get_by_role("link", name=NAME).click()
    shown = row(formgrader, student)
    shown.locator(".glyphicon.name-hidden").click()
    shown.get_by_role("link", name=student).click()


def test_formgrader_lists_the_class_and_its_button_grades_like_the_rest(
    formgrader, page, course, screenshot
):
    open_submissions(formgrader)
    for student, score in GRADED.items():
        expect(row(formgrader, student).locator("td.score")).to_have_text(score)
    press(formgrader, "quentin", "autograde")
    expect(row(formgrader, "quentin").locator("td.score")).to_have_text("52 / 60")
    assert standing(course, "quentin") == (52, 60, True)
    page.set_viewport_size({"width": 1280, "height": 640})
    screenshot("formgrader", page.locator("iframe"))


def test_a_wrong_answer_s_diagnosis_is_beside_it(formgrader):
    open_answers(formgrader, "dora")
    cards = formgrader.locator(".output_html")
    for name, exercise in EXERCISES.items():
        status = "partly right" if name == "dropout.inverted" else RIGHT
        expect(cards.filter(has_text=f"{exercise.title}: {status}")).to_be_visible()
    diagnosis = EXERCISES["dropout.inverted"].mistakes["vanilla"]
    expect(cards.filter(has_text="Inverted dropout, forward")).to_contain_text(diagnosis)


def test_a_written_answer_is_graded_by_hand_beside_its_picture(
    formgrader, page, course, screenshot
):
    open_answers(formgrader, "ada")
    picture = formgrader.locator("img[src^='data:image/png']")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 500
    assert picture.evaluate("image => image.getBoundingClientRect().right <= window.innerWidth")
    expect(formgrader.get_by_text("Saved by the student, not run by the grader")).to_be_visible()
    save(page, formgrader.locator("#written-gap"), "7")
    save(page, formgrader.locator("#written-gap-comment"), COMMENT)
    assert standing(course, "ada") == (59, 60, False)
    screenshot("grading", page.locator("iframe"))
    formgrader.get_by_role("link", name="Manual Grading").click()
    open_submissions(formgrader)
    expect(row(formgrader, "ada").locator("td.score")).to_have_text("59 / 60")
    press(formgrader, "ada", "generate-feedback")
    assert COMMENT in feedback_file(course, "ada").read_text()


def save(page: Page, field, value: str) -> None:
    """Fill in a field; formgrader saves it when it is left."""
    with page.expect_response(lambda answer: answer.request.method == "PUT") as saved:
        field.fill(value)
        field.blur()
    assert saved.value.ok


def feedback_file(course: Path, student: str) -> Path:
    return course / "assignments" / "feedback" / student / NAME / f"{NAME}.html"


def test_feedback_opens_and_asks_nobody(page, course, screenshot):
    asked = set()
    page.on("request", lambda request: asked.add(request.url.split("?")[0]))
    page.set_viewport_size({"width": 1200, "height": 580})
    page.goto(feedback_file(course, "dora").as_uri())
    diagnosis = EXERCISES["dropout.inverted"].mistakes["vanilla"]
    card = page.locator(".output_html", has_text=diagnosis)
    expect(card).to_be_visible()
    assert {url for url in asked if not url.startswith(("file:", "data:"))} == set()
    card.evaluate("card => card.scrollIntoView({block: 'end'})")
    screenshot("feedback")
