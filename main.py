"""Backprop Studio: ``python3 main.py`` opens the window, ``--help`` says what else it can do.

Standard library only up to the point where the environment is ready, so that this starts on a bare machine; it must
parse on Python 3.8, so that an old Python gets a sentence and not a SyntaxError.
"""

from __future__ import annotations

import sys

from app.bootstrap import ensure_environment, take_flag
from app.cli.parser import parse, wants_window


def main(words: list[str] | None = None) -> int:
    """Open the window, or run one command; returns the exit status. ``words`` are those of the process if not given."""
    ours = words is None
    words = sys.argv[1:] if words is None else list(words)
    take_flag(words)
    # A mistyped command is refused before anything is installed.
    arguments = None if wants_window(words) else parse(words)
    if ours:
        ensure_environment()
    if arguments is None:
        from app.window.launch import launch

        return launch(words[0] if words else None)
    from app.cli import run_command

    return run_command(arguments)


if __name__ == "__main__":
    sys.exit(main())
