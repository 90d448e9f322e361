"""K networks of one structure as one: their parameters stacked along a leading dimension.

What populations.py trains. A stack offers

parameters: list of trainable tensors [K, ...], to be changed in place
prepare(images): the images in the form that the methods below want
gradients(inputs, labels, shared): losses [K] of a minibatch, and the gradient of each parameter
score(inputs, labels, shared): in eval mode, losses [K] and numbers of right answers [K]
write_back(): copies parameters and buffers into the networks

inputs and labels are [B, ...], the same for all networks, where `shared`, else [K, B, ...].
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap

from .training import LossFunction


class StackedModules:
    """Any modules that torch.func can stack: one forward pass, written for one network, under vmap."""

    def __init__(self, models: Sequence[nn.Module], loss_fn: LossFunction):
        self.models, self.loss_fn = models, loss_fn
        for model in models:
            model.train()
        values, self.buffers = stack_module_state(models)
        self.values = {name: value.requires_grad_(False) for name, value in values.items()}
        self.trainable = [n for n, value in models[0].named_parameters() if value.requires_grad]
        self.parameters = [self.values[name] for name in self.trainable]
        # Networks trained together have seen the same number of batches. Kept as one number, batch
        # normalization can compute with it (momentum=None) outside of what is stacked.
        for name, buffer in self.buffers.items():
            if name.endswith("num_batches_tracked") and (buffer == buffer[0]).all():
                self.buffers[name] = buffer[0].clone()

    def prepare(self, images: torch.Tensor) -> torch.Tensor:
        return images

    def gradients(self, inputs, labels, shared: bool):
        leaves = [parameter.requires_grad_() for parameter in self.parameters]
        losses = self._map(self._loss, inputs, labels, shared)
        # No network touches another's loss, so the gradient of the sum is each one's own. A
        # parameter that the loss does not depend on has none, and is left alone, as by torch's SGD.
        gradients = torch.autograd.grad(losses.sum(), leaves, allow_unused=True)
        for parameter in self.parameters:
            parameter.requires_grad_(False)
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
