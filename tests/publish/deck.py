"""Reading a deck of slides, and explorers on any page."""

import re
from collections.abc import Iterator

from playwright.sync_api import Locator, Page

NEXT = """() => {
    const { h, v } = Reveal.getIndices();
    if (Reveal.availableRoutes().down) Reveal.slide(h, v + 1);
    else Reveal.slide(h + 1, 0);
}"""
CURRENT = "section.present section.present, section.present:not(.stack)"
TEX = re.compile(r"\\[a-zA-Z]+\s*[{_^]|\$[^$\n]{1,80}\$|\\(?:frac|alpha|begin|arg|Vert)")
# Prose alone: code, and what it put out, may hold dollars and backslashes.
PROSE = """() => {
    const copy = document.querySelector('main, .slides, body').cloneNode(true);
    copy.querySelectorAll('pre, code, script, style').forEach(node => node.remove());
    return copy.textContent;
}"""


def wait_for_deck(page: Page) -> None:
    page.wait_for_function("() => window.Reveal?.isReady()")


def each_slide(page: Page) -> Iterator[Locator]:
    """The slides in their order, each the current one, its explorers drawn."""
    wait_for_deck(page)
    while True:
        slide = page.locator(CURRENT).last
        for figure in slide.locator(".explorer-page").all():
            wait_for_explorer(figure)
        yield slide
        if page.evaluate("Reveal.isLastSlide()"):
            return
        page.evaluate(NEXT)


def wait_for_explorer(figure: Locator) -> None:
    figure.scroll_into_view_if_needed()
    figure.locator(".explorer-controls:enabled").wait_for()


def drawn(figure: Locator) -> str:
    """What an explorer shows: its marks and its sentence."""
    return figure.locator(".explorer-picture").evaluate("node => node.innerHTML")


def move_each(figure: Locator) -> list[bool]:
    """Press an arrow on every control; whether what is said or drawn changed, for each."""
    changed = []
    for control in figure.locator(".explorer-control").all():
        inputs = control.locator("input")
        start = inputs.first if inputs.count() == 1 else control.locator("input:checked")
        before = drawn(figure)
        last = int(start.get_attribute("max") or inputs.count() - 1)
        start.press("ArrowLeft" if int(start.input_value()) == last else "ArrowRight")
        changed.append(drawn(figure) != before)
    return changed


def tex_left(page: Page) -> list[str]:
    return TEX.findall(page.evaluate(PROSE))
