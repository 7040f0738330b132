"""The pad: what is drawn on it, what the network is given of it, and what it answers. No widget is needed.

A pointer event draws its piece of ink; the answer to it is worked out when somebody asks, in this thread, by a replica
of the network that nobody else touches.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QObject, QRect, Signal

from app.view_models.ink import NOWHERE, SIDE, WHOLE, Area, Ink, Point, Stroke, Tool, draw_piece
from app.view_models.kept_drawings import KeptDrawings, drawing_id
from nn_engine.data.dataset import Dataset, Task
from nn_engine.data.digit import SIZE, center_digit
from nn_engine.data.idx import IDXError
from nn_engine.data.mnist import MNIST
from nn_engine.data.preprocessing import Preprocessing
from nn_engine.io.images import ImageError, read_images
from nn_engine.io.trained_network import TrainedNetwork
from nn_engine.network import Network
from nn_engine.overflow import quietly
from nn_engine.types import Array, Floats

NARROWEST, WIDEST, DEFAULT_WIDTH = 8, 40, 24
"""The brush in pixels. MNIST's strokes are 2.2 to 2.3 of the 20 pixels that a digit is high; so is the default brush
beside a digit drawn about 200 pixels high."""

MOST_UNDONE = 200
"""How many strokes can be taken back."""

CENTRED = "What the net sees: 28 × 28, centred by mass"


class Guess(NamedTuple):
    """A class and how sure the network is of it."""

    name: str
    probability: float


@dataclass(frozen=True)
class PadPicture:
    """An image on the pad in place of strokes; the network is given exactly its sample."""

    sample: Array
    note: str
    target: int | None = None
    """The class it is known to be."""


@dataclass(frozen=True)
class _Moment:
    """What undoing goes back to: the strokes and picture of then, and the pixels that have changed since."""

    strokes: tuple[Stroke, ...]
    picture: PadPicture | None
    what: str
    area: Area
    pixels: Ink


class PadModel(QObject):
    """Strokes on a square of 280 pixels and a network's answer to them.

    Args:
        data_folder: where judged drawings are kept.
    """

    inked = Signal(QRect)
    """The ink in this part of the pad has changed, and with it the answer."""
    answered = Signal()
    """The answer may be another one though the ink is the same: another network, new weights."""
    judged = Signal()
    """A judgement of the drawing was kept or taken back."""
    network_changed = Signal()
    """Another network answers, or one by another name."""

    def __init__(self, data_folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.kept = KeptDrawings(data_folder)
        self.ink: Ink = np.zeros((SIDE, SIDE), np.uint8)
        """How much ink is where, 0 to 255; changed in place."""
        self.tool: Tool = "pen"
        self.width: float = DEFAULT_WIDTH
        self.label = ""
        """Which network answers: "live, epoch 7", "best, epoch 6", "pretrained, 98.9 %"."""
        self.names: tuple[str, ...] = tuple("0123456789")
        """The classes that it can answer."""
        self.refusal = "There is no network yet."
        """Why no network reads the drawing, in a sentence; "" if one does."""
        self.version = 0
        """Grows whenever the answer may be another one."""
        self._strokes: tuple[Stroke, ...] = ()
        self._picture: PadPicture | None = None
        self._past: list[_Moment] = []
        self._open: Stroke | None = None
        self._before: Ink | None = None
        self._touched = NOWHERE
        self._network: Network | None = None
        self._task: Task | None = None
        self._size = -1
        self._preprocessing = Preprocessing()
        self._test: Dataset | None = None
        self._random = np.random.default_rng()
        self._sample: Array | None = None
        self._probabilities: Floats | None = None
        self._fresh = False
        self._identified: tuple[tuple[Stroke, ...], str] = ((), "")

    # -- drawing ------------------------------------------------------------------------------------------------------

    @property
    def strokes(self) -> tuple[Stroke, ...]:
        """What is on the pad; the last may still be growing."""
        return self._strokes if self._open is None else (*self._strokes, self._open)

    @property
    def picture(self) -> PadPicture | None:
        """The image on the pad, if there is one; strokes may have been drawn over it."""
        return self._picture

    @property
    def empty(self) -> bool:
        """Whether nothing is on the pad."""
        return not self._strokes and self._open is None and self._picture is None

    @property
    def drawing(self) -> bool:
        """Whether the pen is down."""
        return self._open is not None

    def begin_stroke(self, x: float, y: float, pressure: float = 1.0) -> None:
        """Put the brush down: a dot."""
        self.end_stroke()
        self._before = self.ink.copy()
        point = self._point(x, y, pressure)
        self._open = Stroke(self.tool, [point])
        self._touched = draw_piece(self.ink, self.tool, point, point)
        self._changed(self._touched)

    def extend_stroke(self, places: Iterable[tuple[float, float, float]]) -> None:
        """Move the brush on, in straight lines, to each x, y with its pressure."""
        if self._open is None:
            return
        area = NOWHERE
        for place in places:
            point, last = self._point(*place), self._open.points[-1]
            if point != last:
                self._open.points.append(point)
                area = area.united(draw_piece(self.ink, self._open.tool, last, point))
        if area is not NOWHERE:
            self._touched = self._touched.united(area)
            self._changed(area)

    def end_stroke(self) -> None:
        """Lift the brush."""
        if self._open is None or self._before is None:
            return
        stroke, before, self._open, self._before = self._open, self._before, None, None
        what = "eraser stroke" if stroke.tool == "eraser" else "stroke"
        self._remember(what, self._touched, before[self._touched.slices])
        self._strokes = (*self._strokes, stroke)
        self._changed(NOWHERE)

    def clear(self) -> None:
        """Take everything off the pad; ``undo`` brings it back."""
        self.end_stroke()
        if self.empty:
            return
        self._remember("clearing", WHOLE, self.ink)
        self._strokes, self._picture = (), None
        self.ink[...] = 0
        self._changed(WHOLE)

    @property
    def can_undo(self) -> bool:
        """Whether there is anything to take back."""
        return bool(self._past)

    @property
    def undo_text(self) -> str:
        """What would be taken back: stroke, eraser stroke, clearing, image."""
        return self._past[-1].what if self._past else ""

    def undo(self) -> None:
        """Take back the last stroke, the last clearing or the last image."""
        self.end_stroke()
        if self._past:
            moment = self._past.pop()
            self._strokes, self._picture = moment.strokes, moment.picture
            self.ink[moment.area.slices] = moment.pixels
            self._changed(moment.area)

    def _point(self, x: float, y: float, pressure: float) -> Point:
        return Point(float(x), float(y), float(self.width * pressure))

    def _remember(self, what: str, area: Area, pixels: Ink) -> None:
        self._past.append(_Moment(self._strokes, self._picture, what, area, pixels.copy()))
        del self._past[:-MOST_UNDONE]

    def _changed(self, area: Area) -> None:
        self._fresh = False
        self.version += 1
        self.inked.emit(QRect(*area))

    # -- images instead of strokes ------------------------------------------------------------------------------------

    def put_picture(self, picture: PadPicture) -> None:
        """Put an image on the pad in place of what is there. Raises ValueError unless it has 28×28 values."""
        if picture.sample.size != SIZE * SIZE:
            raise ValueError(f"Expected an image of {SIZE} × {SIZE}; received one of shape {picture.sample.shape}.")
        self.end_stroke()
        self._remember("image", WHOLE, self.ink)
        self._strokes, self._picture = (), picture
        shown = np.clip(np.rint(picture.sample.reshape(SIZE, SIZE)), 0, 255).astype(np.uint8)
        self.ink[...] = shown.repeat(SIDE // SIZE, axis=0).repeat(SIDE // SIZE, axis=1)
        self._changed(WHOLE)

    def use_test_data(self, data: Dataset) -> None:
        """Take test images from here; without, from the digits that come along."""
        self._test = data

    def put_test_image(self, index: int | None = None) -> str:
        """Put a test image on the pad, any or a certain one; returns "" or the sentence that says why not."""
        try:
            data = self._test = self._test or MNIST().load_test()
        except (OSError, IDXError) as error:
            return f"There are no test images: {error}"
        if not len(data) or int(np.prod(data.task.sample_shape)) != SIZE * SIZE or data.task.target_kind != "classes":
            return "The test data holds no images of 28 × 28 in classes."
        number = int(self._random.integers(len(data))) if index is None else index
        sample = data.read(np.array([number]), np.empty((1, *data.task.sample_shape), data.dtype))[0]
        target = int(data.targets[number])
        note = f"Test image {number:,}: it is {_with_article(data.task.names[target])}"
        self.put_picture(PadPicture(sample, note, target))
        return ""

    def open_image(self, path: str) -> str:
        """Put the image of a file on the pad; returns "" or the sentence that says why not."""
        try:
            found = read_images(path, (SIZE, SIZE))
        except OSError as error:
            return f"{Path(path).name}: {error.strerror or error}."
        except (ImageError, IDXError) as error:
            return str(error)
        picture = found[0]
        notes = f" ({'; '.join(picture.notes)})" if picture.notes else ""
        self.put_picture(PadPicture(picture.sample, f"{Path(path).name}{notes}"))
        return ""

    # -- the network --------------------------------------------------------------------------------------------------

    def use_network(self, network: Network, preprocessing: Preprocessing, task: Task, label: str) -> None:
        """Let another network answer: a replica of this one, as it is now."""
        self.refusal = _refusal(network, task)
        self._network = None if self.refusal else network.replica()
        self._size = network.state.size
        self._preprocessing, self._task, self.label = preprocessing, task, label
        if not self.refusal:
            self.names = task.names
        self._renewed()
        self.network_changed.emit()

    def trained(self) -> TrainedNetwork | None:
        """A copy of the network that answers, with all it takes to use it elsewhere; None if nobody answers."""
        if self._network is None or self._task is None:
            return None
        return TrainedNetwork(self._network.replica(), self._preprocessing, self._task)

    def no_network(self, why: str) -> None:
        """Let nobody answer, and say why."""
        self.refusal, self._network, self._size, self.label = why, None, -1, ""
        self._renewed()
        self.network_changed.emit()

    def update_weights(self, vector: Floats, label: str) -> bool:
        """Copy new weights, laid out as the network's state, into the replica.

        Returns False, and changes nothing, where they cannot be those of the network in use.
        """
        if vector.size != self._size:
            return False
        if self._network is not None:
            self._network.state[...] = vector
        renamed, self.label = label != self.label, label
        self._renewed()
        if renamed:
            self.network_changed.emit()
        return True

    def _renewed(self) -> None:
        self._fresh = False
        self.version += 1
        self.answered.emit()

    # -- the answer ---------------------------------------------------------------------------------------------------

    @property
    def sample(self) -> Array | None:
        """What the network is given, (28, 28) raw values; None if the pad is empty."""
        self._answer_now()
        return self._sample

    @property
    def probabilities(self) -> Floats | None:
        """The network's answer, one number a class; None while there is none to give."""
        self._answer_now()
        return self._probabilities

    @property
    def sample_note(self) -> str:
        """Where the sample comes from, in a few words."""
        return self._picture.note if self._picture is not None and not self._drawn_over() else CENTRED

    @property
    def answer(self) -> Guess | None:
        """The likeliest class."""
        return self._ranked(0)

    @property
    def runner_up(self) -> Guess | None:
        """The second likeliest class."""
        return self._ranked(1)

    @property
    def trouble(self) -> str:
        """Why there is no answer to what is on the pad, in a sentence; "" if there is one or nothing to answer."""
        if self.refusal or self.sample is None or self._probabilities is not None:
            return self.refusal
        return "The network's weights are no longer numbers: its training has diverged."

    def _ranked(self, place: int) -> Guess | None:
        values = self.probabilities
        if values is None or len(values) <= place:
            return None
        index = int(np.argsort(-values, kind="stable")[place])
        return Guess(self.names[index], float(values[index]))

    def _drawn_over(self) -> bool:
        return bool(self._strokes) or self._open is not None

    @quietly
    def _answer_now(self) -> None:
        """Work out sample and probabilities, unless they are still those of the ink and weights."""
        if self._fresh:
            return
        self._fresh = True
        if self._picture is not None and not self._drawn_over():
            self._sample = self._picture.sample.reshape(SIZE, SIZE)
        else:
            digit = None if self.empty else center_digit(self.ink)
            self._sample = digit if digit is not None and digit.any() else None
        self._probabilities = None
        if self._sample is not None and self._network is not None:
            outputs = self._network.infer(self._preprocessing(self._sample.reshape(1, *self._network.input_shape)))[0]
            if np.isfinite(outputs).all():
                self._probabilities = outputs.copy()

    # -- was it right -------------------------------------------------------------------------------------------------

    @property
    def can_judge(self) -> bool:
        """Whether there is a drawing with an answer to it that has not been judged yet."""
        return self._picture is None and self._open is None and self.probabilities is not None and not self.is_kept

    @property
    def is_kept(self) -> bool:
        """Whether just this drawing is kept."""
        drawn = self._picture is None and self._open is None and bool(self._strokes)
        return drawn and self._drawing_id() in self.kept

    def _drawing_id(self) -> str:
        if self._identified[0] is not self._strokes:
            self._identified = (self._strokes, drawing_id(self._strokes))
        return self._identified[1]

    def judge(self, target: int) -> str:
        """Keep the drawing as one of this class; returns "" or the sentence that says why it could not be kept."""
        answer = self.answer
        if not self.can_judge or answer is None:
            return "There is no drawing to keep."
        judged = {
            "label": self.names[target],
            "class": target,
            "right": self.names[target] == answer.name,
            "answer": answer.name,
            "probability": round(answer.probability, 6),
            "network": self.label,
        }
        return self._keeping(lambda: self.kept.keep(self._strokes, judged))

    def judge_right(self) -> str:
        """Keep the drawing as what the network said it is; returns as ``judge`` does."""
        answer = self.answer
        return "There is no answer to judge." if answer is None else self.judge(self.names.index(answer.name))

    def withdraw(self) -> str:
        """Take back the judgement of this drawing; returns "" or the sentence that says why it could not."""
        return self._keeping(lambda: self.kept.withdraw(self._drawing_id()))

    def _keeping(self, act: Callable[[], None]) -> str:
        try:
            act()
        except OSError as error:
            remedy = "Make room" if error.errno == errno.ENOSPC else "Choose another data folder in the preferences"
            reason = error.strerror or str(error)
            return f"The drawing could not be kept in {self.kept.path}: {reason}. {remedy} and try again."
        self.judged.emit()
        return ""


def _refusal(network: Network, task: Task) -> str:
    """Why drawings cannot be given to a network for this task; "" if they can."""
    shown = " × ".join(map(str, task.sample_shape))
    if task.target_kind != "classes":
        return f"This network answers with {task.target_kind}, not with one of several classes."
    if task.sample_shape not in ((SIZE, SIZE), (SIZE, SIZE, 1)):
        return f"This network reads samples of {shown}, not drawings of {SIZE} × {SIZE}."
    if network.output_fn != "softmax":
        return "This network does not end in a softmax, so its answers are not probabilities."
    return ""


def _with_article(name: str) -> str:
    return f"an {name}" if name[:1].lower() in ("8", "a", "e", "i", "o") else f"a {name}"
