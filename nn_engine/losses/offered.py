"""Which losses a task offers."""

from typing import cast

from nn_engine.data.dataset import Task
from nn_engine.declarations import registered
from nn_engine.losses.loss import Loss


def losses_for(task: Task) -> dict[str, type[Loss]]:
    """Every loss that understands the task's targets, by name; the first is the one to try first."""
    classes = cast("dict[str, type[Loss]]", registered("loss"))
    fitting = [(name, cls) for name, cls in classes.items() if task.target_kind in cls.target_kinds]
    return dict(sorted(fitting, key=lambda item: item[1].usual_for != task.target_kind))
