"""Populations: each network must end where training it alone would have brought it."""

import copy
import json
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    OneCycleLR,
    SequentialLR,
    StepLR,
)

from utils.data import Split
from utils.populations import fit_population, lr_table, stack
from utils.stacked import StackedModules
from utils.stacked_mlp import StackedMLP
from utils.training import evaluate, fit, set_seed

MOMENTUM = (0.0, 0.5, 0.9, 0.9)
WEIGHT_DECAY = (0.0, 1e-3, 0.0, 1e-2)
LR = (0.02, 0.1, 0.05, 0.02)
RECORDED = ("loss", "lr", "train_loss", "train_accuracy", "val_loss", "val_accuracy")


class Wrapped(nn.Module):
    """A network that no engine knows the inside of."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, images):
        return self.network(images)


def mlp(width=32, noise=None) -> nn.Sequential:
    dropout = [] if noise is None else [nn.Dropout(noise)]
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, width), nn.ReLU(), *dropout, nn.Linear(width, 10)
    )


def deep_mlp() -> nn.Sequential:
    layers = [nn.Linear(64, 24), nn.Tanh(), nn.Linear(24, 20), nn.Linear(20, 16), nn.Sigmoid()]
    return nn.Sequential(nn.Flatten(), *layers, nn.Linear(16, 12), nn.ReLU(), nn.Linear(12, 10))


def conv_net() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1, bias=False),
        nn.BatchNorm2d(6),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(96, 10),
    )


def build(make, num_networks=4, seed=0) -> list[nn.Module]:
    set_seed(seed)
    return [make() for _ in range(num_networks)]


def train_alone(
    model, train, val=None, *, lr, momentum=0.0, weight_decay=0.0, schedule=None, **settings
):
    optimizer = torch.optim.SGD(
        model.parameters(), lr=lr, momentum=momentum, weight_decay=weight_decay
    )
    scheduler = schedule(optimizer) if schedule else None
    return fit(
        model, train, val, optimizer=optimizer, scheduler=scheduler, progress=False, **settings
    )


def assert_same(model, expected, history=None, expected_history=None):
    for name, value in expected.state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], value, rtol=1e-5, atol=1e-5, msg=name)
    for name in RECORDED if history else ():
        # Rounding may turn the answer to one image.
        tolerance = 1 / 150 if name.endswith("accuracy") else 1e-5
        measured, alone = getattr(history, name), getattr(expected_history, name)
        assert measured == pytest.approx(alone, rel=1e-5, abs=tolerance), name


@pytest.mark.parametrize(
    ("make", "engine"),
    [
        (mlp, StackedMLP),
        (deep_mlp, StackedMLP),
        (lambda: Wrapped(mlp()), StackedModules),
        (conv_net, StackedModules),
    ],
    ids=["mlp", "deep mlp", "mlp, general engine", "conv net with batch norm"],
)
def test_200_steps_equal_those_of_each_network_alone(make, engine, digits, device):
    num_epochs, train, val = 13, digits.train[:1000].to(device), digits.val.to(device)
    num_steps = num_epochs * 16  # of which the last in each epoch sees 40 images
    schedules = [
        None,
        lambda optimizer: CosineAnnealingLR(optimizer, num_steps),
        lambda optimizer: StepLR(optimizer, 70),
        lambda optimizer: LinearLR(optimizer, 0.01, total_iters=50),
    ]
    models = [model.to(device) for model in build(make)]
    alone = copy.deepcopy(models)
    assert type(stack(models, 3, cross_entropy)) is engine
    rates = [
        lr_table(schedule, lr, num_steps) if schedule else np.full(num_steps, lr)
        for schedule, lr in zip(schedules, LR, strict=True)
    ]
    histories = fit_population(
        models,
        train,
        val,
        lr=np.stack(rates),
        momentum=MOMENTUM,
        weight_decay=WEIGHT_DECAY,
        num_epochs=num_epochs,
        seed=3,
        progress=False,
    )
    for k, model in enumerate(alone):
        expected = train_alone(
            model,
            train,
            val,
            lr=LR[k],
            momentum=MOMENTUM[k],
            weight_decay=WEIGHT_DECAY[k],
            schedule=schedules[k],
            num_epochs=num_epochs,
            seed=3,
        )
        assert len(expected.loss) == num_steps
        assert expected.train_loss[-1] < expected.train_loss[0]
        assert_same(models[k], model, histories[k], expected)


@pytest.mark.parametrize("make", [mlp, conv_net])
def test_each_network_may_have_its_own_order_and_its_own_images(make, digits):
    seeds = [4, 1, 9]
    generator = torch.Generator().manual_seed(0)
    bags = [digits.train[torch.randint(1078, (200,), generator=generator)] for _ in seeds]
    for train, seed in ((digits.train[:200], seeds), (bags, seeds), (bags, 5)):
        models = build(make, len(seeds))
        alone = copy.deepcopy(models)
        settings = {"num_epochs": 3, "batch_size": 48}
        histories = fit_population(
            models, train, digits.val, lr=0.1, seed=seed, progress=False, **settings
        )
        for k, model in enumerate(alone):
            own_train = train[k] if isinstance(train, list) else train
            own_seed = seed[k] if isinstance(seed, list) else seed
            expected = train_alone(model, own_train, digits.val, lr=0.1, seed=own_seed, **settings)
            assert_same(models[k], model, histories[k], expected)


def test_points_in_the_plane_and_other_losses(digits):
    set_seed(1)
    points = Split(torch.randn(100, 2), torch.randint(3, (100,)))
    smooth = nn.CrossEntropyLoss(label_smoothing=0.1)
    for loss_fn in (cross_entropy, smooth):
        models = build(lambda: nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 3)))
        alone = copy.deepcopy(models)
        settings = {"num_epochs": 3, "batch_size": 30, "loss_fn": loss_fn}
        histories = fit_population(models, points, lr=LR, progress=False, **settings)
        for k, model in enumerate(alone):
            expected = train_alone(model, points, lr=LR[k], **settings)
            assert_same(models[k], model, histories[k], expected)
    assert histories[0].config["loss_fn"] == "CrossEntropyLoss"


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh, nn.Sigmoid, nn.Identity])
@pytest.mark.parametrize("num_hidden", [0, 1])
def test_every_activation_and_depth_of_the_fast_engine(activation, num_hidden, digits):
    hidden = [nn.Linear(64, 30), activation()] * num_hidden
    models = build(
        lambda: nn.Sequential(
            nn.Flatten(), *copy.deepcopy(hidden), nn.Linear(30 if hidden else 64, 10), activation()
        ),
        2,
    )
    assert type(stack(models, 3, cross_entropy)) is StackedMLP
    for seed in (1, [1, 2]):
        alone = copy.deepcopy(models)
        fit_population(models, digits.train[:200], lr=0.2, num_epochs=2, seed=seed, progress=False)
        for k, model in enumerate(alone):
            own_seed = seed[k] if isinstance(seed, list) else seed
            train_alone(model, digits.train[:200], lr=0.2, num_epochs=2, seed=own_seed)
            assert_same(models[k], model)


def test_the_fast_engine_takes_plain_mlps_only():
    def engine(*modules, image_dims=1, loss_fn=cross_entropy):
        return type(stack([nn.Sequential(*modules)], image_dims, loss_fn))

    linear, head = nn.Linear(4, 4), nn.Linear(4, 2)
    assert engine(linear, nn.ReLU(), head) is StackedMLP
    assert engine(nn.Flatten(), head, image_dims=3) is StackedMLP
    assert engine(head, image_dims=3) is StackedModules
    assert engine(nn.Flatten(0), head) is StackedModules
    assert engine(linear, nn.ReLU(), head, loss_fn=nn.CrossEntropyLoss()) is StackedModules
    assert engine(linear, nn.GELU(), head) is StackedModules
    assert engine(nn.ReLU(), linear, head) is StackedModules
    assert engine(linear, nn.ReLU(), linear, head) is StackedModules
    assert engine(nn.Linear(4, 4, bias=False), head) is StackedModules
    assert engine(copy.deepcopy(linear).requires_grad_(False), head) is StackedModules


def test_frozen_parameters_stay_and_unused_ones_are_left_alone(digits):
    def make():
        network = Wrapped(conv_net())
        network.network[0].requires_grad_(False)
        network.unused = nn.Linear(2, 2)
        return network

    models = build(make, 2)
    alone = copy.deepcopy(models)
    settings = {"momentum": 0.9, "weight_decay": 0.1, "num_epochs": 1}
    fit_population(models, digits.train[:128], lr=0.1, progress=False, **settings)
    for model, expected in zip(models, alone, strict=True):
        train_alone(expected, digits.train[:128], lr=0.1, **settings)
        assert_same(model, expected)
        assert [parameter.requires_grad for parameter in model.parameters()][0] is False


def test_batch_norm_may_average_over_all_batches(digits):
    def make():
        network = conv_net()
        network[1].momentum = None
        return network

    models = build(make, 2)
    alone = copy.deepcopy(models)
    fit_population(models, digits.train[:128], lr=0.1, num_epochs=2, progress=False)
    for model, expected in zip(models, alone, strict=True):
        train_alone(expected, digits.train[:128], lr=0.1, num_epochs=2)
        assert_same(model, expected)
        assert model[1].num_batches_tracked == 4


def test_what_is_recorded_is_what_evaluate_measures_of_the_trained_networks(digits):
    models = build(lambda: nn.Sequential(mlp(noise=0.5), nn.BatchNorm1d(10)))
    histories = fit_population(
        models, digits.train[:300], digits.val, lr=0.1, num_epochs=2, progress=False
    )
    for model, history in zip(models, histories, strict=True):
        assert all(module.training for module in model.modules())
        loss, accuracy = evaluate(model, digits.train[:300])
        assert history.train_loss[-1] == pytest.approx(loss, rel=1e-5)
        assert history.train_accuracy[-1] == accuracy
        loss, accuracy = evaluate(model, digits.val)
        assert history.val_loss[-1] == pytest.approx(loss, rel=1e-5)
        assert history.val_accuracy[-1] == accuracy
        assert history.gap == history.train_accuracy[-1] - accuracy


def test_without_validation_images_only_training_is_recorded(digits):
    for history in fit_population(
        build(mlp), digits.train[:100], lr=0.1, num_epochs=2, progress=False
    ):
        assert len(history.loss) == 4 and len(history.train_loss) == 2
        assert history.val_loss == history.val_accuracy == []


def test_a_drop_probability_of_zero_is_no_dropout(digits):
    plain, dropped = build(mlp), build(lambda: mlp(noise=0.0))
    for models in (plain, dropped):
        fit_population(models, digits.train[:300], lr=0.1, num_epochs=2, progress=False)
    for model, expected in zip(dropped, plain, strict=True):
        for ours, theirs in zip(model.parameters(), expected.parameters(), strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_every_network_drops_with_its_own_probability_and_its_own_masks(digits):
    """A network of ones and a rate of zero: the loss of a step tells how many units were kept."""

    def counter(noise):
        network = nn.Sequential(nn.Flatten(), nn.Linear(64, 400), nn.Dropout(noise))
        nn.init.zeros_(network[1].weight)
        nn.init.ones_(network[1].bias)
        return network

    def mean_output(outputs, labels):
        return outputs.mean()

    noises = [0.1, 0.6, 0.1, 0.0]
    num_images, num_epochs = 64, 20
    histories = fit_population(
        [counter(noise) for noise in noises],
        digits.train[:num_images],
        lr=0.0,
        num_epochs=num_epochs,
        loss_fn=mean_output,
        progress=False,
    )
    for noise, history in zip(noises, histories, strict=True):
        assert history.config["drop_prob"] == noise
        kept = np.array(history.loss) * (
            1 - noise
        )  # what is kept was divided by the keep probability
        deviation = math.sqrt(noise * (1 - noise) / (num_images * 400))
        assert kept == pytest.approx(np.full(num_epochs, 1 - noise), abs=6 * deviation + 1e-6)
        assert history.train_loss == pytest.approx([1.0] * num_epochs)
    assert histories[0].loss != histories[2].loss


def test_networks_may_differ_in_any_plain_setting(digits):
    slopes = (0.0, 0.1, 0.5)
    models = build(mlp, 3)
    for model, slope in zip(models, slopes, strict=True):
        model[2] = nn.LeakyReLU(slope)
    alone = copy.deepcopy(models)
    histories = fit_population(models, digits.train[:200], lr=0.2, num_epochs=2, progress=False)
    for k, model in enumerate(alone):
        expected = train_alone(model, digits.train[:200], lr=0.2, num_epochs=2)
        assert_same(models[k], model, histories[k], expected)


@pytest.mark.parametrize("make", [mlp, conv_net])
def test_a_network_that_diverges_leaves_its_neighbours_alone(make, digits):
    settings = {"momentum": 0.9, "weight_decay": 1e-3, "num_epochs": 4, "progress": False}
    with_neighbour, without = build(make, 3), build(make, 3)
    histories = fit_population(
        with_neighbour, digits.train[:200], digits.val, lr=[0.05, 1e20, 0.1], **settings
    )
    quiet = fit_population(
        without, digits.train[:200], digits.val, lr=[0.05, 0.05, 0.1], **settings
    )
    assert not np.isfinite(histories[1].loss[-1])
    assert not np.isfinite(histories[1].val_loss[-1])
    assert 0.0 <= histories[1].val_accuracy[-1] <= 0.3
    for k in (0, 2):
        assert np.isfinite(histories[k].loss).all()
        assert_same(with_neighbour[k], without[k], histories[k], quiet[k])


@pytest.mark.parametrize(
    "make_scheduler",
    [
        lambda optimizer: StepLR(optimizer, 7, gamma=0.3),
        lambda optimizer: CosineAnnealingLR(optimizer, 40, eta_min=1e-3),
        lambda optimizer: OneCycleLR(optimizer, 0.4, total_steps=41, cycle_momentum=False),
        lambda optimizer: SequentialLR(
            optimizer, [LinearLR(optimizer, 0.1, total_iters=5), ExponentialLR(optimizer, 0.9)], [5]
        ),
    ],
    ids=["step", "cosine", "one cycle", "warm-up, then exponential"],
)
def test_lr_table_holds_the_rates_that_fit_would_have_used(make_scheduler, digits):
    history = train_alone(
        mlp(), digits.train[:100], lr=0.2, schedule=make_scheduler, num_epochs=40, batch_size=100
    )
    table = lr_table(make_scheduler, 0.2, 40)
    assert table.shape == (40,)
    assert table.tolist() == history.lr


def test_the_configuration_says_how_each_run_was_made(digits):
    histories = fit_population(
        build(mlp, 2),
        digits.train[:50],
        lr=[0.1, 0.2],
        momentum=0.9,
        weight_decay=[0.0, 1e-4],
        num_epochs=2,
        batch_size=25,
        seed=[5, 6],
        progress=False,
    )
    alone = train_alone(
        mlp(),
        digits.train[:50],
        lr=0.2,
        momentum=0.9,
        weight_decay=1e-4,
        num_epochs=2,
        batch_size=25,
        seed=6,
    ).config
    config = histories[1].config
    common = config.keys() & alone.keys()
    assert {key: config[key] for key in common} == {key: alone[key] for key in common}
    assert {"lr", "momentum", "weight_decay", "seed", "num_epochs", "batch_size"} <= common
    assert (config["network"], config["num_networks"]) == (1, 2)
    assert histories[1].lr == [0.2] * 4
    assert json.loads(json.dumps(config)) == config


def test_the_configuration_tells_a_schedule_from_a_constant_rate(digits):
    rates = np.linspace(0.1, 0.01, 4)
    histories = fit_population(
        build(mlp, 2),
        digits.train[:100],
        lr=np.stack([rates, np.full(4, 0.3)]),
        num_epochs=2,
        progress=False,
    )
    assert [history.config["scheduler"] for history in histories] == ["table", None]
    assert [history.config["lr"] for history in histories] == [0.1, 0.3]
    assert histories[0].lr == rates.tolist()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"lr": [0.1, 0.2]}, "lr must be one number or 3"),
        ({"lr": np.zeros((3, 5))}, r"lr must have the shape \(3, 4\)"),
        ({"momentum": [0.9]}, "momentum must be one number or 3"),
        ({"weight_decay": np.zeros((3, 4))}, "weight_decay must be one number or 3"),
        ({"seed": [1, 2]}, "seed must be one number or 3"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
    ],
)
def test_arguments_that_do_not_fit_the_population_are_refused(changed, sentence, digits):
    settings = {"lr": 0.1, "num_epochs": 2, "progress": False} | changed
    with pytest.raises(ValueError, match=sentence):
        fit_population(build(mlp, 3), digits.train[:100], **settings)


def test_networks_and_splits_that_do_not_fit_are_refused(digits):
    def run(models, train=digits.train[:100]):
        fit_population(models, train, lr=0.1, num_epochs=1, progress=False)

    with pytest.raises(ValueError, match="at least one network"):
        run([])
    with pytest.raises(ValueError, match="network 1 differs from network 0"):
        run([mlp(32), mlp(33)])
    with pytest.raises(ValueError, match="network 2 differs from network 0"):
        run([mlp(), mlp(), mlp(noise=0.1)])
    with pytest.raises(ValueError, match="an object of its own"):
        run([mlp()] * 2)
    with pytest.raises(ValueError, match="1 training split"):
        run([mlp(), mlp()], [digits.train[:10]])
    with pytest.raises(ValueError, match="of one size"):
        run([mlp(), mlp()], [digits.train[:10], digits.train[:11]])


def test_the_progress_bar_never_writes_to_stderr(digits, capfd):
    models = [mlp(noise=noise) for noise in (0.1, 0.5)]
    fit_population(models, digits.train[:100], digits.val, lr=0.1, num_epochs=3)
    captured = capfd.readouterr()
    assert "6/6" in captured.out and "best validation" in captured.out
    assert captured.err == ""
    fit_population(models, digits.train[:100], lr=0.1, num_epochs=1, progress=False)
    assert capfd.readouterr() == ("", "")
