"""What every assignment is held to: its answers, its exercises, its measurements, its mutants, its text.

A test module of an assignment names it, subclasses `Suite`, and adds what is the assignment's own:

    ASSIGNMENT = "05_schedules"

    class TestAssignment(Suite):
        right_too = {"schedules.step": (("part of the solution", "in its place", "why that is right too"),)}
"""

import ast
import random
import re
from collections import Counter
from functools import cache

import pytest

from autograder.exercise import exercises
from autograder.features import MAX_SHARES, Share
from autograder.functions import UNCHANGED
from autograder.grading.answers import Answer
from autograder.grading.course import CHECKS, Assignment, Course
from autograder.grading.rebuild import stubs
from autograder.grading.record import answers_to, draw_cases
from autograder.judge import Recorded, failures, judge, measured
from autograder.practice import checks_version, device_remarks, public_seed
from autograder.verdict import NOT_ATTEMPTED, RIGHT
from autograder.wire import decode
from tests.assignments.mutants import mutants
from tests.assignments.workbench import Workbench, hidden, stub_verdict
from tests.conftest import ROOT

SHORT = ("public", 1, 2)
LONG = range(3, 53)
SAMPLE = 12  # mutants of a solution in the short suite
POINTER = re.compile(r"Lecture (\d), section (\d+): (.+)")


@cache
def course_assignment(name: str) -> Assignment:
    return Course(ROOT).assignment(name)


@cache
def answers_of(name: str) -> list[Answer]:
    return answers_to(course_assignment(name))


class Judged:
    """Verdicts on all answers, from replies that real student processes gave; each answer is run once a seed."""

    def __init__(self, recorder):
        self.recorder, self.checks = recorder, recorder.assignment.checks
        self.answers = answers_to(recorder.assignment)
        self.replies, self.records = {}, {}

    def verdict(self, answer, seed):
        records = self.known(answer.exercise, seed)
        return judge(self.checks[answer.exercise].exercise, records, self._replies(answer, seed))

    def _cases(self, name, seed):
        seed_of = public_seed if seed == "public" else hidden(seed)
        return draw_cases(self.checks[name].exercise, seed_of)

    def _replies(self, answer, seed):
        key = (answer.exercise, answer.kind, answer.name, seed)
        if key not in self.replies:
            cases = self._cases(answer.exercise, seed)
            check = self.checks[answer.exercise]
            self.replies[key] = self.recorder.replies_to(answer, check, cases)
        return self.replies[key]

    def known(self, name, seed):
        if (name, seed) not in self.records:
            check, cases = self.checks[name], self._cases(name, seed)
            records = [
                Recorded(case, measured(check.exercise, case, reply), public=seed == "public")
                for case, reply in zip(cases, self.recorder.replies(check, cases), strict=True)
            ]
            for answer in self.answers:
                if (answer.exercise, answer.kind) == (name, "wrong"):
                    for record, reply in zip(records, self._replies(answer, seed), strict=True):
                        wrong = failures(
                            record.expected, measured(check.exercise, record.case, reply)
                        )
                        if wrong:
                            record.mistakes[answer.name] = wrong
            self.records[name, seed] = records
        return self.records[name, seed]


def assert_judged_as_it_should_be(answer, verdict):
    if answer.kind == "right":
        assert verdict.status == RIGHT and verdict.points == verdict.max_points, verdict.as_text()
    else:
        assert verdict.status != RIGHT, verdict.as_text()
        assert verdict.mistakes[:1] == [answer.name], verdict.as_text()
        diagnosis = exercises()[answer.exercise].mistakes[answer.name]
        assert diagnosis in verdict.as_text()


class Suite:
    """The tests that every assignment passes. `right_too` lists, by exercise, mutants that are right too."""

    right_too: dict[str, tuple] = {}
    seeds = SHORT

    def test_every_answer_is_judged_as_it_should_be(self, judged, answer):
        for seed in self.seeds:
            assert_judged_as_it_should_be(answer, judged.verdict(answer, seed))

    @pytest.mark.full
    def test_every_answer_is_judged_as_it_should_be_on_many_hidden_cases(self, judged, seed):
        for answer in judged.answers:
            assert_judged_as_it_should_be(answer, judged.verdict(answer, seed))
        judged.replies.clear()
        judged.records.clear()

    def test_the_solutions_are_right_after_every_answer(self, judged):
        """An answer that redefines what an earlier exercise asked for is put back."""
        for name, check in judged.checks.items():
            records = judged.known(name, 1)
            replies = judged.recorder.replies(check, [record.case for record in records])
            assert judge(check.exercise, records, replies).status == RIGHT

    def test_an_exercise_has_six_wrong_answers_and_three_right_ones_at_least(
        self, judged, exercise
    ):
        kinds = [answer.kind for answer in judged.answers if answer.exercise == exercise]
        assert kinds.count("wrong") >= 6 and kinds.count("right") >= 3

    def test_an_exercise_has_a_wrong_answer_for_each_mistake(self, judged, exercise):
        wrong = [a.name for a in judged.answers if (a.exercise, a.kind) == (exercise, "wrong")]
        assert sorted(wrong) == sorted(exercises()[exercise].mistakes)
        names = [(a.kind, a.name) for a in judged.answers if a.exercise == exercise]
        assert len(set(names)) == len(names)

    def test_parts_have_points_a_lecture_and_need_earlier_parts(self, exercise):
        names = [part.name for part in exercises()[exercise].parts]
        assert len(set(names)) == len(names)
        for index, part in enumerate(exercises()[exercise].parts):
            assert part.points > 0 and set(part.needs) <= set(names[:index])
            assert is_in_its_lecture(part.lecture), part.lecture

    def test_an_exercise_has_a_short_sentence_for_each_mistake(self, exercise):
        for sentence in exercises()[exercise].mistakes.values():
            assert sentence.endswith(".") and 20 < len(sentence) < 200

    def test_every_feature_of_a_part_is_measured_and_every_one_measured_has_a_part(
        self, workbench, exercise
    ):
        found = {feature for record in workbench.recorded[exercise] for feature in record.expected}
        parts = exercises()[exercise].parts
        assert found == {feature for part in parts for feature in part.features}

    def test_the_random_parts_together_accuse_nobody(self, workbench):
        counted = Counter(
            type(feature)
            for records in workbench.recorded.values()
            for record in records
            for feature in record.expected.values()
        )
        assert counted[Share] <= MAX_SHARES

    def test_points_of_the_cells_are_those_of_the_parts(self, assignment):
        for name, check in assignment.checks.items():  # raises where they differ
            assert check.exercise.points == sum(part.points for part in exercises()[name].parts)

    def test_cases_have_names_of_their_own_and_depend_on_the_seed_alone(self, assignment, exercise):
        check = assignment.checks[exercise]
        one, again, other = (draw_cases(check.exercise, hidden(n)) for n in (1, 1, 2))
        names = [case["name"] for case in one]
        assert len(set(names)) == len(names) and repr(one) == repr(again)
        assert names == [case["name"] for case in other]
        assert all(a["seed"] != b["seed"] for a, b in zip(one, other, strict=True))

    def test_a_stub_is_not_attempted(self, workbench, assignment, exercise):
        """With no answer of the student's at all, as released."""
        records = workbench.recorded[exercise]
        verdict = stub_verdict(assignment, stubs(assignment), exercise, records)
        assert verdict.status == NOT_ATTEMPTED, verdict.as_text()

    def test_solutions_get_no_remark_on_devices(self, workbench, assignment, exercise):
        check = assignment.checks[exercise]
        answer = eval(check.expression, workbench.namespace)
        records = workbench.recorded[exercise]
        assert device_remarks(check.exercise, answer, records, check.exercise.points) == []

    def test_the_released_cases_were_recorded_from_what_stands_here_now(self, assignment):
        stored = decode((assignment.folder / CHECKS).read_bytes())
        assert stored["version"] == checks_version(assignment.checks), "run 'autograder release'"
        assert list(stored["exercises"]) == list(assignment.checks)
        for name, entries in stored["exercises"].items():
            cases = draw_cases(exercises()[name], public_seed)
            assert [entry["case"] for entry in entries] == cases
            # Inputs must be the same bit for bit in every process; matrix products and exp are not.
            unchanged = [
                f for entry in entries for n, f in entry["expected"].items() if UNCHANGED in n
            ]
            assert all(feature["value"] is True for feature in unchanged), name

    def test_every_exercise_takes_minutes_and_points_that_the_text_states(self, assignment):
        first = assignment.notebook.cells[0].source
        rows = re.findall(r"^\| (\d+) (.+?) \| (\d+) \| (\d+) \|$", first, re.M)
        assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
        assert 60 <= sum(int(row[2]) for row in rows) <= 120
        assert sum(int(row[3]) for row in rows) == assignment.points

    def test_a_sample_of_mutants_is_refused(self, workbench, exercise):
        made = list(mutants(workbench.solution(exercise)))
        chosen = random.Random(exercise).sample(made, min(SAMPLE, len(made)))
        assert self.survivors(workbench, exercise, chosen) == []

    @pytest.mark.full
    @pytest.mark.timeout(3600)
    def test_every_mutant_is_refused_or_right_too(self, workbench, exercise):
        made = list(mutants(workbench.solution(exercise)))
        assert self.survivors(workbench, exercise, made) == []
        known = self.known_right(workbench, exercise)
        assert known <= {source for _, source in made}  # none is out of date
        assert all(accepted(workbench, exercise, source) for source in known)

    def test_the_solutions_are_accepted(self, workbench, exercise):
        assert accepted(workbench, exercise, workbench.solution(exercise))

    def known_right(self, workbench, exercise) -> set[str]:
        """Sources of the mutants that `right_too` names."""
        source = ast.unparse(ast.parse(workbench.solution(exercise)))
        listed = self.right_too.get(exercise, ())
        return {source.replace(part, other, 1) for part, other, _ in listed} - {source}

    def survivors(self, workbench, exercise, chosen) -> list[str]:
        known = self.known_right(workbench, exercise)
        return [
            difference
            for difference, source in chosen
            if source not in known and accepted(workbench, exercise, source)
        ]


def accepted(workbench: Workbench, exercise: str, source: str) -> bool:
    """Whether a source in the answer's place is right; one that does not even define its function is not."""
    try:
        return workbench.verdict(exercise, source).status == RIGHT
    except Exception:
        return False


def is_in_its_lecture(pointer: str) -> bool:
    """Whether "Lecture 3, section 5: Dropout" names a section that stands there under this title."""
    found = POINTER.fullmatch(pointer)
    if not found:
        return False
    lecture, section, title = found.groups()
    (path,) = (ROOT / "lectures" / "texts").glob(f"0{lecture}_*.py")
    return f"\n# ## {section}. {title}\n" in path.read_text(encoding="utf-8")
