"""Everything the menus and keys can do."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QDesktopServices, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QMenu, QPlainTextEdit

from app.dialogs.about import AboutDialog
from app.dialogs.preferences import PreferencesDialog
from app.dialogs.questions import ask_to_close
from app.dialogs.rate_finder import RateFinderDialog
from app.widgets.file_choice import ask_what_to_open, ask_where_to_save, file_places
from app.widgets.tooltip import explainer
from app.window.logs import log_file
from app.window.recent_menu import RecentMenu
from nn_engine import PRESETS
from nn_engine.io.network_files import EXPORT_FORMATS, format_for

if TYPE_CHECKING:
    from app.window.main_window import MainWindow

OPENED = (
    "All that can be opened (*.json *.npz *.safetensors);;"
    "Experiments (*.json);;Checkpoints (*.npz);;Safetensors (*.safetensors)"
)
TYPING = (QLineEdit, QPlainTextEdit, QComboBox)  # these have their keys first


class Commands:
    """Builds the menus and does what they say."""

    def __init__(self, window: MainWindow) -> None:
        self.window, self.studio = window, window.studio
        self._rate_finder: RateFinderDialog | None = None
        preferences = self.studio.preferences
        file_places().use(preferences.recall, preferences.remember, preferences.usual_folder)
        self._recent = RecentMenu(window.studio.preferences, window)
        self._recent.chosen.connect(window.open_file)
        self._file_menu()
        self._edit_menu()
        self._view_menu()
        self._train_menu()
        self._tools_menu()
        self._help_menu()

    def _add(
        self,
        menu: QMenu,
        text: str,
        do: Callable[[], object],
        keys: QKeySequence | QKeySequence.StandardKey | str | None = None,
        tip: str = "",
    ) -> QAction:
        action = menu.addAction(text)
        action.triggered.connect(lambda _=False: do())
        if keys is not None:
            action.setShortcut(QKeySequence(keys))
        if tip:
            action.setStatusTip(tip)
        return action

    def _file_menu(self) -> None:
        menu = self.window.menus.addMenu("File")
        new = menu.addMenu("New experiment")
        for number, (name, preset) in enumerate(PRESETS.items()):
            action = self._add(new, name, partial(self.new, name), "Ctrl+N" if number == 0 else None)
            action.setToolTip(preset.explanation)
        new.setToolTipsVisible(True)
        self._add(menu, "Open…", self.open, QKeySequence.StandardKey.Open)
        menu.addMenu(self._recent)
        menu.addSeparator()
        self._add(menu, "Save experiment", self.save, QKeySequence.StandardKey.Save)
        self._add(menu, "Save experiment as…", self.save_as)
        self.save_checkpoint_action = self._add(menu, "Save checkpoint…", self.save_checkpoint, "Ctrl+Shift+S")
        self.export_action = self._add(menu, "Export network…", self.export)
        menu.addSeparator()
        self._add(menu, "Preferences…", self.preferences, "Ctrl+,")
        menu.addSeparator()
        self._add(menu, "Quit", self.window.close, "Ctrl+Q")
        menu.aboutToShow.connect(self._file_menu_opens)

    def _edit_menu(self) -> None:
        menu = self.window.menus.addMenu("Edit")
        document = self.studio.document
        self.undo_action = self._add(menu, "Undo", document.undo, "Ctrl+Z")
        self.redo_action = self._add(menu, "Redo", document.redo, "Ctrl+Shift+Z")
        menu.addSeparator()
        self._add(menu, "Copy the layers as text", self.copy_layers)
        self._add(menu, "Paste layers", self.paste_layers)
        document.changed.connect(self._follow_document)
        self._follow_document()

    def _view_menu(self) -> None:
        menu = self.window.menus.addMenu("View")
        themes = menu.addMenu("Theme")
        group = QActionGroup(themes)
        for choice in ("system", "light", "dark"):
            action = self._add(themes, choice.capitalize(), partial(self._use_theme, choice))
            action.setCheckable(True)
            action.setChecked(self.studio.preferences.values.theme == choice)
            group.addAction(action)
        self._add(
            menu, "Experiment column", lambda: self.window.show_build(not self.window.build.isVisible()), "Ctrl+1"
        )
        self._add(menu, "Try column", lambda: self.window.show_try(not self.window.try_panel.isVisible()), "Ctrl+2")
        menu.addSeparator()
        self._add(menu, "Reset layout", self.window.reset_layout)

    def _train_menu(self) -> None:
        menu = self.window.menus.addMenu("Train")
        studio = self.studio
        self._add(menu, "Train or pause\tSpace", studio.toggle)
        self._add(menu, "One step\t.", studio.step)
        self._add(menu, "One epoch\tE", studio.epoch)
        self._add(menu, "Stop", studio.stop)
        menu.addSeparator()
        self._add(menu, "Rewind to the initial weights", studio.rewind)
        self._add(menu, "New weights", studio.new_weights)

    def _tools_menu(self) -> None:
        menu = self.window.menus.addMenu("Tools")
        self._add(menu, "Find learning rate…", self.find_rate, "Ctrl+L")
        self.window.build.rate_search_asked.connect(self.find_rate)

    def _help_menu(self) -> None:
        menu = self.window.menus.addMenu("Help")
        self._add(menu, "Explain what is under the pointer", explainer().show_under_pointer, "F1")
        self._add(menu, "Show the log file", self.show_log)
        self._add(menu, "Show the runs folder", self.show_runs)
        menu.addSeparator()
        self._add(menu, "About Backprop Studio", self.about)

    # -- what they do -------------------------------------------------------------------------------------------------

    def new(self, name: str) -> None:
        """Begin with a preset."""
        if self.window.may_leave_document():
            self.studio.new_experiment(name)

    def open(self) -> None:
        """Ask for a file and open it."""
        path = ask_what_to_open(self.window, "Open", OPENED)
        if path is not None:
            self.window.open_file(path)

    def save(self) -> bool:
        """Save the experiment, asking where if it has no file yet; whether it was saved."""
        path = self.studio.document.path
        return self._save_to(path) if path is not None else self.save_as()

    def save_as(self) -> bool:
        """Ask where and save the experiment; whether it was saved."""
        document = self.studio.document
        suggested = document.path or f"{file_name(document.experiment.name)}.json"
        path = ask_where_to_save(
            self.window, "Save experiment", suggested, {".json": "Experiments"}, purpose="save_experiment"
        )
        if path is None:
            return False
        file_places().note("open", path.parent)
        return self._save_to(path)

    def _save_to(self, path: Path) -> bool:
        fault = self.studio.save_experiment(path)
        if fault:
            self.window.toasts.show(fault, "error", seconds=15)
        return not fault

    def save_checkpoint(self) -> None:
        """Ask where and save the whole training."""
        studio = self.studio
        suggested = f"{file_name(studio.document.experiment.name)}-epoch-{studio.transport.epochs_done}.npz"
        path = ask_where_to_save(
            self.window, "Save checkpoint", suggested, {".npz": "Checkpoints"}, purpose="save_checkpoint"
        )
        if path is not None:
            file_places().note("open", path.parent)
            studio.save_checkpoint(path)

    def export(self) -> None:
        """Ask where and write the network for other programs; the list below the name says in which form."""
        name = "pretrained" if self.studio.pretrained else file_name(self.studio.document.experiment.name)
        title = f"Export network: {self.studio.pad.label}" if self.studio.pad.label else "Export network"
        path = ask_where_to_save(
            self.window,
            title,
            name,
            {each.suffix: each.title for each in EXPORT_FORMATS.values()},
            purpose="export",
            files=lambda path: format_for(path).files(path),
        )
        if path is not None:
            self.studio.export_network(path)

    def _file_menu_opens(self) -> None:
        self.save_checkpoint_action.setEnabled(self.studio.session is not None)
        self.export_action.setEnabled(self.studio.session is not None or self.studio.pad.trained() is not None)
        self._recent.setEnabled(bool(self.studio.preferences.recent_files))

    def _follow_document(self) -> None:
        document = self.studio.document
        self.undo_action.setEnabled(document.can_undo)
        self.undo_action.setText(document.undo_text or "Undo")
        self.redo_action.setEnabled(document.can_redo)
        self.redo_action.setText(document.redo_text or "Redo")

    def copy_layers(self) -> None:
        """Put the stack on the clipboard."""
        QApplication.clipboard().setText(self.studio.document.layers_as_text())

    def paste_layers(self) -> None:
        """Take the stack from the clipboard."""
        fault = self.studio.document.paste_layers(QApplication.clipboard().text())
        if fault:
            self.window.toasts.show(fault, "error")

    def _use_theme(self, choice: str) -> None:
        self.studio.preferences.set("theme", choice)

    def preferences(self) -> None:
        """Open the preferences."""
        PreferencesDialog(self.studio.preferences, self.window).exec()

    def find_rate(self) -> None:
        """Look for a learning rate, in a window of its own beside which everything else can be used."""
        if self._rate_finder is None:
            self._rate_finder = RateFinderDialog(self.studio.rates, self.window)
            self.window.closed.connect(self._rate_finder.close)
        self._rate_finder.come_to_front()

    def about(self) -> None:
        """Say what this is."""
        AboutDialog(log_file(self.studio.preferences.data_folder), self.window).exec()

    def show_log(self) -> None:
        """Open the log file in whatever shows text here."""
        self._show(log_file(self.studio.preferences.data_folder))

    def show_runs(self) -> None:
        """Open the folder in which runs are kept."""
        folder = self.studio.preferences.runs_folder
        folder.mkdir(parents=True, exist_ok=True)
        self._show(folder)

    def _show(self, path: Path) -> None:
        from PySide6.QtCore import QUrl

        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self.window.toasts.show(f"It is here: {path}", "info", seconds=15)

    def may_close(self) -> bool:
        """Whether the window may be closed: training stopped knowingly, edits saved or given up knowingly."""
        if self.studio.transport.will_run and not ask_to_close(self.window):
            return False
        return self.studio.preferences.values.autosave or self.window.may_leave_document()

    # -- keys ---------------------------------------------------------------------------------------------------------

    def key_pressed(self, event: QKeyEvent) -> bool:
        """Keys without a modifier; a field or list that has the focus has had them first."""
        if event.modifiers() != Qt.KeyboardModifier.NoModifier or isinstance(QApplication.focusWidget(), TYPING):
            return False
        actions = {
            Qt.Key.Key_Space: self.studio.toggle,
            Qt.Key.Key_Period: self.studio.step,
            Qt.Key.Key_E: self.studio.epoch,
            Qt.Key.Key_Escape: self._clear_pad,
        }
        action = actions.get(Qt.Key(event.key()))
        if action is None:
            return False
        if not event.isAutoRepeat() or event.key() == Qt.Key.Key_Period:  # a key held down steps on, and no more
            action()
        return True

    def _clear_pad(self) -> None:
        panel, pad = self.window.try_panel, self.studio.pad
        being_dragged = QApplication.mouseButtons() != Qt.MouseButton.NoButton  # then Escape is not meant for the pad
        if panel.isVisible() and not being_dragged and not pad.empty:
            pad.clear()
            panel.setFocus(Qt.FocusReason.OtherFocusReason)  # Ctrl+Z there brings the drawing back


def file_name(name: str) -> str:
    """An experiment's name as the name of a file: without what some disks, or a path, cannot have in it."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]+', "-", name).strip(" .-") or "experiment"
