"""Polyak averaging in lecture 7: recorded weights of runs, and all their averages as weighted sums."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, vmap

from ..data import Split
from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS

NUM_TIMES = 24  # at which an average is judged
EVALUATED_AT_ONCE = 64  # networks
FAINT = "#B0B0B0"


def polyak_explorer(
    model: nn.Module,
    runs: Mapping[str, np.ndarray],
    decays: Sequence[float],
    split: Split,
    *,
    weight: int,
) -> Explorer:
    """A slider over the decay, buttons for the noise of the run: one weight, the accuracy, and the best decay.

    runs: all weights of a run before its first and after each step [steps + 1, P], by the name of
        its noise; of the model's architecture, in the order of its parameters.
    weight: the number of the weight that is drawn.
    """
    recorded = np.stack(list(runs.values()))  # [runs, steps + 1, P]
    steps = np.arange(recorded.shape[1])
    times = np.linspace(0, steps[-1], NUM_TIMES).astype(int)
    shares = np.stack([shares_of_steps(decay, steps) for decay in decays])  # [decays, t, s]
    one_weight = np.einsum("dts,rs->drt", shares, recorded[:, :, weight])
    averages = np.einsum("dts,rsp->drtp", shares[:, times], recorded, optimize=True)
    raw = accuracies(model, recorded[:, times], split)[None]  # [1, runs, times]
    averaged = accuracies(model, averages, split)  # [decays, runs, times]
    memory = 1 / (1 - np.array(decays))
    end = averaged[..., -1]
    # The last network alone is a matter of luck, so its line is the mean of the last quarter.
    alone = np.repeat(raw[..., -NUM_TIMES // 4 :].mean(axis=2)[..., None], 2, axis=2)
    return explorer(
        {"decay": list(decays), "minibatch": list(runs)},
        [
            Panel(
                "One weight",
                "step",
                "value",
                [
                    Series("x", steps, recorded[None, :, :, weight], color=FAINT),
                    Series("average of x", steps, one_weight, color=COLORS[1]),
                ],
            ),
            Panel(
                "The network",
                "step",
                "accuracy",
                [
                    Series("with x", times, raw, color=FAINT),
                    Series("with the average", times, averaged, color=COLORS[1]),
                ],
            ),
            Panel(
                "Which decay?",
                "1 / (1 − decay) (steps)",
                "accuracy at the end",
                [
                    Series("x, late mean", memory[[0, -1]], alone, dashed=True, color=COLORS[0]),
                    Series("average", memory, end.T[None], color=COLORS[1]),
                    Series(
                        "chosen",
                        memory[:, None, None],
                        end[..., None],
                        "scatter",
                        color=COLORS[1],
                    ),
                ],
                xscale="log",
            ),
        ],
        texts=_texts(list(runs), decays, raw[0], end, steps[-1]),
        caption="Look for the decay that is calm and has left the start behind.",
        start=(len(decays) // 2, 0),
        buttons=("minibatch",),
    )


def shares_of_steps(decay: float, steps: np.ndarray) -> np.ndarray:
    """How much of each recorded step is in the average at each step: [t, s], rows that sum to 1.

    The average starts at the weights of step 0.
    """
    age = steps[:, None] - steps
    shares = np.where(age >= 0, (1 - decay) * decay ** np.maximum(age, 0.0), 0.0)
    shares[:, 0] = decay**steps
    return shares


@torch.no_grad()
def accuracies(model: nn.Module, vectors: np.ndarray, split: Split) -> np.ndarray:
    """The share of right answers for each vector of weights [..., P]: [...].

    A vector holds the model's parameters one after the other, as parameters_to_vector gives them.
    """
    named = dict(model.named_parameters())
    sizes = [parameter.numel() for parameter in named.values()]

    def share_right(vector):
        pieces = vector.split(sizes)
        values = {
            name: piece.view_as(own)
            for (name, own), piece in zip(named.items(), pieces, strict=True)
        }
        answers = functional_call(model, values, (split.images,)).argmax(dim=1)
        return (answers == split.labels).float().mean()

    flat = torch.tensor(vectors.reshape(-1, vectors.shape[-1]), dtype=torch.float32)
    parts = flat.to(split.labels.device).split(EVALUATED_AT_ONCE)
    return (
        torch.cat([vmap(share_right)(part) for part in parts])
        .cpu()
        .numpy()
        .reshape(vectors.shape[:-1])
    )


def _texts(names, decays, raw, end, num_steps):
    texts = np.empty(end.shape, dtype=object)
    for (d, r), accuracy in np.ndenumerate(end):
        texts[d, r] = (
            f"Decay {decays[d]}, minibatches of {names[r]}: the average is right on {accuracy:.1%}, "
            f"the last network on {raw[r, -1]:.1%}. {decays[d] ** num_steps:.1%} of the average is "
            "still the random start."
        )
    return texts
