"""Each layer and activation as lines of a script that turn ``x`` into what comes out of it."""

from collections.abc import Callable, Sequence

import numpy as np

from nn_engine.io import script_functions as functions
from nn_engine.io.script_text import ScriptText
from nn_engine.io.writers import Place, Writers, padding

LayerWriter = Callable[[ScriptText, Place], None]
ActivationWriter = Callable[[ScriptText], None]

layers: Writers[LayerWriter] = Writers("a script", "layer")
activations: Writers[ActivationWriter] = Writers("a script", "activation")


def write(text: ScriptText, places: Sequence[Place]) -> None:
    """Append layers one behind the other, each under a heading."""
    for place in places:
        text.heading(place)
        layers.find(place.layer.registered_name)(text, place)


def _activate(text: ScriptText, fn: str) -> None:
    activations.find(fn)(text)


# -- layers -------------------------------------------------------------------------------------------------------


@layers("input", "flatten", "reshape")
def _shape(text: ScriptText, place: Place) -> None:
    sizes = ", ".join(map(str, place.output_shape))
    text.line(f"x = x.reshape(len(x), {sizes})")


@layers("dropout", "spatial_dropout", "gaussian_noise")
def _training_only(text: ScriptText, place: Place) -> None:
    text.line("# It acts in training only.")


@layers("activation")
def _activation(text: ScriptText, place: Place) -> None:
    _activate(text, place.layer.fn)


@layers("dense")
def _dense(text: ScriptText, place: Place) -> None:
    text.call(functions.dense, *text.weights(place, "weights", "bias"))
    _activate(text, place.layer.fn)


@layers("conv2d")
def _conv2d(text: ScriptText, place: Place) -> None:
    layer = place.layer
    weights = text.weights(place, "weights", "bias")
    text.call(functions.conv2d, *weights, f"strides={layer.strides}", *_pads(place, layer.kernel_size, layer.strides))
    _activate(text, layer.fn)


@layers("max_pool2d")
def _max_pool(text: ScriptText, place: Place) -> None:
    _pool(text, place, functions.max_pool2d)


@layers("average_pool2d")
def _average_pool(text: ScriptText, place: Place) -> None:
    _pool(text, place, functions.average_pool2d)


def _pool(text: ScriptText, place: Place, function: Callable[..., object]) -> None:
    size = place.layer.pool_size
    strides = place.layer.strides or size
    text.call(function, f"size={size}", f"strides={strides}", *_pads(place, size, strides))


def _pads(place: Place, window: tuple[int, int], strides: tuple[int, int]) -> tuple[str, ...]:
    """The argument that says how far windows reach beyond the edges, where they do."""
    found = padding(place, window, strides)
    return (f"padding={found}",) if np.any(found) else ()


@layers("global_average_pool2d")
def _global_average_pool(text: ScriptText, place: Place) -> None:
    text.line("x = x.mean(axis=(1, 2))")


@layers("batch_norm")
def _batch_norm(text: ScriptText, place: Place) -> None:
    weights = text.weights(place, "scale", "shift", "running_mean", "running_variance")
    text.call(functions.batch_norm, *weights, f"epsilon={place.layer.epsilon}")


@layers("layer_norm")
def _layer_norm(text: ScriptText, place: Place) -> None:
    text.call(functions.layer_norm, *text.weights(place, "scale", "shift"), f"epsilon={place.layer.epsilon}")


@layers("residual")
def _residual(text: ScriptText, place: Place) -> None:
    mark = place.name.replace("layers", "").replace(".", "_")
    before, learned = f"before{mark}", f"learned{mark}"
    text.line(f"{before} = x")
    write(text, place.inside("layers"))
    if shortcut := place.inside("shortcut"):
        text.line(f"{learned}, x = x, {before}")
        write(text, shortcut)
        text.line(f"x = {learned} + x")
    else:
        text.line(f"x = x + {before}")


# -- activations --------------------------------------------------------------------------------------------------


@activations("linear")
def _linear(text: ScriptText) -> None:
    """Nothing is to be done."""


def _calling(function: Callable[..., object]) -> ActivationWriter:
    return lambda text: text.call(function)


for _function in (
    functions.relu,
    functions.leaky_relu,
    functions.elu,
    functions.selu,
    functions.gelu,
    functions.sigmoid,
    functions.silu,
    functions.softplus,
    functions.softmax,
):
    activations(_function.__name__)(_calling(_function))


@activations("tanh")
def _tanh(text: ScriptText) -> None:
    text.line("x = np.tanh(x)")
