"""Every registered augmentation is in the window by its declaration alone: in the form, in the samples, in words."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.panels.build import BuildPanel
from app.panels.samples import SamplesPanel
from app.view_models.document import ExperimentDocument
from app.view_models.samples import DRAWS, SamplesModel
from app.widgets.form_parts import PartsField
from nn_engine import ArrayDataset, Augmentation, preset, registered
from nn_engine.declarations import label_of, settings_of

EVERY: list[Any] = [cls for cls in registered("augmentation").values() if not inspect.isabstract(cls)]
every_augmentation = pytest.mark.parametrize("cls", EVERY, ids=lambda cls: cls.registered_name)


@pytest.fixture
def document() -> ExperimentDocument:
    return ExperimentDocument(preset("mnist-300"))


@pytest.fixture
def digits() -> ArrayDataset:
    rng = np.random.default_rng(0)
    return ArrayDataset(rng.integers(0, 256, (30, 28, 28)).astype(np.uint8), np.arange(30) % 10)


@every_augmentation
def test_it_can_be_added_and_has_a_field_for_each_setting(
    qtbot: QtBot, document: ExperimentDocument, cls: type[Augmentation]
) -> None:
    panel = BuildPanel(document)
    qtbot.addWidget(panel)
    section = panel.augmentation
    parts = section.parts
    assert isinstance(parts, PartsField)
    parts._fill_menu()
    label = label_of(cls)
    (action,) = [each for each in parts._menu.actions() if each.text().lower() == label.lower()]
    assert action.toolTip() == cls.explanation()
    action.trigger()
    assert [type(part) for part in document.experiment.augmentation] == [cls]
    section.refresh()
    section.more.setChecked(True)
    (form,) = section.list.forms
    assert set(form.fields) == {spec.name for spec in settings_of(cls)}
    # In short only what it declares itself.
    section.more.setChecked(False)
    (form,) = section.list.forms
    own = {name for name in inspect.get_annotations(cls) if name in {spec.name for spec in settings_of(cls)}}
    assert set(form.fields) == own - ({"probability"} if "probability" in own else set())


@every_augmentation
def test_the_samples_show_it_and_tell_what_was_drawn(
    qtbot: QtBot, document: ExperimentDocument, digits: ArrayDataset, cls: type[Augmentation]
) -> None:
    assert document.set(f"augmentation.{cls.registered_name}", "on") == ""
    samples = SamplesModel(document)
    panel = SamplesPanel(samples)
    qtbot.addWidget(panel)
    samples.use_data(digits)
    assert samples.why_not == ""
    assert samples.draws.shape == (DRAWS, 28, 28)
    assert not np.array_equal(samples.draws, np.repeat(samples.original, DRAWS, axis=0))
    names = [name[:1].upper() + name[1:] for name in cls().neutral()]
    units = [spec.setting.unit for spec in settings_of(cls) if spec.setting.unit]
    for place in range(DRAWS):
        drawn = samples.drawn(place)
        assert [each.name for each in drawn] == names
        for each in drawn:
            if cls().said(each.name.lower(), 1.0) or cls.mixes_targets:
                assert each.text in ("yes", "no", *samples.names) or each.text.endswith(" %")
                continue
            assert each.text.endswith(units[0] if units else "")
            float(each.text.replace("−", "-").removesuffix(units[0] if units else "").strip())
