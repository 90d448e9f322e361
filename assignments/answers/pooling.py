"""Answers to the exercise on fractional max pooling: wrong ones, named by mistake, and right ones."""


# %% pooling.fractional right: loops
def fractional_max_pool(x, out_size):
    cuts = []
    for length, count in zip(x.shape[2:], out_size):
        sizes = [2] * (length - count) + [1] * (2 * count - length)
        order = torch.randperm(count).tolist()
        borders = [0]
        for place in order:
            borders.append(borders[-1] + sizes[place])
        cuts.append(borders)
    rows = [x[:, :, a:b].amax(2) for a, b in zip(cuts[0], cuts[0][1:])]
    x = torch.stack(rows, 2)
    return torch.stack([x[..., a:b].amax(3) for a, b in zip(cuts[1], cuts[1][1:])], 3)


# %% pooling.fractional right: random_pairs
import random


def fractional_max_pool(x, out_size):
    for dim in (2, 3):
        count = out_size[dim - 2]
        pairs = set(random.sample(range(count), x.shape[dim] - count))
        parts = torch.split(x, [2 if k in pairs else 1 for k in range(count)], dim=dim)
        x = torch.cat([part.amax(dim, keepdim=True) for part in parts], dim=dim)
    return x


# %% pooling.fractional right: scatter
import numpy as np


def fractional_max_pool(x, out_size):
    height, width = out_size

    def regions(length, count):
        sizes = np.random.permutation([2] * (length - count) + [1] * (2 * count - length))
        return torch.from_numpy(np.repeat(np.arange(count), sizes)).to(x.device)

    rows, columns = regions(x.shape[2], height), regions(x.shape[3], width)
    out = torch.full((*x.shape[:2], height * width), -torch.inf, dtype=x.dtype, device=x.device)
    place = (rows[:, None] * width + columns).flatten().expand(*x.shape[:2], -1)
    return out.scatter_reduce_(2, place, x.flatten(2), "amax").unflatten(2, (height, width))


# %% pooling.fractional wrong: overlapping
def fractional_max_pool(x, out_size):
    for dim, count in zip((2, 3), out_size):
        length = x.shape[dim]
        steps = torch.ones(count - 1, dtype=torch.int64)
        steps[: max(length - 1 - count, 0)] = 2
        steps = steps[torch.randperm(count - 1)]
        first = torch.cat([torch.zeros(1, dtype=torch.int64), steps.cumsum(0)])
        first = first.clamp(max=length - 2)
        x = torch.maximum(x.index_select(dim, first), x.index_select(dim, first + 1))
    return x


# %% pooling.fractional wrong: averaged
def fractional_max_pool(x, out_size):
    for dim, count in zip((2, 3), out_size):
        sizes = torch.ones(count, dtype=torch.int64)
        sizes[: x.shape[dim] - count] = 2
        sizes = sizes[torch.randperm(count)].tolist()
        parts = torch.split(x, sizes, dim=dim)
        x = torch.cat([part.mean(dim, keepdim=True) for part in parts], dim=dim)
    return x


# %% pooling.fractional wrong: minimum
def fractional_max_pool(x, out_size):
    for dim, count in zip((2, 3), out_size):
        sizes = torch.ones(count, dtype=torch.int64)
        sizes[: x.shape[dim] - count] = 2
        sizes = sizes[torch.randperm(count)].tolist()
        parts = torch.split(x, sizes, dim=dim)
        x = torch.cat([part.amin(dim, keepdim=True) for part in parts], dim=dim)
    return x


# %% pooling.fractional wrong: subsampled
def fractional_max_pool(x, out_size):
    for dim, count in zip((2, 3), out_size):
        chosen = torch.randperm(x.shape[dim])[:count].sort().values
        x = x.index_select(dim, chosen)
    return x


# %% pooling.fractional wrong: not_random
def fractional_max_pool(x, out_size):
    return nn.functional.adaptive_max_pool2d(x, out_size)


# %% pooling.fractional wrong: not_shuffled
def fractional_max_pool(x, out_size):
    for dim, count in zip((2, 3), out_size):
        pairs = x.shape[dim] - count
        parts = torch.split(x, [2] * pairs + [1] * (count - pairs), dim=dim)
        x = torch.cat([part.amax(dim, keepdim=True) for part in parts], dim=dim)
    return x


# %% pooling.fractional wrong: pseudorandom
def fractional_max_pool(x, out_size):
    for dim, count in zip((2, 3), out_size):
        ratio, start = x.shape[dim] / count, torch.rand(()).item()
        ends = [math.ceil(ratio * (k + start)) for k in range(count + 1)]
        sizes = [min(max(b - a, 1), 2) for a, b in zip(ends, ends[1:])]
        parts = torch.split(x, sizes, dim=dim)
        x = torch.cat([part.amax(dim, keepdim=True) for part in parts], dim=dim)
    return x


# %% pooling.fractional wrong: any_sizes
def fractional_max_pool(x, out_size):
    for dim, count in zip((2, 3), out_size):
        length = x.shape[dim]
        borders = (torch.randperm(length - 1)[: count - 1] + 1).sort().values.tolist()
        sizes = [b - a for a, b in zip([0, *borders], [*borders, length])]
        parts = torch.split(x, sizes, dim=dim)
        x = torch.cat([part.amax(dim, keepdim=True) for part in parts], dim=dim)
    return x


# %% pooling.fractional wrong: one_draw_for_both
def fractional_max_pool(x, out_size):
    uniform = torch.rand(max(out_size))
    for dim, count in zip((2, 3), out_size):
        sizes = torch.ones(count, dtype=torch.int64)
        sizes[: x.shape[dim] - count] = 2
        sizes = sizes[uniform[:count].argsort()].tolist()
        parts = torch.split(x, sizes, dim=dim)
        x = torch.cat([part.amax(dim, keepdim=True) for part in parts], dim=dim)
    return x


# %% pooling.fractional wrong: same_every_call
def fractional_max_pool(x, out_size):
    seeded = torch.Generator(x.device).manual_seed(1)
    for dim, count in zip((2, 3), out_size):
        sizes = torch.ones(count, dtype=torch.int64)
        sizes[: x.shape[dim] - count] = 2
        sizes = sizes[torch.randperm(count, generator=seeded)].tolist()
        parts = torch.split(x, sizes, dim=dim)
        x = torch.cat([part.amax(dim, keepdim=True) for part in parts], dim=dim)
    return x


# %% pooling.fractional wrong: regions_per_image
def pool_one(x, out_size):
    for dim, count in zip((1, 2), out_size):
        sizes = torch.ones(count, dtype=torch.int64)
        sizes[: x.shape[dim] - count] = 2
        sizes = sizes[torch.randperm(count)].tolist()
        parts = torch.split(x, sizes, dim=dim)
        x = torch.cat([part.amax(dim, keepdim=True) for part in parts], dim=dim)
    return x


def fractional_max_pool(x, out_size):
    return torch.stack([pool_one(image, out_size) for image in x])


# %% pooling.fractional wrong: regions_per_channel
def pool_one(x, out_size):
    for dim, count in zip((1, 2), out_size):
        sizes = torch.ones(count, dtype=torch.int64)
        sizes[: x.shape[dim] - count] = 2
        sizes = sizes[torch.randperm(count)].tolist()
        parts = torch.split(x, sizes, dim=dim)
        x = torch.cat([part.amax(dim, keepdim=True) for part in parts], dim=dim)
    return x


def fractional_max_pool(x, out_size):
    return torch.stack([pool_one(x[:, k], out_size) for k in range(x.shape[1])], dim=1)


# %% pooling.fractional wrong: sizes_swapped
def fractional_max_pool(x, out_size):
    for dim, count in zip((3, 2), out_size):
        sizes = [2] * max(x.shape[dim] - count, 0) + [1] * (2 * count - x.shape[dim])
        sizes = [sizes[k] for k in torch.randperm(len(sizes)).tolist()][:count]
        sizes += [1] * (x.shape[dim] - sum(sizes))
        parts = torch.split(x, sizes, dim=dim)
        x = torch.cat([part.amax(dim, keepdim=True) for part in parts], dim=dim)
    return x


# %% pooling.fractional wrong: float32
def fractional_max_pool(x, out_size):
    x = x.float()
    for dim, count in zip((2, 3), out_size):
        sizes = torch.ones(count, dtype=torch.int64)
        sizes[: x.shape[dim] - count] = 2
        sizes = sizes[torch.randperm(count)].tolist()
        parts = torch.split(x, sizes, dim=dim)
        x = torch.cat([part.amax(dim, keepdim=True) for part in parts], dim=dim)
    return x
