"""Named arrays and a manifest in one ``.npz`` file that loads exactly what was saved, or is refused.

The file is a ZIP archive, uncompressed, with one ``.npy`` member an array, so ``numpy.load`` reads it anywhere. The
first member, ``manifest``, is JSON as bytes; it names every other member with its type, shape and SHA-256. Nothing is
unpickled, and every size is checked against the file's before memory is asked for.
"""

import hashlib
import io
import json
import os
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nn_engine.io import npy
from nn_engine.io.files import write_atomically
from nn_engine.io.json_text import refuse_constant
from nn_engine.io.schema import anything, list_of, mapping_of, record, text, whole
from nn_engine.types import Array

MANIFEST = "manifest"
MOST_BYTES = 8 * 2**30
_MOST_MANIFEST_BYTES = 64 * 2**20
_KINDS = {"float32", "float64", "int64", "uint8"}
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_DESCRIBED = mapping_of(record(dtype=text, shape=list_of(whole()), sha256=text))
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # so that equal contents make equal files


class ArchiveError(ValueError):
    """A file that is not such an archive or not whole; the message names the file and the fault."""


def write_archive(path: Path, arrays: Mapping[str, Array], manifest: Mapping[str, Any]) -> None:
    """Write the file atomically.

    Raises ValueError where the manifest is not plain JSON, or where the name or the type of an array is odd.
    """
    if "arrays" in manifest:
        raise ValueError("The manifest's entry 'arrays' is written by the archive itself.")
    described, members = {}, {}
    for name, array in arrays.items():
        if not _NAME.fullmatch(name) or name == MANIFEST:
            raise ValueError(f"{name!r} cannot be the name of an array: expected letters, digits, dots, - and _.")
        if array.dtype.name not in _KINDS:
            raise ValueError(f"{name}: expected one of {', '.join(sorted(_KINDS))}; received {array.dtype}.")
        members[name] = np.asarray(array, array.dtype.newbyteorder("="), order="C")
        described[name] = {
            "dtype": array.dtype.name,
            "shape": list(array.shape),
            "sha256": hashlib.sha256(members[name].tobytes()).hexdigest(),
        }
    text = json.dumps({**manifest, "arrays": described}, allow_nan=False, indent=1)
    members = {MANIFEST: np.frombuffer(text.encode(), np.uint8), **members}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in members.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, array, version=(1, 0), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _FIXED_TIME), member.getvalue())
    write_atomically(path, buffer.getvalue())


def read_archive(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """The manifest and the arrays. Raises ArchiveError unless they are just what was written; OSError as ``open``."""
    try:
        return _read(path)
    except ArchiveError as error:
        raise ArchiveError(f"{path}: {error}") from None
    except (
        zipfile.BadZipFile, zipfile.LargeZipFile, OSError, ValueError, NotImplementedError, EOFError, RuntimeError,
        KeyError, TypeError, IndexError, OverflowError, struct.error,
    ) as error:  # fmt: skip
        # What a damaged ZIP file makes zipfile raise; found by flipping every bit of a file.
        if isinstance(error, OSError) and error.filename:
            raise
        raise ArchiveError(f"{path}: not a whole checkpoint file ({str(error) or type(error).__name__}).") from None


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    size = os.path.getsize(path)
    if not size:
        raise ArchiveError("the file is empty.")
    if size > MOST_BYTES:
        raise ArchiveError(f"the file has {size:,} bytes, more than the {MOST_BYTES:,} allowed.")
    with path.open("rb") as stream:
        if not zipfile.is_zipfile(stream):
            raise ArchiveError("not a whole checkpoint file: it is no .npz archive, or it was cut short.")
        with zipfile.ZipFile(stream) as archive:
            members = _checked_members(archive, size)
            manifest = _read_manifest(archive, members)
            described = _DESCRIBED(manifest.pop("arrays", None), "arrays")
            expected = {f"{name}.npy" for name in (*described, MANIFEST)}
            if expected != set(members):
                wrong = ", ".join(sorted(expected ^ set(members))[:3])
                raise ArchiveError(f"the arrays in it are not those the manifest names ({wrong}).")
            arrays = {name: _read_array(archive, members[f"{name}.npy"]) for name in described}
    for name, description in described.items():
        array = arrays[name]
        if array.dtype.name != description["dtype"] or array.shape != description["shape"]:
            raise ArchiveError(f"{name} is not of the type and shape that the manifest says.")
        if hashlib.sha256(array.tobytes()).hexdigest() != description["sha256"]:
            raise ArchiveError(f"{name} is damaged: its SHA-256 is not that of what was saved.")
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


def _read_manifest(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo]) -> dict[str, Any]:
    if f"{MANIFEST}.npy" not in members:
        raise ArchiveError("the archive has no manifest, so it was not written by this program.")
    if members[f"{MANIFEST}.npy"].file_size > _MOST_MANIFEST_BYTES:
        raise ArchiveError(f"the manifest is larger than the {_MOST_MANIFEST_BYTES:,} bytes allowed.")
    data = _read_array(archive, members[f"{MANIFEST}.npy"]).tobytes()
    manifest: dict[str, Any] = mapping_of(anything)(json.loads(data, parse_constant=refuse_constant), "manifest")
    return manifest


def _read_array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Array:
    data = archive.read(info)  # checks the CRC
    try:
        array = npy.array_from(data)
    except ValueError as error:
        raise ArchiveError(f"{info.filename}: {error}") from None
    if array.dtype.name not in _KINDS or not array.dtype.isnative:
        raise ArchiveError(f"{info.filename} holds {array.dtype}, which a checkpoint does not.")
    return array
