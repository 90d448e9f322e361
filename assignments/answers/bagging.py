"""Answers to the exercises on bagging: wrong ones that students give, and other right ones."""

# %% bagging.bootstrap right: numpy_choice
import numpy as np


def bootstrap_indices(num_samples, num_members):
    rows = [np.random.choice(num_samples, num_samples) for _ in range(num_members)]
    return torch.from_numpy(np.stack(rows))


# %% bagging.bootstrap right: rand_floor
def bootstrap_indices(num_samples, num_members):
    return (torch.rand(num_members, num_samples, dtype=torch.float64) * num_samples).long()


# %% bagging.bootstrap right: multinomial_sorted
def bootstrap_indices(num_samples, num_members):
    chances = torch.ones(num_members, num_samples)
    drawn = torch.multinomial(chances, num_samples, replacement=True)
    return drawn.sort(dim=1).values


# %% bagging.bootstrap right: python_random
import random


def bootstrap_indices(num_samples, num_members):
    pictures = range(num_samples)
    return torch.tensor([random.choices(pictures, k=num_samples) for _ in range(num_members)])


# %% bagging.bootstrap right: numpy_generator
import numpy as np


def bootstrap_indices(num_samples, num_members):
    rng = np.random.default_rng()
    return torch.from_numpy(rng.integers(0, num_samples, (num_members, num_samples)))


# %% bagging.bootstrap wrong: without_replacement
def bootstrap_indices(num_samples, num_members):
    return torch.stack([torch.randperm(num_samples) for _ in range(num_members)])


# %% bagging.bootstrap wrong: one_for_all
def bootstrap_indices(num_samples, num_members):
    return torch.randint(num_samples, (num_samples,)).repeat(num_members, 1)


# %% bagging.bootstrap wrong: one_shuffled
def bootstrap_indices(num_samples, num_members):
    sample = torch.randint(num_samples, (num_samples,))
    return torch.stack([sample[torch.randperm(num_samples)] for _ in range(num_members)])


# %% bagging.bootstrap wrong: same_every_call
def bootstrap_indices(num_samples, num_members):
    torch.manual_seed(0)
    return torch.randint(num_samples, (num_members, num_samples))


# %% bagging.bootstrap wrong: never_the_last
def bootstrap_indices(num_samples, num_members):
    return torch.randint(0, max(num_samples - 1, 1), (num_members, num_samples))


# %% bagging.bootstrap wrong: rounded
def bootstrap_indices(num_samples, num_members):
    return (torch.rand(num_members, num_samples) * (num_samples - 1)).round().long()


# %% bagging.bootstrap wrong: one_based
def bootstrap_indices(num_samples, num_members):
    return torch.randint(1, num_samples + 1, (num_members, num_samples))


# %% bagging.bootstrap wrong: subset
def bootstrap_indices(num_samples, num_members):
    size = round(0.632 * num_samples)
    rows = [torch.randperm(num_samples)[:size] for _ in range(num_members)]
    return torch.stack(rows)


# %% bagging.bootstrap wrong: transposed
def bootstrap_indices(num_samples, num_members):
    return torch.randint(num_samples, (num_samples, num_members))


# %% bagging.bootstrap wrong: float_indices
def bootstrap_indices(num_samples, num_members):
    return (torch.rand(num_members, num_samples) * num_samples).floor()


# %% bagging.out_of_bag right: loop_over_pictures
def out_of_bag(probs, indices):
    averaged = torch.zeros_like(probs[0])
    has_member = []
    for image in range(probs.shape[1]):
        blind = [m for m in range(len(probs)) if image not in indices[m].tolist()]
        has_member.append(bool(blind))
        if blind:
            averaged[image] = probs[blind, image].mean(dim=0)
    return averaged, torch.tensor(has_member)


# %% bagging.out_of_bag right: nan_mean
def out_of_bag(probs, indices):
    values = probs.clone()
    for member, row in enumerate(indices):
        values[member, row] = torch.nan
    averaged = values.nanmean(dim=0)
    has_member = ~averaged[:, 0].isnan()
    return averaged.nan_to_num(0.0), has_member


# %% bagging.out_of_bag right: einsum_of_counts
def out_of_bag(probs, indices):
    drawn = nn.functional.one_hot(indices, probs.shape[1]).sum(dim=1)  # [M, N]
    blind = (drawn == 0).to(probs.dtype)
    number = blind.sum(dim=0)
    total = torch.einsum("mn,mnk->nk", blind, probs)
    averaged = torch.where(number[:, None] > 0, total / number[:, None], torch.zeros_like(total))
    return averaged, number.bool()


# %% bagging.out_of_bag right: comparisons
def out_of_bag(probs, indices):
    pictures = torch.arange(probs.shape[1], device=probs.device)
    saw = (indices[:, :, None] == pictures).any(dim=1)
    number = (~saw).sum(dim=0)
    total = probs.masked_fill(saw[:, :, None], 0).sum(dim=0)
    total[number > 0] /= number[number > 0][:, None]
    return total, ~saw.all(dim=0)


# %% bagging.out_of_bag wrong: all_models
def out_of_bag(probs, indices):
    unseen = torch.ones_like(indices, dtype=torch.bool).scatter(1, indices, False)
    return probs.mean(dim=0), unseen.any(dim=0)


# %% bagging.out_of_bag wrong: in_bag
def out_of_bag(probs, indices):
    seen = torch.zeros_like(indices, dtype=torch.bool).scatter(1, indices, True)
    count = seen.sum(dim=0)
    total = (probs * seen.unsqueeze(2)).sum(dim=0)
    return total / count.clamp(min=1).unsqueeze(1), count > 0


# %% bagging.out_of_bag wrong: divided_by_models
def out_of_bag(probs, indices):
    unseen = torch.ones_like(indices, dtype=torch.bool).scatter(1, indices, False)
    return (probs * unseen.unsqueeze(2)).mean(dim=0), unseen.any(dim=0)


# %% bagging.out_of_bag wrong: not_divided
def out_of_bag(probs, indices):
    unseen = torch.ones_like(indices, dtype=torch.bool).scatter(1, indices, False)
    return (probs * unseen.unsqueeze(2)).sum(dim=0), unseen.any(dim=0)


# %% bagging.out_of_bag wrong: by_position
def out_of_bag(probs, indices):
    unseen = indices != torch.arange(indices.shape[1], device=indices.device)
    count = unseen.sum(dim=0)
    total = (probs * unseen.unsqueeze(2)).sum(dim=0)
    return total / count.clamp(min=1).unsqueeze(1), count > 0


# %% bagging.out_of_bag wrong: weighted_by_draws
def out_of_bag(probs, indices):
    drawn = nn.functional.one_hot(indices, indices.shape[1]).sum(dim=1)
    left = 1 - drawn
    count = (drawn == 0).sum(dim=0)
    total = (probs * left.unsqueeze(2)).sum(dim=0)
    return total / count.clamp(min=1).unsqueeze(1), count > 0


# %% bagging.out_of_bag wrong: nan_where_none
def out_of_bag(probs, indices):
    unseen = torch.ones_like(indices, dtype=torch.bool).scatter(1, indices, False)
    count = unseen.sum(dim=0)
    return (probs * unseen.unsqueeze(2)).sum(dim=0) / count.unsqueeze(1), count > 0


# %% bagging.out_of_bag wrong: all_where_none
def out_of_bag(probs, indices):
    unseen = torch.ones_like(indices, dtype=torch.bool).scatter(1, indices, False)
    has_member = unseen.any(dim=0)
    unseen = unseen | ~has_member
    total = (probs * unseen.unsqueeze(2)).sum(dim=0)
    return total / unseen.sum(dim=0).unsqueeze(1), has_member


# %% bagging.out_of_bag wrong: flag_inverted
def out_of_bag(probs, indices):
    unseen = torch.ones_like(indices, dtype=torch.bool).scatter(1, indices, False)
    count = unseen.sum(dim=0)
    total = (probs * unseen.unsqueeze(2)).sum(dim=0)
    return total / count.clamp(min=1).unsqueeze(1), count == 0


# %% bagging.out_of_bag wrong: one_model
def out_of_bag(probs, indices):
    unseen = torch.ones_like(indices, dtype=torch.bool).scatter(1, indices, False)
    first = unseen.int().argmax(dim=0)
    chosen = probs[first, torch.arange(probs.shape[1], device=probs.device)]
    return chosen * unseen.any(dim=0).unsqueeze(1), unseen.any(dim=0)


# %% bagging.out_of_bag wrong: votes
def out_of_bag(probs, indices):
    unseen = torch.ones_like(indices, dtype=torch.bool).scatter(1, indices, False)
    votes = nn.functional.one_hot(probs.argmax(dim=2), probs.shape[2]).to(probs.dtype)
    total = (votes * unseen.unsqueeze(2)).sum(dim=0)
    return total / unseen.sum(dim=0).clamp(min=1).unsqueeze(1), unseen.any(dim=0)


# %% bagging.out_of_bag wrong: in_place
def out_of_bag(probs, indices):
    unseen = torch.ones_like(indices, dtype=torch.bool).scatter(1, indices, False)
    for member, row in enumerate(indices):
        probs[member, row] = 0
    return probs.sum(dim=0) / unseen.sum(dim=0).clamp(min=1)[:, None], unseen.any(dim=0)


# %% bagging.out_of_bag wrong: float32
def out_of_bag(probs, indices):
    unseen = torch.ones_like(indices, dtype=torch.bool).scatter(1, indices, False)
    total = (probs.float() * unseen.unsqueeze(2)).sum(dim=0)
    return total / unseen.sum(dim=0).clamp(min=1).unsqueeze(1), unseen.any(dim=0)
