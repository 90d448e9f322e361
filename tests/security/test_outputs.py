"""What cells show when they are graded is what a kernel shows: the same kinds of output with the same texts."""

import itertools
import re

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.grading.safe import clean_outputs
from autograder.grading.sandbox import missing
from autograder.grading.session import Limits, Session

CELLS = [
    "print('out')",
    "import sys\nprint('one')\nprint('two', file=sys.stderr)\nprint('three')",
    "1 + 1",
    "x = 3\nx;",
    "x\n'last'",
    "display(x)\ndisplay('a', {'b': [1, 2]})\nx",
    "from IPython.display import Markdown, HTML, clear_output\nHTML('<b>bold</b>')",
    "Markdown('**bold**')",
    "None",
    "print('gone')\nclear_output()\nprint('stays')",
    "for i in range(3):\n    clear_output(wait=True)\n    print('step', i)",
    "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "figure, axes = plt.subplots()\naxes.plot([1, 3])\nplt.show()\nprint('behind')",
    "figure",
    "display(figure)\nplt.close('all')",
    "import warnings\nwarnings.warn('careful')",
    "from tqdm import tqdm\nfor _ in tqdm(range(4), file=sys.stdout, bar_format='{n}/{total}'):\n    pass",
    "%%capture caught\nprint('kept for later')\nx",
    "caught.stdout",
    "%env GRADED=yes",
    "!echo from a shell",
    "class Table:\n    def __repr__(self):\n        return 'a  b\\n1  2'\n"
    "    def _repr_html_(self):\n        return '<table></table>'\nTable()",
    "display(Table())\nTable()",
    "import numpy as np\nimport torch\nnp.arange(3), torch.ones(2)",
    "import logging\nlogging.basicConfig(level=logging.INFO, format='%(message)s')\nlogging.info('one')",
    "logging.info('two')",
    "print('before')\n1 / 0",
    "def f(:\n    pass",
    "raise KeyError('missing')",
    "assert x == 4, 'x is not 4'",
    "%nonsense",
    "import a_module_that_is_nowhere",
    "'ünïcode', 'λ'\nprint('∑', end='')",
    "_",
    "import time\n%time time.sleep(0)",
    "print('a', end='', flush=True)\nprint('b', file=sys.stderr, end='')\nprint('c')",
    "import sys\nsys.exit('bye')",
]

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=" ".join(missing()) or "none"),
    pytest.mark.full,
]


TIMES = r"[\d.]+ [µμnm]?s(?=,|\n|$)"
FILES = r"/\S+?/ipykernel_\d+/\d+\.py|<ipython-input[^>]*>|\b\d+\.py\b"


def simplified(outputs) -> list[tuple[str, str]]:
    """Kinds and texts of outputs without colours, times, and the names of files that stand for cells.

    A kernel sends its two streams at times of its own: what is printed in one go is compared stream by stream.
    """
    found = []
    for output in clean_outputs([dict(output) for output in outputs]):
        kind = output.get("name", output.output_type)
        if kind == "error":
            text = f"{output.ename}: {output.evalue}"
        else:
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            kind += " with a picture" if "image/png" in output.get("data", {}) else ""
        text = re.sub(r"\x1b\[[\d;]*m", "", text)
        found.append((kind, re.sub(FILES, "FILE", re.sub(TIMES, "TIME", text))))
    groups = itertools.groupby(found, key=lambda output: output[0] in ("stdout", "stderr"))
    return [
        output for streams, group in groups for output in (_joined(group) if streams else group)
    ]


def _joined(printed):
    texts = {}
    for name, text in printed:
        texts[name] = texts.get(name, "") + text
    return sorted(texts.items())


@pytest.fixture(scope="module")
def in_a_kernel():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    NotebookClient(notebook, allow_errors=True, kernel_name="python3", timeout=60).execute()
    return [simplified(cell.outputs) for cell in notebook.cells]


@pytest.fixture(scope="module")
def in_a_session():
    with Session(Limits(), "sandboxed") as session:
        return [simplified(session.run(source)) for source in CELLS]


@pytest.mark.parametrize("number", range(len(CELLS)), ids=lambda i: CELLS[i].splitlines()[-1][:40])
def test_a_cell_shows_what_it_shows_in_a_kernel(in_a_kernel, in_a_session, number):
    assert in_a_session[number] == in_a_kernel[number]
