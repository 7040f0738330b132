"""Views in the middle of the window: each a grid of panels that touch and are resized by the line they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMenu, QSplitter, QVBoxLayout, QWidget

from app.panels.panel import Panel
from app.widgets.panel_frame import PanelFrame


class FloatingPanel(QWidget):
    """A window of its own for one panel; closing it brings the panel back."""

    def __init__(self, frame: PanelFrame, title: str, back: Callable[[], None]) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setWindowTitle(f"{title} – Backprop Studio")
        self._back = back
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(frame)
        frame.show()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._back()
        event.accept()


class ViewFrame(QWidget):
    """One view: rows of panels. ``panels`` are given row by row."""

    def __init__(self, rows: Sequence[Sequence[tuple[str, Panel]]]) -> None:
        super().__init__()
        self._columns = QSplitter(Qt.Orientation.Vertical)
        self._columns.setChildrenCollapsible(False)
        self._columns.setHandleWidth(1)
        self._frames: dict[str, tuple[PanelFrame, QSplitter, int]] = {}
        self._floating: dict[str, FloatingPanel] = {}
        self._whole: dict[QSplitter, list[int]] = {}  # the sizes of a row before a panel of it was taken out
        self.panels: dict[str, Panel] = {}
        for row in rows:
            splitter = QSplitter(Qt.Orientation.Horizontal)
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(1)
            for index, (name, panel) in enumerate(row):
                frame = self._framed(name, panel)
                splitter.addWidget(frame)
                self._frames[name] = (frame, splitter, index)
                self.panels[name] = panel
            splitter.setSizes([1000] * len(row))
            self._columns.addWidget(splitter)
        self._columns.setSizes([1000] * len(rows))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._columns)
        self._initial = self.layout_state()

    def _framed(self, name: str, panel: Panel) -> PanelFrame:
        frame = PanelFrame(panel.title, panel.subtitle)
        frame.set_content(panel)
        panel.renamed.connect(frame.set_title)
        for widget in panel.header_widgets():
            frame.add_header_widget(widget)
        more = panel.more_menu()
        if more is None:
            frame.menu.addAction("Open in a window of its own", lambda: self.toggle_floating(name))
        else:
            more.aboutToShow.connect(lambda: self._add_floating(more, name))  # a panel fills its menu as it opens
        return frame

    def _add_floating(self, menu: QMenu, name: str) -> None:
        menu.addSeparator()
        words = "Back into the main window" if name in self._floating else "Open in a window of its own"
        menu.addAction(words, lambda: self.toggle_floating(name))

    def toggle_floating(self, name: str) -> None:
        """Take a panel out into a window of its own, or bring it back."""
        if name in self._floating:
            self._floating[name].close()
            return
        frame, splitter, _ = self._frames[name]
        size = frame.size()
        if splitter.count() > len(self._whole.get(splitter, ())):
            self._whole[splitter] = splitter.sizes()
        window = FloatingPanel(frame, self.panels[name].title, lambda: self._bring_back(name))
        window.resize(size)
        self._floating[name] = window
        window.show()

    def _bring_back(self, name: str) -> None:
        window = self._floating.pop(name)
        frame, splitter, index = self._frames[name]
        splitter.insertWidget(min(index, splitter.count()), frame)
        frame.show()
        if splitter.count() == len(self._whole.get(splitter, ())):
            splitter.setSizes(self._whole.pop(splitter))
        window.deleteLater()

    def close_floating(self) -> None:
        """Bring every panel back."""
        for window in list(self._floating.values()):
            window.close()

    def floating_panels(self) -> list[Panel]:
        """The panels that have a window of their own."""
        return [self.panels[name] for name in self._floating]

    def layout_state(self) -> list[QByteArray]:
        """The sizes of everything, to be remembered."""
        rows = [self._columns.widget(index) for index in range(self._columns.count())]
        return [self._columns.saveState(), *(row.saveState() for row in rows if isinstance(row, QSplitter))]

    def restore_layout(self, state: Sequence[QByteArray]) -> None:
        """Bring back remembered sizes; ignored where they are of another arrangement."""
        rows = [self._columns.widget(index) for index in range(self._columns.count())]
        if len(state) != 1 + len(rows):
            return
        self._columns.restoreState(state[0])
        for row, saved in zip(rows, state[1:], strict=True):
            if isinstance(row, QSplitter):
                row.restoreState(saved)

    def reset_layout(self) -> None:
        """Bring everything back to where it was at first."""
        self.close_floating()
        self.restore_layout(self._initial)
