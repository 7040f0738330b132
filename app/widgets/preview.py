"""Show one panel alone: ``python -m app.panels.NAME [--theme dark] [--save FILE]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from PySide6.QtWidgets import QApplication, QWidget

from app.theme import apply_theme


def preview(make: Callable[[], QWidget], size: tuple[int, int] = (420, 340)) -> int:
    """Make the widget in an application of its own and show it, or save a picture of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--save", metavar="FILE", help="save a picture instead of staying open")
    arguments = parser.parse_args()
    application = QApplication(sys.argv[:1])
    apply_theme(application, arguments.theme)
    widget = make()
    widget.resize(*size)
    widget.show()
    if not arguments.save:
        return application.exec()
    application.processEvents()
    return 0 if widget.grab().save(arguments.save) else 1
