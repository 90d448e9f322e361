"""The project's ground rules, held against its own files."""

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
BASE = PROJECT["dependencies"]
CLASS = PROJECT["optional-dependencies"]["class"]
DEV = PROJECT["optional-dependencies"]["dev"]


def tracked(*suffixes: str) -> list[Path]:
    """The files that are in git, or would be at the next `git add`, with one of `suffixes`."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file() and path.name.endswith(suffixes or "")]


def lines_with(pattern: re.Pattern) -> list[str]:
    found = []
    for path in tracked():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # a picture
        hits = (number for number, line in enumerate(lines, 1) if pattern.search(line))
        found += [f"{path.relative_to(ROOT)}:{number}" for number in hits]
    return found


def test_conda_installs_the_same_set():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    [pip] = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    assert sorted(pip) == sorted([*BASE, *CLASS, *DEV, "--editable ."])
    assert {"python=3.11", "make", "pip"} <= {e for e in environment["dependencies"] if str(e) == e}


def test_every_dependency_is_pinned_once():
    pins = [re.fullmatch(r"([a-z0-9-]+)==[0-9.]+", entry) for entry in BASE + CLASS + DEV]
    assert all(pins), [
        entry for entry, pin in zip(BASE + CLASS + DEV, pins, strict=True) if not pin
    ]
    assert len({pin[1] for pin in pins}) == len(pins)


def imports(path: Path) -> set[str]:
    """The top-level packages that a module imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize(
    "folder", ["autograder", "utils", "lectures", "assignments", "publish", "tests"]
)
def test_what_is_imported_is_a_declared_dependency(folder):
    declared = {
        entry.partition("==")[0]
        for entry in BASE
        + (CLASS if folder in ("autograder", "tests") else [])
        + (DEV if folder in ("publish", "tests") else [])
    }
    own = {
        "autograder",
        "publish",
        "utils",
        "tests",
        "sandbox",
    }  # whose tests load that package alone
    distributions = packages_distributions()
    undeclared = {}
    for path in tracked(".py"):
        if path.relative_to(ROOT).parts[0] != folder:
            continue
        for name in imports(path) - own - sys.stdlib_module_names:
            providers = {d.lower().replace("_", "-") for d in distributions.get(name, [name])}
            if not providers & declared:
                undeclared.setdefault(name, []).append(str(path.relative_to(ROOT)))
    assert undeclared == {}


def test_no_emoji():
    assert lines_with(re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55\ufe0f]")) == []


def test_no_paths_of_somebody_s_machine():
    pattern = re.compile(r"(?<![\w.])/(?:home|mnt|root|Users|work)/\w|[A-Z]:\\\\?Users")
    assert lines_with(pattern) == []


def test_notebooks_are_committed_without_outputs():
    dirty = []
    for path in tracked(".ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        if any(cell.get("outputs") or cell.get("execution_count") for cell in cells):
            dirty.append(str(path.relative_to(ROOT)))
    assert dirty == []


@pytest.mark.skipif(not shutil.which("make"), reason="no make on this machine")
@pytest.mark.parametrize("python", ["./old", "./none-at-all"])
def test_make_says_which_python_it_needs(tmp_path, python):
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    old = tmp_path / "old"
    old.write_text("#!/bin/sh\nexit 1\n")  # what Python 3.10 answers to the Makefile's question
    old.chmod(0o755)
    command = ["make", "lint", f"PYTHON={python}"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode != 0 and not (tmp_path / ".venv").exists()
    assert f"The kit needs Python 3.11 or newer, and '{python}' is not one." in run.stderr
