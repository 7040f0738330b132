"""Everything about a training that can be chosen."""

from typing import Annotated

from nn_engine.clipping import Clipping
from nn_engine.data.augmentation import Augmentation
from nn_engine.declarations import Declaration, Setting
from nn_engine.layers import Layer
from nn_engine.losses import CrossEntropy, Loss
from nn_engine.optimizers import SGD, Optimizer
from nn_engine.regularizers import Regularizer
from nn_engine.schedules import Constant, Schedule
from nn_engine.training.callbacks import Callback


class TrainingPlan(Declaration):
    """How a network is trained."""

    loss: Annotated[Loss, Setting("What training makes small.")] = CrossEntropy()
    optimizer: Annotated[Optimizer, Setting("How each step follows from the gradient.")] = SGD(momentum=0.9)
    schedule: Annotated[Schedule, Setting("How the learning rate changes over the training.", live=True)] = Constant()
    warm_up: Annotated[
        float,
        Setting(
            "How many epochs the rate takes to rise from nothing before the schedule begins.",
            low=0,
            high=100_000,
            unit="epochs",
            live=True,
            usual=(0, 5),
        ),
    ] = 0.0
    epochs: Annotated[int, Setting("How often every sample is seen.", low=1, high=100_000, live=True)] = 20
    batch_size: Annotated[int, Setting("How many samples make one step.", low=1, high=10_000_000, unit="samples")] = 128
    regularization: Annotated[tuple[Regularizer, ...], Setting("Prices on large weights.", live=True)] = ()
    clipping: Annotated[tuple[Clipping, ...], Setting("Bounds on the gradient of a step.", live=True)] = ()
    averaging: Annotated[
        float | None,
        Setting(
            "How slowly a running mean of all parameters follows them; it is then what is judged, kept and answers.",
            low=0,
            high=1,
            high_open=True,
            usual=(0.9, 0.9999),
            none="off",
        ),
    ] = None
    augmentation: Annotated[
        tuple[Augmentation, ...], Setting("Small changes drawn anew for every sample in every epoch.", live=True)
    ] = ()
    callbacks: Annotated[tuple[Callback, ...], Setting("What watches the training and may slow or end it.")] = ()
    monitor: Annotated[
        str | None,
        Setting(
            "The metric that decides which epoch is best; none takes val_accuracy, or the next that exists.",
            none="automatic",
        ),
    ] = None
    seed: Annotated[int, Setting("Which random choices; the same seed repeats them all.", low=0, high=2**63 - 1)] = 0

    @property
    def restores_best(self) -> bool:
        """Whether the best weights answer once the training has ended, rather than the last ones."""
        return all(callback.restores_best for callback in self.callbacks)

    @property
    def live_layers(self) -> tuple[Layer, ...]:
        """The layers whose live settings a network in training takes over; a plan by itself has none."""
        return ()

    def rate_factor(self, step: int, steps_per_epoch: int) -> float:
        """What warm-up and schedule make of the base rate at this step, counted from 0."""
        rise = self._rise(steps_per_epoch)
        if step < rise:
            return (step + 1) / (rise + 1) * self.schedule.factor(0, steps_per_epoch, self._after_rise(steps_per_epoch))
        return self.schedule.factor(step - rise, steps_per_epoch, self._after_rise(steps_per_epoch))

    def momentum(self, step: int, steps_per_epoch: int) -> float | None:
        """The momentum that the schedule asks for at this step, if it asks for one."""
        after = max(0, step - self._rise(steps_per_epoch))
        return self.schedule.momentum(after, steps_per_epoch, self._after_rise(steps_per_epoch))

    def _rise(self, steps_per_epoch: int) -> int:
        return round(self.warm_up * steps_per_epoch)

    def _after_rise(self, steps_per_epoch: int) -> float:
        """How many epochs the schedule has."""
        return max(0.0, self.epochs - self._rise(steps_per_epoch) / steps_per_epoch)
