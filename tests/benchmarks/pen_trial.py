"""How well a network reads what people draw: ``python3 -m tests.benchmarks.pen_trial STROKES.npz [--checkpoint C]``.

Every digit of the file is drawn on the real pad, with pointer events at whole pixels, its longer side 200 pixels, with
the brush as it is at first. The file holds ``points`` (n, 2), x to the right and y down on any scale;
``stroke_lengths``, points in each stroke; ``strokes_per_digit``; ``labels``; and, if known, ``sources``: who drew it.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.theme import apply_theme
from app.view_models.ink import SIDE
from app.view_models.pad import PadModel
from app.view_models.pretrained import PRETRAINED
from app.widgets.canvas import FRAME, Canvas
from nn_engine.io.checkpoint import load_checkpoint

LONGER_SIDE = 200
Points = np.ndarray[Any, np.dtype[np.float64]]


def digits(path: Path) -> Iterator[tuple[list[Points], int, str]]:
    """The strokes, the label and the source of each digit."""
    with np.load(path, allow_pickle=False) as file:
        points, labels = file["points"].astype(np.float64), file["labels"]
        strokes = np.split(points, np.cumsum(file["stroke_lengths"])[:-1])
        counts = file["strokes_per_digit"]
        sources = file["sources"] if "sources" in file else np.full(len(labels), "all")
    first = 0
    for count, label, source in zip(counts, labels, sources, strict=True):
        yield strokes[first : first + int(count)], int(label), str(source)
        first += int(count)


def placed(strokes: list[Points]) -> list[Points]:
    """The same digit in the middle of the pad, 200 pixels long, at whole pixels."""
    every = np.concatenate(strokes)
    low, high = every.min(axis=0), every.max(axis=0)
    scale = LONGER_SIDE / max(float((high - low).max()), 1e-9)
    return [np.rint((stroke - (low + high) / 2) * scale + SIDE / 2) for stroke in strokes]


def draw(canvas: Canvas, strokes: list[Points]) -> None:
    """Draw with the mouse."""
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    kinds = QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease

    def send(kind: QEvent.Type, point: Points) -> None:
        place = QPointF(float(point[0]) + FRAME, float(point[1]) + FRAME)
        button = none if kind == kinds[1] else left
        held = none if kind == kinds[2] else left
        far = canvas.mapToGlobal(place)
        event = QMouseEvent(kind, place, far, button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(canvas, event)

    for stroke in strokes:
        send(kinds[0], stroke[0])
        for point in stroke[1:]:
            send(kinds[1], point)
        send(kinds[2], stroke[-1])


def pad_with(checkpoint_path: Path) -> tuple[PadModel, Canvas]:
    """A pad whose drawings go to the checkpoint's network."""
    checkpoint = load_checkpoint(checkpoint_path)
    pad = PadModel(Path(tempfile.gettempdir()) / "unused")
    pad.use_network(checkpoint.network, checkpoint.preprocessing, checkpoint.task, checkpoint_path.name)
    canvas = Canvas(pad.ink)
    canvas.began.connect(pad.begin_stroke)
    canvas.moved.connect(pad.extend_stroke)
    canvas.ended.connect(pad.end_stroke)
    canvas.clear_asked.connect(pad.clear)
    canvas.resize(canvas.sizeHint())
    canvas.show()
    return pad, canvas


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("strokes", type=Path, metavar="STROKES.npz")
    parser.add_argument("--checkpoint", type=Path, default=PRETRAINED, help="default: the one that comes along")
    arguments = parser.parse_args()
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    apply_theme(application, "light")
    pad, canvas = pad_with(arguments.checkpoint)
    if pad.refusal:
        print(pad.refusal)
        return 1
    right: dict[str, list[bool]] = {}
    for strokes, label, source in digits(arguments.strokes):
        draw(canvas, placed(strokes))
        answer = pad.answer
        right.setdefault(source, []).append(answer is not None and answer.name == pad.names[label])
        pad.clear()
    every = [each for answers in right.values() for each in answers]
    print(f"overall {np.mean(every):.2%}".replace("%", " %"))
    for source in sorted(right):
        answers = right[source]
        print(f"{source} {np.mean(answers):.2%} of {len(answers)}".replace("%", " %"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
