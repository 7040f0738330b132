"""The multi-layer perceptron: a network held to dense stacks."""

from nn_engine.layers import DenseLayer, DropoutLayer, FlattenLayer, InputLayer
from nn_engine.network import Network


class MultiLayerPerceptron(Network):
    """A network whose layers are dense, with dropout between them if wanted; see Network for the arguments.

    Raises ValueError for any other layer, naming it.
    """

    ALLOWED = (InputLayer, DenseLayer, DropoutLayer, FlattenLayer)

    def _bind(self) -> None:
        for index, layer in enumerate(self.layers):
            if not isinstance(layer, self.ALLOWED):
                names = ", ".join(allowed.__name__ for allowed in self.ALLOWED)
                raise ValueError(
                    f"Layer {index} ({type(layer).__name__}): a MultiLayerPerceptron expects {names}. "
                    f"Use Network for other stacks."
                )
        super()._bind()
