"""The theme in use, light or dark, and how it reaches Qt: a palette and a style sheet, filled from the tokens."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from app.theme.tokens import ASSETS, tokens


class Theme(QObject):
    """Colours by name. ``changed`` is emitted after a switch, when palette and style sheet are already new."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.name = "light"

    @property
    def dark(self) -> bool:
        """Whether the dark theme is in use."""
        return self.name == "dark"

    def color(self, name: str) -> QColor:
        """A colour of the theme in use. Raises KeyError for a name that does not exist."""
        return QColor(tokens()["themes"][self.name][name])

    def colors(self, name: str) -> list[QColor]:
        """A list of colours, such as ``classes`` or ``diverging_stops``."""
        return [QColor(value) for value in tokens()["themes"][self.name][name]]


@cache
def theme() -> Theme:
    """The one theme of the application."""
    return Theme()


def apply_theme(application: QApplication, choice: str = "system") -> None:
    """Switch to ``light``, ``dark`` or whatever the system uses."""
    from app.theme.fonts import font

    dark_system = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    theme().name = choice if choice in ("light", "dark") else ("dark" if dark_system else "light")
    # From sheet to sheet Qt would style each widget once for every widget above it, which takes four times as long.
    application.setStyleSheet("")
    application.setStyle(QStyleFactory.create("Fusion"))
    application.setFont(font())
    application.setPalette(_palette())
    application.setStyleSheet(style_sheet())
    theme().changed.emit()


def style_sheet() -> str:
    """The style sheet template with every ``{name}`` of the theme, and ``{assets}``, filled in."""
    text = (ASSETS / "themes" / "studio.qss").read_text("utf-8")
    values = {name: value for name, value in tokens()["themes"][theme().name].items() if isinstance(value, str)}
    for name, value in {**values, "assets": ASSETS.as_posix(), "theme": theme().name}.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _palette() -> QPalette:
    color, palette = theme().color, QPalette()
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    for which, name in {
        role.Window: "window",
        role.WindowText: "text",
        role.Base: "raised",
        role.AlternateBase: "sunken",
        role.Text: "text",
        role.Button: "raised",
        role.ButtonText: "text",
        role.BrightText: "error",
        role.Highlight: "accent_fill",
        role.HighlightedText: "text_on_accent",
        role.PlaceholderText: "text_secondary",
        role.ToolTipBase: "tooltip",
        role.ToolTipText: "tooltip_text",
        role.Link: "accent",
        role.Mid: "border",
        role.Dark: "border",
        role.Light: "raised_hover",
        role.Midlight: "separator",
        role.Shadow: "window",
        role.Accent: "accent_fill",
    }.items():
        palette.setColor(which, color(name))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(group.Disabled, which, color("text_disabled"))
    return palette
