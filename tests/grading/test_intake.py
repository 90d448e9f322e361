"""Taking in a class, in every form that it is handed out in, damaged and hostile ones too."""

import io
import json
import os
import shutil
import stat
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest

from autograder.grading.course import Course, CourseError
from autograder.grading.intake import arrived, choose, files, take, take_in

NAME = "03_regularization"
NOTEBOOK = f"{NAME}.ipynb"
GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": os.environ["PATH"]}


@pytest.fixture(scope="module")
def source(assignment):
    """The assignment's real notebook, with a mark by which a test knows whose it is."""

    def of(mark, cells=None):
        notebook = nbformat.from_dict(assignment.notebook)
        notebook = nbformat.reads(nbformat.writes(notebook), as_version=4)
        notebook.cells = notebook.cells[:cells]
        notebook.metadata["mark"] = mark
        return nbformat.writes(notebook).encode()

    return of


@pytest.fixture
def course(tmp_path, assignment):
    """A course with assignment 3's source notebook and nothing handed in."""
    root = tmp_path / "course"
    folder = root / "assignments" / "source" / NAME
    folder.mkdir(parents=True)
    (folder / NOTEBOOK).write_bytes(assignment.path.read_bytes())
    (root / "nbgrader_config.py").touch()
    return Course(root).assignment(NAME)


@pytest.fixture(params=["folder", "zip"])
def give(request, tmp_path):
    """Writes an input of these files, by path, as a folder or as a zip."""

    def write(contents, form=request.param):
        if form == "zip":
            return write_zip(tmp_path / "input.zip", contents)
        return write_folder(tmp_path / "input", contents)

    return write


def write_folder(root, contents):
    for name, content in contents.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def write_zip(path, contents):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def zipped(contents):
    data = io.BytesIO()
    write_zip(data, contents)
    return data.getvalue()


def submitted(course):
    """What lies in submitted/, by student: the file names and the notebooks' marks."""
    found = {}
    for folder in sorted((course.course.nbgrader_root / "submitted").glob(f"*/{NAME}")):
        found[folder.parent.name] = {
            path.name: json.loads(path.read_bytes())["metadata"]["mark"]
            if path.suffix == ".ipynb"
            else path.read_text()
            for path in folder.iterdir()
        }
    return found


def state(course):
    """Every file in submitted/ with its content and the time of its last change."""
    files = (course.course.nbgrader_root / "submitted").rglob("*")
    found = {
        p: (p.read_bytes(), p.stat().st_mtime_ns, p.stat().st_ino) for p in files if p.is_file()
    }
    return {path: what for path, what in found.items() if not path.name.endswith(".json")}


def by_student(arrivals):
    return {arrival.student: arrival for arrival in arrivals}


def said(arrival):
    return " ".join([*arrival.notes, arrival.problem])


class TestCanvas:
    def test_names_ids_late_marks_and_what_is_no_notebook(self, give, course, source):
        arrivals = take_in(
            give(
                {
                    f"lovelaceada_4711_90001_{NOTEBOOK}": source("ada"),
                    f"turingalan_LATE_4712_90002_{NAME}-1.ipynb": source("alan"),
                    "turingalan_LATE_4712_90003_report.pdf": b"%PDF",
                    "hoppergrace_4713_90004_video.mp4": b"video",
                    "noethteammy_4714_text.html": b"<p>I could not upload it",
                    "LATE_anon_aB3xZ_90006_My homework.ipynb": source("anonymous"),
                    "grades.csv": b"a,b",
                    "Thumbs.db": b"thumbs",
                }
            ),
            course,
        )
        found = by_student(arrivals)
        assert submitted(course) == {
            "lovelaceada_4711": {NOTEBOOK: "ada"},
            "turingalan_4712": {NOTEBOOK: "alan"},
            "anon_aB3xZ": {"My homework.ipynb": "anonymous"},
        }
        ada, alan = found["lovelaceada_4711"], found["turingalan_4712"]
        assert (ada.late, ada.notes, ada.problem, ada.submitted) == (False, [], "", None)
        assert (alan.late, alan.id, alan.name) == (True, "4712", "turingalan")
        assert alan.notes == ["Canvas marks it as late.", "Not taken: report.pdf."]
        assert found["anon_aB3xZ"].late
        assert "no notebook" in found["hoppergrace_4713"].problem
        assert "video.mp4" in found["hoppergrace_4713"].problem
        assert "text.html" in found["noethteammy_4714"].problem
        assert sorted(found[""].notes) == [
            "Thumbs.db was not taken: it is no hand-in.",
            "grades.csv was not taken: it is no hand-in.",
        ]

    def test_the_newest_of_several_and_that_is_said(self, give, course, source):
        contents = {
            f"a_1_9{i:03}_{NAME}{suffix}.ipynb": source(str(i))
            for i, suffix in ((10, "-1"), (2, ""), (9, "-2"))
        }
        (arrival,) = take_in(give(contents), course)
        assert submitted(course) == {"a_1": {NOTEBOOK: "10"}}
        assert arrival.notes[0].startswith("Of 3 notebooks")

    def test_not_a_notebook_of_something_else(self, give, course, source):
        mine = {"a_1_10_answers.ipynb": source("right"), "a_1_11_scratch.ipynb": source("no", 0)}
        (arrival,) = take_in(give(mine), course)
        assert submitted(course) == {"a_1": {"answers.ipynb": "right"}}
        assert arrival.notes == ["Of 2 notebooks answers.ipynb was taken, and not scratch.ipynb."]

    def test_a_zip_of_each_student(self, give, course, source):
        inner = {f"hw/{NOTEBOOK}": source("ada"), "__MACOSX/hw/._x": b"", "hw/data.csv": b"1"}
        deep = zipped({NOTEBOOK: source("deep")})
        arrivals = take_in(
            give(
                {
                    "ada_1_10_hw.zip": zipped(inner),
                    "ben_2_11_hw.zip": zipped({"again.zip": deep}),
                    "cem_3_12_hw.zip": b"PK no zip",
                    "dan_4_13_hw.zip": zipped(inner)[:-300],
                }
            ),
            course,
        )
        found = by_student(arrivals)
        assert submitted(course) == {"ada_1": {NOTEBOOK: "ada"}}
        assert found["ada_1"].notes == ["Not taken: __MACOSX, data.csv."]
        assert "again.zip was not taken: it lies in a zip inside a zip." in found["ben_2"].problem
        for student in ("cem_3", "dan_4"):
            assert "hw.zip was not taken: it is no zip, or is cut off." in found[student].problem

    def test_a_name_that_a_browser_changed(self, give, course, source):
        take_in(give({f"a_1_2_{NOTEBOOK}.txt": source("a"), "b_2_3_hw.IPYNB": source("b")}), course)
        assert submitted(course) == {"a_1": {NOTEBOOK: "a"}, "b_2": {"hw.ipynb": "b"}}


class TestMoodle:
    @pytest.mark.parametrize("form", ["{}_file_/{}", "{}_file/{}", "{}_file_{}"])
    def test_folders_of_each_version_and_one_flat_folder(self, give, course, source, form):
        def of(prefix, name):
            return form.format(f"{prefix}_assignsubmission", name)

        arrivals = take_in(
            give(
                {
                    of("Ada Lovelace_123456", NOTEBOOK): source("ada"),
                    of("Zoë O'Brien-Müller_123457", "Übung 3.ipynb"): source("zoë"),
                    of("Alan Turing_123458", "essay.docx"): b"docx",
                    "Ada Lovelace_123456_assignsubmission_onlinetext/onlinetext.html": b"hello",
                }
            ),
            course,
        )
        found = by_student(arrivals)
        assert submitted(course) == {
            "Ada_Lovelace": {NOTEBOOK: "ada"},
            "Zoë_O_Brien-Müller": {"Übung 3.ipynb": "zoë"},
        }
        assert found["Ada_Lovelace"].id == "123456"
        assert found["Ada_Lovelace"].notes == ["Not taken: onlinetext.html."]
        assert "essay.docx" in found["Alan_Turing"].problem

    def test_two_students_of_the_same_name(self, give, course, source):
        def of(ids):
            return {f"A B_{i}_assignsubmission_file_/{NOTEBOOK}": source(f"{i}") for i in ids}

        take_in(give(of([7, 8])), course)
        assert submitted(course) == {"A_B_7": {NOTEBOOK: "7"}, "A_B_8": {NOTEBOOK: "8"}}

    def test_the_second_of_a_name_never_gets_the_first_ones_place(self, course, source, tmp_path):
        for i in (7, 8):
            files = {f"A B_{i}_assignsubmission_file_/{NOTEBOOK}": source(f"{i}")}
            take_in(write_folder(tmp_path / f"input{i}", files), course)
        both = {"A_B": {NOTEBOOK: "7"}, "A_B_8": {NOTEBOOK: "8"}}
        assert submitted(course) == both
        files = {f"A B_{i}_assignsubmission_file_/{NOTEBOOK}": source(f"{i}") for i in (7, 8)}
        take_in(write_folder(tmp_path / "all", files), course)
        assert submitted(course) == both


METADATA = """---
submission_11:
  :submitters:
  - :name: Ada Lovelace
    :sid: '3033'
    :email: ada@example.edu
  :created_at: 2024-05-01 12:34:56.789012345 Z
  :score: 0.0
submission_12:
  :submitters:
  - :name: Ben One
    :email: ben@example.edu
  - :name: Cem Two
    :email: cem@example.edu
  :created_at: 2024-05-01 12:00:00.000000000 -07:00
submission_13:
  :submitters:
"""


class TestGradescope:
    def test_names_times_and_groups(self, give, course, source):
        top = "assignment_99_export"
        arrivals = take_in(
            give(
                {
                    f"{top}/submission_metadata.yml": METADATA.encode(),
                    f"{top}/submission_11/{NOTEBOOK}": source("ada"),
                    f"{top}/submission_12/work/{NOTEBOOK}": source("group"),
                    f"{top}/submission_13/{NOTEBOOK}": source("unknown"),
                    f"{top}/.DS_Store": b"",
                    "__MACOSX/x": b"",
                }
            ),
            course,
        )
        found = by_student(arrivals)
        time = "2024-05-01 19:00:00.000000 UTC"
        assert submitted(course) == {
            "Ada_Lovelace": {NOTEBOOK: "ada", "timestamp.txt": "2024-05-01 12:34:56.789012 UTC"},
            "Ben_One": {NOTEBOOK: "group", "timestamp.txt": time},
            "Cem_Two": {NOTEBOOK: "group", "timestamp.txt": time},
            "submission_13": {NOTEBOOK: "unknown"},
        }
        assert found["Ada_Lovelace"].id == "3033" and found["Ben_One"].id == "ben@example.edu"
        assert found["Ben_One"].submitted == datetime(2024, 5, 1, 19, tzinfo=UTC)
        notes = " ".join(found[""].notes)
        assert ".DS_Store" in notes and "__MACOSX" in notes

    @pytest.mark.parametrize(
        "metadata", [b"{", b"\xff", b"a: !!python/name:os.system", b"[" * 9000]
    )
    def test_damaged_metadata(self, give, course, source, metadata):
        contents = {"submission_metadata.yml": metadata, f"submission_1/{NOTEBOOK}": source("x")}
        with pytest.raises(CourseError, match=r"submission_metadata\.yml cannot be read"):
            take_in(give(contents), course)

    @pytest.mark.parametrize(
        "metadata", [b"", b"3", b"submission_1: 3", b"submission_1:\n  :submitters: 3"]
    )
    def test_metadata_that_says_nothing(self, give, course, source, metadata):
        contents = {"submission_metadata.yml": metadata, f"submission_1/{NOTEBOOK}": source("x")}
        take_in(give(contents), course)
        assert submitted(course) == {"submission_1": {NOTEBOOK: "x"}}


def test_blackboard_and_the_example_of_nbgraders_zip_collect(give, course, source):
    def of(hour):
        return f"ps1_bitdiddle_attempt_2016-01-30-{hour}-00-00_"

    contents = {
        of(h) + f"{n}.ipynb": source(h) for h, n in (("15", NAME), ("16", "late"), ("09", NAME))
    }
    (arrival,) = take_in(give(contents), course)
    stamp = "2016-01-30 16:00:00.000000 UTC"
    assert submitted(course) == {"bitdiddle": {"late.ipynb": "16", "timestamp.txt": stamp}}
    assert "Of 3 notebooks late.ipynb of 2016-01-30 16:00:00 was taken" in arrival.notes[0]


class TestNbgrader:
    @pytest.mark.parametrize("top", ["", "submitted/", "backup/of/"])
    def test_a_tree_of_another_place(self, give, course, source, top):
        arrivals = take_in(
            give(
                {
                    f"{top}ada/{NAME}/{NOTEBOOK}": source("ada"),
                    f"{top}ada/{NAME}/timestamp.txt": b"2015-02-02 15:58:23.948203 America/Los_Angeles",
                    f"{top}ben/{NAME}/My homework (final).ipynb": source("ben"),
                    f"{top}ben/{NAME}/timestamp.txt": b"yesterday",
                    f"{top}ben/{NAME}/.ipynb_checkpoints/{NOTEBOOK}": source("old"),
                    f"{top}ben/04_other/04_other.ipynb": source("other"),
                }
            ),
            course,
        )
        found = by_student(arrivals)
        assert submitted(course) == {
            "ada": {NOTEBOOK: "ada", "timestamp.txt": "2015-02-02 23:58:23.948203 UTC"},
            "ben": {"My homework (final).ipynb": "ben"},
        }
        assert "Its time stamp cannot be read and was left out." in found["ben"].notes
        assert "04_other.ipynb was not taken" in said(found[""])

    def test_what_macos_puts_beside_a_file(self, give, course, source):
        folder = f"ada/{NAME}"
        mine = {f"{folder}/answers.ipynb": source("ada"), f"{folder}/._{NOTEBOOK}": source("none")}
        (arrival,) = take_in(give(mine), course)
        assert submitted(course) == {"ada": {"answers.ipynb": "ada"}}
        assert arrival.notes == [f"Not taken: ._{NOTEBOOK}."]

    def test_names_in_a_zip_that_does_not_say_it_is_utf_8(self, course, source, tmp_path):
        data = bytearray(zipped({f"Zoë/{NAME}/{NOTEBOOK}": source("zoë")}))
        for mark, offset in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
            data[data.rindex(mark) + offset] &= ~8
        (tmp_path / "input.zip").write_bytes(data)
        take_in(tmp_path / "input.zip", course)
        assert submitted(course) == {"Zoë": {NOTEBOOK: "zoë"}}

    @pytest.mark.parametrize(
        "stamp", ["1", "", "2015-02-02 15:58:23 ../../etc/passwd", "9" * 300, "2015-99-99 1:1:1"]
    )
    def test_a_stamp_that_is_none(self, course, source, tmp_path, stamp):
        files = {f"ada/{NAME}/{NOTEBOOK}": source("a"), f"ada/{NAME}/timestamp.txt": stamp.encode()}
        (arrival,) = take_in(write_folder(tmp_path / "input", files), course)
        assert submitted(course) == {"ada": {NOTEBOOK: "a"}} and arrival.submitted is None

    def test_names_that_would_be_paths_options_or_too_long(self, give, course, source):
        odd = ["-rf", "a\nb", "\x1b[31mred", "c" * 200, "ada lovelace", ".hidden"]
        contents = {f"{name}/{NAME}/{NOTEBOOK}": source(name) for name in odd}
        take_in(give(contents), course)
        assert sorted(next(iter(f.values())) for f in submitted(course).values()) == sorted(odd)
        for student in submitted(course):
            assert len(student) <= 60 and student.isprintable() and student[0] not in "-."
            assert " " not in student

    def test_two_names_that_one_file_system_takes_for_one(self, course, source, tmp_path):
        contents = {f"{name}/{NAME}/{NOTEBOOK}": source(name) for name in ("Ada", "ada")}
        take_in(write_zip(tmp_path / "input.zip", contents), course)
        names = list(submitted(course))
        assert len({name.casefold() for name in names}) == 2
        assert sorted(f[NOTEBOOK] for f in submitted(course).values()) == ["Ada", "ada"]

    def test_one_name_in_two_forms_of_unicode(self, course, source, tmp_path):
        contents = {f"{n}/{NAME}/{NOTEBOOK}": source(n) for n in ("Jos\u00e9", "Jose\u0301")}
        (arrival,) = take_in(write_zip(tmp_path / "input.zip", contents), course)
        assert arrival.student == "Jos\u00e9" and "Of 2 notebooks" in arrival.notes[0]

    def test_the_courses_own_submissions_are_left_alone(self, course, source):
        own = course.course.nbgrader_root / "submitted"
        write_folder(own, {f"ada/{NAME}/{NOTEBOOK}": source("a"), f"ada/{NAME}/data.csv": b"1"})
        before = state(course)
        for path in (own, own / "ada", course.course.root):
            with pytest.raises(CourseError, match="course's own submissions"):
                take_in(path, course)
        assert state(course) == before


def repository(root, contents, when=None, config=""):
    write_folder(root, contents)
    dates = {"GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z"}
    for arguments in (
        ["init", "-q", "-b", "main"],
        ["add", "."],
        ["-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "work"],
    ):
        subprocess.run(["git", "-C", root, *arguments], check=True, env=GIT | dates)
    with open(root / ".git" / "config", "a") as file:
        file.write(config)


class TestRepositories:
    WHEN = "2024-03-04T05:06:07+02:00"

    def test_clones_as_github_classroom_names_them(self, course, source, tmp_path):
        root = tmp_path / "clones"
        contents = {"README.md": b"hello", f"hw/{NOTEBOOK}": source("ada"), "hw/a.py": b""}
        repository(root / "03-regularization-ada-l", contents, self.WHEN)
        repository(
            root / "ben", {"work.ipynb": source("ben"), "x/intro.ipynb": source("no", 0)}, self.WHEN
        )
        repository(root / "cem", {"README.md": b"nothing yet"}, self.WHEN)
        write_folder(root / "dan", {NOTEBOOK: source("dan"), ".git/HEAD": b"ref: refs/heads/x"})
        found = by_student(take_in(root, course))
        stamp = "2024-03-04 03:06:07.000000 UTC"
        assert submitted(course) == {
            "ada-l": {NOTEBOOK: "ada", "timestamp.txt": stamp},
            "ben": {"work.ipynb": "ben", "timestamp.txt": stamp},
            "dan": {NOTEBOOK: "dan"},
        }
        assert found["ada-l"].notes == ["Not taken: 2 other files of the repository."]
        assert "no notebook" in found["cem"].problem
        assert found["dan"].notes == ["The time of the last commit could not be read."]

    def test_packed_detached_and_zipped(self, course, source, tmp_path):
        root = tmp_path / "clones"
        for name in ("packed", "detached"):
            repository(root / name, {NOTEBOOK: source(name)}, self.WHEN)
        subprocess.run(["git", "-C", root / "packed", "gc", "-q"], check=True, env=GIT)
        subprocess.run(
            ["git", "-C", root / "detached", "checkout", "-q", "--detach"], check=True, env=GIT
        )
        assert all(arrival.submitted for arrival in take_in(root, course))
        files = {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}
        arrivals = take_in(write_zip(tmp_path / "clones.zip", files), course)
        assert [arrival.notes for arrival in arrivals] == [
            ["The time of the last commit is not read from a zip."]
        ] * 2
        assert all("timestamp.txt" in files for files in submitted(course).values())

    def test_git_obeys_nothing_that_lies_in_a_repository(self, course, source, tmp_path):
        trap = tmp_path / "trapped"
        program = tmp_path / "program"
        program.write_text(f"#!/bin/sh\ntouch {trap}\n")
        program.chmod(0o755)
        config = (
            f"[core]\nrepositoryformatversion = 1\nfsmonitor = {program}\npager = {program}\nsshCommand = {program}\n"
            f'[gpg]\nprogram = {program}\n[log]\nshowSignature = true\n[remote "origin"]\n'
            "url = ssh://example.edu/x\npromisor = true\n[extensions]\npartialClone = origin\n"
        )
        repository(tmp_path / "clones" / "eve", {NOTEBOOK: source("eve")}, self.WHEN, config)
        missing = tmp_path / "clones" / "mallory"
        repository(missing, {NOTEBOOK: source("mallory")}, self.WHEN, config)
        (missing / ".git/refs/heads/main").write_text("1" * 40)
        eve, mallory = take_in(tmp_path / "clones", course)
        assert eve.submitted and mallory.submitted is None and not trap.exists()


class TestSingle:
    def test_named_by_the_file_or_by_the_caller(self, course, source, tmp_path):
        path = tmp_path / "Ada Lovelace.ipynb"
        path.write_bytes(source("ada"))
        take_in(path, course)
        take_in(path, course, "ben")
        contents = {path.name: "ada"}
        assert submitted(course) == {"Ada_Lovelace": contents, "ben": contents}

    def test_what_is_none_of_the_known_forms(self, course, tmp_path):
        (tmp_path / "report.pdf").write_bytes(b"%PDF")
        write_folder(tmp_path / "some", {"a/b.txt": b"", "c/d.ipynb": b"", "e.ipynb": b""})
        (tmp_path / "empty").mkdir()
        write_zip(tmp_path / "empty.zip", {})
        (tmp_path / "cut.zip").write_bytes(zipped({"a_1_2_b.ipynb": b"{}" * 1000})[:-40])
        for name in ("report.pdf", "some", "empty", "empty.zip", "cut.zip", "missing"):
            with pytest.raises(CourseError, match=name):
                take_in(tmp_path / name, course)
        assert submitted(course) == {}


class TestAgain:
    def contents(self, source, mark):
        return {f"ada_LATE_1_{mark}_{NOTEBOOK}": source(mark), f"ben_2_5_{NOTEBOOK}": source("ben")}

    def test_what_has_not_changed_is_not_written_again(self, give, course, source):
        first = take_in(give(self.contents(source, "7")), course)
        before = state(course)
        assert take_in(give(self.contents(source, "7")), course) == first
        assert state(course) == before

    def test_what_has_changed_replaces_the_whole_folder(self, course, source, tmp_path):
        take_in(write_folder(tmp_path / "one", self.contents(source, "7")), course)
        ben = course.course.nbgrader_root / "submitted" / "ben_2" / NAME
        kept = ben.stat().st_ino
        renamed = {"ada_1_8_new.ipynb": source("8"), f"ben_2_5_{NOTEBOOK}": source("ben")}
        take_in(write_folder(tmp_path / "two", renamed), course)
        assert submitted(course) == {"ada_1": {"new.ipynb": "8"}, "ben_2": {NOTEBOOK: "ben"}}
        assert ben.stat().st_ino == kept

    def test_an_older_one_does_not_replace_a_later_one(self, course, source, tmp_path):
        for day in ("02", "01"):
            name = f"ps_ada_attempt_2024-01-{day}-10-00-00_{NOTEBOOK}"
            (arrival,) = take_in(write_folder(tmp_path / day, {name: source(day)}), course)
        assert submitted(course)["ada"][NOTEBOOK] == "02"
        assert (
            "A later one, of 2024-01-02 10:00:00 UTC, is there already and stays." in arrival.notes
        )
        assert arrived(course) == [arrival]

    def test_a_bad_one_leaves_the_earlier_one_and_its_late_mark(self, course, source, tmp_path):
        take_in(write_folder(tmp_path / "one", self.contents(source, "7")), course)
        found = by_student(
            take_in(write_folder(tmp_path / "two", {"ada_1_9_report.pdf": b"%PDF"}), course)
        )
        assert submitted(course)["ada_1"] == {NOTEBOOK: "7"}
        ada = found["ada_1"]
        assert ada.late and not ada.problem and "the earlier one stands" in ada.notes[-1]

    def test_what_is_known_is_kept_while_the_notebook_is_the_same(self, course, source, tmp_path):
        arrivals = take_in(write_folder(tmp_path / "one", self.contents(source, "7")), course)
        assert arrived(course) == arrivals
        path = course.course.nbgrader_root / "submitted" / "ada_1" / NAME / NOTEBOOK
        path.write_bytes(source("collected in another way"))
        assert [arrival.student for arrival in arrived(course)] == ["ben_2"]

    def test_a_damaged_table_is_told(self, course, source, tmp_path):
        take_in(write_folder(tmp_path / "one", self.contents(source, "7")), course)
        table = course.course.nbgrader_root / "submitted" / f".{NAME}.arrivals.json"
        for content in ("{", "[{}]", "[3]"):
            table.write_text(content)
            with pytest.raises(CourseError, match="is damaged"):
                arrived(course)

    @pytest.mark.parametrize("between", [True, False])
    def test_killed_at_any_step_and_started_again(
        self, course, source, tmp_path, monkeypatch, between
    ):
        """Stops before each change of the file system in turn."""
        root = course.course.nbgrader_root / "submitted"

        class Killed(BaseException):
            pass

        def stop_at(number, patch):
            count = iter(range(1000))

            def counted(function):
                def call(*arguments, **options):
                    if next(count) == number:
                        raise Killed
                    return function(*arguments, **options)

                return call

            for owner, name in ((Path, "rename"), (Path, "mkdir"), (shutil, "rmtree")):
                patch.setattr(owner, name, counted(getattr(owner, name)))
            patch.setattr(take, "write_atomically", counted(take.write_atomically))

        one = write_folder(tmp_path / "one", self.contents(source, "7"))
        two = write_folder(tmp_path / "two", self.contents(source, "8"))
        for number in range(100):
            shutil.rmtree(root, ignore_errors=True)
            take_in(one, course)
            with monkeypatch.context() as patch:
                stop_at(number, patch)
                try:
                    take_in(two, course)
                except Killed:
                    finished = False
                else:
                    finished = True
            if between:
                arrived(course)  # what `autograder grade` does without --from
                assert submitted(course)["ada_1"][NOTEBOOK] in ("7", "8")
            take_in(two, course)
            assert submitted(course) == {"ada_1": {NOTEBOOK: "8"}, "ben_2": {NOTEBOOK: "ben"}}
            assert not [p for p in root.glob("*/.*")]
            if finished:
                break
        assert finished and number > 5


def member(name, content=b"", mode=None, **changes):
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    if mode is not None:
        info.create_system, info.external_attr = 3, mode << 16
    for key, value in changes.items():
        setattr(info, key, value)
    return info, content


def write_members(path, *members):
    with zipfile.ZipFile(path, "w") as archive:
        for info, content in members:
            archive.writestr(info, content)
    return path


def moodle(name):
    return f"{name}_assignsubmission_file_/{NOTEBOOK}"


class TestHostile:
    @pytest.fixture
    def beside(self, course, source, tmp_path):
        """Takes in one hostile member between two honest classmates, who must get through."""

        def run(*members):
            path = tmp_path / "input.zip"
            honest = [member(moodle(name), source(name)) for name in ("A_1", "Z_26")]
            write_members(path, honest[0], *members, honest[1])
            found = by_student(take_in(path, course))
            assert submitted(course)["A"] == {NOTEBOOK: "A_1"}
            assert submitted(course)["Z"] == {NOTEBOOK: "Z_26"}
            outside = {p for p in tmp_path.iterdir()} - {path, tmp_path / "course"}
            assert not outside
            return found

        return run

    def test_a_bomb(self, beside):
        found = beside(member(moodle("Eve_5"), b" " * 2**24))
        assert "unpacks to more than 300 times its size" in found["Eve"].problem

    def test_one_that_is_too_large(self, beside, monkeypatch, source):
        monkeypatch.setattr(files, "MAX_BYTES", 2**20)
        found = beside(member(moodle("Eve_5"), os.urandom(2**20 + 1)))
        assert "is larger than 1 MB" in found["Eve"].problem

    def test_a_bomb_in_a_students_own_zip(self, beside):
        name = moodle("Eve_5").replace(".ipynb", ".zip")
        found = beside(member(name, zipped({NOTEBOOK: b" " * 2**24})))
        assert "unpacks to more than 300 times its size" in found["Eve"].problem

    def test_more_files_than_a_memory_holds(self, beside, monkeypatch):
        monkeypatch.setattr(files, "MAX_DIRECTORY", 10_000)
        name = moodle("Eve_5").replace(".ipynb", ".zip")
        found = beside(member(name, zipped({f"{i}.ipynb": b"" for i in range(500)})))
        assert "holds far too many files" in found["Eve"].problem

    def test_more_notebooks_than_are_compared(self, beside, source):
        prefix = moodle("Eve_5").removesuffix(NOTEBOOK)
        found = beside(*(member(f"{prefix}{i}.ipynb", source(str(i))) for i in range(40)))
        assert "comes after too many other notebooks" in said(found["Eve"])
        assert "10 more files were not taken" in said(found["Eve"])

    @pytest.mark.parametrize(
        "path",
        ["../" + moodle("Eve_5"), "/" + moodle("Eve_5"), "..\\" + moodle("Eve_5"),
         "Eve_5_assignsubmission_file_/../../../../x.ipynb", "/../" * 20 + moodle("Eve_5")],
    )  # fmt: skip
    def test_a_path_that_leads_out(self, beside, source, path):
        found = beside(member(path, source("eve")))
        assert "leads out of the zip" in found["Eve"].problem

    @pytest.mark.parametrize("kind", ["LNK", "IFO", "CHR", "BLK", "SOCK"])
    def test_links_and_devices(self, beside, kind):
        mode = getattr(stat, f"S_IF{kind}") | 0o777
        found = beside(member(moodle("Eve_5"), b"/etc/passwd", mode))
        said = "links are not followed" if kind == "LNK" else "no ordinary file"
        assert said in found["Eve"].problem

    def test_an_encrypted_one(self, beside, tmp_path, course, source):
        path = write_members(
            tmp_path / "raw.zip",
            member(moodle("A_1"), source("A_1")),
            member(moodle("Eve_5"), b"x"),
        )
        data = bytearray(path.read_bytes())
        path.unlink()
        for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            data[data.rindex(mark) + offset] |= 1
        (tmp_path / "in.zip").write_bytes(data)
        found = by_student(take_in(tmp_path / "in.zip", course))
        assert "is encrypted" in found["Eve"].problem and not found["A"].problem

    def test_damaged_content(self, tmp_path, course, source):
        path = write_members(
            tmp_path / "a.zip",
            member(moodle("Eve_5"), b"x" * 500),
            member(moodle("A_1"), source("A")),
        )
        data = bytearray(path.read_bytes())
        data[60 + len(moodle("Eve_5")) - 25] ^= 0xFF
        path.write_bytes(data)
        found = by_student(take_in(path, course))
        assert "is damaged in the zip" in found["Eve"].problem and not found["A"].problem

    def test_another_way_of_packing(self, beside):
        found = beside(member(moodle("Eve_5"), b"{}", compress_type=zipfile.ZIP_LZMA))
        assert "packed in another way" in found["Eve"].problem

    @pytest.mark.parametrize(
        ("name", "kept"),
        [
            ("-rf \x1b]0;x\x07.ipynb", "_rf _]0;x_.ipynb"),
            ("..x\n.ipynb", "_x_.ipynb"),
            ("a:b*c?.ipynb", "a_b_c_.ipynb"),
            ("Entwu\u0308rfe (final).ipynb", "Entw\u00fcrfe (final).ipynb"),
            ("n" * 200 + ".ipynb", "n" * 120 + ".ipynb"),
        ],
    )
    def test_names_of_files(self, tmp_path, course, source, name, kept):
        path = tmp_path / "input.zip"
        write_members(path, member(f"Eve_5_assignsubmission_file_/{name}", source("eve")))
        take_in(path, course)
        assert submitted(course) == {"Eve": {kept: "eve"}}

    def test_notebooks_beyond_the_memory_for_one_student(self, beside, monkeypatch, source):
        monkeypatch.setattr(choose, "MAX_TOTAL", 10)
        prefix = moodle("Eve_5").removesuffix(NOTEBOOK)
        found = beside(*(member(f"{prefix}{i}.ipynb", source(str(i))) for i in range(2)))
        assert "1.ipynb was not taken: it comes after too many" in said(found["Eve"])

    def test_links_in_folders_are_not_followed(self, course, source, tmp_path):
        secret = tmp_path / "secret.ipynb"
        secret.write_bytes(source("secret"))
        root = write_folder(tmp_path / "input", {f"ada/{NAME}/{NOTEBOOK}": source("ada")})
        for student in ("soft", "hard", "fifo"):
            (root / student / NAME).mkdir(parents=True)
        (root / "soft" / NAME / NOTEBOOK).symlink_to(secret)
        os.link(secret, root / "hard" / NAME / NOTEBOOK)
        os.mkfifo(root / "fifo" / NAME / NOTEBOOK)
        (root / "folder").mkdir()
        (root / "folder" / NAME).symlink_to(root / "ada" / NAME)
        (root / "loop").symlink_to(root)
        found = by_student(take_in(root, course))
        assert submitted(course) == {"ada": {NOTEBOOK: "ada"}}
        expected = {
            "soft": "is a link",
            "hard": "is a hard link",
            "fifo": "no ordinary file",
            "folder": "is a link",
        }
        for student, text in expected.items():
            assert text in found[student].problem, student
        assert "loop was not taken: it is a link" in said(found[""])

    def test_a_file_that_becomes_a_link_between_looking_and_reading(self, course, source, tmp_path):
        secret = tmp_path / "secret.ipynb"
        secret.write_bytes(source("secret"))
        root = write_folder(tmp_path / "input", {NOTEBOOK: source("a")})
        (file,) = files.in_folder(root)
        (root / NOTEBOOK).unlink()
        (root / NOTEBOOK).symlink_to(secret)
        with pytest.raises(files.Refused, match="cannot be opened"):
            file.read()

    def test_a_place_that_cannot_be_written(self, course, source, tmp_path):
        root = course.course.nbgrader_root / "submitted"
        root.mkdir()
        (root / "ada").write_text("a file where the student's folder should be")
        contents = {f"{n}/{NAME}/{NOTEBOOK}": source(n) for n in ("ada", "ben")}
        found = by_student(take_in(write_folder(tmp_path / "input", contents), course))
        assert "directory" in found["ada"].problem and submitted(course) == {
            "ben": {NOTEBOOK: "ben"}
        }
