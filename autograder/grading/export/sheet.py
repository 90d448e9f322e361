"""A CSV file of a learning management system, read and written so that only what is filled in changes."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from autograder.grading.course import CourseError

BOM = "\ufeff"
DELIMITERS = ",;\t:"  # those that Canvas and Moodle export with


@dataclass
class Sheet:
    """The cells of a file as texts, header first, and how the file writes them."""

    path: Path
    rows: list[list[str]]
    delimiter: str
    newline: str
    mark: str  # of the byte order, or nothing

    @property
    def header(self) -> list[str]:
        return [cell.strip() for cell in self.rows[0]]

    def column(self, *names: str) -> int | None:
        """Where the first of these columns is that the file has."""
        return next((self.header.index(name) for name in names if name in self.header), None)

    def text(self) -> str:
        return self.mark + written(self.rows, self.delimiter, self.newline)


def written(rows: list[list[str]], delimiter: str = ",", newline: str = "\n") -> str:
    """Rows as CSV."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return text.getvalue()


def read_sheet(path: Path) -> Sheet:
    """Read a CSV in UTF-8. Raises CourseError where it is none, OSError where it cannot be read."""
    try:
        text = path.read_bytes().decode()
        mark, text = (BOM, text[1:]) if text.startswith(BOM) else ("", text)
        newline = "\r\n" if "\r\n" in text else "\n"
        delimiter = max(DELIMITERS, key=lambda delimiter: _columns(text, delimiter))
        rows = [row for row in _reader(text, delimiter) if row]
        width = len(rows[0])
    except (UnicodeDecodeError, csv.Error, IndexError):
        raise CourseError(f"{path} is no CSV file in UTF-8: export it once more.") from None
    return Sheet(path, [row + [""] * (width - len(row)) for row in rows], delimiter, newline, mark)


def _reader(text, delimiter):
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _columns(text, delimiter):
    """How many columns the header has, if this is what stands between them."""
    try:
        return len(next(_reader(text, delimiter), ()))
    except csv.Error:
        return 0


def number(value: float) -> str:
    """A grade with at most two decimals, which is what Canvas and Moodle show."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def parsed(text: str) -> float | None:
    """A number of a file, with a decimal point or comma; None where it is none."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None
