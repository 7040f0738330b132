"""The experiment: one immutable value that says what is trained, on what, and how."""

from typing import Annotated

from nn_engine.data.mnist import MNIST
from nn_engine.data.preprocessing import Preprocessing
from nn_engine.data.source import DataSource
from nn_engine.declarations import Setting
from nn_engine.layers import DenseLayer, InputLayer, Layer
from nn_engine.training.plan import TrainingPlan


class Experiment(TrainingPlan):
    """Data, network and training in one; parts are named by their registered names when saved."""

    name: Annotated[str, Setting("What the experiment is called.")] = "experiment"
    data: Annotated[DataSource, Setting("Where samples come from.")] = MNIST()
    train_size: Annotated[
        int | None,
        Setting(
            "How many samples to use, drawn so that each class has its share; none uses all.",
            low=2,
            high=10**9,
            none="all",
        ),
    ] = None
    validation_share: Annotated[
        float, Setting("The share of those samples set apart to judge each epoch by.", low=0, high=0.9)
    ] = 1 / 6
    preprocessing: Annotated[Preprocessing, Setting("How raw values become numbers for the network.")] = Preprocessing()
    layers: Annotated[tuple[Layer, ...], Setting("The network, from input to output.")] = (
        InputLayer(units=784),
        DenseLayer(units=10, fn="softmax"),
    )
    weight_init: Annotated[str, Setting("How weights start.", choices="initializer", label="initial weights")] = (
        "he_initialization"
    )
    bias_init: Annotated[str, Setting("How biases start.", choices="initializer", label="initial biases")] = "zeros"

    @property
    def live_layers(self) -> tuple[Layer, ...]:
        return self.layers
