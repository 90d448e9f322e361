"""Fourteen activation functions, their slopes, and an explorer that shows where they saturate."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS

FLAT = 0.05  # a slope below this passes hardly any gradient on
LIMITS = (-2.2, 4.2)


@dataclass(frozen=True)
class Activation:
    """A function of one number, as torch computes it, and what its text says about it."""

    formula: str
    function: Callable[[torch.Tensor], torch.Tensor]


ACTIVATIONS = {
    "sigmoid": Activation("1 / (1 + exp(−x))", torch.sigmoid),
    "tanh": Activation("tanh(x)", torch.tanh),
    "ReLU": Activation("max(0, x)", torch.relu),
    "leaky ReLU": Activation("max(0.1 x, x)", lambda x: F.leaky_relu(x, 0.1)),
    "ELU": Activation("x, and exp(x) − 1 below zero", F.elu),
    "GELU": Activation("x Φ(x), about x σ(1.702 x)", F.gelu),
    "maxout": Activation(
        "here max(0.8 x, −0.4 x − 0.6)", lambda x: torch.maximum(0.8 * x, -0.4 * x - 0.6)
    ),
    "softplus": Activation("ln(1 + exp(x))", F.softplus),
    "softsign": Activation("x / (1 + |x|)", F.softsign),
    "Swish": Activation("x σ(x)", F.silu),
    "Mish": Activation("x tanh(softplus(x))", F.mish),
    "log-sigmoid": Activation("ln σ(x)", F.logsigmoid),
    "step": Activation("0, and 1 from zero on", lambda x: (torch.sign(x) + 1) / 2),
    "sinc": Activation("sin(x) / x", lambda x: torch.sinc(x / torch.pi)),
}


def values_and_slopes(name: str, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An activation and its derivative, by automatic differentiation, at each x; float64."""
    inputs = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    outputs = ACTIVATIONS[name].function(inputs)
    (slopes,) = torch.autograd.grad(outputs.sum(), inputs)
    return outputs.detach().numpy(), slopes.numpy()


def activation_explorer() -> Explorer:
    """One control, the activation: its curve with the flat parts marked, and its slope."""
    x = np.linspace(
        -5, 5, 400
    )  # an even number, so that zero, where steps and kinks are, is left out
    pairs = [values_and_slopes(name, x) for name in ACTIVATIONS]
    values, slopes = (np.stack(arrays) for arrays in zip(*pairs, strict=True))
    flat = np.where(np.abs(slopes) < FLAT, values, np.nan)
    approximation = np.full_like(values, np.nan)
    approximation[list(ACTIVATIONS).index("GELU")] = F.silu(torch.tensor(1.702 * x)) / 1.702
    curves = [
        Series("output", x, values, color=COLORS[0]),
        Series(f"flat: slope below {FLAT}", x, flat, color=COLORS[1]),
        Series("GELU's approximation", x, approximation, dashed=True, color=COLORS[2]),
    ]
    slope = [
        Series("slope", x, slopes, color=COLORS[0]),
        Series("slope 1", x, np.ones_like(x), dashed=True, color=COLORS[3]),
    ]
    return explorer(
        {"activation": list(ACTIVATIONS)},
        [
            Panel("The function", "input x", "output", curves, ylim=LIMITS),
            Panel("Its derivative", "input x", "slope", slope, ylim=(-0.6, 1.3)),
        ],
        texts=[_describe(name, x, *pair) for name, pair in zip(ACTIVATIONS, pairs, strict=True)],
        caption="Look for the orange parts: an input that lies there passes hardly any gradient on.",
    )


def _describe(name: str, x: np.ndarray, values: np.ndarray, slopes: np.ndarray) -> str:
    density = np.exp(-(x**2) / 2)
    mean = (values * density).sum() / density.sum()  # + 0 below turns -0.0 into 0.0
    return (
        f"{name}: {ACTIVATIONS[name].formula}. Slope from {slopes.min():.2f} to {slopes.max():.2f}; "
        f"flat on {np.mean(np.abs(slopes) < FLAT):.0%} of the picture. "
        f"Mean output for standard normal inputs {round(mean, 2) + 0:+.2f}."
    )
