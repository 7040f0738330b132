"""From the command line to the open window."""

from __future__ import annotations

import gc
import signal
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.studio import Studio
from app.theme import apply_theme
from app.view_models.preferences import Preferences
from app.window.interrupted import offer_to_go_on
from app.window.logs import start_logging
from app.window.main_window import MainWindow

IDLE_COLLECT_MS = 20_000


def run(file: str | None = None) -> int:
    """Open the window, with a file if one is given; returns the exit status when it is closed."""
    application = make_application()
    window = open_window(application, file)
    # Asked to end from outside, it saves and ends, without a question that nobody may be there to answer.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: window.close_at_once())
    return application.exec()


def make_application() -> QApplication:
    """The application, which has to be kept as long as there are windows."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("Backprop Studio")
    return application


def open_window(application: QApplication, file: str | None = None) -> MainWindow:
    """The window as it is when it has just been opened; no event has been handled yet."""
    preferences = Preferences()
    start_logging(preferences.data_folder)
    apply_theme(application, preferences.values.theme)
    studio = Studio(preferences)
    studio.restore_last()  # also before a file: what cannot be opened leaves the last session as it was
    window = MainWindow(studio)
    sys.excepthook = window.incidents.unforeseen
    studio.start()
    window.show()
    if studio.edits_are_back:
        window.toasts.show("The edits that were not saved when the studio was last ended are back.", "info", seconds=15)
    if file is not None:
        # Once events are handled, so that whatever goes wrong in it is reported in the window.
        QTimer.singleShot(0, window, lambda: window.open_file(Path(file)))
    else:
        offer_to_go_on(window)
    window.pump.start()
    window.closed.connect(application.quit)  # whatever else may still be open, such as a card or a report
    _spare_the_display(window)
    return window


def _spare_the_display(window: MainWindow) -> None:
    """Keep the garbage collector's pauses, of up to 40 ms, out of the moments in which something moves."""
    gc.collect()
    gc.freeze()
    gc.disable()
    timer = QTimer(window)
    timer.setInterval(IDLE_COLLECT_MS)
    timer.timeout.connect(lambda: None if window.studio.transport.running else gc.collect())
    timer.start()
