"""Learning-rate schedules as `torch.optim.lr_scheduler.LRScheduler` subclasses, judged by their trajectories."""

import copy

import numpy as np
import torch
from torch.optim.lr_scheduler import LRScheduler

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Close, Feature, Same

LECTURE = "Lecture 5, section 5: Warm-up"
RESTARTS = "Lecture 5, section 7: Cyclic rates and warm restarts"
EXTRA_STEPS = 4
RESUMED = "the resumed run is equal"


class Scheduler(Exercise):
    """`answer(optimizer, *arguments)`: run over two parameter groups, saved on the way, and resumed from each save.

    arguments    the entries of a case that the class takes after the optimizer, in order
    may_be_flat  whether a rate that never changes may be right; where it cannot be, it is not measured
    """

    arguments: tuple[str, ...]
    may_be_flat = False

    def saved_at(self, case: dict) -> tuple[int, ...]:
        """The steps before which a run's state is saved."""
        raise NotImplementedError

    def last(self, case: dict) -> int:
        """The last step of a run."""
        raise NotImplementedError

    def phases(self, case: dict, rates: list) -> dict[str, Feature]:
        """The rates of a run [step][group], cut into what is compared together."""
        raise NotImplementedError

    def is_resumed(self, case: dict) -> bool:
        """Whether the runs that were saved and resumed are compared in this case."""
        return True

    def probe(self, answer, case, device):
        last = self.last(case)
        pair = self._build(answer, case, device)
        if not isinstance(pair[1], LRScheduler):
            return {"scheduler": False}
        saved_at = self.saved_at(case)
        rates, saved = [], {}
        for step in range(last + 1):
            if step in saved_at:
                saved[step] = copy.deepcopy([part.state_dict() for part in pair])
            rates.append(_rates(pair[0]))
            _step(pair)
        resumed = {}
        for start, states in saved.items():
            pair = self._build(answer, case, device)
            for part, state in zip(pair, states, strict=True):
                part.load_state_dict(state)
            resumed[str(start)] = []
            for _ in range(start, last + 1):
                resumed[str(start)].append(_rates(pair[0]))
                _step(pair)
        return {"scheduler": True, "rates": rates, "resumed": resumed}

    def _build(self, answer, case, device):
        groups = [
            {"params": [torch.nn.Parameter(torch.zeros(2, device=device))], "lr": lr}
            for lr in case["lrs"]
        ]
        optimizer = torch.optim.SGD(groups, lr=0.1)
        return optimizer, answer(optimizer, *(case[name] for name in self.arguments))

    def measure(self, case, output):
        if not output["scheduler"]:
            raise Malformed("The class is not a subclass of LRScheduler.")
        rates = output["rates"]
        if np.ptp(rates, axis=0).max() == 0 and not self.may_be_flat:
            raise Malformed("The rate never changes.")
        if set(output["resumed"]) != {str(start) for start in self.saved_at(case)}:
            raise Malformed("The run was not resumed where it was saved.")
        features = self.phases(case, rates)
        if self.is_resumed(case):
            runs = output["resumed"].items()
            features[RESUMED] = Same(all(_equal(rates[int(start) :], run) for start, run in runs))
        return features


class LinearWarmup(Scheduler):
    """`LinearWarmup(optimizer, warmup_steps)`; from 0 to the base rate, which is kept."""

    name = "schedules.linear_warmup"
    title = "Linear warm-up"
    shown = ("lrs", "warmup_steps")
    arguments = shown[1:]
    may_be_flat = True
    flagged = ("LinearLR", "LambdaLR", "SequentialLR", "OneCycleLR")
    parts = (
        Part("warm-up", 3, ("rates during warm-up",), LECTURE),
        Part(
            "the full rate from then on",
            2,
            ("rates after warm-up",),
            LECTURE,
            needs=("warm-up",),
        ),
        Part("without warm-up", 1, ("rates without warm-up",), LECTURE, needs=("warm-up",)),
        Part("saved and resumed, it goes on the same", 2, (RESUMED,), LECTURE, needs=("warm-up",)),
    )
    mistakes = {
        "from_one_over_n": "Warm-up starts above 0: at step t the rate is the share t / warmup_steps of the base rate.",
        "from_one_over_n_plus_one": "Warm-up starts above 0: divide t by warmup_steps; do not add 1 to both.",
        "late": "The full rate is reached a step late: divide by warmup_steps, not by one more.",
        "early": "The full rate is reached a step early: divide by warmup_steps, not by one less.",
        "no_warmup": "There is no warm-up: the first step already has the full rate.",
        "goes_on": "The rate goes on rising after warm-up; it stays at the base rate.",
        "back_to_zero": "After warm-up the rate is 0; it stays at the base rate.",
        "low_then_full": "The rate is constant during warm-up; it rises by the same amount at every step.",
        "squared": "The rate rises with the square of t; warm-up is a straight line.",
        "compounded": "The share is multiplied onto the current rate, which is 0 from the start; use self.base_lrs.",
        "first_group": "Every parameter group gets the first group's rate.",
        "not_resumed": "After loading its state it does not go on where it was: count with self.last_epoch.",
        "division_by_zero": "Without warm-up (warmup_steps = 0) the code divides by zero.",
        "not_a_scheduler": "The class is not a subclass of LRScheduler.",
    }

    def cases(self, rng_for):
        cases = []
        for name, lowest, highest in (
            ("usual", 5, 10),
            ("no warm-up", 0, 1),
            ("one step", 1, 2),
            ("long", 11, 20),
        ):
            rng = rng_for(name)
            lrs = rng.uniform(0.1, 0.9, 2).round(4).tolist()
            case = {"name": name, "seed": int(rng.integers(2**31)), "lrs": lrs}
            cases.append(case | {"warmup_steps": int(rng.integers(lowest, highest))})
        return cases

    def saved_at(self, case):
        """In the warm-up and after it."""
        return case["warmup_steps"] // 2, case["warmup_steps"] + 2

    def last(self, case):
        return case["warmup_steps"] + EXTRA_STEPS

    def is_resumed(self, case):
        return case["warmup_steps"] > 0

    def phases(self, case, rates):
        warmup = case["warmup_steps"]
        if not warmup:
            return {"rates without warm-up": _close(rates, 0)}
        return {
            "rates during warm-up": _close(rates[:warmup], 0),
            "rates after warm-up": _close(rates[warmup:], warmup),
        }


class WarmupCosine(Scheduler):
    """`WarmupCosine(optimizer, warmup_steps, total_steps, min_lr)`; linear warm-up, cosine decay (He et al., 2019)."""

    name = "schedules.warmup_cosine"
    title = "Warm-up with cosine decay"
    shown = ("lrs", "warmup_steps", "total_steps", "min_lr")
    arguments = shown[1:]
    flagged = ("CosineAnnealingLR", "LinearLR", "SequentialLR", "LambdaLR", "OneCycleLR")
    parts = (
        Part("warm-up", 2, ("rates during warm-up",), LECTURE),
        Part("cosine decay", 3, ("rates during decay",), LECTURE),
        Part("the floor is reached and kept", 2, ("rates from the last step on",), LECTURE),
        Part("without warm-up", 1, ("rates without warm-up",), LECTURE),
        Part("saved and resumed, it goes on the same", 2, (RESUMED,), LECTURE),
    )
    mistakes = {
        "from_one_over_n": "Warm-up starts above 0: at step t the rate is the share t / warmup_steps of the base rate.",
        "warmup_late": "Warm-up reaches the full rate a step late: divide by warmup_steps, not by one more.",
        "no_warmup": "There is no warm-up: the first step already has the full rate.",
        "linear_decay": "The decay is linear, not a cosine.",
        "cosine_over_total": "The cosine runs over total_steps; it runs over the steps that are left after warm-up.",
        "cosine_from_start": "The cosine counts from step 0, so the rate jumps when warm-up ends.",
        "never_at_floor": "The cosine does not reach the floor at total_steps: it is divided by one step too many.",
        "one_step_early": "The cosine reaches the floor a step early: it is divided by one step too few.",
        "half_missing": "The cosine's factor one half is missing: the rate goes up to twice the base rate.",
        "full_period": "The cosine runs through a full period, down and up again; half a period ends at the floor.",
        "no_floor": "min_lr is ignored: the rate falls to 0.",
        "floor_added": "min_lr is added on top: the peak is base rate + min_lr, but the decay starts at the base rate.",
        "rises_again": "After total_steps the rate rises again; it stays at min_lr.",
        "compounded": "The factor is multiplied onto the current rate, which holds earlier factors; use self.base_lrs.",
        "first_group": "Every parameter group gets the first group's rate.",
        "not_resumed": "After loading its state it does not go on where it was: count with self.last_epoch.",
        "division_by_zero": "Without warm-up (warmup_steps = 0) the code divides by zero.",
        "not_a_scheduler": "The class is not a subclass of LRScheduler.",
    }

    def cases(self, rng_for):
        cases = []
        for name, warmup, total in (
            ("usual", (4, 9), (21, 34)),
            ("no warm-up", (0, 1), (9, 15)),
            ("short", (1, 2), (3, 4)),
        ):
            rng = rng_for(name)
            base = rng.uniform(0.1, 0.9, 2).round(4).tolist()
            cases.append(
                {
                    "name": name,
                    "seed": int(rng.integers(2**31)),
                    "lrs": base,
                    "min_lr": round(float(rng.uniform(0.01, 0.05)), 4),
                    "warmup_steps": int(rng.integers(*warmup)),
                    "total_steps": int(rng.integers(*total)),
                }
            )
        return cases

    def saved_at(self, case):
        """In the warm-up, in the middle, and after the end."""
        return case["warmup_steps"] // 2, case["total_steps"] // 2, case["total_steps"] + 1

    def last(self, case):
        return case["total_steps"] + EXTRA_STEPS

    def is_resumed(self, case):
        return case["warmup_steps"] > 0

    def phases(self, case, rates):
        warmup, total = case["warmup_steps"], case["total_steps"]
        if not warmup:
            return {"rates without warm-up": _close(rates, 0)}
        return {
            "rates during warm-up": _close(rates[:warmup], 0),
            "rates during decay": _close(rates[warmup:total], warmup),
            "rates from the last step on": _close(rates[total:], total),
        }


class WarmRestarts(Scheduler):
    """`WarmRestarts(optimizer, first_cycle, growth, min_lr)`; cosine cycles (Loshchilov & Hutter, 2017)."""

    name = "schedules.warm_restarts"
    title = "Cosine with warm restarts"
    shown = ("lrs", "first_cycle", "growth", "min_lr")
    arguments = shown[1:]
    flagged = ("CosineAnnealingWarmRestarts", "CosineAnnealingLR", "SequentialLR", "LambdaLR")
    parts = (
        Part("the first cycle", 3, ("rates in the first cycle",), RESTARTS),
        Part(
            "the first restart",
            2,
            ("rates at the first restart",),
            RESTARTS,
            needs=("the first cycle",),
        ),
        Part("later cycles of one length", 2, ("rates of cycles of one length",), RESTARTS),
        Part("later cycles that grow", 3, ("rates of cycles that grow",), RESTARTS),
        Part("saved and resumed, it goes on the same", 2, (RESUMED,), RESTARTS),
    )
    mistakes = {
        "restart_late": "The restart comes a step late: a cycle has as many steps as its length says, not one more.",
        "restart_early": "The restart comes a step early: a cycle has as many steps as its length says.",
        "peak_skipped": "At the restart the rate is still min_lr; it is the base rate at once.",
        "floor_in_cycle": "The cosine is divided by one step too few: the cycle's last step is still above min_lr.",
        "never_low": "The cosine is divided by one step too many, so its steps are too small.",
        "no_growth": "All cycles have the first one's length; each is `growth` times as long as the last.",
        "added_growth": "Each cycle grows by the same number of steps; it is `growth` times as long as the last.",
        "grown_first": "The first cycle is longer than first_cycle already; growth begins with the second.",
        "growth_of_start": "A cycle starts at first_cycle × growth^i here; it starts where the cycles before it end.",
        "no_restart": "The rate stays at min_lr after the first cycle: there is no restart.",
        "swings": "The rate climbs back along the cosine; a restart is a jump up.",
        "sawtooth": "Within a cycle the rate falls along a straight line, not a cosine.",
        "half_missing": "The cosine's factor one half is missing: the rate goes up to about twice the base rate.",
        "no_floor": "min_lr is ignored: the rate falls towards 0.",
        "floor_added": "min_lr is added on top: the peak is base rate + min_lr, but a cycle starts at the base rate.",
        "peak_shrinks": "The peak is lower after each restart; every cycle starts at the base rate.",
        "compounded": "The factor is multiplied onto the current rate, which holds earlier factors; use self.base_lrs.",
        "first_group": "Every parameter group gets the first group's rate.",
        "not_resumed": "After loading its state it does not go on where it was: count with self.last_epoch.",
        "not_a_scheduler": "The class is not a subclass of LRScheduler.",
    }

    def cases(self, rng_for):
        cases = []
        for name, growth, lengths, last in (
            ("cycles of one length", 1, (3, 6), 8),
            ("cycles that double", 2, (3, 6), 8),
            ("cycles that triple", 3, (2, 4), 14),
        ):
            rng = rng_for(name)
            lrs = rng.uniform(0.1, 0.9, 2).round(4).tolist()
            case = {"name": name, "seed": int(rng.integers(2**31)), "lrs": lrs, "growth": growth}
            case["first_cycle"] = int(rng.integers(*lengths))
            case["min_lr"] = round(float(rng.uniform(0.01, 0.05)), 4)
            cases.append(case | {"last": last * case["first_cycle"] + 1})
        return cases

    def saved_at(self, case):
        """In the first cycle, at its end, and in a later one."""
        return case["first_cycle"] // 2, case["first_cycle"], case["last"] // 2

    def last(self, case):
        return case["last"]

    def phases(self, case, rates):
        first = case["first_cycle"]
        later = (
            "rates of cycles that grow" if case["growth"] > 1 else "rates of cycles of one length"
        )
        return {
            "rates in the first cycle": _close(rates[:first], 0),
            "rates at the first restart": _close(rates[first : first + 1], first),
            later: _close(rates[first + 1 :], first + 1),
        }


def _rates(optimizer):
    return [float(group["lr"]) for group in optimizer.param_groups]


def _step(pair):
    for part in pair:
        part.step()


def _close(rates, first_step):
    dims = [["step", first_step], ["group", 0]]
    return Close(rates, rtol=1e-6, atol=1e-7, dims=dims)


def _equal(rates, resumed):
    """Whether a resumed run has the rates of the run that was never stopped."""
    alike = np.shape(rates) == np.shape(resumed) and len(rates) > 0
    return bool(alike and np.allclose(rates, resumed, rtol=1e-6, atol=1e-7))


EXERCISES = (LinearWarmup(), WarmupCosine(), WarmRestarts())
