"""Mixup and CutMix (Zhang et al., 2018; Yun et al., 2019)."""

import numpy as np

from autograder.draws import (
    BOX,
    CALLS,
    COLUMNS,
    CORNER,
    FOLLOWING,
    PLACES,
    ROWS,
    Drawn,
    batch_case,
    boxes_of,
    drawn_anew,
    likely_boxes,
    pictures,
    uniform,
)
from autograder.exercise import Part
from autograder.features import Same, Share
from autograder.functions import DTYPE, UNCHANGED

MIXED = "Lecture 4, section 10: Mixup and CutMix"
LABELS, ALONE = "the labels are mixed", "what becomes of a single picture"
PARTNERS, OTHERS = "use of pictures as partners", "partners that the first picture gets"
PERMUTED = (
    PARTNERS,
    OTHERS,
    CALLS,
    FOLLOWING,
    *(f"share of draws with the {place} partner" for place in ("lowest", "middle")),
)

# Cumulative distribution of Beta(a, a) at a few places: {a: {x: probability}}.
BETA = {
    0.2: {0.05: 0.291025066, 0.5: 0.5},
    4.0: {0.35: 0.199845734, 0.5: 0.5},
}


def _labels(case: dict) -> np.ndarray:
    """Labels [N], as different from each other as the number of classes allows."""
    rng = np.random.default_rng(case["seed"] + 1)
    number, classes = case["shape"][0], case["classes"]
    return np.concatenate([rng.permutation(classes) for _ in range(-(-number // classes))])[:number]


class Mixing(Drawn):
    """`answer(images, labels, num_classes, weight) -> (images, targets)`, one permutation a call."""

    outputs = ("pictures", "targets")
    weight = ""  # the last argument's name

    def arguments(self, case):
        return {
            "images": pictures(case),
            "labels": _labels(case),
            "num_classes": case["classes"],
            self.weight: case[self.weight],
        }

    def shapes(self, case, arguments):
        images = arguments["images"]
        return images.shape, (len(images), case["classes"])

    def unmixed(self, arguments, mixed, targets, hot) -> str:
        """What became of pictures that there is nothing to mix with."""
        if not np.allclose(mixed, arguments["images"], atol=1e-5):
            return "it is changed"
        return "nothing" if np.allclose(targets, hot, atol=1e-5) else "its label is changed"


def _permuted(partners: np.ndarray) -> dict:
    """What partners [calls, N] show of the permutations that they come from."""
    number = partners.shape[1]
    once = bool((np.sort(partners, 1) == np.arange(number)).all())
    first = partners[:, :1]
    return (
        {
            PARTNERS: Same("once each" if once else "some twice, some never"),
            OTHERS: Same(f"{len(np.unique(first))} of {number}"),
        }
        | uniform("partner", first)
        | drawn_anew(first, 1 / number)
    )


def _how(targets: np.ndarray, ways: dict[str, np.ndarray], support: np.ndarray) -> Same:
    """The first way that gives all the targets [calls, N, K]; else whether other labels than the pair's take part."""
    for name, expected in ways.items():
        if np.allclose(targets, expected, atol=1e-4):
            return Same(name)
    return Same("in another way" if (targets[~support] < 1e-4).all() else "with other partners")


class Mixup(Mixing):
    """`mixup(images, labels, num_classes, alpha)`: one weight for the batch."""

    name = "mixing.mixup"
    title = "Mixup"
    shown = ("shape", "alpha")
    flagged = ("MixUp",)
    weight = "alpha"
    BLEND = "weights of a picture and its partner"
    BELOW = tuple(
        f"share of weights below {place} at alpha = {alpha}"
        for alpha, places in BETA.items()
        for place in places
    )
    parts = (
        Part("pictures are blends of two", 2, (BLEND, ALONE), MIXED),
        Part(
            "labels are blended as the pictures",
            3,
            (LABELS,),
            MIXED,
            needs=("pictures are blends of two",),
        ),
        Part("the weight comes from Beta(alpha, alpha)", 2, BELOW, MIXED),
        Part("partners come from a random permutation", 1, PERMUTED, MIXED),
        Part(
            "dtype kept, input left alone",
            1,
            (DTYPE, UNCHANGED),
            MIXED,
            needs=("pictures are blends of two",),
        ),
    )
    mistakes = {
        "labels_not_mixed": "The labels are not mixed: each is still its first picture's alone.",
        "labels_swapped": "The labels' weights are exchanged: 1 - lambda stands where the pictures have lambda.",
        "two_permutations": "Pictures and labels are mixed with different partners: one permutation serves both.",
        "two_weights": "Pictures and labels are mixed with different weights: one lambda serves both.",
        "weight_per_picture": "Each picture has a lambda of its own; one for the whole batch is asked for.",
        "uniform": "Lambda is drawn uniformly, whatever alpha says; it comes from Beta(alpha, alpha).",
        "beta_one": "Lambda comes from Beta(alpha, 1); both parameters are alpha.",
        "larger_half": "Lambda is never below one half: max(lambda, 1 - lambda) is another recipe.",
        "fixed_partners": "Partners do not change from call to call: permute the batch, do not reverse or shift it.",
        "with_replacement": "Partners are drawn one by one, so that some are used twice: draw a permutation.",
        "mixed_twice": "The weights do not add up to one: the partner was scaled before it was added.",
        "half": "Every pair is mixed half and half; lambda is to be drawn.",
        "hard_labels": "The targets are class numbers; blend one-hot vectors, [N, num_classes].",
        "in_place": "The pictures are changed in place; the caller still needs them.",
        "float32": "The outputs are not of the pictures' dtype: float64 pictures must give float64 outputs.",
    }

    def cases(self, rng_for):
        return [
            batch_case(rng_for, name, shape, dtype, calls, classes=classes, alpha=alpha)[0]
            for name, shape, dtype, calls, classes, alpha in (
                ("eight pictures, small alpha", [8, 2, 5, 4], "float32", 400, 11, 0.2),
                ("nine pictures, large alpha", [9, 1, 6, 7], "float64", 400, 4, 4.0),
                ("one picture", [1, 3, 4, 3], "float64", 2, 5, 1.0),
            )
        ]

    def drawn(self, case, arguments, mixed, targets):
        images = arguments["images"].astype(float)
        number, hot = len(images), np.eye(case["classes"])[arguments["labels"]]
        if number == 1:
            return {ALONE: Same(self.unmixed(arguments, mixed, targets, hot))}
        flat, own = images.reshape(number, -1), np.eye(number, dtype=bool)
        outs = mixed.reshape(*mixed.shape[:2], -1).astype(float)
        weights = outs @ np.linalg.pinv(
            flat
        )  # [calls, N, N]: of how much of which picture it is made
        others = np.where(own, 0, weights)
        seen = others.max(2) > 1e-3
        partners = np.where(seen, others.argmax(2), np.arange(number))
        pair = own | (partners[..., None] == np.arange(number))
        some = seen.any(1)  # calls in which partners can be seen
        first = weights[:, own][np.arange(len(weights)), seen.argmax(1)]
        blend = "lambda and 1 - lambda"
        if np.abs(weights[~pair]).max() > 1e-3 or np.abs(weights @ flat - outs).max() > 1e-3:
            blend = "no blend of two pictures"
        elif np.abs(weights.sum(2) - 1).max() > 1e-3:
            blend = "they do not add up to 1"
        elif np.abs(weights[:, own] - first[:, None])[seen].max(initial=0) > 1e-3:
            blend = "others in each picture of a batch"
        elif not some.any():
            blend = "every picture stays as it is"
        hot = np.broadcast_to(hot, targets.shape)
        exchanged = np.where(seen[..., None] & pair, 1 - weights, weights)
        ways = {
            "as the pictures": weights @ hot,
            "not at all": hot,
            "with the weights exchanged": exchanged @ hot,
        }
        features = {self.BLEND: Same(blend), LABELS: _how(targets, ways, pair @ hot > 0)}
        for place, probability in BETA[case["alpha"]].items():
            name = f"share of weights below {place} at alpha = {case['alpha']}"
            features[name] = Share(int((first < place).sum()), len(first), probability)
        plain = first < 0.99  # the partner can be seen
        if case["alpha"] < 1 or not plain.any():
            return features
        return features | _permuted(partners[plain])


class CutMix(Mixing):
    """`cutmix(images, labels, num_classes, lam)`: one box for the batch."""

    name = "mixing.cutmix"
    title = "CutMix"
    shown = ("shape", "lam")
    flagged = ("CutMix",)
    weight = "lam"
    ONE_BOX, WHENCE = "boxes of a batch", "pixels of a box"
    parts = (
        Part("a box of a partner is pasted", 2, (BOX, ONE_BOX, WHENCE, ALONE), MIXED),
        Part("the box's size and place, also at the border", 3, (ROWS, COLUMNS), MIXED),
        Part(
            "all centres are equally likely",
            1,
            (CORNER, *PLACES),
            MIXED,
            needs=("the box's size and place, also at the border",),
        ),
        Part(
            "labels are mixed by area",
            3,
            (LABELS, f"{LABELS} at lam = 1"),
            MIXED,
            needs=(
                "a box of a partner is pasted",
                "the box's size and place, also at the border",
            ),
        ),
        Part("partners come from a random permutation", 1, PERMUTED, MIXED),
        Part(
            "dtype kept, input left alone",
            1,
            (DTYPE, UNCHANGED),
            MIXED,
            needs=("a box of a partner is pasted",),
        ),
    )
    mistakes = {
        "lam_not_corrected": "The labels are weighted with lam as given; count the area pasted, after clipping.",
        "labels_not_mixed": "The labels are not mixed: each is still its first picture's alone.",
        "labels_swapped": "The labels' weights are exchanged: the pasted picture gets the weight of what is left.",
        "two_permutations": "Pictures and labels are mixed with different partners: one permutation serves both.",
        "side_from_lam": "The box has the area lam; it has 1 - lam, since lam is what is kept.",
        "no_root": "The box's sides are the share 1 - lam; its area is to be, so take the root.",
        "always_inside": "The box always lies inside the picture: its centre may be any pixel; what hangs over is cut.",
        "negative_start": "A box over the upper or left border disappears: a slice from below 0 counts from the end.",
        "square": "The box's width is taken from the height; each side has its own.",
        "corner_for_centre": "The pixel that is drawn is the box's upper left corner; it is to be its centre.",
        "same_draw": "Row and column of the centre come from one draw; they need one each.",
        "box_per_picture": "Each picture has a box of its own; one for the whole batch is asked for.",
        "outside_pasted": "The partner is pasted outside the box; it belongs inside.",
        "fixed_partners": "Partners do not change from call to call: permute the batch, do not reverse or shift it.",
        "in_place": "The pictures are changed in place; the caller still needs them.",
        "float32": "The outputs are not of the pictures' dtype: float64 pictures must give float64 outputs.",
    }

    def cases(self, rng_for):
        cases = []
        # The first box is so large that half its height is just above a whole number, half its width just below one.
        for name, shape, dtype, calls, classes, low, high in (
            ("five pictures", [5, 1, 12, 19], "float32", 600, 8, 0.293, 0.303),
            ("six pictures", [6, 2, 8, 7], "float64", 400, 3, 0.55, 0.59),
            ("one picture", [1, 3, 4, 3], "float64", 20, 5, 0.2, 0.5),
            ("lam = 1", [3, 1, 5, 6], "float32", 20, 3, 1, 1),
        ):
            case, rng = batch_case(rng_for, name, shape, dtype, calls, classes=classes)
            cases.append(case | {"lam": round(float(rng.uniform(low, high)), 4)})
        return cases

    def drawn(self, case, arguments, mixed, targets):
        images, lam = arguments["images"], case["lam"]
        number, hot = len(images), np.eye(case["classes"])[arguments["labels"]]
        if number == 1:
            return {ALONE: Same(self.unmixed(arguments, mixed, targets, hot))}
        hot = np.broadcast_to(hot, targets.shape)
        if lam == 1:
            how = (
                "not at all" if np.allclose(targets, hot, atol=1e-5) else "though nothing is pasted"
            )
            return {f"{LABELS} at lam = 1": Same(how)}
        same = (mixed[:, :, None] == images).all(3)  # [calls, N, N, H, W]
        places = np.arange(number)
        hidden = ~same[:, places, places]  # [calls, N, H, W]
        whole = (same | ~hidden[:, :, None]).all((3, 4)) & hidden.any((2, 3))[..., None]
        seen = hidden.any((2, 3))
        partners = np.where(whole.any(2), whole.argmax(2), places)
        pasted = bool(whole.any(2)[seen].all())
        boxes = hidden[np.arange(len(hidden)), seen.argmax(1)]
        one = bool((hidden == boxes[:, None])[seen].all())
        area = hidden.mean((2, 3))[..., None]
        other = np.take_along_axis(hot, partners[..., None], 1)
        ways = {
            "by the area that is pasted": (1 - area) * hot + area * other,
            "by lam as it was given": np.where(area > 0, lam * hot + (1 - lam) * other, hot),
            "not at all": hot,
            "with the weights exchanged": np.where(area > 0, area * hot + (1 - area) * other, hot),
        }
        features = {
            LABELS: _how(targets, ways, (hot > 0) | (other > 0)),
            self.ONE_BOX: Same("one" if one else "one in each picture"),
            self.WHENCE: Same("those of one partner" if pasted else "those of no partner"),
        }
        some = seen.any(1)  # the others were permuted to themselves
        if not some.any():
            return features
        box, rows, columns = boxes_of(boxes[some])
        return (
            features
            | box
            | likely_boxes(rows[:, None], columns[:, None])
            | _permuted(partners[some])
        )


EXERCISES = (Mixup(), CutMix())
