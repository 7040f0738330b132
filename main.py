"""Backprop Studio: ``python3 main.py --help`` says what it can do.

Standard library only up to the point where the environment is ready, so that this starts on a bare machine; it must
parse on Python 3.8, so that an old Python gets a sentence and not a SyntaxError.
"""

from __future__ import annotations

import sys

from app.bootstrap import ensure_environment, take_flag
from app.cli.parser import parse


def main(words: list[str] | None = None) -> int:
    """Run one command; returns the exit status. ``words`` are the arguments, those of the process if not given."""
    if words is None:
        words = sys.argv[1:]
        take_flag(words)
        arguments = parse(words)  # a mistyped command is refused before anything is installed
        ensure_environment()
    else:
        arguments = parse(words)
    from app.cli import run_command

    return run_command(arguments)


if __name__ == "__main__":
    sys.exit(main())
