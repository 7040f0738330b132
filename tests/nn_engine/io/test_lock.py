"""The lock keeps other processes out for as long as its holder lives, and no longer."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nn_engine.io.lock import FileLock

ROOT = Path(__file__).parents[3]
HOLDER = """
import sys
from pathlib import Path
from nn_engine.io.lock import FileLock
lock = FileLock(Path(sys.argv[1]))
print(lock.acquire(), flush=True)
sys.stdin.read()
lock.release()
print("released", flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has taken the lock."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        try:
            yield process
        finally:
            process.kill()


def test_one_at_a_time(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / ".lock"), FileLock(tmp_path / ".lock")
    assert first.acquire()
    assert not second.acquire()
    second.release()  # nothing: it is not held
    assert not second.acquire()
    first.release()
    assert second.acquire()
    second.release()
    assert first.acquire()
    first.release()


def test_another_process_holds_it_until_it_ends(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / ".lock")
    with holder(tmp_path / ".lock") as process:
        assert not lock.acquire()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        assert process.stdout.readline() == "released\n"
        assert lock.acquire()
        lock.release()


def test_a_killed_process_holds_it_no_longer(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / ".lock")
    with holder(tmp_path / ".lock") as process:
        assert not lock.acquire()
        process.kill()
        process.wait()
        assert lock.acquire()
        lock.release()
    assert (tmp_path / ".lock").exists()


@pytest.mark.skipif(os.name == "nt", reason="needs flock")
def test_a_disk_without_locks_is_not_mistaken_for_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    open_before = len(os.listdir("/dev/fd"))
    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(OSError, match="No locks available"):
        FileLock(tmp_path / ".lock").acquire()
    assert len(os.listdir("/dev/fd")) == open_before
