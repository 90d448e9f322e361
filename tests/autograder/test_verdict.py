"""A verdict as data, text and HTML."""

from html.parser import HTMLParser

from autograder.verdict import NOT_ATTEMPTED, PARTLY, RIGHT, PartVerdict, Verdict
from autograder.wire import decode, encode

HOSTILE = "</p><script>alert('x')</script><img src=x onerror=alert(1)>&\"'"


def verdict(status=PARTLY, text="It is not scaled.", title="Inverted") -> Verdict:
    wrong = {"mistake": "no_scale", "diagnosis": text, "lecture": "Lecture 4"}
    parts = [
        PartVerdict("mask", 3.0, 3.0, lecture="Lecture 3"),
        PartVerdict("scale", 2.5, 0.0, detail="Measured 1.", **wrong),
        PartVerdict("test time", 2.0, 0.0, detail="Measured 2.", **wrong),
        PartVerdict("dtype", 1.0, 0.0, diagnosis="It counts later.", counted=False),
    ]
    return Verdict("dropout.inverted", title, status, parts, ["A remark."])


class Elements(HTMLParser):
    """The elements, attributes and text of an HTML fragment."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text, self.open = set(), set(), "", []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_points_and_mistakes_are_those_of_the_parts():
    one = verdict()
    assert (one.points, one.max_points) == (3.0, 8.5)
    assert one.mistakes == ["no_scale"]


def test_a_verdict_survives_the_trip_as_plain_data():
    assert Verdict.from_plain(decode(encode(verdict().to_plain()))) == verdict()


def test_the_text_tells_each_part_what_is_wrong_and_where_to_read():
    text = verdict().as_text()
    for line in (
        "Inverted: partly right, 3 of 8.5 points",
        "mask: right (3 of 3)",
        "scale: wrong (0 of 2.5)",
        "dtype: not counted (0 of 1)",
        "It is not scaled.",
        "Measured 1.",
        "Measured 2.",
        "Read again: Lecture 4.",
        "A remark.",
    ):
        assert line in text
    assert text.count("It is not scaled.") == 1  # told once
    assert "Lecture 3" not in text  # where everything was right


def test_a_stub_is_told_in_one_line_and_its_remarks():
    text = verdict(NOT_ATTEMPTED).as_text()
    assert text.splitlines() == ["Inverted: not attempted, 3 of 8.5 points", "  A remark."]


def test_a_check_that_could_not_be_made_shows_no_points():
    text = Verdict("", "This cannot be checked", "wrong", [], ["The file is missing."]).as_text()
    assert "points" not in text and "The file is missing." in text


def test_html_holds_the_same_sentences_as_the_text():
    html = Elements(verdict().as_html())
    assert html.open == [] and html.tags <= {"div", "p", "strong", "ul", "li", "br"}
    for line in verdict().as_text().splitlines():
        assert line.strip(" -") in html.text


def test_html_escapes_every_hostile_text():
    one = verdict(text=HOSTILE, title=HOSTILE)
    one.remarks.append(HOSTILE)
    for part in one.parts:
        part.name = part.detail = part.lecture = part.name + HOSTILE
    for status in (RIGHT, PARTLY, NOT_ATTEMPTED, HOSTILE):
        one.status = status
        html = Elements(one.as_html())
        assert html.open == []
        assert html.tags <= {"div", "p", "strong", "ul", "li", "br"}
        assert html.attributes == {"style"}
        assert "alert('x')" in html.text
