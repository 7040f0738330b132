"""Which losses a task offers, and what to do where it does not offer one."""

from typing import cast

from nn_engine.data.dataset import Task
from nn_engine.declarations import registered
from nn_engine.losses.loss import Loss


def losses_for(task: Task) -> dict[str, type[Loss]]:
    """Every loss that understands the task's targets, by name; the first is the one to try first."""
    classes = cast("dict[str, type[Loss]]", registered("loss"))
    fitting = [(name, cls) for name, cls in classes.items() if task.target_kind in cls.target_kinds]
    return dict(sorted(fitting, key=lambda item: item[1].usual_for != task.target_kind))


SAID_BY = {
    "classes": "give it whole numbers from 0, one a sample, as targets",
    "labels": 'make the data with target_kind="labels"',
    "values": 'make the data with target_kind="values"',
}
"""How an ArrayDataset is told what its targets mean."""


def check_offered(loss: Loss, task: Task) -> None:
    """Raise ValueError, with what there is instead, where the loss does not understand the task's targets."""
    if task.target_kind not in loss.target_kinds:
        raise ValueError(
            f"{loss.registered_name} is for {' or '.join(loss.target_kinds)}; the data has {task.target_kind}. "
            f"Choose one of {', '.join(losses_for(task))}; or, if the data means {loss.target_kinds[0]}, "
            f"{SAID_BY[loss.target_kinds[0]]}."
        )
