"""An answer in words: "7  98.9 % sure", "next: 3, 1.1 %", and a note. Painted, because labels are slow to change."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import font, theme
from app.widgets.paragraph import broken

_HEIGHT = 86
_NOTE_LINE = 16
_TEXT_LINE = 20
_SIDE = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class AnswerView(QWidget):
    """The answer, how sure it is, the runner-up and a note; or, without an answer, a sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._answer = self._sure = self._next = self._note = ""
        self._sentence, self._sentence_color = "", "text_secondary"
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(178, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, _HEIGHT)

    def text(self) -> str:
        """All that is shown, as one line."""
        if self._sentence:
            return self._sentence
        return " ".join(part for part in (self._answer, self._sure, self._next, self._note) if part)

    def set_answer(self, answer: str, sure: str, runner_up: str, note: str) -> None:
        """Show an answer."""
        new = (answer, sure, runner_up, note)
        if self._sentence or new != (self._answer, self._sure, self._next, self._note):
            only_words = not self._sentence and note == self._note
            self._answer, self._sure, self._next, self._note = new
            self._sentence = ""
            self.setAccessibleName(self.text())
            self.update(QRect(0, 0, self.width(), 54) if only_words else self.rect())

    def set_sentence(self, sentence: str, color: str = "text_secondary") -> None:
        """Show a sentence in its place."""
        if (sentence, color) != (self._sentence, self._sentence_color):
            self._sentence, self._sentence_color = sentence, color
            self.setAccessibleName(sentence)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("panel"))
        if self._sentence:
            self._paint_sentence(painter)
        else:
            self._paint_answer(painter, event.rect().bottom() >= 54)
        painter.end()

    def _paint_sentence(self, painter: QPainter) -> None:
        painter.setFont(font())
        painter.setPen(theme().color(self._sentence_color))
        lines = broken(_bound(self._sentence), QFontMetrics(font()), self.width())
        height = min(_TEXT_LINE, self.height() // max(1, len(lines)))
        top = (self.height() - len(lines) * height) // 2
        for number, line in enumerate(lines):
            painter.drawText(QRect(0, top + number * height, self.width(), height), _SIDE, line)

    def _paint_answer(self, painter: QPainter, with_note: bool) -> None:
        big, color = font("number", "number"), theme().color
        name = QFontMetrics(big).elidedText(self._answer, Qt.TextElideMode.ElideRight, self.width() - 90)
        painter.setFont(big)
        painter.setPen(color("text"))
        painter.drawText(QPointF(0, 19), name)
        painter.setFont(font())
        painter.setPen(color("text_secondary"))
        painter.drawText(QPointF(QFontMetrics(big).horizontalAdvance(name) + 7, 19), self._sure)
        painter.drawText(QRect(0, 32, self.width(), _TEXT_LINE), _SIDE, self._next)
        if with_note:
            small = font("caption")
            painter.setFont(small)
            for number, line in enumerate(broken(_bound(self._note), QFontMetrics(small), self.width())[:2]):
                words = QFontMetrics(small).elidedText(line, Qt.TextElideMode.ElideRight, self.width())
                painter.drawText(QRect(0, 56 + number * _NOTE_LINE, self.width(), _NOTE_LINE), _SIDE, words)


def _bound(text: str) -> str:
    """The text with sizes such as 28 × 28 kept on one line."""
    return text.replace(" × ", "\u00a0×\u00a0")
