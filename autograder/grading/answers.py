"""The known wrong answers and the other right ones: `assignments/answers/*.py`, one cell an answer.

A cell's header names the exercise, the kind and the answer, and its text is what stands in the answer cell:

    # %% dropout.inverted wrong: no_scale
    def inverted_dropout(x, keep_prob, training):
        ...
"""

import re
from dataclasses import dataclass
from pathlib import Path

HEADER = re.compile(r"^# %% (?P<exercise>[\w.]+) (?P<kind>wrong|right): (?P<name>\w+)$", re.M)


@dataclass(frozen=True)
class Answer:
    """Source of an answer cell. A wrong one is named after the mistake that the judge should find."""

    exercise: str
    kind: str
    name: str
    source: str


def read_answers(folder: Path) -> list[Answer]:
    """All answers of a folder's files, in the order of file names and text."""
    answers = []
    for path in sorted(folder.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        headers = list(HEADER.finditer(text))
        ends = [header.start() for header in headers[1:]] + [len(text)]
        for header, end in zip(headers, ends, strict=True):
            source = text[header.end() : end].strip() + "\n"
            answers.append(Answer(**header.groupdict(), source=source))
    return answers
