"""A convolution as one product with all patches of an image (im2col): for any strides, padding and window."""

import itertools
from collections.abc import Iterator

import numpy as np

from nn_engine.layers.layer import Site
from nn_engine.layers.patches import Block, Patches
from nn_engine.layers.small_products import SMALL_PRODUCT, widest_piece
from nn_engine.types import Floats

_BLOCK = 400_000
"""About so many numbers of patches are gathered at a time: what stays in a core's own cache until it is used."""


class PatchProduct:
    """The outputs are one product of the filters with the matrix whose columns are all patches of the image.

    With δ = ∂L/∂z the gradients are ∂L/∂W = patches·δᵀ, ∂L/∂b = Σ δ, and ∂L/∂x adds Wᵀ·δ up where the patches were
    (Chellapilla, Puri and Simard, 2006).

    Where pooling follows, outputs are given in windows (see ``nn_engine/layouts.py``): a larger patch that holds all
    that one window of outputs sees is multiplied by the filters in each of their places in it. That takes fewer and
    larger copies, and fuller products, than one patch for every output.
    """

    def __init__(self, site: Site, geometry: Patches, kernel_size: tuple[int, int], strides: tuple[int, int]) -> None:
        self._site, self._geometry, self._filters = site, geometry, site.output_shape[2]
        self._kernel_size, self._strides = kernel_size, strides
        self._places = list(self._places_in_window())

    def forward(self, x: Floats, weights: Floats, bias: Floats) -> Floats:
        """The outputs before the activation."""
        count = x.shape[-1]
        self._planes = self._dealt(x)
        self._placed = matrix = self._matrix(weights, bias)
        z = self._site.scratch("z", self._site.given.array_shape(self._site.output_shape, count))
        outputs = z.reshape(matrix.shape[1], -1)
        for block in self._geometry.blocks(count, _BLOCK):
            columns, part = self._in_pieces(64, self._columns(block, count), outputs[:, self._part(block, count)])
            np.matmul(matrix.T, columns, out=part)
        return z

    def backward(self, grad: Floats, need_input_grad: bool) -> Floats | None:
        """Fills the gradients of the parameters and returns that of the images, if it is needed."""
        count, matrix = grad.shape[-1], self._placed
        deltas = grad.reshape(matrix.shape[1], -1)
        total, part_grad = (self._site.scratch(what, matrix.shape) for what in ("matrix_grad", "part_grad"))
        planes = None
        if need_input_grad:
            planes = self._site.scratch("planes_grad", self._geometry.planes_shape(count))
            planes.fill(0)
        blocks = self._geometry.blocks(count, _BLOCK)
        for number, block in enumerate(blocks):
            # What was gathered on the way forward is still there if it was all gathered at once.
            columns = self._columns(block, count, again=len(blocks) > 1)
            seen, delta = self._in_pieces(256, columns, deltas[:, self._part(block, count)])
            products = self._site.scratch("products", (len(seen), *matrix.shape))
            np.matmul(seen, delta.transpose(0, 2, 1), out=products)
            np.add.reduce(products, axis=0, out=part_grad if number else total)
            if number:
                total += part_grad
            if planes is not None:
                shape = (len(columns) - 1, columns.shape[1])
                back = self._site.workspace.array("patch_product.back", shape, self._site.dtype)
                np.matmul(matrix[:-1], delta, out=self._in_pieces(256, back)[0])
                self._geometry.scatter(back, block, planes)
        self._take_gradients(total)
        return None if planes is None else self._collected(planes, count)

    def _dealt(self, x: Floats) -> Floats:
        """See Patches.deal."""
        if self._geometry.plain:
            return np.ascontiguousarray(x)[np.newaxis, np.newaxis]
        return self._geometry.deal(x, self._site.scratch("planes", self._geometry.planes_shape(x.shape[-1])))

    def _collected(self, planes: Floats, count: int) -> Floats:
        if self._geometry.plain:
            images: Floats = planes[0, 0]
            return images
        shape = self._site.taken.array_shape(self._site.input_shape, count)
        return self._geometry.collect(planes, self._site.scratch("input_grad", shape))

    def _part(self, block: Block, count: int) -> slice:
        """Where the outputs of a block lie among all."""
        first = (block.top * self._geometry.across.count + block.left) * count
        return slice(first, first + block.rows * block.wide * count)

    def _in_pieces(self, least: int, *matrices: Floats) -> list[Floats]:
        """Views (pieces, rows, columns) of matrices whose columns are the patches of a block.

        The pieces are as wide as small products may be, if that is wide enough to be worth it; else there is only one.
        """
        width = matrices[0].shape[1]
        piece = widest_piece(width, SMALL_PRODUCT // self._placed.size, least)
        pieces = width // piece if piece else 1
        return [matrix.reshape(len(matrix), pieces, piece).transpose(1, 0, 2) for matrix in matrices]

    def _columns(self, block: Block, count: int, again: bool = True) -> Floats:
        """The patches of a block, (patch size + 1, patches); the last row is ones, which the bias multiplies."""
        columns = self._site.scratch("columns", (self._geometry.size + 1, block.rows * block.wide * count))
        if again:
            self._geometry.gather(self._planes, block, columns[:-1])
            columns[-1] = 1
        return columns

    # -- the filters in their places ------------------------------------------------------------------------------

    def _places_in_window(self) -> Iterator[tuple[int, int, slice, slice]]:
        """For every output of a window, its place there and the part of the patch that it sees."""
        (height, width), (down, across) = self._kernel_size, self._strides
        for i, j in itertools.product(*map(range, self._site.given.window)):
            yield i, j, slice(i * down, i * down + height), slice(j * across, j * across + width)

    def _views(self, matrix: Floats) -> tuple[Floats, Floats]:
        """Of a matrix: (patch height, patch width, channels, window rows, columns, filters), and the row of biases."""
        down, across, window = self._geometry.down, self._geometry.across, self._site.given.window
        shape = (down.size, across.size, self._geometry.channels, *window, self._filters)
        return matrix[:-1].reshape(shape), matrix[-1].reshape(*window, self._filters)

    def _matrix(self, weights: Floats, bias: Floats) -> Floats:
        """(patch size + 1, outputs of a window · filters): the filters in all their places, and below the biases."""
        rows, columns = self._site.given.window
        matrix = self._site.scratch("matrix", (self._geometry.size + 1, rows * columns * self._filters))
        placed, biases = self._views(matrix)
        if len(self._places) > 1:
            matrix.fill(0)
        for i, j, down, across in self._places:
            placed[down, across, :, i, j] = weights
        biases[...] = bias
        return matrix

    def _take_gradients(self, total: Floats) -> None:
        placed, biases = self._views(total)
        weights = self._site.gradients["weights"]
        for number, (i, j, down, across) in enumerate(self._places):
            if number:
                weights += placed[down, across, :, i, j]
            else:
                weights[...] = placed[down, across, :, i, j]
        np.sum(biases, axis=(0, 1), out=self._site.gradients["bias"])
