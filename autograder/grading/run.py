"""Run a rebuilt notebook in its student process and write exactly one verdict into every cell that carries points."""

import ast

import nbformat

from autograder.grading import hits
from autograder.grading.course import (
    Assignment,
    Check,
    answer_id,
    check_of,
    grade_id,
    is_experiment,
)
from autograder.grading.leaderboard.ranking import held_out
from autograder.grading.processes import Limit, Stopped
from autograder.grading.safe import clean_outputs
from autograder.grading.session import Limits, Session
from autograder.grading.warm import SANDBOXED
from autograder.judge import Recorded, judge, not_attempted
from autograder.practice import Result
from autograder.verdict import Verdict

KEY = "autograder"  # in a cell's metadata: what reports read
JUDGE, STUDENT = "judge", "student's own process"
MAX_SHOWN = 32 * 2**20  # characters of what all cells of a notebook show, pictures included
LEFT_OUT = "The outputs are left out: the cells before have shown as much as a page can hold.\n"


def run_and_judge(
    notebook: nbformat.NotebookNode,
    assignment: Assignment,
    recorded: dict[str, list[Recorded]],
    limits: Limits,
    mode: str = SANDBOXED,
    files: dict[str, bytes] | None = None,
) -> nbformat.NotebookNode:
    """Run all code cells but experiments, then judge the checks, and set the outputs in place."""
    errors: dict[str, str] = {}
    checks: list[tuple[nbformat.NotebookNode, Check, int]] = []
    released = _released(assignment)
    count, room = 0, MAX_SHOWN
    with Session(limits, mode, files) as session:
        for cell in notebook.cells:
            if cell.cell_type != "code" or is_experiment(cell):
                continue
            count += 1
            cell.execution_count = count
            check = check_of(cell)
            if check:
                checks.append((cell, check, session.keep()))
            elif cell.metadata.get("nbgrader", {}).get("grade"):
                _run_assertions(session, cell)
            else:
                ours = cell.source in released and not errors
                cell.outputs, room = _within(room, cell, _run(session, cell, in_place=ours))
                if not ours:
                    errors[grade_id(cell)] = _error(cell.outputs)
            _number(cell)
        session.begin_checks()
        sources = {grade_id(cell): cell.source for cell in notebook.cells}
        for (cell, check, _), replies in zip(
            checks, _probed(session, checks, recorded), strict=True
        ):
            answer = answer_id(check.exercise.name)
            verdict = _judge(
                check.exercise, recorded[check.exercise.name], replies, errors.get(answer, "")
            )
            _write_verdict(cell, verdict, _flagged(check, sources.get(answer, "")))
            cell.metadata[KEY].update(
                held_out(check.exercise, recorded[check.exercise.name], replies)
            )
            _note(cell, hits.of_replies(replies))
            _number(cell)
    return notebook


def _probed(session, checks, recorded) -> list[list[dict]]:
    """One reply for each recorded case of each check, asked when all cells have run and all outputs are here.

    Hidden cases are asked for when the public ones of all checks are answered. What an answer replies to a public case
    is shown; so nothing that it has seen of a hidden one, in any check, may be there before.
    """
    places = [place for _, _, place in checks]
    replies = [[] for _ in checks]
    for public in (True, False):
        for (_, check, place), mine in zip(checks, replies, strict=True):
            records = recorded[check.exercise.name]
            given = check.exercise.given
            cases = [given(record.case) for record in records if record.public == public]
            if mine and mine[-1].get("status") == "stopped":
                mine += mine[-1:] * len(cases)
                continue
            shared = places.count(place) > 1
            mine += session.probe(check.exercise.name, check.expression, cases, place, shared)
    return replies


def _released(assignment):
    """Sources of released cells that hold no answer: before any of the student's they run as they are."""
    marks = [(c, c.metadata.get("nbgrader", {})) for c in assignment.notebook.cells]
    return {c.source for c, mark in marks if not (mark.get("solution") or mark.get("grade"))}


def _number(cell):
    for output in cell.outputs:
        if output.output_type == "execute_result":
            output.execution_count = cell.execution_count


def _run(session, cell, in_place=False):
    try:
        outputs = clean_outputs(session.run(cell.source, in_place))
    except Stopped as stopped:
        _note(cell, [stopped.limit])
        return [_stopped(str(stopped))]
    _note(cell, hits.of_outputs(outputs))
    return outputs


def _note(cell, limits):
    """Keep in a cell's metadata which limits it ran into, for whoever looks at a whole class."""
    if limits:
        ours = cell.metadata.get(KEY, {})
        found = [*ours.get("limits", []), *map(str, limits)]
        cell.metadata[KEY] = ours | {"limits": list(dict.fromkeys(found))}


def _within(room, cell, outputs):
    """The outputs and the room that they leave, or of too large ones the errors, with a sentence."""
    size = sum(len(str(output)) for output in outputs)
    if size <= room:
        return outputs, room - size
    _note(cell, [Limit.OUTPUT])
    left_out = nbformat.v4.new_output("stream", name="stderr", text=LEFT_OUT)
    return [left_out, *(o for o in outputs if o.output_type == "error")], room


def _stopped(sentence):
    return nbformat.v4.new_output(
        "error", ename="Stopped", evalue=sentence, traceback=[f"Stopped: {sentence}"]
    )


def _error(outputs):
    for output in outputs:
        if output["output_type"] == "error":
            return f"The answer's cell stopped with {output['ename']}: {output['evalue']}"
    return ""


def _judge(exercise, records, replies, error) -> Verdict:
    if any(reply.get("status") == "missing" for reply in replies) and not error:
        return not_attempted(exercise, "The check found no answer of that name.")
    verdict = judge(exercise, records, replies)
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
    names = [node for node in nodes if isinstance(node, ast.Name)]
    own = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    own |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    used = {node.id for node in names} - own  # what the notebook imports
    used |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    used |= {a.name for node in nodes if isinstance(node, ast.ImportFrom) for a in node.names}
    return sorted(used & set(check.exercise.flagged))


def _run_assertions(session, cell):
    """An instructor's plain assert cell: the student's own process says whether it passes, as in nbgrader."""
    maximum = float(cell.metadata["nbgrader"]["points"])
    outputs = _run(session, cell)
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
    cell.metadata[KEY] = cell.metadata.get(KEY, {}) | {"score": score, "judged_by": STUDENT}


def _partial(text, maximum):
    """nbgrader's partial credit: a number between 0 and the maximum, anything else is full credit."""
    try:
        value = float(text)
    except ValueError:
        return maximum
    return value if 0 <= value <= maximum else maximum
