"""Cleaning: what a page may show stays readable, and nothing else gets there, by our renderer or by nbconvert's own."""

import base64
import io
import json
import subprocess
import sys
from html.parser import HTMLParser

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbconvert.filters.ansi import ansi2html
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from PIL import Image

from autograder.grading.pages import MAX_LINE, MAX_RESULTS, MAX_SOURCES, TOO_LONG, render
from autograder.grading.safe import (
    LEAST,
    MAX_OUTPUTS,
    MAX_SHOWN,
    as_markdown,
    clean_markdown,
    clean_outputs,
)
from autograder.plain import MAX_LINES, MAX_TEXT, clean_text
from tests.grading import markup

HARMLESS = set(
    "a b blockquote br code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i img input li ol p pre s span strong table "
    "tbody td th thead tr u ul".split()
)
MATHML = set(
    "math menclose mfrac mi mn mo mover mphantom mroot mrow mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr "
    "munder munderover mmultiscripts".split()
)
ATTRIBUTES = {"href", "rel", "target", "src", "alt", "style", "class", "type", "disabled"} | set(
    "display mathvariant stretchy fence form movablelimits minsize maxsize width linethickness displaystyle "
    "scriptlevel accent accentunder columnalign".split()
)


class Elements(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, page):
        super().__init__()
        self.found, self.others = [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_comment(self, data):
        self.others.append(data)

    handle_decl = unknown_decl = handle_pi = handle_comment


def as_nbconvert_shows(source: str) -> str:
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    return MarkdownWithMath(renderer).render(source)


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def display(kind="display_data", **data):
    return {
        "output_type": kind,
        "metadata": {},
        "data": {k.replace("_", "/"): v for k, v in data.items()},
    }


def png(size=(30, 20), colour=(200, 30, 30), mode="RGB") -> str:
    data = io.BytesIO()
    Image.new(mode, size, colour).save(data, "PNG")
    return base64.b64encode(data.getvalue()).decode()


def decoded(output):
    return Image.open(io.BytesIO(base64.b64decode(output.data["image/png"])))


class TestOutputs:
    def test_what_a_kernel_sends_stays(self):
        told = [
            stream("loss 0.5\n"),
            stream("careful\n", "stderr"),
            display(text_plain="<Figure size 640x480>", image_png=png()),
            display("execute_result", text_plain="tensor(1.)"),
            {
                "output_type": "error",
                "ename": "ValueError",
                "evalue": "no",
                "traceback": ["a", "b"],
            },
        ]
        kept = clean_outputs(told)
        assert [o.output_type for o in kept] == [o["output_type"] for o in told]
        assert kept[0].text == "loss 0.5\n" and kept[1].name == "stderr"
        assert kept[2].data["text/plain"] == "<Figure size 640x480>"
        assert decoded(kept[2]).getpixel((3, 3)) == (200, 30, 30)
        assert kept[3].data == {"text/plain": "tensor(1.)"}
        assert (kept[4].ename, kept[4].evalue, kept[4].traceback) == (
            "ValueError",
            "no",
            ["a", "b"],
        )

    @pytest.mark.parametrize(
        "forged",
        [
            None, 5, "text", {}, {"output_type": "stream"}, [None], [5], ["x"], [[]], [{}], [[{}]],
            [{"output_type": 1}], [{"output_type": ["stream"]}], [{"output_type": "stream"}],
            [{"output_type": "stream", "name": "stdin", "text": "x"}],
            [{"output_type": "stream", "name": ["stdout"], "text": "x"}],
            [{"output_type": "stream", "name": "stdout", "text": {"a": 1}}],
            [{"output_type": "display_data"}], [{"output_type": "display_data", "data": "x"}],
            [{"output_type": "display_data", "data": {"text/plain": 5}}],
            [{"output_type": "display_data", "data": {"image/png": ["x"]}}],
            [{"output_type": "update_display_data", "data": {"text/plain": "x"}}],
            [{"output_type": "pyout", "text": "10"}], [{"output_type": "clear_output"}],
            [display(text_html="<b>"), display(application_javascript="1"), display(text_latex="$x$")],
            [display(**{"image_svg+xml": "<svg/>"}), display(image_jpeg=png()), display(text_markdown="x")],
            [display(image_png="not base64"), display(image_png=png()[:50]), display(image_png="")],
        ],
        ids=lambda forged: str(forged)[:60],
    )  # fmt: skip
    def test_what_is_no_output_is_dropped(self, forged):
        assert clean_outputs(forged) == []

    @pytest.mark.parametrize(
        "forged",
        [
            {"output_type": "error"},
            {"output_type": "error", "ename": 1, "evalue": [2], "traceback": {"a": 3}},
            {"output_type": "error", "ename": "E", "evalue": "v", "traceback": [3, None, ["x"]]},
            display("execute_result", text_plain=["1", "0"], text_html="<script>"),
            display("execute_result", text_plain="x") | {"execution_count": "<b>", "metadata": 5},
            display(text_plain="x") | {"transient": {"display_id": "<b>"}, "id": "<b>"},
            stream("\ud800 half a pair"),
        ],
        ids=lambda forged: str(forged)[:60],
    )
    def test_what_is_kept_is_valid_and_can_be_written(self, forged):
        kept = clean_outputs([forged])
        assert len(kept) == 1
        nbformat.validate(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=kept)]))
        json.dumps(kept, ensure_ascii=False).encode()
        assert "<script>" not in str(kept) and "<b>" not in str(kept)

    def test_is_bounded_in_number_and_keeps_the_last(self):
        many = [display(text_plain=str(i)) for i in range(5 * MAX_OUTPUTS)]
        kept = clean_outputs([*many, {"output_type": "error", "ename": "E", "evalue": "v"}])
        assert len(kept) == MAX_OUTPUTS
        assert kept[0].data["text/plain"] == "0" and kept[-1].output_type == "error"

    def test_is_bounded_in_length(self):
        long = [display(text_plain="x" * 10**6) for _ in range(MAX_OUTPUTS)]
        texts = [output.data["text/plain"] for output in clean_outputs(long)]
        assert max(map(len, texts)) <= MAX_TEXT and "characters are left out" in texts[0]
        assert sum(map(len, texts)) <= MAX_SHOWN + MAX_OUTPUTS * LEAST
        assert all(texts)  # a result is never mistaken for an empty one

    def test_of_long_output_the_begin_and_the_end_stay(self):
        [output] = clean_outputs([stream("".join(f"line {i}\n" for i in range(10 * MAX_LINES)))])
        assert output.text.startswith("line 0\n") and output.text.endswith("line 9999\n")
        assert (
            len(output.text.splitlines()) <= MAX_LINES + 1 and "lines are left out" in output.text
        )

    def test_what_is_printed_in_pieces_is_one_output(self):
        pieces = [stream("50 %"), stream("\r100 %\n"), stream("w", "stderr"), stream("done")]
        assert [o.text for o in clean_outputs(pieces)] == ["100 %\n", "w", "done"]

    def test_pictures_together_are_bounded(self):
        kept = clean_outputs([display(image_png=png((1500, 1000))) for _ in range(5)])
        assert len(kept) == 2
        assert clean_outputs([display(image_png=png((3000, 2000)), text_plain="x")])[0].data == {
            "text/plain": "x"
        }

    def test_a_transparent_picture_lies_on_white(self):
        [kept] = clean_outputs([display(image_png=png(mode="RGBA", colour=(0, 0, 0, 0)))])
        assert decoded(kept).getpixel((3, 3)) == (255, 255, 255)

    def test_without_a_picture_no_picture_library_is_loaded(self):
        code = (
            "import sys; from autograder.grading.safe import clean_outputs; before = set(sys.modules)\n"
            "clean_outputs([{'output_type': 'stream', 'name': 'stdout', 'text': 'x'}])\n"
            "assert not [m for m in set(sys.modules) - before if m.startswith('PIL')]"
        )
        subprocess.run([sys.executable, "-c", code], check=True)


class TestText:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
            ("\x1b[1;38;5;208mx\x1b[m", "\x1b[1;38;5;208mx\x1b[m"),
            ("\x1b[38;2;255;255;255mwhite", "white"),
            ("\x1b[38mhalf\x1b[48;5m a\x1b[038m colour", "half a colour"),
            ("\x1b[2Jgone\x1b[10;10H\x1b[?25l", "gone"),
            ("\x1b]8;;https://example.org\x07link\x1b]8;;\x07", "link"),
            ("\x1b]0;title\x1b\\x\x1bc\x1b", "x"),
            ("a\x00b\x08c\x07\x0b\x0c\x7f\x9b31m", "abc31m"),
            ("\u202eabc\u2066d\u2028", "abcd"),
            ("10 %\r20 %\r\nnext", "20 %\nnext"),
        ],
    )  # fmt: skip
    def test_a_terminal_s_commands_do_nothing_but_colour(self, text, shown):
        assert clean_text(text, colours=True) == shown
        assert "\x1b" not in clean_text(text)
        ansi2html(shown)  # does not stumble

    def test_accents_stay_and_piles_of_them_do_not(self):
        assert clean_text("Nguye\u0302\u0303n שָׁלוֹם") == "Nguye\u0302\u0303n שָׁלוֹם"
        assert len(clean_text("e" + "\u0301" * 500 + "x")) == 6

    @pytest.mark.parametrize("name", markup.ALL)
    def test_any_text_is_one_line_of_text_in_markdown(self, name):
        source = as_markdown(markup.ALL[name])
        assert "\n" not in source
        for page in (render(f"- {source}", {}), as_nbconvert_shows(f"- {source}")):
            assert {tag for tag, _ in Elements(page).found} <= {"ul", "li", "a"}
            assert_links_are_plain(page)


def assert_links_are_plain(page):
    for tag, attributes in Elements(page).found:
        if tag == "a":
            assert attributes.get("href", "https://").startswith(("https://", "http://"))


class TestMarkdown:
    @pytest.mark.parametrize("name", markup.ALL)
    @pytest.mark.parametrize("show", [as_nbconvert_shows, lambda source: render(source, {})])
    def test_a_hostile_text_is_harmless_in_any_renderer(self, name, show):
        page = show(clean_markdown(markup.ALL[name]))
        elements = Elements(page)
        assert elements.others == []
        for tag, attributes in elements.found:
            assert tag in HARMLESS | MATHML, tag
            assert set(attributes) <= ATTRIBUTES, attributes
            assert tag != "img", page
            if tag in ("td", "th"):
                assert attributes.get("style", "text-align:").startswith("text-align:")
            else:
                assert "style" not in attributes
        assert_links_are_plain(page)

    @pytest.mark.parametrize("name", markup.ALL)
    def test_the_renderer_alone_is_a_wall_too(self, name):
        page = render(markup.ALL[name], {})
        for tag, attributes in Elements(page).found:
            assert tag in HARMLESS | MATHML | {"details", "summary", "sub", "sup", "kbd"}, tag
            assert set(attributes) <= ATTRIBUTES - {"class", "type", "disabled"}, attributes
            assert "src" not in attributes
        assert_links_are_plain(page)

    @pytest.mark.parametrize("name", [name for name in markup.ALL if name.startswith("TeX")])
    def test_a_command_to_mathjax_is_none(self, name):
        source = clean_markdown(markup.ALL[name])
        for command in (
            "href",
            "style",
            "class",
            "cssId",
            "require",
            "unicode",
            "def",
            "html",
            "bbox",
            "rule",
        ):
            assert f"\\{command}{{" not in source and f"\\{command}[" not in source

    def test_cleaning_twice_is_cleaning_once(self):
        for text in markup.ALL.values():
            assert clean_markdown(clean_markdown(text)) == clean_markdown(text)

    @pytest.mark.parametrize(
        "text",
        [
            "The gap is **23 points** (0.98 - 0.75), and *grows*.",
            "If a < b and b > c, then a<=c; x <- y; 3<4 & 5>4; R&D, AT&T.",
            "- one\n- two\n\n1. first\n2. second\n\n> quoted",
            "| a | b |\n| --- | ---: |\n| 1 | 2 |",
            "```python\nmask = torch.rand_like(x) < keep_prob\ny = x[0]\n```",
            "`x[i] = 1` and `d[k](x)`",
            r"$\frac{m_i}{\mathbb{E}[m_i]} x_i$ and $$\sum_{i=1}^{n} x_i \leq 1$$",
            r"$$\begin{aligned} a &= b \\ c &= d \end{aligned}$$",
            "See https://pytorch.org/docs for it.",
            "Größe, 重み, вес, naïve",
        ],
    )
    def test_an_honest_text_stays_readable(self, text):
        cleaned = clean_markdown(text)
        assert cleaned.replace(" ", "") == text.replace(" ", "")
        assert cleaned.splitlines() == [
            line if "](" not in line else line.replace("](", "] (") for line in text.splitlines()
        ]


class TestPages:
    def test_formulas_become_mathml(self):
        page = render(
            r"$\frac{a}{b}$ and $$\alpha_t = \begin{cases} a & t<W \\ b & t \geq W \end{cases}$$",
            {},
        )
        tags = [tag for tag, _ in Elements(page).found]
        assert tags.count("math") == 2 and "mfrac" in tags and "mtable" in tags
        assert ("math", {"display": "block"}) in Elements(page).found

    def test_every_formula_of_the_assignments_is_converted(self, assignment):
        texts = [cell.source for cell in assignment.notebook.cells if cell.cell_type == "markdown"]
        assert sum("$" in text for text in texts) >= 4
        for text in texts:
            page = render(text, {})
            assert "$" not in page and "\\" not in page and "<code>$" not in page

    def test_a_formula_that_cannot_be_converted_is_shown_as_written(self):
        assert render(r"x $\frac{$ y", {}).count("math") == 0
        assert r"\frac{" in render(r"x $\frac{$ y", {})

    def test_what_instructors_write_stays(self):
        page = render(
            "<details><summary>Hint</summary>\n<code>x</code>\n</details>\n\n[docs](https://pytorch.org)",
            {},
        )
        assert "<details><summary>Hint</summary>" in page
        link = next(attributes for tag, attributes in Elements(page).found if tag == "a")
        assert link == {
            "href": "https://pytorch.org",
            "target": "_blank",
            "rel": "noopener noreferrer",
        }

    def test_a_picture_is_shown_where_it_is_an_attachment(self):
        page = render("![A figure](attachment:a.png)", {"a.png": {"image/png": png()}})
        [(_, picture)] = [found for found in Elements(page).found if found[0] == "img"]
        assert picture["alt"] == "A figure" and picture["src"].startswith("data:image/png;base64,")
        forged = {"a.png": {"image/png": '"><script>1</script>'}}
        assert "script" not in render("![x](attachment:a.png)", forged).replace("&lt;script", "")

    @pytest.mark.parametrize(
        "piece",
        [
            "[",
            "*a ",
            "**",
            "`a",
            "> ",
            "\\begin{a}",
            "$$a",
            "|a",
            "- ",
            "![a](",
            "_a_b",
            "a\n: b\n",
        ],
    )
    def test_a_text_built_to_be_slow_is_shown_all_the_same(self, piece):
        assert render(clean_markdown(piece * (MAX_TEXT // len(piece))), {})


def page_of(*cells):
    exporter = HTMLExporter(
        template_name="classic", preprocessors=["autograder.grading.pages.Harmless"]
    )
    return exporter.from_notebook_node(nbformat.v4.new_notebook(cells=list(cells)))[0]


class TestLongNotebooks:
    def test_an_endless_line_of_code_is_cut(self):
        # Its dotted name of 100,000 characters keeps pygments busy for minutes.
        page = page_of(nbformat.v4.new_code_cell("x = 1\n# " + "a." * 50_000 + "\ny = 2"))
        assert "[...]" in page and "a." * MAX_LINE not in page
        assert ">y</span>" in page

    def test_what_does_not_fit_is_left_out_but_for_what_is_graded(self):
        marks = {"nbgrader": {"grade_id": "answer", "solution": True, "grade": False}}
        filling = ["a" * 10_000] * (MAX_SOURCES // 10_000 - 2)
        page = page_of(
            *map(nbformat.v4.new_markdown_cell, filling),
            nbformat.v4.new_markdown_cell("own " * 6_000),
            nbformat.v4.new_markdown_cell("my answer " * 1_500, metadata=marks),
            nbformat.v4.new_markdown_cell("short"),
        )
        assert page.count(TOO_LONG) == 1 and "own own" not in page
        assert "my answer my answer" in page and "<p>short</p>" in page

    def test_outputs_that_do_not_fit_are_left_out(self):
        outputs = [nbformat.v4.new_output("stream", text="z" * (MAX_RESULTS // 2))]
        page = page_of(*(nbformat.v4.new_code_cell("x", outputs=outputs) for _ in range(3)))
        assert page.count("z" * (MAX_RESULTS // 2)) == 1
