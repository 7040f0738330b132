"""Which metrics a task offers, and what they are called in a training."""

from typing import cast

from nn_engine.data.dataset import Task
from nn_engine.declarations import registered
from nn_engine.metrics.metric import Metric


def metrics_for(task: Task) -> dict[str, Metric]:
    """Every metric that means something for this task, by name."""
    classes = cast("dict[str, type[Metric]]", registered("metric"))
    return {name: cls() for name, cls in classes.items() if cls.suits(task)}


def step_metrics_for(task: Task) -> dict[str, Metric]:
    """Those that are taken at every training step; all are where a network is evaluated."""
    return {name: metric for name, metric in metrics_for(task).items() if metric.each_step}


def metric_names(task: Task, validated: bool) -> tuple[str, ...]:
    """What an epoch of a training is judged by: the mean of its steps and, with ``validated``, an evaluation."""
    names = ("loss", *step_metrics_for(task))
    return (*names, "val_loss", *(f"val_{name}" for name in metrics_for(task))) if validated else names


def higher_is_better(name: str) -> bool:
    """Whether a higher value of this metric, such as ``val_accuracy``, is better; for any loss it is not."""
    plain = name.removeprefix("val_")
    return plain != "loss" and cast("type[Metric]", registered("metric")[plain]).higher_is_better
