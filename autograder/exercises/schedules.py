"""Learning-rate schedules as `torch.optim.lr_scheduler.LRScheduler` subclasses, judged by their trajectories."""

import copy

import numpy as np
import torch
from torch.optim.lr_scheduler import LRScheduler

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Close, Same

LECTURE = "Lecture 5, section 5: Warm-up"
EXTRA_STEPS = 4


class WarmupCosine(Exercise):
    """`WarmupCosine(optimizer, warmup_steps, total_steps, min_lr)`; linear warm-up, cosine decay (He et al., 2019)."""

    name = "schedules.warmup_cosine"
    title = "Warm-up with cosine decay"
    shown = ("lrs", "warmup_steps", "total_steps", "min_lr")
    flagged = ("CosineAnnealingLR", "LinearLR", "SequentialLR", "LambdaLR", "OneCycleLR")
    parts = (
        Part("warm-up", 2, ("rates during warm-up",), LECTURE),
        Part("cosine decay", 3, ("rates during decay",), LECTURE),
        Part("the floor is reached and kept", 2, ("rates from the last step on",), LECTURE),
        Part("without warm-up", 1, ("rates without warm-up",), LECTURE),
        Part("saved and resumed, it goes on the same", 2, ("the resumed run is equal",), LECTURE),
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

    def probe(self, answer, case, device):
        last = case["total_steps"] + EXTRA_STEPS
        pair = _build(answer, case, device)
        if not isinstance(pair[1], LRScheduler):
            return {"scheduler": False}
        saved_at = _saved_at(case)
        rates, saved = [], {}
        for step in range(last + 1):
            if step in saved_at:
                saved[step] = copy.deepcopy([part.state_dict() for part in pair])
            rates.append(_rates(pair[0]))
            _step(pair)
        resumed = {}
        for start, states in saved.items():
            pair = _build(answer, case, device)
            for part, state in zip(pair, states, strict=True):
                part.load_state_dict(state)
            resumed[str(start)] = []
            for _ in range(start, last + 1):
                resumed[str(start)].append(_rates(pair[0]))
                _step(pair)
        return {"scheduler": True, "rates": rates, "resumed": resumed}

    def measure(self, case, output):
        if not output["scheduler"]:
            raise Malformed("The class is not a subclass of LRScheduler.")
        rates, warmup, total = output["rates"], case["warmup_steps"], case["total_steps"]
        if np.ptp(rates, axis=0).max() == 0:
            raise Malformed("The rate never changes.")
        if set(output["resumed"]) != {str(start) for start in _saved_at(case)}:
            raise Malformed("The run was not resumed where it was saved.")
        if not warmup:
            return {"rates without warm-up": _close(rates, 0)}
        return {
            "rates during warm-up": _close(rates[:warmup], 0),
            "rates during decay": _close(rates[warmup:total], warmup),
            "rates from the last step on": _close(rates[total:], total),
            "the resumed run is equal": Same(
                all(_equal(rates[int(start) :], run) for start, run in output["resumed"].items())
            ),
        }


def _saved_at(case):
    """The steps before which a run's state is saved: in the warm-up, in the middle, and after the end."""
    return case["warmup_steps"] // 2, case["total_steps"] // 2, case["total_steps"] + 1


def _build(answer, case, device):
    groups = [
        {"params": [torch.nn.Parameter(torch.zeros(2, device=device))], "lr": lr}
        for lr in case["lrs"]
    ]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    scheduler = answer(optimizer, case["warmup_steps"], case["total_steps"], case["min_lr"])
    return optimizer, scheduler


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


EXERCISES = (WarmupCosine(),)
