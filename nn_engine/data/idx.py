"""The IDX format, in which MNIST and its relatives are kept.

Four bytes say what follows: two zeros, a code for the type of number, the number of dimensions. Then come the sizes,
four bytes each, and the numbers, all big-endian (described by LeCun, Cortes and Burges beside the MNIST files). Files
may be packed with gzip.
"""

import gzip
import math
import os
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from nn_engine.types import Array

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MOST_DIMENSIONS = 8
_GZIP_MAGIC = b"\x1f\x8b"
MOST_BYTES = 8 * 2**30
"""No IDX file with more data than this is read."""


class IDXError(ValueError):
    """A file that is not an IDX file, or not a whole one; the message names the file and the fault."""


def read_idx(path: str | os.PathLike[str]) -> Array:
    """The array in an IDX file, packed with gzip or not, in the machine's byte order.

    Nothing is allocated before the sizes in the header are known to fit the file. Raises IDXError naming file and
    fault; FileNotFoundError and other OSErrors as ``open`` does, naming the file.
    """
    path = Path(path)
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == _GZIP_MAGIC
            raw.seek(0)
            if packed:
                with gzip.GzipFile(fileobj=raw) as unpacked:
                    return _read(unpacked, path, None)
            return _read(raw, path, path.stat().st_size)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise IDXError(f"{path}: the gzip packing is damaged or cut short ({error}). Fetch the file again.") from None
    except OSError as error:
        error.filename = error.filename or str(path)  # a disk that cannot be read does not say in which file
        raise


def _read(stream: BinaryIO | gzip.GzipFile, path: Path, file_size: int | None) -> Array:
    start = stream.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _TYPES or not 1 <= start[3] <= _MOST_DIMENSIONS:
        shown = start.hex(" ") or "nothing"
        raise IDXError(f"{path}: not an IDX file. It should begin with 00 00, a type code and a rank; found {shown}.")
    dtype, dimensions = np.dtype(_TYPES[start[2]]), start[3]
    sizes = stream.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise IDXError(f"{path}: the file ends within its header. Fetch the file again.")
    shape = struct.unpack(f">{dimensions}I", sizes)
    expected = math.prod(shape) * dtype.itemsize
    # Sizes of zero are left out here: next to one of them NumPy still refuses others that no memory could hold.
    most = math.prod(size or 1 for size in shape) * dtype.itemsize
    if most > MOST_BYTES:
        raise IDXError(f"{path}: the header promises {most:,} bytes of data, more than the {MOST_BYTES:,} allowed.")
    if file_size is not None and file_size != 4 + len(sizes) + expected:
        found = file_size - 4 - len(sizes)
        raise IDXError(f"{path}: the header promises {expected:,} bytes of data; the file holds {found:,}.")
    data = _read_exactly(stream, expected)
    if len(data) != expected or stream.read(1):
        found_words = f"only {len(data):,}" if len(data) != expected else "more"
        raise IDXError(f"{path}: the header promises {expected:,} bytes of data; the file holds {found_words}.")
    return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _read_exactly(stream: BinaryIO | gzip.GzipFile, size: int) -> bytearray:
    """Up to ``size`` bytes, in pieces: a packed file that lies about its size costs no more memory than it holds."""
    data = bytearray()
    while len(data) < size:
        piece = stream.read(min(size - len(data), 2**24))
        if not piece:
            break
        data += piece
    return data
