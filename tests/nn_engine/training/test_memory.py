"""A steady training step allocates next to nothing: all that is large was made in the first steps."""

from __future__ import annotations

import gc
import tracemalloc
import weakref

import pytest

from nn_engine import MNIST, PRESETS, assemble
from nn_engine.data import LoadedData
from nn_engine.training import StepEnd
from tests.nn_engine.training.small import drain, small_trainer

WARM, MEASURED = 6, 10
KIB = 64


@pytest.fixture(scope="module")
def digits() -> LoadedData:
    return MNIST().load()


@pytest.mark.parametrize("name", PRESETS)
def test_a_steady_step_of_every_preset_allocates_less_than_64_kib(name: str, digits: LoadedData) -> None:
    experiment = PRESETS[name].experiment.replace(train_size=4000)
    events, steps, peak, before = assemble(experiment, data=digits).trainer.fit(), 0, 0, 0
    try:
        while steps < WARM + MEASURED:
            if isinstance(next(events), StepEnd):
                steps += 1
                if steps == WARM:
                    tracemalloc.start()
                elif steps > WARM:
                    peak = max(peak, tracemalloc.get_traced_memory()[1] - before)
                if steps >= WARM:
                    tracemalloc.reset_peak()
                    before = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
        events.close()
    assert peak < KIB * 1024, f"{name}: {peak / 1024:.1f} KiB"


@pytest.mark.parametrize("threads", [1, 2])
def test_a_trainer_is_gone_as_soon_as_nobody_has_it(threads: int) -> None:
    """The window collects garbage in idle moments alone: a ring of references would keep every training before."""
    gc.collect()
    gc.disable()
    try:
        trainer = small_trainer(samples=600, epochs=1, batch_size=600)
        trainer.use_threads(threads, may_fork=True)
        drain(trainer)
        gone = weakref.ref(trainer), weakref.ref(trainer.network)
        del trainer
        assert [each() for each in gone] == [None, None]
    finally:
        gc.enable()
