"""A network: a stack of layers bound to one vector of parameters."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from nn_engine.forks import share_out
from nn_engine.initializers import make_initializer
from nn_engine.layers import Chain, Layer, Parameter, Site
from nn_engine.losses import Loss
from nn_engine.randomness import LayerRandomness, Stream, keyed_generator
from nn_engine.shard_group import Peers
from nn_engine.shared_memory import shared_like
from nn_engine.stack import describe, takes_samples
from nn_engine.types import Array, Floats, Shape
from nn_engine.workspace import SmallNumpyBuffers, Workspace

SHARD = 256
"""The most samples that go through a network at once in training. Part of a run's meaning: it decides in which order
gradients are summed, so it depends on nothing but the layers, least of all on the number of threads."""
PREDICTION_SHARD = 1000
"""How many samples pass through the network at once when many are predicted, unless its layers ask for fewer."""


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
        draw: whether to draw initial weights; without, all parameters are zero and are to be filled in.
        state: a vector to keep all parameters in, where another network's is to be shared; nothing is drawn into it.
        gradients: the same for the gradients.

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
        draw: bool = True,
        state: Floats | None = None,
        gradients: Floats | None = None,
    ) -> None:
        self.weight_init = make_initializer(weight_init).registered_name
        self.bias_init = make_initializer(bias_init).registered_name
        if np.dtype(dtype) not in (np.float32, np.float64):
            raise ValueError(f"dtype: expected float32 or float64; received {np.dtype(dtype)}.")
        if type(seed) is not int or seed < 0:
            raise ValueError(f"seed: expected a whole number from 0 up; received {seed!r}.")
        self.seed = seed
        if isinstance(layers, Layer):
            raise ValueError(f"layers: expected a list of layers; received {layers!r} alone. Put it in brackets.")
        layers = tuple(layers)
        self.descriptions = describe(layers)
        self.layers = tuple(layer.replace() for layer in layers)
        self.parameters = {
            f"layers.{index}.{parameter.name}": parameter
            for index, described in enumerate(self.descriptions)
            for parameter in described.parameters
        }
        """Every parameter by full name, ``layers.1.weights``, in the order of the layers."""
        self._order = sorted(self.parameters, key=lambda name: _place(self.parameters[name]))
        sizes = {name: math.prod(parameter.shape) for name, parameter in self.parameters.items()}
        self.trainable_size = sum(sizes[name] for name, each in self.parameters.items() if each.trainable)
        self.weight_size = sum(sizes[name] for name, each in self.parameters.items() if _place(each) == 0)
        self.state: Floats = np.zeros(sum(sizes.values()), dtype) if state is None else state
        """Every parameter: weights, then the other trainable ones, then the rest; shape (parameter count,)."""
        if self.state.shape != (sum(sizes.values()),) or self.state.dtype != dtype:
            raise ValueError(f"state: expected {sum(sizes.values())} numbers of {np.dtype(dtype)}; received {state!r}.")
        self.gradients: Floats = np.zeros(self.trainable_size, dtype) if gradients is None else gradients
        """∂L/∂ the trainable part of the state, as the last backward pass left it: shape (trainable_size,)."""
        self._views = self._split(self.state)
        self._gradient_views = self._split(self.gradients)
        self.randomness = LayerRandomness(seed)
        self._workspace = Workspace()
        self.peers = Peers()
        """Where the layers hear of the rest of a batch: nowhere, while batches come whole."""
        self._bind()
        if draw and state is None:
            self.draw_weights(seed)

    # -- what it is made of ---------------------------------------------------------------------------------------

    def _split(self, vector: Floats) -> dict[str, Floats]:
        """Views of a vector laid out as the state (or as its trainable part), by full name."""
        views, start = {}, 0
        for name in self._order:
            if start == len(vector):
                break
            shape = self.parameters[name].shape
            stop = start + math.prod(shape)
            views[name] = vector[start:stop].reshape(shape)
            start = stop
        return views

    def _bind(self) -> None:
        site = Site(
            place=(),
            input_shape=self.descriptions[0].input_shape,
            output_shape=self.output_shape,
            state=self._views,
            gradients=self._gradient_views,
            workspace=self._workspace,
            randomness=self.randomness,
            dtype=self.state.dtype,
            peers=self.peers,
        )
        self._chain = Chain(self.layers, site, "layers")

    def move_to(self, state: Floats, gradients: Floats) -> None:
        """Keep the same parameters and gradients in other memory from now on; what was handed out stays behind.

        Args:
            state: an array like ``state``, to hold it.
            gradients: the same for ``gradients``.
        """
        if state is self.state and gradients is self.gradients:
            return
        np.copyto(state, self.state)
        np.copyto(gradients, self.gradients)
        self.state, self.gradients = state, gradients
        self._views, self._gradient_views = self._split(state), self._split(gradients)
        self._bind()

    def draw_weights(self, seed: int) -> None:
        """Start anew: give every parameter its initial value for this seed."""
        self.seed = seed
        for position, (name, parameter) in enumerate(self.parameters.items()):
            default = self.weight_init if parameter.role == "weight" else self.bias_init
            rng = keyed_generator(seed, Stream.INITIALIZATION, position)
            initializer = make_initializer(parameter.initializer or default)
            self._views[name][...] = initializer.draw(parameter.shape, parameter.fan_in, parameter.fan_out, rng)

    @property
    def input_shape(self) -> Shape:
        """The shape of one sample as the first layer hands it on."""
        return self.descriptions[0].output_shape

    @property
    def output_shape(self) -> Shape:
        """The shape of the answer to one sample."""
        return self.descriptions[-1].output_shape

    @property
    def output_fn(self) -> str:
        """The activation that the network ends in, or "" if its last layer has none."""
        return self.layers[-1].output_fn

    @property
    def shard_size(self) -> int:
        """How many samples go through at once in training, unless ``needs_whole_batch`` (see ``Team``).

        It decides in which order gradients are summed, so it follows from the layers alone.
        """
        return _fewest(SHARD, (layer.samples_at_once for layer in _all_layers(self.layers)))

    @property
    def needs_whole_batch(self) -> bool:
        """Whether all shards of a batch have to go through side by side, because a layer has to know of them all."""
        return any(layer.needs_whole_batch for layer in _all_layers(self.layers))

    @property
    def _prediction_shard(self) -> int:
        return _fewest(PREDICTION_SHARD, (layer.answers_at_once for layer in _all_layers(self.layers)))

    @property
    def parameter_count(self) -> int:
        """How many numbers the state holds."""
        return int(self.state.size)

    @property
    def weights(self) -> tuple[Floats, Floats]:
        """The weights, on which regularizers act, and their gradients: views, shape (weight_size,) each."""
        return self.state[: self.weight_size], self.gradients[: self.weight_size]

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
        with SmallNumpyBuffers():
            return self._chain.forward(x, training, logits)

    def backward(self, grad: Floats, logits: bool = False, need_input_grad: bool = False) -> Floats | None:
        """Backpropagate ∂L/∂outputs, (batch, *output_shape), of the last ``forward``; fills ``gradients``.

        Returns ∂L/∂x with ``need_input_grad``. ``grad`` may be overwritten.
        """
        with SmallNumpyBuffers():
            return self._chain.backward(grad, need_input_grad, logits)

    def settle(self) -> None:
        """Let the layers take over what they noted of the last batch in training, such as running statistics.

        Whoever makes steps calls it once for each.
        """
        for layer in self.layers:
            layer.settle()

    def pairs_with(self, loss: Loss) -> bool:
        """Whether training with this loss stops before the output activation and works on logits."""
        return bool(loss.pairs_with) and loss.pairs_with == self.output_fn

    def predict(self, x: Array, threads: int = 1, may_fork: bool = False) -> Floats:
        """The answers to samples (n, …): an array of its own, (n, *output_shape).

        With a softmax at the end these are probabilities. A single sample, without the batch axis, is taken as a batch
        of one. Many samples can be shared out among threads, or with ``may_fork`` among processes (see ``forks.py``),
        which changes nothing in the answers. Raises ValueError where the samples do not have the right number of
        values.
        """
        if threads < 1:
            raise ValueError(f"Expected one thread or more to predict with; received {threads}.")
        x = self._as_samples(np.asarray(x))
        out: Floats = np.empty((len(x), *self.output_shape), self.state.dtype)
        size = self._prediction_shard
        # Whole shards for everyone, so that each shard is what it is with one thread.
        share = max(size, size * -(-len(x) // (size * threads)))
        parts = [slice(start, start + share) for start in range(0, len(x), share)]
        if len(parts) < 2:
            return self._in_shards(x, out, logits=False)
        members = [self, *(self.replica(self.state) for _ in parts[1:])]
        seen_by_all = shared_like(out) if may_fork else out

        def answer(_: None, network: Network, part: slice) -> None:
            network._in_shards(x[part], seen_by_all[part], logits=False)

        share_out(answer, members, parts, may_fork)
        return seen_by_all.copy() if may_fork else out

    def infer(self, x: Array, logits: bool = False) -> Floats:
        """``forward`` without training, for as many samples as one likes: they go through a cacheful at a time.

        The result lies in scratch memory that the next call overwrites, and ``backward`` cannot follow.
        """
        out = self._workspace.array("inferred", (len(x), *self.output_shape), self.state.dtype)
        return self._in_shards(x, out, logits)

    def _in_shards(self, x: Array, out: Floats, logits: bool) -> Floats:
        size = self._prediction_shard
        for start in range(0, len(x), size):
            part = slice(start, start + size)
            with SmallNumpyBuffers():
                out[part] = self._chain.infer(x[part].astype(self.state.dtype, copy=False), logits)
        return out

    def _as_samples(self, x: Array) -> Array:
        size = math.prod(self.input_shape)
        if x.ndim >= 2 and takes_samples(self.input_shape, x.shape[1:]):
            return x.reshape(len(x), *self.input_shape)
        if takes_samples(self.input_shape, x.shape):
            return x.reshape(1, *self.input_shape)
        raise ValueError(
            f"Expected samples of {size} values each, shape (n, {', '.join(map(str, self.input_shape))}); "
            f"received an array of shape {x.shape}."
        )

    # -- copies and names -----------------------------------------------------------------------------------------

    def replica(self, state: Floats | None = None, gradients: Floats | None = None) -> Self:
        """A network of the same layers with gradients and scratch memory of its own.

        It has a copy of this one's state, for predictions while this one trains in another thread; or works on a given
        ``state``, such as this one's, for several threads that work on one step together, and leaves its gradients in
        given memory. What is drawn at random follows from the position alone, which every replica keeps for itself.
        """
        twin = type(self)(
            self.layers,
            weight_init=self.weight_init,
            bias_init=self.bias_init,
            seed=self.seed,
            dtype=self.state.dtype,
            draw=False,
            state=self.state.copy() if state is None else state,
            gradients=gradients,
        )
        twin.randomness.seed = self.randomness.seed
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
            array = np.asarray(arrays[name])
            if array.shape != view.shape:
                raise ValueError(f"{name}: expected the shape {view.shape}; received {array.shape}.")
            if array.dtype.kind not in "fiu":
                raise ValueError(f"{name}: expected real numbers; received {array.dtype}.")
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
        for index, (layer, described) in enumerate(zip(self.layers, self.descriptions, strict=True)):
            count, shown = described.parameter_count, " × ".join(map(str, described.output_shape))
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


def _place(parameter: Parameter) -> int:
    """Where in the state a parameter lies: weights first, so that what acts on weights alone acts on one slice."""
    return 2 if not parameter.trainable else 0 if parameter.role == "weight" else 1


def _fewest(usual: int, asked: Iterable[int | None]) -> int:
    """As many samples at once as usual, or as few as some layer asks for."""
    return min((usual, *(count for count in asked if count is not None)))


def _all_layers(layers: Iterable[Layer]) -> Iterator[Layer]:
    """The layers, and those that they are made of."""
    for layer in layers:
        yield layer
        yield from _all_layers(layer.inner_layers())
