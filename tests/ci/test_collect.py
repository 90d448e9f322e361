"""Collecting from git repositories: what arrives, what is refused, and that nothing of a repository is obeyed."""

import os
import subprocess
import threading
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from autograder.grading import collect as collecting
from autograder.grading.collect import collect, read_students
from autograder.grading.course import CourseError
from autograder.grading.intake.commits import last_commit
from tests.ci.conftest import NAME, NOTEBOOK, clone, commit, git, publish
from tests.ci.runner import read
from tests.conftest import ROOT


@pytest.fixture
def network(tmp_path, monkeypatch):
    """Git may use what the tests serve, and has settings of the user's own."""
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file:http:ssh")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    (tmp_path / "home").mkdir()
    return tmp_path / "home" / ".gitconfig"


@pytest.fixture
def fetched(assignment, tmp_path, network):
    """Collects the one student ada from an address; the problem, and the folder."""

    def fetch(repository):
        to = tmp_path / "collected" / NAME
        [collected] = collect({"ada": str(repository)}, assignment, to)
        assert not list(to.parent.glob(".collecting-*"))
        return collected.problem, to / "ada"

    return fetch


def repository(folder: Path, files: dict[str, str], day: int = 1) -> Path:
    """A work folder with these files; the bare repository beside it, which is returned, is what others see."""
    write(folder, files)
    return publish(folder, folder.with_suffix(".git"), day)


def write(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def push(folder, files, day):
    write(folder, files)
    commit(folder, day)
    git(folder, "push", "--quiet", "origin", "main")


def when(folder):
    return f"{last_commit(folder / '.git'):%m-%d}"


def test_the_state_at_the_assignments_last_change(fetched, tmp_path):
    work = tmp_path / "work"
    bare = repository(work, {NOTEBOOK: "first", "README.md": "a"}, day=1)
    push(work, {NOTEBOOK: "second"}, day=5)
    push(work, {f"lectures/{NAME}.ipynb": "b", "assignments/04_other/04_other.ipynb": "c"}, day=20)
    problem, folder = fetched(bare)
    assert (problem, when(folder)) == ("", "09-05") and (folder / NOTEBOOK).read_text() == "second"
    assert [path.name for path in folder.iterdir() if path.name != ".git"] == ["assignments"]
    push(work, {NOTEBOOK: "third"}, day=25)
    problem, folder = fetched(bare)
    assert (problem, when(folder)) == ("", "09-25") and (folder / NOTEBOOK).read_text() == "third"


def test_a_notebook_that_was_moved_or_renamed_is_as_new_as_the_repository(fetched, tmp_path):
    work = tmp_path / "work"
    bare = repository(work, {NOTEBOOK: "first"}, day=1)
    (work / NOTEBOOK).unlink()
    push(work, {"final version.ipynb": "final"}, day=5)
    push(work, {"README.md": "a"}, day=7)
    problem, folder = fetched(bare)
    assert (problem, when(folder)) == ("", "09-07")
    assert (folder / "final version.ipynb").read_text() == "final"


def test_what_was_collected_stays_where_the_repository_is_gone(fetched, tmp_path):
    bare = repository(tmp_path / "work", {NOTEBOOK: "first"})
    assert fetched(bare)[0] == ""
    bare.rename(tmp_path / "gone")
    problem, folder = fetched(bare)
    assert problem.startswith("ada was not collected: git says")
    assert problem.endswith("What was collected before stays.") and (folder / NOTEBOOK).exists()


def test_one_that_fails_stops_no_other(assignment, tmp_path, network):
    bare = repository(tmp_path / "work", {NOTEBOOK: "first"})
    empty = tmp_path / "empty.git"
    subprocess.run(["git", "init", "--quiet", "--bare", empty], check=True)
    students = {"a": "", "b": str(tmp_path / "none"), "c": str(empty), "d": str(bare)}
    found = {c.student: c.problem for c in collect(students, assignment, tmp_path / "collected")}
    assert found["a"] == "a was not collected: no repository is named."
    assert (
        "does not appear to be a git repository" in found["b"]
        and found["c"] == "c was not collected: it holds no commit yet."
    )
    assert found["d"] == "" and (tmp_path / "collected" / "d" / NOTEBOOK).exists()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("--upload-pack=touch pwned", "no address"),
        ("https://example.org/a\nb", "no address"),
        ("https://ada:secret@example.org/a.git", "holds a password"),
        ("ext::sh -c 'touch pwned'", "neither https:// nor ssh"),
    ],
)
def test_addresses_that_are_refused(fetched, address, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    problem, folder = fetched(address)
    assert says in problem and "secret" not in problem and not folder.exists()
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize("form", ["{}", "file://{}"])
def test_a_folder_of_this_machine_is_for_those_who_ask_git_for_it(
    fetched, form, tmp_path, monkeypatch
):
    """Or a student would name the course itself, and hand in its solution."""
    bare = repository(tmp_path / "work", {NOTEBOOK: "the solution"})
    monkeypatch.delenv("GIT_ALLOW_PROTOCOL")
    problem, folder = fetched(form.format(bare))
    assert "GIT_ALLOW_PROTOCOL=file:https:ssh" in problem and not folder.exists()


class Locked(BaseHTTPRequestHandler):
    """Asks everybody for a password, and keeps what it is told."""

    def do_GET(self):
        self.server.told.append(self.headers["Authorization"])
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="x"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def locked():
    """A server that lets nobody in."""
    server = HTTPServer(("127.0.0.1", 0), Locked)
    server.told = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_password_is_asked_of_nobody(fetched, locked, tmp_path, network, monkeypatch):
    asked = tmp_path / "asked"
    asks = tmp_path / "asks"
    asks.write_text(f"#!/bin/sh\ntouch {asked}\n")
    asks.chmod(0o755)
    for name in ("GIT_ASKPASS", "SSH_ASKPASS"):
        monkeypatch.setenv(name, str(asks))
    network.write_text(f"[core]\naskPass = {asks}\n")
    problem, _ = fetched(f"http://token@127.0.0.1:{locked.server_port}/ada.git")
    assert "terminal prompts disabled" in problem and not asked.exists()
    assert "token" not in problem


@pytest.mark.parametrize("path", [".github/workflows/grade.yml", ".gitlab-ci.yml"])
def test_the_workflows_give_the_token_through_gits_credentials(path, fetched, locked, monkeypatch):
    """As they set git up; this server refuses the token."""
    address = f"http://127.0.0.1:{locked.server_port}"
    workflow = read(ROOT / path)
    steps = [
        step.get("run", "") for step in workflow.get("jobs", {}).get("grade", {}).get("steps", [])
    ]
    [script] = [s for s in steps or workflow["grade"]["before_script"] if "git config" in s]
    monkeypatch.setenv("STUDENTS_TOKEN", "a-token")
    for name in ("GITHUB_SERVER_URL", "CI_SERVER_URL"):
        monkeypatch.setenv(name, address)
    subprocess.run(["bash", "-ec", script.partition("autograder collect")[0]], check=True)
    problem, _ = fetched(f"{address}/ada.git")
    assert "Authentication failed" in problem and "a-token" not in problem
    user, _, password = b64decode(locked.told[-1].removeprefix("Basic ")).decode().partition(":")
    assert user in ("x-access-token", "oauth2") and password == "a-token"


def test_ssh_has_no_terminal_to_ask_at(fetched, tmp_path, monkeypatch):
    ssh = tmp_path / "ssh"
    ssh.write_text(
        "#!/bin/sh\necho 'Password:' > /dev/tty || echo 'fatal: nobody to ask' >&2\nexit 1\n"
    )
    ssh.chmod(0o755)
    monkeypatch.setenv("GIT_SSH", str(ssh))
    assert "nobody to ask" in fetched("ssh://git@example.org/ada.git")[0]


def test_a_repository_that_never_comes_ends_with_all_it_started(fetched, tmp_path, monkeypatch):
    pipe, ssh = tmp_path / "pipe", tmp_path / "ssh"
    os.mkfifo(pipe)
    ssh.write_text(f"#!/bin/sh\nexec 9> {pipe}\necho here >&9\nsleep 1000\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("GIT_SSH", str(ssh))
    monkeypatch.setattr(collecting, "SECONDS", 1)
    with open(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)) as end:
        os.set_blocking(end.fileno(), True)
        problem, _ = fetched("ssh://git@example.org/ada.git")
        assert end.read() == "here\n"  # and no writer is left
    assert "it took longer than" in problem


def test_a_huge_repository_is_refused_as_it_comes(fetched, tmp_path, monkeypatch):
    work = tmp_path / "work"
    work.mkdir()
    (work / "data.bin").write_bytes(os.urandom(400_000))
    monkeypatch.setattr(collecting, "MAX_BYTES", 200_000)
    problem, folder = fetched(repository(work, {NOTEBOOK: "first"}))
    assert "or it is damaged" in problem and not folder.exists()


@pytest.mark.parametrize("limit", ["MAX_BYTES", "MAX_FILES"])
def test_a_bomb_is_not_unpacked(fetched, tmp_path, monkeypatch, limit):
    """Small as it is sent: files of zeros, or a few folders that hold each other many times."""
    work = tmp_path / "work"
    if limit == "MAX_BYTES":
        bare = repository(
            work, {NOTEBOOK: "0" * 999_999, **{f"{i}.txt": "0" * 999_999 for i in range(3)}}
        )
        monkeypatch.setattr(collecting, limit, 2_000_000)
    else:
        bare = repository(work, {f"{i}/{j}.txt": "same" for i in range(8) for j in range(8)})
        monkeypatch.setattr(collecting, limit, 20)
    problem, folder = fetched(bare)
    assert "it is larger than" in problem and not folder.exists()


@pytest.mark.parametrize("path", [NOTEBOOK, "work.ipynb"])
def test_nothing_of_a_repository_is_obeyed(fetched, tmp_path, network, path):
    """Hooks that git's template brings, filters as LFS sets them up, links, and repositories inside it."""
    trap, program = tmp_path / "trapped", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {trap}\ncat\n")
    program.chmod(0o755)
    template = tmp_path / "template" / "hooks"
    template.mkdir(parents=True)
    for hook in ("post-checkout", "reference-transaction", "post-merge"):
        (template / hook).write_text(program.read_text())
        (template / hook).chmod(0o755)
    network.write_text(
        f"[init]\ntemplateDir = {template.parent}\n[core]\nhooksPath = {template}\nfsmonitor = {program}\n"
        f'[filter "lfs"]\nsmudge = {program}\nprocess = {program}\nrequired = true\n'
        "[submodule]\nrecurse = true\n[fetch]\nrecurseSubmodules = true\n[protocol]\nallow = always\n"
    )
    inner = repository(tmp_path / "inner", {"secret.txt": "x"})
    work = tmp_path / "work"
    write(work, {path: "mine", ".gitattributes": "*.ipynb filter=lfs\n"})
    os.symlink("/etc/passwd", (work / path).with_name("link.ipynb"))
    git(work, "init", "--quiet", "--initial-branch=main")
    git(work, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "sub")
    commit(work, 1)
    git(work, "clone", "--quiet", "--bare", ".", str(tmp_path / "work.git"))
    problem, folder = fetched(tmp_path / "work.git")
    assert problem == "" and (folder / path).read_text() == "mine"
    link = (folder / path).with_name("link.ipynb")
    assert not link.is_symlink() and link.read_text() == "/etc/passwd"
    assert not list(folder.glob("sub/*")) and not trap.exists()
    assert not (folder / ".git" / "hooks").exists()


def test_a_broken_run_is_mended(fetched, tmp_path):
    bare = repository(tmp_path / "work", {NOTEBOOK: "first"})
    _, folder = fetched(bare)
    folder.rename(folder.with_name(".ada.before"))
    bare.rename(tmp_path / "gone")
    problem, folder = fetched(bare)
    assert problem.endswith("stays.") and (folder / NOTEBOOK).read_text() == "first"


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (None, "There is no .*students.csv"),
        (b"", "no column 'student'"),
        (b"student;repository\nada;x\n", "no column 'student'"),
        (b"student,repo\nada,x\n", "no column 'repository'"),
        (b"student,repository\n", "names no student"),
        (b"student,repository\nada,x\nAda,y\n", "line 3: Ada stands there twice"),
        (b"student,repository\n../eve,x\n", "line 2: .*cannot be the name of a folder"),
        (b"student,repository\n,x\n", "line 2: "),
        (b"student,repository\n\xff,x\n", "cannot be read as a table"),
    ],
)
def test_a_table_that_cannot_be_used(table, says, tmp_path):
    if table is not None:
        (tmp_path / "students.csv").write_bytes(table)
    with pytest.raises(CourseError, match=says):
        read_students(tmp_path / "students.csv")


def test_a_table_with_more_columns_as_a_spreadsheet_writes_it(tmp_path):
    text = (
        "\ufeffemail,student,repository\r\na@b, Ada Lovelace ,https://x/y.git\r\n,,\r\nc@d,cem\r\n"
    )
    (tmp_path / "students.csv").write_text(text, newline="")
    found = read_students(tmp_path / "students.csv")
    assert found == {"Ada Lovelace": "https://x/y.git", "cem": ""}


def test_a_clone_stands_for_itself(classroom, tmp_path):
    """The released folder is a repository that git takes, with all that a student needs in it."""
    folder = clone(classroom.template, tmp_path / "student")
    assert (folder / NOTEBOOK).is_file() and git(folder, "status", "--porcelain") == ""
