"""The same learning rate throughout."""

from nn_engine.declarations import register
from nn_engine.schedules.schedule import Schedule


@register("constant")
class Constant(Schedule):
    """The same learning rate throughout."""

    def factor(self, step: int, steps_per_epoch: int, epochs: float) -> float:
        return 1.0
