"""Every slide and every page of the book, with every explorer."""

import pytest

from publish.execute import lectures
from tests.publish.conftest import PHONE
from tests.publish.deck import each_slide, move_each, tex_left, wait_for_explorer

pytestmark = [pytest.mark.full, pytest.mark.timeout(1200)]
NAMES = [path.stem for path in lectures()]
TOO_LARGE = "s => s.scrollHeight > s.clientHeight || s.scrollWidth > s.clientWidth"


@pytest.mark.parametrize("name", NAMES)
def test_every_slide_fits_and_every_explorer_on_it_moves(visit, all_slides, name):
    page = visit(all_slides / f"{name}.html")
    large, still, num_explorers = [], [], 0
    for number, slide in enumerate(each_slide(page), 1):
        for figure in slide.locator(".explorer-page").all():
            num_explorers += 1
            if not any(move_each(figure)):
                still.append(number)
        if slide.evaluate(TOO_LARGE):
            large.append(number)
    assert large == [] and still == []
    assert num_explorers == page.locator(".explorer-page").count() > 3
    assert tex_left(page) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_explorer_in_the_book_moves(visit, all_book, name):
    page = visit(all_book / "lectures" / f"{name}.html")
    figures = page.locator(".explorer-page").all()
    assert len(figures) > 3
    for figure in figures:
        wait_for_explorer(figure)
        assert any(move_each(figure))
    assert tex_left(page) == []


def test_no_page_is_wider_than_a_phone(visit, all_book, all_slides):
    wide = []
    for path in [*all_book.rglob("*.html"), *all_slides.glob("*.html")]:
        if "_static" in path.parts:
            continue
        page = visit(path, viewport=PHONE)
        if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            wide.append(path.name)
        page.close()
    assert wide == []
