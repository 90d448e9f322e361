"""Answers to the exercises on curves: wrong ones that students give, named by mistake, and other right ones."""


# %% curves.moving_average right: cumulative_sum
def moving_average(values, window):
    total = torch.cat([values.new_zeros(1), values]).double().cumsum(0)
    end = torch.arange(1, len(values) + 1, device=values.device)
    start = (end - window).clamp(min=0)
    return ((total[end] - total[start]) / (end - start)).to(values.dtype)


# %% curves.moving_average right: running_window
def moving_average(values, window):
    recent, means = [], torch.empty_like(values)
    for t, value in enumerate(values.tolist()):
        recent = [*recent, value][-window:]
        means[t] = sum(recent) / len(recent)
    return means


# %% curves.moving_average right: convolution
def moving_average(values, window):
    kernel = values.new_ones(1, 1, window)
    padded = F.pad(values[None, None], (window - 1, 0))
    sums = F.conv1d(padded, kernel).flatten()
    counts = F.conv1d(F.pad(torch.ones_like(values)[None, None], (window - 1, 0)), kernel)
    return sums / counts.flatten()


# %% curves.moving_average wrong: too_short
def moving_average(values, window):
    return values.unfold(0, window, 1).mean(1)


# %% curves.moving_average wrong: zeros_before
def moving_average(values, window):
    padded = torch.cat([values.new_zeros(window - 1), values])
    return padded.unfold(0, window, 1).mean(1)


# %% curves.moving_average wrong: nan_before
def moving_average(values, window):
    means = torch.full_like(values, math.nan)
    if window <= len(values):
        means[window - 1 :] = values.unfold(0, window, 1).mean(1)
    return means


# %% curves.moving_average wrong: first_repeated
def moving_average(values, window):
    padded = torch.cat([values[:1].expand(window - 1), values])
    return padded.unfold(0, window, 1).mean(1)


# %% curves.moving_average wrong: centered
def moving_average(values, window):
    left = (window - 1) // 2
    parts = [values[max(0, t - left) : t - left + window] for t in range(len(values))]
    return torch.stack([part.mean() for part in parts])


# %% curves.moving_average wrong: looks_ahead
def moving_average(values, window):
    return torch.stack([values[t : t + window].mean() for t in range(len(values))])


# %% curves.moving_average wrong: one_too_many
def moving_average(values, window):
    return torch.stack([values[max(0, t - window) : t + 1].mean() for t in range(len(values))])


# %% curves.moving_average wrong: without_itself
def moving_average(values, window):
    steps = range(1, len(values))
    means = [values[max(0, t - window) : t].mean() for t in steps]
    return torch.stack([values[0], *means])


# %% curves.moving_average wrong: exponential
def moving_average(values, window):
    means, share = [values[0]], 1 / window
    for value in values[1:]:
        means.append((1 - share) * means[-1] + share * value)
    return torch.stack(means)


# %% curves.moving_average wrong: all_so_far
def moving_average(values, window):
    counts = torch.arange(1, len(values) + 1, dtype=values.dtype, device=values.device)
    return values.cumsum(0) / counts


# %% curves.moving_average wrong: in_place
def moving_average(values, window):
    for t in range(len(values)):
        values[t] = values[max(0, t - window + 1) : t + 1].mean()
    return values


# %% curves.moving_average wrong: float32
def moving_average(values, window):
    parts = [values[max(0, t - window + 1) : t + 1] for t in range(len(values))]
    return torch.tensor([part.mean().item() for part in parts])


# %% curves.name_curve right: numpy_quarters
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


# %% curves.name_curve right: plain_lists
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


# %% curves.name_curve right: functions
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


# %% curves.name_curve wrong: never_falling
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


# %% curves.name_curve wrong: every_cut
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


# %% curves.name_curve wrong: still_falling
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


# %% curves.name_curve wrong: cut_overlooked
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


# %% curves.name_curve wrong: no_jumps
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


# %% curves.name_curve wrong: jumps_alone
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


# %% curves.name_curve wrong: gap_reversed
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


# %% curves.name_curve wrong: gap_either_way
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


# %% curves.name_curve wrong: either_rises
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


# %% curves.name_curve wrong: underfit_first
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


# %% curves.name_curve wrong: rise_first
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


# %% curves.name_curve wrong: last_epoch
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


# %% curves.update_ratios right: state_dict_copy
def update_ratios(model, optimizer, images, labels):
    before = copy.deepcopy(dict(model.named_parameters()))
    for parameter in model.parameters():
        parameter.grad = None
    nn.CrossEntropyLoss()(model(images), labels).backward()
    optimizer.step()
    after = dict(model.named_parameters())
    return {
        name: torch.dist(after[name], old) / torch.linalg.vector_norm(old)
        for name, old in before.items()
        if old.abs().max() > 0
    }


# %% curves.update_ratios right: numpy_norms
import numpy as np


def update_ratios(model, optimizer, images, labels):
    def weights():
        return {
            n: p.detach().cpu().double().numpy().ravel().copy() for n, p in model.named_parameters()
        }

    old = weights()
    optimizer.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()
    new = weights()
    norms = {
        name: (np.linalg.norm(new[name] - old[name]), np.linalg.norm(old[name])) for name in old
    }
    return {name: float(change / size) for name, (change, size) in norms.items() if size != 0}


# %% curves.update_ratios right: roots_of_sums
def update_ratios(model, optimizer, images, labels):
    names, parameters = zip(*model.named_parameters(), strict=True)
    snapshot = [p.data.clone() for p in parameters]
    entropy = F.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    entropy.backward()
    optimizer.step()
    found = {}
    for name, now, then in zip(names, parameters, snapshot, strict=True):
        squares = then.square().sum().item()
        if squares:
            found[name] = math.sqrt((now.data - then).square().sum().item() / squares)
    return found


# %% curves.update_ratios wrong: aliased
def update_ratios(model, optimizer, images, labels):
    before = {name: p.data for name, p in model.named_parameters()}
    optimizer.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()
    ratios = {}
    for name, p in model.named_parameters():
        if before[name].any():
            ratios[name] = ((p.detach() - before[name]).norm() / before[name].norm()).item()
    return ratios


# %% curves.update_ratios wrong: rate_times_gradient
def update_ratios(model, optimizer, images, labels):
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()
    lr, ratios = optimizer.param_groups[0]["lr"], {}
    for name, p in model.named_parameters():
        if before[name].any():
            change = 0.0 if p.grad is None else lr * p.grad.norm().item()
            ratios[name] = change / before[name].norm().item()
    return ratios


# %% curves.update_ratios wrong: over_after
def update_ratios(model, optimizer, images, labels):
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()
    ratios = {}
    for name, p in model.named_parameters():
        if before[name].any():
            ratios[name] = ((p.detach() - before[name]).norm() / p.detach().norm()).item()
    return ratios


# %% curves.update_ratios wrong: difference_of_norms
def update_ratios(model, optimizer, images, labels):
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()
    ratios = {}
    for name, p in model.named_parameters():
        if before[name].any():
            ratios[name] = (
                (p.detach().norm() - before[name].norm()).abs() / before[name].norm()
            ).item()
    return ratios


# %% curves.update_ratios wrong: squared
def update_ratios(model, optimizer, images, labels):
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()
    ratios = {}
    for name, p in model.named_parameters():
        if before[name].any():
            ratios[name] = (
                (p.detach() - before[name]).square().sum() / before[name].square().sum()
            ).item()
    return ratios


# %% curves.update_ratios wrong: largest
def update_ratios(model, optimizer, images, labels):
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()
    ratios = {}
    for name, p in model.named_parameters():
        if before[name].any():
            ratios[name] = (
                (p.detach() - before[name]).abs().max() / before[name].abs().max()
            ).item()
    return ratios


# %% curves.update_ratios wrong: mean_of_ratios
def update_ratios(model, optimizer, images, labels):
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()
    ratios = {}
    for name, p in model.named_parameters():
        if before[name].any():
            ratios[name] = (((p.detach() - before[name]) / before[name]).abs().mean()).item()
    return ratios


# %% curves.update_ratios wrong: one_for_all
def update_ratios(model, optimizer, images, labels):
    names, parameters = zip(*model.named_parameters(), strict=True)
    before = [p.detach().clone() for p in parameters]
    optimizer.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()
    changes = [(p.detach() - old).norm() for p, old in zip(parameters, before, strict=True)]
    ratio = torch.stack(changes).norm() / torch.stack([old.norm() for old in before]).norm()
    return {name: ratio.item() for name, old in zip(names, before, strict=True) if old.any()}


# %% curves.update_ratios wrong: no_zero_grad
def update_ratios(model, optimizer, images, labels):
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()
    ratios = {}
    for name, p in model.named_parameters():
        if before[name].any():
            ratios[name] = ((p.detach() - before[name]).norm() / before[name].norm()).item()
    return ratios


# %% curves.update_ratios wrong: zero_kept
def update_ratios(model, optimizer, images, labels):
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()
    ratios = {}
    for name, p in model.named_parameters():
        ratios[name] = ((p.detach() - before[name]).norm() / before[name].norm()).item()
    return ratios


# %% curves.update_ratios wrong: weights_only
def update_ratios(model, optimizer, images, labels):
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()
    ratios = {}
    for name, p in model.named_parameters():
        if p.dim() > 1:
            ratios[name] = ((p.detach() - before[name]).norm() / before[name].norm()).item()
    return ratios


# %% curves.update_ratios wrong: not_restored
def update_ratios(model, optimizer, images, labels):
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()
    ratios = {}
    for name, p in model.named_parameters():
        if before[name].any():
            ratios[name] = ((p.detach() - before[name]).norm() / before[name].norm()).item()
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.copy_(before[name])
    return ratios
