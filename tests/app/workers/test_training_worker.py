from __future__ import annotations

import errno
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.workers.news import Answer, Failed, News, PaceMeasured, Prepared, Refused, RunCreated, StateChanged
from app.workers.training_worker import TrainingWorker
from nn_engine import Experiment
from nn_engine.experiments import assemble
from nn_engine.io.checkpoint import Checkpoint, load_checkpoint
from nn_engine.io.run_folder import RunFolder
from nn_engine.training import EpochEnd, Event, SettingChanged, ShardEnd, StepEnd, TrainEnd
from nn_engine.training.trainer import Trainer
from nn_engine.types import Floats


class Desk:
    """A worker, and all the news that has been read from it."""

    def __init__(self, folder: Path) -> None:
        self.worker = TrainingWorker(lambda name: folder / name)
        self.seen: list[News] = []
        self.worker.start()

    def read(self) -> None:
        while self.worker.news:
            self.seen.append(self.worker.news.popleft())

    def of(self, *kinds: type) -> list[News]:
        self.read()
        return [item for item in self.seen if isinstance(item, kinds)]

    def until(self, what: Callable[[], object]) -> None:
        limit = time.monotonic() + 10
        while not what():
            assert time.monotonic() < limit, f"waited in vain; last news: {self.seen[-3:]}"
            self.read()
            time.sleep(0.001)

    def states(self) -> list[str]:
        return [item.state for item in self.of(StateChanged) if isinstance(item, StateChanged)]

    def paused(self, times: int = 1) -> None:
        self.until(lambda: self.states().count("paused") >= times)

    def ask(self, question: Callable[[Trainer], object]) -> object:
        """Asks, and waits for the answer."""
        before = len(self.of(Answer))
        self.worker.request("asked", question)
        self.until(lambda: len(self.of(Answer)) > before)
        answer = self.of(Answer)[-1]
        assert isinstance(answer, Answer)
        return answer.value

    def weights(self) -> Floats:
        value = self.ask(lambda trainer: trainer.snapshot().weights)
        assert isinstance(value, np.ndarray)
        return value


@pytest.fixture
def desk(home: Path, qapp: object) -> Iterator[Desk]:
    made = Desk(home / "runs")
    yield made
    made.worker.finish()
    assert made.worker.isFinished()


def undisturbed(experiment: Experiment) -> Trainer:
    trainer = assemble(experiment).trainer
    for _ in trainer.fit():
        pass
    return trainer


def test_it_measures_how_long_an_epoch_takes_and_changes_nothing(
    desk: Desk, small: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.workers.training_worker.REST_SECONDS", 0.0)
    desk.worker.prepare(small)
    desk.until(lambda: desk.of(PaceMeasured))
    (measured,), (prepared,) = desk.of(PaceMeasured), desk.of(Prepared)
    assert isinstance(measured, PaceMeasured)
    assert isinstance(prepared, Prepared)
    assert measured.run_id == prepared.session.trainer.run_id
    assert 0 < measured.seconds_per_epoch < 5
    assert not desk.of(Event), "the twin's events are its own"
    desk.worker.train()
    desk.until(lambda: desk.of(TrainEnd))
    assert desk.weights().tobytes() == undisturbed(small).snapshot().weights.tobytes()


def test_whoever_trains_at_once_does_not_wait_for_the_measurement(desk: Desk, small: Experiment) -> None:
    full = small.replace(train_size=None, batch_size=1500, validation_share=0.0, epochs=500)
    desk.worker.prepare(full)
    desk.worker.train(StepEnd)
    desk.until(lambda: desk.of(StepEnd))
    time.sleep(0.05)
    assert not desk.of(PaceMeasured)


def test_it_tells_what_it_prepares(desk: Desk, small: Experiment) -> None:
    desk.worker.prepare(small)
    desk.paused()
    assert desk.states() == ["preparing", "building", "paused"]
    (prepared,) = desk.of(Prepared)
    assert isinstance(prepared, Prepared)
    assert prepared.past is None
    assert (prepared.steps_per_epoch, prepared.epochs, prepared.learning_rate) == (10, 2, 0.1)


def test_what_it_tells_of_a_training_is_of_the_moment_in_which_it_was_ready(
    desk: Desk, small: Experiment, tmp_path: Path
) -> None:
    desk.worker.prepare(small)
    desk.worker.train(EpochEnd)
    desk.until(lambda: desk.of(EpochEnd))
    desk.worker.save(tmp_path / "half.npz")
    desk.worker.prepare(small.replace(name="again"), load_after(desk, tmp_path / "half.npz"))
    desk.worker.train()
    desk.until(lambda: len(desk.of(EpochEnd)) == 2)
    first, second = desk.of(Prepared)
    assert isinstance(first, Prepared)
    assert isinstance(second, Prepared)
    untrained = assemble(small).network.state
    assert first.answering.step == 0
    np.testing.assert_array_equal(first.answering.weights, untrained)
    np.testing.assert_array_equal(first.network.state, untrained)
    assert second.past is not None
    assert (second.past.snapshot.step, second.answering.step) == (10, 10)
    np.testing.assert_array_equal(second.network.state, second.past.snapshot.weights)


def load_after(desk: Desk, path: Path) -> Checkpoint:
    """What the worker saves, as soon as it has."""
    desk.until(lambda: any(isinstance(item, Answer) and item.name == "saved" for item in desk.of(Answer)))
    return load_checkpoint(path)


def test_a_training_that_is_stopped_before_it_begins_does_not_begin(desk: Desk, small: Experiment) -> None:
    desk.worker.prepare(small)
    desk.worker.train()
    desk.worker.stop()
    desk.paused(2)
    assert desk.states() == ["preparing", "building", "paused", "paused"]
    assert not desk.of(Event, RunCreated)
    desk.worker.train(StepEnd)
    desk.until(lambda: desk.of(StepEnd))


def test_a_training_that_waits_does_not_begin_with_another_network(desk: Desk, small: Experiment) -> None:
    desk.worker.prepare(small)
    desk.worker.train()
    desk.worker.prepare(small.replace(seed=7))
    desk.until(lambda: len(desk.of(Prepared)) == 2)
    assert desk.ask(lambda trainer: trainer.step) == 0
    assert not desk.of(Event, RunCreated)


def test_a_training_that_waits_does_not_begin_at_the_end(
    desk: Desk, small: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = threading.Event()

    def slowly(*arguments: object, **options: object) -> object:
        assert built.wait(10)
        return assemble(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("app.workers.training_worker.assemble", slowly)
    desk.worker.prepare(small)
    desk.worker.train()
    late = threading.Timer(0.1, built.set)
    late.start()
    desk.worker.finish()
    late.join()
    assert desk.of(Prepared)
    assert not desk.of(Event, RunCreated)


def test_every_wish_is_answered_by_its_number_also_where_there_is_nothing_to_do(desk: Desk, small: Experiment) -> None:
    def answered(number: int, state: str) -> None:
        desk.until(lambda: StateChanged(state, number) in desk.of(StateChanged))

    answered(desk.worker.pause(), "idle")
    answered(desk.worker.train(), "idle")
    desk.worker.prepare(small)
    answered(desk.worker.stop(), "paused")
    answered(desk.worker.train(ShardEnd), "running")
    answered(desk.worker.stop(), "paused")


def test_training_to_the_end_gives_the_same_bits_as_without_a_worker(desk: Desk, small: Experiment) -> None:
    desk.worker.prepare(small)
    desk.worker.train()
    desk.until(lambda: desk.of(TrainEnd))
    desk.paused(2)
    assert len(desk.of(StepEnd)) == 20
    assert len(desk.of(EpochEnd)) == 2
    assert desk.weights().tobytes() == undisturbed(small).snapshot().weights.tobytes()
    (created,) = desk.of(RunCreated)
    assert isinstance(created, RunCreated)
    assert load_checkpoint(created.path / "checkpoints" / "last.npz").epochs_done == 2


def test_one_step_and_one_epoch(desk: Desk, small: Experiment) -> None:
    desk.worker.prepare(small)
    desk.worker.train(StepEnd)
    desk.paused(2)
    assert len(desk.of(StepEnd)) == 1
    desk.worker.train(EpochEnd)
    desk.paused(3)
    assert len(desk.of(StepEnd)) == 10
    assert len(desk.of(EpochEnd)) == 1
    assert not desk.of(TrainEnd)


def test_a_pause_in_the_middle_of_a_full_batch_changes_no_bit(desk: Desk, small: Experiment) -> None:
    full = small.replace(train_size=None, batch_size=2000, validation_share=0.0, epochs=2)
    desk.worker.prepare(full)
    desk.worker.train(ShardEnd)
    desk.paused(2)
    assert desk.ask(lambda trainer: trainer.step) == 0
    assert not desk.of(StepEnd)
    shards = len(desk.of(ShardEnd))
    assert shards == 1
    time.sleep(0.02)
    assert len(desk.of(ShardEnd)) == shards, "nothing goes on while it is paused"
    desk.worker.train()
    desk.until(lambda: desk.of(TrainEnd))
    assert desk.weights().tobytes() == undisturbed(full).snapshot().weights.tobytes()


def test_pause_and_go_on(desk: Desk, small: Experiment) -> None:
    long = small.replace(epochs=500)
    desk.worker.prepare(long)
    desk.worker.train()
    desk.until(lambda: len(desk.of(StepEnd)) > 3)
    desk.worker.pause()
    desk.paused(2)
    done = len(desk.of(StepEnd))
    time.sleep(0.03)
    assert len(desk.of(StepEnd)) == done
    desk.worker.train()
    desk.until(lambda: len(desk.of(StepEnd)) > done)


def test_stop_ends_the_training_and_saves_it(desk: Desk, small: Experiment) -> None:
    desk.worker.prepare(small.replace(epochs=500))
    desk.worker.train()
    desk.until(lambda: len(desk.of(StepEnd)) > 3)
    desk.worker.stop()
    desk.until(lambda: desk.of(TrainEnd))
    (end,) = desk.of(TrainEnd)
    assert isinstance(end, TrainEnd)
    assert end.reason == "stopped"
    desk.paused(2)
    (created,) = desk.of(RunCreated)
    assert isinstance(created, RunCreated)
    state = load_checkpoint(created.path / "checkpoints" / "last.npz").state
    assert state is not None
    assert state.snapshot.step == end.step
    desk.worker.train(StepEnd)
    desk.until(lambda: any(isinstance(event, StepEnd) and event.step == end.step + 1 for event in desk.of(StepEnd)))
    assert len(desk.of(RunCreated)) == 1, "it goes on in its own folder"


def test_stop_without_a_training_does_nothing(desk: Desk, small: Experiment) -> None:
    desk.worker.stop()
    desk.worker.prepare(small)
    desk.worker.stop()
    assert desk.ask(lambda trainer: trainer.step) == 0
    assert not desk.of(TrainEnd, Failed)


def test_a_live_change_holds_from_the_next_step(desk: Desk, small: Experiment) -> None:
    desk.worker.prepare(small)
    desk.worker.train(StepEnd)
    desk.paused(2)
    desk.worker.change("optimizer.learning_rate", 0.05)
    desk.worker.train(StepEnd)
    desk.paused(3)
    (change,) = desk.of(SettingChanged)
    assert isinstance(change, SettingChanged)
    assert (change.step, change.old, change.new) == (1, "0.1", "0.05")
    rates = [event.learning_rate for event in desk.of(StepEnd) if isinstance(event, StepEnd)]
    assert rates == [0.1, 0.05]


def test_a_change_that_is_refused_does_not_stop_the_training(desk: Desk, small: Experiment) -> None:
    desk.worker.prepare(small)
    desk.worker.train()
    desk.worker.change("batch_size", 7)
    desk.until(lambda: desk.of(TrainEnd))
    (refused,) = desk.of(Refused)
    assert isinstance(refused, Refused)
    assert "cannot change while training runs" in refused.sentence
    assert (refused.path, refused.value, refused.plan) == ("batch_size", 7, small)
    assert not desk.of(Failed)
    assert len(desk.of(EpochEnd)) == 2


def test_a_full_disk_is_told_and_training_goes_on_after_it(
    desk: Desk, small: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, full = RunFolder.record, [True]

    def fail(folder: RunFolder, event: Event, trainer: Trainer) -> None:
        if full[0] and isinstance(event, StepEnd) and event.step == 4:
            raise OSError(errno.ENOSPC, "No space left on device", "steps.bin")
        record(folder, event, trainer)

    monkeypatch.setattr(RunFolder, "record", fail)
    desk.worker.prepare(small)
    desk.worker.train()
    desk.until(lambda: desk.of(Failed))
    (failed,) = desk.of(Failed)
    assert isinstance(failed, Failed)
    assert "steps.bin: No space left on device" in failed.sentence
    desk.paused(2)
    full[0] = False
    desk.worker.train()
    desk.until(lambda: desk.of(TrainEnd))
    assert desk.weights().tobytes() == undisturbed(small).snapshot().weights.tobytes()


def test_a_run_whose_folder_is_deleted_says_so_once_and_goes_on_to_the_same_end(
    desk: Desk, small: Experiment, home: Path
) -> None:
    desk.worker.prepare(small)
    desk.worker.train(StepEnd)
    desk.paused(2)
    (created,) = desk.of(RunCreated)
    assert isinstance(created, RunCreated)
    shutil.rmtree(created.path)
    desk.worker.train(EpochEnd)
    desk.until(lambda: desk.of(EpochEnd) and desk.of(Failed))
    desk.worker.stop()
    desk.worker.train()
    desk.until(lambda: any(end.reason == "completed" for end in desk.of(TrainEnd) if isinstance(end, TrainEnd)))
    (failed,) = desk.of(Failed)
    assert isinstance(failed, Failed)
    assert f"{created.path}: the folder of this run, or a part of it, is gone." in failed.sentence
    assert "Training goes on and is not saved any more; save a checkpoint" in failed.sentence
    assert "room" not in failed.sentence
    assert not created.path.exists()
    assert desk.weights().tobytes() == undisturbed(small).snapshot().weights.tobytes()
    desk.worker.save(home / "rescued.npz")
    desk.until((home / "rescued.npz").exists)


def test_a_folder_that_may_not_be_written_is_no_matter_of_room(
    desk: Desk, small: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: RunFolder, event: Event, trainer: Trainer) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "steps.bin")

    monkeypatch.setattr(RunFolder, "record", refuse)
    desk.worker.prepare(small)
    desk.worker.train()
    desk.until(lambda: desk.of(Failed))
    (failed,) = desk.of(Failed)
    assert isinstance(failed, Failed)
    assert "What was learned is still here; choose another folder" in failed.sentence
    assert "room" not in failed.sentence


def test_a_disk_that_is_full_at_the_end_does_not_keep_the_run_locked(
    desk: Desk, small: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.worker.prepare(small)
    desk.worker.train(StepEnd)
    desk.paused(2)
    (created,) = desk.of(RunCreated)
    assert isinstance(created, RunCreated)
    with monkeypatch.context() as patch:
        patch.setattr("nn_engine.io.run_folder.save_checkpoint", _no_room)
        desk.worker.prepare(small)
        desk.until(lambda: desk.of(Failed))
    with RunFolder(created.path):
        pass
    desk.worker.prepare(small)
    desk.until(lambda: len(desk.of(Prepared)) == 2)


def _no_room(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_question_without_an_answer_does_not_stop_the_training(desk: Desk, small: Experiment) -> None:
    desk.worker.prepare(small)
    desk.worker.train()
    desk.worker.request("odd", lambda trainer: 1 / 0)
    desk.worker.save(Path("/no/such/place/at/all.npz") if not Path("/no").exists() else Path("/no"))
    desk.until(lambda: len(desk.of(Failed)) == 2)
    assert [item.during for item in desk.of(Failed) if isinstance(item, Failed)] == ["odd", "saved"]
    desk.until(lambda: desk.of(TrainEnd))
    assert len(desk.of(EpochEnd)) == 2


def test_data_that_cannot_be_read_leaves_it_ready_for_the_next(
    desk: Desk, small: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(type(small.data), "load", _no_room)
        desk.worker.prepare(small)
        desk.until(lambda: desk.of(Failed))
    assert desk.states()[-1] == "idle"
    desk.worker.train()
    desk.worker.prepare(small)
    desk.paused()


def test_another_experiment_ends_the_run_before_it(desk: Desk, small: Experiment) -> None:
    desk.worker.prepare(small.replace(epochs=500))
    desk.worker.train()
    desk.until(lambda: desk.of(StepEnd))
    desk.worker.prepare(small.replace(name="other"))
    desk.until(lambda: len(desk.of(Prepared)) == 2)
    (end,) = desk.of(TrainEnd)
    assert isinstance(end, TrainEnd)
    assert end.reason == "stopped"
    desk.worker.train(StepEnd)
    desk.until(lambda: len(desk.of(RunCreated)) == 2)


def test_finish_in_the_midst_of_training_saves(home: Path, qapp: object, small: Experiment) -> None:
    desk = Desk(home / "runs")
    desk.worker.prepare(small.replace(epochs=500))
    desk.worker.train()
    desk.until(lambda: len(desk.of(StepEnd)) > 2)
    desk.worker.finish()
    assert desk.worker.isFinished()
    (end,) = desk.of(TrainEnd)
    assert isinstance(end, TrainEnd)
    state = load_checkpoint(home / "runs" / "small" / "checkpoints" / "last.npz").state
    assert state is not None
    assert state.snapshot.step == end.step


def test_what_is_asked_at_epochs_sees_the_weights_of_exactly_that_moment(desk: Desk, small: Experiment) -> None:
    undisturbed = assemble(small.replace(epochs=3)).trainer
    expected = [undisturbed.snapshot().weights]
    expected += [undisturbed.snapshot().weights for event in undisturbed.fit() if isinstance(event, EpochEnd)]

    desk.worker.prepare(
        small.replace(epochs=3), at_epochs={"at an epoch": lambda trainer: (trainer.step, trainer.network.state.copy())}
    )
    desk.worker.train()
    desk.until(lambda: desk.of(TrainEnd))
    told = [item.value for item in desk.of(Answer) if isinstance(item, Answer) and item.name == "at an epoch"]
    assert [step for step, _ in told] == [0, 10, 20, 30]
    for (_, weights), wanted in zip(told, expected, strict=True):
        assert np.array_equal(weights, wanted)
    desk.worker.prepare(small)  # another run asks nothing by itself
    desk.paused(times=2)
    desk.worker.train(EpochEnd)
    desk.paused(times=3)
    assert len([item for item in desk.of(Answer) if isinstance(item, Answer) and item.name == "at an epoch"]) == 4
