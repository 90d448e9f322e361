"""Functions that draw, for a batch of pictures: how they are driven, and what many calls show of how they draw.

A subclass reads off the outputs what was drawn, one code for each call and picture; the order of the draws is free.
"""

import numpy as np
import torch

from autograder.exercise import Malformed
from autograder.features import Feature, Same, Share
from autograder.functions import FunctionExercise, form, is_tensor

BATCH = "pictures of a batch that are drawn alike in every call"
CALLS = "all calls draw alike"
NEIGHBOURS = "share of neighbours in a batch that are drawn alike"
FOLLOWING = "share of calls that draw as the call before"
ROWS, COLUMNS = "rows that a box covers", "columns that a box covers"
CORNER = "share of boxes in the upper left half of the places"
BOX = "what is covered"
PLACES = tuple(
    f"share of draws with the {place} box {axis}"
    for axis in ("rows", "columns")
    for place in ("lowest", "middle")
)


def batch_case(rng_for, name: str, shape: list[int], dtype: str, calls: int = 1, **others) -> tuple:
    """A case of pictures, and the random numbers for what else it holds."""
    rng = rng_for(name)
    case = {"name": name, "seed": int(rng.integers(2**31)), "shape": shape, "dtype": dtype}
    return case | {"calls": calls, **others}, rng


def pictures(case: dict) -> np.ndarray:
    """Pictures [N, C, H, W] of values that all differ, from 0.5 on, which float32 holds exactly."""
    values = np.random.default_rng(case["seed"]).permutation(int(np.prod(case["shape"])))
    return (values.reshape(case["shape"]) / 1024 + 0.5).astype(case["dtype"])


class Drawn(FunctionExercise):
    """`answer(*arguments)` is called `case["calls"]` times on copies of the same arguments."""

    def shapes(self, case: dict, arguments: dict) -> tuple[tuple[int, ...], ...]:
        """The shape of each output; that of the pictures, where nothing else is said."""
        return (arguments["images"].shape,)

    def drawn(self, case: dict, arguments: dict, *outputs: np.ndarray) -> dict[str, Feature]:
        """What the outputs, stacked along a first axis of calls, show."""
        raise NotImplementedError

    def probe(self, answer, case, device):
        return super().probe(_repeated(answer, case["calls"], len(self.outputs)), case, device)

    def measure(self, case, output):
        returned, arguments = output["returned"], self.arguments(case)
        if "described" in returned:
            raise Malformed(f"The function returned {returned['described']}; {self.asked()}.")
        outputs = returned["values"]
        for name, value, shape in zip(
            self.outputs, outputs, self.shapes(case, arguments), strict=True
        ):
            if not isinstance(value, np.ndarray):
                raise Malformed(f"The {name} are not a tensor.")
            if value.shape[1:] != tuple(shape) or len(value) != case["calls"]:
                raise Malformed(f"The {name} have shape {value.shape[1:]}, not {tuple(shape)}.")
            if not np.isfinite(value).all():
                raise Malformed(f"The {name} hold NaN or infinite values.")
        dtypes = {value.sender_dtype for value in outputs}
        return self.drawn(case, arguments, *outputs) | form(dtypes, arguments, output["after"])


def _repeated(answer, calls, count):
    """A function that calls an answer that often, and returns its `count` outputs stacked; an odd one alone."""

    def many(*arguments):
        copies = [
            [value.clone() if is_tensor(value) else value for value in arguments]
            for _ in range(calls - 1)
        ]
        outs = [answer(*values) for values in (arguments, *copies)]
        if count == 1:
            return _stacked(outs)
        odd = [out for out in outs if not isinstance(out, tuple | list) or len(out) != count]
        return odd[0] if odd else [_stacked(column) for column in zip(*outs, strict=True)]

    return many


def _stacked(outs):
    odd = [out for out in outs if not is_tensor(out)]
    if odd:
        return odd[0]
    odd = [out for out in outs if out.shape != outs[0].shape]
    return odd[0][None] if odd else torch.stack(list(outs))


def drawn_anew(codes: np.ndarray, alike: float) -> dict[str, Feature]:
    """Whether pictures and calls draw for themselves, from codes of what was drawn [calls, pictures].

    alike  the probability that two draws have the same code
    """
    calls, pictures = codes.shape
    features = {}
    if pictures > 1:
        first, second = np.triu_indices(pictures, 1)
        always = (codes[:, first] == codes[:, second]).all(0)
        found = "all" if always.all() else "some" if always.any() else "none"
        features[BATCH] = Same(found)
    features[CALLS] = Same(bool((codes == codes[:1]).all()))
    codes = distinct(codes)
    for name, axis in ((NEIGHBOURS, 1), (FOLLOWING, 0)):
        if codes.shape[axis] > 1:
            # Disjoint pairs that begin at even and at odd places.
            one = np.arange(0, codes.shape[axis] - 1, 3)
            agree = codes.take(one, axis) == codes.take(one + 1, axis)
            features[name] = Share(int(agree.sum()), agree.size, alike)
    return features


def distinct(codes: np.ndarray) -> np.ndarray:
    """The codes [calls, pictures], of one picture alone where one draw serves the whole batch: draws of their own."""
    return codes[:, :1] if (codes == codes[:, :1]).all() else codes


def uniform(name: str, codes: np.ndarray) -> dict[str, Feature]:
    """Whether all values that are seen are equally likely: the shares of the lowest and of the middle one."""
    codes = distinct(codes)
    values = np.unique(codes)
    places = {"lowest": values[0], "middle": values[len(values) // 2]}
    return {
        f"share of draws with the {place} {name}": Share(
            int((codes == value).sum()), codes.size, 1 / len(values)
        )
        for place, value in places.items()
    }


def _spans(hidden: np.ndarray) -> np.ndarray:
    """The first place and the one after the last at which anything is hidden, as one number each; -1 where nothing is.

    hidden  flags [..., places]
    """
    size = hidden.shape[-1]
    first, end = hidden.argmax(-1), size - hidden[..., ::-1].argmax(-1)
    return np.where(hidden.any(-1), 1000 * first + end, -1)


def _listed(spans: np.ndarray) -> str:
    """Spans in words: "0-3, 1-4"; the last place is included."""
    pairs = (divmod(int(span), 1000) for span in np.unique(spans[spans >= 0]))
    return ", ".join(f"{first}-{end - 1}" for first, end in pairs)


def boxes_of(hidden: np.ndarray) -> tuple[dict, np.ndarray, np.ndarray]:
    """Features of the boxes in hidden [..., H, W], and the spans of their rows and of their columns."""
    rows, columns = hidden.any(-1), hidden.any(-2)
    box = bool((hidden == (rows[..., None] & columns[..., None, :])).all())
    spans = _spans(rows), _spans(columns)
    features = {
        BOX: Same("a box" if box and hidden.any() else "no box"),
        ROWS: Same(_listed(spans[0])),
        COLUMNS: Same(_listed(spans[1])),
    }
    return features, *spans


def likely_boxes(rows: np.ndarray, columns: np.ndarray) -> dict:
    """Whether all places are equally likely, and rows drawn apart from columns; from codes of [calls, pictures]."""
    values = [np.unique(spans) for spans in (rows, columns)]
    upper, left = (
        spans < found[len(found) // 2] for spans, found in zip((rows, columns), values, strict=True)
    )
    corner = distinct(2 * upper + left) == 3
    share = np.prod([(len(found) // 2) / len(found) for found in values])
    return (
        uniform("box rows", rows)
        | uniform("box columns", columns)
        | {CORNER: Share(int(corner.sum()), corner.size, float(share))}
    )
