"""Text that a student's code or files chose, as it may be shown: without control characters, bounded in size."""

import itertools
import re
import unicodedata

MAX_TEXT = 20_000  # characters of one text
MAX_LINES = 1_000
MAX_COLOURS = 500  # changes of colour in one text
MAX_READ = 2_000_000  # characters of one text that are looked at, before progress bars are folded
MAX_MARKS = 4  # accents on one letter; a pile of them would cover the lines around it

LEFT_OUT = (
    "… the rest of the output is left out."  # what a student's process says of what it did not keep
)
SHORTENED = re.compile(
    rf"^(?:{re.escape(LEFT_OUT)}|\[\d+ (?:lines|characters) are left out\])$", re.M
)

ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.?)")
# Of a terminal's commands, those for its colours, bold, underline and inverse stay; nbconvert stumbles over a half one.
CODE = r"(?:[34]8;5;\d{1,3}|2[1247]|[34][0-79]|9[0-7]|10[0-7]|[0-9])?"
COLOUR = re.compile(rf"\x1b\[{CODE}(?:;{CODE}){{0,5}}m", re.ASCII)
# Control characters but tab, line end and escape, and those that turn the direction of what follows.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def one_line(value, limit: int = MAX_TEXT) -> str:
    """Text for a sentence or a cell of a table."""
    return " ".join(clean_text(value, limit).split())


def clean_text(value, limit: int = MAX_TEXT, colours: bool = False) -> str:
    """Text as a terminal leaves it, without what a page should not get; "" for what is no text.

    value    a string, or a list of strings as notebook files hold them
    limit    characters; of a longer text, its begin and its end are kept
    colours  whether a terminal's colours stay, for a page that shows them
    """
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        return ""
    text = "\n".join(_last_drawing(line) for line in value[:MAX_READ].split("\n"))
    if "\x1b" in text:
        left = itertools.count(MAX_COLOURS if colours else 0, -1)
        text = ESCAPE.sub(
            lambda found: found[0] if COLOUR.fullmatch(found[0]) and next(left) > 0 else "", text
        )
    text = _shortened(UNSEEN.sub("", text), limit)
    if text.isascii():
        return text
    return _without_piles(
        text.encode(errors="replace").decode()
    )  # half a surrogate pair is no text


def _last_drawing(line):
    """A progress bar redraws its line, and only the last drawing stays."""
    return line.rstrip("\r").rsplit("\r", 1)[-1]


def _shortened(text, limit):
    lines = text.split("\n")
    if len(lines) > MAX_LINES:
        half = MAX_LINES // 2
        left_out = f"[{len(lines) - 2 * half} lines are left out]"
        text = "\n".join([*lines[:half], left_out, *lines[-half:]])
    if len(text) <= limit:
        return text
    half = limit // 2 - 25  # beside the line between
    return f"{text[:half]}\n[{len(text) - 2 * half} characters are left out]\n{text[-half:]}"


def _without_piles(text):
    kept, marks = [], 0
    for letter in text:
        marks = marks + 1 if unicodedata.category(letter) in ("Mn", "Me") else 0
        if marks <= MAX_MARKS:
            kept.append(letter)
    return "".join(kept)
