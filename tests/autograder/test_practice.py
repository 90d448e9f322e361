"""The practice channel: what `check` shows, and that nothing an answer does escapes from it."""

import json
import random
import shutil
import sys
import warnings

import nbformat
import numpy as np
import pytest
import torch
from nbgrader.utils import determine_grade
from torch import nn

from autograder import check, practice
from autograder.practice import CHECKS
from autograder.verdict import NOT_ATTEMPTED, PARTLY, RIGHT, WRONG

EXERCISE = "dropout.inverted"


def right(x, keep_prob, training):
    return nn.functional.dropout(x, 1 - keep_prob, training), None


def unscaled(x, keep_prob, training):
    return (right(x, keep_prob, True)[0] * keep_prob if training else x), None


def stub(x, keep_prob, training):
    raise NotImplementedError()


@pytest.fixture(scope="module")
def folder(assignment, tmp_path_factory):
    """A folder with the assignment's public cases, as students have it."""
    folder = tmp_path_factory.mktemp("student")
    shutil.copyfile(assignment.folder / CHECKS, folder / CHECKS)
    return folder


@pytest.fixture(autouse=True)
def started_there(folder, monkeypatch):
    monkeypatch.setattr(practice, "STARTED_IN", folder)


@pytest.fixture(autouse=True)
def silent(capfd):
    """Nothing is printed, whatever is checked."""
    yield
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")


def nbgraders_score(result, points=10):
    """The score that nbgrader reads from the cell that shows a result."""
    data = {"text/plain": repr(result), "text/html": result._repr_mimebundle_()["text/html"]}
    output = nbformat.v4.new_output("execute_result", data=data, execution_count=1)
    cell = nbformat.v4.new_code_cell("check(…)", outputs=[output])
    cell.metadata["nbgrader"] = {
        "grade": True, "solution": False, "locked": True, "points": points,
        "grade_id": "check", "schema_version": 3, "cell_type": "code",
    }  # fmt: skip
    return determine_grade(cell)


def test_a_right_answer_is_right_and_scores_all_points():
    result = check(EXERCISE, right)
    assert result.verdict.status == RIGHT and result.verdict.remarks == []
    assert nbgraders_score(result) == (10, 10)


def test_a_wrong_answer_is_told_why_and_scores_its_parts():
    result = check(EXERCISE, unscaled)
    assert result.verdict.status == PARTLY and result.verdict.mistakes == ["no_scale"]
    assert nbgraders_score(result) == (7, 10)
    html = result._repr_mimebundle_()["text/html"]
    for text in (
        "not divided by the keep probability",
        "measured 1, expected",
        "tolerance",
        "Lecture 3",
    ):
        assert text in html


def test_a_stub_is_not_attempted_and_scores_nothing():
    result = check(EXERCISE, stub)
    assert result.verdict.status == NOT_ATTEMPTED
    assert nbgraders_score(result) == (0, 10)


def test_the_half_of_an_answer_that_is_written_counts():
    def half(x, keep_prob, training):
        return right(x, keep_prob, training) if training else stub(x, keep_prob, training)

    result = check(EXERCISE, half)
    assert result.verdict.status == PARTLY and nbgraders_score(result) == (7, 10)
    assert "not written yet" in result.verdict.as_text()


def test_an_error_of_torch_is_no_stub():
    def wrong(x, keep_prob, training):
        return x * torch.empty(x.shape, dtype=torch.int64).bernoulli_(keep_prob).normal_(), None

    result = check(EXERCISE, wrong)
    assert result.verdict.status == WRONG and "Error" in result.verdict.as_text()


def test_a_class_and_a_dict_of_answers_are_checked_too():
    assert check("dropout.module", nn.Dropout).verdict.status == RIGHT

    def forward(x, keep_prob, training):
        out, _ = right(x, keep_prob, training)
        return out, out / x

    answer = {"forward": forward, "backward": lambda grad_out, cache: grad_out * cache}
    assert check("dropout.inverted_backward", answer).verdict.points == 5


@pytest.mark.parametrize(
    "name",
    ["dropout.inverse", "", None, 3, ["a"], {"a": 1}, right],
    ids=lambda value: type(value).__name__,
)
def test_an_unknown_exercise_is_told_with_those_there_are(name):
    result = check(name, right)
    assert nbgraders_score(result)[0] == 0
    assert "There is no exercise" in result.verdict.as_text()
    assert EXERCISE in result.verdict.as_text()


@pytest.mark.parametrize(
    "answer",
    [None, 3, "text", {}, {"forward": right}, [right]],
    ids=lambda value: type(value).__name__,
)
def test_an_answer_of_another_kind_is_wrong(answer):
    for name in (
        EXERCISE,
        "dropout.inverted_backward",
        "dropout.module",
        "schedules.warmup_cosine",
    ):
        assert check(name, answer).verdict.status == WRONG


def case(feature: bytes) -> bytes:
    return b'{"case": {}, "expected": {"a": %s}, "mistakes": {}}' % feature


class TestCases:
    def told(self, folder, monkeypatch, content, name=EXERCISE):
        monkeypatch.setattr(practice, "STARTED_IN", folder)
        if content is not None:
            (folder / CHECKS).write_bytes(content)
        result = check(name, right)
        assert nbgraders_score(result)[0] == 0
        assert str(folder / CHECKS) in result.verdict.as_text()
        return result.verdict.as_text()

    def test_that_are_missing_are_told(self, tmp_path, monkeypatch):
        assert "missing or damaged" in self.told(tmp_path, monkeypatch, None)

    @pytest.mark.parametrize(
        "content",
        [
            b"", b"{", b"\xff\xfe", b"null", b"[]", b"{}", b'{"version": 1}', b'{"exercises": []}',
            b'{"version": "x", "exercises": {"dropout.inverted": 3}}',
            b'{"version": "x", "exercises": {"dropout.inverted": [1]}}',
            b'{"version": "x", "exercises": {"dropout.inverted": [{}]}}',
            b'{"version": "x", "exercises": {"dropout.inverted": [%s]}}' % case(b'1'),
            b'{"version": "x", "exercises": {"dropout.inverted": [%s]}}' % case(b'{"kind": "a"}'),
            b'{"version": "x", "exercises": {"dropout.inverted": [%s]}}' % case(b'{"kind": "same", "a": 1}'),
        ],
        ids=str,
    )  # fmt: skip
    def test_that_are_damaged_are_told(self, tmp_path, monkeypatch, content):
        assert "missing or damaged" in self.told(tmp_path, monkeypatch, content)

    def test_that_are_a_folder_are_told(self, tmp_path, monkeypatch):
        (tmp_path / CHECKS).mkdir()
        assert "missing or damaged" in self.told(tmp_path, monkeypatch, None)

    def test_of_another_version_are_told(self, tmp_path, folder, monkeypatch):
        stored = json.loads((folder / CHECKS).read_bytes())
        content = json.dumps(stored | {"version": "0"}).encode()
        assert "another version" in self.told(tmp_path, monkeypatch, content)

    def test_of_another_assignment_are_told(self, tmp_path, folder, monkeypatch):
        stored = json.loads((folder / CHECKS).read_bytes())
        del stored["exercises"][EXERCISE]
        content = json.dumps(stored).encode()
        assert "another assignment" in self.told(tmp_path, monkeypatch, content)

    def test_are_found_after_the_notebook_changed_the_folder(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert check(EXERCISE, right).verdict.status == RIGHT


class Escape(BaseException):
    pass


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


ERRORS = [
    ValueError("bad shape"),
    SystemExit(1),
    GeneratorExit(),
    Escape("out"),
    Unprintable(),
    RecursionError(),
    MemoryError(),
    StopIteration(),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
    ValueError("\ud800"),
    NotImplementedError("only for floats"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_nothing_that_an_answer_raises_escapes(error):
    def answer(x, keep_prob, training):
        raise error

    result = check(EXERCISE, answer)
    assert result.verdict.status == WRONG and nbgraders_score(result) == (0, 10)
    assert type(error).__name__ in result.verdict.as_text()


def test_the_users_own_interrupt_goes_through():
    def answer(x, keep_prob, training):
        raise KeyboardInterrupt  # as Python's handler of SIGINT does, wherever the code is

    with pytest.raises(KeyboardInterrupt):
        check(EXERCISE, answer)


def test_endless_recursion_is_told():
    def answer(x, keep_prob, training):
        return answer(x, keep_prob, training)

    assert "RecursionError" in check(EXERCISE, answer).verdict.as_text()


def test_an_answer_that_prints_warns_and_changes_everything_leaves_no_trace():
    def noisy(x, keep_prob, training):
        print("out")
        print("err", file=sys.stderr)
        sys.stdout.write("more")
        warnings.warn("careful", stacklevel=1)
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        torch.manual_seed(random.randrange(10**6))
        np.random.seed(3)
        return right(x, keep_prob, training)

    def state():
        draws = (torch.rand(3).tolist(), np.random.rand(3).tolist(), random.random())
        return torch.get_default_dtype(), torch.is_grad_enabled(), draws

    def seed():
        torch.manual_seed(5), np.random.seed(5), random.seed(5)

    seed()
    before = state()
    seed()
    assert check(EXERCISE, noisy).verdict.status == RIGHT
    assert state() == before


def test_a_default_dtype_of_the_notebook_is_no_reason_to_refuse_and_is_kept():
    torch.set_default_dtype(torch.float64)
    try:
        assert check(EXERCISE, right).verdict.status == RIGHT
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


def test_gradients_are_measured_where_the_notebook_has_switched_them_off():
    with torch.no_grad():
        assert check("dropout.module", nn.Dropout).verdict.status == RIGHT
        assert not torch.is_grad_enabled()


def test_the_same_answer_gets_the_same_verdict_whatever_was_drawn_before():
    first = check(EXERCISE, unscaled).verdict
    torch.rand(100), random.random(), np.random.rand()
    assert check(EXERCISE, unscaled).verdict == first


class TestDevices:
    def test_a_mask_made_on_the_cpu_is_remarked_on_and_costs_nothing(self):
        def answer(x, keep_prob, training):
            if not training:
                return x, None
            mask = (torch.rand(x.shape) < keep_prob) / keep_prob
            return x * mask, mask

        verdict = check(EXERCISE, answer).verdict
        assert verdict.status == RIGHT and verdict.points == 10
        assert len(verdict.remarks) == 1 and "GPU" in verdict.remarks[0]

    def test_a_buffer_that_is_read_by_item_is_not_remarked_on(self):
        class Dropout(nn.Module):
            def __init__(self, drop_prob):
                super().__init__()
                if not 0 <= drop_prob <= 1:
                    raise ValueError
                self.register_buffer("drop_prob", torch.tensor(drop_prob, dtype=torch.float64))

            def forward(self, x):
                return nn.functional.dropout(x, self.drop_prob.item(), self.training)

        verdict = check("dropout.module", Dropout).verdict
        assert verdict.status == RIGHT and verdict.remarks == []

    def test_an_index_by_a_mask_is_not_judged(self):
        def answer(x, keep_prob, training):
            if not training:
                return x, None
            kept = torch.rand_like(x) < keep_prob
            out = torch.zeros_like(x)
            out[kept] = x[kept] / keep_prob
            return out, None

        verdict = check(EXERCISE, answer).verdict
        assert verdict.status == RIGHT and verdict.remarks == []

    def test_an_answer_that_is_wrong_anyway_gets_no_remark_on_its_device(self):
        assert check(EXERCISE, unscaled).verdict.remarks == []
