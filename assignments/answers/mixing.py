"""Answers to the exercises on mixup and CutMix: wrong ones that students give, and other right ones."""

# %% mixing.mixup right: numpy_draws
import numpy as np


def mixup(images, labels, num_classes, alpha):
    lam = float(np.random.beta(alpha, alpha))
    order = torch.from_numpy(np.random.permutation(len(images)))
    targets = torch.eye(num_classes, dtype=images.dtype)[labels]
    mixed = torch.lerp(images[order], images, lam)
    return mixed, torch.lerp(targets[order], targets, lam)


# %% mixing.mixup right: two_gammas
def mixup(images, labels, num_classes, alpha):
    weight = random.betavariate(alpha, alpha)
    order = torch.rand(len(images)).argsort()
    targets = images.new_zeros(len(images), num_classes)
    targets[torch.arange(len(images)), labels] += weight
    targets[torch.arange(len(images)), labels[order]] += 1 - weight
    return weight * images + (1 - weight) * images.index_select(0, order), targets


# %% mixing.mixup right: partner_first
def mixup(images, labels, num_classes, alpha):
    rate = torch.tensor([alpha, alpha], dtype=torch.float64)
    lam = torch.distributions.Dirichlet(rate).sample()[0].item()
    order = list(range(len(images)))
    random.shuffle(order)
    hot = nn.functional.one_hot(labels, num_classes).to(images)
    mixed = [(1 - lam) * x + lam * images[k] for x, k in zip(images, order)]
    return torch.stack(mixed), (1 - lam) * hot + lam * hot[order]


# %% mixing.mixup wrong: labels_not_mixed
def mixup(images, labels, num_classes, alpha):
    lam = torch.distributions.Beta(alpha, alpha).sample().item()
    order = torch.randperm(len(images))
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return lam * images + (1 - lam) * images[order], hot


# %% mixing.mixup wrong: labels_swapped
def mixup(images, labels, num_classes, alpha):
    lam = torch.distributions.Beta(alpha, alpha).sample().item()
    order = torch.randperm(len(images))
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return lam * images + (1 - lam) * images[order], (1 - lam) * hot + lam * hot[order]


# %% mixing.mixup wrong: two_permutations
def mixup(images, labels, num_classes, alpha):
    lam = torch.distributions.Beta(alpha, alpha).sample().item()
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    mixed = lam * images + (1 - lam) * images[torch.randperm(len(images))]
    return mixed, lam * hot + (1 - lam) * hot[torch.randperm(len(images))]


# %% mixing.mixup wrong: two_weights
def mixup(images, labels, num_classes, alpha):
    beta = torch.distributions.Beta(alpha, alpha)
    order = torch.randperm(len(images))
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    lam, other = beta.sample().item(), beta.sample().item()
    return lam * images + (1 - lam) * images[order], other * hot + (1 - other) * hot[order]


# %% mixing.mixup wrong: weight_per_picture
def mixup(images, labels, num_classes, alpha):
    lam = torch.distributions.Beta(alpha, alpha).sample((len(images), 1)).to(images.dtype)
    order = torch.randperm(len(images))
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    weight = lam[:, :, None, None]
    return weight * images + (1 - weight) * images[order], lam * hot + (1 - lam) * hot[order]


# %% mixing.mixup wrong: uniform
def mixup(images, labels, num_classes, alpha):
    lam = random.random()
    order = torch.randperm(len(images))
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return lam * images + (1 - lam) * images[order], lam * hot + (1 - lam) * hot[order]


# %% mixing.mixup wrong: beta_one
def mixup(images, labels, num_classes, alpha):
    lam = random.betavariate(alpha, 1)
    order = torch.randperm(len(images))
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return lam * images + (1 - lam) * images[order], lam * hot + (1 - lam) * hot[order]


# %% mixing.mixup wrong: larger_half
def mixup(images, labels, num_classes, alpha):
    lam = torch.distributions.Beta(alpha, alpha).sample().item()
    lam = max(lam, 1 - lam)
    order = torch.randperm(len(images))
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return lam * images + (1 - lam) * images[order], lam * hot + (1 - lam) * hot[order]


# %% mixing.mixup wrong: fixed_partners
def mixup(images, labels, num_classes, alpha):
    lam = torch.distributions.Beta(alpha, alpha).sample().item()
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return lam * images + (1 - lam) * images.flip(0), lam * hot + (1 - lam) * hot.flip(0)


# %% mixing.mixup wrong: with_replacement
def mixup(images, labels, num_classes, alpha):
    lam = torch.distributions.Beta(alpha, alpha).sample().item()
    order = torch.randint(len(images), (len(images),))
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return lam * images + (1 - lam) * images[order], lam * hot + (1 - lam) * hot[order]


# %% mixing.mixup wrong: mixed_twice
def mixup(images, labels, num_classes, alpha):
    lam = torch.distributions.Beta(alpha, alpha).sample().item()
    order = torch.randperm(len(images))
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    mixed = lam * images
    mixed = mixed + (1 - lam) * mixed[order]
    return mixed, lam * hot + (1 - lam) * hot[order]


# %% mixing.mixup wrong: half
def mixup(images, labels, num_classes, alpha):
    order = torch.randperm(len(images))
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return (images + images[order]) / 2, (hot + hot[order]) / 2


# %% mixing.mixup wrong: hard_labels
def mixup(images, labels, num_classes, alpha):
    lam = torch.distributions.Beta(alpha, alpha).sample().item()
    order = torch.randperm(len(images))
    return lam * images + (1 - lam) * images[order], lam * labels + (1 - lam) * labels[order]


# %% mixing.mixup wrong: in_place
def mixup(images, labels, num_classes, alpha):
    lam = torch.distributions.Beta(alpha, alpha).sample().item()
    order = torch.randperm(len(images))
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    partner = (1 - lam) * images[order]
    return images.mul_(lam).add_(partner), lam * hot + (1 - lam) * hot[order]


# %% mixing.mixup wrong: float32
def mixup(images, labels, num_classes, alpha):
    lam = torch.distributions.Beta(alpha, alpha).sample().item()
    order = torch.randperm(len(images))
    hot = F.one_hot(labels, num_classes).float()
    return lam * images + (1 - lam) * images[order], lam * hot + (1 - lam) * hot[order]


# %% mixing.cutmix right: mask
def cutmix(images, labels, num_classes, lam):
    n, _, h, w = images.shape
    rows, columns = torch.arange(h)[:, None], torch.arange(w)
    y, x = torch.randint(h, ()), torch.randint(w, ())
    tall, wide = math.floor(h * (1 - lam) ** 0.5 / 2), math.floor(w * (1 - lam) ** 0.5 / 2)
    box = (rows >= y - tall) & (rows < y + tall) & (columns >= x - wide) & (columns < x + wide)
    order = torch.randperm(n)
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    share = box.to(images.dtype).mean()
    return torch.where(box, images[order], images), torch.lerp(hot, hot[order], share)


# %% mixing.cutmix right: numpy_clip
import numpy as np


def cutmix(images, labels, num_classes, lam):
    h, w = images.shape[-2:]
    cut_h, cut_w = int(h * np.sqrt(1 - lam)), int(w * np.sqrt(1 - lam))
    y, x = np.random.randint(h), np.random.randint(w)
    y1, y2 = np.clip([y - cut_h // 2, y + cut_h // 2], 0, h)
    x1, x2 = np.clip([x - cut_w // 2, x + cut_w // 2], 0, w)
    order = np.random.permutation(len(images))
    out = images.clone()
    out[..., y1:y2, x1:x2] = images[order][..., y1:y2, x1:x2]
    kept = 1 - float((y2 - y1) * (x2 - x1)) / (h * w)
    hot = torch.eye(num_classes, dtype=images.dtype)[labels]
    return out, kept * hot + (1 - kept) * hot[order]


# %% mixing.cutmix right: loop
def cutmix(images, labels, num_classes, lam):
    h, w = images.shape[2:]
    y, x = random.randint(0, h - 1), random.randint(0, w - 1)
    a, b = int(h * math.sqrt(1 - lam) / 2), int(w * math.sqrt(1 - lam) / 2)
    rows = [i for i in range(y - a, y + a) if 0 <= i < h]
    columns = [j for j in range(x - b, x + b) if 0 <= j < w]
    order = random.sample(range(len(images)), len(images))
    out, targets = images.clone(), images.new_zeros(len(images), num_classes)
    share = len(rows) * len(columns) / h / w
    for n, k in enumerate(order):
        for i in rows:
            out[n][:, i, columns] = images[k][:, i, columns]
        targets[n, labels[n]] += 1 - share
        targets[n, labels[k]] += share
    return out, targets


# %% mixing.cutmix wrong: lam_not_corrected
def cutmix(images, labels, num_classes, lam):
    h, w = images.shape[2:]
    y, x = random.randrange(h), random.randrange(w)
    a, b = int(h * math.sqrt(1 - lam) / 2), int(w * math.sqrt(1 - lam) / 2)
    top, bottom, left, right = max(y - a, 0), min(y + a, h), max(x - b, 0), min(x + b, w)
    order = torch.randperm(len(images))
    out = images.clone()
    out[:, :, top:bottom, left:right] = images[order][:, :, top:bottom, left:right]
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return out, lam * hot + (1 - lam) * hot[order]


# %% mixing.cutmix wrong: labels_not_mixed
def cutmix(images, labels, num_classes, lam):
    h, w = images.shape[2:]
    y, x = random.randrange(h), random.randrange(w)
    a, b = int(h * math.sqrt(1 - lam) / 2), int(w * math.sqrt(1 - lam) / 2)
    top, bottom, left, right = max(y - a, 0), min(y + a, h), max(x - b, 0), min(x + b, w)
    order = torch.randperm(len(images))
    out = images.clone()
    out[:, :, top:bottom, left:right] = images[order][:, :, top:bottom, left:right]
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return out, hot


# %% mixing.cutmix wrong: labels_swapped
def cutmix(images, labels, num_classes, lam):
    h, w = images.shape[2:]
    y, x = random.randrange(h), random.randrange(w)
    a, b = int(h * math.sqrt(1 - lam) / 2), int(w * math.sqrt(1 - lam) / 2)
    top, bottom, left, right = max(y - a, 0), min(y + a, h), max(x - b, 0), min(x + b, w)
    order = torch.randperm(len(images))
    out = images.clone()
    out[:, :, top:bottom, left:right] = images[order][:, :, top:bottom, left:right]
    share = (bottom - top) * (right - left) / (h * w)
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return out, share * hot + (1 - share) * hot[order]


# %% mixing.cutmix wrong: two_permutations
def cutmix(images, labels, num_classes, lam):
    h, w = images.shape[2:]
    y, x = random.randrange(h), random.randrange(w)
    a, b = int(h * math.sqrt(1 - lam) / 2), int(w * math.sqrt(1 - lam) / 2)
    top, bottom, left, right = max(y - a, 0), min(y + a, h), max(x - b, 0), min(x + b, w)
    order = torch.randperm(len(images))
    out = images.clone()
    out[:, :, top:bottom, left:right] = images[order][:, :, top:bottom, left:right]
    share = (bottom - top) * (right - left) / (h * w)
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return out, (1 - share) * hot + share * hot[torch.randperm(len(images))]


# %% mixing.cutmix wrong: side_from_lam
def cutmix(images, labels, num_classes, lam):
    h, w = images.shape[2:]
    y, x = random.randrange(h), random.randrange(w)
    a, b = int(h * math.sqrt(lam) / 2), int(w * math.sqrt(lam) / 2)
    top, bottom, left, right = max(y - a, 0), min(y + a, h), max(x - b, 0), min(x + b, w)
    order = torch.randperm(len(images))
    out = images.clone()
    out[:, :, top:bottom, left:right] = images[order][:, :, top:bottom, left:right]
    share = (bottom - top) * (right - left) / (h * w)
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return out, (1 - share) * hot + share * hot[order]


# %% mixing.cutmix wrong: no_root
def cutmix(images, labels, num_classes, lam):
    h, w = images.shape[2:]
    y, x = random.randrange(h), random.randrange(w)
    a, b = int(h * (1 - lam) / 2), int(w * (1 - lam) / 2)
    top, bottom, left, right = max(y - a, 0), min(y + a, h), max(x - b, 0), min(x + b, w)
    order = torch.randperm(len(images))
    out = images.clone()
    out[:, :, top:bottom, left:right] = images[order][:, :, top:bottom, left:right]
    share = (bottom - top) * (right - left) / (h * w)
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return out, (1 - share) * hot + share * hot[order]


# %% mixing.cutmix wrong: always_inside
def cutmix(images, labels, num_classes, lam):
    h, w = images.shape[2:]
    a, b = int(h * math.sqrt(1 - lam) / 2), int(w * math.sqrt(1 - lam) / 2)
    top, left = random.randint(0, h - 2 * a), random.randint(0, w - 2 * b)
    bottom, right = top + 2 * a, left + 2 * b
    order = torch.randperm(len(images))
    out = images.clone()
    out[:, :, top:bottom, left:right] = images[order][:, :, top:bottom, left:right]
    share = (bottom - top) * (right - left) / (h * w)
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return out, (1 - share) * hot + share * hot[order]


# %% mixing.cutmix wrong: negative_start
def cutmix(images, labels, num_classes, lam):
    h, w = images.shape[2:]
    y, x = random.randrange(h), random.randrange(w)
    a, b = int(h * math.sqrt(1 - lam) / 2), int(w * math.sqrt(1 - lam) / 2)
    top, bottom, left, right = y - a, min(y + a, h), x - b, min(x + b, w)
    order = torch.randperm(len(images))
    out = images.clone()
    out[:, :, top:bottom, left:right] = images[order][:, :, top:bottom, left:right]
    share = (bottom - top) * (right - left) / (h * w)
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return out, (1 - share) * hot + share * hot[order]


# %% mixing.cutmix wrong: square
def cutmix(images, labels, num_classes, lam):
    h, w = images.shape[2:]
    y, x = random.randrange(h), random.randrange(w)
    a = b = int(h * math.sqrt(1 - lam) / 2)
    top, bottom, left, right = max(y - a, 0), min(y + a, h), max(x - b, 0), min(x + b, w)
    order = torch.randperm(len(images))
    out = images.clone()
    out[:, :, top:bottom, left:right] = images[order][:, :, top:bottom, left:right]
    share = (bottom - top) * (right - left) / (h * w)
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return out, (1 - share) * hot + share * hot[order]


# %% mixing.cutmix wrong: corner_for_centre
def cutmix(images, labels, num_classes, lam):
    h, w = images.shape[2:]
    y, x = random.randrange(h), random.randrange(w)
    a, b = int(h * math.sqrt(1 - lam)), int(w * math.sqrt(1 - lam))
    top, bottom, left, right = y, min(y + a, h), x, min(x + b, w)
    order = torch.randperm(len(images))
    out = images.clone()
    out[:, :, top:bottom, left:right] = images[order][:, :, top:bottom, left:right]
    share = (bottom - top) * (right - left) / (h * w)
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return out, (1 - share) * hot + share * hot[order]


# %% mixing.cutmix wrong: same_draw
def cutmix(images, labels, num_classes, lam):
    h, w = images.shape[2:]
    draw = random.random()
    y, x = int(draw * h), int(draw * w)
    a, b = int(h * math.sqrt(1 - lam) / 2), int(w * math.sqrt(1 - lam) / 2)
    top, bottom, left, right = max(y - a, 0), min(y + a, h), max(x - b, 0), min(x + b, w)
    order = torch.randperm(len(images))
    out = images.clone()
    out[:, :, top:bottom, left:right] = images[order][:, :, top:bottom, left:right]
    share = (bottom - top) * (right - left) / (h * w)
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return out, (1 - share) * hot + share * hot[order]


# %% mixing.cutmix wrong: outside_pasted
def cutmix(images, labels, num_classes, lam):
    h, w = images.shape[2:]
    y, x = random.randrange(h), random.randrange(w)
    a, b = int(h * math.sqrt(1 - lam) / 2), int(w * math.sqrt(1 - lam) / 2)
    top, bottom, left, right = max(y - a, 0), min(y + a, h), max(x - b, 0), min(x + b, w)
    order = torch.randperm(len(images))
    out = images[order]
    out[:, :, top:bottom, left:right] = images[:, :, top:bottom, left:right]
    share = (bottom - top) * (right - left) / (h * w)
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return out, (1 - share) * hot + share * hot[order]


# %% mixing.cutmix wrong: fixed_partners
def cutmix(images, labels, num_classes, lam):
    h, w = images.shape[2:]
    y, x = random.randrange(h), random.randrange(w)
    a, b = int(h * math.sqrt(1 - lam) / 2), int(w * math.sqrt(1 - lam) / 2)
    top, bottom, left, right = max(y - a, 0), min(y + a, h), max(x - b, 0), min(x + b, w)
    order = torch.arange(len(images)).roll(1)
    out = images.clone()
    out[:, :, top:bottom, left:right] = images[order][:, :, top:bottom, left:right]
    share = (bottom - top) * (right - left) / (h * w)
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return out, (1 - share) * hot + share * hot[order]


# %% mixing.cutmix wrong: in_place
def cutmix(images, labels, num_classes, lam):
    h, w = images.shape[2:]
    y, x = random.randrange(h), random.randrange(w)
    a, b = int(h * math.sqrt(1 - lam) / 2), int(w * math.sqrt(1 - lam) / 2)
    top, bottom, left, right = max(y - a, 0), min(y + a, h), max(x - b, 0), min(x + b, w)
    order = torch.randperm(len(images))
    out = images
    out[:, :, top:bottom, left:right] = images[order][:, :, top:bottom, left:right]
    share = (bottom - top) * (right - left) / (h * w)
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return out, (1 - share) * hot + share * hot[order]


# %% mixing.cutmix wrong: float32
def cutmix(images, labels, num_classes, lam):
    h, w = images.shape[2:]
    y, x = random.randrange(h), random.randrange(w)
    a, b = int(h * math.sqrt(1 - lam) / 2), int(w * math.sqrt(1 - lam) / 2)
    top, bottom, left, right = max(y - a, 0), min(y + a, h), max(x - b, 0), min(x + b, w)
    order = torch.randperm(len(images))
    out = images.clone()
    out[:, :, top:bottom, left:right] = images[order][:, :, top:bottom, left:right]
    share = (bottom - top) * (right - left) / (h * w)
    hot = F.one_hot(labels, num_classes).float()
    return out, (1 - share) * hot + share * hot[order]


# %% mixing.cutmix wrong: box_per_picture
def cutmix(images, labels, num_classes, lam):
    h, w = images.shape[2:]
    a, b = int(h * math.sqrt(1 - lam) / 2), int(w * math.sqrt(1 - lam) / 2)
    order = torch.randperm(len(images))
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    out, targets = images.clone(), []
    for n, k in enumerate(order.tolist()):
        y, x = random.randrange(h), random.randrange(w)
        rows, columns = slice(max(y - a, 0), min(y + a, h)), slice(max(x - b, 0), min(x + b, w))
        out[n, :, rows, columns] = images[k, :, rows, columns]
        share = (rows.stop - rows.start) * (columns.stop - columns.start) / (h * w)
        targets.append((1 - share) * hot[n] + share * hot[k])
    return out, torch.stack(targets)
