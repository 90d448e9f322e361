"""Assignment 5: what every assignment is held to, and its solutions against PyTorch's."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler

from tests.assignments.suite import Suite
from utils.populations import lr_table

ASSIGNMENT = "05_schedules"

# Part of the solution, what stands in its place, and why that is right too.
BEST_AT_ONCE = "the first epoch is a new best and sets it"
RIGHT_TOO = {
    "schedules.warm_restarts": (
        ("range(self.last_epoch + 1)", "range(self.last_epoch + 2)", "the loop ends before"),
    ),
    "stopping.early_stopper": (
        ("self.waited = 0\n", "pass\n", BEST_AT_ONCE),
        ("self.waited = 0\n", "self.waited = 1\n", BEST_AT_ONCE),
        ("self.waited = 0\n", "self.waited = -1\n", BEST_AT_ONCE),
        ("self.waited = 0\n", "self.waited = 0.01\n", BEST_AT_ONCE),
        ("self.best_state = None\n", "pass\n", BEST_AT_ONCE),
        (
            "state_dict())\n            self.waited = 0\n",
            "state_dict())\n            self.waited = 0.01\n",
            "the patience is a whole number",
        ),
    ),
}
LR, STEPS = 0.3, 40


class TestAssignment(Suite):
    right_too = RIGHT_TOO


def same_rates(function, make_scheduler):
    """Whether a function of t gives the rates of one of torch's schedulers."""
    ours = [function(t) for t in range(STEPS)]
    np.testing.assert_allclose(ours, lr_table(make_scheduler, LR, STEPS), rtol=1e-9, atol=1e-12)


class TestRates:
    """The functions, against PyTorch's schedulers."""

    @pytest.mark.parametrize("milestones", [[], [1], [7, 8, 20], [12, 24, 36]])
    def test_step(self, solved, milestones):
        same_rates(
            lambda t: solved["step_rate"](t, LR, milestones, 0.2),
            lambda o: lr_scheduler.MultiStepLR(o, milestones, gamma=0.2),
        )

    @pytest.mark.parametrize("steps_per_epoch, every", [(1, 1), (1, 6), (7, 1), (5, 3)])
    def test_per_epoch(self, solved, steps_per_epoch, every):
        same_rates(
            lambda t: solved["epoch_rate"](t, LR, 0.97, steps_per_epoch, every),
            lambda o: lr_scheduler.StepLR(o, steps_per_epoch * every, gamma=0.97),
        )

    @pytest.mark.parametrize("total", [1, 2, 29, STEPS])
    def test_to_zero(self, solved, total):
        same_rates(
            lambda t: solved["linear_rate"](t, LR, total),
            lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, total_iters=total),
        )
        same_rates(
            lambda t: solved["square_root_rate"](t, LR, total),
            lambda o: lr_scheduler.PolynomialLR(o, total_iters=total, power=0.5),
        )
        cosine = lr_table(lambda o: lr_scheduler.CosineAnnealingLR(o, total), LR, total + 1)
        ours = [solved["cosine_rate"](t, LR, total) for t in range(total + 5)]
        np.testing.assert_allclose(ours, [*cosine, 0, 0, 0, 0], rtol=1e-9, atol=1e-12)

    def test_open_ended(self, solved):
        for name, arguments, make in (
            ("inverse_sqrt_rate", (), lambda t: max(t, 1) ** -0.5),
            ("exponential_rate", (0.07,), lambda t: math.exp(-0.07 * t)),
            ("inverse_rate", (0.07,), lambda t: 1 / (1 + 0.07 * t)),
            ("constant_rate", (), lambda t: 1.0),
        ):
            same_rates(
                lambda t, f=solved[name], a=arguments: f(t, LR, *a),
                lambda o, make=make: lr_scheduler.LambdaLR(o, make),
            )
        same_rates(
            lambda t: solved["exponential_rate"](t, LR, 0.07),
            lambda o: lr_scheduler.ExponentialLR(o, gamma=math.exp(-0.07)),
        )

    def test_scaling_keeps_the_rate_per_image(self, solved):
        for size in (8, 32, 100, 8192):
            assert solved["scaled_rate"](0.001, 32, size) / size == pytest.approx(0.001 / 32)
        assert solved["scaled_rate"](0.001, 32, 64) == pytest.approx(0.002)


class TestSchedulers:
    """The classes, against PyTorch's."""

    @pytest.mark.parametrize("warmup", [1, 4, 17])
    def test_linear_warmup(self, solved, warmup):
        same_rates(
            lambda t: self.rates(lambda o: solved["LinearWarmup"](o, warmup))[t],
            lambda o: lr_scheduler.LinearLR(o, 1e-12, total_iters=warmup),  # it refuses 0
        )

    def test_linear_warmup_of_no_steps_is_constant(self, solved):
        assert set(self.rates(lambda o: solved["LinearWarmup"](o, 0))) == {LR}

    @pytest.mark.parametrize("warmup, total", [(0, 12), (5, 23), (1, 2)])
    def test_warmup_cosine(self, solved, warmup, total):
        ours = self.rates(lambda o: solved["WarmupCosine"](o, warmup, total, 0.01))
        theirs = lr_table(
            lambda o: lr_scheduler.CosineAnnealingLR(o, total - warmup, eta_min=0.01),
            LR,
            total - warmup + 1,
        )
        np.testing.assert_allclose(ours[:warmup], LR * np.arange(warmup) / max(warmup, 1))
        np.testing.assert_allclose(ours[warmup : total + 1], theirs, rtol=1e-9)
        np.testing.assert_allclose(ours[total:], 0.01)

    @pytest.mark.parametrize("first, growth", [(1, 1), (1, 2), (6, 1), (5, 2), (3, 3)])
    def test_warm_restarts(self, solved, first, growth):
        ours = self.rates(lambda o: solved["WarmRestarts"](o, first, growth, 0.01))
        theirs = self.rates(
            lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, first, growth, eta_min=0.01)
        )
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)

    def rates(self, make):
        return lr_table(make, LR, STEPS)


class TestStopper:
    def test_it_stops_where_the_plateau_scheduler_steps_in(self, solved):
        """ReduceLROnPlateau lowers the rate after more than `patience` bad epochs."""
        rng = np.random.default_rng(0)
        for patience in (1, 2, 5):
            scores = rng.normal(size=60).round(1).tolist()
            optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
            plateau = lr_scheduler.ReduceLROnPlateau(
                optimizer, mode="max", patience=patience - 1, threshold=0
            )
            stopper, model = solved["EarlyStopper"](patience), nn.Linear(1, 1)
            for score in scores:
                plateau.step(score)
                stop = stopper.update(score, model)
                assert stop == (optimizer.param_groups[0]["lr"] < 1)
                if stop:
                    break
            assert stop

    def test_the_best_weights_can_be_put_back(self, solved):
        stopper, model = solved["EarlyStopper"](2), nn.BatchNorm1d(3)
        for score, scale in ((0.5, 1.0), (0.7, 2.0), (0.6, 3.0)):
            model(scale * torch.randn(8, 3))
            assert not stopper.update(score, model)
            if score == 0.7:
                best = model.running_var.clone()
        model.load_state_dict(stopper.best_state)
        assert torch.equal(model.running_var, best) and stopper.best_score == 0.7
        assert model.num_batches_tracked == 2


class TestCheckpoint:
    def test_every_state_of_torchs_objects_comes_back(self, solved, tmp_path):
        def begin(seed):
            torch.manual_seed(seed)
            model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
            optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
            scheduler = lr_scheduler.StepLR(optimizer, 2)
            return model, optimizer, scheduler, torch.Generator().manual_seed(seed)

        def train(model, optimizer, scheduler, order):
            for _ in range(5):
                optimizer.zero_grad()
                model(torch.randn(6, 3, generator=order)).square().sum().backward()
                optimizer.step()
                scheduler.step()
            return [p.detach().clone() for p in model.state_dict().values()]

        run = begin(0)
        train(*run)
        solved["save_checkpoint"](tmp_path / "run.pt", 5, *run)
        expected = train(*run)
        again = begin(1)
        assert solved["load_checkpoint"](tmp_path / "run.pt", *again) == 5
        assert all(map(torch.equal, train(*again), expected))
