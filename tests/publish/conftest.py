"""Pages opened as files in a real Chromium, which must ask for nothing else and raise nothing."""

import pytest

from publish import book, execute, slides

DESKTOP = {"width": 1280, "height": 720}
PHONE = {"width": 390, "height": 844}
LOCAL = ("file:", "data:", "blob:")


def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def visit(browser):
    """visit(path, **context) opens a file; problems of any page so opened fail the test."""
    contexts, problems = [], []

    def open_page(path, **options):
        context = browser.new_context(**{"viewport": DESKTOP, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"error: {error}"))
        page.on(
            "console", lambda said: said.type in ("error", "warning") and problems.append(said.text)
        )
        page.on("request", lambda asked: asked.url.startswith(LOCAL) or problems.append(asked.url))
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture(scope="session")
def small():
    """The lecture that runs fastest."""
    return [path for path in execute.lectures() if path.stem == "05_schedules"]


@pytest.fixture(scope="session")
def small_slides(small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("small") / "slides"
    slides.build(small, folder)
    return folder


@pytest.fixture(scope="session")
def small_book(small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("small") / "book"
    book.build(small, folder)
    return folder


@pytest.fixture(scope="session")
def all_slides(tmp_path_factory):
    folder = tmp_path_factory.mktemp("all") / "slides"
    slides.build(execute.lectures(), folder)
    return folder


@pytest.fixture(scope="session")
def all_book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("all") / "book"
    book.build(execute.lectures(), folder)
    return folder
