"""A line for the path of a file or folder, which can be dropped on it or chosen in a dialog."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from app.widgets.buttons import IconButton
from app.widgets.text_line import TextLine


class PathLine(TextLine):
    """Takes what is dropped as a path, where Qt itself would insert an address such as ``file:///…``."""

    chosen = Signal(str)
    """A path that was dropped or chosen stands in the line."""

    def __init__(self, wanted: str, text: str = "", parent: QWidget | None = None) -> None:
        """``wanted`` is ``file`` or ``folder``."""
        super().__init__(text, parent)
        self._wanted = wanted

    def choose(self, path: str) -> None:
        """Put a path into the line as if it had been typed and confirmed."""
        self.setText(path)
        self.setModified(True)
        self.chosen.emit(path)

    def _dropped(self, data: QMimeData) -> str:
        """The path that is meant: of a file where a folder is wanted, the folder it lies in."""
        paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if not paths:
            return ""
        path = paths[0]
        return str(path.parent if self._wanted == "folder" and path.is_file() else path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._dropped(event.mimeData()):
            event.acceptProposedAction()
        else:
            super().dragEnterEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if self._dropped(event.mimeData()):
            event.acceptProposedAction()
        else:
            super().dragMoveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        path = self._dropped(event.mimeData())
        if path:
            event.acceptProposedAction()
            self.choose(path)
        else:
            super().dropEvent(event)


class BrowseButton(IconButton):
    """Opens a dialog in which the path of a line is chosen."""

    def __init__(self, line: PathLine, wanted: str, name: str) -> None:
        """``wanted`` is ``file`` or ``folder``, ``name`` what the path is of."""
        super().__init__("folder", f"{name}: choose a {wanted}.")
        self._line, self._wanted, self._name = line, wanted, name
        self.clicked.connect(self.open_dialog)

    def open_dialog(self) -> None:
        """Ask for a path; nothing waits for the answer, so the training is still to be seen meanwhile."""
        dialog = QFileDialog(self, f"{self._name}: choose a {self._wanted}")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self._wanted == "folder":
            dialog.setFileMode(QFileDialog.FileMode.Directory)
            dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        else:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        # What stands in the line may be anything; os.path, unlike Path, takes what no system could hold for no folder.
        present = Path(os.path.expanduser(self._line.text())) if self._line.text().strip() else Path.home()
        start = next((place for place in (present, *present.parents) if os.path.isdir(place)), Path.home())
        dialog.setDirectory(str(start))
        dialog.fileSelected.connect(self._line.choose)
        dialog.open()
