"""The schedule explorer of lecture 5: every schedule with its parameter, and the training that follows from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import exp

import numpy as np
from torch import nn
from torch.optim import Optimizer
from torch.optim import lr_scheduler as torch_schedules
from torch.optim.lr_scheduler import LRScheduler

from ..data import Split
from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS
from ..populations import fit_population, lr_table
from ..training import History

ALMOST_ZERO = 1e-8  # torch's LinearLR cannot start at 0


@dataclass(frozen=True)
class Schedule:
    """One of torch's schedules with one parameter to turn.

    says: what the parameter does, a format for its value.
    values: five values of it, from gentle to strong; usual: index of the most common one.
    make: (optimizer, value, num_steps, steps_an_epoch) to the scheduler.
    """

    name: str
    says: str
    values: tuple
    usual: int
    make: Callable[[Optimizer, object, int, int], LRScheduler] = field(repr=False)

    def table(self, value, num_steps: int, steps_an_epoch: int) -> np.ndarray:
        """The rates [num_steps] for a peak rate of 1."""
        return lr_table(
            lambda optimizer: self.make(optimizer, value, num_steps, steps_an_epoch), 1.0, num_steps
        )


def _constant(optimizer, share, num_steps, epoch):
    return torch_schedules.ConstantLR(optimizer, share, total_iters=num_steps)


def _step(optimizer, factor, num_steps, epoch):
    milestones = [round(share * num_steps) for share in (0.3, 0.6, 0.9)]
    return torch_schedules.MultiStepLR(optimizer, milestones, gamma=factor)


def _cosine(optimizer, floor, num_steps, epoch):
    return torch_schedules.CosineAnnealingLR(optimizer, T_max=num_steps, eta_min=floor)


def _linear(optimizer, floor, num_steps, epoch):
    return torch_schedules.LinearLR(optimizer, 1.0, floor, total_iters=num_steps)


def _inverse_root(optimizer, first, num_steps, epoch):
    return torch_schedules.LambdaLR(optimizer, lambda t: (max(t, first) / first) ** -0.5)


def _exponential(optimizer, k_times_t, num_steps, epoch):
    return torch_schedules.ExponentialLR(optimizer, gamma=exp(-k_times_t / num_steps))


def _inverse(optimizer, k_times_t, num_steps, epoch):
    return torch_schedules.LambdaLR(optimizer, lambda t: 1 / (1 + k_times_t * t / num_steps))


def _polynomial(optimizer, power, num_steps, epoch):
    return torch_schedules.PolynomialLR(optimizer, total_iters=num_steps, power=power)


def _per_epoch(optimizer, factor, num_steps, epoch):
    return torch_schedules.StepLR(optimizer, step_size=epoch, gamma=factor)


def _warmup(optimizer, share, num_steps, epoch):
    return torch_schedules.LinearLR(optimizer, ALMOST_ZERO, total_iters=round(share * num_steps))


def _warmup_and_cosine(optimizer, share, num_steps, epoch):
    first = round(share * num_steps)
    cosine = _cosine(optimizer, 0.0, num_steps - first, epoch)
    parts = [_warmup(optimizer, share, num_steps, epoch), cosine]
    return torch_schedules.SequentialLR(optimizer, parts, milestones=[first])


def _restarts(optimizer, cycles, num_steps, epoch):
    share, factor = cycles
    return torch_schedules.CosineAnnealingWarmRestarts(
        optimizer, T_0=round(share * num_steps), T_mult=factor
    )


SCHEDULES = (
    Schedule("constant", "at {:g} of the peak rate", (1.0, 0.5, 0.2, 0.1, 0.05), 0, _constant),
    Schedule(
        "step", "× {:g} after 30, 60 and 90 % of the run", (0.7, 0.5, 0.2, 0.1, 0.05), 3, _step
    ),
    Schedule("cosine", "down to {:g} of the peak rate", (0.5, 0.2, 0.1, 0.01, 0.0), 4, _cosine),
    Schedule("linear", "down to {:g} of the peak rate", (0.5, 0.2, 0.1, 0.01, 0.0), 4, _linear),
    Schedule(
        "inverse square root", "falling from step {:g} on", (100, 30, 10, 3, 1), 4, _inverse_root
    ),
    Schedule("exponential", "with kT = {:g}", (1, 2, 3, 5, 8), 3, _exponential),
    Schedule("1/t", "with kT = {:g}", (1, 3, 10, 30, 100), 2, _inverse),
    Schedule("√(1 − t/T)", "with power {:g}", (0.25, 0.5, 0.75, 1.5, 2.0), 1, _polynomial),
    Schedule("per-epoch factor", "× {:g} an epoch", (0.97, 0.95, 0.9, 0.8, 0.7), 0, _per_epoch),
    Schedule("warm-up", "over {:.0%} of the run", (0.02, 0.05, 0.1, 0.2, 0.5), 2, _warmup),
    Schedule(
        "warm-up, cosine",
        "warm-up over {:.0%} of the run",
        (0.02, 0.05, 0.1, 0.2, 0.5),
        2,
        _warmup_and_cosine,
    ),
    Schedule(
        "warm restarts",
        "first cycle {0[0]:.0%} of the run, the next × {0[1]}",
        ((1 / 2, 1), (1 / 4, 1), (1 / 7, 1), (1 / 3, 2), (1 / 7, 2)),
        4,
        _restarts,
    ),
)


@dataclass(frozen=True)
class ScheduleRuns:
    """Every schedule at every setting of its parameter and at every peak rate.

    rates: [schedules, settings, peaks, num_steps]; histories: objects [schedules, settings, peaks].
    """

    peaks: Sequence[float]
    rates: np.ndarray
    histories: np.ndarray

    def usual(self, name: str, peak: int) -> History:
        """The run of a schedule by its name, its parameter at the usual value."""
        (number,) = [i for i, schedule in enumerate(SCHEDULES) if schedule.name == name]
        return self.histories[number, SCHEDULES[number].usual, peak]


def train_schedules(
    build: Callable[[], nn.Module],
    train: Split,
    val: Split,
    *,
    peaks: Sequence[float],
    momentum: float,
    num_epochs: int,
    batch_size: int,
) -> ScheduleRuns:
    """Train a network under every schedule, as one population. build makes it, always the same."""
    epoch = -(-len(train) // batch_size)
    tables = [
        [schedule.table(value, num_epochs * epoch, epoch) for value in schedule.values]
        for schedule in SCHEDULES
    ]
    rates = np.array(tables)[:, :, None] * np.array(peaks)[:, None]
    flat = rates.reshape(-1, rates.shape[-1])
    histories = np.empty(len(flat), dtype=object)
    histories[:] = fit_population(
        [build() for _ in flat],
        train,
        val,
        lr=flat,
        momentum=momentum,
        num_epochs=num_epochs,
        batch_size=batch_size,
    )
    return ScheduleRuns(peaks, rates, histories.reshape(rates.shape[:3]))


def schedule_explorer(runs: ScheduleRuns) -> Explorer:
    """Two schedules side by side: their rates, and the training that follows from each.

    Controls: schedule A, the setting of its parameter, schedule B (at its usual one), the peak rate.
    """
    losses, accuracies = (_collect(runs, name) for name in ("train_loss", "val_accuracy"))
    num_epochs = losses.shape[-1]
    epochs = np.arange(1, num_epochs + 1)
    steps = np.arange(runs.rates.shape[-1]) * num_epochs / runs.rates.shape[-1]
    start = runs.histories[0, 0, 0].loss[0]
    return explorer(
        {
            "schedule A": [schedule.name for schedule in SCHEDULES],
            "setting of A": ["1 (gentle)", "2", "3", "4", "5 (strong)"],
            "schedule B": [schedule.name for schedule in SCHEDULES],
            "peak rate": list(runs.peaks),
        },
        [
            Panel("Learning rate", "epoch", "learning rate", _pair(steps, runs.rates)),
            Panel(
                "All training images",
                "epoch",
                "loss (nats)",
                _pair(epochs, losses),
                ylim=(0.9 * np.nanmin(losses), 1.02 * start),
            ),
            Panel(
                "Validation",
                "epoch",
                "accuracy",
                _pair(epochs, accuracies),
                ylim=(np.nanpercentile(accuracies, 5), 1),
            ),
        ],
        texts=_texts(runs, losses, accuracies),
        caption="Look at the last epochs: what does the loss do while the rate comes down?",
        start=[2, SCHEDULES[2].usual, 0, len(runs.peaks) - 1],
    )


def _collect(runs, name):
    """One number an epoch of every run: [schedules, settings, peaks, epochs]."""
    rows = [getattr(history, name) for history in runs.histories.ravel()]
    return np.array(rows).reshape(*runs.histories.shape, -1)


def _pair(x, values):
    """Lines of A [A, setting, 1, peak, points] and of B at its usual setting [1, 1, B, peak, points]."""
    usual = np.stack([values[i, schedule.usual] for i, schedule in enumerate(SCHEDULES)])
    return [
        Series("A", x, values[:, :, None], color=COLORS[0]),
        Series("B", x, usual[None, None], color=COLORS[1], dashed=True),
    ]


def _texts(runs, losses, accuracies):
    texts = np.empty((len(SCHEDULES), 5, len(SCHEDULES), len(runs.peaks)), dtype=object)
    for a, setting, b, peak in np.ndindex(texts.shape):
        sides = []
        for side, number, value in (("A", a, setting), ("B", b, SCHEDULES[b].usual)):
            schedule = SCHEDULES[number]
            loss, accuracy = (x[number, value, peak, -1] for x in (losses, accuracies))
            sides.append(
                f"{side}: {schedule.name}, {schedule.says.format(schedule.values[value])}: "
                f"loss {loss:.3f}, validation accuracy {accuracy:.1%}."
            )
        texts[a, setting, b, peak] = " ".join(sides)
    return texts
