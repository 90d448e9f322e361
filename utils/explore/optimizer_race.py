"""Several optimizers at several learning rates on one data set, all runs at once, for lecture 2."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, vmap
from torch.nn.functional import cross_entropy

from ..data import Split, batches
from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS
from ..training import History, progress_bar

MakeOptimizer = Callable[[list[dict]], torch.optim.Optimizer]
WINDOW = 9  # steps over which the loss curves are averaged
LOSS_LIMITS = (0, 2.5)


def race(
    model: nn.Module,
    train: Split,
    val: Split,
    *,
    optimizers: Mapping[str, MakeOptimizer],
    learning_rates: Sequence[float],
    num_epochs: int,
    batch_size: int = 64,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Train one network with every optimizer at every rate: same start, same minibatches.

    All copies' weights lie in one stack, so one backward pass serves them all; each copy's slice of
    the stack is a parameter group of its optimizer, with its own rate.

    model: where every run starts; it is left as it is. It must have no buffers and draw no noise.
    optimizers: parameter groups, each with its lr, to an optimizer of torch that works elementwise.
    Returns the minibatch losses [optimizer, rate, step], and the validation accuracies
    [optimizer, rate] after the last step. A run that diverges ends in inf or nan.
    """
    shape = len(optimizers), len(learning_rates)
    num_runs = shape[0] * shape[1]
    weights = {
        name: weight.detach().expand(num_runs, *weight.shape).clone().requires_grad_()
        for name, weight in model.named_parameters()
    }
    slices = _slices(weights)
    groups = [
        {"params": slices[run], "lr": learning_rates[run % shape[1]]} for run in range(num_runs)
    ]
    movers = [
        make(groups[shape[1] * number : shape[1] * (number + 1)])
        for number, make in enumerate(optimizers.values())
    ]
    forward = vmap(lambda one, images: functional_call(model, one, (images,)), (0, None))
    generator = torch.Generator().manual_seed(seed)
    losses = []
    for _ in progress_bar(range(num_epochs), unit="epoch"):
        for images, labels in batches(train, batch_size, generator=generator):
            logits = forward(weights, images)  # [run, image, class]
            labels = labels.expand(num_runs, -1)
            loss = cross_entropy(logits.transpose(1, 2), labels, reduction="none").mean(1)
            gradients = torch.autograd.grad(loss.sum(), list(weights.values()))
            losses.append(loss.detach())
            with torch.no_grad():
                for run, parameters in enumerate(slices):
                    for parameter, gradient in zip(parameters, gradients, strict=True):
                        parameter.grad = gradient[run]
            for mover in movers:
                mover.step()
    with torch.no_grad():
        right = forward(weights, val.images).argmax(2) == val.labels
    losses = torch.stack(losses, dim=1).reshape(*shape, -1)
    return losses.cpu().numpy(), right.float().mean(1).reshape(shape).cpu().numpy()


def _slices(weights: dict[str, torch.Tensor]) -> list[list[torch.Tensor]]:
    """Each run's own parameters, as views of the stacks: what moves a slice moves the stack."""
    unbound = [weight.detach().unbind(0) for weight in weights.values()]
    return [list(parameters) for parameters in zip(*unbound, strict=True)]


def race_explorer(
    names: Sequence[str], rates: Sequence[float], losses: np.ndarray, accuracies: np.ndarray
) -> Explorer:
    """A slider for the learning rate above what race() returned: the losses and the accuracies."""
    texts = []
    for rate, reached in zip(rates, accuracies.T, strict=True):
        results = (f"{name} {share:.1%}" for name, share in zip(names, reached, strict=True))
        texts.append(f"Rate {rate:g}. Validation accuracy at the end: {', '.join(results)}.")
    panel = {"xlabel": "learning rate", "ylabel": "validation accuracy", "ylim": (0, 1)}
    return explorer(
        {"learning rate": rates},
        [
            _loss_panel(names, losses, num_dashed=3),
            Panel(
                "After the last step",
                series=_ends(names, rates, accuracies, 3),
                **panel,
                **_log(rates),
            ),
        ],
        texts=texts,
        caption="Look which optimizer is good over the widest range of rates, and where each is at "
        "its best.",
        start=[_nearest(rates, 0.01)],
    )


def effective_rate_explorer(
    rhos: Sequence[float], rates: Sequence[float], histories: Sequence[History]
) -> Explorer:
    """A slider for the effective rate lr / (1 - momentum) above the runs of several momenta.

    histories: one for each momentum and effective rate, the rates of the first momentum first.
    """
    names = [f"ρ = {rho:g}" for rho in rhos]
    losses = np.array([history.loss for history in histories]).reshape(len(rhos), len(rates), -1)
    ends = np.array([history.train_loss[-1] for history in histories]).reshape(losses.shape[:2])
    texts = []
    for rate, reached in zip(rates, ends.T, strict=True):
        results = (f"{name}: {loss:.3f}" for name, loss in zip(names, reached, strict=True))
        texts.append(f"Effective rate {rate:g}. Training loss at the end: {'; '.join(results)}.")
    panel = {
        "xlabel": "effective rate α / (1 − ρ)",
        "ylabel": "training loss (nats)",
        "yscale": "log",
    }
    return explorer(
        {"effective rate": rates},
        [
            _loss_panel(names, losses, num_dashed=1),
            Panel(
                "After the last epoch", series=_ends(names, rates, ends, 1), **panel, **_log(rates)
            ),
        ],
        texts=texts,
        caption="Look where the curves agree, and which of them survives the largest rates.",
        start=[_nearest(rates, 0.2)],  # where momentum only delays
    )


def _loss_panel(names, losses, num_dashed):
    """Moving averages of losses [name, rate, step]; nothing is drawn of what diverged."""
    smooth = np.lib.stride_tricks.sliding_window_view(losses, WINDOW, axis=2).mean(3)
    smooth = np.where(smooth < 2 * LOSS_LIMITS[1], smooth, np.nan)
    steps = np.arange(smooth.shape[2]) + (WINDOW + 1) // 2
    curves = [
        Series(name, steps, curve, dashed=number < num_dashed, color=COLORS[number])
        for number, (name, curve) in enumerate(zip(names, smooth, strict=True))
    ]
    ylabel = f"loss (nats), mean of {WINDOW} steps"
    return Panel("Loss while training", "step", ylabel, curves, ylim=LOSS_LIMITS)


def _ends(names, rates, values, num_dashed):
    """Values [name, rate] against the rate, and those at the chosen rate."""
    curves = [
        Series(name, rates, value, dashed=number < num_dashed, color=COLORS[number])
        for number, (name, value) in enumerate(zip(names, values, strict=True))
    ]
    now = np.repeat(np.asarray(rates)[:, None], len(names), axis=1)
    return [*curves, Series("chosen rate", now, values.T, "scatter", color=COLORS[4])]


def _nearest(rates, rate):
    return int(np.abs(np.asarray(rates) - rate).argmin())


def _log(rates):
    """A logarithmic axis that names the powers of ten only."""
    powers = range(-4, 2)
    ticks = {10.0**power: f"{10.0**power:g}" for power in powers if 10.0**power >= min(rates)}
    return {"xscale": "log", "xticks": ticks}
