"""CIFAR through torchvision: a small archive in the real format, served over real HTTP."""

import contextlib
import functools
import hashlib
import http.server
import os
import pickle
import subprocess
import sys
import tarfile
import threading

import numpy as np
import pytest
import torch
from torchvision.datasets import CIFAR10, CIFAR100

from utils.data import DataError, load

NUM_TRAIN, NUM_TEST = 40, 10
FORMATS = {
    "cifar10": (CIFAR10, "labels", 10),
    "cifar100": (CIFAR100, "fine_labels", 100),
}


def md5(path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


def write_archive(folder, dataset, label_key: str, num_classes: int) -> dict:
    """Write a small data set as torchvision's archive; the checksums that go with it."""
    content = folder / dataset.base_folder
    content.mkdir()
    random = np.random.default_rng(0)

    def write(name, number):
        data = random.integers(0, 256, (number, 3 * 32 * 32), dtype=np.uint8)
        labels = random.integers(0, num_classes, number).tolist()
        (content / name).write_bytes(pickle.dumps({"data": data, label_key: labels}))
        return [name, md5(content / name)]

    num_files = len(dataset.train_list)
    train_list = [write(name, NUM_TRAIN // num_files) for name, _ in dataset.train_list]
    test_list = [write(name, NUM_TEST) for name, _ in dataset.test_list]
    names = [f"class {number}" for number in range(num_classes)]
    meta = content / dataset.meta["filename"]
    meta.write_bytes(pickle.dumps({dataset.meta["key"]: names}))
    archive = folder / dataset.filename
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(content, dataset.base_folder)
    return {
        "train_list": train_list,
        "test_list": test_list,
        "meta": {**dataset.meta, "md5": md5(meta)},
        "tgz_md5": md5(archive),
    }


@contextlib.contextmanager
def served(folder):
    """Serve a folder on this machine; yields the address and the list of requests."""
    requests = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            requests.append(self.requestline)

    handler = functools.partial(Handler, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(params=FORMATS)
def cifar(request, tmp_path, monkeypatch):
    """A name that load() knows, its torchvision class, a folder with its archive, its requests."""
    dataset, label_key, num_classes = FORMATS[request.param]
    site = tmp_path / "site"
    site.mkdir()
    # torchvision's CIFAR100 inherits from CIFAR10, so every attribute is set on the class itself.
    for name, value in write_archive(site, dataset, label_key, num_classes).items():
        monkeypatch.setattr(dataset, name, value)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with served(site) as (address, requests):
        monkeypatch.setattr(dataset, "url", f"{address}/{dataset.filename}")
        yield request.param, dataset, site, requests


def test_the_first_load_downloads_and_the_second_does_not(cifar, tmp_path, capfd):
    name, dataset, _, requests = cifar
    root = tmp_path / "cache"
    splits = load(name, root=root)
    captured = capfd.readouterr()
    assert "100%" in captured.out and captured.err == ""
    num_requests = len(requests)
    assert num_requests > 0
    again = load(name, root=root)
    assert len(requests) == num_requests
    assert torch.equal(again.train.images, splits.train.images)


def test_images_and_labels_are_those_of_the_archive(cifar, tmp_path):
    name, dataset, _, _ = cifar
    splits = load(name, root=tmp_path / "cache")
    assert [len(split) for split in (splits.train, splits.val, splits.test)] == [36, 4, 10]
    assert splits.classes[3] == "class 3" and len(splits.classes) == FORMATS[name][2]
    assert splits.test.images.dtype == torch.float32 and splits.test.labels.dtype == torch.int64
    original = dataset(tmp_path / "cache", train=False)
    for image, label, (picture, target) in zip(
        splits.test.images, splits.test.labels, original, strict=True
    ):
        expected = torch.from_numpy(np.asarray(picture).copy()).permute(2, 0, 1) / 255
        assert torch.allclose(image, expected, atol=1e-6) and label == target
    other = load(name, root=tmp_path / "cache", seed=1)
    assert not torch.equal(other.val.images, splits.val.images)


def test_an_archive_placed_by_hand_is_used_without_a_request(cifar, tmp_path):
    name, dataset, site, requests = cifar
    root = tmp_path / "cache"
    root.mkdir()
    (root / dataset.filename).write_bytes((site / dataset.filename).read_bytes())
    assert len(load(name, root=root).test) == NUM_TEST
    assert requests == []


def test_a_damaged_cache_is_mended_from_its_archive(cifar, tmp_path):
    name, dataset, _, _ = cifar
    root = tmp_path / "cache"
    whole = load(name, root=root)
    damaged = root / dataset.base_folder / dataset.test_list[0][0]
    damaged.write_bytes(damaged.read_bytes()[:-100])
    assert torch.equal(load(name, root=root).test.images, whole.test.images)


def test_a_download_with_another_checksum_is_refused(cifar, tmp_path):
    name, dataset, site, _ = cifar
    archive = site / dataset.filename
    archive.write_bytes(archive.read_bytes()[:-1] + b"?")
    root = tmp_path / "cache"
    with pytest.raises(DataError, match="does not have the checksum") as caught:
        load(name, root=root)
    assert str(root / dataset.filename) in str(caught.value)
    assert not (root / dataset.base_folder).exists()


def test_a_folder_that_cannot_be_written_is_named(cifar, tmp_path):
    name, *_ = cifar
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    with pytest.raises(DataError, match=f"cannot be kept in {in_the_way}.*root="):
        load(name, root=in_the_way)


def run_without_network(code: str, root) -> subprocess.CompletedProcess:
    """Run code in a fresh Python whose every request goes to a port where nobody listens."""
    nowhere = "http://127.0.0.1:9"
    environment = dict(os.environ, https_proxy=nowhere, http_proxy=nowhere, TORCH_HOME=str(root))
    environment.pop("no_proxy", None)
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )


def test_without_a_network_one_sentence_says_what_to_place_where(tmp_path):
    run = run_without_network("from utils.data import load; load('cifar10')", tmp_path)
    assert run.returncode == 1
    message = run.stderr.strip().splitlines()[-1]
    assert "CIFAR10 could not be downloaded" in message
    assert str(tmp_path / "datasets" / "cifar-10-python.tar.gz") in message
    assert CIFAR10.url in message and CIFAR10.tgz_md5 in message
    assert "During handling" not in run.stderr and "direct cause" not in run.stderr


def test_a_notebook_names_a_damaged_archive_and_shows_no_call_stack(tmp_path):
    archive = tmp_path / "datasets" / "cifar-100-python.tar.gz"
    archive.parent.mkdir()
    archive.write_bytes(b"half an archive")
    code = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "shell.run_cell('from utils.data import load; load(\"cifar100\")')\n"
    )
    run = run_without_network(code, tmp_path)
    assert run.stdout.count("CIFAR100 could not be downloaded") == 1
    assert f"The file {archive} is damaged" in run.stdout
    assert "Traceback" not in run.stdout and "urlopen(" not in run.stdout
