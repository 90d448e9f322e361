"""Populations: many networks of one architecture, trained as one along a leading dimension.

Small networks trained one after the other spend most of their time between operations. Stacked, they
share every operation, and a whole range of learning rates costs little more than a few of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import LRScheduler

from .data import Split
from .stacked import StackedData, StackedModules, alike, check_structure
from .stacked_mlp import StackedMLP, mlp_activations
from .training import History, LossFunction, progress_bar

# Images times networks that are evaluated at once: many enough for a GPU, and little memory.
EVALUATED_AT_ONCE = 4_096
# glibc hands blocks above a threshold back to the system when they are freed, and a page fault for each
# 4 KiB of the next one costs as much as the arithmetic. The threshold rises to the largest block that
# was ever freed, up to 32 MiB.
LARGE_BLOCK = 30 * 2**20


def fit_population(
    models: Sequence[nn.Module],
    train: Split | Sequence[Split],
    val: Split | None = None,
    *,
    lr: float | Sequence[float] | np.ndarray,
    momentum: float | Sequence[float] = 0.0,
    weight_decay: float | Sequence[float] = 0.0,
    num_epochs: int,
    batch_size: int = 64,
    loss_fn: LossFunction = cross_entropy,
    seed: int | Sequence[int] = 0,
    progress: bool = True,
) -> list[History]:
    """Train K networks with SGD, all at once, and record what happened to each.

    Each ends where fit with torch.optim.SGD would have brought it alone, up to rounding. A network
    that diverges has losses of inf or nan and leaves the others as they are.

    models: K modules whose parameters and buffers have the same names and shapes, on the device of
        the data. Each has its own initialization, and may have its own plain settings, such as the
        drop probability of an nn.Dropout; networks that differ there are trained group by group.
        They are trained in place and left in training mode.
    train: one Split for all, or K of equal size, one for each network.
    lr: a number, K numbers, or an array [K, num_steps] with the rate of each step (see lr_table),
        num_steps = num_epochs * ceil(len(train) / batch_size).
    momentum, weight_decay: a number or K numbers, in the form of torch.optim.SGD.
    loss_fn: (logits [B, C], labels [B]) to the mean loss of the batch.
    seed: the order of the batches, the same for all networks; or K seeds, an order for each. The
        masks of dropout come from torch's global random numbers.
    Returns K histories as fit gives them; config also says which of the networks it was.
    Raises ValueError where networks differ in structure or an argument does not fit K networks.
    """
    models = list(models)
    check_structure(models)
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, and is {batch_size}.")
    data = StackedData.of(train, len(models))
    num_steps = num_epochs * -(-data.num_images // batch_size)
    settings = _Settings(
        lr=_rates(lr, len(models), num_steps),
        momentum=_one_each("momentum", momentum, len(models)),
        weight_decay=_one_each("weight_decay", weight_decay, len(models)),
        seed=_one_each("seed", seed, len(models)),
        num_epochs=num_epochs,
        batch_size=batch_size,
    )
    histories = [
        History(_configuration(k, model, data, settings, loss_fn)) for k, model in enumerate(models)
    ]
    groups = alike(models)
    torch.empty(LARGE_BLOCK, dtype=torch.uint8)
    with progress_bar(range(num_epochs * len(groups)), unit="epoch", visible=progress) as bar:
        for group in groups:
            stacked = stack([models[k] for k in group], data.image_dims, loss_fn)
            _train(
                stacked,
                data.of_networks(group),
                None if val is None else StackedData.of(val),
                settings.of_networks(group),
                [histories[k] for k in group],
                bar,
            )
            stacked.write_back()
    return histories


def lr_table(
    make_scheduler: Callable[[Optimizer], LRScheduler], lr: float, num_steps: int
) -> np.ndarray:
    """The rates that one of torch's schedulers gives, stepped once a step as by fit: [num_steps].

    make_scheduler: an optimizer, whose rate is lr, to its scheduler, for example
        lambda optimizer: StepLR(optimizer, step_size=30).
    """
    optimizer = SGD([torch.zeros(1)], lr=lr)
    scheduler = make_scheduler(optimizer)
    rates = []
    for _ in range(num_steps):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return np.array(rates)


@dataclass(frozen=True)
class _Settings:
    """What SGD needs to know: lr [K, num_steps], momentum, weight_decay and seed [K]."""

    lr: np.ndarray
    momentum: np.ndarray
    weight_decay: np.ndarray
    seed: np.ndarray
    num_epochs: int
    batch_size: int

    def of_networks(self, group: list[int]) -> "_Settings":
        arrays = {
            name: getattr(self, name)[group] for name in ("lr", "momentum", "weight_decay", "seed")
        }
        return replace(self, **arrays)

    def generators(self) -> list[torch.Generator]:
        """One for each network, or a single one where all have the same seed."""
        seeds = self.seed.tolist()
        seeds = seeds[:1] if len(set(seeds)) == 1 else seeds
        return [torch.Generator().manual_seed(seed) for seed in seeds]


def stack(models: Sequence[nn.Module], image_dims: int, loss_fn: LossFunction):
    """A stack of networks of one structure: the fast one where it applies, else the general one."""
    activations = mlp_activations(models[0], image_dims)
    if activations and loss_fn is cross_entropy:
        return StackedMLP(models, activations)
    return StackedModules(models, loss_fn)


def _train(
    stack, train: StackedData, val: StackedData | None, settings: _Settings, histories, bar
) -> None:
    train = train.prepared(stack)
    val = None if val is None else val.prepared(stack)
    device = train.labels.device
    rates, momentum, weight_decay = (
        torch.tensor(array, dtype=torch.float32, device=device)
        for array in (settings.lr, settings.momentum, settings.weight_decay)
    )
    update = _Update(stack.parameters, momentum, weight_decay)
    generators = settings.generators()
    step = 0
    for _ in range(settings.num_epochs):
        losses = []
        for batch in train.shuffled(settings.batch_size, generators):
            loss, gradients = stack.gradients(*batch)
            update(gradients, rates[:, step])
            losses.append(loss)
            step += 1
        # Read once an epoch: reading each step would make a GPU wait for the CPU.
        _extend(histories, "loss", torch.stack(losses, dim=1))
        for name, data in (("train", train), ("val", val)):
            if data is not None:
                loss, accuracy = _evaluate(stack, data, len(histories))
                _extend(histories, f"{name}_loss", loss)
                _extend(histories, f"{name}_accuracy", accuracy)
        bar.set_postfix_str(_best(histories), refresh=False)
        bar.update()
    for history, row in zip(histories, settings.lr.tolist(), strict=True):
        history.lr += row


class _Update:
    """torch.optim.SGD's step, with a rate, a momentum and a weight decay for each network."""

    def __init__(self, parameters, momentum: torch.Tensor, weight_decay: torch.Tensor):
        self.parameters = parameters
        self.momentum = momentum if momentum.any() else None
        self.weight_decay = weight_decay if weight_decay.any() else None
        self.velocities = [torch.zeros_like(parameter) for parameter in parameters]

    @torch.no_grad()
    def __call__(self, gradients, rates: torch.Tensor) -> None:
        for value, gradient, velocity in zip(
            self.parameters, gradients, self.velocities, strict=True
        ):
            if gradient is None:
                continue
            shape = (-1,) + (1,) * (value.dim() - 1)  # one number a network, whatever the parameter
            if self.weight_decay is not None:
                gradient = torch.addcmul(gradient, self.weight_decay.view(shape), value)
            if self.momentum is not None:
                gradient = velocity.mul_(self.momentum.view(shape)).add_(gradient)
            value.addcmul_(rates.view(shape), gradient, value=-1)


def _evaluate(stack, data: StackedData, num_networks: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean loss [K] and accuracy [K] in eval mode."""
    total_loss = num_right = 0
    for inputs, labels, shared in data.in_order(max(1, EVALUATED_AT_ONCE // num_networks)):
        loss, right = stack.score(inputs, labels, shared)
        total_loss = total_loss + loss * labels.shape[-1]
        num_right = num_right + right
    return tuple(np.array(total.tolist()) / data.num_images for total in (total_loss, num_right))


def _extend(histories: list[History], name: str, values) -> None:
    """Append to each network's list its number of values [K], or its row of values [K, N]."""
    for history, row in zip(histories, values.reshape(len(histories), -1).tolist(), strict=True):
        getattr(history, name).extend(row)


def _best(histories: list[History]) -> str:
    text = f"best training {max(h.train_accuracy[-1] for h in histories):.1%}"
    if histories[0].val_accuracy:
        text += f", best validation {max(h.val_accuracy[-1] for h in histories):.1%}"
    return text


def _one_each(name: str, value, num_networks: int) -> np.ndarray:
    array = np.asarray(value)
    if array.shape not in ((), (num_networks,)):
        raise ValueError(
            f"{name} must be one number or {num_networks}, one for each network, "
            f"and has the shape {array.shape}."
        )
    return np.broadcast_to(array, num_networks)


def _rates(lr, num_networks: int, num_steps: int) -> np.ndarray:
    """The rate of each network in each step, [K, num_steps]."""
    table = np.asarray(lr, dtype=float)
    if table.ndim < 2:
        return np.repeat(_one_each("lr", table, num_networks)[:, None], num_steps, axis=1)
    if table.shape != (num_networks, num_steps):
        raise ValueError(
            f"lr must have the shape ({num_networks}, {num_steps}), a row for each network and a "
            f"rate for each step, and has {table.shape}."
        )
    return table


def _configuration(
    k: int, model: nn.Module, data: StackedData, settings: _Settings, loss_fn: LossFunction
) -> dict:
    lr = settings.lr[k]
    drop_probs = [m.p for m in model.modules() if isinstance(m, nn.Dropout)] or [None]
    return {
        "model": type(model).__name__,
        "num_parameters": sum(parameter.numel() for parameter in model.parameters()),
        "num_images": data.num_images,
        "device": data.labels.device.type,
        "optimizer": "SGD",
        "lr": float(lr[0]) if len(lr) else None,
        "momentum": float(settings.momentum[k]),
        "weight_decay": float(settings.weight_decay[k]),
        "scheduler": "table" if len(set(lr.tolist())) > 1 else None,
        "drop_prob": drop_probs[0] if len(set(drop_probs)) == 1 else drop_probs,
        "num_epochs": settings.num_epochs,
        "batch_size": settings.batch_size,
        "seed": int(settings.seed[k]),
        "loss_fn": getattr(loss_fn, "__name__", type(loss_fn).__name__),
        "network": k,
        "num_networks": len(settings.lr),
    }
