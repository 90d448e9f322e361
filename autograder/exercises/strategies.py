"""Strategies: several ways to transfer, measured over seeds, and one chosen by validation."""

import numpy as np

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Close, Same
from autograder.functions import in_words

LECTURE = "Lecture 8, section 8: Little or much data, near or far"
NAMES = ("nearest neighbours", "linear on top", "a few layers", "all layers", "from scratch")
ONE = 256  # accuracies are multiples of 1/256: their sums, and ties, are exact


class Choose(Exercise):
    """`answer(strategies, seeds, margin) -> (chosen, val_means, test_mean)`."""

    name = "strategies.choose"
    title = "Choose a strategy"
    shown = ("seeds", "margin")
    parts = (
        Part(
            "mean validation accuracy of every strategy",
            2,
            ("mean validation accuracies",),
            LECTURE,
        ),
        Part("the best by validation is chosen", 2, ("chosen strategy",), LECTURE),
        Part(
            "the cheapest within the margin, and in a tie",
            2,
            ("chosen strategy within a margin", "chosen strategy in a tie"),
            LECTURE,
        ),
        Part("its mean test accuracy", 1, ("mean test accuracy",), LECTURE),
        Part("every strategy runs once with each seed", 1, ("runs",), LECTURE),
    )
    mistakes = {
        "by_test": "The choice is made on test accuracy; then the test no longer says how good the choice is.",
        "luckiest_run": "The strategy with the best single run is chosen: compare means over the seeds.",
        "best_runs_reported": "The best run of each strategy is reported, not the mean over the seeds.",
        "first_seed": "Only the first seed is run; one run says little.",
        "own_seeds": "The strategies run with other seeds than the given ones.",
        "run_twice": "Every strategy is run twice, once for each accuracy; one run gives both.",
        "margin_ignored": "The margin is ignored: the cheapest strategy within it is asked for, not the best.",
        "dearest_within": "The last strategy within the margin is chosen; they are listed from the cheapest on.",
        "tie_to_last": "Of equally good strategies the last is chosen; the first is the cheapest.",
        "margin_upwards": "The margin is added to the best mean, not taken off: nothing but a tie can reach that.",
        "test_of_the_best": "The best test accuracy of all is returned, not that of the chosen strategy.",
        "val_for_test": "The third value is the chosen strategy's validation accuracy, not its test accuracy.",
        "test_means": "The means are those of the test accuracies; they should be those of validation.",
        "worst": "The strategy with the lowest mean is chosen.",
    }

    # Validation and test accuracy of each run, in 1/256, from the cheapest strategy to the dearest.
    TABLES = {
        "plain": [
            ([150, 148, 155], [151, 152, 149]),
            ([240, 130, 140], [170, 171, 169]),
            ([186, 188, 196], [176, 180, 181]),
            ([178, 183, 180], [220, 228, 215]),
        ],
        "margin": [
            ([131, 130, 126, 133], [130, 133, 129, 131]),
            ([192, 199, 195, 196], [188, 191, 189, 190]),
            ([203, 204, 196, 201], [199, 197, 201, 202]),
            ([194, 210, 195, 190], [230, 210, 205, 204]),
        ],
        "tie": [
            ([140, 152], [160, 161]),
            ([208, 192], [190, 187]),
            ([198, 202], [205, 204]),
        ],
    }

    def cases(self, rng_for):
        made = []
        for name, table, count, margin in (
            ("3 seeds", "plain", 3, 0.0),
            ("4 seeds, a margin", "margin", 4, 0.03),
            ("2 seeds, a tie", "tie", 2, 0.0),
            ("one seed", "plain", 1, 0.0),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "table": table}
            case["seeds"] = [int(seed) for seed in rng.permutation(range(5, 60))[:count]]
            made.append(case | {"margin": margin})
        return made

    def probe(self, answer, case, device):
        calls = []

        def strategy(name, runs):
            def run(seed):
                calls.append([name, int(seed)])
                return runs.get(int(seed), (0.5, 0.5))

            return run

        accuracies = tables(case)
        strategies = {name: strategy(name, runs) for name, runs in accuracies.items()}
        returned = answer(strategies, tuple(case["seeds"]), case["margin"])
        if not isinstance(returned, tuple | list) or len(returned) != 3:
            kind = in_words(returned)
            return {"problem": f"The function returned {kind}; a tuple of 3 is asked for."}
        chosen, means, test = returned
        if not isinstance(means, dict) or set(means) != set(strategies):
            return {"problem": "The means are not a dict with an entry for each strategy."}
        try:
            numbers = [float(value) for value in (*(means[name] for name in strategies), test)]
        except (TypeError, ValueError):
            return {"problem": "A mean accuracy is not a number."}
        return {"chosen": str(chosen), "means": numbers[:-1], "test": numbers[-1], "calls": calls}

    def measure(self, case, output):
        if "problem" in output:
            raise Malformed(str(output["problem"]))
        where = {"plain": "", "margin": " within a margin", "tie": " in a tie"}[case["table"]]
        each = sorted([name, seed] for name in tables(case) for seed in case["seeds"])
        return {
            f"chosen strategy{where}": Same(str(output["chosen"])),
            "mean validation accuracies": Close(output["means"], 1e-6, 1e-7),
            "mean test accuracy": Close(output["test"], 1e-6, 1e-7),
            "runs": Same(runs_in_words(sorted(output["calls"]), each)),
        }


def tables(case: dict) -> dict[str, dict[int, tuple[float, float]]]:
    """Accuracies (validation, test) by strategy, from the cheapest on, and by seed; names and shifts are drawn."""
    rng = np.random.default_rng(case["seed"])
    rows = Choose.TABLES[case["table"]]
    names = [NAMES[i] for i in rng.permutation(len(NAMES))[: len(rows)]]
    shift = rng.integers(-5, 6, 2)
    return {
        name: {
            seed: ((val[k] + int(shift[0])) / ONE, (test[k] + int(shift[1])) / ONE)
            for k, seed in enumerate(case["seeds"])
        }
        for name, (val, test) in zip(names, rows, strict=True)
    }


def runs_in_words(calls: list, each: list) -> str:
    if calls == each:
        return "once with each seed"
    if len(calls) > len(each):
        return "more often than asked"
    return "less often than asked" if len(calls) < len(each) else "with other seeds"


EXERCISES = (Choose(),)
