"""One sample, nine times: as it is and as augmentation draws it, with what was drawn in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.view_models.document import ExperimentDocument
from nn_engine.data.augmentation import Augmentation, AugmentationPipeline
from nn_engine.data.augmentation.pipeline import Augmented
from nn_engine.data.dataset import Dataset
from nn_engine.declarations import settings_of
from nn_engine.randomness import Stream, keyed_generator

Bytes = NDArray[np.uint8]

DRAWS = 9
MOST_CLASSES = 10
_MIDDLE = DRAWS // 2
_NOTHING = np.zeros((0, 1, 1), np.uint8)


@dataclass(frozen=True)
class Drawn:
    """One thing that was drawn for a sample: "Rotation", "+3.4 °"."""

    name: str
    text: str


class SamplesModel(QObject):
    """Follows the document's augmentation; give it data with ``use_data``.

    The draws depend on the seed, the handful and the sample alone: while a range is dragged the same draws grow.
    """

    changed = Signal()

    def __init__(self, document: ExperimentDocument) -> None:
        super().__init__()
        self._document = document
        self._data: Dataset | None = None
        self._settings: tuple[object, ...] = ()
        self._out_of_date = False
        self.version = 0
        self.handful = 0
        self.why_not = "The samples appear here as soon as the data is read."
        """Why there is nothing to show, in a sentence; empty while there is."""
        self.numbers: list[int] = []
        """The sample of each class, by its number in the data."""
        self.names: list[str] = []
        """The class of each of these."""
        self.chosen = 0
        """Which of them is shown."""
        self.chosen_draw = _MIDDLE
        self.thumbnails: Bytes = _NOTHING
        self.original: Bytes = _NOTHING
        self.draws: Bytes = _NOTHING
        self._drawn: list[list[Drawn]] = []
        self._raw: NDArray[Any] = _NOTHING
        self._read_for: tuple[Dataset, int] | None = None
        document.changed.connect(self._document_changed)

    # -- what there is to choose from -----------------------------------------------------------------------------

    def use_data(self, data: Dataset | None) -> None:
        """Show samples of this data, (None) of none; the same data again changes nothing."""
        if data is self._data and data is not None:
            return
        self._data = data
        self.handful = 0
        self.chosen, self.chosen_draw = 0, _MIDDLE
        self._take_handful()
        if data is not None and len(self.numbers) > 2:
            self.choose(2)

    def another_handful(self) -> None:
        """Other samples, drawn upon anew."""
        self.handful += 1
        self._take_handful()

    def choose(self, index: int) -> None:
        """Show another of the samples."""
        if 0 <= index < len(self.numbers) and index != self.chosen:
            self.chosen = index
            self._draw()

    def choose_draw(self, index: int) -> None:
        """Tell what was drawn for another of the nine."""
        if 0 <= index < DRAWS and index != self.chosen_draw:
            self.chosen_draw = index
            self._tell()

    @property
    def number(self) -> int:
        """The number of the sample shown, in the data."""
        return self.numbers[self.chosen]

    @property
    def augmented(self) -> bool:
        """Whether anything is drawn at all."""
        return bool(self._document.experiment.augmentation)

    def drawn(self, index: int | None = None) -> list[Drawn]:
        """What was drawn for one of the nine, the chosen one if none is given."""
        place = self.chosen_draw if index is None else index
        return self._drawn[place] if place < len(self._drawn) else []

    def told(self, index: int) -> str:
        """The same in one line: "Rotation +3.4 °, Shift x +1.3 px"."""
        return ", ".join(f"{each.name} {each.text}" for each in self.drawn(index))

    # -- the work -------------------------------------------------------------------------------------------------

    def _document_changed(self) -> None:
        if self._settings != self._of_document():
            self._out_of_date = True
            self.version += 1
            self.changed.emit()

    def update(self) -> None:
        """Draw anew if the document has changed; for the moment at which it is looked at."""
        if self._out_of_date:
            self._draw()

    def _of_document(self) -> tuple[object, ...]:
        experiment = self._document.experiment
        return experiment.augmentation, experiment.preprocessing, experiment.seed

    def _take_handful(self) -> None:
        data = self._data
        self.numbers, self.names = [], []
        self.thumbnails = self.original = self.draws = _NOTHING
        self._drawn, self._read_for = [], None
        if data is None:
            self.why_not = "The samples appear here as soon as the data is read."
        elif not _are_images(data.task.sample_shape):
            self.why_not = (
                "These samples are not images, so there is no picture of them. Their values are used as they are."
            )
        elif not len(data):
            self.why_not = "The data has no samples."
        else:
            self.why_not = ""
            self._pick(data)
            self.chosen = min(self.chosen, len(self.numbers) - 1)
            self.thumbnails = _as_bytes(_read(data, self.numbers), data.dtype)
        self._draw()

    def _pick(self, data: Dataset) -> None:
        """One sample of each class, or some samples where there are no classes."""
        rng = keyed_generator(self._document.experiment.seed, Stream.SPLIT, self.handful)
        if data.task.target_kind != "classes":
            self.numbers = np.sort(rng.permutation(len(data))[:MOST_CLASSES]).tolist()
            self.names = [f"no. {number}" for number in self.numbers]
            return
        for number, name in enumerate(data.task.names[:MOST_CLASSES]):
            members = np.flatnonzero(data.targets == number)
            if len(members):
                self.numbers.append(int(members[rng.integers(len(members))]))
                self.names.append(name)

    def _draw(self) -> None:
        self._out_of_date = False
        self._settings = self._of_document()
        data = self._data
        if data is not None and self.numbers:
            if (data, self.number) != self._read_for:
                self._read_for = (data, self.number)
                self._raw = _read(data, [self.number])
                self.original = _as_bytes(self._raw, data.dtype)
            raw = self._raw
            try:
                self._apply(data, raw)
                self.why_not = ""
            except ValueError as error:
                self.why_not = str(error)
        self._tell()

    def _apply(self, data: Dataset, raw: NDArray[Any]) -> None:
        experiment = self._document.experiment
        scale = experiment.preprocessing
        pipeline = AugmentationPipeline(experiment.augmentation, data.task.sample_shape, scale.black, scale.white)
        mixed = any(part.mixes_targets for part in experiment.augmentation)
        # Keys of its own: epochs of a training count from 0, so no batch is ever augmented by these draws.
        rng = keyed_generator(experiment.seed, Stream.AUGMENTATION, 2**32 - 1, self.handful, self.chosen)
        if mixed:
            pairs = self._with_others(data, raw)
            made = [pipeline.apply_and_tell(scale(x), rng) for x in pairs]
            images = np.concatenate([each.images[:1] for each in made])
            self._drawn = [self._told_of(each, 0, self._partner(place)) for place, each in enumerate(made)]
        else:
            together = pipeline.apply_and_tell(scale(np.repeat(raw, DRAWS, axis=0)), rng)
            images = together.images
            self._drawn = [self._told_of(together, place) for place in range(DRAWS)]
        self.draws = _as_bytes((images * scale.deviation + scale.mean) * scale.divide_by, data.dtype)

    def _with_others(self, data: Dataset, raw: NDArray[Any]) -> list[NDArray[Any]]:
        """The sample nine times, each with one other to be mixed with: a tenth of the work of mixing all with all."""
        partners = [self._partner(place) for place in range(DRAWS)]
        others = _read(data, [self.numbers[partner] for partner in partners])
        return [
            raw if partner == self.chosen else np.concatenate([raw, other[None]])
            for partner, other in zip(partners, others, strict=True)
        ]

    def _partner(self, place: int) -> int:
        """Which of the handful a draw may be mixed with: another one each time, itself where there is no other."""
        others = [number for number in range(len(self.numbers)) if number != self.chosen]
        return others[place % len(others)] if others else self.chosen

    def _told_of(self, made: Augmented, place: int, other: int = -1) -> list[Drawn]:
        """What was drawn for one of the samples; where it was mixed, with which of the handful: ``other`` or itself."""
        told = []
        for part, draws in made.done:
            partners = part.partners(draws)
            for name, neutral in part.neutral().items():
                value = float(draws[name][place])
                if text := part.said(name, value):
                    told.append(Drawn(_capital(name), text))
                elif partners is not None:
                    told.append(Drawn(_capital(name), self.names[self.chosen if partners[place] == place else other]))
                else:
                    told.append(_in_words(name, value, _unit_of(part), neutral))
        return told

    def _tell(self) -> None:
        self.version += 1
        self.changed.emit()


def _are_images(shape: tuple[int, ...]) -> bool:
    return len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3))


def _read(data: Dataset, numbers: list[int]) -> NDArray[Any]:
    return data.read(np.array(numbers, np.intp), np.empty((len(numbers), *data.task.sample_shape), data.dtype))


def _as_bytes(images: NDArray[Any], dtype: np.dtype[np.generic]) -> Bytes:
    """Images as they are shown: bytes as they are, other numbers as shares of 1."""
    if dtype != np.uint8:
        images = images * 255.0
    made = images if images.dtype == np.uint8 else np.clip(np.rint(images), 0, 255).astype(np.uint8)
    return made[..., 0] if made.ndim == 4 and made.shape[3] == 1 else made


def _unit_of(part: Augmentation) -> str:
    """The unit of what a part draws: that of its own settings."""
    return next((spec.setting.unit for spec in settings_of(type(part)) if spec.setting.unit), "")


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _in_words(name: str, value: float, unit: str, neutral: float) -> Drawn:
    """Changes about zero with their sign, others as they are."""
    if neutral == 0:
        text = f"{value:+.1f}".replace("-", "−")
        text = text.replace("+0.0", "0.0").replace("−0.0", "0.0")
    else:
        text = f"{value:.0f}" if abs(neutral) >= 10 else f"{value:.2f}"
    return Drawn(_capital(name), f"{text} {unit}".strip())
