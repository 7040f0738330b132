"""The workers' news, handed to the models that show it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.studio.answering import Answering
from app.studio.files import Files
from app.studio.models import Models
from app.studio.present_training import PresentTraining
from app.studio.questions import Questions
from app.view_models.histograms import REQUEST as HISTOGRAM_REQUEST
from app.workers.news import Answer, Failed, News, PaceMeasured, Prepared, Refused, RunCreated, StateChanged
from app.workers.training_worker import TrainingWorker
from nn_engine.training import Event, TrainEnd


class Delivery(QObject):
    """Takes the news of the training worker in the order in which it came."""

    told = Signal(str, str)
    """Something worth a sentence: its kind and the sentence."""
    ended = Signal(str)
    """A training ended by itself; in words."""

    def __init__(
        self,
        models: Models,
        worker: TrainingWorker,
        questions: Questions,
        training: PresentTraining,
        answering: Answering,
        files: Files,
    ) -> None:
        super().__init__()
        self._models, self._worker, self._questions = models, worker, questions
        self._training, self._answering, self._files = training, answering, files

    def drain(self) -> None:
        """Hand over all that was told since the last time; events that follow each other, together."""
        news, events = self._worker.news, list[Event]()
        while news:
            item = news.popleft()
            if isinstance(item, Event):
                events.append(item)
            else:
                self._hand_over(events)
                events = []
                self._take(item)
        self._hand_over(events)

    def _is_present(self, run_id: str) -> bool:
        session = self._training.session
        return session is not None and session.trainer.run_id == run_id

    def _hand_over(self, events: list[Event]) -> None:
        events = [event for event in events if self._is_present(event.run_id)]
        if not events:
            return
        self._models.curves.ingest(events)
        self._models.transport.ingest(events)
        for event in events:
            if isinstance(event, TrainEnd):
                self._train_ended(event)

    def _train_ended(self, event: TrainEnd) -> None:
        self._models.histograms.cut(event.step)  # a training that diverged goes back to its last sound moment
        self._answering.use_the_end()
        if event.reason == "diverged":
            self.told.emit("error", event.message)
        elif event.reason != "stopped":
            self.ended.emit(event.message)

    def _take(self, item: News) -> None:
        match item:
            case Prepared():
                self._training.take(item)
            case StateChanged():
                self._state_changed(item)
            case PaceMeasured() if self._is_present(item.run_id):
                self._models.transport.expect(item.seconds_per_epoch)
            case RunCreated():
                if self._is_present(item.run_id):
                    self._training.run_folder = item.path
                self._models.preferences.note_recent(item.path)
            case Answer():
                self._answered(item)
            case Refused():
                self._training.take_back(item)
            case Failed():
                self._questions.failed(item.during)
                self.told.emit("error", item.sentence)
                self._training.fail(item)

    def _state_changed(self, item: StateChanged) -> None:
        transport = self._models.transport
        was_running = transport.running
        transport.set_worker_state(item.state, item.obeyed)
        if was_running and item.state == "paused" and not transport.end_reason:
            self._answering.catch_up()

    def _answered(self, item: Answer) -> None:
        self._questions.answered(item.name, item.value)
        if item.name.startswith(HISTOGRAM_REQUEST):  # asked for by a panel, or told at an epoch's end
            self._models.histograms.take([item.value])
        elif item.name == "saved":
            self._files.checkpoint_saved(item.value)
