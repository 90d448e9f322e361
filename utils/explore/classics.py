"""LeNet-5 and AlexNet as their papers describe them; torchvision has the first not, the second changed."""

from torch import nn


def lenet5() -> nn.Sequential:
    """LeNet-5, images [N, 1, 32, 32] to scores [N, 10]; LeCun et al., 1998.

    In its usual form of today: every map of the second convolution sees all six of the first (in
    the paper most see three or four), pooling has no weights of its own, and a linear layer gives the
    scores (in the paper they are distances to fixed bit patterns).
    """
    return nn.Sequential(
        nn.Conv2d(1, 6, 5),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 120),
        nn.Tanh(),
        nn.Linear(120, 84),
        nn.Tanh(),
        nn.Linear(84, 10),
    )


def alexnet(groups: int) -> nn.Sequential:
    """AlexNet, images [N, 3, 227, 227] to scores [N, 1000]; Krizhevsky et al., 2012.

    groups: 2 as in the paper, where the second, fourth and fifth convolution see only the maps on
        their own GPU; 1 for all maps.
    """
    # The paper's alpha multiplies the sum over five channels; torch's is divided by their number.
    normalize = {"size": 5, "alpha": 5 * 1e-4, "beta": 0.75, "k": 2.0}
    return nn.Sequential(
        nn.Conv2d(3, 96, 11, stride=4),
        nn.ReLU(),
        nn.LocalResponseNorm(**normalize),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(96, 256, 5, padding=2, groups=groups),
        nn.ReLU(),
        nn.LocalResponseNorm(**normalize),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(256, 384, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 384, 3, padding=1, groups=groups),
        nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1, groups=groups),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),
        nn.Flatten(),
        nn.Linear(256 * 6 * 6, 4096),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(4096, 1000),
    )
