"""``main.py predict``: what a network makes of some images."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from app.cli.output import percent, print_json
from nn_engine.io.images import read_images
from nn_engine.io.network_files import load_trained


def run(arguments: argparse.Namespace) -> int:
    """Classify every image; none is answered if one cannot be read."""
    trained = load_trained(Path(arguments.checkpoint))
    shape, names = trained.task.sample_shape, trained.task.names
    pictures = [picture for text in arguments.images for picture in read_images(text, shape)]
    for picture in pictures:
        sample = trained.preprocessing(picture.sample[np.newaxis])
        outputs = trained.network.predict(sample)[0]
        if not np.isfinite(outputs).all():
            raise ValueError(f"{picture.name}: the network has no answer to it; its numbers, or the image's, overflow.")
        ranked = [int(index) for index in np.argsort(-outputs)]
        if arguments.json:
            print_json(
                {
                    "event": "prediction",
                    "image": picture.name,
                    "class": names[ranked[0]],
                    "probabilities": {name: float(value) for name, value in zip(names, outputs, strict=True)},
                    "notes": list(picture.notes),
                }
            )
            continue
        answer = f"{names[ranked[0]]}, {percent(float(outputs[ranked[0]]))} sure"
        if len(ranked) > 1:
            answer += f"; next {names[ranked[1]]}, {percent(float(outputs[ranked[1]]))}"
        notes = f" ({'; '.join(picture.notes)})" if picture.notes else ""
        print(f"{picture.name}: {answer}{notes}")
    return 0
