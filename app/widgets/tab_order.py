"""The order in which Tab goes through what is made later than its surroundings."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget


def tab_stops(inside: QWidget) -> list[QWidget]:
    """What Tab stops at within a widget, in the order in which it was made. The list of a closed choice is none."""
    return [
        child
        for child in inside.findChildren(QWidget)
        if child.focusPolicy() & Qt.FocusPolicy.TabFocus
        and child.focusProxy() is None
        and child.window() is inside.window()
    ]


def enter(inside: QWidget) -> None:
    """Give the first stop within a widget the keyboard; what is typed replaces what stands there."""
    stops = tab_stops(inside)
    if stops:
        stops[0].setFocus(Qt.FocusReason.TabFocusReason)
        if isinstance(stops[0], QLineEdit):
            stops[0].selectAll()  # the reason is lost where a menu is still closing


def take_place(inside: QWidget) -> None:
    """Let Tab come by a widget where it stands. Qt would put what is made late at the very end of the window."""
    own, around = tab_stops(inside), inside.parentWidget()
    while own and around is not None:
        stops = tab_stops(around)
        place = stops.index(own[0])
        if place > 0:
            for before, child in zip([stops[place - 1], *own], own, strict=False):
                QWidget.setTabOrder(before, child)
            return
        around = None if around.isWindow() else around.parentWidget()
