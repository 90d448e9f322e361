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
