"""From parsed arguments to a command, and from whatever goes wrong to one sentence and an exit status."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path

from app import blas

FAILED, INTERRUPTED = 1, 130


def run_command(arguments: argparse.Namespace) -> int:
    """Run the command; returns 0 (done), 1 (failed, said in a sentence on standard error) or 130 (interrupted)."""
    if arguments.command == "resume":
        blas.configure(*blas.recorded_choice(Path(arguments.folder)))
    else:
        blas.configure(getattr(arguments, "threads", None))
    try:
        # Only now: the command's module imports the engine, and with it NumPy.
        return int(importlib.import_module(f"app.cli.{arguments.command}").run(arguments))
    except KeyboardInterrupt:
        return _fail("Interrupted.", INTERRUPTED)
    except BrokenPipeError:
        # Whoever read the output has left; nothing more can be said to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except FileNotFoundError as error:
        missing = f"{error.filename}: there is no such file." if error.filename else str(error)
        return _fail(missing)
    except IsADirectoryError as error:
        return _fail(f"{error.filename}: expected a file; this is a folder.")
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}.")
    except MemoryError:
        return _fail("There is not enough memory for this; try fewer units, or a smaller batch size.")
    except ValueError as error:
        return _fail(str(error))


def _fail(sentence: str, status: int = FAILED) -> int:
    print(sentence, file=sys.stderr)
    return status
