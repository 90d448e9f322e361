"""What an instructor opens of a hostile student: neither the feedback page nor formgrader does what the student wants.

A hostile notebook tries every payload of tests/grading/markup.py in every place that pages show, beside an honest one.
"""

import copy
import json
import os
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import Page, expect

from autograder.grading.book import Book
from autograder.grading.course import Course, grade_id, is_experiment
from autograder.grading.grade import grade_class
from autograder.grading.rebuild import stubs
from tests.browser.harness import TOKEN, running_lab
from tests.grading import markup

NAME = "03_regularization"
WRITTEN = "written-gap"
HOSTILE, HONEST = "mallory", "grace"
ANSWER = r"""The gap shrinks from **0.23** to *0.05*, since each unit has to work `without a < b` others:

$$\mathbb{E}[y_i] = \frac{m_i}{\text{keep}}\, x_i = \begin{cases} x_i & t < T \\ 0 & \text{else} \end{cases}$$

- first, $\alpha_t \leq 1$
- second: 0.7 < 0.9 and 3 > 2

| keep | gap |
| ---: | --- |
| 0.5 | 0.05 |

```python
mask = torch.rand_like(x) < keep_prob
```

Read at https://pytorch.org/docs and in [the paper](https://jmlr.org/papers/v15/srivastava14a.html).
"""
SHOWING = r"""
from IPython.display import HTML, SVG, IFrame, Javascript, Latex, Markdown, display
rich = ("text/plain", "text/html", "text/markdown", "text/latex", "image/svg+xml", "image/png", "image/jpeg",
        "application/javascript", "application/vnd.jupyter.widget-view+json")
for text in {payloads}:
    display(HTML(text), Markdown(text), Latex(text), Javascript(text), SVG("<svg></svg>" + text.replace("<", "&lt;")))
    metadata = {{"text/html": {{"isolated": True}}, "image/png": {{"width": text, "unconfined": True}}}}
    display(dict.fromkeys(rich, text), raw=True, metadata=metadata)
    print("\x1b[31m" + text + "\x1b]8;;https://beacon.example/\x07link\x1b[2J\x1b[38m")
display(IFrame("https://beacon.example/", 900, 900))
"""
RAISING = """
text = {text!r}
raise type(text, (Exception,), {{"__module__": text, "_render_traceback_": lambda self: [text, text]}})(text)
"""
ALLOWED_MATHML = (
    "math mrow mi mn mo mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mtd mstyle "
    "mphantom menclose"
).split()
CARDS = {
    f"border-left: 4px solid {c}; padding: 2px 12px" for c in ("#009E73", "#777777", "#D55E00")
}
# A description of what students' cells hold on a page, and of what became of the page around them.
LOOK = """() => {
    const cells = [...document.querySelectorAll('#notebook-container .cell')];
    const inside = cells.flatMap(cell => [...cell.querySelectorAll('*')]);
    const attributes = inside.flatMap(e => [...e.attributes].map(a => [e.tagName.toLowerCase(), a.name, a.value]));
    const text = [...document.querySelectorAll('.text_cell_render *')];
    return {
        pwned: [...Array(window.length + 1).keys()].map(i => (i ? window[i - 1] : window).pwned).filter(Boolean),
        title: document.title,
        frames: window.length,
        bases: document.querySelectorAll('base, meta[http-equiv=refresh]').length,
        tags: [...new Set(inside.map(e => e.tagName.toLowerCase()))],
        handlers: attributes.filter(([, name]) => name.startsWith('on')),
        addresses: attributes.filter(([, name]) =>
            ['href', 'src', 'srcset', 'action', 'data', 'poster'].includes(name)),
        styles: attributes.filter(([tag, name]) => name === 'style'),
        marked: text.flatMap(e => [e.id, ...e.classList]).filter(Boolean),
        positions: [...new Set(inside.map(e => getComputedStyle(e).position))],
        wide: document.documentElement.scrollWidth - window.innerWidth,
        hidden: [...document.querySelectorAll('.panel-heading')].filter(e => {
            e.scrollIntoView({block: 'center'});
            const box = e.getBoundingClientRect();
            const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
            return !e.contains(top);
        }).length,
        headings: document.querySelectorAll('.panel-heading').length,
    };
}"""


def hostile(released):
    """The released notebook with every payload in every place."""
    notebook, payloads = copy.deepcopy(released), markup.ALL
    everything = "\n\n".join(payloads.values())
    for number, cell in enumerate(notebook.cells):
        cell.metadata |= {"tags": ['"><script>window.pwned=1</script>'], "title": everything}
        if grade_id(cell) == WRITTEN:
            cell.source = everything
            cell["attachments"] = {"x.png": {"image/png": f'"><script>{markup.RUN}</script>'}}
        elif cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
            text = list(payloads.values())[number % len(payloads)]
            cell.source = f"# </script></pre>{text!r}\n" + RAISING.format(text=text)
        elif is_experiment(cell):
            cell.outputs = saved(payloads)
    texts = list(payloads.values())
    for start in range(0, len(texts), 12):  # what a cell shows is bounded in number
        some = texts[start : start + 12]
        code = "\n".join(f"# </pre></script>{text}\n'''{text}'''" for text in some)
        shown = SHOWING.format(payloads=f"[{', '.join(map(ascii, some))}]")
        raising = RAISING.format(text="\n".join(some))
        notebook.cells += map(nbformat.v4.new_code_cell, (code, shown, raising))
    for text in texts:
        notebook.cells += [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_raw_cell(text)]
    for magic in ("html", "javascript", "svg", "markdown", "latex"):
        notebook.cells.append(nbformat.v4.new_code_cell(f"%%{magic}\n{everything}"))
    state = {"application/vnd.jupyter.widget-state+json": {"version_major": 2, "state": {}}}
    notebook.metadata |= {"title": f"</title>{everything}", "widgets": state, "name": everything}
    notebook.metadata["language_info"] = {"name": everything, "pygments_lexer": "html"}
    return json.dumps(notebook)


def saved(payloads):
    kinds = ("text/html", "text/markdown", "text/latex", "image/svg+xml", "image/png", "image/jpeg")
    outputs = [{"output_type": "stream", "name": "stdout", "text": t} for t in payloads.values()]
    for text in payloads.values():
        data = dict.fromkeys((*kinds, "application/javascript", "text/plain"), text)
        metadata = {"image/png": {"width": text, "height": text, "alt": text}}
        outputs.append({"output_type": "display_data", "data": data, "metadata": metadata})
    return outputs


def honest(released):
    notebook = copy.deepcopy(released)
    next(cell for cell in notebook.cells if grade_id(cell) == WRITTEN).source = ANSWER
    return nbformat.writes(notebook)


@pytest.fixture(scope="module")
def course(course_copy) -> Path:
    """A course with the hostile notebook, under a hostile name, and an honest one, both graded."""
    assignment = course_copy.assignment(NAME)
    Book(course_copy).generate(NAME)
    released = stubs(assignment)
    named = "<img src=x onerror=window.pwned=1>"
    for student, file, content in (
        (HOSTILE, named, hostile(released)),
        (HONEST, NAME, honest(released)),
    ):
        folder = course_copy.nbgrader_root / "submitted" / student / NAME
        folder.mkdir(parents=True)
        (folder / f"{file}.ipynb").write_text(content, encoding="utf-8")
    outcomes = grade_class(assignment, progress=False)
    assert [outcome.problem for outcome in outcomes] == ["", ""]
    with Gradebook(Book(course_copy).url) as gradebook:
        for student in (HOSTILE, HONEST):
            gradebook.update_or_create_student(
                student,
                first_name=f"{student} {named}",
                last_name='"><script>window.pwned=1</script>',
            )
    return course_copy.root


@pytest.fixture(scope="module")
def lab(browser, course, tmp_path_factory):
    secret = {"XDG_DATA_HOME": os.environ["XDG_DATA_HOME"]}
    with running_lab(course, tmp_path_factory.mktemp("home"), **secret) as server:
        yield server


@pytest.fixture
def page(page, lab) -> Page:
    """A page that is logged in: formgrader's own pages do not take a token."""
    assert page.context.request.get(f"{lab.url}/api/me?token={TOKEN}").ok
    return page


@pytest.fixture
def asked(page) -> list[str]:
    """Addresses that the page asked for; a dialog fails the test."""
    addresses = []
    page.context.on("request", lambda request: addresses.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    return addresses


def feedback(course: Path, student: str) -> str:
    page = course / "assignments" / "feedback" / student / NAME / f"{NAME}.html"
    return page.as_uri()


def submission(course: Path, lab, student: str) -> str:
    with Gradebook(Book(Course(course)).url) as gradebook:
        found = gradebook.find_submission_notebook(NAME, NAME, student).id
    return f"{lab.url}/formgrader/submissions/{found}/"


@pytest.fixture(params=["feedback", "formgrader"])
def show(request, page, course, lab):
    """Opens a student's work in one of the two views."""

    def open_page(student: str) -> Page:
        where = feedback(course, student)
        page.goto(where if request.param == "feedback" else submission(course, lab, student))
        page.wait_for_load_state("networkidle")
        return page

    open_page.view = request.param
    return open_page


def test_nothing_of_a_hostile_notebook_gets_out_of_its_cells(show, asked, lab, screenshot):
    usual = show(HONEST).evaluate(LOOK)
    page = show(HOSTILE)
    page.wait_for_timeout(1000)  # for whatever might start later
    found = page.evaluate(LOOK)
    assert found["pwned"] == [] and found["frames"] == 0 and found["bases"] == 0
    assert found["title"] == NAME
    allowed = {
        "img",
        "s",
        "del",
        "dl",
        "dt",
        "dd",
        "h1",
        "h2",
        "h3",
        "blockquote",
        "hr",
        "em",
        "br",
    }
    mathml = {tag for tag in found["tags"] if tag.startswith("m")} & set(ALLOWED_MATHML)
    assert set(found["tags"]) - set(usual["tags"]) <= allowed | mathml
    assert found["handlers"] == []
    schemes = ("https://", "http://", "data:image/png;base64,", "#")
    assert [a for a in found["addresses"] if not a[2].startswith(schemes)] == []
    assert [a for a in found["addresses"] if a[1] != "href" and "beacon" in a[2]] == []
    assert {a[2] for a in found["styles"]} <= {a[2] for a in usual["styles"]} | CARDS
    assert set(found["marked"]) <= set(usual["marked"])
    assert set(found["positions"]) <= {"static", "relative"} | set(usual["positions"])
    assert found["headings"] == usual["headings"] and found["hidden"] == usual["hidden"] == 0
    assert found["wide"] <= 0
    if show.view == "formgrader":  # its field is still the one that its script finds
        assert page.evaluate("() => document.getElementById('written-gap').type") == "number"
    outside = {a for a in asked if not a.startswith(("file:", "data:", lab.url))}
    assert outside == set()
    page.evaluate("() => window.scrollTo(0, 0)")
    screenshot(f"hostile_{show.view}")


def test_an_honest_answer_is_readable_and_its_formulas_are_drawn(show, screenshot):
    page = show(HONEST)
    answer = page.locator(".text_cell_render", has_text="The gap shrinks")
    expect(answer.locator("strong")).to_have_text("0.23")
    expect(answer.locator("em")).to_have_text("0.05")
    expect(answer.locator("p code")).to_have_text("without a < b")
    expect(answer.locator("pre code")).to_contain_text("torch.rand_like(x) < keep_prob")
    expect(answer.locator("li")).to_have_count(2)
    expect(answer.locator("li").nth(1)).to_have_text("second: 0.7 < 0.9 and 3 > 2")
    expect(answer.locator("tbody td")).to_have_text(["0.5", "0.05"])
    expect(answer.locator("math")).to_have_count(2)
    fraction, letter = (
        answer.locator("mfrac").bounding_box(),
        answer.locator("mi").first.bounding_box(),
    )
    assert fraction["height"] > 1.4 * letter["height"]  # set as a fraction, not in a line
    link = answer.locator("a").first
    assert link.get_attribute("href") == "https://pytorch.org/docs"
    assert link.get_attribute("rel") == "noopener noreferrer"
    expect(page.locator("math")).not_to_have_count(2)  # the assignment's own are there too
    for formula in page.locator("math").all():
        box = formula.bounding_box()
        assert box["width"] > 0 and box["height"] > 0
    assert "$" not in " ".join(page.locator(".text_cell_render").all_inner_texts())
    screenshot(f"honest_{show.view}", answer)


def test_formgrader_s_lists_show_names_as_text(page, course, lab, asked):
    for where in ("manage_submissions/" + NAME, f"gradebook/{NAME}/{NAME}", "manage_students"):
        page.goto(f"{lab.url}/formgrader/{where}")
        expect(page.locator("#main-table tr:has(td)")).to_have_count(2)
        assert page.evaluate("() => window.pwned") is None
        expect(page.locator("#main-table img, #main-table script")).to_have_count(0)
    page.goto(submission(course, lab, HOSTILE))
    page.locator(".live-notebook .glyphicon.name-hidden").click()
    expect(page.locator(".live-notebook .name-shown").first).to_contain_text(
        "<script>window.pwned=1</script>"
    )
    assert page.evaluate("() => window.pwned") is None
    assert {a for a in asked if not a.startswith((lab.url, "data:"))} == set()


def test_a_feedback_page_is_light(course):
    page = course / "assignments" / "feedback" / HONEST / NAME / f"{NAME}.html"
    assert page.stat().st_size < 400_000 and "<script" not in page.read_text(encoding="utf-8")
