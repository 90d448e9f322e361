"""Polynomials fitted to noisy samples of x² + x: what grows and what falls with the degree."""

from collections.abc import Sequence

import numpy as np
from numpy.polynomial.legendre import legvander

from utils.explorers import Explorer, Panel, Series, explorer
from utils.plots import COLORS

LOW, HIGH = -2.0, 1.0
NUM_VALIDATION = 500


def truth(x: np.ndarray) -> np.ndarray:
    """The function that the samples come from, x² + x."""
    return x**2 + x


def fitted(x: np.ndarray, y: np.ndarray, degree: int, places: np.ndarray) -> np.ndarray:
    """Values of the least-squares polynomial of a degree through samples.

    x: [N] in [LOW, HIGH]; y: [N], or [N, R] for R sets of values at the same x; places: [M].
    Returns [M] or [M, R], float64.
    """
    coefficients = np.linalg.lstsq(_basis(x, degree), y, rcond=None)[0]
    return _basis(places, degree) @ coefficients


def _basis(x, degree):
    # Legendre's polynomials span the same functions as 1, x, x², … and keep the equations solvable.
    return legvander((2 * x - LOW - HIGH) / (HIGH - LOW), degree)


def polynomial_explorer(
    degrees: Sequence[int], deviations: Sequence[float], counts: Sequence[int], *, seed: int = 0
) -> Explorer:
    """Sliders for the degree, the noise and the number of samples of a fit to x² + x.

    degrees: each smaller than the smallest count. deviations: standard deviations of the noise.
    counts: numbers of samples; the smaller sets are the beginnings of the largest.
    """
    rng = np.random.default_rng(seed)
    x, noise = _draw(rng, max(counts))
    x_val, noise_val = _draw(rng, NUM_VALIDATION)
    grid = np.linspace(LOW, HIGH, 121)
    sizes = len(degrees), len(deviations), len(counts)
    curves, errors = np.empty((*sizes, len(grid))), np.empty((*sizes, 2))
    samples = np.full((1, *sizes[1:], max(counts)), np.nan)
    for s, deviation in enumerate(deviations):
        y, y_val = truth(x) + deviation * noise, truth(x_val) + deviation * noise_val
        for c, count in enumerate(counts):
            samples[0, s, c, :count] = y[:count]
            everywhere = np.concatenate([grid, x[:count], x_val])
            for d, degree in enumerate(degrees):
                values = fitted(x[:count], y[:count], degree, everywhere)
                curves[d, s, c], rest = values[: len(grid)], values[len(grid) :]
                wrong = (rest - np.concatenate([y[:count], y_val])) ** 2
                errors[d, s, c] = wrong[:count].mean(), wrong[count:].mean()
    return _picture(degrees, deviations, counts, (x, samples), (grid, curves), errors)


def _draw(rng, count):
    return rng.uniform(LOW, HIGH, count), rng.normal(size=count)


def _picture(degrees, deviations, counts, samples, fits, errors):
    x, grid, axis = samples[0], fits[0], np.asarray(degrees, dtype=float)
    drawn = [
        Series("samples", x, samples[1], "scatter", color=COLORS[5]),
        Series("x² + x", grid, truth(grid), dashed=True, color=COLORS[2]),
        Series("fitted polynomial", grid, fits[1], color=COLORS[0]),
    ]
    by_degree = np.moveaxis(errors, 0, 2)[None]  # [1, deviation, count, degree, split]
    now = axis[:, None, None, None]
    floor = np.square(deviations)[:, None, None] * np.ones(len(degrees))
    measured = [
        Series("training", axis, by_degree[..., 0], dashed=True, color=COLORS[0]),
        Series("validation", axis, by_degree[..., 1], color=COLORS[1]),
        Series("noise alone", axis, floor[None], dashed=True, color=COLORS[2]),
        Series("chosen, training", now, errors[..., :1], "scatter", color=COLORS[0]),
        Series("chosen, validation", now, errors[..., 1:], "scatter", color=COLORS[1]),
    ]
    texts = np.empty(errors.shape[:3], dtype=object)
    for (d, s, c), _ in np.ndenumerate(texts):
        texts[d, s, c] = (
            f"Degree {degrees[d]}, {counts[c]} samples, noise {deviations[s]}: mean squared error "
            f"{errors[d, s, c, 0]:.3g} in training, {errors[d, s, c, 1]:.3g} in validation."
        )
    logarithmic = {"yscale": "log", "ylim": (1e-3, 1e3)}
    return explorer(
        {"degree": degrees, "noise (standard deviation)": deviations, "samples": counts},
        [
            Panel("The fit", "x", "y", drawn, ylim=(-3, 5)),
            Panel("Its errors", "degree", "mean squared error", measured, **logarithmic),
        ],
        texts=texts.astype(str),
        caption="Raise the degree with few samples, then give the same degree more of them.",
        start=[2, len(deviations) // 2, 0],
    )
