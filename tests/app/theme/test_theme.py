from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QColor, QFontInfo, QFontMetricsF
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.theme import apply_theme, font, icon, icon_pixmap, theme
from app.theme.theme import style_sheet
from app.theme.tokens import ASSETS, tokens

ICONS = sorted((ASSETS / "icons").glob("*.svg"))
ASKED_FOR = [
    "play", "pause", "step", "epoch", "stop", "rewind", "dice", "shuffle", "plus", "minus", "close", "check", "cross",
    "trash", "undo", "redo", "pen", "eraser", "image", "more", "chevron-down", "chevron-right", "grip", "warning",
    "info", "error", "success", "sun", "moon", "panel-left", "panel-bottom", "panel-right", "refresh", "follow",
    "export", "save", "open", "folder", "file", "copy", "paste", "duplicate", "arrow-up", "arrow-down", "flag",
    "star", "search", "help", "settings", "grid", "chart", "layers", "history", "branch",
]  # fmt: skip
SURFACES = ("window", "panel", "raised", "sunken")
TEXTS = ("text", "text_secondary", "accent", "success", "warning", "error")


@pytest.fixture(params=["light", "dark"])
def each_theme(request: pytest.FixtureRequest, qapp: QApplication) -> str:
    name: str = request.param
    apply_theme(qapp, name)
    return name


def test_the_shipped_font_is_used(qapp: QApplication) -> None:
    for size, weight in itertools.product(("axis", "text", "title", "number"), ("text", "button", "title")):
        assert QFontInfo(font(size, weight)).family() == "Inter"
        assert QFontInfo(font(size, weight)).pixelSize() == tokens()["font"]["size"][size]


@pytest.mark.parametrize("size", ["axis", "text", "title", "number"])
@pytest.mark.parametrize("weight", ["text", "button", "title"])
def test_digits_have_equal_width(qapp: QApplication, size: str, weight: str) -> None:
    metrics = QFontMetricsF(font(size, weight))
    widths = [metrics.horizontalAdvance(digit * 10) for digit in "0123456789"]
    assert max(widths) - min(widths) < 0.4  # kerning between two fours takes a sixtieth of a pixel


def test_no_icon_is_missing() -> None:
    assert {*ASKED_FOR} <= {path.stem for path in ICONS}


@pytest.mark.parametrize("path", ICONS, ids=lambda path: path.stem)
def test_every_icon_renders_in_the_colour_asked_for(qapp: QApplication, path: Path) -> None:
    assert QSvgRenderer(str(path)).isValid()
    assert 'viewBox="0 0 24 24"' in path.read_text("utf-8")
    image = icon_pixmap(path.stem, QColor("#ff0000"), 48).toImage()
    points = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    inked = [point for point in points if point.alpha() > 200]
    assert len(inked) > 20
    assert all(point.red() > 200 and point.green() < 60 for point in inked)
    edge = [image.pixelColor(n, m) for n in range(image.width()) for m in (0, image.height() - 1)]
    assert not any(point.alpha() for point in edge)  # nothing is cut off


def test_a_disabled_icon_is_fainter(qapp: QApplication) -> None:
    apply_theme(qapp, "light")
    made = icon("stop")
    assert not made.isNull()
    assert made.pixmap(16, made.Mode.Normal).toImage() != made.pixmap(16, made.Mode.Disabled).toImage()


def test_every_token_of_the_style_sheet_is_filled(each_theme: str) -> None:
    sheet = style_sheet()
    assert not re.findall(r"\{[a-z_]+\}", sheet)
    for name in re.findall(r'url\("([^"]+)"\)', sheet):
        assert Path(name).is_file()


def test_the_style_sheet_holds_no_colour_of_its_own() -> None:
    template = (ASSETS / "themes" / "studio.qss").read_text("utf-8")
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", template)


def test_the_marks_of_the_style_sheet_have_the_colours_of_the_tokens(each_theme: str) -> None:
    known = {value for value in tokens()["themes"][each_theme].values() if isinstance(value, str)}
    for path in (ASSETS / "themes" / each_theme).glob("*.svg"):
        assert {*re.findall(r"#[0-9A-F]{6}", path.read_text("utf-8"))} <= known


def test_qt_understands_the_style_sheet(
    each_theme: str, qapp: QApplication, qtbot: QtBot, capfd: pytest.CaptureFixture[str]
) -> None:
    apply_theme(qapp, each_theme)
    assert "Could not parse" not in capfd.readouterr().err


def _luminance(color: QColor) -> float:
    parts = (color.redF(), color.greenF(), color.blueF())
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(first: QColor, second: QColor) -> float:
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_can_be_read_on_every_surface(each_theme: str) -> None:
    color = theme().color
    pairs = [*itertools.product(TEXTS, SURFACES)]
    pairs += [("text", name) for name in ("raised_hover", "raised_pressed", "selection", "accent_soft")]
    pairs += [("text_on_accent", name) for name in ("accent_fill", "accent_hover", "accent_pressed")]
    pairs += [(name, f"{name}_soft") for name in ("accent", "success", "warning", "error")]
    pairs += [("tooltip_text", "tooltip"), ("text_secondary", "raised_hover")]
    weak = {pair: round(ratio, 2) for pair in pairs if (ratio := _contrast(color(pair[0]), color(pair[1]))) < 4.5}
    assert not weak


def test_switching_tells_everyone(qapp: QApplication, qtbot: QtBot) -> None:
    apply_theme(qapp, "light")
    with qtbot.waitSignal(theme().changed):
        apply_theme(qapp, "dark")
    assert theme().dark
    assert theme().color("panel").name().upper() == tokens()["themes"]["dark"]["panel"]
    apply_theme(qapp, "light")


class StyleChanges(QObject):
    """Counts how often what it watches is styled anew."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.StyleChange
        return False


def test_switching_styles_a_widget_as_often_however_deep_it_lies(qapp: QApplication, qtbot: QtBot) -> None:
    """Otherwise a switch takes longer the deeper the window is nested, and the window stands still for it."""
    apply_theme(qapp, "light")
    widget = window = QWidget()
    for _ in range(20):
        widget = QWidget(widget)
    qtbot.addWidget(window)
    window.show()
    changes = StyleChanges()
    widget.installEventFilter(changes)
    apply_theme(qapp, "dark")
    assert 1 <= changes.count <= 5
    apply_theme(qapp, "light")
