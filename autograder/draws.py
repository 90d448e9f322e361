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
    """The codes without the axes along which nothing is drawn anew: what is left are draws of their own."""
    if (codes == codes[:, :1]).all():
        codes = codes[:, :1]
    return codes[:1] if (codes == codes[:1]).all() else codes


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
