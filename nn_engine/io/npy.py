"""The bytes of a ``.npy`` file as an array.

NumPy's own reader asks the Python parser what a damaged header may mean, which raises nearly anything; this one takes
plain numbers described as NumPy describes them, and refuses all else in words.
"""

import math
import re

import numpy as np

from nn_engine.types import Array

_MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000
_LENGTH_BYTES = {b"\x01\x00": 2, b"\x02\x00": 4, b"\x03\x00": 4}
"""How many bytes say how long the header is, by format version."""
_SIZE = r"(?:0|[1-9]\d{0,17})"
_ITEM = (
    r"'descr': *'(?P<type>[<>|=]?[a-zA-Z]\d*)'"
    r"|'fortran_order': *(?P<fortran>True|False)"
    rf"|'shape': *\((?P<shape>|{_SIZE},|{_SIZE}(?:, *{_SIZE})+,?)\)"
)
_HEADER = re.compile(rf"\{{ *(?:(?:{_ITEM}) *(?:, *|(?=\}}))){{3}}\}}[ \n]*")
_TYPE = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248])")


def array_from(data: bytes) -> Array:
    """The array in the bytes of a ``.npy`` file: numbers or booleans, read-only, not copied.

    The header is checked against the bytes that are there before anything is made of them. Raises ValueError saying
    what is wrong, in words that complete "FILE: …".
    """
    length_bytes = _LENGTH_BYTES.get(data[6:8], 0)
    if not data.startswith(_MAGIC) or not length_bytes:
        raise ValueError("not an NPY file: it does not begin like one.")
    start = 8 + length_bytes
    end = start + int.from_bytes(data[8:start], "little")
    header = _HEADER.fullmatch(data[start:end].decode("latin1")) if end - start <= _LONGEST_HEADER else None
    if header is None or None in header.groups():
        raise ValueError("not a whole NPY file of numbers: its header is damaged, or describes something else.")
    code, fortran_order, sizes = header.groups()
    shape = tuple(int(size) for size in sizes.split(",") if size)
    if not _TYPE.fullmatch(code):
        raise ValueError(f"expected numbers; the file holds items of the type {code}.")
    dtype = np.dtype(code)
    if math.prod(shape) * dtype.itemsize != len(data) - end:
        raise ValueError(f"its header promises {dtype} of shape {shape}; the file holds {len(data) - end:,} bytes.")
    flat = np.frombuffer(data, dtype, offset=end)
    return flat.reshape(shape[::-1]).T if fortran_order == "True" else flat.reshape(shape)
