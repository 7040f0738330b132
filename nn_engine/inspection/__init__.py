"""Read-only questions about a network: pure functions of a network and data.

They change nothing of a network's state, but work in its memory: hand them one that nobody else is using at the
moment, such as a replica. Samples are prepared ones, as ``Preprocessing`` makes them, with the batch first.
"""

from nn_engine.inspection.activations import layer_activations
from nn_engine.inspection.confusion import Confusion, confusion, label_confusions
from nn_engine.inspection.dead_units import dead_units
from nn_engine.inspection.gradient_check import numerical_gradient
from nn_engine.inspection.gradients import layer_gradients, parameter_gradients
from nn_engine.inspection.integrated_gradients import integrated_gradients
from nn_engine.inspection.occlusion import occlusion
from nn_engine.inspection.saliency import class_scores, input_gradients, saliency
from nn_engine.inspection.sample_losses import sample_losses
from nn_engine.inspection.update_ratio import update_ratios

__all__ = [
    "Confusion",
    "class_scores",
    "confusion",
    "dead_units",
    "input_gradients",
    "integrated_gradients",
    "label_confusions",
    "layer_activations",
    "layer_gradients",
    "numerical_gradient",
    "occlusion",
    "parameter_gradients",
    "saliency",
    "sample_losses",
    "update_ratios",
]
