"""Reports of a graded class: a table for the terminal, Markdown, CSV, JUnit XML and Gradescope's results.json.

All but the last are for instructors. What they hold of a student's, names and messages, is text to whoever shows it.
"""

import csv
import io
import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from autograder.files import write_atomically
from autograder.grading.grade import Outcome
from autograder.plain import clean_text, one_line
from autograder.summary import JUnit, markdown_row
from autograder.verdict import NOT_ATTEMPTED, RIGHT

WORDS = ("student", "total", "of", "by hand", "remarks")  # columns that are not exercises
OWN_PROCESS = "judged by the student's own process"


def points(value: float) -> str:
    return f"{value:g}"


def remark(outcome: Outcome) -> str:
    """What to know of a submission in one line: why it failed, which mistakes, what was repaired."""
    if outcome.problem:
        return outcome.problem
    skipped = [v.exercise for v in outcome.verdicts if v.status == NOT_ATTEMPTED]
    parts = [note.rstrip(".") for note in outcome.notes]
    parts += [off_for_lateness(outcome)] if outcome.penalty else []
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
        parts.append(f"{OWN_PROCESS}: {', '.join(outcome.asserted)}")
    parts += [sentence.rstrip(".") for sentence in outcome.hidden]
    return "; ".join(parts)


def off_for_lateness(outcome: Outcome) -> str:
    return f"{points(outcome.penalty)} points off for lateness"


def first_sentence(verdict) -> str:
    """The first thing that went wrong and has no name."""
    wrong = [part.detail or part.diagnosis for part in verdict.parts if part.earned < part.points]
    return next((text for text in [*verdict.remarks, *wrong] if text), "wrong")


def print_table(outcomes: list[Outcome]) -> None:
    """The grade table on standard output; as wide as its content where that is not a terminal."""
    # Without markup: a student's file name is text.
    console = Console(markup=False)
    if not console.is_terminal:
        console = Console(width=200, markup=False)
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
    header = ["student", *exercises, "total", "of", "by hand", "remarks"]
    rows = []
    for outcome in outcomes:
        earned = {verdict.exercise: points(verdict.points) for verdict in outcome.verdicts}
        row = [outcome.student, *(earned.get(name, "-") for name in exercises)]
        row += [points(outcome.total), points(outcome.max_score)]
        row += ["open" if outcome.by_hand else "", remark(outcome)]
        rows.append([one_line(cell) for cell in row])
    return header, rows


def write_reports(outcomes: list[Outcome], assignment: str, folder: Path) -> list[Path]:
    """Write summary.md, grades.csv, results.xml and gradescope/STUDENT/results.json into a folder.

    Returns their paths, of Gradescope's files that of their folder. Raises OSError.
    """
    contents = {
        "summary.md": _markdown(outcomes, assignment),
        "grades.csv": _csv(outcomes),
        "results.xml": _junit(outcomes, assignment),
    }
    for outcome in outcomes:
        contents[f"gradescope/{outcome.student}/results.json"] = gradescope_results(outcome)
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / name, content)
    return list(dict.fromkeys(folder / name.partition("/")[0] for name in contents))


def _markdown(outcomes, assignment):
    header, rows = _rows(outcomes)
    lines = [f"# {assignment}", "", markdown_row(header), "|" + " --- |" * len(header)]
    return "\n".join(lines + [markdown_row(row) for row in rows]) + "\n"


def _csv(outcomes):
    text = io.StringIO()
    header, rows = _rows(outcomes)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def harmless(cell: str) -> str:
    """A spreadsheet takes text that begins like a formula for one."""
    return f"'{cell}" if cell != "-" and cell[:1] in tuple("=+-@\uff1d\uff0b\uff0d\uff20") else cell


def _junit(outcomes, assignment):
    junit = JUnit(assignment)
    for outcome in outcomes:
        if not outcome.verdicts and not outcome.asserted:
            junit.add(outcome.student, "submission", "error", outcome.problem)
        for verdict in outcome.verdicts:
            junit.add_verdict(outcome.student, verdict)
        for name, (earned, maximum) in outcome.asserted.items():
            message = f"{points(earned)} of {points(maximum)} points, {OWN_PROCESS}"
            failed = {"kind": "failure", "message": message} if earned < maximum else {}
            junit.add(outcome.student, f"{name} ({OWN_PROCESS})", **failed)
    hidden = [f"{outcome.student}: {text}" for outcome in outcomes for text in outcome.hidden]
    if hidden:
        junit.say(hidden)
    return str(junit)


def gradescope_results(outcome: Outcome) -> str:
    """What the student sees on Gradescope: what the feedback page says, and nothing that is for the instructor.

    The format: https://gradescope-autograders.readthedocs.io/en/latest/specs/
    """
    if outcome.problem:
        output = "This submission could not be graded. The instructor's report says why."
    else:
        open_points = "Written answers are graded by hand." if outcome.by_hand else ""
        late = f"{off_for_lateness(outcome).capitalize()}." if outcome.penalty else ""
        output = "\n".join(filter(None, [*outcome.notes, _by_hand(outcome), late, open_points]))
    tests = [
        _test(verdict.title, verdict.points, verdict.max_points, verdict.as_text())
        for verdict in outcome.verdicts
    ]
    tests += [
        _test(name, earned, maximum, "Judged by the notebook's own assertions.")
        for name, (earned, maximum) in outcome.asserted.items()
    ]
    for number, test in enumerate(tests, 1):
        test["number"] = str(number)
    result = {
        "score": outcome.total,
        "output": clean_text(output),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
    }
    return json.dumps(result, indent=1, ensure_ascii=False) + "\n"


def _by_hand(outcome):
    """What the score holds beyond its tests."""
    judged = sum(verdict.points for verdict in outcome.verdicts)
    judged += sum(earned for earned, _ in outcome.asserted.values())
    rest = round(outcome.score - judged, 6)
    return f"Given by hand: {rest:+g} points." if rest else ""


def _test(name, earned, maximum, output):
    return {
        "name": one_line(name),
        "score": earned,
        "max_score": maximum,
        "status": "passed" if earned >= maximum else "failed",
        "output": clean_text(output),
        "output_format": "text",
        "visibility": "visible",
    }
