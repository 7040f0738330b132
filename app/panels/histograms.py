"""Histograms: how the weights, biases or gradients of every layer are spread, now in front and the past behind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QActionGroup, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QVBoxLayout, QWidget

from app.panels.panel import Panel
from app.theme.tokens import measure
from app.view_models.histograms import NAMES, Histograms
from app.widgets.buttons import IconButton
from app.widgets.combo import ComboBox
from app.widgets.picture_saving import PictureSaving
from app.widgets.ridgeline import Ridgeline
from app.widgets.segmented import Segmented

_COMBO, _NARROW_COMBO = 104, 92

EXPLANATIONS = {
    "weights": "How the weights of each layer are spread. Learning widens and shapes them.",
    "biases": "How the biases of each layer are spread.",
    "gradients": "How the last step's gradients of the weights are spread. All near zero: the layer hardly learns.",
}
FORMS = ("Ridges", "Bands")


class HistogramsPanel(Panel):
    """The slices of ``histograms``."""

    title = "Histograms"

    def __init__(self, histograms: Histograms) -> None:
        super().__init__()
        self._model = histograms
        self._version = -1
        self._bands_version = -1
        self.ridgeline = Ridgeline()
        self.saving = PictureSaving(self.ridgeline, self.title, self._paint, self._table, lambda: histograms.empty)
        self.saving.told.connect(self.told)
        self.combo = ComboBox(list(NAMES.values()))
        self.combo.setAccessibleName("What the histograms show")
        self.combo.setToolTip("Weights, biases, or the gradients that change the weights.")
        self.combo.currentIndexChanged.connect(lambda index: histograms.choose(list(NAMES)[index]))
        self.form = Segmented(
            FORMS,
            tips=(
                "One ridge for each epoch: the present in front, the past behind.",
                "Bands over the epochs: between which values which share of the numbers lay.",
            ),
        )
        self.form.setAccessibleName("Form of the histograms")
        self.form.chosen.connect(lambda index: histograms.choose_bands(index == 1))
        self.choices = _Choices(self.combo, self.form)
        self.more = IconButton("more", "Form, axis, and ways to save or copy the histograms.")
        menu = QMenu(self.more)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(lambda: self._fill(menu))
        self.more.setMenu(menu)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.ridgeline)
        histograms.changed.connect(self._take_choice)
        self._take_choice()

    def more_menu(self) -> QMenu | None:
        return self.more.menu()

    def header_widgets(self) -> list[QWidget]:
        return [self.choices, self.more]

    def wants(self) -> frozenset[str]:
        return self._model.wants()

    def refresh(self) -> bool:
        """See Panel. Bands change little from one moment to the next and are left to ``text_refresh``."""
        model = self._model
        if self._version == model.version or model.bands_chosen:
            return False
        self._version = model.version
        self.ridgeline.set_ridges(model.series(), [model.moment(each) for each in model.shown()], self._words())
        return True

    def text_refresh(self) -> None:
        self.ridgeline.refresh_notes()
        if self._model.bands_chosen and self._bands_version != self._model.version:
            self._bands_version = self._model.version
            bands = self._model.bands()
            self.ridgeline.set_bands(bands, self._words() if not bands else ("", ""))

    def _words(self) -> tuple[str, str]:
        model, name = self._model, NAMES[self._model.what].lower()
        if model.empty and model.what == "gradients":
            return "Gradients appear with the first step", "They say how each weight is about to change."
        if model.empty:
            return f"The {name} of every layer appear here", "As soon as there is a network that can be trained."
        if model.untrained and model.what == "gradients":
            return "No gradients yet", "The first step of training computes them."
        if model.untrained:
            return f"The {name} as they are now", "Each epoch of training adds a slice in front."
        return "", ""

    def _take_choice(self) -> None:
        model = self._model
        self.combo.choose(NAMES[model.what])
        self.form.set_index(int(model.bands_chosen))
        self.ridgeline.setAccessibleDescription(EXPLANATIONS[model.what])
        self.ridgeline.setToolTip(EXPLANATIONS[model.what])
        self._version = self._bands_version = -1
        if self.isVisible():
            self.refresh()
            self.text_refresh()

    def _fill(self, menu: QMenu) -> None:
        menu.clear()
        group = QActionGroup(menu)
        for index, words in enumerate(FORMS):
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(int(self._model.bands_chosen) == index)
            action.triggered.connect(lambda _=False, index=index: self._model.choose_bands(index == 1))
            group.addAction(action)
        menu.addSeparator()
        whole = menu.addAction("Axis to the last value")
        whole.setCheckable(True)
        whole.setChecked(self._model.whole_chosen)
        whole.setToolTip("Otherwise the axis covers 99.9 % of the values and says how many lie beyond.")
        whole.toggled.connect(self._model.choose_whole)
        menu.addSeparator()
        self.saving.add_to(menu)

    def _paint(self, *arguments: object) -> None:
        self.ridgeline.paint(*arguments)  # type: ignore[arg-type]  # painter, width, height

    def _table(self) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
        return ("layer", "epoch", "step", "low", "high", "count"), self._model.table()


class _Choices(QWidget):
    """What is shown and in which form; where there is no room for the form, the menu alone has it."""

    def __init__(self, combo: ComboBox, form: Segmented) -> None:
        super().__init__()
        self._combo, self._form = combo, form
        for widget in (combo, form):
            widget.setParent(self)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(_COMBO + measure("spacing", "s") + self._form.sizeHint().width(), self._combo.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(_NARROW_COMBO, self._combo.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.width() >= self.sizeHint().width()
        self._form.setVisible(room)
        wide = min(_COMBO, self.width())
        form = self._form.sizeHint().width() if room else 0
        self._combo.setGeometry(
            self.width() - form - (measure("spacing", "s") if room else 0) - wide, 0, wide, self.height()
        )
        self._form.setGeometry(self.width() - form, 0, form, self.height())


if __name__ == "__main__":
    from app.panels.parts.histogram_preview import preview_panel

    raise SystemExit(preview_panel(HistogramsPanel))
