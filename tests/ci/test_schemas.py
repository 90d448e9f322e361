"""The workflow files hold to the services' own schemas, which check-jsonschema brings along."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT

TEMPLATES = ROOT / "autograder" / "grading" / "templates" / "student"
GITHUB = [*(ROOT / ".github" / "workflows").glob("*.yml"), TEMPLATES / "github-check.yml"]
GITLAB = [ROOT / ".gitlab-ci.yml", TEMPLATES / "gitlab-ci.yml"]


def check(schema, *paths):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    return subprocess.run([*command, *map(str, paths)], capture_output=True, text=True)


@pytest.mark.parametrize(("schema", "paths"), [("github-workflows", GITHUB), ("gitlab-ci", GITLAB)])
def test_workflows_fit_their_schema(schema, paths, tmp_path):
    done = check(schema, *paths)
    assert done.returncode == 0, done.stdout
    broken = tmp_path / "broken.yml"
    broken.write_text(
        paths[-1].read_text().replace("rules:", "rulez: 1\n  rules:").replace("runs-on:", "runs:")
    )
    assert check(schema, broken).returncode == 1
