"""Waiting for a metric to improve: what several callbacks do before they act."""

from nn_engine.metrics import higher_is_better
from nn_engine.training.callbacks.callback import Memory, metric_of
from nn_engine.training.events import EpochEnd


def wait_for_improvement(event: EpochEnd, monitor: str, min_delta: float, memory: Memory) -> int:
    """How many epochs have passed since the metric last improved by more than ``min_delta``.

    Keeps ``best`` and ``waited`` in ``memory``. Raises ValueError where there is no such metric.
    """
    value = metric_of(event, monitor)
    sign = 1 if higher_is_better(monitor) else -1
    if "best" not in memory or sign * (value - memory["best"]) > min_delta:
        memory.update(best=value, waited=0)
    else:
        memory["waited"] += 1
    return int(memory["waited"])
