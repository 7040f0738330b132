"""The experiment that is edited: immutable values on an undo list, with words for every edit."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.view_models.differences import differences
from app.view_models.history import History
from app.view_models.layer_stack import (
    MOST_LAYERS,
    LayerRow,
    as_text,
    count_of,
    from_text,
    layer_rows,
    new_layer,
    readable,
    sentence,
    title_of,
)
from nn_engine import PRESETS, Experiment, preset
from nn_engine.data import DataSource, LoadedData, Task
from nn_engine.declarations import edit_path, find, get_path, set_value
from nn_engine.layers import Layer
from nn_engine.metrics import metric_names
from nn_engine.stack import describe
from nn_engine.training.requirements import Ends, check_plan, check_sense, choose_monitor

WITHOUT_EFFECT = ("name",)
"""Settings that no training depends on."""

BYTES_PER_PARAMETER = 16
"""A weight, its gradient and what an optimizer remembers of it, in float32."""


@dataclass(frozen=True)
class DataFacts:
    """What is known of a data source once it is read."""

    source: DataSource
    task: Task
    train: int
    test: int


class ExperimentDocument(QObject):
    """An experiment being edited. Every change is a new value, so undo only puts an earlier one back."""

    changed = Signal()
    """The experiment is another one, or what is known of its data is."""
    live_changed = Signal(str, str)
    """A setting that acts at once changed, by editing, undo or redo: its path and the text that sets it."""
    structure_changed = Signal()
    """Something changed that only a new training takes over."""

    def __init__(self, experiment: Experiment | None = None) -> None:
        super().__init__()
        self._experiment = self._saved = experiment or preset("mnist-300")
        self._history: History[Experiment] = History()
        self._facts: DataFacts | None = None
        self._data_error: tuple[DataSource, str] | None = None
        self._in_use: Experiment | None = None
        """The one that was trained with, where a saved training goes on."""
        self._rows: list[LayerRow] | None = None
        self._rows_made_from: object = None
        self.path: Path | None = None
        """The file it was opened from or last saved to."""

    # -- the whole ------------------------------------------------------------------------------------------------

    @property
    def experiment(self) -> Experiment:
        """The experiment as it stands."""
        return self._experiment

    @property
    def modified(self) -> bool:
        """Whether it differs from what was opened or last saved."""
        return self._experiment != self._saved

    def start(self, experiment: Experiment, path: Path | None = None, trained: bool = False) -> None:
        """Begin with another experiment, opened or new; the undo list starts empty.

        One that is being ``trained`` already goes on, so it is not refused for what is only ill-advised.
        """
        self._history.clear()
        self._in_use = experiment if trained else None
        self._experiment = self._saved = experiment
        self.path = path
        self.changed.emit()

    def saved_to(self, path: Path) -> None:
        """The experiment as it stands is in this file."""
        self._saved, self.path = self._experiment, path
        self.changed.emit()

    def apply(self, experiment: Experiment, what: str) -> None:
        """Replace the whole as one edit, in the words given."""
        self._edit(experiment, what)

    def use_preset(self, name: str, only_layers: bool = False) -> None:
        """Take over a preset, or just its stack. Raises ValueError that lists what exists."""
        chosen = preset(name)
        if only_layers:
            kept = {part: getattr(chosen, part) for part in ("layers", "weight_init", "bias_init")}
            self._edit(self._experiment.replace(**kept), f"layers of {name}")
        else:
            self._edit(chosen.replace(data=self._experiment.data), f"preset {name}")

    @staticmethod
    def presets() -> list[tuple[str, str]]:
        """Every preset's name and the sentence about it."""
        return [(name, found.explanation) for name, found in PRESETS.items()]

    # -- single settings ------------------------------------------------------------------------------------------

    def set(self, path: str, text: str, dragging: bool = False) -> str:
        """Set one setting as typed; returns "", or the sentence that refuses it and leaves all as it is.

        Edits of the same path made while ``dragging`` become one on the undo list, until ``settle``.
        """
        try:
            new = edit_path(self._experiment, path, text)
        except (ValueError, TypeError) as error:
            return sentence(str(error).removeprefix(f"{path}: "))
        if new != self._experiment:
            self._edit(new, gesture=path if dragging else "")
        return ""

    def settle(self, path: str = "") -> None:
        """A drag, or that of one setting, is over: the next change of the same setting is an edit of its own."""
        self._history.settle(path)

    def take_back(self, path: str, kept: Experiment) -> None:
        """Give a setting the value that it has in another experiment: the last edit of it could not be.

        No edit of its own, because undoing it would only bring back what could not be; but one if it was an undo that
        could not be, because the edits before that one are others.
        """
        new = set_value(self._experiment, path, get_path(kept, path))
        if new != self._experiment:
            self._history.amend(self._experiment, new, _words)
            self._become(new)

    def value(self, path: str) -> Any:
        """The value at a path. Raises ValueError where there is none."""
        return get_path(self._experiment, path)

    # -- undo -----------------------------------------------------------------------------------------------------

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return self._history.next_undo is not None

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone edit."""
        return self._history.next_redo is not None

    @property
    def undo_text(self) -> str:
        """What undo would do: "Undo units 300 → 200"."""
        return f"Undo {self._history.next_undo}" if self.can_undo else "Undo"

    @property
    def redo_text(self) -> str:
        """What redo would do."""
        return f"Redo {self._history.next_redo}" if self.can_redo else "Redo"

    def undo(self) -> None:
        """Take the last edit back, if there is one."""
        if self.can_undo:
            self._become(self._history.undo())

    def redo(self) -> None:
        """Do the edit that was undone last again, if there is one."""
        if self.can_redo:
            self._become(self._history.redo())

    def _edit(self, new: Experiment, what: str = "", gesture: str = "") -> None:
        if new == self._experiment:
            return
        words: Callable[[Experiment, Experiment], str] = (lambda old, now: what) if what else _words
        self._history.push(self._experiment, new, words, gesture)
        self._become(new)

    def _become(self, new: Experiment) -> None:
        found = [change for change in differences(self._experiment, new) if change.path not in WITHOUT_EFFECT]
        self._experiment = new
        self.changed.emit()
        if any(not change.live for change in found):
            self.structure_changed.emit()
        else:
            for change in found:
                self.live_changed.emit(change.path, change.text)

    # -- layers ---------------------------------------------------------------------------------------------------

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The stack, which may not fit together while it is edited."""
        return self._experiment.layers

    def insert_layer(self, index: int | None, name: str) -> int:
        """Put a new layer of this registered name at a place; returns the place.

        Without a place it goes before the output layer. Its settings are those the stack usually has. Raises
        ValueError in words where no such layer can be made, or the stack is full.
        """
        layers = self.layers
        if index is None:
            index = 0 if find("layer", name) in _FIRST_ONLY else max(len(layers) - 1, 1)
        index = min(max(index, 0), len(layers))
        made = new_layer(name, layers, self.task)
        self._use_layers((*layers[:index], made, *layers[index:]), f"add {title_of(type(made))}")
        return index

    def remove_layer(self, index: int) -> None:
        """Take a layer out."""
        layers = self.layers
        self._use_layers((*layers[:index], *layers[index + 1 :]), f"remove {title_of(type(layers[index]))}")

    def duplicate_layer(self, index: int) -> int:
        """Put a copy of a layer behind it; returns the copy's place. Raises ValueError where the stack is full."""
        layers = self.layers
        copied = (*layers[: index + 1], layers[index], *layers[index + 1 :])
        self._use_layers(copied, f"duplicate {title_of(type(layers[index]))}")
        return index + 1

    def move_layer(self, index: int, to: int) -> int:
        """Move a layer so that it stands at the place ``to``; returns where it stands."""
        layers = list(self.layers)
        to = min(max(to, 0), len(layers) - 1)
        moved = layers.pop(index)
        layers.insert(to, moved)
        self._use_layers(tuple(layers), f"move {title_of(type(moved))}")
        return to

    def layers_as_text(self, index: int | None = None) -> str:
        """The stack, or one layer of it, as text: one JSON object a line."""
        return as_text(self.layers if index is None else self.layers[index : index + 1])

    def paste_layers(self, text: str, index: int | None = None) -> str:
        """Take over layers from text; returns "" or the sentence that refuses them.

        A text that begins with an input layer is a whole stack and replaces this one, but an input layer alone only
        takes the place of the one there is; anything else is inserted at ``index``, or before the output layer.
        """
        try:
            pasted = from_text(text)
            layers = self.layers
            if type(pasted[0]) in _FIRST_ONLY and len(pasted) == 1:
                whole = (*pasted, *(layers[1:] if layers and type(layers[0]) in _FIRST_ONLY else layers))
            elif type(pasted[0]) in _FIRST_ONLY or not layers:
                whole = pasted
            else:
                place = max(len(layers) - 1, 1) if index is None else min(max(index, 0), len(layers))
                whole = (*layers[:place], *pasted, *layers[place:])
            self._use_layers(whole, "paste layers")
        except ValueError as error:
            return str(error)
        return ""

    def _use_layers(self, layers: tuple[Layer, ...], what: str) -> None:
        count = count_of(layers)
        if count > max(MOST_LAYERS, count_of(self.layers)):  # what was opened with more can still become less
            raise ValueError(
                f"That would make {count:,} layers, those in blocks included; a stack has {MOST_LAYERS} at most here. "
                "Remove some first."
            )
        self._edit(self._experiment.replace(layers=layers), what)

    def layer_rows(self) -> list[LayerRow]:
        """A row for each layer, with its live output shape, parameter count and error in words."""
        made_from = (self.layers, self.task)
        if self._rows is None or self._rows_made_from != made_from:
            self._rows, self._rows_made_from = layer_rows(*made_from), made_from
        return self._rows

    @property
    def parameter_count(self) -> int | None:
        """How many parameters the stack has; None while some layer does not fit."""
        counts = [row.parameters for row in self.layer_rows()]
        return None if None in counts else sum(count for count in counts if count is not None)

    # -- data and fit ---------------------------------------------------------------------------------------------

    @property
    def task(self) -> Task | None:
        """What the data asks of a network, once the data is read."""
        return self._facts.task if self._facts is not None and self._facts.source == self._experiment.data else None

    def use_data(self, source: DataSource, data: LoadedData) -> None:
        """The data of a source is read: rows, sizes and ``fits`` speak of it from now on."""
        self._facts = DataFacts(source, data.task, len(data.train), len(data.test))
        self._data_error = None
        self.changed.emit()

    def data_failed(self, source: DataSource, why: str) -> None:
        """The data of a source could not be read."""
        self._data_error = (source, why)
        self.changed.emit()

    @property
    def data_error(self) -> str:
        """Why the data cannot be read, or ""."""
        if self._data_error is None or self._data_error[0] != self._experiment.data:
            return ""
        return self._data_error[1]

    def sizes(self) -> tuple[int, int, int] | None:
        """How many samples are learned from, judge each epoch, and are kept for the end."""
        if self._facts is None or self._facts.source != self._experiment.data:
            return None
        used = min(self._experiment.train_size or self._facts.train, self._facts.train)
        apart = round(used * self._experiment.validation_share)
        return used - apart, apart, self._facts.test

    @property
    def steps_per_epoch(self) -> int:
        """How many steps an epoch has; 1 while the data is not read."""
        sizes = self.sizes()
        return max(1, math.ceil(sizes[0] / self._experiment.batch_size)) if sizes else 1

    def schedule_curve(self, points: int) -> list[float]:
        """The learning rate that would be used, at so many moments from the first step to the last."""
        plan, steps = self._experiment, self.steps_per_epoch if self.sizes() else 100
        last = max(steps * plan.epochs - 1, 1)
        moments = (round(last * index / max(points - 1, 1)) for index in range(points))
        base = plan.optimizer.learning_rate
        return [base * plan.rate_factor(step, steps) for step in moments]

    @property
    def fits(self) -> str:
        """Why the whole cannot be trained, in words, or ""."""
        if self.data_error:
            return self.data_error
        rows = self.layer_rows()
        if not rows:
            return "There are no layers. Add an input layer, or take a preset's stack."
        for row in rows:
            if row.error:
                return f"{row.title}: {row.error[:1].lower()}{row.error[1:]}"
        count = self.parameter_count or 0
        if not count:
            return "There is nothing to train: no layer has weights. Add a dense layer."
        memory = _memory()
        if memory and count * BYTES_PER_PARAMETER > memory:
            need, have = count * BYTES_PER_PARAMETER / 2**30, memory / 2**30
            return f"{count:,} parameters need about {need:,.0f} GB; this computer has {have:,.0f} GB. Use fewer units."
        try:
            return self._against_the_data()
        except ValueError as error:
            return readable(str(error))

    def _against_the_data(self) -> str:
        """What a trainer would say of the plan, as far as the data is known; raises ValueError as the trainer does."""
        plan, task, sizes = self._experiment, self.task, self.sizes()
        described = describe(self.layers)
        ends = Ends(described[0].output_shape, described[-1].output_shape, self.layers[-1].output_fn)
        if task is None or sizes is None:
            plan.loss.check_output(ends.output_fn, math.prod(ends.output_shape))
            return ""
        check_plan(plan, ends, task)
        check_sense(plan, self._in_use)
        if not sizes[0]:
            return "Nothing is left to learn from. Set less apart for validation."
        choose_monitor(plan, metric_names(task, validated=sizes[1] > 0))
        return ""


_FIRST_ONLY = (find("layer", "input"),)


def _words(old: Experiment, new: Experiment) -> str:
    """One edit in words; where settings made room for another, that one is told."""
    found = list(differences(old, new))
    told = [change for change in found if change.new is not None] or found
    return told[0].words


def _memory() -> int:
    """The computer's memory in bytes, or 0 where it does not say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 0
