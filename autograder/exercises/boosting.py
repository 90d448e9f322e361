"""AdaBoost for labels of -1 and 1: one round, and the loop around it (Freund and Schapire, 1997)."""

import itertools

import numpy as np
import torch

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Feature, Problem, Same
from autograder.functions import DTYPE, UNCHANGED, FunctionExercise, close

LECTURE = "Lecture 7, section 5: Boosting"
USUAL, WORSE, CHANCE, PERFECT, NEVER_RIGHT = (
    "usual",
    "worse than chance",
    "at chance",
    "perfect",
    "never right",
)
OUTPUTS = ("say", "new weights")


class AdaBoostRound(FunctionExercise):
    """`answer(weights, predictions, labels, min_error) -> (say, weights)`; all tensors [N]."""

    name = "boosting.adaboost_round"
    title = "One round of AdaBoost"
    outputs = OUTPUTS
    flagged = ("AdaBoostClassifier",)
    shown = ("min_error",)
    parts = (
        Part("the say of a classifier", 3, ("say",), LECTURE),
        Part("the new weights", 3, ("new weights",), LECTURE),
        Part(
            "worse than chance, and at chance",
            1,
            tuple(f"{output}, {kind}" for kind in (WORSE, CHANCE) for output in OUTPUTS),
            LECTURE,
            needs=("the say of a classifier",),
        ),
        Part(
            "perfect, and never right",
            1,
            tuple(f"{output}, {kind}" for kind in (PERFECT, NEVER_RIGHT) for output in OUTPUTS),
            LECTURE,
        ),
        Part(
            "dtype kept, inputs left alone",
            1,
            (DTYPE, UNCHANGED),
            LECTURE,
            needs=("the say of a classifier", "the new weights"),
        ),
    )
    mistakes = {
        "no_half": "The factor one half is missing in the say, and the weights change by its square therefore.",
        "twice_the_say": "The weights are right, but the say is twice as large as asked: it lacks the one half.",
        "say_inverted": "The fraction in the logarithm is upside down: good classifiers get a negative say.",
        "wrong_sign": "The weights of examples that were right rise and those of wrong ones fall; swap the sign.",
        "not_normalized": "The new weights do not sum to 1: divide them by their sum.",
        "unweighted_error": "The error is the share of wrong examples; it is the sum of their weights.",
        "error_over_n": "The weighted error is divided by the number of examples; the weights sum to 1 already.",
        "only_wrong_change": "Wrong examples are scaled by exp(say), right ones not at all; they shrink by exp(-say).",
        "uniform_before": "The old weights are forgotten: the new ones start from equal weights again.",
        "binary_logarithm": "The logarithm is to base 2; the natural one is asked for.",
        "never_negative": "A classifier worse than chance gets a say of 0; its say is negative, its answer inverted.",
        "not_clipped": "An error of 0 or 1 makes the say infinite: clip it to [min_error, 1 - min_error] first.",
        "added": "min_error is added to the error, above and below the fraction, instead of clipping it.",
        "clipped_below": "The error is clipped from below but not from above: 1 - error is 0 if nothing is right.",
        "in_place": "The weights are changed in place; the caller still needs them.",
        "float32": "The new weights are not of the dtype of the weights.",
    }

    def cases(self, rng_for):
        cases = []
        for name, kind, num_samples, dtype in (
            ("eleven examples", USUAL, 11, "float32"),
            ("nine examples", USUAL, 9, "float64"),
            ("worse than chance", WORSE, 10, "float64"),
            ("at chance", CHANCE, 8, "float32"),
            ("all right", PERFECT, 7, "float64"),
            ("one example, right", PERFECT, 1, "float32"),
            ("all wrong", NEVER_RIGHT, 6, "float64"),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "kind": kind, "dtype": dtype}
            min_error = round(float(rng.uniform(0.002, 0.009)), 4)
            cases.append(case | {"num_samples": num_samples, "min_error": min_error})
        return cases

    def arguments(self, case):
        """Weights that sum to 1, of which the wrong examples hold 0.1 to 0.4 where the classifier is a usual one."""
        rng, n, kind = np.random.default_rng(case["seed"]), case["num_samples"], case["kind"]
        wrong = np.full(n, kind in (WORSE, NEVER_RIGHT))
        weights = rng.uniform(0.5, 1.5, n)
        if kind in (USUAL, WORSE):
            some = rng.choice(n, 3, replace=False)
            wrong[some] ^= True
            share = rng.uniform(0.1, 0.4)
            weights[some] *= share / (1 - share) * (weights.sum() / weights[some].sum() - 1)
        if kind == CHANCE:
            wrong[rng.choice(n, n // 2, replace=False)] = True
            weights[:] = 1.0
        labels = rng.choice([-1.0, 1.0], n)
        arrays = (weights / weights.sum(), np.where(wrong, -labels, labels), labels)
        arrays = (array.astype(case["dtype"]) for array in arrays)
        named = dict(zip(("weights", "predictions", "labels"), arrays, strict=True))
        return named | {"min_error": case["min_error"]}

    def call(self, answer, arguments):
        """A say that numpy computed is a number like any other."""
        returned = answer(*arguments.values())
        if isinstance(returned, tuple) and returned and isinstance(returned[0], np.generic):
            return (returned[0].item(), *returned[1:])
        return returned

    def label(self, case, output):
        return output if case["kind"] == USUAL else f"{output}, {case['kind']}"


class Boost(Exercise):
    """`answer(fit_weak, update, x, labels, num_rounds) -> vote`, and `vote(points)` gives -1 or 1.

    The weak classifiers and the update are the probe's own. Its update is none that AdaBoost uses, so that this
    exercise does not hang on the one before. The sums of votes are exact, and some are 0.
    """

    name = "boosting.boost"
    title = "The boosting loop"
    flagged = ("AdaBoostClassifier",)
    shown = ("num_rounds",)
    parts = (
        Part("equal weights at first, summing to 1", 1, ("weights of the first round",), LECTURE),
        Part(
            "each round goes on with the weights of the last",
            3,
            ("rounds", "weights of later rounds", "weights given to the update"),
            LECTURE,
        ),
        Part(
            "the fit gets the examples, the update the answers",
            1,
            ("examples and labels given to the fit", "answers and labels given to the update"),
            LECTURE,
        ),
        Part("the weighted vote", 3, ("vote",), LECTURE),
        Part("ties", 1, ("vote, some sums are 0",), LECTURE, needs=("the weighted vote",)),
        Part(
            "dtypes kept, inputs left alone",
            1,
            (DTYPE, UNCHANGED),
            LECTURE,
            needs=("the weighted vote",),
        ),
    )
    mistakes = {
        "weights_not_carried": "Every round starts from the equal weights again; go on with those of the last round.",
        "fit_without_weights": "The classifiers are fitted to equal weights, though the update's are kept.",
        "weights_of_one": "The first weights are all 1; they should sum to 1.",
        "one_round_short": "There is a round too few.",
        "one_round_more": "There is a round too many.",
        "updates_with_labels": "The update gets the labels as the classifier's answers.",
        "own_update": "adaboost_round is called by its name; call the function that is passed as update.",
        "majority": "Each classifier's vote counts the same; it counts as much as its say.",
        "no_sign": "The weighted sum is returned; the vote is its sign.",
        "last_member": "The last classifier alone decides; all should. A variable of the loop may be read too late.",
        "training_answers": "The vote sums answers to the training examples; it is asked about other points.",
        "ties_to_zero": "Where the sum is 0 the vote is 0: torch.sign does that. It is 1 there.",
        "ties_to_minus_one": "Where the sum is 0 the vote is -1; it is 1 there.",
        "float32": "The weights or the votes have not the dtype of x.",
        "returns_members": "Classifiers and says are returned; a function of points is asked for.",
    }

    def cases(self, rng_for):
        cases = []
        for name, says, dtype in (
            ("four rounds", (1, 1 / 2, 1 / 4, 1 / 8), "float32"),
            ("three rounds, with ties", (1, 1 / 2, 1 / 2), "float64"),
            ("one round", (1,), "float64"),
        ):
            case = {"name": name, "seed": int(rng_for(name).integers(2**31)), "dtype": dtype}
            cases.append(case | {"num_rounds": len(says), "says": list(says)})
        return cases

    def arrays(self, case):
        """Examples, labels and points, and of each classifier its sign and its say.

        Classifier t looks at feature t alone, and the points hold every combination of signs.
        """
        rng, num_rounds = np.random.default_rng(case["seed"]), case["num_rounds"]
        corners = np.array(list(itertools.product((-1.0, 1.0), repeat=num_rounds)))
        return {
            "x": rng.normal(0, 1, (11, num_rounds)).astype(case["dtype"]),
            "labels": rng.choice([-1.0, 1.0], 11).astype(case["dtype"]),
            "points": (rng.uniform(0.5, 1.5, corners.shape) * corners).astype(case["dtype"]),
            "signs": rng.choice([-1.0, 1.0], num_rounds),
            "says": rng.permutation(case["says"]) * rng.integers(1, 9),
        }

    def probe(self, answer, case, device):
        given, num_rounds = self.arrays(case), case["num_rounds"]
        x, labels, points = (
            torch.from_numpy(given[name].copy()).to(device) for name in ("x", "labels", "points")
        )
        script = _Script(given["signs"].tolist(), given["says"].tolist())
        vote = answer(script.fit_weak, script.update, x, labels, num_rounds)
        if not callable(vote):
            return {"vote": None}
        votes = vote(points)
        return {
            "vote": votes if isinstance(votes, torch.Tensor) else type(votes).__name__,
            "fitted": script.fitted,
            "updated": script.updated,
            "x": x,
            "labels": labels,
            "points": points,
        }

    def measure(self, case, output):
        if output["vote"] is None:
            raise Malformed(
                "The function boost did not return a function; vote(points) is asked for."
            )
        if isinstance(output["vote"], str):
            raise Malformed(
                f"The function vote returned a {output['vote']}; a tensor is asked for."
            )
        given, dtype, num_rounds = self.arrays(case), case["dtype"], case["num_rounds"]
        fitted, updated, vote = output["fitted"], output["updated"], output["vote"]
        if vote.shape != (len(given["points"]),):
            raise Malformed(f"The vote on {len(given['points'])} points has shape {vote.shape}.")
        answers = given["signs"][:, None] * np.sign(given["x"]).T
        fitted_right = all(
            np.array_equal(one[name], given[name]) for one in fitted for name in ("x", "labels")
        )
        updated_right = len(updated) == num_rounds and all(
            np.array_equal(one["product"], given["labels"] * said)
            for one, said in zip(updated, answers, strict=True)
        )
        dtypes = sorted({vote.sender_dtype, *(one["weights"].sender_dtype for one in fitted)})
        same = all(np.array_equal(output[name], given[name]) for name in ("x", "labels", "points"))
        return {
            "rounds": Same(f"{len(fitted)} fits, {len(updated)} updates"),
            **_weights(fitted, updated, dtype, num_rounds),
            "examples and labels given to the fit": Same(bool(fitted_right)),
            "answers and labels given to the update": Same(bool(updated_right)),
            "vote, some sums are 0" if "ties" in case["name"] else "vote": close(vote, dtype),
            DTYPE: Same(", ".join(dtypes)),
            UNCHANGED: Same(bool(same)),
        }


class _Script:
    """Weak classifiers in a fixed order and an update with fixed says, which note what they are given."""

    def __init__(self, signs, says):
        self.signs, self.says = itertools.cycle(signs), itertools.cycle(says)
        self.column = itertools.cycle(range(len(signs)))
        self.fitted, self.updated = [], []

    def fit_weak(self, x, labels, weights):
        given = {"x": x.clone(), "labels": labels.clone(), "weights": weights.clone()}
        self.fitted.append(given)
        sign, column = next(self.signs), next(self.column)
        return lambda points: sign * points[:, column].sign()

    def update(self, weights, predictions, labels):
        product = predictions * labels
        self.updated.append({"weights": weights.clone(), "product": product})
        heavier = weights * (3 - product)
        return next(self.says), heavier / heavier.sum()


def _weights(fitted, updated, dtype, num_rounds) -> dict[str, Feature]:
    """The weights of each round; a single round has no later ones."""
    if not fitted:
        raise Malformed("No classifier was fitted.")
    features = {"weights of the first round": close(fitted[0]["weights"], dtype)}
    if num_rounds > 1:
        rows = {
            "weights of later rounds": [one["weights"] for one in fitted[1:]],
            "weights given to the update": [one["weights"] for one in updated],
        }
        for name, weights in rows.items():
            alike = len({row.shape for row in weights}) == 1
            features[name] = (
                close(np.stack(weights), dtype) if alike else Problem(f"There are no {name}.")
            )
    return features


EXERCISES = (AdaBoostRound(), Boost())
