"""Fractional max pooling with disjoint random regions (Graham, 2014), judged by the regions that its outputs show.

The channels are ramps: on one that rises along both axes a maximum tells where its region ends, on one that falls
along an axis, where it begins. 700 calls find the share of pairs at a place that is off by 0.22 with probability
1 − 1e-6, and an order of pairs that never occurs or always does.
"""

import numpy as np
import torch

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Problem, Same, Share
from autograder.functions import DTYPE, UNCHANGED

LECTURE = "Lecture 3, section 10: More noise: weights, pooling, depth, labels"
STEP = 64  # what a row counts beside a column; larger than any width
SIGNS = ((1, 1), (-1, -1), (1, -1), (-1, 1))  # of the ramps along rows and columns
BEHIND = 10_000  # the second image is lower than the first: a maximum of negative numbers
TILED, SIZES = "the regions tile the input", "sizes of the regions"
IMAGES, CHANNELS = "all images have the same regions", "all channels have the same regions"
FIRST_ROWS, LAST_ROWS = "first region of the rows is a pair", "last region of the rows is a pair"
FIRST_COLUMNS = "first region of the columns is a pair"
BOTH = "first two regions of the rows are pairs"
FIRST_AND_THIRD = "first and third region of the rows are pairs"
ALIKE_AXES = "rows and columns begin alike"
ALIKE_CALLS = "two calls begin alike"


class FractionalMaxPool(Exercise):
    """`fractional_max_pool(x, out_size) -> out`: x [B, C, H, W], out_size (height, width), half of x's or more."""

    name = "pooling.fractional"
    title = "Fractional max pooling"
    shown = ("out_size",)
    flagged = ("FractionalMaxPool2d", "fractional_max_pool2d", "adaptive_max_pool2d")
    tiled = "regions of 1 and 2 that tile the input"
    parts = (
        Part(tiled, 2, (TILED, SIZES), LECTURE),
        Part(
            "every arrangement is equally likely",
            2,
            (FIRST_ROWS, LAST_ROWS, FIRST_COLUMNS, BOTH, FIRST_AND_THIRD),
            LECTURE,
            needs=(tiled,),
        ),
        Part(
            "rows, columns and calls have draws of their own",
            1,
            (ALIKE_AXES, ALIKE_CALLS),
            LECTURE,
            needs=(tiled,),
        ),
        Part("one draw for all images and channels", 1, (IMAGES, CHANNELS), LECTURE),
        Part("dtype kept, input left alone", 1, (DTYPE, UNCHANGED), LECTURE, needs=(tiled,)),
    )
    mistakes = {
        "overlapping": "Regions overlap: all have length 2, and where the step is 1 they share an entry.",
        "averaged": "An output is no entry of the input: the mean of a region is taken, not its maximum.",
        "subsampled": "Rows and columns are left out: an output should be the maximum of a region, not one entry.",
        "not_random": "The regions are always the same; where the pairs come is drawn at random.",
        "not_shuffled": "All pairs come first: the order of 1s and 2s is not shuffled.",
        "pseudorandom": "The pairs are spread evenly from a random start, so two never meet; shuffle them.",
        "any_sizes": "Region borders are drawn anywhere, so that sizes other than 1 and 2 occur.",
        "one_draw_for_both": "Rows and columns have the same regions: each axis has a draw of its own.",
        "same_every_call": "Every call has the same regions: a seed is set inside.",
        "regions_per_image": "Each image has regions of its own; here one draw serves the whole batch.",
        "regions_per_channel": "Each channel has regions of its own; here one draw serves all channels.",
        "sizes_swapped": "Height and width of the output are swapped.",
        "minimum": "The smallest entry of a region is taken, not the largest.",
        "float32": "The output is not of the input's dtype.",
    }

    def cases(self, rng_for):
        cases = []
        for name, shape, out_size, dtype, calls in (
            ("700 calls, 7 x 7 to 5 x 5, float32", [2, 4, 7, 7], [5, 5], "float32", 700),
            ("9 x 14 to 6 x 11, float64", [2, 4, 9, 14], [6, 11], "float64", 3),
            ("5 x 3 to 5 x 3, float64", [2, 4, 5, 3], [5, 3], "float64", 1),
            ("6 x 8 to 3 x 4, float32", [2, 4, 6, 8], [3, 4], "float32", 1),
        ):
            case = {"name": name, "seed": int(rng_for(name).integers(2**31)), "shape": shape}
            cases.append(case | {"out_size": out_size, "dtype": dtype, "calls": calls})
        return cases

    def ramps(self, case: dict) -> np.ndarray:
        """The input: four ramps in each of two images."""
        _, _, height, width = case["shape"]
        rows, columns = STEP * np.arange(height)[:, None], np.arange(width)
        one = np.stack([a * rows + b * columns for a, b in SIGNS])
        return np.stack([one, one - BEHIND]).astype(case["dtype"])

    def probe(self, answer, case, device):
        x = torch.from_numpy(self.ramps(case)).to(device)
        given = x.clone()
        outs = [
            answer(given, tuple(case["out_size"]))
            for _ in range(case["calls"] if device != "meta" else 2)
        ]
        described = {type(out).__name__ for out in outs if not isinstance(out, torch.Tensor)}
        if described:
            return {"returned": sorted(described)[0]}
        shapes = sorted({str(tuple(out.shape)) for out in outs})
        if len(shapes) > 1:
            return {"returned": "tensors of several shapes"}
        return {"outs": torch.stack(outs), "after": given}

    def measure(self, case, output):
        if "returned" in output:
            raise Malformed(f"The function returned {output['returned']}; one tensor is asked for.")
        outs, shape = output["outs"], (case["calls"], 2, 4, *case["out_size"])
        if outs.shape != shape:
            raise Malformed(f"The output has shape {outs.shape[1:]}, expected {shape[1:]}.")
        features = {
            DTYPE: Same(outs.sender_dtype),
            UNCHANGED: Same(bool(np.array_equal(self.ramps(case), output["after"]))),
        }
        rows, columns = self.places(case, outs.astype("float64"))
        features |= self.shared(rows, columns)
        if not features[CHANNELS].value:
            return features | {"problem": Problem("Each channel has other regions than the next.")}
        sizes, tiled = set(), []
        for places, length in ((rows, case["shape"][2]), (columns, case["shape"][3])):
            ends, starts = places[:, 0, 0], places[:, 0, 1]
            sizes |= set((ends - starts + 1).ravel().astype(int).tolist())
            tiled.append(_tiles(starts, ends, length))
        features[SIZES] = Same(", ".join(map(str, sorted(sizes))))
        features[TILED] = Same(next((word for word in tiled if word != "yes"), "yes"))
        if case["calls"] > 3:
            features |= self.drawn(case, rows[:, 0], columns[:, 0])
        return features

    def places(self, case, outs):
        """The row and the column that each output comes from [call, image, ramp, output row or column].

        Raises Malformed where outputs are not a grid of entries of the input.
        """
        outs = outs.copy()
        outs[:, 1] += BEHIND
        rows, columns = [], []
        for ramp, (a, b) in enumerate(SIGNS):
            values = a * outs[:, :, ramp]
            row = np.round(values / STEP)
            column = a * b * (values - STEP * row)
            rows.append(row[..., :, 0])
            columns.append(column[..., 0, :])
            found = (row == row[..., :1]) & (column == column[..., :1, :])
            inside = (0 <= row) & (row < case["shape"][2]) & (0 <= column)
            inside &= (column < case["shape"][3]) & (column == np.round(column))
            if not (found & inside).all():
                raise Malformed(
                    "The outputs are not entries of the input in rows and columns: "
                    "every output is the maximum of a region, and regions form a grid."
                )
        return np.stack(rows, 2), np.stack(columns, 2)

    def shared(self, rows, columns) -> dict:
        """Whether images and channels have the same regions: two ramps each tell where one ends or begins."""
        images = all(bool((places == places[:, :1]).all()) for places in (rows, columns))
        channels = all(
            bool((places[:, :, one] == places[:, :, two]).all())
            for places, pairs in ((rows, ((0, 2), (1, 3))), (columns, ((0, 3), (1, 2))))
            for one, two in pairs
        )
        return {IMAGES: Same(images), CHANNELS: Same(channels)}

    def drawn(self, case, rows, columns) -> dict:
        """Shares of pairs at certain places [call, ramp, region], under the law that all arrangements have."""
        (_, _, size, _), (count, _) = case["shape"], case["out_size"]
        pairs = size - count
        rate = pairs / count
        of_rows, of_columns = (
            places[:, 0] - places[:, 1] == 1 for places in (rows, columns)
        )  # [call, region]
        begin, half = of_rows[:, 0], len(of_rows) // 2
        equal = rate**2 + (1 - rate) ** 2

        def share(found, probability):
            return Share(int(found.sum()), found.size, probability)

        return {
            FIRST_ROWS: share(begin, rate),
            LAST_ROWS: share(of_rows[:, -1], rate),
            FIRST_COLUMNS: share(of_columns[:, 0], rate),
            BOTH: share(begin & of_rows[:, 1], rate * (pairs - 1) / (count - 1)),
            FIRST_AND_THIRD: share(begin & of_rows[:, 2], rate * (pairs - 1) / (count - 1)),
            ALIKE_AXES: share(begin == of_columns[:, 0], equal),
            ALIKE_CALLS: share(begin[: 2 * half : 2] == begin[1 : 2 * half : 2], equal),
        }


def _tiles(starts, ends, length) -> str:
    """Whether regions follow each other from the first entry to the last, in every call; in words."""
    gaps = starts[:, 1:] - ends[:, :-1]
    if (gaps < 1).any():
        return "no, they overlap"
    if (gaps > 1).any() or (starts[:, 0] != 0).any() or (ends[:, -1] != length - 1).any():
        return "no, entries are left out"
    return "yes"


EXERCISES = (FractionalMaxPool(),)
