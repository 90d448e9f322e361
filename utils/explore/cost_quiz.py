"""A guessing game: which of four networks has most parameters, activations, multiply-adds?"""

import numpy as np

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS
from .complexity import count_costs
from .layer_costs import measure, totals

NETWORKS = {
    "AlexNet": "alexnet",
    "VGG-16": "vgg16",
    "GoogLeNet": "googlenet",
    "ResNet-152": "resnet152",
}
QUESTIONS = ("parameters", "activations", "multiply-adds")
HIDDEN = "not guessed yet"


def cost_quiz() -> Explorer:
    """Explorer: the reader guesses, then sees all four networks beside the one with most."""
    costs = [count_costs(name) for name in NETWORKS.values()]
    values = np.array(
        [
            [cost.parameters for cost in costs],
            [totals(measure(name, 224))[0] for name in NETWORKS],
            [cost.multiply_adds for cost in costs],
        ]
    )  # [question, network]
    guesses = [HIDDEN, *NETWORKS]
    shares = np.full((len(QUESTIONS), len(guesses), len(NETWORKS)), np.nan)
    shares[:, 1:] = 100 * (values / values.max(1, keepdims=True))[:, None]
    texts = [
        [_answer(question, row, guess) for guess in guesses]
        for question, row in zip(QUESTIONS, values, strict=True)
    ]
    places = np.arange(len(NETWORKS))
    bars = [Series("share of the largest", places, shares, "bar", color=COLORS[0])]
    names = dict(enumerate(NETWORKS))
    panel = Panel(
        "The answer, once you have guessed",
        "network",
        "share of the largest (%)",
        bars,
        xlim=(-0.6, len(NETWORKS) - 0.4),
        ylim=(0, 105),
        xticks=names,
    )
    return explorer(
        {"most": QUESTIONS, "my guess": guesses},
        [panel],
        texts=texts,
        caption="Guess all three before you go on.",
        buttons=("most", "my guess"),
    )


def _answer(question: str, values: np.ndarray, guess: str) -> str:
    """values: of each network, for one question."""
    if guess == HIDDEN:
        return f"Which one has most {question}? Choose a network."
    names = list(NETWORKS)
    right = names[values.argmax()]
    verdict = "Right" if guess == right else f"Not {guess}"
    listed = ", ".join(
        f"{name} {value / 1e6:,.1f}" for name, value in zip(names, values, strict=True)
    )
    return f"{verdict}: it is {right}. In millions: {listed}."
