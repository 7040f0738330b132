"""Menus of registered parts: under headings where their family has groups, and found by typing their first letters."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QMenu, QWidget, QWidgetAction

from app.theme import font
from app.theme.tokens import measure
from app.widgets.form_fields import capital
from nn_engine.declarations import Declaration, label_of, registered

FORGOTTEN_AFTER = 1.0
"""So many seconds after a letter the next one begins another word."""


class Choice(NamedTuple):
    """A part that can be chosen."""

    name: str
    title: str
    explanation: str
    group: str = Declaration.group


def choices_of(family: str) -> list[Choice]:
    """Every declared class of a family."""
    return [
        Choice(name, capital(label_of(cls)), cls.explanation(), cls.group)
        for name, cls in registered(family).items()
        if issubclass(cls, Declaration)
    ]


class PartMenu(QMenu):
    """A menu in which typing goes to what begins with that, or has a word that does."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.setToolTipsVisible(True)
        self._typed, self._typed_at = "", 0.0

    def fill(self, choices: Iterable[Choice], chosen: Callable[[str], object]) -> None:
        """Add these, group after group, each with its sentence on pointing; ``chosen`` is told the name."""
        groups: dict[str, list[Choice]] = {}
        for choice in choices:
            groups.setdefault(choice.group, []).append(choice)
        # What says nothing of where it belongs comes last; the others in the order in which they were registered.
        for group in sorted(groups, key=lambda group: group == Declaration.group):
            if len(groups) > 1:
                self._add_heading(capital(group))
            for choice in groups[group]:
                action = self.addAction(choice.title)
                action.setToolTip(choice.explanation)
                action.setStatusTip(choice.explanation)
                action.triggered.connect(lambda checked=False, name=choice.name: chosen(name))

    def _add_heading(self, text: str) -> None:
        label = QLabel(text)
        label.setProperty("role", "caption")
        label.setFont(font("caption"))
        small, above = measure("spacing", "s"), measure("spacing", "xs")
        label.setContentsMargins(small, small if self.actions() else above, small, 2)
        heading = QWidgetAction(self)
        heading.setDefaultWidget(label)
        heading.setEnabled(False)  # the arrow keys pass it by
        self.addAction(heading)

    def headings(self) -> list[str]:
        """The groups, as they are called."""
        shown = [action.defaultWidget() for action in self.actions() if isinstance(action, QWidgetAction)]
        return [label.text() for label in shown if isinstance(label, QLabel)]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        text, held = event.text(), event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        if not held and text.isprintable() and (text.strip() or (text and self._typing)):
            self._seek(text)
        else:
            super().keyPressEvent(event)

    @property
    def _typing(self) -> bool:
        return bool(self._typed) and time.monotonic() - self._typed_at < FORGOTTEN_AFTER

    def _seek(self, text: str) -> None:
        again = self._typing and self._typed == text.lower()  # the same letter goes on to the next
        self._typed = text.lower() if again or not self._typing else self._typed + text.lower()
        self._typed_at = time.monotonic()
        actions = [action for action in self.actions() if action.isEnabled() and action.text()]
        if again and self.activeAction() in actions:
            here = actions.index(self.activeAction()) + 1
            actions = actions[here:] + actions[:here]
        for matches in (_begins, _has_word):
            for action in actions:
                if matches(action.text().lower(), self._typed):
                    self.setActiveAction(action)
                    return


def _begins(text: str, typed: str) -> bool:
    return text.startswith(typed)


def _has_word(text: str, typed: str) -> bool:
    return f" {typed}" in text


Choices = Callable[[], Sequence[Choice]]
"""What can be added, asked for whenever a menu opens."""
