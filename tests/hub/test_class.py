"""A class on the hub, in Chromium: release, fetch, work, validate, submit, collect, grade, feedback."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from autograder.grading.answers import read_answers
from autograder.grading.course import Course, answer_id, grade_id
from autograder.grading.sample import WRITTEN
from tests.browser.harness import (
    choose,
    errors,
    find_cell,
    run_cell,
    save,
    wait_for_notebook,
    write_cell,
)
from tests.browser.test_assignment import try_answer, validated
from tests.conftest import COURSE, ROOT
from tests.grading.test_exchange import answered, plan
from tests.hub.conftest import NAME
from tests.hub.running import GRADER, PASSWORD, Hub

pytestmark = [pytest.mark.browser, pytest.mark.full, pytest.mark.timeout(1800)]
TIMEOUT_MS = 120_000
expect.set_options(timeout=TIMEOUT_MS)
EXERCISE, MISTAKE = "dropout.inverted", "no_scale"
DIAGNOSIS = COURSE.assignment(NAME).checks[EXERCISE].exercise.mistakes[MISTAKE]
COURSE_ID = "neural-networks"


@pytest.fixture
def enter(browser: Browser, hub: Hub, tmp_path: Path) -> Iterator[Callable[[str], Page]]:
    """`enter(user)`: a browser of the user's own, in which they have logged in. Its last picture is kept."""
    pages = {}

    def log_in(user: str) -> Page:
        context = browser.new_context(viewport={"width": 1300, "height": 900})
        context.set_default_timeout(TIMEOUT_MS)
        page = pages[user] = context.new_page()
        page.goto(hub.url)
        page.get_by_label("Username").fill(user)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        return page

    yield log_in
    for user, page in pages.items():
        page.screenshot(path=tmp_path / f"{user}.png")
        page.context.close()


def press(page: Page, row: str, button: str) -> None:
    """Press one of the buttons in a row of formgrader and read that it went well."""
    page.locator("#main-table tr", has_text=row).locator(f"td.{button} a").click()
    dialog = page.locator(".modal-dialog", has_text="Log Output")
    expect(dialog).to_contain_text("Success")
    dialog.get_by_role("button", name="OK").click()
    expect(dialog).to_have_count(0)


def open_list(page: Page) -> None:
    """The list of assignments, as it stands now."""
    page.wait_for_selector("#jp-main-dock-panel")  # right after logging in the server only starts
    page.goto(page.url.split("/lab")[0] + "/lab?reset")
    page.wait_for_function("() => !window.location.search.includes('reset')")
    choose(page, "Nbgrader", "Assignment List")


def fetch(page: Page) -> None:
    """Fetch the assignment from the list and open its notebook."""
    open_list(page)
    page.locator("#released_assignments_list").get_by_role("button", name="Fetch").click()
    fetched = page.locator("#fetched_assignments_list")
    fetched.get_by_role("button", name=NAME).click()
    fetched.get_by_role("link", name=NAME).click()
    wait_for_notebook(page)


def work(page: Page, course: Course, answer: str) -> None:
    """Write everything as in the solution, but for one exercise, whose answer is typed and checked."""
    cells = course.assignment(NAME).notebook.cells
    solution = {grade_id(node): node.source for node in cells if node.cell_type == "code"}
    for name, source in (solution | {"written-gap": WRITTEN}).items():
        if name:
            write_cell(page, find_cell(page, name), source)
    run_cell(page, find_cell(page, "setup"))
    card = try_answer(page, EXERCISE, answer)
    is_right = answer == solution[answer_id(EXERCISE)]
    expect(card).to_contain_text(": right," if is_right else DIAGNOSIS)
    assert errors(page) == []
    save(page)


def submit(page: Page) -> None:
    open_list(page)
    page.locator("#fetched_assignments_list").get_by_role("button", name="Submit").click()
    expect(page.locator("#submitted_assignments_list").get_by_text(NAME).first).to_be_visible()


def hand_in_late_and_renamed(hub: Hub, user: str) -> None:
    """What a third student does, without a browser: fetched, solved, renamed, and handed in after the date."""
    token = hub.log_in(user)[1]
    assert hub.start(user, token) == 201
    what = {"course_id": COURSE_ID, "assignment_id": NAME}
    ask = f"/user/{user}/assignments"
    assert hub.ask(f"{ask}/fetch", token, "POST", what)[1]["success"]
    released = hub.home(user) / NAME / f"{NAME}.ipynb"
    released.with_name("mine.ipynb").write_text(answered(released, hub.course, wrong=False))
    released.unlink()
    plan(hub.course, due=datetime.now(UTC).isoformat())
    assert hub.ask(f"{ask}/submit", token, "POST", what)[1]["success"]


def fetch_feedback(hub: Hub, user: str) -> list[Path]:
    """Fetch feedback without a browser; the pages that came."""
    what = {"course_id": COURSE_ID, "assignment_id": NAME}
    status, _ = hub.ask(
        f"/user/{user}/assignments/fetch_feedback", hub.log_in(user)[1], "POST", what
    )
    assert status == 200
    return list((hub.home(user) / NAME).rglob("*.html"))


def grade_in_a_terminal(hub: Hub) -> None:
    """What an instructor types in a terminal of the course's server."""
    kit = hub.course.root
    environment = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
    environment |= {"HOME": str(hub.home(GRADER)), "PYTHONPATH": str(kit), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "autograder.cli", "grade", NAME]
    done = subprocess.run(command, cwd=kit, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def read_feedback(page: Page) -> FrameLocator:
    """Fetch the feedback from the list of assignments and open it in JupyterLab."""
    open_list(page)
    submitted = page.locator("#submitted_assignments_list")
    submitted.get_by_role("button", name="Fetch Feedback").click()
    submitted.get_by_text("(view feedback)").click()
    page.locator(".jp-DirListing-item", has_text=f"{NAME}.html").dblclick()
    return page.frame_locator(".jp-HTMLViewer iframe")


def test_from_release_to_feedback(enter, hub, tmp_path):
    """With SCREENSHOTS=1 in the environment the picture of the page is taken anew."""
    pictures = ROOT / "docs" / "images" if os.environ.get("SCREENSHOTS") == "1" else tmp_path
    course = hub.course
    plan(course)
    known = {(a.exercise, a.name): a.source for a in read_answers(course.answers)}
    solution = next(
        cell.source
        for cell in course.assignment(NAME).notebook.cells
        if grade_id(cell) == answer_id(EXERCISE)
    )

    ida = enter("ida")
    ida.get_by_role("button", name="Authorize").click()
    expect(ida.locator("#main-table")).to_contain_text(NAME)
    with ida.context.expect_page() as opened:
        ida.get_by_role("link", name=NAME).click()
    expect(opened.value.locator(".jp-DirListing-item", has_text=f"{NAME}.ipynb")).to_be_visible()
    opened.value.close()
    press(ida, NAME, "release")

    ada, bob = enter("ada"), enter("bob")
    for page, answer in ((ada, solution), (bob, known[EXERCISE, MISTAKE])):
        fetch(page)
        work(page, course, answer)
        says = validated(page)
        assert ("Success!" in says) == (page is ada), says
        submit(page)
    hand_in_late_and_renamed(hub, "cleo")

    press(ida, NAME, "collect")
    ida.locator("#main-table td.num-submissions").get_by_role("link", name="3").click()
    press(ida, "ada", "autograde")
    press(ida, "bob", "autograde")
    grade_in_a_terminal(hub)
    ida.reload()
    for student, score in {"ada": "52 / 60", "bob": "49 / 60", "cleo": "52 / 60"}.items():
        shown = ida.locator("#main-table tr", has_text=student)
        expect(shown.locator("td.score")).to_have_text(score)
    ida.get_by_role("link", name="Manage Assignments").click()
    press(ida, NAME, "generate-feedback")
    press(ida, NAME, "release-feedback")

    for page, score in ((ada, 52), (bob, 49)):
        feedback = read_feedback(page)
        expect(feedback.get_by_text(f"(Score: {score}.0 / 60.0)")).to_be_visible()
        expect(feedback.get_by_text(DIAGNOSIS)).to_have_count(1 if page is bob else 0)
        if page is bob:
            feedback.get_by_text(DIAGNOSIS).scroll_into_view_if_needed()
            page.screenshot(path=pictures / "hub.png", animations="disabled")
    for user in ("ada", "bob"):
        texts = [path.read_text() for path in (hub.home(user) / NAME).rglob("*.html")]
        assert texts and all((DIAGNOSIS in text) == (user == "bob") for text in texts)
    bob.goto(f"{hub.url}/user/ada/lab/tree/{NAME}")
    expect(bob.get_by_role("heading", name="403")).to_be_visible()
    # nbgrader looks for feedback under the name that was handed in: docs/jupyterhub.md says what to do.
    assert fetch_feedback(hub, "cleo") == []
    late = course.nbgrader_root / "feedback" / "cleo" / NAME / f"{NAME}.html"
    assert "Late submission penalty (Score: -6.0)" in late.read_text()
