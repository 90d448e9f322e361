"""Learning rates as plain functions of the step, judged step by step over whole runs."""

import copy
import math

import numpy as np
import torch

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Close, Feature, Problem

STEPS = "Lecture 5, section 2: Decay in steps"
SMOOTH = "Lecture 5, section 3: Smooth decay"


class Rates(Exercise):
    """`answer(t, *arguments) -> rate`, or a dict of such functions; a case names one of them as its `function`.

    It is called once for every step of a case, in an order drawn from the seed: a rate depends on t alone.
    """

    def arguments(self, case: dict) -> tuple[str, ...]:
        """The entries of a case that the function takes after t, in order."""
        return self.shown

    def probe(self, answer, case, device):
        function = answer[case["function"]] if "function" in case else answer
        order = np.random.default_rng(case["seed"]).permutation(case["last"] + 1).tolist()
        arguments = [case[name] for name in self.arguments(case)]
        rates = {t: _called(function, t, copy.deepcopy(arguments)) for t in order}
        return {"rates": [rates[t] for t in sorted(rates)]}

    def measure(self, case, output):
        rates = output["rates"]
        if len(rates) != case["last"] + 1:
            raise Malformed("There is not one rate for each step.")
        return {name: _at(rates, steps) for name, steps in self.stretches(case).items()}

    def stretches(self, case: dict) -> dict[str, list[int]]:
        """The steps that are compared together, by name."""
        raise NotImplementedError


def _called(function, t, arguments):
    """The rate at a step as a float; in words, what came instead."""
    try:
        rate = function(t, *arguments)
        if rate is None:
            return "the function returns nothing (None)"
        if isinstance(rate, int | float | np.integer | np.floating | torch.Tensor):
            return float(rate)
    except NotImplementedError:
        raise
    except Exception as error:
        return f"the code stops with {type(error).__name__}"
    return f"the function returns a {type(rate).__name__}, not a number"


def _at(rates: list, steps: list[int]) -> Feature:
    """The rates at these steps, and not-a-number at all others; a problem where one of them is no number."""
    for t in steps:
        if not isinstance(rates[t], float):
            return Problem(f"At t = {t} {rates[t]}.")
    values = [rate if t in steps else math.nan for t, rate in enumerate(rates)]
    return Close(values, rtol=1e-6, atol=1e-7, dims=[["t", 0]])


def _case(name, rng, **settings):
    return {
        "name": name,
        "seed": int(rng.integers(2**31)),
        "base_lr": round(float(rng.uniform(0.1, 0.9)), 4),
        **settings,
    }


class StepRate(Rates):
    """`step_rate(t, base_lr, milestones, factor)`."""

    name = "rates.step"
    title = "Decay at milestones"
    shown = ("base_lr", "milestones", "factor")
    parts = (
        Part("between milestones", 3, ("rates between milestones",), STEPS),
        Part(
            "exactly at a milestone",
            2,
            ("rates at the milestones and a step before", "rates at milestones in a row"),
            STEPS,
        ),
        Part(
            "without milestones",
            1,
            ("rates without milestones",),
            STEPS,
            needs=("between milestones",),
        ),
    )
    mistakes = {
        "late": "The rate falls a step late: at t equal to a milestone it has fallen already.",
        "early": "The rate falls a step early: before t reaches the milestone it is still the higher one.",
        "once": "The factor is applied once, however many milestones t has reached: each one applies it again.",
        "unchanged": "The rate never falls.",
        "only_there": "The rate is lower at the milestone itself only, then it goes back up.",
        "times_count": "The factor is multiplied by the number of milestones; it is raised to that power.",
        "all_at_once": "The factors of all milestones are applied from the start.",
        "one_too_many": "The factor is applied once too often: before the first milestone the rate is base_lr.",
        "divided": "The rate is divided by the factor, so it grows.",
        "subtracted": "The factor says what remains of the rate, not what is taken off.",
        "as_gaps": "Milestones are read as distances from the last one; they are steps counted from 0.",
    }

    def cases(self, rng_for):
        cases = []
        for name, gaps in (
            ("three milestones", (4, 9)),
            ("milestones in a row", (1, 2)),
            ("no milestones", None),
        ):
            rng = rng_for(name)
            found = np.cumsum(rng.integers(*gaps, 3)) + int(rng.integers(1, 4)) if gaps else []
            milestones = [int(m) for m in found]
            factor = round(float(rng.uniform(0.15, 0.45)), 3)
            last = max(milestones, default=8) + 4
            cases.append(_case(name, rng, milestones=milestones, factor=factor, last=last))
        return cases

    def stretches(self, case):
        milestones, everywhere = case["milestones"], range(case["last"] + 1)
        if not milestones:
            return {"rates without milestones": list(everywhere)}
        if milestones[1] == milestones[0] + 1:
            return {"rates at milestones in a row": list(everywhere)}
        edges = [t for t in everywhere if t in milestones or t + 1 in milestones]
        return {
            "rates between milestones": [t for t in everywhere if t not in edges],
            "rates at the milestones and a step before": edges,
        }


class EpochRate(Rates):
    """`epoch_rate(t, base_lr, factor, steps_per_epoch, every)`."""

    name = "rates.per_epoch"
    title = "A factor an epoch"
    shown = ("base_lr", "factor", "steps_per_epoch", "every")
    parts = (
        Part("constant in an epoch, lower in the next", 3, ("rates inside the epochs",), STEPS),
        Part(
            "falls with an epoch's first step",
            2,
            ("rates at the first and the last steps of epochs",),
            STEPS,
        ),
        Part(
            "every few epochs",
            2,
            ("rates where a few epochs share one", "rates where a step is an epoch"),
            STEPS,
        ),
    )
    mistakes = {
        "unchanged": "The rate never falls.",
        "per_step": "The factor is applied at every step, not once an epoch.",
        "smooth": "The rate falls a little at every step; within an epoch it is constant: count whole epochs.",
        "late": "The rate falls a step late: the first step of an epoch has its rate already.",
        "early": "The rate falls a step early: the last step of an epoch still has the epoch's rate.",
        "rounded": "The number of epochs is rounded: the rate falls in the middle of an epoch.",
        "from_one": "Epochs are counted from 1: in the first epoch the rate is base_lr.",
        "every_ignored": "`every` is ignored: the factor is applied after each epoch.",
        "every_in_steps": "`every` is counted in steps; it is a number of epochs.",
        "spread": "Each epoch gets a share of the factor; the whole factor is due after `every` epochs.",
        "fraction": "The factor says what remains of the rate, not what is taken off.",
        "times_count": "The factor is multiplied by the number of epochs; it is raised to that power.",
        "divided": "The rate is divided by the factor, so it grows.",
        "once": "The factor is applied once, not once for every time that it is due.",
    }

    def cases(self, rng_for):
        cases = []
        for name, steps, every, num_falls in (
            ("every epoch", (5, 9), (1, 2), 4),
            ("every few epochs", (3, 6), (2, 4), 3),
            ("an epoch of one step", (1, 2), (4, 7), 3),
        ):
            rng = rng_for(name)
            settings = {
                "factor": round(float(rng.uniform(0.7, 0.95)), 3),
                "steps_per_epoch": int(rng.integers(*steps)),
                "every": int(rng.integers(*every)),
            }
            last = settings["steps_per_epoch"] * settings["every"] * num_falls + 1
            cases.append(_case(name, rng, last=last, **settings))
        return cases

    def stretches(self, case):
        length, everywhere = case["steps_per_epoch"], range(case["last"] + 1)
        if length == 1:
            return {"rates where a step is an epoch": list(everywhere)}
        if case["every"] > 1:
            return {"rates where a few epochs share one": list(everywhere)}
        edges = [t for t in everywhere if t % length in (0, length - 1)]
        return {
            "rates inside the epochs": [t for t in everywhere if t not in edges],
            "rates at the first and the last steps of epochs": edges,
        }


class ToZero(Rates):
    """A dict of `f(t, base_lr, total_steps)`: "cosine", "linear" and "square root"."""

    name = "rates.to_zero"
    title = "Cosine, linear, square root"
    shown = ("base_lr", "total_steps")
    parts = (
        Part("cosine", 3, ("cosine before T",), SMOOTH),
        Part("linear", 2, ("linear before T",), SMOOTH),
        Part("square root", 2, ("square root before T",), SMOOTH),
        Part(
            "all three are 0 from T on",
            2,
            ("cosine from T on", "linear from T on", "square root from T on"),
            SMOOTH,
            needs=("cosine", "linear", "square root"),
        ),
    )
    mistakes = {
        "not_kept": "After T the formula goes on: the cosine rises, the others leave the numbers that make sense.",
        "early": "Zero is reached a step early: divide by T, not by T − 1.",
        "never_zero": "Zero is not reached at T: divide by T, not by T + 1.",
        "half_missing": "The cosine's factor one half is missing: the rate starts at twice base_lr.",
        "full_period": "The cosine runs through a full period, down and up again; half a period ends at zero.",
        "quarter_period": "This is a quarter of a cosine; the schedule is half a period, lifted above zero.",
        "degrees": "The angle is in degrees; math.cos takes radians.",
        "line_for_cosine": "In place of the cosine there is a straight line.",
        "sine": "This is a sine, not a cosine.",
        "rising": "The line rises from 0 to base_lr; it falls from base_lr to 0.",
        "whole_division": "t // T drops the fraction: divide with /.",
        "root_of_time": "The root is taken of t / T, then subtracted; it is taken of 1 − t / T.",
        "squared": "1 − t / T is squared, not its root taken.",
        "root_of_all": "The root is taken of base_lr too; it belongs to 1 − t / T alone.",
        "factor_only": "What is returned is a share of base_lr: multiply by base_lr.",
    }

    def cases(self, rng_for):
        cases = []
        for function in ("cosine", "linear", "square root"):
            for length, lowest, highest in (("long", 17, 31), ("short", 3, 6)):
                name = f"{function}, {length}"
                rng = rng_for(name)
                total = int(rng.integers(lowest, highest))
                cases.append(_case(name, rng, function=function, total_steps=total, last=total + 4))
        return cases

    def stretches(self, case):
        total = case["total_steps"]
        return {
            f"{case['function']} before T": list(range(total)),
            f"{case['function']} from T on": list(range(total, case["last"] + 1)),
        }


class OpenEnded(Rates):
    """A dict: "inverse square root" and "constant" are `f(t, base_lr)`, "exponential" and "1/t" `f(t, base_lr, k)`."""

    name = "rates.open_ended"
    title = "Schedules without an end"
    parts = (
        Part("inverse square root", 2, ("inverse square root from t = 1 on",), SMOOTH),
        Part(
            "its first step",
            1,
            ("inverse square root at t = 0",),
            SMOOTH,
            needs=("inverse square root",),
        ),
        Part("exponential", 2, ("exponential",), SMOOTH),
        Part("1/t", 2, ("1/t",), SMOOTH),
        Part(
            "constant",
            1,
            ("constant",),
            SMOOTH,
            needs=("inverse square root", "exponential", "1/t"),
        ),
    )
    mistakes = {
        "division_by_zero": "At t = 0 the inverse square root divides by zero; the rate there is base_lr.",
        "zero_at_start": "At t = 0 the inverse square root is 0; the rate there is base_lr.",
        "shifted": "The inverse square root uses t + 1; the formula has t, and base_lr at t = 0.",
        "no_root": "This divides by t, not by its square root.",
        "root_of_all": "The square root is taken of base_lr too; it belongs to t alone.",
        "grows": "The exponential grows: its exponent is negative.",
        "base_two": "The exponential has base 2, not e.",
        "k_as_factor": "k is used as the factor of each step; the factor is e to the −k.",
        "first_order": "1 − kt is the exponential's first two terms only.",
        "k_ignored": "In 1/t the number k is missing: divide by 1 + k t.",
        "one_missing": "In 1/t the 1 is missing: divide by 1 + k t, which is 1 at t = 0.",
        "wrong_brackets": "In 1/t this divides by (1 + k) t; without brackets k t is added to 1.",
        "power": "1 + k is raised to the power t, which is an exponential; divide by 1 + k t.",
        "factor_only": "What is returned is a share of base_lr: multiply by base_lr.",
    }

    def arguments(self, case):
        return ("base_lr", "k") if "k" in case else ("base_lr",)

    def describe(self, case):
        return ", ".join([case["name"], *(f"{name}={case[name]}" for name in self.arguments(case))])

    def cases(self, rng_for):
        cases = []
        for name in ("inverse square root", "exponential", "1/t", "constant"):
            rng = rng_for(name)
            k = round(float(rng.uniform(0.05, 0.3)), 3)
            settings = {"k": k} if name in ("exponential", "1/t") else {}
            cases.append(_case(name, rng, function=name, last=23, **settings))
        return cases

    def stretches(self, case):
        name, everywhere = case["function"], list(range(case["last"] + 1))
        if name == "inverse square root":
            return {f"{name} at t = 0": [0], f"{name} from t = 1 on": everywhere[1:]}
        return {name: everywhere}


EXERCISES = (StepRate(), EpochRate(), ToZero(), OpenEnded())
