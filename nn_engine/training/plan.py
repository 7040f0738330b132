"""Everything about a training that can be chosen."""

from typing import Annotated

from nn_engine.data.augmentation import Augmentation
from nn_engine.declarations import Declaration, Setting
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
    epochs: Annotated[int, Setting("How often every sample is seen.", low=1, high=100_000, live=True)] = 20
    batch_size: Annotated[int, Setting("How many samples make one step.", low=1, high=10_000_000, unit="samples")] = 128
    regularization: Annotated[tuple[Regularizer, ...], Setting("Prices on large weights.", live=True)] = ()
    augmentation: Annotated[
        tuple[Augmentation, ...], Setting("Small changes drawn anew for every sample in every epoch.", live=True)
    ] = ()
    callbacks: Annotated[tuple[Callback, ...], Setting("When to stop before the last epoch.")] = ()
    monitor: Annotated[
        str | None,
        Setting(
            "The metric that decides which epoch is best; none takes val_accuracy, or the next that exists.",
            none="automatic",
        ),
    ] = None
    seed: Annotated[int, Setting("Which random choices; the same seed repeats them all.", low=0, high=2**63 - 1)] = 0
