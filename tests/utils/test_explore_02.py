"""Lecture 2's helpers: paths over surfaces, and many optimizers trained as one."""

import numpy as np
import pytest
import torch
from torch import nn

from utils.explore import optimizer_paths
from utils.explore.optimizer_formulas import (
    bias_explorer,
    conditioning_explorer,
    newton_explorer,
    swinging_explorer,
)
from utils.explore.optimizer_paths import (
    LEARNING_RATES,
    MOMENTA,
    NUM_STEPS,
    OPTIMIZERS,
    SURFACES,
    bowl,
    paths_explorer,
    run_paths,
    surface_image,
)
from utils.explore.optimizer_race import effective_rate_explorer, race, race_explorer
from utils.training import evaluate, fit, set_seed

NAMES = list(OPTIMIZERS)


@pytest.fixture(scope="module")
def runs() -> tuple[np.ndarray, np.ndarray]:
    return run_paths()


@pytest.fixture(scope="module")
def made():
    return paths_explorer()


def test_sgd_follows_the_closed_form_on_a_bowl(runs):
    points, _ = runs
    rate = LEARNING_RATES.index(0.5)
    path = points[0, NAMES.index("SGD"), rate, 0]
    factors = 1 - 0.5 * np.array([0.1, 1.0])
    steps = np.arange(NUM_STEPS + 1)[:, None]
    assert np.allclose(path, np.array(SURFACES[0].start) * factors**steps, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("surface", range(5))  # the sixth draws noise
def test_every_run_is_that_of_its_optimizer_alone(runs, name, surface):
    points, losses = runs
    kind, options, has_momentum = OPTIMIZERS[name]
    rate, momentum = 3, 1
    place = torch.tensor(SURFACES[surface].start).requires_grad_()
    rho = MOMENTA[momentum] if has_momentum else MOMENTA[0]
    optimizer = kind([place], lr=LEARNING_RATES[rate], **options(rho))
    for _ in range(20):
        optimizer.zero_grad()
        SURFACES[surface].loss(place).backward()
        optimizer.step()
    index = surface, NAMES.index(name), rate, momentum, 20
    assert np.allclose(points[index], place.detach().numpy(), atol=1e-4)
    assert losses[index] == pytest.approx(SURFACES[surface].loss(place).item(), abs=1e-4)


def test_where_momentum_does_not_matter_its_dimension_repeats_one_run(runs):
    points, _ = runs
    for name in NAMES:
        same = np.array_equal(
            points[:, NAMES.index(name), :, 0], points[:, NAMES.index(name), :, 2], equal_nan=True
        )
        assert same == (not OPTIMIZERS[name][2])


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)
def test_the_listed_minima_are_minima(surface):
    for minimum in surface.minima:
        place = torch.tensor(minimum).requires_grad_()
        loss = surface.loss(place)
        (gradient,) = torch.autograd.grad(loss, place)
        assert loss.item() == pytest.approx(0, abs=1e-7)
        assert torch.allclose(gradient, torch.zeros(2), atol=1e-6)
        around = place.detach() + 0.05 * torch.randn(200, 2)
        assert (surface.loss(around) >= 0).all()


def test_noise_moves_only_the_noisy_surface(runs):
    points, _ = runs
    assert [surface.noise > 0 for surface in SURFACES] == [False] * 5 + [True]
    still, noisy = points[0, 0, 3, 0], points[-1, 0, 3, 0]
    assert np.abs(still - noisy).max() > 0.01


def test_the_image_is_lightest_at_the_minimum_and_its_first_row_is_the_top():
    pixels = surface_image(lambda points: (points[..., 1] + 2) / 4, size=8)
    assert pixels.shape == (8, 8, 3) and pixels.dtype == np.uint8
    assert pixels[0].sum() < pixels[-1].sum()
    pixels = surface_image(bowl(10), size=9)
    assert (pixels[4, 4] == 255).all()


def test_the_explorer_draws_everywhere_and_says_what_diverged(made):
    sizes = len(SURFACES), len(OPTIMIZERS), len(LEARNING_RATES), len(MOMENTA)
    assert tuple(made.picture.sizes) == sizes
    for index in [(0, 0, 0, 0), made.index, tuple(size - 1 for size in sizes)]:
        assert len(made.figure(index).axes) == 2
        assert made.text(index)
    beyond = LEARNING_RATES.index(2.1)
    assert "diverges" in made.text((0, NAMES.index("SGD"), beyond, 0))
    assert "β₁ = 0.9" in made.text((0, NAMES.index("Adam"), 3, 1))
    assert "no momentum" in made.text((0, NAMES.index("AdaGrad"), 3, 1))


def test_the_dashed_curve_is_the_best_sgd(runs):
    _, losses = runs
    heights = np.where(np.isfinite(losses), losses, np.nan)
    best = optimizer_paths._best_sgd(heights)
    ends = heights[0, 0, :, 0, -1]
    assert best[0, 0, 0, 0, -1] <= np.nanmin(ends) * 1.01 + 1e-6


# --- formulas ---


@pytest.mark.parametrize(
    "make", [conditioning_explorer, swinging_explorer, bias_explorer, newton_explorer]
)
def test_what_formulas_say_is_drawn_at_both_ends_and_at_the_start(make):
    explorer = make()
    last = tuple(size - 1 for size in explorer.picture.sizes)
    places = [tuple(0 for _ in last), explorer.index, last]
    assert len({explorer.text(place) for place in places}) == 3
    assert all(explorer.figure(place).axes for place in places)


def test_formulas_agree_with_what_is_known():
    sizes = conditioning_explorer().picture.sizes
    assert list(sizes) == [9, 5]
    assert conditioning_explorer().text((3, 0)).endswith("after 60 steps: 0.")
    assert "Nesterov 0.900." in swinging_explorer().text((3, 2))  # rho (1 - a) = 0.81 = 0.9^2
    assert "first step is 3.16" in bias_explorer().text((2, 2))
    newton = newton_explorer()
    parabola = [newton.text((0, start)) for start in range(20)]
    assert all("after a Newton step 0.08" in text for text in parabola)  # its minimum, 0.075
    assert any("bends DOWN" in newton.text((1, start)) for start in range(20))


# --- the race ---

MAKERS = {
    "SGD": torch.optim.SGD,
    "momentum": lambda groups: torch.optim.SGD(groups, momentum=0.9),
    "Adam": torch.optim.Adam,
}
RATES = [0.003, 0.03]


def build(device):
    set_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10)).to(device)


@pytest.fixture
def raced(digits, device):
    train, val = digits.train[:300].to(device), digits.val.to(device)
    model = build(device)
    before = [weight.detach().clone() for weight in model.parameters()]
    result = race(
        model, train, val, optimizers=MAKERS, learning_rates=RATES, num_epochs=3, batch_size=50
    )
    return model, before, train, val, result


def test_each_run_equals_training_it_alone(raced, device):
    *_, train, val, (losses, accuracies) = raced
    assert losses.shape == (3, 2, 18) and accuracies.shape == (3, 2)
    for number, make in enumerate(MAKERS.values()):
        for column, rate in enumerate(RATES):
            model = build(device)
            optimizer = make([{"params": list(model.parameters()), "lr": rate}])
            settings = {"num_epochs": 3, "batch_size": 50, "progress": False}
            history = fit(model, train, optimizer=optimizer, **settings)
            assert losses[number, column] == pytest.approx(history.loss, abs=1e-4)
            _, accuracy = evaluate(model, val)
            assert accuracies[number, column] == pytest.approx(accuracy, abs=0.006)


def test_the_model_of_the_start_is_left_as_it_is(raced):
    model, before, *_ = raced
    for weight, old in zip(model.parameters(), before, strict=True):
        assert torch.equal(weight, old)


def test_the_race_and_the_effective_rates_are_drawn_where_runs_diverged_too(raced):
    *_, train, _, (losses, accuracies) = raced
    losses = losses.copy()
    losses[0, 1, 9:] = np.nan
    made = race_explorer(list(MAKERS), RATES, losses, accuracies)
    assert "Rate 0.03" in made.text((1,)) and made.figure((1,)).axes
    model = build("cpu")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    history = fit(model, train.to("cpu"), optimizer=optimizer, num_epochs=3, progress=False)
    made = effective_rate_explorer([0, 0.9], [0.1, 0.2], [history] * 4)
    assert made.text((0,)).count("ρ") == 2 and made.figure((0,)).axes
