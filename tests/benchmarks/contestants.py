"""What is measured against what: our engine, PyTorch and the bare matrix products, at the same work.

Each function is run in a process of its own, ``python -m tests.benchmarks.contestants WHO SETTINGS``, with as many
threads as it is told, and returns seconds. Ours is the public way: ``Trainer.fit()`` with every event drained, metrics
included. PyTorch gets its data as ready tensors, fused optimizers and channels last, and computes no metrics.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

SAMPLES = 60_000
EPOCHS = 3  # the first warms up and does not count
STEADY_RATE = 0.001  # no network of any depth diverges with it, at any batch size


def best_of(epoch: Callable[[], None]) -> float:
    """The seconds of the fastest of some epochs."""
    seconds = []
    for _ in range(EPOCHS):
        started = time.perf_counter()
        epoch()
        seconds.append(time.perf_counter() - started)
    return min(seconds[1:])


def _digits(samples: int) -> tuple[np.ndarray, np.ndarray]:
    """So many digits and their classes, the first ones of MNIST; from the start again where there are no more."""
    import numpy as np

    from nn_engine import MNIST

    data = MNIST().load().train
    indices = np.resize(np.arange(len(data)), samples)
    return data.read(indices, np.empty((samples, 28, 28), data.dtype)), data.targets[indices]


# -- our engine -------------------------------------------------------------------------------------------------------


def _ours(threads: int, *, data: Any = None, **settings: Any) -> float:
    from app.thread_share import share_threads
    from nn_engine import Constant, assemble, preset
    from nn_engine.training import EpochEnd

    plain = {"epochs": EPOCHS, "validation_share": 0, "augmentation": (), "schedule": Constant()}
    trainer = assemble(preset("mnist-300").replace(**{**plain, **settings}), data=data).trainer
    share_threads(trainer, may_fork=True)  # as many as the process was told
    ends = [time.perf_counter() for event in trainer.fit() if isinstance(event, EpochEnd)]
    return min(later - earlier for earlier, later in itertools.pairwise(ends))


def ours_sgd(batch_size: int, threads: int) -> float:
    """An epoch of 784-300-10 with momentum."""
    return _ours(threads, batch_size=batch_size)


def ours_adam(batch_size: int, threads: int) -> float:
    """An epoch of 784-300-10 with Adam."""
    from nn_engine import Adam

    return _ours(threads, batch_size=batch_size, optimizer=Adam(learning_rate=0.001))


def ours_grown(batch_size: int, threads: int, hidden: Sequence[int], samples: int) -> float:
    """An epoch of a network with these hidden layers over so many digits, with momentum."""
    from nn_engine import SGD, ArrayDataset, DenseLayer, InputLayer
    from nn_engine.data import LoadedData

    digits = ArrayDataset(*_digits(samples))
    inner = (DenseLayer(units=units, fn="relu") for units in hidden)
    return _ours(
        threads,
        data=LoadedData(train=digits, test=digits),
        batch_size=batch_size,
        layers=(InputLayer(units=784), *inner, DenseLayer(units=10, fn="softmax")),
        optimizer=SGD(learning_rate=STEADY_RATE, momentum=0.9),
    )


def ours_cnn(batch_size: int, threads: int) -> float:
    """An epoch of the small convolutional network."""
    from nn_engine import Adam, preset

    layers = preset("cnn").layers
    return _ours(threads, batch_size=batch_size, layers=layers, optimizer=Adam(learning_rate=0.001))


def ours_cnn_answers(batch_size: int, threads: int) -> float:
    """All digits through the small convolutional network, forward only."""
    from threadpoolctl import threadpool_limits

    from nn_engine import Preprocessing, preset
    from nn_engine.experiments.assemble import build_network

    network = build_network(preset("cnn"))
    x = Preprocessing()(_digits(SAMPLES)[0])
    threadpool_limits(1, user_api="blas")  # the threads have shards of their own

    def epoch() -> None:
        network.predict(x, threads, may_fork=True)

    return best_of(epoch)


def ours_normalized(batch_size: int, threads: int) -> float:
    """An epoch of two 3x3 convolutions with batch normalization and no pooling."""
    from nn_engine import Adam

    return _ours(
        threads,
        batch_size=batch_size,
        layers=_normalized_layers(),
        optimizer=Adam(learning_rate=0.001),
        train_size=6_000,
    )


def _normalized_layers() -> tuple[Any, ...]:
    from nn_engine import (
        ActivationLayer,
        BatchNormLayer,
        Conv2DLayer,
        DenseLayer,
        GlobalAveragePool2DLayer,
        InputLayer,
    )

    return (
        InputLayer(shape=(28, 28, 1)),
        Conv2DLayer(filters=16, kernel_size=(3, 3), padding="same"),
        BatchNormLayer(),
        ActivationLayer(fn="relu"),
        Conv2DLayer(filters=16, kernel_size=(3, 3), padding="same"),
        BatchNormLayer(),
        ActivationLayer(fn="relu"),
        GlobalAveragePool2DLayer(),
        DenseLayer(units=10, fn="softmax"),
    )


# -- the bare products ------------------------------------------------------------------------------------------------


def products(batch_size: int, threads: int) -> float:
    """Seconds for the five matrix products of every step of 784-300-10, and nothing else."""
    import numpy as np

    rng = np.random.default_rng(0)

    def some(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape, np.float32)

    x, w1, w2 = some(batch_size, 784), some(784, 300), some(300, 10)
    h, z, dh = some(batch_size, 300), some(batch_size, 10), some(batch_size, 300)
    dw1, dw2 = np.empty_like(w1), np.empty_like(w2)

    def epoch() -> None:
        for _ in range(-(-SAMPLES // batch_size)):
            np.matmul(x, w1, out=h)
            np.matmul(h, w2, out=z)
            np.matmul(h.T, z, out=dw2)
            np.matmul(z, w2.T, out=dh)
            np.matmul(x.T, dh, out=dw1)

    return best_of(epoch)


# -- PyTorch ----------------------------------------------------------------------------------------------------------


def _torch(
    threads: int,
    net: Callable[[Any], Any],
    optimizer: Callable[[Any, Any], Any],
    batch_size: int,
    images: bool,
    samples: int = SAMPLES,
) -> float:
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    x, y = _tensors(torch, images, samples)
    network = net(torch.nn)
    if images:
        network = network.to(memory_format=torch.channels_last)
    step, loss_of = optimizer(torch.optim, network.parameters()), torch.nn.CrossEntropyLoss()

    def epoch() -> None:
        for indices in torch.randperm(samples).split(batch_size):
            step.zero_grad(set_to_none=True)
            loss_of(network(x[indices]), y[indices]).backward()
            step.step()

    return best_of(epoch)


def _tensors(torch: Any, images: bool, samples: int) -> tuple[Any, Any]:
    from nn_engine import Preprocessing

    raw, classes = _digits(samples)
    x = torch.from_numpy(Preprocessing()(raw).reshape((samples, 1, 28, 28) if images else (samples, 784)))
    if images:
        x = x.to(memory_format=torch.channels_last)
    return x, torch.from_numpy(classes)


def _mlp(nn: Any, hidden: Sequence[int] = (300,)) -> Any:
    pairs = itertools.pairwise((784, *hidden))
    inner = [part for inputs, units in pairs for part in (nn.Linear(inputs, units), nn.ReLU())]
    return nn.Sequential(*inner, nn.Linear(hidden[-1], 10))


def _cnn(nn: Any) -> Any:
    return nn.Sequential(
        nn.Conv2d(1, 8, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(256, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )


def _normalized(nn: Any) -> Any:
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.Conv2d(16, 16, 3, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(16, 10),
    )


def _fused_adam(optim: Any, parameters: Any) -> Any:
    return optim.Adam(parameters, lr=0.001, fused=True)


def torch_sgd(batch_size: int, threads: int) -> float:
    """An epoch of 784-300-10 with momentum in PyTorch."""
    return _torch(
        threads, _mlp, lambda optim, each: optim.SGD(each, lr=0.2, momentum=0.9, fused=True), batch_size, images=False
    )


def torch_adam(batch_size: int, threads: int) -> float:
    """An epoch of 784-300-10 with Adam in PyTorch."""
    return _torch(threads, _mlp, _fused_adam, batch_size, images=False)


def torch_grown(batch_size: int, threads: int, hidden: Sequence[int], samples: int) -> float:
    """An epoch of a network with these hidden layers over so many digits, with momentum, in PyTorch."""
    return _torch(
        threads,
        lambda nn: _mlp(nn, hidden),
        lambda optim, each: optim.SGD(each, lr=STEADY_RATE, momentum=0.9, fused=True),
        batch_size,
        images=False,
        samples=samples,
    )


def torch_cnn(batch_size: int, threads: int) -> float:
    """An epoch of the small convolutional network in PyTorch."""
    return _torch(threads, _cnn, _fused_adam, batch_size, images=True)


def torch_cnn_answers(batch_size: int, threads: int) -> float:
    """All digits through the small convolutional network in PyTorch, forward only."""
    import torch

    torch.set_num_threads(threads)
    x, _ = _tensors(torch, images=True, samples=SAMPLES)
    network = _cnn(torch.nn).to(memory_format=torch.channels_last).eval()

    def epoch() -> None:
        with torch.inference_mode():
            for part in x.split(batch_size):
                network(part)

    return best_of(epoch)


def torch_normalized(batch_size: int, threads: int) -> float:
    """An epoch of two 3x3 convolutions with batch normalization in PyTorch."""
    return _torch(threads, _normalized, _fused_adam, batch_size, images=True, samples=6_000)


CONTESTANTS: dict[str, Callable[..., float]] = {
    function.__name__: function
    for function in (
        ours_sgd,
        ours_adam,
        ours_grown,
        ours_cnn,
        ours_cnn_answers,
        ours_normalized,
        products,
        torch_sgd,
        torch_adam,
        torch_grown,
        torch_cnn,
        torch_cnn_answers,
        torch_normalized,
    )
}


if __name__ == "__main__":
    print(CONTESTANTS[sys.argv[1]](**json.loads(sys.argv[2])))
