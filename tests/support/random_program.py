"""The program in a process of its own with the random user at it: what the test and the benchmark start.

A process of its own, because the user may bring it down, may quit it, and because what other tests leave behind in
theirs (widgets, styles, memory) must not be taken for the program's.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from app import blas

LONGEST_TURN = 0.2
"""Seconds for which the window may stand still."""
ROOT = Path(__file__).parents[2]
LAST_ACTIONS = 30


def let_it_be_used(
    folder: Path, seconds: float, seed: int, environment: Mapping[str, str], *, by_computing: bool = False
) -> tuple[bool, str]:
    """Start it in this folder; returns whether all was well, and the report.

    A turn is too long by the clock, or, ``by_computing``, by the time that the GUI thread itself computed.
    """
    own = {
        "BACKPROP_STUDIO_DATA": str(folder / "data"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "tests.support.random_program", "--seconds", str(seconds), "--seed", str(seed)]
    # What the user types may name a file: it is one of this folder then.
    done = subprocess.run(
        [*command, *(["--by-computing"] if by_computing else [])],
        env={**os.environ, **environment, **own},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    report, story = done.stdout, folder / "actions.txt"
    if done.returncode not in (0, 1):
        last = story.read_text().splitlines()[-LAST_ACTIONS:] if story.exists() else []
        report += f"It has ended with status {done.returncode}. Seed {seed}; the last actions:\n  " + "\n  ".join(last)
    return done.returncode == 0, report


def memory() -> float:
    """What this process holds for itself, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon"))


def used(seconds: float, seed: int, by_computing: bool) -> bool:
    """Let the user at it in the folder of the process and print what came of it; whether all was well."""
    from app.window.start import make_application
    from tests.support.random_session import classes_reached, use_at_random

    application, sizes, folder = make_application(), list[float](), Path.cwd()
    with (folder / "actions.txt").open("w", buffering=1) as story:
        outcome = use_at_random(
            application,
            seconds,
            seed,
            folder / "files",
            heard=lambda words: print(words, file=story),
            opened=lambda window: sizes.append(memory()),
            then=lambda window: sizes.append(memory()),
        )
    user, watch = outcome.user, outcome.watch
    print(f"seed {seed}, {seconds:g} s, {sum(user.counts.values()):,} actions; opened {outcome.starts} times")
    print("  " + ", ".join(f"{name} {count}" for name, count in user.counts.most_common()))
    reached, missed = classes_reached(user)
    print(f"widget classes reached: {len(reached)} of {len(reached) + len(missed)} that were in sight")
    print(f"  {', '.join(f'{name} {count}' for name, count in reached.most_common())}")
    print(f"  not reached: {', '.join(missed) or 'none'}")
    if len(sizes) > 1:  # the user may have closed the only window, and no time was left for another
        print(f"memory: {sizes[-2]:.1f} MB when the window opened for the last time, {sizes[-1]:.1f} MB at the end")
    print(f"exceptions, warnings and reports: {len(outcome.faults)}")
    for fault in outcome.faults:
        print(fault)
    print(f"threads left: {', '.join(outcome.threads) or 'none'}")
    if by_computing:
        frozen = [turn for turn in watch.busiest() if turn.busy > LONGEST_TURN]
    else:
        frozen = [turn for turn in watch.longest() if turn.seconds > LONGEST_TURN]
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"turns of more than {1000 * LONGEST_TURN:.0f} ms: {len(frozen)}, at a load of {load}; the longest:")
    for turn in frozen or [*watch.longest()[:3], *watch.busiest()[:1]]:
        print(turn)
    # Who is stuck in a dialog finds nothing either.
    stuck = len(reached) < 20 or sum(user.counts.values()) < seconds
    if stuck:
        print("The user hardly got anywhere.")
    return not (outcome.faults or outcome.threads or frozen or stuck)


def main() -> int:
    """What runs in the process."""
    faulthandler.enable()
    blas.configure()  # before anything imports NumPy
    parser = argparse.ArgumentParser(description="The random user at the window, in the present folder.")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--by-computing", action="store_true")
    arguments = parser.parse_args()
    return 0 if used(arguments.seconds, arguments.seed, arguments.by_computing) else 1


if __name__ == "__main__":
    sys.exit(main())
