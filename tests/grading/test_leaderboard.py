"""The leaderboard: what is kept of a graded answer, who stands where, under which name, and what the page tells."""

import csv
import hashlib
import re
import shutil
from datetime import date

import nbformat
import numpy as np
import pytest
from nbgrader.api import SubmittedAssignment

from autograder.exercise import exercises
from autograder.grading.book import Book
from autograder.grading.course import Course, CourseError, check_of
from autograder.grading.feedback import write_feedback
from autograder.grading.leaderboard import write as writing
from autograder.grading.leaderboard.page import MARK, Plot, render
from autograder.grading.leaderboard.pseudonyms import ADJECTIVES, NOUNS, pseudonym
from autograder.grading.leaderboard.ranking import HELD_OUT, held_out, hidden_cases
from autograder.grading.leaderboard.standings import Board, can_be_told
from autograder.grading.leaderboard.write import the_ranked, write_leaderboard
from autograder.grading.rebuild import stubs
from autograder.grading.run import KEY
from autograder.grading.sample import SampleClass
from autograder.grading.secret import course_secret
from autograder.judge import Recorded
from tests.ci.runner import Runner
from tests.conftest import ROOT
from tests.grading import ranked
from utils.shapes import draw_shapes

CAPSTONE = "10_capstone"
TRAINING = exercises()["capstone.training"]
PAGE = (ROOT / "docs" / "leaderboard.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    (autograder .*)$", PAGE, re.MULTILINE)
LEVELS = (50, 70, 80, 85, 90)


def board(counts, reference=976) -> Board:
    return Board(1000, 0.1, LEVELS, reference, list(counts.items()))


def ranks(text: str) -> dict[str, list[str]]:
    """The rows of a page's table by name: rank, per cent, interval, band."""
    rows = re.findall(r"<tr[^>]*>\s*(<td>.*)\s*</tr>", text)
    cells = [re.findall(r"<t[dh][^>]*>([^<]*)<", row) for row in rows]
    return {name: [rank, *rest] for rank, name, *rest in cells}


class TestPseudonyms:
    def test_a_name_depends_on_the_secret_and_the_student(self):
        assert pseudonym(b"secret", "ada") == pseudonym(b"secret", "ada")
        assert pseudonym(b"secret", "ada") != pseudonym(b"secret", "Ada")
        assert pseudonym(b"secret", "ada") != pseudonym(b"another", "ada")
        assert re.fullmatch(r"[a-z]+ [a-z]+ [1-9]\d\d", pseudonym(b"secret", "ådä/../<b>"))

    def test_a_class_of_a_thousand_rarely_shares_one(self):
        """The chance is below one in a hundred for a class: in fifty, two have one with a probability of 0.06."""
        shared = 0
        for number in range(50):
            names = {pseudonym(f"{number}".encode(), f"s{i:04}") for i in range(1000)}
            shared += 1000 - len(names)
        assert shared <= 1
        used = [pseudonym(b"secret", f"s{i}").split() for i in range(4000)]
        assert {first for first, _, _ in used} == set(ADJECTIVES)
        assert {second for _, second, _ in used} == set(NOUNS)

    def test_the_words_stay_as_they_are(self):
        """Another word would rename students in the middle of a term."""
        words = [*ADJECTIVES, *NOUNS]
        assert len(set(words)) == len(words) and all(re.fullmatch("[a-z]+", word) for word in words)
        assert hashlib.sha256(" ".join(words).encode()).hexdigest()[:16] == "3eba422701d17220"


class TestStandings:
    def test_equal_counts_share_a_rank_and_names_order_them(self):
        rows = board({"b": 950, "a": 950, "d": 990, "c": 949}).standings
        assert [(row.rank, row.name) for row in rows] == [(1, "d"), (2, "a"), (2, "b"), (4, "c")]

    def test_a_band_ends_where_the_best_one_in_it_can_be_told(self):
        rng = np.random.default_rng(0)
        counts = {f"s{i}": int(count) for i, count in enumerate(rng.integers(400, 1001, size=200))}
        rows = board(counts).standings
        best = {}
        for row in rows:
            best.setdefault(row.band, row.right)
            assert not can_be_told(best[row.band], row.right, 1000)
        assert list(best) == list(range(1, len(best) + 1)) and len(best) > 5
        tops = list(best.values())
        assert all(can_be_told(*pair, 1000) for pair in zip(tops, tops[1:], strict=False))

    @pytest.mark.parametrize("accuracy", [0.55, 0.9, 0.985])
    def test_equal_networks_are_rarely_told_apart(self, accuracy):
        """Of pairs with one accuracy about 5 per cent are; within five standard errors of it at most."""
        pairs = np.random.default_rng(1).binomial(1000, accuracy, size=(4000, 2))
        told = np.mean([can_be_told(int(one), int(other), 1000) for one, other in pairs])
        assert told < 0.05 + 5 * np.sqrt(0.05 * 0.95 / 4000)

    def test_the_gap_is_the_smallest_that_can_be_told(self):
        gap = board({}).smallest_gap(934)
        below = 934 - round(10 * gap)
        assert can_be_told(934, below, 1000) and not can_be_told(934, below + 1, 1000)
        assert 2 < gap < 3

    def test_intervals_hold_at_the_ends(self):
        low, high = board({}).interval(1000)
        assert 99.5 < low < 99.7 and high == 100
        assert board({}).interval(900) == pytest.approx((87.99, 91.71), abs=0.01)  # Wilson, by hand


class TestPage:
    DAY = date(2026, 11, 21)

    def test_it_needs_nothing_else(self):
        text = render(board({"a b 100": 930}), "Course", "Capstone", self.DAY)
        assert "<script" not in text and "http:" not in text and "https:" not in text
        assert re.findall(r'(?:src|href)="([^"]*)"', text) == ["data:,"]
        assert "default-src 'none'" in text and 'content="noindex"' in text
        assert text == render(board({"a b 100": 930}), "Course", "Capstone", self.DAY)

    def test_it_can_be_read_without_eyes(self):
        text = render(board({"a b 100": 930, "c d 200": 930}), "Course", "Capstone", self.DAY)
        assert text.count('<th scope="col">') == 5 and text.count('<th scope="row">') == 2 + 5 + 2
        assert "<caption>" in text and 'lang="en"' in text
        assert 'aria-labelledby="plot-title plot-text"' in text
        assert "A dot for each of 2, from 93.0 to 93.0 per cent" in text
        assert ranks(text)["c d 200"] == ["1", "93.0", "91.2–94.4", "1"]

    def test_every_text_is_escaped(self):
        text = render(board({}), "<b>", "<script>alert(1)</script> & more", self.DAY)
        assert "<b>" not in text and "<script" not in text and "&lt;script&gt;" in text

    @pytest.mark.parametrize(
        "counts, says",
        [
            ({}, "nobody is listed"),
            ({"a b 100": 930}, "1 student is listed"),
            ({"a b 100": 930, "c d 200": 9}, "2 students are listed"),
        ],
    )
    def test_any_number_of_students(self, counts, says):
        text = render(board(counts), "Course", "Capstone", self.DAY)
        assert says in text and "21 November 2026" in text
        assert ("<svg" in text) == bool(counts)
        assert ("No result is listed yet." in text) == (not counts)
        rows = ranks(text)
        assert rows["Guessing"] == ["", "10.0", "", ""] and rows["Level: 85 %"][1] == "85.0"
        assert rows["The course’s own solution"] == ["", "97.6", "96.5–98.4", ""]

    def test_those_who_reach_a_level_stand_above_it(self):
        text = render(board({"a b 100": 900, "c d 200": 899}), "Course", "Capstone", self.DAY)
        names = list(ranks(text))
        assert names[1:4] == ["a b 100", "Level: 90 %", "c d 200"]

    def test_every_student_is_a_dot_within_the_picture(self):
        rng = np.random.default_rng(2)
        counts = {f"s{i}": int(count) for i, count in enumerate(rng.binomial(1000, 0.9, size=1000))}
        plot = Plot(board(counts | {"last": 3, "first": 1000}))
        dots = plot.dots()
        assert len(dots) == 1002
        assert all(0 <= x <= plot.width and 20 <= y <= plot.floor for x, y in dots)
        assert plot.first == 0 and plot.shows_chance


@pytest.fixture(scope="module")
def capstone(whole_course):
    """The capstone, released in a course whose class is graded without training."""
    Book(whole_course).generate(CAPSTONE)
    return whole_course.assignment(CAPSTONE)


def reply(case, num_right):
    """What a network gives that is right on the first so many, and else says the next class."""
    _, labels = draw_shapes(TRAINING.num_held_out, seed=case["held_out_seed"], shift=1.0)
    said = (labels.numpy() + (np.arange(TRAINING.num_held_out) >= num_right)) % 10
    together = np.eye(10)[said]
    return {"status": "ok", "output": {"steps": 300, "together": together, "alone": together[:5]}}


def graded(assignment, right: int | None, cases="", flags=()) -> nbformat.NotebookNode:
    """A notebook as `run_and_judge` leaves it, with so many right; None is an answer that could not be measured."""
    [case] = hidden_cases(TRAINING)
    recorded = [Recorded(case, {}, public=False)]
    kept = held_out(TRAINING, recorded, [reply(case, 0)])[HELD_OUT]
    notebook = nbformat.v4.new_notebook(
        cells=stubs(assignment).cells, metadata=assignment.notebook.metadata
    )
    [cell] = [cell for cell in notebook.cells if check_of(cell)]
    html = {"text/html": "<p>the verdict</p>", "text/plain": "4"}
    cell.outputs = [nbformat.v4.new_output("execute_result", data=html, execution_count=1)]
    cell.metadata[KEY] = {"verdict": {"exercise": TRAINING.name}, "flags": list(flags)}
    if right is not None:
        cell.metadata[KEY][HELD_OUT] = kept | {"right": right} | ({"cases": cases} if cases else {})
    return notebook


def enter(assignment, student, *work, **more):
    folder = assignment.course.nbgrader_root / "submitted" / student / assignment.name
    folder.mkdir(parents=True, exist_ok=True)
    Book(assignment.course).enter(assignment, student, graded(assignment, *work, **more))


@pytest.fixture(scope="module")
def a_class(capstone):
    """Seven students: two equal ones, one unmeasured, one of other cases, one with a flag, one without a notebook."""
    enter(capstone, "ada", 934)
    enter(capstone, "ben", 934)
    enter(capstone, "cem", 801, flags=["val"])
    enter(capstone, "dora", None)
    enter(capstone, "emil", 990, cases="other cases")
    enter(capstone, "fay", 871)
    (capstone.course.nbgrader_root / "submitted" / "gus" / CAPSTONE).mkdir(parents=True)
    Book(capstone.course).enter(capstone, "gus", None)
    return capstone


@pytest.fixture(autouse=True)
def no_training(monkeypatch, request):
    """The reference is measured in the long tests alone."""
    if "full" not in request.keywords:
        monkeypatch.setattr(writing, "reference_count", lambda *_: 976)


def names(*students):
    return {student: pseudonym(course_secret(), student) for student in students}


class TestAClass:
    def test_those_with_a_measured_result_are_listed(self, a_class, tmp_path):
        page, told = write_leaderboard(a_class, tmp_path / "made" / "here")
        rows = ranks(page.read_text())
        own = names("ada", "ben", "cem", "fay")
        assert {name: (rows[alias][0], rows[alias][1]) for name, alias in own.items()} == {
            "ada": ("1", "93.4"),
            "ben": ("1", "93.4"),
            "fay": ("3", "87.1"),
            "cem": ("4", "80.1"),
        }
        assert len(rows) == 4 + len(LEVELS) + 2
        assert told == [
            "Measured on other hidden cases, so not listed: emil.",
            "Without a measured result, so not listed: dora, gus.",
            "Listed, and to be looked at for the library names used: cem (val).",
        ]

    def test_nothing_says_who_it_is(self, a_class, tmp_path):
        page, _ = write_leaderboard(a_class, tmp_path)
        text = page.read_text().lower()
        assert list(tmp_path.iterdir()) == [page]
        for student in ("ada", "ben", "cem", "dora", "emil", "fay", "gus"):
            assert not re.search(rf"\b{student}\b", text), student
        assert re.findall(r"\d{4}-\d\d-\d\d", text) == re.findall(r'datetime="([^"]*)"', text)

    def test_twice_is_the_same_and_a_newcomer_renames_nobody(self, a_class, tmp_path):
        page, _ = write_leaderboard(a_class, tmp_path)
        before = page.read_bytes()
        write_leaderboard(a_class, tmp_path)
        assert page.read_bytes() == before
        enter(a_class, "hana", 950)
        write_leaderboard(a_class, tmp_path)
        assert set(ranks(page.read_text())) == set(ranks(before.decode())) | {
            *names("hana").values()
        }
        with Book(
            a_class.course
        ).session() as db:  # who is taken out of the gradebook is off the page
            row = db.query(SubmittedAssignment).filter_by(student_id="hana").one()
            db.delete(row)
            db.commit()
        write_leaderboard(a_class, tmp_path)
        assert page.read_bytes() == before

    def test_who_is_to_be_hidden_is(self, a_class, tmp_path):
        plan = a_class.course.root / "course.toml"
        plan.write_text('[leaderboard]\nhide = ["ben", "emil", "nobody"]\n')
        try:
            page, told = write_leaderboard(a_class, tmp_path)
        finally:
            plan.unlink()
        rows = ranks(page.read_text())
        own = names("ada", "ben")
        assert own["ada"] in rows and own["ben"] not in rows
        assert not [sentence for sentence in told if "emil" in sentence]
        assert told[-1] == "To be hidden, but nothing of theirs is graded: nobody."

    def test_two_with_one_name_are_told_apart_by_nobody_but_the_instructor(
        self, a_class, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(writing, "pseudonym", lambda _, student: f"quiet heron {len(student)}")
        page, told = write_leaderboard(a_class, tmp_path)
        assert told[-1] == "ada and ben and cem and fay share the pseudonym quiet heron 3."
        assert page.read_text().count('<th scope="row">quiet heron 3</th>') == 4

    def test_only_the_student_is_told_the_name_and_no_number(self, a_class):
        page = write_feedback(a_class.course, a_class, "ada").read_text()
        own = names("ada", "ben")
        assert f"your name on it is {own['ada']}." in page and own["ben"] not in page
        assert "934" not in page and HELD_OUT not in page
        page = write_feedback(a_class.course, a_class, "dora").read_text()
        assert "leaderboard" not in page

    def test_formgrader_does_not_tell_it(self, a_class):
        from nbconvert.exporters import HTMLExporter

        exporter = HTMLExporter(config=Book(a_class.course).config)
        path = a_class.course.nbgrader_root / "autograded" / "ada" / CAPSTONE / f"{CAPSTONE}.ipynb"
        page, _ = exporter.from_filename(str(path))
        assert "the verdict" in page and "your name on it" not in page

    def test_another_page_stays(self, a_class, tmp_path):
        (tmp_path / "index.html").write_text("the course's home")
        with pytest.raises(CourseError, match="is there and is no leaderboard"):
            write_leaderboard(a_class, tmp_path)
        assert (tmp_path / "index.html").read_text() == "the course's home"
        assert MARK in render(board({}), "c", "t", TestPage.DAY)

    def test_a_damaged_notebook_is_named(self, a_class, tmp_path):
        path = a_class.course.nbgrader_root / "autograded" / "fay" / CAPSTONE / f"{CAPSTONE}.ipynb"
        whole = path.read_bytes()
        path.chmod(0o644)
        for broken in (whole[:500], b'{"cells": 3}'):
            path.write_bytes(broken)
            with pytest.raises(CourseError, match="fay.* cannot be read: grade it again"):
                write_leaderboard(a_class, tmp_path)
        path.write_bytes(whole)
        assert not (tmp_path / "index.html").exists()


def test_the_capstone_is_found_by_what_it_has(whole_course, assignment, tmp_path):
    assert the_ranked(whole_course).name == CAPSTONE
    with pytest.raises(CourseError, match="no assignment has such a check"):
        the_ranked(assignment.course)
    with pytest.raises(CourseError, match="No check of 03_regularization counts held-out"):
        write_leaderboard(assignment, tmp_path)


def test_the_judge_counts_hidden_cases_alone():
    [case] = hidden_cases(TRAINING)
    public = {**case, "held_out_seed": 7}
    recorded = [Recorded(public, {}, public=True), Recorded(case, {}, public=False)]
    kept = held_out(TRAINING, recorded, [reply(public, 1000), reply(case, 640)])
    assert kept[HELD_OUT]["right"] == 640 and kept[HELD_OUT]["of"] == 1000
    assert held_out(exercises()["dropout.inverted"], recorded, [{}, {}]) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"status": "error"},
        {"output": {}},
        {"output": {"steps": 0, "together": np.zeros((1000, 10)), "alone": np.zeros((5, 10))}},
        {"output": {"steps": 301, "together": np.zeros((1000, 10)), "alone": np.zeros((5, 10))}},
        {"output": {"steps": "1", "together": np.zeros((1000, 10)), "alone": np.zeros((5, 10))}},
        {"output": {"steps": 1, "together": np.zeros((999, 10)), "alone": np.zeros((5, 10))}},
        {"output": {"steps": 1, "together": "1000", "right": 1000}},
    ],
    ids=["error", "nothing", "no steps", "too many", "a text", "too few", "a claim"],
)
def test_what_breaks_the_rules_is_not_counted(change):
    [case] = hidden_cases(TRAINING)
    recorded = [Recorded(case, {}, public=False)]
    assert held_out(TRAINING, recorded, [reply(case, 1000) | change]) == {}


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A course of one ranked assignment that trains nothing, and the machine on which it is graded."""
    root = tmp_path_factory.mktemp("ranked")
    course = ranked.ranked_course(root / "course")
    return Runner(course.root, root / "home", {"AUTOGRADER_SECRET": "for this page"})


CLAIM = """
print("accuracy: 100 %")
def signs(x):
    print("right: 200 of 200")
    return x > 0.5
"""


@pytest.mark.timeout(600)
def test_the_commands_of_the_page(machine):
    """As they stand, for a class graded in the sandbox; what a student claims is not what is ranked."""
    course = Course(machine.folder)
    assert machine.run(f"autograder release {ranked.NAME} --to ../student", {}), machine.log
    claims = ranked.work(course, CLAIM)
    for cell in claims.cells:  # a result of the student's own making, in every cell
        cell.metadata["autograder"] = {HELD_OUT: {"right": 200, "of": 200, "cases": "mine"}}
    for student, work in {
        "ada": ranked.work(course, ranked.PERFECT),
        "eve": claims,
        "dora": ranked.work(course, "def signs(x):\n    return x[:3]\n"),
    }.items():
        ranked.hand_in(course, student, work)
    shown = [line.replace(CAPSTONE, ranked.NAME) for line in COMMANDS]
    assert [line.split()[1] for line in COMMANDS] == ["grade", "leaderboard", "leaderboard"]
    assert machine.run("\n".join(shown), {}), machine.log
    assert "Without a measured result, so not listed: dora." in machine.log
    page = course.nbgrader_root / "leaderboard" / "index.html"
    assert (course.root / "public" / "index.html").read_bytes() == page.read_bytes()
    own = {s: pseudonym(b"for this page", s) for s in ("ada", "eve", "dora")}
    rows = ranks(page.read_text())
    assert rows[own["ada"]][:2] == ["1", "100.0"] and own["dora"] not in rows
    assert 60 < float(rows[own["eve"]][1]) < 90 and rows[own["eve"]][0] == "2"
    assert rows["The course’s own solution"][1] == "100.0"
    assert "Signs &lt;of&gt; numbers" in page.read_text()
    feedback = course.nbgrader_root / "feedback" / "eve" / ranked.NAME / f"{ranked.NAME}.html"
    assert own["eve"] in feedback.read_text()


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("number", [0, 3, 200])
def test_it_fits_screens_and_asks_for_nothing(browser, tmp_path, width, number):
    rng = np.random.default_rng(number)
    counts = {pseudonym(b"k", f"s{i}"): int(rng.binomial(1000, 0.9)) for i in range(number)}
    path = tmp_path / "index.html"
    path.write_text(render(board(counts), "Training neural networks", "Capstone", TestPage.DAY))
    page = browser.new_page(viewport={"width": width, "height": 800})
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("circle").count() == number and page.locator("table").is_visible()
    boxes = page.evaluate(
        "[...document.querySelectorAll('svg text')].map(t => t.getBoundingClientRect())"
        ".every(b => b.left >= 0 && b.right <= innerWidth)"
    )
    assert (
        boxes
        and said == []
        and [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    )
    page.close()


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_a_real_capstone(tmp_path):
    """Trained in the sandbox: the course's own solution as a hand-in gets what the reference row says."""
    from tests.conftest import copy_course

    course = copy_course(Course(ROOT), tmp_path / "course")
    for name in course.assignments():
        if name != CAPSTONE:
            shutil.rmtree(course.nbgrader_root / "source" / name)
    machine = Runner(course.root, tmp_path / "home", {"AUTOGRADER_SECRET": "for a real one"})
    assert machine.run(f"autograder release {CAPSTONE} --to ../student", {}), machine.log
    samples = SampleClass(course.assignment(CAPSTONE))
    for student, sources in {
        "ada": {},
        "ben": {TRAINING.name: samples.answer(TRAINING.name, "not_trained")},
        "cem": {TRAINING.name: samples.answer(TRAINING.name, "nothing_returned")},
    }.items():
        folder = course.nbgrader_root / "submitted" / student / CAPSTONE
        folder.mkdir(parents=True)
        nbformat.write(samples.notebook(sources), folder / f"{CAPSTONE}.ipynb")
    lines = [f"autograder grade {CAPSTONE}", "autograder leaderboard"]
    assert machine.run("\n".join(lines), {"OMP_NUM_THREADS": "1"}), machine.log
    rows = ranks((course.nbgrader_root / "leaderboard" / "index.html").read_text())
    own = {s: pseudonym(b"for a real one", s) for s in ("ada", "ben", "cem")}
    assert rows[own["ada"]][1] == rows["The course’s own solution"][1]
    assert float(rows[own["ada"]][1]) > 90 and float(rows[own["ben"]][1]) < 40
    assert own["cem"] not in rows and "not listed: cem" in machine.log
    with open(course.nbgrader_root / "reports" / CAPSTONE / "grades.csv", newline="") as file:
        points = {row["student"]: float(row[TRAINING.name]) for row in csv.DictReader(file)}
    assert points["ada"] == 30 and points["cem"] == 0
