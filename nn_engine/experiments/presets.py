"""Experiments to start from, each with what it is good for."""

from dataclasses import dataclass

from nn_engine.data.augmentation import Elastic, Rotation, Scaling, Shear, Translation
from nn_engine.declarations.registry import did_you_mean
from nn_engine.experiments.experiment import Experiment
from nn_engine.layers import Conv2DLayer, DenseLayer, DropoutLayer, FlattenLayer, InputLayer, MaxPool2DLayer
from nn_engine.losses import CrossEntropy
from nn_engine.optimizers import SGD, Adam, AdamW
from nn_engine.regularizers import L2
from nn_engine.schedules import ExponentialDecay, OneCycle


@dataclass(frozen=True)
class Preset:
    """An experiment and one sentence about it."""

    explanation: str
    experiment: Experiment


_MISSION_LAYERS = (InputLayer(units=784), DenseLayer(units=300, fn="relu"), DenseLayer(units=10, fn="softmax"))

_ALL = (
    Preset(
        "No hidden layer: the simplest classifier of digits, and what every other one should beat.",
        Experiment(
            name="softmax-regression",
            layers=(InputLayer(units=784), DenseLayer(units=10, fn="softmax")),
            weight_init="xavier_initialization",
            optimizer=SGD(learning_rate=0.5),
            schedule=ExponentialDecay(decay=0.85),
        ),
    ),
    Preset(
        "One hidden layer of 300 rectifiers: about 98.3 % of the test digits in 20 epochs.",
        Experiment(
            name="mnist-300",
            layers=_MISSION_LAYERS,
            bias_init="small_constant",
            optimizer=SGD(learning_rate=0.2, momentum=0.9),
            schedule=OneCycle(),
        ),
    ),
    Preset(
        "The same network on digits that are turned, shifted and stretched anew in every epoch: about 98.9 %.",
        Experiment(
            name="mnist-300-augmented",
            layers=_MISSION_LAYERS,
            bias_init="small_constant",
            optimizer=Adam(learning_rate=0.003),
            schedule=OneCycle(),
            augmentation=(Translation(pixels=1.5), Rotation(degrees=10), Scaling(percent=10)),
        ),
    ),
    Preset(
        "Two hidden layers on digits that are turned, shifted and stretched widely: also reads what a pen draws on the "
        "pad; about 99.2 %.",
        Experiment(
            name="pen-ready",
            layers=(
                InputLayer(units=784),
                DenseLayer(units=480, fn="relu"),
                DropoutLayer(rate=0.1),
                DenseLayer(units=200, fn="relu"),
                DenseLayer(units=10, fn="softmax"),
            ),
            bias_init="small_constant",
            optimizer=Adam(learning_rate=0.002),
            schedule=OneCycle(),
            augmentation=(Translation(pixels=2), Rotation(degrees=15), Scaling(percent=15)),
            epochs=60,
        ),
    ),
    Preset(
        "The network of one hidden layer at its best: 80 epochs of digits that are also slanted and bent, with targets "
        "that are not quite certain; about 99.3 %.",
        Experiment(
            name="mnist-300-record",
            validation_share=1 / 12,
            layers=_MISSION_LAYERS,
            bias_init="small_constant",
            loss=CrossEntropy(label_smoothing=0.05),
            optimizer=AdamW(learning_rate=0.003),
            schedule=OneCycle(),
            augmentation=(
                Translation(pixels=1.5),
                Rotation(degrees=10),
                Scaling(percent=10),
                Shear(angle=10),
                Elastic(strength=1.2, smoothness=20),
            ),
            epochs=80,
        ),
    ),
    Preset(
        "A small convolutional network, which looks for the same details everywhere: about 99.4 % after 10 epochs.",
        Experiment(
            name="cnn",
            layers=(
                InputLayer(shape=(28, 28, 1)),
                Conv2DLayer(filters=8, kernel_size=(5, 5), fn="relu"),
                MaxPool2DLayer(),
                Conv2DLayer(filters=16, kernel_size=(5, 5), fn="relu"),
                MaxPool2DLayer(),
                FlattenLayer(),
                DenseLayer(units=128, fn="relu"),
                DenseLayer(units=10, fn="softmax"),
            ),
            optimizer=Adam(learning_rate=0.005),
            schedule=OneCycle(),
            augmentation=(Translation(pixels=1.5), Rotation(degrees=10), Scaling(percent=10), Shear(angle=10)),
            epochs=10,
        ),
    ),
    Preset(
        "Three hidden layers with dropout between them and a small price on large weights.",
        Experiment(
            name="deep-mlp",
            layers=(
                InputLayer(units=784),
                DenseLayer(units=512, fn="relu"),
                DropoutLayer(rate=0.2),
                DenseLayer(units=256, fn="relu"),
                DropoutLayer(rate=0.2),
                DenseLayer(units=128, fn="relu"),
                DenseLayer(units=10, fn="softmax"),
            ),
            bias_init="small_constant",
            optimizer=Adam(learning_rate=0.002),
            schedule=OneCycle(),
            regularization=(L2(strength=1e-5),),
        ),
    ),
)

PRESETS = {preset.experiment.name: preset for preset in _ALL}
"""Every preset by name."""


def preset(name: str) -> Experiment:
    """The experiment of a preset. Raises ValueError that lists what exists."""
    if name not in PRESETS:
        raise ValueError(
            f"There is no preset {name!r}: expected one of {', '.join(PRESETS)}.{did_you_mean(name, PRESETS)}"
        )
    return PRESETS[name].experiment
