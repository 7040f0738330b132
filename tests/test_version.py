"""The version is said in three places, because two of them are read before anything can be imported."""

from __future__ import annotations

import tomllib
from pathlib import Path

import nn_engine
from app.cli import parser


def test_all_of_them_say_the_same() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    assert nn_engine.__version__ == parser.VERSION == project["version"]
