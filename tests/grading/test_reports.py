"""Reports: they agree, hold what a person has to know, and are harmless to whatever opens them."""

import csv
import json
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from autograder.grading.grade import Outcome
from autograder.grading.reports import OWN_PROCESS, print_table, remark, write_reports
from autograder.verdict import NOT_ATTEMPTED, PARTLY, RIGHT, PartVerdict, Verdict

NASTY = [
    "<script>alert(1)</script>",
    "<img src=https://example.org/x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![seen](https://example.org/pixel.png)",
    "https://example.org/seen",
    "www.example.org",
    "@everyone see #1",
    "a | b \\| <img src=x> | `x` \\` <b>",
    "`</code><b>bold",
    "&lt;b&gt; &#60;b>",
    "\n\n# Heading\n\n<b>x</b>",
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\uff1d1+1",
    "\x00\x08\x1b]0;title\x07\x1b[31mred\ud800\ufffe\uffff]]>",
    "[bold red]rich[/bold red] [/] [link=https://example.org]x",
]


def verdict(exercise="dropout.inverted", earned=7, status=PARTLY, remarks=(), **part):
    parts = [
        PartVerdict("scale", 3, earned - 7 if earned > 7 else 0, **part),
        PartVerdict("rest", 7, min(earned, 7)),
    ]
    return Verdict(exercise, "Inverted dropout, forward", status, parts, list(remarks))


ADA = Outcome("ada", 18, 22, by_hand=True, verdicts=[verdict(earned=10, status=RIGHT)])
ADA.asserted = {"plot-has-labels": (4, 4), "counts": (4.0, 8)}
DORA = Outcome("dora", 7, 22, verdicts=[verdict(mistake="vanilla", diagnosis="not divided")])
DORA.notes = ["Canvas marks it as late.", "The notebook was renamed."]
DORA.flags = {"dropout.inverted": ["F.dropout"]}
DORA.hidden = ["check-dropout-inverted has 9 points by hand, which hide a change from 5 to 7."]
ZOE = Outcome("zoe", 0, 22, verdicts=[verdict(earned=0, status=NOT_ATTEMPTED)])
PIA = Outcome("pia", problem="It was not judged: expected 0.123456789 at course/secret.")
CLASS = [ADA, DORA, ZOE, PIA]


@pytest.fixture
def written(tmp_path):
    def write(outcomes):
        write_reports(outcomes, "03_regularization", tmp_path / "reports")
        return tmp_path / "reports"

    return write


def rows(folder):
    with open(folder / "grades.csv", newline="", encoding="utf-8") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def suite(folder):
    return ElementTree.parse(folder / "results.xml").getroot()


def gradescope(folder, student):
    return json.loads((folder / "gradescope" / student / "results.json").read_text("utf-8"))


def test_all_say_the_same(written):
    folder = written(CLASS)
    table = rows(folder)
    assert list(table) == ["ada", "dora", "zoe", "pia"]
    assert [row["total"] for row in table.values()] == ["18", "7", "0", "0"]
    assert [row["dropout.inverted"] for row in table.values()] == ["10", "7", "0", "-"]
    summary = (folder / "summary.md").read_text()
    assert "| dora | 7 | 7 | 22 |" in summary and "| ada | 10 | 18 | 22 | open |" in summary
    junit = suite(folder)
    counts = {name: int(junit.get(name)) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": 6, "failures": 2, "errors": 1, "skipped": 1}
    assert [gradescope(folder, name)["score"] for name in table] == [18, 7, 0, 0]


def test_remarks_tell_what_an_instructor_has_to_know():
    assert f"{OWN_PROCESS}: plot-has-labels, counts" in remark(ADA)
    told = remark(DORA)
    for part in ("late", "renamed", "vanilla", "F.dropout", "hide a change from 5 to 7"):
        assert part in told


def test_assert_cells_are_marked_in_junit(written):
    cases = {case.get("name"): case for case in suite(written([ADA])).iter("testcase")}
    assert cases[f"plot-has-labels ({OWN_PROCESS})"].find("failure") is None
    failure = cases[f"counts ({OWN_PROCESS})"].find("failure")
    assert failure.get("message") == f"4 of 8 points, {OWN_PROCESS}"


def test_manual_scores_that_hide_a_change_are_listed_in_junit(written):
    assert suite(written(CLASS)).find("system-out").text == f"dora: {DORA.hidden[0]}"


class TestGradescope:
    def test_holds_a_test_for_each_exercise_and_assert_cell(self, written):
        result = gradescope(written(CLASS), "ada")
        tests = result["tests"]
        assert [(t["number"], t["score"], t["max_score"], t["status"]) for t in tests] == [
            ("1", 10, 10, "passed"),
            ("2", 4, 4, "passed"),
            ("3", 4, 8, "failed"),
        ]
        assert tests[0]["name"] == "Inverted dropout, forward"
        assert "the notebook's own assertions" in tests[1]["output"]
        assert result["output"] == "Written answers are graded by hand."

    def test_says_what_the_feedback_says(self, written):
        [test] = gradescope(written(CLASS), "dora")["tests"]
        assert test["output"] == DORA.verdicts[0].as_text() and "not divided" in test["output"]
        assert gradescope(written(CLASS), "dora")["output"].splitlines() == DORA.notes

    def test_holds_nothing_that_is_for_the_instructor(self, written):
        folder = written(CLASS)
        text = json.dumps([gradescope(folder, outcome.student) for outcome in CLASS])
        for secret in ("F.dropout", "hide a change", "0.123456789", "course/secret"):
            assert secret not in text
        assert "could not be graded" in gradescope(folder, "pia")["output"]

    def test_has_only_known_fields_with_known_values(self, written):
        folder = written(CLASS)
        for outcome in CLASS:
            result = gradescope(folder, outcome.student)
            for part in (result, *result["tests"]):
                assert part["output_format"] == "text" and part["visibility"] == "visible"
                assert isinstance(part["score"], int | float) and isinstance(part["output"], str)
            assert set(result) == {
                *("score", "output", "output_format", "visibility", "stdout_visibility", "tests")
            }
            for test in result["tests"]:
                assert test["status"] in ("passed", "failed")
                assert set(test) == {
                    *("name", "number", "score", "max_score", "status"),
                    *("output", "output_format", "visibility"),
                }

    def test_a_student_who_left_keeps_the_last_file_and_others_get_theirs(self, written):
        written([ADA])
        folder = written([DORA])
        assert gradescope(folder, "ada")["score"] == 18 and gradescope(folder, "dora")["score"] == 7


@pytest.fixture(params=NASTY, ids=range(len(NASTY)))
def nasty(request, written):
    """Reports of a student whose every text is this one; names of folders cannot hold all of it."""
    text = request.param
    told = verdict(remarks=[text], diagnosis=text, detail=text)
    first = Outcome("first", 7, 10, verdicts=[told], notes=[text], hidden=[text])
    first.asserted, first.flags = {"plot": (0, 1)}, {"dropout.inverted": [text]}
    second = Outcome("second", problem=text)
    return text, [first, second], written([first, second])


class TestHostileText:
    def test_is_text_in_the_markdown_summary(self, nasty):
        _, _, folder = nasty
        summary = (folder / "summary.md").read_text(encoding="utf-8")
        assert len(summary.splitlines()) == 6  # title, blank, head, rule, two rows
        markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
        allowed = {"heading", "table", "thead", "tbody", "tr", "th", "td", "inline"}
        for token in markdown.parse(summary):
            assert token.type.removesuffix("_open").removesuffix("_close") in allowed
            inner = {child.type for child in token.children or ()}
            assert inner <= {"text", "code_inline"}
            for child in token.children or ():
                assert child.type != "text" or not any(mark in child.content for mark in "<@[!&#`")
                assert child.type != "text" or "example.org" not in child.content
        cells = [t for t in markdown.parse(summary) if t.type == "td_open"]
        assert len(cells) == 2 * 6

    def test_is_no_formula_in_a_spreadsheet(self, nasty):
        _, _, folder = nasty
        with open(folder / "grades.csv", newline="", encoding="utf-8") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert len(cells) == 3 * 6
        risky = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")
        assert [cell for cell in cells if cell.startswith(risky) and cell != "-"] == []

    def test_leaves_the_xml_well_formed(self, nasty):
        _, _, folder = nasty
        cases = list(suite(folder).iter("testcase"))
        assert [case.get("classname") for case in cases] == ["first", "first", "second"]

    def test_is_text_to_gradescope(self, nasty):
        _, _, folder = nasty
        assert gradescope(folder, "first")["tests"][0]["output_format"] == "text"
        assert "\x1b" not in gradescope(folder, "first")["output"]

    def test_is_shown_in_the_terminal_as_it_is(self, nasty, capsys):
        text, outcomes, _ = nasty
        print_table(outcomes)
        shown = capsys.readouterr().out
        assert "\x1b" not in shown and "\x07" not in shown
        if text.startswith("[bold red]"):
            assert "[bold red]rich[/bold red] [/] [link=https://example.org]x" in shown
