"""Assignment 6: what every assignment is held to, and its solutions against the libraries that do the same."""

import copy
import math

import numpy as np
import pytest
import torch
from scipy.stats import kstest, loguniform
from sklearn.model_selection import ParameterGrid
from torch import nn
from torch.nn import functional as F

from autograder.exercises.diagnosis import NAMES, NameCurve
from autograder.exercises.first_steps import CoarseGrid, FindRate, build
from autograder.features import Share
from autograder.grading.record import draw_cases
from tests.assignments.suite import Suite
from tests.assignments.workbench import hidden
from utils.data import load
from utils.training import evaluate, fit, set_seed

ASSIGNMENT = "06_hyperparameters"

# Part of the solution, what stands in its place, and why that is right too.
NUMBER = "a tensor with one entry is a number too"
LAST = "a table's last dimension is its dimension 1"
EXACT = "no value lies exactly on a threshold"
LENGTHS = "all curves of a run have one length"
RIGHT_TOO = {
    "searching.compare_choices": (
        ("return (looks.item()", "return (looks", NUMBER),
        ("honest.item()", "honest", NUMBER),
        ("mean().item())", "mean())", NUMBER),
        ("argmax(dim=1", "argmax(dim=-1", LAST),
        ("gather(1", "gather(-1", LAST),
        ("val_accuracy.amax(dim=1", "val_accuracy.amax(dim=-1", LAST),
        ("test_accuracy.amax(dim=1", "test_accuracy.amax(dim=-1", LAST),
    ),
    "searching.log_grid": (
        ("dict(zip(ranges", "dict(zip(num_values", "both dicts have the same names in one order"),
    ),
    "searching.log_uniform": (
        ("len(ranges)", "len(low)", "there is a lower end for each name"),
        ("len(ranges)", "len(high)", "there is an upper end for each name"),
        ("values.tolist()", "values", NUMBER),
    ),
    "searching.next_ranges": (
        ("0.25 <= place", "0.25 < place", EXACT),
        ("len(trials)", "len(accuracy)", "there is an accuracy for each trial"),
    ),
    "first_steps.initial_loss": (("measured.item()", "measured", NUMBER),),
    "first_steps.by_heart": (
        ("max_steps + 1", "max_steps + 2", "it returns after max_steps steps at the latest"),
        ("error.item()", "error", NUMBER),
        ("sgd.zero_grad()", "model.zero_grad()", "the optimizer holds all of the model"),
        ("argmax(1)", "argmax(-1)", LAST),
    ),
    "first_steps.find_lr": (
        (
            "before = F.cross_entropy(model(images), labels).item()",
            "before = F.cross_entropy(model(images), labels)",
            NUMBER,
        ),
        (
            "after = F.cross_entropy(model(images), labels).item()",
            "after = F.cross_entropy(model(images), labels)",
            NUMBER,
        ),
    ),
    "diagnosis.name_curve": (
        ("train - val > 0.1", "train - val >= 0.1", EXACT),
        ("train_loss[n] > 0.9", "train_loss[n] >= 0.9", EXACT),
        ("loss < 0.5 * train_loss[0]", "loss <= 0.5 * train_loss[0]", EXACT),
        ("earlier_train > 0.02", "earlier_train >= 0.02", EXACT),
        ("earlier_val > 0.02", "earlier_val >= 0.02", EXACT),
        ("train < 0.9 ", "train <= 0.9 ", EXACT),
        ("lr[c] < 0.5", "lr[c] <= 0.5", EXACT),
        ("train_loss[c - 1] < 0.9", "train_loss[c - 1] <= 0.9", EXACT),
        ("loss > 0.9 * train_loss[c]", "loss >= 0.9 * train_loss[c]", EXACT),
        ("loss > 0.95", "loss >= 0.95", EXACT),
        ("std() > 0.1", "std() >= 0.1", EXACT),
        ("n = len(train_loss)", "n = len(lr)", LENGTHS),
        ("n = len(train_loss)", "n = len(train_accuracy)", LENGTHS),
        ("n = len(train_loss)", "n = len(val_accuracy)", LENGTHS),
        ("range(1, len(lr))", "range(1, len(train_loss))", LENGTHS),
        ("range(1, len(lr))", "range(1, len(train_accuracy))", LENGTHS),
        ("range(1, len(lr))", "range(1, len(val_accuracy))", LENGTHS),
        ("range(1, len(lr))", "range(2, len(lr))", "the first cut comes at epoch 3 or later"),
    ),
    "curves.update_ratios": (
        ("optimizer.zero_grad()", "model.zero_grad()", "the optimizer holds all of the model"),
        (
            "((p.detach() - before[name]).norm() / size).item()",
            "(p.detach() - before[name]).norm() / size",
            NUMBER,
        ),
        ("p.detach().clone()", "p.clone()", "a copy that autograd knows has the same values"),
        ("(p.detach() - before", "(p - before", "autograd changes no value"),
    ),
}


class TestAssignment(Suite):
    right_too = RIGHT_TOO


def small_network(seed=0, widths=(64, 16, 10)):
    set_seed(seed)
    first, second, last = widths
    return nn.Sequential(nn.Flatten(), nn.Linear(first, second), nn.ReLU(), nn.Linear(second, last))


@pytest.fixture(scope="module")
def digits():
    return load("digits")


class TestSolutions:
    """What the notebook's own answers give, against the libraries'."""

    def test_choices_are_those_of_numpy(self, solved):
        rng = np.random.default_rng(0)
        val, test = rng.random((2, 30, 9))
        ours = solved["compare_choices"](torch.tensor(val), torch.tensor(test))
        chosen = np.take_along_axis(test, val.argmax(1)[:, None], 1)
        assert ours == pytest.approx((val.max(1).mean(), chosen.mean(), test.max(1).mean()))
        assert ours[1] < ours[2]

    def test_the_grid_is_sklearns_of_numpys_values(self, solved):
        ranges = {"lr": (1e-4, 1e-1), "weight_decay": (1e-6, 3.0), "momentum": (0.5, 0.9)}
        counts = {"lr": 4, "weight_decay": 6, "momentum": 1}
        values = {name: np.geomspace(*ranges[name], counts[name]) for name in ranges}
        theirs = sorted(tuple(trial[n] for n in ranges) for trial in ParameterGrid(values))
        ours = sorted(
            tuple(trial[n] for n in ranges) for trial in solved["log_grid"](ranges, counts)
        )
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)

    def test_random_trials_are_distributed_as_scipys(self, solved):
        set_seed(0)
        ranges = {"lr": (1e-4, 1e-1), "weight_decay": (1e-3, 50.0)}
        trials = solved["sample_log_uniform"](ranges, 20_000)
        for name, ends in ranges.items():
            drawn = [trial[name] for trial in trials]
            assert kstest(drawn, loguniform(*ends).cdf).pvalue > 1e-6

    def test_the_next_range_of_the_lectures_example_moves_up(self, solved):
        """The best rate, 9.47e-4, lies at the edge of 1e-4 to 1e-3."""
        ranges = {"lr": (1e-4, 1e-3), "reg": (1e-4, 1.0)}
        trials = [{"lr": 5.3e-4, "reg": 0.41}, {"lr": 9.47e-4, "reg": 1e-2}]
        found = solved["next_ranges"](ranges, trials, [0.527, 0.531])
        assert found["lr"] == pytest.approx((9.47e-4 / 10**0.5, 9.47e-4 * 10**0.5))
        assert found["reg"] == pytest.approx((1e-3, 1e-1))

    def test_the_initial_loss_is_evaluates_and_log_c(self, solved, digits):
        model = nn.Sequential(small_network(), nn.Dropout(0.5))
        loss, expected = solved["initial_loss"](model, digits.val.images, digits.val.labels, 10)
        assert loss == pytest.approx(evaluate(model, digits.val)[0], rel=1e-5)
        assert expected == pytest.approx(2.3026, abs=1e-4) and abs(loss - expected) < 0.2
        assert all(module.training for module in model.modules())

    def test_learning_by_heart_is_fit_with_one_batch(self, solved, digits):
        ours, theirs = small_network(), small_network()
        split = digits.train
        steps, loss = solved["learn_by_heart"](ours, split.images, split.labels, 0.5, 500)
        optimizer = torch.optim.SGD(theirs.parameters(), lr=0.5)
        options = {"optimizer": optimizer, "batch_size": 20, "progress": False}
        history = fit(theirs, split[:20], num_epochs=steps, **options)
        assert history.train_accuracy[-1] == 1 and max(history.train_accuracy[:-1]) < 1
        assert history.train_loss[-1] == pytest.approx(loss, rel=1e-4)
        for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(one, other)

    def test_the_rate_is_the_one_that_fit_finds(self, solved, digits):
        few, lrs, start = digits.train[:64], [1e-3, 0.3, 1e-2, 1e6], small_network()
        options = {"weight_decay": 1e-4, "num_steps": 20}
        lr, drops = solved["find_lr"](
            lambda: copy.deepcopy(start), few.images, few.labels, lrs, **options
        )
        first, ends = evaluate(start, few)[0], []
        for rate in lrs[:3]:
            model = copy.deepcopy(start)
            optimizer = torch.optim.SGD(model.parameters(), lr=rate, weight_decay=1e-4)
            history = fit(model, few, optimizer=optimizer, num_epochs=20, progress=False)
            ends.append(history.train_loss[-1])
        assert lr == 0.3 and drops[:3] == pytest.approx([first - end for end in ends], rel=1e-3)

    def test_the_coarse_grid_is_that_of_fit(self, solved, digits):
        start, lrs, decays = small_network(), [0.5, 0.05], [1e-2, 0.0]
        small = copy.copy(digits)
        object.__setattr__(small, "train", digits.train[:64])
        found = solved["coarse_grid"](lambda: copy.deepcopy(start), small, lrs, decays, 10)
        table = []
        for lr in lrs:
            for weight_decay in decays:
                model = copy.deepcopy(start)
                optimizer = torch.optim.SGD(model.parameters(), lr=lr, weight_decay=weight_decay)
                options = {"optimizer": optimizer, "num_epochs": 10, "progress": False}
                table.append(fit(model, small.train, digits.val, **options).val_loss[-1])
        np.testing.assert_allclose(np.ravel(found[2]), table, rtol=1e-4)
        i, j = divmod(int(np.argmin(table)), 2)
        assert found[:2] == (lrs[i], decays[j])

    @pytest.mark.parametrize("window", [1, 4, 9])
    def test_the_moving_average_is_a_convolution_once_the_window_is_full(self, solved, window):
        values = torch.rand(40, dtype=torch.float64)
        ours = solved["moving_average"](values, window)
        theirs = np.convolve(values, np.ones(window) / window, mode="valid")
        np.testing.assert_allclose(ours[window - 1 :], theirs)
        np.testing.assert_allclose(
            ours[:window], values[:window].cumsum(0) / torch.arange(1, window + 1)
        )

    @pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam, torch.optim.RMSprop])
    def test_update_ratios_are_those_of_numpy(self, solved, digits, optimizer):
        model = small_network()
        step = optimizer(model.parameters(), lr=0.01)
        before = copy.deepcopy(model.state_dict())
        batch = digits.train[:32]
        ratios = solved["update_ratios"](model, step, batch.images, batch.labels)
        assert set(ratios) == set(before)
        for name, after in model.state_dict().items():
            change = np.linalg.norm(after - before[name]) / np.linalg.norm(before[name])
            assert ratios[name] == pytest.approx(float(change), rel=1e-4)

    def test_update_ratios_of_plain_sgd_are_rate_times_gradient(self, solved, digits):
        model, batch = small_network(), digits.train[:32]
        loss = F.cross_entropy(model(batch.images), batch.labels)
        gradients = torch.autograd.grad(loss, list(model.parameters()))
        expected = [
            0.1 * float(gradient.norm() / parameter.detach().norm())
            for gradient, parameter in zip(gradients, model.parameters(), strict=True)
        ]
        sgd = torch.optim.SGD(model.parameters(), lr=0.1)
        ratios = solved["update_ratios"](model, sgd, batch.images, batch.labels)
        assert list(ratios.values()) == pytest.approx(expected, rel=1e-4)


class TestCases:
    """That the cases can tell what they are to tell, whatever the seed."""

    SEEDS = range(5)

    def test_every_name_stands_for_some_run_and_no_rounding_changes_it(self, solved):
        """The deviation's divisor, and a per mille more or less in every curve, make no difference."""
        exercise, found = NameCurve(), set()
        for seed in self.SEEDS:
            for case in draw_cases(exercise, hidden(seed)):
                for run in exercise.runs(case):
                    curves = [torch.from_numpy(row) for row in run.values()]
                    name = solved["name_curve"](*curves)
                    found.add(name)
                    scale = torch.linspace(0.999, 1.001, len(curves[0]), dtype=curves[0].dtype)
                    for changed in (scale, scale.flip(0)):
                        loss = curves[0] * changed
                        assert solved["name_curve"](loss, *curves[1:]) == name
                    last = curves[0][-(len(scale) // 4) :]
                    other = last.mean() + (last - last.mean()) * np.sqrt(1 - 1 / len(last))
                    assert (
                        solved["name_curve"](
                            torch.cat([curves[0][: -len(last)], other]), *curves[1:]
                        )
                        == name
                    )
        assert found == set(NAMES)

    def test_choosing_on_test_or_on_training_images_gives_another_combination(self, solved):
        exercise = CoarseGrid()
        for seed in self.SEEDS:
            apart = set()
            for case in draw_cases(exercise, hidden(seed)):
                if case["dtype"] == "float32":
                    continue
                settings = case["lrs"], case["weight_decays"], case["num_steps"]
                data, norm = exercise.data(case, "cpu"), "normalization" in case["name"]
                choices = {}
                for name in ("train", "val", "test"):
                    asked = copy.copy(data)
                    object.__setattr__(asked, "val", getattr(data, name))
                    make = lambda c=case, n=norm: build(c, "cpu", norm=n)  # noqa: E731
                    lr, decay, losses = solved["coarse_grid"](make, asked, *settings)
                    choices[name] = lr, decay
                    lowest = sorted(np.ravel(losses))
                    assert name != "val" or lowest[1] > lowest[0] * (1 + 1e-5)
                apart |= {name for name in choices if choices[name] != choices["val"]}
            assert apart == {"train", "test"}, seed

    def test_wild_rates_end_in_nan_or_rise(self, solved):
        exercise = FindRate()
        for seed in self.SEEDS:
            for case in draw_cases(exercise, hidden(seed)):
                kept = {}

                def keep(*arguments, kept=kept):
                    kept["lr"], kept["drops"] = solved["find_lr"](*arguments)
                    return kept["lr"], kept["drops"]

                exercise.probe(keep, case, "cpu")
                drops = sorted(kept["drops"])
                assert drops[-1] > 1.01 * drops[-2]
                if "NaN" in case["name"]:
                    assert drops[0] == -math.inf
                if "explodes" in case["name"]:
                    assert -math.inf < drops[0] < -10

    def test_random_parts_are_few(self, workbench):
        records = workbench.recorded["searching.log_uniform"]
        shares = [f for r in records for f in r.expected.values() if isinstance(f, Share)]
        assert len(shares) == 2 * 2 * 8
