"""Drawings that a person has judged, kept for later: one JSON object a line, added to the end and never rewritten.

    {"id": …, "when": "2026-01-31T12:00:00+00:00", "label": "7", "class": 7, "right": true, "answer": "7",
     "probability": 0.989, "network": "live, epoch 7", "side": 280,
     "strokes": [{"tool": "pen", "points": [[x, y, width], …]}, …]}

A line ``{"id": …, "withdrawn": true}`` takes a drawing back. What a crash cut off is passed over when reading.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.view_models.ink import SIDE, Stroke
from nn_engine.io.files import append_and_sync, cut, sync_folder

FILE_NAME = "drawings.jsonl"


class KeptDrawings:
    """The file of kept drawings in a folder. It is read when something is first asked of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._ids: set[str] | None = None

    def __len__(self) -> int:
        return len(self._kept())

    def __contains__(self, drawing: object) -> bool:
        return drawing in self._kept()

    def _kept(self) -> set[str]:
        """The ids of what is kept. A file that cannot be read keeps nothing; adding to it will say why."""
        if self._ids is None:
            self._ids = set()
            with suppress(OSError):
                self._ids = {record["id"] for record in self.records()}
        return self._ids

    def records(self) -> Iterator[dict[str, Any]]:
        """Every kept drawing, in the order of keeping, without those taken back. Raises OSError as ``open`` does."""
        found: dict[str, dict[str, Any]] = {}
        if self.path.exists():
            with self.path.open("rb") as stream:
                for line in stream:
                    record = _read(line)
                    if record is None:
                        continue
                    if record.get("withdrawn"):
                        found.pop(record["id"], None)
                    else:
                        found.setdefault(record["id"], record)
        yield from found.values()

    def keep(self, strokes: Sequence[Stroke], judged: dict[str, Any]) -> None:
        """Keep a drawing with what was said about it; once only. Raises OSError, and keeps nothing, if it cannot."""
        drawing = drawing_id(strokes)
        if drawing in self:
            return
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        record = {"id": drawing, "when": now, **judged, "side": SIDE, "strokes": _plain(strokes)}
        self._append(record)
        self._kept().add(drawing)

    def withdraw(self, drawing: str) -> None:
        """Take a drawing back. Raises OSError, and changes nothing, if it cannot."""
        if drawing in self:
            self._append({"id": drawing, "withdrawn": True})
            self._kept().discard(drawing)

    def _append(self, record: dict[str, Any]) -> None:
        """Write a line and wait for the disk. What a full disk takes only in part is cut off again."""
        new = not self.path.exists()
        if new:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        size = 0 if new else self.path.stat().st_size
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"
        if size and not self._ends_a_line(size):
            line = "\n" + line  # the last line was cut off by a crash; it must not spoil this one
        try:
            append_and_sync(self.path, line.encode())
        except OSError:
            with suppress(OSError):
                cut(self.path, size)
            raise
        if new:
            sync_folder(self.path.parent)

    def _ends_a_line(self, size: int) -> bool:
        with self.path.open("rb") as stream:
            stream.seek(size - 1)
            return stream.read(1) == b"\n"


def drawing_id(strokes: Sequence[Stroke]) -> str:
    """The same for the same strokes, whenever they are drawn or asked about."""
    return hashlib.sha256(json.dumps(_plain(strokes)).encode()).hexdigest()[:32]


def _plain(strokes: Sequence[Stroke]) -> list[dict[str, Any]]:
    """Strokes for JSON, to a hundredth of a pixel."""
    return [
        {"tool": stroke.tool, "points": [[round(value, 2) for value in point] for point in stroke.points]}
        for stroke in strokes
    ]


def _read(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and isinstance(record.get("id"), str) else None
