"""The command line on bad input: one sentence, a status that is not zero, and nothing existing is damaged."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from xml.etree import ElementTree

import pytest

ASSIGNMENT = "03_regularization"
AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def autograder(*arguments, cwd, wrapper=()):
    """The command as a user runs it."""
    command = [*wrapper, sys.executable, "-m", "autograder.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True)


def is_one_sentence(done):
    lines = done.stderr.strip().splitlines()
    return (
        done.returncode != 0
        and len(lines) == 1
        and lines[0].endswith(".")
        and "Traceback" not in done.stderr
    )


@pytest.fixture(scope="module")
def graded(course_copy):
    """A released course with one graded submission."""
    assert (
        autograder("release", ASSIGNMENT, "--to", "student", cwd=course_copy.root).returncode == 0
    )
    folder = course_copy.nbgrader_root / "submitted" / "ada" / ASSIGNMENT
    folder.mkdir(parents=True)
    shutil.copy(course_copy.assignment(ASSIGNMENT).path, folder)
    done = autograder("grade", ASSIGNMENT, cwd=course_copy.root)
    assert done.returncode == 0, done.stderr
    return course_copy


def snapshot(course):
    """Every file under the course's assignments with its content, but for caches."""
    files = course.nbgrader_root.rglob("*")
    return {path: path.read_bytes() for path in sorted(files) if path.is_file()}


BAD = [
    ("check", "no-such.ipynb"),
    ("check", "pyproject.toml"),
    ("check", "assignments"),
    ("check", "lectures/03_regularization.ipynb"),
    ("release", "99_nothing"),
    ("release", ASSIGNMENT, "--to", "utils"),
    ("release", ASSIGNMENT, "--to", "pyproject.toml"),
    ("release", ASSIGNMENT, "--course", "no/such/folder"),
    ("collect", ASSIGNMENT),
    ("collect", "99_nothing"),
    ("collect", ASSIGNMENT, "--students", "pyproject.toml"),
    ("grade", "99_nothing"),
    ("grade", ASSIGNMENT, "--student", "nobody"),
    ("grade", ASSIGNMENT, "--reports", "pyproject.toml/reports"),
    ("grade", ASSIGNMENT, "--course", "/"),
    ("grade", ASSIGNMENT, "--from", "no/such/folder"),
    ("grade", ASSIGNMENT, "--from", "pyproject.toml"),
    ("grade", ASSIGNMENT, "--from", "lectures"),
    ("grade", ASSIGNMENT, "--from", "assignments/submitted"),
]


RUN_ALL = """
import contextlib, io, json, sys
from autograder.cli import main
results = []
for arguments in json.loads(sys.argv[1]):
    sys.argv, err, status = ["autograder", *arguments], io.StringIO(), 0
    with contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as stop:
            status = stop.code
    results.append((status, err.getvalue()))
print(json.dumps(results))
"""


def test_bad_input_gets_one_sentence_and_damages_nothing(graded):
    """All in one process, since each start costs seconds."""
    before = snapshot(graded)
    command = [sys.executable, "-c", RUN_ALL, json.dumps(BAD)]
    done = subprocess.run(command, cwd=graded.root, capture_output=True, text=True)
    results = json.loads(done.stdout.splitlines()[-1])
    for arguments, (status, text) in zip(BAD, results, strict=True):
        result = subprocess.CompletedProcess(arguments, status, "", text)
        assert is_one_sentence(result), (arguments, status, text)
    assert snapshot(graded) == before


def test_grade_takes_in_what_canvas_hands_out(graded, tmp_path):
    course, handed_out = tmp_path / "course", tmp_path / "submissions.zip"
    shutil.copytree(graded.root, course)
    notebook = graded.assignment(ASSIGNMENT).path.read_bytes()
    with zipfile.ZipFile(handed_out, "w") as archive:
        archive.writestr(f"turingalan_LATE_4711_1_{ASSIGNMENT}.ipynb", notebook)
        archive.writestr("hoppergrace_4712_2_[b]report.pdf", b"%PDF")
        archive.writestr("Thumbs.db", b"")
    done = autograder("grade", ASSIGNMENT, "--from", handed_out, cwd=course)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert "Thumbs.db was not taken" in done.stderr and "[b]report.pdf" in done.stdout
    assert "Not graded: hoppergrace_4712." in done.stderr
    for again in range(2):
        summary = (course / "assignments/reports" / ASSIGNMENT / "summary.md").read_text()
        rows = {line.split()[1]: line for line in summary.splitlines() if line.count(" ") > 1}
        assert "Canvas marks it as late" in rows["turingalan_4711"]
        assert "[b]report.pdf" in rows["hoppergrace_4712"] and "ada" in rows
        if not again:  # what was told is told again without --from
            autograder("grade", ASSIGNMENT, cwd=course)


def test_several_notebooks_are_checked_and_summed_up(graded, tmp_path):
    """One that is not attempted, one that is no notebook, one that is not there."""
    released = graded.nbgrader_root / "release" / ASSIGNMENT
    shutil.copytree(released, tmp_path / "a")
    (tmp_path / "b.ipynb").write_text("{")
    names = [f"a/{ASSIGNMENT}.ipynb", "b.ipynb", "none.ipynb"]
    files = ["--summary", "out/summary.md", "--junit", "out/checks.xml"]
    done = autograder("check", *names, *files, "--fail-on", "wrong", cwd=tmp_path)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) == 2 and all(f"{name}:" in done.stdout for name in names)
    summary = (tmp_path / "out/summary.md").read_text()
    assert "not attempted" in summary and summary.count("Not checked to its end") == 2
    suite = ElementTree.parse(tmp_path / "out/checks.xml").getroot()
    assert (suite.get("errors"), suite.get("skipped"), suite.get("tests")) == ("2", "6", "8")
    done = autograder("check", *names[1:], *files, "--fail-on", "nothing", cwd=tmp_path)
    assert done.returncode == 0


WITHOUT_NAMESPACES = "echo 0 > /proc/sys/user/max_user_namespaces"


def test_doctor_ends_with_1_where_grading_would_refuse(graded):
    command = [
        "unshare",
        "--user",
        "--map-root-user",
        "sh",
        "-c",
        f'{WITHOUT_NAMESPACES}; exec "$@"',
        "sh",
    ]
    if subprocess.run([*command, "true"]).returncode:
        pytest.skip("this machine gives no user namespace")
    done = autograder("doctor", cwd=graded.root, wrapper=command)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert "The sandbox's layer 'user namespace' is missing" in done.stderr
    assert "grading will run" not in done.stdout
    assert autograder("grade", ASSIGNMENT, cwd=graded.root, wrapper=command).returncode == 1


def test_doctor_asks_for_a_stored_secret_in_ci(graded, monkeypatch):
    """A fresh disk would make another one, and the hidden cases would be others in each run."""
    monkeypatch.setenv("CI", "true")
    done = autograder("doctor", cwd=graded.root)
    assert is_one_sentence(done) and "AUTOGRADER_SECRET is not set" in done.stderr
    monkeypatch.setenv("AUTOGRADER_SECRET", "kept in the settings")
    assert autograder("doctor", cwd=graded.root).returncode == 0
    monkeypatch.delenv("CI")
    monkeypatch.delenv("AUTOGRADER_SECRET")
    assert autograder("doctor", cwd=graded.root).returncode == 0


def test_a_notebook_without_its_checks_file(graded, tmp_path):
    shutil.copy(graded.assignment(ASSIGNMENT).path, tmp_path / "hw.ipynb")
    done = autograder("check", "hw.ipynb", cwd=tmp_path)
    assert is_one_sentence(done) and "checks.json is missing" in done.stderr


def test_grade_before_anything_is_handed_in_or_released(course_copy, tmp_path):
    empty = tmp_path / "course"
    shutil.copytree(
        course_copy.root, empty, ignore=shutil.ignore_patterns("submitted", "*.db", "release")
    )
    done = autograder("grade", ASSIGNMENT, cwd=empty)
    assert is_one_sentence(done) and "There are no submissions" in done.stderr
    folder = empty / "assignments/submitted/ada" / ASSIGNMENT
    folder.mkdir(parents=True)
    shutil.copy(course_copy.assignment(ASSIGNMENT).path, folder)
    done = autograder("grade", ASSIGNMENT, cwd=empty)
    assert is_one_sentence(done) and "is not in the gradebook yet" in done.stderr


def test_a_damaged_gradebook(graded, tmp_path):
    broken = tmp_path / "course"
    shutil.copytree(graded.root, broken)
    (broken / "assignments/gradebook.db").write_text("not a database at all")
    done = autograder("grade", ASSIGNMENT, cwd=broken)
    assert is_one_sentence(done) and "gradebook" in done.stderr


def test_a_damaged_source_notebook(graded, tmp_path):
    broken = tmp_path / "course"
    shutil.copytree(graded.root, broken)
    (broken / "assignments/source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").write_text("{")
    done = autograder("grade", ASSIGNMENT, cwd=broken)
    assert is_one_sentence(done) and "cannot be read as a notebook" in done.stderr


def test_an_unwritable_output_folder(graded, tmp_path):
    """A folder on a read-only file system, which refuses root too."""
    wrapper = in_own_mounts("mount -t tmpfs -o ro,size=1m none locked")
    (graded.root / "locked").mkdir(exist_ok=True)
    before = snapshot(graded)
    done = autograder(
        "release", ASSIGNMENT, "--to", "locked/student", cwd=graded.root, wrapper=wrapper
    )
    assert is_one_sentence(done) and "Read-only file system" in done.stderr, done.stderr
    done = autograder(
        "grade", ASSIGNMENT, "--reports", "locked/reports", cwd=graded.root, wrapper=wrapper
    )
    assert is_one_sentence(done) and "Read-only file system" in done.stderr, done.stderr
    assert snapshot(graded) == before


def test_a_full_disk(graded):
    """The whole course on a file system that has no block left."""
    copy = "cp -r assignments autograder lectures utils nbgrader_config.py pyproject.toml small/"
    fill = "cat /dev/zero > small/filler 2>/dev/null; sync; cd small"
    wrapper = in_own_mounts(f"mount -t tmpfs -o size=24m none small; {copy}; {fill}")
    keep = "; cp -r assignments/. ../kept; exit $status"
    (graded.root / "small").mkdir(exist_ok=True)
    for command in (("grade", ASSIGNMENT), ("release", ASSIGNMENT, "--to", "out")):
        shutil.rmtree(graded.root / "kept", ignore_errors=True)
        (graded.root / "kept").mkdir()
        done = autograder(*command, cwd=graded.root, wrapper=after(wrapper, keep))
        assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
        assert "No space left" in done.stdout + done.stderr or "full" in done.stdout + done.stderr
        kept = graded.root / "kept"
        for name in ("submitted", "autograded", "feedback", "release", "source", "gradebook.db"):
            assert same(kept / name, graded.nbgrader_root / name), name


def in_own_mounts(script):
    """A wrapper that runs a command after `script`, in a mount namespace of its own."""
    unshare = ["unshare", "--mount", *([] if AS_ROOT else ["--user", "--map-root-user"])]
    if shutil.which("unshare") is None or subprocess.run([*unshare, "true"]).returncode:
        pytest.skip("this machine gives no mount namespace")
    return [*unshare, "sh", "-c", f'{script}; exec "$@"', "sh"]


def after(wrapper, script):
    """The wrapper, with a script that runs after the command."""
    body = wrapper[-2].removesuffix('exec "$@"') + f'"$@"; status=$?{script}'
    return [*wrapper[:-2], body, wrapper[-1]]


def same(one, two):
    if one.is_file():
        return one.read_bytes() == two.read_bytes()
    names = {path.relative_to(two) for path in two.rglob("*") if path.is_file()}
    return all((one / name).read_bytes() == (two / name).read_bytes() for name in names)
