"""Exercises whose answer is a function that draws nothing: how it is driven, measured and compared.

A subclass says what its arguments are, from a case's seed, and what its outputs are called; the rest is here.
"""

import numpy as np
import torch

from autograder.exercise import Exercise, Malformed
from autograder.features import Close, Feature, Same

# Rounding of a few hundred float32 operations stays below it, and torch's versions differ by less.
RTOL = {"float32": 1e-4, "float64": 1e-8}
ATOL = {"float32": 1e-5, "float64": 1e-10}
DTYPE = "dtype"
UNCHANGED = "input unchanged"


class FunctionExercise(Exercise):
    """`answer(*arguments)` returns a tensor, or several, or numbers.

    outputs  what the answer returns, in order; with one name it is not in a tuple
    A case has a `dtype`, the one of the tensors that its arguments hold.
    """

    outputs: tuple[str, ...] = ("output",)

    def arguments(self, case: dict) -> dict:
        """The answer's arguments by name, in order: arrays become tensors, everything else is passed as it is."""
        raise NotImplementedError

    def call(self, answer, arguments: dict):
        """Call the answer with tensors for arrays. A subclass may do more with it, and measures more then."""
        return answer(*arguments.values())

    def label(self, case: dict, output: str) -> str:
        """The feature that an output is compared as; edge cases may have features, and so parts, of their own."""
        return output

    def probe(self, answer, case, device):
        arguments = tensors(self.arguments(case), device)
        returned = self.call(answer, arguments)
        after = {name: value for name, value in arguments.items() if is_tensor(value)}
        return {"returned": plain(returned, len(self.outputs)), "after": after}

    def measure(self, case, output):
        returned = output["returned"]
        if "described" in returned:
            raise Malformed(f"The function returned {returned['described']}; {self.asked()}.")
        features, dtypes = {}, set()
        for name, value in zip(self.outputs, returned["values"], strict=True):
            features[self.label(case, name)] = close(value, case["dtype"])
            if isinstance(value, np.ndarray):
                dtypes.add(value.sender_dtype)
        return features | form(dtypes, self.arguments(case), output["after"])

    def asked(self) -> str:
        """What the function should return, in words."""
        if len(self.outputs) == 1:
            return "a tensor or a number is asked for"
        return f"a tuple of {len(self.outputs)} is asked for: {', '.join(self.outputs)}"


def is_tensor(value) -> bool:
    return isinstance(value, torch.Tensor)


def tensors(arguments: dict, device: str) -> dict:
    """Arrays, also those in a list, as tensors of their own memory on a device; the rest as it is."""

    def one(value):
        if isinstance(value, np.ndarray):
            return torch.from_numpy(value.copy()).to(device)
        return [one(item) for item in value] if isinstance(value, list) else value

    return {name: one(value) for name, value in arguments.items()}


def plain(returned, count: int) -> dict:
    """What a function returned, as `values`; where it is not that many tensors or numbers, `described` in words."""
    values = [returned] if count == 1 else returned
    if not isinstance(values, tuple | list):
        return {"described": in_words(returned)}
    if len(values) != count:
        return {"described": f"a {type(values).__name__} of {len(values)}"}
    for value in values:
        if not is_tensor(value) and not isinstance(value, bool | int | float | np.generic):
            return {"described": in_words(value)}
    return {"values": [value.detach() if is_tensor(value) else value for value in values]}


def close(value, dtype: str, scale: float = 1.0) -> Close:
    """Numbers to compare within the tolerance of a dtype; `scale` widens it where an operation amplifies rounding."""
    return Close(value, rtol=scale * RTOL[dtype], atol=scale * ATOL[dtype])


def form(dtypes: set[str], arguments: dict, after: dict) -> dict[str, Feature]:
    """Whether the outputs have one dtype, and whether the tensors that were passed are as before."""
    features = {DTYPE: Same(", ".join(sorted(dtypes)))} if dtypes else {}
    given = {name: value for name, value in arguments.items() if isinstance(value, np.ndarray)}
    if given:
        same = all(
            np.array_equal(value, after[name], equal_nan=True) for name, value in given.items()
        )
        features[UNCHANGED] = Same(bool(same))
    return features


def in_words(value) -> str:
    """A value of the wrong kind, as a sentence names it."""
    return "nothing (None)" if value is None else f"a {type(value).__name__}"


def raised(answer, *arguments) -> str:
    """The name of the error that a call raises; of one derived from ValueError, that name."""
    try:
        answer(*arguments)
    except NotImplementedError:
        raise
    except ValueError:
        return "ValueError"
    except Exception as error:
        return type(error).__name__
    return "no error"
