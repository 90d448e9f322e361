"""Submissions that are suspiciously alike, read as text: no student code runs. docs/alike.md says what it means."""

from collections import Counter
from dataclasses import dataclass, field
from functools import partial

import nbformat
import numpy as np
from scipy.sparse import csr_array

from autograder.grading.course import Assignment, CourseError, answer_id, grade_id
from autograder.grading.fingerprints import Reader, prose, snippets
from autograder.grading.grade import students_of
from autograder.grading.judging import NO_NOTEBOOK, answers, read_submission, submitted
from autograder.grading.rebuild import NOTES, rebuild, stubs
from autograder.grading.submission import find_notebook

OWN_CODE, OWN_TEXT = "own cells", "own text"  # the `exercise` of what stands outside of the answers
COMMENTS = "comments"  # ... and of comments and messages in all code
ALIKE = 0.6  # similarity from which on a pair is reported; docs/alike.md says how often by chance
SPREAD = 4.0  # ... and how far above the class's median, in distances from there to the top tenth
SHARED = 16.0  # fingerprints that a pair has to share beside it, each counted by how rare it is
ANSWER_ALIKE = 0.5  # similarity from which on an answer of such a pair is shown


@dataclass(frozen=True)
class AlikeAnswer:
    """One answer of a pair, as the two handed it in; `similarity` in [0, 1].

    `exercise` is the exercise's name ("dropout.inverted"), the grade_id of a written answer ("written-gap"), or
    OWN_CODE, OWN_TEXT or COMMENTS.
    """

    exercise: str
    similarity: float
    first_source: str
    second_source: str


@dataclass(frozen=True)
class Pair:
    """Two students whose submissions are more alike than this class explains; `first` < `second`.

    `similarity` lies in [0, 1]; `answers`, the most telling first, are those in which the two are alike.
    """

    first: str
    second: str
    similarity: float
    answers: tuple[AlikeAnswer, ...]


@dataclass
class Written:
    """What one student wrote: sources by exercise (or by what they are else), code and words apart."""

    code: dict[str, str] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)


def find_alike(assignment: Assignment, notes: list[str] | None = None) -> list[Pair]:
    """The suspicious pairs among what lies under submitted/, the most alike first.

    notes  gets a sentence for each submission that was left out because it cannot be read

    Raises CourseError where the assignment itself cannot be read.
    """
    notes = [] if notes is None else notes
    students = {}
    for student in students_of(assignment):
        try:
            students[student] = read_written(assignment, student)
        except CourseError as error:
            notes.append(f"{student} was left out: {error}")
        except OSError as error:
            notes.append(f"{student} was left out: {error.filename}: {error.strerror}.")
    return pairs_among(students, released(assignment))


def read_written(assignment: Assignment, student: str) -> Written:
    """What a student wrote into the answers and beside them. Raises CourseError where nothing can be read."""
    notes: list[str] = []
    folder = submitted(assignment, student)
    path = find_notebook(folder, assignment.name, partial(answers, assignment), notes)
    notebook = read_submission(assignment, path, notes) if path else None
    if notebook is None:
        raise CourseError(notes[-1] if path else NO_NOTEBOOK)
    found = Written()
    given = {cell.id: cell.source for cell in stubs(assignment).cells}
    names = {answer_id(name): name for name in assignment.checks}
    for cell in rebuild(assignment, notebook, []).cells:
        if cell.id == NOTES or cell.source == given.get(cell.id):
            continue
        name = grade_id(cell)
        if cell.cell_type == "code":
            name = names.get(name, name) or OWN_CODE
            found.code[name] = f"{found.code.get(name, '')}\n\n{cell.source}".strip()
            found.words.setdefault(COMMENTS, []).extend(prose(cell.source))
        else:
            found.words.setdefault(name or OWN_TEXT, []).append(cell.source)
    return found


def released(assignment: Assignment) -> Reader:
    """A reader that knows what students got: the lectures, and this assignment without solutions."""
    cells = list(stubs(assignment).cells)
    for path in sorted((assignment.course.root / "lectures").glob("*.ipynb")):
        cells += nbformat.read(path, as_version=4).cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    return Reader(code + [snippet for text in texts for snippet in snippets(text)], texts)


def pairs_among(students: dict[str, Written], reader: Reader) -> list[Pair]:
    """The suspicious pairs of a class, the most alike first."""
    names = sorted(students)
    code = Compared([{e: reader.code(s) for e, s in students[n].code.items()} for n in names])
    said = Compared([{e: reader.words(s) for e, s in students[n].words.items()} for n in names])
    found = []
    for i, j in sorted(code.suspicious() | said.suspicious()):
        shown = []
        for compared, sources in ((code, "code"), (said, "words")):
            first, second = (
                getattr(students[names[i]], sources),
                getattr(students[names[j]], sources),
            )
            for exercise, alike, weight in compared.answers(i, j):
                shown.append(
                    (
                        alike * weight,
                        AlikeAnswer(
                            exercise, alike, _text(first[exercise]), _text(second[exercise])
                        ),
                    )
                )
        shown.sort(key=lambda item: -item[0])
        similarity = max(float(compared.similarity[i, j]) for compared in (code, said))
        found.append(Pair(names[i], names[j], similarity, tuple(answer for _, answer in shown)))
    return sorted(found, key=lambda pair: (-pair.similarity, pair.first, pair.second))


def _text(source):
    return source if isinstance(source, str) else "\n".join(source)


class Compared:
    """How alike each two students are, by answer and in all.

    students  for each student the fingerprints by answer

    A fingerprint counts 1 where only two share it and less the more do, 0 where all do (the inverse document
    frequency of information retrieval); in an answer two students are as alike as the cosine of the angle between
    their fingerprints. In all it is the mean over the answers that both wrote, in which an answer weighs as the
    logarithm of how much it holds.
    """

    def __init__(self, students: list[dict[str, set[int]]]):
        self.size = len(students)
        self.parts = {}
        total, weights, self.shared = (
            np.zeros((self.size, self.size), np.float32) for _ in range(3)
        )
        for exercise in sorted(set().union(*students)):
            common = self._common([student.get(exercise, set()) for student in students])
            own = np.sqrt(common.diagonal())
            both = np.outer(own, own)
            cosine = np.divide(common, both, out=np.zeros_like(common), where=both > 0)
            weight = np.log1p(both)
            self.parts[exercise] = cosine, weight
            total += weight * cosine
            weights += weight
            self.shared += common
        self.similarity = np.divide(total, weights, out=np.zeros_like(total), where=weights > 0)

    def _common(self, sets):
        """What each two share, fingerprints counted by rarity."""
        spread = Counter(print_ for prints in sets for print_ in prints)
        columns = {print_: i for i, print_ in enumerate(spread)}
        counts = np.array(list(spread.values()), np.float32)
        rarity = np.log((self.size + 1) / counts) / np.log((self.size + 1) / 2)
        rarity = np.minimum(rarity, 1)
        indices = [columns[print_] for prints in sets for print_ in prints]
        starts = np.cumsum([0, *map(len, sets)])
        table = csr_array(
            (np.sqrt(rarity)[indices], indices, starts), shape=(self.size, len(columns))
        )
        return (table @ table.T).toarray()

    def suspicious(self) -> set[tuple[int, int]]:
        alike = np.triu(self.similarity, 1)
        return {
            (int(i), int(j))
            for i, j in np.argwhere((alike >= self.threshold()) & (self.shared >= SHARED))
        }

    def threshold(self) -> float:
        return ALIKE

    def answers(self, i: int, j: int) -> list[tuple[str, float, float]]:
        """The answers in which two students are alike, with similarity and weight."""
        found = (
            (name, float(cosine[i, j]), float(weight[i, j]))
            for name, (cosine, weight) in self.parts.items()
        )
        return [item for item in found if item[1] >= ANSWER_ALIKE]
