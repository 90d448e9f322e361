"""A student folder renewed: the course's files are new, a student's work is where it was, and nothing is lost."""

import json
import shutil
import subprocess
import sys
import zipfile

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.update import MARK, UpdateError, fetched, find_folder, merge, renew, write_mark

NAME = "assignments/03_topic/03_topic.ipynb"


def answer(name, source="raise NotImplementedError()"):
    mark = {"grade_id": name, "solution": True, "locked": False, "grade": False}
    return new_code_cell(source, id=name, metadata={"nbgrader": mark})


def locked(name, source):
    mark = {"grade_id": name, "solution": False, "locked": True, "grade": True}
    return new_code_cell(source, id=name, metadata={"nbgrader": mark})


def released():
    return new_notebook(
        cells=[
            new_markdown_cell("Write f.", id="text"),
            answer("f"),
            locked("check-f", "check('f', f)"),
            new_code_cell("plot(f)", id="plot"),
            answer("g"),
        ]
    )


def folder_of(path, notebook, utils="one = 1\n", published=""):
    (path / NAME).parent.mkdir(parents=True)
    nbformat.write(notebook, path / NAME)
    (path / "utils.py").write_text(utils)
    write_mark(path, published)
    return path


@pytest.fixture
def theirs(tmp_path):
    """A student's copy."""
    return folder_of(tmp_path / "theirs", released())


@pytest.fixture
def corrected(tmp_path):
    """The course's next version: text and check corrected, a cell added, another file."""
    notebook = released()
    notebook.cells[0] = new_markdown_cell("Write f, without a loop.", id="text-2")
    notebook.cells[2].source = "check('f', f, 2)"
    notebook.cells.append(new_markdown_cell("The end.", id="end"))
    return folder_of(tmp_path / "new", notebook, "one = 1.0\n")


def work(folder, change):
    notebook = nbformat.read(folder / NAME, 4)
    change(notebook)
    nbformat.write(notebook, folder / NAME)


def sources(folder):
    return [cell.source for cell in nbformat.read(folder / NAME, 4).cells]


def test_untouched_files_become_the_new_ones_byte_for_byte(theirs, corrected):
    assert renew(theirs, corrected) == []
    for name in (NAME, "utils.py"):
        assert (theirs / name).read_bytes() == (corrected / name).read_bytes()
    assert json.loads((theirs / MARK).read_text()) == json.loads((corrected / MARK).read_text())
    assert not (theirs / ".before-update").exists()


def test_answers_outputs_and_own_cells_are_carried_over(theirs, corrected):
    def change(notebook):
        notebook.cells[1].source = "def f(): return 1"
        notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="mine")]
        notebook.cells.insert(2, new_code_cell("f()", id="try"))

    work(theirs, change)
    before = (theirs / NAME).read_bytes()
    told = renew(theirs, corrected)
    assert sources(theirs) == [
        "Write f, without a loop.",
        "def f(): return 1",
        "f()",
        "check('f', f, 2)",
        "plot(f)",
        "raise NotImplementedError()",
        "The end.",
    ]
    assert nbformat.read(theirs / NAME, 4).cells[1].outputs[0].text == "mine"
    assert told[0] == f"{NAME}: your work was carried over into the new version."
    (aside,) = (theirs / ".before-update").glob(f"*/{NAME}")
    assert aside.read_bytes() == before and str(aside.parents[2]) in told[1]


def test_renewed_twice_is_renewed_once(theirs, corrected):
    work(theirs, lambda nb: nb.cells[1].update(source="def f(): return 1"))
    renew(theirs, corrected)
    once = (theirs / NAME).read_bytes()
    renew(theirs, corrected)
    assert nbformat.reads(once.decode(), 4) == nbformat.read(theirs / NAME, 4)


def test_a_renewal_that_was_killed_before_its_end_is_run_again(theirs, corrected):
    work(theirs, lambda nb: nb.cells[1].update(source="def f(): return 1"))
    mark = (theirs / MARK).read_bytes()
    renew(theirs, corrected)
    whole = sources(theirs)
    (theirs / MARK).write_bytes(mark)  # all was written but the mark
    renew(theirs, corrected)
    assert sources(theirs) == whole


@pytest.mark.parametrize(
    "change, kept, lost",
    [
        (lambda nb: nb.cells[3].update(source="plot(f, 9)"), "plot(f, 9)", False),
        (lambda nb: nb.cells[2].update(source="print('cheat')"), "check('f', f, 2)", False),
        (lambda nb: nb.cells[0].update(source="Write f. Note: hard."), "Write f. Note: hard.", False),
        (lambda nb: nb.cells[1].update(id="lost-by-an-editor", source="def f(): 2"), "def f(): 2", False),
        (lambda nb: nb.cells[0].update(id="lost-by-an-editor"), "Write f, without a loop.", False),
    ],
)  # fmt: skip
def test_cell_by_cell(theirs, corrected, change, kept, lost):
    work(theirs, change)
    renew(theirs, corrected)
    assert kept in sources(theirs)
    assert ("Write f." in sources(theirs)) == lost
    assert len(sources(theirs)) == 6 + ("Note" in kept)


def test_where_both_changed_a_cell_the_courses_stands_and_is_named(tmp_path, theirs):
    notebook = released()
    notebook.cells[3].source = "plot(f, 'corrected')"
    work(theirs, lambda nb: nb.cells[3].update(source="plot(f, 9)"))
    told = renew(theirs, folder_of(tmp_path / "new", notebook))
    assert sources(theirs)[3] == "plot(f, 'corrected')"
    assert "The course changed 1 of its cells that you had changed too" in told[0]


def test_a_file_of_the_courses_that_was_changed_is_put_aside(theirs, corrected):
    (theirs / "utils.py").write_text("one = 2\n")
    (theirs / "own.py").write_text("mine")
    told = renew(theirs, corrected)
    assert told[0] == "utils.py was changed here, and is replaced by the course's."
    assert [path.read_text() for path in theirs.glob(".before-update/*/utils.py")] == ["one = 2\n"]
    assert (theirs / "own.py").read_text() == "mine"


def test_windows_line_endings_are_no_change(theirs, corrected):
    (theirs / "utils.py").write_bytes(b"one = 1\r\n")
    assert renew(theirs, corrected) == []


def test_a_broken_notebook_is_put_aside(theirs, corrected):
    (theirs / NAME).write_text("{")
    told = renew(theirs, corrected)
    assert "could not be read as a notebook" in told[0]
    assert [path.read_text() for path in theirs.glob(f".before-update/*/{NAME}")] == ["{"]


def test_earlier_assignments_stay_known(tmp_path, theirs):
    other = tmp_path / "new"
    (other / "assignments").mkdir(parents=True)
    (other / "utils.py").write_text("one = 1\n")
    write_mark(other, "")
    renew(theirs, other)
    assert NAME in json.loads((theirs / MARK).read_text())["files"]


def test_merging_needs_no_base():
    """Where a folder's mark knows nothing of a notebook, answers still count as answers."""
    mine = released()
    mine.cells[1].source = "def f(): return 1"
    merged, lost = merge(mine, {}, released())
    assert [cell.source for cell in merged.cells] == [cell.source for cell in mine.cells]
    assert lost == 0


def git(folder, *command):
    author = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *author, "-C", str(folder), *command], check=True, capture_output=True)


@pytest.mark.parametrize("kind", ["folder", "zip", "zip with a folder", "repository", "bare"])
def test_where_a_new_version_comes_from(tmp_path, theirs, corrected, kind):
    source = str(corrected)
    if kind.startswith("zip"):
        root = corrected if kind == "zip" else corrected.parent
        source = shutil.make_archive(
            str(tmp_path / "new"), "zip", root, None if kind == "zip" else corrected.name
        )
    if kind in ("repository", "bare"):
        git(corrected, "init", "--quiet")
        git(corrected, "add", "--all")
        git(corrected, "commit", "--quiet", "-m", "new")
        source = f"file://{corrected}"
    if kind == "bare":
        git(tmp_path, "clone", "--bare", "--quiet", str(corrected), "published.git")
        source = str(tmp_path / "published.git")
    with fetched(source) as new:
        assert renew(theirs, new) == []
    assert (theirs / "utils.py").read_text() == "one = 1.0\n"


def test_what_is_no_new_version(tmp_path, theirs):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").write_text("no zip")
    zipfile.ZipFile(tmp_path / "other.zip", "w").close()
    for source, sentence in [
        (tmp_path / "empty", "holds no folder of the course"),
        (tmp_path / "text", "is neither a folder nor a zip"),
        (tmp_path / "other.zip", "holds no folder of the course"),
        (f"file://{tmp_path}/nowhere", "git cannot fetch it: "),
    ]:
        with pytest.raises(UpdateError, match=sentence), fetched(str(source)):
            pass
    with pytest.raises(UpdateError, match="There is no student folder around"):
        find_folder(tmp_path)
    (theirs / MARK).write_text("{}")
    with pytest.raises(UpdateError, match="cannot be read any more"):
        renew(theirs, theirs)


def test_no_file_is_written_outside_of_the_folder(tmp_path, theirs, corrected):
    mark = json.loads((corrected / MARK).read_text())
    (tmp_path / "outside").write_text("there")
    mark["files"]["../outside"] = ""
    (corrected / MARK).write_text(json.dumps(mark))
    with pytest.raises(UpdateError):
        renew(theirs, corrected)


def test_the_command(tmp_path, theirs, corrected):
    def update(*arguments, here=theirs):
        return subprocess.run(
            [sys.executable, "-m", "autograder.cli", "update", *arguments],
            cwd=here,
            capture_output=True,
            text=True,
        )

    done = update()
    assert done.returncode == 1
    assert done.stderr == "Name the new folder, zip or address: the course says none.\n"
    work(theirs, lambda nb: nb.cells[1].update(source="def f(): return 1"))
    done = update(str(corrected), here=theirs / "assignments")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == f"{NAME}: your work was carried over into the new version."
    assert lines[-1] == f"{theirs} is up to date."
    published = folder_of(tmp_path / "newest", released(), published=str(corrected))
    assert update(here=published).returncode == 0
    assert sources(published) == sources(corrected)
