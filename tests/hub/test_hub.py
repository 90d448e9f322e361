"""The hub itself: who may come in, what each may open, and what their servers have."""

import json
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.hub.conftest import NAME
from tests.hub.running import GRADER


@pytest.fixture(scope="module")
def tokens(hub) -> dict[str, str]:
    """One token each, from a login through the API."""
    got = {user: hub.log_in(user) for user in ("ada", "bob", "ida")}
    assert {status for status, _ in got.values()} == {201}, got
    return {user: token for user, (_, token) in got.items()}


def test_only_the_class_logs_in(hub, tokens):
    for user, password in (("ada", "a guess"), ("mallory", None), (GRADER, None)):
        assert hub.log_in(user, *([password] if password else []))[0] == 403, user
    groups = {user: hub.ask("/hub/api/user", token)[1]["groups"] for user, token in tokens.items()}
    assert groups == {
        "ada": ["nbgrader-neural-networks"],
        "bob": ["nbgrader-neural-networks"],
        "ida": ["formgrade-neural-networks"],
    }


def test_a_student_has_the_lectures_and_no_formgrader(hub, tokens):
    assert hub.start("ada", tokens["ada"]) == 201
    assert hub.ask("/user/ada/api/status", tokens["ada"])[0] == 200
    assert hub.ask("/user/ada/formgrader/api/assignments", tokens["ada"])[0] == 404
    status, page = hub.ask("/user/ada/lab", tokens["ada"])
    disabled = json.loads(page.split('id="jupyter-config-data"')[1].split(">")[1].split("</")[0])
    assert status == 200
    assert "@jupyter/nbgrader:formgrader" in disabled["disabledExtensions"]
    lectures = {path.name for path in (hub.home("ada") / "lectures").iterdir()}
    assert lectures == {path.name for path in (hub.course.root / "lectures").glob("*.ipynb")}


def test_instructors_share_the_course_s_server_and_open_no_student_s(hub, tokens):
    assert hub.start(GRADER, tokens["ada"]) in (403, 404)
    assert hub.start(GRADER, tokens["ida"]) == 201
    assignments = f"/user/{GRADER}/formgrader/api/assignments"
    status, listed = hub.ask(assignments, tokens["ida"])
    assert status == 200 and [one["name"] for one in listed] == [NAME]
    assert hub.ask(assignments, tokens["ada"])[0] == 403
    for user in ("ida", "bob"):
        assert hub.ask("/user/ada/api/contents", tokens[user])[0] == 403
    listed = hub.ask("/hub/api/users", tokens["ida"])[1]
    assert {user["name"] for user in listed} == {"ada", "bob", "cleo", GRADER}
    assert hub.ask("/hub/api/users/ada/server", tokens["ida"], "DELETE")[0] in (202, 204)


def test_a_hub_that_does_not_fit_its_course_says_so(tmp_path):
    ignored = shutil.ignore_patterns("node_modules", "state")
    shutil.copytree(ROOT / "hub", tmp_path / "hub", ignore=ignored)
    kit = tmp_path / "course" / "kit"

    def start() -> str:
        command = [sys.executable, "-m", "jupyterhub", "--config=hub/jupyterhub_config.py"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 1 and "Traceback" not in done.stderr
        return done.stderr

    assert f"There is no kit in {kit}: clone it there" in start()
    kit.mkdir(parents=True)
    text = (ROOT / "nbgrader_config.py").read_text()
    (kit / "nbgrader_config.py").write_text(text.replace("neural-networks", "other"))
    assert "has another course_id than 'course' in" in start()
