"""Assignment 3: what every assignment is held to, and its solutions against PyTorch's."""

import numpy as np
import pytest
import torch
from scipy.stats import binomtest
from torch import nn
from torchvision.ops import stochastic_depth

from autograder.features import Share, smallest_error
from tests.assignments.suite import Suite

ASSIGNMENT = "03_regularization"

# Part of the solution, what stands in its place, and why that is right too.
SAME_EVENT = "a continuous draw equals the probability with probability 0"
PROMOTED = "a product with x promotes the mask to x's dtype"
CACHE = "what the cache holds is up to the student; the backward exercise judges it"
LAST_AXIS = "axis 1 is the last of two"
NUMBER = "yes and no are the numbers 1 and 0 in a product"
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
    "validation.choose_degree": (
        ("int(val_errors.argmin())", "val_errors.argmin()", "a tensor of one integer is as good"),
    ),
    "penalties.max_norm": (
        ("lengths > radius", "lengths >= radius", "on the ball the factor is 1"),
        ("dim=1", "dim=-1", LAST_AXIS),
    ),
    "noise.monte_carlo": (("dim=1", "dim=-1", LAST_AXIS),),
    "noise.dropconnect": (
        ("(weight, keep_prob)", "(weight, scale)", "the scale is the keep probability up to there"),
    ),
    "depth.residual_block": (
        (".item() < survival_prob", ".item() <= survival_prob", SAME_EVENT),
        (
            "float(torch.rand(()).item() < survival_prob)",
            "torch.rand(()).item() < survival_prob",
            NUMBER,
        ),
        ("torch.rand(()).item()", "torch.rand(())", NUMBER),
    ),
    "pooling.fractional": (
        ("= 2\n", "= 2.03\n", "a whole number remains of it in a tensor of integers"),
        ("zip((2, 3)", "zip((-2, 3)", "x has four axes"),
        ("cumsum(0)", "cumsum(-1)", "there is one axis"),
        ("device=x.device)]", "device=lengths.device)]", "both lie on one device"),
    ),
}


class TestAssignment(Suite):
    right_too = RIGHT_TOO


@pytest.mark.parametrize(
    "name, promised",
    [("noise.dropconnect", 0.031), ("depth.residual_block", 0.15), ("pooling.fractional", 0.22)],
)
def test_the_random_cases_find_the_error_that_their_module_promises(workbench, name, promised):
    """The largest of an exercise's samples of what a probability directly governs."""
    found = []
    for record in workbench.recorded[name]:
        shares = [f for f in record.expected.values() if isinstance(f, Share)]
        found += [smallest_error(s.trials, s.probability) for s in shares[:1]]
    assert min(found) <= promised


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

    @pytest.mark.parametrize("degree", [0, 1, 4])
    def test_the_given_fit_is_numpys(self, solved, degree):
        rng = np.random.default_rng(0)
        x, y = (torch.from_numpy(rng.uniform(-1, 1, 20)) for _ in range(2))
        ours = solved["fit_polynomial"](x, y, degree)
        np.testing.assert_allclose(ours, np.polynomial.polynomial.polyfit(x, y, degree), rtol=1e-8)
        residuals = np.polynomial.polynomial.polyval(x.numpy(), ours.numpy()) - y.numpy()
        error = solved["squared_error"](ours, x, y)
        np.testing.assert_allclose(error, (residuals**2).mean(), rtol=1e-9)

    def test_the_chosen_degree_is_the_truths_where_there_is_much_data(self, solved):
        rng = np.random.default_rng(1)
        pairs = []
        for count in (300, 4000, 4000):
            x = rng.uniform(-1, 1, count)
            y = 2 * x**3 - x + 0.1 * rng.normal(size=count)
            pairs.append((torch.from_numpy(x), torch.from_numpy(y)))
        degree, val_errors, test_error = solved["choose_degree"](*pairs, 6)
        assert degree == 3 and val_errors.argmin() == 3 and len(val_errors) == 7
        assert float(test_error) == pytest.approx(0.01, rel=0.1)

    @pytest.mark.parametrize("name", ["l2", "elastic_net"])
    def test_gradients_of_penalties_are_autograds(self, solved, name):
        torch.manual_seed(0)
        weight = torch.randn(4, 6, dtype=torch.float64, requires_grad=True)
        if name == "l2":
            bias = torch.ones(4, dtype=torch.float64)
            penalty, gradient, of_bias = solved["l2_penalty"](weight, bias, 0.3)
            assert torch.equal(of_bias, torch.zeros(4, dtype=torch.float64))
        else:
            penalty, gradient = solved["elastic_net"](weight, 0.3, 0.7)
        (expected,) = torch.autograd.grad(penalty, weight)
        torch.testing.assert_close(gradient, expected)

    def test_the_l2_gradient_is_twice_what_weight_decay_adds(self, solved):
        weight = nn.Parameter(torch.randn(3, 5))
        before = weight.detach().clone()
        weight.grad = torch.zeros_like(weight)
        torch.optim.SGD([weight], lr=1.0, weight_decay=0.1).step()
        _, gradient, _ = solved["l2_penalty"](before, torch.zeros(3), 0.1)
        torch.testing.assert_close(before - weight.detach(), gradient / 2)

    @pytest.mark.parametrize("radius", [0.5, 2.0, 100.0])
    def test_max_norm_is_the_librarys(self, solved, radius):
        weight = torch.randn(20, 7, dtype=torch.float64)
        weight[3] = 0
        ours = solved["max_norm"](weight, radius)
        torch.testing.assert_close(ours, torch.renorm(weight, 2, 0, radius), rtol=1e-6, atol=1e-9)

    def test_the_average_is_what_dropout_gives_in_the_mean(self, solved):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(3, 1), nn.Dropout(0.4), nn.Linear(1, 4)).double().eval()
        x = torch.randn(5, 3, dtype=torch.float64)
        ours = solved["predict"](model, x, 4000)
        hidden = model[0](x)
        kept, dropped = (model[2](h).softmax(1) for h in (hidden / 0.6, 0 * hidden))
        torch.testing.assert_close(ours, 0.6 * kept + 0.4 * dropped, rtol=0, atol=0.03)
        assert not any(layer.training for layer in model.modules())

    def test_dropconnect_is_a_linear_layer_with_dropped_weights(self, solved):
        torch.manual_seed(0)
        x, bias = torch.randn(6, 40), torch.randn(30)
        weight = torch.rand(30, 40) + 0.5
        linear, ours = nn.functional.linear, solved["dropconnect"]
        torch.testing.assert_close(ours(x, weight, bias, 1.0, True), linear(x, weight, bias))
        torch.testing.assert_close(ours(x, weight, bias, 0.3, False), linear(x, 0.3 * weight, bias))
        kept = ours(torch.eye(40), weight, 0 * bias, 0.3, True).T
        dropped = nn.functional.dropout(weight, 0.7)
        both = (kept != 0) & (dropped != 0)
        torch.testing.assert_close(kept[both], 0.3 * dropped[both])
        assert binomtest(int((kept != 0).sum()), weight.numel(), 0.3).pvalue > 1e-6

    @pytest.mark.parametrize("prob", [0.3, 0.8])
    def test_the_residual_block_is_the_librarys_but_for_the_scale(self, solved, prob):
        h, branch = torch.rand(4, 3) + 0.1, torch.rand(4, 3) + 0.1
        ours = solved["residual_block"](h, lambda _: prob * branch, 1.0, True)
        torch.testing.assert_close(ours, torch.relu(h + prob * branch))
        outcomes = set()
        for _ in range(60):
            ours = solved["residual_block"](h, lambda _: branch, prob, True)
            theirs = stochastic_depth(branch, 1 - prob, "batch", True)
            outcomes |= {bool(torch.allclose(ours, h)), bool((theirs == 0).all())}
            if not torch.allclose(ours, h) and (theirs != 0).all():
                torch.testing.assert_close(ours, torch.relu(h + prob * theirs))
        assert outcomes == {True, False}

    def test_survival_probabilities_are_those_of_the_paper(self, solved):
        probs = solved["survival_probs"](54, 0.5)
        assert len(probs) == 54 and probs[-1] == pytest.approx(0.5)
        assert sum(probs) == pytest.approx(40.25)  # "about 40 of 54 blocks"
        np.testing.assert_allclose(solved["survival_probs"](9, 0.2), np.linspace(1, 0.2, 10)[1:])

    @pytest.mark.parametrize("smoothing", [0.0, 0.15, 1.0])
    def test_smoothed_labels_give_the_librarys_loss(self, solved, smoothing):
        logits, labels = torch.randn(11, 5), torch.randint(5, (11,))
        targets = solved["smooth_labels"](labels, 5, smoothing)
        ours = nn.functional.cross_entropy(logits, targets)
        theirs = nn.functional.cross_entropy(logits, labels, label_smoothing=smoothing)
        torch.testing.assert_close(ours, theirs)

    def test_fractional_pooling_by_two_and_by_one_is_plain_pooling(self, solved):
        x = torch.randn(2, 3, 6, 10)
        pool = solved["fractional_max_pool"]
        torch.testing.assert_close(pool(x, (3, 5)), nn.functional.max_pool2d(x, 2))
        torch.testing.assert_close(pool(x, (6, 10)), x)

    def test_fractional_pooling_cuts_as_the_library_does_where_regions_may_not_overlap(
        self, solved
    ):
        """Torch's regions of 2 overlap; the largest entries of ours are among those of theirs and of x."""
        torch.manual_seed(0)
        ramp = torch.arange(16.0).expand(1, 1, 16, 16).contiguous()
        for _ in range(20):
            ours = solved["fractional_max_pool"](ramp, (11, 11))[0, 0, 0]
            theirs = nn.functional.fractional_max_pool2d(ramp, 2, output_size=11)[0, 0, 0]
            for ends in (ours, theirs):
                assert ends[-1] == 15 and set(ends.diff().tolist()) <= {1.0, 2.0}
