"""Where the window stood, and where it can stand now: a screen may have gone or become smaller since."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize


def placed(wanted: QRect, screens: Sequence[QRect], least: QSize, above: int = 0) -> QRect:
    """The place nearest to the wanted one that lies on a screen, all of it if it can.

    Args:
        wanted: the place of what is inside the window's frame.
        screens: what each screen has for windows; the main screen first, at least one.
        least: the window's least size.
        above: the height of the frame's title, which has to stay on the screen too.
    """
    rooms = [screen.adjusted(0, above, 0, 0) for screen in screens]
    if any(room.contains(wanted) for room in rooms):
        return wanted
    room = max(rooms, key=lambda each: _area(each & wanted))  # of equals the first: the main screen
    size = wanted.size().boundedTo(room.size()).expandedTo(least)
    left = max(room.left(), min(wanted.left(), room.right() + 1 - size.width()))
    top = max(room.top(), min(wanted.top(), room.bottom() + 1 - size.height()))
    return QRect(left, top, size.width(), size.height())


def _area(rect: QRect) -> int:
    return rect.width() * rect.height() if rect.isValid() else 0
