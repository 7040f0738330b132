"""The convolutional layer: the same small detector at every place of an image."""

import itertools
from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, ClassVar

import numpy as np

from nn_engine.activations import Activation, make_activation
from nn_engine.declarations import Setting, find, register
from nn_engine.layers.layer import Layer, Parameter, Site
from nn_engine.layers.patches import Axis, Block, Patches
from nn_engine.layers.sliding import Padding, refuse_no_image, slides
from nn_engine.layouts import BATCH_LAST, Layout
from nn_engine.types import Floats, Shape

_BLOCK = 400_000
"""About so many numbers of patches are gathered at a time: what stays in a core's own cache until it is used."""
_SMALL_PRODUCT = 1_000_000
"""Up to so many multiplications OpenBLAS has kernels, on processors with AVX-512, that read matrices where they lie.
For larger ones it copies both into an order of its own first, which for matrices of few rows costs half of the time."""


@register("conv2d", label="convolution")
class Conv2DLayer(Layer):
    """Slides a set of small filters over an image and says how strongly each is found at every place.

    y[i, j, f] = f(b[f] + Σ_{u, v, c} x[i·s + u, j·s + v, c] · W[u, v, c, f]) with stride s, a cross-correlation
    (LeCun et al., 1989). It is computed as one product of W with the matrix whose columns are all patches of the image;
    with δ = ∂L/∂z the gradients are ∂L/∂W = patches·δᵀ, ∂L/∂b = Σ δ, and ∂L/∂x adds W·δ up where the patches were.

    Where pooling follows, outputs are given in windows (see ``nn_engine/layouts.py``): a larger patch that holds all
    that one window of outputs sees is multiplied by the filters in each of their places in it. That takes fewer and
    larger copies, and fuller products, than one patch for every output.
    """

    group: ClassVar[str] = "convolution"
    samples_at_once: ClassVar[int | None] = 64

    filters: Annotated[int, Setting("How many detectors the layer has.", low=1, high=65_536, suggested=16)]
    kernel_size: Annotated[
        tuple[int, int], Setting("The height and width of a filter.", label="kernel size", suggested=(3, 3))
    ] = (3, 3)
    strides: Annotated[tuple[int, int], Setting("How far a filter moves at a time, down and across.")] = (1, 1)
    padding: Padding = "valid"
    fn: Annotated[
        str,
        Setting("The activation function of every output.", choices="activation", label="activation", suggested="relu"),
    ] = "linear"
    weight_init: Annotated[
        str | None,
        Setting(
            "How weights start; none takes as the network.",
            choices="initializer",
            label="weights",
            none="as the network",
        ),
    ] = None
    bias_init: Annotated[
        str | None,
        Setting(
            "How biases start; none takes as the network.",
            choices="initializer",
            label="biases",
            none="as the network",
        ),
    ] = None

    def output_shape(self, input_shape: Shape) -> Shape:
        down, across = slides(input_shape, self.kernel_size, self.strides, self.padding)
        return (down.steps, across.steps, self.filters)

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        if len(input_shape) != 3:
            refuse_no_image(input_shape)
        channels = input_shape[2]
        seen = self.kernel_size[0] * self.kernel_size[1]
        shape, fans = (*self.kernel_size, channels, self.filters), (seen * channels, seen * self.filters)
        return (
            Parameter("weights", shape, self.weight_init or "", *fans, "weight"),
            Parameter("bias", (self.filters,), self.bias_init or "", *fans),
        )

    def cost(self, taken: Layout, given: Layout, input_shape: Shape) -> float | None:
        """See Layer. A number in a product costs about an eighth of one that is moved, more where it has few rows."""
        whole = given == BATCH_LAST or find("activation", self.fn).elementwise  # type: ignore[attr-defined]
        if taken != BATCH_LAST or not given.batch_last or not whole:
            return None
        patches = self._patches(input_shape, given)
        rows = self.filters * given.window[0] * given.window[1]
        product = patches.size * rows * (1 + 20 / rows) / 8
        return patches.down.count * patches.across.count * (patches.size + product + rows)

    def _patches(self, input_shape: Shape, given: Layout) -> Patches:
        down, across = slides(input_shape, self.kernel_size, self.strides, self.padding)
        return Patches(Axis.of(down, given.window[0]), Axis.of(across, given.window[1]), input_shape[2])

    def bind(self, site: Site) -> None:
        super().bind(site)
        self._weights, self._bias = site.state["weights"], site.state["bias"]
        self._activation: Activation = make_activation(self.fn, site.workspace, site.name)
        self._elementwise = self._activation.elementwise
        self._geometry = self._patches(site.input_shape, site.given)
        self._places = list(self._places_in_window())

    @property
    def output_fn(self) -> str:
        return self.fn

    def forward(self, x: Floats, training: bool) -> Floats:
        z = self.forward_logits(x, training)
        self._activation.forward(self._rows(z))
        return z

    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        grad = np.ascontiguousarray(grad)
        self._activation.backward(self._rows(grad))
        return self.backward_logits(grad, need_input_grad)

    def _rows(self, z: Floats) -> Floats:
        """As the activation wants it: any array will do, or else a view (positions, filters)."""
        return z if self._elementwise else z.reshape(self.filters, -1).T

    # -- the product ----------------------------------------------------------------------------------------------

    def forward_logits(self, x: Floats, training: bool) -> Floats:
        """See Layer: the outputs before the activation."""
        count = x.shape[-1]
        self._planes = self._dealt(x)
        self._placed = matrix = self._matrix()
        z = self.site.scratch("z", self.site.given.array_shape(self.site.output_shape, count))
        outputs = z.reshape(matrix.shape[1], -1)
        for block in self._geometry.blocks(count, _BLOCK):
            columns, part = self._in_pieces(64, self._columns(block, count), outputs[:, self._part(block, count)])
            np.matmul(matrix.T, columns, out=part)
        return z

    def backward_logits(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        count, matrix = grad.shape[-1], self._placed
        deltas = grad.reshape(matrix.shape[1], -1)
        total, part_grad = (self.site.scratch(what, matrix.shape) for what in ("matrix_grad", "part_grad"))
        planes = None
        if need_input_grad:
            planes = self.site.scratch("planes_grad", self._geometry.planes_shape(count))
            planes.fill(0)
        blocks = self._geometry.blocks(count, _BLOCK)
        for number, block in enumerate(blocks):
            # What was gathered on the way forward is still there if it was all gathered at once.
            columns = self._columns(block, count, again=len(blocks) > 1)
            seen, delta = self._in_pieces(256, columns, deltas[:, self._part(block, count)])
            products = self.site.scratch("products", (len(seen), *matrix.shape))
            np.matmul(seen, delta.transpose(0, 2, 1), out=products)
            np.add.reduce(products, axis=0, out=part_grad if number else total)
            if number:
                total += part_grad
            if planes is not None:
                back = self.site.workspace.array("conv2d.back", (len(columns) - 1, columns.shape[1]), self.site.dtype)
                np.matmul(matrix[:-1], delta, out=self._in_pieces(256, back)[0])
                self._geometry.scatter(back, block, planes)
        self._take_gradients(total)
        return None if planes is None else self._collected(planes, count)

    def _dealt(self, x: Floats) -> Floats:
        """See Patches.deal."""
        if self._geometry.plain:
            return np.ascontiguousarray(x)[np.newaxis, np.newaxis]
        return self._geometry.deal(x, self.site.scratch("planes", self._geometry.planes_shape(x.shape[-1])))

    def _collected(self, planes: Floats, count: int) -> Floats:
        if self._geometry.plain:
            images: Floats = planes[0, 0]
            return images
        shape = self.site.taken.array_shape(self.site.input_shape, count)
        return self._geometry.collect(planes, self.site.scratch("input_grad", shape))

    def _part(self, block: Block, count: int) -> slice:
        """Where the outputs of a block lie among all."""
        first = (block.top * self._geometry.across.count + block.left) * count
        return slice(first, first + block.rows * block.wide * count)

    def _in_pieces(self, least: int, *matrices: Floats) -> list[Floats]:
        """Views (pieces, rows, columns) of matrices whose columns are the patches of a block.

        The pieces are as wide as small products may be, if that is wide enough to be worth it; else there is only one.
        """
        width = matrices[0].shape[1]
        piece = _widest_piece(width, _SMALL_PRODUCT // self._placed.size, least)
        pieces = width // piece if piece else 1
        return [matrix.reshape(len(matrix), pieces, piece).transpose(1, 0, 2) for matrix in matrices]

    def _columns(self, block: Block, count: int, again: bool = True) -> Floats:
        """The patches of a block, (patch size + 1, patches); the last row is ones, which the bias multiplies."""
        columns = self.site.scratch("columns", (self._geometry.size + 1, block.rows * block.wide * count))
        if again:
            self._geometry.gather(self._planes, block, columns[:-1])
            columns[-1] = 1
        return columns

    # -- the filters in their places ------------------------------------------------------------------------------

    def _places_in_window(self) -> Iterator[tuple[int, int, slice, slice]]:
        """For every output of a window, its place there and the part of the patch that it sees."""
        (height, width), (down, across) = self.kernel_size, self.strides
        for i, j in itertools.product(*map(range, self.site.given.window)):
            yield i, j, slice(i * down, i * down + height), slice(j * across, j * across + width)

    def _views(self, matrix: Floats) -> tuple[Floats, Floats]:
        """Of a matrix: (patch height, patch width, channels, window rows, columns, filters), and the row of biases."""
        down, across, window = self._geometry.down, self._geometry.across, self.site.given.window
        shape = (down.size, across.size, self._geometry.channels, *window, self.filters)
        return matrix[:-1].reshape(shape), matrix[-1].reshape(*window, self.filters)

    def _matrix(self) -> Floats:
        """(patch size + 1, outputs of a window · filters): the filters in all their places, and below the biases."""
        rows, columns = self.site.given.window
        matrix = self.site.scratch("matrix", (self._geometry.size + 1, rows * columns * self.filters))
        placed, biases = self._views(matrix)
        if len(self._places) > 1:
            matrix.fill(0)
        for i, j, down, across in self._places:
            placed[down, across, :, i, j] = self._weights
        biases[...] = self._bias
        return matrix

    def _take_gradients(self, total: Floats) -> None:
        placed, biases = self._views(total)
        weights = self.site.gradients["weights"]
        for number, (i, j, down, across) in enumerate(self._places):
            if number:
                weights += placed[down, across, :, i, j]
            else:
                weights[...] = placed[down, across, :, i, j]
        np.sum(biases, axis=(0, 1), out=self.site.gradients["bias"])


@lru_cache(maxsize=1000)
def _widest_piece(width: int, most: int, least: int) -> int:
    """The widest of equal pieces of a width within limits; the width itself where there is none."""
    return next((piece for piece in range(min(width, most), least - 1, -1) if width % piece == 0), width)
