"""The Try column: draw a digit and see, while the pen still moves, what the network makes of it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import cast

import numpy as np
from PySide6.QtCore import QMimeData, QRect, QTimer
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from app.panels.panel import Panel
from app.panels.parts.judgement import JudgementRow
from app.theme import theme
from app.theme.tokens import measure
from app.view_models.ink import Tool
from app.view_models.pad import NARROWEST, WIDEST, Guess, PadModel
from app.widgets.answer_view import AnswerView
from app.widgets.buttons import IconButton, PlainButton
from app.widgets.canvas import FRAME, Canvas
from app.widgets.digit_view import DigitView
from app.widgets.file_choice import ask_what_to_open
from app.widgets.labels import ElidedLabel, SecondaryLabel, TitleLabel
from app.widgets.pad_column import PadColumn
from app.widgets.probability_bars import ProbabilityBars, percent_in_words
from app.widgets.segmented import Segmented
from app.widgets.slider import Slider

_TOOLS: tuple[Tool, ...] = ("pen", "eraser")
_FILES = "Images (*.png *.jpg *.jpeg *.npy)"
_NOTHING_DRAWN = "Your digit as the net will see it: 28 × 28, centred by mass."

REST_MS = 33
"""How often words, the digit and the buttons follow a pen that moves; ink and bars follow each of its events."""

_ANSWER_TIP = "The likeliest class and the next, of what the network sees at the left."


class PadPanel(Panel):
    """The pad and what the network answers. It brings its own header; give it a column of 312 pixels."""

    title = "Try"

    def __init__(self, pad: PadModel) -> None:
        super().__init__()
        self._pad = pad
        self._shown_version = -1
        self._rest_is_old = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._show_what_waited)
        self._make_header()
        self._make_drawing()
        self._make_answer()
        self._column = PadColumn(
            self.canvas, self._tool_row(), self.digit, self.answer, self.bars, (self.suggestion, self.judgement)
        )
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setWidget(self._column)
        self._scroll.setFocusPolicy(self.focusPolicy())
        self.setFocusProxy(self.canvas)
        self.setMinimumWidth(measure("width", "try_column") - 1)
        pad.inked.connect(self._inked)
        pad.network_changed.connect(self._network_changed)
        pad.judged.connect(self._show_all)
        theme().changed.connect(self.update)
        self._network_changed()
        self._show_all()

    def wants(self) -> frozenset[str]:
        return frozenset({"snapshot"})

    # -- its parts ----------------------------------------------------------------------------------------------------

    def _make_header(self) -> None:
        pad = self._pad
        self._title = TitleLabel(self.title, self)
        self.network_label = ElidedLabel("", self, color="text_secondary", size="caption")
        self.test_button = IconButton("shuffle", "Put a random test image on the pad.", self, icon_size=18)
        self.open_button = IconButton("image", "Put an image from a file on the pad.", self, icon_size=18)
        self.clear_button = IconButton("trash", "Take everything off the pad (Escape).", self, icon_size=18)
        self.test_button.clicked.connect(self.use_test_image)
        self.open_button.clicked.connect(self.choose_image)
        self.clear_button.clicked.connect(pad.clear)

    def _make_drawing(self) -> None:
        pad = self._pad
        self.canvas = canvas = Canvas(pad.ink)
        canvas.setAccessibleName("Drawing pad")
        canvas.setToolTip(
            "Draw here. Escape clears the pad, Ctrl+Z takes back a stroke; an image may be dropped on it."
        )
        canvas.began.connect(pad.begin_stroke)
        canvas.moved.connect(pad.extend_stroke)
        canvas.ended.connect(pad.end_stroke)
        canvas.clear_asked.connect(pad.clear)
        canvas.undo_asked.connect(pad.undo)
        canvas.paste_asked.connect(self.paste)
        canvas.dropped.connect(self.open_image)
        canvas.set_brush(pad.width)
        self.tools = Segmented(
            ("Pen", "Eraser"), icons=("pen", "eraser"), tips=("Draw with the pen.", "Take ink away with the eraser.")
        )
        self.tools.setAccessibleName("Pen or eraser")
        self.tools.chosen.connect(self._choose_tool)
        self.width_slider = Slider(NARROWEST, WIDEST)
        self.width_slider.setValue(round(pad.width))
        self.width_slider.setPageStep(4)
        self.width_slider.setAccessibleName("Brush width in pixels")
        self.width_slider.setToolTip("How wide pen and eraser are. MNIST's digits look as if drawn with 24 pixels.")
        self.width_slider.valueChanged.connect(self._choose_width)
        self.undo_button = IconButton("undo", "Take back the last stroke (Ctrl+Z on the pad).")
        self.undo_button.clicked.connect(pad.undo)

    def _tool_row(self) -> QWidget:
        row, height = QWidget(), measure("height", "control")
        self._width_figure = ElidedLabel()
        self._show_width()
        name = SecondaryLabel("Width")
        places: tuple[tuple[QWidget, int, int], ...] = (
            (self.tools, 0, self.tools.sizeHint().width()),
            (name, 80, 40),
            (self.width_slider, 124, 68),
            (self._width_figure, 206, 40),
            (self.undo_button, 252, 28),
        )
        for widget, left, width in places:
            widget.setParent(row)
            widget.setGeometry(left, 0, width, height)
        return row

    def _make_answer(self) -> None:
        self.digit = DigitView()
        self.digit.setToolTip("What the network is given: 28 × 28 pixels, the digit 20 high or wide, in the middle.")
        self.digit.setAccessibleName("What the net sees")
        self.answer = AnswerView()
        self.answer.setToolTip(_ANSWER_TIP)
        self._failed = False  # whether the answer's place says what went wrong
        self.bars = ProbabilityBars(self._pad.names)
        self.bars.setToolTip("How sure the network is of each class; together they make 100 %.")
        self.bars.setAccessibleName("Probabilities")
        self.suggestion = PlainButton(
            "Use a test image instead", "shuffle", tip="Put a random image of the test set on the pad."
        )
        self.suggestion.clicked.connect(self.use_test_image)
        self.judgement = JudgementRow(self._pad)
        self.judgement.failed.connect(self._say_error)

    # -- geometry -----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        header, padding = measure("height", "panel_header"), measure("spacing", "panel_padding")
        middle = header // 2
        size = self._title.sizeHint()
        self._title.setGeometry(padding, middle - 12, size.width() + 2, 24)
        right = self.width() - 6
        for button in (self.clear_button, self.open_button, self.test_button):
            button.move(right - 28, middle - 14)
            right -= 32
        left = padding + size.width() + 12
        self.network_label.setGeometry(left, middle - 7, max(0, right - left), 16)
        top = header - FRAME  # the frame of the pad lies above its ink
        self._scroll.setGeometry(QRect(0, top, self.width(), max(0, self.height() - top)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("panel"))
        painter.end()

    # -- showing ------------------------------------------------------------------------------------------------------

    def refresh(self) -> bool:
        """Renew the answer, if weights or network are others than those that were shown."""
        if self._pad.version == self._shown_version:
            return False
        self._show_all()
        return not self._pad.empty

    def _inked(self, part: QRect) -> None:
        """Show the ink and the bars at once; while the pen moves, what is read rather than seen comes less often."""
        self.canvas.show_ink(part)
        if not self._pad.drawing:
            self._show_all()
        else:
            self._show_bars()
            if not self._rest.isActive():
                self._show_rest()
                self._rest.start()
            else:
                self._rest_is_old = True

    def _show_what_waited(self) -> None:
        if self._rest_is_old:
            self._show_rest()
            self._rest.start()

    def _network_changed(self) -> None:
        pad = self._pad
        self.network_label.setText(pad.label)
        self.network_label.setToolTip("Which network answers." if pad.label else "")
        self.bars.set_names(pad.names)

    def _show_all(self) -> None:
        self._show_bars()
        self._show_rest()

    def _show_bars(self) -> None:
        pad = self._pad
        self._shown_version = pad.version
        values = pad.probabilities
        self.canvas.set_inviting(pad.empty)
        self.bars.set_values(None if values is None else values.tolist())

    def _show_rest(self) -> None:
        pad = self._pad
        self._rest_is_old = False
        sample, values = pad.sample, pad.probabilities
        self.clear_button.setEnabled(not pad.empty)
        self.undo_button.setEnabled(pad.can_undo)
        self.canvas.set_undoable(pad.can_undo)
        self.digit.set_pixels(None if sample is None else np.clip(np.rint(sample), 0, 255).astype(np.uint8))
        self.bars.describe()
        self._show_words()
        self.judgement.show_state()
        self.suggestion.setText("Use a test image instead" if pad.picture is None else "Use another test image")
        judging = values is not None and pad.picture is None
        self.judgement.setVisible(judging)
        self.suggestion.setVisible(not judging)

    def _show_words(self) -> None:
        pad = self._pad
        best, second = pad.answer, pad.runner_up
        if self._failed:
            self._failed = False
            self.answer.setToolTip(_ANSWER_TIP)
        if best is None:
            self.answer.set_sentence(pad.trouble or _NOTHING_DRAWN)
        else:
            next_best = "" if second is None else f"next: {_written(second)}"
            self.answer.set_answer(best.name, f"{percent_in_words(best.probability)} sure", next_best, pad.sample_note)

    def _say_error(self, sentence: str) -> None:
        """Say what went wrong where the answer stands, until there is something new to answer."""
        self.answer.set_sentence(sentence, "error")
        self.answer.setToolTip(sentence)
        self._failed = True
        self.told.emit(sentence, False)

    # -- acting -------------------------------------------------------------------------------------------------------

    def _choose_tool(self, index: int) -> None:
        self._pad.tool = _TOOLS[index]

    def _choose_width(self, width: int) -> None:
        self._pad.width = width
        self.canvas.set_brush(width)
        self._show_width()

    def _show_width(self) -> None:
        self._width_figure.setText(f"{self._pad.width:.0f} px")

    def use_test_image(self) -> None:
        """Put a random test image on the pad."""
        if error := self._pad.put_test_image():
            self._say_error(error)

    def choose_image(self) -> None:
        """Let a person choose a file for the pad."""
        path = ask_what_to_open(self, "Open an image", _FILES, "open_image")
        if path is not None:
            self.open_image(str(path))

    def open_image(self, path: str) -> None:
        """Put the image of a file on the pad, or say why it cannot be."""
        if error := self._pad.open_image(path):
            self._say_error(error)

    def paste(self) -> None:
        """Put the image or the image file of the clipboard on the pad."""
        clipboard = QGuiApplication.clipboard()
        mime = cast("QMimeData | None", clipboard.mimeData())
        urls = [] if mime is None else mime.urls()
        path = next((url.toLocalFile() for url in urls if url.isLocalFile()), "")
        if path:
            self.open_image(path)
        elif mime is not None and mime.hasImage():
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "pasted image.png"
                if clipboard.image().save(str(file)):
                    self.open_image(str(file))
        else:
            self._say_error("The clipboard holds no image: copy a picture or an image file first.")


def _written(guess: Guess) -> str:
    return f"{guess.name}, {percent_in_words(guess.probability)}"


def _made_up() -> PadPanel:
    """A panel with the pretrained network and a seven."""
    from app.view_models.pretrained import load_pretrained

    pad = PadModel(Path(tempfile.gettempdir()) / "backprop-studio-preview")
    loaded = load_pretrained()
    if loaded is not None:
        pad.use_network(loaded.network, loaded.preprocessing, loaded.task, loaded.label)
    pad.begin_stroke(88, 82)
    pad.extend_stroke([(130, 72, 1.0), (200, 74, 1.0), (160, 140, 1.0), (140, 230, 1.0)])
    pad.end_stroke()
    return PadPanel(pad)


if __name__ == "__main__":
    from app.widgets.preview import preview

    raise SystemExit(preview(_made_up, (measure("width", "try_column"), 724)))
