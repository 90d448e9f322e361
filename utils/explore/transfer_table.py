"""Little or much data, near or far from the source: five strategies measured, and the explorer that shows them."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.optim.lr_scheduler import PolynomialLR

from ..data import Split
from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS
from ..populations import fit_population
from ..training import evaluate, fit, progress_bar
from .pretraining import TARGET, build_network, shapes_task, without_norms

STRATEGIES = ("from scratch", "linear on top", "linear on stage 2", "a few layers", "all layers")
BATCH_SIZE, NUM_STEPS = 32, 80
SCRATCH_LR, HEAD_LR, FINE_LR = 0.05, 0.02, 0.01
# What the decks' table says of each of its four cells, and the strategy that it means.
ADVICE = {
    ("little", "near"): ("a linear classifier on top", "linear on top"),
    ("little", "far"): ("trouble: linear from different stages", "linear on stage 2"),
    ("much", "near"): ("a few layers", "a few layers"),
    ("much", "far"): ("a larger number of layers", "all layers"),
}


@dataclass(frozen=True)
class Measured:
    """Validation accuracies [strategy, shift, size, draw] and what they belong to."""

    accuracy: np.ndarray
    shifts: Sequence[float]
    sizes: Sequence[int]


def num_epochs(num_images: int, num_steps: int = NUM_STEPS) -> int:
    """Epochs that make at least so many minibatches."""
    return -(-num_steps // -(-num_images // BATCH_SIZE))


def measure_transfer(
    network: nn.Sequential,
    *,
    shifts: Sequence[float] = (0.0, 0.5, 1.0),
    sizes: Sequence[int] = (30, 200, 1000),
    draws: int = 2,
    num_val: int = 500,
) -> Measured:
    """Every strategy on every cell, each on several draws of the training images.

    network: pretrained, as from pretrain; not changed. All strategies take the same number of
    minibatches. Where layers are frozen, what they put out is computed once.
    """
    device = network[-1].weight.device
    base = without_norms(network)
    accuracy = np.empty((len(STRATEGIES), len(shifts), len(sizes), draws))
    drawn = [
        [
            shapes_task(TARGET, n, seed=seed, shift=shift).to(device)
            for seed, n in _seeds(draws, max(sizes), num_val)
        ]
        for shift in shifts
    ]
    cells = [(i, j) for i in range(len(shifts)) for j in range(len(sizes))]
    for i, j in progress_bar(cells, unit="cell"):
        *trains, val = drawn[i]
        accuracy[:, i, j] = _measure_cell(base, [train[: sizes[j]] for train in trains], val)
    return Measured(accuracy, shifts, sizes)


def _seeds(draws, num_train, num_val):
    """(seed, number of images) of each training set, and of the validation images at the end."""
    return [(100 + draw, num_train) for draw in range(draws)] + [(900, num_val)]


def stage_outputs(network: nn.Sequential, num_stages: int, split: Split) -> Split:
    """What the first stages put out, flat where they are all three, as the inputs of what comes after."""
    with torch.no_grad():
        outputs = network[:num_stages](split.images)
    return Split(outputs.flatten(1) if num_stages == 3 else outputs, split.labels)


def linear_heads(num_features: int, count: int, device) -> list[nn.Module]:
    """Linear classifiers into five classes that start at zero, each behind an nn.Flatten."""
    heads = [nn.Sequential(nn.Flatten(), nn.Linear(num_features, 5)) for _ in range(count)]
    for head in heads:
        nn.init.zeros_(head[1].weight)
        nn.init.zeros_(head[1].bias)
    return [head.to(device) for head in heads]


def _measure_cell(base, trains, val):
    """Accuracies [strategy, draw] on the training images of one cell."""
    epochs = num_epochs(len(trains[0]))
    tops = _linear(base, 3, trains, val, 2 * epochs)
    middles = _linear(base, 2, trains, val, 2 * epochs)
    few = [_fine_tune(base, 2, head, *pair, epochs) for head, *pair in _jobs(tops, trains, val)]
    every = [_fine_tune(base, 0, head, *pair, epochs) for head, *pair in _jobs(tops, trains, val)]
    scratch = [_from_scratch(seed, train, val, epochs) for seed, train in enumerate(trains)]
    on_top, on_middle = ([accuracy for _, accuracy in pairs] for pairs in (tops, middles))
    return np.array([scratch, on_top, on_middle, few, every])


def _jobs(tops, trains, val):
    return [(head, train, val) for (head, _), train in zip(tops, trains, strict=True)]


def _linear(base, num_stages, trains, val, epochs):
    """A trained linear classifier for each training set, with its accuracy; one population."""
    inputs = [stage_outputs(base, num_stages, train) for train in trains]
    held_out = stage_outputs(base, num_stages, val)
    heads = linear_heads(inputs[0].images[0].numel(), len(trains), val.labels.device)
    settings = {"momentum": 0.9, "weight_decay": 1e-3, "progress": False}
    fit_population(heads, inputs, lr=HEAD_LR, num_epochs=epochs, batch_size=BATCH_SIZE, **settings)
    return [(head[1], evaluate(head, held_out)[1]) for head in heads]


def _fine_tune(base, num_frozen, head, train, val, epochs):
    """Accuracy after the stages above the frozen ones, and the trained head, have gone on learning."""
    own = nn.Sequential(*copy.deepcopy(base[num_frozen:4]), copy.deepcopy(head))
    return _trained(
        own,
        stage_outputs(base, num_frozen, train),
        stage_outputs(base, num_frozen, val),
        FINE_LR,
        epochs,
    )


def _from_scratch(seed, train, val, epochs):
    network = build_network(seed).to(val.labels.device)
    return _trained(network, train, val, SCRATCH_LR, epochs)


def _trained(network, train, val, lr, epochs):
    optimizer = torch.optim.SGD(network.parameters(), lr=lr, momentum=0.9, weight_decay=1e-4)
    num_steps = epochs * -(-len(train) // BATCH_SIZE)
    scheduler = PolynomialLR(optimizer, num_steps)  # down to zero in a line: a calm end
    settings = {"num_epochs": epochs, "batch_size": BATCH_SIZE, "progress": False}
    fit(network, train, optimizer=optimizer, scheduler=scheduler, **settings)
    return evaluate(network, val)[1]


def transfer_explorer(measured: Measured) -> Explorer:
    """Sliders over the number of images and the shift of the domain: the strategies as bars, and the advice."""
    mean = measured.accuracy.mean(3).transpose(1, 2, 0)  # [shift, size, strategy]
    best = mean.max(2, keepdims=True)
    places = np.arange(len(STRATEGIES))
    draws = measured.accuracy.transpose(1, 2, 3, 0)  # [shift, size, draw, strategy]
    points_x = np.tile(places, draws.shape[2])
    sizes = np.asarray(measured.sizes)
    curves = [
        Series(name, sizes, mean[..., k][:, None], color=COLORS[k])
        for k, name in enumerate(STRATEGIES)
    ]
    here = np.broadcast_to(sizes[None, :, None], best.shape)
    return explorer(
        {"domain shift": list(measured.shifts), "number of images": list(measured.sizes)},
        [
            Panel(
                "Five strategies",
                "strategy",
                "validation accuracy",
                [
                    Series("mean", places, np.where(mean < best, mean, np.nan), "bar"),
                    Series("best", places, np.where(mean == best, mean, np.nan), "bar"),
                    Series("each draw", points_x, draws.reshape(*mean.shape[:2], -1), "scatter"),
                ],
                ylim=(0, 1),
                xticks=dict(enumerate(("scratch", "top", "stage 2", "few", "all"))),
            ),
            Panel(
                "Over the number of images",
                "number of images",
                "validation accuracy",
                [*curves, Series("here", here, best, "scatter", color="#000000")],
                xscale="log",
                ylim=(0.1, 1),
                xticks={size: str(size) for size in measured.sizes},
            ),
        ],
        texts=_texts(measured, mean),
        caption="Look which bar is the highest when there are few images, and when there are many.",
        start=(0, 0),
        buttons=("domain shift", "number of images"),
    )


def _texts(measured, mean):
    texts = np.empty(mean.shape[:2], dtype=object)
    for i, shift in enumerate(measured.shifts):
        for j, size in enumerate(measured.sizes):
            order = mean[i, j].argsort()[::-1]
            ranking = ", ".join(f"{STRATEGIES[k]} {mean[i, j, k]:.0%}" for k in order)
            key = ("little" if size < 100 else "much", "near" if shift < 0.5 else "far")
            texts[i, j] = (
                f"{size} images, shift {shift:g} ({key[0]} data, {key[1]} domain): {ranking}. "
                f"The table's advice: {ADVICE[key][0]}."
            )
    return texts
