"""The judge on a small exercise of its own: points, diagnoses, and what it does not tell."""

import pytest

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Close, Problem, Same
from autograder.judge import Recorded, failures, judge, measured
from autograder.verdict import NOT_ATTEMPTED, PARTLY, RIGHT, WRONG
from autograder.wire import decode, encode


class Line(Exercise):
    """`answer(x)` is 3 x + 2, an int for an int."""

    name = "test.line"
    title = "A line"
    shown = ("x",)
    parts = (
        Part("slope", 4, ("slope",), "Lecture 0"),
        Part("offset", 3, ("offset",), "Lecture 0"),
        Part("kind", 2, ("kind",), "Lecture 1", needs=("slope", "offset")),
        Part("kept kind", 1, ("kept",), "Lecture 1", needs=("kind",)),
    )
    mistakes = {
        "doubled": "The slope is 6.",
        "no_offset": "The offset is missing.",
        "doubled_without_offset": "The slope is 6, and the offset is missing.",
        "text": "A text is returned.",
    }

    def cases(self, rng_for):
        return [{"name": "one", "seed": 1, "x": 1}, {"name": "five", "seed": 5, "x": 5}]

    def probe(self, answer, case, device):
        return {"zero": answer(0), "y": answer(case["x"])}

    def measure(self, case, output):
        if isinstance(output["y"], str):
            raise Malformed("The output is a text.")
        slope = (output["y"] - output["zero"]) / case["x"]
        kind = type(output["y"]).__name__
        return {
            "slope": Close(slope),
            "offset": Close(output["zero"]),
            "kind": Same(kind),
            "kept": Same(kind == "int"),
        }


LINE = Line()
WRONG_ANSWERS = {
    "doubled": lambda x: 6 * x + 2,
    "no_offset": lambda x: 3 * x,
    "doubled_without_offset": lambda x: 6 * x,
    "text": lambda x: str(x),
}


def reply_to(answer, case) -> dict:
    return decode(encode({"status": "ok", "output": LINE.probe(answer, case, "cpu")}))


def recorded(public=(True, True)):
    records = []
    for case, is_public in zip(LINE.cases(None), public, strict=True):
        expected = measured(LINE, case, reply_to(lambda x: 3 * x + 2, case))
        record = Recorded(case, expected, public=is_public)
        for name, answer in WRONG_ANSWERS.items():
            record.mistakes[name] = failures(expected, measured(LINE, case, reply_to(answer, case)))
        records.append(record)
    return records


def judged(answer, public=(True, True)):
    records = recorded(public)
    return judge(LINE, records, [reply_to(answer, record.case) for record in records])


def earned(verdict):
    return [part.earned for part in verdict.parts]


def test_a_right_answer_has_all_points_and_nothing_to_say():
    verdict = judged(lambda x: x + 2 * (x + 1))
    assert verdict.status == RIGHT and verdict.points == verdict.max_points == 10
    assert verdict.mistakes == [] and all(p.diagnosis == p.detail == "" for p in verdict.parts)


def test_each_part_earns_its_points_alone():
    verdict = judged(WRONG_ANSWERS["doubled"])
    assert verdict.status == PARTLY and earned(verdict) == [0, 3, 2, 1]


def test_a_part_is_wrong_where_one_case_is_wrong():
    verdict = judged(lambda x: 3 * x + 2 if x < 3 else 3 * x + 5)
    assert earned(verdict) == [0, 3, 2, 1]


def test_a_part_with_needs_counts_as_soon_as_one_of_them_is_right():
    verdict = judged(lambda x: 0)
    assert verdict.status == WRONG and earned(verdict) == [0, 0, 0, 0]
    assert "“slope” or “offset”" in verdict.parts[2].diagnosis
    assert "“kind”" in verdict.parts[3].diagnosis  # needs follow each other
    assert not verdict.parts[2].counted and verdict.parts[0].counted


@pytest.mark.parametrize("name", WRONG_ANSWERS)
def test_a_known_mistake_is_told_by_its_own_sentence(name):
    verdict = judged(WRONG_ANSWERS[name])
    assert verdict.mistakes[0] == name
    wrong = [part for part in verdict.parts if part.mistake]
    assert wrong[0].diagnosis == LINE.mistakes[name]


def test_the_mistake_that_explains_the_other_parts_too_comes_first():
    # "no_offset" and "doubled_without_offset" both explain the offset; only one of them the slope.
    assert judged(lambda x: 6 * x).parts[1].mistake == "doubled_without_offset"
    assert judged(lambda x: 3 * x).parts[1].mistake == "no_offset"


def test_an_unknown_mistake_has_no_diagnosis_but_what_was_measured():
    verdict = judged(lambda x: 7 * x + 2)
    assert verdict.parts[0].mistake == verdict.parts[0].diagnosis == ""
    for text in ("measured 7", "expected 3", "Case: one, x=1"):
        assert text in verdict.as_text()


def test_a_mistake_that_explains_only_some_of_the_wrong_cases_is_not_named():
    assert judged(lambda x: 6 * x + 2 if x < 3 else 7 * x + 2).mistakes == []


class TestNotAttempted:
    stub = {"status": "not attempted", "sentence": "This is not written yet."}

    def test_a_stub_gets_no_points_and_no_accusation(self):
        verdict = judge(LINE, recorded(), [self.stub, self.stub])
        assert verdict.status == NOT_ATTEMPTED and verdict.points == 0
        assert verdict.max_points == 10 and verdict.mistakes == []

    def test_a_half_written_answer_that_earns_nothing_is_not_attempted(self):
        records = recorded()
        replies = [reply_to(lambda x: 0, records[0].case), self.stub]
        assert judge(LINE, records, replies).status == NOT_ATTEMPTED

    def test_a_half_written_answer_keeps_what_it_earned(self):
        records = recorded()
        del records[1].expected["slope"]  # the second case is about the rest
        replies = [reply_to(lambda x: 3 * x + 2, records[0].case), self.stub]
        verdict = judge(LINE, records, replies)
        assert verdict.status == PARTLY and earned(verdict) == [4, 0, 0, 0]
        assert "not written yet" in verdict.parts[1].detail


class TestHiddenCases:
    def test_tell_neither_values_nor_names_nor_seeds(self):
        verdict = judged(lambda x: 3 * x + 2 if x < 3 else 123456.0, public=(True, False))
        assert verdict.status == PARTLY
        for text in ("123456", "five", "x=5", "expected 3"):
            assert text not in verdict.as_text()
        assert "hidden case" in verdict.parts[0].detail

    def test_tell_no_exception_text(self):
        records = recorded((True, False))
        error = {"status": "error", "error": "SecretError", "message": "x was 5"}
        replies = [reply_to(lambda x: 3 * x + 2, records[0].case), error]
        text = judge(LINE, records, replies).as_text()
        assert "SecretError" not in text and "x was 5" not in text

    def test_tell_a_known_mistake_by_its_fixed_sentence_only(self):
        verdict = judged(lambda x: 3 * x + 2 if x < 3 else 6 * x + 2, public=(True, False))
        assert verdict.parts[0].diagnosis == LINE.mistakes["doubled"]
        assert "measured" not in verdict.as_text() and verdict.parts[0].detail == ""

    def test_leave_the_public_case_to_speak_where_both_fail(self):
        text = judged(lambda x: 7 * x + 2, public=(True, False)).as_text()
        assert "x=1" in text and "x=5" not in text


class TestUnexpectedReplies:
    @pytest.mark.parametrize(
        "reply, told",
        [
            ({"status": "error", "error": "ValueError", "message": "No x."}, "ValueError. No x."),
            ({"status": "unreadable", "sentence": "A set is not plain data."}, "A set is not"),
            ({"status": "stopped", "sentence": "It took longer than 10 s."}, "longer than 10 s"),
            ({"status": "missing"}, "no output"),
            ({"status": "ok"}, "the form that the exercise asks for"),
            ({"status": "ok", "output": None}, "the form that the exercise asks for"),
            ({"status": "ok", "output": {"y": "text", "zero": 0}}, "A text is returned."),
            ({"status": "ok", "output": {"y": [1], "zero": {}}}, "the form that the exercise"),
            ({}, "no output"),
            ({"status": ["ok"]}, "no output"),
            ({"status": "error", "error": {"a": 1}, "message": [2]}, "stopped with"),
        ],
        ids=str,
    )
    def test_cost_all_points_and_say_why(self, reply, told):
        verdict = judge(LINE, recorded(), [reply, reply])
        assert verdict.status == WRONG and verdict.points == 0
        assert told in verdict.as_text()

    def test_are_cut_to_a_readable_length(self):
        long = "x" * 10**6
        for reply in (
            {"status": "error", "error": long, "message": long},
            {"status": "unreadable", "sentence": long},
        ):
            assert len(judge(LINE, recorded(), [reply, reply]).as_text()) < 10_000

    def test_that_hold_what_cannot_be_compared_are_wrong_too(self):
        class Anything(Line):
            def measure(self, case, output):
                return {name: Close(output["value"]) for name in ("slope", "offset")} | {
                    name: Same(output["value"]) for name in ("kind", "kept")
                }

        for value in ("abc", [[1], [2, 3]], {"a": [1]}, None, [10**400], [None]):
            reply = {"status": "ok", "output": {"value": value}}
            assert judge(Anything(), recorded(), [reply, reply]).points == 0


def test_failures_show_a_missing_feature_by_the_problem_and_another_kind_as_it_is():
    expected = {"slope": Close(3.0), "offset": Close(2.0)}
    problem = Problem("Nothing came back.")
    assert failures(expected, {"problem": problem}) == {"slope": problem, "offset": problem}
    assert failures(expected, {"slope": problem, "offset": Close(2.0)}) == {"slope": problem}
    assert failures(expected, {"slope": Close(3.0), "offset": Close(2.0), "more": Same(1)}) == {}


def test_records_survive_the_trip_through_a_file():
    records = recorded()
    back = [
        Recorded.from_plain(decode(encode(record.to_plain())), public=True) for record in records
    ]
    assert [encode(r.to_plain()) for r in back] == [encode(r.to_plain()) for r in records]
    assert [failures(r.expected, s.expected) for r, s in zip(back, records, strict=True)] == [
        {}
    ] * 2
