"""The network that the studio starts with, so that the pad answers before anything was trained."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from nn_engine.data.dataset import Task
from nn_engine.data.preprocessing import Preprocessing
from nn_engine.io.checkpoint import load_checkpoint
from nn_engine.network import Network

PRETRAINED = Path(__file__).parents[2] / "assets" / "pretrained" / "digits.npz"


@dataclass(frozen=True)
class Pretrained:
    """A network with what is needed to ask it, and its share of right answers on the test set."""

    network: Network
    preprocessing: Preprocessing
    task: Task
    test_accuracy: float

    @property
    def label(self) -> str:
        """As the pad names it: "pretrained, 99.4 %"."""
        return f"pretrained, {self.test_accuracy:.1%}".replace("%", " %")


def load_pretrained(path: Path = PRETRAINED) -> Pretrained | None:
    """The shipped network, or None where it is not there. Raises CheckpointError where it is broken."""
    if not path.exists():
        return None
    checkpoint = load_checkpoint(path)
    about = json.loads(path.with_suffix(".json").read_text("utf-8"))
    return Pretrained(checkpoint.network, checkpoint.preprocessing, checkpoint.task, float(about["test_accuracy"]))
