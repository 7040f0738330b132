"""What this is, in which versions, and under which licences."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import PIL
import PySide6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

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
        title.setProperty("role", "heading")
        rows = "".join(
            f"<tr><td style='padding-right:24px'>{name}</td><td style='padding-right:24px'>{version}</td>"
            f"<td>{licence}</td></tr>"
            for name, version, licence in LICENCES
        )
        table = QLabel(f"<table cellpadding='3'>{rows}</table>")
        facts = QLabel(f"Matrix products: OpenBLAS kernels {kernels() or 'unknown'}\nLog: {log_file}")
        facts.setProperty("role", "secondary")
        for label in (table, facts):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(16)
        for widget in (title, table, facts, buttons):
            layout.addWidget(widget)
