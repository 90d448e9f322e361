"""Answers to the exercises on flips and crops: wrong ones that students give, and other right ones."""


# %% geometry.flip right: loop
def random_flip(images, flip_prob):
    out = images.clone()
    for n in range(len(images)):
        if random.random() < flip_prob:
            out[n] = images[n].flip(2)
    return out


# %% geometry.flip right: chosen_by_index
def random_flip(images, flip_prob):
    chosen = torch.rand(len(images)) < flip_prob
    out = images.clone()
    out[chosen] = torch.flip(images[chosen], dims=[3])
    return out


# %% geometry.flip right: blend_of_both
def random_flip(images, flip_prob):
    rate = torch.full((len(images), 1, 1, 1), flip_prob, dtype=images.dtype, device=images.device)
    flags = torch.bernoulli(rate)
    return flags * torch.fliplr(images.transpose(1, 3)).transpose(1, 3) + (1 - flags) * images


# %% geometry.flip right: columns_gathered
def random_flip(images, flip_prob):
    width = images.shape[3]
    columns = torch.arange(width).repeat(len(images), 1)
    flags = torch.rand(len(images), 1) < flip_prob
    columns = torch.where(flags, width - 1 - columns, columns)
    return images.gather(3, columns[:, None, None, :].expand_as(images))


# %% geometry.flip wrong: one_for_all
def random_flip(images, flip_prob):
    if torch.rand(1).item() < flip_prob:
        return images.flip(-1)
    return images


# %% geometry.flip wrong: fixed_seed
def random_flip(images, flip_prob):
    torch.manual_seed(0)
    chosen = torch.rand(len(images), 1, 1, 1) < flip_prob
    return torch.where(chosen, images.flip(-1), images)


# %% geometry.flip wrong: in_place
def random_flip(images, flip_prob):
    for picture in images:
        if torch.rand(1).item() < flip_prob:
            picture.copy_(picture.flip(-1))
    return images


# %% geometry.flip wrong: float32
def random_flip(images, flip_prob):
    flags = (torch.rand(len(images), 1, 1, 1) < flip_prob).float()
    return (flags * images.flip(-1) + (1 - flags) * images).float()


# %% geometry.flip wrong: upside_down
def random_flip(images, flip_prob):
    chosen = torch.rand(len(images), 1, 1, 1) < flip_prob
    return torch.where(chosen, images.flip(2), images)


# %% geometry.flip wrong: half_turn
def random_flip(images, flip_prob):
    chosen = torch.rand(len(images), 1, 1, 1) < flip_prob
    return torch.where(chosen, images.flip(2, 3), images)


# %% geometry.flip wrong: channels
def random_flip(images, flip_prob):
    chosen = torch.rand(len(images), 1, 1, 1) < flip_prob
    return torch.where(chosen, images.flip(1), images)


# %% geometry.flip wrong: prob_swapped
def random_flip(images, flip_prob):
    chosen = torch.rand(len(images), 1, 1, 1) > flip_prob
    return torch.where(chosen, images.flip(-1), images)


# %% geometry.flip wrong: always_half
def random_flip(images, flip_prob):
    chosen = torch.randint(2, (len(images), 1, 1, 1)).bool()
    return torch.where(chosen, images.flip(-1), images)


# %% geometry.flip wrong: fixed_count
def random_flip(images, flip_prob):
    chosen = torch.randperm(len(images))[: round(flip_prob * len(images))]
    out = images.clone()
    out[chosen] = images[chosen].flip(-1)
    return out


# %% geometry.crop right: gathered
def random_crop(images, padding):
    n, _, h, w = images.shape
    padded = F.pad(images, (padding, padding, padding, padding))
    rows = torch.randint(0, 2 * padding + 1, (n, 1)) + torch.arange(h)
    columns = torch.randint(0, 2 * padding + 1, (n, 1)) + torch.arange(w)
    picked = padded[torch.arange(n)[:, None, None], :, rows[:, :, None], columns[:, None, :]]
    return picked.permute(0, 3, 1, 2)


# %% geometry.crop right: pasted_into_zeros
def random_crop(images, padding):
    h, w = images.shape[-2:]
    out = torch.zeros_like(images)
    for old, new in zip(images, out):
        down, right = random.randint(-padding, padding), random.randint(-padding, padding)
        ys, xs = slice(max(down, 0), h + min(down, 0)), slice(max(right, 0), w + min(right, 0))
        from_y = slice(max(-down, 0), h + min(-down, 0))
        from_x = slice(max(-right, 0), w + min(-right, 0))
        new[:, ys, xs] = old[:, from_y, from_x]
    return out


# %% geometry.crop right: one_number_for_both
import numpy as np


def random_crop(images, padding):
    side, (h, w) = 2 * padding + 1, images.shape[-2:]
    canvas = images.new_zeros(*images.shape[:2], h + 2 * padding, w + 2 * padding)
    canvas[:, :, padding : padding + h, padding : padding + w] = images
    places = np.random.randint(0, side * side, len(images))
    return torch.stack(
        [x[:, p // side :][:, :h, p % side :][:, :, :w] for x, p in zip(canvas, places)]
    )


# %% geometry.crop wrong: one_for_all
def random_crop(images, padding):
    h, w = images.shape[2:]
    top, left = torch.randint(2 * padding + 1, (2,)).tolist()
    return F.pad(images, [padding] * 4)[:, :, top : top + h, left : left + w]


# %% geometry.crop wrong: fixed_seed
def random_crop(images, padding):
    random.seed(1)
    h, w = images.shape[2:]
    crops = []
    for picture in F.pad(images, [padding] * 4):
        top, left = random.randint(0, 2 * padding), random.randint(0, 2 * padding)
        crops.append(picture[:, top : top + h, left : left + w])
    return torch.stack(crops)


# %% geometry.crop wrong: in_place
def random_crop(images, padding):
    h, w = images.shape[2:]
    padded = F.pad(images, [padding] * 4)
    for n, picture in enumerate(padded):
        top, left = torch.randint(2 * padding + 1, (2,)).tolist()
        images[n] = picture[:, top : top + h, left : left + w]
    return images


# %% geometry.crop wrong: float32
def random_crop(images, padding):
    h, w = images.shape[2:]
    padded = F.pad(images, [padding] * 4)
    out = torch.zeros(images.shape)
    for n, picture in enumerate(padded):
        top, left = torch.randint(2 * padding + 1, (2,)).tolist()
        out[n] = picture[:, top : top + h, left : left + w]
    return out


# %% geometry.crop wrong: never_last
def random_crop(images, padding):
    h, w = images.shape[2:]
    crops = []
    for picture in F.pad(images, [padding] * 4):
        top, left = torch.randint(max(2 * padding, 1), (2,)).tolist()
        crops.append(picture[:, top : top + h, left : left + w])
    return torch.stack(crops)


# %% geometry.crop wrong: same_offset
def random_crop(images, padding):
    h, w = images.shape[2:]
    crops = []
    for picture in F.pad(images, [padding] * 4):
        place = random.randint(0, 2 * padding)
        crops.append(picture[:, place : place + h, place : place + w])
    return torch.stack(crops)


# %% geometry.crop wrong: mirrored_border
def random_crop(images, padding):
    h, w = images.shape[2:]
    crops = []
    for picture in F.pad(images, [padding] * 4, mode="reflect"):
        top, left = torch.randint(2 * padding + 1, (2,)).tolist()
        crops.append(picture[:, top : top + h, left : left + w])
    return torch.stack(crops)


# %% geometry.crop wrong: rolled
def random_crop(images, padding):
    moves = torch.randint(-padding, padding + 1, (len(images), 2)).tolist()
    return torch.stack([x.roll(move, (1, 2)) for x, move in zip(images, moves)])


# %% geometry.crop wrong: one_way
def random_crop(images, padding):
    h, w = images.shape[2:]
    crops = []
    for picture in F.pad(images, [padding, 0, padding, 0]):
        top, left = torch.randint(padding + 1, (2,)).tolist()
        crops.append(picture[:, top : top + h, left : left + w])
    return torch.stack(crops)


# %% geometry.crop wrong: half_padding
def random_crop(images, padding):
    h, w = images.shape[2:]
    border = padding // 2
    crops = []
    for picture in F.pad(images, [border] * 4):
        top, left = torch.randint(2 * border + 1, (2,)).tolist()
        crops.append(picture[:, top : top + h, left : left + w])
    return torch.stack(crops)


# %% geometry.crop wrong: centre_likely
def random_crop(images, padding):
    h, w = images.shape[2:]
    crops = []
    for picture in F.pad(images, [padding] * 4):
        top, left = (torch.randint(padding + 1, (2,)) + torch.randint(padding + 1, (2,))).tolist()
        crops.append(picture[:, top : top + h, left : left + w])
    return torch.stack(crops)


# %% geometry.crop wrong: not_padded
def random_crop(images, padding):
    h, w = images.shape[2] - padding, images.shape[3] - padding
    crops = []
    for picture in images:
        top, left = torch.randint(padding + 1, (2,)).tolist()
        crops.append(picture[:, top : top + h, left : left + w])
    return torch.stack(crops)


# %% geometry.ten_crop right: crops_along_the_batch
def ten_crop(model, images, size):
    h, w = images.shape[2:]
    crops = []
    for top, left in [(0, 0), (0, w - size), (h - size, 0), (h - size, w - size)]:
        crops.append(images[:, :, top : top + size, left : left + size])
    top, left = (h - size) // 2, (w - size) // 2
    crops.append(images[:, :, top : top + size, left : left + size])
    crops += [crop.flip(3) for crop in crops]
    logits = model(torch.cat(crops))
    return sum(F.softmax(part, dim=1) for part in logits.chunk(10)) / 10


# %% geometry.ten_crop right: pictures_first
def ten_crop(model, images, size):
    n, c, h, w = images.shape
    both = [images, torch.flip(images, [3])]
    views = []
    for x in both:
        views += [x[..., :size, :size], x[..., :size, w - size :], x[..., h - size :, :size]]
        views += [x[..., h - size :, w - size :]]
        i, j = int((h - size) / 2), int((w - size) / 2)
        views += [x[..., i : i + size, j : j + size]]
    batch = torch.stack(views, dim=1).reshape(10 * n, c, size, size)
    return torch.softmax(model(batch), -1).view(n, 10, -1).mean(dim=1)


# %% geometry.ten_crop right: exponentials
def ten_crop(model, images, size):
    down, over = images.shape[-2] - size, images.shape[-1] - size
    places = [(i, j) for i in (0, down) for j in (0, over)] + [(down // 2, over // 2)]
    views = []
    for flipped in (False, True):
        for i, j in places:
            crop = images.narrow(2, i, size).narrow(3, j, size)
            views.append(crop.flip(-1) if flipped else crop)
    logits = model(torch.cat(views, 0))
    probabilities = logits.exp() / logits.exp().sum(1, keepdim=True)
    return torch.einsum("tnk->nk", probabilities.reshape(10, len(images), -1)) / 10


# %% geometry.ten_crop right: library
from torchvision.transforms import v2


def ten_crop(model, images, size):
    views = torch.stack(v2.TenCrop(size)(images))
    return F.softmax(model(views.flatten(0, 1)), 1).unflatten(0, (10, len(images))).mean(0)


# %% geometry.ten_crop wrong: logits_averaged
def ten_crop(model, images, size):
    i, j = images.shape[2] - size, images.shape[3] - size
    corners = [(0, 0), (0, j), (i, 0), (i, j), (i // 2, j // 2)]
    five = torch.stack([images[:, :, a : a + size, b : b + size] for a, b in corners])
    views = torch.cat([five, five.flip(-1)])
    return model(views.flatten(0, 1)).unflatten(0, (10, -1)).mean(0).softmax(1)


# %% geometry.ten_crop wrong: no_softmax
def ten_crop(model, images, size):
    i, j = images.shape[2] - size, images.shape[3] - size
    corners = [(0, 0), (0, j), (i, 0), (i, j), (i // 2, j // 2)]
    five = torch.stack([images[:, :, a : a + size, b : b + size] for a, b in corners])
    views = torch.cat([five, five.flip(-1)])
    return model(views.flatten(0, 1)).unflatten(0, (10, -1)).mean(0)


# %% geometry.ten_crop wrong: pictures_mixed
def ten_crop(model, images, size):
    i, j = images.shape[2] - size, images.shape[3] - size
    corners = [(0, 0), (0, j), (i, 0), (i, j), (i // 2, j // 2)]
    five = torch.stack([images[:, :, a : a + size, b : b + size] for a, b in corners])
    views = torch.cat([five, five.flip(-1)])
    return model(views.flatten(0, 1)).softmax(1).view(len(images), 10, -1).mean(1)


# %% geometry.ten_crop wrong: softmax_over_batch
def ten_crop(model, images, size):
    i, j = images.shape[2] - size, images.shape[3] - size
    corners = [(0, 0), (0, j), (i, 0), (i, j), (i // 2, j // 2)]
    five = torch.stack([images[:, :, a : a + size, b : b + size] for a, b in corners])
    views = torch.cat([five, five.flip(-1)])
    return model(views.flatten(0, 1)).softmax(0).unflatten(0, (10, -1)).mean(0)


# %% geometry.ten_crop wrong: five_crops
def ten_crop(model, images, size):
    i, j = images.shape[2] - size, images.shape[3] - size
    corners = [(0, 0), (0, j), (i, 0), (i, j), (i // 2, j // 2)]
    five = torch.stack([images[:, :, a : a + size, b : b + size] for a, b in corners])
    return model(five.flatten(0, 1)).softmax(1).unflatten(0, (5, -1)).mean(0)


# %% geometry.ten_crop wrong: upside_down
def ten_crop(model, images, size):
    i, j = images.shape[2] - size, images.shape[3] - size
    corners = [(0, 0), (0, j), (i, 0), (i, j), (i // 2, j // 2)]
    five = torch.stack([images[:, :, a : a + size, b : b + size] for a, b in corners])
    views = torch.cat([five, five.flip(-2)])
    return model(views.flatten(0, 1)).softmax(1).unflatten(0, (10, -1)).mean(0)


# %% geometry.ten_crop wrong: centre_missing
def ten_crop(model, images, size):
    i, j = images.shape[2] - size, images.shape[3] - size
    corners = [(0, 0), (0, j), (i, 0), (i, j), (i // 2, i // 2)]
    five = torch.stack([images[:, :, a : a + size, b : b + size] for a, b in corners])
    views = torch.cat([five, five.flip(-1)])
    return model(views.flatten(0, 1)).softmax(1).unflatten(0, (10, -1)).mean(0)


# %% geometry.ten_crop wrong: votes
def ten_crop(model, images, size):
    i, j = images.shape[2] - size, images.shape[3] - size
    corners = [(0, 0), (0, j), (i, 0), (i, j), (i // 2, j // 2)]
    five = torch.stack([images[:, :, a : a + size, b : b + size] for a, b in corners])
    logits = model(torch.cat([five, five.flip(-1)]).flatten(0, 1))
    named = F.one_hot(logits.argmax(1), logits.shape[1]).to(logits.dtype)
    return named.unflatten(0, (10, -1)).mean(0)


# %% geometry.ten_crop wrong: ten_calls
def ten_crop(model, images, size):
    i, j = images.shape[2] - size, images.shape[3] - size
    total = 0
    for a, b in [(0, 0), (0, j), (i, 0), (i, j), (i // 2, j // 2)]:
        crop = images[:, :, a : a + size, b : b + size]
        total = total + model(crop).softmax(1) + model(crop.flip(-1)).softmax(1)
    return total / 10


# %% geometry.ten_crop wrong: rows_for_columns
def ten_crop(model, images, size):
    j, i = images.shape[2] - size, images.shape[3] - size
    views = []
    for a, b in [(0, 0), (0, j), (i, 0), (i, j), (i // 2, j // 2)]:
        crop = images[:, :, a : a + size, b : b + size]
        views += [crop, crop.flip(-1)]
    return model(torch.cat(views)).softmax(1).unflatten(0, (10, -1)).mean(0)


# %% geometry.ten_crop wrong: summed
def ten_crop(model, images, size):
    i, j = images.shape[2] - size, images.shape[3] - size
    corners = [(0, 0), (0, j), (i, 0), (i, j), (i // 2, j // 2)]
    five = torch.stack([images[:, :, a : a + size, b : b + size] for a, b in corners])
    views = torch.cat([five, five.flip(-1)])
    return model(views.flatten(0, 1)).softmax(1).unflatten(0, (10, -1)).sum(0)


# %% geometry.ten_crop wrong: in_place
def ten_crop(model, images, size):
    i, j = images.shape[2] - size, images.shape[3] - size
    corners = [(0, 0), (0, j), (i, 0), (i, j), (i // 2, j // 2)]
    views = [images[:, :, a : a + size, b : b + size].clone() for a, b in corners]
    images.copy_(images.flip(-1))
    views += [images[:, :, a : a + size, b : b + size] for a, b in corners]
    return model(torch.cat(views)).softmax(1).unflatten(0, (10, -1)).mean(0)


# %% geometry.ten_crop wrong: float32
def ten_crop(model, images, size):
    i, j = images.shape[2] - size, images.shape[3] - size
    corners = [(0, 0), (0, j), (i, 0), (i, j), (i // 2, j // 2)]
    five = torch.stack([images[:, :, a : a + size, b : b + size] for a, b in corners])
    logits = model(torch.cat([five, five.flip(-1)]).flatten(0, 1))
    return logits.float().softmax(1).unflatten(0, (10, -1)).mean(0)
