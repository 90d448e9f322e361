"""Early stopping with patience: when a stopper says stop, and which weights it has kept by then."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from autograder.exercise import Exercise, Part
from autograder.features import Close, Problem, Same

LECTURE = "Lecture 5, section 8: When to stop"
NOT_COUNTED = "num_batches_tracked"  # an integer of batch normalization's
KEPT, MISSING = "epoch of the weights kept", "entries missing in the snapshot"
AFTER = -1.0  # what the weights hold when training has gone on
EQUAL, BACK = "equals its best again", "climbs back, but not up to its best"
NEW_BEST = "finds a new best in time"
LAST = "the last epoch"

# Scores by rank; a P stands for as many ranks below the best as the patience, a Q for one less.
CURVES = {
    "rises, then falls": [3, 5, 8, "P", 2, 1],
    EQUAL: [3, 8, 8, 5, 8, 8, 8, 8, 8, 8],
    NEW_BEST: [3, 6, "Q", 7, "Q", 8, "P", 2, 1],
    BACK: [3, 8, 1, 2, 3, 4, 5, 6, 7, 7],
    "is below zero all the time": [3, 5, 8, "P", 2, 1],
    "rises to the end": [1, 2, 3, 4, 5, 6, 7, 8],
    "has a patience of one": [3, 4, 6, 5, 2, 1],
    "has a patience of more than fifty": [3, 5, 8, "P", 2, 1],
}

PATIENCES = {"has a patience of one": (1, 2), "has a patience of more than fifty": (52, 60)}


class EarlyStopper(Exercise):
    """`EarlyStopper(patience)` with `update(score, model) -> bool`, `best_score` and `best_state`."""

    name = "stopping.early_stopper"
    title = "An early stopper"
    shown = ("patience", "scores")
    parts = (
        Part(
            "stops when the patience is used up",
            4,
            (
                "end of a run that rises, then falls",
                "end of a run that is below zero all the time",
                "end of a run that rises to the end",
                "end of a run that has a patience of one",
                "end of a run that has a patience of more than fifty",
            ),
            LECTURE,
        ),
        Part(
            "only a score above the best is better",
            2,
            (f"a run that {EQUAL}", f"a run that {BACK}"),
            LECTURE,
        ),
        Part(
            "a new best starts the count anew",
            2,
            (f"best score of a run that {NEW_BEST}",),
            LECTURE,
        ),
        Part("keeps the best score", 1, ("best score",), LECTURE),
        Part(
            "keeps the weights of the best epoch",
            3,
            (KEPT, MISSING),
            LECTURE,
        ),
        Part(
            "leaves the model alone",
            1,
            ("model unchanged",),
            LECTURE,
            needs=("keeps the weights of the best epoch",),
        ),
    )
    mistakes = {
        "aliases": "The snapshot shares its tensors with the model, so it changes with every later step: copy them.",
        "equal_counts": "A score that equals the best counts as better; only a higher one does.",
        "late": "It stops an epoch late: after `patience` epochs without a new best, not after one more.",
        "early": "It stops an epoch early: it waits for `patience` epochs without a new best.",
        "never_reset": "Epochs without a new best are counted over the whole run; a new best starts the count anew.",
        "versus_last": "Each score is compared with the one before it; compare it with the best so far.",
        "lower_is_better": "Lower scores are taken as better; higher ones are.",
        "always_kept": "The weights of every epoch are kept, so the last ones remain; keep those of a new best only.",
        "first_kept": "The weights of the first epoch are kept and never replaced.",
        "parameters_only": "Only parameters are kept; the buffers, batch normalization's statistics, belong to it too.",
        "starts_at_zero": "The best score starts at 0, so scores below 0 are never a best: start at minus infinity.",
        "never_stops": "update never says that training should stop: it must return True then.",
        "restores": "The best weights are put back into the model when it stops; the model is not to be changed.",
        "score_of_last": "best_score holds the last score, not the best.",
        "first_fall": "It stops at the first epoch that is no new best: the patience is ignored.",
    }

    def cases(self, rng_for):
        cases = []
        for name, curve in CURVES.items():
            rng = rng_for(name)
            patience = int(rng.integers(*PATIENCES.get(name, (3, 6))))
            # From 0.3 to 0.9, well apart, so that no score passes for its neighbour.
            levels = (0.3 + (np.arange(9) + rng.uniform(0.2, 0.8, 9)) / 15).round(4)
            if "below zero" in name:
                levels = levels - 1
            cases.append(
                {
                    "name": name,
                    "seed": int(rng.integers(2**31)),
                    "patience": patience,
                    "scores": [round(float(levels[r]), 4) for r in _ranks(curve, patience, rng)],
                    "dtype": "float64" if "new best" in name else "float32",
                }
            )
        return cases

    def probe(self, answer, case, device):
        model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
        model = model.to(device, getattr(torch, case["dtype"]))
        stopper = answer(case["patience"])
        end, unchanged = LAST, True
        for epoch, score in enumerate(case["scores"], 1):
            _fill(model, float(epoch))
            stop = stopper.update(score, model)
            unchanged = unchanged and all((t == epoch).all() for t in model.state_dict().values())
            if stop:
                end = f"epoch {epoch}"
                break
        _fill(model, AFTER)
        best, state = getattr(stopper, "best_score", None), getattr(stopper, "best_state", None)
        is_number = isinstance(best, int | float | np.number | torch.Tensor)
        output = {
            "end": end,
            "unchanged": bool(unchanged),
            "best": float(best) if is_number else None,
        }
        if not isinstance(state, Mapping):
            return output | {"state": type(state).__name__}
        kept = {str(name): value for name, value in state.items() if NOT_COUNTED not in str(name)}
        names = {name for name in model.state_dict() if NOT_COUNTED not in name}
        found = sorted(names & kept.keys())
        values = [torch.as_tensor(kept[name]).double().flatten() for name in found]
        return output | {"missing": sorted(names - kept.keys()), "kept": values}

    def measure(self, case, output):
        name, end, best = case["name"], output["end"], output["best"]
        best = Problem("best_score is not a number.") if best is None else Close(best)
        features = {"model unchanged": Same(output["unchanged"])}
        if name == NEW_BEST:
            features[f"best score of a run that {name}"] = best
        else:
            features["best score"] = best
        if name in (EQUAL, BACK):
            features[f"a run that {name}"] = Same("goes on" if end == LAST else "stops")
        elif name != NEW_BEST:
            features[f"end of a run that {name}"] = Same(end)
        if "state" in output:
            kept = missing = Problem(
                f"best_state is a {output['state'][:40]}; asked for is what model.state_dict() returns."
            )
        else:
            kept = Same(_epoch(output["kept"]))
            missing = Same(", ".join(output["missing"]) or "none")
        return features | {KEPT: kept, MISSING: missing}


def _ranks(curve, patience, rng):
    """The curve's ranks of scores, with the waiting times drawn."""
    ranks = []
    for entry in curve:
        count = {"P": patience, "Q": patience - 1}.get(entry)
        ranks += [entry] if count is None else rng.integers(0, 3, count).tolist()
    return ranks


@torch.no_grad()
def _fill(model, value):
    for tensor in model.state_dict().values():
        tensor.fill_(value)


def _epoch(kept):
    """The epoch whose number all these weights hold, in words."""
    numbers = {float(value) for values in kept for value in values}
    if numbers == {AFTER}:
        return "the model's own, which go on changing"
    if len(numbers) != 1:
        return "of several epochs" if numbers else "none"
    return f"epoch {numbers.pop():g}"


EXERCISES = (EarlyStopper(),)
