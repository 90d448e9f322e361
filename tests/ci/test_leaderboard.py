"""The leaderboard's part of the grading workflows: for which runs it is made, and what is published of it."""

import shutil
from pathlib import Path

import pytest

from tests.ci.conftest import OWN_FILES, clone, git, publish
from tests.ci.runner import GitHub, GitLab, read, runs, truth
from tests.ci.test_grading import FILES, GITHUB, GITLAB, SECRET
from tests.conftest import ROOT
from tests.grading.ranked import NAME, PERFECT, STUB, ranked_course
from tests.grading.test_leaderboard import ranks

SECRETS = {"AUTOGRADER_SECRET": SECRET, "STUDENTS_TOKEN": "a-token"}


@pytest.fixture(scope="module")
def ranked(tmp_path_factory) -> Path:
    """The bare repository of a course with a ranked assignment, whose class is ada, and cem who has no repository."""
    root = tmp_path_factory.mktemp("ranked")
    course = ranked_course(root / "course")
    for name in git(ROOT, "ls-files", "-z", "--", *OWN_FILES).split("\0"):
        if (ROOT / name).is_file() and not (course.root / name).exists():
            (course.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, course.root / name)
    notebook = course.assignment(NAME).path.read_text()
    assert "BEGIN SOLUTION" in notebook
    work = root / "ada" / "assignments" / NAME
    work.mkdir(parents=True)
    solved = notebook.replace(repr_of(STUB), repr_of(PERFECT))
    assert solved != notebook
    (work / f"{NAME}.ipynb").write_text(solved)
    publish(root / "ada", root / "ada.git")
    rows = [f"{name},file://{root}/{name}.git" for name in ("ada", "cem")]
    (course.root / "students.csv").write_text("\n".join(["student,repository", *rows]) + "\n")
    return publish(course.root, root / "course.git")


def repr_of(source: str) -> str:
    """A cell's source as nbformat writes its lines."""
    return ",\n    ".join(f'"{line}"' for line in source.replace("\n", "\\n\n").splitlines())


def dispatched(variable: str) -> dict:
    return {
        "github": {"event_name": "workflow_dispatch", "event": {"repository": {"fork": False}}},
        "inputs": {"assignment": NAME},
        "secrets": SECRETS,
        "vars": {"LEADERBOARD": variable},
    }


def started(**variables) -> dict:
    given = {"CI_PIPELINE_SOURCE": "web", "CI_COMMIT_REF_PROTECTED": "true", "ASSIGNMENT": NAME}
    return {**given, **SECRETS, **variables}


def assert_published(runner):
    """The page alone; cem's missing repository, which fails the job that grades, keeps nobody from it."""
    assert "cem was not collected" in runner.log
    assert [path.name for path in runner.published.iterdir()] == ["index.html"]
    text = (runner.published / "index.html").read_text()
    ranked = {name: row for name, row in ranks(text).items() if row[0]}
    assert [row[:2] for row in ranked.values()] == [["1", "100.0"]]
    assert "ada" not in text and SECRET not in text and SECRET not in runner.log


@pytest.mark.timeout(600)
def test_github_publishes_the_leaderboard(ranked, tmp_path):
    runner = GitHub(clone(ranked, tmp_path / "course"), tmp_path / "home", FILES)
    runner.job(GITHUB, dispatched(NAME))
    assert runner.results == {"grade": "failure", "publish": "success"}, runner.log
    assert_published(runner)
    assert set(runner.uploaded) == {"grades", "feedback", "submitted", "github-pages"}


@pytest.mark.full
@pytest.mark.timeout(600)
def test_gitlab_publishes_the_leaderboard(ranked, tmp_path):
    runner = GitLab(clone(ranked, tmp_path / "course"), tmp_path / "home", FILES)
    runner.job(GITLAB, started(LEADERBOARD=NAME))
    assert runner.results == {"grade": "failure", "pages": "success"}, runner.log
    assert_published(runner)


@pytest.mark.full
@pytest.mark.parametrize("service", ["github", "gitlab"])
def test_where_grading_breaks_off_what_was_published_stays(ranked, tmp_path, service):
    """No repository can be collected: there is nothing to grade, and no empty page takes the old one's place."""
    folder = clone(ranked, tmp_path / "course")
    (folder / "students.csv").write_text(f"student,repository\ncem,file://{tmp_path}/none.git\n")
    if service == "github":
        runner = GitHub(folder, tmp_path / "home", FILES)
        assert runner.job(GITHUB, dispatched(NAME)) == "failure"
    else:
        runner = GitLab(folder, tmp_path / "home", FILES)
        assert runner.job(GITLAB, started(LEADERBOARD=NAME)) == "failure"
    assert runner.published is None, runner.log
    assert not (folder / "public").exists()
    assert not (folder / "assignments" / "leaderboard").exists()


@pytest.mark.parametrize("variable", ["", "10_another", NAME.upper()])
def test_without_the_variable_nothing_is_made(variable):
    [step] = [
        s for s in read(ROOT / GITHUB)["jobs"]["grade"]["steps"] if s.get("id") == "leaderboard"
    ]
    contexts = dispatched(variable) | {"env": {"ASSIGNMENT": NAME}}
    assert not truth(step["if"], contexts)
    assert truth(step["if"], dispatched(NAME) | {"env": {"ASSIGNMENT": NAME}})
    publishes = read(ROOT / GITHUB)["jobs"]["publish"]["if"]
    outputs = {"grade": {"result": "success", "outputs": {"leaderboard": ""}}}
    assert not truth(publishes, {"needs": outputs})
    rules = read(ROOT / GITLAB)["pages"]["rules"]
    assert not runs(rules, started(LEADERBOARD=variable)) and not runs(rules, started())
    assert runs(rules, started(LEADERBOARD=NAME)) == "always"


def test_gitlab_leaves_out_the_page_of_another_assignment(tmp_path):
    """The one command of the job's script that depends on the variable, run by a shell."""
    job = read(ROOT / GITLAB)["grade"]
    [line] = [line for line in job["script"] if "leaderboard" in line]
    (tmp_path / "bin").mkdir()
    report = tmp_path / "assignments" / "reports" / NAME
    report.mkdir(parents=True)
    (report / "summary.md").touch()
    runner = GitLab(tmp_path, tmp_path / "home")
    for variables in ({}, {"LEADERBOARD": ""}, {"LEADERBOARD": "10_another"}):
        assert runner.run(line, {"ASSIGNMENT": NAME, **variables}), runner.log
    assert runner.log == ""
    assert not runner.run(line, {"ASSIGNMENT": NAME, "LEADERBOARD": NAME})
