"""What one thread of a training works with."""

from collections.abc import Mapping
from dataclasses import dataclass

from nn_engine.data.batches import Batches
from nn_engine.metrics import Metric
from nn_engine.network import Network
from nn_engine.workspace import Workspace


@dataclass(frozen=True)
class Member:
    """What belongs to one thread, and nobody else touches at the same time."""

    network: Network
    """For training; shares its state with those of the others."""
    batches: Batches
    judge: Network
    """For evaluation: the same network, or one that holds the averaged weights."""
    judged: Batches | None
    """The data to evaluate on, if there is any."""
    workspace: Workspace
    """Scratch memory of the loss."""
    metrics: Mapping[str, Metric]
    """What an evaluation counts; metrics have scratch memory as well."""
    step_metrics: Mapping[str, Metric]
    """What a step counts."""
