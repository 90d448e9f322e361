"""The class overview: its numbers on a class made by hand, what it reads of a class really graded, and its files."""

import re
import subprocess
import sys
from datetime import datetime, timedelta
from html.parser import HTMLParser

import nbformat
import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

from autograder.cli import app
from autograder.grading.alike import AlikeAnswer, Pair
from autograder.grading.book import Book
from autograder.grading.course import CourseError
from autograder.grading.grade import grade_class
from autograder.grading.overview import statistics
from autograder.grading.overview.advice import on_class, on_item
from autograder.grading.overview.gather import ELSEWHERE, gather
from autograder.grading.overview.items import OPEN, alpha, histogram, item_views
from autograder.grading.overview.page import render
from autograder.grading.overview.widgets import exercises, open_class, pairs, students
from autograder.grading.overview.write import NOTEBOOK, PAGE, write_overview
from autograder.grading.reports import write_reports
from autograder.notebook import run_notebook
from autograder.texts import to_notebook, to_text
from autograder.verdict import NOT_ATTEMPTED, PARTLY, RIGHT, WRONG
from tests.conftest import ROOT
from tests.docs.test_readme import commands
from tests.grading.gradebooks import gradebook_of
from tests.grading.overviews import (
    EXERCISES,
    HOSTILE,
    class_of_twenty,
    hostile_page,
    made_class,
    verdict,
    work,
)
from tests.grading.small import ANSWER, EXERCISE, NAME, hand_in, small_course, solution

STOPPED = "The answer's cell stopped with "


@pytest.fixture
def twenty():
    return class_of_twenty()


class TestStatistics:
    def test_alpha_is_what_a_library_says_of_its_own_example(self):
        """fmsb's example (https://rdrr.io/cran/fmsb/man/CronbachAlpha.html); pingouin says 0.92950391644."""
        answers = [
            [1, 5, 2, 3, 4, 2, 3, 4, 3, 2],
            [2, 4, 1, 2, 4, 1, 2, 5, 2, 1],
            [2, 5, 1, 3, 3, 2, 2, 4, 2, 2],
        ]
        example = np.array(answers).T
        # Twice the students keep every ratio of variances, and are enough.
        assert statistics.cronbach_alpha(np.vstack([example] * 2)) == pytest.approx(0.92950391644)
        assert statistics.cronbach_alpha(example) is None

    def test_discrimination_leaves_the_item_itself_out(self):
        rng = np.random.default_rng(0)
        scores = np.clip(
            np.round(5 + 2 * rng.normal(size=(40, 1)) + 2 * rng.normal(size=(40, 4))), 0, 10
        )
        found = statistics.item_statistics(scores, np.full(4, 10.0))
        for number, item in enumerate(found):
            rest = np.delete(scores, number, axis=1).sum(axis=1)
            assert item.discrimination == pytest.approx(
                stats.pearsonr(scores[:, number], rest).statistic
            )
            assert item.difficulty == pytest.approx(scores[:, number].mean() / 10)
            assert item.students == 40

    def test_the_best_and_the_weakest_27_percent(self):
        """Of 20 students 5 and 5: totals 0 to 19, the item right from the total 12 on, but for 18 and 19."""
        totals = np.arange(20.0)
        right = ((totals >= 12) & (totals < 18)) * 1.0
        scores = np.column_stack([right, totals - right])
        assert statistics.item_statistics(scores, [1, 19])[0].upper_lower == pytest.approx(3 / 5)

    def test_students_at_the_edge_of_a_group_share_its_places(self):
        """The best five are three, and two of the next six; the weakest five are of eleven."""
        weights = statistics.extreme_groups(np.array([9.0] * 3 + [5.0] * 6 + [1.0] * 11))
        assert weights[:3] == pytest.approx(1 / 5) and weights[3:9] == pytest.approx(2 / 6 / 5)
        assert weights[9:] == pytest.approx(-1 / 11)

    @pytest.mark.parametrize(
        "scores", [np.eye(19), np.ones((30, 3)), np.column_stack([np.ones(30), np.arange(30)])]
    )
    def test_nothing_is_said_where_students_are_few_or_nothing_varies(self, scores):
        item = statistics.item_statistics(scores, np.ones(scores.shape[1]))[0]
        assert item.discrimination is None
        assert statistics.cronbach_alpha(scores[:, :1]) is None
        assert statistics.cronbach_alpha(np.ones((30, 3))) is None


class TestItems:
    def test_how_many_were_right_and_in_which_parts(self, twenty):
        easy, middle, odd, written = item_views(twenty)
        assert easy.counts == {RIGHT: 20, PARTLY: 0, WRONG: 0, NOT_ATTEMPTED: 0, OPEN: 0}
        assert [middle.counts[s] for s in (RIGHT, PARTLY, WRONG)] == [10, 2, 8]
        assert [(p.name, p.points, p.right) for p in middle.parts] == [("a", 6, 10), ("b", 4, 12)]
        assert [written.counts[s] for s in (RIGHT, PARTLY, WRONG)] == [10, 10, 0]
        assert middle.statistics.difficulty == pytest.approx((10 * 10 + 2 * 4) / 200)
        assert odd.histogram == [0, 0, 0, 0, 0, 0, 5, 0, 0, 15]

    def test_which_mistakes_were_made_and_by_whom(self, twenty):
        _, middle, odd, _ = item_views(twenty)
        [swapped] = middle.mistakes
        assert (swapped.name, swapped.says) == ("swapped", "This is swapped.")
        assert swapped.students == [f"weak{i}" for i in range(10)] and not middle.unnamed
        [unnamed] = odd.unnamed
        assert unnamed.says == "TypeError" and len(unnamed.students) == 5 and not odd.mistakes

    @pytest.mark.parametrize(
        "told, kind",
        [
            ({"detail": "The code stopped with KeyError. 'x'."}, "KeyError"),
            ({"remark": f"{STOPPED}NameError: name 'y'", "detail": "No."}, "NameError"),
            ({"remark": f"{STOPPED}{HOSTILE}: x"}, f"{STOPPED}{HOSTILE}: x"),
            ({"remark": f"{STOPPED}Stopped: It took longer than 30 s."}, "It took longer than 30 s"),
            ({"detail": "Mean: measured 0.31, expected 1 (tolerance 1e-05)."}, "Mean"),
            ({"detail": ""}, "a: wrong"),
        ],
    )  # fmt: skip
    def test_what_has_no_name_is_grouped_by_its_kind(self, told, kind):
        wrong = [work(name, verdict("made.odd", first=False, **told)) for name in ("ada", "ben")]
        [finding] = item_views(made_class(*wrong))[2].unnamed
        assert (finding.says, finding.students) == (kind, ["ada", "ben"])

    def test_who_is_wrong_twice_in_one_way_counts_once(self):
        wrong = verdict("made.odd", False, False, detail="Mean: measured 1, expected 2.")
        wrong.parts[1].detail = "Mean: measured 3, expected 2."
        [finding] = item_views(made_class(work("ada", wrong)))[2].unnamed
        assert (finding.says, finding.students) == ("Mean", ["ada"])

    def test_an_untouched_notebook_counts_nowhere_and_a_missing_answer_as_nothing(self):
        stub = {name: verdict(name, False, False, status=NOT_ATTEMPTED) for name in EXERCISES}
        untouched = work("una", *stub.values())
        untouched.sources = {}
        half = work("hal", stub["made.odd"])
        cls = made_class(work("ada"), half, untouched)
        assert [w.student for w in cls.counted] == ["ada", "hal"]
        odd = item_views(cls)[2]
        assert odd.students[NOT_ATTEMPTED] == ["hal"] and odd.statistics.difficulty == 0.5
        assert not odd.mistakes and not odd.unnamed

    def test_what_is_open_is_in_no_statistic(self, twenty):
        value, items = alpha(twenty)
        twenty.works[0].scores["written"] = None
        written = item_views(twenty)[3]
        assert written.statistics.difficulty is None and written.counts[OPEN] == 1
        assert alpha(twenty) != (value, items) and alpha(twenty)[1] == items - 1 == 3

    def test_limits_and_flags_by_exercise(self):
        one = work("ada", limits={"made.odd": ["memory"], ELSEWHERE: ["time of a cell"]})
        two = work(
            "ben",
            limits={"made.odd": ["memory", "time of a case"]},
            flags={"made.easy": ["dropout"]},
        )
        easy, _, odd, _ = item_views(made_class(one, two))
        assert odd.limits == {"time of a case": ["ben"], "memory": ["ada", "ben"]}
        assert easy.flags == {"dropout": ["ben"]} and not easy.limits

    def test_bins_of_a_tenth_of_the_points(self):
        values = [0, 0.9, 1, 2.9, 3, 9.99, 10, 11, -1]
        assert histogram(values, 10) == [3, 1, 1, 1, 0, 0, 0, 0, 0, 3]
        assert histogram([1 - 0.9], 1)[1] == 1  # a hair below a tenth


class TestAdvice:
    def test_what_goes_the_wrong_way_round_asks_for_a_look_at_the_judge(self, twenty):
        easy, middle, odd, _ = item_views(twenty)
        assert odd.statistics.discrimination < -0.5 and "look at the judge first" in on_item(odd)[0]
        assert on_item(easy) == [
            "Nearly everybody has it right: a warm-up, which tells nobody apart."
        ]
        assert on_item(middle) == [
            "10 of 20 made the mistake swapped: worth five minutes in class."
        ]

    def test_the_most_pressing_first(self, twenty):
        twenty.ungraded["zoe"] = "Damaged."
        twenty.works[0].is_old = twenty.works[1].is_open = True
        twenty.works[2].limits = {ELSEWHERE: ["memory"]}
        twenty.works[3].flags = {"made.easy": ["sum"]}
        pair = Pair("strong0", "weak0", 0.9, ())
        notes = on_class(twenty, item_views(twenty), [pair])
        found = [(note.anchor, note.text) for note in notes]
        assert [anchor for anchor, _ in found][:3] == ["ungraded"] * 3
        assert [anchor for anchor, _ in found][-3:] == ["limits", "alike", "flags"]
        assert ("alike", "1 pair of submissions worth a look.") in found
        assert not any("warm-up" in text for _, text in found)

    def test_a_class_of_three_is_not_judged(self):
        wrong = verdict("made.odd", False, False, mistake="swapped")
        for view in item_views(made_class(*(work(name) for name in "ab"), work("c", wrong))):
            assert not [text for text in on_item(view) if "strong" in text or "mistake" in text]


class Page(HTMLParser):
    """What a page holds: its elements, the ids, the links within it, and text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.ids, self.links, self.text, self.others = [], [], [], "", []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.tags.append(tag)
        self.ids += [named["id"]] if "id" in named else []
        self.links += [named["href"][1:]] if "href" in named else []
        self.others += [name for name in named if name.startswith("on") or name in ("src", "style")]

    def handle_data(self, data):
        self.text += data


class TestPage:
    @pytest.fixture
    def page(self):
        return hostile_page()

    def test_text_of_students_stays_text(self, page):
        found = Page(page)
        assert not {"script", "img", "iframe", "link"} & set(found.tags)
        assert not found.others and found.tags.count("style") == 1
        assert found.text.count(HOSTILE) > 8

    def test_it_needs_nothing_from_elsewhere_and_links_lead_somewhere(self, page):
        found = Page(page)
        assert set(found.links) <= set(found.ids) and len(found.ids) == len(set(found.ids))
        assert "default-src 'none'" in page and not re.search(r"url\(|@import|https?:", page)

    def test_pictures_have_words(self, page):
        found = Page(page)
        assert found.tags.count("svg") == found.tags.count("desc") == 13  # 3 of each item, 1 of all
        assert "11 right, 2 partly right, 8 wrong" in page
        assert "Students by points: 4 to 5 points: 1; 6 to 7 points: 5; 9 to 10 points: 15." in page

    def test_it_says_for_whom_it_is_and_accuses_nobody(self, page):
        assert "For instructors only" in page and "worth a look" in page
        assert not re.search("cheat|plagiar|copied", page, re.IGNORECASE)

    def test_a_class_without_anything_done(self):
        untouched = work(
            "una", *(verdict(n, False, False, status=NOT_ATTEMPTED) for n in EXERCISES)
        )
        untouched.sources = {}
        page = Page(render("A course", made_class(untouched, absent=["ada"])))
        assert "handed in nothing but the notebook" in page.text and "nobody" in page.text


@pytest.fixture(scope="module")
def graded(assignment, tmp_path_factory):
    """A small course, really graded: right, a known mistake, endless, untouched, no notebook, late, and not graded."""
    mini = small_course(tmp_path_factory.mktemp("small"), assignment)
    with (mini.course.root / "nbgrader_config.py").open("a") as config:
        config.write("\nc.RunAndJudge.case_seconds = 2\n")
    right = solution(mini)
    endless = right.replace(
        "        step, warmup, total =", "        while True: pass\n        step, warmup, total ="
    )
    flagged = f"{right}\nfrom torch.optim.lr_scheduler import LambdaLR"
    answers = {
        "ada": right,
        "ben": right.replace("self.min_lr + ", ""),
        "cem": endless,
        "dan": None,
        "eve": flagged,
    }
    for student, answer in answers.items():
        hand_in(mini, student, answer)
    root = mini.course.nbgrader_root
    (root / "submitted" / "fay" / NAME).mkdir(parents=True)
    (root / "submitted" / "ada" / NAME / "timestamp.txt").write_text("2026-01-03 05:00:00 UTC")
    write_reports(grade_class(mini, progress=False), NAME, root / "reports" / NAME)
    with gradebook_of(mini.course) as book:
        book.find_assignment(NAME).duedate = datetime(2026, 1, 2)
        book.add_student("ida")
        grade = book.find_grade("written-gap", NAME, NAME, "ada")
        grade.manual_score, grade.needs_manual_grade = 7.5, False
        book.db.commit()
    hand_in(mini, "gus", right)
    hand_in(mini, "eve", flagged)
    return mini


class TestGather:
    @pytest.fixture
    def cls(self, graded):
        return gather(graded)

    def test_who_is_graded_and_who_is_not_and_why(self, cls):
        assert [w.student for w in cls.works] == ["ada", "ben", "cem", "dan", "eve"]
        assert [w.student for w in cls.counted] == ["ada", "ben", "cem", "eve"]
        assert cls.ungraded == {
            "fay": "There is no notebook (.ipynb) among the files that were handed in.",
            "gus": "It has not been graded yet.",
        }
        assert cls.absent == ["ida"] and [w.student for w in cls.works if w.is_old] == ["eve"]

    def test_points_are_those_that_count(self, cls):
        works = {w.student: w for w in cls.works}
        assert works["ada"].scores == {f"check-{ANSWER}": 10, "written-gap": 7.5}
        assert works["ben"].scores[f"check-{ANSWER}"] < 10 and works["cem"].total == 0
        assert works["ada"].late == timedelta(days=1, hours=5) and works["ben"].late is None
        assert cls.points == 18 and [i.by_hand for i in cls.items] == [False, True]

    def test_verdicts_limits_flags_and_answers(self, cls, graded):
        works = {w.student: w for w in cls.works}
        assert works["cem"].limits == {EXERCISE: ["time of a case"]} and not works["ada"].limits
        assert works["eve"].flags == {EXERCISE: ["LambdaLR"]}
        assert works["ada"].sources == {ANSWER: solution(graded)} and works["dan"].is_untouched
        [view, written] = item_views(cls)
        assert view.counts == {RIGHT: 2, PARTLY: 1, WRONG: 1, NOT_ATTEMPTED: 0, OPEN: 0}
        assert view.limits == {"time of a case": ["cem"]}
        assert written.counts[NOT_ATTEMPTED] == 4

    def test_nothing_graded_is_told(self, graded):
        autograded = graded.course.nbgrader_root / "autograded"
        kept = autograded.rename(autograded.with_name("kept"))
        try:
            with pytest.raises(CourseError, match="run 'autograder grade mini' first"):
                gather(graded)
        finally:
            kept.rename(autograded)

    def test_a_notebook_that_the_gradebook_does_not_know_is_not_graded(self, graded):
        """A lost gradebook: grading again brings it back."""
        path = graded.course.nbgrader_root / "autograded" / "gus" / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        try:
            path.write_text("{}")
            assert "gus" in gather(graded).ungraded
        finally:
            path.unlink()


class TestFiles:
    @pytest.fixture
    def folder(self, graded):
        folder = graded.course.nbgrader_root / "reports" / NAME
        (folder / NOTEBOOK).unlink(missing_ok=True)
        return folder

    def test_the_command_writes_both(self, graded, folder):
        done = CliRunner().invoke(app, ["overview", NAME, "--course", str(graded.course.root)])
        assert done.exit_code == 0, done.output
        assert done.output.splitlines() == [f"Wrote {folder / PAGE}", f"Wrote {folder / NOTEBOOK}"]
        page = Page((folder / PAGE).read_text()).text
        assert "1 student ran into a limit." in page and "Due 2026-01-02 00:00 UTC." in page

    def test_a_changed_notebook_is_never_replaced_and_outputs_are_no_change(self, graded, folder):
        write_overview(graded)
        made = nbformat.read(folder / NOTEBOOK, 4)
        made.cells[1].outputs = [nbformat.v4.new_output("stream", text="done")]
        nbformat.write(made, folder / NOTEBOOK)
        assert "Wrote" in write_overview(graded)[1]
        made.cells[0].source += "\n\nMy own remark."
        nbformat.write(made, folder / NOTEBOOK)
        assert "stays as it is" in write_overview(graded)[1]
        assert "My own remark." in (folder / NOTEBOOK).read_text()
        (folder / NOTEBOOK).write_text("no notebook")
        assert "stays as it is" in write_overview(graded)[1]

    def test_the_notebooks_text_is_in_its_one_form_and_its_cells_are_short(self):
        text = (ROOT / "autograder/grading/overview/templates/notebook.txt").read_text()
        notebook = to_notebook(text)
        assert to_text(notebook) == text
        assert all(len(c.source.splitlines()) < 10 for c in notebook.cells)

    @pytest.mark.full
    def test_a_kernel_runs_the_notebook(self, graded, folder):
        write_overview(graded)
        ran = nbformat.read(folder / NOTEBOOK, 4)
        run_notebook(ran, folder)
        outputs = [o for cell in ran.cells for o in cell.get("outputs", [])]
        assert not [o for o in outputs if o.output_type == "error"]
        views = [
            o for o in outputs if "application/vnd.jupyter.widget-view+json" in o.get("data", {})
        ]
        assert len(views) == 3


class TestWidgets:
    @pytest.fixture
    def shown(self, graded, monkeypatch):
        monkeypatch.chdir(graded.course.nbgrader_root / "reports" / NAME)
        return open_class(NAME)

    def test_choosing_an_exercise_and_a_mistake_shows_answers(self, shown):
        made = exercises(shown)
        chooser, mistakes = made.children
        choice, page = chooser.children
        assert "Warm-up" in choice.label and "2 right, 1 partly right, 1 wrong" in page.value
        [inner] = mistakes.children
        choice, page = inner.children
        choice.index = [label for label, _ in choice.options].index(
            "1 – It took longer than 2 s and was stopped"
        )
        assert "while True: pass" in page.value and "cem" in page.value
        made.children[0].children[0].index = 1
        assert not mistakes.children

    def test_choosing_a_student_shows_verdicts(self, shown):
        choice, page = students(shown).children
        assert "1 d 5 h" in page.value and "7.5 of 8 points" in page.value
        choice.label = "cem"
        assert "Limit hit: time of a case." in page.value and "wrong, 0 of 10 points" in page.value

    def test_choosing_a_pair_shows_both(self, shown, monkeypatch):
        answer = AlikeAnswer(EXERCISE, 0.8, HOSTILE, "def f(): pass")
        found = [Pair("ada", HOSTILE, 0.75, (answer,))]
        monkeypatch.setattr("autograder.grading.overview.widgets.find_alike", lambda _: found)
        choice, page = pairs(shown).children
        assert choice.label.startswith("75% – ada and ") and len(choice.label) <= 90
        assert (
            "def f(): pass" in page.value
            and HOSTILE not in page.value
            and "<script" not in page.value
        )
        monkeypatch.setattr("autograder.grading.overview.widgets.find_alike", lambda _: [])
        assert pairs(shown).value == "No pair stands out."


def test_every_command_of_the_page(graded):
    """docs/overview.md, with the assignment that is graded here."""
    shown = commands("docs/overview.md")
    assert shown == ["autograder overview 03_regularization"]
    arguments = shown[0].replace("03_regularization", NAME).split()[1:]
    command = [sys.executable, "-m", "autograder.cli", *arguments]
    done = subprocess.run(command, cwd=graded.course.root, capture_output=True, text=True)
    assert done.returncode == 0 and PAGE in done.stdout, done.stderr


def test_the_gradebook_is_only_read(graded):
    before = (graded.course.nbgrader_root / "gradebook.db").read_bytes()
    gather(graded)
    assert Book(graded.course).is_released(NAME)
    assert (graded.course.nbgrader_root / "gradebook.db").read_bytes() == before
