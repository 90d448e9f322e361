"""A class of known answers: everybody hands in the solution but for one answer, and so deserves a known grade."""

import ast
from collections.abc import Iterable

import nbformat

from autograder.grading.answers import Answer
from autograder.grading.course import Assignment, answer_id, grade_id
from autograder.grading.grade import Outcome
from autograder.grading.sample import SampleClass
from autograder.verdict import RIGHT


def hand_in_answers(assignment: Assignment, answers: Iterable[Answer]) -> dict[str, Answer]:
    """Put a submission for each answer where a collected class lies; who handed in which. It must be released."""
    samples, handed_in = SampleClass(assignment), {}
    for i, answer in enumerate(answers):
        student = f"s{i:03d}"
        notebook = samples.notebook({answer.exercise: answer.source})
        folder = assignment.course.nbgrader_root / "submitted" / student / assignment.name
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{assignment.name}.ipynb")
        handed_in[student] = answer
    return handed_in


def misjudged(
    assignment: Assignment, outcomes: Iterable[Outcome], handed_in: dict[str, Answer]
) -> list[str]:
    """A sentence for each exercise of each submission that was not judged as it deserves.

    A right answer gets all points, a wrong one is refused for the mistake it is named after, and the gradebook's points
    are those of the verdicts. The other answers are the solution's, so they are right, but for those that use what this
    one defines: they need not fit together (a forward pass that keeps the dropped entries, a backward pass that expects
    the kept ones).
    """
    found, seen = [], set()
    for outcome in outcomes:
        answer = handed_in[outcome.student]
        seen.add(outcome.student)
        who = f"{outcome.student} ({answer.exercise} {answer.kind}: {answer.name})"
        wrong = {answer.exercise} if answer.kind == "wrong" else set()
        may_fail = users(assignment, answer)
        if outcome.problem:
            found.append(f"{who}: {outcome.problem}")
        if outcome.score != sum(verdict.points for verdict in outcome.verdicts):
            found.append(f"{who}: {outcome.score} points in the gradebook")
        for verdict in outcome.verdicts:
            right = verdict.status == RIGHT and verdict.points == verdict.max_points
            refused = verdict.status != RIGHT and verdict.mistakes[:1] == [answer.name]
            as_it_should = refused if verdict.exercise in wrong else right
            if not as_it_should and verdict.exercise not in may_fail:
                found.append(f"{who}: {verdict.as_text()}")
    return found + [f"{student} was not graded" for student in handed_in.keys() - seen]


def users(assignment: Assignment, answer: Answer) -> set[str]:
    """The exercises whose checks or solutions use a name that an answer defines."""
    solutions = {grade_id(cell): cell.source for cell in assignment.notebook.cells}
    return {
        name
        for name, check in assignment.checks.items()
        if name != answer.exercise
        and defined(answer.source) & used(f"{check.expression}\n{solutions[answer_id(name)]}")
    }


def defined(source: str) -> set[str]:
    """The functions, classes and variables that a cell leaves behind."""
    top = ast.parse(source).body
    found = {node.name for node in top if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    targets = [target for node in top if isinstance(node, ast.Assign) for target in node.targets]
    return found | {
        name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
    }


def used(source: str) -> set[str]:
    """The names that a cell reads."""
    names = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    return {name.id for name in names if isinstance(name.ctx, ast.Load)}
