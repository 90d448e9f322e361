"""What several models answer together: averaged probabilities, and the vote of the majority."""

import numpy as np

from autograder.exercise import Part
from autograder.functions import DTYPE, UNCHANGED, FunctionExercise

AVERAGE = "Lecture 7, section 2: What to average"


class AverageProbabilities(FunctionExercise):
    """`answer(logits) -> (probs, classes)`; logits [M, B, K]."""

    name = "ensembles.average_probabilities"
    title = "Averaged probabilities"
    outputs = ("averaged probabilities", "predicted classes")
    parts = (
        Part("averaged probabilities", 3, ("averaged probabilities",), AVERAGE),
        Part("predicted classes", 1, ("predicted classes",), AVERAGE),
        Part("large logits", 1, ("averaged probabilities of large logits",), AVERAGE),
        Part(
            "dtype kept, input left alone",
            1,
            (DTYPE, UNCHANGED),
            AVERAGE,
            needs=("averaged probabilities",),
        ),
    )
    mistakes = {
        "average_logits": "The logits are averaged, then turned into probabilities; it is the other way round.",
        "geometric": "The probabilities are averaged geometrically, as logarithms; the plain mean is asked for.",
        "votes": "Each model casts one vote for its favourite; its probabilities are what should be averaged.",
        "raw_logits": "The logits are averaged and returned as they are; they are not probabilities.",
        "softmax_over_members": "The softmax runs over the models (dim 0); each model's classes must sum to 1.",
        "softmax_over_batch": "The softmax runs over the pictures (dim 1); each picture's classes must sum to 1.",
        "summed": "The probabilities are added up but not divided by the number of models.",
        "divided_by_classes": "The sum over the models is divided by the number of classes, not of models.",
        "most_sure": "Of each class the largest probability of any model is taken, not the mean of all.",
        "median": "Of each class the median of the models is taken, not the mean.",
        "later_weigh_more": "Averages are averaged with the next model, so later models weigh more than earlier ones.",
        "argmax_over_batch": "The argmax runs over the pictures; for each picture it runs over the classes.",
        "overflow": "exp overflows at large logits and gives NaN: subtract the largest first, or use softmax.",
        "in_place": "The logits are changed in place; the caller still needs them.",
        "float32": "The probabilities are not of the dtype of the logits.",
    }

    def cases(self, rng_for):
        cases = []
        for name, shape, dtype, offset in (
            ("five models", (5, 6, 4), "float32", 0),
            ("four models, two classes", (4, 7, 2), "float64", 0),
            ("a batch of one", (3, 1, 6), "float64", 0),
            ("one model", (1, 4, 3), "float64", 0),
            ("logits near 100", (3, 4, 3), "float32", 100),
            ("logits near 1000", (4, 3, 5), "float64", 1000),
        ):
            seed = int(rng_for(name).integers(2**31))
            cases.append(
                {"name": name, "seed": seed, "shape": list(shape), "dtype": dtype, "offset": offset}
            )
        return cases

    def arguments(self, case):
        logits = np.random.default_rng(case["seed"]).normal(case["offset"], 2, case["shape"])
        return {"logits": logits.astype(case["dtype"])}

    def label(self, case, output):
        return f"{output} of large logits" if case["offset"] else output

    def measure(self, case, output):
        """Classes are compared in float64 alone, and at small logits: rounding decides no tie there."""
        features = super().measure(case, output)
        if case["offset"] or case["dtype"] == "float32":
            del features[self.label(case, "predicted classes")]
        return features


class MajorityVote(FunctionExercise):
    """`answer(predictions, num_classes) -> (winners, agreement)`; predictions [M, B]."""

    name = "ensembles.majority_vote"
    title = "Majority vote"
    outputs = ("winners", "agreement")
    flagged = ("mode",)
    parts = (
        Part("the class with most votes", 2, ("winners",), AVERAGE),
        Part("ties", 1, ("winners of ties",), AVERAGE, needs=("the class with most votes",)),
        Part("agreement", 1, ("agreement", "agreement of ties"), AVERAGE),
        Part(
            "dtypes as asked, input left alone",
            1,
            (DTYPE, UNCHANGED),
            AVERAGE,
            needs=("the class with most votes",),
        ),
    )
    mistakes = {
        "ties_to_largest": "A tie goes to the largest class number; the smallest is asked for.",
        "ties_to_first": "A tie goes to the class that was voted for first; the smallest number is asked for.",
        "mean_class": "The class numbers are averaged and rounded; their order means nothing.",
        "median_class": "The median of the class numbers is taken; their order means nothing.",
        "absolute_majority": "A class with most votes, but not more than half of them, does not win.",
        "first_model": "The first model's class is returned, whatever the others say.",
        "fewest": "The class with the fewest votes wins.",
        "over_batch": "The votes are counted over the pictures; each picture has an election of its own.",
        "counts": "The agreement is the number of votes; divide it by the number of models.",
        "divided_by_classes": "The agreement is divided by the number of classes, not of models.",
        "with_first_model": "The agreement is with the first model's class, not with the winner.",
        "float_classes": "The winners are floating-point numbers; class numbers are int64.",
    }

    def cases(self, rng_for):
        cases = []
        for name, num_members, num_images, num_classes in (
            ("five models", 5, 12, 4),
            ("eight models, ten classes", 8, 9, 10),
            ("one model", 1, 4, 3),
            ("a batch of one", 3, 1, 5),
            ("ties", 4, 6, 7),
        ):
            case = {"name": name, "seed": int(rng_for(name).integers(2**31)), "dtype": "float32"}
            shape = [num_members, num_images]
            cases.append(case | {"shape": shape, "num_classes": num_classes})
        return cases

    def arguments(self, case):
        """A picture's winner has half of the votes, or just over, and one other class fewer; or two classes tie."""
        rng = np.random.default_rng(case["seed"])
        columns = [self._votes(case, rng, image) for image in range(case["shape"][1])]
        predictions = np.stack(columns, axis=1).astype("int64")
        return {"predictions": predictions, "num_classes": case["num_classes"]}

    def _votes(self, case, rng, image):
        num_members, classes = case["shape"][0], rng.permutation(case["num_classes"])
        if case["name"] == "ties":
            low, high = sorted(classes[:2])
            return [high, low, low, high] if image % 2 else [low, high, high, low]
        winner, others = classes[0], classes[1:]
        needed = num_members // 2 if num_members > 4 else num_members // 2 + 1
        rest = [others[i % len(others)] for i in range(num_members - needed)]
        return rng.permutation([winner] * needed + rest)

    def label(self, case, output):
        return f"{output} of ties" if case["name"] == "ties" else output


EXERCISES = (AverageProbabilities(), MajorityVote())
