"""Lectures in a real JupyterLab: each runs, and every control of its explorers changes what it shows."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.harness import cell, errors, notebook, open_notebook, run_all, stop_kernels
from tests.lectures.changed import ROOT, parameters

WIDGET = "application/vnd.jupyter.widget-view+json"
ALL_CELLS_S = 300
PICTURED = "05_schedules"  # in the README


def shown(explorer: Locator) -> list[str]:
    """Everything that an explorer has drawn, panel by panel, and the words under it."""
    panels = [panel.inner_html() for panel in explorer.locator(".explorer-panel > svg").all()]
    return [*panels, explorer.locator(".explorer-text").inner_text()]


def drag_to_the_start(page: Page, slider: Locator) -> None:
    """Drag a slider's handle to the left end of its track, with the mouse."""
    slider.hover()  # scrolls to it too
    track = slider.locator("xpath=ancestor::*[contains(@class, 'noUi-target')]").bounding_box()
    page.mouse.down()
    page.mouse.move(track["x"] - 5, track["y"] + track["height"] / 2, steps=5)
    page.mouse.up()


def expect_a_change(explorer: Locator, move) -> None:
    before = shown(explorer)
    move()
    for _ in range(100):
        if shown(explorer) != before:
            return
        explorer.page.wait_for_timeout(20)
    raise AssertionError(f"Nothing changed: {before[-1]}")


def try_slider(page: Page, explorer: Locator, slider: Locator) -> None:
    """From one end to the other by keys, back with the mouse, one step by keys: each changes what is shown."""
    slider.press("Home")
    expect_a_change(explorer, lambda: slider.press("End"))
    expect_a_change(explorer, lambda: drag_to_the_start(page, slider))
    expect_a_change(explorer, lambda: slider.press("ArrowRight"))
    label = explorer.locator(".explorer-panels").get_attribute("aria-label")
    assert label == shown(explorer)[-1]


def try_controls(page: Page, explorer: Locator) -> None:
    """Every slider, and every button that is not pressed already."""
    for slider in explorer.get_by_role("slider").all():
        try_slider(page, explorer, slider)
    for button in explorer.locator(".widget-toggle-buttons button:not(.mod-active)").all():
        expect_a_change(explorer, button.click)


@pytest.mark.parametrize("lecture", parameters())
def test_a_lecture_runs_whole_and_its_controls_change_its_pictures(
    lab, page, problems, screenshot, lecture
):
    open_notebook(page, lab, str(lecture.relative_to(ROOT)))
    run_all(page, ALL_CELLS_S)
    assert errors(page) == []
    cells = notebook(page).cells
    outputs = [output for node in cells for output in node.get("outputs", [])]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []

    figures = [i for i, node in enumerate(cells) if re.search(r"^show\(", node.source, re.M)]
    assert figures
    for index in figures:
        for image in cell(page, index).locator(".jp-OutputArea img").all():
            assert len(image.get_attribute("alt")) > 30

    with_widgets = [
        index
        for index, node in enumerate(cells)
        if any(WIDGET in output.get("data", {}) for output in node.get("outputs", []))
    ]
    explorers = [
        found for index in with_widgets if (found := cell(page, index)).locator(".explorer").count()
    ]
    assert explorers
    for explorer in explorers:
        try_controls(page, explorer)
    if lecture.stem == PICTURED:
        end = explorers[0].locator(".explorer-text")
        end.evaluate("node => node.scrollIntoView({ block: 'end' })")
        screenshot("lecture")

    stop_kernels(lab)
    expect(page.get_by_text("No Kernel", exact=True)).to_be_visible()
    try_controls(page, explorers[-1])
    # ipywidgets reports that nobody hears of the moves, which is as it should be.
    unheard = ("Could not send widget", "page error: Cannot send ")  # of a slider, of a button
    problems[:] = [problem for problem in problems if not any(said in problem for said in unheard)]
