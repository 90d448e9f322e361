"""The wire: what goes out comes back, and hostile bytes are refused."""

import json

import numpy as np
import pytest
import torch

from autograder.wire import (
    ARRAY,
    DTYPES,
    FLOAT,
    MAX_DEPTH,
    MAX_LINE,
    MAX_ROWS,
    WireError,
    decode,
    encode,
)

TORCH_DTYPES = [*DTYPES, "bfloat16"]


@pytest.mark.parametrize("name", TORCH_DTYPES)
def test_tensors_come_back_with_values_shape_and_the_senders_dtype(name):
    tensor = (torch.arange(24).reshape(2, 3, 4) % 5).to(getattr(torch, name))
    back = decode(encode({"t": tensor}))["t"]
    assert back.sender_dtype == name
    assert back.shape == (2, 3, 4)
    np.testing.assert_array_equal(back.astype("float64"), tensor.double().numpy())


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32", "float64"])
def test_nan_and_infinities_come_back(name):
    tensor = torch.tensor(
        [float("nan"), float("inf"), -float("inf"), 1.5], dtype=getattr(torch, name)
    )
    np.testing.assert_array_equal(decode(encode(tensor)), [np.nan, np.inf, -np.inf, 1.5])


def test_plain_values_come_back():
    value = {
        "none": None, "true": True, "int": -(10**30), "text": "é\n\0", "empty": {}, "list": [1, [2.5, "x"]],
        "floats": [float("inf"), -float("inf"), 0.1],
    }  # fmt: skip
    assert decode(encode(value)) == value
    assert np.isnan(decode(encode(float("nan"))))
    assert decode(encode((1, 2))) == [1, 2]


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(6.0).reshape(2, 3).T,
        torch.ones(1, 3).expand(4, 3),
        torch.zeros(0, 5),
        torch.tensor(2.5),
        torch.ones(3, requires_grad=True) * 2,
        torch.nn.Parameter(torch.ones(2)),
    ],
    ids=["transposed", "expanded", "empty", "scalar", "with graph", "parameter"],
)
def test_tensors_of_every_make_come_back(tensor):
    back = decode(encode(tensor))
    assert back.shape == tuple(tensor.shape)
    np.testing.assert_array_equal(back, tensor.detach().numpy())


def test_many_tensors_of_one_form_travel_as_one_and_come_back_as_many():
    rows = [torch.full((2,), float(i), dtype=torch.bfloat16) for i in range(900)]
    back = decode(encode({"before": np.arange(3), "rows": rows, "after": torch.ones(1)}))
    assert len(encode(rows)) < 900 * 8 + 100
    assert len(back["rows"]) == 900 and back["rows"][7].tolist() == [7.0, 7.0]
    assert back["rows"][7].sender_dtype == "bfloat16"
    assert back["before"].tolist() == [0, 1, 2] and back["after"].tolist() == [1.0]


@pytest.mark.parametrize(
    "values",
    [
        [torch.ones(2), torch.ones(3)],
        [torch.ones(2), torch.ones(2, dtype=torch.float64)],
        [torch.ones(2), None],
        [torch.tensor(1.0), torch.tensor(2.0)],
        [torch.ones(2, requires_grad=True), torch.nn.Parameter(torch.ones(2))],
    ],
)
def test_lists_of_tensors_come_back_one_by_one(values):
    back = decode(encode(values))
    assert len(back) == len(values)
    for sent, got in zip(values, back, strict=True):
        if sent is None:
            assert got is None
        else:
            assert got.shape == tuple(sent.shape)
            assert got.sender_dtype == str(sent.dtype).removeprefix("torch.")
            np.testing.assert_array_equal(got, sent.detach().numpy())


def test_numpy_scalars_come_back_as_arrays_without_dimensions():
    back = decode(encode(np.float32(0.5)))
    assert back.shape == () and back == 0.5 and back.sender_dtype == "float32"


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, b"bytes", np.array(["text"]), np.array([object()]), 1j, torch.nn.Linear(1, 1), max],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_is_not_plain_data_is_not_sent(value):
    with pytest.raises(WireError):
        encode({"value": [value]})


def test_what_is_nested_too_deeply_is_neither_sent_nor_read():
    value, deepest = 1, 1
    for _ in range(MAX_DEPTH):
        deepest = [deepest]
    assert decode(encode(deepest)) == deepest
    for _ in range(MAX_DEPTH + 1):
        value = {"v": value}
    with pytest.raises(WireError):
        encode(value)
    with pytest.raises(WireError):
        decode(json.dumps(value).encode())


def test_what_holds_itself_is_not_sent():
    value = []
    value.append(value)
    with pytest.raises(WireError):
        encode(value)


def test_half_a_surrogate_pair_comes_back_as_a_question_mark():
    assert decode(encode(["a\ud800b", "\U0001f600"])) == ["a?b", "\U0001f600"]


NUMBERS = np.zeros(6, "float32").tobytes()


def array(data=NUMBERS, **changes):
    good = {ARRAY: "float32", "shape": [2, 3], "dtype": "float32"}
    return json.dumps(good | changes).encode() + b"\n" + data


def test_the_array_that_the_hostile_ones_are_made_of_is_read():
    assert decode(array()).shape == (2, 3)
    assert [row.shape for row in decode(array(rows=True))] == [(3,), (3,)]


@pytest.mark.parametrize(
    "changes",
    [
        {"shape": [2, 4]},
        {"shape": [-2, -3]},
        {"shape": [2.0, 3]},
        {"shape": [True, 6]},
        {"shape": "23"},
        {"shape": None},
        {"shape": 6},
        {"shape": [0, 10**30]},
        {"shape": [1] * 100 + [6]},
        {"shape": [10**9, 10**9]},
        {ARRAY: "object"},
        {ARRAY: "float128"},
        {ARRAY: "O"},
        {ARRAY: ["float32"]},
        {ARRAY: "<U6"},
        {ARRAY: None},
        {ARRAY: ""},
        {"data": b""},
        {"data": NUMBERS[:-1]},
        {"data": NUMBERS + bytes(8)},
        {"rows": True, "shape": []},
        {"rows": True, "shape": [0, 3], "data": b""},
        {"rows": True, "shape": [MAX_ROWS + 1, 0], "data": b""},
        {"self": 1},
        {"more": 1},
    ],
    ids=lambda value: type(value).__name__,
)
def test_hostile_arrays_are_refused(changes):
    with pytest.raises(WireError):
        decode(array(**changes))


@pytest.mark.parametrize("missing", ["shape", "dtype"])
def test_incomplete_arrays_are_refused(missing):
    entry = json.loads(array(b""))
    del entry[missing]
    with pytest.raises(WireError):
        decode(json.dumps(entry).encode() + b"\n" + NUMBERS)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"\x80\x04\x95.",  # the beginning of a pickle
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"1" * 10_000,
        b'{"%s": "x"}' % FLOAT.encode(),
        b'{"%s": [1]}' % FLOAT.encode(),
        b'{"%s": null}' % FLOAT.encode(),
        b"{'single': 1}",
        b"1 2",
        b"1\n2",
        b" " * (MAX_LINE + 1) + b"1",
    ],
    ids=lambda data: repr(data[:12]),
)
def test_bytes_that_are_not_a_message_are_refused(data):
    with pytest.raises(WireError):
        decode(data)


def test_random_bytes_are_refused_or_read_but_never_raise_anything_else():
    rng = np.random.default_rng(0)
    good = array()
    for _ in range(2000):
        data = bytearray(good)
        for at in rng.integers(0, len(data), rng.integers(1, 6)):
            data[at] = rng.integers(256)
        try:
            decode(bytes(data))
        except WireError:
            pass


def test_arrays_that_were_read_do_not_let_themselves_be_changed():
    with pytest.raises(ValueError):
        decode(array())[0, 0] = 1
