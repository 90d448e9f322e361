"""Paths of torch's optimizers over surfaces of two parameters, for lecture 2."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from matplotlib.colors import to_rgb

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS

NUM_STEPS = 100
LIMIT = 2.0  # the surfaces are drawn over [-LIMIT, LIMIT] in both directions
LOSSES = (1e-4, 10.0)  # what the picture of the loss shows
LEARNING_RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 1.9, 2.1)
MOMENTA = (0.5, 0.9, 0.99)

# name: (class, its options for a momentum of rho, whether rho matters)
OPTIMIZERS = {
    "SGD": (torch.optim.SGD, lambda rho: {}, False),
    "momentum": (torch.optim.SGD, lambda rho: {"momentum": rho}, True),
    "Nesterov": (torch.optim.SGD, lambda rho: {"momentum": rho, "nesterov": True}, True),
    "AdaGrad": (torch.optim.Adagrad, lambda rho: {}, False),
    "RMSProp": (torch.optim.RMSprop, lambda rho: {"alpha": 0.9}, False),
    "Adam": (torch.optim.Adam, lambda rho: {"betas": (rho, 0.999)}, True),
}


@dataclass(frozen=True)
class Surface:
    """A loss of two parameters.

    loss: points [..., 2] to losses [...], 0 at the lowest points, which `minima` lists.
    noise: how far, as a standard deviation, a step sees the surface shifted in each direction: a
        minibatch's surface lies elsewhere than the whole training set's.
    """

    name: str
    loss: Callable[[torch.Tensor], torch.Tensor]
    start: tuple[float, float]
    minima: tuple[tuple[float, float], ...] = ((0.0, 0.0),)
    noise: float = 0.0


def bowl(condition: float) -> Callable[[torch.Tensor], torch.Tensor]:
    """A quadratic bowl: curvature 1 along the second parameter, 1 / condition along the first."""
    curvatures = torch.tensor([1 / condition, 1.0])
    return lambda points: (curvatures * points**2).sum(-1) / 2


def turned_bowl(points: torch.Tensor) -> torch.Tensor:
    """The bowl of condition number 100, its valley turned by 45 degrees."""
    turn = torch.tensor([[1.0, -1.0], [1.0, 1.0]]) / 2**0.5
    return bowl(100)(points @ turn)


def saddle(points: torch.Tensor) -> torch.Tensor:
    """A saddle at the origin, between two minima at (0, 1) and (0, -1)."""
    x, y = points.unbind(-1)
    return x**2 / 2 + (y**2 - 1) ** 2 / 4


def dents(points: torch.Tensor) -> torch.Tensor:
    """A bowl with dents: the lowest lies at the origin, eight others around it are local minima."""
    return (0.1 * points**2 + 0.05 * (1 - torch.cos(5 * points))).sum(-1)


SURFACES = (
    Surface("bowl, κ = 10", bowl(10), (-1.8, 1.5)),
    Surface("bowl, κ = 100", bowl(100), (-1.8, 1.5)),
    Surface("turned bowl", turned_bowl, (-1.8, -0.6)),
    Surface("saddle", saddle, (-1.7, 0.001), ((0.0, 1.0), (0.0, -1.0))),
    Surface("dents", dents, (-1.8, 1.5)),
    Surface("noisy bowl", bowl(10), (-1.8, 1.5), noise=0.5),
)


def surface_image(loss: Callable[[torch.Tensor], torch.Tensor], size: int = 160) -> np.ndarray:
    """The surface seen from above, in steps like the contours of a map: the darker, the higher.

    Returns uint8 [size, size, 3], the first row at the top.
    """
    side = torch.linspace(-LIMIT, LIMIT, size)
    x, y = torch.meshgrid(side, side.flip(0), indexing="xy")
    height = loss(torch.stack([x, y], -1)).sqrt().numpy()
    steps = np.floor(14 * height / height.max()) / 14
    color = np.array(to_rgb(COLORS[0]))
    pixels = 1 - 0.75 * steps[..., None] * (1 - color)
    return np.round(255 * pixels).astype(np.uint8)


def run_paths() -> tuple[np.ndarray, np.ndarray]:
    """Run every optimizer with every learning rate and momentum on every surface.

    Returns the points [surface, optimizer, rate, momentum, step, 2] and the losses there
    [surface, optimizer, rate, momentum, step], float32. Where momentum does not matter, its
    dimension repeats one run. A run that diverged ends in inf or nan.
    """
    starts = torch.tensor([surface.start for surface in SURFACES])
    runs, optimizers = [], []
    for kind, options, has_momentum in OPTIMIZERS.values():
        momenta = MOMENTA if has_momentum else MOMENTA[:1]
        groups = []
        for lr, rho in itertools.product(LEARNING_RATES, momenta):
            points = starts.clone().requires_grad_()  # elementwise updates: every row is a run
            groups.append({"params": [points], "lr": lr, **options(rho)})
            runs.append(points)
        optimizers.append(kind(groups, lr=LEARNING_RATES[0]))  # each group has its own rate
    points = _follow(runs, optimizers).split([len(o.param_groups) for o in optimizers])
    shape = (len(LEARNING_RATES), -1, len(SURFACES), NUM_STEPS + 1, 2)
    whole = (len(LEARNING_RATES), len(MOMENTA), len(SURFACES), NUM_STEPS + 1, 2)
    points = torch.stack([piece.reshape(shape).expand(whole) for piece in points])
    points = points.permute(3, 0, 1, 2, 4, 5)
    losses = torch.stack([s.loss(p) for s, p in zip(SURFACES, points, strict=True)])
    return points.numpy(), losses.numpy()


def _follow(runs: list[torch.Tensor], optimizers: list[torch.optim.Optimizer]) -> torch.Tensor:
    """Take the steps; every run sees the same noise. Returns points [run, surface, step, 2]."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.tensor([surface.noise for surface in SURFACES])[:, None]
    visited = []
    for _ in range(NUM_STEPS):
        points = torch.stack(runs)
        visited.append(points.detach())
        shift = noise * torch.randn(len(SURFACES), 2, generator=generator)
        seen = (points + shift).unbind(1)
        loss = sum(s.loss(p).sum() for s, p in zip(SURFACES, seen, strict=True))
        gradients = torch.autograd.grad(loss, runs)
        for run, gradient in zip(runs, gradients, strict=True):
            run.grad = gradient
        for optimizer in optimizers:
            optimizer.step()
    visited.append(torch.stack(runs).detach())
    return torch.stack(visited, dim=2)


def paths_explorer() -> Explorer:
    """The path of one optimizer over a surface, and its loss, with everything that can be chosen."""
    points, losses = run_paths()
    inside = (np.abs(points) <= LIMIT).all(-1, keepdims=True)
    x, y = np.moveaxis(np.where(inside, points, np.nan), -1, 0)
    minima = np.full((len(SURFACES), 1, 1, 1, 2, 2), np.nan)
    for number, surface in enumerate(SURFACES):
        minima[number, 0, 0, 0, : len(surface.minima)] = surface.minima
    images = np.stack([surface_image(surface.loss) for surface in SURFACES])
    edge = np.array([-LIMIT, LIMIT])
    heights = np.where(np.isfinite(losses), np.clip(losses, *LOSSES), np.nan)
    best = _best_sgd(heights)
    steps = np.arange(NUM_STEPS + 1)
    names = [surface.name for surface in SURFACES]
    controls = {
        "surface": names,
        "optimizer": list(OPTIMIZERS),
        "learning rate": LEARNING_RATES,
        "momentum": MOMENTA,
    }
    path = [
        Series("surface", edge, edge, "image", pixels=images[:, None, None, None]),
        Series("path", x, y, color=COLORS[1]),
        Series("every fifth step", x[..., ::5], y[..., ::5], "scatter", color=COLORS[1]),
        Series("minimum", minima[..., 0], minima[..., 1], "scatter", color=COLORS[2]),
    ]
    curves = [
        Series("chosen", steps, heights, color=COLORS[1]),
        Series("SGD at its best rate", steps, best, dashed=True, color=COLORS[0]),
    ]
    limits = {"xlim": (-LIMIT, LIMIT), "ylim": (-LIMIT, LIMIT)}
    return explorer(
        controls,
        [
            Panel("Path", "first parameter", "second parameter", path, **limits),
            Panel("Loss above the minimum", "step", "loss", curves, yscale="log", ylim=LOSSES),
        ],
        texts=_describe(losses),
        caption="Look where each optimizer wastes its steps: across the valley, at the saddle, in "
        "a dent, or trembling around the minimum.",
        start=[1, 1, 5, 1],
        buttons=("surface", "optimizer"),
    )


def _best_sgd(heights: np.ndarray) -> np.ndarray:
    """SGD's loss on each surface at the rate that ends lowest, [surface, 1, 1, 1, step]."""
    sgd = heights[:, list(OPTIMIZERS).index("SGD"), :, 0]  # [surface, rate, step]
    best = np.nan_to_num(sgd[:, :, -10:].mean(-1), nan=np.inf).argmin(1)
    return sgd[np.arange(len(SURFACES)), best][:, None, None, None]


def _describe(losses: np.ndarray) -> np.ndarray:
    """A sentence for every run, [surface, optimizer, rate, momentum]."""
    texts = np.empty(losses.shape[:-1], dtype=object)
    for index in np.ndindex(texts.shape):
        surface, name = SURFACES[index[0]].name, list(OPTIMIZERS)[index[1]]
        momentum = {
            "momentum": f", momentum {MOMENTA[index[3]]}",
            "Nesterov": f", momentum {MOMENTA[index[3]]}",
            "Adam": f", β₁ = {MOMENTA[index[3]]}",
        }.get(name, " (has no momentum)")
        first, last = losses[index][0], losses[index][-1]
        if np.isfinite(last) and last <= 2 * first:
            end = f"loss {first:.3g} at the start, {last:.2g} after {NUM_STEPS} steps."
        else:
            end = "the path diverges."
        rate = LEARNING_RATES[index[2]]
        texts[index] = f"{surface[0].upper()}{surface[1:]}. {name}, rate {rate:g}{momentum}: {end}"
    return texts
