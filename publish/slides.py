"""The lectures as reveal.js slides: one HTML a lecture, an index, and all that they need beside them."""

import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from nbconvert import SlidesExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from pygments.formatters import HtmlFormatter

from autograder.files import write_atomically
from autograder.grading.course import CourseError
from publish.execute import BUILD, executed, lectures
from publish.explorers import HERE, TEMPLATES, script, without_kernel
from publish.folders import replaced
from publish.formulas import mathml

SLIDES = BUILD / "slides"
TITLE = "Training neural networks"
FILES = (
    "vendor/reveal/reveal.js",
    "vendor/reveal/reveal.css",
    "vendor/reveal/notes.js",
    "vendor/stix/stix-two-math.woff",
    "static/explorers.css",
    "static/slides.css",
    "static/slides.js",
)
CODE_LIGHT, CODE_DARK = "default", "github-dark"  # pygments' styles


class Renderer(IPythonRenderer):
    """Markdown with its formulas as MathML."""

    def inline_math(self, body):
        return mathml(body, "inline")

    def block_math(self, body):
        return mathml(body, "block")

    def latex_environment(self, name, body):
        return mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")


def markdown2html(source: str) -> str:
    """A cell's Markdown as HTML."""
    return MarkdownWithMath(Renderer(escape=False, exclude_anchor_links=True)).render(source)


def title_of(notebook: NotebookNode) -> str:
    """The first heading."""
    return re.search(r"^# (.+)$", notebook.cells[0].source, re.MULTILINE)[1]


def build(notebooks: Sequence[Path], out: Path = SLIDES) -> None:
    """Write the slides of these notebooks into the folder `out`. Raises CourseError where a cell fails."""
    decks = []
    with replaced(out) as folder:
        for path, notebook in zip(notebooks, executed(notebooks), strict=True):
            title = title_of(notebook)
            decks.append({"name": path.stem, "title": title})
            static = without_kernel(notebook, path.stem, folder / "explorers", "explorers")
            write_atomically(folder / f"{path.stem}.html", _deck(static, title))
        index = TEMPLATES.get_template("slides_index.html.j2").render(title=TITLE, lectures=decks)
        write_atomically(folder / "index.html", index)
        _write_static(folder / "static")


def _deck(notebook, title):
    exporter = SlidesExporter(template_file=str(HERE / "templates" / "slides.html.j2"))
    exporter.register_filter("markdown2html", markdown2html)
    page, _ = exporter.from_notebook_node(notebook, {"title": title})
    return page


def _write_static(folder):
    folder.mkdir()
    for name in FILES:
        shutil.copy(HERE / name, folder)
    shutil.copy(HERE / "vendor" / "reveal" / "LICENSE", folder / "reveal.LICENSE")
    shutil.copy(HERE / "vendor" / "stix" / "LICENSE", folder / "stix-two-math.LICENSE")
    write_atomically(folder / "explorers.js", script())
    light, dark = (HtmlFormatter(style=style) for style in (CODE_LIGHT, CODE_DARK))
    colors = light.get_style_defs(".highlight")
    colors += f"\n@media (prefers-color-scheme: dark) {{\n{dark.get_style_defs('.highlight')}\n}}\n"
    write_atomically(folder / "code.css", colors)


if __name__ == "__main__":
    try:
        build(lectures())
    except CourseError as error:
        sys.exit(str(error))
    print(f"slides: {SLIDES / 'index.html'}")
