"""An undo list of immutable values: each edit keeps what was before, what came after, and words for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

LONGEST = 1000
"""How many edits are remembered; the oldest are forgotten first."""


@dataclass(frozen=True)
class Edit(Generic[T]):
    """One step of the list."""

    what: str
    before: T
    after: T


class History(Generic[T]):
    """Edits that can be undone, and undone ones that can be done again."""

    def __init__(self) -> None:
        self._done: list[Edit[T]] = []
        self._undone: list[Edit[T]] = []
        self._open = ""
        self._undo_came_last = False

    def push(self, before: T, after: T, words: Callable[[T, T], str], gesture: str = "") -> None:
        """Remember an edit.

        Those of one gesture, such as the drag of a slider or a series of steps, become one until ``settle``.
        """
        self._undone.clear()
        self._undo_came_last = False
        if gesture and gesture == self._open and self._done:
            before = self._done.pop().before
        self._open = gesture
        if before == after:  # dragged back to where it was
            self._open = ""
            return
        self._done.append(Edit(words(before, after), before, after))
        del self._done[:-LONGEST]

    def amend(self, before: T, after: T, words: Callable[[T, T], str]) -> None:
        """What was done last has come to something else.

        An edit becomes one to that; where it is what was before it, there was no edit. If an undo came last, the edits
        that are left have nothing to do with it, so this is an edit of its own.
        """
        if self._undo_came_last:
            self.push(before, after, words)
        elif self._done:
            last = self._done.pop()
            if last.before != after:
                self._done.append(Edit(words(last.before, after), last.before, after))
        self._open = ""

    def settle(self, gesture: str = "") -> None:
        """A gesture is over, whichever it is or this one: the next edit is one of its own."""
        if gesture in ("", self._open):
            self._open = ""

    def undo(self) -> T:
        """Take the last edit back. Raises IndexError where there is none."""
        edit = self._done.pop()
        self._undone.append(edit)
        self._undo_came_last = True
        self.settle()
        return edit.before

    def redo(self) -> T:
        """Do the edit that was undone last again. Raises IndexError where there is none."""
        edit = self._undone.pop()
        self._done.append(edit)
        self._undo_came_last = False
        self.settle()
        return edit.after

    def clear(self) -> None:
        """Forget everything."""
        self._done.clear()
        self._undone.clear()
        self._undo_came_last = False
        self.settle()

    @property
    def next_undo(self) -> str | None:
        """Words for the edit that would be undone."""
        return self._done[-1].what if self._done else None

    @property
    def next_redo(self) -> str | None:
        """Words for the edit that would be done again."""
        return self._undone[-1].what if self._undone else None
