"""Assignment 3: what every assignment is held to, and its solutions against PyTorch's."""

import numpy as np
import pytest
import torch
from scipy.stats import binomtest
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR

from tests.assignments.suite import Suite

ASSIGNMENT = "03_regularization"

# Part of the solution, what stands in its place, and why that is right too.
SAME_EVENT = "a continuous draw equals the probability with probability 0"
PROMOTED = "a product with x promotes the mask to x's dtype"
CACHE = "what the cache holds is up to the student; the backward exercise judges it"
FORWARD = (
    ("x) < keep_prob", "x) <= keep_prob", SAME_EVENT),
    (
        "(torch.rand_like(x) < keep_prob).to(x.dtype)\n",
        "torch.rand_like(x) < keep_prob\n",
        PROMOTED,
    ),
    (".to(x.dtype) / keep_prob", " / keep_prob", PROMOTED),
    ("return (x * mask, mask)", "return (x * mask, keep_prob)", CACHE),
    ("return (x * mask, mask)", "return (x * mask, training)", CACHE),
    ("return (x * mask, mask)", "return (x * mask, x)", CACHE),
)
BACKWARD = (("grad_out * mask", "grad_out * cache", "two names of one object"),)
MODULE = (
    ("x) < self.keep_prob", "x) <= self.keep_prob", SAME_EVENT),
    (".to(x.dtype) / self.keep_prob", " / self.keep_prob", PROMOTED),
)
RIGHT_TOO = {
    "dropout.vanilla": FORWARD,
    "dropout.inverted": FORWARD,
    "dropout.vanilla_backward": BACKWARD,
    "dropout.inverted_backward": BACKWARD,
    "dropout.module": MODULE,
    "schedules.warmup_cosine": (),
}


class TestAssignment(Suite):
    right_too = RIGHT_TOO


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
