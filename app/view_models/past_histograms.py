"""The histograms of earlier epochs of a run that was opened again, from the networks kept in its folder.

For another thread than the GUI's: each epoch is a file to be read and checked.
"""

from __future__ import annotations

import logging
from pathlib import Path

from nn_engine.inspection.bins import BinRange
from nn_engine.inspection.histogram import HistogramSlice, What, histogram_slice
from nn_engine.io.checkpoint import CheckpointError, load_checkpoint
from nn_engine.io.run_folder import RunFolder

log = logging.getLogger(__name__)

KEPT: tuple[What, ...] = ("weights", "biases")
"""What a kept network can tell of; its gradients are gone."""


def round_stride(epochs: list[int], most: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, … of whose multiples there are at most so many among these, in order."""
    span = epochs[-1] - epochs[0] if len(epochs) > most else 0
    strides = (factor * 10**power for power in range(9) for factor in (1, 2, 5))
    return 1 if not span else next(stride for stride in strides if span // stride + 1 <= most)


def past_slices(folder: Path, run_id: str, last_step: int, most: int) -> list[HistogramSlice]:
    """Slices of the ends of at most so many epochs before a step, evenly spread. What cannot be read is left out.

    So are epochs whose weights were averaged: the running mean is what is kept of them, not what steps were made from,
    and beside the present weights it would look as if these had jumped.
    """
    run = RunFolder(folder)
    numbers = run.kept_epoch_numbers()
    stride = round_stride(numbers, most)
    made: list[HistogramSlice] = []
    ranges: dict[What, dict[str, BinRange]] = {what: {} for what in KEPT}
    for number in [number for number in numbers if stride == 1 or number % stride == 0][-most:]:
        try:
            kept = load_checkpoint(run.epoch_file(number))
        except (OSError, CheckpointError) as error:
            log.warning("the network of epoch %d is left out of the histograms: %s", number, error)
            continue
        if kept.run_id != run_id or not 0 < kept.step < last_step or kept.plan.averaging is not None:
            continue
        for what in KEPT:
            made.append(histogram_slice(kept.network, what, ranges[what], epoch=kept.epochs_done, step=kept.step))
            ranges[what].update(made[-1].ranges)
    return made
