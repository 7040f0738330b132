from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.studio import Studio
from app.view_models.standing import standing
from nn_engine import Experiment
from nn_engine.data import MNIST, LoadedData
from nn_engine.types import Array
from tests.app.conftest import drain_until, train_to_end
from tests.app.studio.helpers import told

LOAD = MNIST.load  # before the tests' digits take its place
IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


def write_idx(path: Path, array: Array) -> None:
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes())


def write_digits(folder: Path, digits: LoadedData) -> None:
    """The four files, with few digits."""
    folder.mkdir()
    for part, data in (("train", digits.train), ("t10k", digits.test)):
        numbers = np.arange(200)
        read = data.read(numbers, np.empty((200, 28, 28), np.uint8))
        write_idx(folder / f"{part}-images-idx3-ubyte", read)
        write_idx(folder / f"{part}-labels-idx1-ubyte", np.asarray(data.targets[numbers], np.uint8))


def break_reading(folder: Path) -> None:
    (folder / IMAGES).unlink()
    (folder / IMAGES).symlink_to("/proc/self/mem")  # it opens, and cannot be read


def break_packing(folder: Path) -> None:
    packed = gzip.compress((folder / IMAGES).read_bytes())
    (folder / f"{IMAGES}.gz").write_bytes(packed[: len(packed) // 2])


def take_away(folder: Path) -> None:
    (folder / LABELS).unlink()


@pytest.mark.parametrize(
    ("spoil", "file", "fault"),
    [
        (break_reading, IMAGES, "Input/output error. Mend it, or choose another folder under Data."),
        (break_packing, f"{IMAGES}.gz", "the gzip packing is damaged or cut short"),
        (take_away, LABELS, "it is not there. Mend it, or choose another folder under Data."),
    ],
)
def test_data_that_cannot_be_read_is_named_with_its_fault_and_read_again_by_train(
    studio: Studio,
    home: Path,
    digits: LoadedData,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path], None],
    file: str,
    fault: str,
) -> None:
    monkeypatch.setattr(MNIST, "load", LOAD)
    folder = home / "digits"
    write_digits(folder, digits)
    spoil(folder)
    heard = told(studio)
    studio.document.set("data.folder", str(folder))
    drain_until(studio, lambda: studio.training.settling)
    studio.training.prepare()
    drain_until(studio, lambda: heard)
    ((kind, sentence),) = heard
    assert kind == "error"
    assert file in sentence
    assert fault in sentence
    assert "make room" not in sentence
    assert studio.document.data_error == sentence
    assert (studio.transport.failure, studio.transport.failure_reason) == ("The data could not be read", sentence)
    assert studio.transport.actions.train == "", "Train tries again"
    for each in folder.iterdir():
        each.unlink()
    folder.rmdir()
    write_digits(folder, digits)
    train_to_end(studio)
    assert studio.transport.end_reason == "completed"
    assert studio.document.data_error == ""


def test_of_two_sessions_asked_for_only_the_last_is_shown(
    studio: Studio, home: Path, small: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MNIST, "load", LOAD)
    studio.document.start(small.replace(batch_size=64, name="first"))
    studio.training.prepare()  # its data is at hand
    studio.document.start(small.replace(data=MNIST(folder=str(home / "nowhere")), name="second"))
    studio.training.prepare()
    drain_until(studio, lambda: studio.transport.failure)
    assert studio.session is None
    assert standing(studio.transport, studio.document) == (
        "The data could not be read",
        f"Train tries again. {studio.transport.failure_reason}",
    )
