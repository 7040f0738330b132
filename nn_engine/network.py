"""A network: a stack of layers bound to one vector of parameters."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from nn_engine.initializers import make_initializer
from nn_engine.layers import InputLayer, Layer, Parameter, Site
from nn_engine.losses import Loss
from nn_engine.randomness import LayerRandomness, Stream, keyed_generator
from nn_engine.types import Array, Floats, Shape
from nn_engine.workspace import Workspace

PREDICTION_SHARD = 1000
"""How many samples pass through the network at once when many are predicted."""


class Network:
    """A stack of layers, ready to predict and to be trained.

    All parameters lie in one contiguous vector, ``state``: the trainable ones first, the rest behind them; their
    gradients in a second one. Layers hold views, so an optimizer works on the whole at once and a copy of the vector
    is a copy of all that the network knows.

    Args:
        layers: an InputLayer and what follows it. The network works on copies of its own.
        weight_init: how the weights of layers that do not say otherwise start.
        bias_init: the same for biases.
        seed: which initial weights; the same seed draws the same weights in any dtype.
        dtype: float32, or float64 where exactness matters more than speed.

    Raises:
        ValueError: naming the layer and what it cannot take.
    """

    def __init__(
        self,
        layers: Iterable[Layer],
        *,
        weight_init: str = "he_initialization",
        bias_init: str = "zeros",
        seed: int = 0,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        self.weight_init = make_initializer(weight_init).registered_name
        self.bias_init = make_initializer(bias_init).registered_name
        self.seed = seed
        layers = tuple(layers)
        self.shapes = layer_shapes(layers)
        self.layers = tuple(layer.replace() for layer in layers)
        self.parameters = self._parameters()
        trainable = [name for name, parameter in self.parameters.items() if parameter.trainable]
        self._order = trainable + [name for name in self.parameters if name not in trainable]
        sizes = {name: int(np.prod(self.parameters[name].shape)) for name in self._order}
        self.trainable_size = sum(sizes[name] for name in trainable)
        self.state: Floats = np.zeros(sum(sizes.values()), dtype)
        """Every parameter, the trainable ones first: shape (parameter count,)."""
        self.gradients: Floats = np.zeros(self.trainable_size, dtype)
        """∂L/∂ the trainable part of the state, as the last backward pass left it: shape (trainable_size,)."""
        self._views = self._split(self.state)
        self._gradient_views = self._split(self.gradients)
        self._first_trained = min((int(name.split(".")[1]) for name in trainable), default=len(self.layers) - 1)
        self.randomness = LayerRandomness(seed)
        self._workspace = Workspace()
        self._bind()
        self.draw_weights(seed)

    # -- what it is made of ---------------------------------------------------------------------------------------

    def _parameters(self) -> dict[str, Parameter]:
        """Every parameter under its full name, ``layers.1.weights``, in the order of the layers."""
        found = {}
        for index, (layer, (input_shape, _)) in enumerate(zip(self.layers, self.shapes, strict=True)):
            for parameter in layer.parameters(input_shape):
                found[f"layers.{index}.{parameter.name}"] = parameter
        return found

    def _split(self, vector: Floats) -> dict[str, Floats]:
        """Views of a vector laid out as the state (or as its trainable part), by full name."""
        views, start = {}, 0
        for name in self._order:
            if start == len(vector):
                break
            shape = self.parameters[name].shape
            stop = start + int(np.prod(shape))
            views[name] = vector[start:stop].reshape(shape)
            start = stop
        return views

    def _bind(self) -> None:
        for index, (layer, (input_shape, output_shape)) in enumerate(zip(self.layers, self.shapes, strict=True)):
            prefix = f"layers.{index}."
            layer.bind(
                Site(
                    index=index,
                    input_shape=input_shape,
                    output_shape=output_shape,
                    state=_below(self._views, prefix),
                    gradients=_below(self._gradient_views, prefix),
                    workspace=self._workspace,
                    randomness=self.randomness,
                    dtype=self.state.dtype,
                )
            )

    def draw_weights(self, seed: int) -> None:
        """Start anew: give every parameter its initial value for this seed."""
        self.seed = seed
        for position, (name, parameter) in enumerate(self.parameters.items()):
            default = self.weight_init if parameter.regularized else self.bias_init
            rng = keyed_generator(seed, Stream.INITIALIZATION, position)
            initializer = make_initializer(parameter.initializer or default)
            self._views[name][...] = initializer.draw(parameter.shape, parameter.fan_in, parameter.fan_out, rng)

    @property
    def input_shape(self) -> Shape:
        """The shape of one sample as the first layer hands it on."""
        return self.shapes[0][1]

    @property
    def output_shape(self) -> Shape:
        """The shape of the answer to one sample."""
        return self.shapes[-1][1]

    @property
    def output_fn(self) -> str:
        """The activation that the network ends in, or "" if its last layer has none."""
        return self.layers[-1].output_fn

    @property
    def parameter_count(self) -> int:
        """How many numbers the state holds."""
        return int(self.state.size)

    @property
    def trainable(self) -> Floats:
        """The part of the state that an optimizer changes: a view, shape (trainable_size,)."""
        return self.state[: self.trainable_size]

    # -- forward and backward -------------------------------------------------------------------------------------

    def forward(self, x: Array, training: bool = False, logits: bool = False) -> Floats:
        """The outputs for a batch, (batch, *output_shape), in scratch memory that the next call overwrites.

        Args:
            x: samples, (batch, …), of any shape that has as many values as the input layer takes.
            training: whether layers such as dropout act.
            logits: stop before the output activation.
        """
        last = self.layers[-1]
        for layer in self.layers[:-1]:
            x = layer.forward(x, training)
        return last.forward_logits(x, training) if logits else last.forward(x, training)

    def backward(self, grad: Floats, logits: bool = False, need_input_grad: bool = False) -> Floats | None:
        """Backpropagate ∂L/∂outputs, (batch, *output_shape), of the last ``forward``; fills ``gradients``.

        Returns ∂L/∂x with ``need_input_grad``. ``grad`` may be overwritten.
        """
        first = 0 if need_input_grad else self._first_trained
        back: Floats | None = grad
        for index in range(len(self.layers) - 1, first - 1, -1):
            assert back is not None
            layer, wanted = self.layers[index], need_input_grad or index > first
            if logits and index == len(self.layers) - 1:
                back = layer.backward_logits(back, wanted)
            else:
                back = layer.backward(back, wanted)
        return back

    def pairs_with(self, loss: Loss) -> bool:
        """Whether training with this loss stops before the output activation and works on logits."""
        return bool(loss.pairs_with) and loss.pairs_with == self.output_fn

    def predict(self, x: Array) -> Floats:
        """The answers to samples (n, …): an array of its own, (n, *output_shape).

        With a softmax at the end these are probabilities. A single sample, without the batch axis, is taken as a batch
        of one. Raises ValueError where the samples do not have the right number of values.
        """
        x = self._as_samples(np.asarray(x))
        out = np.empty((len(x), *self.output_shape), self.state.dtype)
        for start in range(0, len(x), PREDICTION_SHARD):
            part = slice(start, start + PREDICTION_SHARD)
            out[part] = self.forward(x[part].astype(self.state.dtype, copy=False))
        return out

    def _as_samples(self, x: Array) -> Array:
        size = int(np.prod(self.input_shape))
        if x.ndim >= 2 and int(np.prod(x.shape[1:])) == size:
            return x.reshape(len(x), *self.input_shape)
        if x.size == size:
            return x.reshape(1, *self.input_shape)
        raise ValueError(
            f"Expected samples of {size} values each, shape (n, {', '.join(map(str, self.input_shape))}); "
            f"received an array of shape {x.shape}."
        )

    # -- copies and names -----------------------------------------------------------------------------------------

    def replica(self) -> Self:
        """A network of the same layers with a state and scratch memory of its own, holding a copy of this state.

        For predictions while this one trains, in another thread.
        """
        twin = type(self)(
            self.layers,
            weight_init=self.weight_init,
            bias_init=self.bias_init,
            seed=self.seed,
            dtype=self.state.dtype,
        )
        twin.state[...] = self.state
        return twin

    def named_parameters(self) -> Mapping[str, Floats]:
        """Every parameter by full name, such as ``layers.1.weights``: live views."""
        return dict(self._views)

    def named_gradients(self) -> Mapping[str, Floats]:
        """The gradient of every trainable parameter by full name: live views."""
        return dict(self._gradient_views)

    def state_dict(self) -> dict[str, Floats]:
        """A copy of every parameter by full name."""
        return {name: view.copy() for name, view in self._views.items()}

    def load_state_dict(self, arrays: Mapping[str, Array]) -> None:
        """Take over parameters by full name. Raises ValueError, and changes nothing, unless all of them fit."""
        if set(arrays) != set(self._views):
            missing, extra = sorted(set(self._views) - set(arrays)), sorted(set(arrays) - set(self._views))
            raise ValueError(f"The parameters do not fit this network: missing {missing}, unexpected {extra}.")
        for name, view in self._views.items():
            if np.shape(arrays[name]) != view.shape:
                raise ValueError(f"{name}: expected the shape {view.shape}; received {np.shape(arrays[name])}.")
        for name, view in self._views.items():
            view[...] = arrays[name]

    def vector_as_dict(self, vector: Floats) -> dict[str, Floats]:
        """Views of a vector that is laid out as the state, by full name."""
        return self._split(vector)

    def to_config(self) -> dict[str, Any]:
        """What is needed to build the same network again, JSON-ready; its parameters are not in it."""
        return {
            "layers": [layer.to_config() for layer in self.layers],
            "weight_init": self.weight_init,
            "bias_init": self.bias_init,
        }

    def summary(self) -> str:
        """A table of the layers, their output shapes and parameter counts."""
        rows = [("", "layer", "output shape", "parameters")]
        for index, (layer, (input_shape, output_shape)) in enumerate(zip(self.layers, self.shapes, strict=True)):
            count = sum(int(np.prod(parameter.shape)) for parameter in layer.parameters(input_shape))
            shown = " × ".join(map(str, output_shape))
            rows.append((str(index), repr(layer), shown, f"{count:,}" if count else "–"))
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = [
            f"{row[0]:>{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:>{widths[3]}}"
            for row in rows
        ]
        lines.insert(1, "─" * len(lines[0]))
        frozen = self.parameter_count - self.trainable_size
        lines.append(lines[1])
        lines.append(f"{self.parameter_count:,} parameters" + (f", {frozen:,} of them not trained" if frozen else ""))
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self.layers)!r}, {self.parameter_count:,} parameters)"


def _below(views: Mapping[str, Floats], prefix: str) -> dict[str, Floats]:
    return {name.removeprefix(prefix): view for name, view in views.items() if name.startswith(prefix)}


def layer_shapes(layers: Sequence[object]) -> tuple[tuple[Shape, Shape], ...]:
    """Input and output shape of each layer. Raises ValueError naming the first that does not fit."""
    if not layers:
        raise ValueError("A network needs at least an InputLayer; received no layers.")
    shapes: list[tuple[Shape, Shape]] = []
    for index, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise ValueError(f"Layer {index}: expected a layer such as DenseLayer(units=10); received {layer!r}.")
        where = f"Layer {index} ({type(layer).__name__})"
        if (index == 0) != isinstance(layer, InputLayer):
            expected = "an InputLayer first" if index == 0 else "an InputLayer only at the start"
            raise ValueError(f"{where}: expected {expected}.")
        input_shape = shapes[-1][1] if shapes else (layer.output_shape(()))
        try:
            shapes.append((input_shape, layer.output_shape(input_shape)))
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None
    return tuple(shapes)
