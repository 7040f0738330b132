"""What the live charts cost: ``python3 -m tests.benchmarks.charts``.

Two charts of the default window, 415x301 each. A tick brings 60 steps; a full drawing has 100,000. Times are those of
the GUI thread alone (its CPU time), from the arrival of the events to the painted strip, in milliseconds.
"""

from __future__ import annotations

import os
import statistics
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from app.panels.accuracy import AccuracyPanel
from app.panels.loss import LossPanel
from app.panels.parts.curve_panel import CurvePanel
from app.panels.parts.curve_preview import events
from app.view_models.curves import Curves

SIZE, TICK = (415, 301), 60


def tick_times(make: type[LossPanel] | type[AccuracyPanel], before: int, ticks: int) -> list[float]:
    """The time of each tick of a chart that already shows ``before`` steps."""
    curves = Curves()
    told = list(events(before + ticks * TICK + 200, epochs=40))
    curves.ingest(told[:before])
    panel = make(curves)
    panel.resize(*SIZE)
    panel.show()
    panel.refresh()
    QApplication.processEvents()
    times = []
    for index in range(ticks):
        curves.ingest(told[before + index * TICK : before + (index + 1) * TICK])
        started = time.thread_time()
        panel.refresh()
        QApplication.processEvents()
        times.append(1000 * (time.thread_time() - started))
    print(f"    {panel.chart.strips} strips, {panel.chart.redraws} full drawings")
    panel.close()
    return times


def full_times(panel: CurvePanel, repeats: int) -> list[float]:
    """The time of drawing everything."""
    times = []
    for _ in range(repeats):
        started = time.thread_time()
        panel.chart.redraw()
        panel.chart.grab()
        times.append(1000 * (time.thread_time() - started))
    return times


def main() -> None:
    """Measure and print."""
    application = QApplication.instance() or QApplication([])
    for make in (LossPanel, AccuracyPanel):
        print(make.title)
        for before in (2_000, 12_000):
            _print(f"tick of {TICK} steps after {before:,}", tick_times(make, before, 40))
        curves = Curves()
        curves.ingest(list(events(100_000, epochs=300)))
        panel = make(curves)
        panel.resize(*SIZE)
        panel.show()
        panel.refresh()
        _print("full drawing of 100,000 steps", full_times(panel, 20))
        started = time.thread_time()
        curves.options.set_smoothing(0.9)
        QApplication.processEvents()
        print(f"  another smoothing of 100,000 steps, drawn: {1000 * (time.thread_time() - started):.2f} ms")
        panel.close()
    del application


def _print(what: str, times: list[float]) -> None:
    ordered = sorted(times)
    p90 = ordered[int(0.9 * len(ordered))]
    print(f"  {what}: median {statistics.median(times):.2f} ms, p90 {p90:.2f}, worst {max(times):.2f}")


if __name__ == "__main__":
    main()
