"""The parts that pages are made from."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autograder.grading.course import CourseError
from publish import book, execute, explorers
from publish.folders import replaced
from publish.formulas import mathml


@pytest.mark.parametrize(
    "tex, parts",
    [
        (r"\begin{cases} a & b \\ c & d \end{cases}", ["mtable", "columnalign", "&#x0007B;"]),
        (r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}", ["mtable", "mtd"]),
        (r"\arg\min_x f(x)", [">arg<", ">min<"]),
        (r"\Big\| x \Big\|^2", ["&#x02016;", 'minsize="1.623em"', "<mspace"]),
        (r"\lVert x \rVert^2", ['stretchy="false"']),
        (r"\log 10", ["<mi>log</mi><mspace"]),
        (r"\log_2 x", ["<msub><mi>log</mi><mn>2</mn></msub>"]),
        (r"\underbrace{a + b}_{\text{sum}}", ["munder", ">sum<"]),
    ],
)
def test_formulas_become_mathml(tex, parts):
    made = mathml(tex, "block")
    assert made.startswith("<math") and "\\" not in made
    assert [part for part in parts if part not in made] == []


@pytest.mark.parametrize(
    "tex", [r"\begin{aligned} a &= b \\ c &= d \end{aligned}", r"\nosuch x", r"x^a^b"]
)
def test_a_formula_that_cannot_be_shown_is_named(tex):
    with pytest.raises(CourseError, match="cannot be shown"):
        mathml(tex, "inline")


def test_bars_and_warnings_are_left_out_and_the_text_between_is_one(tmp_path):
    bar = new_output("display_data", {explorers.VIEW: {"model_id": "x"}, "text/plain": "  0%|"})
    outputs = [
        new_output("stream", name="stdout", text="first\n"),
        bar,
        new_output("stream", name="stderr", text="a warning\n"),
        new_output("stream", name="stdout", text="\nsecond\n"),
    ]
    alone = [bar, new_output("stream", name="stdout", text="\n")]
    notebook = new_notebook(cells=[new_code_cell("", outputs=o) for o in (outputs, alone)])
    static = explorers.without_kernel(notebook, "name", tmp_path, "explorers")
    assert [output.text for output in static.cells[0].outputs] == ["first\nsecond\n"]
    assert static.cells[1].outputs == []
    assert len(notebook.cells[0].outputs) == 4  # the one that is kept stays as it was


def test_a_drawer_that_changed_its_last_line_is_named(tmp_path, monkeypatch):
    changed = tmp_path / "explorer.js"
    changed.write_text("export { render };")
    monkeypatch.setattr(explorers, "DRAWER", changed)
    with pytest.raises(ValueError, match="explorer.js does not end with"):
        explorers.script()


def test_of_links_that_leave_the_book_the_words_stay():
    text = "[a](b.md#c), [`d`](../e.toml), ![f](g.png), [h](https://example.org/b.md), [i](#j)"
    kept = book._with_links_into({Path("docs/b.md")}, text, Path("docs"))
    assert kept == "[a](b.md#c), `d`, ![f](g.png), [h](https://example.org/b.md), [i](#j)"


@pytest.mark.parametrize("text", ["[gone](gone.md)", "$\\nosuch$"])
def test_a_fault_of_a_page_is_named(tmp_path, text):
    source = tmp_path / "source"
    source.mkdir()
    (source / "index.md").write_text(f"# Title\n\n{text}\n")
    with pytest.raises(CourseError, match="gone|nosuch"):
        book._run_sphinx(source, tmp_path / "out", tmp_path / "static")


def test_a_build_that_fails_leaves_the_last_one(tmp_path):
    out = tmp_path / "out"
    with replaced(out) as folder:
        (folder / "page").write_text("first")
    with pytest.raises(ZeroDivisionError), replaced(out) as folder:
        (folder / "page").write_text("second")
        raise ZeroDivisionError
    assert (out / "page").read_text() == "first"
    with replaced(out):
        pass
    assert list(out.iterdir()) == []


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of one notebook, and what was run of it."""
    runs = []
    monkeypatch.setattr(execute, "ROOT", tmp_path)
    monkeypatch.setattr(execute, "EXECUTED", tmp_path / "executed")
    run = execute._run
    monkeypatch.setattr(execute, "_run", lambda path: (runs.append(path.name), run(path))[1])
    (tmp_path / "utils").mkdir()
    return tmp_path, runs


def write(path, source):
    nbformat.write(new_notebook(cells=[new_code_cell(source)]), path)
    return path


def test_a_notebook_is_run_again_only_where_it_or_utils_changed(course):
    folder, runs = course
    path = write(folder / "01_one.ipynb", "print(6 * 7)")
    for _ in range(2):
        (made,) = execute.executed([path])
        assert made.cells[0].outputs[0].text == "42\n"
    assert len(runs) == 1
    (folder / "utils" / "new.py").write_text("")
    execute.executed([path])
    write(path, "print(6 * 8)")
    (made,) = execute.executed([path])
    assert made.cells[0].outputs[0].text == "48\n"
    assert len(runs) == 3
    assert len(list((folder / "executed").iterdir())) == 1


def test_a_cell_that_fails_is_a_sentence(course):
    folder, _ = course
    path = write(folder / "01_one.ipynb", "1 / 0")
    with pytest.raises(
        CourseError, match="01_one.ipynb has a cell that fails: ZeroDivisionError: division by zero"
    ):
        execute.executed([path])
    assert not (folder / "executed").exists()
