"""Which epochs' networks stay in the run's folder. Without any of these all do; the best and the last always do."""

from typing import Annotated

from nn_engine.declarations import Setting, register
from nn_engine.metrics import higher_is_better
from nn_engine.training.callbacks.callback import Callback, Memory, metric_of
from nn_engine.training.events import EpochEnd, Event


@register("checkpoint_every", label="checkpoint every")
class CheckpointEvery(Callback):
    """Keeps the network after every so many epochs."""

    epochs: Annotated[
        int, Setting("How many epochs pass between two checkpoints.", low=1, high=100_000, unit="epochs")
    ] = 5

    def kept_epochs(self, memory: Memory) -> frozenset[int]:
        return frozenset(range(self.epochs - 1, memory.get("done", 0), self.epochs))

    def kept_past_end(self, memory: Memory) -> Memory:
        return dict(memory)

    def after(self, event: Event, memory: Memory) -> None:
        if isinstance(event, EpochEnd):
            memory["done"] = event.epoch + 1


@register("checkpoint_top_k", label="checkpoint the best")
class CheckpointTopK(Callback):
    """Keeps the networks after the best epochs by a metric."""

    monitor: Annotated[str, Setting("The metric to watch, such as val_loss.")] = "val_loss"
    count: Annotated[int, Setting("How many checkpoints to keep.", low=1, high=1000)] = 3

    @property
    def watched(self) -> str:
        return self.monitor

    def kept_epochs(self, memory: Memory) -> frozenset[int]:
        return frozenset(epoch for _, epoch in memory.get("best", []))

    def kept_past_end(self, memory: Memory) -> Memory:
        return dict(memory)

    def after(self, event: Event, memory: Memory) -> None:
        if isinstance(event, EpochEnd):
            value, sign = metric_of(event, self.monitor), -1 if higher_is_better(self.monitor) else 1
            # Of epochs that are equally good the earlier one stays: it has had less time to learn by heart.
            ranked = sorted([*memory.get("best", []), [value, event.epoch]], key=lambda pair: (sign * pair[0], pair[1]))
            memory["best"] = ranked[: self.count]
