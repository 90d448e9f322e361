"""A sample class: what students hand in, right, wrong and broken, each with the verdicts that it deserves."""

from dataclasses import dataclass, field

import nbformat

from autograder.grading.answers import Answer, read_answers
from autograder.grading.course import Assignment, CourseError, answer_id, grade_id
from autograder.notebook import run_notebook
from autograder.verdict import NOT_ATTEMPTED, RIGHT

WRITTEN = (
    "Without dropout training ends at 99 %, validation at 78 %: a gap of 21 points. With drop probability 0.5 it is "
    "91 % and 84 %, a gap of 7. A network that reads every digit right would score 80 % on the training labels, so the "
    "first has learned the wrong labels by heart, and dropout made that harder. Near 1 hardly a unit is left, "
    "and nothing is learned."
)
LOOP = """def inverted_dropout(x, keep_prob, training):
    mask = torch.zeros_like(x)
    while mask.mean() != keep_prob:
        mask = (torch.rand_like(x) < keep_prob).to(x.dtype)
    return x * mask / keep_prob, mask
"""
EXCEPTION = """def inverted_dropout(x, keep_prob, training):
    mask = torch.rand(x.shap) < keep_prob
    return x * mask / keep_prob, mask
"""
SYNTAX_ERROR = """class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5)
        super().__init__()
"""


@dataclass(frozen=True)
class Sample:
    """One student's hand-in. `expected` names, by exercise, a status or the id of a mistake; else it is right."""

    student: str
    says: str
    filename: str
    content: str
    expected: dict[str, str] = field(default_factory=dict)


class SampleClass:
    """Writes hand-ins for an assignment from its released notebook, its solution and the known answers."""

    def __init__(self, assignment: Assignment):
        self.assignment = assignment
        self.released = (
            assignment.course.nbgrader_root
            / "release"
            / assignment.name
            / f"{assignment.name}.ipynb"
        )
        self.solutions = {
            grade_id(cell): _unmarked(cell.source) for cell in assignment.notebook.cells
        }
        self.answers = {(a.exercise, a.name): a for a in read_answers(assignment.course.answers)}
        self.exercises = list(assignment.checks)

    def notebook(self, sources: dict[str, str], others: str = RIGHT) -> nbformat.NotebookNode:
        """The released notebook with these answers by exercise; `others` are right or not attempted."""
        notebook = nbformat.read(self.released, as_version=4)
        for cell in notebook.cells:
            names = [name for name in self.exercises if answer_id(name) == grade_id(cell)]
            if names and (names[0] in sources or others == RIGHT):
                cell.source = sources.get(names[0], self.solutions[grade_id(cell)])
            elif cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("grade"):
                cell.source = WRITTEN if others == RIGHT else cell.source
        return notebook

    def answer(self, exercise: str, name: str) -> str:
        answer: Answer = self.answers[exercise, name]
        return answer.source

    def wrong(self, student: str, says: str, *mistakes: tuple[str, str]) -> Sample:
        """All right but for these known mistakes."""
        notebook = self.notebook(
            {exercise: self.answer(exercise, name) for exercise, name in mistakes}
        )
        return self.sample(student, says, notebook, dict(mistakes))

    def sample(self, student, says, notebook, expected, filename="") -> Sample:
        content = notebook if isinstance(notebook, str) else nbformat.writes(notebook)
        return Sample(student, says, filename or self.released.name, content, expected)

    def build(self) -> list[Sample]:
        """The whole class."""
        nothing = dict.fromkeys(self.exercises, NOT_ATTEMPTED)
        run = self.notebook({})
        run_notebook(
            run, self.released.parent
        )  # one student hands in with all outputs, the experiment's picture too
        failed = [
            o for cell in run.cells for o in cell.get("outputs", []) if o.output_type == "error"
        ]
        if failed:
            raise CourseError(
                f"The solution notebook stops with {failed[0].ename}: {failed[0].evalue}."
            )
        right = nbformat.writes(self.notebook({}))
        half = {name: self.solutions[answer_id(name)] for name in self.exercises[:3]}
        left = {name: NOT_ATTEMPTED for name in self.exercises[3:]}
        return [
            self.sample("ada", "everything right", run, {}),
            self.sample("bilal", "right, written differently", self.notebook(self.different()), {}),
            self.wrong(
                "chen", "drop for keep probability", *_pairs("drop_for_keep", "keep_for_drop")
            ),
            self.wrong("dora", "vanilla and inverted swapped", ("dropout.inverted", "vanilla")),
            self.wrong(
                "emil", "one mask for the whole batch", ("dropout.vanilla", "mask_per_batch")
            ),
            self.wrong("fatou", "drops in eval mode", ("dropout.module", "always_drops")),
            self.wrong("gita", "new mask in backward", ("dropout.vanilla_backward", "new_mask")),
            self.wrong(
                "hugo", "scale forgotten in backward", ("dropout.inverted_backward", "no_scale")
            ),
            self.wrong("ines", "0 / 0 at drop probability 1", ("dropout.module", "nan_at_one")),
            self.wrong("jun", "accepts any drop probability", ("dropout.module", "not_refused")),
            self.wrong("kofi", "changes its input in place", ("dropout.inverted", "in_place")),
            self.sample("lena", "not attempted", self.notebook({}, NOT_ATTEMPTED), nothing),
            self.sample("milan", "half done", self.notebook(half, NOT_ATTEMPTED), left),
            self.sample(
                "nora",
                "an exception, and a cell that does not compile",
                self.notebook({"dropout.inverted": EXCEPTION, "dropout.module": SYNTAX_ERROR}),
                {
                    "dropout.inverted": "wrong",
                    "dropout.inverted_backward": "wrong",
                    "dropout.module": "wrong",
                },
            ),
            self.sample(
                "otto",
                "an endless loop",
                self.notebook({"dropout.inverted": LOOP}),
                {"dropout.inverted": "wrong", "dropout.inverted_backward": "wrong"},
            ),
            self.sample("pia", "a corrupt file", right[: len(right) // 2], nothing),
            self.sample(
                "quentin", "a renamed notebook", right, {}, "Quentin homework (final).ipynb"
            ),
        ]

    def different(self) -> dict[str, str]:
        """Right answers, written differently from the solution, to those of these exercises that there are."""
        chosen = (
            ("dropout.vanilla", "where"),
            ("dropout.vanilla_backward", "masked_fill"),
            ("dropout.inverted", "floor_of_sum"),
            ("dropout.inverted_backward", "reversed_product"),
            ("dropout.module", "with_own_function"),
            ("schedules.warmup_cosine", "numpy_table"),
        )
        return {
            exercise: self.answer(exercise, name)
            for exercise, name in chosen
            if exercise in self.exercises
        }


def _unmarked(source):
    """A solution as a student would hand it in, without nbgrader's marks around it."""
    marks = ("### BEGIN SOLUTION", "### END SOLUTION")
    return "\n".join(line for line in source.splitlines() if line.strip() not in marks)


def _pairs(dropout, module):
    return ("dropout.vanilla", dropout), ("dropout.inverted", dropout), ("dropout.module", module)


def place(samples: list[Sample], assignment: Assignment) -> None:
    """Put the hand-ins where a collected class lies: submitted/STUDENT/ASSIGNMENT/."""
    for sample in samples:
        folder = assignment.course.nbgrader_root / "submitted" / sample.student / assignment.name
        folder.mkdir(parents=True)
        (folder / sample.filename).write_text(sample.content, encoding="utf-8")
