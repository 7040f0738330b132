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

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from app.window.main_window import MainWindow

LONGEST_TURN = 0.2
MOST_GROWTH_MB = 20
WARM_UP_CYCLES = 10
STEPS_A_CYCLE = 20


# -- in a process of its own -------------------------------------------------------------------------------------------


def memory() -> float:
    """What the process holds for itself, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon"))


def used(minutes: float, seed: int, folder: Path) -> bool:
    """Let the random user at the window, print what came of it; whether all was well."""
    from app.window.start import make_application
    from tests.support.random_session import classes_reached, use_at_random

    application, sizes = make_application(), list[float]()
    with (folder / "actions.txt").open("w", buffering=1) as story:
        outcome = use_at_random(
            application,
            60 * minutes,
            seed,
            folder / "files",
            heard=lambda words: print(words, file=story),
            opened=lambda window: sizes.append(memory()),
            then=lambda window: sizes.append(memory()),
        )
    user, frozen = outcome.user, [turn for turn in outcome.watch.longest() if turn.seconds > LONGEST_TURN]
    print(f"seed {seed}, {minutes:g} minutes, {sum(user.counts.values()):,} actions; opened {outcome.starts} times")
    print("  " + ", ".join(f"{name} {count}" for name, count in user.counts.most_common()))
    reached, missed = classes_reached(user)
    print(f"widget classes reached: {len(reached)} of {len(reached) + len(missed)} that were in sight")
    print(f"  {', '.join(f'{name} {count}' for name, count in reached.most_common())}")
    print(f"  not reached: {', '.join(missed) or 'none'}")
    print(f"memory: {sizes[-2]:.1f} MB when the window opened for the last time, {sizes[-1]:.1f} MB at the end")
    print(f"exceptions, warnings and reports: {len(outcome.faults)}")
    for fault in outcome.faults:
        print(fault)
    print(f"threads left: {', '.join(outcome.threads) or 'none'}")
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(
        f"turns of more than {1000 * LONGEST_TURN:.0f} ms: {len(frozen)}; the machine's load {load}; the longest turns:"
    )
    for turn in frozen or outcome.watch.longest()[:3]:
        print(turn)
    return not (outcome.faults or outcome.threads or frozen)


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


def child(kind: str, arguments: argparse.Namespace, display: str) -> bool:
    """One part in a process and a folder of its own; whether all was well."""
    with tempfile.TemporaryDirectory(prefix="random-user-") as name:
        folder = Path(name)
        environment = {
            **os.environ,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "BACKPROP_STUDIO_DATA": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "HOME": name,
            "PYTHONPATH": os.getcwd(),
        }
        command = [sys.executable, "-m", "tests.benchmarks.random_user", "--child", kind, "--seed", str(arguments.seed)]
        command += ["--minutes", str(arguments.minutes), "--cycles", str(arguments.cycles)]
        # What the user types may name a file: it is one of this folder then.
        status = subprocess.run(command, env=environment, cwd=folder, check=False).returncode
        if status not in (0, 1):
            print(f"The program has ended with status {status}.")
            story = folder / "actions.txt"
            if story.exists():
                print(f"seed {arguments.seed}; the last actions:", *story.read_text().splitlines()[-30:], sep="\n  ")
        return status == 0


def main() -> int:
    """Use, count and print; returns 1 if something was wrong."""
    parser = argparse.ArgumentParser(description="Whether the window bears a user who tries everything.")
    parser.add_argument("--minutes", type=float, default=10, help="how long the user tries (10)")
    parser.add_argument("--seed", type=int, default=0, help="what the user does depends on it (0)")
    parser.add_argument("--cycles", type=int, default=100, help="how often a training is started and stopped (100)")
    parser.add_argument("--child", choices=("used", "cycled"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        faulthandler.enable()
        blas.configure()  # before anything imports NumPy
        if arguments.child == "used":
            return 0 if used(arguments.minutes, arguments.seed, Path.cwd()) else 1
        return 0 if cycled(arguments.cycles) else 1
    good = True
    with xvfb() as display:
        if arguments.minutes:
            good &= child("used", arguments, display)
        if arguments.cycles:
            good &= child("cycled", arguments, display)
    return 0 if good else 1


if __name__ == "__main__":
    ensure_environment()
    sys.exit(main())
