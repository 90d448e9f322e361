"""What a learning curve shows (Lecture 6), judged on curves with a fault each and on close calls."""

import itertools

import numpy as np
import torch

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Same

CURVES = "Lecture 6, section 6: Learning curves"
NUM_CLOSE_CALLS = 15

# What the curves of a run are drawn from, as ranges: level is where the loss ends, tau how many epochs it takes,
# delay how many epochs pass before it falls, as a share of a quarter; cut is the epoch at which the rate is cut, and
# after the share of its loss that is left in the end; jump is the size of jumps, slope the logarithmic fall a quarter
# of the last half; train and val are the last accuracy and its rise a quarter, dip the last epoch's fall.
SMOOTH = {"tau": (1.5, 2.0), "level": (0.5, 0.9), "train": (0.72, 0.82, 0.0), "gap": (0.0, 0.04)}
GOOD = SMOOTH | {"level": (0.03, 0.1), "train": (0.96, 0.99, 0.0), "gap": (0.01, 0.05)}
LATE = GOOD | {"tau": (1.2, 1.8), "delay": (1.4, 1.7)}
RISING = SMOOTH | {"tau": (9, 14), "slope": (0.3, 0.5), "train": (0.72, 0.8, 0.06)}
CUT = {"tau": (4, 5), "level": (0.02, 0.05), "cut": (5, 6), "gap": (0.0, 0.04)}
RUNS = {
    "A": (
        LATE,
        LATE | {"train": (0.72, 0.8, 0.06)},
        LATE | {"gap": (0.15, 0.25)},
        SMOOTH | {"delay": (99, 100), "train": (0.1, 0.14, 0.0)},
        SMOOTH | {"delay": (99, 100), "train": (0.15, 0.3, 0.0)},
        GOOD,
    ),
    "B": (
        SMOOTH | {"jump": (0.3, 0.5)},
        GOOD | {"jump": (0.3, 0.5), "level": (0.3, 0.5)},
        SMOOTH,
        SMOOTH | {"jump": (0.3, 0.5), "cut": (11, 12), "after": (0.96, 0.99)},
        GOOD | {"jump": (0.3, 0.5), "slope": (0.3, 0.5)},
        CUT | {"after": (0.96, 0.99), "train": (0.72, 0.82, 0.0)},
        CUT | {"after": (0.96, 0.99), "train": (0.94, 0.96, 0.0)},
        CUT | {"after": (0.1, 0.2), "train": (0.96, 0.99, 0.0)},
        GOOD | {"level": (0.4, 0.6), "cut": (11, 12), "after": (0.2, 0.4)},
    ),
    "C": (
        GOOD | {"gap": (0.14, 0.25)},
        SMOOTH | {"gap": (0.14, 0.25)},
        RISING | {"gap": (0.14, 0.2)},
        SMOOTH,
        SMOOTH | {"gap": (-0.2, -0.14)},
        GOOD | {"dip": (0.15, 0.2)},
    ),
    "D": (
        RISING,
        RISING | {"train": (0.94, 0.96, 0.05)},
        RISING | {"val_rise": 0.0, "gap": (0.04, 0.06)},
        RISING | {"train_rise": 0.0},
        SMOOTH,
        GOOD,
    ),
}
NAMES = (
    "slow start",
    "decayed too early",
    "plateau",
    "overfit",
    "keep training",
    "underfit",
    "fine",
)


def curves(rng, run: dict, num_epochs: int) -> dict[str, np.ndarray]:
    """The curves of one run, each [num_epochs]."""
    epoch, quarter = np.arange(num_epochs), num_epochs // 4

    def drawn(key, default=0.0):
        return rng.uniform(*run[key]) if key in run else default

    late = np.maximum(epoch - np.ceil(drawn("delay") * quarter), 0)
    level, fallen = drawn("level"), 1 - np.exp(-late / drawn("tau"))
    loss, lr = 2.3 - (2.3 - level) * fallen, np.full(num_epochs, 0.1)
    if "cut" in run:
        cut, after = rng.integers(*run["cut"]), drawn("after")
        loss[cut:] = loss[cut - 1] * (
            after + (1 - after) * np.exp(-np.arange(num_epochs - cut) / 2)
        )
        lr[cut:] = 0.1 * rng.uniform(0.05, 0.3)
    loss *= np.exp(-drawn("slope") * epoch / quarter) * rng.uniform(0.99, 1.01, num_epochs)
    if "jump" in run:
        sizes = drawn("jump") * np.linspace(-1, 1, quarter)
        for start in (num_epochs - 2 * quarter, num_epochs - quarter):
            loss[start : start + quarter] *= 1 + rng.permutation(sizes)
    lowest, highest, rise = run.get("train", (0.72, 0.82, 0.0))
    top, gap = rng.uniform(lowest, highest), drawn("gap")
    left = (num_epochs - 1 - epoch) / quarter
    accuracy = {
        "train_accuracy": top - run.get("train_rise", rise) * left,
        "val_accuracy": top - gap - run.get("val_rise", rise) * left,
    }
    for values in accuracy.values():
        values *= 1 - 0.9 * np.exp(-late / 1.5) if rise == 0 and late.any() else 1
        values += rng.uniform(-0.003, 0.003, num_epochs)
    accuracy["val_accuracy"][-1] -= drawn("dip")
    return {"train_loss": loss, **accuracy, "lr": lr}


def close_calls(rng) -> list[dict[str, np.ndarray]]:
    """Runs of steps, drawn by hand, which lie a percent or a few on this or that side of a rule."""
    runs = []

    def level():
        """A new run on one level: its curves, to be changed, and the quarter."""
        n = int(rng.integers(12, 15))
        num_epochs = 4 * n + int(rng.integers(1, 4))
        curves = [np.full(num_epochs, value) for value in (2.0, 0.8, 0.79, 0.1)]
        runs.append(curves)
        return *curves, n

    def jumps(loss, n, size):
        """Jumps with this standard deviation, relative to the last quarter's mean; divided by n, not n - 1."""
        pattern = np.linspace(-1, 1, n)
        loss[-n:] *= 1 + rng.permutation(pattern) * size / pattern.std()

    loss, *_, n = level()  # falls at the last moment, to just below half
    loss[1:n] *= 1.05
    loss[n], loss[n + 1 :] = 0.907 * loss[0], 0.49 * loss[0]

    loss, *_, n = level()  # to just above half, but for an earlier low
    loss[1:n] *= 1.05
    loss[n], loss[n + 1 :], loss[-2 * n : -n] = 0.95 * loss[0], 0.507 * loss[0], 0.45 * loss[0]

    loss, *_, lr, n = level()  # falls just enough before the cut and little enough after it
    c = int(rng.integers(5, n - 2))
    lr[c:] *= 0.1
    loss[c - 4], loss[c - 2], loss[c - 1] = 1.9, 1.86, 1.78
    loss[c:-n], loss[-n:] = 1.7, 0.91 * 1.7

    loss, *_, lr, n = level()  # falls almost enough before the cut, and at it
    c = int(rng.integers(5, n - 2))
    lr[c:] *= 0.1
    loss[c - 1], loss[c:-n], loss[-n:] = 1.82, 1.4, 0.95 * 1.4

    loss, train, val, lr, n = level()  # falls on after the cut, late and just enough
    c = int(rng.integers(5, n - 2))
    lr[c:] *= 0.1
    loss[c - 1], loss[c], loss[c + 1 : -2 * n], loss[-2 * n : -n] = 1.5, 1.4, 1.15, 1.33
    loss[-n:] = 0.89 * 1.4

    loss, *_, lr, n = level()  # a second cut, at rest
    c = int(rng.integers(5, n - 2))
    lr[c:] *= 0.1
    lr[2 * n :] *= 0.1
    loss[c - 1], loss[c:] = 1.5, 1.4

    loss, *_, n = level()  # jumps just enough, and falls little enough
    loss[:], earlier = 1.5, loss[-2 * n : -n]
    earlier[:], earlier[-2:] = 1.0 - 0.6 / (n - 2), 1.3
    loss[-n:] = 0.96
    jumps(loss, n, 0.103)

    loss, *_, n = level()  # jumps almost enough, and rises
    loss[-n:] *= 1.15
    jumps(loss, n, 0.089)

    loss, *_, n = level()  # falls just too much
    loss[-n:] *= 0.94
    jumps(loss, n, 0.3)

    loss, *_, lr, n = level()  # the rate climbs at the beginning, then is lowered, but never cut
    lr[:3] = 0.002, 0.04, 0.07
    lr[n:] *= 0.507
    for later in range(n + 3, n + 6):
        lr[later:] *= 0.7
    jumps(loss, n, 0.3)

    _, train, val, _, n = level()  # a gap just wide enough
    val[:] = train - 0.105
    train[:-n] -= 0.03

    _, train, val, _, n = level()  # a gap that was wide enough
    val[:] = train - 0.13
    val[-n:] = train[-n:] - 0.095

    _, train, val, _, n = level()  # both rise just enough
    train[-n:] += 0.022
    val[-n:] += 0.022

    _, train, val, _, n = level()  # one rises almost enough
    train[-n:] += 0.03
    val[:] -= 0.05
    val[-n:] += 0.015

    _, train, val, _, n = level()  # right just often enough, in the end
    train[:], val[:] = 0.895, 0.89
    train[-n:] = 0.91
    names = ("train_loss", "train_accuracy", "val_accuracy", "lr")
    return [dict(zip(names, curves, strict=True)) for curves in runs]


class NameCurve(Exercise):
    """`name_curve(train_loss, train_accuracy, val_accuracy, lr) -> one of NAMES`."""

    name = "diagnosis.name_curve"
    title = "What a curve shows"
    parts = (
        Part("how it starts", 2, tuple(f"run A{k}" for k in range(1, 7)), CURVES),
        Part("what the rate does", 3, tuple(f"run B{k}" for k in range(1, 10)), CURVES),
        Part("gap or no gap", 2, tuple(f"run C{k}" for k in range(1, 7)), CURVES),
        Part("how it ends", 2, tuple(f"run D{k}" for k in range(1, 7)), CURVES),
        Part(
            "close calls",
            1,
            tuple(f"run E{k}" for k in range(1, NUM_CLOSE_CALLS + 1)),
            CURVES,
        ),
    )
    mistakes = {
        "never_falling": "A loss that never falls is called a slow start; a slow start falls in the end.",
        "every_cut": "Every cut is called too early; the loss must fall before it and stand still after it.",
        "still_falling": "A loss that goes on falling after the cut is called decayed too early.",
        "cut_overlooked": "A loss that jumps after its rate was cut is called a plateau; a plateau has no cut yet.",
        "no_jumps": "A loss that levels off smoothly is called a plateau; on a plateau it jumps.",
        "jumps_alone": "A loss that jumps but falls on is called a plateau; on a plateau it stands still.",
        "gap_reversed": "The gap is taken the wrong way round: it is training minus validation.",
        "gap_either_way": "A validation accuracy above the training accuracy is called overfitting.",
        "either_rises": "One rising accuracy is called a reason to keep training; both must rise.",
        "underfit_first": "Low accuracy is looked at before rising accuracy: the order of the rules counts.",
        "rise_first": "Rising accuracies are looked at before the gap: the order of the rules counts.",
        "last_epoch": "Single epochs are compared, not means over a quarter: one bad epoch changes the name.",
    }

    def cases(self, rng_for):
        cases = []
        for letter, dtype in zip("ABCDE", itertools.cycle(("float32", "float64")), strict=False):
            name = f"runs {letter}, {dtype}"
            case = {"name": name, "seed": int(rng_for(name).integers(2**31))}
            cases.append(case | {"letter": letter, "dtype": dtype})
        return cases

    def runs(self, case) -> list[dict[str, np.ndarray]]:
        """The curves of a case's runs, in an order drawn from the seed."""
        rng = np.random.default_rng(case["seed"])
        if case["letter"] in RUNS:
            found = [curves(rng, run, int(rng.integers(28, 48))) for run in RUNS[case["letter"]]]
        else:
            found = close_calls(rng)
        found = [found[k] for k in rng.permutation(len(found))]
        return [{key: row.astype(case["dtype"]) for key, row in run.items()} for run in found]

    def probe(self, answer, case, device):
        names = []
        for run in self.runs(case):
            name = answer(*(torch.from_numpy(row).to(device) for row in run.values()))
            names.append(name if isinstance(name, str) else f"(a {type(name).__name__})")
        return {"names": names}

    def measure(self, case, output):
        names = output["names"]
        if len(names) != len(RUNS.get(case["letter"], range(NUM_CLOSE_CALLS))):
            raise Malformed("There is not one name for each run.")
        for name in names:
            if name not in NAMES:
                raise Malformed(
                    f"The function returned {name[:40]}; it is to be one of: {', '.join(NAMES)}."
                )
        return {f"run {case['letter']}{k}": Same(str(name)) for k, name in enumerate(names, 1)}


EXERCISES = (NameCurve(),)
