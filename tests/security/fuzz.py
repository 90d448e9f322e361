"""Damages real notebooks, each seed in its own way: bytes, JSON, what the fields hold, and what lies in the folder."""

import copy
import gzip
import json
import os
import random
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# What stands where something else is expected.
ODD = [
    None, True, 0, -1, 3.5, 10**30, float("inf"), float("nan"), "", "x", "\x00", "\ud800", "\u202e<b>",
    [], [[]], [None], {}, {"": {}}, ["x", 3], {"a": [1]}, "x" * 100_000, "../../x", "<script>1</script>",
]  # fmt: skip
NUMBERS = ["1e999", "-1e999", "NaN", "1" * 5000, "0.1e-400", "-0", "01", "0x10"]


@dataclass(frozen=True)
class Damaged:
    """What one seed makes of a notebook: `content` under `filename`, or what `place` puts into the folder."""

    seed: int
    kind: str
    content: bytes = b""
    filename: str = ""
    place: Callable[[Path], None] | None = None

    def hand_in(self, folder: Path, name: str) -> None:
        path = folder / (self.filename or f"{name}.ipynb")
        if self.place:
            self.place(path)
        else:
            path.write_bytes(self.content)


def damage(seed: int, notebook: dict) -> Damaged:
    """The damage of a seed, the same whenever it is asked for. Kinds take turns, so that few seeds try them all."""
    draw = random.Random(seed)
    kinds = [*ON_BYTES, *ON_JSON, *IN_FOLDER]
    kind = kinds[seed % len(kinds)]
    name = kind.__name__.strip("_").replace("_", " ")
    if kind in IN_FOLDER:
        return Damaged(seed, name, place=lambda path: kind(draw, path))
    if kind in ON_BYTES:
        return Damaged(seed, name, kind(draw, json.dumps(notebook, indent=1).encode()))
    damaged = copy.deepcopy(notebook)
    content = kind(draw, damaged)
    content = damaged if content is None else content
    text = content if isinstance(content, str) else json.dumps(content)
    filename = draw.choice(["", "", "", "ünïcode (1).ipynb", "a\nb.ipynb", "-rf.ipynb"])
    return Damaged(seed, name, text.encode(errors="surrogatepass"), filename)


# Bytes.
def truncated(draw, data):
    return data[: draw.randrange(len(data))]


def flipped(draw, data):
    changed = bytearray(data)
    for _ in range(draw.choice([1, 3, 30])):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def invalid_utf8(draw, data):
    at = draw.randrange(len(data))
    return data[:at] + draw.choice([b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf8\x88"]) + data[at:]


def nul_bytes(draw, data):
    at = draw.randrange(len(data))
    return data[:at] + b"\x00" * draw.choice([1, 1000]) + data[at:]


def a_part_missing_or_twice(draw, data):
    one, two = sorted(draw.randrange(len(data)) for _ in range(2))
    return data[:one] + data[two:] if draw.random() < 0.5 else data[:two] + data[one:]


def no_notebook(draw, data):
    noise = draw.randbytes(3000)
    others = [
        b"",
        b"\n",
        noise,
        gzip.compress(data),
        b"null",
        b"[]",
        b"{}",
        b"\xef\xbb\xbf",
        b"%PDF-1.7",
    ]
    return draw.choice([*others, b'{"cells": 3}', b'{"type": "FeatureCollection"}', data + data])


def deep_nesting(draw, data):
    depth = draw.choice([900, 5_000, 1_000_000])
    opened, closed = draw.choice([(b"[", b"]"), (b'{"a":', b"}")])
    nested = opened * depth + b"1" + closed * depth
    return draw.choice(
        [nested, data.replace(b'"metadata": {', b'"metadata": {"a": ' + nested + b",")]
    )


def odd_numbers(draw, data):
    number = draw.choice(NUMBERS).encode()
    return data.replace(b"null", number).replace(
        b'"nbformat_minor": 5', b'"nbformat_minor": ' + number
    )


def keys_twice(draw, data):
    twice = draw.choice([b'"cells": []', b'"metadata": 3', b'"nbformat": 3', b'"cell_type": "raw"'])
    at = data.index(b"{", draw.randrange(len(data) // 2)) + 1
    return data[:at] + twice + b", " + data[at:]


# JSON.
def _places(value, found=None):
    """Every container of a JSON value with each key or index in it."""
    found = [] if found is None else found
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    for key in list(keys):
        found.append((value, key))
        if isinstance(value[key], dict | list):
            _places(value[key], found)
    return found


def values_of_another_type(draw, notebook):
    for _ in range(draw.choice([1, 2, 10])):
        holder, key = draw.choice(_places(notebook) or [(notebook, "cells")])
        holder[key] = draw.choice(ODD)


def keys_of_another_name(draw, notebook):
    for _ in range(draw.choice([1, 5])):
        holder, key = draw.choice([p for p in _places(notebook) if isinstance(p[0], dict)])
        holder[draw.choice(["", "x", "cells", "metadata", "source", key.upper()])] = holder.pop(key)


def things_swapped(draw, notebook):
    for _ in range(3):
        (one, a), (two, b) = draw.sample(_places(notebook), 2)
        if isinstance(one, dict | list) and isinstance(two, dict | list):
            one[a], two[b] = copy.deepcopy(two[b]), copy.deepcopy(one[a])


def odd_cells(draw, notebook):
    cells = notebook["cells"]
    odd = [dict(enumerate(cells)), "cells", None, [cells], [None] * 1000, cells + [3], {"a": cells}]
    notebook["cells"] = draw.choice(odd)
    if isinstance(notebook["cells"], dict):
        notebook["cells"] = {str(key): cell for key, cell in notebook["cells"].items()}


def one_odd_field(draw, notebook):
    fields = ["cell_type", "source", "metadata", "id", "outputs", "execution_count", "attachments"]
    draw.choice(notebook["cells"])[draw.choice(fields)] = draw.choice(ODD)


def odd_marks(draw, notebook):
    marked = [cell for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]
    for cell in draw.sample(marked, 2):
        fields = [
            "grade_id",
            "points",
            "schema_version",
            "locked",
            "solution",
            "cell_type",
            "checksum",
        ]
        cell["metadata"]["nbgrader"][draw.choice(fields)] = draw.choice(ODD)
        cell["metadata"]["tags"] = draw.choice(ODD)


def odd_numbers_of_the_format(draw, notebook):
    notebook["nbformat"] = draw.choice([0, 1, 2, 3, 99, -4, "4", 4.5, None, [], 10**40])
    notebook["nbformat_minor"] = draw.choice([0, 4, 99, -1, "5", None, {}])


def odd_attachments(draw, notebook):
    text = next(cell for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    text["attachments"] = {"a.png": {"image/png": draw.choice(ODD)}, "x": draw.choice(ODD)}
    text["source"] = "![a](attachment:a.png)"


def odd_outputs(draw, notebook):
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            kinds = ["stream", "error", "display_data", "execute_result", "spell"]
            output = {
                "output_type": draw.choice(kinds),
                "text": draw.choice(ODD),
                "name": draw.choice(ODD),
            }
            output |= {"data": {"text/plain": draw.choice(ODD), "image/png": draw.choice(ODD)}}
            cell["outputs"] = [output, draw.choice(ODD), {"output_type": draw.choice(ODD)}]


def huge_outputs(draw, notebook):
    text = draw.choice(["x", "\x1b[31m", "é", "\r", "\n"]) * draw.choice([10**5, 10**7])
    output = {"output_type": "stream", "name": "stdout", "text": text}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [output]


def surrogates_and_controls(draw, notebook):
    for cell in notebook["cells"]:
        at = draw.randrange(len(cell["source"]) + 1)
        odd = draw.choice(
            ["\ud83d", "\udc00", "\x00", "\x1b[2J", "\u202e", "e" + "\u0301" * 500, "\x85"]
        )
        cell["source"] = cell["source"][:at] + odd + cell["source"][at:]


def a_giant_source(draw, notebook):
    sources = [
        "#" + "x" * 10**7, "(" * 10**5, "x = " + "-" * 10**5 + "1", "'" + "a\\n" * 10**5 + "'",
        "[" * 500 + "]" * 500, "1\n" * 10**5, "x" + " if x else x" * 10**4,
    ]  # fmt: skip
    cell = draw.choice(notebook["cells"])
    cell["source"] = draw.choice([draw.choice(sources), ["x\n"] * 10**5])


def very_many_cells(draw, notebook):
    cell = {
        "cell_type": draw.choice(["code", "markdown", "raw"]),
        "metadata": {},
        "source": "1 + 1",
    }
    cell |= {"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {}
    count = draw.choice([600, 10_000, 100_000])
    notebook["cells"] += [cell | {"source": f"{i}"} for i in range(count)]


# The folder.
def a_folder(draw, path):
    path.mkdir()
    (path / path.name).write_text("{}")


def a_pipe(draw, path):
    os.mkfifo(path)


def a_link(draw, path):
    targets = [
        "/etc/passwd",
        "/dev/zero",
        "/dev/stdin",
        path.name,
        "missing",
        "..",
        "/proc/self/environ",
    ]
    path.symlink_to(draw.choice(targets))


def a_socket(draw, path):
    here = os.getcwd()
    os.chdir(path.parent)  # a socket's path is short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)


def odd_files_beside(draw, path):
    path.write_text("{")
    os.mkfifo(path.with_name("data.csv"))
    for name in ("timestamp.txt", "ü\n.txt", "x" * 200, "checks.json", ".hidden", "b.ipynb"):
        path.with_name(name).write_bytes(draw.randbytes(draw.randrange(5000)))
    path.with_name("inner").mkdir()


ON_BYTES = [
    truncated, flipped, invalid_utf8, nul_bytes, a_part_missing_or_twice, no_notebook, deep_nesting,
    odd_numbers, keys_twice,
]  # fmt: skip
ON_JSON = [
    values_of_another_type, keys_of_another_name, things_swapped, odd_cells, one_odd_field, odd_marks,
    odd_numbers_of_the_format, odd_attachments, odd_outputs, huge_outputs, surrogates_and_controls,
    a_giant_source, very_many_cells,
]  # fmt: skip
IN_FOLDER = [a_folder, a_pipe, a_link, a_socket, odd_files_beside]
