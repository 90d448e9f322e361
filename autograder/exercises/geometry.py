"""Flips and crops of a batch of pictures (Krizhevsky et al., 2012; He et al., 2016)."""

import numpy as np
import torch

from autograder.draws import (
    BATCH,
    CALLS,
    FOLLOWING,
    NEIGHBOURS,
    Drawn,
    batch_case,
    distinct,
    drawn_anew,
    pictures,
    uniform,
)
from autograder.exercise import Malformed, Part
from autograder.features import Same, Share
from autograder.functions import DTYPE, UNCHANGED, FunctionExercise, close

FLIPS = "Lecture 4, section 2: Flips"
CROPS = "Lecture 4, section 3: Random crops and scales"
TEN_CROPS = "Lecture 4, section 4: Testing with many crops"
ANEW = (BATCH, CALLS, NEIGHBOURS, FOLLOWING)
BECOMES = "what becomes of a picture"

COMMON = {
    "one_for_all": "One draw decides for the whole batch: each picture needs a draw of its own.",
    "fixed_seed": "Every call draws the same: the random seed is set inside.",
    "in_place": "The pictures are changed in place; the caller still needs them.",
    "float32": "The output is not of the input's dtype: float64 pictures must give float64 pictures.",
}


def _words(names: list[str], codes: np.ndarray) -> str:
    return " or ".join(names[code] for code in np.unique(codes))


class RandomFlip(Drawn):
    """`random_flip(images, flip_prob) -> images`."""

    name = "geometry.flip"
    title = "Random horizontal flip"
    shown = ("shape", "flip_prob")
    flagged = ("RandomHorizontalFlip", "hflip", "horizontal_flip")
    outputs = ("pictures",)
    EDGES = tuple(f"{BECOMES} at flip_prob = {prob}" for prob in (0, 1))
    parts = (
        Part("a picture stays or is mirrored", 2, (BECOMES,), FLIPS),
        Part("the right share is mirrored", 1, ("share of changed pictures", *EDGES), FLIPS),
        Part("each picture and each call draws anew", 2, ANEW, FLIPS),
        Part(
            "dtype kept, input left alone",
            1,
            (DTYPE, UNCHANGED),
            FLIPS,
            needs=("a picture stays or is mirrored", "the right share is mirrored"),
        ),
    )
    mistakes = COMMON | {
        "upside_down": "Pictures are flipped upside down: the rows are reversed, not the columns.",
        "half_turn": "Rows and columns are both reversed, which turns a picture by half a turn.",
        "channels": "The channels are reversed, not the columns.",
        "prob_swapped": "Pictures are kept with probability flip_prob; they are to be mirrored with it.",
        "always_half": "Half of the pictures are mirrored, whatever flip_prob says.",
        "fixed_count": "Every call mirrors the same number of pictures, so they are not drawn independently.",
    }
    kinds = {
        "as it is": lambda x: x,
        "mirrored left to right": lambda x: x[..., ::-1],
        "upside down": lambda x: x[..., ::-1, :],
        "turned by half a turn": lambda x: x[..., ::-1, ::-1],
        "with its channels in reverse": lambda x: x[:, ::-1],
    }

    def cases(self, rng_for):
        cases = []
        for name, shape, dtype, calls, low, high in (
            ("five pictures", [5, 3, 4, 5], "float32", 600, 0.2, 0.3),
            ("twelve pictures", [12, 2, 3, 6], "float64", 250, 0.65, 0.75),
            ("one picture", [1, 2, 5, 4], "float32", 100, 0.4, 0.6),
            ("flip_prob = 0", [5, 3, 6, 3], "float64", 3, 0, 0),
            ("flip_prob = 1", [5, 3, 3, 6], "float32", 3, 1, 1),
        ):
            case, rng = batch_case(rng_for, name, shape, dtype, calls)
            cases.append(case | {"flip_prob": round(float(rng.uniform(low, high)), 3)})
        return cases

    def arguments(self, case):
        return {"images": pictures(case), "flip_prob": case["flip_prob"]}

    def drawn(self, case, arguments, outs):
        codes, prob = np.full(outs.shape[:2], len(self.kinds)), case["flip_prob"]
        for code, change in enumerate(self.kinds.values()):
            codes[(outs == change(arguments["images"])).all((2, 3, 4))] = code
        found = _words([*self.kinds, "something else"], codes)
        if prob in (0, 1):
            return {f"{BECOMES} at flip_prob = {prob:g}": Same(found)}
        features, changed = {BECOMES: Same(found)}, codes != 0
        if case["shape"][0] == 1:
            return features | {CALLS: Same(bool((codes == codes[0]).all()))}
        draws = distinct(changed)
        share = Share(int(draws.sum()), draws.size, prob)
        rate = draws.mean() if share.disagreement(share) else prob
        features["share of changed pictures"] = share
        return features | drawn_anew(changed, float(rate**2 + (1 - rate) ** 2))


class RandomCrop(Drawn):
    """`random_crop(images, padding) -> images`."""

    name = "geometry.crop"
    title = "Random crop with padding"
    shown = ("shape", "padding")
    flagged = ("RandomCrop", "RandomResizedCrop")
    outputs = ("pictures",)
    AXES = ("row offset", "column offset")
    TOGETHER = "share of crops whose row and column offsets are equal"
    LIKELY = tuple(
        f"share of draws with the {place} {axis}" for axis in AXES for place in ("lowest", "middle")
    )
    parts = (
        Part("every offset can be drawn", 2, tuple(f"{axis}s drawn" for axis in AXES), CROPS),
        Part(
            "all offsets are equally likely",
            1,
            (TOGETHER, *LIKELY),
            CROPS,
            needs=("every offset can be drawn",),
        ),
        Part("each picture and each call draws anew", 2, ANEW, CROPS),
        Part(
            "cut out of a border of zeros",
            2,
            (BECOMES, f"{BECOMES} at padding = 0"),
            CROPS,
            needs=("every offset can be drawn", "each picture and each call draws anew"),
        ),
        Part(
            "dtype kept, input left alone",
            1,
            (DTYPE, UNCHANGED),
            CROPS,
            needs=("every offset can be drawn", "each picture and each call draws anew"),
        ),
    )
    mistakes = COMMON | {
        "never_last": "The last offset is never drawn: torch.randint leaves out its upper end.",
        "same_offset": "Rows and columns are moved by one and the same draw; they need one each.",
        "mirrored_border": "The border repeats the picture; it is to be zero.",
        "rolled": "What leaves on one side comes back on the other: the picture is rolled, not padded and cropped.",
        "one_way": "Pictures are padded at the top and at the left only, so they move one way only.",
        "half_padding": "The border is half as wide as asked: each of the four sides gets `padding` pixels.",
        "centre_likely": "Offsets in the middle are drawn more often than those at the ends.",
        "not_padded": "The crop is smaller than the picture: pad first, then cut the old size out.",
    }
    kinds = [
        "a crop with a border of zeros",
        "all of it, rolled",
        "a crop with another border",
        "no crop of it",
    ]

    def cases(self, rng_for):
        return [
            batch_case(rng_for, name, shape, dtype, calls)[0] | {"padding": padding}
            for name, shape, dtype, calls, padding in (
                ("eight pictures", [8, 2, 5, 7], "float32", 250, 2),
                ("five pictures", [5, 1, 7, 8], "float64", 300, 3),
                ("one picture", [1, 3, 4, 4], "float64", 300, 1),
                ("padding = 0", [4, 3, 5, 3], "float32", 3, 0),
            )
        ]

    def arguments(self, case):
        return {"images": pictures(case), "padding": case["padding"]}

    def drawn(self, case, arguments, outs):
        padding, images = case["padding"], arguments["images"]
        border = [(0, 0), (0, 0), (padding, padding), (padding, padding)]
        windows = np.lib.stride_tricks.sliding_window_view(
            np.pad(images, border), images.shape[2:], axis=(2, 3)
        )  # [N, C, row offset, column offset, H, W]
        kinds, codes = (np.full(outs.shape[:2], -1) for _ in range(2))
        for number, crops in enumerate(windows.transpose(0, 2, 3, 1, 4, 5)):
            crops = crops.reshape(-1, *images.shape[1:])
            equal = outs[:, number, None] == crops
            found = (equal | (crops == 0)).all((2, 3, 4))  # where the picture itself lies
            # Of several places that fit, the one where most of the picture is seen.
            codes[:, number] = np.where(found, equal.sum((2, 3, 4)) + 1, 0).argmax(1)
            crop, part = equal.all((2, 3, 4)).any(1), found.any(1)
            values = np.sort(outs[:, number].reshape(len(outs), -1))
            rolled = (values == np.sort(images[number].reshape(-1))).all(1)
            kinds[:, number] = np.select([crop, rolled & part, part], [0, 1, 2], 3)
        found = _words(self.kinds, kinds)
        if padding == 0:
            return {f"{BECOMES} at padding = 0": Same(found)}
        features = {BECOMES: Same(found)}
        places = dict(zip(self.AXES, np.divmod(codes, 2 * padding + 1), strict=True))
        for axis, offsets in places.items():
            features[f"{axis}s drawn"] = Same(", ".join(map(str, np.unique(offsets))))
        if case["shape"][0] == 1:
            return features | {CALLS: Same(bool((codes == codes[0]).all()))}
        calls, number = distinct(codes).shape
        equal = (places["row offset"] == places["column offset"])[:calls, :number]
        features[self.TOGETHER] = Share(int(equal.sum()), equal.size, 1 / (2 * padding + 1))
        for axis, offsets in places.items():
            features |= uniform(axis, offsets)
        return features | drawn_anew(codes, 1 / len(np.unique(codes)))


class TenCrop(FunctionExercise):
    """`ten_crop(model, images, size) -> probabilities`: corners, centre and their mirror images, averaged."""

    name = "geometry.ten_crop"
    title = "Ten-crop test-time averaging"
    shown = ("shape", "size")
    flagged = ("TenCrop", "FiveCrop", "ten_crop", "five_crop", "center_crop", "CenterCrop")
    outputs = ("probabilities",)
    COUNT, SEEN, CALLED = (
        "number of crops that the model has seen",
        "sums over the crops that the model has seen",
        "number of times that the model was called",
    )
    parts = (
        Part("the ten crops are cut out", 3, (COUNT, SEEN), TEN_CROPS),
        Part(
            "one call of the model for all of them",
            1,
            (CALLED,),
            TEN_CROPS,
            needs=("the ten crops are cut out",),
        ),
        Part("their probabilities are averaged", 4, ("probabilities",), TEN_CROPS),
        Part(
            "dtype kept, input left alone",
            1,
            (DTYPE, UNCHANGED),
            TEN_CROPS,
            needs=("the ten crops are cut out", "their probabilities are averaged"),
        ),
    )
    mistakes = {name: COMMON[name] for name in ("in_place", "float32")} | {
        "logits_averaged": "The logits are averaged, and the softmax is taken of their mean: average probabilities.",
        "no_softmax": "The logits are averaged and returned; what is asked for are probabilities.",
        "pictures_mixed": "Crops of different pictures are averaged: the ten crops lie along another axis.",
        "softmax_over_batch": "The softmax runs over the pictures or crops; it runs over the classes.",
        "five_crops": "Only five crops are averaged: their mirror images are missing.",
        "upside_down": "The five crops are flipped upside down, not mirrored left to right.",
        "centre_missing": "The centre is off: each side has half of its own rest before it.",
        "votes": "The crops vote: each one's class counts once. Average the probabilities instead.",
        "ten_calls": "The model is called for one crop after the other; call it once, with all crops in a batch.",
        "rows_for_columns": "Height and width are taken one for the other: images are [N, C, H, W].",
        "summed": "The ten probabilities are added up, not averaged.",
    }

    def cases(self, rng_for):
        cases = []
        for name, shape, dtype, size, classes in (
            ("three pictures", [3, 2, 8, 10], "float32", 6, 5),
            ("seven pictures", [7, 3, 9, 7], "float64", 5, 4),
            ("one picture", [1, 1, 7, 11], "float64", 5, 3),
            ("size of the picture", [4, 2, 6, 6], "float32", 6, 3),
        ):
            cases.append(
                batch_case(rng_for, name, shape, dtype)[0] | {"size": size, "classes": classes}
            )
        return cases

    def arguments(self, case):
        return {"images": pictures(case), "size": case["size"]}

    def weights(self, case, columns: int) -> np.ndarray:
        """Numbers [C·size·size, columns] whose products with a crop tell it from others."""
        rows = case["shape"][1] * case["size"] ** 2
        weights = np.random.default_rng(case["seed"] + columns).normal(size=(rows, columns))
        return (40 * (weights - weights.mean(0)) / rows**0.5).astype(case["dtype"])

    def probe(self, answer, case, device):
        weights, seen = torch.from_numpy(self.weights(case, case["classes"])).to(device), []

        def model(crops):
            seen.append(crops.detach().clone())
            return crops.flatten(1) @ weights

        output = super().probe(lambda images, size: answer(model, images, size), case, device)
        return output | {"called": len(seen), "seen": torch.cat(seen) if seen else None}

    def measure(self, case, output):
        features = super().measure(case, output)
        if output["seen"] is None:
            raise Malformed("The model was never called.")
        crops = output["seen"].reshape(len(output["seen"]), -1)
        sums = np.sort((crops @ self.weights(case, 1))[:, 0])
        return features | {
            self.COUNT: Same(len(crops)),
            self.SEEN: close(sums, case["dtype"], scale=10),
            self.CALLED: Same(output["called"]),
        }


EXERCISES = (RandomFlip(), RandomCrop(), TenCrop())
