"""After a crash: the training that was interrupted is offered, once, to go on with."""

from __future__ import annotations

import logging
from functools import partial

from PySide6.QtCore import Qt

from app.window.main_window import MainWindow
from app.window.recent_menu import when
from nn_engine.io.run_summary import RunSummary, find_interrupted

log = logging.getLogger(__name__)

OFFERED = "runs_offered"
MOST_REMEMBERED = 50


def offer_to_go_on(window: MainWindow) -> None:
    """Look for an interrupted run, away from the GUI thread, and offer it if it has not been offered before."""
    studio = window.studio
    studio.tasks.submit(
        "interrupted run",
        partial(find_interrupted, studio.preferences.runs_folder),
        partial(_offer, window),
        lambda error: log.error("interrupted runs could not be looked for: %s", error),
    )


def _offer(window: MainWindow, run: RunSummary | None) -> None:
    preferences = window.studio.preferences
    recalled = preferences.recall(OFFERED, [])
    offered = [recalled] if isinstance(recalled, str) else list(recalled or [])  # a list of one comes back as a text
    if run is None or run.run_id in offered or window.studio.transport.begun:
        return
    preferences.remember(OFFERED, [run.run_id, *offered][:MOST_REMEMBERED])
    toast = window.toasts.show(in_words(run), "info", "Go on", partial(_go_on, window, run), dismiss="Dismiss")
    transport = window.studio.transport

    def leave_for_a_training() -> None:
        """What is trained now is more to a person than what was; the run stays among the recent ones."""
        if transport.will_run or transport.begun:
            toast.leave()

    transport.changed.connect(leave_for_a_training)
    toast.gone.connect(lambda: transport.changed.disconnect(leave_for_a_training))


def in_words(run: RunSummary) -> str:
    """What happened to it."""
    epoch = min(run.epochs_done + 1, run.epochs_planned)
    return f"The training of {when(run.began)} was interrupted at epoch {epoch} of {run.epochs_planned}."


def _go_on(window: MainWindow, run: RunSummary) -> None:
    if window.open_file(run.path):
        window.studio.train()
        window.try_panel.setFocus(Qt.FocusReason.OtherFocusReason)  # the button that was pressed is going
