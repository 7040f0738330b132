from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from app.view_models.preferences import MOST_RECENT, Preferences, default_data_folder


def test_what_is_set_holds_at_once_and_at_the_next_start(preferences: Preferences, qtbot: QtBot) -> None:
    with qtbot.waitSignal(preferences.changed) as told:
        assert preferences.set("theme", "dark") == ""
    assert told.args == ["theme"]
    assert preferences.values.theme == "dark"
    assert preferences.set("threads", "3") == ""
    assert preferences.set("autosave", "false") == ""
    preferences.store.sync()
    again = Preferences().values
    assert (again.theme, again.threads, again.autosave) == ("dark", 3, False)


def test_what_is_refused_changes_nothing(preferences: Preferences, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(preferences.changed):
        assert "1024" in preferences.set("threads", "5000")
        assert preferences.set("theme", "purple")
        assert preferences.set("autosave", "perhaps")
    assert preferences.values.threads is None
    assert preferences.store.value("preferences/threads") is None


def test_threads_can_be_automatic_again(preferences: Preferences) -> None:
    preferences.set("threads", "3")
    assert preferences.set("threads", "none") == ""
    assert preferences.values.threads is None


@pytest.mark.parametrize("text", ["", "purple", "0", "-1", "1e9", "🙂"])
def test_a_value_that_is_no_longer_valid_gives_the_default(preferences: Preferences, text: str) -> None:
    preferences.store.setValue("preferences/theme", text)
    preferences.store.setValue("preferences/threads", text)
    preferences.store.setValue("preferences/notify", "true")
    again = Preferences(preferences.store).values
    assert (again.theme, again.threads, again.notify) == ("system", None, True)


def test_a_broken_file_gives_the_defaults(home: Path, qapp: object) -> None:
    path = home / "broken.ini"
    path.write_bytes(b"\x00\xff[preferences\ntheme=\n%%%")
    assert Preferences(QSettings(str(path), QSettings.Format.IniFormat)).values.theme == "system"


def test_where_data_is_kept(preferences: Preferences, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert preferences.data_folder == home / "data"
    assert preferences.runs_folder == home / "data" / "runs"
    preferences.set("data_folder", str(home / "elsewhere"))
    assert preferences.data_folder == home / "elsewhere"
    monkeypatch.delenv("BACKPROP_STUDIO_DATA")
    assert default_data_folder().name in ("backprop-studio", "Backprop Studio")


def test_recent_files_the_newest_first_without_those_that_are_gone(preferences: Preferences, home: Path) -> None:
    paths = [home / f"{number}.json" for number in range(MOST_RECENT + 3)]
    for path in paths:
        path.touch()
        preferences.note_recent(path)
    assert preferences.recent_files == [str(path) for path in reversed(paths)][:MOST_RECENT]
    preferences.note_recent(paths[-2])
    assert preferences.recent_files[:2] == [str(paths[-2]), str(paths[-1])]
    paths[-2].unlink()
    assert preferences.recent_files[0] == str(paths[-1])
    preferences.store.sync()
    assert Preferences().recent_files[0] == str(paths[-1])


def test_neither_files_nor_runs_crowd_out_the_others(preferences: Preferences, home: Path) -> None:
    (home / "mine.json").touch()
    preferences.note_recent(home / "mine.json")
    runs = [home / f"run-{number}" for number in range(MOST_RECENT + 3)]
    for run in runs:
        run.mkdir()
        preferences.note_recent(run)
    expected = [*(str(run) for run in reversed(runs[3:])), str(home / "mine.json")]
    assert preferences.recent_files == expected


def test_where_dialogs_begin_at_first(preferences: Preferences, home: Path) -> None:
    data = home / "data"
    assert preferences.usual_folder("open") == Path.home()
    assert preferences.usual_folder("save_experiment") == data / "experiments"
    assert (data / "experiments").is_dir()
    assert preferences.usual_folder("open") == data / "experiments"
    preferences.runs_folder.mkdir()
    assert preferences.usual_folder("open") == data / "runs"
    assert preferences.usual_folder("save_checkpoint") == data / "checkpoints"
    assert preferences.usual_folder("export").is_dir()


def test_one_recent_file_survives_a_restart(preferences: Preferences, home: Path) -> None:
    (home / "only, one.json").touch()
    preferences.note_recent(home / "only, one.json")
    preferences.store.sync()
    assert Preferences().recent_files == [str(home / "only, one.json")]


def test_what_is_remembered(preferences: Preferences) -> None:
    assert preferences.recall("geometry") is None
    assert preferences.recall("geometry", 5) == 5
    preferences.remember("geometry", b"abc")
    assert bytes(preferences.recall("geometry")) == b"abc"
