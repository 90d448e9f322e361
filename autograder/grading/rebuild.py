"""What runs is the released notebook with the student's answers put in; nothing else of theirs but plain cells.

An answer is found by its grade_id, else by its place where no cell was added or removed, else by the function or
class that it defines. Student metadata, tags, kernel names and outputs stay behind, but for the experiments' pictures.
"""

import ast
import copy

import nbformat
from nbgrader.preprocessors import ClearSolutions

from autograder.grading.course import Assignment, grade_id, is_experiment
from autograder.grading.safe import as_markdown, clean_markdown, saved_outputs

NOTES = "grader-notes"


def stubs(assignment: Assignment) -> nbformat.NotebookNode:
    """The source notebook as students get it: solutions replaced by stubs, no outputs."""
    notebook, _ = ClearSolutions().preprocess(copy.deepcopy(assignment.notebook), {})
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def rebuild(
    assignment: Assignment, submitted: nbformat.NotebookNode | None, notes: list[str]
) -> nbformat.NotebookNode:
    """The notebook to run for a submission (None: unreadable), with a first cell that holds the notes, if any."""
    notebook, notes = stubs(assignment), list(notes)
    theirs = submitted.cells if submitted else []
    used: dict[int, str] = {}
    for position, cell in enumerate(notebook.cells):
        if cell.metadata.get("nbgrader", {}).get("solution"):
            found = _find_answer(cell, position, notebook.cells, theirs, used, notes)
            if found:
                cell.source = found if cell.cell_type == "code" else clean_markdown(found)
        elif is_experiment(cell):
            _take_experiment(cell, theirs, used)
    cells = _with_extras(notebook.cells, theirs, used)
    if notes:
        text = "**Notes of the grader**\n\n" + "\n".join(f"- {as_markdown(note)}" for note in notes)
        metadata = {"autograder": {"notes": notes}}
        cells.insert(0, nbformat.v4.new_markdown_cell(text, id=NOTES, metadata=metadata))
    notebook.cells = cells
    return notebook


def _find_answer(stub, position, released, theirs, used, notes):
    """The source that answers a solution cell, or None; marks the cells that it took as used."""
    name = grade_id(stub)
    same_id = [i for i, cell in enumerate(theirs) if grade_id(cell) == name]
    written = [i for i in same_id if theirs[i]["source"].strip() != stub.source.strip()]
    if len(written) > 1:
        notes.append(
            f"The answer {name} stood in {len(written)} cells; they were read one after the other."
        )
    if not same_id:
        written = _by_place(stub, position, released, theirs) or _by_definition(stub, theirs, used)
        if written:
            notes.append(
                f"The answer {name} had lost its mark in the notebook; it was found all the same."
            )
    for i in {*same_id, *written}:
        used[i] = name
    return "\n\n".join(theirs[i]["source"] for i in written) or None


def _by_place(stub, position, released, theirs):
    if len(theirs) != len(released) or grade_id(theirs[position]):
        return []
    return [position] if theirs[position]["cell_type"] == stub.cell_type else []


def _by_definition(stub, theirs, used):
    names = _defined(stub.source) if stub.cell_type == "code" else set()
    free = (i for i, cell in enumerate(theirs) if cell["cell_type"] == "code" and i not in used)
    return [i for i in free if names & _defined(theirs[i]["source"])]


def _defined(source):
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def _take_experiment(cell, theirs, used):
    """The student's own version of an experiment and its saved pictures; it is shown, not run."""
    names = _defined(cell.source)
    for i, other in enumerate(theirs):
        same = other.get("id") == cell.get("id") or (names and names & _defined(other["source"]))
        if other["cell_type"] == "code" and i not in used and same:
            used[i] = cell.get("id", "")
            cell.source = other["source"]
            cell.outputs = saved_outputs(other.get("outputs", []))
            return


def _with_extras(released, theirs, used):
    """The released cells, with a student's own cells after the released cell that they followed."""
    by_id = {cell.get("id"): i for i, cell in enumerate(released)}
    by_grade_id = {grade_id(cell): i for i, cell in enumerate(released) if grade_id(cell)}
    sources = {cell.source.strip() for cell in released}
    after, extras = -1, {}
    for i, cell in enumerate(theirs):
        known = by_grade_id.get(used.get(i) or grade_id(cell), by_id.get(cell.get("id")))
        if known is not None:
            after = known
        is_own = i not in used and not grade_id(cell) and cell["source"].strip() not in sources
        if is_own and cell["source"].strip():
            extras.setdefault(after, []).append(_plain(cell))
    cells = extras.get(-1, [])
    for i, cell in enumerate(released):
        cells += [cell, *extras.get(i, [])]
    return cells


def _plain(cell):
    """A student's own cell without metadata."""
    if cell["cell_type"] == "code":
        return nbformat.v4.new_code_cell(cell["source"])
    return nbformat.v4.new_markdown_cell(clean_markdown(cell["source"]))
