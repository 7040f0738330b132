"""Kills at random moments, and before and after every write: the run always goes on and nothing is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(os.name == "nt", reason="needs fork")
def test_every_kill_can_be_resumed_to_the_same_end() -> None:
    command = [sys.executable, "-m", "tests.benchmarks.kill", "--random", "10", "--json"]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert [outcome["fault"] for outcome in outcomes if outcome["fault"]] == []
    assert all(outcome["identical"] for outcome in outcomes)
    assert max(outcome["epochs_lost"] for outcome in outcomes) <= 1
    moments = [outcome["moment"] for outcome in outcomes if outcome["killed"]]
    assert moments.count("before a write, fsync or rename") > 40
    assert moments.count("after one while resuming") > 20
    assert any(not outcome["begun"] for outcome in outcomes), "no kill came before the run's folder had its name"
