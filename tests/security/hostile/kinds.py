"""What a hostile submission is: an honest notebook with little changed, and what must be true when it was graded."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

Content = nbformat.NotebookNode | str | bytes | None

# What a cell of an attack may use. A line of an output that begins with REACHED is an attack that worked; the word is
# put together at run time, since the page shows the source too.
TOOLS = '''
def reached(what, got=""):
    print("REA" + "CHED", what, repr(got)[:200])

def attempt(what, action):
    """Try what must not work."""
    try:
        got = action()
    except BaseException as error:
        print("denied", what, type(error).__name__)
    else:
        reached(what, got)
'''
WORKED = "REACHED"
STOLEN = (
    "stolen"  # the class of elements, and a word of scripts and styles, that must not come to life
)


@dataclass(frozen=True)
class Hostile:
    """One hostile submission.

    name     also the student's; group says what kind of attack it is, tries says what it is after
    first    source of an own cell right after the set-up, with TOOLS in front; last of one at the end
    answers  sources by exercise; all other exercises are stubs, or with `solved` the course's own solutions
    edit     changes the notebook; what it returns, if anything, is handed in instead
    files    contents by name of what is handed in beside the notebook
    place    changes the folder that is handed in
    score    points it deserves, the most and the least where they depend on how far it gets
    shows    texts that its outputs and verdicts must hold: that the attack ran
    hides    texts that nothing a student gets may hold
    problem  what the grader says where it cannot be graded
    quick    whether it belongs to the part that `make test` runs
    """

    name: str
    group: str
    tries: str
    first: str = ""
    last: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    solved: bool = False
    edit: Callable[[nbformat.NotebookNode], Content] | None = None
    files: dict[str, str | bytes] = field(default_factory=dict)
    place: Callable[[Path, dict[str, str]], None] | None = None
    score: float | tuple[float, float] = 0
    shows: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    problem: str = ""
    quick: bool = False

    @property
    def range(self) -> tuple[float, float]:
        return self.score if isinstance(self.score, tuple) else (self.score, self.score)


def by_grade_id(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    """The cell of that grade_id."""
    cells = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name]
    return cells[0]


def checks(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """All check cells."""
    marks = [(cell, cell.metadata.get("nbgrader", {})) for cell in notebook.cells]
    return [cell for cell, mark in marks if mark.get("grade_id", "").startswith("check-")]
