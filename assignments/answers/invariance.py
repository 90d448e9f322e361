"""Answers to the exercise on broken labels: wrong ones that students give, named by mistake, and other right ones."""


# %% invariance.broken_labels right: counted
def broken_labels(label_of, images, transforms, tolerance):
    old = label_of(images).tolist()
    broken = {}
    for name in transforms:
        new = label_of(transforms[name](images)).tolist()
        for c in set(old):
            changes = [a != b for a, b in zip(old, new) if a == c]
            if sum(changes) / len(changes) > tolerance:
                broken.setdefault(name, set()).add(c)
    return broken


# %% invariance.broken_labels right: class_by_class
def broken_labels(label_of, images, transforms, tolerance):
    labels = label_of(images)
    broken = {name: set() for name in transforms}
    for c in labels.unique():
        own = images[labels == c]
        for name, transform in transforms.items():
            kept = (label_of(transform(own)) == c).sum()
            if len(own) - kept > tolerance * len(own):
                broken[name].add(int(c))
    return {name: classes for name, classes in broken.items() if classes}


# %% invariance.broken_labels right: bincount
def broken_labels(label_of, images, transforms, tolerance):
    labels = label_of(images)
    count, result = torch.bincount(labels), {}
    for name, transform in transforms.items():
        changed = torch.bincount(
            labels[label_of(transform(images)) != labels], minlength=len(count)
        )
        classes = torch.nonzero(changed / count > tolerance).flatten().tolist()
        if classes:
            result[name] = classes
    return result


# %% invariance.broken_labels wrong: all_pictures
def broken_labels(label_of, images, transforms, tolerance):
    labels, broken = label_of(images), {}
    for name, transform in transforms.items():
        changed = label_of(transform(images)) != labels
        if changed.float().mean() > tolerance:
            broken[name] = set(labels[changed].tolist())
    return broken


# %% invariance.broken_labels wrong: share_of_all
def broken_labels(label_of, images, transforms, tolerance):
    labels, broken = label_of(images), {}
    for name, transform in transforms.items():
        changed = label_of(transform(images)) != labels
        classes = set()
        for c in labels.unique().tolist():
            if (changed & (labels == c)).sum() / len(images) > tolerance:
                classes.add(c)
        if classes:
            broken[name] = classes
    return broken


# %% invariance.broken_labels wrong: new_labels
def broken_labels(label_of, images, transforms, tolerance):
    labels, broken = label_of(images), {}
    for name, transform in transforms.items():
        new = label_of(transform(images))
        changed = (new != labels).float()
        classes = {c for c in new.unique().tolist() if changed[new == c].mean() > tolerance}
        if classes:
            broken[name] = classes
    return broken


# %% invariance.broken_labels wrong: every_class
def broken_labels(label_of, images, transforms, tolerance):
    labels, broken = label_of(images), {}
    for name, transform in transforms.items():
        changed = (label_of(transform(images)) != labels).float()
        classes = labels.unique().tolist()
        if any(changed[labels == c].mean() > tolerance for c in classes):
            broken[name] = set(classes)
    return broken


# %% invariance.broken_labels wrong: no_tolerance
def broken_labels(label_of, images, transforms, tolerance):
    labels, broken = label_of(images), {}
    for name, transform in transforms.items():
        changed = label_of(transform(images)) != labels
        if changed.any():
            broken[name] = set(labels[changed].tolist())
    return broken


# %% invariance.broken_labels wrong: at_the_tolerance
def broken_labels(label_of, images, transforms, tolerance):
    labels, broken = label_of(images), {}
    for name, transform in transforms.items():
        changed = (label_of(transform(images)) != labels).float()
        classes = {c for c in labels.unique().tolist() if changed[labels == c].mean() >= tolerance}
        if classes:
            broken[name] = classes
    return broken


# %% invariance.broken_labels wrong: empty_sets
def broken_labels(label_of, images, transforms, tolerance):
    labels, broken = label_of(images), {}
    for name, transform in transforms.items():
        changed = (label_of(transform(images)) != labels).float()
        classes = {c for c in labels.unique().tolist() if changed[labels == c].mean() > tolerance}
        broken[name] = classes
    return broken


# %% invariance.broken_labels wrong: harmless_ones
def broken_labels(label_of, images, transforms, tolerance):
    labels, kept = label_of(images), {}
    for name, transform in transforms.items():
        changed = (label_of(transform(images)) != labels).float()
        classes = {c for c in labels.unique().tolist() if changed[labels == c].mean() <= tolerance}
        if classes:
            kept[name] = classes
    return kept


# %% invariance.broken_labels wrong: chained
def broken_labels(label_of, images, transforms, tolerance):
    labels, broken = label_of(images), {}
    for name, transform in transforms.items():
        images = transform(images)
        changed = (label_of(images) != labels).float()
        classes = {c for c in labels.unique().tolist() if changed[labels == c].mean() > tolerance}
        if classes:
            broken[name] = classes
    return broken


# %% invariance.broken_labels wrong: names_alone
def broken_labels(label_of, images, transforms, tolerance):
    labels, broken = label_of(images), set()
    for name, transform in transforms.items():
        changed = (label_of(transform(images)) != labels).float()
        if any(changed[labels == c].mean() > tolerance for c in labels.unique()):
            broken.add(name)
    return broken


# %% invariance.broken_labels wrong: absent_class
def broken_labels(label_of, images, transforms, tolerance):
    old = label_of(images).tolist()
    broken = {}
    for name, transform in transforms.items():
        new = label_of(transform(images)).tolist()
        for c in {*old, *new}:
            changes = [a != b for a, b in zip(old, new) if a == c]
            if sum(changes) / len(changes) > tolerance:
                broken.setdefault(name, set()).add(c)
    return broken
