"""A first session, from building to a saved network, and the next one, in which it answers as before."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nn_engine import preset
from nn_engine.io.experiment_file import save_experiment
from nn_engine.optimizers import SGD
from nn_engine.schedules import Constant
from tests.e2e.driver import Display, Program, wait_for, what_is_missing

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="drives an X display, which is Linux's"),
    pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing()),
]

SEVEN = ((80, 70), (120, 68), (160, 68), (198, 70), (182, 110), (164, 150), (148, 190), (136, 225))


@pytest.fixture
def display(tmp_path: Path) -> Iterator[Display]:
    display = Display(tmp_path)
    yield display
    display.close()


def experiment_file(folder: Path) -> Path:
    """So few samples that an epoch is over at once, and so many epochs that none of the training ends by itself."""
    path = folder / "small.json"
    small = preset("mnist-300").replace(
        name="small",
        train_size=6000,
        epochs=2000,
        optimizer=SGD(learning_rate=0.05, momentum=0.9),
        schedule=Constant(),
    )
    save_experiment(path, small)
    return path


def train_on_what_was_built(program: Program) -> None:
    """Add a layer, then train, pause, make one step."""
    program.wait_state("the data", lambda now: now["prepared"] and now["worker"] == "paused")
    before = program.state()["layers"]
    program.click(program.scroll_to("AddButton", "Add layer")["place"])
    program.click(wait_menu(program, "Dense"))
    program.wait_state("the new layer", lambda now: len(now["layers"]) == len(before) + 1)
    program.wait_state("the new network", lambda now: now["trained_layers"] == len(before) + 1)

    program.click(program.widget("MainButton", "Train")["place"])
    program.wait_state("two epochs", lambda now: now["worker"] == "running" and now["epochs_done"] >= 2)
    program.press("space")
    paused = program.wait_state("the pause", lambda now: now["worker"] == "paused")
    assert paused["step"] > 0
    program.wait_state("the pad to follow the pause", lambda now: now["pad_shows_training"])
    at = program.state()["step"]
    program.press("period")
    program.wait_state("one step", lambda now: now["worker"] == "paused" and now["step"] == at + 1)
    program.wait_state("the pad to follow the step", lambda now: now["pad_shows_training"])
    assert program.state()["step"] == at + 1


def change_the_rate(program: Program) -> None:
    """Go on, and type another learning rate while it runs."""
    program.press("space")
    program.wait_state("training", lambda now: now["worker"] == "running")
    program.click(program.scroll_to("NumberField", "Learning rate")["place"])
    program.press("ctrl+a")
    program.type("0.02")
    program.press("Return")
    changed = program.wait_state("the flag", lambda now: now["flags"])
    assert changed["flags"] == ["rate 0.05 → 0.02"]
    assert changed["rate"] == 0.02
    program.wait_state("the new rate in use", lambda now: now["learning_rate"] == pytest.approx(0.02))
    assert program.state()["worker"] == "running"


def assert_nothing_went_wrong(program: Program, folder: Path) -> None:
    """Neither what the program wrote nor its log tells of an error."""
    logs = [program.log, *(folder / "data").rglob("*.log")]
    assert len(logs) > 1
    for log in logs:
        assert "Traceback" not in log.read_text("utf-8")


def wait_menu(program: Program, entry: str) -> list[int]:
    """Where an entry of the open menu is."""
    place: list[int] = wait_for(f"the menu entry {entry!r}", lambda: program.ask("menu").get(entry))
    return place


def test_a_network_is_built_trained_tried_saved_and_answers_the_same_the_next_day(
    tmp_path: Path, display: Display
) -> None:
    checkpoint = tmp_path / "kept.npz"
    with Program(display, tmp_path, str(experiment_file(tmp_path))) as program:
        train_on_what_was_built(program)
        change_the_rate(program)
        program.wait_state("ten epochs", lambda now: now["epochs_done"] >= 10)
        program.click(program.widget("QuietButton", "Stop")["place"])
        program.wait_state("the end", lambda now: now["end_reason"] == "stopped" and now["worker"] == "paused")
        program.wait_state("the best weights", lambda now: now["pad_label"].startswith("best, epoch "))
        program.draw(SEVEN)
        seen = program.wait_state("the answer", lambda now: now["answer"])
        assert seen["answer"] == "7"
        program.press("ctrl+shift+s")
        program.answer_dialog("Save checkpoint", str(checkpoint))
        program.wait_state("the file", lambda now: checkpoint.exists())
        assert program.quit() == 0
    assert_nothing_went_wrong(program, tmp_path)

    with Program(display, tmp_path) as program:
        program.wait_state("the data", lambda now: now["prepared"] and now["worker"] == "paused")
        program.press("ctrl+o")
        program.answer_dialog("Open", str(checkpoint))
        again = program.wait_state("the training", lambda now: "loaded" in now["pad_label"] and now["step"])
        assert again["flags"] == ["rate 0.05 → 0.02"]
        assert again["layers"] == seen["layers"]
        assert again["step"] == seen["step"]
        assert again["curve_epochs"] == seen["curve_epochs"] == seen["epochs_done"] >= 10
        program.draw(SEVEN)
        again = program.wait_state("the answer", lambda now: now["answer"])
        assert again["ink"] == seen["ink"]
        assert again["probabilities"] == seen["probabilities"]
        assert program.quit() == 0
    assert_nothing_went_wrong(program, tmp_path)
