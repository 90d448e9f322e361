"""Explorers that search: a grid against random trials, and a search from coarse to fine."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.colors import to_rgb

from utils.explorers import Explorer, Panel, Series, explorer
from utils.plots import COLORS

BUDGETS = (4, 9, 16, 25)  # squares, so that a grid can have as many values on either axis
NUM_DRAWS = 8
NUM_REPEATS = 2000  # for means over draws
EDGE = 0.1  # share of a range: a best value nearer to an end than this lies at the edge


def important_axis() -> Explorer:
    """Grid and random search on a score that depends on one axis much, on the other hardly."""
    peaks = np.round(np.linspace(0.1, 0.9, 9), 1)
    x = np.linspace(0, 1, 121)
    grid, drawn = _layouts()  # [budget, draw, points, axis], draws of size 1 for the grid
    scores = {
        "grid": _score(grid[:, None], peaks[None, :, None, None]),
        "random": _score(drawn[:, None], peaks[None, :, None, None]),
    }  # [budget, peak, draw, points]
    points = {"grid": grid[:, None], "random": drawn[:, None]}
    plane = np.stack(np.meshgrid(x, x[::-1]), axis=-1)
    pixels = _shade(_score(plane, peaks[:, None, None]))[None, :, None]
    layouts = [
        Panel(
            f"{name.capitalize()} search",
            "important hyperparameter",
            "unimportant hyperparameter",
            [
                Series("score", np.array([0, 1]), np.array([0, 1]), "image", pixels=pixels),
                Series("tried", places[..., 0], places[..., 1], "scatter", False, color),
            ],
            xlim=(0, 1),
            ylim=(0, 1),
        )
        for (name, places), color in zip(points.items(), COLORS[1:3], strict=True)
    ]
    along = _score(np.stack([x, np.full_like(x, 0.5)], -1), peaks[:, None])[None, :, None]
    seen = [Series("best possible", x, along, color=COLORS[0])]
    for (name, values), color in zip(scores.items(), COLORS[1:3], strict=True):
        seen.append(Series(name, points[name][..., 0], values, "scatter", False, color))
    shadow = Panel("Seen along the important axis", "important hyperparameter", "score", seen)
    return explorer(
        {"budget (trials)": BUDGETS, "place of the peak": peaks, "random draw": range(NUM_DRAWS)},
        [*layouts, shadow],
        texts=_axis_texts(scores, peaks),
        caption="Look how many different values of the important hyperparameter each search tries. "
        "The bluer, the better the score.",
        start=[1, 5, 0],
    )


def _layouts(num_draws: int = NUM_DRAWS) -> tuple[np.ndarray, np.ndarray]:
    """The places of both searches in the unit square, [budget, draw, points, 2]; NaN is unused."""
    rng = np.random.default_rng(1)
    drawn = np.tile(rng.random((num_draws, max(BUDGETS), 2)), (len(BUDGETS), 1, 1, 1))
    grid = np.full((len(BUDGETS), 1, max(BUDGETS), 2), np.nan)
    for number, budget in enumerate(BUDGETS):
        side = math.isqrt(budget)
        middles = (np.arange(side) + 0.5) / side
        grid[number, 0, :budget] = np.stack(np.meshgrid(middles, middles), -1).reshape(-1, 2)
        drawn[number, :, budget:] = np.nan
    return grid, drawn


def _score(places: np.ndarray, peak: np.ndarray) -> np.ndarray:
    """A narrow hill along the first axis, and a tenth of a broad one along the second."""
    x, y = places[..., 0], places[..., 1]
    return 0.9 * np.exp(-(((x - peak) / 0.1) ** 2)) + 0.1 * np.exp(-((y - 0.5) ** 2))


def _axis_texts(scores: Mapping[str, np.ndarray], peaks: np.ndarray) -> np.ndarray:
    many = _score(_layouts(NUM_REPEATS)[1][:, None], peaks[None, :, None, None])
    mean_random = np.nanmax(many, -1).mean((1, 2))
    mean_grid = np.nanmax(scores["grid"], -1).mean((1, 2))
    texts = np.empty((len(BUDGETS), len(peaks), NUM_DRAWS), dtype=object)
    for (b, p, d), _ in np.ndenumerate(texts):
        grid, drawn = (np.nanmax(scores[name], -1)[b, p] for name in ("grid", "random"))
        texts[b, p, d] = (
            f"{BUDGETS[b]} trials: the grid tries {math.isqrt(BUDGETS[b])} values of the important "
            f"hyperparameter and finds {grid[0]:.2f}, random search tries {BUDGETS[b]} and finds "
            f"{drawn[d]:.2f}. Mean over all peaks and many draws: {mean_grid[b]:.2f} and "
            f"{mean_random[b]:.2f}."
        )
    return texts


def search_race(lrs: np.ndarray, weight_decays: np.ndarray, accuracy: np.ndarray) -> Explorer:
    """Grid against random search among settings that were all trained before.

    lrs, weight_decays: values evenly spaced in their logarithm; accuracy: [lrs, weight_decays].
    A random trial is a place on this lattice, all equally likely.
    """
    rng = np.random.default_rng(0)
    drawn = np.stack(
        [rng.integers(0, size, (NUM_REPEATS, max(BUDGETS))) for size in accuracy.shape], -1
    )
    reached = np.maximum.accumulate(accuracy[drawn[..., 0], drawn[..., 1]], 1)  # [draw, trial]
    grids = [_grid_places(budget, accuracy.shape, rng) for budget in BUDGETS]
    shape = (len(BUDGETS), NUM_DRAWS, max(BUDGETS))
    places = {"grid": np.full((*shape, 2), -1), "random": np.full((*shape, 2), -1)}
    for number, budget in enumerate(BUDGETS):
        places["grid"][number, :, :budget] = grids[number]
        places["random"][number, :, :budget] = drawn[:NUM_DRAWS, :budget]
    trials = np.arange(1, max(BUDGETS) + 1)
    mean = np.array([np.where(trials <= n, reached.mean(0), np.nan) for n in BUDGETS])
    landscape, shadow, race = [], [], []
    for (name, where), color in zip(places.items(), COLORS[1:3], strict=True):
        unused = where[..., 0] < 0
        lr = np.where(unused, np.nan, lrs[where[..., 0]])
        value = np.where(unused, np.nan, accuracy[where[..., 0], where[..., 1]])
        decay = np.where(unused, np.nan, weight_decays[where[..., 1]])
        best = np.where(unused, np.nan, np.maximum.accumulate(value, -1))
        landscape.append(Series(name, lr, decay, "scatter", False, color))
        shadow.append(Series(name, lr, value, "scatter", False, color))
        race.append(Series(name, trials, best, color=color))
    race.append(
        Series("random, mean of many draws", trials, mean[:, None], dashed=True, color=COLORS[0])
    )
    box = _cell_edges(lrs), _cell_edges(weight_decays)
    pixels = _shade(_stretch(accuracy)).swapaxes(0, 1)[::-1]
    landscape.insert(0, Series("accuracy", *box, "image", pixels=pixels))
    lr_axis = "learning rate"
    return explorer(
        {"budget (trials)": BUDGETS, "draw": range(NUM_DRAWS)},
        [
            Panel("Settings tried", lr_axis, "weight decay", landscape, "log", "log", *box),
            Panel("Seen along the rate", lr_axis, "validation accuracy", shadow, "log"),
            Panel("Best so far", "trial", "best validation accuracy", race),
        ],
        texts=_race_texts(reached, accuracy, grids),
        caption="Look how many different rates each search tries, and which line ends higher. "
        "The bluer, the better the accuracy.",
        start=[1, 0],
    )


def _grid_places(budget: int, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """The grid of a budget on a lattice, ends included, in another order for each draw."""
    side = math.isqrt(budget)
    rows, columns = (np.linspace(0, size - 1, side).round().astype(int) for size in shape)
    places = np.stack(np.meshgrid(rows, columns, indexing="ij"), -1).reshape(-1, 2)
    return np.stack([rng.permutation(places) for _ in range(NUM_DRAWS)])


def _race_texts(reached: np.ndarray, accuracy: np.ndarray, grids: list[np.ndarray]) -> np.ndarray:
    texts = np.empty((len(BUDGETS), NUM_DRAWS), dtype=object)
    for (number, draw), _ in np.ndenumerate(texts):
        budget = BUDGETS[number]
        grid = accuracy[grids[number][0, :, 0], grids[number][0, :, 1]].max()
        ends = reached[:, budget - 1]
        texts[number, draw] = (
            f"{budget} trials: the grid ends at {grid:.1%}, this random search at {ends[draw]:.1%}. "
            f"Of {len(ends):,} random searches {(ends > grid).mean():.0%} end above the grid and "
            f"{(ends < grid).mean():.0%} below it; their mean is {ends.mean():.1%}."
        )
    return texts


@dataclass(frozen=True)
class Stage:
    """One stage of a search: where it looked, and the accuracy of each setting it tried."""

    name: str
    lr_range: tuple[float, float]
    weight_decay_range: tuple[float, float]
    lr: np.ndarray
    weight_decay: np.ndarray
    accuracy: np.ndarray


def coarse_to_fine(stages: Sequence[Stage]) -> Explorer:
    """The stages of a search, each in its range, on axes that hold all of them."""
    order = [stage.accuracy.argsort() for stage in stages]
    lr, decay, accuracy = (
        np.stack([getattr(stage, name)[o] for stage, o in zip(stages, order, strict=True)])
        for name in ("lr", "weight_decay", "accuracy")
    )
    boxes = np.array([_outline(stage) for stage in stages])
    others, best = slice(None, -5), slice(-5, None)
    groups = {"other trials": (others, COLORS[5]), "best five": (best, COLORS[1])}
    where = [Series("range of this stage", *boxes.swapaxes(0, 1), dashed=True, color=COLORS[0])]
    scores = []
    for name, (chosen, color) in groups.items():
        where.append(Series(name, lr[:, chosen], decay[:, chosen], "scatter", False, color))
        scores.append(Series(name, lr[:, chosen], accuracy[:, chosen], "scatter", False, color))
    ends = boxes[:, 0, [0, 0, 2, 1, 1]]  # two upright lines with a gap between them
    ends[:, 2] = np.nan
    height = np.array([0, 1, np.nan, 0, 1])
    scores.insert(0, Series("range of this stage", ends, height, dashed=True, color=COLORS[0]))
    return explorer(
        {"stage": [stage.name for stage in stages]},
        [
            Panel("Settings tried", "learning rate", "weight decay", where, "log", "log"),
            Panel("What they reached", "learning rate", "validation accuracy", scores, "log"),
        ],
        texts=[_stage_text(stage) for stage in stages],
        caption="Look where in its range each stage finds its best five, and how the next range "
        "follows from them.",
    )


def _outline(stage: Stage) -> tuple[np.ndarray, np.ndarray]:
    (left, right), (low, high) = stage.lr_range, stage.weight_decay_range
    return np.array([left, right, right, left, left]), np.array([low, low, high, high, low])


def _stage_text(stage: Stage) -> str:
    best = stage.accuracy.argmax()
    low, high = np.log10(stage.lr_range)
    share = (np.log10(stage.lr[best]) - low) / (high - low)
    verdict = "at the edge: look further there" if min(share, 1 - share) < EDGE else "well inside"
    return (
        f"Stage {stage.name}: {len(stage.lr)} trials, best {stage.accuracy[best]:.1%} at rate "
        f"{stage.lr[best]:.2e}, weight decay {stage.weight_decay[best]:.1e}. On the logarithmic "
        f"scale the rate lies {share:.0%} of the way up its range, {verdict}."
    )


def _shade(values: np.ndarray) -> np.ndarray:
    """Values in [0, 1] as colours from white to blue, with a last dimension of 3."""
    return 1 - np.clip(values, 0, 1)[..., None] * (1 - np.array(to_rgb(COLORS[0])))


def _stretch(values: np.ndarray) -> np.ndarray:
    return (values - values.min()) / (values.max() - values.min())


def _cell_edges(values: np.ndarray) -> tuple[float, float]:
    """The outer edges of the cells around values that are evenly spaced in their logarithm."""
    half = math.sqrt(values[1] / values[0])
    return float(values[0] / half), float(values[-1] * half)
