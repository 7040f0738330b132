"""The convolutional layer: the same small detector at every place of an image."""

from typing import Annotated, ClassVar

import numpy as np

from nn_engine.activations import Activation, make_activation
from nn_engine.declarations import Setting, find, register
from nn_engine.layers.layer import ChannelMap, Layer, Parameter, Site
from nn_engine.layers.patch_product import PatchProduct
from nn_engine.layers.patches import Axis, Patches
from nn_engine.layers.row_product import RowProduct
from nn_engine.layers.settings import ActivationName, BiasInit, WeightInit
from nn_engine.layers.sliding import Padding, refuse_no_image, slides
from nn_engine.layouts import BATCH_LAST, Layout
from nn_engine.types import Floats, Shape


@register("conv2d", label="convolution")
class Conv2DLayer(Layer):
    """Slides a set of small filters over an image and says how strongly each is found at every place.

    y[i, j, f] = f(b[f] + Σ_{u, v, c} x[i·s + u, j·s + v, c] · W[u, v, c, f]) with stride s, a cross-correlation
    (LeCun et al., 1989). With δ = ∂L/∂z the gradients are ∂L/∂W[u, v, c, f] = Σ x[i·s + u, j·s + v, c]·δ[i, j, f] over
    all places i, j and samples, ∂L/∂b = Σ δ, and ∂L/∂x[i·s + u, j·s + v, c] = Σ δ[i, j, f]·W[u, v, c, f]. How these
    sums become matrix products is said in ``row_product.py`` and ``patch_product.py``.
    """

    group: ClassVar[str] = "convolution"
    samples_at_once: ClassVar[int | None] = 64
    answers_at_once: ClassVar[int | None] = 160  # no power of two: rows of memory then share no places in the cache

    filters: Annotated[int, Setting("How many detectors the layer has.", low=1, high=65_536, suggested=16)]
    kernel_size: Annotated[
        tuple[int, int], Setting("The height and width of a filter.", label="kernel size", suggested=(3, 3))
    ] = (3, 3)
    strides: Annotated[tuple[int, int], Setting("How far a filter moves at a time, down and across.")] = (1, 1)
    padding: Padding = "valid"
    fn: ActivationName = "linear"
    weight_init: WeightInit = None
    bias_init: BiasInit = None

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
        self._activation: Activation = make_activation(self.fn, site.workspace, site.name)
        self._elementwise = self._activation.elementwise
        self._weights, self._bias = site.state["weights"], site.state["bias"]
        patches = self._patches(site.input_shape, site.given)
        self._product: RowProduct | PatchProduct
        if RowProduct.pays(patches):
            self._product = RowProduct(site, patches)
        else:
            self._product = PatchProduct(site, patches, self.kernel_size, self.strides)

    @property
    def needs_output(self) -> bool:
        """See Layer: an activation does."""
        return self.fn != "linear"

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

    def forward_logits(self, x: Floats, training: bool) -> Floats:
        """See Layer: the outputs before the activation."""
        return self._product.forward(x, self._weights, self._bias)

    @property
    def folds_channel_maps(self) -> bool:
        """See Layer: (x·W + b)·s + t = x·(W·s) + (b·s + t), unless an activation stands between."""
        return self.fn == "linear"

    def infer_mapped(self, x: Floats, behind: ChannelMap) -> Floats:
        """See Layer: with filters and biases made for it."""
        factor, offset = behind
        weights = np.multiply(self._weights, factor, out=self.site.scratch("mapped_weights", self._weights.shape))
        bias = np.multiply(self._bias, factor, out=self.site.scratch("mapped_bias", self._bias.shape))
        bias += offset
        return self._product.forward(x, weights, bias)

    def backward_logits(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        return self._product.backward(grad, need_input_grad)
