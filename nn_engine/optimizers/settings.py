"""Settings that several optimizers have, declared once."""

from typing import Annotated

from nn_engine.declarations import Setting

LearningRate = Annotated[
    float,
    Setting("How far each step goes.", low=0, high=1e6, low_open=True, live=True, logarithmic=True, usual=(1e-5, 10)),
]
Momentum = Annotated[
    float, Setting("How much of the last step carries over into this one.", low=0, high=1, high_open=True, live=True)
]
GradientMemory = Annotated[
    float, Setting("How slowly the mean gradient forgets.", low=0, high=1, high_open=True, label="beta 1")
]
SquareMemory = Annotated[
    float, Setting("How slowly the mean squared gradient forgets.", low=0, high=1, high_open=True, label="beta 2")
]
# Anything much smaller would be zero in float32, and a parameter without a gradient become NaN.
Epsilon = Annotated[float, Setting("Keeps the division from zero.", low=1e-30, high=1, logarithmic=True)]
WeightDecayRate = Annotated[
    float, Setting("How fast weights shrink.", low=0, high=1e3, live=True, logarithmic=True, usual=(1e-5, 1))
]
