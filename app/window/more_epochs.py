"""What is offered at the end of all planned epochs: some more of them."""

from __future__ import annotations

from app.studio import Studio
from app.widgets.toast import Toasts
from nn_engine.experiments import stretch_sentence

MOST = 20
"""As many as were planned are offered, but no more than this."""
SECONDS = 15


class MoreEpochs:
    """Offers them in a message: at the end, and again whenever Train is pressed after it."""

    def __init__(self, studio: Studio, toasts: Toasts) -> None:
        self._studio, self._toasts = studio, toasts

    def offer(self, message: str) -> bool:
        """Say how a training ended, with what can be done then; whether there is anything to offer."""
        transport = self._studio.transport
        if not transport.finished or self._studio.starts_anew:
            return False
        more = min(transport.epochs, MOST)
        words = f"Train {more} more" if more > 1 else "Train one more"
        plan = self._studio.document.experiment.replace(epochs=transport.epochs)
        stretched = stretch_sentence(plan, transport.epochs + more, transport.steps_per_epoch)
        message = " ".join(filter(None, (message, stretched)))
        run_id = self._studio.run_id
        self._toasts.show(message, "success", words, lambda: self._train(more, run_id), seconds=SECONDS)
        return True

    def _train(self, more: int, run_id: str) -> None:
        """Raise the number of epochs as a person would, so that it can be undone, and go on."""
        studio, transport = self._studio, self._studio.transport
        if studio.run_id != run_id or not transport.finished or studio.starts_anew or transport.will_run:
            return  # something else was opened or begun in the meantime
        refused = studio.document.set("epochs", str(studio.transport.epochs + more))
        if refused:
            self._toasts.show(refused, "error")
        else:
            studio.train()
