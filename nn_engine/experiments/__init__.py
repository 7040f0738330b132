"""Experiments: everything that describes a training, in one value that can be saved and repeated."""

from nn_engine.experiments.assemble import Session, assemble
from nn_engine.experiments.experiment import Experiment
from nn_engine.experiments.presets import PRESETS, preset

__all__ = ["PRESETS", "Experiment", "Session", "assemble", "preset"]
