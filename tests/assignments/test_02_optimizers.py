"""Assignment 2: what every assignment is held to, and its solutions against PyTorch's."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from tests.assignments.suite import Suite

ASSIGNMENT = "02_optimizers"

# Part of the solution, what stands in its place, and why that is right too.
ALIKE = "gradient and pull have the shape and dtype of the parameter"
ZERO = "adding to -0.0 gives what adding to 0.0 gives"
RIGHT_TOO = {
    "optimizers.weight_decay": tuple(
        (
            f"state['{name}'] = torch.zeros_like(param)",
            f"state['{name}'] = torch.zeros_like({other})",
            ALIKE,
        )
        for name in "ms"
        for other in ("grad", "pull")
    ),
    "second_order.closure": (
        ("total = 0.0", "total = -0.0", ZERO),
        ("total += piece.detach()", "total += piece", "backward has freed what the graph holds"),
        (
            "optimizer.zero_grad()",
            "model.zero_grad()",
            "the optimizer has all of the model's weights",
        ),
        ("len(some) / len(inputs)", "len(wanted) / len(inputs)", "as many targets as inputs"),
        ("len(some) / len(inputs)", "len(some) / len(targets)", "as many targets as inputs"),
    ),
    "gradient_noise.variance": (
        ("total = 0.0", "total = -0.0", ZERO),
        ("return torch.stack(measured)", "return measured", "a list is as good as a tensor"),
        ("device=gradients.device", "device=full.device", "the mean lies where the gradients lie"),
    ),
}


class TestAssignment(Suite):
    right_too = RIGHT_TOO


PAIRS = {
    "SGD": (torch.optim.SGD, {}, {}),
    "Momentum": (torch.optim.SGD, {"rho": 0.85}, {"momentum": 0.85}),
    "Nesterov": (torch.optim.SGD, {"rho": 0.85}, {"momentum": 0.85, "nesterov": True}),
    "AdaGrad": (torch.optim.Adagrad, {"eps": 1e-3}, {"eps": 1e-3}),
    "RMSProp": (torch.optim.RMSprop, {"beta": 0.8, "eps": 1e-3}, {"alpha": 0.8, "eps": 1e-3}),
    "Adam": (torch.optim.Adam, {"betas": (0.8, 0.95), "eps": 1e-3}, None),
}
DECAY = {"betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.2}


class TestOptimizers:
    """The notebook's optimizers on a small network, against those of torch.optim."""

    def train(self, make, dtype=torch.float64, num_steps=12, schedule=False):
        """The weights after some steps with minibatches, in two groups, of which one layer is not always used."""
        torch.manual_seed(0)
        layers = [nn.Linear(5, 7), nn.Linear(7, 3), nn.Linear(5, 3)]
        layers = [layer.to(dtype) for layer in layers]
        groups = [{"params": [*layers[0].parameters(), *layers[2].parameters()], "lr": 0.03}]
        groups.append({"params": list(layers[1].parameters())})
        optimizer = make(groups, lr=0.1)
        scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.8 if schedule else 1.0)
        for step in range(num_steps):
            inputs, labels = torch.randn(9, 5, dtype=dtype), torch.randint(3, (9,))
            outputs = layers[1](torch.tanh(layers[0](inputs)))
            if step % 3 == 1:
                outputs = outputs + layers[2](inputs)
            optimizer.zero_grad()
            functional.cross_entropy(outputs, labels).backward()
            optimizer.step()
            scheduler.step()
        return [weight.detach() for group in groups for weight in group["params"]]

    def assert_same(self, ours, theirs, **settings):
        torch.testing.assert_close(self.train(ours, **settings), self.train(theirs, **settings))

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    @pytest.mark.parametrize("name", PAIRS)
    def test_it_is_the_librarys(self, solved, name, dtype):
        library, own, their = PAIRS[name]
        their = own if their is None else their
        self.assert_same(
            lambda groups, lr: solved[name](groups, lr=lr, **own),
            lambda groups, lr: library(groups, lr=lr, **their),
            dtype=dtype,
            schedule=name != "Nesterov",  # whose rate stands inside the velocity here
        )

    @pytest.mark.parametrize("decoupled, library", [(False, "Adam"), (True, "AdamW")])
    def test_weight_decay_is_the_librarys(self, solved, decoupled, library):
        self.assert_same(
            lambda groups, lr: solved["AdamWithDecay"](groups, lr, decoupled=decoupled, **DECAY),
            lambda groups, lr: getattr(torch.optim, library)(groups, lr=lr, **DECAY),
            schedule=True,
        )

    def test_without_decay_both_kinds_are_adam(self, solved):
        for decoupled in (False, True):
            self.assert_same(
                lambda groups, lr, kind=decoupled: solved["AdamWithDecay"](
                    groups, lr, weight_decay=0.0, decoupled=kind
                ),
                lambda groups, lr: solved["Adam"](groups, lr),
            )

    @pytest.mark.parametrize("name", [*PAIRS, "AdamWithDecay"])
    def test_a_file_takes_its_state_along(self, solved, name, tmp_path):
        """torch.save in one optimizer, torch.load in the next, as lecture 5 does it."""

        def moved(weight, optimizer, steps):
            for step in steps:
                weight.grad = torch.sin(torch.arange(4.0) + step)
                optimizer.step()
            return weight.detach().clone()

        weight = nn.Parameter(torch.ones(4))
        optimizer = solved[name]([weight], lr=0.1)
        halfway = moved(weight, optimizer, range(3))
        torch.save(optimizer.state_dict(), tmp_path / "state.pt")
        end = moved(weight, optimizer, range(3, 6))
        again = nn.Parameter(halfway)
        optimizer = solved[name]([again], lr=0.5)
        optimizer.load_state_dict(torch.load(tmp_path / "state.pt"))
        torch.testing.assert_close(moved(again, optimizer, range(3, 6)), end)


class TestSecondOrder:
    """The Newton step and the closure against exact minima and one backward pass."""

    def test_a_newton_step_ends_where_the_gradient_of_a_quadratic_is_zero(self, solved):
        torch.manual_seed(0)
        root = torch.randn(6, 6, dtype=torch.float64)
        matrix, vector = root @ root.T + torch.eye(6), torch.randn(6, dtype=torch.float64)
        found = solved["newton_step"](
            lambda x: x @ matrix @ x / 2 - vector @ x, torch.ones_like(vector)
        )
        torch.testing.assert_close(found, torch.linalg.solve(matrix, vector))

    def test_newton_steps_find_the_minimum_that_lbfgs_finds(self, solved):
        def loss_fn(x):
            return torch.cosh(x - torch.arange(3)).sum() + x.square().sum() / 2

        newton = torch.zeros(3, dtype=torch.float64)
        for _ in range(8):
            newton = solved["newton_step"](loss_fn, newton)
        x = torch.zeros(3, dtype=torch.float64, requires_grad=True)
        exact = {"max_iter": 100, "tolerance_grad": 1e-10, "tolerance_change": 1e-14}
        optimizer = torch.optim.LBFGS([x], line_search_fn="strong_wolfe", **exact)

        def closure():
            optimizer.zero_grad()
            value = loss_fn(x)
            value.backward()
            return value

        optimizer.step(closure)
        torch.testing.assert_close(newton, x.detach(), rtol=1e-6, atol=1e-6)

    @pytest.mark.parametrize("chunk_size", [1, 7, 20, 99])
    def test_the_closure_is_one_backward_pass_over_all(self, solved, chunk_size):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)).double()
        inputs, labels = torch.randn(20, 4, dtype=torch.float64), torch.randint(3, (20,))
        loss = functional.cross_entropy(model(inputs), labels)
        expected = torch.autograd.grad(loss, list(model.parameters()))
        optimizer = torch.optim.LBFGS(model.parameters())
        closure = solved["make_closure"](
            model, optimizer, functional.cross_entropy, inputs, labels, chunk_size
        )
        for _ in range(2):
            torch.testing.assert_close(torch.as_tensor(closure()), loss.detach())
            torch.testing.assert_close(tuple(p.grad for p in model.parameters()), expected)


class TestGradientNoise:
    def test_the_variance_is_that_of_one_image_over_the_batch_size(self, solved):
        torch.manual_seed(0)
        gradients = torch.randn(50, 20, dtype=torch.float64)
        total = gradients.var(0, correction=0).sum().item()
        sizes, num_batches = [1, 4, 25, 100], 2_000
        measured = solved["gradient_variance"](gradients, sizes, num_batches)
        np.testing.assert_allclose(measured, total / np.array(sizes), rtol=0.1)
