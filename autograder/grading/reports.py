"""Reports of a graded class: a table for the terminal, Markdown, CSV and JUnit XML."""

import csv
import io
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console
from rich.table import Table

from autograder.files import write_atomically
from autograder.grading.grade import Outcome
from autograder.verdict import NOT_ATTEMPTED, RIGHT

WORDS = ("student", "total", "of", "by hand", "remarks")  # columns that are not exercises


def points(value: float) -> str:
    return f"{value:g}"


def remark(outcome: Outcome) -> str:
    """What to know of a submission in one line: why it failed, which mistakes, what was repaired."""
    if outcome.problem:
        return outcome.problem
    skipped = [v.exercise for v in outcome.verdicts if v.status == NOT_ATTEMPTED]
    parts = [note.rstrip(".") for note in outcome.notes]
    if skipped and len(skipped) < len(outcome.verdicts):
        parts.append(f"not attempted: {', '.join(skipped)}")
    elif skipped and not parts:
        parts.append("nothing attempted")
    for verdict in outcome.verdicts:
        if verdict.mistakes:
            parts.append(f"{verdict.exercise}: {', '.join(verdict.mistakes)}")
        elif verdict.status not in (RIGHT, NOT_ATTEMPTED):
            parts.append(f"{verdict.exercise}: {first_sentence(verdict).rstrip('.')}")
    parts += [f"{name} uses {', '.join(used)}" for name, used in outcome.flags.items()]
    if outcome.asserted:
        parts.append(f"judged by the student's own process: {', '.join(outcome.asserted)}")
    return "; ".join(parts)


def first_sentence(verdict) -> str:
    """The first thing that went wrong and has no name."""
    wrong = [part.detail or part.diagnosis for part in verdict.parts if part.earned < part.points]
    return next((text for text in [*verdict.remarks, *wrong] if text), "wrong")


def print_table(outcomes: list[Outcome]) -> None:
    """The grade table on standard output; as wide as its content where that is not a terminal."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    header, rows = _rows(outcomes)
    numbered = [name for name in header if name not in WORDS]
    table = Table(title="Grades")
    for name in header:
        label = name if name in WORDS else str(numbered.index(name) + 1)
        is_text = name in ("student", "remarks")
        table.add_column(label, justify="left" if is_text else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)
    console.print(", ".join(f"{i} {name}" for i, name in enumerate(numbered, 1)), highlight=False)


def _rows(outcomes):
    exercises = list(dict.fromkeys(v.exercise for outcome in outcomes for v in outcome.verdicts))
    header = [
        "student",
        *exercises,
        "total",
        "of",
        "by hand",
        "remarks",
    ]
    rows = []
    for outcome in outcomes:
        earned = {verdict.exercise: points(verdict.points) for verdict in outcome.verdicts}
        rows.append(
            [
                outcome.student,
                *(earned.get(name, "-") for name in exercises),
                points(outcome.score),
                points(outcome.max_score),
                "open" if outcome.by_hand else "",
                remark(outcome),
            ]
        )
    return header, rows


def write_reports(outcomes: list[Outcome], assignment: str, folder: Path) -> list[Path]:
    """Write summary.md, grades.csv and results.xml into a folder; returns their paths. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        "summary.md": _markdown(outcomes, assignment),
        "grades.csv": _csv(outcomes),
        "results.xml": _junit(outcomes, assignment),
    }
    for name, content in contents.items():
        write_atomically(folder / name, content)
    return [folder / name for name in contents]


def _markdown(outcomes, assignment):
    header, rows = _rows(outcomes)
    lines = [f"# {assignment}", "", _markdown_row(header), "|" + " --- |" * len(header)]
    return "\n".join(lines + [_markdown_row(row) for row in rows]) + "\n"


def _markdown_row(cells):
    safe = [cell.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;") for cell in cells]
    return f"| {' | '.join(safe)} |"


def _csv(outcomes):
    text = io.StringIO()
    header, rows = _rows(outcomes)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell):
    """A spreadsheet takes text that begins like a formula for one."""
    return (
        f"'{cell}"
        if cell[:1] in ("=", "+", "@", "\t") or (cell[:1] == "-" and cell != "-")
        else cell
    )


def _junit(outcomes, assignment):
    suite = ElementTree.Element("testsuite", name=assignment)
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for outcome in outcomes:
        cases = outcome.verdicts or [None]
        for verdict in cases:
            name = verdict.exercise if verdict else "submission"
            case = ElementTree.SubElement(suite, "testcase", classname=outcome.student, name=name)
            counts["tests"] += 1
            if verdict is None:
                counts["errors"] += 1
                ElementTree.SubElement(case, "error", message=_xml(outcome.problem))
            elif verdict.status == NOT_ATTEMPTED:
                counts["skipped"] += 1
                ElementTree.SubElement(case, "skipped", message=NOT_ATTEMPTED)
            elif verdict.status != RIGHT:
                counts["failures"] += 1
                failure = ElementTree.SubElement(case, "failure", message=_xml(verdict.headline()))
                failure.text = _xml(verdict.as_text())
    for name, count in counts.items():
        suite.set(name, str(count))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _xml(text):
    """Text without the control characters that XML cannot hold."""
    return "".join(
        c if c in "\n\t" or (c >= " " and not "\ud800" <= c <= "\udfff") else "?" for c in text
    )
