"""Answers to the exercises on policies: wrong ones that students give, named by mistake, and other right ones."""


# %% policies.randaugment right: indices
def randaugment(images, operations, num_ops, magnitude):
    out = torch.empty_like(images)
    for n in range(len(images)):
        x = images[n]
        for index in torch.randint(0, len(operations), (num_ops,)):
            x = operations[index](x, magnitude)
        out[n] = x
    return out


# %% policies.randaugment right: all_drawn_first
import numpy as np


def randaugment(images, operations, num_ops, magnitude):
    table = np.random.randint(len(operations), size=(num_ops, len(images)))
    pictures = list(images.unbind(0))
    for row in table:
        pictures = [operations[k](x, magnitude) for k, x in zip(row, pictures)]
    return torch.stack(pictures)


# %% policies.randaugment right: by_operation
def randaugment(images, operations, num_ops, magnitude):
    for _ in range(num_ops):
        drawn = torch.multinomial(torch.ones(len(operations)), len(images), replacement=True)
        images = torch.stack(
            [
                random_op(x, magnitude)
                for x, random_op in zip(images, [operations[k] for k in drawn])
            ]
        )
    return images.clone()


# %% policies.randaugment wrong: one_for_all
def randaugment(images, operations, num_ops, magnitude):
    drawn = random.choices(operations, k=num_ops)
    results = []
    for picture in images:
        for operation in drawn:
            picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.randaugment wrong: on_original
def randaugment(images, operations, num_ops, magnitude):
    results = []
    for picture in images:
        result = picture
        for operation in random.choices(operations, k=num_ops):
            result = operation(picture, magnitude)
        results.append(result)
    return torch.stack(results)


# %% policies.randaugment wrong: fixed_seed
def randaugment(images, operations, num_ops, magnitude):
    random.seed(0)
    results = []
    for picture in images:
        for operation in random.choices(operations, k=num_ops):
            picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.randaugment wrong: in_place
def randaugment(images, operations, num_ops, magnitude):
    for picture in images:
        for operation in random.choices(operations, k=num_ops):
            picture.copy_(operation(picture, magnitude))
    return images


# %% policies.randaugment wrong: float32
def randaugment(images, operations, num_ops, magnitude):
    results = []
    for picture in images.float():
        for operation in random.choices(operations, k=num_ops):
            picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.randaugment wrong: without_replacement
def randaugment(images, operations, num_ops, magnitude):
    results = []
    for picture in images:
        for operation in random.sample(operations, num_ops):
            picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.randaugment wrong: never_last
def randaugment(images, operations, num_ops, magnitude):
    results = []
    for picture in images:
        for index in torch.randint(len(operations) - 1, (num_ops,)).tolist():
            picture = operations[index](picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.randaugment wrong: one_operation
def randaugment(images, operations, num_ops, magnitude):
    results = []
    for picture in images:
        operation = random.choice(operations)
        for _ in range(num_ops):
            picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.randaugment wrong: sorted
def randaugment(images, operations, num_ops, magnitude):
    results = []
    for picture in images:
        drawn = sorted(random.randrange(len(operations)) for _ in range(num_ops))
        for index in drawn:
            picture = operations[index](picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.randaugment wrong: first_ones
def randaugment(images, operations, num_ops, magnitude):
    results = []
    for picture in images:
        for operation in operations[:num_ops]:
            picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.randaugment wrong: random_count
def randaugment(images, operations, num_ops, magnitude):
    results = []
    for picture in images:
        for operation in random.choices(operations, k=random.randint(0, num_ops)):
            picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.randaugment wrong: one_too_many
def randaugment(images, operations, num_ops, magnitude):
    results = []
    for picture in images:
        for _ in range(num_ops + 1):
            picture = random.choice(operations)(picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.randaugment wrong: magnitude_drawn
def randaugment(images, operations, num_ops, magnitude):
    results = []
    for picture in images:
        for operation in random.choices(operations, k=num_ops):
            picture = operation(picture, random.randint(0, magnitude))
        results.append(picture)
    return torch.stack(results)


# %% policies.randaugment wrong: magnitude_shared
def randaugment(images, operations, num_ops, magnitude):
    results = []
    for picture in images:
        for operation in random.choices(operations, k=num_ops):
            picture = operation(picture, magnitude / num_ops)
        results.append(picture)
    return torch.stack(results)


# %% policies.randaugment wrong: list_emptied
def randaugment(images, operations, num_ops, magnitude):
    results = []
    for picture in images:
        for operation in random.choices(operations, k=num_ops):
            picture = operation(picture, magnitude)
        results.append(picture)
    operations.pop()
    return torch.stack(results)


# %% policies.autoaugment right: indices
def autoaugment(images, policy):
    out = images.clone()
    for n, index in enumerate(torch.randint(len(policy), (len(images),)).tolist()):
        for operation, probability, magnitude in policy[index]:
            if torch.rand(()) < probability:
                out[n] = operation(out[n], magnitude)
    return out


# %% policies.autoaugment right: coins_first
import numpy as np


def autoaugment(images, policy):
    results = []
    for picture in images:
        sub = policy[np.random.randint(len(policy))]
        coins = np.random.random(len(sub))
        for (operation, probability, magnitude), coin in zip(sub, coins):
            picture = operation(picture, magnitude) if coin < probability else picture
        results.append(picture)
    return torch.stack(results)


# %% policies.autoaugment right: by_subpolicy
def autoaugment(images, policy):
    pictures = list(images)
    choice = random.choices(range(len(policy)), k=len(pictures))
    for number, sub in enumerate(policy):
        for operation, probability, magnitude in sub:
            for n in range(len(pictures)):
                if choice[n] == number and random.random() >= 1 - probability:
                    pictures[n] = operation(pictures[n], magnitude)
    return torch.stack(pictures)


# %% policies.autoaugment wrong: one_for_all
def autoaugment(images, policy):
    sub = random.choice(policy)
    results = []
    for picture in images:
        for operation, probability, magnitude in sub:
            if random.random() < probability:
                picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.autoaugment wrong: on_original
def autoaugment(images, policy):
    results = []
    for picture in images:
        result = picture
        for operation, probability, magnitude in random.choice(policy):
            if random.random() < probability:
                result = operation(picture, magnitude)
        results.append(result)
    return torch.stack(results)


# %% policies.autoaugment wrong: fixed_seed
def autoaugment(images, policy):
    random.seed(0)
    results = []
    for picture in images:
        for operation, probability, magnitude in random.choice(policy):
            if random.random() < probability:
                picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.autoaugment wrong: in_place
def autoaugment(images, policy):
    for picture in images:
        for operation, probability, magnitude in random.choice(policy):
            if random.random() < probability:
                picture[:] = operation(picture, magnitude)
    return images


# %% policies.autoaugment wrong: float32
def autoaugment(images, policy):
    results = []
    for picture in images:
        for operation, probability, magnitude in random.choice(policy):
            if random.random() < probability:
                picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results).float()


# %% policies.autoaugment wrong: always_applied
def autoaugment(images, policy):
    results = []
    for picture in images:
        for operation, _, magnitude in random.choice(policy):
            picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.autoaugment wrong: one_coin
def autoaugment(images, policy):
    results = []
    for picture in images:
        coin = random.random()
        for operation, probability, magnitude in random.choice(policy):
            if coin < probability:
                picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.autoaugment wrong: coins_of_batch
def autoaugment(images, policy):
    coins = [[random.random() for _ in sub] for sub in policy]
    results = []
    for picture in images:
        index = random.randrange(len(policy))
        for (operation, probability, magnitude), coin in zip(policy[index], coins[index]):
            if coin < probability:
                picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.autoaugment wrong: prob_swapped
def autoaugment(images, policy):
    results = []
    for picture in images:
        for operation, probability, magnitude in random.choice(policy):
            if random.random() > probability:
                picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.autoaugment wrong: all_subpolicies
def autoaugment(images, policy):
    results = []
    for picture in images:
        for sub in policy:
            for operation, probability, magnitude in sub:
                if random.random() < probability:
                    picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.autoaugment wrong: never_last
def autoaugment(images, policy):
    results = []
    for picture in images:
        sub = policy[int(torch.randint(max(len(policy) - 1, 1), ()))]
        for operation, probability, magnitude in sub:
            if random.random() < probability:
                picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.autoaugment wrong: mixed_subpolicies
def autoaugment(images, policy):
    results = []
    for picture in images:
        for place in range(len(policy[0])):
            sub = random.choice(policy)
            operation, probability, magnitude = sub[min(place, len(sub) - 1)]
            if random.random() < probability:
                picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.autoaugment wrong: reversed
def autoaugment(images, policy):
    results = []
    for picture in images:
        for operation, probability, magnitude in reversed(random.choice(policy)):
            if random.random() < probability:
                picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.autoaugment wrong: first_only
def autoaugment(images, policy):
    results = []
    for picture in images:
        for operation, probability, magnitude in random.choice(policy):
            if random.random() < probability:
                picture = operation(picture, magnitude)
                break
        results.append(picture)
    return torch.stack(results)


# %% policies.autoaugment wrong: swapped_settings
def autoaugment(images, policy):
    results = []
    for picture in images:
        for operation, magnitude, probability in random.choice(policy):
            if random.random() < probability:
                picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results)


# %% policies.autoaugment wrong: first_magnitude
def autoaugment(images, policy):
    results = []
    for picture in images:
        sub = random.choice(policy)
        for operation, probability, _ in sub:
            if random.random() < probability:
                picture = operation(picture, sub[0][2])
        results.append(picture)
    return torch.stack(results)
