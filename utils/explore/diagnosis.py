"""Explorers that read runs: learned by heart or not, what a learning curve shows, how far a step goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS
from ..training import History

NOT_GUESSED = "not guessed yet"
TARGET_RATIO = 1e-3
LOWEST, HIGHEST = 1e-4, 1e7  # losses beyond are drawn at the edge
EXPLODED = "; it exploded on the way, so the median says nothing about the rate"


def by_heart(
    histories: Mapping[str, Sequence[History]], lrs: Sequence[float], num_classes: int
) -> Explorer:
    """The runs of a few images at each initialization and rate, and the symptom each shows.

    histories: for each initialization, the run of each rate.
    """
    rows = list(histories.values())
    loss = np.array([[history.loss for history in row] for row in rows])
    accuracy = np.array([[history.train_accuracy for history in row] for row in rows])
    start = np.full(loss.shape[-1], np.log(num_classes))
    loss = np.where(np.isfinite(loss), np.clip(loss, LOWEST, HIGHEST), np.nan)
    steps = np.arange(loss.shape[-1])
    texts = [
        [_symptom(history, num_classes, name, lr) for history, lr in zip(row, lrs, strict=True)]
        for name, row in histories.items()
    ]
    log_c = Series(f"log {num_classes}", steps, start, dashed=True, color=COLORS[1])
    return explorer(
        {"initialization": list(histories), "learning rate": [f"{lr:.2g}" for lr in lrs]},
        [
            Panel(
                "Loss of the 20 images",
                "epoch",
                "loss (nats)",
                [Series("loss", steps, loss, color=COLORS[0]), log_c],
                yscale="log",
                ylim=(LOWEST, HIGHEST),
            ),
            Panel(
                "Accuracy on the 20 images",
                "epoch",
                "accuracy",
                [Series("training", steps + 1, accuracy, color=COLORS[0])],
                ylim=(0, 1.05),
            ),
        ],
        texts=texts,
        caption="Look for the rates at which the loss stays at its start, falls to nearly nothing, "
        "or breaks off. Losses above 1e7 are drawn at the upper edge.",
        start=[0, len(lrs) // 2],
        buttons=("initialization",),
    )


def _symptom(history: History, num_classes: int, initialization: str, lr: float) -> str:
    last = history.train_loss[-1]
    if not np.isfinite(history.loss).all() or not np.isfinite(last):
        verdict = "Inf or NaN: the rate is too high, or the initialization is bad"
    elif history.train_accuracy[-1] == 1:
        verdict = "learned by heart: this step is passed"
    elif last > 2 * np.log(num_classes) and last > history.loss[0]:
        verdict = "exploding: the rate is too high"
    elif last > 0.8 * np.log(num_classes):
        verdict = "not falling: the rate is too low or too high, or the initialization is bad"
    else:
        verdict = "falling, but not there yet"
    return (
        f"{initialization.capitalize()} initialization, rate {lr:.2g}: loss {history.loss[0]:.4g} at "
        f"the start, {last:.2g} at the end, accuracy {history.train_accuracy[-1]:.0%}; {verdict}."
    )


@dataclass(frozen=True)
class Fault:
    """What can be wrong with a run: where its curves show it, and what to do."""

    clue: str
    advice: str


FAULTS = {
    "slow start: bad initialization": Fault(
        "Look at the first epochs: does the loss move at once?",
        "The loss stood still at its start before it fell: the first gradients were tiny. Initialize "
        "at the right scale (Kaiming for ReLU).",
    ),
    "plateau: decay the rate": Fault(
        "Look at the second half of the run: is the loss still falling, and how far does it jump?",
        "The loss levelled off while its points jump widely: steps too long to settle. Decay "
        "the rate here.",
    ),
    "decayed too early": Fault(
        "Look for a kink: what did the loss do just before it, and just after?",
        "The loss was still falling when the rate was cut, and all but stood still from then on. Decay later.",
    ),
    "big gap: overfitting": Fault(
        "Look at the distance between training and validation.",
        "Training goes on to rise, validation does not follow. Regularize more, or get more data.",
    ),
    "no gap: underfitting": Fault(
        "Look at where both accuracies level off, and at the distance between them.",
        "Training and validation level off together, and low. Take a bigger model, train longer, "
        "perhaps at a higher rate.",
    ),
    "both rising: train longer": Fault(
        "Look at the last epochs: have the accuracies levelled off?",
        "Nothing is wrong but the end: training and validation are both still rising. Train longer.",
    ),
}


def guessing_game(runs: Mapping[str, tuple[History, History]]) -> Explorer:
    """Curves of faulty runs; the reader guesses each fault, and sees the mended run when right.

    runs: for each of FAULTS the faulty run and the mended one, of equal length; of the faulty run the
        first half is shown. The curves come in an order that nobody can read off the call.
    """
    shuffled = np.random.default_rng(0).permutation(sorted(runs))
    runs = {name: runs[name] for name in shuffled.tolist()}
    wrong, mended = zip(*runs.values(), strict=True)
    num_epochs, num_steps = len(wrong[0].train_loss) // 2, len(wrong[0].loss) // 2
    step = np.arange(1, num_steps + 1) * num_epochs / num_steps
    epoch = np.arange(1, 2 * num_epochs + 1)
    right_guess = [1 + list(FAULTS).index(name) for name in runs]

    def shown(name: str) -> np.ndarray:
        """The first half of the faulty runs, [curve, 1, epoch]."""
        return np.array([getattr(run, name)[:num_epochs] for run in wrong])[:, None]

    def revealed(name: str) -> np.ndarray:
        """The mended run of each curve at its right guess, NaN at others, [curve, guess, epoch]."""
        curves = np.full((len(runs), len(FAULTS) + 1, 2 * num_epochs), np.nan)
        curves[np.arange(len(runs)), right_guess] = [getattr(run, name) for run in mended]
        return curves

    batch_loss = np.array([run.loss[:num_steps] for run in wrong])[:, None]
    now = epoch[:num_epochs]
    losses = [
        Series("minibatch", step, batch_loss, "scatter", color=COLORS[5]),
        Series("training", now, shown("train_loss"), color=COLORS[0]),
        Series("training, mended", epoch, revealed("train_loss"), dashed=True, color=COLORS[2]),
    ]
    accuracies = [
        Series("training", now, shown("train_accuracy"), color=COLORS[0]),
        Series("validation", now, shown("val_accuracy"), color=COLORS[1]),
        Series("validation, mended", epoch, revealed("val_accuracy"), dashed=True, color=COLORS[2]),
    ]
    guesses = [NOT_GUESSED, *FAULTS]
    xlim = (0, 2 * num_epochs)
    return explorer(
        {"curve": "ABCDEF"[: len(runs)], "your guess": guesses},
        [
            Panel("Loss", "epoch", "loss (nats)", losses, xlim=xlim, ylim=(0, 3)),
            Panel("Accuracy", "epoch", "accuracy", accuracies, xlim=xlim, ylim=(0, 1.02)),
        ],
        texts=[
            [_reply(name, guess, *pair, num_epochs) for guess in guesses]
            for name, pair in runs.items()
        ],
        caption="Look first, then guess. The runs stop half way; a right guess shows the mended run.",
        buttons=("curve", "your guess"),
    )


def _reply(name: str, guess: str, wrong: History, mended: History, num_epochs: int) -> str:
    if guess == NOT_GUESSED:
        return (
            f"After {num_epochs} epochs: loss {wrong.train_loss[num_epochs - 1]:.2f}, training "
            f"{wrong.train_accuracy[num_epochs - 1]:.1%}, validation "
            f"{wrong.val_accuracy[num_epochs - 1]:.1%}. What is wrong, and what would you do?"
        )
    if guess != name:
        return f"Not “{guess}”. {FAULTS[name].clue}"
    return (
        f"Right: {name}. {FAULTS[name].advice} Mended (dashed), the run ends at "
        f"{mended.val_accuracy[-1]:.1%} validation accuracy."
    )


def update_ratios(
    lrs: Sequence[float],
    ratios: Mapping[str, np.ndarray],
    losses: Mapping[str, np.ndarray],
    layers: Sequence[str],
) -> Explorer:
    """Update-to-weight ratios and losses of some optimizers over a range of rates.

    ratios: for each optimizer [rates, layers, steps]; losses: [rates, steps].
    """
    ratio, loss = np.array(list(ratios.values())), np.array(list(losses.values()))
    typical = np.median(ratio, axis=(2, 3))  # [optimizer, rate]
    ends = loss[..., -10:].mean(-1)
    first = loss[..., 0]
    exploded = ~(ends <= first) & ~(loss.max(-1) <= 1.2 * first)  # NaN counts as exploded
    shown = np.where(exploded | (typical == 0), np.nan, ends)
    steps = np.arange(1, ratio.shape[-1] + 1)
    target = np.full(len(steps), TARGET_RATIO)
    lines = [Series(name, steps, ratio[:, :, k]) for k, name in enumerate(layers)]
    lines.append(Series("target, 0.001", steps, target, dashed=True, color=COLORS[3]))
    ends_panel = [
        Series(name, typical[k], shown[k], "scatter", color=COLORS[k])
        for k, name in enumerate(ratios)
    ]
    ends_panel.append(
        Series("chosen", typical[..., None], shown[..., None], "scatter", color=COLORS[3])
    )
    ratio_axis = "median update-to-weight ratio"
    return explorer(
        {"optimizer": list(ratios), "learning rate": [f"{lr:.2g}" for lr in lrs]},
        [
            Panel("Ratio", "step", "update / weight", lines, yscale="log", ylim=(1e-6, 10)),
            Panel(
                "Loss",
                "step",
                "loss (nats)",
                [Series("minibatch", steps, np.clip(loss, None, 4))],
                ylim=(0, 4),
            ),
            Panel("Loss at the end", ratio_axis, "loss (nats)", ends_panel, "log", ylim=(0, 3)),
        ],
        texts=[
            [
                f"{name}, rate {lr:.2g}: median ratio {typical[i, j]:.1e}, "
                f"{typical[i, j] / TARGET_RATIO:.2g} times the target; loss at the end "
                f"{ends[i, j]:.2f}{EXPLODED if exploded[i, j] else ''}."
                for j, lr in enumerate(lrs)
            ]
            for i, name in enumerate(ratios)
        ],
        caption="Look at the rate at which each optimizer's ratio meets the target, and whether its "
        "loss falls there. Runs that exploded and never recovered are not in the third panel.",
        start=[0, len(lrs) // 2],
        buttons=("optimizer",),
    )
