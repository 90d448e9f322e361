"""`make lab`: JupyterLab starts, nbgrader's extensions work, a notebook runs."""

from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser.harness import (
    cell,
    choose,
    copy_course,
    errors,
    find_cell,
    notebook,
    open_lab,
    open_notebook,
    run_all,
    run_cell,
    save,
    text,
    write_cell,
)

SMALL = "assignments/source/00_small/00_small.ipynb"
GRADED = {"grade_id": "two", "grade": True, "locked": True, "schema_version": 3, "solution": False}


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    folder = copy_course(tmp_path_factory.mktemp("course"))
    new = nbformat.v4
    cells = [
        new.new_markdown_cell("# Small"),
        new.new_code_cell("import utils\nx = 1"),
        new.new_code_cell("%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([x]);"),
        new.new_code_cell("assert x + 1 == 2", metadata={"nbgrader": {**GRADED, "points": 1}}),
        new.new_code_cell("x"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    small = new.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    source = folder / "assignments" / "source" / "00_small" / "00_small.ipynb"
    source.parent.mkdir()
    nbformat.write(small, source)
    return folder


def test_a_notebook_runs_whole(lab, page, screenshot):
    open_notebook(page, lab, SMALL)
    assert page.locator(".jp-Dialog").count() == 0
    run_all(page)
    assert errors(page) == []
    assert text(page, 4) == "1"
    assert cell(page, 2).locator("img").is_visible()
    screenshot("lab")


def test_an_error_is_seen_and_an_edit_is_saved(lab, page):
    open_notebook(page, lab, SMALL)
    index = find_cell(page, "two")
    run_cell(page, index)
    assert errors(page) == [f"cell {index}: NameError: name 'x' is not defined"]
    write_cell(page, 4, "y = 3\ny")
    run_cell(page, 4)
    assert text(page, 4) == "3"
    assert notebook(page).cells[4].source == "y = 3\ny"
    save(page)
    saved = nbformat.read(lab.folder / SMALL, as_version=4)
    assert saved.cells[4].source == "y = 3\ny"
    assert "jupytext" not in saved.metadata
    assert [path.name for path in (lab.folder / SMALL).parent.glob("*.py")] == []


def test_formgrader_lists_the_course_s_assignments(lab, page, screenshot):
    open_lab(page, lab)
    choose(page, "Nbgrader", "Formgrader")
    formgrader = page.frame_locator("iframe")
    expected = sorted(path.parent.name for path in lab.folder.glob("assignments/source/*/*.ipynb"))
    rows = formgrader.locator("#main-table td.name")
    rows.first.wait_for()
    assert sorted(rows.all_inner_texts()) == expected
    screenshot("formgrader-assignments")


def test_validate_tells_right_from_wrong(lab, page):
    open_notebook(page, lab, SMALL)
    for source, answer in [("x = 1", "Success!"), ("x = 2", "AssertionError")]:
        write_cell(page, 1, source)
        page.get_by_role("button", name="Validate").click()
        dialog = page.locator(".jp-Dialog", has_text="Validation Results")
        expect(dialog).to_contain_text(answer)
        dialog.get_by_role("button", name="Ok").click()
        expect(dialog).to_have_count(0)


def test_an_instructor_sees_what_each_cell_is_for(lab, page):
    open_notebook(page, lab, SMALL)
    page.get_by_role("tab", name="Create Assignment").click()
    expect(page.get_by_role("textbox", name="ID:")).to_have_value("two")
    expect(page.get_by_role("spinbutton", name="Points:", exact=True)).to_have_value("1")


def test_students_list_of_assignments_opens(lab, page):
    open_lab(page, lab)
    choose(page, "Nbgrader", "Assignment List")
    expect(page.get_by_text("There are no assignments to fetch.")).to_be_visible()


def test_nothing_pops_up_and_the_exchange_is_open_to_all(lab, page):
    open_lab(page, lab)
    page.wait_for_function("() => window.jupyterapp.restored.then(() => true)")
    page.wait_for_timeout(2000)
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0
    assert (lab.folder / ".exchange").stat().st_mode & 0o777 == 0o777
