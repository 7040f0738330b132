"""The neural-network library of Backprop Studio: the mathematics of learning, written out in NumPy.

Importing it loads nothing but NumPy and the standard library, and changes nothing in the process. How many threads
NumPy's matrix products use is decided when NumPy is imported: set OPENBLAS_NUM_THREADS (or OMP_NUM_THREADS) before
that.
"""

from nn_engine.clipping import ClipByNorm, ClipByValue, Clipping
from nn_engine.data import MNIST, ArrayDataset, Dataset, Preprocessing, stratified_split
from nn_engine.data.augmentation import AffineAugmentation, Augmentation, Rotation, Scaling, Translation
from nn_engine.declarations import Declaration, Setting, register, registered
from nn_engine.evaluation import evaluate
from nn_engine.experiments import PRESETS, Experiment, assemble, preset
from nn_engine.layers import (
    ActivationLayer,
    AveragePool2DLayer,
    BatchNormLayer,
    Conv2DLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GaussianNoiseLayer,
    GlobalAveragePool2DLayer,
    InputLayer,
    Layer,
    LayerNormLayer,
    MaxPool2DLayer,
    ReshapeLayer,
    ResidualBlock,
    SpatialDropoutLayer,
)
from nn_engine.losses import (
    BinaryCrossEntropy,
    CrossEntropy,
    Hinge,
    Huber,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
)
from nn_engine.multi_layer_perceptron import MultiLayerPerceptron
from nn_engine.network import Network
from nn_engine.optimizers import SGD, Adadelta, Adagrad, Adam, AdamW, Lion, NAdam, Optimizer, RMSprop
from nn_engine.regularizers import L1, L2, Regularizer, WeightDecay
from nn_engine.schedules import (
    Constant,
    Cosine,
    CosineRestarts,
    ExponentialDecay,
    OneCycle,
    Polynomial,
    Schedule,
    StepDecay,
    TimeDecay,
)
from nn_engine.training import (
    CheckpointEvery,
    CheckpointTopK,
    EarlyStopping,
    ReduceOnPlateau,
    StopAfterTime,
    StopAtTarget,
    Trainer,
    TrainerState,
    TrainingPlan,
)
from nn_engine.version import VERSION

__version__ = VERSION

__all__ = [
    "L1",
    "L2",
    "MNIST",
    "PRESETS",
    "SGD",
    "ActivationLayer",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "AffineAugmentation",
    "ArrayDataset",
    "Augmentation",
    "AveragePool2DLayer",
    "BatchNormLayer",
    "BinaryCrossEntropy",
    "CheckpointEvery",
    "CheckpointTopK",
    "ClipByNorm",
    "ClipByValue",
    "Clipping",
    "Constant",
    "Conv2DLayer",
    "Cosine",
    "CosineRestarts",
    "CrossEntropy",
    "Dataset",
    "Declaration",
    "DenseLayer",
    "DropoutLayer",
    "EarlyStopping",
    "Experiment",
    "ExponentialDecay",
    "FlattenLayer",
    "GaussianNoiseLayer",
    "GlobalAveragePool2DLayer",
    "Hinge",
    "Huber",
    "InputLayer",
    "Layer",
    "LayerNormLayer",
    "Lion",
    "Loss",
    "MaxPool2DLayer",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "MultiLayerPerceptron",
    "NAdam",
    "Network",
    "OneCycle",
    "Optimizer",
    "Polynomial",
    "Preprocessing",
    "RMSprop",
    "ReduceOnPlateau",
    "Regularizer",
    "ReshapeLayer",
    "ResidualBlock",
    "Rotation",
    "Scaling",
    "Schedule",
    "Setting",
    "SpatialDropoutLayer",
    "StepDecay",
    "StopAfterTime",
    "StopAtTarget",
    "TimeDecay",
    "Trainer",
    "TrainerState",
    "TrainingPlan",
    "Translation",
    "WeightDecay",
    "assemble",
    "evaluate",
    "preset",
    "register",
    "registered",
    "stratified_split",
]
