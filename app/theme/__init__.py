"""How the studio looks: one source of colours and measures, asked for by name.

Code asks ``theme().color("accent")``, never for a value; widgets that paint themselves connect to ``theme().changed``.
"""

from app.theme.fonts import font
from app.theme.icons import icon, icon_pixmap
from app.theme.theme import Theme, apply_theme, theme

__all__ = ["Theme", "apply_theme", "font", "icon", "icon_pixmap", "theme"]
