"""`make bench`: training many networks as one against one after the other. Figures, not tests: nothing here can fail.

Both sides take turns, and each is given the better of one and two threads. Compare figures of one run
only, made on an idle machine.
"""

import os
import statistics
import time
from collections import defaultdict

import numpy as np
import torch
from torch import nn

from utils.data import load
from utils.populations import fit_population
from utils.training import fit, set_seed

REPEATS = 5
NUM_EPOCHS = 12
THREADS = (1, 2)


def mlp() -> nn.Module:
    """The network of lecture 5's learning-rate explorer."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


def wide_mlp() -> nn.Module:
    """Four times as wide: here the arithmetic takes longer than what lies between the operations."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))


def mlp_with_dropout() -> nn.Module:
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10)
    )


def conv_net() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(128, 10),
    )


def one_after_the_other(models, rates, data) -> None:
    for model, lr in zip(models, rates, strict=True):
        optimizer = torch.optim.SGD(model.parameters(), lr=lr)
        fit(
            model,
            data.train,
            data.val,
            optimizer=optimizer,
            num_epochs=NUM_EPOCHS,
            progress=False,
        )


def as_one(models, rates, data) -> None:
    fit_population(models, data.train, data.val, lr=rates, num_epochs=NUM_EPOCHS, progress=False)


def seconds(train, build, num_networks: int, data) -> float:
    set_seed(0)
    models = [build().to(data.train.images.device) for _ in range(num_networks)]
    rates = np.geomspace(1e-3, 0.5, num_networks)
    start = time.perf_counter()
    train(models, rates, data)
    return time.perf_counter() - start  # The last losses have been read, so a GPU has finished too.


def compare(name: str, build, num_networks: int, device: str, thread_counts) -> None:
    data = load("digits", device=device)
    num_steps = NUM_EPOCHS * -(-len(data.train) // 64)
    times = defaultdict(list)
    for train in (one_after_the_other, as_one):
        seconds(train, build, 2, data)
    for _ in range(REPEATS):
        for num_threads in thread_counts:
            torch.set_num_threads(num_threads)
            for train in (one_after_the_other, as_one):
                times[train, num_threads].append(seconds(train, build, num_networks, data))
    best = {}
    for train in (one_after_the_other, as_one):
        medians = {n: statistics.median(times[train, n]) for n in thread_counts}
        num_threads = min(medians, key=medians.get)
        best[train] = medians[num_threads]
        how = f"{train.__name__.replace('_', ' ')}, {num_threads} thread(s)"
        print(f"{device}: {num_networks} {name}, {num_steps} steps, {how:36} {best[train]:8.3f} s")
    ratio = best[one_after_the_other] / best[as_one]
    print(f"{device}: {num_networks} {name}: as one {ratio:.1f} times as fast")


def main() -> None:
    load_average = os.getloadavg()[0]
    print(f"medians of {REPEATS}; load at the start {load_average:.1f}")
    for device in ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",):
        thread_counts = THREADS if device == "cpu" else (torch.get_num_threads(),)
        compare("MLPs 64-32-10", mlp, 64, device, thread_counts)
        compare("MLPs 64-128-10", wide_mlp, 64, device, thread_counts)
        compare("MLPs 64-128-10 with dropout", mlp_with_dropout, 64, device, thread_counts)
        compare("conv nets with batch norm", conv_net, 16, device, thread_counts)


if __name__ == "__main__":
    main()
