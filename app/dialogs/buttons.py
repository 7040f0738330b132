"""The last row of a dialog in which there is nothing to confirm."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QHBoxLayout, QWidget

from app.widgets.buttons import PlainButton


def buttons_of(dialog: QDialog, *before: QWidget) -> QHBoxLayout:
    """What the dialog offers, at the left, and Close at the right.

    Close is no default button: Enter in a field is for the field.
    """
    close = PlainButton("Close", parent=dialog)
    close.clicked.connect(dialog.reject)
    row = QHBoxLayout()
    for widget in before:
        row.addWidget(widget)
    row.addStretch(1)
    row.addWidget(close)
    return row
