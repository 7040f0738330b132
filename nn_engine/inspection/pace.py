"""How long an epoch takes on this machine: measured for a moment on a twin of the training, never guessed."""

import statistics
import time
from collections.abc import Generator
from contextlib import closing

import numpy as np

from nn_engine.evaluation import evaluate
from nn_engine.experiments.assemble import Session, assemble
from nn_engine.network import PREDICTION_SHARD
from nn_engine.training.events import EpochEnd, StepEnd, TrainEnd

SECONDS = 0.25
"""How long steps are measured."""
MOST_PARAMETERS = 20_000_000
"""A larger network is not made a second time only to be measured."""
_WARM = 3  # the first steps make buffers that later ones use again


def measure_epoch(session: Session, seconds: float = SECONDS) -> Generator[None, None, float | None]:
    """The seconds of an epoch's steps and evaluation, as the generator's value; None where they cannot be told.

    The training itself is not touched. Yields after each shard, so that whoever drives it can do something else.
    """
    if session.network.state.size > MOST_PARAMETERS:
        return None
    trainer = assemble(session.experiment, data=session.data).trainer
    trainer.work_like(session.trainer)
    spent, since, steps = 0.0, 0.0, list[float]()
    with closing(trainer.fit()) as events:  # its threads end with it
        while spent < seconds or len(steps) <= _WARM:
            began = time.perf_counter()
            event = next(events)
            since += time.perf_counter() - began
            match event:
                case StepEnd():
                    steps.append(since)
                    spent, since = spent + since, 0.0
                case EpochEnd():
                    return sum(steps) + since  # all of it was shorter than the time to measure
                case TrainEnd():
                    return None
            yield
    step = statistics.median(steps[_WARM:])  # one that something else held up says nothing of the others
    sample = session.data.test.subset(np.arange(min(len(session.data.test), PREDICTION_SHARD)))
    for _ in range(2 if trainer.validation_count and len(sample) else 0):
        began = time.perf_counter()
        evaluate(trainer.network, sample, trainer.preprocessing, trainer.plan.loss)
        since = time.perf_counter() - began
        yield
    shares = max(1, len(sample)) * trainer.threads  # each thread evaluates so many at the same time
    return step * trainer.steps_per_epoch + since * trainer.validation_count / shares
