"""Regrading one exercise after its judge was corrected: the list of whose marks change, and why.

It keeps the judged cells, so what is applied (regrade_change.py) is what was listed; nothing is judged a second time.
"""

import copy
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from nbgrader.utils import determine_grade
from tqdm import tqdm

from autograder.files import write_atomically
from autograder.grading import differences
from autograder.grading.book import Book
from autograder.grading.course import Assignment, CourseError, check_of, grade_id
from autograder.grading.folders import check_name, read_timestamp
from autograder.grading.grade import interrupt_later, students_of
from autograder.grading.judges import judge, judges_for
from autograder.grading.judging import Judged, Task, require, submitted
from autograder.grading.keys import judge_key, submission_key
from autograder.grading.nbgrader import RunAndJudge
from autograder.grading.run import KEY
from autograder.grading.submission import files_in
from autograder.grading.warm import OPEN
from autograder.verdict import Verdict

UP, DOWN, HIDDEN = "up", "down", "hidden"
REWORDED, UNCHANGED = "other words", "unchanged"
SUBMISSION = "submission"  # of a key, the part that is not the judge's


class Left(Exception):
    """A submission that is not regraded; the message says why."""


@dataclass
class Entry:
    """What regrading makes of one graded submission; `before` and `after` are the judge's points for the exercise.

    was, now     keys of the graded notebook, see keys.result_key; where more than the exercise changes, the old stays
    seen         hash of the graded notebook that was compared
    cell         the exercise's cell, judged again; None where it stays as it is
    by_hand      points by hand, which go on to count whatever the judge says
    totals       points of the assignment that count, before and after, less what is off for lateness
    penalties    points off for lateness, before and after
    why, others  what changes in the exercise, and what would change beyond it
    """

    student: str
    was: dict[str, str]
    now: dict[str, str]
    seen: str
    cell: dict | None = None
    before: float = 0.0
    after: float = 0.0
    by_hand: float | None = None
    totals: list[float] = field(default_factory=list)
    penalties: list[float] = field(default_factory=list)
    why: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    @property
    def change(self) -> str:
        if self.cell is None:
            return UNCHANGED
        if self.before == self.after:
            return REWORDED
        if self.by_hand is not None:
            return HIDDEN
        return UP if self.after > self.before else DOWN


@dataclass
class Regrade:
    """A list of what regrading an exercise changes. `begun` says when it was applied, and is empty before.

    points      that the exercise has
    judge       what judged, see keys.judge_key
    left        why a submission is not regraded, by student
    up_to_date  how many have been judged by this judge already
    """

    assignment: str
    exercise: str
    points: float
    listed: str
    judge: dict[str, str]
    entries: list[Entry] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    up_to_date: int = 0
    begun: str = ""

    @property
    def is_needed(self) -> bool:
        """Whether applying it changes anything, if only which judge a mark is known to be by."""
        return any(entry.cell or entry.now != entry.was for entry in self.entries)


def moment() -> str:
    """The time as it stands in lists and in names of records: UTC, without colons."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Regrading:
    """One exercise of an assignment, to be regraded by the judge as it is now; where its list lies.

    Raises CourseError where the assignment has no such exercise, and where it is not as it was released.
    """

    def __init__(self, assignment: Assignment, exercise: str):
        if exercise not in assignment.checks:
            known = ", ".join(assignment.checks)
            raise CourseError(f"{assignment.name} has no exercise {exercise!r}; it has: {known}.")
        self.assignment, self.exercise = assignment, exercise
        self.points = assignment.checks[exercise].exercise.points
        self.root = assignment.course.nbgrader_root
        self.folder = self.root / "reports" / assignment.name / "regrades"
        self.path = self.folder / f"{exercise}.json"
        self.book = Book(assignment.course)
        marked = copy.deepcopy(assignment.notebook)
        self.book.mark(assignment, marked)
        cells = {found.exercise.name: cell for cell in marked.cells if (found := check_of(cell))}
        self.name = grade_id(cells[exercise])
        self.checksum = cells[exercise].metadata.nbgrader["checksum"]

    def stored(self) -> Regrade | None:
        """The list that is there, not applied or not to its end; None where there is none."""
        try:
            plain = json.loads(self.path.read_text(encoding="utf-8"))
            entries = [Entry(**entry) for entry in plain.pop("entries")]
            return Regrade(entries=entries, **plain)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError):
            raise CourseError(
                f"The list {self.path} is damaged: delete it and make it anew."
            ) from None

    def store(self, regrade: Regrade) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(
            self.path, json.dumps(asdict(regrade), indent=1, ensure_ascii=False) + "\n"
        )

    def list(
        self,
        jobs: int = 1,
        without_sandbox: bool = False,
        scheduler: str = "",
        progress: bool = True,
    ) -> Regrade:
        """Judge all graded submissions again and say what differs; only the list itself is written.

        The options are those of grade.grade_class. Raises CourseError where nothing is graded, and where an earlier
        list is applied in part.
        """
        if (earlier := self.stored()) and earlier.begun:
            raise CourseError(
                f"A regrade of {self.exercise} was begun at {earlier.begun} and has not come to its end: "
                "give the command with --apply, and it goes on where it was."
            )
        settings = RunAndJudge(config=self.book.config)
        limits, mode = settings.limits, OPEN if without_sandbox else settings.mode
        if not scheduler:
            require(mode)
        name, root = self.assignment.name, self.assignment.course.root
        key = judge_key(self.assignment, limits, mode)
        regrade = Regrade(name, self.exercise, self.points, moment(), key)
        tasks = []
        for student in self._students():
            try:
                was = self.key(student)
            except (Left, CourseError) as reason:
                regrade.left[student] = str(reason)
                continue
            if was == {SUBMISSION: was[SUBMISSION]} | key:
                regrade.up_to_date += 1
            else:
                tasks.append(Task(root, name, student, limits, mode))
        for task, judged in _judged(self.assignment, tasks, jobs, scheduler, progress):
            try:
                with interrupt_later():
                    regrade.entries.append(self._entry(task.student, judged, key))
            except (Left, CourseError) as reason:
                regrade.left[task.student] = str(reason)
        regrade.entries.sort(key=lambda entry: entry.student)
        if regrade.is_needed:
            self.store(regrade)
        else:
            self.path.unlink(missing_ok=True)
        return regrade

    def _students(self):
        """Who has handed in, or has been graded."""
        name = self.assignment.name
        graded = {
            path.parents[1].name for path in self.root.glob(f"autograded/*/{name}/{name}.ipynb")
        }
        if not graded:
            raise CourseError(
                f"Nothing of {name} is graded yet: 'autograder grade {name}' does it, by the judge as it is now."
            )
        return sorted(graded.union(students_of(self.assignment)))

    def graded(self, student: str) -> Path:
        name = self.assignment.name
        return self.root / "autograded" / check_name(student) / name / f"{name}.ipynb"

    def key(self, student: str) -> dict[str, str]:
        """The key of a graded notebook whose submission is still the same. Raises Left where it is not."""
        folder, path = submitted(self.assignment, student), self.graded(student)
        if not folder.is_dir():
            raise Left(f"what was handed in is no longer in {folder}")
        if not any(file.suffix == ".ipynb" for file in files_in(folder)):
            raise Left("no notebook was handed in")
        if not path.is_file():
            raise Left("not graded yet")
        try:
            notebook = nbformat.read(path, as_version=4)
            key = dict(notebook.metadata[KEY]["key"])
            verdict = self._verdict(notebook)
        except (OSError, ValueError, LookupError, TypeError):
            raise Left(
                "graded without this exercise, or by another version of the kit: grade it again"
            ) from None
        times = [read_timestamp(place)[0] for place in (folder, path.parent)]
        if times[0] != times[1] or key[SUBMISSION] != submission_key(folder):
            raise Left("handed in anew since it was graded, so not graded yet")
        if verdict.max_points != self.points:
            raise Left(
                f"the exercise gave {verdict.max_points:g} points when this was graded, and gives {self.points:g} now"
            )
        return key

    def cell(self, notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
        """The exercise's cell of a graded notebook. Raises KeyError where there is none."""
        return {grade_id(cell): cell for cell in notebook.cells}[self.name]

    def _verdict(self, notebook):
        return Verdict.from_plain(self.cell(notebook).metadata[KEY]["verdict"])

    def _entry(self, student, judged, judge_now) -> Entry:
        if judged.problem:
            raise Left(judged.problem.rstrip("."))
        was = self.key(student)
        text = self.graded(student).read_text(encoding="utf-8")
        old, new = nbformat.reads(text, as_version=4), nbformat.reads(judged.notebook, as_version=4)
        now = dict(new.metadata[KEY]["key"])
        if now != {SUBMISSION: was[SUBMISSION]} | judge_now:
            raise Left("the submission or the judge was changed while it was judged")
        others = differences.beyond(old, new, self.name)
        entry = Entry(student, was, was if others else now, fingerprint(text), others=others)
        before, after = self.cell(old), self.cell(new)
        if (before.source, before.metadata[KEY]) == (after.source, after.metadata[KEY]):
            return entry
        after.id = before.id
        after.metadata.nbgrader["checksum"] = self.checksum
        entry.cell = after
        entry.why = differences.of_verdicts(self._verdict(old), self._verdict(new))
        self.weigh(entry)
        if entry.before != determine_grade(before)[0]:
            raise Left("the gradebook has other points than the graded notebook: grade it again")
        return entry

    def weigh(self, entry: Entry) -> None:
        """Set what the gradebook says, and what it would say with the entry's cell; it is not changed."""
        cell = nbformat.from_dict(entry.cell)
        found = self.book.rescore(self.assignment, entry.student, cell, commit=False)
        entry.before, entry.after, entry.by_hand = found.score_before, found.score, found.by_hand
        both = (found.before, found.after)
        entry.totals = [round(booked.score - booked.penalty, 6) for booked in both]
        entry.penalties = [booked.penalty for booked in both]


def _judged(assignment, tasks, jobs, scheduler, progress) -> Iterator[tuple[Task, Judged]]:
    if not tasks:
        return
    with (
        judges_for(assignment, tasks, jobs, scheduler) as judges,
        tqdm(total=len(tasks), desc="Judging", unit="submission", disable=not progress) as bar,
    ):
        for found in judge(tasks, judges):
            yield found
            bar.update()
