"""Hinge loss: the right class has to win by a margin, and then all is well."""

from typing import Annotated, ClassVar

import numpy as np

from nn_engine.declarations import Setting, register
from nn_engine.losses.loss import Loss, scratch, total_of
from nn_engine.types import Array, Floats
from nn_engine.workspace import Workspace


@register("hinge")
class Hinge(Loss):
    """What every other class lacks to be a margin m behind the right one, t: L = Σ_{j≠t} max(0, m - y_t + y_j)/classes.

    So ∂L/∂y_j = 1/classes for each class j ≠ t that is not far enough behind, and ∂L/∂y_t is minus the sum of these
    (Weston and Watkins, 1999; PyTorch's MultiMarginLoss).
    """

    target_kinds: ClassVar[tuple[str, ...]] = ("classes",)
    takes_shares: ClassVar[bool] = False

    margin: Annotated[float, Setting("By how much the right class has to win.", low=1e-6, high=1e6)] = 1.0

    def check_output(self, output_fn: str, output_size: int) -> None:
        if output_fn in ("softmax", "sigmoid"):
            raise ValueError(
                f"hinge compares scores, and probabilities leave no room for a margin: expected a last layer with fn "
                f"linear; received {output_fn}."
            )

    def per_sample(self, outputs: Floats, targets: Array, paired: bool) -> Floats:
        rows = np.arange(len(targets))
        lack = outputs - outputs[rows, targets][:, np.newaxis] + self.margin
        lack[rows, targets] = 0
        return np.asarray(np.maximum(lack, 0).mean(axis=1))

    def sum_and_gradient(
        self, outputs: Floats, targets: Array, paired: bool, samples: int, workspace: Workspace
    ) -> tuple[float, Floats]:
        rows, classes = np.arange(len(targets)), outputs.shape[1]
        right = outputs[rows, targets] - self.margin
        lack = np.subtract(outputs, right[:, np.newaxis], out=scratch(workspace, "each", outputs))
        lack[rows, targets] = 0
        np.maximum(lack, 0, out=lack)
        grad = np.greater(lack, 0.0, out=scratch(workspace, "grad", outputs))
        grad *= 1 / (samples * classes)
        grad[rows, targets] = -grad.sum(axis=1)
        return total_of(lack) / classes, grad

    def best_constant(self, targets: Array, outputs: int) -> Floats:
        """See Loss: the classes by falling frequency, some of them a margin above the next.

        The loss is made of pieces that are linear in the differences of the scores, with corners at whole margins, so
        some best scores lie on steps of one margin. Where to step down is chosen from the rarest class upwards: a step
        below the k most frequent classes spares these everything on its other side, and costs the rarer ones k margins.
        """
        counts = np.bincount(targets, minlength=outputs).astype(np.float64)
        order = np.argsort(-counts, kind="stable")
        falling, classes = counts[order], outputs
        cost, ends = np.zeros(classes + 1), np.zeros(classes, np.intp)
        for start in range(classes - 1, -1, -1):
            sums = np.cumsum(falling[start:])
            # Classes start … end on one level: each pays a margin for every rarer one beside it.
            level = np.concatenate(([0.0], np.cumsum(sums[:-1])))
            below = np.append(np.arange(start + 1, classes) * (sums[-1] - sums[:-1]), 0.0)
            choices = level + below + cost[start + 1 :]
            ends[start] = start + int(choices.argmin())
            cost[start] = choices.min()
        scores, level_score, start = np.zeros(classes), 0.0, 0
        while start < classes:
            end = int(ends[start])
            scores[order[start : end + 1]] = level_score
            level_score, start = level_score - self.margin, end + 1
        return scores
