"""The training loop, its history and evaluation."""

import copy
import json
import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import LinearLR, StepLR

from utils.data import batches
from utils.training import choose_device, evaluate, fit, set_seed


def build(noise: float = 0.0) -> nn.Sequential:
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Dropout(noise), nn.Linear(32, 10)
    )


def run(model, train, val=None, **settings):
    settings = {"num_epochs": 3, "progress": False, **settings}
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    return fit(model, train, val, optimizer=optimizer, **settings)


def test_fit_does_what_a_loop_written_out_does(digits):
    set_seed(0)
    model = build()
    by_hand = copy.deepcopy(model)
    history = run(model, digits.train, batch_size=100, seed=4)

    optimizer = torch.optim.SGD(by_hand.parameters(), lr=0.5)
    generator, losses = torch.Generator().manual_seed(4), []
    for _ in range(3):
        for images, labels in batches(digits.train, 100, generator=generator):
            loss = cross_entropy(by_hand(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    assert history.loss == losses
    for ours, expected in zip(model.parameters(), by_hand.parameters(), strict=True):
        assert torch.equal(ours, expected)


def test_history_has_one_entry_a_step_and_one_an_epoch(digits):
    history = run(build(), digits.train, digits.val, batch_size=100)
    assert len(history.loss) == len(history.lr) == 3 * 11
    for name in ("train_loss", "train_accuracy", "val_loss", "val_accuracy"):
        assert len(getattr(history, name)) == 3
    assert history.gap == history.train_accuracy[-1] - history.val_accuracy[-1]


def test_without_validation_images_only_training_is_recorded(digits):
    history = run(build(), digits.train)
    assert len(history.train_loss) == 3
    assert history.val_loss == history.val_accuracy == []


def test_the_scheduler_is_stepped_once_a_step_and_its_rates_are_recorded(digits):
    model = build()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    scheduler = StepLR(optimizer, step_size=5, gamma=0.5)
    history = fit(
        model,
        digits.train[:300],
        optimizer=optimizer,
        scheduler=scheduler,
        num_epochs=4,
        batch_size=100,
        progress=False,
    )
    assert history.lr == [1.0] * 5 + [0.5] * 5 + [0.25] * 2


def test_each_step_uses_the_rate_that_is_recorded_for_it(digits):
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    before = copy.deepcopy(model.state_dict())
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    scheduler = LinearLR(optimizer, start_factor=1e-9, total_iters=1)
    history = fit(
        model,
        digits.train[:100],
        optimizer=optimizer,
        scheduler=scheduler,
        num_epochs=1,
        batch_size=100,
        progress=False,
    )
    assert history.lr == [pytest.approx(1e-9)]
    for name, value in model.state_dict().items():
        assert torch.allclose(value, before[name], atol=1e-7)
    assert history.config["lr"] == 1.0


def test_training_is_measured_in_eval_mode_on_every_training_image(digits):
    set_seed(0)
    model = build(noise=0.9)
    history = run(model, digits.train, digits.val)
    assert (history.train_loss[-1], history.train_accuracy[-1]) == evaluate(model, digits.train)
    assert (history.val_loss[-1], history.val_accuracy[-1]) == evaluate(model, digits.val)
    assert model.training


def test_the_same_seeds_give_the_same_run_and_the_order_ignores_global_numbers(digits):
    def history(order_seed, disturb=False):
        set_seed(0)
        model = build()
        if disturb:
            torch.rand(3)
        return run(model, digits.train, seed=order_seed)

    assert history(1) == history(1)
    assert history(1).loss == history(1, disturb=True).loss
    assert history(1).loss != history(2).loss


def test_set_seed_seeds_all_three_sources():
    def draw():
        set_seed(7)
        return random.random(), np.random.rand(), torch.rand(1).item()

    assert draw() == draw()
    first = draw()
    set_seed(8)
    assert random.random() != first[0]
    assert np.random.rand() != first[1]
    assert torch.rand(1).item() != first[2]


def test_the_configuration_says_how_the_run_was_made(digits):
    model = build()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    history = fit(
        model,
        digits.train[:50],
        optimizer=optimizer,
        num_epochs=1,
        batch_size=7,
        seed=3,
        progress=False,
    )
    expected = {
        "num_images": 50,
        "num_parameters": 64 * 32 + 32 + 32 * 10 + 10,
        "optimizer": "SGD",
        "lr": 0.1,
        "momentum": 0.9,
        "weight_decay": 1e-4,
        "scheduler": None,
        "num_epochs": 1,
        "batch_size": 7,
        "seed": 3,
        "loss_fn": "cross_entropy",
        "device": "cpu",
    }
    assert expected.items() <= history.config.items()
    assert json.loads(json.dumps(history.config))["momentum"] == 0.9


def test_evaluate_averages_over_images_whatever_the_batch_size(digits):
    model = build()
    with torch.no_grad():
        logits = model(digits.val.images)
    loss = cross_entropy(logits, digits.val.labels).item()
    num_right = (logits.argmax(1) == digits.val.labels).sum().item()
    for batch_size in (1024, 100):
        measured, accuracy = evaluate(model, digits.val, batch_size=batch_size)
        assert measured == pytest.approx(loss, rel=1e-5)
        assert accuracy == num_right / len(digits.val)


def test_evaluate_runs_in_eval_mode_and_leaves_every_module_as_it_was(digits):
    model = build(noise=0.5)
    model.train()
    model[1].eval()
    modes = [module.training for module in model.modules()]
    assert evaluate(model, digits.val) == evaluate(model, digits.val)
    assert [module.training for module in model.modules()] == modes


def test_evaluate_restores_the_modes_after_an_exception(digits):
    model = nn.Sequential(nn.Flatten(), nn.Linear(3, 10))
    with pytest.raises(RuntimeError):
        evaluate(model, digits.val)
    assert all(module.training for module in model.modules())


def test_another_loss_function_is_used_for_training_and_for_measuring(digits):
    def double(logits, labels):
        return 2 * cross_entropy(logits, labels)

    model = build()
    plain, _ = evaluate(model, digits.val)
    assert evaluate(model, digits.val, loss_fn=double)[0] == pytest.approx(2 * plain, rel=1e-6)
    history = run(model, digits.train, loss_fn=double)
    assert history.train_loss[-1] == pytest.approx(2 * evaluate(model, digits.train)[0], rel=1e-6)


def test_a_run_on_any_device_learns(device, digits):
    set_seed(0)
    model = build().to(device)
    history = run(model, digits.train.to(device), digits.val.to(device), num_epochs=10)
    assert history.val_accuracy[-1] > 0.85
    assert history.config["device"] == device.type


def test_choose_device_prefers_an_accelerator(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert choose_device().type == "cpu"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device().type == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device().type == "cuda"


def test_the_progress_bar_never_writes_to_stderr(digits, capfd):
    run(build(), digits.train[:100], digits.val, progress=True)
    captured = capfd.readouterr()
    assert "3/3" in captured.out and "validation" in captured.out
    assert captured.err == ""
    run(build(), digits.train[:100], progress=False)
    assert capfd.readouterr() == ("", "")
