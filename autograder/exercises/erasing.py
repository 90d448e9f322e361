"""Cutout (DeVries & Taylor, 2017)."""

import numpy as np

from autograder.draws import (
    BATCH,
    BOX,
    CALLS,
    COLUMNS,
    CORNER,
    FOLLOWING,
    NEIGHBOURS,
    PLACES,
    ROWS,
    Drawn,
    batch_case,
    boxes_of,
    drawn_anew,
    likely_boxes,
    pictures,
)
from autograder.exercise import Part
from autograder.features import Same
from autograder.functions import DTYPE, UNCHANGED

CUTOUT = "Lecture 4, section 9: Cutout and random erasing"


class Cutout(Drawn):
    """`cutout(images, size, fill) -> images`."""

    name = "erasing.cutout"
    title = "Cutout"
    shown = ("shape", "size", "fill")
    flagged = ("RandomErasing", "erase")
    outputs = ("pictures",)
    INSIDE = "a picture inside and outside the box"
    EDGE = "share that is covered by a size beyond the picture's"
    parts = (
        Part("a box is set to `fill`, the rest is left", 2, (BOX, INSIDE), CUTOUT),
        Part("its size and its place, also at the border", 3, (ROWS, COLUMNS, EDGE), CUTOUT),
        Part(
            "all centres are equally likely",
            1,
            (CORNER, *PLACES),
            CUTOUT,
            needs=("its size and its place, also at the border",),
        ),
        Part(
            "each picture and each call draws anew",
            1,
            (BATCH, CALLS, NEIGHBOURS, FOLLOWING),
            CUTOUT,
        ),
        Part(
            "dtype kept, input left alone",
            1,
            (DTYPE, UNCHANGED),
            CUTOUT,
            needs=(
                "a box is set to `fill`, the rest is left",
                "its size and its place, also at the border",
            ),
        ),
    )
    mistakes = {
        "one_for_all": "One draw decides for the whole batch: each picture has a centre of its own.",
        "always_inside": "The box always lies inside the picture: its centre may be any pixel; what hangs over is cut.",
        "negative_start": "A box over the upper or left border disappears: a slice from below 0 counts from the end.",
        "corner_for_centre": "The pixel that is drawn is the box's upper left corner; it is to be its centre.",
        "twice_as_large": "The box reaches `size` pixels from its centre to each side, so it is twice as large.",
        "one_pixel_small": "For odd sizes the box is a pixel too small: it ends at its start + size.",
        "wrapped": "What hangs over comes back on the other side; it is to be cut.",
        "outside_filled": "The box is kept and the rest is filled: that is a crop, not cutout.",
        "zero": "The box is always zero, whatever `fill` says.",
        "same_draw": "Row and column of the centre come from one draw; they need one each.",
        "never_last": "The last row and column are never drawn as the centre: torch.randint leaves out its upper end.",
        "first_channel": "Only the first channel is covered.",
        "fixed_seed": "Every call draws the same: the random seed is set inside.",
        "in_place": "The pictures are changed in place; the caller still needs them.",
        "float32": "The output is not of the input's dtype: float64 pictures must give float64 pictures.",
    }

    def cases(self, rng_for):
        cases = []
        for name, shape, dtype, calls, size in (
            ("six pictures, even size", [6, 2, 8, 9], "float32", 200, 4),
            ("four pictures, odd size", [4, 3, 6, 5], "float64", 250, 3),
            ("one picture, size 1", [1, 2, 4, 3], "float32", 300, 1),
            ("larger than the picture", [3, 1, 5, 7], "float64", 2, 17),
        ):
            case, rng = batch_case(rng_for, name, shape, dtype, calls, size=size)
            cases.append(case | {"fill": round(float(rng.uniform(0.1, 0.4)), 2)})
        return cases

    def arguments(self, case):
        return {"images": pictures(case), "size": case["size"], "fill": case["fill"]}

    def drawn(self, case, arguments, outs):
        images = arguments["images"]
        filled, changed = np.isclose(outs, case["fill"], rtol=1e-6), outs != images
        if case["size"] > max(case["shape"][2:]):
            return {self.EDGE: Same(f"{changed.mean():.0%}")}
        hidden = changed.any(2)
        features, rows, columns = boxes_of(hidden)
        found = "set to fill inside, as it was outside"
        if not (changed == hidden[:, :, None]).all():
            found = "changed in some channels only"
        elif not (filled == changed).all():
            found = "changed, but not set to fill"
        features[self.INSIDE] = Same(found)
        if case["shape"][0] == 1:
            return features | {CALLS: Same(bool((hidden == hidden[:1]).all()))}
        codes = 10**7 * rows + columns
        places = len(np.unique(codes))
        return features | likely_boxes(rows, columns) | drawn_anew(codes, 1 / places)


EXERCISES = (Cutout(),)
