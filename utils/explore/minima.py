"""Gradient descent on a surface with several minima, from every start at once."""

import matplotlib
import numpy as np
import torch

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS

REACH = 5.0  # the surface is shown for both weights from -REACH to REACH
STARTS = np.linspace(-3.6, 3.6, 9)
NUM_STEPS, RATE = 150, 0.05
SAME = 0.3  # ends closer than this are one minimum
NUM_PIXELS = 96


def surface(w1: torch.Tensor, w2: torch.Tensor) -> torch.Tensor:
    """A bowl with waves in it: the loss at (w1, w2), of the shape of both."""
    bowl = 0.12 * (w1 - 0.6) ** 2 + 0.12 * (w2 + 0.4) ** 2
    return 2 + bowl - torch.cos(1.7 * w1) - torch.cos(1.4 * w2 + 0.4 * w1)


def descend() -> np.ndarray:
    """The paths of torch's SGD from all starts: [starts of w1, starts of w2, steps + 1, 2]."""
    starts = torch.tensor(STARTS)
    weights = torch.stack(torch.meshgrid(starts, starts, indexing="ij"), dim=-1)
    weights.requires_grad_()
    optimizer = torch.optim.SGD([weights], lr=RATE)
    path = [weights.detach().clone()]
    for _ in range(NUM_STEPS):
        optimizer.zero_grad()
        surface(weights[..., 0], weights[..., 1]).sum().backward()
        optimizer.step()
        path.append(weights.detach().clone())
    return torch.stack(path, dim=2).numpy()


def find_minima(ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different ends of the paths [minima, 2], lowest first, and which of them each path reached."""
    losses = surface(*torch.tensor(ends).unbind(-1)).numpy()
    minima = []
    for place in np.argsort(losses, axis=None):
        end = ends.reshape(-1, 2)[place]
        if all(np.linalg.norm(end - other) > SAME for other in minima):
            minima.append(end)
    minima = np.array(minima)
    reached = np.linalg.norm(ends[..., None, :] - minima, axis=-1).argmin(-1)
    return minima, reached


def minima_explorer() -> Explorer:
    """Two controls, where both weights start: the path over the surface, and the loss along it."""
    paths = descend()
    minima, reached = find_minima(paths[:, :, -1])
    losses = surface(*torch.tensor(paths).unbind(-1)).numpy()
    texts = np.empty(reached.shape, dtype=object)
    for place, number in np.ndenumerate(reached):
        share = np.mean(reached == number)
        texts[place] = (
            f"From ({STARTS[place[0]]:.1f}, {STARTS[place[1]]:.1f}) to minimum {'ABCDEFGHIJ'[number]}, "
            f"loss {losses[place][-1]:.2f}, which {share:.0%} of the starts reach. "
            f"The lowest of {len(minima)} minima has loss {losses[..., -1].min():.2f}."
        )
    steps = np.arange(NUM_STEPS + 1)
    levels = surface(*torch.tensor(minima).unbind(-1)).numpy()
    fall = [
        Series("loss", steps, losses, color=COLORS[1]),
        Series(
            "the minima found", np.full(len(levels), NUM_STEPS), levels, "scatter", color=COLORS[0]
        ),
    ]
    return explorer(
        {"first weight starts at": _names(STARTS), "second weight starts at": _names(STARTS)},
        [_map(paths, minima), Panel("Loss along the path", "step", "loss", fall)],
        texts=texts,
        caption="Look how a small move of the start leads to another minimum, and a large one to the same.",
        start=[2, 6],
    )


def _map(paths: np.ndarray, minima: np.ndarray) -> Panel:
    line = torch.linspace(-REACH, REACH, NUM_PIXELS, dtype=torch.float64)
    heights = surface(line[None, :], line.flip(0)[:, None]).numpy()
    shades = matplotlib.colormaps["gray"](0.45 + 0.55 * heights / heights.max())[..., :3]
    edges = [-REACH, REACH]
    letters = [
        Series("ABCDEFGHIJ"[number], [w1], [w2 + 0.25], "text", color="#000000")
        for number, (w1, w2) in enumerate(minima)
    ]
    series = [
        Series("loss, dark is low", edges, edges, "image", pixels=shades),
        Series("path", paths[..., 0], paths[..., 1], color=COLORS[1]),
        Series("start", paths[..., :1, 0], paths[..., :1, 1], "scatter", color=COLORS[1]),
        *letters,
    ]
    limits = {"xlim": (-REACH, REACH), "ylim": (-REACH, REACH)}
    return Panel("A surface with many minima", "first weight", "second weight", series, **limits)


def _names(starts: np.ndarray) -> list[str]:
    return [f"{start:.1f}" for start in starts]
