"""The row below the answer: "Was it right?" Yes, or No and which class it is. What is judged is kept for later."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

from app.view_models.pad import PadModel
from app.widgets.buttons import PlainButton
from app.widgets.labels import ElidedLabel


class JudgementRow(QWidget):
    """Asks, and afterwards says what was kept."""

    failed = Signal(str)
    """The drawing could not be kept; a sentence."""

    def __init__(self, pad: PadModel) -> None:
        super().__init__()
        self._pad = pad
        self._words = ElidedLabel("Was it right?", self, color="text_secondary")
        self.yes = PlainButton(
            "Yes", "check", self, icon_color="success", tip="It was right: keep the drawing with this answer."
        )
        self.no = PlainButton(
            "No…", "cross", self, icon_color="error", tip="It was wrong: say what it is, and the drawing is kept."
        )
        self.back = PlainButton("Take back", parent=self, tip="Do not keep this drawing after all.")
        self.menu = QMenu(self)
        self.yes.clicked.connect(lambda: self._tell(pad.judge_right()))
        self.no.clicked.connect(self._ask_which)
        self.back.clicked.connect(lambda: self._tell(pad.withdraw()))
        self.show_state()

    def text(self) -> str:
        """What it says."""
        return self._words.text()

    def show_state(self) -> None:
        """Ask about the drawing on the pad, or say that it is kept."""
        kept = self._pad.is_kept
        self._words.setText(f"Kept, {len(self._pad.kept):,} in all" if kept else "Was it right?")
        self.yes.setVisible(not kept)
        self.no.setVisible(not kept)
        self.back.setVisible(kept)

    def resizeEvent(self, event: QResizeEvent) -> None:
        right = self.width()
        self.back.setGeometry(right - self.back.sizeHint().width(), 0, self.back.sizeHint().width(), self.height())
        for button in (self.no, self.yes):
            width = button.sizeHint().width()
            button.setGeometry(right - width, 0, width, self.height())
            right -= width + 8
        self._words.setGeometry(0, 0, right - 8, self.height())

    def _ask_which(self) -> None:
        """Open the list of classes at the button."""
        answer = self._pad.answer
        self.menu.clear()
        self.menu.addSection("It is a")
        for index, name in enumerate(self._pad.names):
            if answer is None or name != answer.name:
                action = self.menu.addAction(name)
                action.triggered.connect(lambda _=False, target=index: self._tell(self._pad.judge(target)))
        size = self.menu.sizeHint()
        corner = self.no.mapToGlobal(QPoint(self.no.width() - size.width(), -size.height() - 4))
        self.menu.popup(corner)

    def _tell(self, error: str) -> None:
        if error:
            self.failed.emit(error)
