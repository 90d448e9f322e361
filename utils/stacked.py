"""K networks of one structure as one: their parameters stacked along a leading dimension.

What populations.py trains. A stack offers

parameters: list of trainable tensors [K, ...], to be changed in place
prepare(images, shared): the images as the methods below want them
gradients(inputs, labels, shared): losses [K] of a minibatch, and the gradient of each parameter
score(inputs, labels, shared): in eval mode, losses [K] and numbers of right answers [K]
write_back(): copies parameters and buffers into the networks

inputs and labels are [B, ...], the same for all networks, where `shared`, else [K, B, ...].
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import FunctionType

import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap

from .data import Split
from .training import LossFunction

PLAIN = (bool, int, float, str, tuple, type(None), FunctionType)


class StackedModules:
    """Any modules that torch.func can stack: one forward pass, written for one network, under vmap."""

    def __init__(self, models: Sequence[nn.Module], loss_fn: LossFunction):
        self.models, self.loss_fn = models, loss_fn
        for model in models:
            model.train()
        self.values, self.buffers = stack_module_state(models)
        self.parameters = [value for value in self.values.values() if value.requires_grad]
        # Networks trained together have seen the same number of batches. Kept as one number, batch
        # normalization can compute with it (momentum=None) outside of what is stacked.
        for name, buffer in self.buffers.items():
            if name.endswith("num_batches_tracked") and (buffer == buffer[0]).all():
                self.buffers[name] = buffer[0].clone()

    def prepare(self, images: torch.Tensor, shared: bool) -> torch.Tensor:
        return images

    def gradients(self, inputs, labels, shared: bool):
        losses = self._map(self._loss, inputs, labels, shared)
        # No network touches another's loss, so the gradient of the sum is each one's own. A
        # parameter that the loss does not depend on has none, and is left alone, as by torch's SGD.
        gradients = torch.autograd.grad(losses.sum(), self.parameters, allow_unused=True)
        return losses.detach(), gradients

    @torch.no_grad()
    def score(self, inputs, labels, shared: bool):
        self.models[0].eval()
        try:
            return self._map(self._score, inputs, labels, shared)
        finally:
            self.models[0].train()

    @torch.no_grad()
    def write_back(self) -> None:
        stacked = self.values | self.buffers
        for k, model in enumerate(self.models):
            for name, own in (*model.named_parameters(), *model.named_buffers()):
                value = stacked[name]
                own.copy_(value if value.dim() == own.dim() else value[k])

    def _map(self, function, inputs, labels, shared: bool):
        """function(values, buffers, inputs, labels) of every network."""
        buffer_dims = {name: 0 if buffer.dim() else None for name, buffer in self.buffers.items()}
        data_dim = None if shared else 0
        mapped = vmap(
            function, in_dims=(0, buffer_dims, data_dim, data_dim), randomness="different"
        )
        return mapped(self.values, self.buffers, inputs, labels)

    def _loss(self, values, buffers, inputs, labels):
        return self.loss_fn(self._logits(values, buffers, inputs), labels)

    def _score(self, values, buffers, inputs, labels):
        logits = self._logits(values, buffers, inputs)
        return self.loss_fn(logits, labels), (logits.argmax(dim=1) == labels).sum()

    def _logits(self, values, buffers, inputs):
        return functional_call(self.models[0], (values, buffers), (inputs,))


@dataclass(frozen=True)
class StackedData:
    """Images [N, ...] and labels [N], the same for all networks; or, where `own`, [K, N, ...], [K, N]."""

    images: torch.Tensor
    labels: torch.Tensor
    own: bool

    @staticmethod
    def of(split: Split | Sequence[Split], num_networks: int = 1) -> "StackedData":
        if isinstance(split, Split):
            return StackedData(split.images, split.labels, own=False)
        if len(split) != num_networks:
            raise ValueError(f"{len(split)} training splits do not fit {num_networks} networks.")
        if len({part.images.shape for part in split}) > 1:
            raise ValueError("The training splits of a population must all be of one size.")
        images = torch.stack([part.images for part in split])
        return StackedData(images, torch.stack([part.labels for part in split]), own=True)

    @property
    def num_images(self) -> int:
        return self.labels.shape[1 if self.own else 0]

    @property
    def image_dims(self) -> int:
        return self.images.dim() - (2 if self.own else 1)

    def of_networks(self, group: list[int]) -> "StackedData":
        return StackedData(self.images[group], self.labels[group], own=True) if self.own else self

    def prepared(self, stack) -> "StackedData":
        return replace(self, images=stack.prepare(self.images, shared=not self.own))

    def in_order(self, size: int) -> Iterator[tuple[torch.Tensor, torch.Tensor, bool]]:
        """All images, `size` at a time: inputs, labels, and whether all networks share them."""
        dim = 1 if self.own else 0
        pairs = zip(self.images.split(size, dim), self.labels.split(size, dim), strict=True)
        for inputs, labels in pairs:
            yield inputs, labels, not self.own

    def shuffled(
        self, size: int, generators: list[torch.Generator]
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor, bool]]:
        """The same in random order: one generator for all networks, or one for each."""
        n, device = self.num_images, self.labels.device
        # Drawn as by utils.data.batches, so that a network meets the batches that fit would show it.
        orders = torch.stack([torch.randperm(n, generator=g) for g in generators]).to(device)
        rows = torch.arange(len(self.labels), device=device)[:, None] if self.own else None
        for index in orders.split(size, dim=1):
            if self.own:
                yield self.images[rows, index], self.labels[rows, index], False
            elif len(generators) == 1:
                images = self.images.index_select(0, index[0])
                yield images, self.labels.index_select(0, index[0]), True
            else:
                yield self.images[index], self.labels[index], False


def check_structure(models: list[nn.Module]) -> None:
    if not models:
        raise ValueError("A population needs at least one network.")
    if len({id(model) for model in models}) < len(models):
        raise ValueError("Every network of a population must be an object of its own.")
    first, *others = map(_structure, models)
    for k, other in enumerate(others, 1):
        if other != first:
            raise ValueError(
                "The networks of a population must have one architecture, and "
                f"network {k} differs from network 0: {sorted(other ^ first)[0]}."
            )


def _structure(model: nn.Module) -> set[str]:
    modules = {
        f"module {name or '(whole)'}: {type(m).__name__}" for name, m in model.named_modules()
    }
    tensors = (*model.named_parameters(), *model.named_buffers())
    return modules | {f"{name}: {list(tensor.shape)}" for name, tensor in tensors}


def alike(models: list[nn.Module]) -> list[list[int]]:
    """Networks grouped by the settings that their modules hold as plain values."""
    groups = defaultdict(list)
    for k, model in enumerate(models):
        settings = [
            (name, key, value)
            for name, module in model.named_modules()
            for key, value in vars(module).items()
            if isinstance(value, PLAIN) and key != "training"
        ]
        groups[tuple(settings)].append(k)
    return list(groups.values())
