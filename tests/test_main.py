"""What ``main.py`` makes of its words, up to where a window or a command takes over."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.parser import wants_window
from main import main


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """What the window was asked to open."""
    files: list[str | None] = []

    def launch(file: str | None) -> int:
        files.append(file)
        return 5

    monkeypatch.setattr("app.window.launch.launch", launch)
    return files


def test_no_words_or_a_file_mean_the_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("mine.json", "train"):
        (tmp_path / name).touch()
    assert wants_window([])
    assert wants_window(["mine.json"])
    assert wants_window([str(tmp_path)])
    assert not wants_window(["train"]), "a command is a command, whatever files there are"
    assert not wants_window(["gone.json"])
    assert not wants_window(["mine.json", "mine.json"])
    assert not wants_window(["--help"])


def test_no_words_open_the_window(launched: list[str | None]) -> None:
    assert main([]) == 5
    assert launched == [None]


def test_a_flag_for_the_start_is_no_word(launched: list[str | None]) -> None:
    assert main(["--no-bootstrap"]) == 5
    assert launched == [None]


def test_a_file_opens_in_the_window(launched: list[str | None], tmp_path: Path) -> None:
    (tmp_path / "mine.json").touch()
    assert main([str(tmp_path / "mine.json")]) == 5
    assert launched == [str(tmp_path / "mine.json")]


def test_a_command_opens_no_window(launched: list[str | None], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["presets"]) == 0
    assert launched == []
    assert "mnist-300" in capsys.readouterr().out


def test_a_mistake_ends_with_two(launched: list[str | None], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["gone.json"])
    assert end.value.code == 2
    assert launched == []
    assert "gone.json" in capsys.readouterr().err
