"""Lecture 3 in a real JupyterLab: it runs, and its sliders move their pictures."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.harness import cell, errors, notebook, open_notebook, run_all

LECTURE = "lectures/03_regularization.ipynb"
NUM_EXPLORERS = 3


@pytest.fixture
def executed(lab, page) -> Page:
    """The lecture after Run All Cells."""
    open_notebook(page, lab, LECTURE)
    run_all(page)
    return page


def explorer_cells(page: Page) -> list[int]:
    return [
        index
        for index, node in enumerate(notebook(page).cells)
        if node.cell_type == "code" and re.search(r"= explorer\(", node.source)
    ]


def picture(explorer: Locator) -> list[str]:
    """Everything that an explorer has drawn, panel by panel."""
    return [panel.inner_html() for panel in explorer.locator(".explorer-panel > svg").all()]


def drag(page: Page, slider: Locator, share: float) -> None:
    """Drag a slider's handle to a share of its track, with the mouse."""
    slider.hover()  # scrolls to it too
    track = slider.locator("xpath=ancestor::*[contains(@class, 'noUi-target')]").bounding_box()
    page.mouse.down()
    x, y = track["x"] + share * track["width"], track["y"] + track["height"] / 2
    page.mouse.move(x, y, steps=5)
    page.mouse.up()


def test_the_lecture_runs_whole_and_its_sliders_move_their_pictures(executed, screenshot):
    page = executed
    assert errors(page) == []
    outputs = [output for node in notebook(page).cells for output in node.get("outputs", [])]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
    found = explorer_cells(page)
    assert len(found) == NUM_EXPLORERS
    for number, index in enumerate(found):
        explorer = cell(page, index)
        sentence = explorer.locator(".explorer-text")
        for slider in explorer.get_by_role("slider").all():
            expect(slider).to_be_visible()
            for move in (
                lambda slider=slider: drag(page, slider, 0.65),
                lambda slider=slider: drag(page, slider, 0.2),
                lambda slider=slider: slider.press("ArrowLeft"),
                lambda slider=slider: slider.press("ArrowRight"),
            ):
                before, words = picture(explorer), sentence.inner_text()
                move()
                expect(sentence).not_to_have_text(words)
                assert picture(explorer) != before
                label = explorer.locator(".explorer-panels").get_attribute("aria-label")
                assert label == sentence.inner_text()
        if number == 1:
            screenshot("lecture")
