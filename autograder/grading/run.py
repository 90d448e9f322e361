"""Run a rebuilt notebook in its student process and write exactly one verdict into every cell that carries points."""

import ast
from dataclasses import dataclass

import nbformat

from autograder.grading.course import (
    Assignment,
    Check,
    answer_id,
    check_of,
    grade_id,
    is_experiment,
)
from autograder.grading.session import Session, Stopped
from autograder.judge import Recorded, judge, not_attempted
from autograder.practice import Result
from autograder.verdict import Verdict

KEY = "autograder"  # in a cell's metadata: what reports read
JUDGE, STUDENT = "judge", "student's own process"


@dataclass(frozen=True)
class Limits:
    """Seconds for one cell, for one case of a check, and for a whole notebook."""

    cell: float = 30
    case: float = 10
    notebook: float = 300


def run_and_judge(
    notebook: nbformat.NotebookNode,
    assignment: Assignment,
    recorded: dict[str, list[Recorded]],
    limits: Limits,
) -> nbformat.NotebookNode:
    """Run all code cells but experiments, judge the checks, and set the outputs in place."""
    errors: dict[str, str] = {}
    sources = {grade_id(cell): cell.source for cell in notebook.cells}
    with Session(limits.cell, limits.case, limits.notebook) as session:
        for cell in notebook.cells:
            if cell.cell_type != "code" or is_experiment(cell):
                continue
            check = check_of(cell)
            if check:
                name = check.exercise.name
                verdict = _judge(session, check, recorded[name], errors.get(answer_id(name), ""))
                flags = _flagged(check, sources.get(answer_id(name), ""))
                _write_verdict(cell, verdict, flags)
            elif cell.metadata.get("nbgrader", {}).get("grade"):
                _run_assertions(session, cell)
            else:
                cell.outputs = _run(session, cell.source)
                errors[grade_id(cell)] = _error(cell.outputs)
    return notebook


def _run(session, source):
    try:
        return [nbformat.from_dict(output) for output in session.run(source)]
    except Stopped as stopped:
        return [_stopped(str(stopped))]


def _stopped(sentence):
    return nbformat.v4.new_output(
        "error", ename="Stopped", evalue=sentence, traceback=[f"Stopped: {sentence}"]
    )


def _error(outputs):
    for output in outputs:
        if output["output_type"] == "error":
            return f"The answer's cell stopped with {output['ename']}: {output['evalue']}"
    return ""


def _judge(session: Session, check: Check, recorded: list[Recorded], error: str) -> Verdict:
    replies, stopped = [], None
    for record in recorded:
        if stopped is None:
            try:
                replies.append(session.probe(check.exercise.name, check.expression, record.case))
                continue
            except Stopped as reason:
                stopped = {"status": "stopped", "sentence": str(reason)}
        replies.append(stopped)
    if any(reply.get("status") == "missing" for reply in replies) and not error:
        return not_attempted(check.exercise, "The check found no answer of that name.")
    verdict = judge(check.exercise, recorded, replies)
    if error:
        verdict.remarks.append(error)
    return verdict


def _write_verdict(cell, verdict, flags):
    result = Result(verdict)
    data = result._repr_mimebundle_()
    data = {"text/plain": data["text/plain"], "text/html": data["text/html"]}
    cell.outputs = [nbformat.v4.new_output("execute_result", data=data, execution_count=None)]
    cell.metadata[KEY] = {"verdict": verdict.to_plain(), "judged_by": JUDGE, "flags": flags}


def _flagged(check, source):
    """Library names in an answer that the exercise asks to write: shown to the instructor, worth no points."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    used = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    used |= {a.name for node in nodes if isinstance(node, ast.ImportFrom) for a in node.names}
    return sorted(used & set(check.exercise.flagged))


def _run_assertions(session, cell):
    """An instructor's plain assert cell: the student's own process says whether it passes, as in nbgrader."""
    maximum = float(cell.metadata["nbgrader"]["points"])
    outputs = _run(session, cell.source)
    score, shown = maximum, []
    for output in outputs:
        if output["output_type"] == "error":
            score = 0.0
        elif output["output_type"] == "execute_result":
            score = _partial(output["data"]["text/plain"], maximum)
            continue
        if output["output_type"] == "stream":
            output["name"] = "stdout"  # nbgrader takes stderr, a warning too, for a failure
        shown.append(output)
    if not any(output["output_type"] == "error" for output in shown):
        points = {"text/plain": f"{score:g}"}
        shown.append(nbformat.v4.new_output("execute_result", data=points, execution_count=None))
    cell.outputs = shown
    cell.metadata[KEY] = {"score": score, "judged_by": STUDENT}


def _partial(text, maximum):
    """nbgrader's partial credit: a number between 0 and the maximum, anything else is full credit."""
    try:
        value = float(text)
    except ValueError:
        return maximum
    return value if 0 <= value <= maximum else maximum
