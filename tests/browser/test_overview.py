"""The class overview in a browser: the page as anybody opens it, and the notebook in JupyterLab."""

import pytest
from playwright.sync_api import expect

from autograder.grading.grade import grade_class
from autograder.grading.overview.write import NOTEBOOK, write_overview
from tests.browser.harness import cell, errors, open_notebook, run_all
from tests.grading.overviews import hostile_page
from tests.grading.small import NAME, hand_in, small_course, solution

MALLORY = "<img src=x onerror=window.pwned=1>"
# Of every text its contrast with the paper, as WCAG 2 defines it; the least of all.
CONTRAST = """() => {
    const light = colour => {
        const parts = colour.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255)
            .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
    };
    const paper = light(getComputedStyle(document.querySelector('main')).backgroundColor);
    const ratio = text => (Math.max(text, paper) + 0.05) / (Math.min(text, paper) + 0.05);
    const texts = [...document.querySelectorAll('main :not(title, desc)')]
        .filter(e => e.children.length === 0 && e.textContent.trim());
    const ink = e => { const s = getComputedStyle(e); return light(e instanceof SVGElement ? s.fill : s.color); };
    return Math.min(...texts.map(e => ratio(ink(e))));
}"""


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "overview.html"
    path.write_text(hostile_page())
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1100])
def test_the_page_fits_is_readable_and_runs_nothing(browser, page_file, width, scheme):
    viewport = {"width": width, "height": 900}
    with browser.new_context(viewport=viewport, color_scheme=scheme) as context:
        page, asked, problems = context.new_page(), [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(page_file.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
        for media in ("screen", "print"):
            page.emulate_media(media=media)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate(CONTRAST) >= 4.5
        assert asked == [page_file.as_uri()] and problems == []
        assert page.evaluate("window.pwned === undefined && window.length === 0")
        expect(page.get_by_role("heading", level=1)).to_have_text("Class overview: 01_made")
        table = page.get_by_role("table").filter(has_text="Most frequent mistake")
        assert table.get_by_role("row").count() == 5 if width > 640 else True
        assert (
            page.get_by_role("img", name="middle: 11 right, 2 partly right, 8 wrong").count() == 2
        )


@pytest.fixture(scope="module")
def course(assignment, tmp_path_factory):
    """A small graded course, with its overview."""
    mini = small_course(tmp_path_factory.mktemp("small"), assignment)
    right = solution(mini)
    for student in ("ada", "ben", MALLORY):
        wrong = f"{right}\nraise ValueError('{MALLORY}')" if student == MALLORY else right
        hand_in(mini, student, wrong if student != "ben" else right.replace("self.min_lr + ", ""))
    grade_class(mini, progress=False)
    write_overview(mini)
    return mini.course.root


@pytest.mark.full
def test_choosing_in_the_notebook(page, lab):
    """An exercise, then a mistake; a student. What students wrote is text here too."""
    open_notebook(page, lab, f"assignments/reports/{NAME}/{NOTEBOOK}")
    run_all(page)
    assert errors(page) == []
    exercises = cell(page, 3)
    expect(exercises.get_by_role("img", name="Points of the class in")).to_be_visible()
    exercises.get_by_role("combobox").nth(1).select_option(index=1)
    expect(exercises.get_by_text("class WarmupCosine")).to_be_visible()
    students = cell(page, 5)
    students.get_by_role("combobox").select_option(label="ben")
    expect(students.get_by_text("partly right")).to_be_visible()
    students.get_by_role("combobox").select_option(label=MALLORY)
    expect(students.get_by_text(f"stopped with ValueError: {MALLORY}")).to_be_visible()
    expect(cell(page, 7).get_by_text("No pair stands out.")).to_be_visible()
    assert page.evaluate("window.pwned === undefined")
