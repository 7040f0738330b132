"""Read-only questions about a network."""

from nn_engine.inspection.confusion import Confusion, confusion, label_confusions
from nn_engine.inspection.gradient_check import numerical_gradient

__all__ = ["Confusion", "confusion", "label_confusions", "numerical_gradient"]
