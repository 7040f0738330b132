"""Importing the library loads NumPy and the standard library, and changes nothing in the process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import nn_engine

ROOT = Path(nn_engine.__file__).resolve().parents[1]

SCRIPT = """
import json, os, sys, threading, warnings
import numpy as np

np.random.seed(5)
def known():
    return {
        "environment": dict(os.environ),
        "random": repr(np.random.get_state()) + str(np.random.get_state()[1].tolist()),
        "errors": np.geterr(),
        "print options": repr(np.get_printoptions()),
        "filters": repr(warnings.filters),
        "threads": threading.active_count(),
        "path": sys.path,
        "folder": os.getcwd(),
        "recursion": sys.getrecursionlimit(),
    }
already, before = set(sys.modules), json.dumps(known())
import nn_engine
after, loaded = json.dumps(known()), set(sys.modules) - already
with open(sys.argv[1], "w", encoding="utf-8") as out:
    json.dump({"same": before == after, "before": before, "after": after, "loaded": sorted(loaded)}, out)
"""


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a fresh process says of the import."""
    out = tmp_path_factory.mktemp("import") / "found.json"
    # Little is inherited: what the library might set is possibly set in this process already, and would go unnoticed.
    inherited = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT, str(out)],
        cwd=ROOT,
        env={**inherited, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return {**found, "stdout": done.stdout, "stderr": done.stderr}


def test_only_numpy_and_the_standard_library_are_loaded(imported: dict[str, Any]) -> None:
    packages = {name.partition(".")[0] for name in imported["loaded"]}
    assert "nn_engine" in packages
    # Compiled parts of NumPy register helpers under names of their own, such as "_cython_3_1".
    others = {name for name in packages - {"nn_engine", "numpy"} if not name.startswith("_cython")}
    assert others <= set(sys.stdlib_module_names), f"also loaded: {sorted(others - set(sys.stdlib_module_names))}"


def test_no_module_of_the_application_or_of_a_window_is_loaded(imported: dict[str, Any]) -> None:
    assert not {"app", "main", "tests"} & {name.partition(".")[0] for name in imported["loaded"]}


def test_nothing_is_printed(imported: dict[str, Any]) -> None:
    assert (imported["stdout"], imported["stderr"]) == ("", "")


def test_nothing_in_the_process_is_changed(imported: dict[str, Any]) -> None:
    assert imported["same"], f"{imported['before']}\n{imported['after']}"


def test_everything_that_is_offered_exists() -> None:
    assert len(nn_engine.__all__) == len(set(nn_engine.__all__)) > 20
    for name in nn_engine.__all__:
        assert getattr(nn_engine, name, None) is not None
