"""How quickly the whole window answers while a network trains in it, and what it costs the training.

    python3 -m tests.benchmarks.responsiveness [--seconds 20] [--runs 3]

The real window, 1440x900 under Xvfb on a display of its own, with every panel in sight and a digit on the pad, trains
``mnist-300``. Every measurement is a process of its own, and the trainings in the window take turns with headless ones
(``Trainer.fit()``, every event drained, as many BLAS threads); what is compared are medians of the runs.

- Lateness: how much later than asked a timer of 16 ms fires in the GUI thread. It is set anew each time, so that it
  meets the display's own timer in every phase.
- Pen: a pointer that moves over the pad 125 times a second. Latency counts from the moment at which the event was due,
  so waiting behind other work counts too, to the end of the painting that shows its probabilities.
- Redraws: how often a second a widget was painted.
- Acknowledgement: from the call a button makes to the state that the window shows; and how long after that call the
  last shard was begun.
- Start: from the start of the process to the first probabilities for a stroke on the pad, files in the system's cache.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.bootstrap import ensure_environment

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent

    from app.window.main_window import MainWindow

BATCH_SIZES = (32, 128)
ALL_SAMPLES = 60_000
ACKNOWLEDGED_BATCHES = (1, 128, ALL_SAMPLES)
ACKNOWLEDGEMENTS = 10
STARTS = 5
WARM_UP = 3.0
TIMER_MS, POINTER_MS = 16, 8
LAST_SHARD = "last shard begun (0: none was after the call)"
Result = dict[str, Any]


# -- in a process of its own -------------------------------------------------------------------------------------------


def headless(batch_size: int, seconds: float) -> Result:
    """Steps a second of ``Trainer.fit()`` with nothing beside it."""
    from app import blas

    blas.configure()
    from nn_engine import assemble, preset

    trainer = assemble(preset("mnist-300").replace(batch_size=batch_size, epochs=10_000)).trainer
    events = trainer.fit()
    began = time.perf_counter()
    while time.perf_counter() < began + WARM_UP:
        next(events)
    before, began = trainer.step, time.perf_counter()
    while time.perf_counter() < began + seconds:
        next(events)
    return {"steps/s": (trainer.step - before) / (time.perf_counter() - began)}


def windowed(batch_size: int, seconds: float) -> Result:
    """The same training in the window: idle, with the pen at rest, and while the pen moves."""
    window = _window()
    bench = Bench(window)
    bench.prepare(batch_size)
    bench.draw_a_seven()
    result: Result = {"idle": bench.measure(min(seconds, 5.0))}
    window.studio.train()
    bench.wait(WARM_UP)
    result["rest"] = bench.measure(seconds)
    result["drawing"] = bench.measure(seconds, drawing=True)
    window.studio.stop()
    bench.until(lambda: not window.studio.transport.running)
    window.close_at_once()
    return result


def acknowledged(batch_size: int, seconds: float) -> Result:
    """Milliseconds until start, pause, step and stop show, and until the last shard after pause and stop was begun."""
    from nn_engine.training.member import Member

    shards = [0.0]
    compute = Member.train_shard

    def noted(self: Member, *arguments: Any) -> Any:
        shards[0] = time.perf_counter()
        return compute(self, *arguments)

    setattr(Member, compute.__name__, noted)
    window = _window()
    studio, bench = window.studio, Bench(window)
    bench.prepare(batch_size)
    bench.draw_a_seven()
    states: list[tuple[float, str]] = []
    studio.transport.changed.connect(lambda: states.append((time.perf_counter(), studio.transport.worker_state)))
    found: dict[str, list[float]] = {name: [] for name in ("start", "pause", "step", "stop", LAST_SHARD)}

    def act(name: str, action: Callable[[], object], state: str) -> None:
        states.clear()
        began = time.perf_counter()
        action()
        bench.until(lambda: any(each == state for _, each in states), 60)
        found[name].append(1000 * (next(when for when, each in states if each == state) - began))
        if name in ("pause", "stop"):
            bench.until(lambda: studio.transport.worker_state == "paused", 60)
            bench.wait(0.2)
            if not shards[0]:
                raise RuntimeError("no shard was seen: is Member.train_shard still what trains one?")
            found[LAST_SHARD].append(max(0.0, 1000 * (shards[0] - began)))
            shards[0] = 0.0

    for _ in range(ACKNOWLEDGEMENTS):
        act("start", studio.toggle, "running")
        bench.wait(0.3)
        act("pause", studio.toggle, "paused")
        act("step", studio.step, "running")
        bench.until(lambda: studio.transport.worker_state == "paused", 60)
        act("start", studio.toggle, "running")
        bench.wait(0.3)
        act("stop", studio.stop, "stopping")
    window.close_at_once()
    return {name: statistics.median(times) for name, times in found.items()}


def started(batch_size: int, seconds: float) -> Result:
    """When the pad of a window that has just been opened has answered, by the clock of the whole machine."""
    window = _window()
    bench = Bench(window)
    bench.until(lambda: bool(bench.paints["canvas"] and bench.paints["loss"]))
    first_paint = time.monotonic()
    bench.draw_a_seven(0)
    bench.until(lambda: window.studio.pad.probabilities is not None and bench.painted > bench.handled)
    answered = time.monotonic()
    window.close_at_once()
    return {"first paint": first_paint, "answered": answered}


def _window() -> MainWindow:
    from app import blas

    blas.configure()
    from app.window.start import make_application, open_window

    window = open_window(make_application())
    return window


class Bench:
    """Watches a window: counts what is painted, and when."""

    def __init__(self, window: MainWindow) -> None:
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QApplication

        self.window, self._process_events = window, QApplication.processEvents
        self.paints: Counter[str] = Counter()
        self.painted = self.handled = 0.0
        self.latencies: list[float] = []
        self._waiting: deque[float] = deque()
        self._to_show: list[float] = []
        self._timer_class = QTimer
        panels = {**window.views[0].panels, "pad": window.try_panel}
        pad: Any = panels["pad"]
        loss: Any = panels["loss"]
        accuracy: Any = panels["accuracy"]
        histograms: Any = panels["histograms"]
        self.canvas = pad.canvas
        for name, widget in (
            ("loss", loss.chart),
            ("accuracy", accuracy.chart),
            ("histograms", histograms.ridgeline),
            ("canvas", pad.canvas),
            ("bars", pad.bars),
            ("digit", pad.digit),
        ):
            self._watch(name, widget)

    def _watch(self, name: str, widget: Any) -> None:
        paint = widget.paintEvent

        def watched(event: QEvent) -> None:
            paint(event)
            self.paints[name] += 1
            if name in ("canvas", "bars", "digit"):
                self.painted = time.perf_counter()

        widget.paintEvent = watched

    # -- waiting ------------------------------------------------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        """Let the window live for a while, in Qt's own loop."""
        from PySide6.QtCore import QEventLoop

        loop = QEventLoop()
        self._timer_class.singleShot(round(1000 * seconds), loop.quit)
        loop.exec()

    def until(self, condition: Callable[[], bool], seconds: float = 20) -> None:
        """Let the window live until something is so."""
        end = time.perf_counter() + seconds
        while not condition():
            if time.perf_counter() > end:
                raise TimeoutError("the window did not come to where it was expected")
            self._process_events()
            time.sleep(0.0002)

    def prepare(self, batch_size: int) -> None:
        """Open the experiment and wait until it can be trained."""
        studio = self.window.studio
        studio.new_experiment("mnist-300")
        settings = {"batch_size": str(batch_size), "epochs": "10000"}
        if batch_size >= ALL_SAMPLES:
            settings["validation_share"] = "0"
        for path, text in settings.items():
            if fault := studio.document.set(path, text):
                raise ValueError(fault)
        studio.rewind()
        self.until(lambda: studio.session is not None and studio.session.experiment == studio.document.experiment)
        self.until(lambda: studio.transport.worker_state == "paused")
        self.wait(0.5)

    # -- the pen ------------------------------------------------------------------------------------------------------

    def _send(self, kind: QEvent.Type, x: float, y: float, down: bool) -> None:
        from PySide6.QtCore import QEvent, QPointF, Qt
        from PySide6.QtGui import QMouseEvent
        from PySide6.QtWidgets import QApplication

        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        position = QPointF(x, y)
        event = QMouseEvent(
            kind,
            position,
            QPointF(self.canvas.mapToGlobal(position)),
            none if kind == QEvent.Type.MouseMove else left,
            left if down else none,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(self.canvas, event)
        self.handled = time.perf_counter()

    def draw_a_seven(self, pause: float = 0.3) -> None:
        """Put a digit on the pad."""
        from PySide6.QtCore import QEvent

        self._send(QEvent.Type.MouseButtonPress, 90, 82, down=True)
        for x, y in ((140, 80), (200, 78), (180, 120), (160, 160), (145, 220)):
            self._send(QEvent.Type.MouseMove, x, y, down=True)
        self._send(QEvent.Type.MouseButtonRelease, 145, 220, down=False)
        if pause:
            self.wait(pause)

    def _pen(self, number: int) -> None:
        """One event of somebody who draws: strokes of a second with a short lift between, a clean pad now and then."""
        from math import cos, sin

        from PySide6.QtCore import QEvent

        place = number % 125
        x, y = 140 + 80 * cos(number / 19), 140 + 90 * sin(number / 13)
        if place == 0:
            if number % 500 == 0:
                self.window.studio.pad.clear()
            self._send(QEvent.Type.MouseButtonPress, x, y, down=True)
        elif place < 118:
            self._send(QEvent.Type.MouseMove, x, y, down=True)
        elif place == 118:
            self._send(QEvent.Type.MouseButtonRelease, x, y, down=False)

    # -- measuring ----------------------------------------------------------------------------------------------------

    def measure(self, seconds: float, drawing: bool = False) -> Result:
        """Lateness, steps a second, redraws and, with a pen, its latency."""
        from PySide6.QtCore import Qt, QTimer

        late: list[float] = []
        probe, pointer = QTimer(), QTimer()
        for timer in (probe, pointer):
            timer.setTimerType(Qt.TimerType.PreciseTimer)
            timer.setSingleShot(True)
        probe.setInterval(TIMER_MS)
        due = [0.0]
        latencies: list[float] = []
        settled = self._settle_events(latencies)

        def fired() -> None:
            late.append(1000 * (time.perf_counter() - due[0]))
            due[0] = time.perf_counter() + TIMER_MS / 1000
            probe.start()

        began = time.perf_counter()
        sent, pen_due = [0], [began]

        def move() -> None:
            settled()
            self._pen(sent[0])
            if sent[0] % 125 < 118:
                self._waiting.append(pen_due[0])
            sent[0] += 1
            # Qt counts in whole milliseconds: the moment it was asked for is when the event comes, unless that is past.
            planned, now = began + sent[0] * POINTER_MS / 1000, time.perf_counter()
            pause = max(0, math.ceil(1000 * (planned - now)))
            pen_due[0] = now + pause / 1000 if planned > now else planned
            pointer.start(pause)

        probe.timeout.connect(fired)
        pointer.timeout.connect(move)
        step, self.paints = self._step(), Counter()
        self._waiting.clear()
        due[0] = began + TIMER_MS / 1000
        probe.start()
        if drawing:
            pointer.start(0)
        self.wait(seconds)
        passed = time.perf_counter() - began
        probe.stop()
        pointer.stop()
        if drawing:
            self._send_release()
        return {
            "late": _spread(late[5:]),
            "steps/s": (self._step() - step) / passed,
            "redraws": {name: count / passed for name, count in self.paints.items()},
            "latency": _spread(latencies[10:]),
        }

    def _send_release(self) -> None:
        from PySide6.QtCore import QEvent

        self._send(QEvent.Type.MouseButtonRelease, 140, 140, down=False)

    def _settle_events(self, latencies: list[float]) -> Callable[[], None]:
        """Before the next event: those handled before the last painting are shown since then."""

        def settle() -> None:
            if self.painted > self.handled:
                latencies.extend(1000 * (self.painted - moment) for moment in self._waiting)
                self._waiting.clear()

        return settle

    def _step(self) -> int:
        session = self.window.studio.session
        return 0 if session is None else session.trainer.step


def _spread(values: list[float]) -> dict[str, float]:
    """Median, 99th percentile and worst."""
    if not values:
        return {}
    ordered = sorted(values)
    return {"p50": ordered[len(ordered) // 2], "p99": ordered[int(len(ordered) * 0.99)], "worst": ordered[-1]}


# -- the processes and the table ---------------------------------------------------------------------------------------

CHILDREN: dict[str, Callable[[int, float], Result]] = {
    "headless": headless,
    "window": windowed,
    "acknowledge": acknowledged,
    "start": started,
}


@contextmanager
def xvfb() -> Iterator[str]:
    """A display of its own; gives its name."""
    if shutil.which("Xvfb") is None:
        raise SystemExit("This needs Xvfb: apt install xvfb")
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1440x900x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as pipe:
            yield f":{pipe.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def child(kind: str, batch_size: int, seconds: float, display: str) -> Result:
    """One measurement in a process and a data folder of its own."""
    with tempfile.TemporaryDirectory(prefix="responsiveness-") as folder:
        environment = {
            **os.environ,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "BACKPROP_STUDIO_DATA": str(Path(folder) / "data"),
            "XDG_CONFIG_HOME": str(Path(folder) / "config"),
        }
        command = [sys.executable, "-m", "tests.benchmarks.responsiveness", "--child", kind]
        command += ["--batch", str(batch_size), "--seconds", str(seconds)]
        began = time.monotonic()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{kind} at batch {batch_size} failed:\n{done.stderr}")
        result: Result = json.loads(done.stdout.splitlines()[-1])
        if kind == "start":
            result = {name: moment - began for name, moment in result.items()}
        return result


def line(what: str, value: float, unit: str, target: float | None = None, at_least: bool = False) -> bool:
    """Print one line of the table; returns whether the target is met."""
    met = target is None or (value >= target if at_least else value <= target)
    wanted = "" if target is None else f"{'≥' if at_least else '≤'} {target:g} {unit}"
    print(f"  {what:<44}{value:10.2f} {unit:<5} {wanted:<12}{'' if met else 'MISSED'}", flush=True)
    return met


def median_of(results: list[Result], *path: str) -> float:
    """The median over runs of one figure."""

    def value(result: Any) -> float:
        for name in path:
            result = result.get(name, {})
        return float(result or 0.0)

    return statistics.median(value(result) for result in results)


def report_training(batch_size: int, runs: int, seconds: float, display: str) -> bool:
    """Lateness, throughput, redraws and latency at one batch size."""
    alone, live = [], []
    for _ in range(runs):
        alone.append(child("headless", batch_size, seconds, display))
        live.append(child("window", batch_size, seconds, display))
    good = True
    reference = median_of(alone, "steps/s")
    print(f"\nbatch {batch_size}, medians of {runs} runs of {seconds:g} s; headless {reference:,.0f} steps/s")
    for phase, words in (("idle", "idle"), ("rest", "training"), ("drawing", "training, pen moving")):
        targets = {"p50": None, "p99": 8.0, "worst": 25.0} if phase != "idle" else {}
        for share in ("p50", "p99", "worst"):
            value = median_of(live, phase, "late", share)
            good &= line(f"timer late, {words}, {share}", value, "ms", targets.get(share))
    for phase, words, target in (("rest", "pen at rest", 82), ("drawing", "pen moving", 72)):
        good &= line(f"speed, {words}", 100 * median_of(live, phase, "steps/s") / reference, "%", target, at_least=True)
    for phase, words in (("rest", "pen at rest"), ("drawing", "pen moving")):
        for name in ("loss", "accuracy", "histograms"):
            good &= line(f"redraws of {name}, {words}", median_of(live, phase, "redraws", name), "/s", 15, True)
    good &= line("redraws of the pad, pen moving", median_of(live, "drawing", "redraws", "canvas"), "/s", 30, True)
    line("redraws of the bars, pen moving", median_of(live, "drawing", "redraws", "bars"), "/s")
    line("redraws of the bars, pen at rest", median_of(live, "rest", "redraws", "bars"), "/s")
    good &= line("pen to probabilities, median", median_of(live, "drawing", "latency", "p50"), "ms", 3)
    good &= line("pen to probabilities, p99", median_of(live, "drawing", "latency", "p99"), "ms", 10)
    line("pen to probabilities, worst", median_of(live, "drawing", "latency", "worst"), "ms")
    return good


def report_acknowledgements(display: str) -> bool:
    """How quickly the transport's buttons are obeyed."""
    good = True
    for batch_size in ACKNOWLEDGED_BATCHES:
        result = child("acknowledge", batch_size, 0, display)
        print(f"\nacknowledgement at batch {batch_size:,}, medians of {ACKNOWLEDGEMENTS}")
        for name, value in result.items():
            good &= line(name, value, "ms", 100)
    return good


def report_starts(display: str) -> bool:
    """How long a warm start takes."""
    child("start", 128, 0, display)
    results = [child("start", 128, 0, display) for _ in range(STARTS)]
    print(f"\nwarm start, medians of {STARTS}")
    line("first paint", median_of(results, "first paint"), "s")
    return line("pad answers", median_of(results, "answered"), "s", 1.2)


def main() -> int:
    """Measure and print; returns 1 if a target was missed."""
    parser = argparse.ArgumentParser(description="How quickly the window answers while a network trains in it.")
    parser.add_argument("--seconds", type=float, default=20, help="how long each measurement lasts (20)")
    parser.add_argument("--runs", type=int, default=3, help="how many runs the medians are of (3)")
    parser.add_argument("--only", choices=("training", "acknowledge", "start"), help="only this part")
    parser.add_argument("--batch", type=int, help="only this batch size")
    parser.add_argument("--child", choices=tuple(CHILDREN), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(CHILDREN[arguments.child](arguments.batch, arguments.seconds)), flush=True)
        return 0
    good = True
    with xvfb() as display:
        if arguments.only in (None, "training"):
            for batch_size in [arguments.batch] if arguments.batch else BATCH_SIZES:
                good &= report_training(batch_size, arguments.runs, arguments.seconds, display)
        if arguments.only in (None, "acknowledge"):
            good &= report_acknowledgements(display)
        if arguments.only in (None, "start"):
            good &= report_starts(display)
    return 0 if good else 1


if __name__ == "__main__":
    ensure_environment()
    sys.exit(main())
