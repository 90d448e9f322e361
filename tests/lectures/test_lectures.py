"""What every lecture keeps to: how it opens, how long its cells are, how it can be presented."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
LECTURES = sorted((ROOT / "lectures").glob("*.ipynb"))
SLIDE_TYPES = {"slide", "subslide", "fragment", "skip", "notes"}
MAX_LINES = 15


@pytest.fixture(params=LECTURES, ids=lambda path: path.stem)
def lecture(request) -> nbformat.NotebookNode:
    return nbformat.read(request.param, as_version=4)


def sources(lecture, cell_type: str) -> list[str]:
    return [cell.source for cell in lecture.cells if cell.cell_type == cell_type]


def test_there_are_lectures():
    assert LECTURES


def test_it_opens_with_its_contents_objectives_minutes_and_prerequisites(lecture):
    first, second = (cell.source for cell in lecture.cells[:2])
    assert re.match(r"# Lecture \d+: \w+", first)
    assert "After this lecture you can" in second
    assert re.search(r"\*\*Time\*\*: \d+ minutes", second)
    assert "**You need**" in second


def test_its_contents_are_its_sections_in_their_order(lecture):
    contents = re.findall(r"^(\d+\. .+)$", lecture.cells[0].source, re.MULTILINE)
    headings = re.findall(r"^## (.+)$", "\n".join(sources(lecture, "markdown")), re.MULTILINE)
    assert headings == contents


def test_it_ends_with_what_to_remember_and_papers(lecture):
    last, papers = sources(lecture, "markdown")[-2:]
    assert "What to remember" in last.splitlines()[0]
    assert papers.startswith("### Papers")
    assert len(re.findall(r"\b(19|20)\d\d\b", papers)) >= papers.count("\n- ")


def test_every_cell_says_how_it_is_presented(lecture):
    types = [cell.metadata.get("slideshow", {}).get("slide_type") for cell in lecture.cells]
    assert set(types) <= SLIDE_TYPES
    assert types[0] == "slide"


def test_code_cells_are_short(lecture):
    long = [source for source in sources(lecture, "code") if source.count("\n") >= MAX_LINES]
    assert long == []


def test_prose_stands_between_code(lecture):
    """No more than three code cells follow one another."""
    kinds = "".join(cell.cell_type[0] for cell in lecture.cells)
    assert "cccc" not in kinds


def test_every_figure_that_is_shown_has_an_alternative_text(lecture):
    for source in sources(lecture, "code"):
        for call in ast.walk(ast.parse(source)):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "show":
                assert "alt" in [keyword.arg for keyword in call.keywords], source


def test_no_cell_draws_a_random_mask(lecture):
    """Students write dropout themselves: lectures enumerate masks, or call torch's."""
    for source in sources(lecture, "code"):
        calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)]
        drawn = {"rand", "rand_like", "bernoulli", "bernoulli_", "uniform_", "binomial"}
        assert drawn.isdisjoint(call.attr for call in calls), source


def pointers() -> list[tuple[str, str, str]]:
    """(lecture, section, title) of every pointer into a lecture, from diagnoses and assignments."""
    files = [*ROOT.glob("autograder/**/*.py"), *ROOT.glob("assignments/texts/*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    return sorted(set(re.findall(r'Lecture (\d+), section (\d+): ([^"\n]+)"', text)))


def test_diagnoses_point_to_sections_that_exist():
    found = pointers()
    assert found
    for number, section, title in found:
        (path,) = [path for path in LECTURES if path.name.startswith(f"{int(number):02d}_")]
        prose = "\n".join(sources(nbformat.read(path, as_version=4), "markdown"))
        assert f"## {section}. {title}" in prose.splitlines()
