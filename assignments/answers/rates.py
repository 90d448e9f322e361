"""Answers on rates as functions of the step: wrong ones that students give, named by mistake, and other right ones."""


# %% rates.step right: loop
def step_rate(t, base_lr, milestones, factor):
    rate = base_lr
    for milestone in milestones:
        if t >= milestone:
            rate *= factor
    return rate


# %% rates.step right: bisect
from bisect import bisect_right


def step_rate(t, base_lr, milestones, factor):
    return base_lr * pow(factor, bisect_right(milestones, t))


# %% rates.step right: numpy_float32
def step_rate(t, base_lr, milestones, factor):
    reached = np.asarray(milestones, dtype=int) <= t
    return np.float32(base_lr) * np.float32(factor) ** reached.sum()


# %% rates.step right: changes_its_list
def step_rate(t, base_lr, milestones, factor):
    while milestones and milestones[-1] > t:
        milestones.pop()
    return torch.tensor(base_lr) * factor ** len(milestones)


# %% rates.step wrong: late
def step_rate(t, base_lr, milestones, factor):
    return base_lr * factor ** sum(t > milestone for milestone in milestones)


# %% rates.step wrong: early
def step_rate(t, base_lr, milestones, factor):
    return base_lr * factor ** sum(t + 1 >= milestone for milestone in milestones)


# %% rates.step wrong: once
def step_rate(t, base_lr, milestones, factor):
    if any(t >= milestone for milestone in milestones):
        return base_lr * factor
    return base_lr


# %% rates.step wrong: unchanged
def step_rate(t, base_lr, milestones, factor):
    return base_lr


# %% rates.step wrong: only_there
def step_rate(t, base_lr, milestones, factor):
    return base_lr * factor if t in milestones else base_lr


# %% rates.step wrong: times_count
def step_rate(t, base_lr, milestones, factor):
    reached = sum(t >= milestone for milestone in milestones)
    return base_lr * factor * reached if reached else base_lr


# %% rates.step wrong: all_at_once
def step_rate(t, base_lr, milestones, factor):
    return base_lr * factor ** len(milestones)


# %% rates.step wrong: one_too_many
def step_rate(t, base_lr, milestones, factor):
    return base_lr * factor ** (1 + sum(t >= milestone for milestone in milestones))


# %% rates.step wrong: divided
def step_rate(t, base_lr, milestones, factor):
    return base_lr / factor ** sum(t >= milestone for milestone in milestones)


# %% rates.step wrong: subtracted
def step_rate(t, base_lr, milestones, factor):
    return base_lr * (1 - factor) ** sum(t >= milestone for milestone in milestones)


# %% rates.step wrong: as_gaps
def step_rate(t, base_lr, milestones, factor):
    rate, passed = base_lr, 0
    for milestone in milestones:
        passed += milestone
        rate *= factor if t >= passed else 1
    return rate


# %% rates.per_epoch right: loop
def epoch_rate(t, base_lr, factor, steps_per_epoch, every):
    rate = base_lr
    for step in range(1, t + 1):
        if step % (steps_per_epoch * every) == 0:
            rate = rate * factor
    return rate


# %% rates.per_epoch right: floor_of_float
def epoch_rate(t, base_lr, factor, steps_per_epoch, every):
    return base_lr * math.pow(factor, math.floor(t / (steps_per_epoch * every)))


# %% rates.per_epoch right: divmod_tensor
def epoch_rate(t, base_lr, factor, steps_per_epoch, every):
    epoch, _ = divmod(t, steps_per_epoch)
    return torch.tensor(base_lr) * torch.tensor(factor).pow(epoch // every)


# %% rates.per_epoch right: whole_cycles_taken_away
def epoch_rate(t, base_lr, factor, steps_per_epoch, every):
    while t >= steps_per_epoch * every:
        t, base_lr = t - steps_per_epoch * every, base_lr * factor
    return base_lr


# %% rates.per_epoch wrong: unchanged
def epoch_rate(t, base_lr, factor, steps_per_epoch, every):
    return base_lr


# %% rates.per_epoch wrong: per_step
def epoch_rate(t, base_lr, factor, steps_per_epoch, every):
    return base_lr * factor**t


# %% rates.per_epoch wrong: smooth
def epoch_rate(t, base_lr, factor, steps_per_epoch, every):
    return base_lr * factor ** (t / steps_per_epoch / every)


# %% rates.per_epoch wrong: late
def epoch_rate(t, base_lr, factor, steps_per_epoch, every):
    return base_lr * factor ** (max(t - 1, 0) // steps_per_epoch // every)


# %% rates.per_epoch wrong: early
def epoch_rate(t, base_lr, factor, steps_per_epoch, every):
    return base_lr * factor ** ((t + 1) // steps_per_epoch // every)


# %% rates.per_epoch wrong: rounded
def epoch_rate(t, base_lr, factor, steps_per_epoch, every):
    return base_lr * factor ** round(t / (steps_per_epoch * every))


# %% rates.per_epoch wrong: from_one
def epoch_rate(t, base_lr, factor, steps_per_epoch, every):
    return base_lr * factor ** (t // steps_per_epoch // every + 1)


# %% rates.per_epoch wrong: every_ignored
def epoch_rate(t, base_lr, factor, steps_per_epoch, every):
    return base_lr * factor ** (t // steps_per_epoch)


# %% rates.per_epoch wrong: every_in_steps
def epoch_rate(t, base_lr, factor, steps_per_epoch, every):
    return base_lr * factor ** (t // every)


# %% rates.per_epoch wrong: spread
def epoch_rate(t, base_lr, factor, steps_per_epoch, every):
    return base_lr * factor ** (t // steps_per_epoch / every)


# %% rates.per_epoch wrong: fraction
def epoch_rate(t, base_lr, factor, steps_per_epoch, every):
    return base_lr * (1 - factor) ** (t // steps_per_epoch // every)


# %% rates.per_epoch wrong: times_count
def epoch_rate(t, base_lr, factor, steps_per_epoch, every):
    count = t // steps_per_epoch // every
    return base_lr * factor * count if count else base_lr


# %% rates.per_epoch wrong: divided
def epoch_rate(t, base_lr, factor, steps_per_epoch, every):
    return base_lr / factor ** (t // steps_per_epoch // every)


# %% rates.per_epoch wrong: once
def epoch_rate(t, base_lr, factor, steps_per_epoch, every):
    return base_lr * factor if t >= steps_per_epoch * every else base_lr


# %% rates.to_zero right: zero_after_the_end
def cosine_rate(t, base_lr, total_steps):
    if t >= total_steps:
        return 0.0
    return base_lr * math.cos(math.pi * t / total_steps / 2) ** 2


def linear_rate(t, base_lr, total_steps):
    if t >= total_steps:
        return 0.0
    return base_lr - t * base_lr / total_steps


def square_root_rate(t, base_lr, total_steps):
    if t >= total_steps:
        return 0.0
    return base_lr * (1 - t / total_steps) ** 0.5


# %% rates.to_zero right: one_line_for_all
def left(t, total_steps):
    return np.clip((total_steps - t) / total_steps, 0, 1)


def cosine_rate(t, base_lr, total_steps):
    return 0.5 * base_lr * (1 + np.cos(np.pi * (1 - left(t, total_steps))))


def linear_rate(t, base_lr, total_steps):
    return base_lr * left(t, total_steps)


def square_root_rate(t, base_lr, total_steps):
    return base_lr * np.sqrt(left(t, total_steps))


# %% rates.to_zero right: tensors
def cosine_rate(t, base_lr, total_steps):
    return base_lr * (1 + torch.cos(torch.tensor(torch.pi * min(t, total_steps) / total_steps))) / 2


def linear_rate(t, base_lr, total_steps):
    return base_lr * torch.tensor(1 - t / total_steps).clamp(min=0)


def square_root_rate(t, base_lr, total_steps):
    return base_lr * torch.tensor(1 - t / total_steps).clamp(min=0).sqrt()


# %% rates.to_zero right: whole_tables
def cosine_rate(t, base_lr, total_steps):
    return base_lr * (1 + np.cos(np.linspace(0, np.pi, total_steps + 1)[min(t, total_steps)])) / 2


def linear_rate(t, base_lr, total_steps):
    return np.linspace(base_lr, 0, total_steps + 1)[min(t, total_steps)]


def square_root_rate(t, base_lr, total_steps):
    return base_lr * np.linspace(1, 0, total_steps + 1)[min(t, total_steps)] ** 0.5


# %% rates.to_zero wrong: not_kept
def cosine_rate(t, base_lr, total_steps):
    return base_lr * (1 + math.cos(math.pi * t / total_steps)) / 2


def linear_rate(t, base_lr, total_steps):
    return base_lr * (1 - t / total_steps)


def square_root_rate(t, base_lr, total_steps):
    return base_lr * math.sqrt(1 - t / total_steps)


# %% rates.to_zero wrong: early
def cosine_rate(t, base_lr, total_steps):
    return base_lr * (1 + math.cos(math.pi * min(t / (total_steps - 1), 1))) / 2


def linear_rate(t, base_lr, total_steps):
    return base_lr * (1 - min(t / (total_steps - 1), 1))


def square_root_rate(t, base_lr, total_steps):
    return base_lr * math.sqrt(1 - min(t / (total_steps - 1), 1))


# %% rates.to_zero wrong: never_zero
def cosine_rate(t, base_lr, total_steps):
    return base_lr * (1 + math.cos(math.pi * min(t, total_steps) / (total_steps + 1))) / 2


def linear_rate(t, base_lr, total_steps):
    return base_lr * (1 - min(t, total_steps) / (total_steps + 1))


def square_root_rate(t, base_lr, total_steps):
    return base_lr * math.sqrt(1 - min(t, total_steps) / (total_steps + 1))


# %% rates.to_zero wrong: half_missing
def cosine_rate(t, base_lr, total_steps):
    return base_lr * (1 + math.cos(math.pi * min(t / total_steps, 1)))


def linear_rate(t, base_lr, total_steps):
    return base_lr * (1 - min(t, total_steps) / total_steps)


def square_root_rate(t, base_lr, total_steps):
    return base_lr * math.sqrt(1 - min(t, total_steps) / total_steps)


# %% rates.to_zero wrong: full_period
def cosine_rate(t, base_lr, total_steps):
    return base_lr * (1 + math.cos(2 * math.pi * min(t / total_steps, 1))) / 2


def linear_rate(t, base_lr, total_steps):
    return base_lr * (1 - min(t, total_steps) / total_steps)


def square_root_rate(t, base_lr, total_steps):
    return base_lr * math.sqrt(1 - min(t, total_steps) / total_steps)


# %% rates.to_zero wrong: quarter_period
def cosine_rate(t, base_lr, total_steps):
    return base_lr * math.cos(math.pi / 2 * min(t / total_steps, 1))


def linear_rate(t, base_lr, total_steps):
    return base_lr * (1 - min(t, total_steps) / total_steps)


def square_root_rate(t, base_lr, total_steps):
    return base_lr * math.sqrt(1 - min(t, total_steps) / total_steps)


# %% rates.to_zero wrong: degrees
def cosine_rate(t, base_lr, total_steps):
    return base_lr * (1 + math.cos(180 * min(t / total_steps, 1))) / 2


def linear_rate(t, base_lr, total_steps):
    return base_lr * (1 - min(t, total_steps) / total_steps)


def square_root_rate(t, base_lr, total_steps):
    return base_lr * math.sqrt(1 - min(t, total_steps) / total_steps)


# %% rates.to_zero wrong: line_for_cosine
def cosine_rate(t, base_lr, total_steps):
    return base_lr * (1 - min(t / total_steps, 1))


def linear_rate(t, base_lr, total_steps):
    return base_lr * (1 - min(t, total_steps) / total_steps)


def square_root_rate(t, base_lr, total_steps):
    return base_lr * math.sqrt(1 - min(t, total_steps) / total_steps)


# %% rates.to_zero wrong: sine
def cosine_rate(t, base_lr, total_steps):
    return base_lr * (1 + math.sin(math.pi * min(t / total_steps, 1))) / 2


def linear_rate(t, base_lr, total_steps):
    return base_lr * (1 - min(t, total_steps) / total_steps)


def square_root_rate(t, base_lr, total_steps):
    return base_lr * math.sqrt(1 - min(t, total_steps) / total_steps)


# %% rates.to_zero wrong: rising
def cosine_rate(t, base_lr, total_steps):
    return base_lr * (1 + math.cos(math.pi * min(t / total_steps, 1))) / 2


def linear_rate(t, base_lr, total_steps):
    return base_lr * min(t / total_steps, 1)


def square_root_rate(t, base_lr, total_steps):
    return base_lr * math.sqrt(1 - min(t, total_steps) / total_steps)


# %% rates.to_zero wrong: whole_division
def cosine_rate(t, base_lr, total_steps):
    return base_lr * (1 + math.cos(math.pi * min(t // total_steps, 1))) / 2


def linear_rate(t, base_lr, total_steps):
    return base_lr * (1 - min(t // total_steps, 1))


def square_root_rate(t, base_lr, total_steps):
    return base_lr * math.sqrt(1 - min(t // total_steps, 1))


# %% rates.to_zero wrong: root_of_time
def cosine_rate(t, base_lr, total_steps):
    return base_lr * (1 + math.cos(math.pi * min(t / total_steps, 1))) / 2


def linear_rate(t, base_lr, total_steps):
    return base_lr * (1 - min(t, total_steps) / total_steps)


def square_root_rate(t, base_lr, total_steps):
    return base_lr * (1 - math.sqrt(min(t / total_steps, 1)))


# %% rates.to_zero wrong: squared
def cosine_rate(t, base_lr, total_steps):
    return base_lr * (1 + math.cos(math.pi * min(t / total_steps, 1))) / 2


def linear_rate(t, base_lr, total_steps):
    return base_lr * (1 - min(t, total_steps) / total_steps)


def square_root_rate(t, base_lr, total_steps):
    return base_lr * (1 - min(t / total_steps, 1)) ** 2


# %% rates.to_zero wrong: root_of_all
def cosine_rate(t, base_lr, total_steps):
    return base_lr * (1 + math.cos(math.pi * min(t / total_steps, 1))) / 2


def linear_rate(t, base_lr, total_steps):
    return base_lr * (1 - min(t, total_steps) / total_steps)


def square_root_rate(t, base_lr, total_steps):
    return math.sqrt(base_lr * (1 - min(t / total_steps, 1)))


# %% rates.to_zero wrong: factor_only
def cosine_rate(t, base_lr, total_steps):
    return (1 + math.cos(math.pi * min(t / total_steps, 1))) / 2


def linear_rate(t, base_lr, total_steps):
    return 1 - min(t / total_steps, 1)


def square_root_rate(t, base_lr, total_steps):
    return math.sqrt(1 - min(t / total_steps, 1))


# %% rates.open_ended right: cases_apart
def inverse_sqrt_rate(t, base_lr):
    if t == 0:
        return base_lr
    return base_lr * t**-0.5


def exponential_rate(t, base_lr, k):
    return base_lr * math.e ** (-k * t)


def inverse_rate(t, base_lr, k):
    return base_lr * (1 + k * t) ** -1


def constant_rate(t, base_lr):
    return base_lr * 1


# %% rates.open_ended right: numpy
def inverse_sqrt_rate(t, base_lr):
    return base_lr * np.where(t > 0, 1 / np.sqrt(max(t, 1)), 1.0)[()]


def exponential_rate(t, base_lr, k):
    return np.exp(np.log(base_lr) - k * t)


def inverse_rate(t, base_lr, k):
    return 1 / (1 / base_lr + k * t / base_lr)


def constant_rate(t, base_lr):
    return np.full(t + 1, base_lr)[t]


# %% rates.open_ended right: tensors
def inverse_sqrt_rate(t, base_lr):
    return base_lr * torch.tensor(float(max(t, 1))).rsqrt()


def exponential_rate(t, base_lr, k):
    return base_lr / torch.tensor(k * t).exp()


def inverse_rate(t, base_lr, k):
    return base_lr / torch.tensor(1 + k * t)


def constant_rate(t, base_lr):
    return torch.tensor(base_lr)


# %% rates.open_ended right: step_by_step
def inverse_sqrt_rate(t, base_lr):
    if t < 1:
        t = 1
    return base_lr / math.sqrt(t)


def exponential_rate(t, base_lr, k):
    for _ in range(t):
        base_lr *= math.exp(-k)
    return base_lr


def inverse_rate(t, base_lr, k):
    below = 1.0
    for _ in range(t):
        below += k
    return base_lr / below


def constant_rate(t, base_lr):
    return base_lr


# %% rates.open_ended wrong: division_by_zero
def inverse_sqrt_rate(t, base_lr):
    return base_lr / math.sqrt(t)


def exponential_rate(t, base_lr, k):
    return base_lr * math.exp(-k * t)


def inverse_rate(t, base_lr, k):
    return base_lr / (1 + k * t)


def constant_rate(t, base_lr):
    return base_lr


# %% rates.open_ended wrong: zero_at_start
def inverse_sqrt_rate(t, base_lr):
    return base_lr / math.sqrt(t) if t else 0.0


def exponential_rate(t, base_lr, k):
    return base_lr * math.exp(-k * t)


def inverse_rate(t, base_lr, k):
    return base_lr / (1 + k * t)


def constant_rate(t, base_lr):
    return base_lr


# %% rates.open_ended wrong: shifted
def inverse_sqrt_rate(t, base_lr):
    return base_lr / math.sqrt(t + 1)


def exponential_rate(t, base_lr, k):
    return base_lr * math.exp(-k * t)


def inverse_rate(t, base_lr, k):
    return base_lr / (1 + k * t)


def constant_rate(t, base_lr):
    return base_lr


# %% rates.open_ended wrong: no_root
def inverse_sqrt_rate(t, base_lr):
    return base_lr / max(t, 1)


def exponential_rate(t, base_lr, k):
    return base_lr * math.exp(-k * t)


def inverse_rate(t, base_lr, k):
    return base_lr / (1 + k * t)


def constant_rate(t, base_lr):
    return base_lr


# %% rates.open_ended wrong: root_of_all
def inverse_sqrt_rate(t, base_lr):
    return math.sqrt(base_lr / t) if t else base_lr


def exponential_rate(t, base_lr, k):
    return base_lr * math.exp(-k * t)


def inverse_rate(t, base_lr, k):
    return base_lr / (1 + k * t)


def constant_rate(t, base_lr):
    return base_lr


# %% rates.open_ended wrong: grows
def inverse_sqrt_rate(t, base_lr):
    return base_lr / max(t, 1) ** 0.5


def exponential_rate(t, base_lr, k):
    return base_lr * math.exp(k * t)


def inverse_rate(t, base_lr, k):
    return base_lr / (1 + k * t)


def constant_rate(t, base_lr):
    return base_lr


# %% rates.open_ended wrong: base_two
def inverse_sqrt_rate(t, base_lr):
    return base_lr / max(t, 1) ** 0.5


def exponential_rate(t, base_lr, k):
    return base_lr * 2 ** (-k * t)


def inverse_rate(t, base_lr, k):
    return base_lr / (1 + k * t)


def constant_rate(t, base_lr):
    return base_lr


# %% rates.open_ended wrong: k_as_factor
def inverse_sqrt_rate(t, base_lr):
    return base_lr / max(t, 1) ** 0.5


def exponential_rate(t, base_lr, k):
    return base_lr * k**t


def inverse_rate(t, base_lr, k):
    return base_lr / (1 + k * t)


def constant_rate(t, base_lr):
    return base_lr


# %% rates.open_ended wrong: first_order
def inverse_sqrt_rate(t, base_lr):
    return base_lr / max(t, 1) ** 0.5


def exponential_rate(t, base_lr, k):
    return base_lr * (1 - k * t)


def inverse_rate(t, base_lr, k):
    return base_lr / (1 + k * t)


def constant_rate(t, base_lr):
    return base_lr


# %% rates.open_ended wrong: k_ignored
def inverse_sqrt_rate(t, base_lr):
    return base_lr / max(t, 1) ** 0.5


def exponential_rate(t, base_lr, k):
    return base_lr * math.exp(-k * t)


def inverse_rate(t, base_lr, k):
    return base_lr / (1 + t)


def constant_rate(t, base_lr):
    return base_lr


# %% rates.open_ended wrong: one_missing
def inverse_sqrt_rate(t, base_lr):
    return base_lr / max(t, 1) ** 0.5


def exponential_rate(t, base_lr, k):
    return base_lr * math.exp(-k * t)


def inverse_rate(t, base_lr, k):
    return base_lr / (k * t) if t else base_lr


def constant_rate(t, base_lr):
    return base_lr


# %% rates.open_ended wrong: wrong_brackets
def inverse_sqrt_rate(t, base_lr):
    return base_lr / max(t, 1) ** 0.5


def exponential_rate(t, base_lr, k):
    return base_lr * math.exp(-k * t)


def inverse_rate(t, base_lr, k):
    return base_lr / ((1 + k) * t) if t else base_lr


def constant_rate(t, base_lr):
    return base_lr


# %% rates.open_ended wrong: power
def inverse_sqrt_rate(t, base_lr):
    return base_lr / max(t, 1) ** 0.5


def exponential_rate(t, base_lr, k):
    return base_lr * math.exp(-k * t)


def inverse_rate(t, base_lr, k):
    return base_lr / (1 + k) ** t


def constant_rate(t, base_lr):
    return base_lr


# %% rates.open_ended wrong: factor_only
def inverse_sqrt_rate(t, base_lr):
    return 1 / math.sqrt(max(t, 1))


def exponential_rate(t, base_lr, k):
    return math.exp(-k * t)


def inverse_rate(t, base_lr, k):
    return 1 / (1 + k * t)


def constant_rate(t, base_lr):
    return 1.0
