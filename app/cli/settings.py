"""Settings as they are typed: by ``--set PATH=VALUE``, or by an option of their own."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from app.cli.commands import UsageError

OPTIONS = {
    "epochs": "epochs",
    "batch_size": "batch_size",
    "optimizer.learning_rate": "learning_rate",
    "seed": "seed",
}
"""Settings with an option of their own, by their path."""


def typed_settings(arguments: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Path and text of every setting among the arguments, in order. Raises UsageError where one has no form."""
    for setting in arguments.settings:
        path, equals, text = setting.partition("=")
        if not equals or not path:
            raise UsageError(f"--set {setting}: expected PATH=VALUE, such as optimizer.momentum=0.9.")
        yield path.strip(), text
    for path, option in OPTIONS.items():
        if (text := getattr(arguments, option, None)) is not None:
            yield path, text
