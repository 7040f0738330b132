"""Starting commands, in this process or in one of their own, and reading what they print."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Finished:
    """What became of a command."""

    status: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """Standard output, all of which must be JSON objects, one a line."""
        return strict_lines(self.out)

    def refused(self, *words: object, status: int = 1) -> str:
        """The sentence with which it failed, in which each of ``words`` must occur."""
        assert self.status == status, self
        assert "Traceback" not in self.err
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert len(lines[0]) < 1000
        assert lines[0].endswith((".", "?")), lines[0]
        for word in words:
            assert str(word) in lines[0], lines[0]
        return lines[0]


Start = Callable[..., Finished]


def strict_lines(text: str) -> list[dict[str, Any]]:
    """The objects in lines of JSON, as a strict reader takes them."""
    assert text == "" or text.endswith("\n")
    found = [json.loads(line, parse_constant=refuse) for line in text.splitlines()]
    assert all(isinstance(event, dict) and isinstance(event["event"], str) for event in found)
    return found


def refuse(constant: str) -> None:
    """For numbers that are none in JSON."""
    raise AssertionError(f"{constant} is not JSON")


def environment(**changes: str) -> dict[str, str]:
    """This process's environment for another one, in which nothing is installed and output is buffered as usual."""
    return {**os.environ, "BACKPROP_STUDIO_NO_BOOTSTRAP": "1", "PYTHONUNBUFFERED": "", **changes}


def command(*words: object) -> list[str]:
    """A command line that starts ``main.py``."""
    return [sys.executable, str(ROOT / "main.py"), *(str(word) for word in words)]


def start_process(*words: object, **changes: str) -> Finished:
    """Start a command as a process of its own, and wait for it."""
    done = subprocess.run(command(*words), capture_output=True, text=True, env=environment(**changes), check=False)
    return Finished(done.returncode, done.stdout, done.stderr)
