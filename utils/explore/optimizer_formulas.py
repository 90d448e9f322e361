"""What optimizers do where a formula says it: bowls in closed form, and two models of a loss, for lecture 2."""

import math

import numpy as np

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS
from .optimizer_paths import LIMIT, bowl, surface_image

FLOOR = 1e-9  # far below the picture: a logarithmic axis has no zero
DECADES = {10**power: f"{10**power:g}" for power in range(-4, 5)}


def conditioning_explorer() -> Explorer:
    """Gradient descent on bowls of curvatures 1 / condition and 1: w_t = (1 - lr * curvature)^t w_0."""
    rates = np.array([0.05, 0.2, 0.5, 1.0, 1.5, 1.8, 1.9, 1.98, 2.02])
    conditions, steps = np.array([1, 3, 10, 30, 100]), np.arange(61)
    shallow = -1.8 * (1 - rates[:, None, None] / conditions[:, None]) ** steps
    steep = 1.5 * (1 - rates[:, None, None]) ** steps + 0 * shallow  # [rate, condition, step]
    seen = np.where(np.abs(steep) <= LIMIT, steep, np.nan)
    bowls = np.stack([surface_image(bowl(condition)) for condition in conditions])
    edges, span = np.array([-LIMIT, LIMIT]), {"xlim": (-LIMIT, LIMIT), "ylim": (-LIMIT, LIMIT)}
    path = [
        Series("bowl", edges, edges, "image", pixels=bowls[None]),
        Series("path", shallow, seen, color=COLORS[1]),
        Series("after each step", shallow, seen, "scatter", color=COLORS[1]),
    ]
    distances = [
        Series("shallow direction", steps, np.abs(shallow).clip(FLOOR), color=COLORS[0]),
        Series("steep direction", steps, np.abs(steep).clip(FLOOR), dashed=True, color=COLORS[1]),
    ]
    texts = np.empty((len(rates), len(conditions)), dtype=object)
    for i, j in np.ndindex(texts.shape):
        left = math.hypot(shallow[i, j, -1], steep[i, j, -1])
        texts[i, j] = (
            f"Rate {rates[i]:g}, condition number {conditions[j]}. A step multiplies the steep direction by "
            f"{1 - rates[i]:.2f}, the shallow one by {1 - rates[i] / conditions[j]:.4f}. "
            f"Distance to the minimum after {steps[-1]} steps: {left:.2g}."
        )
    return explorer(
        {"learning rate": rates, "condition number": conditions},
        [
            Panel("Path of gradient descent", "shallow direction", "steep direction", path, **span),
            Panel(
                "Distance",
                "step",
                "distance to the minimum",
                distances,
                yscale="log",
                ylim=(1e-4, 10),
            ),
        ],
        texts=texts,
        caption="Look for a rate that is good in both directions, first at condition number 1, "
        "then at 100.",
        start=[6, 2],
    )


def swinging_explorer() -> Explorer:
    """Momentum and Nesterov momentum along one direction of a bowl, as powers of their matrices."""
    rhos = np.array([0, 0.5, 0.8, 0.9, 0.95, 0.99])
    products = np.array([0.01, 0.03, 0.1, 0.3, 1, 1.3, 1.6])  # rate times curvature
    between = np.append(np.geomspace(0.01, 1.6, 120), 1.0)  # for lines that show the factors' bends
    between.sort()
    lines, matrices = _swinging(rhos, between), _swinging(rhos, products)
    steps = np.arange(81)
    descent = (1 - products)[:, None] ** steps + 0 * rhos[:, None, None]
    swings = [Series("gradient descent", steps, descent, dashed=True, color=COLORS[5])]
    factors, sizes = [], []
    for (name, matrix), color in zip(matrices.items(), COLORS, strict=False):
        powers = np.stack([np.linalg.matrix_power(matrix, t) for t in steps], -1)
        place = powers[:, :, 0, 0]  # after each step from x = 1, v = 0
        swings.append(Series(name, steps, np.where(np.abs(place) < 3, place, np.nan), color=color))
        factors.append(Series(name, between, _factor(lines[name])[:, None], color=color))
        sizes.append(_factor(matrix))
    now, sizes = np.stack([products, products], -1), np.stack(sizes, -1)
    factors.append(Series("chosen", now, sizes, "scatter", color=COLORS[2]))
    texts = np.empty((len(rhos), len(products)), dtype=object)
    for i, j in np.ndindex(texts.shape):
        texts[i, j] = (
            f"Momentum {rhos[i]:g}, rate times curvature {products[j]:g}. In the long run a step "
            f"multiplies the distance by: gradient descent {abs(1 - products[j]):.3f}, "
            f"momentum {sizes[i, j, 0]:.3f}, Nesterov {sizes[i, j, 1]:.3f}."
        )
    return explorer(
        {"momentum ρ": rhos, "rate times curvature αλ": products},
        [
            Panel("Along one direction", "step", "x (minimum at 0)", swings, ylim=(-2, 2)),
            Panel("Factor of a step", "αλ", "factor (below 1: converges)", factors, "log"),
        ],
        texts=texts,
        caption="Look which curve swings, which one settles first, and at which αλ each explodes.",
        start=[3, 2],
    )


def _swinging(rhos, products):
    """The matrices that take (x, v) one step on, each [rho, product, 2, 2]."""
    r, a = np.broadcast_arrays(rhos[:, None], products)
    rows = {"momentum": [1 - a, r, -a, r], "Nesterov": [1 - a, r * (1 - a), -a, r * (1 - a)]}
    return {name: np.stack(row, -1).reshape(*a.shape, 2, 2) for name, row in rows.items()}


def _factor(matrices):
    """What a step multiplies distances by in the long run: the largest eigenvalue's size."""
    return np.abs(np.linalg.eigvals(matrices)).max(-1)


def bias_explorer() -> Explorer:
    """Adam's means under constant gradients, and its steps with and without the correction."""
    times = np.unique(np.geomspace(1, 10_000, 120).round())
    firsts, seconds = np.array([0, 0.5, 0.9, 0.99]), np.array([0.9, 0.99, 0.999, 0.9999])
    share_m, share_s = (1 - betas[:, None] ** times for betas in (firsts, seconds))  # [beta, t]
    uncorrected = share_m[:, None] / np.sqrt(share_s)  # [beta 1, beta 2, t], in learning rates
    means = [
        Series("mean of gradients, m", times, share_m[:, None], color=COLORS[0]),
        Series("mean of squares, s", times, share_s[None], dashed=True, color=COLORS[1]),
    ]
    lengths = [
        Series("without correction", times, uncorrected, color=COLORS[1]),
        Series("with correction", times, np.ones(len(times)), dashed=True, color=COLORS[0]),
    ]
    texts = np.empty(uncorrected.shape[:2], dtype=object)
    for i, j in np.ndindex(texts.shape):
        peak = uncorrected[i, j].argmax()
        texts[i, j] = (
            f"β₁ = {firsts[i]:g}, β₂ = {seconds[j]:g}: without correction the first step is "
            f"{uncorrected[i, j, 0]:.2f} learning rates, the longest {uncorrected[i, j, peak]:.2f}, "
            f"at step {times[peak]:.0f}. With it, each is 1."
        )
    look = {"xscale": "log", "xticks": {t: name for t, name in DECADES.items() if t >= 1}}
    return explorer(
        {"β₁": firsts, "β₂": seconds},
        [
            Panel("What the means have reached", "step t", "share of true value", means, **look),
            Panel(
                "Length of the step",
                "step t",
                "step (in learning rates)",
                lengths,
                yscale="log",
                ylim=(0.5, 150),
                **look,
            ),
        ],
        texts=texts,
        caption="Look how long the mean of the squares takes to fill, and how long the steps are "
        "meanwhile.",
        start=[2, 2],
    )


def newton_explorer() -> Explorer:
    """A loss of one weight with its linear and quadratic model at any point, and where each leads."""
    losses = {
        "parabola": np.polynomial.Polynomial([0.2, -0.5, 0.5]),
        "two valleys": np.polynomial.Polynomial([0.8, 0.15, -1, 0, 0.35]),
    }
    starts, line = np.linspace(-1.9, 1.9, 20).round(1), np.linspace(-2, 2, 161)
    value, slope, bend = (
        np.stack([loss.deriv(order)(starts) for loss in losses.values()]) for order in range(3)
    )  # [loss, start]
    offset = line - starts[:, None]
    linear = value[..., None] + slope[..., None] * offset  # [loss, start, point]
    quadratic = linear + bend[..., None] / 2 * offset**2
    places = {"Newton": starts - slope / bend, "gradient": starts - 0.2 * slope}
    reached = {
        name: np.stack([loss(x) for loss, x in zip(losses.values(), place, strict=True)])
        for name, place in places.items()
    }
    height = np.stack([loss(line) for loss in losses.values()])[:, None]
    models = [
        Series("loss", line, height, color=COLORS[0]),
        Series("linear model", line, linear, dashed=True, color=COLORS[2]),
        Series("quadratic model", line, quadratic, dashed=True, color=COLORS[1]),
        Series("start", starts[:, None], value[..., None], "scatter", color=COLORS[0]),
        *(
            Series(label, places[n][..., None], reached[n][..., None], "scatter", color=color)
            for n, label, color in (
                ("gradient", "gradient step, rate 0.2", COLORS[2]),
                ("Newton", "Newton step", COLORS[1]),
            )
        ),
    ]
    texts = np.empty(value.shape, dtype=object)
    for index in np.ndindex(texts.shape):
        model = "has a lowest point" if bend[index] > 0 else "bends DOWN: Newton goes to its top"
        texts[index] = (
            f"At {starts[index[1]]:g}: slope {slope[index]:.2f}, curvature {bend[index]:.2f}; the "
            f"quadratic model {model}. Loss {value[index]:.2f}; after a Newton step "
            f"{reached['Newton'][index]:.2f}, after a gradient step {reached['gradient'][index]:.2f}."
        )
    return explorer(
        {"loss": list(losses), "start": starts},
        [Panel("Two models of the loss", "weight", "loss", models, xlim=(-2, 2), ylim=(-1, 3))],
        texts=texts,
        caption="Look where the orange parabola has its lowest point, and what happens where it "
        "bends down.",
        start=[1, 2],
        buttons=("loss",),
    )
