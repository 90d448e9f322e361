"""Freezing: stages by name, and batch norm that stays in test mode whatever train() says."""

from collections import OrderedDict

import numpy as np
import torch
from torch import nn

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Same
from autograder.functions import close, raised

STAGES = "Lecture 8, section 6: How many layers to freeze"
NORMS = "Lecture 8, section 7: Batch norm in test mode"
WIDTH = 6


def listed(names) -> str:
    """Names in one string, sorted; a long list keeps its beginning and its length."""
    names = sorted(names)
    text = ", ".join(names)
    return (text if len(text) < 300 else f"{len(names)}: {text[:280]}") or "none"


class Freeze(Exercise):
    """`answer(model, names)` sets requires_grad of every parameter."""

    name = "freezing.stages"
    title = "Freeze stages by name"
    shown = ("stages", "names")
    parts = (
        Part("the named modules are frozen, all else learns", 3, ("frozen parameters",), STAGES),
        Part(
            "names that look alike are kept apart",
            1,
            ("frozen parameters where names look alike",),
            STAGES,
        ),
        Part(
            "what was frozen before learns again",
            2,
            ("frozen parameters where others were frozen before",),
            STAGES,
            needs=("the named modules are frozen, all else learns",),
        ),
        Part(
            "nothing else changes",
            1,
            ("what else has changed",),
            STAGES,
            needs=("the named modules are frozen, all else learns",),
        ),
        Part("an unknown name is refused", 1, ("refusal of an unknown name",), STAGES),
    )
    mistakes = {
        "prefix": "Names are compared by their beginning: stage1 freezes stage10 too. Add the dot, or ask the module.",
        "substring": "A name is looked for anywhere in a parameter's name, so other modules are caught too.",
        "module_attribute": "requires_grad is set on a module: an attribute of no effect; set its parameters'.",
        "weights_only": "Only weights are frozen: biases are parameters as well.",
        "no_norms": "Batch norm's scale and shift are not frozen: they are parameters as well.",
        "inverted": "The named modules learn, and all others are frozen: it is the other way round.",
        "last_name": "Only the last of the names counts: each name in turn overwrites what the one before set.",
        "never_unfrozen": "What was frozen before stays frozen; all that is not named should learn.",
        "test_mode": "The modules are put into eval mode; that does not stop their parameters from learning.",
        "eval_too": "Modules are put into eval mode as well; only requires_grad should change.",
        "no_refusal": "An unknown name is passed over in silence; raise a ValueError.",
        "other_error": "An unknown name ends in another error; raise a ValueError.",
    }

    def cases(self, rng_for):
        three, alike = ["stage1", "stage2", "stage3"], ["stage1", "stage2", "stage10", "multihead"]
        made = []
        for name, kind, stages, options in (
            ("one stage", "plain", three, [["body.stage1"], ["body.stage2"]]),
            ("two stages", "plain", three, [["body.stage1", "body.stage3"]]),
            ("the whole body", "plain", three, [["body"]]),
            ("one layer of a stage", "plain", three, [["body.stage2.0"], ["body.stage3.0"]]),
            ("stage1 and stage10", "alike", alike, [["body.stage1"]]),
            ("head and multihead", "alike", alike, [["head"]]),
            ("other names", "again", three, [["body.stage2"], ["body.stage3"]]),
            ("no names", "again", three, [[]]),
            ("unknown", "unknown", three, [["body.stage4"], ["stage1"]]),
            ("known and unknown", "unknown", three, [["body.stage1", "body.stag"]]),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "kind": kind, "stages": stages}
            made.append(case | {"names": options[int(rng.integers(len(options)))]})
        return made

    def probe(self, answer, case, device):
        model = network(case["stages"], device)
        before = [parameter.detach().clone() for parameter in model.parameters()]
        if case["kind"] == "again":
            model.body[0].requires_grad_(False)
            model.head.bias.requires_grad = False
        if case["kind"] == "unknown":
            return {"raised": raised(answer, model, case["names"])}
        answer(model, tuple(case["names"]))
        pairs = zip(before, model.parameters(), strict=True)
        else_changed = "nothing" if all(m.training for m in model.modules()) else "modes"
        if not all(torch.equal(one, two) for one, two in pairs):
            else_changed = "weights"
        return {
            "frozen": listed(n for n, p in model.named_parameters() if not p.requires_grad),
            "else": else_changed,
        }

    def measure(self, case, output):
        if case["kind"] == "unknown":
            return {"refusal of an unknown name": Same(str(output["raised"])[:40])}
        where = {
            "plain": "",
            "alike": " where names look alike",
            "again": " where others were frozen before",
        }
        return {
            f"frozen parameters{where[case['kind']]}": Same(str(output["frozen"])),
            "what else has changed": Same(str(output["else"])),
        }


def network(stages: list[str], device: str) -> nn.Sequential:
    """A `body` of the named stages, each with a linear layer and batch norm, and a linear `head`."""
    body = OrderedDict(
        (name, nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.BatchNorm1d(WIDTH), nn.ReLU()))
        for name in stages
    )
    head = nn.Linear(WIDTH, 3)
    return nn.Sequential(OrderedDict(body=nn.Sequential(body), head=head)).to(device)


class FrozenNorms(Exercise):
    """`answer(body, head)`, an `nn.Module` with train(mode)."""

    name = "freezing.norms"
    title = "Batch norm that stays in test mode"
    shown = ("kind",)
    flagged = ("FrozenBatchNorm2d", "convert_frozen_batchnorm")
    parts = (
        Part(
            "the body's batch norm stays in test mode",
            4,
            (
                "norms of the body in training mode after train()",
                "statistics of the body that move in training",
                "outputs in training mode",
            ),
            NORMS,
        ),
        Part(
            "all else goes into training mode",
            2,
            ("other modules in training mode after train()", "statistics of the head that move"),
            NORMS,
            needs=("the body's batch norm stays in test mode",),
        ),
        Part(
            "eval() works as before",
            1,
            ("modules in training mode after eval()",),
            NORMS,
            needs=("the body's batch norm stays in test mode",),
        ),
        Part(
            "train() returns the module",
            1,
            ("what train() returns",),
            NORMS,
            needs=("the body's batch norm stays in test mode",),
        ),
        Part(
            "inside another module, too",
            1,
            ("norms in training mode where another module calls train()",),
            NORMS,
        ),
        Part(
            "which parameters are trainable is left alone",
            1,
            ("parameters that get a gradient",),
            NORMS,
            needs=("the body's batch norm stays in test mode",),
        ),
    )
    mistakes = {
        "undone_by_train": "Batch norm goes into training mode with the rest: train() undoes a setting made once.",
        "only_2d": "Only BatchNorm2d is kept in test mode; the body may hold BatchNorm1d and BatchNorm3d as well.",
        "top_level_only": "Only the body's direct children are looked at; batch norm sits deeper, in its stages.",
        "whole_body": "The whole body is kept in eval mode, so its dropout no longer drops; only batch norm should be.",
        "head_too": "The head's batch norm is kept in test mode as well; the head is new, and its norm must learn.",
        "never_trains": "Everything stays in eval mode; only the body's batch norm should.",
        "mode_ignored": "The argument mode is ignored, so eval(), which calls train(False), leaves training mode on.",
        "no_super": "The other modules' modes are never set: call train of the parent class first.",
        "returns_nothing": "train() returns nothing; like every module's it returns the module itself.",
        "no_momentum": "The statistics stand still, but in training mode the layer normalizes by the minibatch's own.",
        "parameters_only": "Scale and shift are frozen instead: the statistics are buffers, which that does not reach.",
        "parameters_too": "Scale and shift are frozen as well; which parameters learn is another matter.",
        "no_argument": "train() takes no argument mode; eval() calls train(False).",
    }

    def cases(self, rng_for):
        made = []
        for name, kind, dtype in (
            ("images, float32", "images", "float32"),
            ("vectors, float64", "vectors", "float64"),
            ("volumes, float64", "volumes", "float64"),
            ("a head with batch norm", "head", "float32"),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "kind": kind, "dtype": dtype}
            made.append(case | {"batch_size": int(rng.integers(4, 9))})
        return made

    def probe(self, answer, case, device):
        body, head, inputs = parts_of(case, device)
        model = answer(body.eval(), head.eval())
        if not isinstance(model, nn.Module):
            return {"problem": "The class is not an nn.Module."}
        in_training = []
        for mode in (True, False, True, None):
            model.eval() if mode is None else model.train(mode)
            in_training.append(training_names(model))
        nn.Sequential(model).train()
        in_training.append(training_names(model))
        returned = model.train()
        before = {name: value.clone() for name, value in model.named_buffers()}
        outputs = [model(part) for part in inputs]
        if not isinstance(outputs[0], torch.Tensor):
            return {"problem": "The module's output is not a tensor."}
        outputs[0].square().sum().backward()
        moved = [name for name, v in model.named_buffers() if not torch.equal(v, before[name])]
        return {
            "in_training": in_training,
            "returned": "the module itself" if returned is model else type(returned).__name__,
            "moved": moved,
            "outputs": outputs if case["kind"] != "head" else [],
            "trained": listed(n for n, p in model.named_parameters() if p.grad is not None),
        }

    def measure(self, case, output):
        if "problem" in output:
            raise Malformed(str(output["problem"]))
        first, evaluated, again, last, inside = output["in_training"]
        norms = [name for name in first + again if is_norm_of_the_body(case, name)]
        others = {name for name in first if not is_norm_of_the_body(case, name)}
        others &= set(again)
        body_moved = [name for name in output["moved"] if name.startswith("body.")]
        features = {
            "norms of the body in training mode after train()": Same(listed(set(norms))),
            "statistics of the body that move in training": Same(listed(body_moved)),
            "other modules in training mode after train()": Same(listed(others)),
            "modules in training mode after eval()": Same(listed({*evaluated, *last})),
            "what train() returns": Same(str(output["returned"])),
            "norms in training mode where another module calls train()": Same(
                listed(name for name in inside if is_norm_of_the_body(case, name))
            ),
            "parameters that get a gradient": Same(str(output["trained"])),
        }
        if case["kind"] == "head":
            moved = [name for name in output["moved"] if name.startswith("head.")]
            return features | {"statistics of the head that move": Same(listed(moved))}
        outputs = np.stack([np.asarray(part, "float64") for part in output["outputs"]])
        return features | {"outputs in training mode": close(outputs, case["dtype"], scale=10)}


def is_norm_of_the_body(case: dict, name: str) -> bool:
    """Whether the module of this name is batch norm: by its place in the bodies that `parts_of` builds."""
    return name == "body.norm" or (name.startswith("body.stage") and name.endswith(".1"))


def training_names(model: nn.Module) -> list[str]:
    return [name or "the model" for name, module in model.named_modules() if module.training]


def parts_of(case: dict, device: str) -> tuple[nn.Module, nn.Module, list[torch.Tensor]]:
    """A body with batch norm of the case's kind, a head, and three minibatches; all numbers come from the seed."""
    layer, norm, sizes = {
        "images": (nn.Conv2d, nn.BatchNorm2d, (4, 4)),
        "vectors": (nn.Linear, nn.BatchNorm1d, ()),
        "volumes": (nn.Conv3d, nn.BatchNorm3d, (2, 2, 2)),
        "head": (nn.Conv2d, nn.BatchNorm2d, (4, 4)),
    }[case["kind"]]
    kernel = (1,) if sizes else ()
    body = nn.Sequential()
    if case["kind"] == "vectors":
        body.add_module("norm", norm(3))
    for number, width in enumerate((3, 5), start=1):
        block = nn.Sequential(layer(width, 5, *kernel), norm(5), nn.ReLU())
        if case["kind"] == "head":
            block.append(nn.Dropout(0.3))
        body.add_module(f"stage{number}", block)
    body.append(nn.Flatten())
    num_features = 5 * int(np.prod(sizes))
    head = nn.Linear(num_features, 3)
    if case["kind"] == "head":
        head = nn.Sequential(nn.BatchNorm1d(num_features), head)
    rng = np.random.default_rng(case["seed"])
    for part in (body, head):
        part.to(getattr(torch, case["dtype"]))
        for name, value in part.state_dict().items():
            if value.is_floating_point():
                low = 0.5 if name.endswith("running_var") else -0.5
                value.copy_(torch.from_numpy(rng.uniform(low, low + 1, value.shape)))
    shape = (3, case["batch_size"], 3, *sizes)
    inputs = torch.from_numpy(rng.normal(1, 2, shape).astype(case["dtype"]))
    return body.to(device), head.to(device), list(inputs.to(device))


EXERCISES = (Freeze(), FrozenNorms())
