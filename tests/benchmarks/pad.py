"""How long the pad takes: ``python3 -m tests.benchmarks.pad``, from a pointer event to painted bars, in milliseconds.

The pretrained network and the real panel; a new digit of 120 events, drawn thirty times.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.panels.pad import PadPanel
from app.theme import apply_theme
from app.view_models.pad import PadModel
from app.view_models.pretrained import load_pretrained

EVENTS, DIGITS = 120, 30


def main() -> int:
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    apply_theme(application, "dark")
    pad, loaded = PadModel(Path(tempfile.gettempdir()) / "unused"), load_pretrained()
    assert loaded is not None, "The pretrained network is not there."
    pad.use_network(loaded.network, loaded.preprocessing, loaded.task, loaded.label)
    panel = PadPanel(pad)
    panel.resize(312, 724)
    panel.show()
    application.processEvents()
    times = {"press": list[float](), "move": list[float]()}
    for number in range(DIGITS):
        angles = np.linspace(0, 2 * np.pi, EVENTS) + number
        places = np.stack([142 + 80 * np.cos(angles), 142 + 100 * np.sin(2 * angles)], axis=1)
        for index, (x, y) in enumerate(places):
            kind = QEvent.Type.MouseMove if index else QEvent.Type.MouseButtonPress
            place, left = QPointF(x, y), Qt.MouseButton.LeftButton
            button = Qt.MouseButton.NoButton if index else left
            event = QMouseEvent(kind, place, place, button, left, Qt.KeyboardModifier.NoModifier)
            started = time.perf_counter()
            QApplication.sendEvent(panel.canvas, event)
            application.processEvents()
            times["move" if index else "press"].append((time.perf_counter() - started) * 1000)
        pad.clear()
        application.processEvents()
    for name, taken in times.items():
        p50, p99 = np.percentile(taken, (50, 99))
        print(f"{name}: median {p50:.2f} ms, p99 {p99:.2f} ms, worst {max(taken):.2f} ms")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
