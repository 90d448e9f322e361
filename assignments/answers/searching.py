"""Answers to the exercises on searching: wrong ones that students give, named by mistake, and other right ones."""


# %% searching.compare_choices right: loop
def compare_choices(val_accuracy, test_accuracy):
    triples = []
    for val, test in zip(val_accuracy.tolist(), test_accuracy.tolist(), strict=True):
        winner = val.index(max(val))
        triples.append((val[winner], test[winner], max(test)))
    return tuple(sum(column) / len(triples) for column in zip(*triples, strict=True))


# %% searching.compare_choices right: indexing
def compare_choices(val_accuracy, test_accuracy):
    rows = torch.arange(len(val_accuracy), device=val_accuracy.device)
    best, lucky = val_accuracy.max(1).indices, test_accuracy.max(1).indices
    tables = ((val_accuracy, best), (test_accuracy, best), (test_accuracy, lucky))
    return [table[rows, columns].mean() for table, columns in tables]


# %% searching.compare_choices right: one_hot
def compare_choices(val_accuracy, test_accuracy):
    top = val_accuracy.max(1, keepdim=True).values
    picked = (val_accuracy == top).to(test_accuracy.dtype)
    honest = torch.einsum("sr,sr->s", picked, test_accuracy).mean()
    return top.mean(), honest, test_accuracy.sort(1).values[:, -1].mean()


# %% searching.compare_choices wrong: picks_on_test
def compare_choices(val_accuracy, test_accuracy):
    chosen = test_accuracy.argmax(1, keepdim=True)
    best = test_accuracy.gather(1, chosen).mean()
    return val_accuracy.gather(1, chosen).mean(), best, best


# %% searching.compare_choices wrong: picks_on_both
def compare_choices(val_accuracy, test_accuracy):
    chosen = (val_accuracy + test_accuracy).argmax(1, keepdim=True)
    looks, honest = (table.gather(1, chosen).mean() for table in (val_accuracy, test_accuracy))
    return looks, honest, test_accuracy.amax(1).mean()


# %% searching.compare_choices wrong: validation_reported
def compare_choices(val_accuracy, test_accuracy):
    looks = val_accuracy.amax(1).mean()
    return looks, looks, test_accuracy.amax(1).mean()


# %% searching.compare_choices wrong: swapped
def compare_choices(val_accuracy, test_accuracy):
    chosen = val_accuracy.argmax(1, keepdim=True)
    honest = test_accuracy.gather(1, chosen).mean()
    return val_accuracy.amax(1).mean(), test_accuracy.amax(1).mean(), honest


# %% searching.compare_choices wrong: mean_first
def compare_choices(val_accuracy, test_accuracy):
    val, test = val_accuracy.mean(0), test_accuracy.mean(0)
    return val.max(), test[val.argmax()], test.max()


# %% searching.compare_choices wrong: wrong_axis
def compare_choices(val_accuracy, test_accuracy):
    chosen = val_accuracy.argmax(0, keepdim=True)
    honest = test_accuracy.gather(0, chosen).mean()
    return val_accuracy.amax(0).mean(), honest, test_accuracy.amax(0).mean()


# %% searching.compare_choices wrong: one_winner
def compare_choices(val_accuracy, test_accuracy):
    best, lucky = val_accuracy[0].argmax(), test_accuracy[0].argmax()
    return (
        val_accuracy[:, best].mean(),
        test_accuracy[:, best].mean(),
        test_accuracy[:, lucky].mean(),
    )


# %% searching.compare_choices wrong: lowest
def compare_choices(val_accuracy, test_accuracy):
    chosen = val_accuracy.argmin(1, keepdim=True)
    honest = test_accuracy.gather(1, chosen).mean()
    return val_accuracy.amin(1).mean(), honest, test_accuracy.amin(1).mean()


# %% searching.compare_choices wrong: in_place
def compare_choices(val_accuracy, test_accuracy):
    looks, honest, flattered = [], [], []
    for val, test in zip(val_accuracy, test_accuracy, strict=True):
        winner = val.argmax()
        looks.append(val[winner].clone())
        honest.append(test[winner].clone())
        flattered.append(test.max().clone())
        val[winner] = -1
    return tuple(torch.stack(values).mean() for values in (looks, honest, flattered))


# %% searching.log_grid right: logspace
def log_grid(ranges, num_values):
    columns = {
        name: torch.logspace(math.log10(low), math.log10(high), num_values[name]).tolist()
        for name, (low, high) in ranges.items()
    }
    return [
        {name: value for name, value in zip(columns, row, strict=True)}
        for row in itertools.product(*columns.values())
    ]


# %% searching.log_grid right: one_name_after_the_other
def log_grid(ranges, num_values):
    trials = [{}]
    for name, (low, high) in ranges.items():
        values, factor = [low], (high / low) ** (1 / max(1, num_values[name] - 1))
        while len(values) < num_values[name]:
            values.append(values[-1] * factor)
        trials = [{**trial, name: value} for value in values for trial in trials]
    return trials


# %% searching.log_grid right: geomspace_meshgrid
import numpy as np


def log_grid(ranges, num_values):
    columns = [np.geomspace(low, high, num_values[name]) for name, (low, high) in ranges.items()]
    table = np.stack([mesh.ravel() for mesh in np.meshgrid(*columns)], axis=1)
    return [dict(zip(ranges, row, strict=True)) for row in table]


# %% searching.log_grid wrong: linear
def log_grid(ranges, num_values):
    columns = [torch.linspace(*ranges[name], num_values[name]).tolist() for name in ranges]
    return [dict(zip(ranges, row, strict=True)) for row in itertools.product(*columns)]


# %% searching.log_grid wrong: zipped
def log_grid(ranges, num_values):
    columns = []
    for name, (low, high) in ranges.items():
        steps = max(num_values[name] - 1, 1)
        columns.append([low * (high / low) ** (k / steps) for k in range(num_values[name])])
    return [dict(zip(ranges, row, strict=True)) for row in zip(*columns, strict=False)]


# %% searching.log_grid wrong: no_upper_end
def log_grid(ranges, num_values):
    columns = []
    for name, (low, high) in ranges.items():
        n = num_values[name]
        columns.append([low * (high / low) ** (k / n) for k in range(n)])
    return [dict(zip(ranges, row, strict=True)) for row in itertools.product(*columns)]


# %% searching.log_grid wrong: one_too_many
def log_grid(ranges, num_values):
    columns = []
    for name, (low, high) in ranges.items():
        n = num_values[name]
        columns.append([low * (high / low) ** (k / n) for k in range(n + 1)])
    return [dict(zip(ranges, row, strict=True)) for row in itertools.product(*columns)]


# %% searching.log_grid wrong: wrong_base
def log_grid(ranges, num_values):
    columns = []
    for name, (low, high) in ranges.items():
        exponents = torch.linspace(math.log10(low), math.log10(high), num_values[name])
        columns.append(torch.exp(exponents).tolist())
    return [dict(zip(ranges, row, strict=True)) for row in itertools.product(*columns)]


# %% searching.log_grid wrong: exponents
def log_grid(ranges, num_values):
    columns = [
        torch.linspace(math.log10(low), math.log10(high), num_values[name]).tolist()
        for name, (low, high) in ranges.items()
    ]
    return [dict(zip(ranges, row, strict=True)) for row in itertools.product(*columns)]


# %% searching.log_grid wrong: shared_dict
def log_grid(ranges, num_values):
    columns, trials, trial = [], [], {}
    for name, (low, high) in ranges.items():
        steps = max(num_values[name] - 1, 1)
        columns.append([low * (high / low) ** (k / steps) for k in range(num_values[name])])
    for row in itertools.product(*columns):
        trial.update(zip(ranges, row, strict=True))
        trials.append(trial)
    return trials


# %% searching.log_grid wrong: same_number
def log_grid(ranges, num_values):
    n, columns = next(iter(num_values.values())), []
    for low, high in ranges.values():
        steps = max(n - 1, 1)
        columns.append([low * (high / low) ** (k / steps) for k in range(n)])
    return [dict(zip(ranges, row, strict=True)) for row in itertools.product(*columns)]


# %% searching.log_grid wrong: division_by_zero
def log_grid(ranges, num_values):
    columns = []
    for name, (low, high) in ranges.items():
        n = num_values[name]
        columns.append([low * (high / low) ** (k / (n - 1)) for k in range(n)])
    return [dict(zip(ranges, row, strict=True)) for row in itertools.product(*columns)]


# %% searching.log_uniform right: numpy_power
import numpy as np


def sample_log_uniform(ranges, num_trials):
    rng = np.random.default_rng()
    ends = np.log10(list(ranges.values()))
    exponents = rng.uniform(ends[:, 0], ends[:, 1], (num_trials, len(ranges)))
    return [dict(zip(ranges, row, strict=True)) for row in 10**exponents]


# %% searching.log_uniform right: python_random
import random


def sample_log_uniform(ranges, num_trials):
    def draw(low, high):
        return math.exp(random.uniform(math.log(low), math.log(high)))

    return [{name: draw(*ends) for name, ends in ranges.items()} for _ in range(num_trials)]


# %% searching.log_uniform right: column_by_column
def sample_log_uniform(ranges, num_trials):
    trials = [{} for _ in range(num_trials)]
    for name, (low, high) in ranges.items():
        exponents = torch.empty(num_trials).uniform_(math.log2(low), math.log2(high))
        for trial, value in zip(trials, torch.exp2(exponents), strict=True):
            trial[name] = value
    return trials


# %% searching.log_uniform right: scipy_distribution
from scipy.stats import loguniform


def sample_log_uniform(ranges, num_trials):
    columns = [loguniform(*ends).rvs(num_trials) for ends in ranges.values()]
    return [dict(zip(ranges, row, strict=True)) for row in zip(*columns, strict=True)]


# %% searching.log_uniform wrong: uniform
def sample_log_uniform(ranges, num_trials):
    return [
        {name: low + (high - low) * torch.rand(()).item() for name, (low, high) in ranges.items()}
        for _ in range(num_trials)
    ]


# %% searching.log_uniform wrong: base_e_of_log10
def sample_log_uniform(ranges, num_trials):
    trials = []
    for draws in torch.rand(num_trials, len(ranges)).tolist():
        trial = {}
        for (name, ends), u in zip(ranges.items(), draws, strict=True):
            low, high = map(math.log10, ends)
            trial[name] = math.exp(low + u * (high - low))
        trials.append(trial)
    return trials


# %% searching.log_uniform wrong: base_10_of_ln
def sample_log_uniform(ranges, num_trials):
    trials = []
    for draws in torch.rand(num_trials, len(ranges)).tolist():
        trial = {}
        for (name, ends), u in zip(ranges.items(), draws, strict=True):
            low, high = map(math.log, ends)
            trial[name] = 10 ** (low + u * (high - low))
        trials.append(trial)
    return trials


# %% searching.log_uniform wrong: one_draw_a_trial
def sample_log_uniform(ranges, num_trials):
    return [
        {name: low * (high / low) ** u for name, (low, high) in ranges.items()}
        for u in torch.rand(num_trials).tolist()
    ]


# %% searching.log_uniform wrong: one_draw_a_name
def sample_log_uniform(ranges, num_trials):
    trial = {
        name: low * (high / low) ** torch.rand(()).item() for name, (low, high) in ranges.items()
    }
    return [dict(trial) for _ in range(num_trials)]


# %% searching.log_uniform wrong: whole_exponents
def sample_log_uniform(ranges, num_trials):
    def draw(low, high):
        first, last = math.ceil(math.log10(low)), math.floor(math.log10(high))
        return 10.0 ** torch.randint(first, last + 1, ()).item()

    return [{name: draw(*ends) for name, ends in ranges.items()} for _ in range(num_trials)]


# %% searching.log_uniform wrong: normal
def sample_log_uniform(ranges, num_trials):
    def draw(low, high):
        middle, width = math.log(low * high) / 2, math.log(high / low)
        return math.exp(middle + width / 6 * torch.randn(()).clamp(-3, 3).item())

    return [{name: draw(*ends) for name, ends in ranges.items()} for _ in range(num_trials)]


# %% searching.log_uniform wrong: fixed_seed
def sample_log_uniform(ranges, num_trials):
    torch.manual_seed(0)
    trials = []
    for draws in torch.rand(num_trials, len(ranges)).tolist():
        pairs = zip(ranges.items(), draws, strict=True)
        trials.append({name: low * (high / low) ** u for (name, (low, high)), u in pairs})
    return trials


# %% searching.log_uniform wrong: shuffled_grid
def sample_log_uniform(ranges, num_trials):
    columns = []
    for low, high in ranges.values():
        places = (torch.randperm(num_trials) + 0.5) / num_trials
        columns.append([low * (high / low) ** u for u in places.tolist()])
    return [dict(zip(ranges, row, strict=True)) for row in zip(*columns, strict=True)]


# %% searching.log_uniform wrong: half_range
def sample_log_uniform(ranges, num_trials):
    trials = []
    for draws in torch.rand(num_trials, len(ranges)).tolist():
        pairs = zip(ranges.items(), draws, strict=True)
        trials.append({name: low * (high / low) ** (u / 2) for (name, (low, high)), u in pairs})
    return trials


# %% searching.next_ranges right: powers_of_ten
import numpy as np


def next_ranges(ranges, trials, accuracy):
    best, found = trials[int(np.nanargmax(accuracy))], {}
    for name, ends in ranges.items():
        low, high = np.log10(ends)
        at, width = np.log10(best[name]), high - low
        q = (at - low) / width
        width = width if q < 0.25 or q > 0.75 else width / 2
        found[name] = (10 ** (at - width / 2), 10 ** (at + width / 2))
    return found


# %% searching.next_ranges right: roots
def next_ranges(ranges, trials, accuracy):
    known = [(a, -k) for k, a in enumerate(accuracy) if a == a]
    best, found = trials[-max(known)[1]], {}
    for name, (low, high) in ranges.items():
        v, ratio = best[name], high / low
        near_an_end = v**4 < low**3 * high or v**4 > low * high**3
        factor = ratio**0.5 if near_an_end else ratio**0.25
        found[name] = [v / factor, v * factor]
    return found


# %% searching.next_ranges right: torch_floats
def next_ranges(ranges, trials, accuracy):
    scores = torch.tensor(accuracy).nan_to_num(-1.0)
    best = trials[int(scores.argmax())]
    ends = torch.tensor(list(ranges.values())).log()
    v = torch.tensor([best[name] for name in ranges]).log()
    width = ends[:, 1] - ends[:, 0]
    inside = ((v - ends[:, 0]) / width - 0.5).abs() <= 0.25
    half = torch.where(inside, width / 4, width / 2)
    pairs = torch.stack([v - half, v + half], dim=1).exp()
    return {name: tuple(pair) for name, pair in zip(ranges, pairs, strict=True)}


# %% searching.next_ranges wrong: linear_place
def next_ranges(ranges, trials, accuracy):
    best = trials[
        max(range(len(trials)), key=lambda k: -1 if math.isnan(accuracy[k]) else accuracy[k])
    ]
    found = {}
    for name, (low, high) in ranges.items():
        width, place = math.log(high / low), (best[name] - low) / (high - low)
        reach = math.exp(width / 4 if 0.25 <= place <= 0.75 else width / 2)
        found[name] = (best[name] / reach, best[name] * reach)
    return found


# %% searching.next_ranges wrong: linear_width
def next_ranges(ranges, trials, accuracy):
    best = trials[
        max(range(len(trials)), key=lambda k: -1 if math.isnan(accuracy[k]) else accuracy[k])
    ]
    found = {}
    for name, (low, high) in ranges.items():
        place = math.log(best[name] / low) / math.log(high / low)
        width = (high - low) / 2 if 0.25 <= place <= 0.75 else high - low
        found[name] = (best[name] - width / 2, best[name] + width / 2)
    return found


# %% searching.next_ranges wrong: clipped
def next_ranges(ranges, trials, accuracy):
    best = trials[
        max(range(len(trials)), key=lambda k: -1 if math.isnan(accuracy[k]) else accuracy[k])
    ]
    found = {}
    for name, (low, high) in ranges.items():
        width = math.log(high / low)
        place = math.log(best[name] / low) / width
        reach = math.exp(width / 4 if 0.25 <= place <= 0.75 else width / 2)
        found[name] = (max(low, best[name] / reach), min(high, best[name] * reach))
    return found


# %% searching.next_ranges wrong: always_halved
def next_ranges(ranges, trials, accuracy):
    best = trials[
        max(range(len(trials)), key=lambda k: -1 if math.isnan(accuracy[k]) else accuracy[k])
    ]
    found = {}
    for name, (low, high) in ranges.items():
        reach = (high / low) ** 0.25
        found[name] = (best[name] / reach, best[name] * reach)
    return found


# %% searching.next_ranges wrong: upper_end_only
def next_ranges(ranges, trials, accuracy):
    best = trials[
        max(range(len(trials)), key=lambda k: -1 if math.isnan(accuracy[k]) else accuracy[k])
    ]
    found = {}
    for name, (low, high) in ranges.items():
        width = math.log(high / low)
        place = math.log(best[name] / low) / width
        reach = math.exp(width / 2 if place > 0.75 else width / 4)
        found[name] = (best[name] / reach, best[name] * reach)
    return found


# %% searching.next_ranges wrong: range_center
def next_ranges(ranges, trials, accuracy):
    best = trials[
        max(range(len(trials)), key=lambda k: -1 if math.isnan(accuracy[k]) else accuracy[k])
    ]
    found = {}
    for name, (low, high) in ranges.items():
        width, middle = math.log(high / low), math.sqrt(low * high)
        place = math.log(best[name] / low) / width
        reach = math.exp(width / 4 if 0.25 <= place <= 0.75 else width / 2)
        found[name] = (middle / reach, middle * reach)
    return found


# %% searching.next_ranges wrong: worst
def next_ranges(ranges, trials, accuracy):
    best = trials[
        min(range(len(trials)), key=lambda k: 2 if math.isnan(accuracy[k]) else accuracy[k])
    ]
    found = {}
    for name, (low, high) in ranges.items():
        width = math.log(high / low)
        place = math.log(best[name] / low) / width
        reach = math.exp(width / 4 if 0.25 <= place <= 0.75 else width / 2)
        found[name] = (best[name] / reach, best[name] * reach)
    return found


# %% searching.next_ranges wrong: nan_wins
def next_ranges(ranges, trials, accuracy):
    best, found = trials[accuracy.index(max(accuracy))], {}
    for name, (low, high) in ranges.items():
        width = math.log(high / low)
        place = math.log(best[name] / low) / width
        reach = math.exp(width / 4 if 0.25 <= place <= 0.75 else width / 2)
        found[name] = (best[name] / reach, best[name] * reach)
    return found


# %% searching.next_ranges wrong: all_names_alike
def next_ranges(ranges, trials, accuracy):
    best = trials[
        max(range(len(trials)), key=lambda k: -1 if math.isnan(accuracy[k]) else accuracy[k])
    ]
    places = [math.log(best[n] / low) / math.log(high / low) for n, (low, high) in ranges.items()]
    inside, found = all(0.25 <= place <= 0.75 for place in places), {}
    for name, (low, high) in ranges.items():
        reach = (high / low) ** (0.25 if inside else 0.5)
        found[name] = (best[name] / reach, best[name] * reach)
    return found


# %% searching.next_ranges wrong: twice_too_narrow
def next_ranges(ranges, trials, accuracy):
    best = trials[
        max(range(len(trials)), key=lambda k: -1 if math.isnan(accuracy[k]) else accuracy[k])
    ]
    found = {}
    for name, (low, high) in ranges.items():
        width = math.log(high / low)
        place = math.log(best[name] / low) / width
        reach = math.exp(width / 8 if 0.25 <= place <= 0.75 else width / 2)
        found[name] = (best[name] / reach, best[name] * reach)
    return found
