"""What the instructor's workflows do, run as they stand in a clone of the course, and for whom they do nothing."""

import csv
import re
from pathlib import Path

import pytest

from tests.ci.conftest import NAME, clone
from tests.ci.runner import GitHub, GitLab, read, runs, truth
from tests.conftest import ROOT

GITHUB, GITLAB = ".github/workflows/grade.yml", ".gitlab-ci.yml"
SECRET = "a secret of the course, kept in the repository's settings"
FILES = {"GIT_ALLOW_PROTOCOL": "file"}  # the students' repositories lie on this machine
WORKFLOWS = [
    *(ROOT / ".github" / "workflows").glob("*.yml"),
    ROOT / "autograder/grading/templates/student/github-check.yml",
]
ALLOWED = {
    "actions/checkout@v7",
    "actions/setup-python@v7",
    "actions/upload-artifact@v7",
    "actions/upload-pages-artifact@v5",
    "actions/deploy-pages@v5",
}
PUBLISHES = {"pages": "write", "id-token": "write"}


def dispatched(**secrets):
    return {
        "github": {"event_name": "workflow_dispatch", "event": {"repository": {"fork": False}}},
        "inputs": {"assignment": NAME},
        "secrets": secrets,
    }


def started(**variables):
    return {
        "CI_PIPELINE_SOURCE": "web",
        "CI_COMMIT_REF_PROTECTED": "true",
        "ASSIGNMENT": NAME,
        **variables,
    }


def points(folder: Path) -> dict[str, float]:
    with open(folder / NAME / "grades.csv", newline="") as file:
        return {row["student"]: float(row["total"]) for row in csv.DictReader(file)}


def assert_graded(folder: Path, log: str) -> None:
    """Two students' grades and feedback are there; of the third, whose repository is not there, a sentence."""
    found = points(folder / "assignments/reports")
    assert found == {"ada": 52, "dora": 47}
    for student, day in (("ada", 2), ("dora", 3)):
        page = folder / "assignments/feedback" / student / NAME / f"{NAME}.html"
        assert page.stat().st_size > 10_000
        stamp = folder / "assignments/submitted" / student / NAME / "timestamp.txt"
        assert stamp.read_text().startswith(f"2026-09-{day:02} 10:00:00")  # not of the later commit
    summary = (folder / "assignments/reports" / NAME / "summary.md").read_text()
    assert "taken" not in summary  # nothing but the assignment's notebook is handed in
    assert "cem was not collected: git says:" in log and "Collected 2 of 3 repositories." in log


def test_github_collects_grades_and_publishes(classroom, tmp_path):
    runner = GitHub(clone(classroom.course, tmp_path / "course"), tmp_path / "home", FILES)
    contexts = dispatched(AUTOGRADER_SECRET=SECRET, STUDENTS_TOKEN="a-token")
    assert runner.job(GITHUB, contexts) == "failure", runner.log  # one repository is missing
    assert runner.log.endswith("the step 'collect' names them.\n"), runner.log
    assert_graded(runner.folder, runner.log)
    assert set(runner.uploaded) == {"grades", "feedback", "submitted"}
    assert runner.results == {"grade": "failure", "publish": "skipped"} and not runner.published
    assert all(folder.is_dir() for folder in runner.uploaded.values())
    assert "| dora |" in runner.summary.read_text()
    assert runner.recorded == [
        "pip install -e .",
        "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ]
    assert not runner.made_a_secret
    written = [path for path in runner.home.rglob("*") if path.is_file()]
    assert not [path for path in written if b"a-token" in path.read_bytes()]
    assert SECRET not in runner.log and "a-token" not in runner.log


@pytest.mark.full
def test_gitlab_collects_grades_and_publishes(classroom, tmp_path):
    runner = GitLab(clone(classroom.course, tmp_path / "course"), tmp_path / "home", FILES)
    variables = started(AUTOGRADER_SECRET=SECRET, STUDENTS_TOKEN="a-token")
    assert runner.job(GITLAB, variables) == "failure", runner.log
    assert_graded(runner.folder, runner.log)
    made = [path for path in runner.artifacts["paths"] if (runner.folder / path).is_dir()]
    assert made == [path for path in runner.artifacts["paths"] if path != "public/"]
    assert runner.results == {"grade": "failure", "pages": "skipped"} and not runner.published
    assert list(runner.folder.glob(runner.artifacts["reports"]["junit"]))
    assert runner.artifacts["when"] == "always" and not runner.made_a_secret


@pytest.mark.parametrize("service", ["github", pytest.param("gitlab", marks=pytest.mark.full)])
def test_without_the_secret_nothing_is_graded(classroom, tmp_path, service):
    folder = clone(classroom.course, tmp_path / "course")
    if service == "github":
        runner = GitHub(folder, tmp_path / "home", FILES)
        result = runner.job(GITHUB, dispatched())
    else:
        runner = GitLab(folder, tmp_path / "home", FILES)
        result = runner.job(GITLAB, started())
    assert result == "failure" and "AUTOGRADER_SECRET is not set" in runner.log
    assert not (folder / "assignments/collected").exists() and not runner.made_a_secret


@pytest.mark.parametrize(
    ("event", "fork"),
    [
        ("pull_request", False),
        ("pull_request", True),
        ("pull_request_target", False),
        ("push", False),
        ("workflow_run", False),
        ("workflow_dispatch", True),
        ("schedule", True),
    ],
)
def test_github_holds_the_secret_back(event, fork):
    jobs = read(ROOT / GITHUB)["jobs"]
    contexts = {"github": {"event_name": event, "event": {"repository": {"fork": fork}}}}
    assert not truth(jobs["grade"]["if"], contexts)
    contexts["needs"] = {"grade": {"result": "skipped", "outputs": {"leaderboard": ""}}}
    assert not truth(jobs["publish"]["if"], contexts)


def test_github_starts_it_by_hand_alone():
    workflow = read(ROOT / GITHUB)
    job = workflow["jobs"]["grade"]
    assert set(workflow["on"]) == {"workflow_dispatch"} and job["environment"] == "grading"
    assert truth(job["if"], dispatched())
    assert workflow["permissions"] == {"contents": "read"} and "permissions" not in job


@pytest.mark.parametrize(
    ("source", "protected"),
    [
        ("merge_request_event", "true"),
        ("external_pull_request_event", "true"),
        ("push", "true"),
        ("web", "false"),
        ("schedule", "false"),
        ("pipeline", "true"),
    ],
)
def test_gitlab_holds_the_secret_back(source, protected):
    variables = {"CI_PIPELINE_SOURCE": source, "CI_COMMIT_REF_PROTECTED": protected}
    pipeline = read(ROOT / GITLAB)
    for name, turned_on in (("grade", {}), ("pages", {"LEADERBOARD": NAME})):
        rules = pipeline[name]["rules"]
        assert not runs(rules, started(**turned_on) | variables) and runs(
            rules, started(**turned_on)
        )


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_keep_to_what_is_safe(path):
    """No action of somebody else's, no text of an event in a command, no secret where a pull request can be."""
    text, workflow = path.read_text(), read(path)
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert "timeout-minutes" in job
        assert job.get("permissions", PUBLISHES) == PUBLISHES
        if "permissions" in job:  # nothing of the course's runs there
            assert [step["uses"] for step in job["steps"]] == ["actions/deploy-pages@v5"]
        for step in job["steps"]:
            assert step.get("uses") in {None, *ALLOWED}
            assert "${{" not in step.get("run", "")
    if "pull_request" in workflow["on"]:
        assert "secrets" not in text
    assert "pull_request_target" not in workflow["on"]


def test_only_the_steps_that_need_a_secret_have_it():
    job = read(ROOT / GITHUB)["jobs"]["grade"]
    having = {name: [] for name in ("AUTOGRADER_SECRET", "STUDENTS_TOKEN")}
    for step in job["steps"]:
        for name in step.get("env", {}):
            having[name].append(
                re.sub(r".*(autograder \w+).*", r"\1", step["run"], flags=re.DOTALL)
            )
    assert having["AUTOGRADER_SECRET"] == [
        "autograder doctor",
        "autograder grade",
        "autograder leaderboard",
    ]
    assert having["STUDENTS_TOKEN"] == ["autograder collect"]
