"""Experiments: everything that describes a training, in one value that can be saved and repeated."""

from nn_engine.experiments.assemble import Session, assemble, split_data
from nn_engine.experiments.experiment import Experiment
from nn_engine.experiments.presets import PRESETS, preset
from nn_engine.experiments.rates import schedule_sentence, stretch_sentence, try_rates

__all__ = [
    "PRESETS",
    "Experiment",
    "Session",
    "assemble",
    "preset",
    "schedule_sentence",
    "split_data",
    "stretch_sentence",
    "try_rates",
]
