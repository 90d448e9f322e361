"""The lectures and the pages of the documentation as one searchable HTML book, made by Sphinx."""

import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nbformat
from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util.console import strip_escape_sequences
from sphinx.util.docutils import docutils_namespace, patch_docutils

from autograder.files import write_atomically
from autograder.grading.course import CourseError
from publish.execute import BUILD, ROOT, executed, lectures
from publish.explorers import HERE, TEMPLATES, script, without_kernel
from publish.folders import replaced
from publish.slides import TITLE

BOOK = BUILD / "book"
PAGES = ("README.md", "lectures/README.md")
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)#:\s]+)(?:#[^)\s]*)?\)")
STATIC = ("static/explorers.css", "static/book.css", "vendor/stix/stix-two-math.woff")


def build(notebooks: Sequence[Path], out: Path = BOOK, for_students: bool = False) -> None:
    """Write the book with these notebooks into the folder `out`.

    for_students: without docs/, which says what good answers name and what the known mistakes are.
    Raises CourseError where a cell fails, or where Sphinx has a warning: a link that leads nowhere is one.
    """
    with replaced(out) as folder, tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source"
        for path, notebook in zip(notebooks, executed(notebooks), strict=True):
            static = without_kernel(notebook, path.stem, folder / "explorers", "../explorers")
            target = source / "lectures" / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(_as_page(static), target)
        _write_pages(source, [path.stem for path in notebooks], for_students)
        _run_sphinx(source, folder, Path(scratch) / "static")


def _as_page(notebook):
    """What slides skip, such as imports, is folded away, and what a speaker is told is left out."""
    tags = {"skip": "hide-input", "notes": "remove-cell"}
    for cell in notebook.cells:
        slide_type = cell.metadata.get("slideshow", {}).get("slide_type")
        if slide_type in tags:
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), tags[slide_type]]
    return notebook


def _write_pages(source, names, for_students):
    docs = [] if for_students else sorted((ROOT / "docs").glob("*.md"))
    pages = [*(ROOT / page for page in PAGES), *docs]
    shutil.copytree(ROOT / "docs" / "images", source / "docs" / "images")
    held = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
    held |= {path.relative_to(ROOT) for path in pages}
    for path in pages:
        own = path.relative_to(ROOT)
        text = _with_links_into(held, path.read_text(encoding="utf-8"), own.parent)
        write_atomically(source / own, text)
    index = TEMPLATES.get_template("book_index.md.j2").render(
        title=TITLE, lectures=names, docs=[path.stem for path in docs]
    )
    write_atomically(source / "index.md", index)


def _with_links_into(held, text, folder):
    """The text with those links only that lead to a page of the book; of a link to another file its words stay."""

    def keep(match):
        target = Path(os.path.normpath(folder / match[2]))
        return match[0] if target in held else match[1]

    return LINK.sub(keep, text)


def _run_sphinx(source, out, static):
    static.mkdir()
    for name in STATIC:
        shutil.copy(HERE / name, static)
    write_atomically(static / "explorers.js", script())
    warnings = io.StringIO()
    try:
        with patch_docutils(HERE), docutils_namespace():  # as sphinx-build does
            app = Sphinx(
                srcdir=source,
                confdir=HERE,
                outdir=out,
                doctreedir=source.parent / "doctrees",
                buildername="html",
                confoverrides={"html_static_path": [str(static)]},
                status=None,
                warning=warnings,
            )
            app.build()
    except SphinxError as error:
        raise CourseError(f"Sphinx could not make the book: {error}") from error
    if warnings.getvalue():
        faults = strip_escape_sequences(warnings.getvalue()).replace(str(source), str(ROOT))
        raise CourseError(f"The book has faults:\n{faults}")
    (out / ".buildinfo").unlink(missing_ok=True)


if __name__ == "__main__":
    students = "--for-students" in sys.argv
    target = BUILD / "book-students" if students else BOOK
    try:
        build(lectures(), target, students)
    except CourseError as error:
        sys.exit(str(error))
    print(f"book: {target / 'index.html'}")
