"""Settings that every layer with weights has, declared once."""

from typing import Annotated

from nn_engine.declarations import Setting

ActivationName = Annotated[
    str, Setting("The activation function of every unit.", choices="activation", label="activation", suggested="relu")
]
WeightInit = Annotated[
    str | None,
    Setting(
        "How weights start; none takes as the network.", choices="initializer", label="weights", none="as the network"
    ),
]
BiasInit = Annotated[
    str | None,
    Setting(
        "How biases start; none takes as the network.", choices="initializer", label="biases", none="as the network"
    ),
]
