"""The numbers of a run as files that anyone can read.

``metrics.csv`` has a row an epoch (epochs from 1). ``steps.bin`` has a record a step: after one line of JSON that names
its fields and their types, padded to 512 bytes, come records of fixed size. ``events.jsonl`` has one JSON object a
line. All three are only ever added to, so a crash can do no more than shorten them.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nn_engine.io.files import append_and_sync, cut
from nn_engine.types import Array

_STEPS_HEADER_SIZE = 512
_STEPS_FORMAT = "backprop-studio-steps"
_NUMBER_TYPES = ("<u8", "<f4", "<f8")


def steps_header(fields: Sequence[tuple[str, str]]) -> bytes:
    """The beginning of a ``steps.bin`` whose records have these fields: names and NumPy types."""
    text = json.dumps({"format": _STEPS_FORMAT, "version": 1, "fields": fields})
    return text.encode().ljust(_STEPS_HEADER_SIZE - 1) + b"\n"


def step_fields(path: Path) -> tuple[str, ...]:
    """The names of what each record of ``steps.bin`` holds. Raises ValueError for any other file."""
    return tuple(_step_type(path).names or ())


def append_steps(path: Path, records: Sequence[tuple[float, ...]]) -> None:
    """Add records to ``steps.bin``."""
    if records:
        append_and_sync(path, np.array(list(records), _step_type(path)).tobytes())


def read_steps(path: Path) -> Array:
    """Every whole record in ``steps.bin``: a structured array (steps,). Raises ValueError for any other file."""
    dtype = _step_type(path)
    data = path.read_bytes()[_STEPS_HEADER_SIZE:]
    return np.frombuffer(data[: len(data) // dtype.itemsize * dtype.itemsize], dtype)


def cut_steps(path: Path, last_step: int) -> None:
    """Drop the records of steps after ``last_step``, and whatever a crash has left behind them."""
    steps = read_steps(path)
    numbers = steps["step"].astype(np.int64)
    # Numbers that do not rise are no records: a disk that lost its power may have kept the length without the data.
    wrong = (numbers > last_step) | (np.diff(numbers, prepend=0) <= 0)
    kept = int(wrong.argmax()) if wrong.any() else len(steps)
    cut(path, _STEPS_HEADER_SIZE + kept * steps.dtype.itemsize)


def _step_type(path: Path) -> np.dtype[np.void]:
    with path.open("rb") as stream:
        header = stream.read(_STEPS_HEADER_SIZE)
    try:
        described = json.loads(header)
        fields = [(name, code) for name, code in described["fields"]]
        known = described["format"] == _STEPS_FORMAT and all(code in _NUMBER_TYPES for _, code in fields)
        if not known or fields[0] != ("step", "<u8") or len(header) < _STEPS_HEADER_SIZE:
            raise ValueError
        return np.dtype(fields)
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        raise ValueError(f"{path}: not a file of training steps.") from None


def columns(path: Path) -> tuple[str, ...]:
    """The names in the first line of ``metrics.csv``.

    Raises ValueError for a file that does not begin as it was made.
    """
    with path.open("rb") as stream:
        line = stream.readline()
    if not line.startswith(b"epoch,"):
        raise ValueError(f"{path}: not a file of metrics; its first line should begin with epoch, and a comma.")
    return tuple(line.decode("utf-8", "replace").rstrip("\r\n").split(","))


def csv_row(values: Iterable[Any]) -> bytes:
    """One line of a CSV file."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue().encode()


def cut_rows(path: Path, epochs_done: int) -> None:
    """Drop the rows of ``metrics.csv`` after so many epochs, and a line that is not whole.

    Raises ValueError, and drops nothing, where the file does not begin as it was made.
    """
    columns(path)
    _cut_lines(path, lambda line: line.startswith(b"epoch,") or int(line.split(b",")[0]) <= epochs_done)


def json_line(values: Mapping[str, Any]) -> bytes:
    """One line of a file of JSON objects."""
    return (json.dumps(values, allow_nan=False, ensure_ascii=False) + "\n").encode()


def cut_events(path: Path, last_step: int, epochs_done: int) -> None:
    """Drop what ``events.jsonl`` tells of later steps and epochs, and a line that is not whole."""

    def kept(line: bytes) -> bool:
        event = json.loads(line)
        late_epoch = event["event"] == "epoch_end" and event["epoch"] > epochs_done
        return event["step"] <= last_step and not late_epoch

    _cut_lines(path, kept)


def _cut_lines(path: Path, kept: Callable[[bytes], bool]) -> None:
    """Cut a file before the first line that is not whole or not ``kept``."""
    size = 0
    for line in path.read_bytes().splitlines(keepends=True) if path.exists() else ():
        try:
            if not line.endswith(b"\n") or not kept(line):
                break
        except (ValueError, KeyError, TypeError, RecursionError):
            break
        size += len(line)
    cut(path, size)
