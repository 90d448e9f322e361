"""Assignment 7: what every assignment is held to, and its solutions against the libraries'."""

import copy

import numpy as np
import pytest
import torch
from scipy.stats import mode
from sklearn.ensemble import AdaBoostClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import resample
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn

from tests.assignments.suite import Suite

ASSIGNMENT = "07_ensembles"

# Part of the solution, what stands in its place, and why that is right too.
LAST = "the last dimension is the second one"
COUNT = "the count is an integer"
SIGN = "-1 and 1 are their own inverses"
ONE_DTYPE = "examples, labels, weights, answers and points have one dtype"
LENGTH = "there are as many labels as examples"
VOTE = "(score >= 0).to(points.dtype)"
RIGHT_TOO = {
    "ensembles.average_probabilities": (("argmax(dim=1)", "argmax(dim=-1)", LAST),),
    "ensembles.majority_vote": (
        ("argmax(dim=1)", "argmax(dim=-1)", LAST),
        ("amax(dim=1)", "amax(dim=-1)", LAST),
    ),
    "bagging.bootstrap": (),
    "bagging.out_of_bag": (
        ("scatter(1,", "scatter(-1,", LAST),
        ("unsqueeze(1)", "unsqueeze(-1)", LAST),
        ("count > 0", "count > 0.01", COUNT),
    ),
    "boosting.adaboost_round": (
        ("labels * predictions", "labels / predictions", SIGN),
        ("say * labels * predictions", "say / labels * predictions", SIGN),
    ),
    "boosting.boost": (
        ("x.new_full((len(x),)", "labels.new_full((len(x),)", ONE_DTYPE),
        ("x.new_full((len(x),)", "x.new_full((len(labels),)", LENGTH),
        ("1 / len(x)", "1 / len(labels)", LENGTH),
        ("say * classifier(points)", "say / classifier(points)", SIGN),
        *((VOTE, f"(score >= 0).to({name}.dtype)", ONE_DTYPE) for name in ("labels", "score")),
        *((VOTE, f"(score >= 0).to({name}.dtype)", ONE_DTYPE) for name in ("weights", "x")),
    ),
    "averaging.snapshots": (),
    "averaging.polyak": (),
    "averaging.batchnorm": (
        (
            "(nn.BatchNorm1d, nn.BatchNorm2d)",
            "(nn.BatchNorm2d, nn.BatchNorm1d)",
            "the order of the classes does not matter",
        ),
    ),
}


class TestAssignment(Suite):
    right_too = RIGHT_TOO


def network():
    torch.manual_seed(0)
    layers = [nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(27, 4)]
    return nn.Sequential(*layers, nn.BatchNorm1d(4, momentum=0.3), nn.Linear(4, 2))


def train(model, num_steps, after_each):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    generator = torch.Generator().manual_seed(1)
    for _ in range(num_steps):
        optimizer.zero_grad()
        model(torch.randn(8, 1, 5, 5, generator=generator)).square().mean().backward()
        optimizer.step()
        after_each(model)


class TestSolutions:
    """What the notebook's own answers give, against the libraries'."""

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_averaged_probabilities_are_those_of_a_mixture(self, solved, dtype):
        logits = torch.randn(5, 7, 4, dtype=dtype)
        probs, classes = solved["average_probabilities"](logits)
        members = torch.distributions.Categorical(logits=logits.movedim(0, 1))
        weights = torch.distributions.Categorical(torch.ones(7, 5, dtype=dtype))
        mixture = torch.distributions.MixtureSameFamily(weights, members)
        for k in range(4):
            torch.testing.assert_close(probs[:, k], mixture.log_prob(torch.full((7,), k)).exp())
        assert torch.equal(classes, probs.argmax(1))

    def test_the_majority_is_scipys_mode(self, solved):
        predictions = torch.randint(6, (8, 500), generator=torch.Generator().manual_seed(0))
        winners, agreement = solved["majority_vote"](predictions, 6)
        expected = mode(predictions.numpy(), axis=0)
        np.testing.assert_array_equal(winners, expected.mode)
        np.testing.assert_allclose(agreement, expected.count / 8)

    def test_a_bootstrap_sample_holds_as_much_as_sklearns(self, solved):
        torch.manual_seed(0)
        ours = solved["bootstrap_indices"](1000, 50)
        theirs = [resample(np.arange(1000), random_state=seed) for seed in range(50)]
        shares = [np.mean([len(np.unique(row)) for row in rows]) / 1000 for rows in (ours, theirs)]
        np.testing.assert_allclose(shares, 1 - 1 / np.e, atol=0.006)

    def test_out_of_bag_answers_are_those_of_sklearns_forest(self, solved):
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(60, 3)), rng.integers(3, size=60)
        forest = RandomForestClassifier(30, oob_score=True, random_state=0).fit(x, y)
        probs = np.stack([tree.predict_proba(x) for tree in forest.estimators_])
        averaged, has_member = solved["out_of_bag"](
            torch.from_numpy(probs), torch.from_numpy(np.stack(forest.estimators_samples_))
        )
        assert has_member.all()
        np.testing.assert_allclose(averaged, forest.oob_decision_function_)

    def test_boosting_with_the_round_is_sklearns_adaboost(self, solved):
        rng = np.random.default_rng(0)
        x = rng.normal(size=(150, 2))
        y = np.where(x[:, 0] ** 2 + x[:, 1] ** 2 + rng.normal(0, 0.3, 150) > 1.2, 1, -1)
        library = AdaBoostClassifier(DecisionTreeClassifier(max_depth=1), n_estimators=12)
        library.fit(x, y)
        says = []

        def fit_weak(x, labels, weights):
            stump = DecisionTreeClassifier(max_depth=1).fit(x, labels, weights)
            return lambda points: torch.from_numpy(stump.predict(points))

        def update(weights, predictions, labels):
            say, weights = solved["adaboost_round"](weights, predictions, labels)
            says.append(float(say))
            return say, weights

        labels = torch.from_numpy(y.astype(float))
        vote = solved["boost"](fit_weak, update, torch.from_numpy(x), labels, 12)
        np.testing.assert_allclose(2 * np.array(says), library.estimator_weights_)
        points = rng.normal(size=(500, 2))
        np.testing.assert_array_equal(vote(torch.from_numpy(points)), library.predict(points))

    def test_snapshots_follow_the_librarys_warm_restarts(self, solved):
        weight = nn.Parameter(torch.zeros(1))
        optimizers = [torch.optim.SGD([weight], lr=0.3) for _ in range(2)]
        ours, theirs = [], []
        solved["snapshot_ensemble"](
            nn.ParameterList([weight]),
            optimizers[0],
            lambda: ours.append(optimizers[0].param_groups[0]["lr"]),
            3,
            7,
            0.3,
        )
        scheduler = CosineAnnealingWarmRestarts(optimizers[1], 7)
        for _ in range(21):
            theirs.append(optimizers[1].param_groups[0]["lr"])
            optimizers[1].step()
            scheduler.step()
        np.testing.assert_allclose(ours, theirs)

    def test_the_average_is_the_librarys_which_is_shown_the_start(self, solved):
        model = network()
        ours = solved["PolyakAverage"](model, 0.9)
        theirs = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))
        theirs.update_parameters(model)

        def update(model):
            ours.update(model)
            theirs.update_parameters(model)

        train(model, 20, update)
        expected = theirs.module.state_dict()
        for name, value in ours.average.state_dict().items():
            torch.testing.assert_close(value, expected[name])
        x = torch.randn(3, 1, 5, 5)
        torch.testing.assert_close(ours.eval()(x), theirs.eval()(x))

    @pytest.mark.parametrize("training", [True, False])
    def test_new_statistics_are_the_librarys(self, solved, training):
        ours = network()
        train(ours, 5, lambda model: None)
        theirs = copy.deepcopy(ours.train(training))
        images = list(torch.randn(50, 1, 5, 5).split(16))
        solved["recompute_statistics"](ours, images)
        update_bn(images, theirs)
        expected = theirs.state_dict()
        for name, value in ours.state_dict().items():
            torch.testing.assert_close(value, expected[name])
        assert ours.training == ours[1].training == training and ours[5].momentum == 0.3
