"""The pump: on the display's timer it brings the workers' news to the view models, then lets one panel draw.

Panels take turns, one to a slot, so that no frame has to wait for all of them at once; a panel that cannot be seen gets
no slot, and one that has nothing new leaves its slot to the next. Figures in words are renewed four times a second.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, QTimer

SLOT_MS = 16
TEXT_SECONDS = 0.25

T = TypeVar("T")

log = logging.getLogger(__name__)


class Pump(QObject):
    """Runs while the window is open."""

    def __init__(
        self,
        drain: Callable[[], None],
        visible: Callable[[], Sequence[Callable[[], bool | None]]],
        texts: Callable[[], Sequence[Callable[[], None]]],
        failed: Callable[[BaseException], None],
    ) -> None:
        """``drain`` brings the news; ``visible`` and ``texts`` say what to draw; ``failed`` hears of errors.

        What ``visible`` gives may return False: it had nothing to draw.
        """
        super().__init__()
        self._drain, self._visible, self._texts, self._failed = drain, visible, texts, failed
        self._turn = 0
        self._next_text = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(SLOT_MS)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        """Begin to tick."""
        self._timer.start()

    def stop(self) -> None:
        """Stop ticking."""
        self._timer.stop()

    def tick(self) -> None:
        """One slot: news, one panel, and, four times a second, the words."""
        self._guarded(self._drain)
        panels = self._guarded(self._visible) or ()
        for _ in panels:
            self._turn = (self._turn + 1) % len(panels)
            if self._guarded(panels[self._turn]) is not False:
                break
        now = time.monotonic()
        if now >= self._next_text:
            self._next_text = now + TEXT_SECONDS
            for text in self._guarded(self._texts) or ():
                self._guarded(text)

    def _guarded(self, action: Callable[[], T]) -> T | None:
        """An error in one part must not keep the others from being drawn, nor the news from coming."""
        try:
            return action()
        except Exception as error:
            log.exception("a panel failed")
            self._failed(error)
            return None
