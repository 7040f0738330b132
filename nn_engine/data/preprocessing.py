"""From raw samples to the numbers a network takes: one code path for training, testing and drawing."""

from typing import Annotated, ClassVar

import numpy as np

from nn_engine.declarations import Declaration, Setting, register
from nn_engine.types import Array, Floats


@register("scale")
class Preprocessing(Declaration):
    """Scales raw values: x = (raw / divide_by - mean) / deviation. Every checkpoint holds it."""

    family: ClassVar[str] = "preprocessing"

    divide_by: Annotated[
        float, Setting("What raw values are divided by: 255 turns bytes into shares of 1.", low=0, low_open=True)
    ] = 255.0
    mean: Annotated[float, Setting("What is then subtracted.")] = 0.0
    deviation: Annotated[float, Setting("What the result is then divided by.", low=0, low_open=True)] = 1.0

    def check_together(self) -> None:
        """Both divisors together leave a factor that float32 can hold."""
        if not 1e-30 <= self.divide_by * self.deviation <= 1e30:
            raise ValueError(
                f"Preprocessing: expected divide_by times deviation from 1e-30 to 1e30; "
                f"received {self.divide_by:g} times {self.deviation:g}."
            )

    @classmethod
    def usual(cls, dtype: np.dtype[np.generic]) -> "Preprocessing":
        """What is usual for raw values of a type: bytes become shares of 1, anything else is taken as it is."""
        return cls() if dtype == np.uint8 else cls(divide_by=1)

    @property
    def black(self) -> float:
        """What becomes of a raw 0."""
        return -self.mean / self.deviation

    @property
    def white(self) -> float:
        """What becomes of the raw value ``divide_by``."""
        return (1 - self.mean) / self.deviation

    def apply(self, raw: Array, out: Floats) -> Floats:
        """Write the scaled values of ``raw`` into ``out``, of the same shape, and return it."""
        np.copyto(out, raw, casting="unsafe")
        out *= out.dtype.type(1 / (self.divide_by * self.deviation))
        if self.mean:
            out -= self.mean / self.deviation
        return out

    def __call__(self, raw: Array, dtype: type = np.float32) -> Floats:
        """The scaled values of ``raw`` in a new array."""
        return self.apply(np.asarray(raw), np.empty(np.shape(raw), dtype))
