"""Networks as a script: one readable Python file that needs nothing but NumPy, and its weights beside it.

``digits.py`` comes with ``digits.weights.npz``, whose arrays have the names they have here, such as
``layers.1.weights``. The script holds the functions of the layers that the network has, written to be read; its
``predict(images)`` takes raw samples as the data set has them, and started as a program it answers for those in an NPY
file. For dense networks its answers are the studio's to the last bit.
"""

import io
import sys
from pathlib import Path

import numpy as np

from nn_engine.data.preprocessing import Preprocessing
from nn_engine.io import script_writers
from nn_engine.io.files import write_atomically
from nn_engine.io.script_text import ScriptText
from nn_engine.io.trained_network import TrainedNetwork
from nn_engine.io.writers import places_of
from nn_engine.network import PREDICTION_SHARD
from nn_engine.version import VERSION as PROGRAM_VERSION

WEIGHTS_SUFFIX = ".weights.npz"
"""Not ``.npz`` alone: next to ``best.npz``, a checkpoint, there may be a script ``best.py``."""


def weights_path(script: Path) -> Path:
    """Where a script has its weights."""
    return script.with_suffix(WEIGHTS_SUFFIX)


def export_script(path: Path | str, trained: TrainedNetwork) -> None:
    """Write the script and its weights, each atomically, the weights first.

    Raises ValueError for a network with a layer that no writer knows, and for a name that Python needs for itself.
    """
    path = Path(path)
    _refuse_taken_name(path)
    text = ScriptText()
    script_writers.write(text, places_of(trained.network))
    source = _source(text, trained)
    buffer = io.BytesIO()
    np.savez(buffer, **text.arrays)  # type: ignore[arg-type]  # no parameter is called as an option of savez is
    write_atomically(weights_path(path), buffer.getvalue())
    write_atomically(path, source.encode())


def _refuse_taken_name(path: Path) -> None:
    """A script's folder comes first where modules are looked for: ``numpy.py`` would import itself, ``json.py`` be
    imported by NumPy.
    """
    if path.stem == "numpy" or path.stem in sys.stdlib_module_names:
        raise ValueError(
            f"{path}: a script of this name would be imported in place of the module {path.stem}. Choose another name."
        )


def _source(text: ScriptText, trained: TrainedNetwork) -> str:
    functions = "\n\n\n".join(text.sources())
    imports = [name for name in ("math", "sys") if name == "sys" or "math." in functions]
    body = "\n".join(f"    {line}".rstrip() for line in [*_prepared(trained.preprocessing), *text.lines])
    task, dtype = trained.task, trained.network.state.dtype.name
    answers = ", ".join(("n", *map(str, trained.network.output_shape)))
    samples = ", ".join(("n", *map(str, task.sample_shape)))
    parts = [
        _INTRODUCTION,
        "\n".join(f"import {name}" for name in imports) + "\nfrom pathlib import Path\n\nimport numpy as np\n",
        "Array = np.ndarray",
        *(["Pads = tuple[tuple[int, int], tuple[int, int]]"] if "Pads" in functions else []),
        _CONSTANTS.format(names=_tuple(task.names), shape=task.sample_shape, dtype=dtype),
        f"\n\n{functions}\n\n" if functions else "\n",
        _NETWORK.format(body=body),
        _PREDICT.format(answers=answers, samples=samples, shard=PREDICTION_SHARD),
        _MAIN.format(report=_REPORTS[task.target_kind]),
    ]
    return "\n".join(parts)


def _prepared(preprocessing: Preprocessing) -> list[str]:
    """(raw / divide_by - mean) / deviation, in the steps in which the studio does it."""
    divisor = repr(preprocessing.divide_by)
    if preprocessing.deviation != 1:
        divisor = f"({divisor} * {preprocessing.deviation!r})"
    lines = ["# Preprocessing, as in training", f"x = raw.astype(DTYPE) * DTYPE(1 / {divisor})"]
    if preprocessing.mean:
        lines.append(f"x = x - {preprocessing.mean!r} / {preprocessing.deviation!r}")
    return lines


def _tuple(names: tuple[str, ...]) -> str:
    """The names as Python writes them, a line each where they are too long for one."""
    written = [_quoted(name) for name in names]
    one_line = f"({', '.join(written)}{',' if len(written) == 1 else ''})"
    if len(one_line) <= 100:
        return one_line
    return "(\n" + "".join(f"    {name},\n" for name in written) + ")"


def _quoted(name: str) -> str:
    """The name in double quotes, or where there is a quotation mark in it, as Python sees fit."""
    return repr(name) if "'" in name or '"' in name else f'"{repr(name)[1:-1]}"'


_INTRODUCTION = f'''\
"""A trained network, written out in NumPy. Its weights are in the file {WEIGHTS_SUFFIX} of the same name.

From Python:       predict(samples) gives the answers to raw samples, as the data set has them
As a program:      python3 FILE.py SAMPLES.npy

Every function takes a batch: the first axis counts the samples, the last one their channels.
Written by Backprop Studio {PROGRAM_VERSION}.
"""
'''

_CONSTANTS = """
W = dict(np.load(Path(__file__).with_suffix(".weights.npz")))
NAMES = {names}
SAMPLE_SHAPE = {shape}
DTYPE = np.{dtype}"""

_NETWORK = '''\
def network(raw: Array) -> Array:
    """All layers, one behind the other."""
{body}
    return x

'''

_PREDICT = '''\
def predict(samples: Array) -> Array:
    """The answers, ({answers}), to raw samples, ({samples})."""
    samples = np.asarray(samples)
    if samples.shape[1:] != SAMPLE_SHAPE:
        raise ValueError(f"expected samples of shape ({samples}); received {{samples.shape}}")
    # Not all at once, so that memory suffices for any number of them.
    starts = range(0, max(1, len(samples)), {shard})
    return np.concatenate([network(samples[start : start + {shard}]) for start in starts])

'''

_MAIN = """\
if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: python3 {{Path(__file__).name}} SAMPLES.npy")
    try:
        with open(sys.argv[1], "rb") as file:
            samples = np.lib.format.read_array(file)
        answers = predict(samples[np.newaxis] if samples.shape == SAMPLE_SHAPE else samples)
    except (OSError, ValueError) as error:
        sys.exit(f"expected an NPY file of raw samples, {{SAMPLE_SHAPE}} each: {{error}}")
    for number, answer in enumerate(answers):
        {report}
"""

_REPORTS = {
    "classes": 'print(f"{number}: {NAMES[answer.argmax()]} ({answer.max():.4f})")',
    "labels": 'print(f"{number}:", ", ".join(f"{name} {value:.4f}" for name, value in zip(NAMES, answer)))',
    "values": 'print(f"{number}:", ", ".join(f"{name} {value:.6g}" for name, value in zip(NAMES, answer)))',
}
"""How an answer is printed, by what the task's targets mean."""
