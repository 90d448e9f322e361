"""Summaries of checked notebooks: they hold what a student has to know, and what a student wrote is text in them."""

from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from autograder.summary import FAIL_ON, Checked, append_markdown, write_junit
from autograder.verdict import NOT_ATTEMPTED, PARTLY, RIGHT, WRONG, PartVerdict, Verdict
from tests.grading.test_reports import NASTY

NAME = "assignments/03/03.ipynb"


def verdict(status, earned=0, **part):
    parts = [PartVerdict("scale", 3, min(earned, 3), **part), PartVerdict("rest", 7, earned - 3)]
    return Verdict(f"dropout.{status}", f"Dropout that is {status}", status, parts)


ALL = [
    verdict(RIGHT, 10),
    verdict(PARTLY, 9, diagnosis="It is not divided.", detail="0.5 for 1.", case="small"),
    verdict(NOT_ATTEMPTED, 3),
]


def rendered(path):
    """What GitHub makes of a summary: links from addresses too, and the tags that a page would get."""
    page = MarkdownIt("gfm-like", {"linkify": False}).enable("table").parse(path.read_text())
    return [token for top in page for token in [top, *(top.children or ())]]


def test_markdown_holds_verdicts_and_diagnoses(tmp_path):
    path = tmp_path / "reports" / "summary.md"
    append_markdown(Checked(NAME, ALL), path)
    text = path.read_text()
    assert text.startswith(f"## Checks of {NAME}\n")
    assert "| Dropout that is partly right | partly right | 9 of 10 |" in text
    assert "\n22 of 30 points on the public cases.\n" in text
    assert text.count("### Diagnosis") == 1
    wrong = text.partition("### Diagnosis: Dropout that is partly right")[2]
    assert "\n  - It is not divided.\n" in wrong and "0.5 for 1. Case: small." in wrong
    tokens = [token.type for token in rendered(path)]
    assert tokens.count("table_open") == 1 and "bullet_list_open" in tokens


def test_markdown_is_added_to_what_stands_there(tmp_path):
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    append_markdown(Checked(NAME, ALL), path)
    append_markdown(Checked("b.ipynb", [], "b.ipynb ended its own kernel."), path)
    append_markdown(Checked("c.ipynb", []), path)
    text = path.read_text()
    assert text.startswith("before\n## Checks") and text.count("\n## Checks") == 3
    assert "Not checked to its end: b.ipynb ended its own kernel." in text
    assert "c.ipynb holds no check(...) line that was run." in text


@pytest.mark.parametrize("text", NASTY)
def test_what_a_student_wrote_is_text(text, tmp_path):
    nasty = Verdict(
        text, text, WRONG, [PartVerdict(text, 1, 0, diagnosis=text, detail=text)], [text]
    )
    checked = Checked(text, [nasty], text)
    append_markdown(checked, tmp_path / "summary.md")
    tokens = rendered(tmp_path / "summary.md")
    forbidden = {"html_block", "html_inline", "link_open", "image"}
    assert not forbidden & {token.type for token in tokens}
    headings = [token.tag for token in tokens if token.type == "heading_open"]
    assert headings == ["h2", "h3"]
    plain = [token.content for token in tokens if token.type == "text"]
    assert not [words for words in plain if "@" in words or "://" in words or "www." in words]
    write_junit([checked], tmp_path / "checks.xml")
    cases = ElementTree.parse(tmp_path / "checks.xml").getroot().findall("testcase")
    assert [case[0].tag for case in cases] == ["failure", "error"]


def test_junit_counts_what_it_holds(tmp_path):
    path = tmp_path / "reports" / "checks.xml"
    write_junit([Checked(NAME, ALL), Checked("b.ipynb", [], "b.ipynb is broken.")], path)
    suite = ElementTree.parse(path).getroot()
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "4", "failures": "1", "errors": "1", "skipped": "1"}
    found = {(case.get("classname"), case.get("name")): case for case in suite}
    failure = found[NAME, "dropout.partly right"].find("failure")
    assert "It is not divided." in failure.text
    assert found["b.ipynb", "notebook"].find("error").get("message") == "b.ipynb is broken."


@pytest.mark.parametrize(
    ("statuses", "problem", "fails"),
    [
        ([RIGHT], "", {}),
        ([RIGHT, NOT_ATTEMPTED], "", {"unfinished"}),
        ([], "", {"unfinished"}),
        ([RIGHT, PARTLY], "", {"wrong", "unfinished"}),
        ([WRONG], "", {"wrong", "unfinished"}),
        ([RIGHT], "It ended its own kernel.", {"wrong", "unfinished"}),
    ],
)
def test_what_fails(statuses, problem, fails):
    checked = Checked(NAME, [verdict(status, 3) for status in statuses], problem)
    assert {on for on in FAIL_ON if checked.fails(on)} == set(fails)
