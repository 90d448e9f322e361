"""What a regrade changes, for people: a table for the terminal, Markdown and CSV; as a list and as a record."""

import csv
import io
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from autograder.files import write_atomically
from autograder.grading.regrade import (
    DOWN,
    HIDDEN,
    REWORDED,
    UNCHANGED,
    UP,
    Entry,
    Regrade,
)
from autograder.grading.reports import harmless, points
from autograder.plain import one_line
from autograder.summary import markdown, markdown_row

HEADER = (
    "student",
    "change",
    "points before",
    "points after",
    "by hand",
    "total before",
    "total after",
    "why",
)
TEXTS = ("student", "change", "why")
SUFFIXES = (".md", ".csv")
WORDS = {
    UP: "up",
    DOWN: "down",
    HIDDEN: "hidden by points given by hand",
    REWORDED: "with the same points and other words",
    UNCHANGED: "unchanged",
}


def print_regrade(regrade: Regrade) -> None:
    """The list on standard output; as wide as its content where that is not a terminal."""
    console = Console(markup=False)  # without markup: what a student's code said is text
    if not console.is_terminal:
        console = Console(width=200, markup=False)
    rows = [_row(entry) for entry in regrade.entries if entry.cell]
    if rows:
        table = Table(title=f"{regrade.exercise}, {points(regrade.points)} points")
        for name in HEADER:
            table.add_column(name, justify="left" if name in TEXTS else "right", overflow="fold")
        for row in rows:
            table.add_row(*row)
        console.print(table)
    for line in [*_left(regrade), *_beyond(regrade), summary(regrade)]:
        console.print(line, highlight=False, soft_wrap=True)


def write_regrade(regrade: Regrade, path: Path, done: bool = False) -> list[Path]:
    """Write PATH.md and PATH.csv; their paths. `done` is whether all that was begun is changed. Raises OSError."""
    contents = (_markdown(regrade, done), _csv(regrade))
    paths = [path.with_name(f"{path.name}{suffix}") for suffix in SUFFIXES]
    for file, content in zip(paths, contents, strict=True):
        write_atomically(file, content)
    return paths


def summary(regrade: Regrade) -> str:
    """A regrade in one line."""
    counts = Counter(entry.change for entry in regrade.entries)
    counts[UNCHANGED] += regrade.up_to_date
    told = [f"{counts[change]} {words}" for change, words in WORDS.items() if counts[change]]
    told += [f"{len(regrade.left)} not regraded"] if regrade.left else []
    return f"{counts.total() + len(regrade.left)} submissions: {', '.join(told)}."


def _row(entry: Entry):
    hand = "" if entry.by_hand is None else points(entry.by_hand)
    numbers = [points(entry.before), points(entry.after), hand, *map(points, entry.totals)]
    return [one_line(text) for text in (entry.student, entry.change, *numbers, _why(entry))]


def _why(entry):
    told = list(entry.why)
    if entry.change == HIDDEN:
        told.append(f"the {points(entry.by_hand)} given by hand go on to count")
    if entry.penalties[0] != entry.penalties[1]:
        before, after = map(points, entry.penalties)
        told.append(f"off for lateness: {before}, now {after}")
    return "; ".join(told)


def _left(regrade):
    return [one_line(f"Not regraded: {who}: {why}.") for who, why in regrade.left.items()]


def _beyond(regrade):
    """What would change beyond the exercise, for the correction reached further than it."""
    lines = [
        one_line(
            f"Beyond this exercise, and not changed: {entry.student}: {', '.join(entry.others)}."
        )
        for entry in regrade.entries
        if entry.others
    ]
    if lines:
        lines.append(
            "Regrade those exercises too; or 'autograder grade "
            f"{regrade.assignment}' grades these submissions whole."
        )
    return lines


def _markdown(regrade, done):
    if not regrade.begun:
        state = "Not applied."
    elif not done:
        state = f"Begun at {regrade.begun}, and not at its end: 'regrade --apply' goes on with it."
    else:
        state = f"Applied at {regrade.begun}."
    lines = [
        f"# Regrade of {regrade.exercise} in {regrade.assignment}",
        "",
        f"Listed at {regrade.listed}. {state}",
        "",
        summary(regrade),
        "",
        *(f"- Judge before: {judge}" for judge in sorted({_judge(e.was) for e in regrade.entries})),
        f"- Judge after: {_judge(regrade.judge)}",
        "",
    ]
    rows = [_row(entry) for entry in regrade.entries if entry.cell]
    if rows:
        lines += [markdown_row(HEADER), "|" + " --- |" * len(HEADER), *map(markdown_row, rows), ""]
    for text in [*_left(regrade), *_beyond(regrade)]:
        lines.append(f"- {markdown(text)}")
    return "\n".join(lines).rstrip("\n") + "\n"


def _judge(key):
    return ", ".join(f"{name} {key[name]}" for name in ("recording", "grader", "limits"))


def _csv(regrade):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*HEADER, "beyond this exercise"])
    for entry in regrade.entries:
        if entry.cell or entry.others:
            row = _row(entry) if entry.cell else [one_line(entry.student), entry.change, *[""] * 6]
            writer.writerow(map(harmless, [*row, one_line("; ".join(entry.others))]))
    for student, why in regrade.left.items():
        row = [student, "not regraded", *[""] * 5, one_line(why), ""]
        writer.writerow(map(harmless, row))
    return text.getvalue()
