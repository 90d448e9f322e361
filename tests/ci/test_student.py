"""What a push to a student's repository does: the released workflows, run as they stand in a clone."""

import subprocess
import sys
import venv
from pathlib import Path
from xml.etree import ElementTree

import pytest

from autograder.grading.plan import Plan
from autograder.grading.workflows import student_workflows
from autograder.summary import FAIL_ON
from tests.ci.conftest import NOTEBOOK, clone
from tests.ci.runner import GitHub, GitLab, read

GITHUB, GITLAB = ".github/workflows/check.yml", ".gitlab-ci.yml"
PUSH = {"github": {"event_name": "push"}}
PUSHED = {"CI_PIPELINE_SOURCE": "push"}


def cases(path: Path) -> dict[str, str]:
    """What the JUnit file says of each exercise."""
    suite = ElementTree.parse(path).getroot()
    assert {case.get("classname") for case in suite.iter("testcase")} == {NOTEBOOK}
    return {case.get("name"): case[0].tag if len(case) else "" for case in suite.iter("testcase")}


def test_github_shows_a_right_answer(classroom, tmp_path):
    runner = GitHub(clone(classroom.students["ada"], tmp_path / "ada"), tmp_path / "home")
    assert runner.job(GITHUB, PUSH) == "success", runner.log
    assert runner.recorded == ["pip install -e ."]
    assert "Inverted dropout" in runner.summary.read_text()
    assert "Diagnosis" not in runner.summary.read_text()
    assert set(cases(runner.uploaded["checks"] / "checks.xml").values()) == {""}


def test_gitlab_shows_a_wrong_answer_and_fails_as_the_instructor_says(classroom, tmp_path):
    runner = GitLab(clone(classroom.students["dora"], tmp_path / "dora"), tmp_path / "home")
    assert runner.job(GITLAB, PUSHED) == "failure", runner.log
    assert "this is vanilla dropout" in runner.log
    summary = (runner.folder / "reports/summary.md").read_text()
    assert "### Diagnosis: Inverted dropout" in summary and "this is vanilla dropout" in summary
    found = cases(runner.folder / runner.artifacts["reports"]["junit"])
    assert [name for name, kind in found.items() if kind == "failure"] == ["dropout.inverted"]
    assert runner.artifacts["when"] == "always" and runner.artifacts["paths"] == ["reports/"]


def test_a_merge_request_starts_no_second_job(classroom, tmp_path):
    runner = GitLab(clone(classroom.template, tmp_path / "eve"), tmp_path / "home")
    assert runner.job(GITLAB, {"CI_PIPELINE_SOURCE": "merge_request_event"}) == "skipped"


@pytest.mark.parametrize("choice", FAIL_ON)
def test_the_instructors_choice_stands_in_the_workflow(choice, tmp_path):
    for path, text in student_workflows(Plan(ci_fails_on=choice)).items():
        (tmp_path / "workflow.yml").write_text(text)
        workflow = read(tmp_path / "workflow.yml")
        variables = workflow["env"] if path == GITHUB else workflow["check"]["variables"]
        assert variables["FAIL_ON"] == choice and "CI_FAILS_ON" not in text


def test_a_students_workflow_may_do_little(classroom, tmp_path):
    workflow = read(clone(classroom.template, tmp_path / "student") / GITHUB)
    assert workflow["on"] == "push" and workflow["permissions"] == {"contents": "read"}
    text = (tmp_path / "student" / GITHUB).read_text()
    assert "secrets" not in text and workflow["concurrency"]["cancel-in-progress"] is True
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_on_a_bare_machine(classroom, tmp_path):
    """With nothing but Python and the network, which a hosted machine has too."""
    made = tmp_path / "home" / "made"
    venv.create(made, with_pip=True)
    probe = [made / "bin" / "pip", "download", "--quiet", "--no-deps", "--dest", tmp_path, "typer"]
    if subprocess.run(probe, capture_output=True).returncode:
        pytest.skip("there is no network to install from")
    folder = clone(classroom.students["ada"], tmp_path / "ada")
    runner = GitHub(folder, tmp_path / "home", prepared=False)
    runner.environment["PATH"] = f"{made / 'bin'}:/usr/bin:/bin"
    assert runner.job(GITHUB, PUSH) == "success", runner.log
    assert set(cases(runner.uploaded["checks"] / "checks.xml").values()) == {""}
    assert sys.prefix not in runner.log
