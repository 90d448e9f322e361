"""Searching for hyperparameters: what a choice looks at, grids, random trials, the next range (Lecture 6).

Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 13, 2012.
"""

import copy

import numpy as np
import torch

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Close, Same, Share
from autograder.functions import UNCHANGED, FunctionExercise, in_words

SPLITS = "Lecture 6, section 1: Train, validation, test"
SEARCH = "Lecture 6, section 3: Grid against random search"
NARROW = "Lecture 6, section 4: From coarse to fine"
RTOL = 1e-4  # of a hyperparameter: float32 will do


class CompareChoices(FunctionExercise):
    """`compare_choices(val_accuracy, test_accuracy) -> (looks, honest, flattered)`."""

    name = "searching.compare_choices"
    title = "How optimistic is a choice?"
    outputs = ("looks", "honest", "flattered")
    shown = ("num_searches", "num_runs")
    parts = (
        Part("looks: how good the chosen run looked", 2, ("looks",), SPLITS),
        Part("honest: the test accuracy of that run", 3, ("honest",), SPLITS),
        Part("flattered: choosing on test", 2, ("flattered",), SPLITS),
        Part(
            "inputs left alone",
            1,
            (UNCHANGED,),
            SPLITS,
            needs=("honest: the test accuracy of that run",),
        ),
    )
    mistakes = {
        "picks_on_test": "The run is chosen on the test accuracy: the test images then measure nothing any more.",
        "picks_on_both": "The run is chosen on the sum of both accuracies, so the choice looks at the test images too.",
        "validation_reported": "The validation accuracy of the chosen run is given as its test accuracy.",
        "swapped": "honest and flattered are in each other's place: the order is looks, honest, flattered.",
        "mean_first": "The accuracies are averaged over the searches before a run is chosen; each search has its own.",
        "wrong_axis": "The maximum is taken over the searches; a row is a search, its runs lie along dimension 1.",
        "one_winner": "The winner of the first search is used in all of them; each search chooses its own.",
        "lowest": "The run with the lowest validation accuracy is chosen.",
        "in_place": "The arguments are changed in place; the caller still needs them.",
    }

    def cases(self, rng_for):
        cases = []
        for searches, runs, dtype in (
            (23, 17, "float32"),
            (5, 64, "float64"),
            (9, 1, "float64"),
            (1, 12, "float32"),
        ):
            name = f"{searches} x {runs}, {dtype}"
            cases.append(
                {
                    "name": name,
                    "seed": int(rng_for(name).integers(2**31)),
                    "num_searches": searches,
                    "num_runs": runs,
                    "dtype": dtype,
                }
            )
        return cases

    def arguments(self, case):
        rng = np.random.default_rng(case["seed"])
        shape = case["num_searches"], case["num_runs"]
        real = rng.uniform(0.6, 0.8, shape)
        measured = [real + rng.uniform(-0.1, 0.1, shape) for _ in range(2)]
        val, test = (array.astype(case["dtype"]) for array in measured)
        return {"val_accuracy": val, "test_accuracy": test}


def number(value):
    """A number or a tensor with one entry as a float, anything else as None."""
    if isinstance(value, torch.Tensor):
        return float(value.detach()) if value.numel() == 1 and not value.is_complex() else None
    is_number = isinstance(value, int | float | np.floating | np.integer)
    return float(value) if is_number and not isinstance(value, bool) else None


def rows(trials, names: list[str]) -> dict:
    """Trials, each a dict of numbers, as an array [trials, names]; where they are not that, `described` in words."""
    if not isinstance(trials, list | tuple):
        return {"described": in_words(trials)}
    for trial in trials:
        if not isinstance(trial, dict):
            return {"described": f"a list that holds a {type(trial).__name__}"}
        if set(trial) != set(names):
            return {"described": f"a dict with the names {', '.join(map(str, trial))}"[:120]}
    values = [[number(trial[name]) for name in names] for trial in trials]
    if any(value is None for row in values for value in row):
        return {"described": "a dict whose values are not numbers"}
    return {"values": np.array(values, "float64").reshape(-1, len(names))}


def values_of(output: dict) -> np.ndarray:
    """The array that `rows` made. Raises Malformed where it made none."""
    if "described" in output:
        raise Malformed(
            f"The function returned {output['described']}; a list of dicts is asked for, one a trial, "
            "with a number for each name in ranges."
        )
    return output["values"]


def named_ranges(case: dict) -> dict:
    """A case's ranges by name, in new tuples."""
    return {name: tuple(ends) for name, ends in case["ranges"].items()}


def some_ranges(rng, names: tuple[str, ...]) -> dict:
    """For each name a range of two to four powers of ten, with ends that are not round."""
    ranges = {}
    for name in names:
        low = 10 ** rng.uniform(-5, -1)
        ranges[name] = [float(low), float(low * 10 ** rng.uniform(2, 4))]
    return ranges


class LogGrid(Exercise):
    """`log_grid(ranges, num_values) -> trials`."""

    name = "searching.log_grid"
    title = "A grid"
    shown = ("ranges", "num_values")
    flagged = ("ParameterGrid",)
    parts = (
        Part("values evenly spaced in the logarithm", 3, ("values of each name",), SEARCH),
        Part("every combination once", 2, ("number of trials", "different combinations"), SEARCH),
        Part("one value alone", 1, ("values of a name with one value",), SEARCH),
    )
    mistakes = {
        "linear": "The values are evenly spaced themselves; their logarithms are to be.",
        "zipped": "The values of the names are paired one with one; every value meets every value of the others.",
        "no_upper_end": "The upper end of the range is missing: num_values values lie from low to high, both included.",
        "one_too_many": "There is one value too many a name: num_values counts the values, not the steps between them.",
        "wrong_base": "The exponents are taken to base 10 and raised to base e, or the other way round.",
        "exponents": "The exponents are returned, not the values.",
        "shared_dict": "Every trial is the same dict, changed again and again: make a new dict for each trial.",
        "same_number": "Every name gets the number of values of the first name.",
        "division_by_zero": "With one value the code divides by zero: that value is low.",
    }

    def cases(self, rng_for):
        cases = []
        for name, num_values in (
            ("two names", {"lr": 4, "weight_decay": 3}),
            ("three names", {"weight_decay": 2, "lr": 5, "drop_prob": 3}),
            ("one name", {"lr": 7}),
            ("a name with one value", {"lr": 3, "momentum": 1}),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "num_values": num_values}
            cases.append(case | {"ranges": some_ranges(rng, tuple(num_values))})
        return cases

    def probe(self, answer, case, device):
        return rows(answer(named_ranges(case), dict(case["num_values"])), list(case["num_values"]))

    def measure(self, case, output):
        values, counts = values_of(output), case["num_values"]
        if not values.size or not np.isfinite(values).all():
            raise Malformed("There are no trials, or some of their values are not finite.")
        found, places = [], []
        for column in values.T:
            distinct, place = _distinct(column)
            found.append(distinct)
            places.append(place)
        features = {
            "number of trials": Same(len(values)),
            "different combinations": Same(len(set(zip(*places, strict=True)))),
        }
        if 1 in counts.values():
            alone = [distinct for distinct, n in zip(found, counts.values(), strict=True) if n == 1]
            return features | {"values of a name with one value": _close(np.concatenate(alone))}
        return features | {"values of each name": _close(np.concatenate(found))}


def _distinct(column):
    """The different values of a column, sorted, and which of them each entry is; rounding makes no difference."""
    order = np.argsort(column)
    ordered = column[order]
    new = np.abs(np.diff(ordered)) > RTOL * np.abs(ordered[1:])
    group = np.concatenate([[0], np.cumsum(new)])
    place = np.empty(len(column), int)
    place[order] = group
    return ordered[np.concatenate([[True], new])], place.tolist()


def _close(values):
    return Close(np.asarray(values, float), rtol=RTOL, atol=0.0, dims=[["value", 1]])


class LogUniform(Exercise):
    """`sample_log_uniform(ranges, num_trials) -> trials`.

    8,000 draws find a share that is off by 0.07 with probability 1 − 1e-6: any law on another scale.
    """

    name = "searching.log_uniform"
    title = "Random trials"
    shown = ("num_trials",)
    flagged = ("loguniform", "reciprocal", "ParameterSampler")
    QUANTILES = (0.1, 0.3, 0.5, 0.7, 0.9)
    parts = (
        Part(
            "values inside their range", 2, ("values inside the range", "number of trials"), SEARCH
        ),
        Part(
            "uniform exponents",
            4,
            tuple(f"share of exponents in the lower {q:.0%} of their range" for q in QUANTILES),
            SEARCH,
        ),
        Part(
            "names, trials and calls draw on their own",
            3,
            (
                *(
                    f"share of {pairs} in the same half"
                    for pairs in ("two names", "trials side by side", "two calls")
                ),
                "a later call brings the same values",
            ),
            SEARCH,
            needs=("uniform exponents",),
        ),
    )
    mistakes = {
        "uniform": "The values themselves are uniform: most lie near the upper end. The exponent is to be uniform.",
        "base_e_of_log10": "Logarithms to base 10 are undone with base e: the values miss their range.",
        "base_10_of_ln": "Natural logarithms are undone with base 10: the values miss their range.",
        "one_draw_a_trial": "One draw is used for all names of a trial, so they rise and fall together.",
        "one_draw_a_name": "One value of a name is used in all trials.",
        "whole_exponents": "Only whole exponents are drawn, so few values are ever tried.",
        "normal": "The exponent is drawn from a normal law, not uniformly.",
        "fixed_seed": "Every call returns the same trials: the random seed is set inside.",
        "shuffled_grid": "The values are a grid in random order: a second call brings the same values again.",
        "half_range": "Only a part of the range is drawn from: the exponent runs from log low to log high.",
    }

    def cases(self, rng_for):
        cases = []
        for name, names, trials, calls in (
            ("4000 trials, two calls", ("lr", "weight_decay"), 4000, 2),
            ("4 trials, 1000 calls", ("weight_decay", "lr", "scale"), 4, 1000),
        ):
            rng = rng_for(name)
            ranges = some_ranges(rng, names)
            ranges[names[-1]][1] = float(rng.uniform(20, 900))  # a range that reaches beyond 1
            case = {"name": name, "seed": int(rng.integers(2**31)), "ranges": ranges}
            cases.append(case | {"num_trials": trials, "num_calls": calls})
        return cases

    def probe(self, answer, case, device):
        names = list(case["ranges"])
        calls = [
            rows(answer(named_ranges(case), case["num_trials"]), names)
            for _ in range(case["num_calls"])
        ]
        described = [call for call in calls if "described" in call]
        if described:
            return described[0]
        if any(len(call["values"]) != case["num_trials"] for call in calls):
            return {"count": len(calls[0]["values"])}
        return {"values": np.stack([call["values"] for call in calls])}

    def measure(self, case, output):
        if "count" in output:
            raise Malformed(f"There are not {case['num_trials']} trials, but {output['count']}.")
        values = values_of(output)
        ranges = np.array(list(case["ranges"].values()))
        if values.shape != (case["num_calls"], case["num_trials"], len(ranges)):
            raise Malformed("There is not a trial for each of num_trials.")
        if not (np.isfinite(values) & (values > 0)).all():
            raise Malformed("Some values are not positive numbers.")
        low, high = np.log(ranges).T
        place = (np.log(values) - low) / (high - low)  # [call, trial, name], 0 to 1 along the range
        inside = (place > -RTOL) & (place < 1 + RTOL)
        upper = place > 0.5
        features = {
            "values inside the range": Same(bool(inside.all())),
            "number of trials": Same(int(values.shape[1])),
            "a later call brings the same values": Same(_repeats(values)),
        }
        for q in self.QUANTILES:
            found = int((place < q).sum())
            features[f"share of exponents in the lower {q:.0%} of their range"] = Share(
                found, place.size, q
            )
        for pairs, one, other in (
            ("two names", upper[:, :, 0], upper[:, :, 1]),
            ("trials side by side", upper[:, 0::2], upper[:, 1::2]),
            ("two calls", upper[0::2], upper[1::2]),
        ):
            features[f"share of {pairs} in the same half"] = Share(
                int((one == other).sum()), one.size, 0.5
            )
        return features


def _repeats(values):
    """Whether the first two calls brought the same values, in any order."""
    one, other = (np.sort(call, axis=0) for call in values[:2])
    return bool((one == other).mean() > 0.5)


class NextRanges(Exercise):
    """`next_ranges(ranges, trials, accuracy) -> ranges`."""

    name = "searching.next_ranges"
    title = "The next ranges"
    shown = ("ranges",)
    PLACES = {  # where along its range the best trial lies, as a share of it on the logarithmic scale
        "inside": (0.3, 0.7),
        "near the lower end": (0.04, 0.2),
        "near the upper end": (0.8, 0.96),
        "at the upper end": (1.0, 1.0),
        "just inside": (0.253, 0.259),
        "just outside": (0.753, 0.763),
    }
    parts = (
        Part(
            "the best well inside: half as wide",
            3,
            ("lr, best inside", "weight_decay, best inside", "lr, best just inside"),
            NARROW,
        ),
        Part(
            "the best near an end: look beyond",
            4,
            (
                "lr, best near the lower end",
                "lr, best near the upper end",
                "lr, best at the upper end",
                "weight_decay, best near the lower end",
                "weight_decay, best just outside",
            ),
            NARROW,
        ),
        Part("each name on its own", 2, ("weight_decay, beside an lr near its end",), NARROW),
        Part(
            "trials that diverged",
            1,
            ("lr, some trials diverged", "weight_decay, some trials diverged"),
            NARROW,
        ),
    )
    mistakes = {
        "linear_place": "Where the best value lies is measured on the plain scale; the logarithm counts.",
        "linear_width": "The new range is laid around the best value by adding and subtracting; multiply and divide.",
        "clipped": "The new range is cut at the ends of the old one: what lies beyond the edge is never tried.",
        "always_halved": "The range is halved wherever the best value lies; near an end it keeps its width.",
        "upper_end_only": "Only the upper end counts as an edge; the best may lie near the lower one too.",
        "range_center": "The new range is laid around the middle of the old one, not around the best value.",
        "worst": "The trial with the lowest accuracy is taken for the best.",
        "nan_wins": "A trial that diverged, with accuracy NaN, is taken for the best.",
        "all_names_alike": "One name at an edge decides for all; each name is judged by its own range.",
        "twice_too_narrow": "Inside, the new range has a quarter of the old width; it has half of it.",
    }

    def cases(self, rng_for):
        cases = []
        for name, lr, weight_decay, diverged in (
            ("best inside", "inside", "inside", 0),
            ("best near the lower end", "near the lower end", "inside", 0),
            ("best near the upper end", "near the upper end", "inside", 0),
            ("best at the upper end", "at the upper end", "near the lower end", 0),
            ("best close to a quarter", "just inside", "just outside", 0),
            ("some trials diverged", "inside", "near the upper end", 5),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "num_diverged": diverged}
            case["best"] = {"lr": lr, "weight_decay": weight_decay}
            cases.append(case | {"ranges": some_ranges(rng, ("lr", "weight_decay"))})
        return cases

    def trials(self, case):
        """Trials all over the ranges, the best where the case says, and the accuracies."""
        rng = np.random.default_rng(case["seed"])
        count = int(rng.integers(13, 20))
        accuracy = rng.uniform(0.2, 0.8, count)
        place = rng.uniform(0.02, 0.98, (count, len(case["best"])))
        best, worst = 1 + rng.choice(count - 1, 2, replace=False)
        accuracy[best], accuracy[worst] = 0.9, 0.1
        place[best] = [rng.uniform(*self.PLACES[where]) for where in case["best"].values()]
        if case["num_diverged"]:
            others = [k for k in range(1, count) if k not in (best, worst)]
            diverged = rng.choice(others, case["num_diverged"] - 1, replace=False)
            accuracy[[0, *diverged]] = np.nan
        trials = []
        for row in place:
            ends = zip(case["ranges"].items(), row, strict=True)
            trials.append(
                {name: float(low ** (1 - at) * high**at) for (name, (low, high)), at in ends}
            )
        return trials, accuracy.tolist()

    def probe(self, answer, case, device):
        trials, accuracy = self.trials(case)
        returned = answer(named_ranges(case), copy.deepcopy(trials), accuracy)
        if not isinstance(returned, dict) or set(returned) != set(case["ranges"]):
            return {"described": in_words(returned)}
        found = {}
        for name in case["ranges"]:
            ends = returned[name]
            if not isinstance(ends, tuple | list) or len(ends) != 2:
                return {"described": f"a dict whose {name} is not a pair"}
            if any(number(end) is None for end in ends):
                return {"described": f"a dict whose {name} is not a pair of numbers"}
            found[name] = [number(end) for end in ends]
        return found

    def measure(self, case, output):
        if "described" in output:
            raise Malformed(
                f"The function returned {output['described']}; a dict with a pair (low, high) for each name "
                "in ranges is asked for."
            )
        found = {
            name: Close(output[name], rtol=RTOL, atol=0.0, dims=[["end", 0]])
            for name in case["best"]
        }
        if case["num_diverged"]:
            return {f"{name}, some trials diverged": value for name, value in found.items()}
        places = dict(case["best"])
        if "end" in places["lr"] and places["weight_decay"] == "inside":
            features = {"weight_decay, beside an lr near its end": found.pop("weight_decay")}
        else:
            features = {}
        return features | {f"{name}, best {places[name]}": value for name, value in found.items()}


EXERCISES = (CompareChoices(), LogGrid(), LogUniform(), NextRanges())
