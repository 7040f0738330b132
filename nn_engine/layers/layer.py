"""What a layer is, and what a network gives it to work with.

A layer is a declaration: its hyperparameters are fixed. A network copies the layers it is given and binds each copy to
a ``Site``: views into the network's state and gradients, scratch memory, randomness, and the layouts in which it is to
work. So two networks never share a layer, and a replica of a network is just its layers bound anew.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np

from nn_engine.declarations import Declaration
from nn_engine.layouts import BATCH_FIRST, Layout
from nn_engine.randomness import LayerRandomness
from nn_engine.shard_group import Peers
from nn_engine.types import Floats, Shape
from nn_engine.workspace import Workspace

ChannelMap = tuple[Floats, Floats]
"""A factor and an offset for each channel: x·factor + offset."""


@dataclass(frozen=True)
class Parameter:
    """One array that a layer keeps in the network's state vector."""

    name: str
    shape: Shape
    initializer: str
    fan_in: int
    fan_out: int
    role: Literal["weight", "bias"] = "bias"
    """Weights start by ``weight_init`` and pay the price of regularizers; all else starts by ``bias_init``."""
    trainable: bool = True
    """False for state that training fills but the optimizer leaves alone, such as running statistics."""

    def below(self, prefix: str) -> "Parameter":
        """The same under a longer name, as the layer sees it that holds this one's."""
        return replace(self, name=prefix + self.name)


@dataclass(frozen=True)
class Site:
    """A layer's place in one network: everything that is not a hyperparameter."""

    place: tuple[int, ...]
    """Its number in the network; behind that, where a layer holds layers, its place in there."""
    input_shape: Shape
    output_shape: Shape
    state: Mapping[str, Floats]
    """The layer's parameters by name: views into the network's state vector."""
    gradients: Mapping[str, Floats]
    """Where ``backward`` writes ∂L/∂parameter: views into the network's gradient vector."""
    workspace: Workspace
    randomness: LayerRandomness
    dtype: np.dtype[np.floating]
    taken: Layout = BATCH_FIRST
    """How the arrays lie that ``forward`` is given and ``backward`` returns."""
    given: Layout = BATCH_FIRST
    """How the arrays lie that ``forward`` returns and ``backward`` is given."""
    overwrites: bool = False
    """Whether the layer may work in the array that it is given: nobody needs what stands there any more."""
    peers: Peers = field(default_factory=Peers)
    """Where a layer hears of the rest of the batch."""

    @cached_property
    def name(self) -> str:
        """The place as a word, such as ``3`` or ``3.0.1``."""
        return ".".join(map(str, self.place))

    def generator(self) -> np.random.Generator:
        """Random numbers for this layer at the present moment of the training."""
        return self.randomness.generator(*self.place)

    def ones(self, count: int) -> Floats:
        """A row of ones that everyone shares and nobody writes to."""
        return self.workspace.ones(count, self.dtype)

    def scratch(self, what: str, shape: Shape, dtype: type | np.dtype[np.generic] | None = None) -> Floats:
        """Scratch memory of this layer; the same array at every call with the same shape."""
        return self.workspace.array(f"{self.name}.{what}", shape, self.dtype if dtype is None else dtype)


class Layer(Declaration):
    """One layer.

    Batches come first in every array, (batch, *shape), unless a layer says in ``cost`` that it can work in another
    layout, too; then ``site.taken`` and ``site.given`` tell it what was chosen.
    """

    family: ClassVar[str] = "layer"
    needs_whole_batch: ClassVar[bool] = False
    """True for a layer whose outputs in training depend on all samples of a batch together: all shards of a batch then
    go through the network side by side, and the layer asks ``site.peers`` for what was found in the others. Only such a
    layer may change state that is not trained, and only in ``settle``."""
    keeps_the_largest: ClassVar[bool] = False
    """True for a layer whose outputs are each the largest of some of its inputs, so that an activation before it that
    never decreases may as well come behind it, where fewer values are left (see ``Chain``)."""
    samples_at_once: ClassVar[int | None] = None
    """How many samples the layer works through fastest, where many do not fit the processor's cache; none if any."""
    answers_at_once: ClassVar[int | None] = None
    """The same for prediction, where nothing is kept for a way back."""

    @abstractmethod
    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of one output sample. Raises ValueError in words for an input that the layer cannot take."""

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        """The arrays this layer keeps in the network's state, for inputs of this shape.

        An editor may ask for those of an input that does not fit: ValueError in words, as ``output_shape``, or any.
        """
        return ()

    def branches(self) -> Mapping[str, tuple["Layer", ...]]:
        """The chains of layers that this one is made of, if any, by name.

        Each begins at its input, and what they give is added up: so one can look into any of them from outside.
        """
        return {}

    def inner_layers(self) -> tuple["Layer", ...]:
        """The layers of all branches."""
        return tuple(layer for branch in self.branches().values() for layer in branch)

    def cost(self, taken: Layout, given: Layout, input_shape: Shape) -> float | None:
        """The price of taking inputs in one layout and giving outputs in another; None where the layer cannot.

        Counted in numbers moved for each sample; only the difference between a layer's own answers matters.
        """
        return 0.0 if taken == given == BATCH_FIRST else None

    def wishes(self, input_shape: Shape) -> tuple[Layout, ...]:
        """Layouts, beside batch first and batch last, in which this layer would like its inputs."""
        return ()

    def bind(self, site: Site) -> None:
        """Take a place in a network: called by it, on its own copy of the layer, and again where its memory moves."""
        self.site = site

    @abstractmethod
    def forward(self, x: Floats, training: bool) -> Floats:
        """The outputs, ``output_shape`` each, for inputs of ``input_shape`` each.

        ``x`` is left as it is, since the layer before may need it on the way back, unless ``site.overwrites``. The
        result lies in the layer's scratch memory, or there, and holds until the next call. The layer remembers what
        ``backward`` will need.
        """

    def infer(self, x: Floats) -> Floats:
        """``forward`` without training where no ``backward`` follows: what only that needs may be left out."""
        return self.forward(x, training=False)

    def channel_map(self) -> ChannelMap | None:
        """In prediction, what each channel is multiplied by and what is added then, if the layer does nothing else."""
        return None

    @property
    def folds_channel_maps(self) -> bool:
        """Whether ``infer_mapped`` can do what a layer behind does to each channel in the same pass."""
        return False

    def infer_mapped(self, x: Floats, behind: ChannelMap) -> Floats:
        """``infer``, then a channel map."""
        raise ValueError(f"{type(self).__name__} folds in no layer behind it.")

    @abstractmethod
    def backward(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        """From ∂L/∂output write ∂L/∂parameters into the gradients and return ∂L/∂input.

        Belongs to the batch last given to ``forward``. ``grad``, shaped as the outputs, may be overwritten. Without
        ``need_input_grad`` the input gradient may be left out, which spares the first layer a large product.
        """

    def settle(self) -> None:
        """Take over into state that is not trained what was noted of the batch last given to ``forward`` in training.

        Called once for each step that was made. A step that was cut short has then changed nothing, and can be made
        again to the same bits.
        """
        for layer in self.inner_layers():
            layer.settle()

    @property
    def needs_output(self) -> bool:
        """Whether the way back needs the outputs, so that the layer behind has to leave them as they are."""
        return True

    @property
    def output_fn(self) -> str:
        """The name of the activation that the layer ends in, or "" if it has none."""
        return ""

    def forward_logits(self, x: Floats, training: bool) -> Floats:
        """``forward`` without the activation named by ``output_fn``: the scores a paired loss works on."""
        raise ValueError(f"{type(self).__name__} has no activation to stop before.")

    def backward_logits(self, grad: Floats, need_input_grad: bool = True) -> Floats | None:
        """``backward`` from the gradient with respect to what ``forward_logits`` returned."""
        raise ValueError(f"{type(self).__name__} has no activation to stop before.")
