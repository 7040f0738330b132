"""Checkpoints hold all of a training, bit by bit, and nothing that is not whole gets in."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nn_engine import (
    SGD,
    Adam,
    Constant,
    DenseLayer,
    EarlyStopping,
    Experiment,
    InputLayer,
    Network,
    OneCycle,
    StopAtTarget,
    Trainer,
    TrainingPlan,
)
from nn_engine.io.archive import read_archive, write_archive
from nn_engine.io.checkpoint import CheckpointError, load_answering, load_checkpoint, save_best, save_checkpoint
from nn_engine.training import EpochEnd, TrainEnd
from nn_engine.types import Array
from tests.nn_engine.io.damage import JUNK, each_flip, nested_blocks, taking_at_most
from tests.nn_engine.io.runs import (
    INPUTS,
    STEPS_PER_EPOCH,
    advance,
    assert_same_state,
    refused,
    smallest_trainer,
    tiny_trainer,
)
from tests.nn_engine.training.small import blobs, drain, small_trainer

Manifest = dict[str, Any]
Arrays = dict[str, Array]


class TestRoundTrip:
    @pytest.mark.parametrize("optimizer", [SGD(), SGD(momentum=0.9), Adam()])
    @pytest.mark.parametrize("steps", [0, 1, STEPS_PER_EPOCH - 1, STEPS_PER_EPOCH, 2 * STEPS_PER_EPOCH + 1])
    def test_a_training_is_loaded_as_it_was(self, tmp_path: Path, optimizer: SGD | Adam, steps: int) -> None:
        trainer = tiny_trainer(optimizer=optimizer, schedule=OneCycle(), callbacks=(EarlyStopping(patience=9),))
        advance(trainer, steps)
        save_checkpoint(tmp_path / "a.npz", trainer)
        loaded = load_checkpoint(tmp_path / "a.npz")
        assert loaded.state is not None
        assert_same_state(loaded.state, trainer.state())
        assert loaded.network.state.tobytes() == trainer.network.state.tobytes()
        assert loaded.network.to_config() == trainer.network.to_config()
        assert loaded.preprocessing == trainer.preprocessing
        assert loaded.task == trainer.task
        assert loaded.plan == trainer.plan
        assert loaded.experiment == trainer.plan
        assert (loaded.run_id, loaded.epochs_done, loaded.step) == ("tiny", trainer.epoch, steps)

    def test_a_state_saved_on_the_event_of_an_epochs_end_begins_the_next(self, tmp_path: Path) -> None:
        saved = []

        def save(event: object, trainer: Trainer) -> None:
            if type(event).__name__ == "EpochEnd":
                save_checkpoint(tmp_path / f"{trainer.epoch}.npz", trainer)
                saved.append(trainer.state())

        trainer = tiny_trainer(optimizer=Adam())
        trainer.observe(save)
        drain(trainer)
        for number, expected in enumerate(saved, 1):
            loaded = load_checkpoint(tmp_path / f"{number}.npz")
            assert loaded.state is not None
            assert_same_state(loaded.state, expected)
            assert (loaded.epochs_done, loaded.state.batch, len(loaded.state.history)) == (number, 0, number)
            assert loaded.metrics == loaded.state.history[-1]

    def test_going_on_from_a_file_ends_as_if_never_left(self, tmp_path: Path) -> None:
        undisturbed = tiny_trainer(optimizer=Adam())
        drain(undisturbed)
        trainer = tiny_trainer(optimizer=Adam())
        advance(trainer, STEPS_PER_EPOCH + 2)
        save_checkpoint(tmp_path / "a.npz", trainer)
        loaded = load_checkpoint(tmp_path / "a.npz")
        again = tiny_trainer(optimizer=Adam())
        assert loaded.state is not None
        again.restore(loaded.state)
        drain(again)
        # Only how long it took may differ.
        found, expected = (dataclasses.replace(each.state(), seconds=0.0) for each in (again, undisturbed))
        assert_same_state(found, expected)

    def test_after_the_end_the_last_state_is_saved_and_the_best_apart(self, tmp_path: Path) -> None:
        trainer = tiny_trainer(optimizer=SGD(learning_rate=0.5), epochs=6)
        drain(trainer)
        assert trainer.best is not None
        assert trainer.best.epoch < 5, "the last epoch is the best, so this test shows nothing"
        save_checkpoint(tmp_path / "last.npz", trainer)
        save_best(tmp_path / "best.npz", trainer)
        last, best = load_checkpoint(tmp_path / "last.npz"), load_checkpoint(tmp_path / "best.npz")
        assert last.state is not None
        assert_same_state(last.state, trainer.state())
        assert last.epochs_done == 6
        assert last.network.state.tobytes() == trainer.state().snapshot.weights.tobytes()
        assert best.state is None
        assert best.network.state.tobytes() == trainer.best.weights.tobytes() == trainer.network.state.tobytes()
        assert best.network.state.tobytes() != last.network.state.tobytes()
        assert (best.epochs_done, best.step) == (trainer.best.epoch + 1, (trainer.best.epoch + 1) * STEPS_PER_EPOCH)
        assert best.metrics == trainer.best.metrics
        again = tiny_trainer(optimizer=SGD(learning_rate=0.5), epochs=6)
        again.restore(last.state)
        save_best(tmp_path / "again.npz", again)
        assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "best.npz").read_bytes()

    def test_a_training_that_a_callback_ended(self, tmp_path: Path) -> None:
        trainer = tiny_trainer(callbacks=(EarlyStopping(patience=9), StopAtTarget(value=0.0)))
        drain(trainer)
        save_checkpoint(tmp_path / "a.npz", trainer)
        loaded = load_checkpoint(tmp_path / "a.npz")
        assert loaded.state is not None
        assert_same_state(loaded.state, trainer.state())
        assert loaded.state.end_reason == "target_reached"
        assert loaded.state.callback_memories[0] == {"best": trainer.history[0]["val_loss"], "waited": 0}

    def test_whether_it_had_ended(self, tmp_path: Path) -> None:
        trainer = tiny_trainer()
        for event in trainer.fit():
            save_checkpoint(tmp_path / "a.npz", trainer)
            state = load_checkpoint(tmp_path / "a.npz").state
            assert state is not None
            assert state.ended is isinstance(event, TrainEnd)

    def test_a_file_of_version_1_does_not_say_whether_it_had_ended_and_lets_the_best_answer(
        self, tmp_path: Path
    ) -> None:
        trainer = tiny_trainer()
        advance(trainer, STEPS_PER_EPOCH + 1)
        save_checkpoint(tmp_path / "a.npz", trainer)
        save_best(tmp_path / "best.npz", trainer)
        for name in ("a", "best"):
            manifest, arrays = read_archive(tmp_path / f"{name}.npz")
            if manifest["training"] is not None:
                del manifest["training"]["ended"]
            manifest["version"] = 1
            write_archive(tmp_path / f"{name}.npz", arrays, manifest)
        state = load_checkpoint(tmp_path / "a.npz").state
        assert state is not None
        assert_same_state(state, dataclasses.replace(trainer.state(), ended=True))
        assert load_checkpoint(tmp_path / "best.npz").state is None

    def test_no_best_before_the_first_epoch(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="no epoch has been finished"):
            save_best(tmp_path / "best.npz", tiny_trainer())
        assert not list(tmp_path.iterdir())

    def test_changes_made_while_training(self, tmp_path: Path) -> None:
        trainer = tiny_trainer()
        advance(trainer, 2)
        trainer.change("optimizer.learning_rate", 0.03)
        advance(trainer, 3)
        save_checkpoint(tmp_path / "a.npz", trainer)
        loaded = load_checkpoint(tmp_path / "a.npz")
        assert loaded.state is not None
        assert loaded.state.changes == trainer.state().changes
        assert len(loaded.state.changes) == 1
        assert loaded.plan.optimizer == SGD(learning_rate=0.03, momentum=0.9)

    def test_a_bare_plan(self, tmp_path: Path) -> None:
        trainer = small_trainer()
        advance(trainer, 6)
        save_checkpoint(tmp_path / "a.npz", trainer)
        loaded = load_checkpoint(tmp_path / "a.npz")
        assert loaded.state is not None
        assert_same_state(loaded.state, trainer.state())
        assert loaded.experiment is None
        assert type(loaded.plan) is TrainingPlan

    def test_float64(self, tmp_path: Path) -> None:
        network = Network([InputLayer(units=INPUTS), DenseLayer(units=4, fn="softmax")], dtype=np.float64)
        trainer = Trainer(network, blobs(60), None, TrainingPlan(batch_size=20, epochs=1))
        drain(trainer)
        save_checkpoint(tmp_path / "a.npz", trainer)
        loaded = load_checkpoint(tmp_path / "a.npz")
        assert loaded.state is not None
        assert loaded.network.state.dtype == np.float64
        assert_same_state(loaded.state, trainer.state())

    def test_odd_numbers_survive(self, tmp_path: Path) -> None:
        trainer = tiny_trainer()
        odd = np.array([np.nan, -0.0, np.inf, 1e-45], np.float32)
        trainer.network.state[: len(odd)] = odd
        save_checkpoint(tmp_path / "a.npz", trainer)
        assert load_checkpoint(tmp_path / "a.npz").network.state[: len(odd)].tobytes() == odd.tobytes()

    def test_numpy_and_json_read_it_alone(self, tmp_path: Path) -> None:
        trainer = tiny_trainer()
        advance(trainer, STEPS_PER_EPOCH + 1)
        save_checkpoint(tmp_path / "a.npz", trainer)
        with np.load(tmp_path / "a.npz") as archive:
            manifest = json.loads(archive["manifest"].tobytes())
            assert set(archive.files) == {"manifest", *manifest["arrays"]}
            assert archive["weights.layers.1.weights"].shape == (INPUTS, 3)
            assert archive["best.layers.2.bias"].shape == (4,)
            assert archive["slot.velocity.layers.1.weights"].shape == (INPUTS, 3)
        assert (manifest["format"], manifest["version"]) == ("backprop-studio-checkpoint", 2)
        assert manifest["network"]["layers"][1] == trainer.network.layers[1].to_config()

    def test_equal_trainings_make_equal_files(self, tmp_path: Path) -> None:
        for name in "ab":
            save_checkpoint(tmp_path / name, tiny_trainer())
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


class TestDamage:
    def test_every_flipped_bit(self, tmp_path: Path) -> None:
        path = tmp_path / "a.npz"
        save_checkpoint(path, smallest_trainer())
        whole = load_checkpoint(path)
        assert whole.state is not None
        assert whole.state.best is not None
        unchanged = refusals = 0
        for flip in each_flip(path):
            try:
                found = load_checkpoint(path)
            except CheckpointError as error:
                refusals += str(error).startswith(f"{path}: ")
            else:
                assert found.state is not None, flip
                assert_same_state(found.state, whole.state)
                assert found.network.to_config() == whole.network.to_config(), flip
                assert dataclasses.replace(found, network=whole.network, state=None) == dataclasses.replace(
                    whole, state=None
                ), flip
                unchanged += 1
        assert unchanged > 500
        assert refusals > 20_000
        assert unchanged + refusals == 8 * path.stat().st_size

    @pytest.mark.parametrize("kind", JUNK)
    def test_other_files(self, tmp_path: Path, kind: str) -> None:
        path = tmp_path / "junk.npz"
        path.write_bytes(JUNK[kind])
        with pytest.raises(CheckpointError) as caught:
            load_checkpoint(path)
        refused(caught, path)

    def test_truncated(self, tmp_path: Path) -> None:
        path = tmp_path / "a.npz"
        save_checkpoint(path, tiny_trainer())
        data = path.read_bytes()
        for length in range(0, len(data), 17):
            path.write_bytes(data[:length])
            with pytest.raises(CheckpointError) as caught:
                load_checkpoint(path)
            refused(caught, path)


def at(*names: str | int) -> Callable[[Manifest], tuple[Any, Any]]:
    """The place in a manifest that these names lead to: what holds it, and its name there."""

    def find(manifest: Manifest) -> tuple[Any, Any]:
        holder: Any = manifest
        for name in names[:-1]:
            holder = holder[name]
        return holder, names[-1]

    return find


class TestForgery:
    """Archives that are whole, yet no checkpoint of a training that can have been."""

    @pytest.fixture
    def saved(self, tmp_path: Path) -> tuple[Path, Manifest, Arrays]:
        trainer = tiny_trainer(optimizer=Adam(), callbacks=(EarlyStopping(patience=9),))
        advance(trainer, STEPS_PER_EPOCH + 1)
        path = tmp_path / "forged.npz"
        save_checkpoint(path, trainer)
        manifest, arrays = read_archive(path)
        return path, manifest, arrays

    def check(self, path: Path, manifest: Manifest, arrays: Arrays, fault: str) -> None:
        write_archive(path, arrays, manifest)
        with taking_at_most(5_000_000), pytest.raises(CheckpointError) as caught:
            load_checkpoint(path)
        assert fault in refused(caught, path)

    def test_unchanged_it_is_taken(self, saved: tuple[Path, Manifest, Arrays]) -> None:
        path, manifest, arrays = saved
        write_archive(path, arrays, manifest)
        assert load_checkpoint(path).state is not None

    def test_an_older_file_counts_a_metric_by_a_single_number(self, saved: tuple[Path, Manifest, Arrays]) -> None:
        path, manifest, arrays = saved
        state = load_checkpoint(path).state
        counts = manifest["training"]["totals"]["metrics"]
        assert counts == {"accuracy": [counts["accuracy"][0]]}
        counts["accuracy"] = counts["accuracy"][0]
        write_archive(path, arrays, manifest)
        again = load_checkpoint(path).state
        assert state is not None
        assert again is not None
        assert_same_state(again, state)

    @pytest.mark.parametrize(
        ("place", "value", "fault"),
        [
            (at("format"), "another", "an archive of another kind"),
            (at("format"), None, "an archive of another kind"),
            (at("version"), 3, "format version 3; this program reads 1 to 2"),
            (at("version"), 0, "format version 0; this program reads 1 to 2"),
            (at("version"), "1", "format version '1'; this program reads 1 to 2"),
            (at("version"), True, "format version True; this program reads 1 to 2"),
            (at("run_id"), 7, "manifest.run_id: expected text; found 7"),
            (at("epochs_done"), "1", "manifest.epochs_done: expected a whole number from 0 up; found '1'"),
            (at("epochs_done"), 1.0, "manifest.epochs_done: expected a whole number"),
            (at("epochs_done"), True, "manifest.epochs_done: expected a whole number"),
            (at("epochs_done"), 2, "its history has not the 2 epochs that are done"),
            (at("step"), -1, "manifest.step: expected a whole number from 0 up; found -1"),
            (at("step"), 10**30, "manifest.step: expected a whole number"),
            (at("step"), 0, "batch 1 of the epoch does not agree"),
            (at("metrics"), [], "manifest.metrics: expected an object; found []"),
            (at("metrics", "loss"), "low", "manifest.metrics.loss: expected a finite number; found 'low'"),
            (at("network"), None, "manifest.network: expected an object"),
            (at("network", "layers"), "all", "manifest.network.layers: expected a list"),
            (at("network", "layers"), [], "needs at least an InputLayer"),
            (at("network", "layers"), [None], "manifest.network.layers[0]: expected an object"),
            (at("network", "layers", 0, "units"), 35, "weights.layers.1.weights: expected float32 of shape (35, 3)"),
            (at("network", "layers", 0, "units"), 10**8, "expected float32 of shape (100000000, 3)"),
            (at("network", "layers", 0, "units"), None, "InputLayer: expected"),
            (at("network", "layers", 0, "type"), "dense", "DenseLayer has no setting 'shape'"),
            (at("network", "layers", 1, "units"), 65_536, "expected float32 of shape (36, 65536)"),
            (at("network", "layers", 1, "units"), 0, "expected a whole number from 1 to 65536"),
            (at("network", "layers", 1, "fn"), "magic", "DenseLayer.fn"),
            (at("network", "layers", 1, "fn"), ["relu"], "DenseLayer.fn"),
            (at("network", "layers", 1, "type"), "magic", "There is no layer named 'magic'"),
            (at("network", "layers", 1, "type"), ["dense"], "There is no layer named ['dense']"),
            (at("network", "layers", 1, "magic"), 1, "DenseLayer has no setting 'magic'"),
            (at("network", "layers", 2), {"type": "dropout"}, "layers.2.bias belongs to no part of it"),
            (at("network", "layers", 2), {"type": "input", "units": 3}, "only at the start"),
            (at("network", "layers", 2), nested_blocks(200), "the layer is nested too deeply: expected at most 32"),
            (at("network", "weight_init"), "magic", "magic"),
            (at("network", "bias_init"), None, "manifest.network.bias_init: expected text"),
            (at("dtype"), "object", "manifest.dtype: expected one of float32, float64; found 'object'"),
            (at("dtype"), "float64", "expected float64"),
            (at("dtype"), ["float32"], "manifest.dtype: expected one of"),
            (at("preprocessing"), "scale", "manifest.preprocessing: expected an object"),
            (at("preprocessing"), {}, "needs a 'type'"),
            (at("preprocessing", "divide_by"), 0, "Preprocessing.divide_by"),
            (at("preprocessing", "type"), "magic", "magic"),
            (at("task", "sample_shape"), [6, 5], "its task has samples of (6, 5)"),
            (at("task", "sample_shape"), [6, -6], "manifest.task.sample_shape[1]: expected a whole number from 1 up"),
            (at("task", "sample_shape"), "36", "manifest.task.sample_shape: expected a list"),
            (at("task", "target_kind"), "magic", "manifest.task.target_kind: expected one of classes, labels, values"),
            (at("task", "names"), ["a", "b", "c"], "3 classes"),
            (at("task", "names"), ["a", "b", "c", 4], "manifest.task.names[3]: expected text; found 4"),
            (at("plan_kind"), "magic", "manifest.plan_kind: expected one of experiment, plan"),
            (at("plan_kind"), "plan", "TrainingPlan has no setting"),
            (at("plan"), [], "manifest.plan: expected an object"),
            (at("plan", "epochs"), -1, "Experiment.epochs"),
            (at("plan", "optimizer"), {"type": "sgd"}, "the array slot."),
            (at("plan", "optimizer"), "magic", "Experiment.optimizer"),
            (at("plan", "seed"), -1, "Experiment.seed"),
            (at("plan", "layers"), [nested_blocks(200)], "layers: layer 0: the layer is nested too deeply"),
            (at("plan", "callbacks"), [], "expected a memory for each of 0 callbacks"),
            (at("training"), 1, "manifest.training: expected an object; found 1"),
            (at("training"), None, "the array best.layers.1.bias belongs to no part of it"),
            (at("training", "batch"), "1", "manifest.training.batch: expected a whole number"),
            (at("training", "batch"), 0, "batch 0 of the epoch does not agree"),
            (at("training", "batch"), -1, "manifest.training.batch: expected a whole number"),
            (at("training", "totals"), None, "manifest.training.totals: expected an object"),
            (at("training", "totals", "samples"), 0, "does not agree with the sums"),
            (at("training", "totals", "loss"), "0", "manifest.training.totals.loss: expected a finite number"),
            (at("training", "totals", "metrics"), {"accuracy": None}, "metrics.accuracy: expected a finite number"),
            (at("training", "totals", "metrics"), {"accuracy": ["1"]}, "metrics.accuracy[0]: expected a finite"),
            (at("training", "recent_losses"), {}, "manifest.training.recent_losses: expected a list"),
            (at("training", "recent_losses"), [1, "2"], "recent_losses[1]: expected a finite number"),
            (at("training", "first_loss"), "2", "manifest.training.first_loss: expected a finite number"),
            (at("training", "best"), None, "the array best.layers.1.bias belongs to no part of it"),
            (at("training", "best"), [], "manifest.training.best: expected an object"),
            (at("training", "best", "monitor"), 1, "manifest.training.best.monitor: expected text"),
            (at("training", "best", "epoch"), 1, "its history has not the 1 epochs"),
            (at("training", "best", "value"), False, "manifest.training.best.value: expected a finite number"),
            (at("training", "callback_memories"), [], "expected a memory for each of 1 callbacks"),
            (at("training", "callback_memories"), [1], "callback_memories[0]: expected an object"),
            (at("training", "history"), [], "its history has not the 1 epochs that are done"),
            (at("training", "history"), [[]], "manifest.training.history[0]: expected an object"),
            (at("training", "changes"), [{}], "manifest.training.changes[0]: new is missing"),
            (at("training", "seconds"), None, "manifest.training.seconds: expected a finite number"),
            (at("training", "end_reason"), 0, "manifest.training.end_reason: expected text"),
            (at("training", "ended"), 1, "manifest.training.ended: expected true or false; found 1"),
        ],
    )
    def test_changed_fields(
        self, saved: tuple[Path, Manifest, Arrays], place: Callable[[Manifest], Any], value: Any, fault: str
    ) -> None:
        path, manifest, arrays = saved
        holder, name = place(manifest)
        holder[name] = value
        self.check(path, manifest, arrays, fault)

    def test_every_field_is_needed_and_no_other_is_taken(self, saved: tuple[Path, Manifest, Arrays]) -> None:
        path, manifest, arrays = saved
        holders = {
            "manifest": manifest,
            "manifest.network": manifest["network"],
            "manifest.task": manifest["task"],
            "manifest.training": manifest["training"],
            "manifest.training.totals": manifest["training"]["totals"],
            "manifest.training.best": manifest["training"]["best"],
        }
        assert all(len(holder) > 2 for holder in holders.values())
        for where, holder in holders.items():
            for name in list(holder):
                value = holder.pop(name)
                if (where, name) not in (("manifest", "format"), ("manifest", "version")):
                    self.check(path, manifest, arrays, f"{where}: {name} is missing")
                holder[name] = value
            holder["magic"] = 1
            self.check(path, manifest, arrays, f"{where}: magic is not expected there")
            del holder["magic"]

    @pytest.mark.parametrize(
        "name", ["weights.layers.1.weights", "best.layers.2.bias", "slot.gradient_sum.layers.1.bias"]
    )
    def test_changed_arrays(self, saved: tuple[Path, Manifest, Arrays], name: str) -> None:
        path, manifest, arrays = saved
        array = arrays.pop(name)
        self.check(path, manifest, arrays, f"the array {name} is missing")
        self.check(path, manifest, {**arrays, name: array[:-1]}, f"{name}: expected float32 of shape {array.shape}")
        self.check(path, manifest, {**arrays, name: array.astype(np.float64)}, f"{name}: expected float32 of shape")
        self.check(path, manifest, {**arrays, name: array, "magic": array}, "the array magic belongs to no part of it")

    def test_an_experiment_that_says_nothing_of_the_network(self, saved: tuple[Path, Manifest, Arrays]) -> None:
        path, manifest, arrays = saved
        manifest["plan"] = Experiment(optimizer=Adam(), schedule=Constant(), callbacks=(EarlyStopping(),)).to_config()
        write_archive(path, arrays, manifest)
        assert load_checkpoint(path).network.to_config() == manifest["network"]


class TestAnswering:
    """What a checkpoint's network answers with: the best weights after the end, the present ones before."""

    @pytest.mark.parametrize("ended", [True, False])
    def test_the_best_after_the_end_and_the_present_before(self, tmp_path: Path, ended: bool) -> None:
        trainer = tiny_trainer(epochs=6, optimizer=SGD(learning_rate=0.9, momentum=0.9))
        for event in trainer.fit():
            if not ended and isinstance(event, EpochEnd) and event.epoch == 4:
                break
        assert trainer.best is not None
        save_checkpoint(tmp_path / "one.npz", trainer)
        expected = trainer.best.weights if ended else trainer.snapshot().weights
        answering = load_answering(tmp_path / "one.npz")
        np.testing.assert_array_equal(answering.network.state, expected)
        if ended:
            assert (answering.epochs_done, answering.metrics) == (trainer.best.epoch + 1, trainer.best.metrics)
        else:
            assert answering.epochs_done == 5
