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
FEW = 10  # students; of fewer a class does not show what is usual
ALIKE_OF_FEW = 0.7  # similarity from which on a pair is reported there
LEAST, ENOUGH = 0.5, 0.9  # elsewhere never below, and always from here on
BY_CHANCE = 0.02  # pairs that a class would report, were chance similarities normally distributed
TOP_TENTH = 1.2816  # standard deviations from a normal distribution's median to its top tenth
SHARED = 30.0  # fingerprints that a pair has to share, each counted by how rare it is
TINY = 1e-9  # keeps a division by nothing at 0
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

    `similarity`, of code or of words, lies in [0, 1]; `answers`, the most telling first, are those in which the two
    are alike.
    """

    first: str
    second: str
    similarity: float
    answers: tuple[AlikeAnswer, ...]


@dataclass
class Written:
    """What one student wrote: sources by exercise (or by what they are else), code and words apart."""

    code: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


def find_alike(assignment: Assignment, notes: list[str] | None = None) -> list[Pair]:
    """The suspicious pairs among what lies under submitted/, the most alike first.

    notes  gets a sentence for each submission that was left out because it cannot be read

    Raises CourseError where the assignment itself cannot be read.
    """
    notes = [] if notes is None else notes
    given = stubs(assignment).cells
    students = {}
    for student in students_of(assignment):
        try:
            students[student] = read_written(assignment, student, given)
        except CourseError as error:
            notes.append(f"{student} was left out: {error}")
        except OSError as error:
            notes.append(f"{student} was left out: {error.filename}: {error.strerror}.")
    return pairs_among(students, reader_of(assignment, given))


def read_written(assignment: Assignment, student: str, given: list) -> Written:
    """What a student wrote into the answers and beside them.

    given  the cells of the notebook as it was released

    Raises CourseError where nothing can be read.
    """
    notes: list[str] = []
    folder = submitted(assignment, student)
    path = find_notebook(folder, assignment.name, partial(answers, assignment), notes)
    notebook = read_submission(assignment, path, notes) if path else None
    if notebook is None:
        raise CourseError(notes[-1] if path else NO_NOTEBOOK)
    found = Written()
    released = {cell.id: cell.source for cell in given}
    names = {answer_id(name): name for name in assignment.checks}
    for cell in rebuild(assignment, notebook, []).cells:
        if cell.id == NOTES or cell.source == released.get(cell.id):
            continue
        name = grade_id(cell)
        if cell.cell_type == "code":
            _add(found.code, names.get(name, name) or OWN_CODE, cell.source)
            _add(found.words, COMMENTS, "\n".join(prose(cell.source)))
        else:
            _add(found.words, name or OWN_TEXT, cell.source)
    return found


def _add(sources, name, source):
    sources[name] = f"{sources[name]}\n\n{source}" if name in sources else source


def reader_of(assignment: Assignment, given: list) -> Reader:
    """A reader that knows what students got: the cells of the assignment, and the lectures."""
    lectures = []
    for path in sorted((assignment.course.root / "lectures").glob("*.ipynb")):
        lectures += nbformat.read(path, as_version=4).cells
    texts = [cell.source for cell in given + lectures if cell.cell_type == "markdown"]
    code = [cell.source for cell in lectures if cell.cell_type == "code"]
    code += [snippet for text in texts for snippet in snippets(text)]
    return Reader([cell.source for cell in given if cell.cell_type == "code"], code, texts)


def pairs_among(students: dict[str, Written], reader: Reader) -> list[Pair]:
    """The suspicious pairs of a class, the most alike first."""
    names = sorted(students)
    if len(names) < 2:
        return []
    written = [students[name] for name in names]
    code = Compared([{e: reader.code(s) for e, s in one.code.items()} for one in written])
    words = Compared([{e: reader.words(s) for e, s in one.words.items()} for one in written])
    by_code, by_words = code.suspicious(), words.suspicious()
    pairs = []
    for i, j in by_code | by_words:
        first, second = written[i].code | written[i].words, written[j].code | written[j].words
        found = sorted(code.answers(i, j) + words.answers(i, j), reverse=True)
        shown = (AlikeAnswer(e, alike, first[e], second[e]) for _, e, alike in found)
        kinds = [
            kind for kind, pairs_of in ((code, by_code), (words, by_words)) if (i, j) in pairs_of
        ]
        similarity = max(float(kind.similarity[i, j]) for kind in kinds)
        pairs.append(Pair(names[i], names[j], round(similarity, 4), tuple(shown)))
    return sorted(pairs, key=lambda pair: (-pair.similarity, pair.first, pair.second))


class Compared:
    """How alike each two students are, by answer and in all.

    students    for each student the fingerprints by answer
    similarity  [N, N], of all answers
    weights     [N, N], what the answers that both wrote weigh
    shared      [N, N], fingerprints that two share, counted by rarity

    A fingerprint counts 1 where only two share it and less the more do, down to about 0 where all do (the inverse
    document frequency of information retrieval). In an answer two students are as alike as the cosine of the angle
    between their fingerprints; in all it is the mean over the answers that both wrote, in which an answer weighs as
    the logarithm of how much it holds.
    """

    def __init__(self, students: list[dict[str, set[int]]]):
        self.size = len(students)
        self.parts = {
            exercise: self._common([student.get(exercise, set()) for student in students])
            for exercise in sorted(set().union(*students))
        }
        shape = (self.size, self.size)
        total, self.weights, self.shared = (np.zeros(shape, np.float32) for _ in range(3))
        for common in self.parts.values():
            both, weight = self._weights(common)
            total += weight * common / both
            self.weights += weight
            self.shared += common
        self.similarity = total / np.maximum(self.weights, TINY)

    def _common(self, answers):
        """What each two share in an answer, fingerprints counted by rarity."""
        holders = Counter(mark for marks in answers for mark in marks)
        rarity = np.log((self.size + 1) / np.array(list(holders.values())))
        rarity = np.minimum(rarity / np.log((self.size + 1) / 2), 1)
        column = {mark: i for i, mark in enumerate(holders)}
        indices = [column[mark] for marks in answers for mark in marks]
        starts = np.cumsum([0, *map(len, answers)])
        shape = (self.size, len(holders))
        table = csr_array((np.sqrt(rarity, dtype=np.float32)[indices], indices, starts), shape)
        return (table @ table.T).toarray()

    @staticmethod
    def _weights(common):
        """How much two hold in an answer, as one number; and what the answer weighs for them."""
        own = np.sqrt(common.diagonal())
        both = np.maximum(np.outer(own, own), TINY)
        return both, np.log1p(both)

    def suspicious(self) -> set[tuple[int, int]]:
        """Who is more alike than the class explains, as pairs of positions."""
        found = (np.triu(self.similarity, 1) >= self.thresholds()) & (self.shared >= SHARED)
        return {(int(i), int(j)) for i, j in np.argwhere(found)}

    def thresholds(self) -> np.ndarray:
        """The similarity [N, N] from which on a pair is suspicious; above 1 for two who both wrote very little.

        So far above the median that normally distributed similarities would get there BY_CHANCE times in a class; their
        spread is read off the distance from the median to the top tenth, which the few copies of a class hardly move.
        The mean over less than the class's usual weight of answers scatters more, by the root of their ratio.
        """
        comparable = np.triu(self.weights > 0, 1)
        if not comparable.any():
            return np.ones_like(self.similarity)
        alike, weights = self.similarity[comparable], self.weights[comparable]
        median, high = np.quantile(alike, (0.5, 0.9))
        distance = np.sqrt(2 * np.log(len(alike) / BY_CHANCE)) * (high - median) / TOP_TENTH
        usual = ALIKE_OF_FEW
        if self.size >= FEW:
            usual = np.clip(median + distance, LEAST, ENOUGH)
        scatter = np.sqrt(np.median(weights) / np.maximum(self.weights, TINY))
        return median + (usual - median) * np.maximum(scatter, 1)

    def answers(self, i: int, j: int) -> list[tuple[float, str, float]]:
        """The answers in which two students are alike: how much that tells, the exercise, and the similarity."""
        found = []
        for exercise, common in self.parts.items():
            both, weight = self._weights(common[np.ix_([i, j], [i, j])])
            alike = float(common[i, j] / both[0, 1])
            if alike >= ANSWER_ALIKE:
                found.append((float(weight[0, 1]) * alike, exercise, round(alike, 4)))
        return found
