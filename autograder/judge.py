"""The judge: from cases, recorded features and a student's outputs to a verdict.

It sees outputs as plain data only and never runs a student's code.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from autograder.exercise import Exercise, Malformed
from autograder.features import Feature, Problem, alike, from_plain, to_plain
from autograder.verdict import NOT_ATTEMPTED, PARTLY, RIGHT, WRONG, PartVerdict, Verdict

PROBLEM = "problem"


@dataclass
class Recorded:
    """A case with what the reference gives on it, and what each known mistake gives where it differs."""

    case: dict
    expected: dict[str, Feature]
    mistakes: dict[str, dict[str, Feature]] = field(default_factory=dict)
    public: bool = True

    def to_plain(self) -> dict:
        return {
            "case": self.case,
            "expected": to_plain(self.expected),
            "mistakes": {name: to_plain(features) for name, features in self.mistakes.items()},
        }

    @classmethod
    def from_plain(cls, data: dict, public: bool) -> "Recorded":
        mistakes = {name: from_plain(features) for name, features in data["mistakes"].items()}
        return cls(data["case"], from_plain(data["expected"]), mistakes, public)


def measured(exercise: Exercise, case: dict, reply: dict) -> dict[str, Feature]:
    """The features of one probe's reply; where it cannot be measured, the one feature `problem`."""
    if reply.get("status") == "error":
        return {PROBLEM: Problem(f"The code stopped with {str(reply.get('error'))[:80]}.")}
    if reply.get("status") != "ok":
        return {
            PROBLEM: Problem(str(reply.get("sentence") or "There is no output to judge.")[:300])
        }
    try:
        return exercise.measure(case, reply["output"])
    except Malformed as malformed:
        return {PROBLEM: Problem(str(malformed)[:300])}
    except (
        Exception
    ):  # the output came from a student's process: whatever its form, it is only wrong
        return {PROBLEM: Problem("The output does not have the form that the exercise asks for.")}


def failures(expected: dict[str, Feature], got: dict[str, Feature]) -> dict[str, Feature]:
    """The features of `got` that disagree with the expected ones; a missing one is shown by its problem."""
    problem = got.get(PROBLEM, Problem("This was not measured."))
    wrong = {}
    for name, feature in expected.items():
        mine = got.get(name, problem)
        if type(mine) is not type(feature) or mine.disagreement(feature):
            wrong[name] = mine
    return wrong


def judge(exercise: Exercise, recorded: Sequence[Recorded], replies: Sequence[dict]) -> Verdict:
    """The verdict on an answer, from one probe reply for each recorded case, in the same order."""
    wrong = [
        failures(record.expected, measured(exercise, record.case, reply))
        for record, reply in zip(recorded, replies, strict=True)
    ]
    parts = {
        part.name: _judge_part(exercise, part, recorded, replies, wrong) for part in exercise.parts
    }
    for part in exercise.parts:
        verdict = parts[part.name]
        if verdict.earned and part.needs and not any(parts[name].earned for name in part.needs):
            verdict.earned, verdict.counted = 0.0, False
            needed = " or ".join(f"“{name}”" for name in part.needs)
            verdict.diagnosis = f"This counts as soon as {needed} is right."
    verdicts = list(parts.values())
    stub = any(reply.get("status") == "not attempted" for reply in replies)
    if stub and not any(v.earned for v in verdicts):
        return not_attempted(exercise)
    status = RIGHT if all(v.earned == v.points for v in verdicts) else WRONG
    if status == WRONG and any(v.earned for v in verdicts):
        status = PARTLY
    return Verdict(exercise.name, exercise.title, status, verdicts)


def not_attempted(exercise: Exercise, remark: str = "") -> Verdict:
    """The verdict on a stub: no points, and no accusation."""
    parts = [
        PartVerdict(part.name, part.points, 0.0, lecture=part.lecture) for part in exercise.parts
    ]
    remarks = [remark] if remark else []
    return Verdict(exercise.name, exercise.title, NOT_ATTEMPTED, parts, remarks)


def _judge_part(exercise, part, recorded, replies, wrong):
    mine = [{name: f for name, f in bad.items() if name in part.features} for bad in wrong]
    verdict = PartVerdict(part.name, part.points, part.points, lecture=part.lecture)
    if not any(mine):
        return verdict
    verdict.earned = 0.0
    verdict.mistake = _likely_mistake(recorded, wrong, mine)
    verdict.diagnosis = exercise.mistakes.get(verdict.mistake, "")
    verdict.detail, verdict.case = _detail(exercise, recorded, replies, mine, verdict.mistake)
    return verdict


def _likely_mistake(recorded, wrong, mine):
    """The known mistake that gives what the student got in this part; the one that explains most else, first."""
    names = list(dict.fromkeys(name for record in recorded for name in record.mistakes))
    scores = {}
    for name in names:
        theirs = [record.mistakes.get(name, {}) for record in recorded]
        if all(_explains(bad, other) for bad, other in zip(mine, theirs, strict=True)):
            scores[name] = sum(
                _matches(b, o) - _unseen(b, o) for b, o in zip(wrong, theirs, strict=True)
            )
    return max(scores, key=scores.get, default="")


def _explains(bad, other):
    return all(name in other and alike(feature, other[name]) for name, feature in bad.items())


def _matches(bad, other):
    return sum(name in other and alike(feature, other[name]) for name, feature in bad.items())


def _unseen(bad, other):
    """How much of what a mistake does elsewhere this answer does not do."""
    return sum(name not in bad or not alike(bad[name], other[name]) for name in other)


def _detail(exercise, recorded, replies, mine, mistake):
    """Measured, expected and tolerance of the first wrong public case; of hidden cases only that they fail."""
    hidden = "All public cases are right; a hidden case is not. Try other shapes, dtypes and edge values."
    for record, reply, bad in zip(recorded, replies, mine, strict=True):
        if bad and record.public:
            name, feature = next(iter(bad.items()))
            if isinstance(feature, Problem):
                if mistake and "message" not in reply:
                    return "", ""  # the diagnosis says more
                says = f"{feature.value} {str(reply.get('message', ''))[:500]}".strip()
            else:
                says = f"{name}: {feature.disagreement(record.expected[name])}."
            return says[0].upper() + says[1:], exercise.describe(record.case)
    return "" if mistake else hidden, ""
