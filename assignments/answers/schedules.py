"""Answers to the schedule exercises: wrong ones that students give, named by mistake, and other right ones."""


# %% schedules.warmup_cosine right: factor_function
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps, self.total_steps, self.min_lr = warmup_steps, total_steps, min_lr
        super().__init__(optimizer, last_epoch)

    def _rate(self, base):
        t = min(self.last_epoch, self.total_steps)
        if t < self.warmup_steps:
            return base * (t / self.warmup_steps)
        angle = math.pi * (t - self.warmup_steps) / (self.total_steps - self.warmup_steps)
        return self.min_lr + 0.5 * (base - self.min_lr) * (1 + math.cos(angle))

    def get_lr(self):
        print("step", self.last_epoch)
        return [self._rate(group["initial_lr"]) for group in self.optimizer.param_groups]


# %% schedules.warmup_cosine right: numpy_table
import numpy as np


class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        angles = np.linspace(0, np.pi, total_steps - warmup_steps + 1)
        self.rise = np.linspace(0, 1, warmup_steps, endpoint=False)
        self.fall = (1 + np.cos(angles)) / 2
        self.floor = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        if self.last_epoch < len(self.rise):
            return [base * self.rise[self.last_epoch] for base in self.base_lrs]
        share = self.fall[min(self.last_epoch - len(self.rise), len(self.fall) - 1)]
        return [self.floor + (base - self.floor) * share for base in self.base_lrs]


# %% schedules.warmup_cosine right: torch_half_angle
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w, n = self.last_epoch, self.warmup_steps, self.total_steps - self.warmup_steps
        if t < w:
            return [t * base / w for base in self.base_lrs]
        progress = torch.tensor((t - w) / n, dtype=torch.float64).clamp(max=1.0)
        share = torch.cos(progress * torch.pi / 2).square().item()
        return [share * base + (1 - share) * self.min_lr for base in self.base_lrs]


# %% schedules.warmup_cosine right: own_counter
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.w, self.n, self.floor, self.count = warmup_steps, total_steps, min_lr, -1
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        self.count += 1
        if self.count < self.w:
            return [base / self.w * self.count for base in self.base_lrs]
        x = min(1, (self.count - self.w) / (self.n - self.w))
        return [
            self.floor + (b - self.floor) * (0.5 + 0.5 * math.cos(math.pi * x))
            for b in self.base_lrs
        ]


# %% schedules.warmup_cosine right: from_the_last_rate
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w, total, low = self.last_epoch, self.warmup_steps, self.total_steps, self.min_lr
        rates = [group["lr"] for group in self.optimizer.param_groups]
        if t == 0:
            return [0.0 if w else base for base in self.base_lrs]
        if t <= w:
            return [lr + base / w for lr, base in zip(rates, self.base_lrs)]
        if t >= total:
            return [low] * len(rates)
        now, before = (1 + math.cos(math.pi * (s - w) / (total - w)) for s in (t, t - 1))
        return [low + (lr - low) * now / before for lr in rates]


# %% schedules.warmup_cosine right: float32_tensors
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w, base = self.last_epoch, self.warmup_steps, torch.tensor(self.base_lrs)
        if t < w:
            return list(base * t / w)
        x = torch.tensor((t - w) / (self.total_steps - w)).clamp(max=1)
        return list(self.min_lr + (base - self.min_lr) * (1 + torch.cos(torch.pi * x)) / 2)


# %% schedules.warmup_cosine wrong: from_one_over_n
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w, total = self.last_epoch, self.warmup_steps, self.total_steps
        if t < w:
            return [base * (t + 1) / w for base in self.base_lrs]
        if t >= total:
            return [self.min_lr for base in self.base_lrs]
        share = (1 + math.cos(math.pi * (t - w) / (total - w))) / 2
        return [self.min_lr + (base - self.min_lr) * share for base in self.base_lrs]


# %% schedules.warmup_cosine wrong: warmup_late
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w, total = self.last_epoch, self.warmup_steps, self.total_steps
        if t < w:
            return [base * t / (w + 1) for base in self.base_lrs]
        if t >= total:
            return [self.min_lr for base in self.base_lrs]
        share = (1 + math.cos(math.pi * (t - w) / (total - w))) / 2
        return [self.min_lr + (base - self.min_lr) * share for base in self.base_lrs]


# %% schedules.warmup_cosine wrong: no_warmup
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w, total = self.last_epoch, self.warmup_steps, self.total_steps
        if t < w:
            return [base for base in self.base_lrs]
        if t >= total:
            return [self.min_lr for base in self.base_lrs]
        share = (1 + math.cos(math.pi * (t - w) / (total - w))) / 2
        return [self.min_lr + (base - self.min_lr) * share for base in self.base_lrs]


# %% schedules.warmup_cosine wrong: linear_decay
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w, total = self.last_epoch, self.warmup_steps, self.total_steps
        if t < w:
            return [base * t / w for base in self.base_lrs]
        if t >= total:
            return [self.min_lr for base in self.base_lrs]
        share = 1 - (t - w) / (total - w)
        return [self.min_lr + (base - self.min_lr) * share for base in self.base_lrs]


# %% schedules.warmup_cosine wrong: cosine_over_total
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w, total = self.last_epoch, self.warmup_steps, self.total_steps
        if t < w:
            return [base * t / w for base in self.base_lrs]
        if t >= total:
            return [self.min_lr for base in self.base_lrs]
        share = (1 + math.cos(math.pi * (t - w) / total)) / 2
        return [self.min_lr + (base - self.min_lr) * share for base in self.base_lrs]


# %% schedules.warmup_cosine wrong: cosine_from_start
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w, total = self.last_epoch, self.warmup_steps, self.total_steps
        if t < w:
            return [base * t / w for base in self.base_lrs]
        if t >= total:
            return [self.min_lr for base in self.base_lrs]
        share = (1 + math.cos(math.pi * t / total)) / 2
        return [self.min_lr + (base - self.min_lr) * share for base in self.base_lrs]


# %% schedules.warmup_cosine wrong: never_at_floor
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w, total = self.last_epoch, self.warmup_steps, self.total_steps
        last = (1 + math.cos(math.pi * (total - w) / (total - w + 1))) / 2
        if t < w:
            return [base * t / w for base in self.base_lrs]
        if t >= total:
            return [self.min_lr + (base - self.min_lr) * last for base in self.base_lrs]
        share = (1 + math.cos(math.pi * (t - w) / (total - w + 1))) / 2
        return [self.min_lr + (base - self.min_lr) * share for base in self.base_lrs]


# %% schedules.warmup_cosine wrong: one_step_early
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w, total = self.last_epoch, self.warmup_steps, self.total_steps
        if t < w:
            return [base * t / w for base in self.base_lrs]
        if t >= total:
            return [self.min_lr for base in self.base_lrs]
        share = (1 + math.cos(math.pi * min(1.0, (t - w) / (total - w - 1)))) / 2
        return [self.min_lr + (base - self.min_lr) * share for base in self.base_lrs]


# %% schedules.warmup_cosine wrong: half_missing
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w, total = self.last_epoch, self.warmup_steps, self.total_steps
        if t < w:
            return [base * t / w for base in self.base_lrs]
        if t >= total:
            return [self.min_lr for base in self.base_lrs]
        share = 1 + math.cos(math.pi * (t - w) / (total - w))
        return [self.min_lr + (base - self.min_lr) * share for base in self.base_lrs]


# %% schedules.warmup_cosine wrong: full_period
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w, total = self.last_epoch, self.warmup_steps, self.total_steps
        if t < w:
            return [base * t / w for base in self.base_lrs]
        if t >= total:
            return [self.min_lr for base in self.base_lrs]
        share = (1 + math.cos(2 * math.pi * (t - w) / (total - w))) / 2
        return [self.min_lr + (base - self.min_lr) * share for base in self.base_lrs]


# %% schedules.warmup_cosine wrong: no_floor
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w, total = self.last_epoch, self.warmup_steps, self.total_steps
        if t < w:
            return [base * t / w for base in self.base_lrs]
        if t >= total:
            return [0.0 for base in self.base_lrs]
        share = (1 + math.cos(math.pi * (t - w) / (total - w))) / 2
        return [base * share for base in self.base_lrs]


# %% schedules.warmup_cosine wrong: floor_added
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w, total = self.last_epoch, self.warmup_steps, self.total_steps
        if t < w:
            return [base * t / w for base in self.base_lrs]
        if t >= total:
            return [self.min_lr for base in self.base_lrs]
        share = (1 + math.cos(math.pi * (t - w) / (total - w))) / 2
        return [self.min_lr + base * share for base in self.base_lrs]


# %% schedules.warmup_cosine wrong: rises_again
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w, total = self.last_epoch, self.warmup_steps, self.total_steps
        if t < w:
            return [base * t / w for base in self.base_lrs]
        share = (1 + math.cos(math.pi * (t - w) / (total - w))) / 2
        return [self.min_lr + (base - self.min_lr) * share for base in self.base_lrs]


# %% schedules.warmup_cosine wrong: compounded
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w, total = self.last_epoch, self.warmup_steps, self.total_steps
        current = [group["lr"] for group in self.optimizer.param_groups]
        if t < w:
            return [lr * t / w for lr in current]
        share = (1 + math.cos(math.pi * min(1.0, (t - w) / (total - w)))) / 2
        return [self.min_lr + (lr - self.min_lr) * share for lr in current]


# %% schedules.warmup_cosine wrong: first_group
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w, total, base = self.last_epoch, self.warmup_steps, self.total_steps, self.base_lrs[0]
        if t < w:
            rate = base * t / w
        else:
            share = (1 + math.cos(math.pi * min(1.0, (t - w) / (total - w)))) / 2
            rate = self.min_lr + (base - self.min_lr) * share
        return [rate] * len(self.base_lrs)


# %% schedules.warmup_cosine wrong: not_resumed
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps, self.total_steps, self.min_lr = warmup_steps, total_steps, min_lr
        optimizer.steps_done = -1
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        self.optimizer.steps_done += 1
        t, w, total = self.optimizer.steps_done, self.warmup_steps, self.total_steps
        if t < w:
            return [base * t / w for base in self.base_lrs]
        share = (1 + math.cos(math.pi * min(1.0, (t - w) / (total - w)))) / 2
        return [self.min_lr + (base - self.min_lr) * share for base in self.base_lrs]


# %% schedules.warmup_cosine wrong: division_by_zero
class WarmupCosine(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w, total = self.last_epoch, self.warmup_steps, self.total_steps
        rise = min(1.0, t / w)
        share = (1 + math.cos(math.pi * min(1.0, max(0, t - w) / (total - w)))) / 2
        if rise < 1:
            return [base * rise for base in self.base_lrs]
        return [self.min_lr + (base - self.min_lr) * share for base in self.base_lrs]


# %% schedules.warmup_cosine wrong: not_a_scheduler
class WarmupCosine:
    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0):
        self.optimizer, self.t = optimizer, 0
        self.warmup_steps, self.total_steps, self.min_lr = warmup_steps, total_steps, min_lr

    def step(self):
        self.t += 1
        for group in self.optimizer.param_groups:
            group["lr"] = self.min_lr


# %% schedules.linear_warmup right: share_of_all
class LinearWarmup(LRScheduler):
    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        share = min(1.0, self.last_epoch / self.warmup_steps) if self.warmup_steps else 1.0
        return [share * group["initial_lr"] for group in self.optimizer.param_groups]


# %% schedules.linear_warmup right: numpy_table
class LinearWarmup(LRScheduler):
    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.rise = np.linspace(0, 1, warmup_steps + 1) if warmup_steps else np.ones(1)
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return [
            base * self.rise[min(self.last_epoch, len(self.rise) - 1)] for base in self.base_lrs
        ]


# %% schedules.linear_warmup right: adds_to_the_last_rate
class LinearWarmup(LRScheduler):
    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w = self.last_epoch, self.warmup_steps
        if t == 0:
            return [0.0 if w else base for base in self.base_lrs]
        rates = [group["lr"] for group in self.optimizer.param_groups]
        return [lr + base / w if t <= w else lr for lr, base in zip(rates, self.base_lrs)]


# %% schedules.linear_warmup right: tensors
class LinearWarmup(LRScheduler):
    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        share = (
            torch.tensor(self.last_epoch / max(self.warmup_steps, 1)) if self.warmup_steps else 1.0
        )
        return list(torch.tensor(self.base_lrs) * min(share, 1.0))


# %% schedules.linear_warmup wrong: from_one_over_n
class LinearWarmup(LRScheduler):
    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return [
            base * min(1, (self.last_epoch + 1) / max(self.warmup_steps, 1))
            for base in self.base_lrs
        ]


# %% schedules.linear_warmup wrong: from_one_over_n_plus_one
class LinearWarmup(LRScheduler):
    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return [
            base * min(1, (self.last_epoch + 1) / (self.warmup_steps + 1)) for base in self.base_lrs
        ]


# %% schedules.linear_warmup wrong: late
class LinearWarmup(LRScheduler):
    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        if not self.warmup_steps:
            return self.base_lrs
        return [base * min(1, self.last_epoch / (self.warmup_steps + 1)) for base in self.base_lrs]


# %% schedules.linear_warmup wrong: early
class LinearWarmup(LRScheduler):
    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        share = min(1, self.last_epoch / max(self.warmup_steps - 1, 1)) if self.warmup_steps else 1
        return [base * share for base in self.base_lrs]


# %% schedules.linear_warmup wrong: no_warmup
class LinearWarmup(LRScheduler):
    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return self.base_lrs


# %% schedules.linear_warmup wrong: goes_on
class LinearWarmup(LRScheduler):
    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        if not self.warmup_steps:
            return self.base_lrs
        return [base * self.last_epoch / self.warmup_steps for base in self.base_lrs]


# %% schedules.linear_warmup wrong: back_to_zero
class LinearWarmup(LRScheduler):
    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w = self.last_epoch, self.warmup_steps
        return [base * t / w if t < w else 0.0 for base in self.base_lrs]


# %% schedules.linear_warmup wrong: low_then_full
class LinearWarmup(LRScheduler):
    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        share = 0.1 if self.last_epoch < self.warmup_steps else 1
        return [base * share for base in self.base_lrs]


# %% schedules.linear_warmup wrong: squared
class LinearWarmup(LRScheduler):
    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w = self.last_epoch, self.warmup_steps
        return [base * (t / w) ** 2 if t < w else base for base in self.base_lrs]


# %% schedules.linear_warmup wrong: compounded
class LinearWarmup(LRScheduler):
    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w = self.last_epoch, self.warmup_steps
        rates = [group["lr"] for group in self.optimizer.param_groups]
        return [lr * t / w if t < w else lr for lr in rates]


# %% schedules.linear_warmup wrong: first_group
class LinearWarmup(LRScheduler):
    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, w, base = self.last_epoch, self.warmup_steps, self.base_lrs[0]
        return [base * t / w if t < w else base] * len(self.base_lrs)


# %% schedules.linear_warmup wrong: not_resumed
class LinearWarmup(LRScheduler):
    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        optimizer.steps_done = -1
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        self.optimizer.steps_done += 1
        t, w = self.optimizer.steps_done, self.warmup_steps
        return [base * t / w if t < w else base for base in self.base_lrs]


# %% schedules.linear_warmup wrong: division_by_zero
class LinearWarmup(LRScheduler):
    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return [base * min(1, self.last_epoch / self.warmup_steps) for base in self.base_lrs]


# %% schedules.linear_warmup wrong: not_a_scheduler
class LinearWarmup:
    def __init__(self, optimizer, warmup_steps):
        self.optimizer, self.warmup_steps, self.t = optimizer, warmup_steps, 0
        self.base_lrs = [group["lr"] for group in optimizer.param_groups]

    def step(self):
        self.t += 1
        for group, base in zip(self.optimizer.param_groups, self.base_lrs):
            group["lr"] = base * min(1, self.t / self.warmup_steps)


# %% schedules.warm_restarts right: number_of_the_cycle
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        cycle = start = 0
        while start + self.first_cycle * self.growth**cycle <= self.last_epoch:
            start += self.first_cycle * self.growth**cycle
            cycle += 1
        angle = math.pi * (self.last_epoch - start) / (self.first_cycle * self.growth**cycle)
        return [
            0.5 * (b - self.min_lr) * (1 + math.cos(angle)) + self.min_lr for b in self.base_lrs
        ]


# %% schedules.warm_restarts right: own_state
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.done, self.length, self.growth, self.min_lr = 0, first_cycle, growth, min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        if self.last_epoch > 0:
            self.done += 1
        if self.done == self.length:
            self.done, self.length = 0, self.length * self.growth
        share = math.cos(math.pi / 2 * self.done / self.length) ** 2
        return [share * base + (1 - share) * self.min_lr for base in self.base_lrs]


# %% schedules.warm_restarts right: table_made_on_the_way
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.shares, self.length, self.growth, self.min_lr = [], first_cycle, growth, min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        while len(self.shares) <= self.last_epoch:
            steps = np.arange(self.length) / self.length
            self.shares += ((1 + np.cos(np.pi * steps)) / 2).tolist()
            self.length *= self.growth
        share = self.shares[self.last_epoch]
        return [
            self.min_lr + (group["initial_lr"] - self.min_lr) * share
            for group in self.optimizer.param_groups
        ]


# %% schedules.warm_restarts right: sum_of_the_series
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t, first, m = self.last_epoch, self.first_cycle, self.growth
        if m == 1:
            done, length = t % first, first
        else:
            cycle = next(i for i in range(99) if first * (m ** (i + 1) - 1) // (m - 1) > t)
            done, length = t - first * (m**cycle - 1) // (m - 1), first * m**cycle
        cosine = torch.cos(torch.tensor(torch.pi * done / length))
        return [
            float(self.min_lr + (base - self.min_lr) * (1 + cosine) / 2) for base in self.base_lrs
        ]


# %% schedules.warm_restarts wrong: restart_late
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step, length = self.last_epoch, self.first_cycle
        while step >= length + 1:
            step, length = step - length - 1, length * self.growth
        return [
            self.min_lr + (base - self.min_lr) * (1 + math.cos(math.pi * step / length)) / 2
            for base in self.base_lrs
        ]


# %% schedules.warm_restarts wrong: restart_early
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step, length = self.last_epoch, self.first_cycle
        while step >= length - 1:
            step, length = step - length + 1, length * self.growth
        return [
            self.min_lr + (base - self.min_lr) * (1 + math.cos(math.pi * step / length)) / 2
            for base in self.base_lrs
        ]


# %% schedules.warm_restarts wrong: peak_skipped
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step, length = self.last_epoch, self.first_cycle
        while step > length:
            step, length = step - length, length * self.growth
        return [
            self.min_lr + (base - self.min_lr) * (1 + math.cos(math.pi * step / length)) / 2
            for base in self.base_lrs
        ]


# %% schedules.warm_restarts wrong: floor_in_cycle
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step, length = self.last_epoch, self.first_cycle
        while step >= length:
            step, length = step - length, length * self.growth
        return [
            self.min_lr + (base - self.min_lr) * (1 + math.cos(math.pi * step / (length - 1))) / 2
            for base in self.base_lrs
        ]


# %% schedules.warm_restarts wrong: never_low
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step, length = self.last_epoch, self.first_cycle
        while step >= length:
            step, length = step - length, length * self.growth
        return [
            self.min_lr + (base - self.min_lr) * (1 + math.cos(math.pi * step / (length + 1))) / 2
            for base in self.base_lrs
        ]


# %% schedules.warm_restarts wrong: no_growth
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step, length = self.last_epoch % self.first_cycle, self.first_cycle
        return [
            self.min_lr + (base - self.min_lr) * (1 + math.cos(math.pi * step / length)) / 2
            for base in self.base_lrs
        ]


# %% schedules.warm_restarts wrong: added_growth
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step, length = self.last_epoch, self.first_cycle
        while step >= length:
            step, length = step - length, length + self.first_cycle * (self.growth - 1)
        return [
            self.min_lr + (base - self.min_lr) * (1 + math.cos(math.pi * step / length)) / 2
            for base in self.base_lrs
        ]


# %% schedules.warm_restarts wrong: grown_first
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step, length = self.last_epoch, self.first_cycle * self.growth
        while step >= length:
            step, length = step - length, length * self.growth
        return [
            self.min_lr + (base - self.min_lr) * (1 + math.cos(math.pi * step / length)) / 2
            for base in self.base_lrs
        ]


# %% schedules.warm_restarts wrong: growth_of_start
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step, length = self.last_epoch, self.first_cycle
        if step >= length:
            start = length
            while self.growth > 1 and step >= start * self.growth:
                start *= self.growth
            length = start * self.growth
            step = step - start if self.growth > 1 else step % start
        return [
            self.min_lr + (base - self.min_lr) * (1 + math.cos(math.pi * step / length)) / 2
            for base in self.base_lrs
        ]


# %% schedules.warm_restarts wrong: no_restart
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step, length = min(self.last_epoch, self.first_cycle), self.first_cycle
        return [
            self.min_lr + (base - self.min_lr) * (1 + math.cos(math.pi * step / length)) / 2
            for base in self.base_lrs
        ]


# %% schedules.warm_restarts wrong: swings
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step, length = self.last_epoch, self.first_cycle
        return [
            self.min_lr + (base - self.min_lr) * (1 + math.cos(math.pi * step / length)) / 2
            for base in self.base_lrs
        ]


# %% schedules.warm_restarts wrong: sawtooth
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step, length = self.last_epoch, self.first_cycle
        while step >= length:
            step, length = step - length, length * self.growth
        return [self.min_lr + (base - self.min_lr) * (1 - step / length) for base in self.base_lrs]


# %% schedules.warm_restarts wrong: half_missing
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step, length = self.last_epoch, self.first_cycle
        while step >= length:
            step, length = step - length, length * self.growth
        return [
            self.min_lr + (base - self.min_lr) * (1 + math.cos(math.pi * step / length))
            for base in self.base_lrs
        ]


# %% schedules.warm_restarts wrong: no_floor
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step, length = self.last_epoch, self.first_cycle
        while step >= length:
            step, length = step - length, length * self.growth
        return [base * (1 + math.cos(math.pi * step / length)) / 2 for base in self.base_lrs]


# %% schedules.warm_restarts wrong: floor_added
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step, length = self.last_epoch, self.first_cycle
        while step >= length:
            step, length = step - length, length * self.growth
        return [
            self.min_lr + base * (1 + math.cos(math.pi * step / length)) / 2
            for base in self.base_lrs
        ]


# %% schedules.warm_restarts wrong: peak_shrinks
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step, length, peak = self.last_epoch, self.first_cycle, 1.0
        while step >= length:
            step, length, peak = step - length, length * self.growth, peak / 2
        return [
            self.min_lr + (peak * base - self.min_lr) * (1 + math.cos(math.pi * step / length)) / 2
            for base in self.base_lrs
        ]


# %% schedules.warm_restarts wrong: compounded
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step, length = self.last_epoch, self.first_cycle
        while step >= length:
            step, length = step - length, length * self.growth
        share = (1 + math.cos(math.pi * step / length)) / 2
        rates = [group["lr"] for group in self.optimizer.param_groups]
        return [self.min_lr + (lr - self.min_lr) * share for lr in rates]


# %% schedules.warm_restarts wrong: first_group
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        step, length = self.last_epoch, self.first_cycle
        while step >= length:
            step, length = step - length, length * self.growth
        share = (1 + math.cos(math.pi * step / length)) / 2
        return [self.min_lr + (self.base_lrs[0] - self.min_lr) * share] * len(self.base_lrs)


# %% schedules.warm_restarts wrong: not_resumed
class WarmRestarts(LRScheduler):
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle, self.growth, self.min_lr = first_cycle, growth, min_lr
        optimizer.steps_done = -1
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        self.optimizer.steps_done += 1
        step, length = self.optimizer.steps_done, self.first_cycle
        while step >= length:
            step, length = step - length, length * self.growth
        return [
            self.min_lr + (base - self.min_lr) * (1 + math.cos(math.pi * step / length)) / 2
            for base in self.base_lrs
        ]


# %% schedules.warm_restarts wrong: not_a_scheduler
class WarmRestarts:
    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0):
        self.optimizer, self.t = optimizer, 0
        self.first_cycle, self.growth, self.min_lr = first_cycle, growth, min_lr

    def step(self):
        self.t += 1
        for group in self.optimizer.param_groups:
            group["lr"] = self.min_lr
