"""Checkpoints: a run that is saved, and resumed by objects built anew, against the same run never interrupted."""

import os
import shutil
import tempfile
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Same

LECTURE = "Lecture 5, section 9: Checkpoints"
NUM_IMAGES, BATCH_SIZE, NUM_CLASSES = 13, 8, 3
LATER = 1  # epochs between the first checkpoint and the second, and from there to the end
SAVED_RUN = "the run that was saved goes on as if it had not been"
RESUMED_RUN = "losses of the resumed run"
STATES = {
    "weights and buffers": 2,
    "optimizer": 2,
    "scheduler": 2,
    "random state": 2,
    "data order": 2,
}


@dataclass
class Run:
    """What a training run consists of; its noise comes from torch's global random numbers."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    scheduler: torch.optim.lr_scheduler.LRScheduler
    order: torch.Generator

    def parts(self):
        return self.model, self.optimizer, self.scheduler, self.order

    def states(self) -> dict[str, list[torch.Tensor]]:
        """Everything that has a state, as copies of tensors."""
        moments = [
            value
            for state in self.optimizer.state_dict()["state"].values()
            for value in state.values()
            if isinstance(value, torch.Tensor)
        ]
        rates = torch.tensor([float(group["lr"]) for group in self.optimizer.param_groups])
        states = {
            "weights and buffers": list(self.model.state_dict().values()),
            "optimizer": [rates, *moments],
            "scheduler": [torch.tensor(self.scheduler.last_epoch)],
            "random state": [torch.get_rng_state()],
            "data order": [self.order.get_state()],
        }
        return {name: [value.detach().clone() for value in s] for name, s in states.items()}


class Resume(Exercise):
    """`{"save": f, "load": g}`: `f(path, epoch, *parts)` and `g(path, *parts) -> epoch`, the parts as in a `Run`.

    Three runs: one that is never interrupted, one that saves twice on its way, and one that is built anew, loads the
    first of the two files, moved elsewhere, and trains to the end.
    """

    name = "checkpoints.resume"
    title = "A checkpoint that resumes"
    shown = ("optimizer", "epoch")
    parts = (
        *(Part(f"comes back: {name}", points, (name,), LECTURE) for name, points in STATES.items()),
        Part("comes back: epoch", 1, ("epoch",), LECTURE),
        Part("the same numbers from there on", 2, (RESUMED_RUN,), LECTURE),
        Part(
            "saving disturbs nothing",
            1,
            (SAVED_RUN,),
            LECTURE,
            needs=tuple(f"comes back: {name}" for name in STATES),
        ),
    )
    mistakes = {
        "no_model": "The model does not come back: save its state_dict() and load it.",
        "no_optimizer": "The optimizer does not come back: its averages and its rate start anew.",
        "no_scheduler": "The scheduler does not come back: it counts its steps from 0 again.",
        "no_random_state": "torch's random state does not come back, so the noise differs.",
        "no_order": "The generator of the data order does not come back, so the minibatches differ.",
        "no_epoch": "load_checkpoint does not return the number of epochs that were done when it was saved.",
        "epoch_off_by_one": "The epoch returned is one too high: asked is how many epochs were done.",
        "usual_four": "Epoch, model and optimizer come back; scheduler, random state and data order do not.",
        "parameters_only": "Only parameters come back; batch normalization's buffers belong to the model too.",
        "seeded": "A seed is set in place of saving the random state: the run that was saved is disturbed as well.",
        "order_from_seed": "The data order begins anew with its first seed; save the generator's state.",
        "loads_into_others": "The objects that were passed are left as they are: load the states into them.",
        "eval_mode": "The model is in eval mode after loading, so that it trains on differently.",
        "kept_in_memory": "No file is written at path. What is kept in a variable only is lost when the program ends.",
        "moved_forward": "A random number is drawn while loading, after the random state was put back.",
    }

    def cases(self, rng_for):
        cases = []
        for name, optimizer, dtype in (
            ("SGD with momentum, float32", "SGD", "float32"),
            ("Adam, float64", "Adam", "float64"),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "optimizer": optimizer}
            cases.append(case | {"dtype": dtype, "epoch": int(rng.integers(2, 5))})
        return cases

    def probe(self, answer, case, device):
        with tempfile.TemporaryDirectory() as folder:
            return self._drive(answer, case, device, folder)

    def _drive(self, answer, case, device, folder):
        first, middle = case["epoch"], case["epoch"] + LATER
        paths = [os.path.join(folder, name) for name in ("first.pt", "second.pt", "moved.pt")]

        run = _begin(case, device)
        start = run.states()
        _train(run, case, device, first)
        saved = run.states()
        unbroken = _train(run, case, device, 2 * LATER)

        run = _begin(case, device)
        _train(run, case, device, first)
        answer["save"](paths[0], first, *run.parts())
        after = _train(run, case, device, LATER)
        answer["save"](paths[1], middle, *run.parts())
        after += _train(run, case, device, LATER)
        if not all(os.path.isfile(path) for path in paths[:2]):
            return {"written": False}
        shutil.move(paths[0], paths[2])

        run = _begin({**case, "seed": case["seed"] + 1}, device)
        new = run.states()
        epoch = answer["load"](paths[2], *run.parts())
        loaded = run.states()
        resumed = _train(run, case, device, 2 * LATER)
        known = {"as it was saved": saved, "as in a new run": new, "as the first run began": start}
        return {
            "written": True,
            "found": {name: _found(loaded[name], name, known) for name in STATES},
            "epoch": int(epoch) if isinstance(epoch, int | np.integer) else type(epoch).__name__,
            "losses": {"unbroken": unbroken, "saved": after, "resumed": resumed},
        }

    def measure(self, case, output):
        if not output["written"]:
            raise Malformed("save_checkpoint has written no file at the path that it was given.")
        losses = output["losses"]
        expected = losses["unbroken"]
        if not np.isfinite(expected).all():
            raise Malformed("The training run itself has broken down.")
        return {
            **{name: Same(str(output["found"][name])[:40]) for name in STATES},
            "epoch": Same(_in_words(output["epoch"], case["epoch"])),
            RESUMED_RUN: Same(_compared(losses["resumed"], expected)),
            SAVED_RUN: Same(_compared(losses["saved"], expected) == "as in the unbroken run"),
        }


def _begin(case, device):
    """A run's objects, as a program makes them before its first step."""
    torch.manual_seed(case["seed"])
    layers = [nn.Linear(5, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, NUM_CLASSES)]
    model = nn.Sequential(*layers).to(device, getattr(torch, case["dtype"]))
    if case["optimizer"] == "Adam":
        optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=60)
    return Run(model, optimizer, scheduler, torch.Generator().manual_seed(case["seed"]))


def _train(run, case, device, num_epochs):
    """Train for some epochs with noisy images and return the loss of every step."""
    rng = np.random.default_rng(case["seed"])
    images = torch.from_numpy(rng.normal(size=(NUM_IMAGES, 5)).astype(case["dtype"]))
    labels = torch.from_numpy(rng.integers(0, NUM_CLASSES, NUM_IMAGES))
    losses = []
    for _ in range(num_epochs):
        for index in torch.randperm(NUM_IMAGES, generator=run.order).split(BATCH_SIZE):
            noisy = images[index] + 0.3 * torch.randn(len(index), 5, dtype=images.dtype)
            loss = cross_entropy(run.model(noisy.to(device)), labels[index].to(device))
            run.optimizer.zero_grad()
            loss.backward()
            run.optimizer.step()
            run.scheduler.step()
            losses.append(loss.detach())
    return torch.stack(losses).double().tolist()


def _found(loaded, name, known):
    """Whose state this is, in words."""
    for words, states in known.items():
        theirs = states[name]
        if len(theirs) == len(loaded) and all(
            a.shape == b.shape and torch.equal(a, b) for a, b in zip(loaded, theirs, strict=True)
        ):
            return words
    return "other"


def _in_words(epoch, saved):
    """The epoch that was returned, against the one that was saved."""
    if type(epoch) is not int:
        return f"a {str(epoch)[:20]}"
    return {0: "the one saved", 1: "one too high"}.get(epoch - saved, "another one")


def _compared(losses, expected):
    equal = len(losses) == len(expected) and np.allclose(losses, expected, rtol=1e-5, atol=1e-7)
    return "as in the unbroken run" if equal else "others"


EXERCISES = (Resume(),)
