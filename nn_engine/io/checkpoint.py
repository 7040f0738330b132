"""Checkpoints: a network with its preprocessing and, if wanted, the whole training to go on with.

The manifest holds what is not an array: the network's layers, preprocessing, task, metrics, the plan, the place in the
training. Arrays are named ``weights.layers.1.weights`` (the network), ``best.layers.1.weights`` (the best weights so
far), ``average.layers.1.weights`` (their running mean, where the plan asks for one) and
``slot.velocity.layers.1.weights`` (what the optimizer remembers).

Version 2 of the manifest says in ``training.ended`` whether the training had ended when it was saved: then the best
weights are those that answer, otherwise the present ones, or their running mean where there is one. In files of version
1, which do not say, the best answer.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nn_engine.experiments.experiment import Experiment
from nn_engine.io import trained_network
from nn_engine.io.archive import ArchiveError, read_archive, write_archive
from nn_engine.io.documents import Migration
from nn_engine.io.schema import anything, list_of, mapping_of, number, one_of, optional, record, text, truth, whole
from nn_engine.io.trained_network import TrainedNetwork
from nn_engine.layers import Layer
from nn_engine.network import Network
from nn_engine.training.plan import TrainingPlan
from nn_engine.training.state import Best, EpochTotals, Snapshot, TrainerState, frozen_copy
from nn_engine.training.trainer import Trainer
from nn_engine.types import Array, Floats

FORMAT, VERSION = "backprop-studio-checkpoint", 2


def _counts(value: Any, where: str) -> tuple[float, ...]:
    """What a metric has counted; files that are older hold a single number."""
    found: tuple[float, ...] = list_of(number)(value, where) if isinstance(value, list) else (number(value, where),)
    return found


_METRICS = mapping_of(number)
_BEST = record(monitor=text, value=number, epoch=whole(), metrics=_METRICS)
_TRAINING = record(
    batch=whole(),
    totals=record(samples=whole(), loss=number, metrics=mapping_of(_counts), seconds=number, learning_rate=number),
    recent_losses=list_of(number),
    first_loss=optional(number),
    best=optional(_BEST),
    callback_memories=list_of(mapping_of(anything)),
    history=list_of(_METRICS),
    changes=list_of(record(step=whole(), path=text, old=text, new=text)),
    seconds=number,
    end_reason=text,
    ended=truth,
)
_MANIFEST = record(
    format=text,
    version=whole(1),
    run_id=text,
    epochs_done=whole(),
    step=whole(),
    metrics=_METRICS,
    **trained_network.FIELDS,
    plan_kind=one_of("experiment", "plan"),
    plan=mapping_of(anything),
    training=optional(_TRAINING),
)


def _say_that_it_ended(manifest: dict[str, Any]) -> dict[str, Any]:
    training = manifest.get("training")
    if isinstance(training, dict):
        training = {**training, "ended": True}
    return {**manifest, "version": 2, "training": training} if "training" in manifest else {**manifest, "version": 2}


MIGRATIONS: dict[int, Migration] = {1: _say_that_it_ended}

CheckpointError = ArchiveError
"""A file that is not a whole checkpoint; the message names the file and the fault."""


@dataclass(frozen=True)
class Checkpoint(TrainedNetwork):
    """What a checkpoint file holds."""

    epochs_done: int
    step: int
    metrics: Mapping[str, float]
    run_id: str
    plan: TrainingPlan
    state: TrainerState | None
    """What is needed to go on, if the file holds it."""

    @property
    def experiment(self) -> Experiment | None:
        """The experiment it comes from, where it comes from one."""
        return self.plan if isinstance(self.plan, Experiment) else None


def save_checkpoint(path: Path | str, trainer: Trainer) -> None:
    """Save everything needed to go on with a training."""
    path = Path(path)
    state = trainer.state()
    arrays = _named("weights", trainer.network, state.snapshot.weights)
    for name, slot in state.slots.items():
        arrays |= _named(f"slot.{name}", trainer.network, slot)
    if state.best:
        arrays |= _named("best", trainer.network, state.best.weights)
    if state.average is not None:
        arrays |= _named("average", trainer.network, state.average)
    manifest = _manifest(trainer, state.snapshot.epoch, state.snapshot.step, state.snapshot.metrics)
    write_archive(path, arrays, manifest | {"training": _training_config(state)})


def save_best(path: Path | str, trainer: Trainer) -> None:
    """Save the network with its best weights so far, without what is needed to go on."""
    path = Path(path)
    best = trainer.best
    if best is None:
        raise ValueError("There are no best weights yet: no epoch has been finished.")
    steps = (best.epoch + 1) * trainer.steps_per_epoch
    manifest = _manifest(trainer, best.epoch + 1, steps, best.metrics)
    write_archive(path, _named("weights", trainer.network, best.weights), manifest | {"training": None})


def save_snapshot(path: Path | str, trainer: Trainer) -> None:
    """Save the network as it is now, with the weights that are judged, without what is needed to go on."""
    path = Path(path)
    now = trainer.judged_snapshot()
    arrays = _named("weights", trainer.network, now.weights)
    write_archive(path, arrays, _manifest(trainer, now.epoch, now.step, now.metrics) | {"training": None})


def load_checkpoint(path: Path | str) -> Checkpoint:
    """Read a checkpoint: its network has the weights that the next step is made from.

    Those that answer, after the end of a training the best ones, are in the network that ``load_trained`` gives. Raises
    CheckpointError naming file and fault; OSError as ``open`` does.
    """
    path = Path(path)
    manifest, arrays = read_archive(path)
    if manifest.get("format") != FORMAT:
        raise CheckpointError(f"{path}: an archive of another kind, not a checkpoint of this program.")
    found = manifest.get("version")
    if not isinstance(found, int) or isinstance(found, bool) or not 1 <= found <= VERSION:
        raise CheckpointError(f"{path}: format version {found!r}; this program reads 1 to {VERSION}.")
    for version in range(found, VERSION):
        manifest = MIGRATIONS[version](manifest)
    try:
        return _checkpoint(_MANIFEST(manifest, "manifest"), arrays)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path}: the checkpoint does not fit together: {error}") from None


def load_answering(path: Path | str) -> Checkpoint:
    """``load_checkpoint``, with the weights in its network that answer: after the end of a training the best ones."""
    checkpoint = load_checkpoint(path)
    state = checkpoint.state
    if state is None:
        return checkpoint
    checkpoint.network.state[...] = state.answering_weights
    best = state.answering_best
    if best is None:
        return checkpoint
    return dataclasses.replace(checkpoint, epochs_done=best.epoch + 1, metrics=best.metrics)


def _manifest(trainer: Trainer, epochs_done: int, step: int, metrics: Mapping[str, float]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "run_id": trainer.run_id,
        "epochs_done": epochs_done,
        "step": step,
        "metrics": dict(metrics),
        **trained_network.to_json(trainer.network, trainer.preprocessing, trainer.task),
        "plan_kind": "experiment" if isinstance(trainer.plan, Experiment) else "plan",
        "plan": trainer.plan.to_config(),
    }


def _training_config(state: TrainerState) -> dict[str, Any]:
    best, totals = state.best, state.totals
    return {
        "batch": state.batch,
        "totals": {
            "samples": totals.samples,
            "loss": totals.loss,
            "metrics": {name: list(counts) for name, counts in totals.metrics.items()},
            "seconds": totals.seconds,
            "learning_rate": totals.learning_rate,
        },
        "recent_losses": list(state.recent_losses),
        "first_loss": state.first_loss,
        "best": best
        and {"monitor": best.monitor, "value": best.value, "epoch": best.epoch, "metrics": dict(best.metrics)},
        "callback_memories": [dict(memory) for memory in state.callback_memories],
        "history": [dict(metrics) for metrics in state.history],
        "changes": [dict(change) for change in state.changes],
        "seconds": state.seconds,
        "end_reason": state.end_reason,
        "ended": state.ended,
    }


def _checkpoint(manifest: Mapping[str, Any], arrays: Mapping[str, Array]) -> Checkpoint:
    training = manifest["training"]
    plan = (Experiment if manifest["plan_kind"] == "experiment" else TrainingPlan).from_config(manifest["plan"])
    layers = trained_network.layers_from(manifest)
    trained_network.check_arrays(arrays, _expected_shapes(layers, plan, training), manifest["dtype"])
    trained = trained_network.from_json(manifest, layers, _under("weights", arrays), plan.seed)
    network = trained.network
    metrics, epochs_done = manifest["metrics"], manifest["epochs_done"]
    snapshot = Snapshot(manifest["run_id"], frozen_copy(network.state), epochs_done, manifest["step"], metrics)
    return Checkpoint(
        network=network,
        preprocessing=trained.preprocessing,
        task=trained.task,
        epochs_done=epochs_done,
        step=manifest["step"],
        metrics=metrics,
        run_id=manifest["run_id"],
        plan=plan,
        state=None if training is None else _trainer_state(training, arrays, plan, snapshot, network),
    )


def _expected_shapes(layers: Sequence[Layer], plan: TrainingPlan, training: Mapping[str, Any] | None) -> dict[str, Any]:
    """The shape of every array that a checkpoint of this network and training has, by name."""
    parameters = trained_network.parameters_of(layers)
    shapes: dict[str, Any] = {f"weights.{name}": parameter.shape for name, parameter in parameters.items()}
    if training is not None:
        trainable = {name: parameter.shape for name, parameter in parameters.items() if parameter.trainable}
        shapes |= {f"slot.{slot}.{name}": shape for slot in plan.optimizer.slots for name, shape in trainable.items()}
        if training["best"]:
            shapes |= {f"best.{name}": parameter.shape for name, parameter in parameters.items()}
        if plan.averaging is not None:
            shapes |= {f"average.{name}": parameter.shape for name, parameter in parameters.items()}
    return shapes


def _trainer_state(
    training: Mapping[str, Any], arrays: Mapping[str, Array], plan: TrainingPlan, snapshot: Snapshot, network: Network
) -> TrainerState:
    best, totals = training["best"], EpochTotals(**training["totals"])
    if len(training["history"]) != snapshot.epoch or (best and best["epoch"] >= snapshot.epoch):
        raise ValueError(f"its history has not the {snapshot.epoch} epochs that are done.")
    if len(training["callback_memories"]) != len(plan.callbacks):
        raise ValueError(f"expected a memory for each of {len(plan.callbacks)} callbacks.")
    if (training["batch"] > 0) != (totals.samples > 0) or snapshot.step < training["batch"]:
        raise ValueError(f"batch {training['batch']} of the epoch does not agree with the sums of its steps.")
    if best is not None:
        best = Best(weights=_state(_under("best", arrays), network), **best)
    return TrainerState(
        snapshot=snapshot,
        plan=plan,
        slots={name: _vector(_under(f"slot.{name}", arrays), network) for name in plan.optimizer.slots},
        batch=training["batch"],
        totals=totals,
        recent_losses=training["recent_losses"],
        first_loss=training["first_loss"],
        best=best,
        average=None if plan.averaging is None else _state(_under("average", arrays), network),
        callback_memories=training["callback_memories"],
        history=training["history"],
        changes=training["changes"],
        seconds=training["seconds"],
        end_reason=training["end_reason"],
        ended=training["ended"],
    )


def _vector(parts: Mapping[str, Array], network: Network) -> Floats:
    """A vector laid out as the trainable part of the network's state, from its named parts."""
    vector = np.zeros_like(network.trainable)
    for name, view in network.vector_as_dict(vector).items():
        view[...] = parts[name]
    return vector


def _state(parts: Mapping[str, Array], network: Network) -> Floats:
    """A read-only vector laid out as the network's state, from its named parts."""
    vector = np.zeros_like(network.state)
    for name, view in network.vector_as_dict(vector).items():
        view[...] = parts[name]
    vector.flags.writeable = False
    return vector


def _named(prefix: str, network: Network, vector: Floats) -> dict[str, Array]:
    return {f"{prefix}.{name}": view for name, view in network.vector_as_dict(vector).items()}


def _under(prefix: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {name.removeprefix(f"{prefix}."): array for name, array in arrays.items() if name.startswith(f"{prefix}.")}
