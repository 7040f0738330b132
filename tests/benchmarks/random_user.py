"""Whether the window bears a user who tries everything, and keeps its memory over many trainings.

    python3 -m tests.benchmarks.random_user [--minutes 10] [--seed 0] [--cycles 100]

The real window, with its real training, under Xvfb on a display of its own. First a random user (``tests.support``) is
let at it: clicks, keys, typing, drags, resizing, menus, dialogs, all by the seed. Wrong is

- an exception, a warning of Qt, an error that the program caught and logged, a report dialog;
- a turn of the event loop of more than 200 ms, less the time for which the machine stopped the whole process: where the
  window stood still then is printed, and how much of it the thread computed. For the rest it waited, and it does so too
  where other work keeps the machine busy: the load, which is printed, should stay below the number of cores;
- a thread that is still there when the window is closed;
- a crash: what was done last, and the stack, are printed.

Then trainings are started and stopped as often as ``--cycles`` says, each time going on with the same one, and as often
again with a new one each time. Memory is what the process holds for itself (RssAnon); between the tenth cycle and the
last it may grow by 20 MB.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app import blas
from app.bootstrap import ensure_environment
from tests.benchmarks.responsiveness import xvfb
from tests.support.random_program import let_it_be_used, memory

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from app.window.main_window import MainWindow

MOST_GROWTH_MB = 20
WARM_UP_CYCLES = 10
STEPS_A_CYCLE = 20


# -- in a process of its own -------------------------------------------------------------------------------------------


def cycled(cycles: int) -> bool:
    """Start and stop trainings, print the memory; whether it stayed."""
    from app.window.start import make_application, open_window

    application = make_application()
    window = open_window(application)
    window.studio.new_experiment("mnist-300")
    _until(application, lambda: _at_rest(window))
    good = True
    for anew in (False, True):
        sizes: dict[int, float] = {}
        print(f"memory over {cycles} starts and stops, {'a new training each time' if anew else 'of one training'}:")
        for cycle in range(1, cycles + 1):
            _train_a_little(application, window, anew)
            if cycle % WARM_UP_CYCLES == 0 or cycle == cycles:
                sizes[cycle] = memory()
                print(f"  after {cycle:4} {sizes[cycle]:8.1f} MB", flush=True)
        growth = sizes[cycles] - sizes[min(sizes)]
        good &= growth <= MOST_GROWTH_MB
        print(f"  grown by {growth:.1f} MB since the first of these, {MOST_GROWTH_MB} MB at most")
    window.close_at_once()
    return good


def _train_a_little(application: QApplication, window: MainWindow, anew: bool) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    studio, left = window.studio, Qt.MouseButton.LeftButton
    if anew:
        studio.rewind()
        _until(application, lambda: _at_rest(window))
    before = studio.transport.step
    QTest.mouseClick(window.transport.train, left)
    _until(application, lambda: studio.transport.step >= before + STEPS_A_CYCLE)
    QTest.mouseClick(window.transport.stop, left)
    _until(application, lambda: _at_rest(window))


def _at_rest(window: MainWindow) -> bool:
    studio = window.studio
    return studio.session is not None and studio.transport.worker_state == "paused"


def _until(application: QApplication, condition: Callable[[], bool], seconds: float = 60) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            raise TimeoutError("the training did not come to where it was expected")
        application.processEvents()
        time.sleep(0.001)


# -- the processes -----------------------------------------------------------------------------------------------------


def used(minutes: float, seed: int, display: str) -> bool:
    """The random user at the window; whether all was well."""
    with tempfile.TemporaryDirectory(prefix="random-user-") as folder:
        screen = {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        good, report = let_it_be_used(Path(folder), 60 * minutes, seed, screen)
        print(report, flush=True)
        return good


def counted(cycles: int, display: str) -> bool:
    """The memory of many trainings; whether it stayed."""
    with tempfile.TemporaryDirectory(prefix="random-user-") as folder:
        environment = {
            **os.environ,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "BACKPROP_STUDIO_DATA": str(Path(folder) / "data"),
            "XDG_CONFIG_HOME": str(Path(folder) / "config"),
        }
        command = [sys.executable, "-m", "tests.benchmarks.random_user", "--child", "--cycles", str(cycles)]
        return subprocess.run(command, env=environment, check=False).returncode == 0


def main() -> int:
    """Use, count and print; returns 1 if something was wrong."""
    parser = argparse.ArgumentParser(description="Whether the window bears a user who tries everything.")
    parser.add_argument("--minutes", type=float, default=10, help="how long the user tries (10)")
    parser.add_argument("--seed", type=int, default=0, help="what the user does depends on it (0)")
    parser.add_argument("--cycles", type=int, default=100, help="how often a training is started and stopped (100)")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        faulthandler.enable()
        blas.configure()  # before anything imports NumPy
        return 0 if cycled(arguments.cycles) else 1
    good = True
    with xvfb() as display:
        if arguments.minutes:
            good &= used(arguments.minutes, arguments.seed, display)
        if arguments.cycles:
            good &= counted(arguments.cycles, display)
    return 0 if good else 1


if __name__ == "__main__":
    ensure_environment()
    sys.exit(main())
