"""How good a network is on some data."""

from collections.abc import Iterator, Mapping

import numpy as np

from nn_engine.averaged_prediction import AveragedPrediction
from nn_engine.data.augmentation import Augmentation
from nn_engine.data.batches import Batch, Batches
from nn_engine.data.dataset import Dataset
from nn_engine.data.preprocessing import Preprocessing
from nn_engine.losses import Loss
from nn_engine.losses.offered import check_offered
from nn_engine.metrics import Metric, add_up, count, metrics_for, values_of
from nn_engine.network import PREDICTION_SHARD, Network
from nn_engine.overflow import quietly
from nn_engine.stack import takes_samples
from nn_engine.types import Floats


class Tally:
    """The loss and the metrics of samples that come in parts."""

    def __init__(self, loss: Loss, metrics: Mapping[str, Metric]) -> None:
        self._loss, self._metrics = loss, metrics
        self._samples, self._loss_sum = 0, 0.0
        self._counts: dict[str, Floats] = {}

    @quietly
    def add(self, network: Network, batch: Batch) -> None:
        """Let the network answer some samples, and count."""
        paired = network.pairs_with(self._loss)
        self.add_answers(network.infer(batch.x, logits=paired), batch, paired)

    @quietly
    def add_answers(self, outputs: Floats, batch: Batch, paired: bool) -> None:
        """Count answers that have been given; logits if ``paired``."""
        self._loss_sum += float(self._loss.per_sample(outputs, batch.targets, paired).sum(dtype=np.float64))
        add_up(self._metrics, self._counts, count(self._metrics, outputs, batch.targets, paired))
        self._samples += len(batch.targets)

    def take(self, other: "Tally") -> None:
        """Add what another one has counted in other samples."""
        self._samples += other._samples
        self._loss_sum += other._loss_sum
        add_up(self._metrics, self._counts, other._counts)

    @quietly
    def values(self) -> dict[str, float]:
        """The mean loss and every metric by name."""
        return {"loss": self._loss_sum / self._samples, **values_of(self._counts, self._metrics, self._samples)}


def evaluate(
    network: Network,
    data: Dataset,
    preprocessing: Preprocessing,
    loss: Loss,
    augmentation: tuple[Augmentation, ...] = (),
    draws: int = 8,
) -> dict[str, float]:
    """The mean loss and every metric that means something for the data's task, by name.

    With ``augmentation`` what is judged are the mean answers to so many draws of it.

    Raises ValueError where the data does not fit the network, or the loss does not fit either of them.
    """
    check_data(network, data)
    check_offered(loss, data.task)
    loss.check_output(network.output_fn, data.task.output_size)
    tally = Tally(loss, metrics_for(data.task))
    logits = network.pairs_with(loss) and not augmentation
    for batch, outputs in answers_to(network, data, preprocessing, augmentation, draws, logits):
        tally.add_answers(outputs, batch, logits)
    return tally.values()


def answers_to(
    network: Network,
    data: Dataset,
    preprocessing: Preprocessing,
    augmentation: tuple[Augmentation, ...] = (),
    draws: int = 8,
    logits: bool = False,
) -> Iterator[tuple[Batch, Floats]]:
    """All samples in their order with what the network answers to them: what every judgement of it is made of.

    With ``augmentation`` these are the mean answers to so many draws of it, the same ones every time. The answers lie
    in memory that the next ones overwrite.

    Raises ValueError where the data does not fit the network.
    """
    black, white = preprocessing.black, preprocessing.white
    averaged = AveragedPrediction(network, augmentation, data.task.sample_shape, draws, black=black, white=white)
    done = 0
    for batch in batches_for(network, data, preprocessing):
        with np.errstate(all="ignore"):  # see overflow.quietly, which cannot decorate what yields
            outputs = averaged(batch.x, done) if augmentation else network.infer(batch.x, logits)
        yield batch, outputs
        done += len(batch.targets)


def batches_for(network: Network, data: Dataset, preprocessing: Preprocessing) -> Iterator[Batch]:
    """All samples in their order, as many at a time as a network is best asked.

    Raises ValueError where the data does not fit the network.
    """
    check_data(network, data)
    batches = Batches(data, preprocessing, PREDICTION_SHARD, 0, network.state.dtype)
    for start in range(0, len(data), PREDICTION_SHARD):
        yield batches.read(np.arange(start, min(len(data), start + PREDICTION_SHARD)))


def check_data(network: Network, data: Dataset) -> None:
    """Raise ValueError where the data does not fit the network, or is none."""
    task = data.task
    answers = (task.output_size,)
    if not takes_samples(network.input_shape, task.sample_shape) or network.output_shape != answers:
        raise ValueError(
            f"The network maps {network.input_shape} to {network.output_shape}; the data asks for {task.sample_shape} "
            f"to {answers}."
        )
    if not len(data):
        raise ValueError("There is nothing to judge: the data has no samples.")
