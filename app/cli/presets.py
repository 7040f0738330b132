"""``main.py presets``: the experiments to start from."""

from __future__ import annotations

import argparse

from app.cli.output import print_json
from nn_engine import PRESETS


def run(arguments: argparse.Namespace) -> int:
    """List every preset with its explanation."""
    width = max(map(len, PRESETS))
    for name, preset in PRESETS.items():
        if arguments.json:
            config = preset.experiment.to_config()
            print_json({"event": "preset", "name": name, "explanation": preset.explanation, "experiment": config})
        else:
            print(f"{name:<{width}}  {preset.explanation}")
    return 0
