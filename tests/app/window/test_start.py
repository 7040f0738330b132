"""The process of the window: asked to end from outside while it asks a person something, begun with a broken file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nn_engine import Experiment
from nn_engine.io.experiment_file import load_experiment, save_experiment
from nn_engine.io.run_folder import RunFolder

ROOT = Path(__file__).parents[3]
WITHIN = 2.0

PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.window import start

def closing(window):
    window.close()

def leaving(window):
    window.studio.preferences.set("autosave", "false")
    window.studio.document.set("layers.1.units", "13")
    window.commands.new("mnist-300")

def look():
    (window,) = [each for each in QApplication.topLevelWidgets() if each.objectName() == "main"]
    transport = window.studio.transport
    if QApplication.activeModalWidget() is not None:
        print("asking", flush=True)
        timer.stop()
    elif not window.studio.document.path or transport.worker_state == "preparing":
        pass
    elif not transport.will_run:
        window.studio.train()
    elif transport.step > 0 and not asked:
        asked.append(True)
        QTimer.singleShot(0, lambda: globals()[sys.argv[1]](window))  # a timer does not tick while it is waited for

asked = []
application = start.make_application()
timer = QTimer()
timer.setInterval(10)
timer.timeout.connect(look)
timer.start()
status = start.run(sys.argv[2])
print("ended", flush=True)
raise SystemExit(status)
"""


BEGUN_WITH_A_FILE = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from app.window import start

application = start.make_application()
window = start.open_window(application, sys.argv[1])

def look():
    if window.toasts.messages():
        timer.stop()
        print(window.studio.document.experiment.epochs, window.toasts.messages()[0].text(), flush=True)
        window.close_at_once()

timer = QTimer()
timer.setInterval(10)
timer.timeout.connect(look)
timer.start()
raise SystemExit(application.exec())
"""


def _environment(folder: Path) -> dict[str, str]:
    return os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "BACKPROP_STUDIO_DATA": str(folder / "data"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "OPENBLAS_NUM_THREADS": "1",
    }


def test_a_broken_file_leaves_the_last_session_as_it_was(tmp_path: Path, small: Experiment) -> None:
    kept, broken = tmp_path / "data" / "last-experiment.json", tmp_path / "broken.json"
    kept.parent.mkdir()
    save_experiment(kept, small.replace(epochs=7))
    broken.write_text("{")
    command = [sys.executable, "-c", BEGUN_WITH_A_FILE, str(broken)]
    done = subprocess.run(
        command, cwd=ROOT, env=_environment(tmp_path), capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.startswith("7 ")
    assert "broken.json" in done.stdout
    assert load_experiment(kept).epochs == 7


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("question", ["closing", "leaving"])
def test_a_signal_while_a_question_is_open_saves_and_ends_at_once(
    tmp_path: Path, small: Experiment, question: str, number: int
) -> None:
    save_experiment(tmp_path / "small.json", small.replace(epochs=100_000))
    environment = _environment(tmp_path)
    command = [sys.executable, "-c", PROGRAM, question, str(tmp_path / "small.json")]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "asking\n"
            began = time.monotonic()
            process.send_signal(number)
            assert process.wait(20) == 0
            assert time.monotonic() - began < WITHIN
            assert process.stdout.read() == "ended\n"
        finally:
            process.kill()
    (run,) = (tmp_path / "data" / "runs").iterdir()
    _, checkpoint = RunFolder.open(run)
    assert checkpoint.state is not None
    assert checkpoint.state.ended
    assert '"reason": "stopped"' in (run / "events.jsonl").read_text()
    if question == "leaving":
        kept = load_experiment(tmp_path / "data" / "unsaved-experiment.json")
        assert kept.layers[1] == small.layers[1].replace(units=13)
