"""The command line: one file a command, all of them driving the same engine as the window."""

from app.cli.commands import run_command

__all__ = ["run_command"]
