"""Reports of a graded class: a table for the terminal, Markdown, CSV, JUnit XML and Gradescope's results.json.

All but the last are for instructors. What they hold of a student's, names and messages, is text to whoever shows it.
"""

import csv
import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console
from rich.table import Table

from autograder.files import write_atomically
from autograder.grading.grade import Outcome
from autograder.grading.safe import clean_text, one_line
from autograder.verdict import NOT_ATTEMPTED, RIGHT

WORDS = ("student", "total", "of", "by hand", "remarks")  # columns that are not exercises
OWN_PROCESS = "judged by the student's own process"
# Characters that mean nothing in Markdown where they stand in a line; an address would become a link.
PLAIN = re.compile(r"(?:(?!://|www\.)[\w .,;:()'%/=+-])*")


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
        parts.append(f"{OWN_PROCESS}: {', '.join(outcome.asserted)}")
    parts += [sentence.rstrip(".") for sentence in outcome.hidden]
    return "; ".join(parts)


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
        row += [points(outcome.score), points(outcome.max_score)]
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
        contents[f"gradescope/{outcome.student}/results.json"] = _gradescope(outcome)
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / name, content)
    return list(dict.fromkeys(folder / name.partition("/")[0] for name in contents))


def _markdown(outcomes, assignment):
    header, rows = _rows(outcomes)
    lines = [f"# {assignment}", "", _markdown_row(header), "|" + " --- |" * len(header)]
    return "\n".join(lines + [_markdown_row(row) for row in rows]) + "\n"


def _markdown_row(cells):
    return f"| {' | '.join(map(_markdown_cell, cells))} |"


def _markdown_cell(text):
    """Text as it is, or as code, in which no renderer sees markup, links, pictures or names to notify."""
    quoted = text.replace("`", "'").replace("|", "\u00a6")  # neither ends the code, nor the cell
    return text if PLAIN.fullmatch(text) else f"`{quoted}`"


def _csv(outcomes):
    text = io.StringIO()
    header, rows = _rows(outcomes)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell):
    """A spreadsheet takes text that begins like a formula for one."""
    return f"'{cell}" if cell != "-" and cell[:1] in tuple("=+-@\uff1d\uff0b\uff0d\uff20") else cell


def _junit(outcomes, assignment):
    suite = ElementTree.Element("testsuite", name=_xml(assignment))
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}

    def add(outcome, name, kind="", message="", text=""):
        student = _xml(one_line(outcome.student))
        case = ElementTree.SubElement(suite, "testcase", classname=student, name=_xml(name))
        counts["tests"] += 1
        if kind:
            counts[{"failure": "failures", "error": "errors"}.get(kind, kind)] += 1
            ElementTree.SubElement(case, kind, message=_xml(one_line(message))).text = _xml(text)

    for outcome in outcomes:
        if not outcome.verdicts and not outcome.asserted:
            add(outcome, "submission", "error", outcome.problem)
        for verdict in outcome.verdicts:
            if verdict.status == NOT_ATTEMPTED:
                add(outcome, verdict.exercise, "skipped", NOT_ATTEMPTED)
            elif verdict.status != RIGHT:
                text = clean_text(verdict.as_text())
                add(outcome, verdict.exercise, "failure", verdict.headline(), text)
            else:
                add(outcome, verdict.exercise)
        for name, (earned, maximum) in outcome.asserted.items():
            message = f"{points(earned)} of {points(maximum)} points, {OWN_PROCESS}"
            failed = {"kind": "failure", "message": message} if earned < maximum else {}
            add(outcome, f"{name} ({OWN_PROCESS})", **failed)
    for name, count in counts.items():
        suite.set(name, str(count))
    hidden = [f"{outcome.student}: {text}" for outcome in outcomes for text in outcome.hidden]
    if hidden:
        lines = "\n".join(map(one_line, hidden))
        ElementTree.SubElement(suite, "system-out").text = _xml(lines)
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _xml(text):
    """Text without the characters that XML cannot hold."""
    return re.sub("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", text)


def _gradescope(outcome):
    """What the student sees on Gradescope: what the feedback page says, and nothing that is for the instructor.

    The format: https://gradescope-autograders.readthedocs.io/en/latest/specs/
    """
    if outcome.problem:
        output = "This submission could not be graded. The instructor's report says why."
    else:
        open_points = "Written answers are graded by hand." if outcome.by_hand else ""
        output = "\n".join(filter(None, [*outcome.notes, open_points]))
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
        "score": outcome.score,
        "output": clean_text(output),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
    }
    return json.dumps(result, indent=1, ensure_ascii=False) + "\n"


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
