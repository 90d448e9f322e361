"""Assignment 1: what every assignment is held to, and its solutions against PyTorch's and scikit-learn's."""

import numpy as np
import pytest
import torch
from scipy.stats import kstest
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.nn import functional as F

from tests.assignments.suite import Suite

ASSIGNMENT = "01_setup"
DTYPES = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])

# Part of the solution, what stands in its place, and why that is right too.
AT_ZERO = "at 0 both sides give 0, and no gradient is asked for"
DIMS = "the same dimensions, counted differently"
ANY = "the numerator is 0 there"
OVERWRITTEN = "only its form matters: every entry is overwritten"
DENOMINATOR = "torch.where(largest == 0, 1, largest)"
RIGHT_TOO = {
    "activations.leaky_relu": (
        ("x > 0, x", "x >= 0, x", AT_ZERO),
        ("x > 0, grad_out", "x >= 0, grad_out", AT_ZERO),
    ),
    "activations.elu": (("x > 0, x", "x >= 0, x", AT_ZERO), ("x > 0, 1", "x >= 0, 1", AT_ZERO)),
    "preparing.standardize": tuple(
        (f"{name}((0, 2, 3)", f"{name}({dims}", DIMS)
        for name in ("mean", "std")
        for dims in ("(3, 2, 0)", "(0, -2, 3)")
    ),
    "initialization.xavier": (("[0]", "[-1]", "the last output has as many weights as the first"),),
    "initialization.kaiming": (
        ("[0]", "[-1]", "the last output has as many weights as the first"),
    ),
    "normalization.batch_norm_backward": (
        ("grad_out.sum(0))", "corrections.sum(0))", "x_hat adds up to 0, so both sums are equal"),
    ),
    "gradient_check.centred": (
        ("gradient = torch.zeros_like", "gradient = torch.ones_like", OVERWRITTEN),
        ("step = torch.zeros_like(x)", "step = torch.zeros_like(gradient)", "both have one form"),
        ("range(x.numel())", "range(gradient.numel())", "both have one form"),
        *(
            (DENOMINATOR, DENOMINATOR.replace("0, 1", f"0, {number}"), ANY)
            for number in ("2", "-1", "1.02")
        ),
    ),
}


class TestAssignment(Suite):
    right_too = RIGHT_TOO


class TestSolutions:
    """What the notebook's own answers give, against the library that does the same."""

    def backward(self, out, *inputs, grad_out):
        return torch.autograd.grad(out, inputs, grad_out)

    @DTYPES
    def test_leaky_relu_and_elu_are_the_librarys(self, solved, dtype):
        x, grad_out = torch.randn(2, 40, dtype=dtype)
        for name, theirs, number in (
            ("leaky_relu", F.leaky_relu, 0.1),
            ("leaky_relu", F.leaky_relu, 0.0),
            ("elu", F.elu, 1.0),
            ("elu", F.elu, 0.4),
        ):
            leaf = x.clone().requires_grad_()
            out = theirs(leaf, number)
            torch.testing.assert_close(solved[name](x, number), out)
            grad = solved[f"{name}_backward"](grad_out, x, number)
            torch.testing.assert_close(grad, *self.backward(out, leaf, grad_out=grad_out))

    def test_gelu_is_near_the_exact_one_and_its_gradient_autograds(self, solved):
        x = torch.linspace(-5, 5, 101, dtype=torch.float64, requires_grad=True)
        grad_out = torch.randn_like(x)
        out = solved["gelu"](x)
        assert (out - F.gelu(x)).abs().max() < 0.021
        torch.testing.assert_close(out, F.silu(1.702 * x) / 1.702)
        grad = solved["gelu_backward"](grad_out, x.detach())
        torch.testing.assert_close(grad, *self.backward(out, x, grad_out=grad_out))

    def test_standardize_is_scikit_learns(self, solved):
        train, test = (torch.rand(n, 3, 4, 5, dtype=torch.float64) for n in (7, 2))
        train[:, 1] = 0.25
        scaler = StandardScaler().fit(train.movedim(1, 3).reshape(-1, 3))
        for ours, given in zip(solved["standardize"](train, test), (train, test), strict=True):
            theirs = scaler.transform(given.movedim(1, 3).reshape(-1, 3))
            np.testing.assert_allclose(ours.movedim(1, 3).reshape(-1, 3), theirs, rtol=1e-9)

    @DTYPES
    @pytest.mark.parametrize("shape", [(300, 200), (50, 12, 5, 5)])
    def test_kaiming_is_distributed_as_the_librarys(self, solved, shape, dtype):
        torch.manual_seed(0)
        weight = torch.empty(shape, dtype=dtype)
        ours, theirs = solved["kaiming"](weight), nn.init.kaiming_normal_(weight.clone())
        assert ours.dtype == dtype
        assert float(ours.std()) == pytest.approx(float(theirs.std()), rel=0.03)
        assert kstest(ours.flatten() / float(theirs.std()), "norm").pvalue > 1e-4

    @pytest.mark.parametrize("shape", [(200, 200), (32, 32, 3, 3)])
    def test_xavier_is_the_librarys_where_both_widths_are_equal(self, solved, shape):
        torch.manual_seed(0)
        weight = torch.empty(shape)
        ours, theirs = solved["xavier"](weight), nn.init.xavier_normal_(weight.clone())
        assert float(ours.std()) == pytest.approx(float(theirs.std()), rel=0.03)
        assert kstest(ours.flatten() / float(theirs.std()), "norm").pvalue > 1e-4

    @DTYPES
    @pytest.mark.parametrize("shape", [(6, 3), (4, 3, 2, 5), (1, 3, 4, 4)])
    def test_batch_norm_is_the_librarys_in_both_modes(self, solved, shape, dtype):
        library = nn.BatchNorm1d if len(shape) == 2 else nn.BatchNorm2d
        modules = solved["BatchNorm"](3, 1e-2, 0.3).to(dtype), library(3, 1e-2, 0.3).to(dtype)
        for module, names in zip(modules, (("gamma", "beta"), ("weight", "bias")), strict=True):
            for name, values in zip(names, ([0.5, 2, 1], [1, 0, -1]), strict=True):
                getattr(module, name).data = torch.tensor(values, dtype=dtype)
        for training in (True, True, False, True, False):
            batch, grad_out = torch.randn(2, *shape, dtype=dtype) * 3 + 1
            results = []
            for module in modules:
                module.train(training)
                x = batch.clone().requires_grad_()
                out = module(x)
                parameters = list(module.parameters())
                grads = self.backward(out, x, *parameters, grad_out=grad_out)
                results.append([out, *grads, module.running_mean, module.running_var])
            for ours, theirs in zip(*results, strict=True):
                torch.testing.assert_close(ours, theirs)

    @DTYPES
    def test_batch_norm_backward_is_autograds(self, solved, dtype):
        x, grad_out = torch.randn(2, 9, 4, dtype=dtype)
        leaves = [x, torch.rand(4, dtype=dtype) + 1, torch.randn(4, dtype=dtype)]
        leaves = [leaf.clone().requires_grad_() for leaf in leaves]
        out = F.batch_norm(leaves[0], None, None, *leaves[1:], training=True, eps=1e-2)
        theirs = self.backward(out, *leaves, grad_out=grad_out)
        ours = solved["batch_norm_backward"](grad_out, x, leaves[1].detach(), 1e-2)
        for one, two in zip(ours, theirs, strict=True):
            torch.testing.assert_close(one, two)

    @DTYPES
    def test_layer_and_group_norm_are_the_librarys(self, solved, dtype):
        gamma, beta = torch.randn(2, 6, dtype=dtype)
        for shape in ((4, 6), (2, 3, 6)):
            x = torch.randn(shape, dtype=dtype)
            theirs = F.layer_norm(x, (6,), gamma, beta, 1e-2)
            torch.testing.assert_close(solved["layer_norm"](x, gamma, beta, 1e-2), theirs)
        for shape in ((4, 6), (2, 6, 3, 5), (1, 6, 2, 2)):
            x = torch.randn(shape, dtype=dtype)
            for num_groups in (1, 2, 3) + ((6,) if len(shape) > 2 else ()):
                ours = solved["group_norm"](x, num_groups, gamma, beta, 1e-2)
                theirs = F.group_norm(x, num_groups, gamma, beta, 1e-2)
                torch.testing.assert_close(ours, theirs)

    def test_the_gradient_check_tells_a_right_gradient_from_a_wrong_one(self, solved):
        x = torch.randn(3, 2, dtype=torch.float64, requires_grad=True)

        def f(v):
            return (v.exp() * v.flip(0)).sum()

        (right,) = torch.autograd.grad(f(x), x)
        numerical = solved["numerical_gradient"](f, x.detach(), 1e-5)
        torch.testing.assert_close(numerical, right, rtol=1e-7, atol=1e-9)
        assert solved["relative_error"](right, numerical) < 1e-7
        assert solved["relative_error"](1.1 * right, numerical) == pytest.approx(1 / 11)
        assert solved["relative_error"](torch.zeros(3), torch.zeros(3)) == 0
