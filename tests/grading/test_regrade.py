"""Regrading one exercise after its judge was corrected on disk: what is listed, what is changed, what is recorded."""

import contextlib
import copy
import csv
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbgrader.api import Gradebook
from sqlalchemy import Engine

from autograder.grading import regrade_change
from autograder.grading.answers import read_answers
from autograder.grading.book import Book
from autograder.grading.course import Course, CourseError, answer_id, grade_id
from autograder.grading.feedback import prepare_feedback
from autograder.grading.keys import grader_version
from autograder.grading.record import recording_key
from autograder.grading.regrade import DOWN, HIDDEN, UP, Left, Regrading
from autograder.grading.regrading import regrade
from autograder.grading.run import KEY
from tests.conftest import COURSE, COURSE_FILES, ROOT
from tests.docs.test_readme import commands
from tests.grading.test_book import files, killed_at, rows

pytestmark = pytest.mark.timeout(600)

NAME = "mini"
COSINE, LINEAR = "schedules.warmup_cosine", "schedules.linear_warmup"
CHECK = f"check-{answer_id(COSINE)}"
DUE = "2026-03-01T12:00:00+00:00"
LATE, VERY_LATE = "2026-03-01 13:00:00 UTC", "2026-03-09 12:00:00 UTC"
PLAN = f"[late]\npercent_per_day = 10\n[assignments.{NAME}]\ndue = {DUE}\n"
# The judge before it was corrected: too strict in one part of the cosine and in one of the line, blind in another.
FAULTS = {
    '"rates during decay": _close(rates[warmup:total], warmup)': '"rates during decay": Close(rates[warmup:total], rtol=0, atol=1e-12)',  # noqa: E501
    '"rates from the last step on": _close(rates[total:], total)': '"rates from the last step on": _close(rates[total : total + 1], total)',  # noqa: E501
    '"rates after warm-up": _close(rates[warmup:], warmup)': '"rates after warm-up": Close(rates[warmup:], rtol=0, atol=1e-12)',  # noqa: E501
}
LINE = """class LinearWarmup(LRScheduler):
    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        ### BEGIN SOLUTION
        share = min(1.0, self.last_epoch / self.warmup_steps) if self.warmup_steps else 1.0
        return [share * base for base in self.base_lrs]
        ### END SOLUTION
"""
FLOAT_LINE = """class LinearWarmup(LRScheduler):
    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        share = min(1.0, self.last_epoch / self.warmup_steps) if self.warmup_steps else 1.0
        return list(share * torch.tensor(self.base_lrs))
"""
KNOWN = {(a.exercise, a.name): a.source for a in read_answers(COURSE.answers)}
FLOAT, RISES = KNOWN[COSINE, "float32_tensors"], KNOWN[COSINE, "rises_again"]
# What each student answers to the two exercises (None: nothing), and when it was handed in.
CLASS = {
    "ada": ("solution", LINE, None),
    "bea": (FLOAT, LINE, None),  # refused, though right
    "cem": (RISES, LINE, None),  # accepted, though wrong
    "dan": (FLOAT, LINE, None),  # with points by hand
    "eve": (FLOAT, LINE, LATE),
    "fay": (FLOAT, LINE, VERY_LATE),  # all points are off
    "gus": (FLOAT, LINE, None),  # hands in anew
    "hal": (FLOAT, LINE, None),  # is missing since
    "ivo": (None, None, None),
    "lin": (FLOAT, FLOAT_LINE, None),  # refused twice
}
BY_HAND = 9
LISTED = {  # change, points before and after, by hand, total before and after
    "bea": (UP, 7, 10, None, 15, 18),
    "cem": (DOWN, 9, 7, None, 17, 15),  # it divides by 0 too
    "dan": (HIDDEN, 7, 10, BY_HAND, 17, 17),
    "eve": (UP, 7, 10, None, 12.4, 15.4),  # 15 and 18, less a tenth of 26
    "fay": (UP, 7, 10, None, 0, 0),
    "lin": (UP, 7, 10, None, 13, 16),
}
SUMMARY = (
    "11 submissions: 4 up, 1 down, 1 hidden by points given by hand, 2 unchanged, 3 not regraded."
)


def make_course(root: Path, assignment) -> Course:
    """Two exercises on schedules and a written question, released; a package of its own, whose judge has faults."""
    by_id = {grade_id(cell): cell for cell in assignment.notebook.cells}
    names = ("setup", answer_id(COSINE), CHECK)
    cells = [copy.deepcopy(by_id[name]) for name in (*names, "written-gap")]
    line, check = copy.deepcopy(cells[1]), copy.deepcopy(cells[2])
    line.source, check.source = LINE, f'check("{LINEAR}", LinearWarmup)'
    line.metadata.nbgrader.grade_id = line.id = answer_id(LINEAR)
    check.metadata.nbgrader.grade_id = check.id = f"check-{answer_id(LINEAR)}"
    check.metadata.nbgrader.points = 8
    cells[1:1] = [line, check]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=assignment.notebook.metadata)
    folder = root / "assignments" / "source" / NAME
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{NAME}.ipynb")
    (root / "assignments" / "answers").mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", root)
    (root / "course.toml").write_text(PLAN)
    ignore = shutil.ignore_patterns("__pycache__")
    for package in ("autograder", "utils"):
        shutil.copytree(ROOT / package, root / package, ignore=ignore)
    course = Course(root)
    Book(course).generate(NAME)
    break_judge(course)
    return course


def judge_of(course: Course) -> Path:
    return course.root / "autograder" / "exercises" / "schedules.py"


def break_judge(course: Course) -> None:
    text = judge_of(course).read_text()
    for right, wrong in FAULTS.items():
        assert text.count(right) == 1
        text = text.replace(right, wrong)
    judge_of(course).write_text(text)


def correct_judge(course: Course) -> None:
    text = judge_of(course).read_text()
    for right, wrong in FAULTS.items():
        text = text.replace(wrong, right)
    judge_of(course).write_text(text)


def hand_in(course: Course, student: str, cosine: str | None, line: str | None, time: str | None):
    notebook = copy.deepcopy(course.assignment(NAME).notebook)
    solution = {grade_id(cell): cell.source for cell in notebook.cells}[answer_id(COSINE)]
    answers = {answer_id(COSINE): cosine, answer_id(LINEAR): line, "written-gap": "A gap."}
    for cell in notebook.cells:
        if grade_id(cell) in answers:
            answer = answers[grade_id(cell)] or "raise NotImplementedError"
            cell.source = solution if answer == "solution" else answer
    folder = course.nbgrader_root / "submitted" / student / NAME
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / f"{NAME}.ipynb")
    if time:
        (folder / "timestamp.txt").write_text(time)


def run(course: Course, *arguments: str, status: int = 0) -> str:
    """The command line of the course's own package; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "autograder.cli", *arguments],
        cwd=course.root,
        env=os.environ | {"PYTHONPATH": str(course.root), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == status and "Traceback" not in done.stderr, done.stderr[-3000:]
    return done.stdout + done.stderr


@contextlib.contextmanager
def gradebook_of(course: Course):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SQLAlchemy's remarks on nbgrader's own queries
        with Gradebook(Book(course).url) as gradebook:
            yield gradebook


def grade_by_hand(course: Course, student: str, points: float, comment: str) -> None:
    with gradebook_of(course) as gradebook:
        gradebook.find_grade(CHECK, NAME, NAME, student).manual_score = points
        found = gradebook.find_comment(answer_id(COSINE), NAME, NAME, student)
        found.manual_comment = comment
        gradebook.db.commit()


@pytest.fixture(scope="module")
def graded(assignment, tmp_path_factory) -> Course:
    """A class graded by the faulty judge; then points by hand, later hand-ins, and the judge is corrected on disk."""
    course = make_course(tmp_path_factory.mktemp("regrade") / "course", assignment)
    for student, answers in CLASS.items():
        hand_in(course, student, *answers)
    run(course, "grade", NAME, "--jobs", "2")
    grade_by_hand(course, "dan", BY_HAND, "Right, I looked at it.")
    hand_in(course, "gus", "solution", LINE, None)
    shutil.rmtree(course.nbgrader_root / "submitted" / "hal")
    hand_in(course, "jun", "solution", LINE, None)
    correct_judge(course)
    return course


@pytest.fixture(scope="module")
def first(graded) -> tuple[dict, str]:
    """What there was before the list was made, and what making it printed."""
    before = state(graded) | {"marks": marks(graded), "rows": rows(graded)}
    said = run(graded, "regrade", NAME, COSINE, "--jobs", "2")
    shutil.copytree(graded.root, graded.root.with_name("listed"))
    return before, said


@pytest.fixture
def course(graded, first, tmp_path) -> Course:
    """A copy of that class with its list, which counts for the package that runs the tests."""
    shutil.copytree(graded.root.with_name("listed"), tmp_path / "course")
    course = Course(tmp_path / "course")
    regrading = Regrading(course.assignment(NAME), COSINE)
    regrade = regrading.stored()
    regrade.judge |= {
        "recording": recording_key(course.assignment(NAME)),
        "grader": grader_version(),
    }
    regrading.store(regrade)
    return course


def state(course: Course) -> dict:
    """All rows and files that a regrade could change: contents, permissions and times."""
    made = [p for name in ("autograded", "feedback", "submitted", "source", "release")
            for p in sorted((course.nbgrader_root / name).rglob("*")) if p.is_file()]  # fmt: skip
    times = {str(path): path.stat().st_mtime_ns for path in made}
    gradebook = (course.nbgrader_root / "gradebook.db").read_bytes()
    return {"files": files_of(course), "times": times, "book": hashlib.sha256(gradebook).digest()}


def files_of(course):
    root = course.nbgrader_root
    return {name: files(root / name) for name in ("autograded", "feedback", "submitted")}


def notebook_of(course: Course, student: str) -> nbformat.NotebookNode:
    path = course.nbgrader_root / "autograded" / student / NAME / f"{NAME}.ipynb"
    return nbformat.read(path, as_version=4)


def listed(path: Path) -> dict[str, tuple]:
    """The rows of a list or record of students with a cell that changes, as LISTED has them."""
    numbers = ("points before", "points after", "by hand", "total before", "total after")
    return {
        row["student"]: (
            row["change"],
            *(float(row[name]) if row[name] else None for name in numbers),
        )
        for row in table(path)
        if row["change"] != "not regraded"
    }


def regrades(course: Course) -> Path:
    return course.nbgrader_root / "reports" / NAME / "regrades"


def marks(course: Course) -> dict[str, dict[str, tuple]]:
    """By student: automatic score, score by hand and comment of every cell, and the late penalty."""
    with gradebook_of(course) as gradebook:
        found = {}
        for submission in gradebook.find_assignment(NAME).submissions:
            [notebook] = submission.notebooks
            cells = {g.name: (g.auto_score, g.manual_score) for g in notebook.grades}
            cells |= {f"comment {c.name}": (c.comment,) for c in notebook.comments}
            found[submission.student_id] = cells | {
                "penalty": (notebook.late_submission_penalty or 0,)
            }
        return found


def test_the_list_changes_nothing_and_says_whose_marks_would_change_and_why(graded, first):
    before, said = first
    assert {**state(graded), "marks": marks(graded), "rows": rows(graded)} == before
    assert listed(regrades(graded) / f"{COSINE}.csv") == LISTED
    assert SUMMARY in said and f"autograder regrade {NAME} {COSINE} --apply" in said
    for sentence in (
        "Not regraded: gus: handed in anew since it was graded",
        "Not regraded: hal: what was handed in is no longer in",
        "Not regraded: jun: not graded yet.",
        f"Beyond this exercise, and not changed: lin: {LINEAR}: 6 points, now 8 points.",
    ):
        assert sentence in said
    text = (regrades(graded) / f"{COSINE}.md").read_text()
    assert "Not applied." in text
    why = {line.split(" ")[1]: line for line in text.splitlines() if line.startswith("| ")}
    refused = r"cosine decay: wrong \(Rates during decay: measured .*\), now right"
    assert all(re.search(refused, why[student]) for student in LISTED if student != "cem")
    accepted = (
        r"the floor is reached and kept: right, now wrong \(Rates from the last step on: .*\)"
    )
    assert re.search(accepted, why["cem"])
    assert "the 9 given by hand go on to count" in why["dan"]
    assert "off for lateness: 15, now 18" in why["fay"]  # never more than the score


def test_what_was_listed_is_applied_and_recorded_and_grade_leaves_it_alone(graded, first):
    """By the command line and its own package, from the list to the next `autograder grade`."""
    course, (before, _) = graded, first
    judge = judge_of(course).read_text()
    judge_of(course).write_text(f"{judge}\n")
    said = run(course, "regrade", NAME, COSINE, "--apply", status=1)
    assert (
        "Nothing was changed" in said
        and "the judge" in said
        and state(course)["files"] == before["files"]
    )
    judge_of(course).write_text(judge)

    run(course, "regrade", NAME, COSINE, "--apply")
    changed = marks(course)
    assert changed.keys() == before["marks"].keys()
    for student, cells in changed.items():
        expected = dict(before["marks"][student])
        if student in LISTED:
            expected[CHECK] = (LISTED[student][2], LISTED[student][3])
        if student == "fay":
            expected["penalty"] = (18,)
        assert cells == expected, student
    with gradebook_of(course) as gradebook:  # formgrader shows what points by hand hide
        found = gradebook.find_assignment(NAME).submissions
        again = {s.student_id for s in found for g in s.notebooks[0].grades
                 if g.name == CHECK and g.needs_manual_grade}  # fmt: skip
    assert again == {"dan"}
    check_files(course, before["files"], before["times"])
    [record] = regrades(course).glob("*.csv")
    assert listed(record) == LISTED
    text = record.with_suffix(".md").read_text()
    assert SUMMARY in text and "Applied at" in text and "not at its end" not in text
    key = notebook_of(course, "ada").metadata[KEY]["key"]
    assert f"Judge after: recording {key['recording']}, grader {key['grader']}" in text
    assert text.count(key["recording"]) == 1 and text.count("Judge before: ") == 1
    assert "Not regraded: gus" in text and "not changed: lin" in text

    said = run(course, "regrade", NAME, COSINE, "--apply")
    assert "There is nothing to do: the last list was applied" in said and record.stem in said
    after = state(course)["times"]
    run(course, "grade", NAME, "--jobs", "2")
    now = state(course)["times"]
    new = {path for path, time in now.items() if after.get(path) != time}
    assert {Path(path).parents[1].name for path in new} == {"gus", "jun", "lin"}


def check_files(course, before, times):
    """Only the cells of the listed students changed, with their feedback; the rest is byte for byte what it was."""
    after, root = files_of(course), course.nbgrader_root
    assert after["submitted"] == before["submitted"]
    page, notebook = f"{NAME}/{NAME}.html", f"{NAME}/{NAME}.ipynb"
    for student in CLASS:
        for folder, name in (("feedback", page), ("autograded", notebook)):
            mine, theirs = (
                {
                    path: content
                    for path, content in tree[folder].items()
                    if path.startswith(f"{student}/")
                }
                for tree in (before, after)
            )
            old, new = mine.pop(f"{student}/{name}"), theirs.pop(f"{student}/{name}")
            assert mine == theirs  # what lies beside
            if folder == "feedback":
                assert (old == new) == (student not in LISTED)
                path = str(root / folder / student / name)
                assert student in LISTED or times[path] == os.stat(path).st_mtime_ns
            else:
                assert old[1] == new[1]  # permissions
                check_notebook(student, json.loads(old[0]), json.loads(new[0]))


def check_notebook(student, old, new):
    keys = [notebook["metadata"][KEY].pop("key") for notebook in (old, new)]
    is_regraded = student not in ("gus", "hal", "lin")  # lin's other exercise would change too
    assert (keys[0] != keys[1]) == is_regraded
    cells = [notebook.pop("cells") for notebook in (old, new)]
    assert old == new and len(cells[0]) == len(cells[1])
    different = [a["id"] for a, b in zip(*cells, strict=True) if a != b]
    assert different == ([CHECK] if student in LISTED else []), student
    for cell in (cell for cell in cells[1] if cell["id"] in different):
        earned = sum(part["earned"] for part in cell["metadata"][KEY]["verdict"]["parts"])
        assert earned == LISTED[student][2]
        assert cell["outputs"][0]["data"]["text/plain"] == [f"{earned:g}"]


class Applying:
    """The command with --apply, to be killed; what it does first is done before, and is not counted."""

    def __init__(self, course: Course):
        self.course = course
        prepare_feedback(course)

    def prepare(self):
        return SimpleNamespace(gradebook=SimpleNamespace(engine=Engine))  # any that it opens

    def run(self, _=None):
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            regrade(NAME, COSINE, apply=True, course=self.course.root)


@pytest.mark.parametrize("step", [23, pytest.param(1, marks=pytest.mark.full)])
@pytest.mark.timeout(3000)
def test_killed_at_any_moment_and_applied_again_it_ends_the_same(
    course, tmp_path, monkeypatch, step
):
    monkeypatch.setattr(regrade_change, "moment", lambda: "2026-03-02T000000Z")
    regrading = Regrading(course.assignment(NAME), COSINE)
    chosen = regrading.stored()
    chosen.entries = [e for e in chosen.entries if e.student in ("ada", "dan", "fay")]
    regrading.store(chosen)
    root, kept = course.nbgrader_root, tmp_path / "kept"
    shutil.copytree(root, kept)

    def everything():
        folders = (root / "autograded", regrades(course))
        return rows(course), pages(course), *(whole_files(folder) for folder in folders)

    applying = Applying(course)
    applying.run()
    expected, before = everything(), files(kept / "autograded")
    assert expected[2] != before and marks(course)["fay"]["penalty"] == (18,)
    whole = [set(tree.items()) for tree in (before, expected[2])]
    moment = 0
    while True:
        restore(kept, root)
        if not killed_at(moment, applying):
            break
        assert set(whole_files(root / "autograded").items()) <= whole[0] | whole[1]
        if marks(course)["dan"][CHECK] != (7, BY_HAND):  # a change is never without a record
            assert re.search("not at its end|Applied at", text_of_record(course))
        applying.run()
        assert everything() == expected
        moment += step
    assert moment > 60
    assert everything() == expected


def whole_files(folder: Path) -> dict:
    """All but what a killed run was about to write, under a name that nobody reads."""
    return {
        name: file for name, file in files(folder).items() if not Path(name).name.startswith(".")
    }


def restore(kept: Path, root: Path) -> None:
    for name in ("autograded", "feedback", "reports"):
        shutil.rmtree(root / name)
        shutil.copytree(kept / name, root / name)
    shutil.copy(kept / "gradebook.db", root)


def pages(course: Course) -> dict[str, bytes]:
    """The feedback pages, without the folders that a killed run may leave for the next one to clear."""
    found = course.nbgrader_root.glob(f"feedback/*/{NAME}/*.html")
    return {path.parents[1].name: path.read_bytes() for path in found}


def text_of_record(course: Course) -> str:
    return "".join(path.read_text() for path in regrades(course).glob("2026-03-02*.md"))


def test_what_is_not_as_listed_any_more_is_said_and_nothing_is_changed(course):
    regrading = Regrading(course.assignment(NAME), COSINE)
    grade_by_hand(course, "bea", 5, "")
    hand_in(course, "cem", "solution", LINE, None)
    notebook = course.nbgrader_root / "autograded" / "eve" / NAME / f"{NAME}.ipynb"
    notebook.chmod(0o644)
    notebook.write_text(notebook.read_text() + "\n")
    (course.nbgrader_root / "submitted" / "fay" / NAME / "timestamp.txt").write_text(LATE)
    before = state(course)
    with pytest.raises(CourseError) as refused:
        regrade_change.begin(regrading)
    assert state(course) == before and not regrading.stored().begun
    for text in (
        "Nothing was changed",
        "bea (has other points in the gradebook)",
        "cem (handed in anew",
        "eve (graded since)",
        "fay (handed in anew",
        f"Run 'autograder regrade {NAME} {COSINE}'",
    ):
        assert text in str(refused.value)
    assert "dan" not in str(refused.value) and "the judge" not in str(refused.value)


def test_a_submission_graded_while_a_regrade_was_interrupted_keeps_its_new_grade(course):
    regrading = Regrading(course.assignment(NAME), COSINE)
    begun = regrade_change.begin(regrading)
    with pytest.raises(CourseError, match="has not come to its end: give the command with --apply"):
        regrading.list(progress=False)
    notebook = course.nbgrader_root / "autograded" / "eve" / NAME / f"{NAME}.ipynb"
    notebook.chmod(0o644)
    notebook.write_text(notebook.read_text() + "\n")
    before = marks(course)["eve"]
    regrade_change.carry_out(regrading, begun, progress=False)
    assert marks(course)["eve"] == before and marks(course)["bea"][CHECK] == (10, None)
    assert "graded by something else" in begun.left["eve"]
    assert "eve" not in {entry.student for entry in begun.entries}


def test_what_cannot_be_regraded_says_why(course):
    regrading = Regrading(course.assignment(NAME), COSINE)
    root, kept = course.nbgrader_root, notebook_of(course, "ada")

    def left(student, **metadata) -> str:
        path = root / "autograded" / student / NAME / f"{NAME}.ipynb"
        notebook = copy.deepcopy(kept)
        regrading.cell(notebook).metadata[KEY] |= metadata
        path.unlink()
        path.write_text(nbformat.writes(notebook) if metadata else "no notebook")
        with pytest.raises(Left) as reason:
            regrading.key(student)
        return str(reason.value)

    assert "by another version of the kit: grade it again" in left("ada")
    verdict = regrading.cell(kept).metadata[KEY]["verdict"]
    fewer = {**verdict, "parts": verdict["parts"][1:]}
    assert "gave 8 points when this was graded, and gives 10 now" in left("ada", verdict=fewer)
    for path in (root / "submitted" / "bea" / NAME).iterdir():
        path.unlink()
    with pytest.raises(Left, match="no notebook was handed in"):
        regrading.key("bea")


def test_sentences(course):
    assignment = course.assignment(NAME)
    with pytest.raises(
        CourseError, match=f"mini has no exercise 'relu'; it has: {LINEAR}, {COSINE}."
    ):
        Regrading(assignment, "relu")
    with pytest.raises(CourseError, match=f"There is no list to apply: run .*mini {LINEAR}'"):
        regrade(NAME, LINEAR, apply=True, course=course.root)
    path = regrades(course) / f"{COSINE}.json"
    path.write_text("{}")
    with pytest.raises(CourseError, match="is damaged: delete it and make it anew"):
        regrade(NAME, COSINE, apply=True, course=course.root)
    path.unlink()
    shutil.rmtree(course.nbgrader_root / "autograded")
    with pytest.raises(CourseError, match="Nothing of mini is graded yet: 'autograder grade mini'"):
        Regrading(assignment, COSINE).list(progress=False)
    locked = assignment.notebook.cells[2]
    locked.source += "  # changed"
    with pytest.raises(CourseError, match="was changed since its release"):
        Regrading(assignment, COSINE)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_the_commands_of_the_page(course):
    """In their order; then the other exercise of the one student of whom more would change."""
    for name in set(COURSE_FILES) - {path.name for path in course.root.iterdir()}:
        copying = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copying(ROOT / name, course.root / name)
    shown = commands("docs/regrading.md")
    assert [line.split()[1] for line in shown] == [
        "regrade",
        "regrade",
        "release",
        "return",
        "export",
    ]
    names = {"03_regularization": NAME, "dropout.inverted": COSINE}
    for line in shown:
        run(course, *(names.get(word, word) for word in line.split()[1:]))
    assert (course.root / "student" / "assignments" / NAME / "checks.json").is_file()
    page = (course.root / "feedback" / "bea" / f"{NAME}.html").read_text()
    assert "Warm-up with cosine decay: right, 10 of 10 points" in page
    totals = {row["student"]: row[f"{NAME} (26)"] for row in table(course.root / "grades.csv")}
    assert {s: float(totals[s]) for s in LISTED} == {s: listed[-1] for s, listed in LISTED.items()}

    said = run(course, "regrade", NAME, COSINE)
    assert "Beyond this exercise" in said and "There is nothing to change." in said
    run(course, "regrade", NAME, LINEAR)
    [line] = table(regrades(course) / f"{LINEAR}.csv")[:1]
    assert (line["student"], line["change"], line["beyond this exercise"]) == ("lin", UP, "")
    assert (line["points before"], line["points after"]) == ("6", "8")
    run(course, "regrade", NAME, LINEAR, "--apply")
    before = state(course)["times"]
    run(course, "grade", NAME, "--student", "lin", "--student", "bea")
    assert state(course)["times"] == before


def table(path: Path) -> list[dict[str, str]]:
    with open(path, newline="") as file:
        return list(csv.DictReader(file))
