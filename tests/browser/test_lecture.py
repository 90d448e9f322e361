"""Lecture 3 in a real JupyterLab: it runs, and its sliders move their pictures."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.harness import cell, errors, notebook, open_notebook, run_all, stop_kernels

LECTURE = "lectures/03_regularization.ipynb"
NUM_EXPLORERS = 3


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


def try_slider(page: Page, explorer: Locator, slider: Locator) -> None:
    """Drag it twice, press both arrow keys: each changes the picture and the words under it."""
    sentence = explorer.locator(".explorer-text")
    moves = [
        lambda: drag(page, slider, 0.65),
        lambda: drag(page, slider, 0.2),
        lambda: slider.press("ArrowLeft"),
        lambda: slider.press("ArrowRight"),
    ]
    for move in moves:
        before, words = picture(explorer), sentence.inner_text()
        move()
        expect(sentence).not_to_have_text(words)
        assert picture(explorer) != before
        label = explorer.locator(".explorer-panels").get_attribute("aria-label")
        assert label == sentence.inner_text()


def test_the_lecture_runs_whole_and_its_sliders_move_their_pictures(
    lab, page, problems, screenshot
):
    open_notebook(page, lab, LECTURE)
    run_all(page)
    assert errors(page) == []
    cells = notebook(page).cells
    outputs = [output for node in cells for output in node.get("outputs", [])]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []

    figures = [
        index for index, node in enumerate(cells) if re.search(r"^show\(", node.source, re.M)
    ]
    assert figures
    for index in figures:
        assert len(cell(page, index).locator(".jp-OutputArea img").get_attribute("alt")) > 30

    explorers = [index for index, node in enumerate(cells) if "= explorer(" in node.source]
    assert len(explorers) == NUM_EXPLORERS
    for number, index in enumerate(explorers):
        explorer = cell(page, index)
        for slider in explorer.get_by_role("slider").all():
            try_slider(page, explorer, slider)
        if number == 1:
            end = explorer.locator(".explorer-text")
            end.evaluate("node => node.scrollIntoView({ block: 'end' })")
            screenshot("lecture")

    stop_kernels(lab)
    expect(page.get_by_text("No Kernel", exact=True)).to_be_visible()
    for slider in explorer.get_by_role("slider").all():
        try_slider(page, explorer, slider)
    # ipywidgets reports that nobody hears of the moves, which is as it should be.
    problems[:] = [problem for problem in problems if "Could not send widget" not in problem]
