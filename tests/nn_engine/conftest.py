"""What tests of the engine share."""

from __future__ import annotations

import pytest

from nn_engine.data import MNIST, LoadedData


@pytest.fixture(scope="session")
def mnist() -> LoadedData:
    """The digits that come along, read once. Nobody writes to them."""
    data = MNIST().load()
    for part in (data.train, data.test):
        part.targets.flags.writeable = False
    return data
