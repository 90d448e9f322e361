"""What a class did in each item: how many were right, which mistakes were made, which limits were hit."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from autograder.grading.overview.gather import ELSEWHERE, Class, Item, Work
from autograder.grading.overview.statistics import (
    ItemStatistics,
    cronbach_alpha,
    item_statistics,
)
from autograder.grading.processes import Limit
from autograder.plain import one_line
from autograder.verdict import NOT_ATTEMPTED, PARTLY, RIGHT, WRONG, Verdict

OPEN = "to be graded by hand"
STATUSES = (RIGHT, PARTLY, WRONG, NOT_ATTEMPTED, OPEN)
BINS = 10
CELL_STOPPED = "The answer's cell stopped with "
STOPPED = re.compile(rf"(?:The code stopped with |{CELL_STOPPED})([A-Za-z_]\w{{0,60}})(?=[.:]|$)")
MAX_SENTENCE = 300


@dataclass
class Finding:
    """Something that went wrong in an exercise, and for whom. A known mistake has a `name`, the judge's id of it."""

    says: str
    name: str = ""
    example: str = ""
    students: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PartShare:
    """One part of an exercise: how many have it right."""

    name: str
    points: float
    right: int


@dataclass(frozen=True)
class ItemView:
    """One item over the class. Students are in the order of their names; of an item by hand only scores are known."""

    item: Item
    statistics: ItemStatistics
    students: dict[str, list[str]]  # by status
    parts: list[PartShare]
    mistakes: list[Finding]
    unnamed: list[Finding]
    limits: dict[str, list[str]]
    flags: dict[str, list[str]]
    histogram: list[int]

    @property
    def title(self) -> str:
        return self.item.title

    @property
    def key(self) -> str:
        """What the exercise or the cell is called in the notebook."""
        return self.item.exercise or self.item.name

    @property
    def attempted(self) -> int:
        counts = self.counts
        return sum(counts.values()) - counts[NOT_ATTEMPTED]

    @property
    def counts(self) -> dict[str, int]:
        return {status: len(self.students[status]) for status in STATUSES}


def item_views(cls: Class) -> list[ItemView]:
    """All items, in the notebook's order."""
    works = cls.counted
    statistics = dict(zip(cls.items, _statistics(cls.items, works), strict=True))
    return [_view(item, statistics[item], works) for item in cls.items]


def complete(items: list[Item], works: list[Work]) -> list[Item]:
    """The items that carry points and of which nothing is left to grade: those that statistics can rest on."""
    return [
        i for i in items if i.points > 0 and all(w.scores.get(i.name) is not None for w in works)
    ]


def matrix(items: list[Item], works: list[Work]) -> np.ndarray:
    """Points [students, items] of complete items; what was not attempted counts 0."""
    rows = [[work.scores[item.name] for item in items] for work in works]
    return np.array(rows, float).reshape(len(works), len(items))


def alpha(cls: Class) -> tuple[float | None, int]:
    """Cronbach's alpha of the assignment, and the number of items that it rests on."""
    items = complete(cls.items, cls.counted)
    return cronbach_alpha(matrix(items, cls.counted)), len(items)


def histogram(values: Iterable[float], maximum: float) -> list[int]:
    """How many values lie in each tenth of the points; the last holds full points, and what is above them."""
    bins = [0] * BINS
    for value in values:
        share = value / maximum if maximum else 0
        bins[min(max(int(share * BINS + 1e-9), 0), BINS - 1)] += 1
    return bins


def elsewhere(works: list[Work]) -> dict[str, list[str]]:
    """The limits that were hit outside of the exercises: in students' own cells."""
    return _by_limit(works, ELSEWHERE)


def _statistics(items, works):
    chosen = complete(items, works)
    points = np.array([item.points for item in chosen])
    found = dict(zip(chosen, item_statistics(matrix(chosen, works), points), strict=True))
    unknown = ItemStatistics(None, None, None, len(works))
    return [found.get(item, unknown) for item in items]


def _view(item, statistics, works):
    students = {status: [] for status in STATUSES}
    for work in works:
        students[_status(item, work)].append(work.student)
    verdicts = {w.student: w.verdicts[item.exercise] for w in works if item.exercise in w.verdicts}
    scores = [work.scores[item.name] for work in works if work.scores.get(item.name) is not None]
    flags: dict[str, list[str]] = {}
    for work in works:
        for name in work.flags.get(item.exercise, []):
            flags.setdefault(name, []).append(work.student)
    return ItemView(
        item,
        statistics,
        students,
        _parts(verdicts.values()),
        _mistakes(verdicts),
        _unnamed(verdicts),
        _by_limit(works, item.exercise) if item.exercise else {},
        flags,
        histogram(scores, item.points),
    )


def _status(item, work):
    if item.exercise in work.verdicts:
        return work.verdicts[item.exercise].status
    score = work.scores.get(item.name)
    if item.by_hand and item.name not in work.sources:
        return NOT_ATTEMPTED
    if score is None:
        return OPEN
    return RIGHT if score >= item.points else PARTLY if score > 0 else WRONG


def _parts(verdicts):
    right: dict[tuple[str, float], int] = {}
    for verdict in verdicts:
        for part in verdict.parts:
            key = part.name, part.points
            right[key] = right.get(key, 0) + (part.earned == part.points)
    return [PartShare(name, points, count) for (name, points), count in right.items()]


def _mistakes(verdicts: dict[str, Verdict]) -> list[Finding]:
    found: dict[str, Finding] = {}
    for student, verdict in verdicts.items():
        for name in verdict.mistakes:
            says = next(part.diagnosis for part in verdict.parts if part.mistake == name)
            found.setdefault(name, Finding(says, name)).students.append(student)
    return _by_frequency(found)


def _unnamed(verdicts: dict[str, Verdict]) -> list[Finding]:
    """What is wrong without being a known mistake, by exception or by what was measured."""
    found: dict[str, Finding] = {}
    for student, verdict in verdicts.items():
        for text in dict.fromkeys(_unexplained(verdict)):
            finding = found.setdefault(_kind(text), Finding(_kind(text), example=text))
            if student not in finding.students:
                finding.students.append(student)
    return _by_frequency(found)


def _unexplained(verdict):
    if verdict.status not in (PARTLY, WRONG):
        return []
    stopped = [text for text in verdict.remarks if text.startswith(CELL_STOPPED)]
    wrong = [p for p in verdict.parts if p.earned < p.points and p.counted and not p.mistake]
    texts = stopped or [p.detail or f"{p.name}: wrong." for p in wrong]
    return [one_line(text, MAX_SENTENCE) for text in texts]


def _kind(text):
    """An exception's name, or the text without the numbers that it measured."""
    stopped = STOPPED.match(text)
    if stopped and stopped[1] != "Stopped":
        return stopped[1]
    text = text.removeprefix(f"{CELL_STOPPED}Stopped: ")
    return text.partition(": measured")[0].partition(". ")[0].rstrip(".")


def _by_frequency(found):
    return sorted(found.values(), key=lambda finding: -len(finding.students))


def _by_limit(works, exercise):
    found = {
        limit: [work.student for work in works if limit in work.limits.get(exercise, [])]
        for limit in map(str, Limit)
    }
    return {limit: students for limit, students in found.items() if students}
