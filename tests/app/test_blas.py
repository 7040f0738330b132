"""Threads and kernels are chosen before NumPy is imported, recorded in the run, and used again when it goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.blas import THREAD_VARIABLES, configure, default_threads, recorded_choice
from app.kernels import CACHE_VARIABLE, KERNEL_VARIABLE, cache_key, can_use, fastest_kernels
from nn_engine.io.run_folder import RunFolder
from tests.app.processors import of_processor
from tests.nn_engine.io.damage import JUNK
from tests.nn_engine.io.runs import tiny_trainer

ROOT = Path(__file__).parents[2]
TELL = """
import json, os, sys
def tell():
    print(json.dumps({name: os.environ.get(name) for name in sys.argv[1].split(",")}))
"""
NAMES = (*THREAD_VARIABLES, KERNEL_VARIABLE)


def variables_after(code: str, *words: object, **outside: str) -> dict[str, str | None]:
    """These variables in a new process after ``code``, where the user has set some outside."""
    clean = {name: value for name, value in os.environ.items() if name not in NAMES}
    done = subprocess.run(
        [sys.executable, "-c", f"{TELL}\n{code}\ntell()", ",".join(NAMES), *(str(word) for word in words)],
        env={**clean, **outside, "PYTHONPATH": str(ROOT), "BACKPROP_STUDIO_NO_BOOTSTRAP": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, str | None] = json.loads(done.stdout.splitlines()[-1])
    return found


def all_threads(count: int) -> dict[str, str]:
    return dict.fromkeys(THREAD_VARIABLES, str(count))


CONFIGURE = "from app.blas import configure"
COMMAND = """
from main import main
assert main(sys.argv[2:]) == 0, sys.argv
assert "numpy" in sys.modules
"""


class TestConfigure:
    def test_a_core_is_left_free_by_default(self) -> None:
        found = variables_after(f"{CONFIGURE}; configure()")
        assert found == {**all_threads(default_threads()), KERNEL_VARIABLE: fastest_kernels()}

    @pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (3, 2), (4, 3), (5, 4), (64, 4)])
    def test_how_many_that_is(self, monkeypatch: pytest.MonkeyPatch, cores: int, threads: int) -> None:
        monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(cores)), raising=False)
        assert default_threads() == threads
        monkeypatch.delattr(os, "sched_getaffinity")
        monkeypatch.setattr(os, "cpu_count", lambda: cores)
        assert default_threads() == threads
        monkeypatch.setattr(os, "cpu_count", lambda: None)
        assert default_threads() == 1

    @pytest.mark.parametrize("name", THREAD_VARIABLES)
    def test_what_the_user_has_set_is_respected(self, name: str) -> None:
        found = variables_after(f"{CONFIGURE}; configure()", **{name: "3"})
        assert found == {**dict.fromkeys(NAMES), name: "3", KERNEL_VARIABLE: fastest_kernels()}

    def test_what_is_chosen_here_comes_first(self) -> None:
        found = variables_after(
            f"{CONFIGURE}; configure(2, 'Haswell')", OPENBLAS_NUM_THREADS="3", OPENBLAS_CORETYPE="Zen"
        )
        assert found == {**all_threads(2), KERNEL_VARIABLE: "Haswell"}

    def test_kernels_of_the_user_stay_where_none_are_chosen(self) -> None:
        assert variables_after(f"{CONFIGURE}; configure(2)", OPENBLAS_CORETYPE="Zen")[KERNEL_VARIABLE] == "Zen"

    def test_no_choice_can_be_chosen(self) -> None:
        found = variables_after(f"{CONFIGURE}; configure(2, 'openblas')", OPENBLAS_CORETYPE="Zen")
        assert found == {**all_threads(2), KERNEL_VARIABLE: None}

    def test_the_fastest_can_be_chosen_over_what_is_set_outside(self, tmp_path: Path) -> None:
        fastest = "SkylakeX" if can_use("SkylakeX") else None  # an answer that this processor cannot run is not taken
        (tmp_path / "kernels.json").write_text(json.dumps({cache_key(): "SkylakeX"}))
        outside = {CACHE_VARIABLE: str(tmp_path), "OPENBLAS_CORETYPE": "Zen"}
        assert variables_after(f"{CONFIGURE}; configure(2, 'fastest')", **outside)[KERNEL_VARIABLE] == fastest
        assert variables_after(f"{CONFIGURE}; configure(2)", **outside)[KERNEL_VARIABLE] == "Zen"
        del outside["OPENBLAS_CORETYPE"]
        assert variables_after(f"{CONFIGURE}; configure(2)", **outside)[KERNEL_VARIABLE] == fastest

    def test_once_numpy_is_there_nothing_is_changed(self) -> None:
        found = variables_after(f"import numpy; {CONFIGURE}; configure(2, 'Haswell')")
        assert found == dict.fromkeys(NAMES)
        before = dict(os.environ)
        configure(2, "Haswell")
        assert dict(os.environ) == before

    def test_it_imports_nothing_beyond_the_standard_library(self) -> None:
        code = "import app.blas; assert not {'numpy', 'nn_engine'} & set(sys.modules)"
        assert variables_after(code) == dict.fromkeys(NAMES)


class TestCommands:
    @pytest.fixture
    def words(self, tmp_path: Path) -> list[str]:
        """Arguments for a training of one step, on the data that comes along."""
        settings = ["--set", "train_size=12", "--set", "layers.1.units=4", "--epochs", "1"]
        return ["train", "--json", "--output", str(tmp_path / "run"), *settings]

    def recorded(self, path: Path) -> tuple[Any, Any]:
        environment = json.loads((path / "run.json").read_text())["environment"]
        return environment["threads"], environment["kernels"]

    def test_threads_are_chosen_recorded_and_used_again(self, tmp_path: Path, words: list[str]) -> None:
        other = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        found = variables_after(COMMAND, *words, "--threads", "2", "--kernels", "openblas", **other)
        assert found == {**all_threads(2), KERNEL_VARIABLE: None}
        threads, kernels = self.recorded(tmp_path / "run")
        assert threads == 2
        found = variables_after(COMMAND, "resume", tmp_path / "run", **other)
        assert found == {**all_threads(2), KERNEL_VARIABLE: kernels if can_use(kernels) else fastest_kernels()}

    def test_the_users_own_choice_is_recorded_and_used_again(self, tmp_path: Path, words: list[str]) -> None:
        outside = {"OPENBLAS_NUM_THREADS": "2"}
        if kernels := "Haswell" if can_use("Haswell") else fastest_kernels():
            outside[KERNEL_VARIABLE] = kernels
        assert variables_after(COMMAND, *words, **outside) == {**dict.fromkeys(NAMES), **outside}
        threads, kernels = self.recorded(tmp_path / "run")
        assert (threads, kernels) == (2, outside.get(KERNEL_VARIABLE, kernels))
        found = variables_after(COMMAND, "resume", tmp_path / "run")
        assert found == {**all_threads(2), KERNEL_VARIABLE: kernels if can_use(kernels) else fastest_kernels()}

    def test_presets_take_the_default(self) -> None:
        found = variables_after(COMMAND, "presets")
        assert found == {**all_threads(default_threads()), KERNEL_VARIABLE: fastest_kernels()}


class TestRecordedChoice:
    @pytest.fixture
    def run(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A run on a processor that can use one kind of kernels."""
        of_processor(monkeypatch, tmp_path, "flags\t\t: fpu avx2 fma\n")
        return RunFolder.create(tmp_path / "run", tiny_trainer()).path

    def change(self, run: Path, **environment: Any) -> None:
        about = json.loads((run / "run.json").read_text())
        about["environment"].update(environment)
        (run / "run.json").write_text(json.dumps(about))

    def test_it_is_what_the_run_recorded(self, run: Path) -> None:
        self.change(run, threads=3, kernels="Zen")
        assert recorded_choice(run) == (3, "Zen")
        self.change(run, threads=None, kernels=None)
        assert recorded_choice(run) == (None, None)

    @pytest.mark.parametrize("threads", [0, -1, 1025, 10**30, True, 2.0, "2", [2], {}])
    def test_thread_counts_that_make_no_sense(self, run: Path, threads: Any) -> None:
        self.change(run, threads=threads, kernels="Zen")
        assert recorded_choice(run) == (None, "Zen")

    @pytest.mark.parametrize("kernels", ["Magic", "", "zen", "a b", "\n", 5, ["Zen"], True, {}])
    def test_kernels_that_this_processor_may_not_have(self, run: Path, kernels: Any) -> None:
        self.change(run, threads=2, kernels=kernels)
        assert recorded_choice(run) == (2, None)

    @pytest.mark.parametrize("kind", JUNK)
    def test_damaged_files(self, run: Path, kind: str) -> None:
        (run / "run.json").write_bytes(JUNK[kind])
        assert recorded_choice(run) == (None, None)

    @pytest.mark.parametrize(
        "text",
        [
            "[]",
            "5",
            "null",
            '"environment"',
            "{}",
            '{"environment": null}',
            '{"environment": []}',
            '{"environment": "threads"}',
            '{"environment": {"threads": 2}}',
            "[" * 100_000,
            '{"environment": ' * 50_000,
            '{"environment": {"threads": ' + "9" * 5000 + ', "kernels": null}}',
        ],
    )
    def test_other_json(self, run: Path, text: str) -> None:
        (run / "run.json").write_text(text)
        assert recorded_choice(run) == (None, None)

    def test_truncated_anywhere(self, run: Path) -> None:
        data = (run / "run.json").read_bytes().rstrip()
        for length in range(len(data)):
            (run / "run.json").write_bytes(data[:length])
            assert recorded_choice(run) == (None, None)

    def test_no_file(self, tmp_path: Path) -> None:
        assert recorded_choice(tmp_path) == recorded_choice(tmp_path / "none") == (None, None)
        (tmp_path / "run.json").mkdir()
        assert recorded_choice(tmp_path) == (None, None)
        assert recorded_choice(Path(__file__)) == (None, None)
