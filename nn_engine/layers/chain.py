"""Layers one behind the other: which layout each works in, and the way through them forward and back.

A network is a chain; a layer that holds layers, such as a residual block, has chains inside.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple, TypeVar

from nn_engine.activations import Activation, make_activation
from nn_engine.layers.layer import Layer, Site
from nn_engine.layouts import BATCH_FIRST, BATCH_LAST, Layout, convert, convertible
from nn_engine.types import Floats, Shape

T = TypeVar("T")


@dataclass(frozen=True)
class Plan:
    """What was chosen for a chain."""

    layouts: tuple[tuple[Layout, Layout], ...]
    """For each layer, how it takes its inputs and how it gives its outputs."""
    cost: float


def shapes_through(layers: Sequence[Layer], input_shape: Shape) -> tuple[Shape, ...]:
    """The shape of one sample before each layer and behind the last."""
    shapes = [input_shape]
    for layer in layers:
        shapes.append(layer.output_shape(shapes[-1]))
    return tuple(shapes)


def choose_layouts(layers: Sequence[Layer], shapes: Sequence[Shape], start: Layout, end: Layout) -> Plan | None:
    """The cheapest layouts for a chain that is entered and left in given ones; none where there is no way.

    Every way through the chain is a path: between two layers a conversion, which moves each number once, or nothing;
    within a layer what it says itself. The cheapest is found layer by layer, since all that matters of the way so far
    is the layout it has come to (Viterbi, 1967).
    """
    wishes = (wish for layer, shape in zip(layers, shapes, strict=False) for wish in layer.wishes(shape))
    candidates = tuple(dict.fromkeys((BATCH_FIRST, BATCH_LAST, start, end, *wishes)))
    ways = {start: Plan((), 0.0)}
    for layer, shape, output_shape in zip(layers, shapes[:-1], shapes[1:], strict=True):
        found: dict[Layout, Plan] = {}
        for taken in candidates:
            way = _cheapest(ways, taken, shape)
            if way is None:
                continue
            for given in candidates:
                cost = layer.cost(taken, given, shape) if given.holds(output_shape) else None
                if cost is not None and (given not in found or way.cost + cost < found[given].cost):
                    found[given] = Plan((*way.layouts, (taken, given)), way.cost + cost)
        ways = found
    return _cheapest(ways, end, shapes[-1])


def _cheapest(ways: Mapping[Layout, Plan], target: Layout, shape: Shape) -> Plan | None:
    """The best way on into a layout."""
    best: Plan | None = None
    for layout, way in ways.items():
        if convertible(layout, target, shape):
            cost = way.cost + (0 if layout == target else math.prod(shape))
            if best is None or cost < best.cost:
                best = replace(way, cost=cost)
    return best


class _Joint:
    """Between two layers, where the one gives another layout than the next takes."""

    def __init__(self, site: Site, name: str, source: Layout, target: Layout, shape: Shape) -> None:
        self._site, self._name, self._shape = site, name, shape
        self._source, self._target = source, target

    def forward(self, x: Floats) -> Floats:
        return self._convert("forward", x, self._source, self._target)

    def backward(self, grad: Floats) -> Floats:
        return self._convert("back", grad, self._target, self._source)

    def _convert(self, way: str, x: Floats, source: Layout, target: Layout) -> Floats:
        shape = target.array_shape(self._shape, source.count(x))
        return convert(x, source, target, self._site.scratch(f"{self._name}.{way}", shape))


class _Stage(NamedTuple):
    """One layer on the way, found out once, since every step passes it."""

    joint: _Joint | None
    forward: Callable[[Floats, bool], Floats]
    infer: Callable[[Floats], Floats]
    backward: Callable[[Floats, bool], Floats | None]
    late: Activation | None
    """The activation of the layer before, where it comes behind this one."""


class Chain:
    """Layers bound one behind the other, each working in the layout that suits the whole.

    Args:
        layers: the layers, which belong to this chain alone.
        site: the place of the whole: shapes and layouts where it begins and ends, memory that all layers share.
        name: where ``site.state`` has the layers' parameters: ``layers`` for names such as ``layers.1.weights``.
        branch: which of several chains at one site this is.
    """

    def __init__(self, layers: Sequence[Layer], site: Site, name: str, branch: tuple[int, ...] = ()) -> None:
        self.layers = tuple(layers)
        shapes = shapes_through(self.layers, site.input_shape)
        plan = choose_layouts(self.layers, shapes, site.taken, site.given)
        assert plan is not None  # every layer works batch first, and so does every joint
        self.layouts = plan.layouts
        sites = [
            replace(
                site,
                place=(*site.place, *branch, index),
                input_shape=shapes[index],
                output_shape=shapes[index + 1],
                state=_below(site.state, f"{name}.{index}."),
                gradients=_below(site.gradients, f"{name}.{index}."),
                taken=taken,
                given=given,
                overwrites=index > 0 and plan.layouts[index - 1][1] == taken and not layers[index - 1].needs_output,
            )
            for index, (taken, given) in enumerate(plan.layouts)
        ]
        for layer, place in zip(self.layers, sites, strict=True):
            layer.bind(place)
        before = (site.taken, *(given for _, given in plan.layouts))
        behind = (*(taken for taken, _ in plan.layouts), site.given)
        self._joints = [
            None if one == other else _Joint(site, ".".join(map(str, ("joint", *branch, index))), one, other, shape)
            for index, (one, other, shape) in enumerate(zip(before, behind, shapes, strict=True))
        ]
        self._late = [self._late_activation(index) for index in range(len(self.layers))]
        trained = [index for index, place in enumerate(sites) if place.gradients]
        self._first_trained = trained[0] if trained else max(0, len(self.layers) - 1)
        places = range(len(self.layers))
        self._stages = {logits: [self._stage(index, logits) for index in places] for logits in (False, True)}

    def _late_activation(self, index: int) -> Activation | None:
        """The activation of the layer before, where it may follow this one: f(max x) is max f(x), for fewer values."""
        layer, before = self.layers[index], self.layers[index - 1] if index else None
        if before is None or not before.output_fn or not layer.keeps_the_largest:
            return None
        activation = make_activation(before.output_fn, layer.site.workspace, f"{layer.site.name}.late")
        return activation if activation.never_decreases else None

    def _folds_in(self, index: int) -> bool:
        """Whether in prediction a layer is a channel map that the one before can do in the same pass."""
        if index == 0 or self._joints[index] is not None or self._late[index] is not None:
            return False
        return self.layers[index - 1].folds_channel_maps and self.layers[index].channel_map() is not None

    def _infer_with_next(self, index: int, x: Floats) -> Floats:
        """The outputs of the layer behind this one."""
        behind = self.layers[index + 1].channel_map()
        assert behind is not None  # see _folds_in
        return self.layers[index].infer_mapped(x, behind)

    def _stage(self, index: int, logits: bool) -> _Stage:
        """How to pass one layer; its activation is left out where it comes later, or not at all."""
        layer, last = self.layers[index], len(self.layers) - 1
        bare = logits if index == last else self._late[index + 1] is not None
        forward = layer.forward_logits if bare else layer.forward
        infer = partial(layer.forward_logits, training=False) if bare else layer.infer
        if self._folds_in(index):
            infer = _unchanged
        elif index < last and self._folds_in(index + 1):
            infer = partial(self._infer_with_next, index)
        backward = layer.backward_logits if bare else layer.backward
        return _Stage(self._joints[index], forward, infer, backward, self._late[index])

    def forward(self, x: Floats, training: bool, logits: bool = False) -> Floats:
        """Through all layers; with ``logits`` the last one stops before its activation."""
        for joint, forward, _, _, late in self._stages[logits]:
            if joint is not None:
                x = joint.forward(x)
            x = forward(x, training)
            if late is not None:
                x = late.forward(x)
        return x if self._joints[-1] is None else self._joints[-1].forward(x)

    def infer(self, x: Floats, logits: bool = False) -> Floats:
        """``forward`` without training and without a way back."""
        for joint, _, infer, _, late in self._stages[logits]:
            if joint is not None:
                x = joint.forward(x)
            x = infer(x)
            if late is not None:
                x = late.forward(x)
        return x if self._joints[-1] is None else self._joints[-1].forward(x)

    def backward(self, grad: Floats, need_input_grad: bool = True, logits: bool = False) -> Floats | None:
        """Back through all layers; without ``need_input_grad`` only as far as something is trained."""
        stages, first = self._stages[logits], 0 if need_input_grad else self._first_trained
        back: Floats | None = grad if self._joints[-1] is None else self._joints[-1].backward(grad)
        for index in range(len(stages) - 1, first - 1, -1):
            assert back is not None
            joint, _, _, backward, late = stages[index]
            wanted = need_input_grad or index > first
            if late is not None:
                back = late.backward(back)
            back = backward(back, wanted)
            if joint is not None and wanted:
                assert back is not None
                back = joint.backward(back)
        return back if need_input_grad else None


def _unchanged(x: Floats) -> Floats:
    return x


def _below(named: Mapping[str, T], prefix: str) -> dict[str, T]:
    return {name.removeprefix(prefix): each for name, each in named.items() if name.startswith(prefix)}
