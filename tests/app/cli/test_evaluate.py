"""``evaluate`` measures a checkpoint on data it has never seen."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest

from nn_engine import (
    MNIST,
    ArrayDataset,
    BinaryCrossEntropy,
    DenseLayer,
    Experiment,
    InputLayer,
    Loss,
    MeanSquaredError,
    Preprocessing,
    Setting,
    assemble,
)
from nn_engine.data import DataSource, LoadedData
from nn_engine.data.dataset import TargetKind
from nn_engine.declarations import register, unregister
from nn_engine.io.archive import read_archive, write_archive
from nn_engine.io.checkpoint import load_checkpoint, save_checkpoint
from tests.app.cli.conftest import TESTED
from tests.app.cli.starting import Start, start_process
from tests.nn_engine.io.damage import JUNK
from tests.nn_engine.io.runs import tiny_trainer
from tests.nn_engine.training.small import small_trainer


def test_for_a_program(start: Start, trained: Path, little_data: Path) -> None:
    path = trained / "checkpoints" / "best.npz"
    done = start("evaluate", path, "--json")
    assert (done.status, done.err) == (0, "")
    (event,) = done.events
    checkpoint = load_checkpoint(path)
    assert (event["event"], event["epoch"], event["samples"]) == ("evaluation", checkpoint.epochs_done, TESTED)
    # The same, worked out in the open.
    test = MNIST(folder=str(little_data)).load().test
    images = np.empty((TESTED, 28, 28), np.uint8)
    test.read(np.arange(TESTED), images)
    probabilities = checkpoint.network.predict(images / 255)
    assert event["test_accuracy"] == (probabilities.argmax(axis=1) == test.targets).mean()
    expected_loss = -np.log(probabilities[np.arange(TESTED), test.targets]).mean()
    assert event["test_loss"] == pytest.approx(expected_loss, rel=1e-5)


def test_it_is_what_training_said_of_its_best(start: Start, little: list[str]) -> None:
    end = start("train", "--json", "--output", "run", *little).events[-1]
    (event,) = start("evaluate", end["checkpoint"], "--json").events
    assert (event["test_accuracy"], event["test_loss"]) == (end["test_accuracy"], end["test_loss"])
    assert event["epoch"] == end["best_epoch"]


def test_for_a_person(start: Start, trained: Path) -> None:
    path = trained / "checkpoints" / "last.npz"
    done = start("evaluate", path)
    assert (done.status, done.err) == (0, "")
    first, loss, accuracy, f1 = done.out.splitlines()
    assert first == f"{path}: mnist-300, after 2 epochs, on 100 test samples"
    assert loss.startswith("test loss ")
    assert accuracy.startswith("test accuracy ")
    assert accuracy.endswith(" %")
    assert f1.startswith("test macro f1 ")
    first_epoch = start("evaluate", trained / "checkpoints" / "epoch-0001.npz").out
    assert "mnist-300, after 1 epoch, on" in first_epoch


def test_class_by_class(start: Start, trained: Path) -> None:
    path = trained / "checkpoints" / "last.npz"
    (event,) = start("evaluate", path, "--json", "--per-class").events
    matrix = np.array(event["confusion"])
    assert matrix.shape == (10, 10)
    assert matrix.sum() == event["samples"] == 100
    assert matrix.trace() / 100 == event["test_accuracy"]
    assert [row["name"] for row in event["classes"]] == list("0123456789")
    assert [row["samples"] for row in event["classes"]] == matrix.sum(axis=1).tolist()
    assert np.mean([row["f1"] for row in event["classes"]]) == pytest.approx(event["test_macro_f1"])
    told = start("evaluate", path, "--per-class").out.splitlines()
    begins = told.index("class  precision     recall         F1  samples") + 1
    shown = [line.split() for line in told[begins : begins + 10]]
    assert [words[0] for words in shown] == list("0123456789")
    assert [int(words[-1]) for words in shown] == matrix.sum(axis=1).tolist()
    np.fill_diagonal(matrix, 0)
    right, answer = np.unravel_index(matrix.argmax(), matrix.shape)
    assert told[begins + 10] == f"{right} taken for {answer}: {matrix.max()}"


def test_the_answers_to_several_draws_of_augmentation(start: Start, trained: Path, little: list[str]) -> None:
    end = start("train", "--json", "--output", "run", *little, "--set", "augmentation.rotation=on").events[-1]
    plain, averaged, again = (
        start("evaluate", end["checkpoint"], "--json", *more).events[0]
        for more in ((), ("--draws", "3"), ("--draws", "3"))
    )
    assert averaged == again
    assert averaged["test_loss"] != plain["test_loss"]
    start("evaluate", trained / "checkpoints" / "best.npz", "--draws", "3").refused(
        "--draws: expected a checkpoint trained with augmentation; this one was trained without"
    )


def test_draws_class_by_class_are_of_the_same_answers(start: Start, little: list[str]) -> None:
    words = ("--set", "augmentation.rotation.degrees=90", "--set", "augmentation.rotation.probability=1")
    path = start("train", "--json", "--output", "run", *little, *words).events[-1]["checkpoint"]
    (plain,), (averaged,) = (
        start("evaluate", path, "--json", "--per-class", *more).events for more in ((), ("--draws", "2"))
    )
    for event in (plain, averaged):
        assert np.trace(event["confusion"]) / TESTED == event["test_accuracy"]
        assert np.mean([row["f1"] for row in event["classes"]]) == pytest.approx(event["test_macro_f1"])
    assert averaged["confusion"] != plain["confusion"]


class Marked(DataSource):
    """Two numbers a sample, and as targets whether each is positive, or the numbers themselves."""

    kind: Annotated[str, Setting("What the targets mean.", choices=("labels", "values"))] = "labels"

    def load(self) -> LoadedData:
        samples = np.random.default_rng(0).normal(size=(60, 2))
        targets = samples > 0 if self.kind == "labels" else samples
        kind: TargetKind = "labels" if self.kind == "labels" else "values"
        part = ArrayDataset(samples, targets, ("right", "high"), kind)
        return LoadedData(part, part.subset(np.arange(40)))


@pytest.fixture
def marked() -> Iterator[Callable[..., str]]:
    """Trains a little on ``Marked``, and gives the checkpoint's path."""
    register("marked")(Marked)

    def train(kind: str, loss: Loss) -> str:
        layers = (InputLayer(units=2), DenseLayer(units=2, fn="sigmoid" if kind == "labels" else "linear"))
        settings: dict[str, Any] = {
            "data": Marked(kind=kind),
            "layers": layers,
            "loss": loss,
            "epochs": 2,
            "batch_size": 8,
        }
        session = assemble(Experiment(**settings, preprocessing=Preprocessing(divide_by=1)))
        list(session.trainer.fit())
        save_checkpoint(Path("marked.npz"), session.trainer)
        return "marked.npz"

    yield train
    unregister("dataset", "marked")


def test_label_by_label(start: Start, marked: Callable[..., str]) -> None:
    path = marked("labels", BinaryCrossEntropy())
    (event,) = start("evaluate", path, "--json", "--per-class").events
    assert [row["name"] for row in event["labels"]] == ["right", "high"]
    test = Marked().load().test
    assert [row["samples"] for row in event["labels"]] == test.targets.sum(axis=0).tolist()
    shares = [np.trace(row["confusion"]) / len(test) for row in event["labels"]]
    assert np.mean(shares) == pytest.approx(event["test_accuracy"])
    assert np.mean([row["f1"] for row in event["labels"]]) == pytest.approx(event["test_macro_f1"])
    told = start("evaluate", path, "--per-class").out.splitlines()
    begins = told.index("label  precision     recall         F1  samples") + 1
    assert [line.split()[0] for line in told[begins : begins + 2]] == ["right", "high"]
    wrong = {
        f"{names[right]} taken for {names[1 - right]}: {row['confusion'][right][1 - right]}"
        for row in event["labels"]
        for right, names in ((each, (f"not {row['name']}", row["name"])) for each in (0, 1))
        if row["confusion"][right][1 - right]
    }
    assert set(told[begins + 2 :]) == wrong


def test_values_have_no_classes_to_tell_apart(
    start: Start, marked: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = marked("values", MeanSquaredError())
    assert start("evaluate", path, "--json").status == 0
    monkeypatch.setattr(Marked, "load", lambda self: pytest.fail("evaluated, only to refuse"))
    start("evaluate", path, "--per-class").refused(
        "--per-class: expected a network that answers with classes or labels; this one answers with values"
    )


def test_as_a_process_of_its_own(start: Start, trained: Path) -> None:
    path = trained / "checkpoints" / "best.npz"
    done = start_process("evaluate", path, "--json", OPENBLAS_NUM_THREADS="1")
    assert done.status == 0
    assert done.events == start("evaluate", path, "--json").events


@pytest.mark.parametrize("kind", JUNK)
def test_damaged_checkpoints(start: Start, kind: str) -> None:
    Path("a.npz").write_bytes(JUNK[kind])
    done = start("evaluate", "a.npz", "--json")
    done.refused("a.npz: ")
    assert done.out == ""


def test_truncated_checkpoints(start: Start, trained: Path) -> None:
    data = (trained / "checkpoints" / "best.npz").read_bytes()
    for length in (10, 1000, len(data) // 2, len(data) - 1):
        Path("a.npz").write_bytes(data[:length])
        start("evaluate", "a.npz").refused("a.npz: not a whole checkpoint file")


def test_missing_files_and_folders(start: Start) -> None:
    start("evaluate", "none.npz").refused("none.npz: there is no such file")
    start("evaluate", ".").refused("expected a file; this is a folder")
    start("evaluate", "").refused("expected a file; this is a folder")


def test_a_run_instead_of_its_checkpoint(start: Start, trained: Path) -> None:
    best = trained / "checkpoints" / "best.npz"
    start("evaluate", trained).refused(f"{trained}: expected a file; this is a folder. The network", str(best))


def test_a_file_of_arrays_of_somebody_else(start: Start) -> None:
    np.savez("a.npz", weights=np.zeros(3))
    start("evaluate", "a.npz").refused("a.npz: ", "was not written by this program")
    write_archive(Path("a.npz"), {}, {"format": "something else"})
    start("evaluate", "a.npz").refused("a.npz: ", "an archive of another kind")


def test_a_checkpoint_that_knows_no_data(start: Start) -> None:
    save_checkpoint(Path("a.npz"), small_trainer())
    start("evaluate", "a.npz").refused("a.npz: ", "does not say on which data its network was trained")
    start("export", "a.npz", "a.safetensors")
    start("evaluate", "a.safetensors").refused("a.safetensors: ", "does not say on which data")


def test_data_that_is_not_there_or_does_not_fit(start: Start, trained: Path, little_data: Path) -> None:
    save_checkpoint(Path("a.npz"), tiny_trainer())  # of images of 6×6; what it says of its data is MNIST
    start("evaluate", "a.npz").refused("(36,)", "(28, 28)")
    manifest, arrays = read_archive(trained / "checkpoints" / "best.npz")
    shutil.copytree(little_data, "data")
    Path("data/t10k-images-idx3-ubyte").unlink()
    manifest["plan"] = Experiment.from_config(manifest["plan"]).replace(data=MNIST(folder="data")).to_config()
    write_archive(Path("b.npz"), arrays, manifest)
    start("evaluate", "b.npz").refused("data: expected the file t10k-images-idx3-ubyte")


def test_numbers_that_are_none_in_json_become_null(start: Start, trained: Path) -> None:
    path = trained / "checkpoints" / "best.npz"
    manifest, arrays = read_archive(path)
    broken = {name: np.full_like(array, np.nan) for name, array in arrays.items()}
    write_archive(path, broken, manifest)
    done = start("evaluate", path, "--json")
    assert done.err == ""
    assert json.loads(done.out)["test_loss"] is None
