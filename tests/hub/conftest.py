"""The hub of the tests: the class of hub/class.toml and a third student, on the tests' own course."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from autograder.grading.release import release
from tests.conftest import COURSE, ROOT, copy_course, leave_out
from tests.hub.running import Hub, lay_out, running_hub

NAME = "03_regularization"
STUDENTS = '["ada", "bob", "cleo"]'


@pytest.fixture(scope="session")
def proxy(tmp_path_factory) -> None:
    """JupyterHub's proxy in hub/node_modules, as package-lock.json says; without npm its tests are skipped."""
    if shutil.which("npm") is None:
        leave_out("no npm, which installs JupyterHub's proxy")
    installed = ROOT / "hub" / "node_modules" / ".package-lock.json"
    with FileLock(tmp_path_factory.getbasetemp().parent / "npm.lock"):
        wanted = (ROOT / "hub" / "package-lock.json").stat().st_mtime
        if not installed.exists() or installed.stat().st_mtime < wanted:
            command = ["npm", "ci", "--no-audit", "--no-fund", "--prefix", str(ROOT / "hub")]
            # It trusts whom the system trusts, as git does; by itself Node has a list of its own.
            environment = os.environ | {"NODE_OPTIONS": "--use-openssl-ca"}
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def hub(proxy) -> Iterator[Hub]:
    """A running hub; its folder has a short name, as sockets lie in it."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        course = copy_course(COURSE, folder / "course" / "kit")
        release([course.assignment(NAME)], folder / "course" / "student")
        lay_out(folder, STUDENTS)
        with running_hub(folder) as running:
            yield running
