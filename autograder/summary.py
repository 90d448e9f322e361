"""What was found in notebooks, as Markdown and JUnit XML. What a student's code said is text to whoever shows it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from autograder.files import write_atomically
from autograder.plain import clean_text, one_line
from autograder.verdict import NOT_ATTEMPTED, PARTLY, RIGHT, WRONG, Verdict

# Characters that mean nothing in Markdown where they stand in a line; an address would become a link.
PLAIN = re.compile(r"(?:(?!://|www\.)[\w .,;:()'%/=+-])*")
MAX_SENTENCE = 1_000  # characters; GitHub shows no summary of more than 1 MiB

FAIL_ON = ("nothing", "wrong", "unfinished")


@dataclass(frozen=True)
class Checked:
    """What checking a notebook found.

    verdicts  of its check lines, in order
    problem   why it was not checked, or not to its end, in a sentence; empty where it was
    """

    path: Path
    verdicts: list[Verdict]
    problem: str = ""

    def total(self) -> str:
        """The points, in a sentence."""
        if not self.verdicts:
            return f"{self.path} holds no check(...) line that was run."
        points = sum(verdict.points for verdict in self.verdicts)
        return f"{points:g} of {sum(v.max_points for v in self.verdicts):g} points on the public cases."

    def fails(self, on: str) -> bool:
        """Whether it fails on one of FAIL_ON.

        "wrong" is an answer that is not right, or a notebook that was not checked to its end; "unfinished" is also
        one that was not attempted.
        """
        statuses = {verdict.status for verdict in self.verdicts}
        wrong = bool(self.problem) or bool(statuses & {WRONG, PARTLY})
        unfinished = wrong or NOT_ATTEMPTED in statuses or not self.verdicts
        return {"nothing": False, "wrong": wrong, "unfinished": unfinished}[on]


def markdown(text: str) -> str:
    """Text as it is, or as code, in which no renderer sees markup, links, pictures or names to notify.

    For one line: a cell of a table, or what follows the first words of a paragraph.
    """
    quoted = text.replace("`", "'").replace("|", "\u00a6")  # neither ends the code, nor the cell
    return text if PLAIN.fullmatch(text) else f"`{quoted}`"


def markdown_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(markdown, cells))} |"


class JUnit:
    """A suite of test cases in JUnit's XML, with what both GitLab and others read of it.

    https://docs.gitlab.com/ci/testing/unit_test_reports/
    """

    def __init__(self, name: str):
        self.suite = ElementTree.Element("testsuite", name=_xml(name))
        self.counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}

    def add(self, group: str, name: str, kind: str = "", message: str = "", text: str = "") -> None:
        """A case that went well, or of the kind failure, error or skipped."""
        about = {"classname": _xml(one_line(group)), "name": _xml(one_line(name))}
        case = ElementTree.SubElement(self.suite, "testcase", about)
        self.counts["tests"] += 1
        if kind:
            self.counts[{"failure": "failures", "error": "errors"}.get(kind, kind)] += 1
            ElementTree.SubElement(case, kind, message=_xml(one_line(message))).text = _xml(text)

    def add_verdict(self, group: str, verdict: Verdict) -> None:
        name = verdict.exercise or verdict.title
        if verdict.status == RIGHT:
            self.add(group, name)
        elif verdict.status == NOT_ATTEMPTED:
            self.add(group, name, "skipped", NOT_ATTEMPTED)
        else:
            text = clean_text(verdict.as_text())
            self.add(group, name, "failure", verdict.headline(), text)

    def say(self, lines: Iterable[str]) -> None:
        """Lines beside the cases."""
        text = "\n".join(map(one_line, lines))
        ElementTree.SubElement(self.suite, "system-out").text = _xml(text)

    def __str__(self):
        for name, count in self.counts.items():
            self.suite.set(name, str(count))
        ElementTree.indent(self.suite)
        return ElementTree.tostring(self.suite, encoding="unicode", xml_declaration=True) + "\n"


def append_markdown(checked: Checked, path: Path) -> None:
    """Add what was found in a notebook to a summary, as GITHUB_STEP_SUMMARY asks for it. Raises OSError.

    https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        file.write(_section(checked))


def write_junit(checked: Iterable[Checked], path: Path) -> None:
    """All notebooks as one suite of tests. Raises OSError."""
    junit = JUnit("autograder check")
    for one in checked:
        for verdict in one.verdicts:
            junit.add_verdict(str(one.path), verdict)
        if one.problem:
            junit.add(str(one.path), "notebook", "error", one.problem)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, str(junit))


def _section(checked):
    lines = [f"## Checks of {_words(str(checked.path))}", ""]
    if checked.problem:
        lines += [f"Not checked to its end: {_words(checked.problem)}", ""]
    if checked.verdicts:
        lines += [markdown_row(("Exercise", "Verdict", "Points")), "| --- | --- | ---: |"]
        lines += [
            markdown_row((_line(v.title), _line(v.status), f"{v.points:g} of {v.max_points:g}"))
            for v in checked.verdicts
        ]
        lines.append("")
    if checked.verdicts or not checked.problem:
        total = checked.total()
        lines += [total if checked.verdicts else _words(total), ""]
    for verdict in checked.verdicts:
        if verdict.status not in (RIGHT, NOT_ATTEMPTED):
            lines += _diagnosis(verdict)
    return "\n".join(lines) + "\n"


def _diagnosis(verdict):
    """What is wrong in an exercise, line by line as the terminal has it."""
    first, *rest = clean_text(verdict.as_text()).split("\n")
    items = [(len(line) - len(line.lstrip()), line.strip()) for line in rest if line.strip()]
    lines = [f"### Diagnosis: {_words(first)}", ""]
    for depth, text in items:
        indent = "  " if depth > 4 else ""
        lines.append(f"{indent}- {_words(text.removeprefix('- '))}")
    return [*lines, ""]


def _line(text):
    return one_line(text, MAX_SENTENCE)


def _words(text):
    """A line that may begin with anything, which at the begin of a paragraph could be a list or a heading."""
    line = _line(text)
    return markdown(line) if line[:1].isalpha() else f"`{line.replace('`', chr(39))}`"


def _xml(text):
    """Text without the characters that XML cannot hold."""
    return re.sub("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", text)
