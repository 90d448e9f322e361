"""`make bench`: the capstone's reference run, timed. On CIFAR-10 only with a GPU, and the data at hand or a network."""

import importlib.util

import torch

from tests.conftest import ROOT
from utils.data import DataError

CPU, GPU = ("shapes", "digits"), ("shapes", "digits", "cifar10")


def reference():
    """The script assignments/reference/capstone.py as a module."""
    path = ROOT / "assignments" / "reference" / "capstone.py"
    spec = importlib.util.spec_from_file_location("capstone_reference", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    script, on_gpu = reference(), torch.cuda.is_available()
    for name in GPU if on_gpu else CPU:
        for seed in range(2 if on_gpu else 1):  # the first run on a GPU also warms it up
            try:
                accuracy, seconds = script.run(name, seed=seed)
            except DataError as error:
                print(f"capstone, {name}: not run. {error}")
                break
            steps = script.RECIPES[name].num_steps
            print(f"capstone, {name}: {accuracy:.1%} right, {steps} steps in {seconds:.1f} s")


if __name__ == "__main__":
    main()
