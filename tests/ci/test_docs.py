"""Every command that docs/ci.md shows, run in the page's order as a reader would."""

import re
import shutil

import pytest

from tests.ci.conftest import NAME, clone, clone_bare, git
from tests.ci.runner import GitHub
from tests.ci.test_grading import SECRET, points
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    (\S.*)$", PAGE, re.MULTILINE)
ADDRESS = "https://github.com/your-school/course.git"


def test_the_page_shows_commands():
    assert len(COMMANDS) > 15 and all(
        command.split()[0] in {"autograder", "git", "cd", "cat", "python"} for command in COMMANDS
    )


def test_what_the_page_names_is_there():
    for name in re.findall(r"\]\((?!http)([\w./-]+)\)", PAGE):
        assert (ROOT / "docs" / name).exists(), name
    for name in ("AUTOGRADER_SECRET", "STUDENTS_TOKEN", "environment: grading"):
        assert name in (ROOT / ".github/workflows/grade.yml").read_text()


@pytest.mark.full
def test_the_commands_of_the_page(classroom, tmp_path):
    """The addresses lead to repositories on this machine, and the artefact is one of an earlier run."""
    course = clone_bare(classroom.course, tmp_path / "course.git")
    folder = clone(course, tmp_path / "course")
    table = (folder / "students.csv").read_text()
    (folder / "students.csv").write_text(
        "\n".join(line for line in table.splitlines() if "cem" not in line)
    )
    files = {"GIT_ALLOW_PROTOCOL": "file", "AUTOGRADER_SECRET": SECRET}
    runner = GitHub(folder, tmp_path / "home", files)
    private = runner.home / "data" / "nn-course-kit"
    private.mkdir(parents=True)
    (private / "secret").write_text("made at the first grading")
    empty = tmp_path / "published.git"
    empty.mkdir()
    git(empty, "init", "--quiet", "--bare", "--initial-branch=main")
    (runner.home / ".gitconfig").write_text(
        f'[user]\nname = a\nemail = a@example.org\n[url "file://{empty}"]\ninsteadOf = {ADDRESS}\n'
    )
    before, after = COMMANDS[:-1], COMMANDS[-1]
    assert runner.run("\n".join(before), {}), runner.log
    assert points(folder / "assignments/reports") == {"ada": 52, "dora": 47}
    assert "made at the first grading" in runner.log
    assert re.search(r"[0-9a-f]{64}", runner.log)
    assert (clone(empty, tmp_path / "seen") / ".github/workflows/check.yml").is_file()
    assert "students.csv" in git(course, "show", "--stat", "main")
    shutil.make_archive(str(folder / "submitted"), "zip", folder / "assignments/submitted")
    for made in ("submitted", "autograded", "feedback", "reports"):
        shutil.rmtree(folder / "assignments" / made)
    assert runner.run(after, {}), runner.log
    assert points(folder / "assignments/reports") == {"ada": 52, "dora": 47}
    stamp = folder / "assignments/submitted/ada" / NAME / "timestamp.txt"
    assert stamp.read_text().startswith("2026-09-02 10:00:00")
