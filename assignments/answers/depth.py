"""Answers to the exercises on stochastic depth: wrong ones that students give, named by mistake, and right ones."""


# %% depth.survival_probs right: formula
def survival_probs(num_blocks, last_prob):
    return [1 - block / num_blocks * (1 - last_prob) for block in range(1, num_blocks + 1)]


# %% depth.survival_probs right: linspace
def survival_probs(num_blocks, last_prob):
    return torch.linspace(1, last_prob, num_blocks + 1)[1:]


# %% depth.survival_probs right: subtracted
import numpy as np


def survival_probs(num_blocks, last_prob):
    probs = np.ones(num_blocks)
    for block in range(num_blocks):
        probs[block:] -= (1 - last_prob) / num_blocks
    return probs


# %% depth.survival_probs wrong: from_zero
def survival_probs(num_blocks, last_prob):
    return [1 - block / num_blocks * (1 - last_prob) for block in range(num_blocks)]


# %% depth.survival_probs wrong: with_block_0
def survival_probs(num_blocks, last_prob):
    return [1 - block / num_blocks * (1 - last_prob) for block in range(num_blocks + 1)]


# %% depth.survival_probs wrong: over_one_less
def survival_probs(num_blocks, last_prob):
    return [1 - block / (num_blocks - 1) * (1 - last_prob) for block in range(num_blocks)]


# %% depth.survival_probs wrong: reversed
def survival_probs(num_blocks, last_prob):
    return [1 - block / num_blocks * (1 - last_prob) for block in range(num_blocks, 0, -1)]


# %% depth.survival_probs wrong: drop_probs
def survival_probs(num_blocks, last_prob):
    return [block / num_blocks * (1 - last_prob) for block in range(1, num_blocks + 1)]


# %% depth.survival_probs wrong: constant
def survival_probs(num_blocks, last_prob):
    return [last_prob] * num_blocks


# %% depth.survival_probs wrong: last_is_drop
def survival_probs(num_blocks, last_prob):
    return [1 - block / num_blocks * last_prob for block in range(1, num_blocks + 1)]


# %% depth.survival_probs wrong: halved_depth
def survival_probs(num_blocks, last_prob):
    return [1 - block // num_blocks * (1 - last_prob) for block in range(1, num_blocks + 1)]


# %% depth.residual_block right: skipped_branch
def residual_block(h, f, survival_prob, training):
    if not training:
        return (survival_prob * f(h) + h).clamp(min=0)
    if torch.rand(1) < survival_prob:
        return nn.functional.relu(h + f(h))
    return h.clone()


# %% depth.residual_block right: python_random
import random


def residual_block(h, f, survival_prob, training):
    scale = survival_prob
    if training:
        scale = random.random() < survival_prob
    return torch.relu(f(h).mul(scale).add(h))


# %% depth.residual_block right: bernoulli_tensor
def residual_block(h, f, survival_prob, training):
    prob = torch.full((1,) * h.dim(), survival_prob, dtype=h.dtype, device=h.device)
    b = torch.bernoulli(prob) if training else prob
    out = b * f(h) + h
    return torch.where(out > 0, out, torch.zeros_like(out))


# %% depth.residual_block wrong: inverted
def residual_block(h, f, survival_prob, training):
    if not training:
        return torch.relu(f(h) + h)
    b = float(torch.rand(()) < survival_prob)
    return torch.relu(b * f(h) / survival_prob + h)


# %% depth.residual_block wrong: no_test_scale
def residual_block(h, f, survival_prob, training):
    b = float(torch.rand(()) < survival_prob) if training else 1
    return torch.relu(b * f(h) + h)


# %% depth.residual_block wrong: scaled_twice
def residual_block(h, f, survival_prob, training):
    if not training:
        return torch.relu(survival_prob * f(h) + h)
    b = float(torch.rand(()) < survival_prob)
    return torch.relu(b * f(h) / survival_prob + h)


# %% depth.residual_block wrong: test_scales_all
def residual_block(h, f, survival_prob, training):
    if not training:
        return survival_prob * torch.relu(f(h) + h)
    b = float(torch.rand(()) < survival_prob)
    return torch.relu(b * f(h) + h)


# %% depth.residual_block wrong: drop_for_survive
def residual_block(h, f, survival_prob, training):
    b = float(torch.rand(()) > survival_prob) if training else survival_prob
    return torch.relu(b * f(h) + h)


# %% depth.residual_block wrong: per_sample
def residual_block(h, f, survival_prob, training):
    if not training:
        return torch.relu(survival_prob * f(h) + h)
    b = torch.rand(len(h), *[1] * (h.dim() - 1)) < survival_prob
    return torch.relu(b * f(h) + h)


# %% depth.residual_block wrong: per_entry
def residual_block(h, f, survival_prob, training):
    if not training:
        return torch.relu(survival_prob * f(h) + h)
    b = torch.rand_like(h) < survival_prob
    return torch.relu(b * f(h) + h)


# %% depth.residual_block wrong: input_dropped
def residual_block(h, f, survival_prob, training):
    if not training:
        return torch.relu(survival_prob * f(h) + h)
    b = float(torch.rand(()) < survival_prob)
    return torch.relu(b * (f(h) + h))


# %% depth.residual_block wrong: no_relu
def residual_block(h, f, survival_prob, training):
    b = float(torch.rand(()) < survival_prob) if training else survival_prob
    return b * f(h) + h


# %% depth.residual_block wrong: relu_before_sum
def residual_block(h, f, survival_prob, training):
    b = float(torch.rand(()) < survival_prob) if training else survival_prob
    return b * torch.relu(f(h)) + h


# %% depth.residual_block wrong: skipped_at_test
def residual_block(h, f, survival_prob, training):
    if not training:
        return h
    b = float(torch.rand(()) < survival_prob)
    return torch.relu(b * f(h) + h)


# %% depth.residual_block wrong: never_skipped
def residual_block(h, f, survival_prob, training):
    return torch.relu(survival_prob * f(h) + h)


# %% depth.residual_block wrong: fixed_draw
def residual_block(h, f, survival_prob, training):
    torch.manual_seed(0)
    b = float(torch.rand(()) < survival_prob) if training else survival_prob
    return torch.relu(b * f(h) + h)


# %% depth.residual_block wrong: in_place
def residual_block(h, f, survival_prob, training):
    b = float(torch.rand(()) < survival_prob) if training else survival_prob
    h += b * f(h)
    return h.relu_()
