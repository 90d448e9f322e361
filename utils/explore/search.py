"""Explorers that search: a grid against random trials, and a search from coarse to fine."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS
from .colors import shade

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
    pixels = shade(COLORS[0], _score(plane, peaks[:, None, None]))[None, :, None]
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


def search_race(
    lrs: np.ndarray, weight_decays: np.ndarray, accuracy: np.ndarray, num_rates: int
) -> Explorer:
    """Grid against random search among settings that were all trained before.

    lrs, weight_decays: values evenly spaced in their logarithm; accuracy: [lrs, weight_decays].
    num_rates: how many neighbouring rates make up a range; the range is one of the controls.
    A random trial is a place on this lattice, all equally likely.
    """
    rng = np.random.default_rng(0)
    shape = num_rates, len(weight_decays)
    starts = np.arange(0, len(lrs) - num_rates + 1, 2)
    drawn = np.stack([rng.integers(0, n, (NUM_REPEATS, max(BUDGETS))) for n in shape], -1)
    trials = np.arange(1, max(BUDGETS) + 1)
    places = {"grid": _grid_places(shape, rng), "random": drawn[:NUM_DRAWS]}
    used = (trials <= np.array(BUDGETS)[:, None])[:, None, None]  # [budget, range, draw, trial]
    landscape, shadow, race, reached = [], [], [], {}
    for (name, where), color in zip(places.items(), COLORS[1:3], strict=True):
        where = np.broadcast_to(where, (len(BUDGETS), NUM_DRAWS, max(BUDGETS), 2))[:, None]
        row, column = where[..., 0] + starts[:, None, None], where[..., 1]
        value = np.where(used, accuracy[row, column], np.nan)
        lr, decay = (np.where(used, v, np.nan) for v in (lrs[row], weight_decays[column]))
        landscape.append(Series(name, lr, decay, "scatter", color=color))
        shadow.append(Series(name, lr, value, "scatter", color=color))
        reached[name] = np.maximum.accumulate(value, -1)
        race.append(Series(name, trials, reached[name], color=color))
    many = np.stack([_reached(accuracy[s : s + num_rates], drawn) for s in starts])
    mean = np.where(used, many.mean(1)[:, None], np.nan)
    race.append(Series("mean of many random ones", trials, mean, dashed=True, color=COLORS[0]))
    edges = np.array([_cell_edges(lrs[s : s + num_rates]) for s in starts])
    box = _cell_edges(lrs), _cell_edges(weight_decays)
    corners = edges[None, :, None][..., [0, 1, 1, 0, 0]], np.array(box[1])[[0, 0, 1, 1, 0]]
    pixels = shade(COLORS[0], _stretch(accuracy)).swapaxes(0, 1)[::-1]
    landscape.insert(0, Series("accuracy", *box, "image", pixels=pixels))
    landscape.append(Series("range", *corners, dashed=True, color=COLORS[3]))
    ranges = [f"{lrs[s]:.0e} to {lrs[s + num_rates - 1]:.0e}" for s in starts]
    lr_axis = "learning rate"
    return explorer(
        {"budget (trials)": BUDGETS, "range of the rates": ranges, "draw": range(NUM_DRAWS)},
        [
            Panel("Settings tried", lr_axis, "weight decay", landscape, "log", "log", *box),
            Panel("Seen along the rate", lr_axis, "validation accuracy", shadow, "log"),
            Panel("Best so far", "trial", "best validation accuracy", race),
        ],
        texts=_race_texts({name: np.nanmax(values, -1) for name, values in reached.items()}, many),
        caption="Look how many different rates each search tries, and how its end depends on where "
        "the range lies. The bluer, the better the accuracy.",
        start=[0, len(starts) // 2, 0],
    )


def _grid_places(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Each budget's grid on a lattice, its ends included: [budget, 1, trial, 2], 0 where unused."""
    grids = np.zeros((len(BUDGETS), 1, max(BUDGETS), 2), dtype=int)
    for grid, budget in zip(grids, BUDGETS, strict=True):
        rows, columns = (np.linspace(0, n - 1, math.isqrt(budget)).round() for n in shape)
        grid[0, :budget] = rng.permutation(np.stack(np.meshgrid(rows, columns), -1).reshape(-1, 2))
    return grids


def _reached(accuracy: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The best accuracy after each trial: places [draw, trial, 2] to [draw, trial]."""
    return np.maximum.accumulate(accuracy[places[..., 0], places[..., 1]], -1)


def _race_texts(ends: Mapping[str, np.ndarray], many: np.ndarray) -> np.ndarray:
    """ends: of each search [budget, range, draw]; many: [range, draw, trial]."""
    grid, drawn = ends["grid"], ends["random"]
    texts = np.empty(drawn.shape, dtype=object)
    for (b, r, d), end in np.ndenumerate(drawn):
        means = many[:, :, BUDGETS[b] - 1].mean(1)  # of random search, for each range
        texts[b, r, d] = (
            f"{BUDGETS[b]} trials: the grid ends at {grid[b, r, 0]:.1%}, this random search at "
            f"{end:.1%}, {NUM_REPEATS:,} random ones at {means[r]:.1%} on average. Over all ranges "
            f"the grid reaches {grid[b, :, 0].mean():.1%} on average and {grid[b, :, 0].min():.1%} "
            f"in the worst, random search {means.mean():.1%} and {means.min():.1%}."
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


def _stretch(values: np.ndarray) -> np.ndarray:
    return (values - values.min()) / (values.max() - values.min())


def _cell_edges(values: np.ndarray) -> tuple[float, float]:
    """The outer edges of the cells around values that are evenly spaced in their logarithm."""
    half = math.sqrt(values[1] / values[0])
    return float(values[0] / half), float(values[-1] * half)
