"""The few ways in which the engine changes files; all of it through ``write``, ``sync`` and ``rename``."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write(descriptor: int, data: bytes) -> None:
    """Write all of ``data``."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync(descriptor: int) -> None:
    """Wait until what was written is on the disk."""
    os.fsync(descriptor)


def rename(source: Path, target: Path) -> None:
    """Give a file or folder its name, in place of a file (or an empty folder) that has it; either name is whole."""
    os.replace(source, target)


def write_atomically(path: Path, data: bytes) -> None:
    """Write under a temporary name, wait for the disk, then rename: the old file or the new one, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with _naming(path):
        try:
            write_and_sync(temporary, data)
            rename(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def write_and_sync(path: Path, data: bytes) -> None:
    """Write a new file and wait for the disk."""
    with _naming(path), _open(path, os.O_TRUNC) as descriptor:
        write(descriptor, data)
        sync(descriptor)


def append_and_sync(path: Path, data: bytes) -> None:
    """Add to the end of a file and wait for the disk.

    Where that fails, the file is as it was; a crash can only leave less of ``data`` behind.
    """
    with _naming(path), _open(path, os.O_APPEND) as descriptor:
        size = os.fstat(descriptor).st_size
        try:
            write(descriptor, data)
            sync(descriptor)
        except BaseException:
            os.ftruncate(descriptor, size)
            raise


@contextmanager
def _open(path: Path, flags: int) -> Iterator[int]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | flags | getattr(os, "O_BINARY", 0), 0o644)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """A full disk is reported without the name of the file that did not fit: add it, and hide the temporary one."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


def cut(path: Path, size: int) -> None:
    """Shorten a file to ``size`` bytes, if it is longer."""
    if path.exists() and path.stat().st_size > size:
        with path.open("r+b") as stream:
            stream.truncate(size)
            sync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system can do that (Windows does it by itself)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            sync(descriptor)
        finally:
            os.close(descriptor)
