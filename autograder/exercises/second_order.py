"""Second-order methods: a Newton step, and the closure that `torch.optim.LBFGS` calls (Liu and Nocedal, 1989)."""

import numpy as np
import torch
from torch.nn import functional

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Close, Same
from autograder.functions import DTYPE, UNCHANGED, FunctionExercise, close, in_words, plain, tensors

LECTURE = "Lecture 2, section 11: Second order: Newton and L-BFGS"

TOLERANCE = {
    "float32": 1e-4,
    "float64": 1e-6,
}  # a right vector of the wrong dtype loses the dtype's point only

QUADRATIC = "the new vector on a quadratic"
SADDLE = "the new vector on a saddle"
CURVED = "the new vector on another loss"


class NewtonStep(FunctionExercise):
    """`newton_step(loss_fn, x)` with a loss of a vector: x' A x / 2 - b' x, and in some cases + sum(cosh(W x))."""

    name = "second_order.newton_step"
    title = "A Newton step"
    outputs = ("the new vector",)
    shown = ("eigenvalues",)
    flagged = ("LBFGS", "minimize")
    parts = (
        Part("one step solves a quadratic", 3, (QUADRATIC,), LECTURE),
        Part("on a saddle it arrives at the saddle point", 1, (SADDLE,), LECTURE),
        Part("one step on other losses", 2, (CURVED,), LECTURE),
        Part(
            "dtype kept, x left alone",
            1,
            (DTYPE, UNCHANGED),
            LECTURE,
            needs=("one step solves a quadratic", "one step on other losses"),
        ),
    )
    mistakes = {
        "gradient_step": "The step is the gradient; the Hessian is not used.",
        "uphill": "The step is added; it must be subtracted.",
        "times_hessian": "The gradient is multiplied by the Hessian; the step is the solution of H d = g.",
        "diagonal": "Only the diagonal of the Hessian is used.",
        "only_direction": "The step is returned; the new vector is asked for.",
        "with_rate": "The step is multiplied by a learning rate; Newton's method takes it whole.",
        "damped": "Something is added to the Hessian's diagonal; H can be inverted as it is.",
        "absolute_curvature": "Negative eigenvalues are made positive; Newton's step keeps their signs.",
        "several_steps": "Several steps are taken; one is asked for.",
        "derivatives_at_zero": "The derivatives are taken at zero; take them at x.",
        "in_place": "The vector x is changed in place; return a new one.",
        "float32": "The new vector is not of the dtype of x.",
    }

    def cases(self, rng_for):
        cases = []
        for name, dtype, eigenvalues, kind in (
            ("quadratic, 5 weights, float64", "float64", [1, 3, 10, 50, 300], QUADRATIC),
            ("quadratic, 3 weights, float32", "float32", [0.5, 2, 8], QUADRATIC),
            ("quadratic, 1 weight, float64", "float64", [4], QUADRATIC),
            ("saddle, 4 weights, float64", "float64", [-5, -0.5, 1, 20], SADDLE),
            ("other loss, 3 weights, float64", "float64", [0.2, 0.7, 1.5], CURVED),
            ("other loss, 6 weights, float32", "float32", [0.2, 0.3, 0.7, 1, 1.5, 2], CURVED),
        ):
            rng = rng_for(name)
            values = [round(float(value * rng.uniform(0.8, 1.2)), 3) for value in eigenvalues]
            case = {"name": name, "seed": int(rng.integers(2**31)), "dtype": dtype}
            cases.append(case | {"eigenvalues": values, "kind": kind})
        return cases

    def arguments(self, case):
        rng, size = np.random.default_rng(case["seed"] + 1), len(case["eigenvalues"])
        x = rng.uniform(0.5, 1.5, size) * rng.choice([-1.0, 1.0], size)
        return {"x": x.astype(case["dtype"])}

    def probe(self, answer, case, device):
        arguments = tensors(self.arguments(case), device)
        returned = answer(_loss_fn(case, device), arguments["x"])
        return {"returned": plain(returned, 1), "after": arguments}

    def asked(self):
        return "a vector like x is asked for"

    def label(self, case, output):
        return case["kind"]

    def measure(self, case, output):
        features = super().measure(case, output)
        value, size = features[case["kind"]].value, len(case["eigenvalues"])
        if np.shape(value) != (size,):
            raise Malformed(f"A vector of {size} weights is asked for.")
        tolerance, dims = TOLERANCE[case["dtype"]], [["weight", 0]]
        return features | {case["kind"]: Close(value, rtol=tolerance, atol=tolerance, dims=dims)}


def _loss_fn(case, device):
    """A quadratic whose Hessian has the case's eigenvalues, turned; curved losses have more to it."""
    rng, eigenvalues = np.random.default_rng(case["seed"]), np.array(case["eigenvalues"])
    size = len(eigenvalues)
    turn = np.linalg.qr(rng.normal(size=(size, size)))[0]
    arrays = {
        "matrix": turn * eigenvalues @ turn.T,
        "vector": rng.normal(size=size),
        "directions": 0.7 * rng.normal(size=(size + 1, size)) * (case["kind"] == CURVED),
    }
    arrays = {name: array.astype(case["dtype"]) for name, array in arrays.items()}
    matrix, vector, directions = tensors(arrays, device).values()

    def loss_fn(weights):
        quadratic = weights @ (matrix @ weights) / 2 - vector @ weights
        return quadratic + torch.cosh(directions @ weights).sum()

    return loss_fn


LOSS = "returned loss"
GRADIENT = "gradient after the first call"
AGAIN = "gradient after the second call"
MOVED = "loss and gradient when the weights have moved"
LARGEST = "no piece is larger than chunk_size"
SEEN = "inputs seen in one call"
GRAPHS = "graphs in memory at a time"
WEIGHTS = "weights unchanged by the closure"
MINIMUM = "weights after L-BFGS"


class Closure(Exercise):
    """`make_closure(model, optimizer, loss_fn, inputs, targets, chunk_size)` returns a closure for `LBFGS.step`.

    The model is linear and counts what passes through it; the closure is called by hand, then by the optimizer.
    """

    name = "second_order.closure"
    title = "A closure for L-BFGS"
    shown = ("num_inputs", "chunk_size")
    parts = (
        Part("the loss is the mean over all inputs", 2, (LOSS,), LECTURE),
        Part("its gradient lies in the parameters", 2, (GRADIENT,), LECTURE),
        Part("called again, it begins anew", 2, (AGAIN, MOVED), LECTURE),
        Part(
            "piece by piece",
            2,
            (LARGEST, SEEN, GRAPHS),
            LECTURE,
            needs=("its gradient lies in the parameters",),
        ),
        Part("L-BFGS finds the minimum with it", 2, (MINIMUM, WEIGHTS), LECTURE),
    )
    mistakes = {
        "no_zero_grad": "The gradients are not cleared, so each call adds to those of the calls before.",
        "cleared_each_piece": "The gradients are cleared before every piece, so only the last piece's remains.",
        "cleared_at_end": "The gradients are cleared after backward, so the optimizer finds none.",
        "mean_of_means": "All pieces count alike; a smaller last piece must count less.",
        "summed": "The pieces' mean losses are added up without their shares.",
        "no_backward": "backward is not called.",
        "returns_nothing": "The closure returns nothing; L-BFGS needs the loss.",
        "returns_last": "The closure returns the loss of the last piece only.",
        "loss_grows": "The returned loss adds up from call to call: start it anew inside the closure.",
        "one_backward": "backward is called once at the end, so the graphs of all pieces are in memory together.",
        "in_one_piece": "All inputs go through the model at once, whatever the chunk size.",
        "last_left_out": "A smaller last piece is left out.",
        "next_piece": "Each call takes another piece; L-BFGS needs the same loss at every call: all inputs.",
        "computed_outside": "The outputs are computed once, outside the closure; they must follow the weights.",
        "weights_changed": "The closure changes the weights; it only computes the loss and its gradient.",
    }

    def cases(self, rng_for):
        cases = []
        for name, dtype, loss, sizes in (
            ("squared error, float32", "float32", "mse_loss", (23, 3, 2, 5)),
            ("cross entropy, float64", "float64", "cross_entropy", (31, 4, 3, 7)),
            ("one piece, float64", "float64", "mse_loss", (11, 2, 1, 16)),
            ("pieces of one, float32", "float32", "mse_loss", (6, 2, 1, 1)),
        ):
            rng = rng_for(name)
            num_inputs, num_features, num_outputs, chunk_size = sizes
            case = {"name": name, "seed": int(rng.integers(2**31)), "dtype": dtype, "loss": loss}
            case |= {"num_inputs": num_inputs, "chunk_size": chunk_size}
            cases.append(case | {"num_features": num_features, "num_outputs": num_outputs})
        return cases

    def probe(self, answer, case, device):
        inputs, targets = (torch.from_numpy(array).to(device) for array in _data(case))
        model = _Counting(case, device)
        optimizer = torch.optim.LBFGS(model.parameters(), line_search_fn="strong_wolfe")
        loss_fn = getattr(functional, case["loss"])
        chunk_size = case["chunk_size"]
        closure = answer(model, optimizer, loss_fn, inputs, targets, chunk_size)
        if not callable(closure):
            return {"callable": False}
        model.begin()
        before = model.weights()
        calls = [(_number(closure()), model.gradient())]
        counts = {"pieces": list(model.pieces), "graphs": model.most_alive}
        calls.append((_number(closure()), model.gradient()))
        after = model.weights()
        with torch.no_grad():
            model.weight.mul_(0.5)
        calls.append((_number(closure()), model.gradient()))
        returned = [isinstance(loss, float | torch.Tensor) for loss, _ in calls]
        for _ in range(4 if all(returned) else 0):
            optimizer.step(closure)
        return {
            "callable": True,
            "losses": [loss for loss, _ in calls],
            "gradients": [gradient for _, gradient in calls],
            "unchanged": [before, after],
            "minimum": model.weights(),
        } | counts

    def measure(self, case, output):
        if not output["callable"]:
            raise Malformed("What make_closure returned cannot be called; a function is asked for.")
        losses, gradients, pieces = output["losses"], output["gradients"], output["pieces"]
        if any(isinstance(loss, str) for loss in losses):
            raise Malformed(f"The closure returned {losses[0]}; the loss is asked for.")
        dtype = case["dtype"]
        shape = case["num_features"] * case["num_outputs"]
        if any(np.shape(gradient) != (shape,) for gradient in gradients):
            raise Malformed("A gradient has not the shape of its parameter.")
        features = {
            LOSS: close(float(losses[0]), dtype),
            GRADIENT: close(gradients[0], dtype),
            AGAIN: close(gradients[1], dtype),
            MOVED: close([float(losses[2]), *gradients[2].tolist()], dtype),
            LARGEST: Same(max(pieces, default=0) <= case["chunk_size"]),
            SEEN: Same(sum(pieces)),
            GRAPHS: Same(output["graphs"]),
            WEIGHTS: Same(bool(np.array_equal(*output["unchanged"]))),
        }
        if case["loss"] == "mse_loss":  # which has its minimum at finite weights
            features[MINIMUM] = Close(output["minimum"], rtol=1e-3, atol=1e-3)
        return features


class _Counting(torch.nn.Module):
    """A linear model that counts the inputs that pass through it to be differentiated, and the graphs they leave."""

    def __init__(self, case, device):
        super().__init__()
        rng = np.random.default_rng(case["seed"] + 1)
        start = rng.normal(size=(case["num_features"], case["num_outputs"]))
        start = torch.from_numpy(start.astype(case["dtype"]))
        self.weight = torch.nn.Parameter(start.to(device))
        self.begin()

    def begin(self):
        self.pieces, self.alive, self.most_alive = [], 0, 0

    def forward(self, inputs):
        outputs = inputs @ self.weight
        if outputs.requires_grad:
            self.pieces.append(len(inputs))
            self.alive += 1
            self.most_alive = max(self.most_alive, self.alive)
            outputs.register_hook(self._differentiated)
        return outputs

    def _differentiated(self, gradient):
        self.alive -= 1

    def weights(self):
        return self.weight.detach().flatten().clone()

    def gradient(self):
        gradient = self.weight.grad
        return (torch.zeros_like(self.weight) if gradient is None else gradient).flatten().clone()


def _data(case):
    """Inputs that are not collinear, and targets of the form that the loss asks for."""
    rng = np.random.default_rng(case["seed"])
    num_inputs, num_outputs = case["num_inputs"], case["num_outputs"]
    inputs = rng.normal(size=(num_inputs, case["num_features"])).astype(case["dtype"])
    if case["loss"] == "cross_entropy":
        return inputs, rng.integers(num_outputs, size=num_inputs)
    return inputs, rng.normal(size=(num_inputs, num_outputs)).astype(case["dtype"])


def _number(loss):
    """What a closure returned: a number or a tensor of one, or else its kind in words."""
    if isinstance(loss, torch.Tensor) and loss.numel() == 1:
        return loss.detach().clone().flatten()[0]
    if isinstance(loss, torch.Tensor):
        return f"a tensor of shape {tuple(loss.shape)}"
    if isinstance(loss, bool | int | float | np.generic):
        return float(loss)
    return in_words(loss)


EXERCISES = (NewtonStep(), Closure())
