"""Named arrays and a manifest in one ``.npz`` file that loads exactly what was saved, or is refused.

The file is a ZIP archive, uncompressed, with one ``.npy`` member an array, so ``numpy.load`` reads it anywhere. The
first member, ``manifest``, is JSON as bytes; it names every other member with its type, shape and SHA-256. Nothing is
unpickled, and every size is checked against the file's before memory is asked for.
"""

import hashlib
import io
import json
import math
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nn_engine.io.files import write_atomically
from nn_engine.types import Array

MANIFEST = "manifest"
MOST_BYTES = 8 * 2**30
_MOST_MANIFEST_BYTES = 64 * 2**20
_KINDS = {"float32", "float64", "int64", "uint8"}
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # so that equal contents make equal files


class ArchiveError(ValueError):
    """A file that is not such an archive or not whole; the message names the file and the fault."""


def write_archive(path: Path, arrays: Mapping[str, Array], manifest: Mapping[str, Any]) -> None:
    """Write the file atomically. Raises ValueError where the manifest is not plain JSON or an array's type is odd."""
    described = {}
    for name, array in arrays.items():
        if array.dtype.name not in _KINDS:
            raise ValueError(f"{name}: expected one of {', '.join(sorted(_KINDS))}; received {array.dtype}.")
        data = np.asarray(array, order="C")
        described[name] = {
            "dtype": array.dtype.name,
            "shape": list(array.shape),
            "sha256": hashlib.sha256(data.tobytes()).hexdigest(),
        }
    text = json.dumps({**manifest, "arrays": described}, allow_nan=False, indent=1, ensure_ascii=False)
    members = {MANIFEST: np.frombuffer(text.encode(), np.uint8), **arrays}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in members.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(array, order="C"), version=(1, 0), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _FIXED_TIME), member.getvalue())
    write_atomically(path, buffer.getvalue())


def read_archive(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """The manifest and the arrays. Raises ArchiveError unless they are just what was written; OSError as ``open``."""
    try:
        return _read(path)
    except ArchiveError as error:
        raise ArchiveError(f"{path}: {error}") from None
    except (
        zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, NotImplementedError, EOFError, RuntimeError, KeyError,
        TypeError, IndexError, RecursionError, OverflowError,
    ) as error:  # fmt: skip
        # What a damaged ZIP file or array makes zipfile and NumPy raise; found by flipping every bit of a file.
        raise ArchiveError(f"{path}: not a whole checkpoint file ({str(error) or type(error).__name__}).") from None


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    size = os.path.getsize(path)
    if not size:
        raise ArchiveError("the file is empty.")
    if size > MOST_BYTES:
        raise ArchiveError(f"the file has {size:,} bytes, more than the {MOST_BYTES:,} allowed.")
    if not zipfile.is_zipfile(path):
        raise ArchiveError("not a whole checkpoint file: it is no .npz archive, or it was cut short.")
    with zipfile.ZipFile(path) as archive:
        members = _checked_members(archive, size)
        if f"{MANIFEST}.npy" not in members:
            raise ArchiveError("the archive has no manifest, so it was not written by this program.")
        if members[f"{MANIFEST}.npy"].file_size > _MOST_MANIFEST_BYTES:
            raise ArchiveError(f"the manifest is larger than the {_MOST_MANIFEST_BYTES:,} bytes allowed.")
        manifest = json.loads(_read_array(archive, members[f"{MANIFEST}.npy"]).tobytes())
        described = manifest.pop("arrays")
        expected = {f"{name}.npy" for name in (*described, MANIFEST)}
        if expected != set(members):
            wrong = ", ".join(sorted(expected ^ set(members))[:3])
            raise ArchiveError(f"the arrays in it are not those the manifest names ({wrong}).")
        arrays = {}
        for name, description in described.items():
            array = _read_array(archive, members[f"{name}.npy"])
            if array.dtype.name != description["dtype"] or list(array.shape) != description["shape"]:
                raise ArchiveError(f"{name} is not of the type and shape that the manifest says.")
            if hashlib.sha256(array.tobytes()).hexdigest() != description["sha256"]:
                raise ArchiveError(f"{name} is damaged: its SHA-256 is not that of what was saved.")
            arrays[name] = array
    return manifest, arrays


def _checked_members(archive: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    members = {info.filename: info for info in infos}
    if len(members) != len(infos):
        raise ArchiveError("two arrays have the same name.")
    if any(info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 0x1 for info in infos):
        raise ArchiveError("its arrays are compressed or encrypted; a checkpoint's are not.")
    if sum(info.file_size for info in infos) > size:
        raise ArchiveError("its arrays claim to be larger than the file.")
    return members


def _read_array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Array:
    """One array, its header checked against the bytes that are there before anything is made of them."""
    data = archive.read(info)  # checks the CRC
    stream = io.BytesIO(data)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ArchiveError(f"{info.filename} has an unknown header.")
    shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(stream, max_header_size=10_000)
    start = stream.tell()
    if fortran_order or dtype.name not in _KINDS or not dtype.isnative:
        raise ArchiveError(f"{info.filename} holds {dtype}, which a checkpoint does not.")
    if math.prod(shape) * dtype.itemsize != len(data) - start:
        raise ArchiveError(f"{info.filename} has {len(data) - start:,} bytes; its header promises another number.")
    array = np.frombuffer(data, dtype, offset=start).reshape(shape)
    array.flags.writeable = False
    return array
