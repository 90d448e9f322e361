"""Plain data as bytes and back: what crosses between the student's process and the judge's.

JSON with arrays as base64. No pickle: reading never runs code, whoever wrote the bytes.
"""

import base64
import json
import math

import numpy as np
import torch

ARRAY = "__array__"
FLOAT = "__float__"
DTYPES = ("float32", "float64", "float16", "int64", "int32", "int16", "int8", "uint8", "bool")
MAX_DEPTH = 12


class WireError(ValueError):
    """The bytes are not plain data of this form; the message says what is wrong."""


def encode(value) -> bytes:
    """Bytes of `value`: numbers, strings, None, lists, tuples, dicts with string keys, arrays and tensors.

    A tensor becomes its dtype, shape and values; a dtype that numpy does not know (bfloat16) keeps its name
    and sends its values as float32. Raises WireError on anything else.
    """
    return json.dumps(_pack(value, 0), allow_nan=False).encode()


def decode(data: bytes):
    """The value that `encode` wrote; arrays and tensors come back as numpy arrays. Raises WireError.

    Half a surrogate pair, which no file can hold, comes back as a question mark.
    """
    try:
        return _unpack(json.loads(data), 0)
    except WireError:
        raise
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
        raise WireError(f"The data cannot be read: {type(error).__name__}.") from None


def _pack(value, depth):
    if depth > MAX_DEPTH:
        raise WireError("The data is nested too deeply.")
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {FLOAT: repr(value)}
    if isinstance(value, list | tuple):
        return [_pack(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {str(key): _pack(item, depth + 1) for key, item in value.items()}
    if isinstance(value, torch.Tensor):
        return _pack_tensor(value)
    if isinstance(value, np.ndarray | np.generic):
        return _pack_array(np.asarray(value), str(value.dtype))
    raise WireError(f"A {type(value).__name__} is not plain data.")


def _pack_tensor(tensor):
    name = str(tensor.dtype).removeprefix("torch.")
    values = tensor.detach().cpu()
    return _pack_array((values if name in DTYPES else values.float()).numpy(), name)


def _pack_array(array, dtype):
    sent = str(array.dtype)
    if sent not in DTYPES:
        raise WireError(f"An array of dtype {sent} is not plain data.")
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {ARRAY: data, "shape": list(array.shape), "sent": sent, "dtype": dtype}


class Array(np.ndarray):
    """A numpy array that remembers the dtype its sender had, where numpy has no such dtype."""

    sender_dtype = ""


def _unpack(value, depth):
    if depth > MAX_DEPTH:
        raise WireError("The data is nested too deeply.")
    if isinstance(value, list):
        return [_unpack(item, depth + 1) for item in value]
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if not isinstance(value, dict):
        return value
    if ARRAY in value:
        return _unpack_array(value)
    if FLOAT in value:
        return float(value[FLOAT])
    return {key: _unpack(item, depth + 1) for key, item in value.items()}


def _unpack_array(value):
    shape, sent = value["shape"], value["sent"]
    if sent not in DTYPES or not all(type(n) is int and n >= 0 for n in shape):
        raise WireError("An array has a dtype or a shape that is not allowed.")
    data = base64.b64decode(value[ARRAY], validate=True)
    if len(data) != math.prod(shape) * np.dtype(sent).itemsize:
        raise WireError("An array holds more or fewer bytes than its shape says.")
    array = np.frombuffer(data, dtype=sent).reshape(shape).view(Array)
    array.sender_dtype = str(value["dtype"])
    return array
