"""Metrics: what a person wants to know of the answers, beside the loss.

Offered by the task: accuracy, for instance, means something for classes and labels only.
"""

from nn_engine.metrics.accuracy import Accuracy
from nn_engine.metrics.f1 import MacroF1, per_class
from nn_engine.metrics.mean_absolute_error import MeanAbsoluteErrorMetric
from nn_engine.metrics.metric import Metric, add_up, count, values_of
from nn_engine.metrics.offered import higher_is_better, metric_names, metrics_for, step_metrics_for
from nn_engine.metrics.r_squared import RSquared
from nn_engine.metrics.top_k import Top3Accuracy, Top5Accuracy

__all__ = [
    "Accuracy",
    "MacroF1",
    "MeanAbsoluteErrorMetric",
    "Metric",
    "RSquared",
    "Top3Accuracy",
    "Top5Accuracy",
    "add_up",
    "count",
    "higher_is_better",
    "metric_names",
    "metrics_for",
    "per_class",
    "step_metrics_for",
    "values_of",
]
