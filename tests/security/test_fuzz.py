"""Randomly damaged notebooks: each ends in a grade or a sentence, and none stops the run or costs a classmate."""

import copy
import json

import nbformat
import pytest

from autograder.grading.book import Book
from autograder.grading.course import answer_id, grade_id
from autograder.grading.grade import grade_class
from autograder.grading.sandbox import missing
from tests.security.fuzz import IN_FOLDER, ON_BYTES, ON_JSON, damage

NAME, POINTS = "mini", 10
ANSWER = answer_id("schedules.warmup_cosine")
LIMITS = "c.RunAndJudge.cell_seconds = 5\nc.RunAndJudge.notebook_seconds = 20\n"
FEW = range(len([*ON_BYTES, *ON_JSON, *IN_FOLDER]))  # each kind of damage once
ALL = range(200)

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=" ".join(missing()) or "none"),
    pytest.mark.timeout(1200),  # a class is graded in a fixture
]


@pytest.fixture(scope="module")
def mini(course_copy, assignment):
    """The course with an assignment of one exercise, released."""
    names = ("setup", ANSWER, f"check-{ANSWER}", "written-gap")
    by_id = {grade_id(cell): copy.deepcopy(cell) for cell in assignment.notebook.cells}
    cells = [nbformat.v4.new_markdown_cell("# One exercise"), *(by_id[name] for name in names)]
    folder = course_copy.nbgrader_root / "source" / NAME
    folder.mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / f"{NAME}.ipynb")
    with open(course_copy.root / "nbgrader_config.py", "a") as file:
        file.write(f"\n{LIMITS}")
    Book(course_copy).generate(NAME)
    return course_copy.assignment(NAME)


@pytest.fixture(scope="module")
def solved(mini) -> dict:
    """A right notebook as JSON."""
    notebook = copy.deepcopy(mini.notebook)
    notebook.cells.append(nbformat.v4.new_code_cell("print('own')"))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("stream", text="printed\n")]
    return json.loads(json.dumps(notebook))


@pytest.fixture(scope="module")
def graded(mini, solved):
    """The outcomes of damaged notebooks among honest ones, by seed, and of the honest ones."""

    def grade(seeds):
        students = []
        for seed in seeds:
            students.append(f"{len(seeds)}-{seed:03}")
            damage(seed, solved).hand_in(_folder(mini, students[-1]), NAME)
            if seed % 10 == 0:
                students.append(f"{len(seeds)}-{seed:03}-honest")
                path = _folder(mini, students[-1]) / f"{NAME}.ipynb"
                path.write_text(json.dumps(solved))
        outcomes = grade_class(mini, students, progress=False, jobs=2)
        honest = [outcome for outcome in outcomes if outcome.student.endswith("honest")]
        rest = [outcome for outcome in outcomes if not outcome.student.endswith("honest")]
        return dict(zip(seeds, rest, strict=True)), honest

    return grade


def _folder(assignment, student):
    folder = assignment.course.nbgrader_root / "submitted" / student / assignment.name
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def few(graded):
    return graded(FEW)


@pytest.fixture(scope="module")
def many(graded):
    return graded(ALL)


def _assert_told(mini, solved, outcome, seed):
    said = f"seed {seed}, {damage(seed, solved).kind}: {outcome.problem} {outcome.notes}"
    assert "Traceback" not in said and "The grader failed" not in said, said
    assert all(note.strip().endswith((".", "read")) for note in outcome.notes), said
    if outcome.problem:
        assert outcome.problem.endswith("."), said
        return
    assert 0 <= outcome.score <= POINTS and outcome.max_score == POINTS + 8, said
    root, inside = mini.course.nbgrader_root, (outcome.student, NAME)
    judged = nbformat.read(root.joinpath("autograded", *inside, f"{NAME}.ipynb"), as_version=4)
    nbformat.validate(judged)
    checks = [cell for cell in judged.cells if grade_id(cell) == f"check-{ANSWER}"]
    assert len(checks) == 1 and len(checks[0].outputs) == 1, said
    page = root.joinpath("feedback", *inside, f"{NAME}.html").read_text(encoding="utf-8")
    assert "<script>1" not in page and "</html>" in page, said


@pytest.mark.parametrize("seed", FEW)
def test_a_damaged_notebook_ends_in_a_grade_or_a_sentence(mini, solved, few, seed):
    _assert_told(mini, solved, few[0][seed], seed)


@pytest.mark.full
@pytest.mark.parametrize("seed", ALL)
def test_each_of_many_ends_in_a_grade_or_a_sentence(mini, solved, many, seed):
    _assert_told(mini, solved, many[0][seed], seed)


def test_honest_classmates_keep_their_marks(few):
    assert [(o.score, o.problem, o.notes) for o in few[1]] == [(POINTS, "", [])] * len(few[1])


@pytest.mark.full
def test_honest_classmates_keep_their_marks_among_many(many):
    assert [(o.score, o.problem, o.notes) for o in many[1]] == [(POINTS, "", [])] * len(many[1])


def test_a_seed_always_gives_the_same_damage_and_another_seed_another(solved):
    seeds = ALL[:: len(FEW) + 1]  # of every second kind or so
    contents = [damage(seed, solved).content for seed in seeds]
    assert contents == [damage(seed, solved).content for seed in seeds]
    one = [damage(seed, solved).content for seed in ALL[:: len(FEW)]]  # of one kind
    assert len(set(one)) == len(one)
