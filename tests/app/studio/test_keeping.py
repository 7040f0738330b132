from __future__ import annotations

import errno

import pytest

from app.studio import Studio
from app.view_models.preferences import Preferences
from nn_engine.io.experiment_file import load_experiment
from tests.app.conftest import MakeStudio


def test_the_experiment_is_kept_for_the_next_start(make_studio: MakeStudio, preferences: Preferences) -> None:
    studio = make_studio()
    studio.document.set("layers.1.units", "33")
    studio.finish()
    kept = load_experiment(preferences.data_folder / "last-experiment.json")
    assert kept == studio.document.experiment
    other = Studio(preferences)
    other.restore_last()
    assert other.document.experiment == kept
    (preferences.data_folder / "last-experiment.json").write_text("broken")
    other.restore_last()
    assert other.document.experiment == kept
    other.finish()


def test_unsaved_edits_outlive_an_end_from_outside_where_nothing_is_kept_by_itself(
    make_studio: MakeStudio, preferences: Preferences
) -> None:
    preferences.set("autosave", "false")
    studio = make_studio()
    studio.document.set("layers.1.units", "33")
    studio.finish(asked=False)
    kept = preferences.data_folder / "unsaved-experiment.json"
    assert load_experiment(kept) == studio.document.experiment
    make_studio().finish()
    assert kept.exists(), "a start that did not bring them back leaves them there"
    other = Studio(preferences)
    other.restore_last()
    assert other.edits_are_back
    assert other.document.experiment == studio.document.experiment
    assert other.document.modified, "they are still unsaved"
    other.start()
    other.finish(asked=False)
    assert kept.exists()
    last = Studio(preferences)
    last.restore_last()
    last.start()
    last.finish()
    assert not kept.exists(), "saved or given up knowingly"


def test_where_nothing_can_be_kept_it_ends_all_the_same(
    make_studio: MakeStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    studio = make_studio()
    monkeypatch.setattr("app.studio.keeping.save_experiment", no_room)
    studio.finish()
    assert studio.worker.isFinished()
