"""The learning-rate finder: a short training on a copy of the network while the rate rises from tiny to far too large.

Where the loss falls fastest, the rate is about right (Smith, 2017). The copy goes through the very same trainer as a
real training, with the loss, the optimizer, the batch size, the regularization, the clipping, the augmentation and the
seed of the plan; its schedule and warm-up, its running mean of the parameters and its callbacks take no part. The
network itself is left as it is.
"""

import math
from collections.abc import Callable, Iterator
from typing import Annotated

from nn_engine.data.dataset import Dataset
from nn_engine.data.preprocessing import Preprocessing
from nn_engine.declarations import Setting
from nn_engine.network import Network
from nn_engine.schedules import Schedule
from nn_engine.training.events import StepEnd
from nn_engine.training.plan import TrainingPlan
from nn_engine.training.rate_curve import FEWEST, SMOOTHING, RateTrial
from nn_engine.training.trainer import Trainer

TOO_HIGH = 4.0
"""The trial is over when the smoothed loss is so many times its lowest."""


class Rise(Schedule):
    """From a tiny share of the base rate to all of it, by the same ratio at every step."""

    share: Annotated[float, Setting("Which share of the base rate comes first.", low=0, high=1, low_open=True)] = 1e-8
    steps: Annotated[int, Setting("How many steps it takes.", low=2)] = 100

    def factor(self, step: int, steps_per_epoch: int, epochs: float) -> float:
        return float(self.share ** (1 - min(step, self.steps - 1) / (self.steps - 1)))


def find_rates(
    network: Network,
    train: Dataset,
    plan: TrainingPlan,
    preprocessing: Preprocessing | None = None,
    *,
    lowest: float = 1e-6,
    highest: float = 10.0,
    steps: int = 100,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[RateTrial]:
    """Try rates from ``lowest`` to ``highest`` on a replica, one step each; ends early where the loss explodes.

    ``stop`` is asked after every shard, since a step of a large batch takes long; once it is true no trial follows.
    Raises ValueError where the bounds make no sense or the parts do not fit together.
    """
    if not 0 < lowest < highest < math.inf or steps < FEWEST:
        raise ValueError(
            f"Expected 0 < lowest < highest and at least {FEWEST} steps; received {lowest:g}, {highest:g} and {steps}."
        )
    epochs = -(-steps // max(1, math.ceil(len(train) / plan.batch_size)))
    trial = TrainingPlan(
        **{name: value for name, value in plan.values().items() if name in _TAKEN},
        optimizer=plan.optimizer.replace(learning_rate=highest),
        schedule=Rise(share=lowest / highest, steps=steps),
        epochs=epochs,
    )
    trainer = Trainer(network.replica(), train, None, trial, preprocessing=preprocessing)
    made, smoothed, best = 0, 0.0, math.inf
    for event in trainer.fit():
        if stop():
            return
        if not isinstance(event, StepEnd):
            continue
        made += 1
        yield RateTrial(event.learning_rate, event.loss)
        smoothed += (1 - SMOOTHING) * (event.loss - smoothed)
        mean = smoothed / (1 - SMOOTHING**made)
        best = min(best, mean)
        if made == steps or (made >= FEWEST and mean > TOO_HIGH * best):
            return


_TAKEN = ("loss", "batch_size", "regularization", "clipping", "augmentation", "seed")
"""What of the plan the trials share with the training."""
