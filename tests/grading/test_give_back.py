"""Feedback as files: per student, and by the names that Canvas, Moodle and a repository take back."""

import shutil
import subprocess
import zipfile

import pytest

from autograder.grading.book import Book
from autograder.grading.course import CourseError
from autograder.grading.give_back import give_back
from autograder.grading.grade import grade_class
from autograder.grading.intake import take_in
from tests.grading.small import NAME, hand_in, small_course, solution

GIT = ("git", "-c", "user.name=x", "-c", "user.email=x@example.org")


@pytest.fixture(scope="module")
def downloads(assignment, tmp_path_factory):
    """A graded class whose work came from Canvas, from Moodle in both of its forms, and from clones."""
    root = tmp_path_factory.mktemp("downloads")
    mini = small_course(root / "course", assignment)
    answer = hand_in(mini, "elsewhere", solution(mini)).read_bytes()
    shutil.rmtree(mini.course.nbgrader_root / "submitted")
    other = answer.replace(b"schedules", b"schedules ")

    def write(name, contents):
        for path, content in contents.items():
            (root / name / path).parent.mkdir(parents=True, exist_ok=True)
            (root / name / path).write_bytes(content)
        return root / name

    canvas = write(
        "canvas",
        {
            f"builderbob_LATE_1002_90001_{NAME}-1.ipynb": answer,
            "builderbob_LATE_1002_90002_other.ipynb": other,
            "nothingnora_1003_90003_essay.pdf": b"%PDF",
        },
    )
    with zipfile.ZipFile(root / "canvas.zip", "w") as archive:
        for path in canvas.iterdir():
            archive.write(path, path.name)
    moodle = {f"Ada Lovelace_880077_assignsubmission_file_/{NAME}.ipynb": answer}
    flat = {f"Ægir Björk_880078_assignsubmission_file_{NAME}.ipynb": answer}
    sources = [root / "canvas.zip", write("moodle", moodle), write("flat", flat)]
    clone = write("clones", {f"class/{NAME}-zoe/{NAME}.ipynb": answer}) / "class" / f"{NAME}-zoe"
    subprocess.run([*GIT, "init", "-q", str(clone)], check=True)
    subprocess.run([*GIT, "-C", str(clone), "add", "."], check=True)
    subprocess.run([*GIT, "-C", str(clone), "commit", "-q", "-m", "work"], check=True)
    for source in [*sources, root / "clones"]:
        take_in(source, mini)
    outcomes = {o.student: o for o in grade_class(mini, progress=False, jobs=2)}
    assert set(outcomes) == {"builderbob_1002", "Ada_Lovelace", "Ægir_Björk", "zoe"}
    return mini, root


def pages(folder) -> dict[str, str]:
    found = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*.html")}
    return {name: path.read_text(encoding="utf-8") for name, path in found.items()}


def unzipped(path, to):
    with zipfile.ZipFile(path) as archive:
        archive.extractall(to)
    return to


def test_a_folder_for_each_student_and_a_zip_of_the_same(downloads, tmp_path):
    mini, _ = downloads
    assert give_back(mini, tmp_path / "out") == []
    found = pages(tmp_path / "out")
    assert set(found) == {
        f"{student}/{NAME}.html"
        for student in ("builderbob_1002", "Ada_Lovelace", "Ægir_Björk", "zoe")
    }
    assert all("(Score: 10.0 / 18.0)" in page for page in found.values())
    give_back(mini, tmp_path / "out.zip")
    assert pages(unzipped(tmp_path / "out.zip", tmp_path / "unzipped")) == found


def test_points_and_comments_given_since_are_in_it(downloads, tmp_path):
    mini, _ = downloads
    with Book(mini.course).api.gradebook as book:
        grade = book.find_grade("written-gap", NAME, NAME, "zoe")
        grade.manual_score, grade.needs_manual_grade = 6, False
        book.find_comment("written-gap", NAME, NAME, "zoe").manual_comment = "Well seen."
        open_one = book.find_grade("written-gap", NAME, NAME, "Ada_Lovelace")
        open_one.needs_manual_grade = True
        book.db.commit()
    assert give_back(mini, tmp_path) == ["Still to grade by hand: mini: Ada_Lovelace."]
    page = pages(tmp_path)[f"zoe/{NAME}.html"]
    assert "(Score: 16.0 / 18.0)" in page and "Well seen." in page
    with Book(mini.course).api.gradebook as book:
        grade = book.find_grade("written-gap", NAME, NAME, "zoe")
        grade.manual_score = None
        open_one = book.find_grade("written-gap", NAME, NAME, "Ada_Lovelace")
        open_one.needs_manual_grade = False
        book.db.commit()


def test_a_date_that_was_set_since_is_in_it(downloads, tmp_path):
    mini, _ = downloads
    plan = mini.course.root / "course.toml"
    rule = f"[late]\npercent_per_day = 10\n[assignments.{NAME}]\n"
    plan.write_text(f"{rule}due = 2020-01-01T00:00:00Z")
    give_back(mini, tmp_path)
    assert "Late submission penalty (Score: -10.0)" in pages(tmp_path)[f"zoe/{NAME}.html"]
    plan.write_text(rule)
    give_back(mini, tmp_path)
    assert "Late submission penalty" not in pages(tmp_path)[f"zoe/{NAME}.html"]
    plan.unlink()


def read_by_canvas(name) -> list[str]:
    """The student's and the file's number: infer_comment_context_from_filename in app/models/assignment.rb of
    https://github.com/instructure/canvas-lms."""
    return [part for part in name.split("_") if part.isdigit()][:2]


def read_by_moodle(path) -> tuple[str, str, str]:
    """Participant, plugin and file name: is_valid_filename_for_import in mod/assign/feedback/file/importziplib.php of
    https://github.com/moodle/moodle."""
    parts = path.split("/")
    while parts:
        info = parts.pop(0).split("_", 4)
        if len(info) >= 4 and info[1].isdigit():
            rest = info[4] if len(info) == 5 else ""
            return info[1], "_".join(info[2:4]), "/".join([rest, *parts])
    raise AssertionError(path)


def test_canvas_gets_the_name_of_the_file_that_was_graded(downloads, tmp_path):
    mini, root = downloads
    told = give_back(mini, tmp_path / "back.zip", root / "canvas.zip")
    [name] = pages(unzipped(tmp_path / "back.zip", tmp_path / "back"))
    assert name == f"builderbob_LATE_1002_90001_{NAME}-1.html"
    assert read_by_canvas(name) == ["1002", "90001"]
    assert told == [
        "In canvas.zip, but without feedback: nothingnora.",
        "Graded, but not found in canvas.zip: Ada_Lovelace, zoe, Ægir_Björk.",
    ]


@pytest.mark.parametrize(
    "form, expected",
    [
        ("moodle", f"Ada Lovelace_880077_assignsubmission_file_/{NAME}.html"),
        ("flat", f"Ægir Björk_880078_assignsubmission_file_{NAME}.html"),
    ],
)
def test_moodle_gets_its_own_folders_or_names(downloads, tmp_path, form, expected):
    mini, root = downloads
    give_back(mini, tmp_path / "back.zip", root / form)
    [path] = pages(unzipped(tmp_path / "back.zip", tmp_path / "back"))
    assert path == expected
    participant, plugin, filename = read_by_moodle(path)
    assert participant in ("880077", "880078") and plugin == "assignsubmission_file"
    assert filename.lstrip("/") == f"{NAME}.html"


def test_a_clone_gets_it_where_it_can_be_committed(downloads, tmp_path):
    mini, root = downloads
    shutil.copytree(root / "clones", tmp_path / "clones")
    give_back(mini, tmp_path / "clones", tmp_path / "clones")
    clone = tmp_path / "clones" / "class" / f"{NAME}-zoe"
    assert (clone / "feedback" / f"{NAME}.html").is_file()
    subprocess.run([*GIT, "-C", str(clone), "add", "feedback"], check=True)
    subprocess.run([*GIT, "-C", str(clone), "commit", "-q", "-m", "Feedback"], check=True)
    shown = subprocess.run(
        [*GIT, "-C", str(clone), "show", "--stat", "--format="],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.split()[0] == f"feedback/{NAME}.html"


@pytest.mark.parametrize("kind", ["folder", "page", "clone"])
def test_no_link_of_a_students_is_written_through(downloads, tmp_path, kind):
    mini, root = downloads
    shutil.copytree(root / "clones", tmp_path / "clones")
    clone, private = tmp_path / "clones" / "class" / f"{NAME}-zoe", tmp_path / "private"
    private.mkdir()
    (private / f"{NAME}.html").write_text("mine")
    if kind == "folder":
        (clone / "feedback").symlink_to(private)
    elif kind == "page":
        (clone / "feedback").mkdir()
        (clone / "feedback" / f"{NAME}.html").symlink_to(private / f"{NAME}.html")
    else:
        like = shutil.copytree(tmp_path / "clones", tmp_path / "like")
        shutil.rmtree(clone)
        (private / "feedback").mkdir()
        clone.symlink_to(private)
    told = give_back(mini, tmp_path / "clones", like if kind == "clone" else tmp_path / "clones")
    assert (private / f"{NAME}.html").read_text() == "mine"
    assert not list((private).glob("feedback/*"))
    assert ("leads through a link" in told[-1]) == (kind != "page")


def test_what_has_no_form_of_its_own(downloads, tmp_path):
    mini, root = downloads
    with pytest.raises(CourseError, match="is no download of Canvas or Moodle and no folder of"):
        give_back(mini, tmp_path, mini.course.nbgrader_root / "submitted")
    with pytest.raises(CourseError, match="There is no folder or file"):
        give_back(mini, tmp_path, tmp_path / "nothing")


def test_nothing_graded_yet(assignment, tmp_path):
    mini = small_course(tmp_path, assignment)
    with pytest.raises(CourseError, match="Nothing of mini is graded yet"):
        give_back(mini, tmp_path / "out")
    assert not (tmp_path / "out").exists()
