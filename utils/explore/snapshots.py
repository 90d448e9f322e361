"""The snapshot explorer of lecture 7: one budget, cut into more or fewer cycles."""

from collections.abc import Sequence

import numpy as np

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS


def snapshot_explorer(
    cycles: Sequence[int], rates: np.ndarray, curves: np.ndarray, ends: dict[str, np.ndarray]
) -> Explorer:
    """A slider over the number of cycles: the rate, the accuracy after each epoch, and what is left.

    rates: of each step [cycles, steps]; curves: accuracy after each epoch [cycles, epochs];
    ends: named accuracies at the end [cycles], the first of them that of the snapshots' average.
    """
    num_epochs, num_steps = curves.shape[1], rates.shape[1]
    epochs = np.arange(1, num_epochs + 1)
    taken = np.full(curves.shape, np.nan)  # NaN where no snapshot is taken
    for row, count in enumerate(cycles):
        at = np.arange(1, count + 1) * num_epochs // count - 1
        taken[row, at] = curves[row, at]
    named = list(ends.items())
    chosen = named[0][1][:, None]
    return explorer(
        {"cycles": list(cycles)},
        [
            Panel(
                "Learning rate",
                "epoch",
                "learning rate",
                [Series("rate", np.arange(num_steps) * num_epochs / num_steps, rates)],
            ),
            Panel(
                "Accuracy on the way",
                "epoch",
                "accuracy",
                [
                    Series("network", epochs, curves, color=COLORS[0]),
                    Series("snapshots", epochs, taken, "scatter", color=COLORS[1]),
                ],
            ),
            Panel(
                "What is left at the end",
                "cycles = members",
                "accuracy",
                [
                    *(
                        Series(name, cycles, values[None], dashed=n > 0, color=COLORS[1 + n])
                        for n, (name, values) in enumerate(named)
                    ),
                    Series("chosen", np.array(cycles)[:, None], chosen, "scatter", color=COLORS[1]),
                ],
            ),
        ],
        texts=[
            f"{count} cycle{'s' if count > 1 else ''}: "
            + ", ".join(f"{name} {values[row]:.1%}" for name, values in named)
            + "."
            for row, count in enumerate(cycles)
        ],
        caption="Look at the distance between the orange line and the last snapshot alone.",
        start=[len(cycles) // 2],
    )
