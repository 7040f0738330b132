"""What has to fit together before a training can begin, or go on."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from nn_engine.data.augmentation import check_shape
from nn_engine.data.dataset import Dataset, Task, check_targets
from nn_engine.declarations import Declaration, label_of
from nn_engine.declarations.registry import did_you_mean
from nn_engine.losses.offered import SAID_BY, check_offered
from nn_engine.network import Network
from nn_engine.stack import takes_samples
from nn_engine.training.plan import TrainingPlan
from nn_engine.training.state import TrainerState
from nn_engine.types import Shape


class Ends(NamedTuple):
    """What a training has to know of a network: how it begins and ends."""

    input_shape: Shape
    output_shape: Shape
    output_fn: str


def check_kinds(network: object, train: object, validation: object, plan: object) -> None:
    """Raise ValueError, in words, where a training is given something else in the place of one of these."""
    places: tuple[tuple[str, object, type, str], ...] = (
        ("network", network, Network, "a Network of layers"),
        ("train", train, Dataset, "a data set, such as ArrayDataset(samples, targets)"),
        ("validation", validation, Dataset, "a data set, or none; the plan comes behind it, as plan=…"),
        ("plan", plan, TrainingPlan, "a TrainingPlan, or none"),
    )
    for name, given, kind, expected in places:
        if not isinstance(given, kind) and (given is not None or name in ("network", "train")):
            raise ValueError(f"{name}: expected {expected}; received {type(given).__name__}.")


def check_fit(network: Network, train: Dataset, validation: Dataset | None, plan: TrainingPlan) -> None:
    """Raise ValueError, in words that say what to change, unless network, data and plan fit together."""
    if not len(train):
        raise ValueError("There is nothing to learn from: the training set has no samples.")
    check_plan(plan, Ends(network.input_shape, network.output_shape, network.output_fn), train.task)
    if validation is not None and validation.task != train.task:
        ours, theirs = train.task, validation.task
        named = (ours.sample_shape, ours.target_kind) == (theirs.sample_shape, theirs.target_kind)
        raise ValueError(
            f"The validation data asks for something else than the training data: {_words(theirs)}, not {_words(ours)}."
            f"{' Give both data sets the names of all of them.' if named else ''}"
        )
    for data in (train, validation):
        if data is not None:
            check_targets(data)


def check_plan(plan: TrainingPlan, ends: Ends, task: Task) -> None:
    """Raise ValueError, in words that say what to change, where a network with such ends cannot be trained so."""
    loss = plan.loss
    if math.prod(task.sample_shape) != math.prod(ends.input_shape):
        raise ValueError(
            f"The network takes samples of shape {ends.input_shape}; the data has {task.sample_shape}. "
            f"Set InputLayer to {math.prod(task.sample_shape)} units."
        )
    if not takes_samples(ends.input_shape, task.sample_shape):
        raise ValueError(
            f"The network takes samples of shape {ends.input_shape}; the data has {task.sample_shape}: as many values, "
            f"which would come to stand beside others. Give the InputLayer the shape of the data, or turn the data's "
            f"axes; where channels come first, np.moveaxis(images, 1, -1) puts them last."
        )
    check_offered(loss, task)
    if ends.output_shape != (task.output_size,):
        raise ValueError(
            f"The data has {_count(task)}, so the last layer should have as many units; "
            f"it has the output shape {ends.output_shape}.{_remedy(task, ends.output_shape)}"
        )
    mixing = [part.registered_name for part in plan.augmentation if part.mixes_targets]
    if mixing and not loss.takes_shares:
        raise ValueError(
            f"{', '.join(mixing)} mixes classes, and {loss.registered_name} needs one class a sample: "
            f"take another loss, such as cross_entropy, or do not mix."
        )
    check_shape(plan.augmentation, task.sample_shape)
    loss.check_output(ends.output_fn, task.output_size)
    if ends.output_fn == "softmax" and task.output_size == 1:
        raise ValueError(
            "Softmax over a single output is always 1, so there is nothing to learn. For a yes or no, end in one unit "
            "with fn sigmoid; for a value, in fn linear."
        )


def _count(task: Task) -> str:
    kind = {"classes": "class", "labels": "label", "values": "value"}[task.target_kind]
    return f"1 {kind}" if task.output_size == 1 else f"{task.output_size} {task.target_kind}"


def _remedy(task: Task, output_shape: Shape) -> str:
    """What else may be meant where the network has another number of outputs than the data has classes."""
    if task.target_kind != "classes" or len(output_shape) != 1:
        return ""
    if output_shape[0] > task.output_size:
        return " If there are classes without a sample here, give the data the names of all of them."
    if output_shape[0] == 1:
        return f" For a single yes or no {SAID_BY['labels']}, for a number {SAID_BY['values']}."
    return ""


def decays(plan: TrainingPlan) -> list[tuple[type[Declaration], float]]:
    """By what weights shrink in proportion to their size, and how strongly."""
    found: list[tuple[type[Declaration], float]] = [(type(plan.optimizer), plan.optimizer.decay)]
    found += [(type(each), each.decay) for each in plan.regularization]
    return [(part, strength) for part, strength in found if strength]


def check_sense(plan: TrainingPlan, before: TrainingPlan | None = None) -> None:
    """Raise ValueError where a plan cannot be meant: weights that shrink for two reasons, a momentum nobody follows.

    Such a plan can be carried out all the same, so it is refused only where someone makes it, in a new training or by a
    change to the one ``before``; what was trained by one before there was this advice goes on.
    """
    shrinking = decays(plan)
    if len(shrinking) > 1 and (before is None or shrinking != decays(before)):
        listed = " and ".join(f"{label_of(part)} ({strength:g})" for part, strength in shrinking)
        raise ValueError(
            f"Weights would shrink for {len(shrinking)} reasons that add up: {listed}. Keep one of them, and turn the "
            f"others off or set their strength or weight decay to 0."
        )
    if _momentum_is_lost(plan) and (before is None or not _momentum_is_lost(before)):
        raise ValueError(
            f"{label_of(type(plan.schedule))} would set the momentum, and {label_of(type(plan.optimizer))} has none. "
            f"Turn that off, or take an optimizer with momentum, such as SGD or Adam."
        )


def _momentum_is_lost(plan: TrainingPlan) -> bool:
    return not plan.optimizer.follows_momentum and plan.momentum(0, 1) is not None


def _words(task: Task) -> str:
    listed = ", ".join(task.names[:5]) + (", …" if task.output_size > 5 else "")
    return f"samples of shape {task.sample_shape} and {task.output_size} {task.target_kind} ({listed})"


def choose_monitor(plan: TrainingPlan, metric_names: Sequence[str]) -> str:
    """The metric that decides which epoch is best: the plan's, or the first that exists of what is usually wanted.

    Raises ValueError where the plan or one of its callbacks wants a metric that this training does not have.
    """
    # Validation before training, accuracy before loss.
    available = sorted(metric_names, key=lambda name: (not name.startswith("val_"), name.endswith("loss")))
    listed = ", ".join(available)
    if plan.monitor is not None and plan.monitor not in available:
        raise ValueError(
            f"monitor: expected one of {listed}; received {plan.monitor!r}.{_instead(plan.monitor, available)}"
        )
    for callback in plan.callbacks:
        watched = callback.watched
        if watched is not None and watched not in available:
            raise ValueError(
                f"{callback.registered_name}: expected a metric of {listed}; received {watched!r}."
                f"{_instead(watched, available)}"
            )
    return plan.monitor or available[0]


def _instead(wanted: str, available: Sequence[str]) -> str:
    """The end of a sentence that refuses a metric: what it takes to have it, or what may be meant."""
    if wanted.startswith("val_") and not any(name.startswith("val_") for name in available):
        return " No data is set apart for validation: set some apart, or choose one of these."
    return did_you_mean(wanted, available)


def check_state(state: TrainerState, network: Network, samples: int) -> None:
    """Raise ValueError unless a training of this network on so many samples can go on from this state."""
    if set(state.slots) != set(state.plan.optimizer.slots):
        raise ValueError(
            f"The saved training is not whole: expected slots {list(state.plan.optimizer.slots)}; "
            f"received {list(state.slots)}."
        )
    vectors = [("parameters", state.snapshot.weights, network.state)]
    vectors += [(f"numbers in the slot {name}", slot, network.trainable) for name, slot in state.slots.items()]
    if state.average is not None:
        vectors.append(("averaged parameters", state.average, network.state))
    if state.best is not None:
        vectors.append(("best parameters", state.best.weights, network.state))
    for what, found, own in vectors:
        if (found.shape, found.dtype) != (own.shape, own.dtype):
            raise ValueError(
                f"The saved training does not fit this network: expected {own.size:,} {what}, {own.dtype}; "
                f"received {found.size:,}, {found.dtype}. Go on with the network that it was saved with."
            )
    steps = -(-samples // state.plan.batch_size)
    if len(state.callback_memories) != len(state.plan.callbacks) or not 0 <= state.batch <= steps:
        raise ValueError(
            f"The saved training is not whole: expected {len(state.plan.callbacks)} memories of callbacks and a "
            f"batch from 0 to {steps}; received {len(state.callback_memories)} and {state.batch}."
        )
