"""The log file: what went wrong and when, kept small."""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path

MOST_BYTES = 1_000_000


def log_file(data_folder: Path) -> Path:
    """Where the log is."""
    return data_folder / "studio.log"


def start_logging(data_folder: Path) -> None:
    """Write the log there; without a place to write it goes nowhere, which is no reason not to start."""
    try:
        data_folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            log_file(data_folder), maxBytes=MOST_BYTES, backupCount=1, encoding="utf-8"
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
