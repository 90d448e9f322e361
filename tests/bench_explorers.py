"""How soon an explorer shows its first picture, and how soon it is redrawn: all explorers of all lectures.

A lecture is run cell by cell. The time of the cell that makes an explorer, training included, and of drawing it in
Chromium for the first time is its first picture; a move is measured from setting a control to the second frame after
it, which shows what was drawn. Nothing else should run meanwhile.
"""

import contextlib
import io
import os
import statistics
import sys
import time
from pathlib import Path

import nbformat
from IPython.core.interactiveshell import InteractiveShell

from tests.browser.harness import find_chromium, running_chromium
from tests.browser.picture_page import open_picture
from utils.explorers import Explorer

LECTURES = sorted((Path(__file__).parents[1] / "lectures").glob("*.ipynb"))
MOVES = 30
REDRAW = """async ([name, value]) => {
    const frame = () => new Promise(requestAnimationFrame);
    await frame();
    const start = performance.now();
    model.set(name, value);
    await frame();
    await frame();
    return performance.now() - start;
}"""


def explorers_of(lecture: Path) -> dict[str, tuple[Explorer, float]]:
    """The explorers of a lecture by name, and the seconds that the cell took which made each."""
    InteractiveShell.clear_instance()
    shell, found = InteractiveShell.instance(), {}
    for cell in nbformat.read(lecture, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        start = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            result = shell.run_cell(cell.source)
        seconds = time.perf_counter() - start
        result.raise_error()
        for name, value in shell.user_ns.items():
            if isinstance(value, Explorer) and not name.startswith("_") and name not in found:
                found[name] = value, seconds
    return found


def measure(browser, made: Explorer) -> tuple[float, float]:
    """Seconds to the first drawing, and median milliseconds to redraw after a move."""
    tab = browser.new_page()
    start = time.perf_counter()
    open_picture(tab, made)
    first = time.perf_counter() - start
    sizes = made.picture.sizes
    moves = [(number, step % size) for step in range(MOVES) for number, size in enumerate(sizes)]
    times = [tab.evaluate(REDRAW, [f"index_{number}", index]) for number, index in moves]
    tab.close()
    return first, statistics.median(times)


def main() -> None:
    executable = find_chromium() or sys.exit("There is no Chromium here.")
    os.chdir(LECTURES[0].parent)
    print(f"{'lecture and explorer':44} {'first picture':>14} {'redrawn':>10}")
    with running_chromium(executable) as browser:
        for lecture in LECTURES:
            start = time.perf_counter()
            found = explorers_of(lecture)
            whole = time.perf_counter() - start
            for name, (made, seconds) in found.items():
                first, redraw = measure(browser, made)
                print(f"{lecture.stem[:3] + name:44} {seconds + first:12.2f} s {redraw:7.0f} ms")
            print(f"{lecture.stem + ', whole':44} {whole:12.1f} s", flush=True)


if __name__ == "__main__":
    main()
