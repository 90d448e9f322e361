"""Fine-tuning: parameter groups with rates of their own, and a step that moves nothing frozen."""

import itertools
from collections import OrderedDict

import numpy as np
import torch
from torch import nn

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Close, Same
from autograder.functions import close, in_words

GROUPS = "Lecture 8, section 5: Fine-tuning"
FREEZING = "Lecture 8, section 6: How many layers to freeze"
WIDTH, NUM_CLASSES = 5, 4


def network(case: dict, device: str, norms: bool) -> nn.Sequential:
    """A `body` of linear stages, with batch norm or without, and a `head`; numbers from the seed, stages frozen."""
    body = OrderedDict()
    for name in case["stages"]:
        layers = [nn.Linear(WIDTH, WIDTH), *([nn.BatchNorm1d(WIDTH)] if norms else []), nn.Tanh()]
        body[name] = nn.Sequential(*layers)
    head = nn.Linear(WIDTH, NUM_CLASSES)
    model = nn.Sequential(OrderedDict(body=nn.Sequential(body), head=head))
    model.to(getattr(torch, case["dtype"]))
    rng = np.random.default_rng(case["seed"])
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.from_numpy(rng.uniform(-1, 1, parameter.shape)))
    return model.to(device)


class Groups(Exercise):
    """`answer(model, lr, body_share) -> [{"params": …, "lr": …}, …]`."""

    name = "fine_tuning.groups"
    title = "Parameter groups"
    shown = ("lr", "body_share", "frozen")
    parts = (
        Part(
            "the body's rate",
            2,
            ("rates of the body's parameters",),
            GROUPS,
        ),
        Part("the head's rate", 2, ("rates of the head's parameters",), GROUPS),
        Part(
            "no trainable parameter is missing",
            2,
            ("trainable parameters in no group",),
            GROUPS,
        ),
        Part(
            "no parameter is in two groups",
            1,
            ("parameters in more than one group",),
            GROUPS,
            needs=("no trainable parameter is missing",),
        ),
        Part(
            "no frozen parameter is in a group",
            1,
            ("frozen parameters in a group",),
            FREEZING,
            needs=("no trainable parameter is missing",),
        ),
    )
    mistakes = {
        "overlap": "The head's parameters are in the body's group as well: the groups overlap, and torch refuses them.",
        "frozen_included": "Frozen parameters are in a group; the optimizer gets only what shall learn.",
        "biases_lost": "Biases are in no group, so they never learn: only weights are collected.",
        "norms_lost": "Batch norm's scale and shift are in no group, so they never learn.",
        "swapped": "The rates are swapped: the new head learns fast, the pretrained body slowly.",
        "one_rate": "Body and head have the same rate.",
        "head_raised": "The body has the full rate and the head more: lr is the head's, the body gets the share.",
        "tenth_always": "The body's share is always a tenth; body_share is ignored.",
        "by_substring": 'A parameter is the head\'s if "head" occurs in its name: a stage of that name is caught too.',
        "no_body": "The body's trainable parameters are in no group: this trains the head alone.",
        "used_up": "A generator is used twice: the second time it is empty.",
        "compared_by_value": "Parameters are compared by ==, which compares their numbers; compare names, or use `is`.",
    }

    def cases(self, rng_for):
        three = ["stage1", "stage2", "stage3"]
        made = []
        for name, dtype, stages, frozen, shares in (
            ("nothing frozen", "float32", three, [], (0.1, 0.1)),
            ("a frozen stage", "float64", three, ["body.stage1."], (0.1, 0.1)),
            ("another share", "float32", three[:2], ["body.stage1.0."], (0.2, 0.4)),
            ("a stage named multihead", "float32", ["stage1", "multihead"], [], (0.1, 0.1)),
            ("only the head", "float64", three[:2], ["body."], (0.1, 0.1)),
            ("the head's bias frozen", "float32", three[:1], ["head.bias"], (0.1, 0.1)),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "dtype": dtype}
            case |= {"stages": stages, "frozen": frozen}
            case["lr"] = round(float(rng.uniform(0.02, 0.3)), 4)
            made.append(case | {"body_share": round(float(rng.uniform(*shares)), 3)})
        return made

    def probe(self, answer, case, device):
        model = network(case, device, norms=True)
        names = {id(parameter): name for name, parameter in model.named_parameters()}
        for name, parameter in model.named_parameters():
            parameter.requires_grad = not name.startswith(tuple(case["frozen"]))
        groups = answer(model, case["lr"], case["body_share"])
        if not isinstance(groups, list | tuple):
            return {"problem": f"The function returned {in_words(groups)}; a list is asked for."}
        found = []
        for group in groups:
            if not isinstance(group, dict) or not {"params", "lr"} <= set(group):
                return {"problem": 'A group is not a dict with "params" and "lr".'}
            params = group["params"]
            if isinstance(params, set):
                return {"problem": "A group's parameters are a set; torch asks for a list."}
            params = [params] if isinstance(params, torch.Tensor) else list(params)
            params = [p[1] if isinstance(p, tuple) else p for p in params]
            if any(id(p) not in names for p in params):
                return {"problem": "A group holds something that is no parameter of the model."}
            if number(group["lr"]) is None:
                return {"problem": "A group's rate is not a number."}
            found.append([number(group["lr"]), [names[id(p)] for p in params]])
        trainable = [name for name, p in model.named_parameters() if p.requires_grad]
        return {"groups": found, "trainable": trainable}

    def measure(self, case, output):
        if "problem" in output:
            raise Malformed(str(output["problem"]))
        found = [(name, lr) for lr, names in output["groups"] for name in names]
        members, trainable = [name for name, _ in found], output["trainable"]
        rates = dict(reversed(found))  # the first group's, where there are several
        features = {
            "trainable parameters in no group": Same(listed(set(trainable) - set(members))),
            "parameters in more than one group": Same(
                listed({name for name in members if members.count(name) > 1})
            ),
            "frozen parameters in a group": Same(listed(set(members) - set(trainable))),
        }
        for part in ("body", "head"):
            mine = [name for name in trainable if name.startswith(f"{part}.") and name in rates]
            if mine or part == "head":
                features[f"rates of the {part}'s parameters"] = spread([rates[n] for n in mine])
        return features


def spread(rates: list[float]) -> Close:
    """The smallest and the largest of some rates; what is in no group has none, and is told elsewhere."""
    return Close([min(rates), max(rates)] if rates else [], rtol=1e-6, atol=0.0)


def listed(names) -> str:
    return ", ".join(sorted(names))[:300] or "none"


def number(value) -> float | None:
    """A number, or a tensor of one, as a float; None for anything else."""
    if isinstance(value, torch.Tensor):
        value = value.item() if value.numel() == 1 else None
    return float(value) if isinstance(value, int | float | np.generic) else None


class Step(Exercise):
    """`answer(model, optimizer, images, labels) -> loss`, a float."""

    name = "fine_tuning.step"
    title = "A step that moves nothing frozen"
    shown = ("optimizer", "frozen")
    parts = (
        Part(
            "what is trainable learns",
            3,
            ("trainable parameters after each step", "steps that the optimizer took"),
            FREEZING,
        ),
        Part(
            "what is frozen stays as it is, bit by bit",
            3,
            ("frozen parameters that have moved", "trainable parameters that have not moved"),
            FREEZING,
        ),
        Part(
            "the loss before the step, as a number",
            1,
            ("losses", "type of the loss"),
            FREEZING,
            needs=("what is trainable learns",),
        ),
        Part(
            "in training mode",
            1,
            ("the model is in training mode during the step",),
            FREEZING,
            needs=("what is trainable learns",),
        ),
    )
    mistakes = {
        "no_zero_grad": "Gradients are never cleared: earlier ones are added, and frozen layers keep their last.",
        "zero_after_step": "Gradients are cleared after the step: in the first one a frozen layer still has its last.",
        "zero_before_step": "Gradients are cleared between backward and step, so nothing learns.",
        "set_to_zero": "Gradients are set to zero, not to None: weight decay and momentum go on moving frozen layers.",
        "only_trainable_cleared": "Only trainable parameters' gradients are cleared; frozen ones keep their last.",
        "no_step": "The optimizer takes no step.",
        "no_backward": "There is no backward pass, so the optimizer has no gradients.",
        "all_unfrozen": "All parameters are made trainable again.",
        "summed_loss": "The losses of the minibatch are summed; their mean is asked for.",
        "softmax_twice": "cross_entropy takes logits; it was given probabilities, so softmax is applied twice.",
        "loss_after": "The loss is computed after the step; the one that the step went down is asked for.",
        "a_tensor": "The loss is a tensor that holds its graph, and memory, alive; return a float.",
        "mode_left": "The model is left in the mode it was in; training begins with model.train().",
        "eval_mode": "The step is taken in eval mode.",
    }

    NUM_STEPS = 3

    def cases(self, rng_for):
        made = []
        for name, optimizer, dtype, frozen, training in (
            ("momentum and weight decay", "SGD", "float32", ["body.stage1."], True),
            ("AdamW", "AdamW", "float64", ["body.stage1.", "body.stage2."], True),
            ("from eval mode", "SGD", "float64", ["body.stage2."], False),
            ("nothing frozen", "SGD", "float32", [], True),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "dtype": dtype}
            case |= {"stages": ["stage1", "stage2"], "frozen": frozen, "optimizer": optimizer}
            case |= {"training": training, "batch_size": int(rng.integers(5, 12))}
            made.append(case)
        return made

    def probe(self, answer, case, device):
        """Two steps with drawn gradients fill the optimizer's state; then stages are frozen, their gradients kept."""
        model = network(case, device, norms=False)
        optimizer = OPTIMIZERS[case["optimizer"]](model.parameters())
        rng = np.random.default_rng(case["seed"] + 1)
        for _ in range(2):
            for parameter in model.parameters():
                drawn = rng.normal(size=parameter.shape).astype(case["dtype"])
                parameter.grad = torch.from_numpy(drawn).to(device)
            optimizer.step()
        named = dict(model.named_parameters())
        for name, parameter in named.items():
            parameter.requires_grad = not name.startswith(tuple(case["frozen"]))
        model.train(case["training"])
        modes, losses, kinds, after, steps = [], [], [], [], []
        optimizer.register_step_post_hook(lambda *_: steps.append(1))
        start = {name: parameter.detach().clone() for name, parameter in named.items()}
        trainable = [name for name, parameter in named.items() if parameter.requires_grad]
        model.head.register_forward_pre_hook(lambda module, args: modes.append(module.training))
        for _ in range(self.NUM_STEPS):
            images = rng.normal(size=(case["batch_size"], WIDTH)).astype(case["dtype"])
            labels = rng.integers(NUM_CLASSES, size=case["batch_size"])
            batch = [torch.from_numpy(part).to(device) for part in (images, labels)]
            loss = answer(model, optimizer, *batch)
            kinds.append("float" if isinstance(loss, float) else in_words(loss))
            losses.append(number(loss))
            after.append([torch.linalg.vector_norm(named[name].detach()) for name in trainable])
        same = [name for name, value in start.items() if torch.equal(value, named[name].detach())]
        return {
            "losses": losses,
            "kinds": sorted(set(kinds)),
            "after": list(itertools.chain(*after)),
            "steps": len(steps),
            "in_training": bool(modes) and all(modes),
            "moved": listed(set(named) - set(trainable) - set(same)),
            "unmoved": listed(set(trainable) & set(same)),
        }

    def measure(self, case, output):
        after = np.array([float(value) for value in output["after"]]).reshape(self.NUM_STEPS, -1)
        losses = [np.nan if loss is None else loss for loss in output["losses"]]
        return {
            "trainable parameters after each step": close(after, case["dtype"]),
            "steps that the optimizer took": Same(output["steps"]),
            "frozen parameters that have moved": Same(str(output["moved"])),
            "trainable parameters that have not moved": Same(str(output["unmoved"])),
            "losses": close(losses, case["dtype"]),
            "type of the loss": Same(", ".join(map(str, output["kinds"]))),
            "the model is in training mode during the step": Same(bool(output["in_training"])),
        }


OPTIMIZERS = {
    "SGD": lambda params: torch.optim.SGD(params, lr=0.05, momentum=0.9, weight_decay=0.01),
    "AdamW": lambda params: torch.optim.AdamW(params, lr=0.01, weight_decay=0.1),
}

EXERCISES = (Groups(), Step())
