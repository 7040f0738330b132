"""Kill a training at every bad moment, go on with it, and see whether anything is missing.

    python3 -m tests.benchmarks.kill [--random 200]

A small training (Adam, dropout, augmentation, one-cycle) is killed with SIGKILL at random moments, and just before and
just after every single write, fsync and rename it makes, at its beginning, in the middle and while it resumes. After
each kill it is resumed in a new process, and must end with the same weights, the same metrics and the same record of
steps as a training that nobody disturbed. The table counts the kills, and how many finished epochs they cost at most.

Processes are forked from one that has everything loaded, so a kill takes a tenth of a second; needs a POSIX system.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app.bootstrap import ensure_environment

LAYERS = [
    {"type": "input", "units": 784},
    {"type": "dense", "units": 16, "fn": "relu"},
    {"type": "dropout", "rate": 0.3},
    {"type": "dense", "units": 10, "fn": "softmax"},
]
SETTINGS = (
    "train_size=400",
    "batch_size=64",
    f"layers={json.dumps(LAYERS)}",
    "optimizer=adam",
    "schedule=one_cycle",
    "augmentation.rotation=on",
    "augmentation.translation=on",
    "epochs=3",
)
OPERATIONS = ("write", "fsync", "replace")


@dataclass(frozen=True)
class Outcome:
    """What became of one kill."""

    moment: str
    killed: bool
    begun: bool
    """Whether there was a run to go on with."""
    epochs_lost: int
    identical: bool
    fault: str = ""


def train_words(folder: Path) -> list[str]:
    """The command that trains."""
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    return ["train", "--preset", "mnist-300", "--json", "--output", str(folder), *settings]


def run(words: list[str], output: Path, before: Callable[[], None] = lambda: None) -> int:
    """Start ``main.py`` with these words in a forked process; returns its id. Its output goes to a file."""
    child = os.fork()
    if child:
        return child
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        sys.stdout = os.fdopen(1, "w", closefd=False)
        sys.stderr = os.fdopen(2, "w", closefd=False)
        import main

        before()
        status = main.main(words)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(99)


def finish(child: int) -> int:
    """Wait for a process; returns its exit status, negative if a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def dying_at(count: int, after: bool) -> Callable[[], None]:
    """Makes the process kill itself just before (or after) so many writes, fsyncs and renames."""

    def prepare() -> None:
        done = 0

        def deadly(operation: Callable[..., Any]) -> Callable[..., Any]:
            def perform(*arguments: Any) -> Any:
                nonlocal done
                done += 1
                if done == count and not after:
                    os.kill(os.getpid(), signal.SIGKILL)
                result = operation(*arguments)
                if done == count:
                    os.kill(os.getpid(), signal.SIGKILL)
                return result

            return perform

        for name in OPERATIONS:
            setattr(os, name, deadly(getattr(os, name)))

    return prepare


def fingerprint(folder: Path) -> str:
    """Everything that must not depend on whether a run was disturbed."""
    import numpy as np

    digest = hashlib.sha256()
    for name in ("last.npz", "best.npz"):
        with np.load(folder / "checkpoints" / name) as archive:
            for key in sorted(archive.files):
                if key != "manifest":
                    digest.update(key.encode() + archive[key].tobytes())
    digest.update((folder / "steps.bin").read_bytes())
    for row in (folder / "metrics.csv").read_text().splitlines():
        digest.update(row.rpartition(",")[0].encode())  # all but the seconds
    told = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    digest.update(json.dumps([event["epoch"] for event in told if event["event"] == "epoch_end"]).encode())
    return digest.hexdigest()


def events_in(output: Path) -> list[dict[str, Any]]:
    """The events that a process printed before it died."""
    lines = output.read_text().splitlines() if output.exists() else []
    return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]


class Trial:
    """Kills in one working folder, compared with one undisturbed run."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.undisturbed = work / "undisturbed"
        for _ in range(2):  # the second time nothing is new to the machine, and counts
            started = time.perf_counter()
            words = train_words(self.fresh("undisturbed"))
            assert finish(run(words, work / "undisturbed.txt")) == 0, self.said("undisturbed.txt")
            self.seconds = time.perf_counter() - started
        self.expected = fingerprint(self.undisturbed)

    def said(self, name: str) -> str:
        """What a process printed."""
        return (self.work / name).read_text()

    def kill_at_random(self, rng: random.Random) -> Outcome:
        """Kill a training after a random time."""
        folder = self.fresh("random")
        child = run(train_words(folder), self.work / "killed.txt")
        moment = rng.uniform(0, 0.95 * self.seconds)
        time.sleep(moment)
        os.kill(child, signal.SIGKILL)
        return self.go_on("at a random moment", folder, finish(child))

    def kill_at(self, count: int, after: bool) -> Outcome:
        """Kill a training before or after its ``count``-th write, fsync or rename."""
        folder = self.fresh("operation")
        status = finish(run(train_words(folder), self.work / "killed.txt", dying_at(count, after)))
        return self.go_on(f"{'after' if after else 'before'} a write, fsync or rename", folder, status)

    def kill_resuming_at(self, count: int, after: bool, stale: Path) -> Outcome:
        """Kill a resume of a run whose files are ahead of its checkpoint."""
        folder = self.fresh("resuming")
        shutil.copytree(stale, folder)
        words = ["resume", str(folder), "--json"]
        status = finish(run(words, self.work / "killed.txt", dying_at(count, after)))
        return self.go_on(f"{'after' if after else 'before'} one while resuming", folder, status)

    def stale_run(self) -> Path:
        """A run killed just before its second epoch's checkpoint was written, when its metrics already were."""
        for count in range(1, 200):
            folder = self.fresh("stale")
            finish(run(train_words(folder), self.work / "killed.txt", dying_at(count, after=False)))
            rows = (folder / "metrics.csv").read_text().count("\n") if folder.exists() else 0
            if rows == 3:
                return folder
        raise AssertionError("the second epoch never ended")

    def fresh(self, name: str) -> Path:
        """The path of a run that does not exist."""
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        (self.work / "killed.txt").unlink(missing_ok=True)  # a process may die before it says anything
        return folder

    def go_on(self, moment: str, folder: Path, status: int) -> Outcome:
        """Resume after a kill (or begin again where nothing had begun) and compare."""
        killed = status == -signal.SIGKILL
        if not killed and status != 0:
            return Outcome(moment, killed, True, 0, False, f"ended with {status}: {self.said('killed.txt')[-500:]}")
        begun = folder.exists()
        finished_before = [
            event["epoch"] for event in events_in(self.work / "killed.txt") if event["event"] == "epoch_end"
        ]
        words = ["resume", str(folder), "--json"] if begun else train_words(folder)
        status = finish(run(words, self.work / "resumed.txt"))
        if status:
            return Outcome(
                moment, killed, begun, 0, False, f"resume ended with {status}: {self.said('resumed.txt')[-500:]}"
            )
        started_at = events_in(self.work / "resumed.txt")[0]["epoch"]
        lost = max(0, max(finished_before, default=0) - (started_at - 1))
        identical = fingerprint(folder) == self.expected
        return Outcome(moment, killed, begun, lost, identical, "" if identical else "the results differ")

    def every_operation(self) -> list[Outcome]:
        """Before and after each operation of a training, and of a resume, until it ends without being killed."""
        outcomes = []
        stale = self.work / "kept-stale"
        shutil.copytree(self.stale_run(), stale)
        ways: list[Callable[[int, bool], Outcome]] = [
            self.kill_at,
            lambda count, after: self.kill_resuming_at(count, after, stale),
        ]
        for way in ways:
            for after in (False, True):
                count = 1
                while (outcome := way(count, after)).killed:
                    outcomes.append(outcome)
                    count += 1
        return outcomes


def trials(random_kills: int, seed: int) -> list[Outcome]:
    """All the kills, in a temporary folder."""
    import nn_engine.data.mnist as mnist

    # Forked processes find the data loaded.
    mnist.read_idx = cache(mnist.read_idx)  # type: ignore[attr-defined, assignment]
    mnist.MNIST().load()
    import app.cli.predict
    import app.cli.resume
    import app.cli.train  # noqa: F401

    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as work:
        trial = Trial(Path(work))
        at_random: list[Outcome] = []
        while sum(outcome.killed for outcome in at_random) < random_kills:  # some finish before they are killed
            at_random.append(trial.kill_at_random(rng))
        return at_random + trial.every_operation()


def main() -> int:
    """Kill, resume, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--random", type=int, default=200, help="kills at random moments (default 200)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print one JSON object an outcome")
    arguments = parser.parse_args()
    ensure_environment()
    outcomes = trials(arguments.random, arguments.seed)
    if arguments.json:
        for outcome in outcomes:
            print(json.dumps(vars(outcome)))
        return 0
    print(f"{'killed':<38}{'kills':>6}{'not begun':>11}{'resumed':>9}{'identical':>11}{'epochs lost at most':>21}")
    for moment in dict.fromkeys(outcome.moment for outcome in outcomes):
        rows = [outcome for outcome in outcomes if outcome.moment == moment]
        begun = [outcome for outcome in rows if outcome.begun]
        print(
            f"{moment:<38}{sum(outcome.killed for outcome in rows):>6}{len(rows) - len(begun):>11}{len(begun):>9}"
            f"{sum(outcome.identical for outcome in rows):>7} of {len(rows)}{max(o.epochs_lost for o in rows):>15}"
        )
    faults = [outcome for outcome in outcomes if outcome.fault]
    for outcome in faults:
        print(f"fault, killed {outcome.moment}: {outcome.fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
