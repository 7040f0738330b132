"""The bar at the top: what to do next, how far the training is, and the few figures that everyone looks at."""

from __future__ import annotations

import time

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QFontMetricsF, QHideEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.studio import Studio
from app.theme import font, theme
from app.theme.tokens import measure
from app.view_models.standing import standing
from app.view_models.transport import Transport
from app.widgets.buttons import MainButton, QuietButton
from app.widgets.charts.scale import in_short
from app.window.figures import Figure, Figures
from nn_engine.declarations import label_of, registered
from nn_engine.metrics import Metric

NARROW = 1300  # below this width the buttons lose their words
WIDEST_PROGRESS, NARROWEST_PROGRESS = 178, 120

BUSY_FRAME_MS = 40
BUSY_SECONDS = 1.4  # how long the piece takes to wander along the line

WIDEST_LINES = 440  # what does not fit is in the tooltip

REASONS = {
    "stopped": "Stopped",
    "early_stopping": "Ended early",
    "target_reached": "Target reached",
    "time_limit": "Time is up",
    "diverged": "Diverged",
}


class ProgressLine(QWidget):
    """Percent and time left above a line of four pixels; painted, and only when something has changed."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[float | None, str, str] = (0.0, "", "")
        self._frames = QTimer(self)
        self._frames.setInterval(BUSY_FRAME_MS)
        self._frames.timeout.connect(lambda: self.update(0, 28, self.width(), 6))
        self.setFixedHeight(40)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def show_progress(self, share: float, left: str, right: str) -> None:
        """Show how much is done, with words at both ends."""
        self._show(share, left, right)

    def show_busy(self, left: str, right: str) -> None:
        """Show that something is done of which nobody knows how long it takes: a piece that wanders along the line."""
        self._show(None, left, right)

    def _show(self, share: float | None, left: str, right: str) -> None:
        if (share, left, right) != self._shown:
            self._shown = (share, left, right)
            self.setAccessibleName(f"{left}, {right}")
            self.update()
        self._keep_moving()

    def _keep_moving(self) -> None:
        moving = self._shown[0] is None and self.isVisible()
        if moving != self._frames.isActive():
            self._frames.start() if moving else self._frames.stop()

    def showEvent(self, event: QShowEvent) -> None:
        self._keep_moving()

    def hideEvent(self, event: QHideEvent) -> None:
        self._frames.stop()

    def sizeHint(self) -> QSize:
        return QSize(WIDEST_PROGRESS, 40)

    def paintEvent(self, event: QPaintEvent) -> None:
        share, left, right = self._shown
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font())
        metrics = QFontMetricsF(font())
        painter.setPen(theme().color("text"))
        painter.drawText(QPointF(0, 20), left)
        painter.setPen(theme().color("text_secondary"))
        painter.drawText(QPointF(self.width() - metrics.horizontalAdvance(right), 20), right)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("border"))
        painter.drawRoundedRect(QRectF(0, 29, self.width(), 4), 2, 2)
        painter.setBrush(theme().color("accent_fill"))
        if share is None:
            piece = 0.3 * self.width()
            turn = time.monotonic() / BUSY_SECONDS % 1
            painter.setClipRect(QRectF(0, 29, self.width(), 4))
            painter.drawRoundedRect(QRectF(turn * (self.width() + piece) - piece, 29, piece, 4), 2, 2)
        elif share > 0:
            painter.drawRoundedRect(QRectF(0, 29, max(4.0, share * self.width()), 4), 2, 2)
        painter.end()


class TwoLines(QWidget):
    """What has happened and what will: a line and a quieter one, cut short where they are very long."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = ("", "")
        self.setFixedHeight(44)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def show_lines(self, first: str, second: str) -> None:
        """Show these."""
        if (first, second) != self._lines:
            self._lines = (first, second)
            self.setAccessibleName(f"{first}. {second}")
            self.setToolTip(f"{first}. {second}" if self._needed() > WIDEST_LINES else "")
            self.updateGeometry()
            self.update()

    def _needed(self) -> int:
        wide, plain = QFontMetricsF(font("text", "button")), QFontMetricsF(font())
        return round(max(wide.horizontalAdvance(self._lines[0]), plain.horizontalAdvance(self._lines[1]))) + 2

    def sizeHint(self) -> QSize:
        return QSize(min(self._needed(), WIDEST_LINES), 44)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for words, face, shade, base in (
            (self._lines[0], font("text", "button"), "text", 17),
            (self._lines[1], font(), "text_secondary", 37),
        ):
            painter.setFont(face)
            painter.setPen(theme().color(shade))
            fitting = QFontMetricsF(face).elidedText(words, Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(QPointF(0, base), fitting)
        painter.end()


class Line(QWidget):
    """A line between two groups."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(1, 32)
        theme().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("border"))
        painter.end()


class TransportBar(QWidget):
    """Buttons act on the studio; figures are renewed by ``text_refresh``, four times a second."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.setFixedHeight(measure("height", "transport_bar") - measure("spacing", "hair"))
        self.train = MainButton("Train", "play", hint="Space", tall=True)
        self.step = QuietButton("Step", "step", tall=True)
        self.epoch = QuietButton("Epoch", "epoch", tall=True)
        self.stop = QuietButton("Stop", "stop", tall=True)
        self.rewind = QuietButton("Rewind", "rewind", tall=True)
        self.weights = QuietButton("New weights", "dice", tall=True)
        self._words = {button: button.text() for button in self._quiet()}
        for button, action, name in (
            (self.train, studio.toggle, "Train or pause"),
            (self.step, studio.step, "One step"),
            (self.epoch, studio.epoch, "One epoch"),
            (self.stop, studio.stop, "Stop"),
            (self.rewind, studio.rewind, "Rewind"),
            (self.weights, studio.new_weights, "New weights"),
        ):
            button.clicked.connect(action)
            button.setAccessibleName(name)
        self.progress, self.lines, self.figures = ProgressLine(), TwoLines(), Figures()
        self._first_line, self._second_line = Line(), Line()
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(0)
        row.addWidget(self.train)
        row.addSpacing(measure("spacing", "xs"))
        for button in self._quiet():
            row.addWidget(button)
        gap = measure("spacing", "l")
        row.addSpacing(measure("spacing", "m"))
        row.addWidget(self._first_line)
        row.addSpacing(gap)
        row.addWidget(self.progress)
        row.addWidget(self.lines)
        row.addSpacing(gap)
        row.addWidget(self._second_line)
        row.addSpacing(gap)
        row.addWidget(self.figures, 1)
        studio.transport.changed.connect(self.state_refresh)
        studio.document.changed.connect(self.state_refresh)
        self.state_refresh()

    def _quiet(self) -> tuple[QuietButton, ...]:
        return (self.step, self.epoch, self.stop, self.rewind, self.weights)

    def resizeEvent(self, event: QResizeEvent) -> None:
        narrow = self.width() < NARROW
        for button, words in self._words.items():
            # New weights is an icon at any width: the speed and the learning rate need the room.
            button.setText("" if narrow or button is self.weights else words)
        super().resizeEvent(event)
        self._share_room()

    def state_refresh(self) -> None:
        """What can be done now, and why not what cannot."""
        transport, studio = self._studio.transport, self._studio
        actions = transport.actions
        running = transport.will_run
        self.train.setText("Pause" if running else "Train anew" if studio.starts_anew else "Train")
        self.train.set_icon_name("pause" if running else "play")
        self.train.set_hint("Space" if _fresh(transport) else "")
        self._allow(self.train, "" if running else actions.train, self._train_tip(running))
        self._allow(self.step, actions.step, "Make one step: one batch, one update of the weights (key .).")
        self._allow(self.epoch, actions.step, "Train to the end of the epoch (key E).")
        self._allow(
            self.stop, actions.stop, "End the training; the best weights answer, and it can go on from the last."
        )
        self._allow(self.rewind, actions.rewind, "Back to the same initial weights. The run so far is kept.")
        self._allow(self.weights, actions.train, "Draw other initial weights, by the next seed.")
        in_words = standing(transport, studio.document) is not None
        self.lines.setVisible(in_words)
        self.progress.setVisible(not in_words)
        self.text_refresh()

    def _train_tip(self, running: bool) -> str:
        if running:
            return "Pause where it stands, even in the middle of a step (Space)."
        if self._studio.starts_anew:
            return "Begin a new training with the experiment as it is now. The run so far is kept (Space)."
        return "Train the network (Space)."

    def _allow(self, button: MainButton | QuietButton, why_not: str, tip: str) -> None:
        if why_not and button.hasFocus():
            # Otherwise Qt hands it on to the next control: Space after Stop would rewind.
            heir = self.window() if button is self.train else self.train
            heir.setFocus(Qt.FocusReason.OtherFocusReason)
        button.setEnabled(not why_not)
        button.setToolTip(why_not or tip)

    def text_refresh(self) -> None:
        """The figures."""
        transport = self._studio.transport
        if words := standing(transport, self._studio.document):
            self.lines.show_lines(*words)
        elif waiting := _waiting(transport):
            self.progress.show_busy(waiting, f"{transport.waited_seconds:.0f} s")
        else:
            left = transport.seconds_left
            right = f"{_clock(left)} left" if left is not None and transport.running else _state(transport)
            self.progress.show_progress(transport.progress, f"{100 * transport.progress:.0f} %", right)
        figures = _figures(self._studio)
        self._second_line.setVisible(bool(figures))
        self.figures.show_figures(figures)
        self._share_room()

    def _share_room(self) -> None:
        """Where all figures do not fit beside it, the progress becomes shorter."""
        room = self.width() - self.progress.x() - 2 * measure("spacing", "l") - 1 - measure("spacing", "m")
        wanted = room - self.figures.least_width()
        self.progress.setFixedWidth(min(WIDEST_PROGRESS, max(NARROWEST_PROGRESS, wanted)))


def _fresh(transport: Transport) -> bool:
    """Whether nothing has been tried yet; a training that diverged may be back at its first step."""
    return not (transport.begun or transport.running or transport.end_reason)


def _waiting(transport: Transport) -> str:
    """A word or two for what is still to come about, while there is no progress to show; else ""."""
    if transport.begun or not transport.wish:
        return ""
    if not transport.starting:
        return "Stopping" if transport.wish == "stop" else "Pausing"
    return {"preparing": "Loading the data", "building": "Building the network"}.get(
        transport.worker_state, "First step" if transport.running else "Getting ready"
    )


def _state(transport: Transport) -> str:
    if transport.wish == "stop" or transport.worker_state == "stopping":
        return "Stopping"
    if transport.wish == "pause":
        return "Pausing"
    if transport.finished:
        return "Done"
    return "Training" if transport.will_run else REASONS.get(transport.end_reason, "Paused")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _figures(studio: Studio) -> list[Figure]:
    transport, pretrained = studio.transport, studio.pretrained
    if _fresh(transport):
        if pretrained is None or transport.blocked:
            return []
        share = f"{100 * pretrained.test_accuracy:.1f}"
        return [Figure("Pretrained network", share, "% of the test digits right")]
    epoch = min(transport.epoch + 1, transport.epochs)
    digits = "8" * len(str(transport.epochs))
    figures = [Figure("Epoch", str(epoch), f"of {transport.epochs}", digits)]
    monitor = transport.monitor
    value = transport.metrics.get(monitor)
    if value is not None:
        name = _metric_name(monitor)
        figures.append(Figure(name[:1].upper() + name[1:], *_metric(monitor, value)))
    if transport.best_value is not None:
        number, unit = _metric(monitor, transport.best_value)
        figures.append(Figure("Best so far", number, f"{unit} at epoch {transport.best_epoch}".strip(), number))
    figures.append(Figure("Speed", _speed(transport.speed), f"{_samples(studio)}/s", "8,888"))
    figures.append(Figure("Learning rate", f"{transport.learning_rate:.3g}", "in use", "0.00888"))
    return figures


def _speed(speed: float | None) -> str:
    """Few enough digits to be read while they change; a dash while nothing runs, so that nothing beside it moves."""
    if speed is None:
        return "–"
    return f"{speed / 1000:.0f}k" if speed >= 10_000 else f"{speed:,.0f}"


def _samples(studio: Studio) -> str:
    """What the samples of the data are called."""
    task = studio.document.task
    return "images" if task is not None and len(task.sample_shape) > 1 else "samples"


def _metric_name(monitor: str) -> str:
    """A metric as a person reads it: "validation accuracy", "validation R²"."""
    plain = monitor.removeprefix("val_")
    cls = registered("metric").get(plain)
    label = label_of(cls) if cls else plain.replace("_", " ")
    return f"validation {label}" if monitor.startswith("val_") else label


def _metric(name: str, value: float) -> tuple[str, str]:
    cls = registered("metric").get(name.removeprefix("val_"))
    if cls is not None and issubclass(cls, Metric) and cls.share:
        return f"{100 * value:.1f}", "%"
    return (f"{value:.4f}" if abs(value) < 1000 else in_short(float(f"{value:.4g}")), "")
