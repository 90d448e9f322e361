"""`make lab` where it cannot start; tests/browser/test_lab.py has what it starts."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_without_a_course_there_is_one_sentence(tmp_path):
    command = [sys.executable, "-m", "autograder.lab", "--no-browser"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr == f"There is no course in {tmp_path}: no nbgrader_config.py.\n"
