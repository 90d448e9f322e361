"""Answers to the gradient noise exercise: wrong ones that students give, named by mistake, and other right ones."""


# %% gradient_noise.variance right: all_at_once
def gradient_variance(gradients, batch_sizes, num_batches):
    full, results = gradients.mean(0), []
    for m in batch_sizes:
        index = torch.randint(0, gradients.shape[0], (num_batches, m))
        results.append((gradients[index].mean(1) - full).pow(2).sum(1).mean().item())
    return results


# %% gradient_noise.variance right: counts
def gradient_variance(gradients, batch_sizes, num_batches):
    centred, n = gradients - gradients.mean(0, keepdim=True), len(gradients)
    out = torch.zeros(len(batch_sizes), dtype=gradients.dtype)
    for k, m in enumerate(batch_sizes):
        for _ in range(num_batches):
            counts = torch.bincount(
                torch.multinomial(torch.ones(n), m, replacement=True), minlength=n
            )
            noise = counts.to(gradients.dtype) @ centred / m
            out[k] += noise @ noise / num_batches
    return out


# %% gradient_noise.variance right: numpy_choice
def gradient_variance(gradients, batch_sizes, num_batches):
    import numpy as np

    rows = gradients.cpu().numpy().astype("float64")
    full = rows.mean(axis=0)
    return [
        float(
            np.mean(
                [
                    np.linalg.norm(rows[np.random.choice(len(rows), m)].mean(axis=0) - full) ** 2
                    for _ in range(num_batches)
                ]
            )
        )
        for m in batch_sizes
    ]


# %% gradient_noise.variance wrong: without_replacement
def gradient_variance(gradients, batch_sizes, num_batches):
    full, results = gradients.mean(0), []
    for m in batch_sizes:
        total = 0.0
        for _ in range(num_batches):
            batch = gradients[torch.randperm(len(gradients))[:m]]
            total += (batch.mean(0) - full).square().sum()
        results.append(total / num_batches)
    return results


# %% gradient_noise.variance wrong: fixed_seed
def gradient_variance(gradients, batch_sizes, num_batches):
    torch.manual_seed(0)
    full, results = gradients.mean(0), []
    for m in batch_sizes:
        total = 0.0
        for _ in range(num_batches):
            batch = gradients[torch.randint(len(gradients), (m,))]
            total += (batch.mean(0) - full).square().sum()
        results.append(total / num_batches)
    return results


# %% gradient_noise.variance wrong: same_batch
def gradient_variance(gradients, batch_sizes, num_batches):
    full, results = gradients.mean(0), []
    for m in batch_sizes:
        total = 0.0
        batch = gradients[torch.randint(len(gradients), (m,))]
        for _ in range(num_batches):
            total += (batch.mean(0) - full).square().sum()
        results.append(total / num_batches)
    return results


# %% gradient_noise.variance wrong: not_centred
def gradient_variance(gradients, batch_sizes, num_batches):
    results = []
    for m in batch_sizes:
        total = 0.0
        for _ in range(num_batches):
            batch = gradients[torch.randint(len(gradients), (m,))]
            total += batch.mean(0).square().sum()
        results.append(total / num_batches)
    return results


# %% gradient_noise.variance wrong: own_centre
def gradient_variance(gradients, batch_sizes, num_batches):
    results = []
    for m in batch_sizes:
        drawn = [gradients[torch.randint(len(gradients), (m,))].mean(0) for _ in range(num_batches)]
        results.append(torch.stack(drawn).var(0, correction=0).sum())
    return results


# %% gradient_noise.variance wrong: root
def gradient_variance(gradients, batch_sizes, num_batches):
    full, results = gradients.mean(0), []
    for m in batch_sizes:
        total = 0.0
        for _ in range(num_batches):
            batch = gradients[torch.randint(len(gradients), (m,))]
            total += (batch.mean(0) - full).norm()
        results.append(total / num_batches)
    return results


# %% gradient_noise.variance wrong: mean_over_weights
def gradient_variance(gradients, batch_sizes, num_batches):
    full, results = gradients.mean(0), []
    for m in batch_sizes:
        total = 0.0
        for _ in range(num_batches):
            batch = gradients[torch.randint(len(gradients), (m,))]
            total += (batch.mean(0) - full).square().mean()
        results.append(total / num_batches)
    return results


# %% gradient_noise.variance wrong: summed_gradients
def gradient_variance(gradients, batch_sizes, num_batches):
    full, results = gradients.mean(0), []
    for m in batch_sizes:
        total = 0.0
        for _ in range(num_batches):
            batch = gradients[torch.randint(len(gradients), (m,))]
            total += (batch.sum(0) - full).square().sum()
        results.append(total / num_batches)
    return results


# %% gradient_noise.variance wrong: divided_again
def gradient_variance(gradients, batch_sizes, num_batches):
    full, results = gradients.mean(0), []
    for m in batch_sizes:
        total = 0.0
        for _ in range(num_batches):
            batch = gradients[torch.randint(len(gradients), (m,))]
            total += (batch.mean(0) - full).square().sum() / m
        results.append(total / num_batches)
    return results


# %% gradient_noise.variance wrong: averaged_first
def gradient_variance(gradients, batch_sizes, num_batches):
    full, results = gradients.mean(0), []
    for m in batch_sizes:
        drawn = [gradients[torch.randint(len(gradients), (m,))].mean(0) for _ in range(num_batches)]
        results.append((torch.stack(drawn).mean(0) - full).square().sum())
    return results


# %% gradient_noise.variance wrong: summed_batches
def gradient_variance(gradients, batch_sizes, num_batches):
    full, results = gradients.mean(0), []
    for m in batch_sizes:
        total = 0.0
        for _ in range(num_batches):
            batch = gradients[torch.randint(len(gradients), (m,))]
            total += (batch.mean(0) - full).square().sum()
        results.append(total)
    return results


# %% gradient_noise.variance wrong: one_too_few
def gradient_variance(gradients, batch_sizes, num_batches):
    full, results = gradients.mean(0), []
    for m in batch_sizes:
        total = 0.0
        for _ in range(num_batches):
            batch = gradients[torch.randint(len(gradients), (m,))]
            total += (batch.mean(0) - full).square().sum()
        results.append(total / (num_batches - 1))
    return results


# %% gradient_noise.variance wrong: law
def gradient_variance(gradients, batch_sizes, num_batches):
    variance = (gradients - gradients.mean(0)).square().sum(1).mean()
    return [variance / m for m in batch_sizes]


# %% gradient_noise.variance wrong: last_never
def gradient_variance(gradients, batch_sizes, num_batches):
    full, results = gradients.mean(0), []
    for m in batch_sizes:
        total = 0.0
        for _ in range(num_batches):
            batch = gradients[torch.randint(0, len(gradients) - 1, (m,))]
            total += (batch.mean(0) - full).square().sum()
        results.append(total / num_batches)
    return results


# %% gradient_noise.variance wrong: swapped
def gradient_variance(gradients, batch_sizes, num_batches):
    full, results = gradients.mean(0), []
    for m in batch_sizes:
        total = 0.0
        for _ in range(m):
            batch = gradients[torch.randint(len(gradients), (num_batches,))]
            total += (batch.mean(0) - full).square().sum()
        results.append(total / m)
    return results


# %% gradient_noise.variance wrong: in_place
def gradient_variance(gradients, batch_sizes, num_batches):
    gradients -= gradients.mean(0)
    results = []
    for m in batch_sizes:
        total = 0.0
        for _ in range(num_batches):
            total += gradients[torch.randint(len(gradients), (m,))].mean(0).square().sum()
        results.append(total / num_batches)
    return results


# %% gradient_noise.variance wrong: one_number
def gradient_variance(gradients, batch_sizes, num_batches):
    full = gradients.mean(0)
    for m in batch_sizes:
        total = 0.0
        for _ in range(num_batches):
            batch = gradients[torch.randint(len(gradients), (m,))]
            total += (batch.mean(0) - full).square().sum()
    return total / num_batches
