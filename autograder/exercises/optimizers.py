"""Optimizers as `torch.optim.Optimizer` subclasses, judged by where they take parameters that are handed gradients.

No gradient depends on a place, so a wrong step is measured as it is and does not grow. Each parameter has one gradient
tensor that is written anew before every step, as `zero_grad(set_to_none=False)` and `backward` do.
"""

import copy
from itertools import chain

import numpy as np
import torch

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Close, Same

NUM_STEPS = 5
UNSEEN = 1e-20  # an eps too small to matter, where something else is asked
DECIMALS = {"float32": 7, "float64": 12}
TOLERANCE = {"float32": 2e-5, "float64": 1e-10}

DOWNHILL = "Lecture 2, section 1: Downhill in small steps"
MOMENTUM = "Lecture 2, section 5: Momentum"
NESTEROV = "Lecture 2, section 6: Nesterov momentum"
SCALES = "Lecture 2, section 7: A scale for each parameter: AdaGrad and RMSProp"
ADAM = "Lecture 2, section 8: Adam"
DECAY = "Lecture 3, section 3: Penalties on the weights"

STEPS = "parameters after each step"
DEFAULTS = "parameters with default settings"
GROUPS = "parameters of each group"
MISSING = "parameters where gradients are missing"
TINY = "parameters after gradients as small as eps"
RESUMED = "distance from the run that was not stopped"
DOUBLE = "parameters in float64"
COUPLED = "parameters with decay in the gradient"
DECOUPLED = "parameters with decoupled decay"
ZERO = "parameters with decoupled decay whose gradients are zero"
ALONE = "gradients after the step"
DTYPE = "dtype of the parameters"

# What a case holds beside its seed and the settings of its groups.
ONE_GROUP = {"name": "one group, float32", "feature": STEPS, "shapes": [[[2], [2]]]}
BY_DEFAULT = {
    "name": "default settings, float32",
    "feature": DEFAULTS,
    "shapes": [[[3]]],
    "only_lr": True,
}
THREE_GROUPS = {
    "name": "three groups, float32",
    "feature": GROUPS,
    "shapes": [[[2, 1, 2]], [[3]], [[]]],
    "rate_changes_before": 2,
}
SOME_MISSING = {
    "name": "missing gradients, float32",
    "feature": MISSING,
    "shapes": [[[2], [2], [2]]],
    "missing": [[], list(range(NUM_STEPS)), [0, 3]],  # in which steps a tensor has none
}
SMALL = {
    "name": "gradients as small as eps, float32",
    "feature": TINY,
    "shapes": [[[4]]],
    "gradient_scale": 1e-4,
    "first_is_zero": True,
}
SAVED = {
    "name": "saved and loaded, float32",
    "feature": RESUMED,
    "shapes": [[[3], [2]], [[1]]],
    "saved_before": [0, 1, 2, 3],
}
FLOAT64 = {"name": "one group, float64", "feature": DOUBLE, "shapes": [[[5]]], "dtype": "float64"}
STATELESS = (ONE_GROUP, THREE_GROUPS, SOME_MISSING, FLOAT64)
WITH_STATE = (*STATELESS, BY_DEFAULT, SAVED)
WITH_EPS = (*WITH_STATE, SMALL)

COMMON = {
    "climbs": "The step is added; it must be subtracted: this climbs.",
    "first_group": "Every group gets the first group's settings; read them from the group of the parameter.",
    "fixed_lr": "The rate is the one given to __init__; read group['lr'], which groups and schedules set.",
    "stops_at_none": "A parameter without a gradient ends the loop; only that parameter is skipped.",
    "gradient_changed": "The gradient is changed in place; others may still need it.",
}
STATE = COMMON | {
    "shared_state": "All parameters share one state; each needs its own, in self.state[param].",
    "not_restored": "After loading its state it does not go on where it was: keep everything in self.state[param].",
    "float32_state": "The state is float32 whatever the parameter's dtype: make it with torch.zeros_like(param).",
}
NONE = {
    "none_as_zero": "A missing gradient is taken for zero; a parameter whose grad is None is left out, its state too.",
}
EPS = {
    "eps_inside": "eps is added inside the root; it is added to the root.",
    "no_epsilon": "eps is missing: where all gradients so far are zero this divides by zero.",
    "whole_tensor": "One number scales a whole tensor; squares, roots and division are elementwise.",
    "no_root": "The root is missing: the step is divided by the squares themselves.",
}


class OptimizerExercise(Exercise):
    """`Class(params, **settings)` with a `step()`, tried on several layouts; a subclass draws its settings."""

    shown = ("settings",)
    layouts: tuple[dict, ...]
    edge: dict = {}  # settings at the edge of what is allowed, for the third group

    def draw(self, rng: np.random.Generator) -> dict:
        """Settings of one group."""
        raise NotImplementedError

    def cases(self, rng_for):
        return [self._case(layout, rng_for(layout["name"])) for layout in self.layouts]

    def _case(self, layout, rng):
        case = {"dtype": "float32", "gradient_scale": 1.0} | layout
        case |= {"seed": int(rng.integers(2**31))}
        case["settings"] = [self.draw(rng) | case.get("set", {}) for _ in case["shapes"]]
        if len(case["settings"]) > 2:
            case["settings"][2] |= self.edge
        if case.get("only_lr"):
            case["settings"] = [{"lr": each["lr"]} for each in case["settings"]]
        if case["feature"] == TINY:
            case["settings"][0]["eps"] = float(
                f"{case['gradient_scale'] * rng.uniform(0.5, 2):.2g}"
            )
        return case

    def probe(self, answer, case, device):
        try:
            return self._drive(answer, case, device)
        except Exception:
            if "missing" not in case:
                raise
            self._drive(answer, {**case, "missing": []}, device)  # stops too, but for other reasons
            return {"optimizer": True, "stopped": True}

    def _drive(self, answer, case, device):
        starts, gradients = _drawn(case)
        run = _Run(answer, case, starts, device)
        if not isinstance(run.optimizer, torch.optim.Optimizer):
            return {"optimizer": False}
        path, after, saved = [], [], {}
        for step in range(NUM_STEPS):
            if step in case.get("saved_before", ()):
                values = [param.detach().clone() for param in run.params]
                saved[step] = values, copy.deepcopy(run.optimizer.state_dict())
            after.append(run.step(gradients[step], step))
            path.append(run.places())
        resumed = {}
        for start, (values, state) in saved.items():
            again = _Run(answer, case, values, device)
            again.optimizer.load_state_dict(state)
            for step in range(start, NUM_STEPS):
                again.step(gradients[step], step)
            resumed[str(start)] = again.places()
        dtypes = sorted({str(param.dtype).removeprefix("torch.") for param in run.params})
        run_of = {"path": path, "gradients": after, "dtypes": ", ".join(dtypes)}
        return {"optimizer": True, "resumed": resumed} | run_of

    def measure(self, case, output):
        if not output["optimizer"]:
            raise Malformed("The class is not a subclass of torch.optim.Optimizer.")
        if output.get("stopped"):
            raise Malformed("The code stops where a parameter has no gradient: its grad is None.")
        starts, gradients = _drawn(case)
        first = np.concatenate([start.ravel() for start in starts])
        if any(np.shape(places) != first.shape for places in output["path"]):
            raise Malformed("A parameter has changed its shape.")
        path = np.array(output["path"], "float64")
        if len(path) != NUM_STEPS or (path == first).all():
            raise Malformed("step() changes no parameter; they must be changed in place.")
        features = {
            ALONE: Same(_fate(gradients, output["gradients"])),
            DTYPE: Same(output["dtypes"]),
        }
        name, tolerance = case["feature"], TOLERANCE[case["dtype"]]
        values, dims = path[-1], [["weight", 0]]
        if name == STEPS:
            values = path.reshape(NUM_STEPS, len(starts), -1)
            dims = [["step", 1], ["tensor", 0], ["weight", 0]]
        if name == RESUMED:
            values = np.stack([output["resumed"][str(n)] for n in case["saved_before"]]) - values
            dims = [["a run saved after step", case["saved_before"][0]], ["weight", 0]]
        values = np.round(values, DECIMALS[case["dtype"]])
        return features | {name: Close(values, rtol=tolerance, atol=tolerance, dims=dims)}


class _Run:
    """An optimizer of the student's class, and the parameters that it moves."""

    def __init__(self, answer, case, values, device):
        self.rate_changes_before = case.get("rate_changes_before")
        self.params = [
            torch.nn.Parameter(torch.as_tensor(v, device=device).clone()) for v in values
        ]
        self.gradients = [torch.zeros_like(param).detach() for param in self.params]
        settings = [_usable(each) for each in case["settings"]]
        groups, left = [], list(self.params)
        for shapes, own in zip(case["shapes"], settings, strict=True):
            groups.append({"params": [left.pop(0) for _ in shapes], **own})
        one_group = groups[0]["params"]
        self.optimizer = answer(groups if len(groups) > 1 else one_group, **settings[0])

    def step(self, gradients, number):
        """One step with these gradients; returns what the parameters have as gradients after it."""
        if number == self.rate_changes_before:
            for group in self.optimizer.param_groups:
                group["lr"] *= 0.4
        for param, kept, gradient in zip(self.params, self.gradients, gradients, strict=True):
            if gradient is not None:
                kept.copy_(torch.as_tensor(gradient))
            param.grad = None if gradient is None else kept
        self.optimizer.step()
        return [None if p.grad is None else p.grad.detach().clone() for p in self.params]

    def places(self):
        return torch.cat([param.detach().flatten() for param in self.params])


def _usable(settings):
    """Settings as an optimizer takes them; a case, which is plain data, has lists for tuples."""
    return {key: tuple(v) if isinstance(v, list) else v for key, v in settings.items()}


def _drawn(case):
    """Where the parameters start, and their gradients [step][tensor], None where one is missing."""
    rng, dtype = np.random.default_rng(case["seed"]), case["dtype"]
    shapes = [tuple(shape) for group in case["shapes"] for shape in group]
    missing = case.get("missing") or [[]] * len(shapes)
    starts, gradients = [], [[None] * len(shapes) for _ in range(NUM_STEPS)]
    for number, shape in enumerate(shapes):
        start = rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape)
        starts.append(np.asarray(start, dtype))
        for step in range(NUM_STEPS):
            gradient = rng.uniform(0.3, 1.7, shape) * rng.choice([-1.0, 1.0], shape)
            gradient = np.asarray(case["gradient_scale"] * gradient, dtype)
            if case.get("first_is_zero"):
                gradient[0] = 0
            if step not in missing[number]:
                gradients[step][number] = gradient
    return starts, gradients


def _fate(given, after):
    """What became of the gradients, in a word."""
    for one, two in zip(chain(*given), chain(*after), strict=True):
        if one is not None and (two is None or (not np.any(two) and np.any(one))):
            return "cleared"
        if not np.array_equal(one, two):  # None equals None alone
            return "changed"
    return "as before"


def _between(rng, low, high, digits=3):
    return round(float(rng.uniform(low, high)), digits)


def parts(
    lecture: str, layouts: tuple[dict, ...], steps: float, eps: float = 0
) -> tuple[Part, ...]:
    """The parts of an optimizer on these layouts; what a wrong step has too counts only beside right steps."""
    sure = ("the steps", "several groups, each with its own settings")
    found = [
        Part(sure[0], steps, (STEPS, DEFAULTS) if BY_DEFAULT in layouts else (STEPS,), lecture),
        Part(sure[1], 1, (GROUPS,), lecture),
        Part("parameters without a gradient are skipped", 1, (MISSING,), lecture),
        Part("float64 is kept throughout", 1, (DOUBLE,), lecture),
    ]
    if SMALL in layouts:
        found.append(Part("eps, added to the root", eps, (TINY,), lecture))
    if SAVED in layouts:
        saved = "saved and loaded, it goes on the same"
        found.append(Part(saved, 1, (RESUMED,), lecture, needs=sure))
    left = Part("gradients left alone, dtype kept", 1, (ALONE, DTYPE), lecture, needs=sure)
    return (*found, left)


class SGD(OptimizerExercise):
    """`SGD(params, lr)`."""

    name = "optimizers.sgd"
    title = "SGD"
    flagged = ("SGD", "sgd")
    layouts = STATELESS
    parts = parts(DOWNHILL, STATELESS, 3)
    mistakes = COMMON | {
        "no_rate": "The gradient is subtracted without the learning rate.",
        "rebinds": "No parameter moves: the loop's variable is set to a new tensor. Change the parameter in place.",
        "none_not_skipped": "A parameter without a gradient stops the code: its grad is None, and it must be skipped.",
        "gradient_cleared": "step() clears the gradients; that is what zero_grad() is for.",
        "normalized": "The gradient is divided by its length, so that only its direction counts.",
        "keeps_going": "Old gradients are added up: this is momentum, not SGD.",
    }

    def draw(self, rng):
        return {"lr": _between(rng, 0.05, 0.3)}


class Momentum(OptimizerExercise):
    """`Momentum(params, lr, rho)`: v = rho * v + g, then x = x - lr * v (Polyak, 1964)."""

    name = "optimizers.momentum"
    title = "Momentum"
    flagged = ("SGD", "sgd")
    layouts = WITH_STATE
    edge = {"rho": 0.0}
    parts = parts(MOMENTUM, WITH_STATE, 3)
    mistakes = (
        STATE
        | NONE
        | {
            "mean": "The gradient is multiplied by 1 - rho (dampening); the velocity is a decayed sum, not a mean.",
            "brakes": "The old velocity is subtracted from the gradient; it is added.",
            "rate_inside": "The rate is part of the velocity, so a change of it acts late; it multiplies the velocity.",
            "rho_as_friction": "The velocity keeps the share 1 - rho; it keeps the share rho.",
            "old_velocity": "The step uses the velocity from before this gradient.",
            "no_memory": "The velocity starts from zero in every step: this is SGD.",
            "nesterov": "This is Nesterov momentum: the step must be the velocity alone.",
            "aliased": "The velocity is the gradient's own tensor, which the next backward pass overwrites: copy it.",
        }
    )

    def draw(self, rng):
        return {"lr": _between(rng, 0.05, 0.2), "rho": _between(rng, 0.6, 0.95)}


class Nesterov(OptimizerExercise):
    """`Nesterov(params, lr, rho)`, the rearranged form (Sutskever et al., 2013, move to the look-ahead point).

    The rate changes before the first step only, so that it may stand inside the velocity or outside.
    """

    name = "optimizers.nesterov"
    title = "Nesterov momentum"
    flagged = ("SGD", "sgd")
    layouts = tuple(
        THREE_GROUPS | {"rate_changes_before": 0} if layout is THREE_GROUPS else layout
        for layout in WITH_STATE
    )
    edge = {"rho": 0.0}
    parts = parts(NESTEROV, WITH_STATE, 3)
    mistakes = (
        STATE
        | NONE
        | {
            "no_look_ahead": "This is plain momentum: rho * (v' - v) is missing, or v was overwritten before its use.",
            "old_not_taken_back": "The new velocity is added 1 + rho times, and rho times the old one not taken back.",
            "difference_turned": "The difference of the velocities is turned round: it is new minus old.",
            "difference_alone": "The step is only the difference of the velocities, without the new velocity itself.",
            "no_rho_ahead": "The difference of the velocities is not multiplied by rho.",
            "mean": "The gradient is multiplied by 1 - rho (dampening); the velocity is a decayed sum, not a mean.",
            "no_memory": "The velocity starts from zero in every step.",
            "aliased": "The velocity is the gradient's own tensor, which the next backward pass overwrites: copy it.",
        }
    )

    def draw(self, rng):
        return {"lr": _between(rng, 0.05, 0.2), "rho": _between(rng, 0.6, 0.95)}


class AdaGrad(OptimizerExercise):
    """`AdaGrad(params, lr, eps)` (Duchi et al., 2011)."""

    name = "optimizers.adagrad"
    title = "AdaGrad"
    flagged = ("Adagrad", "adagrad")
    layouts = WITH_EPS
    parts = parts(SCALES, WITH_EPS, 2, eps=1)
    mistakes = (
        STATE
        | EPS
        | {
            "decays": "The sum of squares decays: this is RMSProp, AdaGrad forgets nothing.",
            "mean_of_squares": "The sum is divided by the number of steps; it is a sum, not a mean.",
            "old_sum": "The step is divided by the sum from before this gradient.",
            "no_memory": "The sum starts from zero in every step, so only the last square counts.",
            "absolute_values": "Absolute values are added up instead of squares.",
        }
    )

    def draw(self, rng):
        return {"lr": _between(rng, 0.1, 0.4), "eps": UNSEEN}


class RMSProp(OptimizerExercise):
    """`RMSProp(params, lr, beta, eps)` (Tieleman and Hinton, 2012)."""

    name = "optimizers.rmsprop"
    title = "RMSProp"
    flagged = ("RMSprop", "rmsprop")
    layouts = WITH_EPS
    edge = {"beta": 0.0}
    parts = parts(SCALES, WITH_EPS, 2, eps=1)
    mistakes = (
        STATE
        | NONE
        | EPS
        | {
            "no_decay": "The squares are added up without decay: this is AdaGrad.",
            "shares_swapped": "beta and 1 - beta are swapped: beta is the share that the old squares keep.",
            "new_in_full": "The new square is not multiplied by 1 - beta.",
            "old_average": "The step is divided by the average from before this gradient.",
            "corrected": "The average is corrected for its start at zero; RMSProp does without, Adam corrects.",
            "starts_full": "The average starts at the first square; it starts at zero.",
        }
    )

    def draw(self, rng):
        return {"lr": _between(rng, 0.02, 0.1), "beta": _between(rng, 0.7, 0.95), "eps": UNSEEN}


class Adam(OptimizerExercise):
    """`Adam(params, lr, betas, eps)` (Kingma and Ba, 2015, algorithm 1)."""

    name = "optimizers.adam"
    title = "Adam"
    flagged = ("Adam", "AdamW", "NAdam", "adam", "adamw")
    layouts = WITH_EPS
    edge = {"betas": [0.0, 0.9]}
    parts = parts(ADAM, WITH_EPS, 4, eps=1)
    mistakes = (
        STATE
        | NONE
        | EPS
        | {
            "no_correction": "The bias correction is missing.",
            "first_corrected_only": "Only the mean of the gradients is corrected, not that of their squares.",
            "second_corrected_only": "Only the mean of the squares is corrected, not that of the gradients.",
            "count_late": "The count is raised after its use: in the first step 1 - beta^0 = 0 divides by zero.",
            "count_early": "The count is one too large: the first step has t = 1.",
            "count_per_parameter": "The count goes up once for each parameter; it counts the steps of one.",
            "count_of_calls": "The count is of the calls of step(); t counts a parameter's own updates.",
            "float32_count": "The count t is a float32 tensor, so 1 - beta^t loses digits; keep a Python number.",
            "count_not_restored": "The count t is not in the saved state, so the correction starts anew after loading.",
            "corrected_twice": "The corrected means are stored, so the next step corrects them again.",
            "eps_before_correction": "eps is added before the correction; add it to the root of the corrected mean.",
            "betas_swapped": "The two betas are swapped: the first is the gradients', the second the squares'.",
            "shares_swapped": "beta and 1 - beta are swapped: beta is the share that the old mean keeps.",
            "sums": "The gradients and squares are not multiplied by 1 - beta.",
            "square_of_mean": "The squares are of the mean gradient; they are of the gradient itself.",
        }
    )

    def draw(self, rng):
        betas = [_between(rng, 0.75, 0.9), _between(rng, 0.92, 0.98)]
        return {"lr": _between(rng, 0.05, 0.2), "betas": betas, "eps": UNSEEN}


class WeightDecay(OptimizerExercise):
    """`AdamWithDecay(params, lr, betas, eps, weight_decay, decoupled)` (Loshchilov and Hutter, 2019)."""

    name = "optimizers.weight_decay"
    title = "Adam with coupled and with decoupled weight decay"
    flagged = Adam.flagged
    layouts = (
        ONE_GROUP
        | {"name": "coupled, float32", "feature": COUPLED}
        | {"set": {"decoupled": False, "eps": 0.05}},
        ONE_GROUP
        | {"name": "decoupled, float32", "feature": DECOUPLED}
        | {"set": {"decoupled": True, "eps": 0.05}},
        BY_DEFAULT,
        FLOAT64
        | {"name": "decoupled, gradients are zero, float64", "feature": ZERO}
        | {"gradient_scale": 0.0, "set": {"decoupled": True}},
        THREE_GROUPS,
        SOME_MISSING | {"set": {"decoupled": True}},
        SAVED,
    )
    edge = {"weight_decay": 0.0}
    parts = (
        Part("coupled: the decay goes into the gradient", 2, (COUPLED,), DECAY),
        Part("decoupled: the weights shrink beside the step", 2, (DECOUPLED, DEFAULTS), DECAY),
        Part("decoupled: without gradients the weights only shrink", 1, (ZERO,), DECAY),
        Part("groups, each with its own settings", 1, (GROUPS,), DECAY),
        Part("parameters without a gradient are skipped", 1, (MISSING,), DECAY),
        Part(
            "saved and loaded, gradients left alone",
            1,
            (RESUMED, ALONE, DTYPE),
            DECAY,
            needs=(
                "coupled: the decay goes into the gradient",
                "decoupled: the weights shrink beside the step",
            ),
        ),
    )
    mistakes = {
        "swapped": "The two kinds are swapped: decoupled=True must leave the gradient as it is.",
        "always_coupled": "The decay always goes into the gradient: this is Adam with an L2 penalty.",
        "always_decoupled": "The decay is always decoupled: this is AdamW.",
        "both": "With decoupled=True the decay goes into the gradient as well.",
        "no_decay": "weight_decay is not used at all.",
        "rate_missing": "Decoupled, the weights shrink by the factor 1 - lr * weight_decay; the rate is missing.",
        "grows": "Decoupled, the weights grow: the decay is added and must be subtracted.",
        "grows_coupled": "Coupled, the decay is subtracted from the gradient; the penalty's gradient is added.",
        "twice": "The decay is doubled: the penalty is one half of weight_decay times the squares.",
        "not_in_squares": "Coupled, the decay goes into the mean of the gradients only, not into that of the squares.",
        "in_numerator": "Decoupled, the decay is added to the mean gradient and divided by the root with it.",
        "after_step": "Decoupled, the weights shrink after the step; the decay is of the weights before it.",
        "gradient_changed": "The decay is added to the gradient in place; others may still need it.",
        "first_group": "Every group gets the first group's settings; read them from the group of the parameter.",
        "decays_all": "Parameters without a gradient decay too; they are left out altogether.",
    }

    def draw(self, rng):
        betas = [_between(rng, 0.75, 0.9), _between(rng, 0.92, 0.98)]
        return {
            "lr": _between(rng, 0.05, 0.2),
            "betas": betas,
            "eps": UNSEEN,
            "weight_decay": _between(rng, 0.1, 0.5),
            "decoupled": bool(rng.integers(2)),
        }


EXERCISES = (
    SGD(),
    Momentum(),
    Nesterov(),
    AdaGrad(),
    RMSProp(),
    Adam(),
    WeightDecay(),
)
