"""Which lectures the short suite runs: those that were changed last, or else the first."""

import subprocess
from pathlib import Path

import pytest

from tests.lectures.execution import ROOT

LECTURES = sorted((ROOT / "lectures").glob("*.ipynb"))


def changed() -> set[Path]:
    """The lectures that differ from the commit before the last one; the first where there are none."""
    command = ["git", "diff", "--name-only", "HEAD~1", "--", "lectures/*.ipynb"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return {ROOT / line for line in listed.stdout.splitlines()} & set(LECTURES) or {LECTURES[0]}


def parameters() -> list:
    """All lectures as parameters of a test; those that were not changed are for the long suite."""
    short = changed()
    return [
        pytest.param(path, id=path.stem, marks=[] if path in short else pytest.mark.full)
        for path in LECTURES
    ]
