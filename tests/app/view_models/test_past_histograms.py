from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.view_models.past_histograms import past_slices, round_stride
from nn_engine import Experiment
from nn_engine.data import LoadedData
from nn_engine.experiments import assemble
from nn_engine.inspection.histogram import histogram_slice
from nn_engine.io.run_folder import RunFolder
from nn_engine.training import EpochEnd


@pytest.mark.parametrize(("averaging", "steps"), [(None, [10, 20]), (0.9, [])])
def test_the_past_is_of_the_weights_that_steps_were_made_from(
    home: Path, small: Experiment, digits: LoadedData, averaging: float | None, steps: list[int]
) -> None:
    """Of averaged weights only the mean is kept, which would not go with the present ones."""
    trainer = assemble(small.replace(epochs=3, averaging=averaging), data=digits).trainer
    folder = RunFolder.create(home / "run", trainer)
    trainer.observe(folder.record)
    live = {}
    with folder:
        for event in trainer.fit():
            if isinstance(event, EpochEnd):
                live[event.step] = histogram_slice(trainer.network, "weights")
    found = [each for each in past_slices(folder.path, trainer.run_id, 30, 23) if each.what == "weights"]
    assert [each.step for each in found] == steps
    for each in found:
        for layer, other in zip(each.layers, live[each.step].layers, strict=True):
            np.testing.assert_array_equal((layer.minimum, layer.maximum), (other.minimum, other.maximum))


@pytest.mark.parametrize(
    ("count", "most", "stride"), [(0, 23, 1), (1, 23, 1), (23, 23, 1), (24, 23, 2), (100, 23, 5), (1000, 23, 50)]
)
def test_no_more_files_are_read_than_are_shown(count: int, most: int, stride: int) -> None:
    epochs = list(range(1, count + 1))
    assert round_stride(epochs, most) == stride
    assert len([epoch for epoch in epochs if epoch % stride == 0]) <= most
