"""Lecture 4's previews of RandAugment and AutoAugment, drawn by torchvision's own transforms."""

import torch
from torchvision.transforms import v2

from ..explorers import Explorer, explorer
from .pictures import every, picture, previews, sentences

MAGNITUDES = (0, 9, 15, 22, 30)
OPERATIONS = {
    "Identity": "changes nothing",
    "AutoContrast": "stretches each channel's values to the whole range",
    "Equalize": "makes all values about equally frequent",
    "Rotate": "turns by up to 30 degrees",
    "Solarize": "inverts the values above a threshold, which falls from the top to 0",
    "Color": "changes the saturation by up to 90 %",
    "Posterize": "keeps 8 down to 4 bits of each value",
    "Contrast": "changes the contrast by up to 90 %",
    "Brightness": "changes the brightness by up to 90 %",
    "Sharpness": "sharpens or blurs by up to 90 %",
    "ShearX": "shears sideways by up to 0.3 of the height",
    "ShearY": "shears up or down by up to 0.3 of the width",
    "TranslateX": "moves sideways by up to 45 % of the width",
    "TranslateY": "moves up or down by up to 45 % of the height",
}
WITHOUT_MAGNITUDE = ("Identity", "AutoContrast", "Equalize")
POLICIES = {
    "CIFAR-10": v2.AutoAugmentPolicy.CIFAR10,
    "ImageNet": v2.AutoAugmentPolicy.IMAGENET,
    "SVHN": v2.AutoAugmentPolicy.SVHN,
}


def _drawn(transform, image: torch.Tensor, seed: int) -> tuple[torch.Tensor, list[str]]:
    """What the transform makes of an image with this seed, and the operations it applied."""
    names, apply = [], transform._apply_image_or_video_transform

    def note(image, name, magnitude, **settings):
        names.append(name)
        return apply(image, name, magnitude, **settings)

    transform._apply_image_or_video_transform = note
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return transform(image), names


def operations() -> Explorer:
    """Each of RandAugment's operations alone, at every magnitude."""
    image, space = previews()["temple"], v2.RandAugment._AUGMENTATION_SPACE

    def applied(name: str, magnitude: int) -> torch.Tensor:
        transform = v2.RandAugment(num_ops=1, magnitude=magnitude)
        transform._AUGMENTATION_SPACE = {name: space[name]}  # leave it one operation to draw
        return _drawn(transform, image, seed=0)[0]

    def text(name: str, magnitude: int) -> str:
        if name in WITHOUT_MAGNITUDE:
            return f"{name} {OPERATIONS[name]}; it ignores M = {magnitude}."
        return f"{name} {OPERATIONS[name]}; here at M = {magnitude} of 30."

    choices = list(OPERATIONS), MAGNITUDES
    return explorer(
        {"operation": list(OPERATIONS), "magnitude M": MAGNITUDES},
        [
            picture("Before", image.permute(1, 2, 0).numpy()),
            picture("After", every(applied, *choices)),
        ],
        texts=sentences(text, *choices),
        caption="Look which operations ignore M, and which do nothing at M = 0.",
        start=[4, 2],
    )


def randaugment() -> Explorer:
    """v2.RandAugment with N operations of magnitude M, four draws of each."""
    image, counts, draws = previews()["flower"], (1, 2, 3), (1, 2, 3, 4)
    names = {}

    def applied(count: int, magnitude: int, draw: int) -> torch.Tensor:
        transform = v2.RandAugment(num_ops=count, magnitude=magnitude)
        drawn, names[count, magnitude, draw] = _drawn(transform, image, seed=draw)
        return drawn

    def text(count: int, magnitude: int, draw: int) -> str:
        applied = ", then ".join(names[count, magnitude, draw]) or "nothing"
        return f"N = {count}, M = {magnitude}, draw {draw}: {applied}."

    choices = counts, MAGNITUDES, draws
    pixels = every(applied, *choices)
    return explorer(
        {"operations N": counts, "magnitude M": MAGNITUDES, "random draw": draws},
        [picture("Before", image.permute(1, 2, 0).numpy()), picture("After", pixels)],
        texts=sentences(text, *choices),
        caption="Look how N and M together make the picture harder, and whether it is still a flower.",
        start=[1, 1, 0],
    )


def autoaugment() -> Explorer:
    """v2.AutoAugment with each of the three published policies, eight draws."""
    image, draws, names = previews()["temple"], tuple(range(1, 9)), {}

    def applied(policy: str, draw: int) -> torch.Tensor:
        drawn, names[policy, draw] = _drawn(v2.AutoAugment(POLICIES[policy]), image, seed=draw)
        return drawn

    def text(policy: str, draw: int) -> str:
        applied = ", then ".join(names[policy, draw]) or "neither of the two operations"
        return f"Policy learned on {policy}, draw {draw}: {applied}."

    pixels = every(applied, POLICIES, draws)
    return explorer(
        {"policy": list(POLICIES), "random draw": draws},
        [picture("Before", image.permute(1, 2, 0).numpy()), picture("After", pixels)],
        texts=sentences(text, POLICIES, draws),
        caption="Look for geometry in the policy of SVHN, and for colour in that of CIFAR-10.",
        buttons=("policy",),
    )
