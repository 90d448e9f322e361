"""RandAugment and a learned policy (Cubuk et al., 2020 and 2019), on operations that write down that they ran.

A picture's first channel holds the operations in their order, as the digits of a number, its second their
magnitudes; the third tells that no operation touched it.
"""

import numpy as np

from autograder.draws import (
    BATCH,
    CALLS,
    FOLLOWING,
    NEIGHBOURS,
    Drawn,
    distinct,
    drawn_anew,
    uniform,
)
from autograder.exercise import Malformed, Part
from autograder.features import Same, Share
from autograder.functions import DTYPE, UNCHANGED

RANDOM = "Lecture 4, section 7: RandAugment"
LEARNED = "Lecture 4, section 8: Learned policies"
BASE = 10  # more than there are operations, and than the largest magnitude
TRACE, KEPT = "results of the operations", "list of operations"
ANEW = (BATCH, CALLS, NEIGHBOURS, FOLLOWING)

COMMON = {
    "one_for_all": "One draw decides for the whole batch: each picture needs draws of its own.",
    "on_original": "Each operation is applied to the original picture; it belongs on what the one before gave.",
    "fixed_seed": "Every call draws the same: the random seed is set inside.",
    "in_place": "The pictures are changed in place; the caller still needs them.",
    "float32": "The output is not of the input's dtype: float64 pictures must give float64 pictures.",
}


def _operation(number: int):
    """An operation `(picture, magnitude) -> picture`, for a picture or a batch, that leaves its number from 1 on."""

    def operation(picture, magnitude):
        shift = picture.new_tensor([number, magnitude, 0.0]).view(3, 1, 1)
        return picture * picture.new_tensor([BASE, BASE, 1.0]).view(3, 1, 1) + shift

    return operation


class Policy(Drawn):
    """Base of both: pictures [N, 3, 2, 2] on which nothing has run, and how to read what did."""

    outputs = ("pictures",)

    def arguments(self, case):
        images = np.zeros(case["shape"], case["dtype"])
        images[:, 2] = np.arange(1, len(images) + 1)[:, None, None]
        return {"images": images}

    def drawn(self, case, arguments, outs):
        operations, magnitudes, marks = np.moveaxis(outs[..., 0, 0], 2, 0)
        whole = np.round(operations)
        if (
            (outs != outs[..., :1, :1]).any()
            or (marks != arguments["images"][:, 2, 0, 0]).any()
            or (operations != whole).any()
            or (whole < 0).any()
        ):
            raise Malformed("The pictures are not what the given operations make of them.")
        traces = [[_digits(number) for number in row] for row in whole]
        return self.read(case, whole.astype(np.int64), traces, magnitudes)

    def read(self, case, codes: np.ndarray, traces: list, magnitudes: np.ndarray) -> dict:
        """The features of operations, as codes and as tuples of their numbers, and of magnitudes [calls, pictures]."""
        raise NotImplementedError


def _digits(number: float) -> tuple[int, ...]:
    return tuple(map(int, str(int(number)))) if number else ()


def _written(values) -> float:
    """What the magnitudes of operations leave on a picture."""
    number = 0
    for value in values:
        number = BASE * number + value
    return number


class RandAugment(Policy):
    """`randaugment(images, operations, num_ops, magnitude) -> images`."""

    name = "policies.randaugment"
    title = "RandAugment"
    shown = ("num_operations", "num_ops", "magnitude")
    flagged = ("RandAugment", "TrivialAugmentWide", "AutoAugment")
    COUNT, MAGNITUDES = "operations applied to a picture", "magnitudes"
    FIRST, LAST = "first operations seen", "last operations seen"
    TWICE = "share of pictures with the first operation twice in a row"
    LIKELY = tuple(
        f"share of draws with the {place} {which} operation"
        for which in ("first", "last")
        for place in ("lowest", "middle")
    )
    parts = (
        Part(
            "num_ops operations, one after the other", 2, (COUNT, f"{COUNT} at num_ops = 0"), RANDOM
        ),
        Part(
            "with the given magnitude",
            1,
            (MAGNITUDES,),
            RANDOM,
            needs=("num_ops operations, one after the other",),
        ),
        Part(
            "each drawn with replacement, all equally likely",
            3,
            (FIRST, LAST, TWICE, *LIKELY),
            RANDOM,
        ),
        Part("each picture and each call draws anew", 1, ANEW, RANDOM),
        Part(
            "dtype kept, inputs left alone",
            1,
            (DTYPE, UNCHANGED, KEPT),
            RANDOM,
            needs=(
                "num_ops operations, one after the other",
                "each drawn with replacement, all equally likely",
            ),
        ),
    )
    mistakes = COMMON | {
        "without_replacement": "No operation comes twice: the draws are without replacement.",
        "never_last": "The last operation of the list is never drawn.",
        "one_operation": "One operation is drawn and applied num_ops times; each time another draw is needed.",
        "sorted": "The operations are applied in the order of the list, not in the order in which they are drawn.",
        "first_ones": "The first num_ops operations of the list are applied; nothing is drawn.",
        "random_count": "The number of operations is drawn too; it is num_ops for every picture.",
        "one_too_many": "One operation too many is applied.",
        "magnitude_drawn": "The magnitude is drawn; all operations get the given one.",
        "magnitude_shared": "The magnitude is divided among the operations; each gets all of it.",
        "list_emptied": "The list of operations is changed, so that the next call finds fewer.",
    }

    def cases(self, rng_for):
        cases = []
        for name, pictures, dtype, calls, operations, num_ops in (
            ("five pictures, two operations each", 5, "float64", 250, 6, 2),
            ("four pictures, three operations each", 4, "float32", 250, 3, 3),
            ("one picture, one operation", 1, "float64", 200, 4, 1),
            ("num_ops = 0", 3, "float32", 3, 5, 0),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "dtype": dtype, "calls": calls}
            case |= {"shape": [pictures, 3, 2, 2], "num_operations": operations}
            cases.append(case | {"num_ops": num_ops, "magnitude": int(rng.integers(4, 10))})
        return cases

    def arguments(self, case):
        operations = [_operation(number + 1) for number in range(case["num_operations"])]
        settings = {"num_ops": case["num_ops"], "magnitude": case["magnitude"]}
        return super().arguments(case) | {"operations": operations} | settings

    def probe(self, answer, case, device):
        kept = []

        def watched(images, operations, *settings):
            given = list(operations)
            out = answer(images, given, *settings)
            kept.append(given == operations)
            return out

        return super().probe(watched, case, device) | {"kept": all(kept)}

    def measure(self, case, output):
        kept = "as it was" if output["kept"] is True else "changed"
        return super().measure(case, output) | {KEPT: Same(kept)}

    def read(self, case, codes, traces, magnitudes):
        lengths = np.array([[len(trace) for trace in row] for row in traces])
        count = Same(" or ".join(map(str, np.unique(lengths))))
        if case["num_ops"] == 0:
            return {f"{self.COUNT} at num_ops = 0": count}
        wanted = np.array([_written([case["magnitude"]] * n) for n in range(lengths.max() + 1)])
        given = np.allclose(magnitudes, wanted[lengths])
        first, second, last = (_at(traces, place) for place in (0, 1, -1))
        features = {
            self.COUNT: count,
            self.MAGNITUDES: Same("the given one" if given else "others"),
            self.FIRST: Same(_listed(first)),
            self.LAST: Same(_listed(last)),
        }
        if case["shape"][0] == 1:
            return features | {CALLS: Same(bool((codes == codes[0]).all()))}
        number = case["num_operations"]
        draws = distinct(codes).shape
        twice = (first == second)[: draws[0], : draws[1]]
        features[self.TWICE] = Share(int(twice.sum()), twice.size, 1 / number)
        for name, operations in (("first operation", first), ("last operation", last)):
            features |= uniform(name, operations)
        return features | drawn_anew(first, 1 / len(np.unique(first)))


def _at(traces: list, place: int) -> np.ndarray:
    """The operation at a place of each trace, 0 where there is none."""
    return np.array([[(trace[place:] or (0,))[0] for trace in row] for row in traces])


def _listed(operations: np.ndarray) -> str:
    return ", ".join(map(str, np.unique(operations)))


class AutoAugment(Policy):
    """`autoaugment(images, policy) -> images`; a policy is a list of lists of (operation, probability, magnitude)."""

    name = "policies.autoaugment"
    title = "Sample and apply an AutoAugment policy"
    shown = ("policy",)
    flagged = ("AutoAugment", "RandAugment", "TrivialAugmentWide")
    SEEN, CERTAIN, COINS, MAGNITUDES = (
        "operations that run on a picture",
        "operations that run on a picture at probabilities 0 and 1",
        "pictures of a batch that share their coins",
        "magnitudes",
    )
    ALONE = tuple(f"share of pictures with operation {number}" for number in range(1, 7))
    BOTH = tuple(f"share of pictures with operations {pair}" for pair in ("1 and 2", "3 and 4"))
    parts = (
        Part("one sub-policy a picture, its operations in order", 3, (SEEN,), LEARNED),
        Part("each operation with its probability", 2, (CERTAIN, *ALONE, *BOTH), LEARNED),
        Part(
            "each operation with its magnitude",
            1,
            (MAGNITUDES,),
            LEARNED,
            needs=(
                "one sub-policy a picture, its operations in order",
                "each operation with its probability",
            ),
        ),
        Part("each picture and each call draws anew", 1, (*ANEW, COINS), LEARNED),
        Part(
            "dtype kept, pictures left alone",
            1,
            (DTYPE, UNCHANGED),
            LEARNED,
            needs=(
                "one sub-policy a picture, its operations in order",
                "each operation with its probability",
            ),
        ),
    )
    mistakes = COMMON | {
        "one_for_all": "One sub-policy is drawn for the whole batch; each picture has one of its own.",
        "always_applied": "The operations always run: each runs with its own probability.",
        "one_coin": "One coin decides on all operations of a sub-policy; each needs one of its own.",
        "coins_of_batch": "The coins are thrown for the whole batch; each picture has its own.",
        "prob_swapped": "Operations are left out with their probability; they are to run with it.",
        "all_subpolicies": "All sub-policies run one after the other; one is drawn for each picture.",
        "never_last": "The last sub-policy is never drawn.",
        "mixed_subpolicies": "Each operation comes from another sub-policy: draw one, then run its operations.",
        "reversed": "The operations of a sub-policy run in reverse order.",
        "first_only": "Only the first operation that its coin chooses runs; all that are chosen run.",
        "swapped_settings": "Probability and magnitude are exchanged: it is (operation, probability, magnitude).",
        "first_magnitude": "All operations of a sub-policy get the magnitude of the first.",
    }

    def cases(self, rng_for):
        cases = []
        for name, pictures, dtype, calls in (
            ("three sub-policies", 8, "float64", 250),
            ("sub-policies of three and one operations", 4, "float32", 300),
            ("probabilities 0 and 1", 2, "float64", 20),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "dtype": dtype, "calls": calls}
            large, small = (
                rng.uniform(low, low + 0.05, 2).round(3).tolist() for low in (0.65, 0.35)
            )
            a, b, c, d, e, f = rng.permutation(range(1, 10))[:6].tolist()
            if calls == 250:
                policy = [
                    [[1, large[0], a], [2, small[0], b]],
                    [[3, small[1], c], [4, large[1], d]],
                    [[5, 1.0, e], [6, 0.5, f]],
                ]
            elif calls == 300:
                policy = [[[1, 0.5, a], [2, small[0], b], [3, large[0], c]], [[4, 0.5, d]]]
            else:
                policy = [[[1, 1.0, a], [2, 0.0, b], [3, 1.0, c]]]
            cases.append(case | {"shape": [pictures, 3, 2, 2], "policy": policy})
        return cases

    def arguments(self, case):
        policy = [
            [(_operation(number), probability, magnitude) for number, probability, magnitude in sub]
            for sub in case["policy"]
        ]
        return super().arguments(case) | {"policy": policy}

    def read(self, case, codes, traces, magnitudes):
        settings = {number: magnitude for sub in case["policy"] for number, _, magnitude in sub}
        wanted = [[_written(settings.get(k, 0) for k in trace) for trace in row] for row in traces]
        given = np.allclose(magnitudes, wanted)
        found = {", ".join(map(str, trace)) or "none" for row in traces for trace in row}
        seen = Same("; ".join(sorted(found)))
        if len(case["policy"]) == 1:
            return {self.CERTAIN: seen}
        features = {self.MAGNITUDES: Same("their own" if given else "others")}
        if len(case["policy"]) == 2:
            return features | {self.SEEN: seen}
        chances = {number: chance for sub in case["policy"] for number, chance, _ in sub}
        runs = {number: _runs(traces, number) for number in chances}
        certain = runs[5]  # runs always where the third sub-policy is drawn
        calls, pictures = distinct(certain).shape
        events = {name: ((k,), chances[k]) for name, k in zip(self.ALONE, chances, strict=True)}
        events[self.BOTH[0]] = ((1, 2), chances[1] * chances[2])
        events[self.BOTH[1]] = ((3, 4), chances[3] * chances[4])
        for name, (numbers, chance) in events.items():
            event = np.all([runs[k] for k in numbers], axis=0)[:calls, :pictures]
            features[name] = Share(int(event.sum()), event.size, chance / 3)
        ran, left = ((certain & fate).any(1) for fate in (runs[6], ~runs[6]))
        shared = not (ran & left).any()
        features[self.COINS] = Same("all" if shared else "none")
        return features | drawn_anew(certain, 5 / 9)


def _runs(traces: list, number: int) -> np.ndarray:
    """Whether an operation is in each trace."""
    return np.array([[number in trace for trace in row] for row in traces])


EXERCISES = (RandAugment(), AutoAugment())
