"""Answers to the exercise on label smoothing: wrong ones that students give, named by mistake, and right ones."""


# %% smoothing.smooth_labels right: scatter
def smooth_labels(labels, num_classes, smoothing):
    targets = torch.full((len(labels), num_classes), smoothing / num_classes, device=labels.device)
    right = 1 - (num_classes - 1) / num_classes * smoothing
    return targets.scatter_(1, labels[:, None], right)


# %% smoothing.smooth_labels right: identity_rows
def smooth_labels(labels, num_classes, smoothing):
    rows = torch.eye(num_classes, device=labels.device)[labels]
    return torch.lerp(rows, torch.full_like(rows, 1 / num_classes), smoothing)


# %% smoothing.smooth_labels right: loops
def smooth_labels(labels, num_classes, smoothing):
    low = smoothing / num_classes
    high = 1 - (num_classes - 1) * low
    rows = [[high if k == label else low for k in range(num_classes)] for label in labels.tolist()]
    return torch.tensor(rows, device=labels.device)


# %% smoothing.smooth_labels right: compared
def smooth_labels(labels, num_classes, smoothing):
    is_right = labels[:, None] == torch.arange(num_classes, device=labels.device)
    low = smoothing / num_classes
    return torch.where(is_right, 1 - smoothing + low, low)


# %% smoothing.smooth_labels wrong: over_one_less
def smooth_labels(labels, num_classes, smoothing):
    targets = torch.full((len(labels), num_classes), smoothing / (num_classes - 1))
    targets[torch.arange(len(labels)), labels] = 1 - smoothing
    return targets


# %% smoothing.smooth_labels wrong: right_too_small
def smooth_labels(labels, num_classes, smoothing):
    targets = torch.full((len(labels), num_classes), smoothing / num_classes)
    targets[torch.arange(len(labels)), labels] = 1 - smoothing
    return targets


# %% smoothing.smooth_labels wrong: added
def smooth_labels(labels, num_classes, smoothing):
    return nn.functional.one_hot(labels, num_classes) + smoothing / num_classes


# %% smoothing.smooth_labels wrong: one_over_k
def smooth_labels(labels, num_classes, smoothing):
    return (1 - smoothing) * nn.functional.one_hot(labels, num_classes) + 1 / num_classes


# %% smoothing.smooth_labels wrong: hardly_reduced
def smooth_labels(labels, num_classes, smoothing):
    share = smoothing / num_classes
    return (1 - share) * nn.functional.one_hot(labels, num_classes) + share


# %% smoothing.smooth_labels wrong: swapped
def smooth_labels(labels, num_classes, smoothing):
    return smoothing * nn.functional.one_hot(labels, num_classes) + (1 - smoothing) / num_classes


# %% smoothing.smooth_labels wrong: classes_of_the_batch
def smooth_labels(labels, num_classes, smoothing):
    one_hot = nn.functional.one_hot(labels)
    return (1 - smoothing) * one_hot + smoothing / one_hot.shape[1]


# %% smoothing.smooth_labels wrong: integers
def smooth_labels(labels, num_classes, smoothing):
    targets = nn.functional.one_hot(labels, num_classes)
    targets[targets == 1] = 1 - (num_classes - 1) / num_classes * smoothing
    targets[targets == 0] = smoothing / num_classes
    return targets


# %% smoothing.smooth_labels wrong: hard
def smooth_labels(labels, num_classes, smoothing):
    return nn.functional.one_hot(labels, num_classes).float()
