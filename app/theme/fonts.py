"""Inter, shipped with the studio, in the few sizes that are used, with figures of equal width."""

from __future__ import annotations

from functools import cache

from PySide6.QtGui import QFont, QFontDatabase

from app.theme.tokens import ASSETS, tokens

_WEIGHTS = {400: QFont.Weight.Normal, 500: QFont.Weight.Medium, 600: QFont.Weight.DemiBold}


@cache
def load_family() -> str:
    """Make the shipped fonts known to Qt; returns the family's name. Needs an application."""
    families: list[str] = []
    for path in sorted((ASSETS / "fonts").glob("*.otf")):
        families += QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(path)))
    return next((family for family in families if family == "Inter"), families[0] if families else "")


def font(size: str = "text", weight: str = "text") -> QFont:
    """A font by the names of its size (axis, caption, text, title, number) and weight (text, button, title …)."""
    return QFont(_made(size, weight))


@cache
def _made(size: str, weight: str) -> QFont:
    sizes, weights = tokens()["font"]["size"], tokens()["font"]["weight"]
    family = load_family()
    made = QFont(family) if family else QFont()
    made.setPixelSize(sizes[size])
    made.setWeight(_WEIGHTS[weights[weight]])
    made.setFeature(QFont.Tag("tnum"), 1)  # digits of equal width, so that changing numbers do not jitter
    return made
