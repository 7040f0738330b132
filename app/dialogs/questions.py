"""The few questions that need an answer before anything goes on."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget


def ask_to_save(parent: QWidget, name: str) -> str:
    """Edits would be lost: returns ``save``, ``discard`` or ``cancel``."""
    box = QMessageBox(parent)
    box.setWindowTitle("Unsaved changes")
    box.setText(f"Save the changes to {name}?")
    box.setInformativeText("Without saving, the edits since the last save are lost. Runs are kept in any case.")
    buttons = QMessageBox.StandardButton
    box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
    box.setDefaultButton(buttons.Save)
    answer = box.exec()
    return {int(buttons.Save): "save", int(buttons.Discard): "discard"}.get(answer, "cancel")


def ask_to_close(parent: QWidget) -> bool:
    """Training runs: whether to end it (saved, to go on later) and close."""
    box = QMessageBox(parent)
    box.setWindowTitle("Training runs")
    box.setText("Stop the training and close?")
    box.setInformativeText("What was learned is saved, and the training can go on from there: File, Open.")
    close = box.addButton("Stop and close", QMessageBox.ButtonRole.AcceptRole)
    box.addButton("Keep training", QMessageBox.ButtonRole.RejectRole)
    for button in box.buttons():
        # The box lays its buttons out by the style sheet's least width, which is too little for two words.
        button.ensurePolished()
        button.setMinimumWidth(button.fontMetrics().horizontalAdvance(button.text()) + 32)
    box.exec()
    return box.clickedButton() is close
