"""A script while it is put together: its lines, the functions they call, and the weights they take."""

import inspect
from collections.abc import Callable

from nn_engine.declarations import label_of
from nn_engine.io import script_functions
from nn_engine.io.writers import Place
from nn_engine.types import Array, Shape

_LONGEST = 100


class ScriptText:
    """The body of the script's function ``network``, which turns ``x`` into the answers, and what it needs."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.functions: list[Callable[..., object]] = []
        """What is called, in no particular order."""
        self.arrays: dict[str, Array] = {}
        """The weights by their names in the file."""

    def line(self, text: str) -> None:
        """Append a line."""
        self.lines.append(text)

    def heading(self, place: Place) -> None:
        """Say what the lines that follow are."""
        number = place.name.removeprefix("layers.")
        change = f"{_sizes(place.input_shape)} → {_sizes(place.output_shape)}"
        if place.input_shape in ((), place.output_shape):
            change = _sizes(place.output_shape)
        self.line("")
        self.line(f"# Layer {number}, {label_of(type(place.layer))}: {change}")

    def weights(self, place: Place, *names: str) -> list[str]:
        """Take up parameters of a layer; gives what the script writes for each."""
        self.arrays |= {f"{place.name}.{name}": place.parameters[name] for name in names}
        return [f'W["{place.name}.{name}"]' for name in names]

    def call(self, function: Callable[..., object], *arguments: str) -> None:
        """Append a line that gives ``x`` and these arguments to one of ``script_functions``."""
        self._use(function)
        inside = ", ".join(("x", *arguments))
        self.line(f"x = {function.__name__}({inside})")
        if len(self.lines[-1]) > _LONGEST:
            each = (f"    {argument}," for argument in ("x", *arguments))
            self.lines[-1:] = [f"x = {function.__name__}(", *each, ")"]

    def _use(self, function: Callable[..., object]) -> None:
        if function not in self.functions:
            self.functions.append(function)
            for needed in inspect.getclosurevars(function).globals.values():
                if inspect.isfunction(needed):
                    self._use(needed)

    def sources(self) -> list[str]:
        """The source of every function that is called, in the order in which they stand in ``script_functions``."""
        every = [each for each in vars(script_functions).values() if each in self.functions]
        return [inspect.getsource(each).rstrip() for each in every]


def _sizes(shape: Shape) -> str:
    return " × ".join(map(str, shape))
