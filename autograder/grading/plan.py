"""What the instructor decides, read from course.toml: dates, weights, the rule for late work."""

import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from autograder.grading.course import Course, CourseError
from autograder.summary import FAIL_ON

PLAN = "course.toml"


@dataclass(frozen=True)
class Planned:
    """One assignment in the course: when it is out and due, with the offset from UTC as written, and what it weighs."""

    release: datetime | None = None
    due: datetime | None = None
    weight: float = 1.0


@dataclass(frozen=True)
class LateRule:
    """What late work costs: a percentage of the assignment's points for every day begun after the grace time."""

    grace_minutes: float = 0.0
    percent_per_day: float = 0.0
    days: float | None = None

    def penalty(self, seconds_late: float, score: float, max_score: float) -> float:
        """Points taken off, at most the score. Within the grace time nothing is, after the last day everything."""
        if seconds_late <= self.grace_minutes * 60:
            return 0.0
        begun = -(-seconds_late // 86400)
        if self.days is not None and begun > self.days:
            return score
        return min(score, max_score * self.percent_per_day / 100 * begun)


@dataclass(frozen=True)
class Plan:
    """course.toml. An assignment that it does not name has no dates, and weight 1."""

    name: str = "Course"
    hand_in: str = ""
    published: str = ""
    drop_lowest: int = 0
    ci_fails_on: str = "nothing"
    unlisted: tuple[str, ...] = ()  # students who are on no leaderboard
    late: LateRule = LateRule()
    assignments: MappingProxyType = field(default_factory=lambda: MappingProxyType({}))

    def of(self, assignment: str) -> Planned:
        return self.assignments.get(assignment, Planned())


def read_plan(course: Course) -> Plan:
    """The plan of a course; without course.toml that of a course without dates.

    Raises CourseError with what is wrong and where.
    """
    path = course.root / PLAN
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Plan()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} cannot be read: {error}.") from None
    top = _Table(path, "", content)
    late = top.table("late")
    leaderboard = top.table("leaderboard")
    planned = top.table("assignments")
    plan = Plan(
        name=top.text("name", "Course"),
        hand_in=top.text("hand_in", ""),
        published=top.text("published", ""),
        drop_lowest=top.whole("drop_lowest"),
        ci_fails_on=top.choice("ci_fails_on", FAIL_ON),
        unlisted=leaderboard.texts("hide"),
        late=LateRule(
            grace_minutes=late.number("grace_minutes", 0.0),
            percent_per_day=late.number("percent_per_day", 0.0),
            days=late.number("days", None),
        ),
        assignments=MappingProxyType(
            {name: _planned(planned.table(name)) for name in planned.values}
        ),
    )
    late.end()
    leaderboard.end()
    top.end()
    _check_names(path, course, plan)
    return plan


def _planned(table):
    planned = Planned(table.time("release"), table.time("due"), table.number("weight", 1.0))
    table.end()
    if planned.release and planned.due and planned.due <= planned.release:
        table.wrong("due", "a time after its release")
    return planned


def _check_names(path, course, plan):
    unknown = [name for name in plan.assignments if name not in course.assignments()]
    if unknown:
        raise CourseError(
            f"{path} names {unknown[0]!r}, and there is no such assignment; there is: "
            f"{', '.join(course.assignments())}."
        )


class _Table:
    """A table of the file, whose values are taken out one by one; what is left at its end is a mistake."""

    def __init__(self, path, name, values):
        self.path, self.name, self.values, self.taken = path, name, values, set()

    def wrong(self, key, wanted):
        where = f"{self.name}.{key}" if self.name else key
        found = self.values[key]
        raise CourseError(f"In {self.path}, {where} must be {wanted}, and is {found!s}.")

    def _take(self, key, default, wanted, fits):
        self.taken.add(key)
        if key not in self.values:
            return default
        if not fits(self.values[key]):
            self.wrong(key, wanted)
        return self.values[key]

    def table(self, key):
        values = self._take(key, {}, "a table", lambda value: isinstance(value, dict))
        return _Table(self.path, f"{self.name}.{key}" if self.name else key, values)

    def text(self, key, default):
        return self._take(key, default, "a text", lambda value: isinstance(value, str) and value)

    def texts(self, key):
        def fits(value):
            return isinstance(value, list) and all(isinstance(v, str) and v for v in value)

        return tuple(self._take(key, [], "a list of texts", fits))

    def number(self, key, default):
        def fits(value):
            return type(value) in (int, float) and 0 <= value < float("inf")

        return self._take(key, default, "a number, 0 or more", fits)

    def whole(self, key):
        return self._take(key, 0, "a whole number", lambda value: type(value) is int and value >= 0)

    def choice(self, key, choices):
        wanted = f"one of {', '.join(choices)}"
        return self._take(key, choices[0], wanted, lambda value: value in choices)

    def time(self, key):
        def fits(value):
            return isinstance(value, datetime) and value.tzinfo is not None

        wanted = "a time with its offset from UTC, as 2026-09-21T23:59:00+02:00"
        return self._take(key, None, wanted, fits)

    def end(self):
        unknown = sorted(set(self.values) - self.taken)
        if unknown and self.name != "assignments":
            where = f"[{self.name}] of {self.path}" if self.name else str(self.path)
            raise CourseError(
                f"{where} has {unknown[0]!r}, which means nothing there; known: {', '.join(sorted(self.taken))}."
            )
