"""Whatever fails while a file is written, the old file stays whole and nothing else stays behind."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from nn_engine.io import files

Failure = BaseException
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def failing(error: Failure) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail


def filling_up(room: int) -> Callable[[int, bytes], None]:
    """A ``write`` on a disk with room for so many bytes."""

    def write(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data[:room])
        if len(data) > room:
            raise FULL

    return write


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"the old file")
    return path


@pytest.mark.parametrize("size", [0, 1, 5_000_000])
def test_what_is_written_is_there(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    for _ in range(2):
        files.write_atomically(tmp_path / "file", data)
        assert (tmp_path / "file").read_bytes() == data
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole_write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: whole_write(descriptor, bytes(data[:3])))
    files.write_atomically(tmp_path / "file", b"0123456789")
    files.append_and_sync(tmp_path / "file", b"abcdefgh")
    assert (tmp_path / "file").read_bytes() == b"0123456789abcdefgh"


@pytest.mark.parametrize("error", [FULL, OSError(errno.EIO, "broken"), KeyboardInterrupt(), MemoryError()])
@pytest.mark.parametrize("operation", ["write", "sync", "rename"])
def test_a_failure_leaves_the_old_file(
    old: Path, monkeypatch: pytest.MonkeyPatch, operation: str, error: Failure
) -> None:
    monkeypatch.setattr(files, operation, failing(error))
    with pytest.raises(type(error)):
        files.write_atomically(old, b"the new file")
    assert old.read_bytes() == b"the old file"
    assert list(old.parent.iterdir()) == [old]


@pytest.mark.parametrize("room", [0, 1, 11])
def test_a_full_disk_leaves_the_old_file_and_is_told_with_its_name(
    old: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr(files, "write", filling_up(room))
    with pytest.raises(OSError, match="No space left") as caught:
        files.write_atomically(old, b"the new file")
    assert caught.value.filename == str(old)
    assert old.read_bytes() == b"the old file"
    assert list(old.parent.iterdir()) == [old]


def test_the_new_file_is_on_the_disk_before_it_gets_its_name(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    sync, rename = files.sync, files.rename

    def watched_sync(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else f"{os.fstat(descriptor).st_size} bytes"
        done.append(f"sync {kind}")
        sync(descriptor)

    def watched_rename(source: Path, target: Path) -> None:
        done.append(f"rename over {target.read_text()}")
        rename(source, target)

    monkeypatch.setattr(files, "sync", watched_sync)
    monkeypatch.setattr(files, "rename", watched_rename)
    files.write_atomically(old, b"the new file")
    assert done == ["sync 12 bytes", "rename over the old file", "sync folder"]


@pytest.mark.parametrize("error", [FULL, KeyboardInterrupt()])
@pytest.mark.parametrize("operation", ["write", "sync"])
def test_a_failure_leaves_nothing_of_what_was_to_be_added(
    old: Path, monkeypatch: pytest.MonkeyPatch, operation: str, error: Failure
) -> None:
    monkeypatch.setattr(files, operation, filling_up(4) if operation == "write" and error is FULL else failing(error))
    with pytest.raises(type(error)) as caught:
        files.append_and_sync(old, b" and more")
    assert getattr(caught.value, "filename", str(old)) == str(old)
    assert old.read_bytes() == b"the old file"
    monkeypatch.undo()
    files.append_and_sync(old, b" and more")
    assert old.read_bytes() == b"the old file and more"


def test_adding_begins_a_file(tmp_path: Path) -> None:
    files.append_and_sync(tmp_path / "new", b"a")
    files.append_and_sync(tmp_path / "new", b"b")
    assert (tmp_path / "new").read_bytes() == b"ab"


@pytest.mark.parametrize(("size", "left"), [(0, b""), (3, b"the"), (12, b"the old file"), (100, b"the old file")])
def test_cutting(old: Path, size: int, left: bytes) -> None:
    files.cut(old, size)
    assert old.read_bytes() == left


def test_cutting_what_is_not_there(tmp_path: Path) -> None:
    files.cut(tmp_path / "none", 5)
    assert not list(tmp_path.iterdir())


def test_errors_of_the_system_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        files.write_atomically(tmp_path / "none" / "file", b"")
    assert caught.value.filename == str(tmp_path / "none" / "file")
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError) as is_folder:
        files.write_atomically(tmp_path / "folder", b"")
    assert is_folder.value.filename == str(tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
