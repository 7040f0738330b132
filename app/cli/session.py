"""Driving a training to its end: what ``train`` and ``resume`` share."""

from __future__ import annotations

import errno
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from app.cli.commands import FAILED, INTERRUPTED
from app.cli.output import metric_text, note, print_json
from app.cli.progress import JsonProgress, TextProgress
from nn_engine.evaluation import evaluate
from nn_engine.experiments import Session
from nn_engine.io.run_folder import RunFolder
from nn_engine.training import TrainEnd, Trainer


def drive(session: Session, folder: RunFolder, as_json: bool) -> int:
    """Train to the end, whatever it is; tell how it went; returns the exit status."""
    trainer = session.trainer
    progress = (
        JsonProgress(folder.path) if as_json else TextProgress(trainer.steps_per_epoch, trainer.wanted_plan.epochs)
    )
    end: TrainEnd | None = None
    try:
        with stopping_on_signals(trainer):
            for event in trainer.fit():
                progress.show(event)
                end = event if isinstance(event, TrainEnd) else None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT) and error.filename:
            error.strerror = f"{error.strerror}; make room, then go on with: python3 main.py resume {folder.path}"
        raise
    finally:
        progress.finish()
    assert end is not None  # the last event of every training
    return _tell_end(session, folder, end, as_json)


@contextmanager
def stopping_on_signals(trainer: Trainer) -> Iterator[None]:
    """While inside, Ctrl+C, SIGTERM or a closed terminal ask the training to end and save; a second ends it at once."""
    known = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    # What is ignored stays ignored: nohup relies on it.
    signals = [number for number in known if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.getsignal(number) for number in signals}

    def ask(number: int, frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.default_int_handler)
        trainer.request_stop("interrupted")

    for number in signals:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell_end(session: Session, folder: RunFolder, end: TrainEnd, as_json: bool) -> int:
    interrupted = end.reason == "interrupted"
    # The test set is for finished trainings: whoever goes on must not have chosen by it.
    untested = interrupted or end.reason == "diverged" or not len(session.test)
    test = None if untested else _test_metrics(session)
    checkpoint = folder.best if folder.best.is_file() else folder.last
    if as_json:
        print_json(
            {
                "event": "train_end",
                "reason": end.reason,
                "best_epoch": None if end.best_epoch is None else end.best_epoch + 1,
                "best_val_accuracy": end.best_metrics.get("val_accuracy"),
                "test_accuracy": test and test.get("accuracy"),
                "test_loss": test and test.get("loss"),
                "checkpoint": str(checkpoint),
                "message": end.message,
            }
        )
    if end.reason == "diverged":
        note(end.message)
        return FAILED
    if not as_json:
        _print_end(end, test, checkpoint)
    if interrupted:
        note(f"Go on with: python3 main.py resume {folder.path}")
        return INTERRUPTED
    return 0


def _print_end(end: TrainEnd, test: dict[str, float] | None, checkpoint: Path) -> None:
    print(end.message)
    if end.best_epoch is not None:
        name = "val_accuracy" if "val_accuracy" in end.best_metrics else next(iter(end.best_metrics))
        print(f"best epoch: {end.best_epoch + 1}, {metric_text(name, end.best_metrics[name])}")
    for name, value in (test or {}).items():
        print(metric_text(f"test_{name}", value))
    print(f"checkpoint: {checkpoint}")


def _test_metrics(session: Session) -> dict[str, float]:
    trainer = session.trainer
    return evaluate(trainer.network, session.test, trainer.preprocessing, trainer.plan.loss)
