"""Runs main.py as it is and answers questions about its window: ``python -m tests.e2e.watched SOCKET [FILE]``.

It only reads, from a timer in the application's own thread. Whoever asks acts through the display, as a person does.
"""

from __future__ import annotations

import contextlib
import json
import runpy
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, QPoint, QRect, QTimer, Signal
from PySide6.QtWidgets import QApplication, QMenu, QWidget

POLL_MS = 4
MAIN = Path(__file__).parents[2] / "main.py"


class Watch(QObject):
    """Looks for questions between the application's own events; one JSON line each way."""

    ready = Signal()

    def __init__(self, path: str) -> None:
        super().__init__()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(1)
        self._listener.setblocking(False)
        self._asker: socket.socket | None = None
        self._timer: QTimer | None = None
        self._heard = b""
        self.ready.connect(self.begin)

    def begin(self) -> None:
        """Begin to listen; called in the application's own thread."""
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._asker, _ = self._listener.accept()
            self._asker.setblocking(False)
        if self._asker is None:
            return
        with contextlib.suppress(BlockingIOError):
            self._heard += self._asker.recv(65536)
        while b"\n" in self._heard:
            line, self._heard = self._heard.split(b"\n", 1)
            self._asker.sendall(json.dumps(answer(json.loads(line))).encode() + b"\n")


def answer(question: dict[str, str]) -> Any:
    """What is asked: ``widgets`` of a class and a name, the open ``menu``, the front ``dialog``, or the ``state``."""
    match question["about"]:
        case "widgets":
            return [_described(widget) for widget in _shown() if _is(widget, question["cls"], question["name"])]
        case "menu":
            return _menu()
        case "dialog":
            dialog = QApplication.activeModalWidget()
            return "" if dialog is None else dialog.windowTitle()
        case _:
            return _state()


def _shown() -> list[QWidget]:
    return [widget for widget in QApplication.allWidgets() if widget.isVisible()]


def _is(widget: QWidget, cls: str, name: str) -> bool:
    names = (widget.accessibleName(), widget.objectName(), _text(widget), widget.windowTitle())
    return cls in {each.__name__ for each in type(widget).__mro__} and (not name or name in names)


def _text(widget: QWidget) -> str:
    text = getattr(widget, "text", "")  # a method of Qt's own widgets; some of ours call a part of theirs so
    return str(text()) if callable(text) else ""


def _described(widget: QWidget) -> dict[str, Any]:
    part = widget.visibleRegion().boundingRect()
    return {
        "place": _place(widget, part),
        "whole": part.size() == widget.size(),
        "enabled": widget.isEnabled(),
        "focused": widget.hasFocus(),
        "text": _text(widget),
    }


def _menu() -> dict[str, list[int]]:
    menu = QApplication.activePopupWidget()
    if not isinstance(menu, QMenu):
        return {}
    return {action.text(): _place(menu, menu.actionGeometry(action)) for action in menu.actions()}


def _place(widget: QWidget, part: QRect) -> list[int]:
    corner = widget.mapToGlobal(QPoint(part.left(), part.top()))
    return [corner.x(), corner.y(), part.width(), part.height()]


def _state() -> dict[str, Any] | None:
    from app.window.main_window import MainWindow

    found = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow)]
    if not found or not found[0].isVisible():
        return None
    studio = found[0].studio
    transport, pad, session = studio.transport, studio.pad, studio.session
    values, best = pad.probabilities, pad.answer
    strokes, same = pad.strokes, False
    if session is not None and pad._network is not None and transport.worker_state == "paused":
        weights = session.trainer.snapshot().weights
        same = weights.shape == pad._network.state.shape and bool((weights == pad._network.state).all())
    return {
        "title": found[0].windowTitle(),
        "worker": transport.worker_state,
        "prepared": session is not None,
        "step": transport.step,
        "epochs_done": transport.epochs_done,
        "learning_rate": transport.learning_rate,
        "end_reason": transport.end_reason,
        "curve_epochs": len(studio.curves.points),
        "flags": [flag.text for flag in studio.curves.flags],
        "layers": [row.title for row in studio.document.layer_rows()],
        "trained_layers": 0 if session is None else len(session.network.layers),
        "rate": studio.document.experiment.to_config()["optimizer"]["learning_rate"],
        "pad_label": pad.label,
        "pad_shows_training": same,
        "strokes": len(strokes),
        "pen": [strokes[-1].points[-1].x, strokes[-1].points[-1].y] if strokes else [],
        "ink": "" if pad.sample is None else pad.sample.tobytes().hex(),
        "answer": "" if best is None else best.name,
        "probabilities": "" if values is None else values.tobytes().hex(),
    }


def _attach(path: str) -> None:
    while QCoreApplication.instance() is None or QCoreApplication.startingUp():
        time.sleep(0.01)
    application = QCoreApplication.instance()
    assert application is not None
    watch = Watch(path)
    watch.moveToThread(application.thread())
    _kept.append(watch)
    watch.ready.emit()


_kept: list[Watch] = []

if __name__ == "__main__":
    threading.Thread(target=_attach, args=(sys.argv[1],), daemon=True).start()
    sys.argv = [str(MAIN), *sys.argv[2:]]
    runpy.run_path(str(MAIN), run_name="__main__")
