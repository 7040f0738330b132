"""What one thread of a training works with."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nn_engine.data.batches import Batches
from nn_engine.data.prefetch import Prefetcher
from nn_engine.evaluation import Tally
from nn_engine.losses import Loss
from nn_engine.metrics import Metric, count
from nn_engine.network import Network
from nn_engine.shard_group import Peers
from nn_engine.types import Floats
from nn_engine.workspace import Workspace

Place = tuple[int, int]
"""Epoch and batch."""


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

    @property
    def peers(self) -> Peers:
        """Where the network hears of the rest of a batch."""
        return self.network.peers

    def train_shard(self, loss: Loss, place: Place, shard: int) -> tuple[float, dict[str, Floats]]:
        """Forward and backward through one shard; returns its summed loss and the metrics' counts.

        The gradients of the batch's mean loss, as far as these samples have a part in it, stay in the network.
        """
        network, indices = self.network, self.batches.indices(*place)
        paired = network.pairs_with(loss)
        batch = self.source.shard(indices, *place, shard)
        network.randomness.position = (*place, shard)
        outputs = network.forward(batch.x, training=True, logits=paired)
        counts = count(self.step_metrics, outputs, batch.targets, paired)
        loss_sum, grad = loss.sum_and_gradient(outputs, batch.goals, paired, len(indices), self.workspace)
        network.backward(grad, logits=paired)
        return loss_sum, counts

    def judge_shard(self, loss: Loss, shard: int) -> Tally:
        """The answers to one shard of the data to evaluate on, counted."""
        data = self.judged
        assert data is not None
        tally = Tally(loss, self.metrics)
        first = shard * data.batch_size
        tally.add(self.judge, data.read(np.arange(first, min(len(data.dataset), first + data.batch_size))))
        return tally
