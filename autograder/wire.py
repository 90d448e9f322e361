"""Plain data as bytes and back: what crosses between the student's process and the judge's.

One line of JSON, then the arrays' own bytes in the order in which the line names them; without arrays it is JSON.
No pickle: reading never runs code, whoever wrote the bytes.
"""

import json
import math
import sys

import numpy as np

ARRAY = "__array__"
FLOAT = "__float__"
DTYPES = ("float32", "float64", "float16", "int64", "int32", "int16", "int8", "uint8", "bool")
MAX_DEPTH = 12
MAX_LINE = 16 * 2**20
MAX_ROWS = 2**13  # of all lists of rows together: each row becomes an object, however few its bytes
MAX_CONTAINERS = 2**20  # brackets in a line; an empty list of two bytes becomes an object too
ALIGNED = 8  # bytes; numpy is slow on numbers that begin elsewhere


class WireError(ValueError):
    """The bytes are not plain data of this form; the message says what is wrong."""


def encode(value) -> bytes:
    """Bytes of `value`: numbers, strings, None, lists, tuples, dicts with string keys, arrays and tensors.

    A tensor becomes its dtype, shape and values; a dtype that numpy does not know (bfloat16) keeps its name
    and sends its values as float32. Raises WireError on anything else.
    """
    arrays = []
    line = json.dumps(_pack(value, 0, arrays), allow_nan=False).encode()
    if not arrays:
        return line
    return b"".join([line, b" " * (-(len(line) + 1) % ALIGNED), b"\n", *map(_padded, arrays)])


def decode(data: bytes):
    """The value that `encode` wrote; arrays and tensors come back as read-only numpy arrays. Raises WireError.

    Half a surrogate pair, which no file can hold, comes back as a question mark.
    """
    end = data.find(b"\n")
    end = len(data) if end < 0 else end
    if end > MAX_LINE:
        raise WireError(f"The data has a line of more than {MAX_LINE} bytes.")
    if data.count(b"[", 0, end) + data.count(b"{", 0, end) > MAX_CONTAINERS:
        raise WireError(f"The data has more than {MAX_CONTAINERS} brackets.")
    try:
        reader = _Reader(memoryview(data)[end + 1 :])
        value = reader.unpack(json.loads(data[:end]), 0)
    except WireError:
        raise
    except (ValueError, TypeError, LookupError, RecursionError, OverflowError) as error:
        raise WireError(f"The data cannot be read: {type(error).__name__}.") from None
    if reader.left:
        raise WireError("The data holds more bytes than its arrays.")
    return value


def _padded(array):
    return array.tobytes() + bytes(-array.nbytes % ALIGNED)


def _pack(value, depth, arrays):
    if depth > MAX_DEPTH:
        raise WireError("The data is nested too deeply.")
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {FLOAT: repr(value)}
    torch = sys.modules.get("torch")  # not loaded for those who send no tensors
    if isinstance(value, list | tuple):
        if torch and _are_rows(value, torch):
            return _pack_tensor(torch.stack(tuple(value)), arrays) | {"rows": True}
        return [_pack(item, depth + 1, arrays) for item in value]
    if isinstance(value, dict):
        return {str(key): _pack(item, depth + 1, arrays) for key, item in value.items()}
    if torch and isinstance(value, torch.Tensor):
        return _pack_tensor(value, arrays)
    if isinstance(value, np.ndarray | np.generic):
        return _pack_array(np.asarray(value), str(value.dtype), arrays)
    raise WireError(f"A {type(value).__name__} is not plain data.")


def _are_rows(values, torch):
    """Whether these are many tensors of one form, which travel as one."""
    if not 1 < len(values) <= MAX_ROWS or not isinstance(values[0], torch.Tensor):
        return False
    forms = {
        (value.dtype, value.shape, value.device) if type(value) is torch.Tensor else None
        for value in values
    }
    return len(forms) == 1 and None not in forms


def _pack_tensor(tensor, arrays):
    name = str(tensor.dtype).removeprefix("torch.")
    values = tensor.detach().cpu()
    return _pack_array((values if name in DTYPES else values.float()).numpy(), name, arrays)


def _pack_array(array, dtype, arrays):
    sent = str(array.dtype)
    if sent not in DTYPES:
        raise WireError(f"An array of dtype {sent} is not plain data.")
    arrays.append(array)
    return {ARRAY: sent, "shape": list(array.shape), "dtype": dtype}


class Array(np.ndarray):
    """A numpy array that remembers the dtype its sender had, where numpy has no such dtype."""

    sender_dtype = ""

    def __array_finalize__(self, origin):
        self.sender_dtype = getattr(origin, "sender_dtype", "")


class _Reader:
    """Takes the arrays' bytes in the order in which the line names them."""

    def __init__(self, data):
        self.left, self.rows = data, MAX_ROWS

    def unpack(self, value, depth):
        if depth > MAX_DEPTH:
            raise WireError("The data is nested too deeply.")
        if isinstance(value, list):
            return [self.unpack(item, depth + 1) for item in value]
        if isinstance(value, str):
            return value.encode(errors="replace").decode()
        if not isinstance(value, dict):
            return value
        if ARRAY in value:
            return self._array(**value)
        if FLOAT in value:
            return float(value[FLOAT])
        return {key: self.unpack(item, depth + 1) for key, item in value.items()}

    def _array(self, __array__, shape, dtype, rows=False):
        if __array__ not in DTYPES or not all(type(n) is int and n >= 0 for n in shape):
            raise WireError("An array has a dtype or a shape that is not allowed.")
        size = math.prod(shape) * np.dtype(__array__).itemsize
        whole = size + -size % ALIGNED
        if whole > len(self.left) or (rows and not 0 < shape[0] <= self.rows):
            raise WireError("An array has fewer bytes than its shape says, or too many rows.")
        self.rows -= shape[0] if rows else 0
        array = np.frombuffer(self.left[:size], dtype=__array__).reshape(shape).view(Array)
        array.sender_dtype = str(dtype)
        self.left = self.left[whole:]
        return [array[i, ...] for i in range(shape[0])] if rows else array
