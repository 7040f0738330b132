"""Why a training ended, in words."""

REASONS = {
    "completed": "All planned epochs are done: {epochs}.",
    "stopped": "Stopped in epoch {epoch} of {epochs}; it can go on from there.",
    "interrupted": "Interrupted in epoch {epoch} of {epochs}; it can go on from there.",
    "early_stopping": "Ended after {done} epochs, because the watched metric no longer improved.",
    "target_reached": "Ended after {done} epochs, because the target was reached.",
    "time_limit": "Ended in epoch {epoch} of {epochs}, because the time was up.",
}


def ended(reason: str, epochs_done: int, epochs: int) -> str:
    """One sentence for the end of a training that went well so far."""
    sentence = REASONS.get(reason, reason)
    return sentence.format(done=epochs_done, epoch=min(epochs_done + 1, epochs), epochs=epochs)


def diverged(epoch: int, loss: float, rate: float, advised: float, good_epochs: int) -> str:
    """One sentence for a training whose loss ran away, with what to do."""
    back = f"after epoch {good_epochs}" if good_epochs else "at the start"
    return (
        f"Training diverged in epoch {epoch + 1}: the loss of the last step was {loss:.4g}. The state {back} was kept; "
        f"try a learning rate of {advised:.3g} instead of {rate:g}."
    )
