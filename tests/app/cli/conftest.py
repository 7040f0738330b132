"""What tests of the command line share: a little data, a run trained on it, and ways to start commands."""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from main import main
from nn_engine.data import MNIST
from tests.app.cli.starting import Finished, Start

TRAINED, TESTED = 300, 100


@pytest.fixture(scope="package", autouse=True)
def disk_that_need_not_be_waited_for() -> Iterator[None]:
    """No power fails here; commands started as processes of their own do wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where relative paths lead, so that no command ever writes into the project."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def little_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the first digits of MNIST, in the same four files."""
    folder, data = tmp_path_factory.mktemp("digits"), MNIST().load()
    for part, dataset, count in (("train", data.train, TRAINED), ("t10k", data.test, TESTED)):
        images = np.empty((count, 28, 28), np.uint8)
        dataset.read(np.arange(count), images)
        header = struct.pack(">4I", 0x803, count, 28, 28)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(header + images.tobytes())
        labels = dataset.targets[:count].astype(np.uint8)
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, count) + labels.tobytes())
    return folder


@pytest.fixture(scope="session")
def little(little_data: Path) -> list[str]:
    """Arguments for ``train`` that make it a matter of milliseconds."""
    settings = (f"data.folder={little_data}", "layers.1.units=12", "epochs=2")
    return [word for setting in settings for word in ("--set", setting)]


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory: pytest.TempPathFactory, little: list[str]) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "run"
    assert main(["train", "--json", "--output", str(folder), *little]) == 0
    return folder


@pytest.fixture
def trained(trained_once: Path, tmp_path: Path) -> Path:
    """The folder of a finished run of two epochs, to do with as one likes."""
    return Path(shutil.copytree(trained_once, tmp_path / "trained"))


@pytest.fixture
def start(capfd: pytest.CaptureFixture[str]) -> Start:
    """Start a command in this process; gives what became of it."""

    def run(*words: object) -> Finished:
        capfd.readouterr()
        try:
            status = main([str(word) for word in words])
        except SystemExit as end:
            status = int(end.code or 0)
        printed = capfd.readouterr()
        return Finished(status, printed.out, printed.err)

    return run
