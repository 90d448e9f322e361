"""What of a student's work may be shown on a page that an instructor opens: text and pictures, bounded in size.

Everything here takes whatever comes, of whatever type, and returns what was meant without what could run, style or
cover a page, or ask the network.
"""

import base64
import io
import re

import nbformat

from autograder.plain import MAX_TEXT, clean_text, one_line

MAX_OUTPUTS = 100
MAX_SHOWN = (
    100_000  # characters of all outputs of a cell; after that, each shows no more than the least
)
LEAST = 200
MAX_PNG = 8 * 2**20  # characters of one picture in base64
MAX_PIXELS = 4_000_000  # of all pictures of a cell
SHOWN_WIDTH = 900  # pixels on the page; pictures are saved at a higher resolution
SAVED = "Saved by the student, not run by the grader:\n"

# Markdown and TeX that would become markup, a link, a picture or a definition; a space in front of it makes it text.
MARKUP = re.compile(
    r"(?<=<)(?=[A-Za-z/!?])"  # tags, comments, links in angle brackets
    r"|(?<=&)(?=#?\w+;)"  # entities
    r"|(?<=\])(?=[(:])"  # links, pictures, and the addresses and footnotes that they refer to
    r"|(?<=\\)(?=(?:href|url|style|class|cssId|data|html\w*|bbox|require|unicode|mmlToken|rule|includegraphics"
    r"|csname|def|let|newcommand|renewcommand|newenvironment|renewenvironment)(?![A-Za-z]))"
)


def clean_outputs(outputs) -> list[nbformat.NotebookNode]:
    """The outputs of a cell as they may be shown, from what a student's process says they are.

    outputs  anything; of a list, the items that have the form of nbformat's outputs are kept
    Returns streams, errors, and results and displays of text/plain and image/png, each a valid output of nbformat 4.
    """
    room, kept = _Room(), []
    for output in _ends(list(_joined(outputs))):
        match output:
            case {"output_type": "stream", "name": name, "text": text}:
                kept.append(nbformat.v4.new_output("stream", name=name, text=room.text(text)))
            case {"output_type": "error"}:
                kept.append(_error(output, room))
            case {"output_type": kind, "data": data}:
                shown, metadata = room.picture(data.get("image/png"))
                if isinstance(text := data.get("text/plain"), str | list):
                    shown["text/plain"] = room.text(text)
                if shown:
                    kept.append(nbformat.v4.new_output(kind, data=shown, metadata=metadata))
    return kept


def _ends(outputs):
    """Of too many outputs the first ones and the last ones, where a result or an error stands."""
    half = MAX_OUTPUTS // 2
    return outputs if len(outputs) <= MAX_OUTPUTS else outputs[:half] + outputs[-half:]


def _joined(outputs):
    """The outputs that have a known form, with what is printed in one go in one piece, as Jupyter shows it."""
    printed = None
    for output in outputs if isinstance(outputs, list) else []:
        match output:
            case {"output_type": "stream", "name": "stdout" | "stderr" as name, "text": str(text)}:
                if printed and printed["name"] == name:
                    printed["text"].append(text)
                    continue
                if printed:
                    yield printed
                printed = {"output_type": "stream", "name": name, "text": [text]}
            case {"output_type": "error"} | {
                "output_type": "execute_result" | "display_data",
                "data": {},
            }:
                if printed:
                    yield printed
                printed = None
                yield output
    if printed:
        yield printed


def _error(output, room):
    name = clean_text(output.get("ename"), LEAST) or "Error"
    value = clean_text(output.get("evalue"), 2_000)
    lines = output.get("traceback")
    traceback = [room.text(line) for line in lines[-50:]] if isinstance(lines, list) else []
    traceback = [line for line in traceback if line] or [f"{name}: {value}"]
    return nbformat.v4.new_output("error", ename=name, evalue=value, traceback=traceback)


def saved_outputs(outputs) -> list[nbformat.NotebookNode]:
    """Printed lines and pictures of an experiment that the student ran, under a line that says so; else nothing."""
    label = nbformat.v4.new_output("stream", name="stdout", text=SAVED)
    kept = [label]
    for output in clean_outputs(outputs):
        if output.get("name") == "stdout":
            kept.append(output)
        elif "image/png" in output.get("data", {}):
            output.data.pop("text/plain", None)
            kept.append(
                nbformat.v4.new_output("display_data", output.data, metadata=output.metadata)
            )
    return kept if len(kept) > 1 else []


def clean_markdown(source: str) -> str:
    """A student's Markdown in which nothing is HTML, a link, a picture or a command to MathJax beyond a formula.

    A space is put in front of what would be; formulas, code, lists, tables and comparisons stay readable.
    """
    return MARKUP.sub(" ", clean_text(source.replace("\r\n", "\n").replace("\r", "\n")))


def as_markdown(text: str) -> str:
    """Any text as Markdown that shows it on one line."""
    return re.sub(r"([\\`*_\[\]()<>#|~$&])", r"\\\1", one_line(text))


class _Room:
    """What one cell may still show."""

    def __init__(self):
        self.characters, self.pixels = MAX_SHOWN, MAX_PIXELS

    def text(self, value) -> str:
        text = clean_text(value, max(LEAST, min(MAX_TEXT, self.characters)), colours=True)
        self.characters -= len(text)
        return text

    def picture(self, png) -> tuple[dict, dict]:
        """Data and metadata of an output; both empty where this is no PNG, or a larger one than fits."""
        if not isinstance(png, str) or not 0 < len(png) <= MAX_PNG:
            return {}, {}
        clean, width, pixels = redrawn(png, self.pixels)
        self.pixels -= pixels
        shown = {"image/png": {"width": width, "alt": "Picture made by the student"}}
        return ({"image/png": clean}, shown) if clean else ({}, {})


def redrawn(png: str, max_pixels: int = MAX_PIXELS) -> tuple[str, int, int]:
    """A PNG decoded and encoded anew, so that nothing but its pixels passes.

    Returns it in base64, the width to show it with, and the number of its pixels; "", 0 and 0 where it is none.
    """
    from PIL import Image  # only where there is a picture

    try:
        with Image.open(io.BytesIO(base64.b64decode(png)), formats=["PNG"]) as image:
            pixels = image.width * image.height
            if pixels > max_pixels:
                return "", 0, 0
            if image.has_transparency_data:
                paper = Image.new("RGBA", image.size, "white")
                paper.alpha_composite(image.convert("RGBA"))
                image = paper
            clean = io.BytesIO()
            image.convert("RGB").save(clean, "PNG")
    except Exception:  # Pillow raises many things on a forged file
        return "", 0, 0
    return base64.b64encode(clean.getvalue()).decode(), min(image.width, SHOWN_WIDTH), pixels
