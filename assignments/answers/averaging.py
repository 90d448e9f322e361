"""Answers to the exercises on snapshots and averaged weights: wrong ones that students give, other right ones."""


# %% averaging.snapshots right: one_loop
def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    snapshots = []
    for t in range(num_cycles * cycle_steps):
        rate = lr / 2 * (1 + math.cos(math.pi * (t % cycle_steps) / cycle_steps))
        for group in optimizer.param_groups:
            group["lr"] = rate
        train_step()
        if (t + 1) % cycle_steps == 0:
            snapshots.append({name: value.clone() for name, value in model.state_dict().items()})
    return snapshots


# %% averaging.snapshots right: library_schedule
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts


def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    for group in optimizer.param_groups:
        group["lr"] = lr
    schedule = CosineAnnealingWarmRestarts(optimizer, T_0=cycle_steps)
    snapshots = []
    for step in range(1, num_cycles * cycle_steps + 1):
        train_step()
        schedule.step()
        if not step % cycle_steps:
            snapshots.append(copy.deepcopy(model).state_dict())
    return tuple(snapshots)


# %% averaging.snapshots right: half_angle
import numpy as np


def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    angles = np.linspace(0, np.pi / 2, cycle_steps, endpoint=False)
    rates = lr * np.cos(angles) ** 2
    found = [None] * num_cycles
    for cycle in range(num_cycles):
        for rate in rates:
            for group in optimizer.param_groups:
                group.update(lr=float(rate))
            train_step()
        state = model.state_dict()
        found[cycle] = type(state)((key, state[key].detach().clone()) for key in state)
    return found


# %% averaging.snapshots right: float_tensor_rate
def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    share = (1 + torch.cos(torch.arange(cycle_steps) / cycle_steps * torch.pi)) / 2
    rates = (share * lr).tolist() * num_cycles
    snapshots = []
    for t, rate in enumerate(rates, 1):
        for i in range(len(optimizer.param_groups)):
            optimizer.param_groups[i]["lr"] = rate
        train_step()
        if t % cycle_steps == 0:
            snapshots.append(copy.deepcopy(model.state_dict()))
    return snapshots


# %% averaging.snapshots wrong: aliased
def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    snapshots = []
    for _ in range(num_cycles):
        for step in range(cycle_steps):
            for group in optimizer.param_groups:
                group["lr"] = lr * (1 + math.cos(math.pi * step / cycle_steps)) / 2
            train_step()
        snapshots.append(dict(model.state_dict()))
    return snapshots


# %% averaging.snapshots wrong: before_last_step
def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    snapshots = []
    for _ in range(num_cycles):
        for step in range(cycle_steps):
            for group in optimizer.param_groups:
                group["lr"] = lr * (1 + math.cos(math.pi * step / cycle_steps)) / 2
            if step == cycle_steps - 1:
                snapshots.append(copy.deepcopy(model.state_dict()))
            train_step()
    return snapshots


# %% averaging.snapshots wrong: after_first_step
def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    snapshots = []
    for _ in range(num_cycles):
        for step in range(cycle_steps):
            for group in optimizer.param_groups:
                group["lr"] = lr * (1 + math.cos(math.pi * step / cycle_steps)) / 2
            train_step()
            if step == 0:
                snapshots.append(copy.deepcopy(model.state_dict()))
    return snapshots


# %% averaging.snapshots wrong: at_the_start
def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    snapshots = []
    for _ in range(num_cycles):
        snapshots.append(copy.deepcopy(model.state_dict()))
        for step in range(cycle_steps):
            for group in optimizer.param_groups:
                group["lr"] = lr * (1 + math.cos(math.pi * step / cycle_steps)) / 2
            train_step()
    return snapshots


# %% averaging.snapshots wrong: last_missing
def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    snapshots = []
    for t in range(num_cycles * cycle_steps):
        if t > 0 and t % cycle_steps == 0:
            snapshots.append(copy.deepcopy(model.state_dict()))
        share = (1 + math.cos(math.pi * (t % cycle_steps) / cycle_steps)) / 2
        for group in optimizer.param_groups:
            group["lr"] = lr * share
        train_step()
    return snapshots


# %% averaging.snapshots wrong: every_step
def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    snapshots = []
    for _ in range(num_cycles):
        for step in range(cycle_steps):
            for group in optimizer.param_groups:
                group["lr"] = lr * (1 + math.cos(math.pi * step / cycle_steps)) / 2
            train_step()
            snapshots.append(copy.deepcopy(model.state_dict()))
    return snapshots


# %% averaging.snapshots wrong: one_cosine
def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    snapshots, num_steps = [], num_cycles * cycle_steps
    for t in range(num_steps):
        for group in optimizer.param_groups:
            group["lr"] = lr * (1 + math.cos(math.pi * t / num_steps)) / 2
        train_step()
        if (t + 1) % cycle_steps == 0:
            snapshots.append(copy.deepcopy(model.state_dict()))
    return snapshots


# %% averaging.snapshots wrong: reaches_zero
def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    snapshots = []
    for _ in range(num_cycles):
        for step in range(cycle_steps):
            for group in optimizer.param_groups:
                group["lr"] = lr * (1 + math.cos(math.pi * step / max(cycle_steps - 1, 1))) / 2
            train_step()
        snapshots.append(copy.deepcopy(model.state_dict()))
    return snapshots


# %% averaging.snapshots wrong: step_ahead
def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    snapshots = []
    for _ in range(num_cycles):
        for step in range(cycle_steps):
            for group in optimizer.param_groups:
                group["lr"] = lr * (1 + math.cos(math.pi * (step + 1) / cycle_steps)) / 2
            train_step()
        snapshots.append(copy.deepcopy(model.state_dict()))
    return snapshots


# %% averaging.snapshots wrong: step_behind
def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    snapshots = []
    for _ in range(num_cycles):
        for step in range(cycle_steps):
            train_step()
            for group in optimizer.param_groups:
                group["lr"] = lr * (1 + math.cos(math.pi * step / cycle_steps)) / 2
        snapshots.append(copy.deepcopy(model.state_dict()))
    return snapshots


# %% averaging.snapshots wrong: linear
def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    snapshots = []
    for _ in range(num_cycles):
        for step in range(cycle_steps):
            for group in optimizer.param_groups:
                group["lr"] = lr * (1 - step / cycle_steps)
            train_step()
        snapshots.append(copy.deepcopy(model.state_dict()))
    return snapshots


# %% averaging.snapshots wrong: no_half
def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    snapshots = []
    for _ in range(num_cycles):
        for step in range(cycle_steps):
            for group in optimizer.param_groups:
                group["lr"] = lr * (1 + math.cos(math.pi * step / cycle_steps))
            train_step()
        snapshots.append(copy.deepcopy(model.state_dict()))
    return snapshots


# %% averaging.snapshots wrong: full_period
def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    snapshots = []
    for _ in range(num_cycles):
        for step in range(cycle_steps):
            for group in optimizer.param_groups:
                group["lr"] = lr * (1 + math.cos(2 * math.pi * step / cycle_steps)) / 2
            train_step()
        snapshots.append(copy.deepcopy(model.state_dict()))
    return snapshots


# %% averaging.snapshots wrong: first_group
def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    snapshots = []
    for _ in range(num_cycles):
        for step in range(cycle_steps):
            optimizer.param_groups[0]["lr"] = lr * (1 + math.cos(math.pi * step / cycle_steps)) / 2
            train_step()
        snapshots.append(copy.deepcopy(model.state_dict()))
    return snapshots


# %% averaging.snapshots wrong: weights_only
def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    snapshots = []
    for _ in range(num_cycles):
        for step in range(cycle_steps):
            for group in optimizer.param_groups:
                group["lr"] = lr * (1 + math.cos(math.pi * step / cycle_steps)) / 2
            train_step()
        snapshots.append({name: p.detach().clone() for name, p in model.named_parameters()})
    return snapshots


# %% averaging.snapshots wrong: starts_over
def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    snapshots, start = [], copy.deepcopy(model.state_dict())
    for _ in range(num_cycles):
        model.load_state_dict(start)
        for step in range(cycle_steps):
            for group in optimizer.param_groups:
                group["lr"] = lr * (1 + math.cos(math.pi * step / cycle_steps)) / 2
            train_step()
        snapshots.append(copy.deepcopy(model.state_dict()))
    return snapshots


# %% averaging.snapshots wrong: modules
def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    snapshots = []
    for _ in range(num_cycles):
        for step in range(cycle_steps):
            for group in optimizer.param_groups:
                group["lr"] = lr * (1 + math.cos(math.pi * step / cycle_steps)) / 2
            train_step()
        snapshots.append(copy.deepcopy(model))
    return snapshots


# %% averaging.polyak right: state_dicts
class PolyakAverage(nn.Module):
    def __init__(self, model, decay=0.995):
        super().__init__()
        self.average, self.decay = copy.deepcopy(model), decay

    @torch.no_grad()
    def update(self, model):
        state, trained = self.average.state_dict(), model.state_dict()
        weights = {name for name, _ in model.named_parameters()}
        for name in state:
            if name in weights:
                trained[name] = self.decay * state[name] + (1 - self.decay) * trained[name]
        self.average.load_state_dict(trained)

    def forward(self, x):
        print(x.shape)
        return self.average.forward(x)


# %% averaging.polyak right: data_of_parameters
class PolyakAverage(nn.Module):
    def __init__(self, model, decay=0.995):
        super().__init__()
        self.decay = decay
        self.average = copy.deepcopy(model).requires_grad_(False)

    def update(self, model):
        trained = dict(model.named_parameters())
        for name, p in self.average.named_parameters():
            p.data = p.data + (1 - self.decay) * (trained[name].data - p.data)
        buffers = dict(model.named_buffers())
        for name, b in self.average.named_buffers():
            b.data = buffers[name].clone()

    def forward(self, *args):
        return self.average(*args)


# %% averaging.polyak right: foreach
class PolyakAverage(nn.Module):
    def __init__(self, model, decay=0.995):
        super().__init__()
        self.decay = decay
        self.average = copy.deepcopy(model).eval()

    @torch.no_grad()
    def update(self, model):
        own = list(self.average.parameters())
        torch._foreach_mul_(own, self.decay)
        torch._foreach_add_(own, list(model.parameters()), alpha=1 - self.decay)
        for mine, other in zip(self.average.buffers(), model.buffers()):
            mine.data.copy_(other)

    def forward(self, x):
        return self.average(x)


# %% averaging.polyak right: library
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


class PolyakAverage(nn.Module):
    def __init__(self, model, decay=0.995):
        super().__init__()
        self.inner = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay))
        self.inner.update_parameters(model)

    @property
    def average(self):
        return self.inner.module

    def update(self, model):
        self.inner.update_parameters(model)

    def forward(self, x):
        return self.inner(x)


# %% averaging.polyak wrong: swapped
class PolyakAverage(nn.Module):
    def __init__(self, model, decay=0.995):
        super().__init__()
        self.decay = decay
        self.average = copy.deepcopy(model)

    def update(self, model):
        with torch.no_grad():
            for mean, latest in zip(self.average.parameters(), model.parameters(), strict=True):
                mean.lerp_(latest, self.decay)
            for mine, latest in zip(self.average.buffers(), model.buffers(), strict=True):
                mine.copy_(latest)

    def forward(self, x):
        return self.average(x)


# %% averaging.polyak wrong: from_zero
class PolyakAverage(nn.Module):
    def __init__(self, model, decay=0.995):
        super().__init__()
        self.decay = decay
        self.average = copy.deepcopy(model)
        for weight in self.average.parameters():
            nn.init.zeros_(weight)

    def update(self, model):
        with torch.no_grad():
            for mean, latest in zip(self.average.parameters(), model.parameters(), strict=True):
                mean.lerp_(latest, 1 - self.decay)
            for mine, latest in zip(self.average.buffers(), model.buffers(), strict=True):
                mine.copy_(latest)

    def forward(self, x):
        return self.average(x)


# %% averaging.polyak wrong: aliased
class PolyakAverage(nn.Module):
    def __init__(self, model, decay=0.995):
        super().__init__()
        self.decay = decay
        self.average = model

    def update(self, model):
        with torch.no_grad():
            for mean, latest in zip(self.average.parameters(), model.parameters(), strict=True):
                mean.lerp_(latest, 1 - self.decay)
            for mine, latest in zip(self.average.buffers(), model.buffers(), strict=True):
                mine.copy_(latest)

    def forward(self, x):
        return self.average(x)


# %% averaging.polyak wrong: never_updated
class PolyakAverage(nn.Module):
    def __init__(self, model, decay=0.995):
        super().__init__()
        self.decay = decay
        self.average = copy.deepcopy(model)

    def update(self, model):
        with torch.no_grad():
            for mean, latest in zip(self.average.parameters(), model.parameters(), strict=True):
                mean = self.decay * mean + (1 - self.decay) * latest
            for mine, latest in zip(self.average.buffers(), model.buffers(), strict=True):
                mine.copy_(latest)

    def forward(self, x):
        return self.average(x)


# %% averaging.polyak wrong: wrong_direction
class PolyakAverage(nn.Module):
    def __init__(self, model, decay=0.995):
        super().__init__()
        self.decay = decay
        self.average = copy.deepcopy(model)

    def update(self, model):
        with torch.no_grad():
            for mean, latest in zip(self.average.parameters(), model.parameters(), strict=True):
                mean.sub_((1 - self.decay) * (latest - mean))
            for mine, latest in zip(self.average.buffers(), model.buffers(), strict=True):
                mine.copy_(latest)

    def forward(self, x):
        return self.average(x)


# %% averaging.polyak wrong: not_scaled
class PolyakAverage(nn.Module):
    def __init__(self, model, decay=0.995):
        super().__init__()
        self.decay = decay
        self.average = copy.deepcopy(model)

    def update(self, model):
        with torch.no_grad():
            for mean, latest in zip(self.average.parameters(), model.parameters(), strict=True):
                mean.mul_(self.decay).add_(latest)
            for mine, latest in zip(self.average.buffers(), model.buffers(), strict=True):
                mine.copy_(latest)

    def forward(self, x):
        return self.average(x)


# %% averaging.polyak wrong: equal_shares
class PolyakAverage(nn.Module):
    def __init__(self, model, decay=0.995):
        super().__init__()
        self.decay = decay
        self.register_buffer("count", torch.tensor(1.0))
        self.average = copy.deepcopy(model)

    def update(self, model):
        with torch.no_grad():
            for mean, latest in zip(self.average.parameters(), model.parameters(), strict=True):
                mean.lerp_(latest, 1 / (float(self.count) + 1))
            for mine, latest in zip(self.average.buffers(), model.buffers(), strict=True):
                mine.copy_(latest)
            self.count += 1

    def forward(self, x):
        return self.average(x)


# %% averaging.polyak wrong: bias_corrected
class PolyakAverage(nn.Module):
    def __init__(self, model, decay=0.995):
        super().__init__()
        self.decay = decay
        self.register_buffer("count", torch.tensor(0))
        self.average = copy.deepcopy(model)

    def update(self, model):
        with torch.no_grad():
            self.count += 1
            correction = max(1 - self.decay ** int(self.count), 1e-12)
            for mean, latest in zip(self.average.parameters(), model.parameters(), strict=True):
                mean.lerp_(latest, (1 - self.decay) / correction)
            for mine, latest in zip(self.average.buffers(), model.buffers(), strict=True):
                mine.copy_(latest)

    def forward(self, x):
        return self.average(x)


# %% averaging.polyak wrong: warm_up
class PolyakAverage(nn.Module):
    def __init__(self, model, decay=0.995):
        super().__init__()
        self.decay = decay
        self.register_buffer("count", torch.tensor(0))
        self.average = copy.deepcopy(model)

    def update(self, model):
        with torch.no_grad():
            self.count += 1
            decay = min(self.decay, (1 + int(self.count)) / (10 + int(self.count)))
            for mean, latest in zip(self.average.parameters(), model.parameters(), strict=True):
                mean.lerp_(latest, 1 - decay)
            for mine, latest in zip(self.average.buffers(), model.buffers(), strict=True):
                mine.copy_(latest)

    def forward(self, x):
        return self.average(x)


# %% averaging.polyak wrong: first_update_copies
class PolyakAverage(nn.Module):
    def __init__(self, model, decay=0.995):
        super().__init__()
        self.decay = decay
        self.register_buffer("count", torch.tensor(0))
        self.average = copy.deepcopy(model)

    def update(self, model):
        with torch.no_grad():
            for mean, latest in zip(self.average.parameters(), model.parameters(), strict=True):
                mean.lerp_(latest, 1 - self.decay if self.count else 1.0)
            for mine, latest in zip(self.average.buffers(), model.buffers(), strict=True):
                mine.copy_(latest)
            self.count += 1

    def forward(self, x):
        return self.average(x)


# %% averaging.polyak wrong: written_back
class PolyakAverage(nn.Module):
    def __init__(self, model, decay=0.995):
        super().__init__()
        self.decay = decay
        self.average = copy.deepcopy(model)

    def update(self, model):
        with torch.no_grad():
            for mean, latest in zip(self.average.parameters(), model.parameters(), strict=True):
                mean.lerp_(latest, 1 - self.decay)
                latest.copy_(mean)
            for mine, latest in zip(self.average.buffers(), model.buffers(), strict=True):
                mine.copy_(latest)

    def forward(self, x):
        return self.average(x)


# %% averaging.polyak wrong: buffers_left_out
class PolyakAverage(nn.Module):
    def __init__(self, model, decay=0.995):
        super().__init__()
        self.decay = decay
        self.average = copy.deepcopy(model)

    def update(self, model):
        with torch.no_grad():
            for mean, latest in zip(self.average.parameters(), model.parameters(), strict=True):
                mean.lerp_(latest, 1 - self.decay)

    def forward(self, x):
        return self.average(x)


# %% averaging.polyak wrong: buffers_averaged
class PolyakAverage(nn.Module):
    def __init__(self, model, decay=0.995):
        super().__init__()
        self.decay = decay
        self.average = copy.deepcopy(model)

    def update(self, model):
        with torch.no_grad():
            for mean, latest in zip(self.average.parameters(), model.parameters(), strict=True):
                mean.lerp_(latest, 1 - self.decay)
            for mine, latest in zip(self.average.buffers(), model.buffers(), strict=True):
                if mine.is_floating_point():
                    mine.lerp_(latest, 1 - self.decay)
                else:
                    mine.copy_(latest)

    def forward(self, x):
        return self.average(x)


# %% averaging.polyak wrong: integer_averaged
class PolyakAverage(nn.Module):
    def __init__(self, model, decay=0.995):
        super().__init__()
        self.decay = decay
        self.average = copy.deepcopy(model)

    def update(self, model):
        trained = model.state_dict()
        for name, mean in self.average.state_dict().items():
            mean.mul_(self.decay).add_(trained[name], alpha=1 - self.decay)

    def forward(self, x):
        return self.average(x)


# %% averaging.polyak wrong: with_gradients
class PolyakAverage(nn.Module):
    def __init__(self, model, decay=0.995):
        super().__init__()
        self.decay = decay
        self.average = copy.deepcopy(model)

    def update(self, model):
        for _ in range(1):
            for mean, latest in zip(self.average.parameters(), model.parameters(), strict=True):
                mean.lerp_(latest, 1 - self.decay)
            for mine, latest in zip(self.average.buffers(), model.buffers(), strict=True):
                mine.copy_(latest)

    def forward(self, x):
        return self.average(x)


# %% averaging.polyak wrong: forward_trained
class PolyakAverage(nn.Module):
    def __init__(self, model, decay=0.995):
        super().__init__()
        self.decay = decay
        self.average = copy.deepcopy(model)
        self.trained = [model]

    def update(self, model):
        with torch.no_grad():
            for mean, latest in zip(self.average.parameters(), model.parameters(), strict=True):
                mean.lerp_(latest, 1 - self.decay)
            for mine, latest in zip(self.average.buffers(), model.buffers(), strict=True):
                mine.copy_(latest)

    def forward(self, x):
        return self.trained[0](x)


# %% averaging.batchnorm right: momentum_by_count
def recompute_statistics(model, minibatches):
    modes = {module: module.training for module in model.modules()}
    norms = [m for m in modes if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    old = [m.momentum for m in norms]
    model.train()
    with torch.no_grad():
        for count, batch in enumerate(minibatches, 1):
            for m in norms:
                m.momentum = 1 / count
            model(batch)
    for m, momentum in zip(norms, old):
        m.momentum = momentum
    for module, training in modes.items():
        module.training = training


# %% averaging.batchnorm right: hooks
def recompute_statistics(model, minibatches):
    seen = {m: [] for m in model.modules() if hasattr(m, "running_var")}

    def note(module, args):
        x = args[0].transpose(0, 1).flatten(1)
        seen[module].append((x.mean(dim=1), x.var(dim=1)))

    handles = [m.register_forward_pre_hook(note) for m in seen]
    training = model.training
    model.train()
    with torch.no_grad():
        for batch in minibatches:
            model(batch)
        for m, pairs in seen.items():
            m.running_mean.copy_(torch.stack([mean for mean, _ in pairs]).mean(dim=0))
            m.running_var.copy_(torch.stack([var for _, var in pairs]).mean(dim=0))
    for handle in handles:
        handle.remove()
    model.train(training)


# %% averaging.batchnorm right: library
from torch.optim.swa_utils import update_bn


def recompute_statistics(model, minibatches):
    update_bn(minibatches, model)


# %% averaging.batchnorm right: sums_of_single_batches
def recompute_statistics(model, minibatches):
    training, norms = model.training, [m for m in model.modules() if hasattr(m, "momentum")]
    old = [m.momentum for m in norms]
    means, variances = [0.0] * len(norms), [0.0] * len(norms)
    for m in norms:
        m.momentum = 1.0
    model.train()
    for batch in minibatches:
        with torch.no_grad():
            model(batch)
        for i, m in enumerate(norms):
            means[i] = means[i] + m.running_mean / len(minibatches)
            variances[i] = variances[i] + m.running_var / len(minibatches)
    for i, m in enumerate(norms):
        m.running_mean, m.running_var, m.momentum = means[i], variances[i], old[i]
    model.train(training)


# %% averaging.batchnorm wrong: last_batch
def recompute_statistics(model, minibatches):
    was_training = model.training
    kinds = (nn.BatchNorm1d, nn.BatchNorm2d)
    momentum = {layer: layer.momentum for layer in model.modules() if isinstance(layer, kinds)}
    for layer in momentum:
        layer.reset_running_stats()
        layer.momentum = 1.0
    model.train()
    with torch.no_grad():
        for batch in minibatches:
            model(batch)
    model.train(was_training)
    for layer, old in momentum.items():
        layer.momentum = old


# %% averaging.batchnorm wrong: default_momentum
def recompute_statistics(model, minibatches):
    was_training = model.training
    kinds = (nn.BatchNorm1d, nn.BatchNorm2d)
    momentum = {layer: layer.momentum for layer in model.modules() if isinstance(layer, kinds)}
    for layer in momentum:
        layer.reset_running_stats()
    model.train()
    with torch.no_grad():
        for batch in minibatches:
            model(batch)
    model.train(was_training)
    for layer, old in momentum.items():
        layer.momentum = old


# %% averaging.batchnorm wrong: continued
def recompute_statistics(model, minibatches):
    was_training = model.training
    model.train()
    with torch.no_grad():
        for batch in minibatches:
            model(batch)
    model.train(was_training)


# %% averaging.batchnorm wrong: not_reset
def recompute_statistics(model, minibatches):
    was_training = model.training
    kinds = (nn.BatchNorm1d, nn.BatchNorm2d)
    momentum = {layer: layer.momentum for layer in model.modules() if isinstance(layer, kinds)}
    for layer in momentum:
        layer.momentum = None
    model.train()
    with torch.no_grad():
        for batch in minibatches:
            model(batch)
    model.train(was_training)
    for layer, old in momentum.items():
        layer.momentum = old


# %% averaging.batchnorm wrong: eval_mode
def recompute_statistics(model, minibatches):
    was_training = model.training
    kinds = (nn.BatchNorm1d, nn.BatchNorm2d)
    momentum = {layer: layer.momentum for layer in model.modules() if isinstance(layer, kinds)}
    for layer in momentum:
        layer.reset_running_stats()
        layer.momentum = None
    model.eval()
    with torch.no_grad():
        for batch in minibatches:
            model(batch)
    model.train(was_training)
    for layer, old in momentum.items():
        layer.momentum = old


# %% averaging.batchnorm wrong: one_batch
def recompute_statistics(model, minibatches):
    was_training = model.training
    kinds = (nn.BatchNorm1d, nn.BatchNorm2d)
    momentum = {layer: layer.momentum for layer in model.modules() if isinstance(layer, kinds)}
    for layer in momentum:
        layer.reset_running_stats()
        layer.momentum = None
    model.train()
    with torch.no_grad():
        model(torch.cat(minibatches))
    model.train(was_training)
    for layer, old in momentum.items():
        layer.momentum = old


# %% averaging.batchnorm wrong: biased
def recompute_statistics(model, minibatches):
    seen = {m: [] for m in model.modules() if hasattr(m, "running_var")}

    def note(module, args):
        x = args[0].transpose(0, 1).flatten(1)
        seen[module].append((x.mean(dim=1), x.var(dim=1, correction=0)))

    handles = [m.register_forward_pre_hook(note) for m in seen]
    training = model.training
    model.train()
    with torch.no_grad():
        for batch in minibatches:
            model(batch)
        for m, pairs in seen.items():
            m.running_mean.copy_(torch.stack([mean for mean, _ in pairs]).mean(dim=0))
            m.running_var.copy_(torch.stack([var for _, var in pairs]).mean(dim=0))
    for handle in handles:
        handle.remove()
    model.train(training)


# %% averaging.batchnorm wrong: left_in_training
def recompute_statistics(model, minibatches):
    kinds = (nn.BatchNorm1d, nn.BatchNorm2d)
    momentum = {layer: layer.momentum for layer in model.modules() if isinstance(layer, kinds)}
    for layer in momentum:
        layer.reset_running_stats()
        layer.momentum = None
    model.train()
    with torch.no_grad():
        for batch in minibatches:
            model(batch)
    for layer, old in momentum.items():
        layer.momentum = old


# %% averaging.batchnorm wrong: left_in_eval
def recompute_statistics(model, minibatches):
    kinds = (nn.BatchNorm1d, nn.BatchNorm2d)
    momentum = {layer: layer.momentum for layer in model.modules() if isinstance(layer, kinds)}
    for layer in momentum:
        layer.reset_running_stats()
        layer.momentum = None
    model.train()
    with torch.no_grad():
        for batch in minibatches:
            model(batch)
    model.eval()
    for layer, old in momentum.items():
        layer.momentum = old


# %% averaging.batchnorm wrong: momentum_lost
def recompute_statistics(model, minibatches):
    was_training = model.training
    kinds = (nn.BatchNorm1d, nn.BatchNorm2d)
    momentum = {layer: layer.momentum for layer in model.modules() if isinstance(layer, kinds)}
    for layer in momentum:
        layer.reset_running_stats()
        layer.momentum = None
    model.train()
    with torch.no_grad():
        for batch in minibatches:
            model(batch)
    model.train(was_training)


# %% averaging.batchnorm wrong: affine_reset
def recompute_statistics(model, minibatches):
    was_training = model.training
    kinds = (nn.BatchNorm1d, nn.BatchNorm2d)
    momentum = {layer: layer.momentum for layer in model.modules() if isinstance(layer, kinds)}
    for layer in momentum:
        layer.reset_parameters()
        layer.momentum = None
    model.train()
    with torch.no_grad():
        for batch in minibatches:
            model(batch)
    model.train(was_training)
    for layer, old in momentum.items():
        layer.momentum = old


# %% averaging.batchnorm wrong: top_level_only
def recompute_statistics(model, minibatches):
    was_training = model.training
    kinds = (nn.BatchNorm1d, nn.BatchNorm2d)
    momentum = {layer: layer.momentum for layer in model.children() if isinstance(layer, kinds)}
    for layer in momentum:
        layer.reset_running_stats()
        layer.momentum = None
    model.train()
    with torch.no_grad():
        for batch in minibatches:
            model(batch)
    model.train(was_training)
    for layer, old in momentum.items():
        layer.momentum = old


# %% averaging.batchnorm wrong: vectors_only
def recompute_statistics(model, minibatches):
    was_training = model.training
    kinds = nn.BatchNorm1d
    momentum = {layer: layer.momentum for layer in model.modules() if isinstance(layer, kinds)}
    for layer in momentum:
        layer.reset_running_stats()
        layer.momentum = None
    model.train()
    with torch.no_grad():
        for batch in minibatches:
            model(batch)
    model.train(was_training)
    for layer, old in momentum.items():
        layer.momentum = old
