"""Answers to the exercise on what a curve shows: wrong ones that students give, and other right ones."""

# %% diagnosis.name_curve right: numpy_quarters
import numpy as np


def name_curve(train_loss, train_accuracy, val_accuracy, lr):
    loss, train, val, rate = (
        curve.cpu().double().numpy() for curve in (train_loss, train_accuracy, val_accuracy, lr)
    )
    n = len(loss) // 4
    end, before = (
        np.array([np.mean(c[a:b]) for c in (loss, train, val)])
        for a, b in ((-n, None), (-2 * n, -n))
    )
    dropped = np.flatnonzero(rate[1:] / rate[:-1] < 0.5) + 1
    slow = loss[n] / loss[0] > 0.9 and end[0] / loss[0] < 0.5
    early = any(
        loss[c - 1] < 0.9 * loss[c - 3] and end[0] > 0.9 * loss[c] for c in dropped[:1].tolist()
    )
    stuck = not dropped.size and end[0] > 0.95 * before[0] and loss[-n:].std() > 0.1 * end[0]
    rules = {
        "slow start": slow,
        "decayed too early": early,
        "plateau": stuck,
        "overfit": end[1] - end[2] > 0.1,
        "keep training": ((end - before)[1:] > 0.02).all(),
        "underfit": end[1] < 0.9,
        "fine": True,
    }
    return next(name for name, applies in rules.items() if applies)


# %% diagnosis.name_curve right: plain_lists
def name_curve(train_loss, train_accuracy, val_accuracy, lr):
    losses, rates = train_loss.tolist(), lr.tolist()
    n = len(losses) // 4

    def mean(values):
        return sum(values) / len(values)

    last, previous = losses[len(losses) - n :], losses[len(losses) - 2 * n : len(losses) - n]
    if losses[n] > 0.9 * losses[0] and mean(last) < 0.5 * losses[0]:
        return "slow start"
    epoch = 1
    while epoch < len(rates) and rates[epoch] >= 0.5 * rates[epoch - 1]:
        epoch += 1
    if epoch < len(rates):
        if losses[epoch - 1] < 0.9 * losses[epoch - 3] and mean(last) > 0.9 * losses[epoch]:
            return "decayed too early"
    elif mean(last) > 0.95 * mean(previous):
        spread = math.sqrt(mean([(value - mean(last)) ** 2 for value in last]))
        if spread > 0.1 * mean(last):
            return "plateau"
    train, val = train_accuracy.tolist(), val_accuracy.tolist()
    if mean(train[-n:]) > mean(val[-n:]) + 0.1:
        return "overfit"
    if min(mean(a[-n:]) - mean(a[-2 * n : -n]) for a in (train, val)) > 0.02:
        return "keep training"
    if mean(train[-n:]) < 0.9:
        return "underfit"
    return "fine"


# %% diagnosis.name_curve right: functions
def name_curve(train_loss, train_accuracy, val_accuracy, lr):
    n = len(lr) // 4

    def end(curve):
        return curve[-n:].mean()

    def earlier(curve):
        return curve[-2 * n : -n].mean()

    cuts = [c for c in range(1, len(lr)) if lr[c] < lr[c - 1] / 2]
    jumps = train_loss[-n:].std() > 0.1 * end(train_loss)
    rises = [end(curve) - earlier(curve) > 0.02 for curve in (train_accuracy, val_accuracy)]
    if train_loss[n] > 0.9 * train_loss[0] and end(train_loss) < 0.5 * train_loss[0]:
        return "slow start"
    c = cuts[0] if cuts else 0
    if (
        cuts
        and train_loss[c - 1] < 0.9 * train_loss[c - 3]
        and end(train_loss) > 0.9 * train_loss[c]
    ):
        return "decayed too early"
    if not cuts and end(train_loss) > 0.95 * earlier(train_loss) and jumps:
        return "plateau"
    if end(train_accuracy) - end(val_accuracy) > 0.1:
        return "overfit"
    if all(rises):
        return "keep training"
    if end(train_accuracy) < 0.9:
        return "underfit"
    return "fine"


# %% diagnosis.name_curve wrong: never_falling
def name_curve(train_loss, train_accuracy, val_accuracy, lr):
    n = len(lr) // 4

    def end(curve):
        return curve[-n:].mean()

    def earlier(curve):
        return curve[-2 * n : -n].mean()

    cuts = [c for c in range(1, len(lr)) if lr[c] < lr[c - 1] / 2]
    jumps = train_loss[-n:].std() > 0.1 * end(train_loss)
    rises = [end(curve) - earlier(curve) > 0.02 for curve in (train_accuracy, val_accuracy)]
    if train_loss[n] > 0.9 * train_loss[0]:
        return "slow start"
    c = cuts[0] if cuts else 0
    if (
        cuts
        and train_loss[c - 1] < 0.9 * train_loss[c - 3]
        and end(train_loss) > 0.9 * train_loss[c]
    ):
        return "decayed too early"
    if not cuts and end(train_loss) > 0.95 * earlier(train_loss) and jumps:
        return "plateau"
    if end(train_accuracy) - end(val_accuracy) > 0.1:
        return "overfit"
    if all(rises):
        return "keep training"
    if end(train_accuracy) < 0.9:
        return "underfit"
    return "fine"


# %% diagnosis.name_curve wrong: every_cut
def name_curve(train_loss, train_accuracy, val_accuracy, lr):
    n = len(lr) // 4

    def end(curve):
        return curve[-n:].mean()

    def earlier(curve):
        return curve[-2 * n : -n].mean()

    cuts = [c for c in range(1, len(lr)) if lr[c] < lr[c - 1] / 2]
    jumps = train_loss[-n:].std() > 0.1 * end(train_loss)
    rises = [end(curve) - earlier(curve) > 0.02 for curve in (train_accuracy, val_accuracy)]
    if train_loss[n] > 0.9 * train_loss[0] and end(train_loss) < 0.5 * train_loss[0]:
        return "slow start"
    if cuts:
        return "decayed too early"
    if not cuts and end(train_loss) > 0.95 * earlier(train_loss) and jumps:
        return "plateau"
    if end(train_accuracy) - end(val_accuracy) > 0.1:
        return "overfit"
    if all(rises):
        return "keep training"
    if end(train_accuracy) < 0.9:
        return "underfit"
    return "fine"


# %% diagnosis.name_curve wrong: still_falling
def name_curve(train_loss, train_accuracy, val_accuracy, lr):
    n = len(lr) // 4

    def end(curve):
        return curve[-n:].mean()

    def earlier(curve):
        return curve[-2 * n : -n].mean()

    cuts = [c for c in range(1, len(lr)) if lr[c] < lr[c - 1] / 2]
    jumps = train_loss[-n:].std() > 0.1 * end(train_loss)
    rises = [end(curve) - earlier(curve) > 0.02 for curve in (train_accuracy, val_accuracy)]
    if train_loss[n] > 0.9 * train_loss[0] and end(train_loss) < 0.5 * train_loss[0]:
        return "slow start"
    c = cuts[0] if cuts else 0
    if cuts and train_loss[c - 1] < 0.9 * train_loss[c - 3]:
        return "decayed too early"
    if not cuts and end(train_loss) > 0.95 * earlier(train_loss) and jumps:
        return "plateau"
    if end(train_accuracy) - end(val_accuracy) > 0.1:
        return "overfit"
    if all(rises):
        return "keep training"
    if end(train_accuracy) < 0.9:
        return "underfit"
    return "fine"


# %% diagnosis.name_curve wrong: cut_overlooked
def name_curve(train_loss, train_accuracy, val_accuracy, lr):
    n = len(lr) // 4

    def end(curve):
        return curve[-n:].mean()

    def earlier(curve):
        return curve[-2 * n : -n].mean()

    cuts = [c for c in range(1, len(lr)) if lr[c] < lr[c - 1] / 2]
    jumps = train_loss[-n:].std() > 0.1 * end(train_loss)
    rises = [end(curve) - earlier(curve) > 0.02 for curve in (train_accuracy, val_accuracy)]
    if train_loss[n] > 0.9 * train_loss[0] and end(train_loss) < 0.5 * train_loss[0]:
        return "slow start"
    c = cuts[0] if cuts else 0
    if (
        cuts
        and train_loss[c - 1] < 0.9 * train_loss[c - 3]
        and end(train_loss) > 0.9 * train_loss[c]
    ):
        return "decayed too early"
    if end(train_loss) > 0.95 * earlier(train_loss) and jumps:
        return "plateau"
    if end(train_accuracy) - end(val_accuracy) > 0.1:
        return "overfit"
    if all(rises):
        return "keep training"
    if end(train_accuracy) < 0.9:
        return "underfit"
    return "fine"


# %% diagnosis.name_curve wrong: no_jumps
def name_curve(train_loss, train_accuracy, val_accuracy, lr):
    n = len(lr) // 4

    def end(curve):
        return curve[-n:].mean()

    def earlier(curve):
        return curve[-2 * n : -n].mean()

    cuts = [c for c in range(1, len(lr)) if lr[c] < lr[c - 1] / 2]
    rises = [end(curve) - earlier(curve) > 0.02 for curve in (train_accuracy, val_accuracy)]
    if train_loss[n] > 0.9 * train_loss[0] and end(train_loss) < 0.5 * train_loss[0]:
        return "slow start"
    c = cuts[0] if cuts else 0
    if (
        cuts
        and train_loss[c - 1] < 0.9 * train_loss[c - 3]
        and end(train_loss) > 0.9 * train_loss[c]
    ):
        return "decayed too early"
    if not cuts and end(train_loss) > 0.95 * earlier(train_loss):
        return "plateau"
    if end(train_accuracy) - end(val_accuracy) > 0.1:
        return "overfit"
    if all(rises):
        return "keep training"
    if end(train_accuracy) < 0.9:
        return "underfit"
    return "fine"


# %% diagnosis.name_curve wrong: jumps_alone
def name_curve(train_loss, train_accuracy, val_accuracy, lr):
    n = len(lr) // 4

    def end(curve):
        return curve[-n:].mean()

    def earlier(curve):
        return curve[-2 * n : -n].mean()

    cuts = [c for c in range(1, len(lr)) if lr[c] < lr[c - 1] / 2]
    jumps = train_loss[-n:].std() > 0.1 * end(train_loss)
    rises = [end(curve) - earlier(curve) > 0.02 for curve in (train_accuracy, val_accuracy)]
    if train_loss[n] > 0.9 * train_loss[0] and end(train_loss) < 0.5 * train_loss[0]:
        return "slow start"
    c = cuts[0] if cuts else 0
    if (
        cuts
        and train_loss[c - 1] < 0.9 * train_loss[c - 3]
        and end(train_loss) > 0.9 * train_loss[c]
    ):
        return "decayed too early"
    if not cuts and jumps:
        return "plateau"
    if end(train_accuracy) - end(val_accuracy) > 0.1:
        return "overfit"
    if all(rises):
        return "keep training"
    if end(train_accuracy) < 0.9:
        return "underfit"
    return "fine"


# %% diagnosis.name_curve wrong: gap_reversed
def name_curve(train_loss, train_accuracy, val_accuracy, lr):
    n = len(lr) // 4

    def end(curve):
        return curve[-n:].mean()

    def earlier(curve):
        return curve[-2 * n : -n].mean()

    cuts = [c for c in range(1, len(lr)) if lr[c] < lr[c - 1] / 2]
    jumps = train_loss[-n:].std() > 0.1 * end(train_loss)
    rises = [end(curve) - earlier(curve) > 0.02 for curve in (train_accuracy, val_accuracy)]
    if train_loss[n] > 0.9 * train_loss[0] and end(train_loss) < 0.5 * train_loss[0]:
        return "slow start"
    c = cuts[0] if cuts else 0
    if (
        cuts
        and train_loss[c - 1] < 0.9 * train_loss[c - 3]
        and end(train_loss) > 0.9 * train_loss[c]
    ):
        return "decayed too early"
    if not cuts and end(train_loss) > 0.95 * earlier(train_loss) and jumps:
        return "plateau"
    if end(val_accuracy) - end(train_accuracy) > 0.1:
        return "overfit"
    if all(rises):
        return "keep training"
    if end(train_accuracy) < 0.9:
        return "underfit"
    return "fine"


# %% diagnosis.name_curve wrong: gap_either_way
def name_curve(train_loss, train_accuracy, val_accuracy, lr):
    n = len(lr) // 4

    def end(curve):
        return curve[-n:].mean()

    def earlier(curve):
        return curve[-2 * n : -n].mean()

    cuts = [c for c in range(1, len(lr)) if lr[c] < lr[c - 1] / 2]
    jumps = train_loss[-n:].std() > 0.1 * end(train_loss)
    rises = [end(curve) - earlier(curve) > 0.02 for curve in (train_accuracy, val_accuracy)]
    if train_loss[n] > 0.9 * train_loss[0] and end(train_loss) < 0.5 * train_loss[0]:
        return "slow start"
    c = cuts[0] if cuts else 0
    if (
        cuts
        and train_loss[c - 1] < 0.9 * train_loss[c - 3]
        and end(train_loss) > 0.9 * train_loss[c]
    ):
        return "decayed too early"
    if not cuts and end(train_loss) > 0.95 * earlier(train_loss) and jumps:
        return "plateau"
    if (end(train_accuracy) - end(val_accuracy)).abs() > 0.1:
        return "overfit"
    if all(rises):
        return "keep training"
    if end(train_accuracy) < 0.9:
        return "underfit"
    return "fine"


# %% diagnosis.name_curve wrong: either_rises
def name_curve(train_loss, train_accuracy, val_accuracy, lr):
    n = len(lr) // 4

    def end(curve):
        return curve[-n:].mean()

    def earlier(curve):
        return curve[-2 * n : -n].mean()

    cuts = [c for c in range(1, len(lr)) if lr[c] < lr[c - 1] / 2]
    jumps = train_loss[-n:].std() > 0.1 * end(train_loss)
    rises = [end(curve) - earlier(curve) > 0.02 for curve in (train_accuracy, val_accuracy)]
    if train_loss[n] > 0.9 * train_loss[0] and end(train_loss) < 0.5 * train_loss[0]:
        return "slow start"
    c = cuts[0] if cuts else 0
    if (
        cuts
        and train_loss[c - 1] < 0.9 * train_loss[c - 3]
        and end(train_loss) > 0.9 * train_loss[c]
    ):
        return "decayed too early"
    if not cuts and end(train_loss) > 0.95 * earlier(train_loss) and jumps:
        return "plateau"
    if end(train_accuracy) - end(val_accuracy) > 0.1:
        return "overfit"
    if any(rises):
        return "keep training"
    if end(train_accuracy) < 0.9:
        return "underfit"
    return "fine"


# %% diagnosis.name_curve wrong: underfit_first
def name_curve(train_loss, train_accuracy, val_accuracy, lr):
    n = len(lr) // 4

    def end(curve):
        return curve[-n:].mean()

    def earlier(curve):
        return curve[-2 * n : -n].mean()

    cuts = [c for c in range(1, len(lr)) if lr[c] < lr[c - 1] / 2]
    jumps = train_loss[-n:].std() > 0.1 * end(train_loss)
    rises = [end(curve) - earlier(curve) > 0.02 for curve in (train_accuracy, val_accuracy)]
    if train_loss[n] > 0.9 * train_loss[0] and end(train_loss) < 0.5 * train_loss[0]:
        return "slow start"
    c = cuts[0] if cuts else 0
    if (
        cuts
        and train_loss[c - 1] < 0.9 * train_loss[c - 3]
        and end(train_loss) > 0.9 * train_loss[c]
    ):
        return "decayed too early"
    if not cuts and end(train_loss) > 0.95 * earlier(train_loss) and jumps:
        return "plateau"
    if end(train_accuracy) - end(val_accuracy) > 0.1:
        return "overfit"
    if end(train_accuracy) < 0.9:
        return "underfit"
    if all(rises):
        return "keep training"
    return "fine"


# %% diagnosis.name_curve wrong: rise_first
def name_curve(train_loss, train_accuracy, val_accuracy, lr):
    n = len(lr) // 4

    def end(curve):
        return curve[-n:].mean()

    def earlier(curve):
        return curve[-2 * n : -n].mean()

    cuts = [c for c in range(1, len(lr)) if lr[c] < lr[c - 1] / 2]
    jumps = train_loss[-n:].std() > 0.1 * end(train_loss)
    rises = [end(curve) - earlier(curve) > 0.02 for curve in (train_accuracy, val_accuracy)]
    if train_loss[n] > 0.9 * train_loss[0] and end(train_loss) < 0.5 * train_loss[0]:
        return "slow start"
    c = cuts[0] if cuts else 0
    if (
        cuts
        and train_loss[c - 1] < 0.9 * train_loss[c - 3]
        and end(train_loss) > 0.9 * train_loss[c]
    ):
        return "decayed too early"
    if not cuts and end(train_loss) > 0.95 * earlier(train_loss) and jumps:
        return "plateau"
    if all(rises):
        return "keep training"
    if end(train_accuracy) - end(val_accuracy) > 0.1:
        return "overfit"
    if end(train_accuracy) < 0.9:
        return "underfit"
    return "fine"


# %% diagnosis.name_curve wrong: last_epoch
def name_curve(train_loss, train_accuracy, val_accuracy, lr):
    n = len(lr) // 4

    def end(curve):
        return curve[-1]

    def earlier(curve):
        return curve[-1 - n]

    cuts = [c for c in range(1, len(lr)) if lr[c] < lr[c - 1] / 2]
    jumps = train_loss[-n:].std() > 0.1 * end(train_loss)
    rises = [end(curve) - earlier(curve) > 0.02 for curve in (train_accuracy, val_accuracy)]
    if train_loss[n] > 0.9 * train_loss[0] and end(train_loss) < 0.5 * train_loss[0]:
        return "slow start"
    c = cuts[0] if cuts else 0
    if (
        cuts
        and train_loss[c - 1] < 0.9 * train_loss[c - 3]
        and end(train_loss) > 0.9 * train_loss[c]
    ):
        return "decayed too early"
    if not cuts and end(train_loss) > 0.95 * earlier(train_loss) and jumps:
        return "plateau"
    if end(train_accuracy) - end(val_accuracy) > 0.1:
        return "overfit"
    if all(rises):
        return "keep training"
    if end(train_accuracy) < 0.9:
        return "underfit"
    return "fine"
