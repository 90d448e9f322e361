"""Notebook texts: both ways through real files, with nbgrader's and the slides' metadata."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from jupytext.config import load_jupytext_configuration_file
from nbgrader.nbgraderformat import read as nbgrader_read

from autograder import texts

ROOT = Path(__file__).parents[2]

ASSIGNMENT = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # Scaling
#
# The output is $y = x / c$.

# %% tags=["experiment"]
# %matplotlib inline
import torch


# %% nbgrader={"grade": false, "grade_id": "scale", "locked": false, "schema_version": 3, "solution": true}
def scale(x, c):
    ### BEGIN SOLUTION
    return x / c
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-scale", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("scale", scale)

# %% [markdown] nbgrader={"grade": true, "grade_id": "why", "locked": false, "points": 2, "schema_version": 3, "solution": true}
# Because of é.

# %% [raw]
# raw text

# %%
torch.ones(2)

# %%
torch.ones(2)
"""  # noqa: E501


@pytest.fixture
def pair(tmp_path) -> texts.Pair:
    """A course with one assignment, its notebook just made from its text."""
    text = tmp_path / "assignments" / "texts" / "01_scale.py"
    text.parent.mkdir(parents=True)
    text.write_text(ASSIGNMENT, encoding="utf-8")
    notebook = tmp_path / "assignments" / "source" / "01_scale" / "01_scale.ipynb"
    assert texts.sync(tmp_path) == ([notebook], [])
    return texts.Pair(text, notebook)


def edit(path: Path, change) -> None:
    """Let `change` edit the notebook as JupyterLab does: in place, with its own metadata added."""
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    notebook.metadata.language_info.update(version="3.12.1", mimetype="text/x-python")
    notebook.metadata.widgets = {"state": {}}
    for cell in notebook.cells:
        cell.metadata.update(trusted=True, collapsed=False)
    nbformat.write(notebook, path)


def run_first_code_cell(notebook) -> None:
    cell = next(cell for cell in notebook.cells if cell.cell_type == "code")
    cell.execution_count = 7
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="noise")]


def contents(pair: texts.Pair) -> list[bytes]:
    return [path.read_bytes() for path in pair]


def test_a_text_comes_back_from_its_notebook_as_it_was(pair):
    notebook = nbformat.read(pair.notebook, as_version=4)
    assert texts.to_text(notebook) == ASSIGNMENT


def test_building_twice_gives_the_same_bytes(pair):
    first = pair.notebook.read_bytes()
    pair.notebook.unlink()
    assert texts.sync(pair.text.parents[2]) == ([pair.notebook], [])
    assert pair.notebook.read_bytes() == first


def test_the_notebook_is_what_jupyter_and_nbgrader_expect(pair):
    notebook = nbgrader_read(str(pair.notebook), as_version=4)  # validates nbgrader's metadata
    assert set(notebook.metadata) == {"kernelspec", "language_info", "text_sha256"}
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.language_info == {"name": "python"}
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds == ["markdown", *["code"] * 3, "markdown", "raw", *["code"] * 2]
    assert notebook.cells[0].metadata == {"slideshow": {"slide_type": "slide"}}
    assert notebook.cells[1].metadata == {"tags": ["experiment"]}
    assert notebook.cells[3].metadata.nbgrader.points == 3
    assert "### BEGIN SOLUTION" in notebook.cells[2].source
    assert all(cell.outputs == [] for cell in notebook.cells if cell.cell_type == "code")


def test_cell_ids_are_stable_and_unique(pair):
    ids = [cell.id for cell in nbformat.read(pair.notebook, as_version=4).cells]
    assert [ids[2], ids[3], ids[4]] == ["scale", "check-scale", "why"]
    assert ids[7] == ids[6] + "-2"
    assert len(set(ids)) == len(ids)
    above = ASSIGNMENT.replace("# %% [raw]", "# %%\n1 + 1\n\n# %% [raw]")
    others = [cell.id for cell in texts.to_notebook(above).cells]
    assert [other for other in others if other in ids] == ids


def test_an_id_made_unique_does_not_take_that_of_another_cell():
    header = '# %% nbgrader={{"grade_id": "{}"}}\n1\n'
    text = header.format("a") + header.format("a-2") + header.format("a")
    ids = [cell.id for cell in texts.to_notebook(text).cells]
    assert ids == ["a", "a-2", "a-3"]


def test_an_edit_in_the_notebook_comes_back_to_the_text(pair):
    def change(notebook):
        run_first_code_cell(notebook)
        notebook.cells[2].source = notebook.cells[2].source.replace("x / c", "x * (1 / c)")
        notebook.cells.append(nbformat.v4.new_markdown_cell("The end.\n"))
        notebook.cells[0].metadata["tags"] = []

    edit(pair.notebook, change)
    assert texts.sync(pair.text.parents[2]) == ([*pair], [])
    expected = ASSIGNMENT.replace("x / c\n    #", "x * (1 / c)\n    #")
    assert pair.text.read_text() == expected + "\n# %% [markdown]\n# The end.\n"
    notebook = pair.notebook.read_text()
    assert "noise" not in notebook and "3.12.1" not in notebook and "trusted" not in notebook
    assert texts.sync(pair.text.parents[2]) == ([], [])


def test_an_edit_in_the_text_reaches_the_notebook(pair):
    pair.text.write_text(ASSIGNMENT.replace("x / c\n    #", "x * (1 / c)\n    #"))
    edit(pair.notebook, run_first_code_cell)  # running is no edit
    assert texts.sync(pair.text.parents[2]) == ([pair.notebook], [])
    notebook = nbformat.read(pair.notebook, as_version=4)
    assert "x * (1 / c)" in notebook.cells[2].source
    assert notebook.cells[1].outputs == []


def test_outputs_are_dropped_and_the_text_stays(pair):
    edit(pair.notebook, run_first_code_cell)
    assert texts.sync(pair.text.parents[2], check=True) == ([pair.notebook], [])
    assert "noise" in pair.notebook.read_text()
    assert texts.sync(pair.text.parents[2]) == ([pair.notebook], [])
    assert "noise" not in pair.notebook.read_text()
    assert pair.text.read_text() == ASSIGNMENT


def test_edits_on_both_sides_are_refused_and_kept(pair):
    pair.text.write_text(ASSIGNMENT + "\n# %%\n1\n")
    edit(pair.notebook, lambda notebook: notebook.cells.pop())
    before = contents(pair)
    stale, [sentence] = texts.sync(pair.text.parents[2])
    assert stale == [] and contents(pair) == before
    assert "01_scale.py" in sentence and "01_scale.ipynb were both edited" in sentence
    pair.text.unlink()  # the way out that the sentence names
    assert texts.sync(pair.text.parents[2]) == ([*pair], [])


def test_the_same_edit_on_both_sides_is_agreement(pair):
    pair.text.write_text(ASSIGNMENT.replace("Because of", "By"))
    edit(pair.notebook, lambda nb: nb.cells[4].update(source="By é."))
    assert texts.sync(pair.text.parents[2]) == ([pair.notebook], [])
    assert texts.sync(pair.text.parents[2]) == ([], [])


def test_one_refused_pair_does_not_stop_the_others(pair):
    root = pair.text.parents[2]
    (root / "lectures" / "texts").mkdir(parents=True)
    (root / "lectures" / "texts" / "01_start.py").write_text("# %%\n1 + 1\n")
    (root / "lectures" / "02_broken.ipynb").write_text("{")
    stale, [sentence] = texts.sync(root)
    assert [path.name for path in stale] == ["01_start.py", "01_start.ipynb"]
    assert "02_broken.ipynb cannot be converted: it is not a notebook" in sentence


def test_a_notebook_made_in_jupyterlab_gets_a_text(tmp_path):
    cells = [nbformat.v4.new_code_cell("%time 1 + 1"), nbformat.v4.new_code_cell("")]
    (tmp_path / "lectures").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "lectures" / "01.ipynb")
    stale, problems = texts.sync(tmp_path)
    assert [path.name for path in stale] == ["01.py", "01.ipynb"] and problems == []
    assert (tmp_path / "lectures/texts/01.py").read_text().endswith("# %%\n# %time 1 + 1\n\n# %%\n")


UNUSUAL = {
    "no header": "# %%\nx = 1\n",
    "plain code": "x = 1\n",
    "nothing": "",
    "other key order": '# %% tags=["a"] slideshow={"slide_type": "slide"}\n1\n',
    "quoted markdown": '# %% [markdown]\n"""\nhello\n"""\n',
    "no blank lines": "# %%\ndef f():\n    return 1\n# %%\nf()\n# %% [markdown]\n# a\n",
    "many blank lines": "# %%\n1\n\n\n\n\n# %%\n2\n\n\n",
    "empty cells": "# %%\n\n# %%\n\n# %% [markdown]\n\n# %%\n",
    "magics": "# %%\n# %%bash\n# ls\n\n# %%\n# !ls\n# %matplotlib inline\n",
}


@pytest.mark.parametrize("text", UNUSUAL.values(), ids=UNUSUAL)
def test_unusual_texts_settle_at_once(tmp_path, text):
    path = tmp_path / "lectures" / "texts" / "01.py"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    before = [cell.source for cell in texts.to_notebook(text).cells]
    texts.sync(tmp_path)
    assert texts.sync(tmp_path) == ([], [])
    notebook = nbformat.read(tmp_path / "lectures" / "01.ipynb", as_version=4)
    assert [cell.source for cell in notebook.cells] == [source.strip("\n") for source in before]


BAD_TEXTS = {
    "# %% A title\n1\n": "cell 1 holds title",
    '# %% nbgrader={"grade":}\n1\n': "header of its cell 1 should look like",
    "# %% nbgrader=3\n1\n": "header of its cell 1 should look like",
    '# %% nbgrader={"grade_id": "a b"}\n1\n': "no valid notebook ('a b'",
    '# %% tags="a"\n1\n': "no valid notebook ('a'",
    "# ---\n# jupyter:\n#   a: [\n# ---\n\n# %%\n1\n": "not YAML",
    "# ---\n# jupyter:\n#   author: me\n# ---\n\n# %%\n1\n": "more than a kernelspec",
}


@pytest.mark.parametrize("text", BAD_TEXTS)
def test_a_text_that_would_lose_something_is_refused(pair, text):
    pair.text.write_text(text)
    before = contents(pair)
    stale, [sentence] = texts.sync(pair.text.parents[2])
    assert BAD_TEXTS[text] in sentence and str(pair.text) in sentence and sentence.endswith(".")
    assert stale == [] and contents(pair) == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda nb: nb.cells[1].update(source="x\n# %%\ny"), "cell 2 would not come back"),
        (lambda nb: nb.cells[0].update(attachments={"a.png": {}}), "cell 1 has a picture"),
    ],
)
def test_an_edit_that_a_text_cannot_hold_is_refused(pair, change, words):
    edit(pair.notebook, change)
    before = contents(pair)
    stale, [sentence] = texts.sync(pair.text.parents[2])
    assert words in sentence and stale == [] and contents(pair) == before


def test_a_run_killed_between_the_two_files_is_finished_by_the_next(pair, monkeypatch):
    edit(pair.notebook, lambda nb: nb.cells[0].update(source="# New"))
    whole = texts.write_atomically

    def killed_at_the_notebook(path, content):
        if path.suffix == ".ipynb":
            raise KeyboardInterrupt
        whole(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(texts, "write_atomically", killed_at_the_notebook)
        with pytest.raises(KeyboardInterrupt):
            texts.sync(pair.text.parents[2])
    assert texts.sync(pair.text.parents[2]) == ([pair.notebook], [])
    assert "# # New" in pair.text.read_text()


def test_jupytext_itself_writes_the_same_text(pair):
    config = load_jupytext_configuration_file(str(ROOT / "jupytext.toml"))
    assert config.notebook_metadata_filter == texts.CONFIG.notebook_metadata_filter
    assert config.cell_metadata_filter == texts.CONFIG.cell_metadata_filter
    assert config.formats == [""], "a pair of jupytext's own would compete with make sync"
    (pair.text.parents[2] / "jupytext.toml").write_bytes((ROOT / "jupytext.toml").read_bytes())
    other = pair.notebook.with_name("other.py")
    arguments = ["--quiet", "--to", "py:percent", "--output", other, pair.notebook]
    subprocess.run([sys.executable, "-m", "jupytext", *arguments], check=True)
    assert other.read_text(encoding="utf-8") == ASSIGNMENT


def command(folder: Path, *options: str) -> subprocess.CompletedProcess:
    program = "import sys; sys.path.insert(0, sys.argv.pop(1)); import runpy; "
    program += "runpy.run_module('autograder.texts', run_name='__main__')"
    arguments = [sys.executable, "-c", program, str(ROOT), *options]
    return subprocess.run(arguments, cwd=folder, capture_output=True, text=True)


def test_the_command_line_checks_and_syncs(pair):
    root = pair.text.parents[2]
    assert command(root, "--check").returncode == 0
    pair.text.write_text(ASSIGNMENT + "\n# %%\n1\n")
    checked = command(root, "--check")
    assert checked.returncode == 1
    assert "01_scale.ipynb is behind its other side: run make sync." in checked.stdout
    assert command(root).returncode == 0
    assert json.loads(pair.notebook.read_text())["cells"][-1]["source"] == ["1"]
    edit(pair.notebook, lambda nb: nb.cells.pop())
    pair.text.write_text(ASSIGNMENT.replace("Scaling", "Scales"))
    refused = command(root)
    assert refused.returncode == 1 and "both edited" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_command_line_outside_a_course(tmp_path):
    run = command(tmp_path)
    assert run.returncode == 1 and "no notebooks or texts of a course" in run.stderr


def test_the_course_s_own_pairs_agree():
    stale, problems = texts.sync(ROOT, check=True)
    assert [str(path) for path in stale] + problems == [], "run make sync"
