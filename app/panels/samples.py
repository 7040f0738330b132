"""Samples: one digit, and nine draws of it as augmentation makes them, changing while a range is dragged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QWidget

from app.panels.panel import Panel
from app.theme import font, theme
from app.view_models.samples import Drawn, SamplesModel
from app.widgets.buttons import IconButton
from app.widgets.mosaic import Mosaic
from app.widgets.paragraph import broken
from app.widgets.picture_saving import PictureSaving

_EDGE, _GAP, _ROW, _CAPTION = 16, 10, 20, 28
_ABOVE_THUMBNAILS, _BELOW = 6, 6
_NARROWEST, _STACKED = 112, 68
"""What the words need beside the nine: in one line each, or in two small ones."""
_STACKED_LINE, _STACKED_CAPTION = 13, 20
_MANY, _DENSE_ROW = 6, 14
"""More words than this are small and close, one a line."""
_OFF = "Augmentation is off: every epoch shows the samples as they are."
_MIDDLE = Qt.AlignmentFlag.AlignVCenter


class SamplesPanel(Panel):
    """The pictures of ``samples``."""

    title = "Samples"
    subtitle = "one digit, nine draws"

    def __init__(self, samples: SamplesModel) -> None:
        super().__init__()
        self._model = samples
        self._version = -1
        self._words: list[Drawn] = []
        self._column = _NARROWEST
        self._stacked = False
        self._shown: object = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(240, 160)
        self.original = Mosaic(1, self, choosable=False, name="The sample as it is")
        self.original.setToolTip("The sample as it is in the data.")
        self.nine = Mosaic(3, self, name="Nine draws")
        self.nine.setToolTip("Nine draws of augmentation; the network sees another one in every epoch.")
        self.nine.chosen.connect(samples.choose_draw)
        self.thumbnails = Mosaic(10, self, spread=True, name="Samples to choose from")
        self.thumbnails.chosen.connect(samples.choose)
        self.again = IconButton("refresh", "Another handful: other samples, drawn upon anew.")
        self.again.clicked.connect(samples.another_handful)
        self.saving = PictureSaving(self, self.title, self._paint, self._table, lambda: bool(samples.why_not))
        self.saving.told.connect(self.told)
        self.more = IconButton("more", "Ways to save or copy the samples.")
        menu = QMenu(self.more)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(lambda: self._fill(menu))
        self.more.setMenu(menu)
        # A choice is seen at once; what comes from the document waits for the panel's turn.
        for widget in (self.nine, self.thumbnails):
            widget.chosen.connect(self.refresh)
        self.again.clicked.connect(self.refresh)
        theme().changed.connect(self.update)

    def more_menu(self) -> QMenu | None:
        return self.more.menu()

    def header_widgets(self) -> list[QWidget]:
        return [self.again, self.more]

    def refresh(self) -> bool:
        """See Panel."""
        model = self._model
        model.update()
        if self._version == model.version:
            return False
        self._version = model.version
        shown = not model.why_not
        for mosaic in (self.original, self.nine, self.thumbnails):
            mosaic.setVisible(shown)
        self.again.setEnabled(shown)
        many = len(self._words)
        self._words = model.drawn()
        self.setToolTip("\n".join(f"{each.name} {each.text}" for each in self._words))
        if not shown:
            self.update()
            return True
        before = (self.original.sizeHint(), self.nine.sizeHint(), self.thumbnails.sizeHint())
        if self._shown is not model.original:
            self.original.set_images(model.original)
            self.thumbnails.set_images(model.thumbnails, self._tips())
            self._shown = model.original
        self.nine.set_images(model.draws, [model.told(index) for index in range(len(model.draws))])
        self.nine.set_index(model.chosen_draw)
        self.thumbnails.set_index(model.chosen)
        sizes = (self.original.sizeHint(), self.nine.sizeHint(), self.thumbnails.sizeHint())
        if before != sizes or many != len(self._words):
            self._lay_out()
        self.setAccessibleDescription(f"Original, no. {model.number}. {model.told(model.chosen_draw)}")
        self.update(self._words_rect())
        return True

    def _tips(self) -> list[str]:
        model = self._model
        return [f"{name}, no. {number}" for name, number in zip(model.names, model.numbers, strict=True)]

    # -- places ---------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        """The nine as large as they may be, the words and the original beside them, the choice below."""
        if not self.nine.count:
            return
        width, height = self.width() - 2 * _EDGE, self.height()
        small = self.thumbnails.size_for(self.thumbnails.scale_for(width, max(30, height * 0.12)))
        room = height - small.height() - _ABOVE_THUMBNAILS - _BELOW
        nine = self._nine_size(width, room)
        self._stacked = width - _GAP - nine.width() < _NARROWEST
        cell = self.nine.cell_size(self.nine.scale_for(nine.width(), nine.height()))
        words, beside = self._words_height(), width - _GAP - nine.width()
        most = min(beside, round(1.5 * cell.width())), min(max(room - words, 30), round(1.5 * cell.height()))
        one = self.original.size_for(self.original.scale_for(*most))
        self._column = max(one.width(), min(_STACKED if self._stacked else _NARROWEST, beside))
        # What is left over stays at the right; a little of it is put between.
        left = _EDGE + self._column + min(_GAP + beside - self._column, 2 * _GAP)
        below = max(nine.height(), min(one.height() + words, room)) + _ABOVE_THUMBNAILS
        self.original.setGeometry(QRect(QPoint(_EDGE, 0), one))
        self.nine.setGeometry(QRect(QPoint(left, 0), nine))
        self.thumbnails.setGeometry(_EDGE, below, max(left + nine.width() - _EDGE, small.width()), small.height())
        self.update()

    def _nine_size(self, width: int, room: int) -> QSize:
        """As large as there is room beside the words; if that is very small, the words make do with less."""
        scale, larger = (self.nine.scale_for(width - _GAP - words, room) for words in (_NARROWEST, _STACKED))
        return self.nine.size_for(larger if scale < 2 else scale)

    @property
    def _dense(self) -> bool:
        """Whether there are so many words that they have to be small."""
        return len(self._words) > _MANY and not self._stacked

    def _words_height(self) -> int:
        rows = max(len(self._words), 4)
        if self._dense:
            return _STACKED_CAPTION + _DENSE_ROW * rows
        return _STACKED_CAPTION + 2 * _STACKED_LINE * rows if self._stacked else _CAPTION + _ROW * rows

    def _words_rect(self) -> QRect:
        top = self.original.geometry().bottom() + 1
        return QRect(_EDGE, top, self._column, max(0, self.thumbnails.y() - top))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self._lay_out()

    # -- drawing --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("panel"))
        self._paint_words(painter)
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        model = self._model
        if model.why_not:
            painter.setFont(font())
            painter.setPen(theme().color("text_secondary"))
            middle = self.rect().adjusted(2 * _EDGE, 0, -2 * _EDGE, -2 * _EDGE)
            painter.drawText(middle, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, model.why_not)
            return
        box = self._words_rect()
        painter.setFont(font("caption"))
        painter.setPen(theme().color("text_secondary"))
        words = f"no. {model.number}" if self._stacked else f"Original, no. {model.number}"
        painter.drawText(QRect(box.x(), box.y() + 3, box.width(), 16), _MIDDLE, words)
        small = self._stacked or self._dense
        top = box.y() + (_STACKED_CAPTION if small else _CAPTION)
        if not self._words:
            for number, line in enumerate(broken(_OFF, painter.fontMetrics(), box.width())):
                painter.drawText(QRect(box.x(), top + 16 * number, box.width(), 16), _MIDDLE, line)
            return
        if not small:
            painter.setFont(font())
        height = _DENSE_ROW if self._dense else 2 * _STACKED_LINE if self._stacked else _ROW
        room = max(1, (box.bottom() + 4 - top) // height)
        shown = self._words if len(self._words) <= room else self._words[: room - 1]
        for drawn in shown:
            self._paint_drawn(painter, QRect(box.x(), top, box.width(), height), drawn)
            top += height
        if len(shown) < len(self._words):
            painter.setPen(theme().color("text_secondary"))
            rest = f"and {len(self._words) - len(shown)} more"
            painter.drawText(QRect(box.x(), top, box.width(), height), Qt.AlignmentFlag.AlignTop, rest)

    def _paint_drawn(self, painter: QPainter, box: QRect, drawn: Drawn) -> None:
        """A name and its value: beside each other, or where that is too narrow below."""
        metrics = painter.fontMetrics()
        room = box.width() if self._stacked else box.width() - metrics.horizontalAdvance(drawn.text) - 4
        painter.setPen(theme().color("text_secondary"))
        name = metrics.elidedText(drawn.name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(box, Qt.AlignmentFlag.AlignTop if self._stacked else _MIDDLE, name)
        painter.setPen(theme().color("text"))
        under = Qt.AlignmentFlag.AlignBottom if self._stacked else _MIDDLE | Qt.AlignmentFlag.AlignRight
        painter.drawText(box, under, drawn.text)

    # -- saving ---------------------------------------------------------------------------------------------------

    def _fill(self, menu: QMenu) -> None:
        menu.clear()
        self.saving.add_to(menu)

    def _paint(self, painter: QPainter, width: int, height: int) -> None:
        self._paint_words(painter)
        for mosaic in (self.original, self.nine, self.thumbnails):
            painter.save()
            painter.translate(mosaic.pos())
            mosaic.paint(painter)
            painter.restore()

    def _table(self) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
        model = self._model
        names = [each.name for each in model.drawn(0)]
        rows = [
            (index + 1, model.number, model.names[model.chosen], *(each.text for each in model.drawn(index)))
            for index in range(len(model.draws))
        ]
        return ("draw", "sample", "class", *names), rows


if __name__ == "__main__":
    from app.view_models.document import ExperimentDocument
    from app.widgets.panel_frame import PanelFrame
    from app.widgets.preview import preview
    from nn_engine import preset

    def _shown() -> QWidget:
        document = ExperimentDocument(preset("mnist-300-augmented"))
        samples = SamplesModel(document)
        samples.use_data(document.experiment.data.load().train)
        panel = SamplesPanel(samples)
        frame = PanelFrame(panel.title, panel.subtitle)
        for widget in panel.header_widgets():
            frame.add_header_widget(widget)
        frame.set_content(panel)
        panel.refresh()
        return frame

    raise SystemExit(preview(_shown, (417, 342)))
