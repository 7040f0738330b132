"""The record of a run, as long as there is a folder to write it in."""

from __future__ import annotations

import logging
from collections.abc import Callable

from app.workers.news import Failed
from nn_engine.io.run_folder import RunFolder
from nn_engine.training import Event, Trainer

log = logging.getLogger(__name__)

RECORDING = "recording"


class Recording:
    """Writes what happens into a run's folder; once that is gone it says so, and the training goes on without."""

    def __init__(self, folder: RunFolder, tell: Callable[[Failed], None]) -> None:
        self._folder, self._tell = folder, tell
        self._gone = False

    def record(self, event: Event, trainer: Trainer) -> None:
        """Observer of the trainer. Raises OSError where the folder is there and cannot be written."""
        if self._gone:
            return
        try:
            self._folder.record(event, trainer)
        except FileNotFoundError as error:
            self._gone = True
            log.exception("the run's folder is gone")
            sentence = (
                f"{self._folder.path}: the folder of this run, or a part of it, is gone. Training goes on and is not "
                "saved any more; save a checkpoint to keep it: File, Save checkpoint."
            )
            self._tell(Failed(sentence, error, RECORDING))
