"""Answers to the exercise on cutout: wrong ones that students give, named by mistake, and other right ones."""


# %% erasing.cutout right: mask
def cutout(images, size, fill):
    n, _, h, w = images.shape
    rows = torch.arange(h) - torch.randint(h, (n, 1)) + size // 2
    columns = torch.arange(w) - torch.randint(w, (n, 1)) + size // 2
    in_rows, in_columns = (rows >= 0) & (rows < size), (columns >= 0) & (columns < size)
    inside = (in_rows[:, :, None] & in_columns[:, None, :])[:, None]
    return images.masked_fill(inside, fill)


# %% erasing.cutout right: numpy_clip
import numpy as np


def cutout(images, size, fill):
    n, c, h, w = images.shape
    mask = torch.ones(n, 1, h, w, dtype=images.dtype)
    for k in range(n):
        y, x = np.random.randint(h), np.random.randint(w)
        y1, y2 = np.clip([y - size // 2, y - size // 2 + size], 0, h)
        x1, x2 = np.clip([x - size // 2, x - size // 2 + size], 0, w)
        mask[k, :, y1:y2, x1:x2] = 0
    return images * mask + fill * (1 - mask)


# %% erasing.cutout right: padded_canvas
def cutout(images, size, fill):
    before, after = size // 2, size - size // 2
    canvas = F.pad(images, [before, after, before, after])
    h, w = images.shape[2:]
    for picture in canvas:
        top, left = random.randint(0, h - 1), random.randint(0, w - 1)
        picture[:, top : top + size, left : left + size] = fill
    return canvas[:, :, before : before + h, before : before + w].contiguous()


# %% erasing.cutout wrong: one_for_all
def cutout(images, size, fill):
    out = images.clone()
    top = random.randrange(images.shape[2]) - size // 2
    left = random.randrange(images.shape[3]) - size // 2
    out[:, :, max(top, 0) : top + size, max(left, 0) : left + size] = fill
    return out


# %% erasing.cutout wrong: always_inside
def cutout(images, size, fill):
    out, (h, w) = images.clone(), images.shape[2:]
    for picture in out:
        top, left = random.randint(0, max(h - size, 0)), random.randint(0, max(w - size, 0))
        picture[:, top : top + size, left : left + size] = fill
    return out


# %% erasing.cutout wrong: negative_start
def cutout(images, size, fill):
    out, (h, w) = images.clone(), images.shape[2:]
    for picture in out:
        top, left = random.randrange(h) - size // 2, random.randrange(w) - size // 2
        picture[:, top : top + size, left : left + size] = fill
    return out


# %% erasing.cutout wrong: corner_for_centre
def cutout(images, size, fill):
    out, (h, w) = images.clone(), images.shape[2:]
    for picture in out:
        top, left = random.randrange(h), random.randrange(w)
        picture[:, top : top + size, left : left + size] = fill
    return out


# %% erasing.cutout wrong: twice_as_large
def cutout(images, size, fill):
    out, (h, w) = images.clone(), images.shape[2:]
    for picture in out:
        y, x = random.randrange(h), random.randrange(w)
        picture[:, max(y - size, 0) : y + size, max(x - size, 0) : x + size] = fill
    return out


# %% erasing.cutout wrong: one_pixel_small
def cutout(images, size, fill):
    out, (h, w) = images.clone(), images.shape[2:]
    half = size // 2
    for picture in out:
        y, x = random.randrange(h), random.randrange(w)
        picture[:, max(y - half, 0) : y + half, max(x - half, 0) : x + half] = fill
    return out


# %% erasing.cutout wrong: wrapped
def cutout(images, size, fill):
    out, (h, w) = images.clone(), images.shape[2:]
    for picture in out:
        rows = (torch.arange(size) + random.randrange(h) - size // 2) % h
        columns = (torch.arange(size) + random.randrange(w) - size // 2) % w
        picture[:, rows[:, None], columns] = fill
    return out


# %% erasing.cutout wrong: outside_filled
def cutout(images, size, fill):
    out, (h, w) = torch.full_like(images, fill), images.shape[2:]
    for picture, old in zip(out, images):
        top, left = random.randrange(h) - size // 2, random.randrange(w) - size // 2
        rows, columns = slice(max(top, 0), top + size), slice(max(left, 0), left + size)
        picture[:, rows, columns] = old[:, rows, columns]
    return out


# %% erasing.cutout wrong: zero
def cutout(images, size, fill):
    out, (h, w) = images.clone(), images.shape[2:]
    for picture in out:
        top, left = random.randrange(h) - size // 2, random.randrange(w) - size // 2
        picture[:, max(top, 0) : top + size, max(left, 0) : left + size] = 0
    return out


# %% erasing.cutout wrong: same_draw
def cutout(images, size, fill):
    out, (h, w) = images.clone(), images.shape[2:]
    for picture in out:
        draw = random.random()
        top, left = int(draw * h) - size // 2, int(draw * w) - size // 2
        picture[:, max(top, 0) : top + size, max(left, 0) : left + size] = fill
    return out


# %% erasing.cutout wrong: never_last
def cutout(images, size, fill):
    out, (h, w) = images.clone(), images.shape[2:]
    for picture in out:
        top = int(torch.randint(h - 1, ())) - size // 2
        left = int(torch.randint(w - 1, ())) - size // 2
        picture[:, max(top, 0) : top + size, max(left, 0) : left + size] = fill
    return out


# %% erasing.cutout wrong: first_channel
def cutout(images, size, fill):
    out, (h, w) = images.clone(), images.shape[2:]
    for picture in out:
        top, left = random.randrange(h) - size // 2, random.randrange(w) - size // 2
        picture[0, max(top, 0) : top + size, max(left, 0) : left + size] = fill
    return out


# %% erasing.cutout wrong: fixed_seed
def cutout(images, size, fill):
    torch.manual_seed(0)
    out, (h, w) = images.clone(), images.shape[2:]
    for picture in out:
        top = int(torch.randint(h, ())) - size // 2
        left = int(torch.randint(w, ())) - size // 2
        picture[:, max(top, 0) : top + size, max(left, 0) : left + size] = fill
    return out


# %% erasing.cutout wrong: in_place
def cutout(images, size, fill):
    h, w = images.shape[2:]
    for picture in images:
        top, left = random.randrange(h) - size // 2, random.randrange(w) - size // 2
        picture[:, max(top, 0) : top + size, max(left, 0) : left + size] = fill
    return images


# %% erasing.cutout wrong: float32
def cutout(images, size, fill):
    out, (h, w) = images.float(), images.shape[2:]
    out = out.clone()
    for picture in out:
        top, left = random.randrange(h) - size // 2, random.randrange(w) - size // 2
        picture[:, max(top, 0) : top + size, max(left, 0) : left + size] = fill
    return out
