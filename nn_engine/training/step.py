"""One step of a training, from the gradient to new parameters: of all of them, or of a part."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nn_engine.clipping import Clipping
from nn_engine.network import Network
from nn_engine.optimizers import Optimizer, StepContext
from nn_engine.regularizers import Regularizer
from nn_engine.training.plan import TrainingPlan
from nn_engine.types import Floats
from nn_engine.workspace import Workspace

ALIGNED = 16
"""Parts begin at multiples of so many parameters, or two processes would write to one line of the cache."""


@dataclass(frozen=True)
class Step:
    """What belongs to one step alone."""

    learning_rate: float
    """The rate to use now, after schedule and callbacks."""
    number: int
    """Which step this is, from 1."""
    momentum: float | None
    """The momentum that the schedule asks for, if it asks for one."""


def can_part(plan: TrainingPlan) -> bool:
    """Whether steps by this plan come out the same where parts of the parameters are stepped apart."""
    changes: tuple[Optimizer | Regularizer | Clipping, ...] = (plan.optimizer, *plan.regularization, *plan.clipping)
    return all(change.elementwise for change in changes)


def parts_of(size: int, count: int) -> Iterator[slice]:
    """So many parameters in so many parts of about the same size."""
    cuts = [size * number // count // ALIGNED * ALIGNED for number in range(count)]
    return map(slice, cuts, [*cuts[1:], size])


def make_step(
    plan: TrainingPlan, network: Network, slots: Mapping[str, Floats], step: Step, part: slice, workspace: Workspace
) -> None:
    """Change a part of what is trained by its gradient, which penalties and bounds change first.

    Args:
        plan: how; the part has to be all there is, unless it ``can_part``.
        network: its ``trainable`` and ``gradients`` are changed in place.
        slots: what the optimizer remembers, (trainable_size,) each; changed in place.
        step: the rate, and what else belongs to this step.
        part: which of the parameters.
        workspace: scratch memory.
    """
    parameters, gradients = network.trainable[part], network.gradients[part]
    weight_size = min(max(0, network.weight_size - part.start), len(parameters))
    weights = parameters[:weight_size]
    for regularizer in plan.regularization:
        regularizer.add_gradient(weights, gradients[:weight_size], workspace)
    for clipping in plan.clipping:
        clipping.clip(gradients)
    for regularizer in plan.regularization:
        regularizer.shrink(weights, step.learning_rate)
    context = StepContext(step.learning_rate, step.number, workspace, weight_size, step.momentum)
    plan.optimizer.step(parameters, gradients, {name: slot[part] for name, slot in slots.items()}, context)
