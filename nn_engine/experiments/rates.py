"""The learning-rate finder for a whole experiment, and what its schedule makes of a rate."""

from collections.abc import Iterator
from typing import Any

from nn_engine.data.source import LoadedData
from nn_engine.declarations import label_of
from nn_engine.experiments.assemble import build_network, split_data
from nn_engine.experiments.experiment import Experiment
from nn_engine.training.rate_curve import RateTrial
from nn_engine.training.rate_finder import find_rates

_MOMENTS = 200
"""At how many steps a schedule is looked at."""
_NOTICED = 2
"""A rate that rises by more than this factor is worth a word."""


def try_rates(experiment: Experiment, *, data: LoadedData | None = None, **options: Any) -> Iterator[RateTrial]:
    """``find_rates`` for a new training of the experiment: on its data, from its initial weights.

    Raises ValueError or OSError in words where a part is wrong or parts do not fit together.
    """
    network = build_network(experiment)
    train, _ = split_data(experiment, data or experiment.data.load())
    return find_rates(network, train, experiment, experiment.preprocessing, **options)


def schedule_sentence(experiment: Experiment, rate: float, steps_per_epoch: int) -> str:
    """What schedule and warm-up make of a base rate; "" where it stays the same throughout."""
    last = max(steps_per_epoch * experiment.epochs - 1, 1)
    steps = sorted({round(last * moment / (_MOMENTS - 1)) for moment in range(_MOMENTS)})
    rates = [rate * experiment.rate_factor(step, steps_per_epoch) for step in steps]
    if max(rates) - min(rates) <= 1e-9 * rate:
        return ""
    name = label_of(type(experiment.schedule))
    return (
        f"It is the base of the schedule ({name}): the training begins with {rates[0]:.2g}, reaches {max(rates):.2g} "
        f"at most and ends with {rates[-1]:.2g}."
    )


def stretch_sentence(experiment: Experiment, epochs: int, steps_per_epoch: int) -> str:
    """What more epochs, so many in all, do to the rate at the planned end; "" where it does not rise by much."""
    last = max(steps_per_epoch * experiment.epochs - 1, 0)
    base = experiment.optimizer.learning_rate
    now = base * experiment.rate_factor(last, steps_per_epoch)
    then = base * experiment.replace(epochs=epochs).rate_factor(last, steps_per_epoch)
    if then <= _NOTICED * now:
        return ""
    return (
        f"With more, the schedule is stretched over all {epochs} epochs: the rate goes up from {now:.2g} to {then:.2g}."
    )
