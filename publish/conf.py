"""Sphinx' settings for the book; book.py prepares what it reads.

https://myst-nb.readthedocs.io/en/latest/configuration.html
https://sphinx-book-theme.readthedocs.io/en/stable/reference/index.html
"""

from docutils import nodes

from publish.formulas import mathml
from publish.slides import TITLE

project = TITLE
copyright = ""
extensions = ["myst_nb"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}

nb_execution_mode = "off"  # the notebooks come with their outputs
nb_ipywidgets_js = {}  # no widget is left in them
nb_merge_streams = True
myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 3
suppress_warnings = ["misc.highlighting_failure"]  # a language without colours, such as CSV

html_theme = "sphinx_book_theme"
html_title = TITLE
html_context = {"default_mode": "auto"}
html_theme_options = {
    "show_toc_level": 2,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "navbar_persistent": [],  # the search stands in the side bar
    "footer_content_items": [],
}
html_css_files = ["explorers.css", "book.css"]
html_js_files = [("explorers.js", {"defer": "defer"})]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_show_sphinx = False
html_show_search_summary = False  # would be fetched, which a page opened as a file may not
html_math_renderer = "mathml"


def visit_math(translator, node):
    """A formula within a line."""
    translator.body.append(mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def visit_math_block(translator, node):
    """A formula on lines of its own."""
    translator.body.append(f'<div class="formula">{mathml(node.astext(), "block")}</div>')
    raise nodes.SkipNode


def setup(app):
    """MathML in place of MathJax."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
