"""What this is, in which versions, and under which licences."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import PIL
import PySide6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget

from app.dialogs.buttons import buttons_of
from nn_engine.environment import kernels
from nn_engine.version import VERSION

LICENCES = (
    ("Backprop Studio", VERSION, "MIT"),
    ("Python", platform.python_version(), "PSF"),
    ("NumPy", np.__version__, "BSD"),
    ("Qt for Python", PySide6.__version__, "LGPL 3"),
    ("Pillow", PIL.__version__, "MIT-CMU"),
    ("Inter", "", "SIL OFL 1.1"),
    ("MNIST, by LeCun, Cortes and Burges", "", "CC BY-SA 3.0"),
)


class AboutDialog(QDialog):
    """Versions and licences, and where the log is."""

    def __init__(self, log_file: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Backprop Studio")
        title = QLabel("Backprop Studio")
        title.setProperty("role", "title")
        rows = "".join(
            f"<tr><td style='padding:3px 24px 3px 0'>{name}</td><td style='padding:3px 24px 3px 0'>{version}</td>"
            f"<td style='padding:3px 0'>{licence}</td></tr>"
            for name, version, licence in LICENCES
        )
        table = QLabel(f"<table cellspacing='0'>{rows}</table>")
        facts = QLabel(f"Matrix products: OpenBLAS kernels {kernels() or 'unknown'}\nLog: {log_file}")
        facts.setProperty("role", "secondary")
        for label in (table, facts):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(16)
        for widget in (title, table, facts):
            layout.addWidget(widget)
        layout.addLayout(buttons_of(self))
