"""What runs is the released notebook with the student's answers put in; nothing else of theirs but plain cells.

An answer is found by its grade_id, else by the function or class that it defines, else by its place. Student metadata,
tags, kernel names and outputs stay behind, but for the experiments' pictures.
"""

import ast
import copy
import re

import nbformat
from nbgrader.preprocessors import ClearSolutions

from autograder.grading.course import Assignment, grade_id, is_experiment
from autograder.grading.safe import as_markdown, clean_markdown, saved_outputs

NOTES = "grader-notes"
MAX_EXTRAS = 500  # of a student's own cells


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
    search = Search(copy.deepcopy(notebook.cells), submitted.cells if submitted else [], notes)
    parts = {}
    for position, cell in enumerate(notebook.cells):
        if cell.metadata.get("nbgrader", {}).get("solution"):
            parts[position] = _put(cell, search.answer(position))
        elif is_experiment(cell):
            _take_experiment(cell, search.theirs, search.used)
    cells = _with_extras(notebook.cells, search, parts)
    if notes:
        text = "**Notes of the grader**\n\n" + "\n".join(f"- {as_markdown(note)}" for note in notes)
        metadata = {"autograder": {"notes": notes}}
        cells.insert(0, nbformat.v4.new_markdown_cell(text, id=NOTES, metadata=metadata))
    notebook.cells = cells
    return notebook


def _put(cell, sources):
    """Write an answer into its cell; the cells to run before and after it, where the answer stood in several."""
    if cell.cell_type != "code":
        cell.source = clean_markdown("\n\n".join(sources)) if sources else cell.source
        return [], []
    if not sources:
        return [], []
    names = _defined(cell.source)
    last = max((i for i, s in enumerate(sources) if names & _defined(s)), default=len(sources) - 1)
    cell.source = sources[last]
    return (
        [nbformat.v4.new_code_cell(source) for source in sources[:last]],
        [nbformat.v4.new_code_cell(source) for source in sources[last + 1 :]],
    )


class Search:
    """Finds the answers of a submission, whatever became of its cells. `used` says which cell went into which."""

    def __init__(self, released: list, theirs: list, notes: list[str]):
        self.released, self.theirs, self.notes = released, theirs, notes
        self.sources = {cell.source.strip() for cell in released}
        self.used: dict[int, str] = {}
        self.moved: set[int] = set()  # used far from where they stood
        self.defined = [
            _defined(c["source"]) if c["cell_type"] == "code" else set() for c in theirs
        ]

    def answer(self, position: int) -> list[str]:
        """The sources that answer a solution cell, in order; none where it was not answered."""
        stub = self.released[position]
        name = grade_id(stub)
        marked = [i for i, cell in enumerate(self.theirs) if grade_id(cell) == name]
        found = self._once(i for i in marked if self.is_own(i))
        if len(found) > 1:
            self.notes.append(
                f"The answer {name} stood in {len(found)} cells; they were read one after the other."
            )
        if not found:
            found = self._unmarked(position, marked)
            if found:
                self.notes.append(
                    f"The answer {name} had lost its mark in the notebook; it was found all the same."
                )
        used = [i for i in found if self.used.get(i, name) != name]
        self.used |= dict.fromkeys({*marked, *found} - {*used}, name)
        if found and found == used:  # everything stood in one cell, which has its place already
            return ["# This answer stands in a cell that has run before."]
        return [self._text(i, position) for i in found]

    def is_own(self, i):
        return bool(source := self.theirs[i]["source"].strip()) and source not in self.sources

    def _once(self, found):
        """Without copies of a cell; the last one stays."""
        last = {self.theirs[i]["source"].strip(): i for i in found}
        return sorted(last.values())

    def _text(self, i, position):
        """The source of a cell; of the question with the answer below it, the answer."""
        source, question = self.theirs[i]["source"], self._before(position)
        return source if grade_id(self.theirs[i]) else source.strip().removeprefix(question.strip())

    def _before(self, position):
        return self.released[position - 1].source if position else ""

    def _unmarked(self, position, marked):
        stub = self.released[position]
        if stub.cell_type == "code":
            found = self._by_definition(position, marked)
            if found or marked:
                return found
        else:
            found = self._below(position, marked)
        return found or self._by_place(position, marked)

    def _by_definition(self, position, marked):
        names = _defined(self.released[position].source)
        found = [i for i, defined in enumerate(self.defined) if names & defined and self.is_own(i)]
        check = self._place_of_check(position)
        if marked and any(marked[0] < i < check and not grade_id(self.theirs[i]) for i in found):
            return []  # it runs between the stub and the check, where it stands
        free = [i for i in found if i not in self.used and not grade_id(self.theirs[i])]
        chosen = [i for i in free if i < check] or free or found[-1:]
        self.moved |= {i for i in chosen if i > check}
        return self._once(chosen)

    def _place_of_check(self, position):
        """Where their copy of the check of a solution cell stands; behind all cells where it is gone."""
        graded = (
            c for c in self.released[position:] if c.metadata.get("nbgrader", {}).get("grade")
        )
        check = next(graded, None)
        for i, cell in enumerate(self.theirs):
            if check and (
                grade_id(cell) == grade_id(check) or cell["source"].strip() == check.source
            ):
                return i
        return len(self.theirs)

    def _below(self, position, marked):
        """A written answer in new cells below its cell or below the question, or in the question's own cell."""
        question = self._before(position).strip()
        for i, cell in enumerate(self.theirs):
            asks = bool(question) and cell["source"].strip().startswith(question)
            if not asks and i not in marked:
                continue
            found = [i] if asks and self.is_own(i) else []
            for j in range(i + 1, len(self.theirs)):
                if self.theirs[j]["cell_type"] == "code" or not self._is_free(j):
                    break
                found.append(j)
            if found:
                return found
        return []

    def _is_free(self, i):
        return i not in self.used and self.is_own(i) and not grade_id(self.theirs[i])

    def _by_place(self, position, marked):
        if marked or len(self.theirs) != len(self.released) or not self._is_free(position):
            return []
        same = self.theirs[position]["cell_type"] == self.released[position].cell_type
        return [position] if same else []


def _defined(source):
    """Names of the functions and classes that a cell defines; IPython's magics do not disturb."""
    try:
        body = ast.parse(_without_magics(source)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def _without_magics(source):
    """Lines that begin with a percent or an exclamation mark are no Python."""
    return re.sub(r"^[%!].*$", "", source, flags=re.MULTILINE)


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


def _with_extras(released, search, parts):
    """The released cells, with a student's own cells after the released cell that they followed."""
    by_id = {cell.get("id"): i for i, cell in enumerate(released)}
    by_grade_id = {grade_id(cell): i for i, cell in enumerate(released) if grade_id(cell)}
    by_source = {cell.source.strip(): i for i, cell in enumerate(search.released)}
    after, extras, left_out = -1, {}, 0
    for i, cell in enumerate(search.theirs):
        source = cell["source"].strip()
        known = by_grade_id.get(search.used.get(i) or grade_id(cell), by_id.get(cell.get("id")))
        known = by_source.get(source) if known is None else known
        if known is not None and i not in search.moved:
            after = known
        if i in search.used or not search.is_own(i):
            continue
        if grade_id(cell) in by_grade_id:
            search.notes.append(
                f"The cell {grade_id(cell)} was changed: it ran as it was released, then as it was handed in."
            )
        if sum(map(len, extras.values())) < MAX_EXTRAS:
            extras.setdefault(after, []).append(_plain(cell))
        else:
            left_out += 1
    if left_out:
        search.notes.append(
            f"Of your own cells the first {MAX_EXTRAS} were taken, {left_out} were left out."
        )
    cells = extras.get(-1, [])
    for i, cell in enumerate(released):
        before, behind = parts.get(i, ([], []))
        cells += [*before, cell, *behind, *extras.get(i, [])]
    return cells


def _plain(cell):
    """A student's own cell without metadata."""
    if cell["cell_type"] == "code":
        return nbformat.v4.new_code_cell(cell["source"])
    return nbformat.v4.new_markdown_cell(clean_markdown(cell["source"]))
