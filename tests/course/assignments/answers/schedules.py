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
