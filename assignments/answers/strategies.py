"""Answers to the exercise on strategies: wrong ones that students give, and other right ones."""


# %% strategies.choose right: loops
def choose_strategy(strategies, seeds, margin=0.0):
    val_means, test_means = {}, {}
    for name in strategies:
        val = test = 0.0
        for seed in seeds:
            one, other = strategies[name](seed)
            val += one / len(seeds)
            test += other / len(seeds)
        val_means[name], test_means[name] = val, test
    best = max(val_means[name] for name in val_means)
    for name in strategies:
        if best - val_means[name] <= margin:
            return name, val_means, test_means[name]


# %% strategies.choose right: tensor_of_runs
def choose_strategy(strategies, seeds, margin=0.0):
    runs = [[run(s) for s in seeds] for run in strategies.values()]
    means = torch.tensor(runs, dtype=torch.float64).mean(dim=1)
    good = means[:, 0] >= means[:, 0].max() - margin
    index = int(good.int().argmax())
    names = list(strategies)
    return names[index], dict(zip(names, means[:, 0].tolist())), means[index, 1].item()


# %% strategies.choose right: seeds_outside
from statistics import fmean


def choose_strategy(strategies, seeds, margin=0.0):
    val, test = {name: [] for name in strategies}, {name: [] for name in strategies}
    for seed in seeds:
        for name, strategy in strategies.items():
            result = strategy(seed)
            val[name].append(result[0])
            test[name].append(result[1])
    means = {name: fmean(values) for name, values in val.items()}
    ranked = sorted(means, key=means.get, reverse=True)
    order = list(strategies)
    near = [order.index(name) for name in ranked if means[name] + margin >= means[ranked[0]]]
    chosen = order[min(near)]
    return chosen, means, fmean(test[chosen])


# %% strategies.choose wrong: by_test
def choose_strategy(strategies, seeds, margin=0.0):
    runs = {name: [f(seed) for seed in seeds] for name, f in strategies.items()}
    val = {name: sum(r[0] for r in rs) / len(rs) for name, rs in runs.items()}
    test = {name: sum(r[1] for r in rs) / len(rs) for name, rs in runs.items()}
    chosen = next(name for name in test if test[name] >= max(test.values()) - margin)
    return chosen, val, test[chosen]


# %% strategies.choose wrong: luckiest_run
def choose_strategy(strategies, seeds, margin=0.0):
    runs = {name: [f(seed) for seed in seeds] for name, f in strategies.items()}
    val = {name: sum(r[0] for r in rs) / len(rs) for name, rs in runs.items()}
    test = {name: sum(r[1] for r in rs) / len(rs) for name, rs in runs.items()}
    best = {name: max(r[0] for r in rs) for name, rs in runs.items()}
    chosen = next(name for name in best if best[name] >= max(best.values()) - margin)
    return chosen, val, test[chosen]


# %% strategies.choose wrong: best_runs_reported
def choose_strategy(strategies, seeds, margin=0.0):
    runs = {name: [f(seed) for seed in seeds] for name, f in strategies.items()}
    val = {name: max(r[0] for r in rs) for name, rs in runs.items()}
    test = {name: max(r[1] for r in rs) for name, rs in runs.items()}
    chosen = next(name for name in val if val[name] >= max(val.values()) - margin)
    return chosen, val, test[chosen]


# %% strategies.choose wrong: first_seed
def choose_strategy(strategies, seeds, margin=0.0):
    runs = {name: f(seeds[0]) for name, f in strategies.items()}
    val = {name: run[0] for name, run in runs.items()}
    chosen = next(name for name in val if val[name] >= max(val.values()) - margin)
    return chosen, val, runs[chosen][1]


# %% strategies.choose wrong: own_seeds
def choose_strategy(strategies, seeds, margin=0.0):
    runs = {name: [f(seed) for seed in range(len(seeds))] for name, f in strategies.items()}
    val = {name: sum(r[0] for r in rs) / len(rs) for name, rs in runs.items()}
    test = {name: sum(r[1] for r in rs) / len(rs) for name, rs in runs.items()}
    chosen = next(name for name in val if val[name] >= max(val.values()) - margin)
    return chosen, val, test[chosen]


# %% strategies.choose wrong: run_twice
def choose_strategy(strategies, seeds, margin=0.0):
    val = {name: sum(f(s)[0] for s in seeds) / len(seeds) for name, f in strategies.items()}
    test = {name: sum(f(s)[1] for s in seeds) / len(seeds) for name, f in strategies.items()}
    chosen = next(name for name in val if val[name] >= max(val.values()) - margin)
    return chosen, val, test[chosen]


# %% strategies.choose wrong: margin_ignored
def choose_strategy(strategies, seeds, margin=0.0):
    runs = {name: [f(seed) for seed in seeds] for name, f in strategies.items()}
    val = {name: sum(r[0] for r in rs) / len(rs) for name, rs in runs.items()}
    test = {name: sum(r[1] for r in rs) / len(rs) for name, rs in runs.items()}
    chosen = max(val, key=val.get)
    return chosen, val, test[chosen]


# %% strategies.choose wrong: dearest_within
def choose_strategy(strategies, seeds, margin=0.0):
    runs = {name: [f(seed) for seed in seeds] for name, f in strategies.items()}
    val = {name: sum(r[0] for r in rs) / len(rs) for name, rs in runs.items()}
    test = {name: sum(r[1] for r in rs) / len(rs) for name, rs in runs.items()}
    chosen = [name for name in val if val[name] >= max(val.values()) - margin][-1]
    return chosen, val, test[chosen]


# %% strategies.choose wrong: tie_to_last
def choose_strategy(strategies, seeds, margin=0.0):
    runs = {name: [f(seed) for seed in seeds] for name, f in strategies.items()}
    val = {name: sum(r[0] for r in rs) / len(rs) for name, rs in runs.items()}
    test = {name: sum(r[1] for r in rs) / len(rs) for name, rs in runs.items()}
    best = -1.0
    for name, mean in val.items():
        if mean >= best:
            best, top = mean, name
    chosen = top if margin == 0 else next(name for name in val if val[name] >= best - margin)
    return chosen, val, test[chosen]


# %% strategies.choose wrong: margin_upwards
def choose_strategy(strategies, seeds, margin=0.0):
    runs = {name: [f(seed) for seed in seeds] for name, f in strategies.items()}
    val = {name: sum(r[0] for r in rs) / len(rs) for name, rs in runs.items()}
    test = {name: sum(r[1] for r in rs) / len(rs) for name, rs in runs.items()}
    chosen = next(name for name in val if val[name] >= max(val.values()) + margin)
    return chosen, val, test[chosen]


# %% strategies.choose wrong: test_of_the_best
def choose_strategy(strategies, seeds, margin=0.0):
    runs = {name: [f(seed) for seed in seeds] for name, f in strategies.items()}
    val = {name: sum(r[0] for r in rs) / len(rs) for name, rs in runs.items()}
    test = {name: sum(r[1] for r in rs) / len(rs) for name, rs in runs.items()}
    chosen = next(name for name in val if val[name] >= max(val.values()) - margin)
    return chosen, val, max(test.values())


# %% strategies.choose wrong: val_for_test
def choose_strategy(strategies, seeds, margin=0.0):
    runs = {name: [f(seed) for seed in seeds] for name, f in strategies.items()}
    val = {name: sum(r[0] for r in rs) / len(rs) for name, rs in runs.items()}
    chosen = next(name for name in val if val[name] >= max(val.values()) - margin)
    return chosen, val, val[chosen]


# %% strategies.choose wrong: test_means
def choose_strategy(strategies, seeds, margin=0.0):
    runs = {name: [f(seed) for seed in seeds] for name, f in strategies.items()}
    val = {name: sum(r[0] for r in rs) / len(rs) for name, rs in runs.items()}
    test = {name: sum(r[1] for r in rs) / len(rs) for name, rs in runs.items()}
    chosen = next(name for name in val if val[name] >= max(val.values()) - margin)
    return chosen, test, test[chosen]


# %% strategies.choose wrong: worst
def choose_strategy(strategies, seeds, margin=0.0):
    runs = {name: [f(seed) for seed in seeds] for name, f in strategies.items()}
    val = {name: sum(r[0] for r in rs) / len(rs) for name, rs in runs.items()}
    test = {name: sum(r[1] for r in rs) / len(rs) for name, rs in runs.items()}
    chosen = min(val, key=val.get)
    return chosen, val, test[chosen]
