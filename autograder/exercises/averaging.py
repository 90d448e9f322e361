"""Snapshots of one run, and averages of its weights (Huang et al., ICLR 2017; Polyak and Juditsky, 1992)."""

import copy

import numpy as np
import torch
from torch import nn

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Close, Problem, Same
from autograder.functions import close

SNAPSHOTS = "Lecture 7, section 6: Snapshot ensembles"
POLYAK = "Lecture 7, section 7: Polyak averaging"
STEPS, SAVED_AT = 5, 2  # updates of an average, and the one after which its state is saved
AVERAGE = "average"  # the attribute of a PolyakAverage that holds the averaged copy


def network(kind: str, dtype: str, device: str, seed: int) -> nn.Module:
    """A small network with weights, and running statistics where it has any, that no initialization draws."""
    if kind == "plain":
        model = nn.Sequential(nn.Linear(4, 2), nn.ReLU(), nn.Linear(2, 2, bias=False))
    elif kind == "pictures":
        block = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU())
        head = nn.Flatten(), nn.Linear(18, 2), nn.BatchNorm1d(2, momentum=0.3)
        model = nn.Sequential(block, *head)
    else:
        block = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
        model = nn.Sequential(nn.Linear(4, 2), nn.BatchNorm1d(2), nn.ReLU(), block)
    model = model.to(device, getattr(torch, dtype))
    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for name, value in model.state_dict().items():
            drawn = rng.normal(0, 1, value.shape) if value.is_floating_point() else 10.0
            drawn = np.abs(drawn) + 0.5 if name.endswith("running_var") else drawn
            value.copy_(torch.as_tensor(drawn))
    return model


def walk(model: nn.Module, seed: int) -> None:
    """Change weights and running statistics in place, as a step of training would."""
    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for value in model.state_dict().values():
            step = rng.uniform(0.1, 0.3, value.shape) if value.is_floating_point() else 1.0
            value.add_(torch.as_tensor(step).to(value))


def flat(tensors) -> torch.Tensor:
    """Copies of tensors, one after the other in one row of float64."""
    rows = [tensor.detach().cpu().double().reshape(-1) for tensor in tensors]
    return torch.cat(rows) if rows else torch.zeros(0, dtype=torch.float64)


def sums(tensors) -> torch.Tensor:
    """The sum of each tensor, in float64: enough to tell averages and copies from others."""
    rows = [tensor.detach().cpu().double().sum() for tensor in tensors]
    return torch.stack(rows) if rows else torch.zeros(0, dtype=torch.float64)


class Snapshots(Exercise):
    """`answer(model, optimizer, train_step, num_cycles, cycle_steps, lr) -> snapshots`, a list of state dicts.

    What a step of training does to the weights is the probe's own, whatever the rate.
    """

    name = "averaging.snapshots"
    title = "Snapshots of one run"
    shown = ("num_cycles", "cycle_steps", "lr")
    flagged = ("CosineAnnealingWarmRestarts", "CosineAnnealingLR", "LambdaLR")
    parts = (
        Part("the rate of each step", 3, ("rates",), SNAPSHOTS),
        Part("a snapshot at the end of each cycle", 3, ("number", "weights"), SNAPSHOTS),
        Part(
            "running statistics belong to it",
            1,
            ("running statistics",),
            SNAPSHOTS,
            needs=("a snapshot at the end of each cycle",),
        ),
        Part(
            "later training leaves snapshots alone",
            2,
            ("snapshots after more training",),
            SNAPSHOTS,
            needs=("a snapshot at the end of each cycle",),
        ),
    )
    mistakes = {
        "aliased": "All snapshots share the model's memory: state_dict() does not copy. Copy it with copy.deepcopy.",
        "before_last_step": "Snapshots are taken before the last step of a cycle, not after it.",
        "after_first_step": "Snapshots are taken after the first step of a cycle; the network is best at its end.",
        "at_the_start": "Snapshots are taken at the start of each cycle, so the untrained network is one of them.",
        "last_missing": "There is no snapshot of the last cycle: one is taken only when the next begins.",
        "every_step": "There is a snapshot of every step; one of each cycle is asked for.",
        "one_cosine": "The rate falls once over the whole run; it starts again at lr in each cycle.",
        "reaches_zero": "The rate reaches 0 in a cycle's last step, which is wasted: divide by cycle_steps.",
        "step_ahead": "The rate is one step ahead: the first step of a cycle has the rate lr.",
        "step_behind": "The rate is set after the step, so each step has the rate of the one before.",
        "linear": "The rate falls along a line, not along a cosine.",
        "no_half": "The factor one half is missing: the rate starts at twice lr.",
        "full_period": "The cosine runs through a full period, down and up again, in each cycle.",
        "first_group": "Only the first parameter group gets the rate.",
        "weights_only": "Snapshots hold the parameters but not the buffers, the running statistics of batch norm.",
        "starts_over": "The network is set back at each restart; only the rate is.",
        "modules": "A snapshot is a module; a state dict is asked for.",
    }

    def cases(self, rng_for):
        cases = []
        for name, num_cycles, cycle_steps, dtype in (
            ("three cycles", 3, 5, "float32"),
            ("two cycles", 2, 4, "float64"),
            ("one cycle", 1, 3, "float64"),
            ("cycles of one step", 3, 1, "float32"),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "dtype": dtype}
            lr = round(float(rng.uniform(0.2, 0.8)), 3)
            cases.append(case | {"num_cycles": num_cycles, "cycle_steps": cycle_steps, "lr": lr})
        return cases

    def probe(self, answer, case, device):
        model = network("vectors", case["dtype"], device, case["seed"])
        groups = [{"params": layer.parameters()} for layer in (model[:2], model[2:])]
        optimizer, rates = torch.optim.SGD(groups, lr=0.01), []

        def train_step():
            rates.append([float(group["lr"]) for group in optimizer.param_groups])
            walk(model, case["seed"] + len(rates))

        shape = case["num_cycles"], case["cycle_steps"]
        snapshots = answer(model, optimizer, train_step, *shape, case["lr"])
        if not isinstance(snapshots, list | tuple):
            return {"rates": rates, "returned": f"a {type(snapshots).__name__}"}
        for snapshot in snapshots:
            if not isinstance(snapshot, dict):
                return {"rates": rates, "returned": f"a list with a {type(snapshot).__name__}"}
        weights = [name for name, _ in model.named_parameters()]
        buffers = [name for name, _ in model.named_buffers()]
        found = {
            "weights": [_entries(snapshot, weights) for snapshot in snapshots],
            "buffers": [_entries(snapshot, buffers) for snapshot in snapshots],
        }
        walk(model, case["seed"] - 1)
        later = [_entries(snapshot, weights) for snapshot in snapshots]
        return {"rates": rates, "returned": "", "later": later} | found

    def measure(self, case, output):
        features = {"rates": Problem("The rate of no step was seen: train_step was not called.")}
        if output["rates"]:
            dims = [["step", 0], ["group", 0]]
            features["rates"] = Close(output["rates"], rtol=1e-6, atol=1e-7, dims=dims)
        if output["returned"]:
            sentence = (
                f"The function returned {output['returned']}; a list of state dicts is asked for."
            )
            return features | {"problem": Problem(sentence)}
        features["number"] = Same(len(output["weights"]))
        dims = [["snapshot", 0], ["entry", 0]]
        for name, key in (("weights", "weights"), ("running statistics", "buffers")):
            rows = output[key]
            if any(row is None for row in rows):
                features[name] = Problem(f"A snapshot lacks {name} of the model.")
            else:
                features[name] = Close(np.array(rows), rtol=1e-5, atol=1e-6, dims=dims)
        same = [
            one is not None and np.array_equal(one, two)
            for one, two in zip(output["weights"], output["later"], strict=True)
        ]
        features["snapshots after more training"] = Same(
            "as they were" if all(same) else "changed" if not any(same) else "some changed"
        )
        return features


def _entries(snapshot, names):
    """The sums of a state dict's tensors under these names; None where one is missing."""
    if not all(isinstance(snapshot.get(name), torch.Tensor) for name in names):
        return None
    return sums(snapshot[name] for name in names)


class Polyak(Exercise):
    """`answer(model, decay)`, an `nn.Module` with `average`, `update(model)` and `forward(x)`."""

    name = "averaging.polyak"
    title = "Polyak averaging"
    shown = ("decay",)
    flagged = ("AveragedModel", "get_ema_multi_avg_fn", "get_ema_avg_fn")
    parts = (
        Part("weights are averaged", 4, ("weights of the average",), POLYAK),
        Part(
            "buffers are copied",
            2,
            ("buffers of the average",),
            POLYAK,
            needs=("weights are averaged",),
        ),
        Part(
            "it starts as a copy of the model",
            1,
            ("weights at the start",),
            POLYAK,
            needs=("weights are averaged",),
        ),
        Part(
            "the trained model is left alone",
            1,
            ("trained model",),
            POLYAK,
            needs=("weights are averaged",),
        ),
        Part("forward uses the average", 1, ("output of the average",), POLYAK),
        Part(
            "saved and resumed, it goes on the same",
            1,
            ("resumed average",),
            POLYAK,
            needs=("weights are averaged",),
        ),
    )
    mistakes = {
        "swapped": "The shares are swapped: the average keeps decay of itself and takes 1 - decay of the model.",
        "from_zero": "The average starts at 0; it starts at the model's first weights.",
        "aliased": "The average is the model as it is now, not a copy of its own that is updated: use copy.deepcopy.",
        "never_updated": "The average stays what it was at the start.",
        "wrong_direction": "The average moves away from the model: check the sign of the difference.",
        "not_scaled": "The model's weights are added whole; they count 1 - decay.",
        "equal_shares": "All steps have the same share, as in stochastic weight averaging; here it falls with age.",
        "bias_corrected": "The average is divided by 1 - decay^t as in Adam; it starts at the weights and needs none.",
        "warm_up": "The decay grows with the number of updates; it is the same at each.",
        "first_update_copies": "The first update copies the model instead of averaging.",
        "written_back": "The average is written into the model that is being trained.",
        "buffers_left_out": "Buffers stay as they were at the start: the running statistics of batch norm are stale.",
        "buffers_averaged": "Buffers are averaged too; here they are copied.",
        "integer_averaged": "The counter num_batches_tracked is an integer and cannot be averaged; copy the buffers.",
        "with_gradients": "A parameter is changed in place outside torch.no_grad(), which PyTorch forbids.",
        "forward_trained": "forward calls the trained model, not the average.",
    }

    def cases(self, rng_for):
        cases = []
        for name, kind, dtype, low, high in (
            ("batch norm", "vectors", "float32", 0.8, 0.9),
            ("batch norm on pictures", "pictures", "float64", 0.99, 0.999),
            ("no buffers", "plain", "float64", 0.6, 0.7),
            ("decay 0", "plain", "float32", 0, 0),
            ("decay 1", "vectors", "float64", 1, 1),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "dtype": dtype, "kind": kind}
            cases.append(case | {"decay": round(float(rng.uniform(low, high)), 4)})
        return cases

    def probe(self, answer, case, device):
        model = self.model(case, device, 0)
        average = answer(model, case["decay"])
        if not isinstance(average, nn.Module):
            return {"problem": "The class is not an nn.Module."}
        if not isinstance(getattr(average, AVERAGE, None), nn.Module):
            return {"problem": f"There is no module in self.{AVERAGE}."}
        weights, buffers, left_alone = [sums(average.average.parameters())], [], True
        for step in range(1, STEPS + 1):
            walk(model, case["seed"] + step)
            before = flat(model.state_dict().values())
            average.update(model)
            left_alone &= torch.equal(before, flat(model.state_dict().values()))
            weights.append(sums(average.average.parameters()))
            buffers.append(sums(average.average.buffers()))
            if step == SAVED_AT:
                saved = copy.deepcopy([average.state_dict(), model.state_dict()])
        out = average.eval()(torch.from_numpy(self.inputs(case)).to(device))
        model = self.model(case, device, 1)
        average = answer(model, case["decay"])
        average.load_state_dict(saved[0])
        model.load_state_dict(saved[1])
        for step in range(SAVED_AT + 1, STEPS + 1):
            walk(model, case["seed"] + step)
            average.update(model)
        return {
            "weights": weights,
            "buffers": buffers,
            "left_alone": left_alone,
            "out": out if isinstance(out, torch.Tensor) else None,
            "resumed": sums(average.average.parameters()),
        }

    def model(self, case, device, number):
        return network(case["kind"], case["dtype"], device, case["seed"] + number)

    def inputs(self, case):
        shape = (2, 1, 3, 3) if case["kind"] == "pictures" else (3, 4)
        return np.random.default_rng(case["seed"]).normal(0, 1, shape).astype(case["dtype"])

    def measure(self, case, output):
        if "problem" in output:
            raise Malformed(output["problem"])
        weights, dtype = output["weights"], case["dtype"]
        if len({row.shape for row in weights}) > 1:
            raise Malformed("The number of weights in the average changes.")
        if not isinstance(output["out"], np.ndarray):
            raise Malformed("forward does not return a tensor.")
        same = np.allclose(output["resumed"], weights[-1], rtol=1e-5, atol=1e-6)
        features = {
            "weights at the start": close(weights[0], dtype),
            "weights of the average": close(np.stack(weights[1:]), dtype),
            "trained model": Same("left alone" if output["left_alone"] else "changed"),
            "output of the average": close(output["out"], dtype, 10),
            "resumed average": Same("the same" if same else "another"),
        }
        if case["kind"] != "plain":
            features["buffers of the average"] = close(np.stack(output["buffers"]), dtype)
        return features


class BatchNormStatistics(Exercise):
    """`answer(model, batches)` recomputes the running statistics of a model's batch norms in place."""

    name = "averaging.batchnorm"
    title = "New statistics for batch norm"
    flagged = ("update_bn",)
    parts = (
        Part("running means", 3, ("running means",), POLYAK),
        Part("running variances", 2, ("running variances",), POLYAK, needs=("running means",)),
        Part(
            "the rest of the model is as before",
            2,
            ("weights", "modes", "momentum"),
            POLYAK,
            needs=("running means",),
        ),
    )
    mistakes = {
        "last_batch": "The statistics are those of the last batch alone; they are the mean over all batches.",
        "default_momentum": "Batches are averaged with the layer's momentum; each should count the same.",
        "continued": "The old statistics are averaged with the new ones by the layer's momentum: reset them first.",
        "not_reset": "The old statistics count as so many batches more: reset them before the pass.",
        "eval_mode": "In eval mode no statistics are gathered, so the old ones stay, or the reset ones.",
        "one_batch": "All pictures are passed as one batch; pass batch by batch, each counting the same.",
        "biased": "The variances are divided by the number of values; batch norm stores the unbiased ones.",
        "left_in_training": "The model is left in training mode; it should be in the mode in which it came.",
        "left_in_eval": "The model is left in eval mode, though it came in training mode.",
        "momentum_lost": "The momentum of the layers is changed; set it back after the pass.",
        "affine_reset": "reset_parameters also resets the trained scale and shift; use reset_running_stats.",
        "top_level_only": "Layers inside blocks are missed: go through model.modules(), not through the top level.",
        "vectors_only": "Only BatchNorm1d layers are treated; there are BatchNorm2d layers too.",
    }

    def cases(self, rng_for):
        cases = []
        for name, kind, dtype, sizes, training in (
            ("three batches", "vectors", "float64", (6, 6, 6), False),
            ("a smaller last batch", "vectors", "float32", (7, 7, 3), True),
            ("one batch", "vectors", "float64", (8,), True),
            ("pictures", "pictures", "float64", (5, 5, 5, 2), False),
        ):
            case = {"name": name, "seed": int(rng_for(name).integers(2**31)), "dtype": dtype}
            cases.append(case | {"kind": kind, "sizes": list(sizes), "training": training})
        return cases

    def probe(self, answer, case, device):
        model = network(case["kind"], case["dtype"], device, case["seed"])
        model.train(case["training"])
        norms = [module for module in model.modules() if hasattr(module, "running_mean")]
        before = flat(model.parameters()), [norm.momentum for norm in norms]
        answer(model, [torch.from_numpy(batch).to(device) for batch in self.batches(case)])
        return {
            "means": flat(norm.running_mean for norm in norms),
            "variances": flat(norm.running_var for norm in norms),
            "weights": torch.equal(before[0], flat(model.parameters())),
            "momentum": before[1] == [norm.momentum for norm in norms],
            "training": [module.training for module in model.modules()],
        }

    def batches(self, case):
        """Minibatches that differ in their means, so that it shows which of them count."""
        rng = np.random.default_rng(case["seed"])
        shape = (1, 3, 3) if case["kind"] == "pictures" else (4,)
        return [
            rng.normal(i, 1, (n, *shape)).astype(case["dtype"]) for i, n in enumerate(case["sizes"])
        ]

    def measure(self, case, output):
        modes = {True: "training", False: "eval"}
        found = {modes[training] for training in output["training"]}
        return {
            "running means": close(output["means"], case["dtype"]),
            "running variances": close(output["variances"], case["dtype"]),
            "weights": Same("as before" if output["weights"] else "changed"),
            "momentum": Same("as before" if output["momentum"] else "changed"),
            "modes": Same(" and ".join(sorted(found))),
        }


EXERCISES = (Snapshots(), Polyak(), BatchNormStatistics())
