"""What differs between two gradings of one submission, in sentences for the instructor."""

from itertools import chain

import nbformat

from autograder.grading.course import grade_id
from autograder.grading.run import KEY
from autograder.plain import one_line
from autograder.verdict import NOT_ATTEMPTED, PartVerdict, Verdict

MAX_SAID = 300  # characters of what a student was told


def of_verdicts(before: Verdict, after: Verdict) -> list[str]:
    """What became of each part of an exercise that is not judged as it was."""
    found = []
    if (before.status == NOT_ATTEMPTED) != (after.status == NOT_ATTEMPTED):
        found.append(f"{before.status}, now {after.status}")
    old = {part.name: part for part in before.parts}
    for part in after.parts:
        was = old.pop(part.name, None)
        if was is None:
            found.append(f"{part.name}: not asked for, now {part.mark}{_told(part)}")
        elif was.mark != part.mark:
            found.append(f"{part.name}: {was.mark}{_told(was)}, now {part.mark}{_told(part)}")
        elif was != part:
            found.append(f"{part.name}: still {part.mark}{_told(was)}, now told{_told(part)}")
    found += [f"{name}: not asked for any more" for name in old]
    return found or ["what is noted beside the verdict has changed"]


def _told(part: PartVerdict) -> str:
    says = one_line(part.diagnosis or part.detail, MAX_SAID).rstrip(".")
    return f" ({says})" if says else ""


def beyond(before: nbformat.NotebookNode, after: nbformat.NotebookNode, name: str) -> list[str]:
    """What differs in marks, known mistakes and sources outside of the cell of that name.

    What a message measured is not compared: it may hold numbers that are drawn anew each time.
    """
    old, new = _marks(before, name), _marks(after, name)
    found = [
        f"{which}: {_points(old.get(which))}, now {_points(new.get(which))}"
        for which in dict.fromkeys(chain(old, new))
        if old.get(which) != new.get(which)
    ]
    if _sources(before, name) != _sources(after, name):
        found.append("the text of other cells")
    return found


def _marks(notebook, but):
    """By exercise or cell: points, mistake and diagnosis of each part, or the points that assertions gave."""
    marks = {}
    for cell in notebook.cells:
        ours = cell.metadata.get(KEY, {})
        if grade_id(cell) == but or not ours:
            continue
        if "verdict" in ours:
            verdict = Verdict.from_plain(ours["verdict"])
            marks[verdict.exercise] = [
                (part.earned, part.name, part.mistake, part.diagnosis) for part in verdict.parts
            ]
        elif "score" in ours:
            marks[grade_id(cell)] = [(ours["score"],)]
    return marks


def _points(marks):
    return "nothing" if marks is None else f"{sum(earned for earned, *_ in marks):g} points"


def _sources(notebook, but):
    return [(cell.cell_type, cell.source) for cell in notebook.cells if grade_id(cell) != but]
