"""Fixtures of the browser tests; harness.py says how to use them."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.harness import (
    ROOT,
    Lab,
    copy_course,
    running_lab,
    stop_kernels,
)

TIMEOUT_MS = 60_000
expect.set_options(timeout=TIMEOUT_MS)
FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that JupyterLab serves; a module that needs more in it overrides this."""
    return copy_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def lab(browser: Browser, course: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab on the folder `course`, with an empty home."""
    with running_lab(course, tmp_path_factory.mktemp("home")) as server:
        yield server


@pytest.fixture
def problems() -> list[str]:
    """Errors that the page raised or wrote to its console, each with the address it came from.

    They fail the test; one that expects some takes those out of the list.
    """
    return []


@pytest.fixture
def page(
    browser: Browser, lab: Lab, problems: list[str], tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A fresh page, with no kernel running yet."""
    context = browser.new_context(viewport={"width": 1300, "height": 900})
    context.set_default_timeout(TIMEOUT_MS)
    fresh = context.new_page()
    fresh.on("pageerror", lambda error: problems.append(f"page error: {error} ({fresh.url})"))
    fresh.on(
        "console",
        lambda message: (
            message.type == "error"
            and problems.append(f"console: {message.text} ({message.location['url']})")
        ),
    )
    yield fresh
    if request.node.stash.get(FAILED, False):
        fresh.screenshot(path=tmp_path / "failure.png")
    context.close()
    stop_kernels(lab)
    assert problems == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """A failure shows the end of JupyterLab's log, and where the picture of the page is."""
    report = yield
    used = getattr(item, "funcargs", {})
    if report.failed and "page" in used:
        item.stash[FAILED] = True
        report.sections.append(("JupyterLab's log, its end", used["lab"].log.read_text()[-5000:]))
        report.sections.append(("Picture of the page", str(used["tmp_path"] / "failure.png")))
    return report


@pytest.fixture
def screenshot(page: Page, tmp_path: Path) -> Callable[..., Path]:
    """`screenshot(name, of=None)`: a picture of the page, or of a locator in it.

    With SCREENSHOTS=1 in the environment it becomes docs/images/NAME.png.
    """
    folder = ROOT / "docs" / "images" if os.environ.get("SCREENSHOTS") == "1" else tmp_path

    def take(name: str, of: Locator | None = None) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.png"
        (of or page).screenshot(path=path, animations="disabled")
        return path

    return take
