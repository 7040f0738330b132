"""What one thread of a training works with."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nn_engine.data.batches import Batches
from nn_engine.data.prefetch import Prefetcher
from nn_engine.evaluation import Tally
from nn_engine.losses import Loss
from nn_engine.metrics import Metric
from nn_engine.network import Network
from nn_engine.workspace import Workspace


@dataclass(frozen=True)
class Member:
    """What belongs to one thread, and nobody else touches at the same time."""

    network: Network
    """For training; shares its state with those of the others."""
    batches: Batches
    source: Batches | Prefetcher
    """Where the shards of a step come from: those batches, or what was prepared of them ahead."""
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

    def judge_shard(self, loss: Loss, shard: int) -> Tally:
        """The answers to one shard of the data to evaluate on, counted."""
        data = self.judged
        assert data is not None
        tally = Tally(loss, self.metrics)
        first = shard * data.batch_size
        tally.add(self.judge, data.read(np.arange(first, min(len(data.dataset), first + data.batch_size))))
        return tally
