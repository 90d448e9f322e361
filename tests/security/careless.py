"""What careless but honest students hand in: all of it solved, and each in a way that a grader could stumble over."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import nbformat

from autograder.grading.course import grade_id
from autograder.grading.rebuild import stubs
from tests.conftest import COURSE

BY_CHECKS = 52
ANSWERS = ("dropout-vanilla", "dropout-vanilla_backward", "dropout-inverted")
ANSWERS += ("dropout-inverted_backward", "dropout-module", "schedules-warmup_cosine")
WRONG = "def inverted_dropout(x, keep_prob, training):\n    return x, None  # an old attempt"


@dataclass(frozen=True)
class Careless:
    """One way to hand in a solved notebook.

    edit    changes the notebook; what it returns, if anything, is handed in instead, as text or bytes
    points  deserved of the BY_CHECKS that checks give
    note    words of the note that the student gets; "" where there is nothing to tell
    files   what lies in the folder beside the notebook, or in its place
    quick   whether it is tried in the short suite too
    """

    name: str
    edit: Callable[[nbformat.NotebookNode], None | str | bytes]
    points: float = BY_CHECKS
    note: str = ""
    filename: str = ""
    files: dict[str, str | bytes] = field(default_factory=dict)
    quick: bool = True


EVERY: list[Careless] = []


def careless(name: str, **more):
    def register(edit):
        EVERY.append(Careless(name, edit, **more))
        return edit

    return register


def at(notebook, name) -> int:
    return next(i for i, cell in enumerate(notebook.cells) if grade_id(cell) == name)


def cell(notebook, name) -> nbformat.NotebookNode:
    return notebook.cells[at(notebook, name)]


def code(source) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(source)


def in_front(source, name="dropout-vanilla", says="", **more):
    """A case: an own cell with this source in front of an answer."""
    careless(says or source.replace("\n", "; "), **more)(
        lambda notebook: notebook.cells.insert(at(notebook, name), code(source))
    )


def in_answers(first, last="", says="", **more):
    """A case: these lines at the begin and the end of every answer."""

    def edit(notebook):
        for name in ANSWERS:
            answer = cell(notebook, name)
            answer.source = "\n".join(filter(None, (first, answer.source, last)))

    careless(says or first or last, **more)(edit)


def in_functions(line, says="", **more):
    """A case: this line at the begin of the functions and methods of every answer."""

    def edit(notebook):
        for name in ANSWERS:
            lines = cell(notebook, name).source.splitlines()
            marks = ("def vanilla", "def inverted", "    def forward", "    def get_lr")
            where = [i for i, text in enumerate(lines) if text.startswith(marks)]
            for i in reversed(where):
                indent = " " * (len(lines[i]) - len(lines[i].lstrip()) + 4)
                docs = 1 if '"""' in lines[i + 1] else 0
                lines.insert(i + 1 + docs, indent + line)
            cell(notebook, name).source = "\n".join(lines)

    careless(says or line, **more)(edit)


# What functions print and warn.
in_functions("print('called', *range(100))")
in_functions("import sys; print('called', file=sys.stderr)", quick=False)
in_functions("import warnings; warnings.warn('careful')", quick=False)
in_functions(
    "import time; from tqdm.auto import tqdm; [time.sleep(0) for _ in tqdm(range(3))]",
    says="a progress bar inside",
)
in_functions("import logging; logging.getLogger().warning('called')", quick=False)
in_functions("display('called')", quick=False)

# Magics, shells and leftovers in the answers themselves.
in_answers("%matplotlib inline")
in_answers("%%time", quick=False)
in_answers("", "%timeit -n 1 -r 1 1 + 1", quick=False)
in_answers("!ls", quick=False)
in_answers("", "exit()")
in_answers("", "import sys; sys.exit()", quick=False)
in_answers("", "raise ValueError('an experiment gone wrong')")
in_answers("", "assert 1 + 1 == 3, 'own test'", quick=False)
in_answers("", "input('ready? ')", quick=False)
in_answers("from __future__ import annotations", quick=False)
in_answers("", "x = torch.ones(3).numpy(); print(x)", quick=False)
in_answers("\ufeff", says="a byte order mark in cells", quick=False)

# Cells of their own between the others.
in_front("%pip install a-package-that-is-nowhere")
in_front("!pip install torch", quick=False)
in_front("%matplotlib widget\n%config InlineBackend.figure_format = 'retina'", quick=False)
in_front("%load_ext autoreload\n%autoreload 2", quick=False)
in_front("%%bash\nls -la; echo $HOME", quick=False)
in_front("%%writefile notes.py\nanswer = 42", quick=False)
in_front("%timeit -n 10 sum(range(1000))", quick=False)
in_front("torch.set_default_dtype(torch.float64)")
in_front("torch.set_grad_enabled(False)", quick=False)
in_front("torch.no_grad().__enter__()", quick=False)
in_front("torch.inference_mode().__enter__()", quick=False)
in_front("torch.use_deterministic_algorithms(True)", quick=False)
in_front("torch.autograd.set_detect_anomaly(True)", quick=False)
in_front("torch.set_default_device('cpu')", quick=False)
in_front("torch.manual_seed(0)", quick=False)
in_front(
    "torch.set_num_threads(4)\nw = torch.ones(900, 900, requires_grad=True)\n"
    "(torch.rand(900, 900) @ w).square().mean().backward()"
)
in_front("import numpy as np\nnp.seterr(all='raise')", quick=False)
in_front("import warnings\nwarnings.simplefilter('error')", quick=False)
in_front("import os\nos.makedirs('plots', exist_ok=True)\nos.chdir('plots')")
in_front(
    "import os, tempfile\nwith tempfile.TemporaryDirectory() as f:\n    os.chdir(f)", quick=False
)
in_front("import sys\nsys.setrecursionlimit(10_000)", quick=False)
in_front("import sys\nsys.stdout = open('log.txt', 'w')", quick=False)
in_front("import logging\nlogging.basicConfig(level=logging.DEBUG)\nlogging.info('x')", quick=False)
in_front(
    "import matplotlib.pyplot as plt\nplt.ion()\nfor i in range(30):\n"
    "    plt.figure()\n    plt.plot([1, i])",
    says="thirty pictures",
    quick=False,
)
in_front("print('x' * 5_000_000)", quick=False)
in_front("for i in range(200_000): print(i)", quick=False)
in_front("raise RuntimeError('an experiment gone wrong')", quick=False)
in_front("1 / 0", "schedules-warmup_cosine", quick=False)
in_front("this is no Python", quick=False)
in_front("from google.colab import drive\ndrive.mount('/content/drive')", quick=False)
in_front("from solution import *", quick=False)
in_front("import time\ntime.sleep(3)", quick=False)
in_front("while True:\n    pass", "schedules-warmup_cosine", quick=False)
in_front("x = torch.zeros(40_000, 40_000)", says="too much memory in a test", quick=False)
in_front("sum = max = list = open = print = 0", quick=False)
in_front("_ = 0; __ = 1; In = Out = None", quick=False)
in_front("name = input('Your name: ')", quick=False)
in_front("quit()", quick=False)
in_front("import os\nos._exit(1)", says="the kernel dies in a test")
in_front(
    "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()",
    says="a thread in the background",
    quick=False,
)
in_front(
    "from torch.utils.data import DataLoader\n"
    "for batch in DataLoader(torch.arange(64.0), batch_size=8, num_workers=2):\n    print(batch.mean())",
    says="workers of a DataLoader",
    quick=False,
)
in_front(
    "from torch.utils.data import DataLoader\n"
    "loader = DataLoader(torch.arange(64.0), num_workers=2, persistent_workers=True)\n"
    "print(sum(loader))",
    says="persistent workers",
    quick=False,
)
in_front(
    "import matplotlib.pyplot as plt\nfrom matplotlib.animation import FuncAnimation\n"
    "figure, axes = plt.subplots()\n[line] = axes.plot([0, 1], [0, 1])\n"
    "animation = FuncAnimation(figure, lambda i: line.set_data([0, 1], [0, i]), frames=3)\n"
    "from IPython.display import HTML\nHTML(animation.to_jshtml())",
    says="an animation",
    quick=False,
)
in_front(
    "from multiprocessing import Pool\nwith Pool(2) as pool:\n    print(pool.map(abs, [-1, 2]))",
    quick=False,
)
in_front("open('results.txt', 'w').write('0.91')\nprint(open('results.txt').read())", quick=False)
in_front(
    "print(sorted(__import__('os').listdir())[:1], open('checks.json').read()[:20])", quick=False
)


@careless("a hundred cells of their own", quick=False)
def _(notebook):
    for i in range(100):
        notebook.cells.insert(at(notebook, "dropout-module"), code(f"trial_{i} = {i}\ntrial_{i}"))


@careless("a helper in an extra cell in front")
def _(notebook):
    answer = cell(notebook, "dropout-inverted")
    answer.source = answer.source.replace("torch.rand_like(x) < keep_prob", "drawn(x, keep_prob)")
    helper = "def drawn(x, keep_prob):\n    return torch.rand_like(x) < keep_prob"
    notebook.cells.insert(at(notebook, "dropout-inverted"), code(helper))


@careless("a helper in an extra cell behind", quick=False)
def _(notebook):
    answer = cell(notebook, "dropout-inverted")
    answer.source = answer.source.replace("torch.rand_like(x) < keep_prob", "drawn(x, keep_prob)")
    helper = "def drawn(x, keep_prob):\n    return torch.rand_like(x) < keep_prob"
    notebook.cells.insert(at(notebook, "dropout-inverted") + 1, code(helper))


@careless("an answer split over three cells", note="stood in 3 cells", quick=False)
def _(notebook):
    place = at(notebook, "dropout-inverted")
    parts = [copy.deepcopy(notebook.cells[place]) for _ in range(3)]
    parts[0].source = "scale = lambda keep_prob: 1 / keep_prob"
    parts[1].source = "%time draw = torch.rand_like"
    parts[2].source = parts[2].source.replace("torch.rand_like(x)", "draw(x)")
    parts[2].source = parts[2].source.replace("/ keep_prob", "* scale(keep_prob)")
    notebook.cells[place : place + 1] = parts


@careless("a copy of every answer", quick=False)
def _(notebook):
    for name in ANSWERS:
        notebook.cells.insert(at(notebook, name), copy.deepcopy(cell(notebook, name)))


def _attempts(notebook, *sources):
    place = at(notebook, "dropout-inverted")
    copies = [copy.deepcopy(notebook.cells[place]) for _ in sources]
    for attempt, source in zip(copies, sources, strict=True):
        attempt.source = source
    notebook.cells[place:place] = copies


@careless("an old attempt in front of the answer", note="stood in 2 cells")
def _(notebook):
    _attempts(notebook, WRONG)


@careless("old attempts that are no Python and fail", note="stood in 3 cells", quick=False)
def _(notebook):
    _attempts(notebook, "def inverted_dropout(x, keep_prob:", "1 / 0")


@careless("an experiment at the end that overwrites all answers", quick=False)
def _(notebook):
    notebook.cells.append(code(WRONG + "\nDropout = WarmupCosine = vanilla_dropout = None"))


@careless("the answers below their stubs", quick=False)
def _(notebook):
    _leave_stubs(notebook, lambda place: place + 1)


@careless("an answer behind its check", note="had lost its mark")
def _(notebook):
    _leave_stubs(notebook, lambda place: place + 2, ["dropout-inverted"])


@careless("all answers at the end, the stubs left", note="had lost its mark")
def _(notebook):
    _leave_stubs(notebook, lambda place: 10**6)


@careless("everything in one big cell, the stubs left", note="had lost its mark")
def _(notebook):
    sources = [cell(notebook, name).source for name in ANSWERS]
    _leave_stubs(notebook, None)
    notebook.cells.append(code("\n\n".join(sources)))


@careless("everything in one big cell, the rest deleted", note="had lost its mark", quick=False)
def _(notebook):
    sources = [cell(notebook, name).source for name in ANSWERS]
    written = cell(notebook, "written-gap")
    notebook.cells = [code("\n\n".join(sources)), written]


@careless(
    "everything in the first answer's cell, the stubs left", note="had lost its mark", quick=False
)
def _(notebook):
    sources = [cell(notebook, name).source for name in ANSWERS]
    _leave_stubs(notebook, None)
    cell(notebook, ANSWERS[0]).source = "\n\n".join(sources)


def _leave_stubs(notebook, place, names=ANSWERS):
    for name in names:
        where = at(notebook, name)
        source = notebook.cells[where].source
        notebook.cells[where].source = _stubs()[name]
        if place:
            notebook.cells.insert(place(where), code(source))


@cache
def _stubs() -> dict[str, str]:
    """What the release leaves of every answer."""
    released = stubs(COURSE.assignment("03_regularization"))
    return {grade_id(c): c.source for c in released.cells}


@careless("checks deleted", quick=False)
def _(notebook):
    notebook.cells = [c for c in notebook.cells if not grade_id(c).startswith("check-")]


@careless("checks changed", note="was changed", quick=False)
def _(notebook):
    for c in notebook.cells:
        if grade_id(c).startswith("check-"):
            c.source = f"print({c.source.strip()})"


@careless("an import added to the locked first cell", note="setup was changed")
def _(notebook):
    cell(notebook, "setup").source += "\nimport numpy as np"
    answer = cell(notebook, "schedules-warmup_cosine")
    answer.source = answer.source.replace("math.", "np.")


@careless("the first cell deleted", quick=False)
def _(notebook):
    notebook.cells.remove(cell(notebook, "setup"))


@careless("one answer deleted", points=BY_CHECKS - 10, quick=False)
def _(notebook):
    notebook.cells.remove(cell(notebook, "schedules-warmup_cosine"))


@careless("all text deleted", quick=False)
def _(notebook):
    notebook.cells = [c for c in notebook.cells if c.cell_type == "code" or grade_id(c)]


@careless("all metadata and ids gone", note="had lost its mark")
def _(notebook):
    _strip(notebook)


@careless("all metadata and ids gone, cells added and moved", note="had lost its mark")
def _(notebook):
    answer = notebook.cells.pop(at(notebook, "dropout-module"))
    _strip(notebook)
    notebook.cells.insert(4, nbformat.v4.new_markdown_cell("my notes"))
    notebook.cells.append(code(answer.source))


@careless("all metadata gone, the same number of cells", note="had lost its mark", quick=False)
def _(notebook):
    one, two = at(notebook, "dropout-vanilla"), at(notebook, "dropout-inverted")
    _strip(notebook)
    del notebook.cells[3]  # a text
    notebook.cells.insert(one, code("1 + 1"))
    notebook.cells.insert(two, notebook.cells.pop(two + 1))


def _strip(notebook):
    for c in notebook.cells:
        c.metadata = nbformat.from_dict({})
        c.pop("id", None)


@careless("only text is left of the metadata", note="had lost its mark", quick=False)
def _(notebook):
    for c in notebook.cells:
        if c.cell_type == "code":
            c.metadata.pop("nbgrader", None)


@careless("the cells in reverse order", quick=False)
def _(notebook):
    notebook.cells.reverse()


@careless("the answers as Markdown cells", quick=False)
def _(notebook):
    for name in ANSWERS:
        cell(notebook, name).cell_type = "markdown"


@careless("the written answer below its cell", note="written-gap had lost its mark")
def _(notebook):
    text, place = cell(notebook, "written-gap").source, at(notebook, "written-gap")
    notebook.cells[place].source = _stubs()["written-gap"]
    notebook.cells.insert(place + 1, nbformat.v4.new_markdown_cell(text))


@careless(
    "the written answer below the question, its cell deleted", note="lost its mark", quick=False
)
def _(notebook):
    text = cell(notebook, "written-gap").source
    notebook.cells[at(notebook, "written-gap")] = nbformat.v4.new_markdown_cell(text)


# What students write, and how.
@careless("type hints, dataclasses and names in other alphabets", quick=False)
def _(notebook):
    cell(notebook, "dropout-inverted").source = (
        "from dataclasses import dataclass\n\n@dataclass\nclass Überlebende:\n    маска: torch.Tensor\n\n"
        "def inverted_dropout(x: torch.Tensor, keep_prob: float, training: bool = True) -> tuple:\n"
        "\tif not training:\n\t\treturn x, None\n"
        "\tm = (torch.rand_like(x) < keep_prob).to(x.dtype) / keep_prob\n\treturn x * m, Überlebende(m)"
    )
    cell(notebook, "dropout-inverted_backward").source = (
        "def inverted_dropout_backward(grad_out: torch.Tensor, cache: Überlebende) -> torch.Tensor:\n"
        "    return grad_out * cache.маска"
    )


@careless("a class that inherits from an own one", quick=False)
def _(notebook):
    answer = cell(notebook, "dropout-module")
    base = answer.source.replace("class Dropout", "class MyDropout")
    answer.source = "class Dropout(MyDropout):\n    pass"
    notebook.cells.insert(at(notebook, "dropout-module"), code(base))


@careless(
    "helpers in a file beside the notebook", files={"helpers.py": "def half():\n    return 0.5\n"}
)
def _(notebook):
    answer = cell(notebook, "schedules-warmup_cosine")
    answer.source = "from helpers import half\n" + answer.source.replace("/ 2", "* half()")


@careless(
    "a file named as a library", files={"random.py": "1 / 0", "torch.py": "1 / 0"}, quick=False
)
def _(notebook):
    notebook.cells.insert(
        at(notebook, "dropout-vanilla"), code("import random, torch\nrandom.random()")
    )


# The notebook file.
@careless("another name", filename="Kopie von 03 (1).ipynb", note="handed in as Kopie von 03")
def _(notebook):
    pass


@careless(
    "an untouched one of the expected name beside it",
    filename="03_regularization-Copy1.ipynb",
    files={"03_regularization.ipynb": "RELEASED"},
    note="Of 2 notebooks 03_regularization-Copy1.ipynb was graded",
)
def _(notebook):
    pass


@careless("another kernel", quick=False)
def _(notebook):
    notebook.metadata.kernelspec = {"name": "ir", "display_name": "R", "language": "R"}
    notebook.metadata.language_info = {"name": "R"}


@careless("no kernel and no metadata", quick=False)
def _(notebook):
    notebook.metadata = nbformat.from_dict({})


@careless(
    "an odd time stamp", files={"timestamp.txt": "last Tuesday"}, note="timestamp.txt holds no time"
)
def _(notebook):
    pass


@careless("an empty time stamp", files={"timestamp.txt": ""}, quick=False)
def _(notebook):
    pass


@careless("never run", quick=False)
def _(notebook):
    for c in notebook.cells:
        if c.cell_type == "code":
            c.outputs, c.execution_count = [], None


@careless("odd numbers and old outputs", quick=False)
def _(notebook):
    for i, c in enumerate(notebook.cells):
        if c.cell_type == "code":
            c.execution_count = 1000 - i
            c.outputs = [nbformat.v4.new_output("error", ename="E", evalue="v", traceback=["t"])]


@careless("an error instead of every output list", quick=False)
def _(notebook):
    plain = _plain(notebook)
    for c in plain["cells"]:
        c.pop("outputs", None)
        c.pop("execution_count", None)
    return json.dumps(plain)


@careless("Windows line ends and a byte order mark")
def _(notebook):
    for c in notebook.cells:
        c.source = c.source.replace("\n", "\r\n")
    return b"\xef\xbb\xbf" + nbformat.writes(notebook).replace("\n", "\r\n").encode()


@careless("UTF-16", quick=False)
def _(notebook):
    return nbformat.writes(notebook).encode("utf-16")


@careless("nbformat 3", quick=False)
def _(notebook):
    cells = []
    for c in _plain(notebook)["cells"]:
        old = {"cell_type": c["cell_type"], "metadata": c["metadata"]}
        if c["cell_type"] == "code":
            old |= {"input": c["source"], "outputs": [], "language": "python", "collapsed": False}
        else:
            old |= {"source": c["source"]}
        cells.append(old)
    sheets = [{"cells": cells, "metadata": {}}]
    metadata = {"name": "", "kernelspec": {"name": "python2"}}
    return json.dumps(
        {"nbformat": 3, "nbformat_minor": 0, "metadata": metadata, "worksheets": sheets}
    )


@careless("nbformat 4.0 as Colab saves it")
def _(notebook):
    """Colab writes format 4.0, moves ids into the metadata and adds its own."""
    plain = _plain(notebook)
    for i, c in enumerate(plain["cells"]):
        c["metadata"] |= {"id": c.pop("id"), "colab": {"base_uri": "https://localhost/"}}
        if c["cell_type"] == "code":
            c["metadata"] |= {"outputId": f"{i:x}", "executionInfo": {"status": "ok", "elapsed": 7}}
            c["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["x\n"]}]
    kernel = {"name": "python3", "display_name": "Python 3"}
    metadata = {"colab": {"provenance": [], "toc_visible": True}, "kernelspec": kernel}
    metadata |= {"accelerator": "GPU", "widgets": {"application/vnd.jupyter.widget-state+json": {}}}
    return json.dumps({**plain, "nbformat_minor": 0, "metadata": metadata})


@careless("as Kaggle saves it", quick=False)
def _(notebook):
    plain = _plain(notebook)
    for c in plain["cells"]:
        c.pop("id")
        c["metadata"] |= {"_uuid": "8f2839f25d", "_cell_guid": "b1076dfc", "trusted": True}
    return json.dumps(
        {**plain, "nbformat_minor": 4, "metadata": {"kaggle": {"isGpuEnabled": False}}}
    )


@careless("as VS Code saves it", quick=False)
def _(notebook):
    plain = _plain(notebook)
    for i, c in enumerate(plain["cells"]):
        c["metadata"] |= {"vscode": {"languageId": "python"}}
        if i % 2:
            c.pop("id")
        c["source"] = c["source"].splitlines(keepends=True)
    return json.dumps({**plain, "nbformat_minor": 2})


@careless("every id the same", quick=False)
def _(notebook):
    plain = _plain(notebook)
    for c in plain["cells"]:
        c["id"] = "cell"
    return json.dumps(plain)


@careless("one cell that no program can read", note="1 could not be read", quick=False)
def _(notebook):
    plain = _plain(notebook)
    plain["cells"].insert(3, {"cell_type": "code", "source": None, "metadata": {}})
    return json.dumps(plain)


def _plain(notebook):
    return json.loads(json.dumps(notebook))
