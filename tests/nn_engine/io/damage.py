"""Ways in which files go wrong."""

from __future__ import annotations

import io
import os
import pickle
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

Members = dict[str, bytes]

JUNK = {
    "empty": b"",
    "one byte": b"P",
    "text": b"epoch,step,loss\n1,2,3\n",
    "zeros": bytes(5000),
    "ones": b"\xff" * 5000,
    "noise": np.random.default_rng(0).bytes(5000),
    "gzip": b"\x1f\x8b\x08\x00" + bytes(100),
    "program": b"\x7fELF" + bytes(1000),
    "JSON": b'{"format": "something else"}',
    "pickle": pickle.dumps({"weights": [1.0, 2.0]}),
}
"""Files that are nothing that is read here, by what they are."""


def nested_blocks(count: int) -> dict[str, Any]:
    """A valid layer as JSON holds it, inside of so many residual blocks in one another."""
    layer: dict[str, Any] = {"type": "dense", "units": 3}
    for _ in range(count):
        layer = {"type": "residual", "layers": [layer], "shortcut": []}
    return layer


def each_flip(path: Path) -> Iterator[str]:
    """Flip each bit of a file in turn, in place, and turn it back; yields which it was."""
    with path.open("r+b", buffering=0) as stream:
        for place, byte in enumerate(path.read_bytes()):
            for flipped in [byte ^ (1 << bit) for bit in range(8)]:
                stream.seek(place)
                stream.write(bytes([flipped]))
                yield f"byte {place}: {flipped} for {byte}"
            stream.seek(place)
            stream.write(bytes([byte]))


def each_truncation(path: Path) -> Iterator[int]:
    """Shorten a file byte by byte, in place; yields each length below the whole."""
    for length in reversed(range(path.stat().st_size)):
        os.truncate(path, length)
        yield length


def members_of(path: Path) -> Members:
    """Every file in a ZIP archive, by name."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_members(path: Path, members: Members, compression: int = zipfile.ZIP_STORED) -> None:
    """A ZIP archive with these files."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def rewritten(path: Path, change: Callable[[Members], object]) -> None:
    """Make a ZIP archive anew, after ``change`` has been at its files."""
    members = members_of(path)
    change(members)
    write_members(path, members)


def npy(array: np.ndarray[Any, Any], **keywords: Any) -> bytes:
    """The bytes of a NPY file."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, **keywords)
    return buffer.getvalue()


def npy_with_header(header: str, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    """The bytes of a NPY file whose header says just this."""
    text = header.encode("latin1")
    return b"\x93NUMPY" + version + len(text).to_bytes(2 if version == b"\x01\x00" else 4, "little") + text + data


@contextmanager
def taking_at_most(most: int) -> Iterator[None]:
    """Fail if more memory than so many bytes is in use at any moment within."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= most, f"{peak:,} bytes"


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)
