"""The overview as one HTML page: no script, no network; whatever comes from a student is escaped text."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from statistics import mean, median

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from autograder.grading.alike import Pair
from autograder.grading.overview.advice import anchor, on_class, on_discrimination, on_item
from autograder.grading.overview.gather import Class, Work
from autograder.grading.overview.items import (
    BINS,
    OPEN,
    STATUSES,
    ItemView,
    alpha,
    elsewhere,
    histogram,
    item_views,
)
from autograder.grading.overview.statistics import ENOUGH
from autograder.plain import clean_text, one_line
from autograder.verdict import NOT_ATTEMPTED, PARTLY, RIGHT, WRONG

TEMPLATES = Path(__file__).parent / "templates"
CLASSES = {RIGHT: "right", PARTLY: "partly", WRONG: "wrong", NOT_ATTEMPTED: "none", OPEN: "open"}
ANSWERS = 2  # shown on the page of those who made one mistake
MOST_PAIRS = 30  # on the page; the notebook has all
MAX_SOURCE = 6_000  # characters of one answer


def render(
    course: str, cls: Class, pairs: Sequence[Pair] = (), left_out: Sequence[str] = ()
) -> str:
    """The page of a class.

    course    the course's name
    pairs     submissions that are alike, the most alike first
    left_out  sentences on those that were not compared
    """
    works, views = cls.counted, item_views(cls)
    totals = [work.total for work in works]
    value, items = alpha(cls)
    asserted = sorted({name for work in works for name in work.asserted})
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            css=css(),
            course=course,
            cls=cls,
            views=views,
            works={work.student: work for work in works},
            pairs=pairs,
            left_out=left_out,
            notes=on_class(cls, views, pairs),
            advice={view.key: on_item(view) for view in views},
            mean=mean(totals) if totals else None,
            median=median(totals) if totals else None,
            totals=histogram(totals, cls.points),
            late=[work for work in cls.works if work.late is not None],
            old=[work.student for work in cls.works if work.is_old],
            open=[work.student for work in cls.works if work.is_open],
            untouched=[work.student for work in cls.works if work.is_untouched],
            any_open=any(view.counts[OPEN] for view in views),
            alpha=value,
            alpha_items=items,
            alpha_says=_on_alpha(value),
            enough=ENOUGH,
            limits=_limits(cls, views),
            flags=[(name, v.title, who) for v in views for name, who in v.flags.items()],
            asserted=asserted,
            most=ANSWERS,
            most_pairs=MOST_PAIRS,
        )
    )


def piece(macro: str, *arguments) -> str:
    """One of the pieces of parts.html.j2, as the notebook shows it."""
    made = _environment().get_template("parts.html.j2").module
    return f'<div class="overview in-lab">{getattr(made, macro)(*arguments)}</div>'


@cache
def css() -> str:
    """The style sheet, with the colours of the kit's plots."""
    from utils.plots import COLORS  # it loads torch

    blue, wrong, right, openly, _, partly = COLORS
    colours = {"fill": blue, "right": right, "partly": partly, "wrong": wrong, "open": openly}
    own = " ".join(f"--c-{name}: {colour};" for name, colour in colours.items())
    return f".overview {{ {own} }}\n{(TEMPLATES / 'overview.css').read_text(encoding='utf-8')}"


@cache
def _environment():
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    made.filters |= {
        "cut": lambda text: clean_text(text, MAX_SOURCE),
        "name": one_line,
        "names": lambda students: ", ".join(map(one_line, students)),
        "points": lambda value: "" if value is None else f"{round(value, 1):g}",
        "percent": lambda share: "" if share is None else f"{share:.0%}".replace("%", "\u00a0%"),
        "correlation": _correlation,
        "duration": _duration,
    }
    made.globals |= {
        "classes": CLASSES,
        "anchor": anchor,
        "missing": on_discrimination,
        "spoken": _spoken,
        "heights": _heights,
        "examples": examples,
    }
    return made


def examples(
    students: list[str], view: ItemView, works: dict[str, Work], most: int
) -> list[tuple[str, str]]:
    """The first answers of some students to an item, as far as they stand in its own cell."""
    place = view.item.exercise.replace(".", "-") or view.item.name
    found = [
        (name, works[name].sources[place]) for name in students if place in works[name].sources
    ]
    return found[:most]


def _spoken(view):
    return ", ".join(
        f"{view.counts[status]} {status}" for status in STATUSES if view.counts[status]
    )


def _heights(bins, maximum):
    """A histogram in words."""
    edges = [f"{maximum * i / BINS:g}" for i in range(BINS + 1)]
    told = [f"{edges[i]} to {edges[i + 1]} points: {n}" for i, n in enumerate(bins) if n]
    return f"Students by points: {'; '.join(told)}." if told else "Nobody."


def _correlation(value):
    if value is None:
        return ""
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "\u2212")  # and no minus before a zero


def _duration(late: timedelta):
    if not late:
        return "by the mark of the system that it came from"
    minutes = int(late.total_seconds()) // 60
    days, hours, minutes = minutes // 1440, minutes % 1440 // 60, minutes % 60
    return (
        f"{days} d {hours} h" if days else f"{hours} h {minutes} min" if hours else f"{minutes} min"
    )


def _on_alpha(value):
    if value is None:
        return ""
    if value >= 0.7:
        return "the items agree well about who is strong."
    return "the items agree little about who is strong, so do not read much into small differences of totals."


def _limits(cls, views):
    """Rows of limit, place and students."""
    places = [(view.title, view.limits) for view in views]
    places.append(("the students' own cells and set-up", elsewhere(cls.counted)))
    rows = [(limit, title, who) for title, found in places for limit, who in found.items()]
    return sorted(rows, key=lambda row: -len(row[2]))
