"""Assignment 8: what every assignment is held to, and its solutions against the libraries'."""

import copy
from collections import OrderedDict

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from torch import nn
from torchvision.models import resnet18
from torchvision.models.feature_extraction import create_feature_extractor
from torchvision.ops import FrozenBatchNorm2d

from tests.assignments.suite import Suite

ASSIGNMENT = "08_transfer"

# Part of the solution, what stands in its place, and why that is right too.
LAST = "of two dimensions, dimension 1 is the last"
RIGHT_TOO = {
    "retrieval.nearest": (
        ("queries, dim=1", "queries, dim=-1", LAST),
        ("gallery, dim=1", "gallery, dim=-1", LAST),
        ("sort(dim=1", "sort(dim=-1", LAST),
    ),
    "retrieval.vote": (
        ("counts.gather(1", "counts.gather(-1", LAST),
        ("argmax(dim=1", "argmax(dim=-1", LAST),
        ("ballots.gather(1", "ballots.gather(-1", LAST),
        ("[:, 0]", "[:, -1]", "the only column is the last"),
    ),
    "fine_tuning.step": (
        ("optimizer.zero_grad", "model.zero_grad", "the optimizer holds all of the model"),
    ),
    "strategies.choose": (
        ("for name in strategies if", "for name in means if", "a dict of the same names in order"),
        ("for name in strategies if", "for name in val_means if", "the same names in order"),
        ("[chosen][1]", "[chosen][-1]", "the second of a pair is the last"),
    ),
}


class TestAssignment(Suite):
    right_too = RIGHT_TOO


def small_network(dtype=torch.float64):
    """Two stages with batch norm whose statistics have moved, and a head."""
    torch.manual_seed(0)
    stages = OrderedDict()
    for number, (num_in, num_out) in enumerate(((3, 4), (4, 6)), start=1):
        layers = [nn.Conv2d(num_in, num_out, 3, padding=1), nn.BatchNorm2d(num_out), nn.ReLU()]
        stages[f"stage{number}"] = nn.Sequential(*layers, nn.MaxPool2d(2))
    stages["flatten"] = nn.Flatten()
    body = nn.Sequential(stages)
    model = nn.Sequential(OrderedDict(body=body, head=nn.Linear(24, 5))).to(dtype)
    for _ in range(3):
        model(torch.randn(8, 3, 8, 8, dtype=dtype))
    return model


class ResNet(nn.Module):
    """torchvision's ResNet-18 in the form of the assignment's text."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        network = resnet18(weights=None, num_classes=7)
        self.head = network.fc
        network.fc = nn.Identity()
        self.body = network

    def forward(self, images):
        return self.head(self.body(images))


class TestSolutions:
    """What the notebook's own answers give, against torchvision's, scikit-learn's and PyTorch's."""

    @pytest.mark.parametrize("batch_size", [1, 4, 100])
    def test_features_are_those_of_torchvisions_extractor(self, solved, batch_size):
        model, images = small_network(), torch.randn(9, 3, 8, 8, dtype=torch.float64)
        extractor = create_feature_extractor(
            copy.deepcopy(model).eval(), {"body.flatten": "features"}
        )
        ours = solved["extract_features"](model.train(), images, batch_size)
        with torch.no_grad():
            torch.testing.assert_close(ours, extractor(images)["features"])

    def test_features_of_a_resnet_are_those_of_torchvisions_extractor(self, solved):
        model, images = ResNet(), torch.randn(3, 3, 32, 32)
        ours = solved["extract_features"](model, images, 2)
        assert all(module.training for module in model.modules())
        extractor = create_feature_extractor(model.body.eval(), {"flatten": "features"})
        with torch.no_grad():
            torch.testing.assert_close(ours, extractor(images)["features"], rtol=1e-4, atol=1e-5)

    def test_only_the_new_head_of_a_resnet_learns(self, solved):
        model = ResNet()
        before = copy.deepcopy(model.body.state_dict())
        assert solved["replace_head"](model, 4) is model
        parameters = [p for p in model.parameters() if p.requires_grad]
        assert {id(p) for p in parameters} == {id(p) for p in model.head.parameters()}
        optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, weight_decay=0.1)
        images, labels = torch.randn(4, 3, 32, 32), torch.tensor([0, 1, 2, 3])
        start = model.head.weight.detach().clone()
        tuned = solved["FineTuned"](model.body, model.head)
        for _ in range(2):
            solved["fine_tune_step"](tuned, optimizer, images, labels)
        assert not torch.equal(model.head.weight, start)
        for name, value in model.body.state_dict().items():
            assert torch.equal(value, before[name]), name

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_neighbours_are_scikit_learns(self, solved, dtype):
        torch.manual_seed(0)
        queries, gallery = torch.randn(12, 6, dtype=dtype), torch.randn(40, 6, dtype=dtype)
        neighbours, similarities = solved["nearest_neighbours"](queries, gallery, 5)
        library = NearestNeighbors(n_neighbors=5, metric="cosine").fit(gallery.numpy())
        distances, indices = library.kneighbors(queries.numpy())
        assert np.array_equal(neighbours.numpy(), indices)
        np.testing.assert_allclose(1 - similarities.numpy(), distances, atol=1e-5)
        among, _ = solved["nearest_neighbours"](gallery, gallery, 5, exclude_self=True)
        assert np.array_equal(among.numpy(), library.kneighbors(n_neighbors=5)[1])

    def test_votes_are_scikit_learns_where_nothing_ties(self, solved):
        generator = torch.Generator().manual_seed(0)
        labels = torch.randint(4, (80,), generator=generator)
        gallery = torch.randn(80, 5, generator=generator, dtype=torch.float64) + labels[:, None]
        queries = torch.randn(60, 5, generator=generator, dtype=torch.float64) + 1.5
        neighbours, _ = solved["nearest_neighbours"](queries, gallery, 7)
        ours = solved["vote"](neighbours, labels, 4)
        library = KNeighborsClassifier(n_neighbors=7, metric="cosine").fit(gallery, labels)
        counts = nn.functional.one_hot(labels[neighbours], 4).sum(1).sort(dim=1).values
        clear = counts[:, -1] > counts[:, -2]
        assert 30 < clear.sum() < 60
        assert np.array_equal(ours[clear].numpy(), library.predict(queries)[clear.numpy()])

    def test_norms_in_test_mode_are_torchvisions_frozen_ones(self, solved):
        model, images = small_network(torch.float32), torch.randn(6, 3, 8, 8)
        frozen = copy.deepcopy(model.body)
        for number, width in ((1, 4), (2, 6)):
            norm = FrozenBatchNorm2d(width)
            state = frozen.get_submodule(f"stage{number}.1").state_dict()
            norm.load_state_dict({k: v for k, v in state.items() if k != "num_batches_tracked"})
            frozen.get_submodule(f"stage{number}")[1] = norm
        tuned = solved["FineTuned"](model.body, model.head).train()
        torch.testing.assert_close(tuned(images), model.head(frozen(images)))

    def test_torch_takes_the_groups(self, solved):
        model = small_network()
        solved["freeze"](model, ("body.stage1",))
        optimizer = torch.optim.SGD(solved["parameter_groups"](model, 0.3, 0.2), lr=1.0)
        assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([0.06, 0.3])
        assert [len(group["params"]) for group in optimizer.param_groups] == [4, 2]

    def test_a_step_is_torchs_where_nothing_is_frozen(self, solved):
        ours, theirs = small_network(), small_network()
        images, labels = torch.randn(5, 3, 8, 8, dtype=torch.float64), torch.arange(5)
        optimizers = [torch.optim.AdamW(m.parameters(), weight_decay=0.1) for m in (ours, theirs)]
        for _ in range(3):
            loss = solved["fine_tune_step"](ours, optimizers[0], images, labels)
            expected = nn.CrossEntropyLoss()(theirs(images), labels)
            theirs.zero_grad()
            expected.backward()
            optimizers[1].step()
            assert loss == pytest.approx(float(expected.detach()))
        for one, two in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(one, two)
