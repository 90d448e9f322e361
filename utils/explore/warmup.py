"""The warm-up explorer of lecture 5: peak rates with and without a rise to them."""

from collections.abc import Sequence

import numpy as np

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS
from ..training import History


def warmup_explorer(
    lengths: Sequence[int], peaks: np.ndarray, histories: Sequence[History]
) -> Explorer:
    """Sliders over the steps of warm-up and the peak rate: rate, loss, and where each peak rate ends.

    histories: of the runs [len(lengths) * len(peaks)], the peak rate changing fastest; the first
        length is 0.
    """
    shape = (len(lengths), len(peaks))
    rates, losses = (
        np.array([getattr(history, name) for history in histories]).reshape(*shape, -1)
        for name in ("lr", "loss")
    )
    final = np.array([history.train_loss[-1] for history in histories]).reshape(shape)
    steps = np.arange(losses.shape[-1])
    return explorer(
        {"steps of warm-up": lengths, "peak rate": [f"{peak:.2g}" for peak in peaks]},
        [
            Panel(
                "Learning rate",
                "step",
                "rate / peak rate",
                [Series("chosen", steps, rates / peaks[:, None], color=COLORS[1])],
                ylim=(0, 1.1),
            ),
            Panel(
                "Loss of the minibatches",
                "step",
                "loss (nats)",
                [
                    Series("without warm-up", steps, losses[:1], dashed=True, color=COLORS[0]),
                    Series("chosen", steps, losses, color=COLORS[1]),
                ],
                yscale="log",
                ylim=(1e-3, 100),
            ),
            _ends(peaks, final),
        ],
        texts=_texts(lengths, peaks, final),
        caption="Look how far to the right the orange line stays low as the warm-up gets longer.",
        start=[len(lengths) // 2, int(np.argmax(~(final[0] < 1.0)))],
    )


def _ends(peaks, final):
    """Final loss against the peak rate: without, with the chosen warm-up, and the chosen run."""
    known = np.where(np.isfinite(final), final, np.nan)
    return Panel(
        "Where each peak rate ends",
        "peak rate",
        "loss after the last epoch (nats)",
        [
            Series("without warm-up", peaks, known[:1, None], dashed=True, color=COLORS[0]),
            Series("chosen warm-up", peaks, known[:, None], color=COLORS[1]),
            Series("chosen", peaks[:, None], known[:, :, None], "scatter", color=COLORS[1]),
        ],
        xscale="log",
        yscale="log",
    )


def _texts(lengths, peaks, final):
    texts = np.empty(final.shape, dtype=object)
    for (w, p), loss in np.ndenumerate(final):
        texts[w, p] = (
            f"Peak rate {peaks[p]:.2g}, {lengths[w]} steps of warm-up: loss {loss:.3g} after the "
            f"last epoch, {final[0, p]:.3g} without warm-up."
        )
    return texts
