"""Whatever goes wrong in a command becomes one sentence and an exit status."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.cli import presets
from app.cli.commands import UsageError
from app.cli.output import duration, note, percent, print_json
from tests.app.cli.starting import Start, command, environment


def oserror(number: int, filename: str | None = None) -> OSError:
    """The error that the system raises: of the subclass that belongs to the number."""
    return OSError(number, os.strerror(number), filename)


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (ValueError("That is wrong."), 1, "That is wrong."),
        (ValueError("That is\nwrong,\n  and so is this."), 1, "That is wrong, and so is this."),
        (UsageError("Do not type that."), 2, "Do not type that."),
        (KeyboardInterrupt(), 130, "Interrupted."),
        (oserror(errno.ENOENT, "a.npz"), 1, "a.npz: there is no such file."),
        (FileNotFoundError("a: expected b."), 1, "a: expected b."),
        (oserror(errno.EISDIR, "a.npz"), 1, "a.npz: expected a file; this is a folder."),
        (oserror(errno.EEXIST, "a"), 1, "a: expected a folder, or a name that is free; this is a file."),
        (
            oserror(errno.EACCES, "folder/.lock"),
            1,
            "folder: you have no right to write in this folder. Take another one, or see to the right, as by chmod.",
        ),
        (
            oserror(errno.EACCES, __file__),
            1,
            f"{__file__}: you have no right to open it. Whoever it belongs to can give it, such as by chmod.",
        ),
        (oserror(errno.EACCES), 1, "Permission denied."),
        (oserror(errno.ENOTDIR, "a/b"), 1, "a/b: Not a directory."),
        (oserror(errno.ENOSPC, "a.npz"), 1, "a.npz: No space left on device."),
        (oserror(errno.EIO), 1, "Input/output error."),
        (OSError("strange"), 1, "strange."),
        (MemoryError(), 1, "There is not enough memory for this; try fewer units, or a smaller batch size."),
        (oserror(errno.EPIPE), 1, ""),
    ],
)
def test_errors(
    start: Start, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, sentence: str
) -> None:
    def fail(_: object) -> int:
        raise error

    monkeypatch.setattr(presets, "run", fail)
    done = start("presets")
    assert (done.status, done.out, done.err) == (status, "", sentence and f"{sentence}\n")


@pytest.mark.parametrize("error", [TypeError("a bug"), AssertionError("a bug"), KeyError("a bug")])
def test_bugs_are_not_hidden(start: Start, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(_: object) -> int:
        raise error

    monkeypatch.setattr(presets, "run", fail)
    with pytest.raises(type(error)):
        start("presets")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_output_that_does_not_fit_is_told_of(trained: Path) -> None:
    for words in (["presets"], ["presets", "--json"], ["evaluate", trained / "checkpoints" / "best.npz"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                command(*words), env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, check=False
            )
        assert (done.returncode, done.stderr) == (1, "No space left on device.\n")


def test_a_remark_is_lost_rather_than_printed_among_the_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("app.cli.output.sys", SimpleNamespace(stderr=None))
    note("Mind the gap.")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("words", [["presets"], ["presets", "--json"]])
def test_a_reader_that_leaves_is_not_told_anything(words: list[str]) -> None:
    receiver, sender = os.pipe()
    os.close(receiver)
    try:
        done = subprocess.run(
            command(*words), env=environment(), stdout=sender, stderr=subprocess.PIPE, text=True, check=False
        )
    finally:
        os.close(sender)
    assert (done.returncode, done.stderr) == (1, "")


def test_numbers_that_json_does_not_know_become_null(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": float("nan"), "b": [float("inf"), (1.5, {"c": float("-inf")})], "d": "ä\n\udcff"})
    printed = capsys.readouterr().out
    assert printed == '{"a": null, "b": [null, [1.5, {"c": null}]], "d": "\\u00e4\\n\\udcff"}\n'


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (754, "12:34"), (3599.9, "1:00:00"), (3723, "1:02:03")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_shares() -> None:
    assert [percent(share) for share in (0.98123, 0.0, 1, None)] == ["98.12 %", "0.00 %", "100.00 %", "–"]
