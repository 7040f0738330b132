from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import pytest

from app.window import display, launch

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux needs to be asked")


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with every library and no display."""
    monkeypatch.setattr(display, "_loads", lambda library: True)
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("complete")
def test_without_a_display_it_says_how_to_go_on() -> None:
    why = display.why_no_window()
    assert "DISPLAY and WAYLAND_DISPLAY are not set" in why
    assert "main.py train" in why


@pytest.mark.usefixtures("complete")
def test_a_display_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    class Function:
        def __call__(self, *_: object) -> None:
            return None

    class Library:
        def __init__(self, name: str) -> None:
            self.XOpenDisplay, self.XCloseDisplay = Function(), Function()

    monkeypatch.setattr(ctypes, "CDLL", Library)
    monkeypatch.setenv("DISPLAY", ":987")
    assert display.why_no_window().startswith("The display :987 does not answer")


def test_a_dead_display_is_really_knocked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        ctypes.CDLL("libX11.so.6")
    except OSError:
        pytest.skip("there is no Xlib here")
    assert "does not answer" in display._why_no_x(":987")


@pytest.mark.usefixtures("complete")
def test_a_display_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "_why_no_x", lambda name: "")
    monkeypatch.setenv("DISPLAY", ":1")
    assert display.why_no_window() == ""


@pytest.mark.usefixtures("complete")
@pytest.mark.parametrize("variable", ["WAYLAND_DISPLAY", "QT_QPA_PLATFORM"])
def test_wayland_and_offscreen_need_no_x(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "offscreen")
    assert display.why_no_window() == ""


@pytest.mark.usefixtures("complete")
def test_missing_libraries_are_named_by_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "_loads", lambda name: name not in ("libEGL.so.1", "libxcb-cursor.so.0"))
    monkeypatch.setenv("DISPLAY", ":1")
    assert "apt install libegl1 libxcb-cursor0\n" in display.why_no_window()
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert "apt install libegl1\n" in display.why_no_window(), "drawn into memory it needs nothing of X"


def test_other_systems_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert display.why_no_window() == ""


def test_a_library_that_is_not_there() -> None:
    assert not display._loads("libno-such-thing.so.9")


def test_launch_says_why_and_returns_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(launch, "why_no_window", lambda: "There is no display here.")
    assert launch.launch(None) == 1
    assert capsys.readouterr().err == "There is no display here.\n"


@pytest.mark.parametrize(("text", "threads"), [("4", 4), ("none", None), ("0", None), ("2000", None)])
def test_the_threads_that_were_chosen_are_used(home: Path, text: str, threads: int | None) -> None:
    from app.view_models.preferences import Preferences

    store = Preferences().store
    store.setValue("preferences/threads", text)
    store.sync()
    assert launch._preferred() == (threads, None)


@pytest.mark.parametrize(
    ("text", "kernels"), [("openblas", "openblas"), ("fastest", "fastest"), ("automatic", None), ("Magic", None)]
)
def test_the_kernels_that_were_chosen_are_used(home: Path, text: str, kernels: str | None) -> None:
    from app.view_models.preferences import Preferences

    store = Preferences().store
    store.setValue("preferences/kernels", text)
    store.sync()
    assert launch._preferred() == (None, kernels)
