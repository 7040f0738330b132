"""How good a network is on some data."""

from collections.abc import Mapping

import numpy as np

from nn_engine.data.batches import Batch, Batches
from nn_engine.data.dataset import Dataset
from nn_engine.data.preprocessing import Preprocessing
from nn_engine.losses import Loss
from nn_engine.metrics import Metric, metrics_for
from nn_engine.network import PREDICTION_SHARD, Network


def evaluate(network: Network, data: Dataset, preprocessing: Preprocessing, loss: Loss) -> dict[str, float]:
    """The mean loss and every metric that means something for the data's task, by name.

    Raises ValueError where the data does not fit the network.
    """
    task = data.task
    answers = (task.output_size,)
    if int(np.prod(task.sample_shape)) != int(np.prod(network.input_shape)) or network.output_shape != answers:
        raise ValueError(
            f"The network maps {network.input_shape} to {network.output_shape}; the data asks for {task.sample_shape} "
            f"to {answers}."
        )
    if not len(data):
        raise ValueError("There is nothing to judge: the data has no samples.")
    batches = Batches(data, preprocessing, PREDICTION_SHARD, 0, network.state.dtype)
    metrics = metrics_for(task)
    sums = dict.fromkeys(("loss", *metrics), 0.0)
    for start in range(0, len(data), PREDICTION_SHARD):
        batch = batches.read(np.arange(start, min(len(data), start + PREDICTION_SHARD)))
        add_sums(sums, network, batch, loss, metrics)
    return {name: value / len(data) for name, value in sums.items()}


def add_sums(sums: dict[str, float], network: Network, batch: Batch, loss: Loss, metrics: Mapping[str, Metric]) -> None:
    """Add the loss and the metrics of every sample in a batch to ``sums``."""
    paired = network.pairs_with(loss)
    outputs = network.infer(batch.x, logits=paired)
    sums["loss"] += float(loss.per_sample(outputs, batch.targets, paired).sum(dtype=np.float64))
    for name, metric in metrics.items():
        sums[name] += metric.total(outputs, batch.targets)
