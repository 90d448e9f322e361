"""Running and judging a rebuilt notebook: one verdict in every cell that carries points, whatever the cells do."""

import copy
import json

import nbformat
import pytest
from nbgrader.utils import determine_grade

from autograder.grading.course import Course, answer_id, grade_id
from autograder.grading.rebuild import rebuild, stubs
from autograder.grading.record import record
from autograder.grading.run import JUDGE, KEY, STUDENT, run_and_judge
from autograder.grading.secret import hidden_seed
from autograder.grading.session import Limits
from autograder.practice import public_seed

EXERCISE = "schedules.warmup_cosine"
ANSWER, CHECK = answer_id(EXERCISE), f"check-{answer_id(EXERCISE)}"
LIMITS = Limits(cell=4, case=4, notebook=60)
# In the instructor's notebook limit is 3, and every cell passes; the student has set it to 5.
LIMIT = "### BEGIN SOLUTION\nlimit = 3\n### END SOLUTION"
ASSERTIONS = {
    "passes": ("assert limit > 2", 4),
    "fails": ("assert limit == 3, f'limit is {limit}'", 0),
    "raises": ("[1, 2, 3, 4][limit]", 0),
    "warns": ("import warnings\nwarnings.warn('careful')\nassert limit > 2", 4),
    "prints to stderr": ("import sys\nprint('bar 100 %', file=sys.stderr)", 4),
    "gives part": ("limit / 2", 2.5),
    "gives part after a print": ("print('some')\n0.2 * limit", 1),
    "gives nothing": ("limit - 5", 0),
    "ends in an expression": ("assert limit > 2\n'all good'", 4),
    "gives less than nothing": ("-limit", 4),
    "gives too much": ("limit", 4),
    "shows": ("display(1)\nassert limit > 2", 4),
    "does not end": ("while limit == 5: pass", 0),
    "leaves": ("import os\nif limit == 5: os._exit(0)", 0),
    "passes after all that": ("assert limit > 2", 4),
}


def grade_cell(name, source, points):
    nbgrader = {
        "grade": True, "grade_id": name, "locked": True, "points": points,
        "schema_version": 3, "solution": False, "task": False, "cell_type": "code",
    }  # fmt: skip
    return nbformat.v4.new_code_cell(source, metadata={"nbgrader": nbgrader})


@pytest.fixture(scope="module")
def mini(assignment, tmp_path_factory):
    """An assignment of one exercise and an instructor's plain assert cells."""
    root = tmp_path_factory.mktemp("mini")
    by_id = {grade_id(cell): cell for cell in assignment.notebook.cells}
    cells = [copy.deepcopy(by_id[name]) for name in ("setup", ANSWER, CHECK)]
    cells.append(copy.deepcopy(cells[1]))
    cells[3].source, cells[3].id, cells[3].metadata.nbgrader.grade_id = LIMIT, "limit", "limit"
    cells += [grade_cell(name.replace(" ", "-"), what[0], 4) for name, what in ASSERTIONS.items()]
    folder = root / "assignments" / "source" / "mini"
    folder.mkdir(parents=True)
    (root / "nbgrader_config.py").write_text("")
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "mini.ipynb")
    (root / "assignments" / "answers").mkdir()
    known = (assignment.course.answers / "schedules.py").read_text()
    (root / "assignments" / "answers" / "schedules.py").write_text(known)
    return Course(root).assignment("mini")


@pytest.fixture(scope="module")
def recorded(mini):
    public = record(mini, public_seed, public=True)
    hidden = record(mini, lambda *names: hidden_seed(b"a test", *names), public=False)
    return {name: public[name] + hidden[name] for name in public}


@pytest.fixture(scope="module")
def graded(mini, recorded):
    """Grades a submission with this answer and these own cells in front of the check."""

    def grade(answer, *own, limits=LIMITS, assertions=False):
        released = stubs(mini).cells
        submitted = {grade_id(cell): copy.deepcopy(cell) for cell in released}
        submitted["limit"].source = "limit = 5"
        if answer is not None:
            submitted[ANSWER].source = answer
        cells = list(submitted.values())
        cells[2:2] = [nbformat.v4.new_code_cell(source) for source in own]
        rebuilt = rebuild(mini, nbformat.v4.new_notebook(cells=cells), [])
        if not assertions:
            rebuilt.cells = [
                c for c in rebuilt.cells if grade_id(c) in ("setup", ANSWER, CHECK, "")
            ]
        executed = run_and_judge(rebuilt, mini, recorded, limits)
        nbformat.validate(executed)
        json.dumps(executed, ensure_ascii=False).encode()  # it can be written
        return {grade_id(cell) or f"own {i}": cell for i, cell in enumerate(executed.cells)}

    return grade


def verdict(cells):
    results = [o for o in cells[CHECK].outputs if o.output_type == "execute_result"]
    assert len(results) == len(cells[CHECK].outputs) == 1  # one verdict, and nothing beside it
    assert cells[CHECK].metadata[KEY]["judged_by"] == JUDGE
    told = cells[CHECK].metadata[KEY]["verdict"]
    assert determine_grade(cells[CHECK]) == (sum(part["earned"] for part in told["parts"]), 10)
    return told


def limits_of(cells):
    """The limits that cells ran into, by the names of the cells."""
    noted = {name: cell.metadata.get(KEY, {}).get("limits") for name, cell in cells.items()}
    return {name: limits for name, limits in noted.items() if limits}


def text_of(cells):
    return cells[CHECK].outputs[0].data["text/html"]


@pytest.fixture(scope="module")
def solution(mini):
    return next(cell.source for cell in mini.notebook.cells if grade_id(cell) == ANSWER)


# A cell that writes a reply of its own into the pipe to the judge.
FORGING = """
import json, os
data = json.dumps({{"outputs": {outputs}}}).encode()
for fd in range(3, 64):
    try:
        os.write(fd, len(data).to_bytes(8, "big") + data)
    except OSError:
        pass
"""
FORGED = {
    "a number": [1],
    "no output": [{}],
    "an unknown kind": [{"output_type": "spell", "data": {}}],
    "a stream without text": [{"output_type": "stream"}],
    "an error of numbers": [{"output_type": "error", "ename": 1, "evalue": 2, "traceback": [3]}],
    "a script": [
        {"output_type": "display_data", "data": {"text/html": "<script>1</script>"}, "metadata": {}}
    ],
    "the points": [{"output_type": "execute_result", "data": {"text/plain": "10"}, "metadata": {}}],
}


class TestChecks:
    def test_the_solution_has_all_points(self, graded, solution):
        assert verdict(graded(solution))["status"] == "right"

    def test_a_stub_is_not_attempted(self, graded):
        assert verdict(graded(None))["status"] == "not attempted"

    def test_a_wrong_answer_has_its_parts_and_its_diagnosis(self, graded, solution):
        told = verdict(graded(solution.replace("self.min_lr + ", "")))
        assert told["status"] == "partly right" and told["parts"][0]["earned"] == 2

    def test_an_answer_wrong_on_hidden_cases_only_is_refused_without_their_values(
        self, graded, solution, recorded
    ):
        public = {record.case["total_steps"] for record in recorded[EXERCISE] if record.public}
        cheat = solution.replace(
            "        step, warmup, total =",
            f"        if self.total_steps not in {public}: return [123.456 for _ in self.base_lrs]\n"
            "        step, warmup, total =",
        )
        cells = graded(cheat)
        assert verdict(cells)["status"] != "right"
        hidden = [record.case for record in recorded[EXERCISE] if not record.public]
        assert any(case["total_steps"] not in public for case in hidden)
        for value in ("123.456", *(str(rate) for case in hidden for rate in case["lrs"])):
            assert value not in text_of(cells) and value not in json.dumps(cells[CHECK].metadata)

    def test_an_answer_that_is_no_python_is_told_so(self, graded):
        cells = graded("class WarmupCosine(LRScheduler:\n    pass")
        assert verdict(cells)["status"] in ("wrong", "not attempted")
        assert "SyntaxError" in text_of(cells)

    def test_an_answer_of_another_name_is_not_attempted(self, graded, solution):
        cells = graded(solution.replace("class WarmupCosine", "class Warmup"))
        assert verdict(cells)["status"] == "not attempted"
        assert "no answer of that name" in text_of(cells)

    def test_an_answer_that_does_not_end_costs_its_points_and_no_more_time(self, graded, solution):
        endless = solution.replace(
            "        step, warmup, total =",
            "        while True: pass\n        step, warmup, total =",
        )
        cells = graded(endless)
        assert verdict(cells)["status"] == "wrong" and "longer than 4 s" in text_of(cells)
        assert limits_of(cells) == {CHECK: ["time of a case"]}

    def test_an_answer_whose_definition_does_not_end_is_told_so(self, graded):
        cells = graded("while True: pass")
        assert verdict(cells)["status"] != "right" and "longer than 4 s" in text_of(cells)
        assert limits_of(cells) == {ANSWER: ["time of a cell"]}

    def test_an_answer_that_leaves_is_told_so(self, graded, solution):
        leaving = solution.replace(
            "        step, warmup, total =",
            "        import os; os._exit(0)\n        step, warmup, total =",
        )
        cells = graded(leaving)
        assert verdict(cells)["status"] == "wrong" and "ended the process" in text_of(cells)
        assert limits_of(cells) == {CHECK: ["process ended"]}

    @pytest.mark.parametrize(
        "shown",
        ["print('x' * 30_000)", "for i in range(1_500): print(i)", "'x' * 30_000"],
        ids=["one long text", "many lines", "a long result"],
    )
    def test_what_is_not_kept_of_an_output_is_noted(self, graded, solution, shown):
        cells = graded(solution, shown, "print('x' * 900)")
        [(place, limits)] = limits_of(cells).items()
        assert cells[place].source == shown and limits == ["output left out"]

    def test_memory_that_there_is_not_is_noted_whoever_says_so(self, graded, solution):
        own = ("bytearray(10**15)", "import torch\ntorch.empty(10**14)")
        greedy = solution.replace(
            "        step, warmup, total =",
            "        bytearray(10**15)\n        step, warmup, total =",
        )
        found = limits_of(graded(greedy, *own))
        assert list(found.values()) == [["memory"]] * 3 and CHECK in found

    @pytest.mark.parametrize(
        "claim",
        [
            "def check(*args): return 10",
            "print(10)\n10",
            "import autograder.judge, autograder.practice\n"
            "autograder.judge.judge = autograder.practice.check = lambda *a: 10",
            "class Ten(float):\n    def __repr__(self): return '10'\nTen()",
            "import autograder.exercises.schedules as module\n"
            "module._rates = lambda optimizer: [0.0]\nmodule.Close.disagreement = lambda *a: ''",
            "import numpy\nnumpy.isfinite = numpy.allclose = lambda *a, **k: True",
            "raise SystemExit",
        ],
        ids=lambda claim: claim[:30],
    )
    def test_what_a_cell_claims_decides_nothing(self, graded, claim):
        cells = graded(None, claim)
        assert determine_grade(cells[CHECK])[0] == 0
        verdict(cells)

    @pytest.mark.parametrize("forged", FORGED)
    def test_forged_outputs_of_a_cell_decide_nothing_and_show_no_markup(self, graded, forged):
        cells = graded(None, FORGING.format(outputs=FORGED[forged]))
        verdict(cells)
        assert determine_grade(cells[CHECK])[0] == 0
        assert "<script>" not in json.dumps([cell.get("outputs", []) for cell in cells.values()])

    def test_uses_of_the_library_are_shown_to_the_instructor_and_cost_nothing(
        self, graded, solution
    ):
        flagged = (
            solution
            + "\nfrom torch.optim.lr_scheduler import CosineAnnealingLR\ntorch.optim.lr_scheduler.LambdaLR"
        )
        cells = graded(flagged)
        assert cells[CHECK].metadata[KEY]["flags"] == ["CosineAnnealingLR", "LambdaLR"]
        assert verdict(cells)["status"] == "right"
        assert graded(solution)[CHECK].metadata[KEY]["flags"] == []

    def test_so_is_a_name_that_the_answer_has_not_made_itself(self, graded, solution):
        names = "from torch.optim.lr_scheduler import *\nLambdaLR = None\nLambdaLR, SequentialLR"
        cells = graded(f"{solution}\n{names}")
        assert cells[CHECK].metadata[KEY]["flags"] == ["SequentialLR"]

    def test_a_notebook_out_of_time_keeps_what_was_finished_before(self, graded, solution):
        slow = "import time\ntime.sleep(30)"
        cells = graded(solution, slow, "1", limits=Limits(cell=40, case=40, notebook=6))
        stopped = [cell.outputs[0].evalue for cell in cells.values() if cell.source in (slow, "1")]
        assert len(stopped) == 2 and all("used up its time" in text for text in stopped)
        assert list(limits_of(cells).values()) == [["time of the notebook"]] * 2
        assert verdict(cells)["status"] == "right"


@pytest.fixture(scope="module")
def asserted(graded, solution):
    return graded(solution, assertions=True)


class TestAssertions:
    @pytest.mark.parametrize("name", ASSERTIONS)
    def test_score_as_nbgrader_scores_them_and_no_less(self, asserted, name):
        cell, (_, points) = asserted[name.replace(" ", "-")], ASSERTIONS[name]
        assert determine_grade(cell) == (points, 4)
        assert cell.metadata[KEY].items() >= {"score": points, "judged_by": STUDENT}.items()
        results = [o for o in cell.outputs if o.output_type in ("execute_result", "error")]
        assert len(results) == 1

    def test_leave_the_checks_alone(self, asserted):
        assert verdict(asserted)["status"] == "right"
