"""Checkpoints: a network with its preprocessing and, if wanted, the whole training to go on with.

The manifest holds what is not an array: the network's layers, preprocessing, task, metrics, the plan, the place in the
training. Arrays are named ``weights.layers.1.weights`` (the network), ``best.layers.1.weights`` (the best weights so
far) and ``slot.velocity`` (what the optimizer remembers).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nn_engine.data.dataset import Task
from nn_engine.data.preprocessing import Preprocessing
from nn_engine.declarations.kinds import PartKind, PartsKind
from nn_engine.experiments.experiment import Experiment
from nn_engine.io.archive import ArchiveError, read_archive, write_archive
from nn_engine.layers import Layer
from nn_engine.network import Network
from nn_engine.training.plan import TrainingPlan
from nn_engine.training.state import Best, EpochTotals, Snapshot, TrainerState, frozen_copy
from nn_engine.training.trainer import Trainer
from nn_engine.types import Array, Floats

FORMAT, VERSION = "backprop-studio-checkpoint", 1

CheckpointError = ArchiveError
"""A file that is not a whole checkpoint; the message names the file and the fault."""


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint file holds."""

    network: Network
    preprocessing: Preprocessing
    task: Task
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


def save_checkpoint(path: Path, trainer: Trainer) -> None:
    """Save everything needed to go on with a training."""
    state = trainer.state()
    arrays = _named("weights", trainer.network, state.snapshot.weights)
    arrays |= {f"slot.{name}": slot for name, slot in state.slots.items()}
    if state.best:
        arrays |= _named("best", trainer.network, state.best.weights)
    manifest = _manifest(trainer, state.snapshot.epoch, state.snapshot.step, state.snapshot.metrics)
    write_archive(path, arrays, manifest | {"training": _training_config(state)})


def save_best(path: Path, trainer: Trainer) -> None:
    """Save the network with its best weights so far, without what is needed to go on."""
    best = trainer.best
    if best is None:
        raise ValueError("There are no best weights yet: no epoch has been finished.")
    steps = (best.epoch + 1) * trainer.steps_per_epoch
    manifest = _manifest(trainer, best.epoch + 1, steps, best.metrics)
    write_archive(path, _named("weights", trainer.network, best.weights), manifest | {"training": None})


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint. Raises CheckpointError naming file and fault; OSError as ``open`` does."""
    manifest, arrays = read_archive(path)
    if manifest.get("format") != FORMAT:
        raise CheckpointError(f"{path}: an archive of another kind, not a checkpoint of this program.")
    if manifest.get("version") != VERSION:
        raise CheckpointError(f"{path}: format version {manifest.get('version')}; this program reads {VERSION}.")
    try:
        return _checkpoint(manifest, arrays)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else error
        raise CheckpointError(f"{path}: the checkpoint does not fit together: {what}.".replace("..", ".")) from None


def _manifest(trainer: Trainer, epochs_done: int, step: int, metrics: Mapping[str, float]) -> dict[str, Any]:
    task = trainer.task
    return {
        "format": FORMAT,
        "version": VERSION,
        "run_id": trainer.run_id,
        "epochs_done": epochs_done,
        "step": step,
        "metrics": dict(metrics),
        "network": trainer.network.to_config(),
        "dtype": trainer.network.state.dtype.name,
        "preprocessing": trainer.preprocessing.to_config(),
        "task": {"sample_shape": list(task.sample_shape), "target_kind": task.target_kind, "names": list(task.names)},
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
            "metrics": dict(totals.metrics),
            "seconds": totals.seconds,
            "learning_rate": totals.learning_rate,
        },
        "recent_losses": list(state.recent_losses),
        "best": best
        and {"monitor": best.monitor, "value": best.value, "epoch": best.epoch, "metrics": dict(best.metrics)},
        "callback_memories": [dict(memory) for memory in state.callback_memories],
        "history": [dict(metrics) for metrics in state.history],
        "changes": [dict(change) for change in state.changes],
        "seconds": state.seconds,
        "end_reason": state.end_reason,
    }


def _checkpoint(manifest: Mapping[str, Any], arrays: Mapping[str, Array]) -> Checkpoint:
    config, task = manifest["network"], manifest["task"]
    plan = (Experiment if manifest["plan_kind"] == "experiment" else TrainingPlan).from_config(manifest["plan"])
    layers = PartsKind(PartKind(Layer)).from_json(config["layers"])
    network = Network(
        layers,
        weight_init=config["weight_init"],
        bias_init=config["bias_init"],
        seed=plan.seed,
        dtype=np.dtype(manifest["dtype"]),
    )
    network.load_state_dict(_under("weights", arrays))
    metrics = dict(manifest["metrics"])
    training = manifest["training"]
    snapshot = Snapshot(frozen_copy(network.state), manifest["epochs_done"], manifest["step"], metrics)
    state = None if training is None else _trainer_state(training, arrays, plan, snapshot, network)
    return Checkpoint(
        network=network,
        preprocessing=PartKind(Preprocessing).from_json(manifest["preprocessing"]),
        task=Task(tuple(task["sample_shape"]), task["target_kind"], tuple(task["names"])),
        epochs_done=manifest["epochs_done"],
        step=manifest["step"],
        metrics=metrics,
        run_id=manifest["run_id"],
        plan=plan,
        state=state,
    )


def _trainer_state(
    training: Mapping[str, Any], arrays: Mapping[str, Array], plan: TrainingPlan, snapshot: Snapshot, network: Network
) -> TrainerState:
    best = training["best"]
    if best is not None:
        twin = network.replica()
        twin.load_state_dict(_under("best", arrays))
        best = Best(weights=frozen_copy(twin.state), **best)
    return TrainerState(
        snapshot=snapshot,
        plan=plan,
        slots=_under("slot", arrays),
        batch=training["batch"],
        totals=EpochTotals(**training["totals"]),
        recent_losses=tuple(training["recent_losses"]),
        best=best,
        callback_memories=tuple(training["callback_memories"]),
        history=tuple(training["history"]),
        changes=tuple(training["changes"]),
        seconds=training["seconds"],
        end_reason=training["end_reason"],
    )


def _named(prefix: str, network: Network, vector: Floats) -> dict[str, Array]:
    return {f"{prefix}.{name}": view for name, view in network.vector_as_dict(vector).items()}


def _under(prefix: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {name.removeprefix(f"{prefix}."): array for name, array in arrays.items() if name.startswith(f"{prefix}.")}
