"""Slides and book of one lecture, opened as files."""

import json
import re

import pytest
from playwright.sync_api import expect

from publish import book
from publish.execute import executed
from publish.explorers import STATE
from tests.publish.conftest import PHONE
from tests.publish.deck import each_slide, move_each, tex_left, wait_for_deck, wait_for_explorer


@pytest.fixture(scope="module")
def sentences(small):
    """Of each explorer of the lecture, what it says at every position."""
    state = executed(small)[0].metadata.widgets[STATE]["state"].values()
    return [model["state"]["texts"] for model in state if "texts" in model["state"]]


def check_keyboard(page, figure, sentences):
    """The first explorer's one slider: each arrow is one position, the drawing and its sentence follow."""
    wait_for_explorer(figure)
    slider = figure.get_by_role("slider")
    texts = next(texts for texts in sentences if texts[0].startswith("Learning rate 0.0001"))
    labels = json.loads(slider.get_attribute("data-labels"))
    start = int(slider.input_value())
    marks = []
    for position in (start, start + 1, start + 2, start + 1):
        step = position - int(slider.input_value())
        if step:
            slider.press("ArrowRight" if step > 0 else "ArrowLeft")
        expect(figure.locator(".explorer-text")).to_have_text(texts[position])
        expect(figure.locator("output")).to_have_text(labels[position])
        assert slider.get_attribute("aria-valuetext") == labels[position]
        marks.append(
            figure.locator("svg[role=img] path").evaluate_all(
                "nodes => nodes.map(n => n.outerHTML)"
            )
        )
    assert marks[1] == marks[3] and marks[0] != marks[1] != marks[2]


def test_an_explorer_moves_on_its_slide_and_the_slide_stays(visit, small_slides, sentences):
    page = visit(small_slides / "05_schedules.html")
    for slide in each_slide(page):
        if slide.locator(".explorer-page").count():
            break
    here = page.evaluate("Reveal.getIndices()")
    check_keyboard(page, slide.locator(".explorer-page"), sentences)
    assert page.evaluate("Reveal.getIndices()") == here
    page.locator("input[type=range]:visible").click()  # a mouse gives the keys back to the slides
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    assert page.evaluate("Reveal.getIndices()") != here


def test_an_explorer_moves_in_the_book(visit, small_book, sentences):
    page = visit(small_book / "lectures" / "05_schedules.html")
    check_keyboard(page, page.locator(".explorer-page").first, sentences)
    for figure in page.locator(".explorer-page").all():
        wait_for_explorer(figure)
        assert any(move_each(figure))


def test_slides_fit_and_leave_no_tex(visit, small_slides):
    page = visit(small_slides / "05_schedules.html", color_scheme="dark")
    tall = [
        slide.inner_text()
        for slide in each_slide(page)
        if slide.evaluate("s => s.scrollHeight > 720")
    ]
    assert tall == []
    assert tex_left(page) == []
    assert page.locator("math").count() > 30
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 25, 30)"


def test_what_slides_are_told_to_skip_is_not_there_and_notes_are_not_shown(visit, small_slides):
    page = visit(small_slides / "05_schedules.html")
    wait_for_deck(page)
    text = page.locator(".slides").evaluate("node => node.textContent")
    assert "import copy" not in text and "import numpy" not in text
    assert page.locator("aside.notes").evaluate_all(
        "nodes => nodes.map(n => n.checkVisibility())"
    ) == [False]


def test_on_a_phone_slides_are_one_page(visit, small_slides):
    page = visit(small_slides / "05_schedules.html", viewport=PHONE, has_touch=True)
    expect(page.get_by_role("heading", name="What to remember")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    wait_for_explorer(page.locator(".explorer-page").last)


def test_the_index_leads_to_the_deck(visit, small_slides):
    page = visit(small_slides / "index.html")
    page.get_by_role("link", name="Lecture 5").click()
    wait_for_deck(page)
    assert page.title() == "Lecture 5: Learning-rate schedules"


@pytest.mark.parametrize("folder", ["slides", "book"])
def test_without_a_script_a_still_picture_and_its_text_remain(visit, request, folder):
    pages = request.getfixturevalue(f"small_{folder}")
    path = next(pages.rglob("05_schedules.html"))
    page = visit(path, java_script_enabled=False)
    still = page.locator(".explorer-still").first
    expect(still).to_be_visible()
    assert re.match("Learning rate .* is good", still.get_attribute("alt"))
    expect(page.locator(".explorer-controls").first).to_be_hidden()


def test_the_book_finds_a_word_and_leads_there(visit, small_book):
    page = visit(small_book / "index.html")
    page.keyboard.press("Control+k")
    page.get_by_role("searchbox").locator("visible=true").fill("plateau")
    page.keyboard.press("Enter")
    page.locator("#search-results").get_by_role("link", name="Lecture 5").first.click()
    expect(page.get_by_role("heading", name="A clock or a plateau?")).to_be_visible()
    assert tex_left(page) == []


def test_the_book_holds_the_pages_it_says_and_their_pictures_have_texts(visit, small_book):
    pages = {path.relative_to(small_book).as_posix() for path in small_book.rglob("*.html")}
    static = {"index.html", "search.html", "genindex.html"}
    own = {"README.html", "lectures/README.html", "lectures/05_schedules.html"}
    docs = {page for page in pages if page.startswith("docs/")}
    assert {page for page in pages if not page.startswith("_static")} == static | own | docs
    assert "docs/instructor.html" in docs
    page = visit(small_book / "lectures" / "05_schedules.html")
    alts = page.locator(".cell_output img").evaluate_all("nodes => nodes.map(n => n.alt)")
    assert len(alts) > 5 and all(len(alt) > 20 for alt in alts)


def test_the_students_book_has_no_page_for_instructors(small, tmp_path):
    book.build(small, tmp_path / "book", for_students=True)
    pages = {path.name for path in (tmp_path / "book").rglob("*.html")}
    assert {"README.html", "05_schedules.html"} <= pages and "instructor.html" not in pages
    assert "docs/" not in (tmp_path / "book" / "searchindex.js").read_text()


def test_a_deck_is_cut_the_same_on_every_screen(visit, small_slides):
    screens = [(1280, 720), (800, 600), (2560, 1440)]
    pages = [
        visit(small_slides / "05_schedules.html", viewport={"width": width, "height": height})
        for width, height in screens
    ]
    for page in pages:
        wait_for_deck(page)
    assert len({page.evaluate("Reveal.getTotalSlides()") for page in pages}) == 1


def test_the_list_of_lectures_links_to_the_lecture(visit, small_book):
    page = visit(small_book / "README.html")
    page.get_by_role("link", name="what is taught where").click()
    page.locator("main h2").get_by_role("link", name="Learning-rate schedules").click()
    expect(page.get_by_role("heading", name="Lecture 5: Learning-rate schedules")).to_be_visible()


def test_the_book_is_dark_where_the_reader_s_system_is_and_by_its_switch(visit, small_book):
    page = visit(small_book / "lectures" / "05_schedules.html", color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    plate = page.locator(".cell_output img:not(.explorer-still)").first
    assert plate.evaluate("n => getComputedStyle(n).backgroundColor") == "rgb(255, 255, 255)"
    page.get_by_role("button", name="Color mode").click()
    page.get_by_role("button", name="Light").click()
    page.wait_for_function(f"() => {ground} !== '{dark}'")
