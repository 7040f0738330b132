"""How parameters start: the names that ``weight_init`` and ``bias_init`` accept.

Each is a class with one method, so that a new one joins with a class and its ``@register`` line. Numbers are drawn in
float64 and then stored in the network's own type.
"""

import math
from abc import ABC, abstractmethod
from typing import ClassVar, cast

import numpy as np

from nn_engine.declarations import find, register
from nn_engine.randomness import normal, uniform_of_deviation
from nn_engine.types import Floats, Shape


class Initializer(ABC):
    """A rule for the first values of one parameter array."""

    family: ClassVar[str] = "initializer"
    registered_name: ClassVar[str] = ""

    @abstractmethod
    def draw(self, shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
        """Values of the given shape. ``fan_in`` and ``fan_out`` count the connections into and out of one unit."""


@register("he_initialization", aliases=("he", "he_normal", "kaiming"), label="He initialization")
class HeInitialization(Initializer):
    """Normal with variance 2 / fan_in: keeps the signal's size through rectifiers (He et al., 2015)."""

    def draw(self, shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
        return normal(rng, shape, math.sqrt(2 / fan_in))


@register("he_initialization_uniform", aliases=("he_uniform", "kaiming_uniform"), label="He initialization, uniform")
class HeInitializationUniform(Initializer):
    """Uniform with variance 2 / fan_in (He et al., 2015)."""

    def draw(self, shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
        return uniform_of_deviation(rng, shape, math.sqrt(2 / fan_in))


@register(
    "xavier_initialization",
    aliases=("xavier", "glorot", "xavier_normal", "glorot_normal"),
    label="Xavier initialization",
)
class XavierInitialization(Initializer):
    """Normal with variance 2 / (fan_in + fan_out): for tanh, sigmoid and softmax (Glorot and Bengio, 2010)."""

    def draw(self, shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
        return normal(rng, shape, math.sqrt(2 / (fan_in + fan_out)))


@register(
    "xavier_initialization_uniform",
    aliases=("xavier_uniform", "glorot_uniform"),
    label="Xavier initialization, uniform",
)
class XavierInitializationUniform(Initializer):
    """Uniform with variance 2 / (fan_in + fan_out) (Glorot and Bengio, 2010)."""

    def draw(self, shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
        return uniform_of_deviation(rng, shape, math.sqrt(2 / (fan_in + fan_out)))


@register("lecun_initialization", aliases=("lecun", "lecun_normal"), label="LeCun initialization")
class LecunInitialization(Initializer):
    """Normal with variance 1 / fan_in (LeCun et al., 1998)."""

    def draw(self, shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
        return normal(rng, shape, math.sqrt(1 / fan_in))


@register("lecun_initialization_uniform", aliases=("lecun_uniform",), label="LeCun initialization, uniform")
class LecunInitializationUniform(Initializer):
    """Uniform with variance 1 / fan_in (LeCun et al., 1998)."""

    def draw(self, shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
        return uniform_of_deviation(rng, shape, math.sqrt(1 / fan_in))


@register("orthogonal")
class Orthogonal(Initializer):
    """Columns of length one at right angles to each other: the signal keeps its length (Saxe et al., 2014).

    Seen as a matrix (inputs, units), a convolution's kernel with all that one unit sees laid out as its inputs. Where
    there are more units than inputs the rows are orthonormal instead. From the QR decomposition of normal numbers; with
    the signs of R's diagonal taken out, every orthogonal matrix is equally likely (Mezzadri, 2007).
    """

    def draw(self, shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
        rows, columns = math.prod(shape[:-1]), shape[-1]
        long, short = max(rows, columns), min(rows, columns)
        q, r = np.linalg.qr(rng.standard_normal((long, short)))
        q *= np.where(np.diagonal(r) < 0, -1, 1)
        return np.asarray((q if rows >= columns else q.T).reshape(shape))


@register("standard_normal_weights", aliases=("standard_normal",))
class StandardNormalWeights(Initializer):
    """Normal with variance 1, whatever the layer's size: far too large for wide layers, and worth seeing once."""

    def draw(self, shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
        return normal(rng, shape, 1.0)


@register("zeros")
class Zeros(Initializer):
    """All zero: right for biases; weights that are all zero never learn to differ."""

    def draw(self, shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
        return np.zeros(shape)


@register("ones")
class Ones(Initializer):
    """All one: the start of factors that are to change nothing yet, such as the scale behind a normalization."""

    def draw(self, shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
        return np.ones(shape)


@register("small_constant")
class SmallConstant(Initializer):
    """All 0.01: a nudge that lets every rectifier pass something at the start."""

    VALUE: ClassVar[float] = 0.01

    def draw(self, shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Floats:
        return np.full(shape, self.VALUE)


def make_initializer(name: str) -> Initializer:
    """The initializer registered under ``name`` or an alias of it. Raises ValueError that lists what exists."""
    return cast(Initializer, find("initializer", name)())
