"""Answers to the dropout exercises: wrong ones that students give, named by mistake, and other right ones."""


# %% dropout.vanilla right: bernoulli
def vanilla_dropout(x, keep_prob, training):
    if training:
        mask = torch.bernoulli(torch.full_like(x, keep_prob))
        return mask * x, {"mask": mask}
    return keep_prob * x, {}


def vanilla_dropout_backward(grad_out, cache):
    return cache["mask"] * grad_out


# %% dropout.vanilla right: where
def vanilla_dropout(x, keep_prob, training):
    drop_prob = 1 - keep_prob
    if not training:
        return x - drop_prob * x, None
    keep = torch.rand(x.shape, device=x.device) >= drop_prob
    return torch.where(keep, x, torch.zeros_like(x)), keep


# %% dropout.vanilla right: numpy_mask
import numpy as np


def vanilla_dropout(x, keep_prob, training):
    print("dropping", x.shape)
    if not training:
        return x.mul(keep_prob), None
    dropped = torch.from_numpy(np.random.random(tuple(x.shape)) > keep_prob)
    return x.clone().masked_fill_(dropped, 0.0), dropped


# %% dropout.vanilla wrong: inverted
def vanilla_dropout(x, keep_prob, training):
    if not training:
        return x, None
    mask = (torch.rand_like(x) < keep_prob) / keep_prob
    return x * mask, mask


# %% dropout.vanilla wrong: no_test_scale
def vanilla_dropout(x, keep_prob, training):
    if not training:
        return x, None
    mask = torch.rand_like(x) < keep_prob
    return x * mask, mask


# %% dropout.vanilla wrong: test_by_drop
def vanilla_dropout(x, keep_prob, training):
    if not training:
        return x * (1 - keep_prob), None
    mask = torch.rand_like(x) < keep_prob
    return x * mask, mask


# %% dropout.vanilla wrong: scaled_twice
def vanilla_dropout(x, keep_prob, training):
    if not training:
        return x * keep_prob, None
    mask = (torch.rand_like(x) < keep_prob) / keep_prob
    return x * mask, mask


# %% dropout.vanilla wrong: test_divided
def vanilla_dropout(x, keep_prob, training):
    if not training:
        return x / keep_prob, None
    mask = torch.rand_like(x) < keep_prob
    return x * mask, mask


# %% dropout.vanilla wrong: multiplied
def vanilla_dropout(x, keep_prob, training):
    if not training:
        return x * keep_prob, None
    mask = (torch.rand_like(x) < keep_prob) * keep_prob
    return x * mask, mask


# %% dropout.vanilla wrong: divided_by_drop
def vanilla_dropout(x, keep_prob, training):
    if not training:
        return x * keep_prob, None
    if keep_prob == 1:
        return x.clone(), torch.ones_like(x)
    mask = (torch.rand_like(x) < keep_prob) / (1 - keep_prob)
    return x * mask, mask


# %% dropout.vanilla wrong: drop_for_keep
def vanilla_dropout(x, keep_prob, training):
    if not training:
        return x * keep_prob, None
    mask = torch.rand_like(x) > keep_prob
    return x * mask, mask


# %% dropout.vanilla wrong: mask_per_batch
def vanilla_dropout(x, keep_prob, training):
    if not training:
        return x * keep_prob, None
    mask = torch.rand(x.shape[1:]) < keep_prob
    return x * mask, mask


# %% dropout.vanilla wrong: mask_per_sample
def vanilla_dropout(x, keep_prob, training):
    if not training:
        return x * keep_prob, None
    mask = torch.rand([len(x)] + [1] * (x.dim() - 1)) < keep_prob
    return x * mask, mask


# %% dropout.vanilla wrong: mask_per_channel
def vanilla_dropout(x, keep_prob, training):
    if not training:
        return x * keep_prob, None
    mask = torch.rand(x.shape[:2] + (1,) * (x.dim() - 2)) < keep_prob
    return x * mask, mask


# %% dropout.vanilla wrong: fixed_count
def vanilla_dropout(x, keep_prob, training):
    if not training:
        return x * keep_prob, None
    mask = torch.zeros(x.numel(), dtype=x.dtype)
    mask[torch.randperm(x.numel())[: round(keep_prob * x.numel())]] = 1
    mask = mask.view(x.shape)
    return x * mask, mask


# %% dropout.vanilla wrong: fixed_mask
def vanilla_dropout(x, keep_prob, training):
    torch.manual_seed(42)
    if not training:
        return x * keep_prob, None
    mask = torch.rand_like(x) < keep_prob
    return x * mask, mask


# %% dropout.vanilla wrong: drops_at_test
def vanilla_dropout(x, keep_prob, training):
    mask = torch.rand_like(x) < keep_prob
    if not training:
        return x * mask * keep_prob, mask
    return x * mask, mask


# %% dropout.vanilla wrong: in_place
def vanilla_dropout(x, keep_prob, training):
    if not training:
        return x.mul_(keep_prob), None
    mask = torch.rand_like(x) < keep_prob
    x *= mask
    return x, mask


# %% dropout.vanilla wrong: float32
def vanilla_dropout(x, keep_prob, training):
    x = x.float()
    if not training:
        return x * keep_prob, None
    mask = torch.rand_like(x) < keep_prob
    return x * mask, mask


# %% dropout.vanilla wrong: no_cache
def vanilla_dropout(x, keep_prob, training):
    if not training:
        return x * keep_prob
    return x * (torch.rand_like(x) < keep_prob)


# %% dropout.vanilla_backward right: where
def vanilla_dropout_backward(grad_out, cache):
    return torch.where(cache != 0, grad_out, torch.zeros_like(grad_out))


# %% dropout.vanilla_backward right: masked_fill
def vanilla_dropout_backward(grad_out, cache):
    return grad_out.clone().masked_fill_(cache == 0, 0)


# %% dropout.vanilla_backward right: through_autograd
def vanilla_dropout_backward(grad_out, cache):
    x = torch.ones_like(grad_out, requires_grad=True)
    return torch.autograd.grad(x * cache, x, grad_out)[0]


# %% dropout.vanilla_backward wrong: new_mask
def vanilla_dropout_backward(grad_out, cache):
    return grad_out * (torch.rand_like(grad_out) < cache.mean())


# %% dropout.vanilla_backward wrong: no_mask
def vanilla_dropout_backward(grad_out, cache):
    return grad_out.clone()


# %% dropout.vanilla_backward wrong: shared_mask
MASKS = {}


def vanilla_dropout(x, keep_prob, training):
    if not training:
        return x * keep_prob, MASKS
    MASKS["mask"] = (torch.rand_like(x) < keep_prob).to(x.dtype)
    return x * MASKS["mask"], MASKS


def vanilla_dropout_backward(grad_out, cache):
    return grad_out * cache["mask"]


# %% dropout.vanilla_backward wrong: times_output
def vanilla_dropout(x, keep_prob, training):
    if not training:
        return x * keep_prob, None
    out = x * (torch.rand_like(x) < keep_prob)
    return out, out


def vanilla_dropout_backward(grad_out, cache):
    return grad_out * cache


# %% dropout.vanilla_backward wrong: scaled
def vanilla_dropout(x, keep_prob, training):
    if not training:
        return x * keep_prob, None
    mask = (torch.rand_like(x) < keep_prob).to(x.dtype)
    return x * mask, (mask, keep_prob)


def vanilla_dropout_backward(grad_out, cache):
    mask, keep_prob = cache
    return grad_out * mask / keep_prob


# %% dropout.vanilla_backward wrong: multiplied
def vanilla_dropout(x, keep_prob, training):
    if not training:
        return x * keep_prob, None
    mask = (torch.rand_like(x) < keep_prob).to(x.dtype)
    return x * mask, (mask, keep_prob)


def vanilla_dropout_backward(grad_out, cache):
    mask, keep_prob = cache
    return grad_out * mask * keep_prob


# %% dropout.vanilla_backward wrong: inverted_mask
def vanilla_dropout_backward(grad_out, cache):
    return grad_out * (1 - cache)


# %% dropout.vanilla_backward wrong: in_place
def vanilla_dropout_backward(grad_out, cache):
    grad_out *= cache
    return grad_out


# %% dropout.vanilla_backward wrong: float32
def vanilla_dropout_backward(grad_out, cache):
    return grad_out.float() * cache.float()


# %% dropout.inverted right: bernoulli
def inverted_dropout(x, keep_prob, training):
    if training:
        mask = torch.empty_like(x).bernoulli_(keep_prob).div_(keep_prob)
        return x * mask, mask
    return x.clone(), None


# %% dropout.inverted right: keep_index
def inverted_dropout(x, keep_prob, training):
    if not training:
        return x, (None, keep_prob)
    uniform = torch.rand(x.numel(), device=x.device).view(x.shape)
    out = torch.zeros_like(x)
    kept = uniform < keep_prob
    out[kept] = x[kept] / keep_prob
    return out, kept / keep_prob


# %% dropout.inverted right: floor_of_sum
def inverted_dropout(x, keep_prob, training):
    mask = None
    if training:
        mask = (torch.rand(x.shape, dtype=x.dtype, device=x.device) + keep_prob).floor()
        mask = mask * (1.0 / keep_prob)
        x = x * mask
    return [x, mask]


# %% dropout.inverted right: named_pair
from collections import namedtuple

Pair = namedtuple("Pair", "out cache")


def inverted_dropout(x, keep_prob, training):
    if not training or keep_prob == 1:
        return Pair(x, None)
    kept = torch.distributions.Bernoulli(probs=keep_prob).sample(x.shape).to(x)
    return Pair(x * kept / keep_prob, (kept, keep_prob))


# %% dropout.inverted wrong: vanilla
def inverted_dropout(x, keep_prob, training):
    if not training:
        return x * keep_prob, None
    mask = torch.rand_like(x) < keep_prob
    return x * mask, mask


# %% dropout.inverted wrong: no_scale
def inverted_dropout(x, keep_prob, training):
    if not training:
        return x, None
    mask = torch.rand_like(x) < keep_prob
    return x * mask, mask


# %% dropout.inverted wrong: multiplied
def inverted_dropout(x, keep_prob, training):
    if not training:
        return x, None
    mask = (torch.rand_like(x) < keep_prob) * keep_prob
    return x * mask, mask


# %% dropout.inverted wrong: divided_by_drop
def inverted_dropout(x, keep_prob, training):
    if not training:
        return x, None
    scale = 1 - keep_prob if keep_prob < 1 else 1
    mask = (torch.rand_like(x) < keep_prob) / scale
    return x * mask, mask


# %% dropout.inverted wrong: drop_for_keep
def inverted_dropout(x, keep_prob, training):
    if not training:
        return x, None
    mask = (torch.rand_like(x) > keep_prob) / keep_prob
    return x * mask, mask


# %% dropout.inverted wrong: drop_everywhere
def inverted_dropout(x, keep_prob, training):
    if not training:
        return x, None
    mask = (torch.rand_like(x) > keep_prob) / (1 - keep_prob)
    return x * mask, mask


# %% dropout.inverted wrong: scaled_at_test
def inverted_dropout(x, keep_prob, training):
    if not training:
        return x * keep_prob, None
    mask = (torch.rand_like(x) < keep_prob) / keep_prob
    return x * mask, mask


# %% dropout.inverted wrong: drops_at_test
def inverted_dropout(x, keep_prob, training):
    mask = (torch.rand_like(x) < keep_prob) / keep_prob
    return x * mask, mask


# %% dropout.inverted wrong: mask_per_batch
def inverted_dropout(x, keep_prob, training):
    if not training:
        return x, None
    mask = (torch.rand_like(x[0]) < keep_prob) / keep_prob
    return x * mask, mask


# %% dropout.inverted wrong: mask_per_sample
def inverted_dropout(x, keep_prob, training):
    if not training:
        return x, None
    mask = (torch.rand(x.size(0), *[1] * (x.dim() - 1)) < keep_prob) / keep_prob
    return x * mask, mask


# %% dropout.inverted wrong: mask_per_channel
def inverted_dropout(x, keep_prob, training):
    if not training:
        return x, None
    mask = (torch.rand(x.shape[:2] + (1,) * (x.dim() - 2)) < keep_prob) / keep_prob
    return x * mask, mask


# %% dropout.inverted wrong: fixed_count
def inverted_dropout(x, keep_prob, training):
    if not training:
        return x, None
    mask = torch.zeros(x.numel(), dtype=x.dtype)
    mask[torch.randperm(x.numel())[: round(keep_prob * x.numel())]] = 1
    mask = mask.view(x.shape) / keep_prob
    return x * mask, mask


# %% dropout.inverted wrong: fixed_mask
def inverted_dropout(x, keep_prob, training):
    if not training:
        return x, None
    generator = torch.Generator(device=x.device).manual_seed(0)
    uniform = torch.rand(x.shape, generator=generator, device=x.device)
    mask = (uniform < keep_prob) / keep_prob
    return x * mask, mask


# %% dropout.inverted wrong: in_place
def inverted_dropout(x, keep_prob, training):
    if not training:
        return x, None
    mask = (torch.rand_like(x) < keep_prob) / keep_prob
    x.mul_(mask)
    return x, mask


# %% dropout.inverted wrong: float32
def inverted_dropout(x, keep_prob, training):
    if not training:
        return x.to(torch.float32), None
    mask = (torch.rand(x.shape) < keep_prob).float() / keep_prob
    return x.float() * mask, mask


# %% dropout.inverted wrong: no_cache
def inverted_dropout(x, keep_prob, training):
    if not training:
        return x
    return x * (torch.rand_like(x) < keep_prob) / keep_prob


# %% dropout.inverted_backward right: reversed_product
def inverted_dropout_backward(grad_out, cache):
    return cache.mul(grad_out)


# %% dropout.inverted_backward right: own_cache
def inverted_dropout(x, keep_prob, training):
    if not training:
        return x, None
    kept = torch.rand_like(x) < keep_prob
    return x * kept / keep_prob, {"kept": kept, "keep_prob": keep_prob}


def inverted_dropout_backward(grad_out, cache):
    return grad_out * cache["kept"] / cache["keep_prob"]


# %% dropout.inverted_backward right: through_autograd
def inverted_dropout_backward(grad_out, cache):
    x = torch.zeros_like(grad_out, requires_grad=True)
    (x * cache).backward(grad_out)
    return x.grad


# %% dropout.inverted_backward right: own_graph
def inverted_dropout(x, keep_prob, training):
    if not training:
        return x, None
    x = x.clone().requires_grad_()
    out = x * (torch.rand_like(x) < keep_prob) / keep_prob
    return out, (x, out)


def inverted_dropout_backward(grad_out, cache):
    x, out = cache
    return torch.autograd.grad(out, x, grad_out)[0]


# %% dropout.inverted_backward right: cache_used_up
def inverted_dropout(x, keep_prob, training):
    if not training:
        return x, {}
    mask = (torch.rand_like(x) < keep_prob) / keep_prob
    return x * mask, {"mask": mask.to(x.dtype)}


def inverted_dropout_backward(grad_out, cache):
    return cache.pop("mask").mul_(grad_out)


# %% dropout.inverted_backward wrong: no_scale
def inverted_dropout_backward(grad_out, cache):
    return grad_out * (cache > 0)


# %% dropout.inverted_backward wrong: scaled_twice
def inverted_dropout_backward(grad_out, cache):
    return grad_out * cache * cache.max()


# %% dropout.inverted_backward wrong: divided_by_drop
def inverted_dropout_backward(grad_out, cache):
    keep_prob = 1 / cache.max()
    return grad_out * (cache > 0) / (1 - keep_prob)


# %% dropout.inverted_backward wrong: multiplied
def inverted_dropout_backward(grad_out, cache):
    return grad_out * (cache > 0) / cache.max()


# %% dropout.inverted_backward wrong: new_mask
def inverted_dropout_backward(grad_out, cache):
    keep_prob = 1 / cache.max()
    return grad_out * (torch.rand_like(grad_out) < keep_prob) / keep_prob


# %% dropout.inverted_backward wrong: no_mask
def inverted_dropout_backward(grad_out, cache):
    return grad_out


# %% dropout.inverted_backward wrong: shared_mask
mask = None


def inverted_dropout(x, keep_prob, training):
    global mask
    if not training:
        return x, None
    mask = (torch.rand_like(x) < keep_prob) / keep_prob
    return x * mask, None


def inverted_dropout_backward(grad_out, cache):
    return grad_out * mask


# %% dropout.inverted_backward wrong: times_output
def inverted_dropout(x, keep_prob, training):
    if not training:
        return x, None
    out = x * (torch.rand_like(x) < keep_prob) / keep_prob
    return out, out


def inverted_dropout_backward(grad_out, cache):
    return grad_out * cache


# %% dropout.inverted_backward wrong: in_place
def inverted_dropout_backward(grad_out, cache):
    return grad_out.mul_(cache)


# %% dropout.inverted_backward wrong: float32
def inverted_dropout_backward(grad_out, cache):
    return (grad_out * cache).to(torch.float32)


# %% dropout.module right: bernoulli_buffer_free
class Dropout(nn.Module):
    def __init__(self, drop_prob: float = 0.5) -> None:
        nn.Module.__init__(self)
        if drop_prob < 0.0 or drop_prob > 1.0:
            raise ValueError("drop_prob must be in [0, 1]")
        self.drop_prob = drop_prob

    def forward(self, input):
        if self.training and self.drop_prob > 0:
            keep = 1.0 - self.drop_prob
            noise = torch.empty_like(input).bernoulli_(keep)
            return input * noise / max(keep, 1e-12)
        return input


# %% dropout.module right: with_functional_library
from torch.nn import functional as F


class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5):
        super().__init__()
        if not (0 <= drop_prob <= 1):
            raise ValueError
        self.rate = drop_prob

    def forward(self, x):
        return F.dropout(x, self.rate, self.training)


# %% dropout.module right: with_own_function
def _inverted(x, keep_prob):
    kept = torch.rand(x.shape, device=x.device) < keep_prob
    return torch.where(kept, x / keep_prob if keep_prob else x, torch.zeros_like(x))


class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5):
        super(Dropout, self).__init__()
        if drop_prob > 1 or drop_prob < 0:
            raise ValueError("not a probability: " + str(drop_prob))
        self.register_buffer("keep_prob", torch.tensor(1.0 - drop_prob, dtype=torch.float64))

    def forward(self, x):
        return _inverted(x, self.keep_prob.item()) if self.training else x.clone()


# %% dropout.module right: autograd_function
class DropoutError(ValueError):
    pass


class Mask(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, keep_prob):
        mask = (torch.rand_like(x) < keep_prob) / keep_prob
        ctx.save_for_backward(mask)
        return x * mask

    @staticmethod
    def backward(ctx, grad_out):
        (mask,) = ctx.saved_tensors
        return grad_out * mask, None


class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5):
        super().__init__()
        if not 0 <= drop_prob <= 1:
            raise DropoutError(drop_prob)
        self.drop_prob = drop_prob

    def forward(self, x):
        if not self.training or self.drop_prob == 0:
            return x
        return x * 0 if self.drop_prob == 1 else Mask.apply(x, 1 - self.drop_prob)


# %% dropout.module wrong: keep_for_drop
class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5):
        super().__init__()
        if not 0 <= drop_prob <= 1:
            raise ValueError("drop_prob must lie in [0, 1]")
        self.keep_prob = drop_prob

    def forward(self, x):
        if not self.training:
            return x
        if self.keep_prob == 0:
            return torch.zeros_like(x)
        return x * (torch.rand_like(x) < self.keep_prob) / self.keep_prob


# %% dropout.module wrong: no_scale
class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5):
        super().__init__()
        if not 0 <= drop_prob <= 1:
            raise ValueError("drop_prob must lie in [0, 1]")
        self.drop_prob = drop_prob

    def forward(self, x):
        if not self.training:
            return x
        return x * (torch.rand_like(x) >= self.drop_prob)


# %% dropout.module wrong: divided_by_drop
class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5):
        super().__init__()
        if not 0 <= drop_prob <= 1:
            raise ValueError("drop_prob must lie in [0, 1]")
        self.drop_prob = drop_prob

    def forward(self, x):
        if not self.training or self.drop_prob == 0:
            return x
        return x * (torch.rand_like(x) >= self.drop_prob) / self.drop_prob


# %% dropout.module wrong: always_drops
class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5):
        super().__init__()
        if not 0 <= drop_prob <= 1:
            raise ValueError("drop_prob must lie in [0, 1]")
        self.keep_prob = 1 - drop_prob

    def forward(self, x):
        if self.keep_prob == 0:
            return torch.zeros_like(x)
        return x * (torch.rand_like(x) < self.keep_prob) / self.keep_prob


# %% dropout.module wrong: scaled_in_eval
class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5):
        super().__init__()
        if not 0 <= drop_prob <= 1:
            raise ValueError("drop_prob must lie in [0, 1]")
        self.keep_prob = 1 - drop_prob

    def forward(self, x):
        if not self.training:
            return x * self.keep_prob
        if self.keep_prob == 0:
            return torch.zeros_like(x)
        return x * (torch.rand_like(x) < self.keep_prob) / self.keep_prob


# %% dropout.module wrong: fixed_mask
class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5):
        super().__init__()
        if not 0 <= drop_prob <= 1:
            raise ValueError("drop_prob must lie in [0, 1]")
        self.keep_prob = 1 - drop_prob
        self.mask = None

    def forward(self, x):
        if not self.training:
            return x
        if self.keep_prob == 0:
            return torch.zeros_like(x)
        if self.mask is None:
            self.mask = (torch.rand_like(x) < self.keep_prob) / self.keep_prob
        return x * self.mask


# %% dropout.module wrong: mask_per_batch
class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5):
        super().__init__()
        if not 0 <= drop_prob <= 1:
            raise ValueError("drop_prob must lie in [0, 1]")
        self.keep_prob = 1 - drop_prob

    def forward(self, x):
        if not self.training:
            return x
        if self.keep_prob == 0:
            return torch.zeros_like(x)
        return x * (torch.rand_like(x[0]) < self.keep_prob) / self.keep_prob


# %% dropout.module wrong: mask_per_sample
class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5):
        super().__init__()
        if not 0 <= drop_prob <= 1:
            raise ValueError("drop_prob must lie in [0, 1]")
        self.keep_prob = 1 - drop_prob

    def forward(self, x):
        if not self.training:
            return x
        if self.keep_prob == 0:
            return torch.zeros_like(x)
        shape = (x.shape[0],) + (1,) * (x.ndim - 1)
        return x * (torch.rand(shape) < self.keep_prob) / self.keep_prob


# %% dropout.module wrong: mask_per_channel
class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5):
        super().__init__()
        if not 0 <= drop_prob <= 1:
            raise ValueError("drop_prob must lie in [0, 1]")
        self.keep_prob = 1 - drop_prob

    def forward(self, x):
        if not self.training:
            return x
        if self.keep_prob == 0:
            return torch.zeros_like(x)
        shape = x.shape[:2] + (1,) * (x.ndim - 2)
        return x * (torch.rand(shape) < self.keep_prob) / self.keep_prob


# %% dropout.module wrong: fixed_count
class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5):
        super().__init__()
        if not 0 <= drop_prob <= 1:
            raise ValueError("drop_prob must lie in [0, 1]")
        self.keep_prob = 1 - drop_prob

    def forward(self, x):
        if not self.training:
            return x
        kept = round(self.keep_prob * x.numel())
        if kept == 0:
            return torch.zeros_like(x)
        mask = torch.rand_like(x).view(-1).argsort().view_as(x) < kept
        return x * mask / self.keep_prob


# %% dropout.module wrong: no_gradient
class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5):
        super().__init__()
        if not 0 <= drop_prob <= 1:
            raise ValueError("drop_prob must lie in [0, 1]")
        self.keep_prob = 1 - drop_prob

    def forward(self, x):
        if not self.training:
            return x
        if self.keep_prob == 0:
            return torch.zeros_like(x)
        with torch.no_grad():
            return x * (torch.rand_like(x) < self.keep_prob) / self.keep_prob


# %% dropout.module wrong: in_place
class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5):
        super().__init__()
        if not 0 <= drop_prob <= 1:
            raise ValueError("drop_prob must lie in [0, 1]")
        self.keep_prob = 1 - drop_prob

    def forward(self, x):
        if not self.training:
            return x
        if self.keep_prob == 0:
            return x.zero_()
        x *= torch.rand_like(x) < self.keep_prob
        return x.div_(self.keep_prob)


# %% dropout.module wrong: zero_in_eval
class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5):
        super().__init__()
        if not 0 <= drop_prob <= 1:
            raise ValueError("drop_prob must lie in [0, 1]")
        self.keep_prob = 1 - drop_prob

    def forward(self, x):
        if self.keep_prob == 0:
            return torch.zeros_like(x)
        if not self.training:
            return x
        return x * (torch.rand_like(x) < self.keep_prob) / self.keep_prob


# %% dropout.module wrong: nan_at_one
class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5):
        super().__init__()
        if not 0 <= drop_prob <= 1:
            raise ValueError("drop_prob must lie in [0, 1]")
        self.keep_prob = 1 - drop_prob

    def forward(self, x):
        if not self.training:
            return x
        mask = (torch.rand_like(x) < self.keep_prob).to(x.dtype)
        return x * mask / torch.tensor(self.keep_prob, dtype=x.dtype)


# %% dropout.module wrong: not_refused
class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5):
        super().__init__()
        self.keep_prob = 1 - drop_prob

    def forward(self, x):
        if not self.training:
            return x
        if self.keep_prob == 0:
            return torch.zeros_like(x)
        return x * (torch.rand_like(x) < self.keep_prob) / self.keep_prob


# %% dropout.module wrong: not_a_module
class Dropout:
    def __init__(self, drop_prob=0.5):
        if not 0 <= drop_prob <= 1:
            raise ValueError("drop_prob must lie in [0, 1]")
        self.keep_prob = 1 - drop_prob
        self.training = True

    def __call__(self, x):
        if not self.training:
            return x
        return x * (torch.rand_like(x) < self.keep_prob) / self.keep_prob


# %% dropout.module wrong: float32
class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5):
        super().__init__()
        if not 0 <= drop_prob <= 1:
            raise ValueError("drop_prob must lie in [0, 1]")
        self.keep_prob = 1 - drop_prob

    def forward(self, x):
        x = x.float()
        if not self.training:
            return x
        if self.keep_prob == 0:
            return torch.zeros_like(x)
        return x * (torch.rand_like(x) < self.keep_prob) / self.keep_prob
