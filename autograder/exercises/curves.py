"""Reading runs: a moving average and the update-to-weight ratio (Lecture 6)."""

import numpy as np
import torch
from torch import nn

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Same
from autograder.functions import DTYPE, UNCHANGED, FunctionExercise, close, in_words

CURVES = "Lecture 6, section 6: Learning curves"
RATIO = "Lecture 6, section 7: The update-to-weight ratio"


class MovingAverage(FunctionExercise):
    """`moving_average(values, window) -> means`, as long as the values."""

    name = "curves.moving_average"
    title = "A moving average"
    outputs = ("means",)
    shown = ("length", "window")
    FULL, EDGES = "means once the window is full", "means at the beginning"
    parts = (
        Part("where the window is full", 2, (FULL,), CURVES),
        Part(
            "at the beginning",
            2,
            (EDGES, "means with a window of 1", "means of fewer values than the window"),
            CURVES,
            needs=("where the window is full",),
        ),
        Part(
            "dtype kept, input left alone",
            1,
            (DTYPE, UNCHANGED),
            CURVES,
            needs=("where the window is full",),
        ),
    )
    mistakes = {
        "too_short": "The means begin only where the window is full: the result is to be as long as the values.",
        "zeros_before": "The beginning is divided by the whole window, as if there were zeros before the first value.",
        "nan_before": "The beginning is NaN; there the mean is over the values that exist so far.",
        "first_repeated": "The first value is repeated before the beginning; the mean is over existing values only.",
        "centered": "The window lies around each step, so it looks ahead; it ends at the step.",
        "looks_ahead": "The window begins at each step and looks ahead; it ends at the step.",
        "one_too_many": "The window holds one value too many.",
        "without_itself": "The value of the step itself is missing from its window.",
        "exponential": "This is an exponential average; every value in the window counts the same.",
        "all_so_far": "The mean is over all values so far, whatever the window.",
        "in_place": "The values are changed in place, so later means are means of means.",
        "float32": "The result is not of the dtype of the values.",
    }

    def cases(self, rng_for):
        cases = []
        for length, window, dtype in (
            (101, 7, "float32"),
            (64, 10, "float64"),
            (13, 1, "float32"),
            (5, 30, "float64"),
            (1, 4, "float32"),
        ):
            name = f"{length} values, window {window}, {dtype}"
            case = {"name": name, "seed": int(rng_for(name).integers(2**31)), "length": length}
            cases.append(case | {"window": window, "dtype": dtype})
        return cases

    def arguments(self, case):
        rng = np.random.default_rng(case["seed"])
        falling = np.exp(-np.arange(case["length"]) / 20) + rng.uniform(0, 0.3, case["length"])
        return {"values": falling.astype(case["dtype"]), "window": case["window"]}

    def measure(self, case, output):
        features = super().measure(case, output)
        means, window = features.pop("means"), case["window"]
        value = np.asarray(means.value)
        if value.shape != (case["length"],):
            raise Malformed(f"The means have shape {value.shape}, the values ({case['length']},).")
        if window == 1:
            return features | {"means with a window of 1": close(value, case["dtype"])}
        if window > case["length"]:
            return features | {"means of fewer values than the window": close(value, case["dtype"])}
        edges, full = (close(part, case["dtype"]) for part in np.split(value, [window - 1]))
        return features | {self.EDGES: edges, self.FULL: full}


class UpdateRatios(Exercise):
    """`update_ratios(model, optimizer, images, labels) -> {name: ratio}`, after one step of the optimizer."""

    name = "curves.update_ratios"
    title = "Update-to-weight ratio"
    shown = ("optimizer",)
    NUM_STEPS = 3
    parts = (
        Part("plain SGD", 2, ("ratios with SGD",), RATIO),
        Part("any optimizer", 3, ("ratios with momentum", "ratios with Adam"), RATIO),
        Part(
            "every parameter that is not zero",
            2,
            ("parameters with a ratio",),
            RATIO,
            needs=("plain SGD",),
        ),
        Part("one step is made", 1, ("weights after the steps",), RATIO),
    )
    mistakes = {
        "aliased": "Weights before and after are the same memory, so the ratios are 0: take a copy before the step.",
        "rate_times_gradient": "The update is taken to be the rate times the gradient: right for plain SGD alone.",
        "over_after": "The change is divided by the weights after the step; divide by those before.",
        "difference_of_norms": "The norms are subtracted; the norm of the difference is asked for.",
        "squared": "The norms are squared: the root is missing.",
        "largest": "The largest entries are compared, not the norms.",
        "mean_of_ratios": "The ratios of the single entries are averaged; small entries spoil that.",
        "one_for_all": "All parameters together get one ratio; each has its own.",
        "no_zero_grad": "Old gradients are added to the new ones: optimizer.zero_grad() is missing.",
        "zero_kept": "A parameter that is all zero before the step has a ratio of inf or NaN; leave it out.",
        "weights_only": "Only weight matrices have a ratio; biases that are not zero have one too.",
        "not_restored": "No step is left: the weights are put back after the measurement.",
    }

    def cases(self, rng_for):
        cases = []
        for optimizer, dtype, count in (
            ("SGD", "float32", 13),
            ("momentum", "float64", 8),
            ("Adam", "float64", 1),
            ("Adam", "float32", 21),
        ):
            name = f"{optimizer}, {count} images, {dtype}"
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "optimizer": optimizer}
            case |= {"lr": round(float(rng.uniform(0.02, 0.08)), 4), "dtype": dtype}
            cases.append(case | {"num_images": count})
        return cases

    def build(self, case, device):
        """A network whose last bias is zero and whose second layer is frozen, with gradients left over."""
        rng = np.random.default_rng(case["seed"])
        model = nn.Sequential(
            nn.Flatten(), nn.Linear(6, 9), nn.Tanh(), nn.Linear(9, 7), nn.Tanh(), nn.Linear(7, 4)
        )
        for parameter in model.parameters():
            parameter.data = torch.from_numpy(rng.normal(0, 0.4, parameter.shape))
        model = model.to(device, getattr(torch, case["dtype"]))
        model[3].requires_grad_(False)
        nn.init.zeros_(model[5].bias)
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.grad = torch.full_like(parameter, 0.1)
        kinds = {
            "SGD": lambda parameters, lr: torch.optim.SGD(parameters, lr=lr),
            "momentum": lambda parameters, lr: torch.optim.SGD(
                parameters, lr=lr, momentum=0.9, weight_decay=0.1
            ),
            "Adam": lambda parameters, lr: torch.optim.Adam(parameters, lr=lr),
        }
        return model, kinds[case["optimizer"]](model.parameters(), case["lr"])

    def probe(self, answer, case, device):
        model, optimizer = self.build(case, device)
        rng, returned = np.random.default_rng([case["seed"], 1]), []
        for _ in range(self.NUM_STEPS):
            images = rng.normal(0, 1, (case["num_images"], 1, 2, 3)).astype(case["dtype"])
            labels = rng.integers(0, 4, case["num_images"])
            batch = (torch.from_numpy(array).to(device) for array in (images, labels))
            ratios = answer(model, optimizer, *batch)
            if not isinstance(ratios, dict):
                return {"described": in_words(ratios)}
            returned.append({str(name): _number(ratio) for name, ratio in ratios.items()})
        sums = [parameter.detach().abs().sum() for parameter in model.parameters()]
        return {"returned": returned, "sums": torch.stack(sums)}

    def measure(self, case, output):
        if "described" in output:
            raise Malformed(
                f"The function returned {output['described']}; a dict is asked for, a ratio for each name."
            )
        names = [name for name, _ in self.build(case, "cpu")[0].named_parameters()]
        steps = output["returned"]
        if any(type(ratio) is str for step in steps for ratio in step.values()):
            raise Malformed("A ratio is not a number.")
        table = [[step.get(name, -1.0) for name in names] for step in steps]
        listed = "; ".join(", ".join(sorted(map(str, step))[:9]) for step in steps)
        scale = 10 if case["dtype"] == "float32" else 1000
        return {
            f"ratios with {case['optimizer']}": close(_without_zero(table), case["dtype"], scale),
            "parameters with a ratio": Same(listed),
            "weights after the steps": close(output["sums"], case["dtype"], scale),
        }


def _without_zero(table):
    """The ratios of all steps, without that of the last bias in the first: it is zero there and has none."""
    return np.array(table, float).ravel()[[*range(5), *range(6, 6 * len(table))]]


def _number(value):
    """A number or a tensor with one entry as a float, anything else in words."""
    is_number = isinstance(value, int | float | np.floating | np.integer)
    if is_number or (isinstance(value, torch.Tensor) and value.numel() == 1):
        return float(value)
    return type(value).__name__


EXERCISES = (MovingAverage(), UpdateRatios())
