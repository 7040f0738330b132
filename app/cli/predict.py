"""``main.py predict``: what a network makes of some images."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from app.cli.answers import as_fields, as_text
from app.cli.commands import FAILED, sentence_of
from app.cli.output import note, print_json
from nn_engine.io.images import Picture, read_images
from nn_engine.io.network_files import load_trained
from nn_engine.io.trained_network import TrainedNetwork
from nn_engine.types import Floats


def run(arguments: argparse.Namespace) -> int:
    """Answer every image that can be read; what is wrong with the others is said after the answers."""
    trained = load_trained(Path(arguments.checkpoint))
    faults = []
    for text in arguments.images:
        try:
            pictures = read_images(text, trained.task.sample_shape)
            answers = [_answer(trained, picture) for picture in pictures]
        except (OSError, ValueError) as error:
            faults.append(sentence_of(error))
            continue
        for picture, outputs in zip(pictures, answers, strict=True):
            _tell(trained, picture, outputs, arguments.json)
    for fault in faults:
        note(fault)
    return FAILED if faults else 0


def _answer(trained: TrainedNetwork, picture: Picture) -> Floats:
    outputs: Floats = trained.network.predict(trained.preprocessing(picture.sample[np.newaxis]))[0]
    if not np.isfinite(outputs).all():
        raise ValueError(f"{picture.name}: the network has no answer to it; its numbers, or the image's, overflow.")
    return outputs


def _tell(trained: TrainedNetwork, picture: Picture, outputs: Floats, as_json: bool) -> None:
    if as_json:
        told = as_fields(trained, outputs)
        print_json({"event": "prediction", "image": picture.name, **told, "notes": list(picture.notes)})
        return
    notes = f" ({'; '.join(picture.notes)})" if picture.notes else ""
    print(f"{picture.name}: {as_text(trained, outputs)}{notes}", flush=True)
