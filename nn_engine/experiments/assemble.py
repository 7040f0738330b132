"""From an experiment to the things that do it."""

from collections.abc import Sequence
from dataclasses import dataclass

from nn_engine.data.dataset import Dataset
from nn_engine.data.source import LoadedData
from nn_engine.data.split import stratified_sample, stratified_split
from nn_engine.experiments.experiment import Experiment
from nn_engine.network import Network
from nn_engine.training.requirements import check_sense
from nn_engine.training.trainer import Observer, Trainer


@dataclass(frozen=True)
class Session:
    """An experiment ready to run."""

    experiment: Experiment
    trainer: Trainer
    data: LoadedData
    """All of it as it was loaded. The test set in it is kept apart, for the very end."""

    @property
    def test(self) -> Dataset:
        """The test set."""
        return self.data.test

    @property
    def network(self) -> Network:
        """The network that is trained."""
        return self.trainer.network


def assemble(
    experiment: Experiment,
    *,
    data: LoadedData | None = None,
    observers: Sequence[Observer] = (),
    run_id: str = "",
    to_restore: bool = False,
) -> Session:
    """Load the data (unless it is given), split it, build the network and its trainer.

    Where a saved state is ``to_restore`` in it, what was trained so far is not refused for what is only ill-advised.

    Raises ValueError or OSError in words where a part is wrong or parts do not fit together.
    """
    if not to_restore:
        check_sense(experiment)
    network = build_network(experiment)
    data = data or experiment.data.load()
    learned_from, judged_by = split_data(experiment, data)
    trainer = Trainer(
        network,
        learned_from,
        judged_by,
        experiment,
        preprocessing=experiment.preprocessing,
        observers=observers,
        run_id=run_id,
    )
    return Session(experiment, trainer, data)


def split_data(experiment: Experiment, data: LoadedData) -> tuple[Dataset, Dataset | None]:
    """What the experiment learns from, and what it judges each epoch by, if it sets anything apart for that."""
    train = data.train
    if experiment.train_size is not None and experiment.train_size < len(train):
        train = train.subset(stratified_sample(train.targets, experiment.train_size, experiment.seed))
    apart = round(len(train) * experiment.validation_share)
    learned_from, judged_by = stratified_split(train.targets, apart, experiment.seed)
    return train.subset(learned_from), train.subset(judged_by) if apart else None


def build_network(experiment: Experiment) -> Network:
    """The experiment's network with its initial weights."""
    return Network(
        experiment.layers,
        weight_init=experiment.weight_init,
        bias_init=experiment.bias_init,
        seed=experiment.seed,
    )
