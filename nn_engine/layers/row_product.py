"""A convolution as one product for each row of outputs, for strides of one: nothing is gathered.

The images are laid out with the height first, (height, channels, width, batch), and an edge of zeros around them where
padding adds one. All that the filters see of the rows i to i + k - 1 is then a matrix as it lies in memory,
(k·channels, width·batch), however wide the filters are. One product multiplies it by every column of every filter,

    G[v, f] = Σ_{u, c} W[u, v, c, f] · x[i + u, c],    y[i, f, j] = b[f] + Σ_v G[v, f, j + v],

and what is left are sums of a few rows that are still in the processor's cache. With patches every pixel would be
copied k² times forward, and added up k² times on the way back.
"""

import numpy as np

from nn_engine.layers.layer import Site
from nn_engine.layers.patches import Axis, Patches
from nn_engine.layers.small_products import SMALL_PRODUCT, widest_piece
from nn_engine.types import Floats

_FEWEST_CHANNELS = 8
"""With fewer, a product has too few terms to be worth its call."""
_NARROWEST = 64
"""Pieces of a product of fewer columns are not worth their calls either."""


class Rows:
    """Correlates images with filters: y[i, j, f] = Σ x[i + u - before, j + v - before, c] · W[u, v, c, f]."""

    def __init__(self, site: Site, name: str, geometry: Patches, filters: int) -> None:
        self._site, self._name, self._filters = site, name, filters
        self._down, self._across, self._channels = geometry.down, geometry.across, geometry.channels

    def lay_out(self, images: Floats) -> Floats:
        """Images (channels, height, width, batch), of which only views are needed, as the products want them."""
        down, across = self._down, self._across
        shape = (down.plane, self._channels, across.plane, images.shape[-1])
        rows = self._site.scratch(f"{self._name}.rows", shape)
        below, behind = down.before + down.length, across.before + across.length
        for edge in (rows[: down.before], rows[below:], rows[:, :, : across.before], rows[:, :, behind:]):
            edge.fill(0)
        # What no patch reaches is left out.
        inside = rows[down.before : below, :, across.before : behind]
        np.copyto(inside, images[:, : inside.shape[0], : inside.shape[2]].transpose(1, 0, 2, 3))
        return rows

    def correlate(self, rows: Floats, matrix: Floats, out: Floats, bias: Floats | None = None) -> None:
        """Fills ``out`` (filters, height, width, batch).

        ``matrix`` holds the filters: (columns of a filter · filters, rows of a filter · channels).
        """
        reach, wide, count = self._across.size, self._across.count, rows.shape[-1]
        shape = (reach, self._filters, rows.shape[2], count)
        products = self._site.workspace.array("row_product.products", shape, self._site.dtype)
        width = rows.shape[2] * count
        piece = widest_piece(width, SMALL_PRODUCT // matrix.size, _NARROWEST) if width else 1
        pieces = width // piece
        in_pieces = products.reshape(len(matrix), pieces, piece).transpose(1, 0, 2)
        for i in range(self._down.count):
            y = out[:, i]
            seen = self._seen(rows, i).reshape(matrix.shape[1], pieces, piece)
            np.matmul(matrix, seen.transpose(1, 0, 2), out=in_pieces)
            if reach == 1:
                np.copyto(y, products[0])
            else:
                np.add(products[0, :, :wide], products[1, :, 1 : 1 + wide], out=y)
            for v in range(2, reach):
                y += products[v, :, v : v + wide]
            if bias is not None:
                y += bias[:, np.newaxis, np.newaxis]

    def weight_gradient(self, rows: Floats, deltas: Floats) -> Floats:
        """Σ_{i, j} x[i + u, c, j + v]·δ[f, i, j], (height of a filter, channels, width of a filter, filters)."""
        reach, wide, count = self._across.size, self._across.count, rows.shape[-1]
        depth, step, site = self._down.size * self._channels, rows.strides, self._site
        piece = _piece(wide, count, SMALL_PRODUCT // (depth * self._filters))
        sums = site.scratch(f"{self._name}.sums", (wide // piece, reach, depth, self._filters))
        sums.fill(0)
        part = site.scratch(f"{self._name}.part", sums.shape[1:])
        for number, of_piece in enumerate(sums):
            # A part of a row through all rows, one below the other, so that what the next one sees is at hand.
            for i in range(self._down.count if count else 0):
                # A view (columns of a filter, rows of a filter · channels, columns · batch).
                shape, strides = (reach, depth, piece * count), (step[2], step[1], step[3])
                seen = np.ndarray(shape, rows.dtype, rows, i * step[0] + number * piece * step[2], strides)
                delta = deltas[:, i, number * piece : (number + 1) * piece].reshape(self._filters, piece * count)
                np.matmul(seen, delta.T, out=part)
                of_piece += part
        total = np.add.reduce(sums, axis=0, out=site.scratch(f"{self._name}.total", sums.shape[1:]))
        return total.reshape(reach, self._down.size, self._channels, self._filters).transpose(1, 2, 0, 3)

    def _seen(self, rows: Floats, i: int) -> Floats:
        size = self._down.size
        return rows[i : i + size].reshape(size * self._channels, rows.shape[2] * rows.shape[3])


def _piece(wide: int, count: int, most: int) -> int:
    """The widest of equal pieces of a row whose columns, for so many samples, make no more than ``most``."""
    return next(piece for piece in range(wide, 0, -1) if wide % piece == 0 and (piece == 1 or piece * count <= most))


class RowProduct:
    """The outputs of a convolution row by row, as the module says.

    ∂L/∂x is the correlation of δ with the filters turned round: ∂L/∂x[i, j, c] = Σ δ[i - u, j - v, f]·W[u, v, c, f].
    """

    def __init__(self, site: Site, geometry: Patches) -> None:
        self._site, self._filters = site, site.output_shape[2]
        self._ahead = Rows(site, "ahead", geometry, self._filters)
        down, across = (
            Axis(axis.count, axis.size, 1, axis.size - 1 - axis.before, axis.length)
            for axis in (geometry.down, geometry.across)
        )
        self._back = Rows(site, "back", Patches(down, across, self._filters), geometry.channels)

    @staticmethod
    def pays(geometry: Patches) -> bool:
        """Whether a convolution can be done like this, and should."""
        down, across = geometry.down, geometry.across
        # At the end of a row, products are made of which no sum takes all.
        return (
            down.step == across.step == 1
            and geometry.channels >= _FEWEST_CHANNELS
            and (2 * across.plane <= 3 * across.count)
        )

    def forward(self, x: Floats, weights: Floats, bias: Floats) -> Floats:
        """The outputs before the activation."""
        site = self._site
        z = site.scratch("z", site.given.array_shape(site.output_shape, x.shape[-1]))
        self._rows = self._ahead.lay_out(x)
        self._ahead.correlate(self._rows, self._matrix("matrix", weights.transpose(1, 3, 0, 2)), z, bias)
        return z

    def backward(self, grad: Floats, need_input_grad: bool) -> Floats | None:
        """Fills the gradients of the parameters and returns that of the images, if it is needed."""
        site = self._site
        np.copyto(site.gradients["weights"].transpose(0, 2, 1, 3), self._ahead.weight_gradient(self._rows, grad))
        deltas = grad.reshape(self._filters, grad[0].size)
        np.matmul(deltas, site.ones(deltas.shape[1]), out=site.gradients["bias"])
        if not need_input_grad:
            return None
        back = site.scratch("input_grad", site.taken.array_shape(site.input_shape, grad.shape[-1]))
        turned = self._matrix("turned", site.state["weights"][::-1, ::-1].transpose(1, 2, 0, 3))
        self._back.correlate(self._back.lay_out(grad), turned, back)
        return back

    def _matrix(self, name: str, weights: Floats) -> Floats:
        """The filters, (columns, outputs, rows, inputs), as the matrix of a product."""
        columns, outputs, rows, inputs = weights.shape
        placed = self._site.scratch(name, (columns, outputs, rows, inputs))
        np.copyto(placed, weights)
        return placed.reshape(columns * outputs, rows * inputs)
