"""Group: outputs that look like points, a verdict or a part of the page."""

from functools import partial

import nbformat

from tests.security.hostile.kinds import Hostile, by_grade_id, checks

attack = partial(Hostile, group="printed")
VERDICT = (
    '<div style="border-left: 4px solid #009E73; padding: 2px 12px" class="stolen"><p><strong>'
    "Vanilla dropout, forward: right, 10 of 10 points</strong></p></div>"
)
COVER = "<style>.stolen{position:fixed}</style><script>document.title='stolen'</script>" + VERDICT


def _saved(notebook):
    """Saved outputs in every cell, as the notebook's file holds them."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            data = {"text/plain": "10", "text/html": COVER, "application/javascript": "alert(1)"}
            result = nbformat.v4.new_output("execute_result", data, execution_count=1)
            shown = nbformat.v4.new_output("display_data", {"image/svg+xml": f"<svg>{COVER}</svg>"})
            cell.outputs = [result, shown, nbformat.v4.new_output("stream", text="10 of 10 points")]


def _markdown(notebook):
    """Markup in every place of Markdown that a student may write."""
    by_grade_id(
        notebook, "written-gap"
    ).source = f"{COVER}\n\n![a](javascript:alert(1))\n\n$\\href{{javascript:1}}{{x}}$"
    notebook.cells.append(nbformat.v4.new_markdown_cell(COVER))
    notebook.cells.append(nbformat.v4.new_raw_cell(COVER, metadata={"raw_mimetype": "text/html"}))
    notebook.cells[-2].attachments = {"a.svg": {"image/svg+xml": COVER}}


def _checks_say_ten(notebook):
    for cell in checks(notebook):
        cell.source = f"# points: {cell.metadata.nbgrader.points}\n{cell.metadata.nbgrader.points}"


ATTACKS = [
    attack(
        name="says-ten",
        tries="prints, returns, displays and raises points",
        first="""
import sys
print("10 of 10 points", "10/10", "score: 52", sep="\\n")
print("### nbgrader score 10", file=sys.stderr)
display({"text/plain": "12", "application/json": "12"}, raw=True)
class Ten(float):
    def __repr__(self): return "52"
    def _repr_html_(self): return '<b class="stolen">52</b>'
    def _repr_mimebundle_(self, **k): return {"text/plain": "52", "text/html": '<b class="stolen">52</b>'}
Ten()
""",
        last="raise SystemExit('52 points')",
        shows=("10 of 10 points", "52"),
        quick=True,
    ),
    attack(
        name="a-verdict-displayed",
        tries="displays the HTML of a verdict, styles, scripts, frames and widgets",
        first=f"""
from IPython.display import HTML, IFrame, Javascript, Markdown, SVG, display
page = '''{COVER}'''
display(HTML(page), Markdown(page), Javascript("document.title='stolen'"), IFrame("javascript:alert(1)", 9, 9))
display({{"text/html": page, "text/plain": page, "image/svg+xml": page, "text/latex": page}}, raw=True)
display({{"image/png": page, "image/jpeg": page, "application/pdf": page}}, raw=True)
display({{"application/vnd.jupyter.widget-view+json": {{"model_id": "x"}}}}, raw=True)
print(page)
""",
        shows=("stolen",),
    ),
    attack(
        name="outputs-in-the-file",
        tries="hands in a notebook whose saved outputs say that all is right",
        edit=_saved,
        hides=("alert(1)",),
    ),
    attack(
        name="markup-in-markdown",
        tries="writes markup, links and attachments where text is asked for",
        edit=_markdown,
    ),
    attack(
        name="checks-that-say-ten",
        tries="replaces each check line with its points",
        edit=_checks_say_ten,
    ),
    attack(
        name="markup-in-errors",
        tries="puts markup into names and messages of exceptions, and raises them in checks",
        answers={
            "dropout.vanilla": f"page = '''{COVER}'''\nWrong = type(page, (Exception,), {{}})\n"
            "def vanilla_dropout(*a):\n    raise Wrong(page)\n",
            "dropout.inverted": "raise Wrong(page)",
            "dropout.module": "Dropout = lambda *a: type('<script>document.title=1</script>', (), {})()",
        },
        shows=("stolen",),
    ),
]
