"""The answers that come with the exercises, run and judged as in grading; and the solutions against the library."""

import numpy as np
import pytest
import torch
from scipy.stats import binomtest
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR

from autograder.exercise import exercises
from autograder.grading.answers import read_answers
from autograder.grading.record import Recorder, draw_cases
from autograder.judge import Recorded, failures, judge, measured
from autograder.practice import device_remarks, public_seed
from autograder.verdict import RIGHT
from tests.autograder.workbench import Workbench, hidden
from tests.conftest import ROOT

ANSWERS = read_answers(ROOT / "assignments" / "answers")
BY_NAME = [f"{a.exercise} {a.kind}: {a.name}" for a in ANSWERS]
SHORT = ("public", 1, 2)
LONG = range(3, 53)


class Judged:
    """Verdicts on all answers, from replies that real student processes gave; each answer is run once a seed."""

    def __init__(self, recorder):
        self.recorder, self.checks = recorder, recorder.assignment.checks
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
            for answer in ANSWERS:
                if (answer.exercise, answer.kind) == (name, "wrong"):
                    for record, reply in zip(records, self._replies(answer, seed), strict=True):
                        wrong = failures(
                            record.expected, measured(check.exercise, record.case, reply)
                        )
                        if wrong:
                            record.mistakes[answer.name] = wrong
            self.records[name, seed] = records
        return self.records[name, seed]


@pytest.fixture(scope="module")
def judged(assignment):
    with Recorder(assignment) as recorder:
        yield Judged(recorder)


def assert_judged_as_it_should_be(answer, verdict):
    if answer.kind == "right":
        assert verdict.status == RIGHT and verdict.points == verdict.max_points, verdict.as_text()
    else:
        assert verdict.status != RIGHT, verdict.as_text()
        assert verdict.mistakes[:1] == [answer.name], verdict.as_text()
        diagnosis = exercises()[answer.exercise].mistakes[answer.name]
        assert diagnosis in verdict.as_text()


@pytest.mark.parametrize("answer", ANSWERS, ids=BY_NAME)
def test_every_answer_is_judged_as_it_should_be(judged, answer):
    for seed in SHORT:
        assert_judged_as_it_should_be(answer, judged.verdict(answer, seed))


@pytest.mark.full
@pytest.mark.parametrize("seed", LONG)
def test_every_answer_is_judged_as_it_should_be_on_many_hidden_cases(judged, seed):
    for answer in ANSWERS:
        assert_judged_as_it_should_be(answer, judged.verdict(answer, seed))
    judged.replies.clear()
    judged.records.clear()


def test_the_solutions_are_right_after_every_answer(judged):
    """An answer that redefines what an earlier exercise asked for is put back."""
    for name, check in judged.checks.items():
        records = judged.known(name, 1)
        replies = judged.recorder.replies(check, [record.case for record in records])
        assert judge(check.exercise, records, replies).status == RIGHT


@pytest.mark.parametrize("name", sorted(exercises()))
class TestExercise:
    def test_has_six_wrong_answers_and_three_right_ones_at_least(self, name):
        kinds = [answer.kind for answer in ANSWERS if answer.exercise == name]
        assert kinds.count("wrong") >= 6 and kinds.count("right") >= 3

    def test_has_a_wrong_answer_for_each_mistake_and_a_mistake_for_each_wrong_answer(self, name):
        wrong = [a.name for a in ANSWERS if (a.exercise, a.kind) == (name, "wrong")]
        assert sorted(wrong) == sorted(exercises()[name].mistakes)

    def test_has_parts_that_need_other_parts_of_it(self, name):
        names = [part.name for part in exercises()[name].parts]
        assert len(set(names)) == len(names)
        for index, part in enumerate(exercises()[name].parts):
            assert part.points > 0 and part.lecture
            assert set(part.needs) <= set(names[:index])

    def test_has_a_short_sentence_for_each_mistake(self, name):
        for sentence in exercises()[name].mistakes.values():
            assert sentence.endswith(".") and 20 < len(sentence) < 200


def test_answers_belong_to_exercises_and_have_names_of_their_own():
    assert {answer.exercise for answer in ANSWERS} == set(exercises())
    assert len(set(BY_NAME)) == len(BY_NAME)


@pytest.fixture(scope="module")
def workbench(assignment):
    return Workbench(assignment)


class TestMeasurements:
    def test_every_feature_of_a_part_is_measured_and_every_one_measured_has_a_part(self, workbench):
        for name, records in workbench.recorded.items():
            found = {feature for record in records for feature in record.expected}
            assert found == {
                feature for part in exercises()[name].parts for feature in part.features
            }

    def test_points_of_the_cells_are_those_of_the_parts(self, assignment):
        for name, check in assignment.checks.items():  # raises where they differ
            assert check.exercise.points == sum(part.points for part in exercises()[name].parts)

    def test_cases_have_names_of_their_own_and_depend_on_the_seed_alone(self, assignment):
        for check in assignment.checks.values():
            one, again, other = (draw_cases(check.exercise, hidden(n)) for n in (1, 1, 2))
            names = [case["name"] for case in one]
            assert len(set(names)) == len(names) and one == again
            assert names == [case["name"] for case in other]
            assert all(a["seed"] != b["seed"] for a, b in zip(one, other, strict=True))


@pytest.fixture(scope="module")
def solved(workbench):
    """What the notebook's own cells define."""
    return workbench.namespace


class TestSolutions:
    """What the notebook's own answers give, against PyTorch's."""

    @pytest.mark.parametrize("keep_prob", [0.3, 0.5, 0.85])
    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_inverted_dropout_is_distributed_as_the_librarys(self, solved, keep_prob, dtype):
        torch.manual_seed(0)
        x = torch.linspace(-2, 2, 40_000, dtype=dtype) + 1e-3
        ours, _ = solved["inverted_dropout"](x, keep_prob, True)
        theirs = nn.functional.dropout(x, 1 - keep_prob, True)
        kept = (ours != 0) & (theirs != 0)
        torch.testing.assert_close(ours[kept], theirs[kept])
        for out in (ours, theirs):
            assert binomtest(int((out != 0).sum()), len(x), keep_prob).pvalue > 1e-6
        # The fates of one entry in both are independent, as those of two entries are.
        agree = int(((ours != 0) == (theirs != 0)).sum())
        assert binomtest(agree, len(x), keep_prob**2 + (1 - keep_prob) ** 2).pvalue > 1e-6

    def test_inverted_dropout_at_test_time_and_at_keep_probability_1_is_the_librarys(self, solved):
        x = torch.randn(5, 7, dtype=torch.float64)
        for keep_prob, training in ((0.4, False), (1.0, True), (1.0, False)):
            ours, _ = solved["inverted_dropout"](x, keep_prob, training)
            assert torch.equal(ours, nn.functional.dropout(x, 1 - keep_prob, training))

    def test_vanilla_dropout_is_inverted_dropout_but_for_the_factor(self, solved):
        x = torch.randn(100, 50)
        torch.manual_seed(1)
        vanilla, _ = solved["vanilla_dropout"](x, 0.7, True)
        torch.manual_seed(1)
        inverted, _ = solved["inverted_dropout"](x, 0.7, True)
        torch.testing.assert_close(vanilla / 0.7, inverted)
        torch.testing.assert_close(solved["vanilla_dropout"](x, 0.7, False)[0], 0.7 * x)

    @pytest.mark.parametrize("name", ["vanilla", "inverted"])
    def test_backward_is_what_autograd_makes_of_forward(self, solved, name):
        x = torch.randn(6, 9, dtype=torch.float64, requires_grad=True)
        grad_out = torch.randn(6, 9, dtype=torch.float64)
        out, cache = solved[f"{name}_dropout"](x, 0.6, True)
        (expected,) = torch.autograd.grad(out, x, grad_out)
        torch.testing.assert_close(solved[f"{name}_dropout_backward"](grad_out, cache), expected)

    @pytest.mark.parametrize("drop_prob", [0.0, 0.25, 1.0])
    def test_the_module_is_the_librarys(self, solved, drop_prob):
        x = torch.rand(200, 100) + 0.5
        ours, theirs = solved["Dropout"](drop_prob), nn.Dropout(drop_prob)
        torch.testing.assert_close(ours.eval()(x), theirs.eval()(x))
        outs = [module.train()(x) for module in (ours, theirs)]
        assert set(outs[0].div(x).unique().round(decimals=4).tolist()) == set(
            outs[1].div(x).unique().round(decimals=4).tolist()
        )
        shares = [float((out != 0).float().mean()) for out in outs]
        assert shares == pytest.approx([1 - drop_prob] * 2, abs=0.02)

    @pytest.mark.parametrize("drop_prob", [-0.1, 1.1, 2])
    def test_the_module_refuses_what_the_librarys_refuses(self, solved, drop_prob):
        for module in (solved["Dropout"], nn.Dropout):
            with pytest.raises(ValueError):
                module(drop_prob)

    def rates(self, make, steps):
        groups = [{"params": [nn.Parameter(torch.zeros(1))], "lr": lr} for lr in (0.5, 0.02)]
        optimizer = torch.optim.SGD(groups)
        scheduler, rates = make(optimizer), []
        for _ in range(steps):
            rates.append([group["lr"] for group in optimizer.param_groups])
            optimizer.step()
            scheduler.step()
        return np.array(rates)

    @pytest.mark.parametrize("warmup, total", [(0, 12), (5, 23), (1, 2)])
    def test_the_schedule_is_the_librarys_cosine_after_warm_up(self, solved, warmup, total):
        ours = self.rates(lambda opt: solved["WarmupCosine"](opt, warmup, total, 0.01), total + 1)
        period = total - warmup
        theirs = self.rates(lambda opt: CosineAnnealingLR(opt, period, eta_min=0.01), period + 1)
        np.testing.assert_allclose(ours[warmup:], theirs, rtol=1e-9)

    @pytest.mark.parametrize("warmup, total", [(0, 12), (5, 23), (1, 2)])
    def test_the_schedule_is_the_librarys_with_the_formula_for_its_factor(
        self, solved, warmup, total
    ):
        def factor(base):
            def at(t):
                if t < warmup:
                    return t / warmup
                x = min((t - warmup) / (total - warmup), 1)
                return 0.01 / base + (1 - 0.01 / base) * (1 + np.cos(np.pi * x)) / 2

            return at

        ours = self.rates(lambda opt: solved["WarmupCosine"](opt, warmup, total, 0.01), total + 9)
        theirs = self.rates(lambda opt: LambdaLR(opt, [factor(0.5), factor(0.02)]), total + 9)
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)

    def test_get_no_remark_on_devices(self, workbench, assignment):
        for name, check in assignment.checks.items():
            answer = eval(check.expression, workbench.namespace)
            records = workbench.recorded[name]
            assert device_remarks(check.exercise, answer, records, check.exercise.points) == []
