"""Read-only questions about a network."""

from nn_engine.inspection.gradient_check import numerical_gradient

__all__ = ["numerical_gradient"]
