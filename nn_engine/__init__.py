"""The neural-network library of Backprop Studio: the mathematics of learning, written out in NumPy.

Importing it loads nothing but NumPy and the standard library, and changes nothing in the process. How many threads
NumPy's matrix products use is decided when NumPy is imported: set OPENBLAS_NUM_THREADS (or OMP_NUM_THREADS) before
that.
"""

from nn_engine.data import MNIST, ArrayDataset, Dataset, Preprocessing, stratified_split
from nn_engine.data.augmentation import AffineAugmentation, Augmentation, Rotation, Scaling, Translation
from nn_engine.declarations import Declaration, Setting, register, registered
from nn_engine.evaluation import evaluate
from nn_engine.experiments import PRESETS, Experiment, assemble, preset
from nn_engine.layers import DenseLayer, DropoutLayer, FlattenLayer, InputLayer, Layer
from nn_engine.losses import BinaryCrossEntropy, CrossEntropy, Loss, MeanSquaredError
from nn_engine.multi_layer_perceptron import MultiLayerPerceptron
from nn_engine.network import Network
from nn_engine.optimizers import SGD, Adam, Optimizer
from nn_engine.regularizers import L2, Regularizer
from nn_engine.schedules import Constant, Cosine, ExponentialDecay, OneCycle, Schedule, StepDecay, TimeDecay
from nn_engine.training import EarlyStopping, StopAfterTime, StopAtTarget, Trainer, TrainerState, TrainingPlan
from nn_engine.version import VERSION

__version__ = VERSION

__all__ = [
    "L2",
    "MNIST",
    "PRESETS",
    "SGD",
    "Adam",
    "AffineAugmentation",
    "ArrayDataset",
    "Augmentation",
    "BinaryCrossEntropy",
    "Constant",
    "Cosine",
    "CrossEntropy",
    "Dataset",
    "Declaration",
    "DenseLayer",
    "DropoutLayer",
    "EarlyStopping",
    "Experiment",
    "ExponentialDecay",
    "FlattenLayer",
    "InputLayer",
    "Layer",
    "Loss",
    "MeanSquaredError",
    "MultiLayerPerceptron",
    "Network",
    "OneCycle",
    "Optimizer",
    "Preprocessing",
    "Regularizer",
    "Rotation",
    "Scaling",
    "Schedule",
    "Setting",
    "StepDecay",
    "StopAfterTime",
    "StopAtTarget",
    "TimeDecay",
    "Trainer",
    "TrainerState",
    "TrainingPlan",
    "Translation",
    "assemble",
    "evaluate",
    "preset",
    "register",
    "registered",
    "stratified_split",
]
