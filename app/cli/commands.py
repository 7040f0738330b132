"""From parsed arguments to a command, and from whatever goes wrong to one sentence and an exit status."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from pathlib import Path

from app import blas
from app.cli.output import note

FAILED, WRONG_USAGE, INTERRUPTED = 1, 2, 130


class UsageError(ValueError):
    """What was typed is refused, by something that is known only once the engine is loaded."""


def run_command(arguments: argparse.Namespace) -> int:
    """Run the command; returns its exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted.

    Whatever went wrong is said in a sentence on standard error.
    """
    if arguments.command == "resume":
        blas.configure(*blas.recorded_choice(Path(arguments.folder)))
    else:
        blas.configure(getattr(arguments, "threads", None), getattr(arguments, "kernels", None))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that cannot be printed is no reason to stop
    try:
        status = _run(arguments)
    except KeyboardInterrupt:
        status = _fail("Interrupted.", INTERRUPTED)
    except BrokenPipeError:
        status = FAILED  # whoever read the output has left; nothing more can be said to them
    except UsageError as error:
        status = _fail(sentence_of(error), WRONG_USAGE)
    except MemoryError:
        status = _fail("There is not enough memory for this; try fewer units, or a smaller batch size.")
    except (OSError, ValueError) as error:
        status = _fail(sentence_of(error))
    _give_up_output()
    return status


def sentence_of(error: OSError | ValueError) -> str:
    """What went wrong, for a person, on one line."""
    if isinstance(error, FileNotFoundError):
        text = f"{error.filename}: there is no such file." if error.filename else str(error)
    elif isinstance(error, IsADirectoryError):
        best = Path(str(error.filename)) / "checkpoints" / "best.npz"
        hint = f" The network of the run in it is {best}." if best.is_file() else ""
        text = f"{error.filename}: expected a file; this is a folder.{hint}"
    elif isinstance(error, FileExistsError) and error.filename:
        text = f"{error.filename}: expected a folder, or a name that is free; this is a file."
    elif isinstance(error, PermissionError) and error.filename:
        text = _without_right(Path(os.fsdecode(error.filename)))
    elif isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        text = f"{where}{error.strerror or error}."
    else:
        text = str(error)
    return " ".join(text.split())


def _without_right(path: Path) -> str:
    # What is not there was to be made; its name may be one that no person gave, such as that of a lock.
    if os.path.lexists(path):
        return f"{path}: you have no right to open it. Whoever it belongs to can give it, such as by chmod."
    where, mend = path.parent, "Take another one, or see to the right, as by chmod."
    return f"{where}: you have no right to write in this folder. {mend}"


def _run(arguments: argparse.Namespace) -> int:
    # Only now: the command's module imports the engine, and with it NumPy.
    command = importlib.import_module(f"app.cli.{arguments.command.replace('-', '_')}")
    import numpy as np

    with np.errstate(all="ignore"):  # numbers out of range are recognised by the loss, and told in a sentence
        status = int(command.run(arguments))
    if sys.stdout is not None:
        sys.stdout.flush()  # here, where it can still be said that there was no room for it
    return status


def _fail(sentence: str, status: int = FAILED) -> int:
    note(sentence)
    return status


def _give_up_output() -> None:
    """Spare the end of the process a second failure, where standard output cannot take what is left for it."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
