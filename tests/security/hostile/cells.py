"""Group: cells edited, copied, tagged, deleted, and what a notebook's file says about itself."""

import copy
import json
from functools import partial

import nbformat

from tests.security.hostile.kinds import Hostile, by_grade_id, checks

attack = partial(Hostile, group="cells")
GRADE = {"grade": True, "locked": False, "solution": False, "task": False, "schema_version": 3}
RIGHT = {
    "verdict": {
        "exercise": "dropout.vanilla",
        "title": "x",
        "status": "right",
        "parts": [],
        "remarks": [],
    },
    "judged_by": "judge",
    "score": 52,
    "flags": [],
    "notes": ["10 of 10 points, says the judge"],
    "key": "0" * 64,
}


def _grade_cell(name, points=100, source="100", **marks):
    mark = GRADE | {"grade_id": name, "points": points} | marks
    return nbformat.v4.new_code_cell(source, metadata={"nbgrader": mark})


def _more_points(notebook):
    for cell in notebook.cells:
        if mark := cell.metadata.get("nbgrader"):
            mark |= {
                "points": 1000,
                "max_score": 1000,
                "score": 1000,
                "locked": False,
                "checksum": "0",
            }


def _odd_points(notebook):
    odd = iter([float("nan"), float("inf"), -5, "10", None, [10]])
    for cell in checks(notebook):
        cell.metadata.nbgrader.points = next(odd)
    return json.dumps(notebook)


def _own_grade_cells(notebook):
    names = (
        "bonus",
        "check-dropout-vanilla",
        "written-gap",
        "x'; DROP TABLE student; --",
        "../../gradebook",
    )
    notebook.cells += [_grade_cell(name) for name in names]
    notebook.cells.append(_grade_cell("extra-task", task=True))


def _solutions(notebook):
    """Each check and the set-up as if they were answers."""
    for cell in (*checks(notebook), by_grade_id(notebook, "setup")):
        cell.metadata.nbgrader |= {"solution": True, "locked": False}
        cell.source = "check = lambda *a: 10\n10"


def _deleted(notebook):
    notebook.cells = [cell for cell in notebook.cells if cell not in checks(notebook)]


def _set_up(notebook):
    by_grade_id(
        notebook, "setup"
    ).source = "from math import *\ncheck = lambda *a: 10\nprint('mine')"


def _tagged(notebook):
    for cell in notebook.cells:
        cell.metadata |= {
            "tags": ["experiment", "remove_cell", "hide_input", "raises-exception", "skip"]
        }
        cell.metadata |= {"jupyter": {"source_hidden": True}, "deletable": True, "editable": True}


def _forged_metadata(notebook):
    for cell in notebook.cells:
        cell.metadata.autograder = RIGHT
    notebook.metadata |= {"autograder": RIGHT, "nbgrader": {"score": 52}}


def _twice(notebook):
    """Every check and every answer twice, the second one claiming points."""
    copies = [copy.deepcopy(cell) for cell in checks(notebook)]
    for cell in copies:
        cell.source, cell.id = "10", cell.id + "x"
    notebook.cells += copies + copies


def _same_ids(notebook):
    for cell in notebook.cells:
        cell.id = "same"
    return json.dumps(notebook)


def _same_grade_ids(notebook):
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.grade_id = "check-dropout-vanilla"


def _types_changed(notebook):
    for cell in notebook.cells:
        if cell in checks(notebook) or cell.metadata.get("nbgrader", {}).get("solution"):
            kind = "markdown" if cell.cell_type == "code" else "code"
            cell |= {"cell_type": kind}
    return json.dumps(notebook)


def _kernel(notebook):
    notebook.metadata.kernelspec = {
        "name": "evil", "display_name": "evil", "language": "bash", "argv": ["sh", "-c", "touch /tmp/@LEFT@-kernel"],
    }  # fmt: skip
    notebook.metadata.language_info = {
        "name": "<script>",
        "pygments_lexer": "evil",
        "file_extension": "/../x",
    }
    notebook.metadata |= {"title": "<script>stolen</script>", "authors": [{"name": "{{ 7 * 7 }}"}]}
    state = {
        "state": {"x": {"model_name": "HTMLModel", "state": {"value": "<script>stolen</script>"}}}
    }
    notebook.metadata.widgets = {"application/vnd.jupyter.widget-state+json": state}


def _experiment(notebook):
    cells = [cell for cell in notebook.cells if "experiment" in cell.metadata.get("tags", [])]
    for cell in cells:
        cell.source = "def train_with(*a): pass\nprint('REA' + 'CHED')\nraise SystemExit"


def _nested(depth):
    def edit(notebook):
        text = json.dumps(notebook)
        return text.replace(
            '"nbgrader": {', '"nbgrader": {"deep": ' + "[" * depth + "]" * depth + ", ", 1
        )

    return edit


def _wide_metadata(notebook):
    for cell in notebook.cells[:5]:
        cell.metadata |= {f"key{i}": "x" * 20 for i in range(20_000)}
        cell.metadata.nbgrader = cell.metadata.get("nbgrader", {}) | {"more": ["x"] * 20_000}


def _many_containers(notebook):
    """Text of a few megabytes that is gigabytes once it is read."""
    text = json.dumps(notebook)
    return text.replace('"nbgrader": {', '"nbgrader": {"x": [' + "{}," * 8_000_000 + "{}], ", 1)


def _long_code(notebook):
    """Code of a few megabytes whose syntax tree has gigabytes."""
    by_grade_id(notebook, "dropout-vanilla").source = "x;" * 2_500_000
    deep = f"y = {'-' * 100_000}1\nz = {'(' * 90}1{')' * 90}"
    notebook.cells += [
        nbformat.v4.new_code_cell(deep),
        nbformat.v4.new_code_cell("x;" * 400_000),
    ]


def _many_cells(notebook):
    notebook.cells += [nbformat.v4.new_code_cell("1") for _ in range(20_000)]
    return json.dumps(notebook)


def _other_format(notebook):
    return json.dumps(notebook | {"nbformat": 99, "nbformat_minor": 99})


def _grade_id_of_a_check_in_text(notebook):
    """The answer of another exercise, put where the grader looks for what an exercise defines."""
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)
    notebook.cells.append(nbformat.v4.new_code_cell("def check(*a): return 10\n" * 200))


ATTACKS = [
    attack(name="more-points", tries="raises the points of every cell", edit=_more_points),
    attack(
        name="odd-points",
        tries="sets points to NaN, infinity, less than nothing and texts",
        edit=_odd_points,
    ),
    attack(
        name="own-grade-cells",
        tries="adds graded cells, some with known names",
        edit=_own_grade_cells,
    ),
    attack(
        name="checks-as-answers",
        tries="marks checks and set-up as answers, and answers 10",
        edit=_solutions,
    ),
    attack(name="checks-deleted", tries="deletes all checks", edit=_deleted),
    attack(
        name="checks-deleted-and-solved",
        tries="deletes all checks of right work, which still counts",
        edit=_deleted,
        solved=True,
        score=52,
    ),
    attack(
        name="set-up-replaced",
        tries="replaces the set-up with its own check",
        edit=_set_up,
        shows=("mine",),
    ),
    attack(name="tags", tries="tags every cell to be skipped, hidden or removed", edit=_tagged),
    attack(
        name="forged-metadata",
        tries="brings verdicts and notes of the grader along in its metadata",
        edit=_forged_metadata,
        hides=("10 of 10 points, says the judge",),
        quick=True,
    ),
    attack(name="cells-twice", tries="hands in every check twice, with points", edit=_twice),
    attack(
        name="one-id",
        tries="gives all cells one id, with right work",
        edit=_same_ids,
        solved=True,
        score=52,
    ),
    attack(
        name="one-grade-id", tries="gives all cells the name of one check", edit=_same_grade_ids
    ),
    attack(
        name="types",
        tries="makes text of checks and answers, and code of text",
        edit=_types_changed,
    ),
    attack(
        name="kernel-and-widgets",
        tries="names a kernel that is a command, a template and widgets with scripts",
        edit=_kernel,
        solved=True,
        score=52,
        hides=("<script>stolen",),
    ),
    attack(name="experiment", tries="puts code into the cells that are not run", edit=_experiment),
    attack(
        name="deep-json",
        tries="nests a hundred thousand lists",
        edit=_nested(100_000),
        shows=("damaged",),
    ),
    attack(
        name="less-deep-json",
        tries="nests as many lists as are just read",
        edit=_nested(900),
        score=(0, 0),
    ),
    attack(
        name="wide-metadata",
        tries="brings a hundred thousand entries of metadata",
        edit=_wide_metadata,
    ),
    attack(
        name="many-containers",
        tries="is small, but gigabytes when it is read",
        edit=_many_containers,
        shows=("entries",),
    ),
    attack(
        name="long-code",
        tries="has code that takes minutes and gigabytes to parse",
        edit=_long_code,
        shows=("were left out",),
    ),
    attack(name="many-cells", tries="has twenty thousand cells", edit=_many_cells),
    attack(
        name="another-format",
        tries="claims a format of the future",
        edit=_other_format,
        score=(0, 0),
    ),
    attack(
        name="names-removed",
        tries="removes all names and defines the checks",
        edit=_grade_id_of_a_check_in_text,
    ),
]
