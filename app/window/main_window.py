"""The main window: the frame stands still, views change in the middle."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QMenuBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.questions import ask_to_save
from app.panels.build import BuildPanel
from app.panels.panel import Panel
from app.panels.registry import VIEWS, panels_of
from app.studio import Studio
from app.theme import apply_theme, theme
from app.theme.tokens import measure
from app.widgets.file_choice import file_places
from app.widgets.separators import HLine, VLine
from app.widgets.toast import Toasts
from app.window.commands import Commands
from app.window.incidents import Incidents
from app.window.more_epochs import MoreEpochs
from app.window.placement import placed
from app.window.status_line import StatusLine
from app.window.title_bar import TitleBar
from app.window.transport_bar import TransportBar
from app.window.view_bar import ViewBar
from app.window.view_frame import ViewFrame
from app.workers.pump import Pump

log = logging.getLogger(__name__)

LAYOUT_VERSION = 2
FOLDED_BETWEEN = "|"  # a list of one would come back from the settings as a text, and an empty one as nothing


class MainWindow(QWidget):
    """Joins the panels of every view to the studio, and the pump to both."""

    closed = Signal()
    """The window has been closed, everything is saved and the workers have ended."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio = studio
        self.setObjectName("main")
        self._finished = False
        self.setAcceptDrops(True)
        self.setMinimumSize(1180, 720)
        self.resize(QSize(1440, 900).boundedTo(self.screen().availableSize()))
        self.menus = QMenuBar()
        self.title_bar = TitleBar(self.menus)
        self.transport = TransportBar(studio)
        self.build = BuildPanel(studio.document)
        # The line beside a column is one of its pixels.
        self.build.setFixedWidth(measure("width", "build_column") - measure("spacing", "hair"))
        self.try_panel: Panel = next(spec.make(studio) for spec in panels_of("Try"))
        self.try_panel.setFixedWidth(measure("width", "try_column") - measure("spacing", "hair"))
        self.views = [self._view(name) for name in VIEWS]
        self.stack = QStackedWidget()
        for view in self.views:
            self.stack.addWidget(view)
        self.view_bar = ViewBar(list(VIEWS), studio.curves.options)
        self.try_panel.told.connect(self._tell)
        self.view_bar.chosen.connect(self.stack.setCurrentIndex)
        self.status = StatusLine(studio)
        self.toasts = Toasts(self, above=measure("height", "status_line") + 16)
        self._left_line, self._right_line = VLine(), VLine()
        self._lay_out()
        self.more_epochs = MoreEpochs(studio, self.toasts)
        self._ended_at = ("", -1)
        """Which training ended by itself last, by its run, and at which step."""
        self.commands = Commands(self)
        self._bind()
        self.incidents = Incidents(self, self.toasts)
        self.pump = Pump(studio.drain, self._slots, self._texts, self._part_failed)
        self._restore_state()
        self.try_panel.setFocus(Qt.FocusReason.OtherFocusReason)  # the pad invites; Space and Escape are at hand

    def _view(self, name: str) -> ViewFrame:
        rows: dict[int, list[tuple[str, Panel]]] = {}
        for spec in panels_of(name):
            panel = spec.make(self.studio)
            panel.told.connect(self._tell)
            rows.setdefault(spec.row, []).append((spec.name, panel))
        return ViewFrame(list(rows.values()))

    def _tell(self, text: str, good: bool) -> None:
        self.toasts.show(text, "success" if good else "error")

    def _told(self, kind: str, text: str) -> None:
        self.toasts.show(text, kind, seconds=15 if kind == "error" else None)  # an error's remedy takes time to read

    def _lay_out(self) -> None:
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        in_the_middle: tuple[QWidget, ...] = (self.view_bar, HLine(), self.stack)
        for widget in in_the_middle:
            column.addWidget(widget)
        middle.setProperty("surface", "panel")
        middle.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        side_by_side: tuple[QWidget, ...] = (self.build, self._left_line, middle, self._right_line, self.try_panel)
        for widget in side_by_side:
            row.addWidget(widget, 1 if widget is middle else 0)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        above: tuple[QWidget, ...] = (self.title_bar, HLine(), self.transport, HLine())
        for widget in above:
            outer.addWidget(widget)
        outer.addLayout(row, 1)
        outer.addWidget(HLine())
        outer.addWidget(self.status)

    def _bind(self) -> None:
        studio, bar = self.studio, self.title_bar
        bar.left.toggled.connect(self.show_build)
        bar.right.toggled.connect(self.show_try)
        bar.theme_button.clicked.connect(self.switch_theme)
        studio.told.connect(self._told)
        studio.saved.connect(lambda path: self.toasts.show(f"Saved {Path(path).name}", "success"))
        studio.ended.connect(self._training_ended)
        studio.transport.changed.connect(lambda: self.build.show_waiting(studio.starts_anew))
        studio.document.changed.connect(self._show_name)
        studio.file_changed.connect(self._show_name)
        studio.preferences.changed.connect(self._preference_changed)
        theme().changed.connect(self._show_theme)
        self._show_name()
        self._show_theme()
        self._offer_options()

    # -- drawing in turns -----------------------------------------------------------------------------------------

    def all_panels(self) -> list[Panel]:
        """Every panel of the view in front, and the column to try the network."""
        if self.isMinimized():
            return []
        view = self.views[self.stack.currentIndex()]
        floating = [panel for other in self.views if other is not view for panel in other.floating_panels()]
        panels = [*view.panels.values(), *floating, self.try_panel]
        return [panel for panel in panels if self.incidents.guarded(panel.title, panel.isVisible, False)]

    def _slots(self) -> list[Callable[[], bool]]:
        panels, guarded = self.all_panels(), self.incidents.guarded
        nothing: frozenset[str] = frozenset()
        for name in {wish for panel in panels for wish in guarded(panel.title, panel.wants, nothing)}:
            self.studio.ask_for(name)
        return [partial(guarded, panel.title, panel.refresh, True) for panel in panels]

    def _texts(self) -> list[Callable[[], None]]:
        guarded = self.incidents.guarded
        parts: list[tuple[str, Callable[[], None]]] = [
            ("The transport", self.transport.text_refresh),
            ("The status line", self.status.refresh),
            ("The view bar", self._offer_options),
        ]
        parts += [(panel.title, panel.text_refresh) for panel in self.all_panels()]
        return [partial(guarded, title, refresh, None) for title, refresh in parts]

    def _offer_options(self) -> None:
        self.view_bar.offer_options(not self.studio.curves.empty)

    def _part_failed(self, error: BaseException) -> None:
        self.incidents.unforeseen(type(error), error, error.__traceback__)

    # -- what can be shown and hidden -------------------------------------------------------------------------------

    def show_build(self, visible: bool) -> None:
        """Show or hide the left column."""
        self.build.setVisible(visible)
        self._left_line.setVisible(visible)
        self.title_bar.left.setChecked(visible)

    def show_try(self, visible: bool) -> None:
        """Show or hide the right column."""
        self.try_panel.setVisible(visible)
        self._right_line.setVisible(visible)
        self.title_bar.right.setChecked(visible)

    def reset_layout(self) -> None:
        """Bring everything back to where it was at first."""
        self.show_build(True)
        self.show_try(True)
        self.build.fold(())
        for view in self.views:
            view.reset_layout()

    def switch_theme(self) -> None:
        """From light to dark or back."""
        self.studio.preferences.set("theme", "light" if theme().dark else "dark")

    def _preference_changed(self, name: str) -> None:
        application = QApplication.instance()
        if name == "theme" and isinstance(application, QApplication):
            apply_theme(application, self.studio.preferences.values.theme)

    def _show_theme(self) -> None:
        self.title_bar.theme_button.set_icon_name("sun" if theme().dark else "moon")

    def _show_name(self) -> None:
        document = self.studio.document
        name = document.path.stem if document.path else document.experiment.name
        state = "edited" if document.modified else "saved" if document.path else "new"
        self.title_bar.name.show_name(name, state)
        self.setWindowTitle(f"{name} – Backprop Studio")

    def _training_ended(self, message: str) -> None:
        transport = self.studio.transport
        end = (self.studio.run_id, transport.step)
        pressed_again = transport.finished and end == self._ended_at
        self._ended_at = end
        # Who presses Train after the end is answered, whether or not ends are to be told of.
        if not self.studio.preferences.values.notify and not pressed_again:
            return
        if not self.more_epochs.offer(message):
            self.toasts.show(message, "success")
        if not self.isActiveWindow():
            QApplication.alert(self)

    # -- remembering --------------------------------------------------------------------------------------------------

    def _restore_state(self) -> None:
        recall = self.studio.preferences.recall
        if recall("layout_version") not in (LAYOUT_VERSION, str(LAYOUT_VERSION)):
            return
        if isinstance(place := recall("place"), QRect):
            self.setGeometry(placed(place, _rooms(), self.minimumSize(), int(recall("frame_above", 0))))
        if recall("maximized") in (True, "true"):
            self.setWindowState(Qt.WindowState.WindowMaximized)
        self.show_build(recall("show_build", "true") in (True, "true"))
        self.show_try(recall("show_try", "true") in (True, "true"))
        self.build.fold(str(recall("folded", "")).split(FOLDED_BETWEEN))
        for number, view in enumerate(self.views):
            if state := recall(f"view_{number}"):
                view.restore_layout(state)

    def remember_state(self) -> None:
        """Keep the window's layout for the next start."""
        remember = self.studio.preferences.remember
        remember("layout_version", LAYOUT_VERSION)
        # Not saveGeometry: what it restores includes a frame, which moves the window where nothing draws one.
        filling = self.isMaximized() or self.isFullScreen()
        remember("place", self.normalGeometry() if filling else self.geometry())
        remember("frame_above", self.geometry().top() - self.frameGeometry().top())
        remember("maximized", self.isMaximized())
        remember("show_build", self.build.isVisibleTo(self))
        remember("show_try", self.try_panel.isVisibleTo(self))
        remember("folded", FOLDED_BETWEEN.join(self.build.folded))
        for number, view in enumerate(self.views):
            view.close_floating()
            remember(f"view_{number}", view.layout_state())

    # -- files and the end --------------------------------------------------------------------------------------------

    def open_file(self, path: Path) -> bool:
        """Open an experiment, a network or a run, asking first where edits would be lost; whether it is open."""
        transport, run = self.studio.transport, self.studio.run_folder and self.studio.run_folder.resolve()
        if run is not None and not transport.end_reason and path.resolve() in (run, run / "checkpoints" / "last.npz"):
            # Its files do not have what it has learned since the last epoch.
            self.toasts.show("This run is open already.", "info")
            return False
        if not self.may_leave_document():
            return False
        if fault := self.studio.open_file(path):
            self.toasts.show(fault, "error", seconds=15)
            return False
        file_places().note("open", path.resolve().parent)
        return True

    def may_leave_document(self) -> bool:
        """Whether the open experiment may be left: saved, or its edits given up knowingly."""
        document = self.studio.document
        if not document.modified:
            return True
        answer = ask_to_save(self, document.path.stem if document.path else document.experiment.name)
        return answer == "discard" or (answer == "save" and self.commands.save())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        for url in event.mimeData().urls()[:1]:
            self.open_file(Path(url.toLocalFile()))

    def close_at_once(self) -> None:
        """Save what there is and close, without a question; one that is open is withdrawn."""
        self._finish(asked=False)
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog) and widget.isVisible():
                widget.reject()
        self.close()  # does nothing where the question is about closing: that goes on once it is withdrawn

    def closeEvent(self, event: QCloseEvent) -> None:
        may_close = self._finished or self.commands.may_close()
        if not may_close and not self._finished:  # the end may have come from outside while the question was open
            event.ignore()
            return
        self._finish(asked=True)
        event.accept()
        self.closed.emit()

    def _finish(self, asked: bool) -> None:
        if not self._finished:
            self._finished = True
            self.pump.stop()
            self.remember_state()
            self.studio.finish(asked)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.commands.key_pressed(event):
            super().keyPressEvent(event)


def _rooms() -> list[QRect]:
    """What each screen has for windows, the main screen first."""
    main = QGuiApplication.primaryScreen()
    others = [screen for screen in QGuiApplication.screens() if screen is not main]
    return [screen.availableGeometry() for screen in (main, *others)]
