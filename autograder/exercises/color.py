"""Brightness and contrast, and lighting along the principal colours (Krizhevsky et al., 2012, section 4.1)."""

import numpy as np

from autograder.draws import BATCH, CALLS, FOLLOWING, NEIGHBOURS, Drawn, distinct, drawn_anew
from autograder.exercise import Malformed, Part
from autograder.features import Close, Same, Share
from autograder.functions import DTYPE, UNCHANGED, FunctionExercise

LECTURE = "Lecture 4, section 6: Colour"


def _case(rng_for, name: str, shape: list[int], dtype: str, **others) -> dict:
    seed = int(rng_for(name).integers(2**31))
    return {"name": name, "seed": seed, "shape": shape, "dtype": dtype, **others}


def _pictures(case: dict) -> np.ndarray:
    """Pictures [N, 3, H, W] in (0, 1) of related channels, each picture of a brightness of its own.

    By plain arithmetic alone, as every input here: an input that is drawn again must be the same to the last bit.
    """
    rng = np.random.default_rng(case["seed"])
    number, _, height, width = case["shape"]
    light = rng.normal(0.2, 0.5, (number, 1, 1, 1)) + rng.normal(0, 1.5, (number, 1, height, width))
    own = (
        rng.normal(0, 1, (number, 3, height, width))
        * rng.permutation([0.15, 0.35, 0.6])[:, None, None]
    )
    values = light * rng.permutation([1.0, 0.7, 0.4])[:, None, None] + own
    return (0.5 + 0.5 * values / (1 + np.abs(values))).astype(case["dtype"])


class BrightnessContrast(FunctionExercise):
    """`brightness_contrast(images, brightness, contrast) -> images`, a factor of each for every picture."""

    name = "color.brightness_contrast"
    title = "Brightness and contrast"
    shown = ("shape",)
    flagged = ("adjust_brightness", "adjust_contrast", "ColorJitter", "rgb_to_grayscale")
    outputs = ("pictures",)
    BRIGHTNESS, CONTRAST, BOTH = (
        "pictures at contrast 1",
        "pictures at brightness 1",
        "pictures at both",
    )
    parts = (
        Part("brightness", 2, (BRIGHTNESS,), LECTURE),
        Part("contrast about a picture's mean grey", 2, (CONTRAST,), LECTURE),
        Part("both, in this order and cut to [0, 1]", 2, (BOTH,), LECTURE),
        Part(
            "dtype kept, input left alone",
            1,
            (DTYPE, UNCHANGED),
            LECTURE,
            needs=(
                "brightness",
                "contrast about a picture's mean grey",
                "both, in this order and cut to [0, 1]",
            ),
        ),
    )
    mistakes = {
        "added": "The brightness is added; it is a factor.",
        "contrast_swapped": "The weights of picture and mean are exchanged: at contrast 0 only the mean is left.",
        "about_half": "The contrast is taken about 0.5; it is about the picture's own mean grey.",
        "plain_mean": "The mean takes all channels alike; grey weighs them with 0.299, 0.587 and 0.114.",
        "own_grey": "The contrast is taken about each pixel's own grey: that changes the saturation.",
        "mean_of_batch": "The mean is taken over the whole batch; each picture has its own.",
        "mean_of_channel": "Each channel is moved about its own mean; there is one mean a picture.",
        "contrast_first": "The contrast is changed before the brightness.",
        "old_mean": "The mean is that of the picture as it was before its brightness was changed.",
        "not_cut": "The values are not cut to [0, 1] at the end.",
        "cut_once": "The values are cut at the end only; they are cut after the brightness too, before the mean.",
        "first_factor": "All pictures get the factors of the first one.",
        "in_place": "The pictures are changed in place; the caller still needs them.",
        "float32": "The output is not of the input's dtype: float64 pictures must give float64 pictures.",
    }

    def cases(self, rng_for):
        return [
            _case(rng_for, name, shape, dtype, kind=kind)
            for name, shape, dtype, kind in (
                ("brightness alone", [4, 3, 3, 5], "float32", self.BRIGHTNESS),
                ("contrast alone", [3, 3, 5, 4], "float64", self.CONTRAST),
                ("both", [5, 3, 4, 3], "float32", self.BOTH),
                ("both, one picture", [1, 3, 6, 3], "float64", self.BOTH),
                ("contrast 0 and brightness 0", [2, 3, 4, 5], "float32", self.BOTH),
            )
        ]

    def arguments(self, case):
        rng = np.random.default_rng(case["seed"] + 1)
        number = case["shape"][0]
        # Dark ones that gain contrast, bright ones that lose it, bright ones that gain it: each is cut elsewhere.
        low, high = rng.uniform(0.4, 0.6, number), rng.uniform(1.6, 2.0, number)
        kind = np.arange(number) % 3
        brightness = np.where(kind == 1, low, high)
        contrast = np.where(kind == 0, low, high)
        if case["kind"] == self.BRIGHTNESS:
            contrast = np.ones(number)
        elif case["kind"] == self.CONTRAST:
            brightness = np.ones(number)
        elif case["name"].startswith("contrast 0"):
            brightness, contrast = np.array([1.8, 0.0]), np.array([0.0, 1.7])
        factors = (factor.astype(case["dtype"]) for factor in (brightness, contrast))
        return dict(
            zip(("images", "brightness", "contrast"), (_pictures(case), *factors), strict=True)
        )

    def label(self, case, output):
        return case["kind"]


class PrincipalColours(FunctionExercise):
    """`principal_colors(images) -> (variances [3], directions [3, 3])`, directions in rows, largest variance first."""

    name = "color.principal"
    title = "Principal colours"
    shown = ("shape",)
    flagged = ("PCA", "pca_lowrank")
    outputs = ("variances", "directions")
    parts = (
        Part("variances, the largest first", 3, ("variances",), LECTURE),
        Part("directions in rows", 2, ("directions",), LECTURE),
        Part(
            "dtype kept, input left alone",
            1,
            (DTYPE, UNCHANGED),
            LECTURE,
            needs=("variances, the largest first", "directions in rows"),
        ),
    )
    mistakes = {
        "mixed_up": "The pixels are reshaped without moving the channels first: rows mix channels of several pictures.",
        "not_centred": "The mean colour is not subtracted: these are squares about 0, not variances.",
        "ascending": "The smallest variance comes first: torch.linalg.eigh sorts upwards.",
        "columns": "The directions are the columns; they are asked for as rows.",
        "variances_only": "The variances are reversed, the directions are not.",
        "standard_deviations": "The roots of the variances are returned: standard deviations.",
        "first_picture": "Only the first picture is taken; all pixels of all pictures count.",
        "mean_of_pictures": "The pictures' own covariances are averaged: that leaves out how pictures differ.",
        "correlation": "The channels are scaled to variance 1 first: these are the directions of the correlations.",
        "not_divided": "The sums of squares are not divided by the number of pixels.",
        "float32": "The output is not of the input's dtype: float64 pictures must give float64 numbers.",
    }

    def cases(self, rng_for):
        return [
            _case(rng_for, name, shape, dtype)
            for name, shape, dtype in (
                ("nine pictures", [9, 3, 17, 23], "float32"),
                ("five pictures", [5, 3, 29, 19], "float64"),
                ("one picture", [1, 3, 53, 61], "float32"),
            )
        ]

    def arguments(self, case):
        return {"images": _pictures(case)}

    def measure(self, case, output):
        features = super().measure(case, output)
        values = output["returned"]["values"]
        for name, value, shape in zip(self.outputs, values, ((3,), (3, 3)), strict=True):
            if np.shape(value) != shape:
                raise Malformed(f"The {name} have shape {np.shape(value)}, not {shape}.")
        variances, directions = (np.asarray(value, float) for value in values)
        # Whether one divides by the number of pixels or by one less is free, and so are the signs.
        signless = directions[:, :, None] * directions[:, None, :]
        return features | {
            "variances": Close(variances, rtol=2e-3, atol=1e-6, dims=[["place", 0]]),
            "directions": Close(signless, rtol=1e-3, atol=1e-3, dims=[["row", 0]]),
        }


class Lighting(Drawn):
    """`random_lighting(images, variances, directions, std) -> images`."""

    name = "color.lighting"
    title = "PCA lighting"
    shown = ("shape", "std")
    outputs = ("pictures",)
    CONSTANT = "offset of a picture"
    EDGE = "largest change at std = 0"
    SIGN, TAIL = "share of negative alphas", "share of alphas beyond 2 std"
    HALF = tuple(f"share of alphas {k} within 0.6745 std" for k in (1, 2, 3))
    PAIRS = tuple(
        f"share of draws with alphas {k} and {m} both large or both small"
        for k, m in ((1, 2), (1, 3), (2, 3))
    )
    parts = (
        Part("alphas of the right size", 3, (SIGN, TAIL, *HALF, EDGE), LECTURE),
        Part(
            "each direction, picture and call draws anew",
            2,
            (BATCH, CALLS, NEIGHBOURS, FOLLOWING, *PAIRS),
            LECTURE,
        ),
        Part(
            "one offset for all pixels of a picture",
            2,
            (CONSTANT,),
            LECTURE,
            needs=("alphas of the right size", "each direction, picture and call draws anew"),
        ),
        Part(
            "dtype kept, input left alone",
            1,
            (DTYPE, UNCHANGED),
            LECTURE,
            needs=("alphas of the right size", "one offset for all pixels of a picture"),
        ),
    )
    mistakes = {
        "each_pixel": "Alphas are drawn for each pixel; they are drawn once for a picture.",
        "one_for_all": "One draw serves the whole batch; each picture needs three alphas of its own.",
        "one_alpha": "One alpha serves all three directions; each needs one of its own.",
        "no_variance": "The alphas are not multiplied by the variances.",
        "root_of_variance": "The alphas are multiplied by the roots of the variances; take the variances.",
        "std_is_variance": "std is used as a variance: the alphas are drawn with its root.",
        "columns": "The columns of `directions` are taken as directions; they are its rows.",
        "uniform": "The alphas are drawn from a uniform distribution, not from a normal one.",
        "std_ignored": "The alphas have standard deviation 0.1, whatever std says.",
        "absolute": "The alphas are never negative, so that pictures only move one way.",
        "fixed_seed": "Every call draws the same: the random seed is set inside.",
        "in_place": "The pictures are changed in place; the caller still needs them.",
        "float32": "The output is not of the input's dtype: float64 pictures must give float64 pictures.",
    }

    def cases(self, rng_for):
        cases = []
        for name, shape, dtype, calls, low, high in (
            ("ten pictures", [10, 3, 2, 3], "float64", 250, 0.2, 0.4),
            ("six pictures", [6, 3, 3, 2], "float32", 60, 1.5, 2.5),
            ("one picture, std = 0", [1, 3, 4, 5], "float64", 2, 0, 0),
        ):
            case = _case(rng_for, name, shape, dtype, calls=calls)
            std = np.random.default_rng(case["seed"] + 2).uniform(low, high)
            cases.append(case | {"std": round(float(std), 3)})
        return cases

    def arguments(self, case):
        rng = np.random.default_rng(case["seed"] + 1)
        # A rotation, as a quaternion: by a large angle, about an axis between the three.
        a, b, c, d = rng.uniform(0.4, 0.8, 4) * rng.choice([-1.0, 1.0], 4)
        directions = np.array(
            [
                [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
                [2 * (b * c + a * d), a * a - b * b + c * c - d * d, 2 * (c * d - a * b)],
                [2 * (b * d - a * c), 2 * (c * d + a * b), a * a - b * b - c * c + d * d],
            ]
        ) / (a * a + b * b + c * c + d * d)
        variances = np.array([1.0, 0.3, 0.1]) * rng.uniform(0.3, 0.5)
        return {
            "images": _pictures(case),
            "variances": variances.astype(case["dtype"]),
            "directions": directions.astype(case["dtype"]),
            "std": case["std"],
        }

    def drawn(self, case, arguments, outs):
        images = arguments["images"].astype(float)
        offsets = (outs - images).reshape(*outs.shape[:3], -1)
        if case["std"] == 0:
            return {self.EDGE: Close(np.abs(offsets).max(), rtol=0, atol=1e-6)}
        spread = np.ptp(offsets, axis=3).max() / np.abs(offsets).max(initial=1e-9)
        features = {self.CONSTANT: Same("differs from pixel to pixel" if spread > 1e-3 else "one")}
        if case["calls"] < 200:
            return features
        along = offsets[..., 0] @ arguments["directions"].T.astype(float)
        alphas = along / (arguments["variances"] * case["std"])
        large = np.abs(alphas) > np.median(np.abs(alphas), (0, 1))
        codes = large @ np.array([1, 2, 4])
        calls, number = distinct(codes).shape
        alphas, large = alphas[:calls, :number], large[:calls, :number]
        shares = {
            self.SIGN: (alphas[..., 0] < 0, 0.5),
            self.TAIL: (np.abs(alphas[..., 0]) > 2, 0.0455003),
        }
        for k, name in enumerate(self.HALF):
            shares[name] = (np.abs(alphas[..., k]) < 0.6744898, 0.5)
        for name, (k, m) in zip(self.PAIRS, ((0, 1), (0, 2), (1, 2)), strict=True):
            shares[name] = (large[..., k] == large[..., m], 0.5)
        for name, (found, probability) in shares.items():
            features[name] = Share(int(found.sum()), found.size, probability)
        return features | drawn_anew(codes, 1 / 8)


EXERCISES = (BrightnessContrast(), PrincipalColours(), Lighting())
