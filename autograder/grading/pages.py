"""How feedback and formgrader show Markdown: formulas as MathML, and nothing that runs, styles or asks the network.

nbgrader_config.py names `Harmless` as a preprocessor of the exporter that makes both pages.
"""

import re
from functools import lru_cache
from html import escape
from pathlib import Path

import nh3
from jinja2 import FileSystemLoader, pass_context
from latex2mathml.converter import convert
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath, import_plugin
from nbconvert.preprocessors import Preprocessor

from autograder.plain import clean_text

TEMPLATES = Path(__file__).parent / "templates"
MAX_LINE = 500  # characters of a line of code
MAX_SOURCES = 200_000  # characters of the sources of a notebook
MAX_RESULTS = 10_000_000  # characters of the outputs of a notebook, pictures in base64 among them
TOO_LONG = "[This notebook is too long to show; this cell is left out.]"
MAX_TEX = 2_000  # characters of one formula; a longer one is shown as it was written
PLUGINS = ("strikethrough", "table", "url", "def_list")
LENGTH = re.compile(r"[0-3](\.\d{1,4})?em")
MATHML = {
    "math": {"display": re.compile("block|inline")},
    "mi": {"mathvariant": re.compile("[a-z-]+")},
    "mo": {
        "stretchy": re.compile("true|false"),
        "fence": re.compile("true|false"),
        "form": re.compile("prefix|infix|postfix"),
        "movablelimits": re.compile("true|false"),
        "minsize": LENGTH,
        "maxsize": LENGTH,
    },
    "mspace": {"width": LENGTH},
    "mfrac": {"linethickness": re.compile("0")},
    "mstyle": {"displaystyle": re.compile("true|false"), "scriptlevel": re.compile("[0-2]")},
    "mover": {"accent": re.compile("true|false")},
    "munder": {"accentunder": re.compile("true|false")},
    "mtd": {"columnalign": re.compile("left|right|center")},
} | dict.fromkeys(
    "menclose mmultiscripts mn mphantom mprescripts mroot mrow msqrt msub msubsup msup mtable mtext mtr none "
    "munderover".split(),
    {},
)
HTML = {
    "a": {
        "href": re.compile("https?://.*"),
        "rel": re.compile("noopener noreferrer"),
        "target": re.compile("_blank"),
    },
    "img": {
        "src": re.compile("data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=]*"),
        "alt": re.compile("(?s).*"),
    },
    "ol": {"start": re.compile(r"\d{1,4}")},
    "td": {"style": re.compile("text-align:(left|right|center)")},
    "th": {"style": re.compile("text-align:(left|right|center)")},
} | dict.fromkeys(
    "b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i kbd li p pre s span strong sub summary "
    "sup table tbody thead tr u ul".split(),
    {},
)
ALLOWED = HTML | MATHML


def _allowed(tag, name, value):
    pattern = ALLOWED.get(tag, {}).get(name)
    return value if pattern and pattern.fullmatch(value) else None


CLEANER = nh3.Cleaner(
    tags=set(ALLOWED),
    attributes={tag: set(names) - {"rel"} for tag, names in ALLOWED.items() if names},
    attribute_filter=_allowed,
    url_schemes={"http", "https", "data"},
    set_tag_attribute_values={"a": {"target": "_blank"}},
)


class Harmless(Preprocessor):
    """Sets up the exporter that it is registered with: our templates and filter, and students' names as text.

    nbgrader fixes the templates of formgrader's exporter before it reads the configuration, so this comes in here.
    """

    def __init__(self, **kw):
        super().__init__(**kw)
        folders = [TEMPLATES / self.parent.template_name, TEMPLATES]
        self.parent.extra_loaders = [FileSystemLoader(folders)]
        self.parent.filters = {"markdown2html": markdown2html, "strip_files_prefix": unchanged}

    def preprocess(self, nb, resources):
        _shorten(nb)
        names = ("student", "first_name", "last_name", "notebook_path")
        return nb, resources | {key: escape(resources[key]) for key in names if resources.get(key)}


def unchanged(page: str) -> str:
    """In the place of a filter for links of old notebooks, which long texts keep busy and no page here needs."""
    return page


def _shorten(notebook):
    """Cut what is too long to show; the colours of one endless line of code alone would take minutes."""
    source_room, output_room = MAX_SOURCES, MAX_RESULTS
    for cell in notebook.cells:
        outputs = cell.get("outputs", [])
        size = sum(len(str(output)) for output in outputs)
        if cell.cell_type == "code":
            lines = (
                line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]} [...]"
                for line in cell.source.split("\n")
            )
            cell.source = clean_text("\n".join(lines))
        if "nbgrader" not in cell.metadata and len(cell.source) > source_room:
            cell.source = TOO_LONG
        if "nbgrader" not in cell.metadata and size > output_room:
            cell.outputs = []
        source_room, output_room = source_room - len(cell.source), output_room - size


@pass_context
def markdown2html(context, source: str) -> str:
    """A cell's Markdown as HTML of the allowed elements; a cell that cannot be rendered shows its source.

    Of raw HTML, plain elements such as details stay. Pictures are shown where they are attachments of the cell.
    """
    cell = context.get("cell", {})
    attachments = cell.get("attachments", {})
    return render(source, attachments) if attachments else _render_alone(source)


@lru_cache(maxsize=500)  # most cells are the same in every submission
def _render_alone(source):
    return render(source, {})


def render(source: str, attachments: dict) -> str:
    renderer = Renderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    try:
        page = MarkdownWithMath(renderer, plugins=map(import_plugin, PLUGINS)).render(source)
    except Exception:  # a text can be built so that a parser of Markdown fails on it
        page = f"<pre>{escape(source)}</pre>"
    return CLEANER.clean(page)


class Renderer(IPythonRenderer):
    """Formulas become MathML; code is shown without colours, and a picture that is not in the cell as its text."""

    def block_code(self, code, info=None):
        return f"<pre><code>{escape(code)}</code></pre>"

    def image(self, text, url, title=None):
        data = self.attachments.get(url.removeprefix("attachment:"), {})
        for kind in ("image/png", "image/jpeg", "image/gif"):
            if kind in data:
                return f'<img src="data:{kind};base64,{escape(data[kind])}" alt="{escape(text)}">'
        return f"[{text}]"

    def inline_math(self, body):
        return formula(body, "inline", f"${body}$")

    def block_math(self, body):
        return formula(body, "block", f"$${body}$$")

    def latex_environment(self, name, body):
        source = rf"\begin{{{name}}}{body}\end{{{name}}}"
        tex = body if name.rstrip("*") in ("equation", "displaymath", "math") else source
        return formula(tex, "block", source)


def formula(tex: str, display: str, source: str) -> str:
    """TeX as MathML; its source where it cannot be converted."""
    try:
        if len(tex) <= MAX_TEX:
            return convert(tex, display=display)
    except Exception:  # whatever a broken formula makes the converter stumble over
        pass
    return f"<code>{escape(source)}</code>"
