"""The fastest kernels are found by trying each in a process of its own, once, and nothing about that is ever fatal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app import kernels
from app.kernels import KERNEL_VARIABLE, NEEDS, cache_file, cache_key, can_use, fastest_kernels, openblas_library
from tests.app.processors import of_processor
from tests.nn_engine.io.damage import JUNK

ALL = "flags: avx2 fma avx512f avx512bw avx512dq avx512vl\nmodel name: Test\n"
Attempts = dict[str | None, tuple[str, float] | None]

has_openblas = pytest.mark.skipif(openblas_library() is None, reason="NumPy computes with another library here")


class TestCanUse:
    @pytest.mark.parametrize(
        ("flags", "usable"),
        [
            ("", set()),
            ("fpu avx2", set()),
            ("fpu fma avx2 sse", {"Haswell", "Zen"}),
            ("avx2 fma avx512f avx512bw avx512dq", {"Haswell", "Zen"}),
            ("avx2 fma avx512f avx512bw avx512dq avx512vl", {"Haswell", "Zen", "SkylakeX"}),
            ("avx2 fma avx512f avx512bw avx512dq avx512vl avx512_bf16", {"Haswell", "Zen", "SkylakeX", "Cooperlake"}),
        ],
    )
    def test_what_a_processor_can_use(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, flags: str, usable: set[str]
    ) -> None:
        of_processor(
            monkeypatch, tmp_path, f"processor\t: 0\nmodel name\t: avx512f\nflags\t\t: {flags}\n\nprocessor\t: 1\n"
        )
        assert {name for name in (*NEEDS, "Magic", "avx2") if can_use(name)} == usable

    @pytest.mark.parametrize("description", [None, "", "flags", "flagship: avx2", "Features\t: avx2 fma\n"])
    def test_a_processor_that_nothing_is_known_of(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, description: str | None
    ) -> None:
        of_processor(monkeypatch, tmp_path, description)
        assert not any(can_use(name) for name in NEEDS)

    @pytest.mark.parametrize("name", [None, 5, True, ["Zen"], {}, ""])
    def test_what_is_no_name(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: object) -> None:
        of_processor(monkeypatch, tmp_path, "flags: avx2 fma\n")
        assert not can_use(name)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees or changes what the person's own cache holds."""
    monkeypatch.setenv("BACKPROP_STUDIO_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Attempts, list[str | None]]:
    """What each attempt finds, to be filled in, and the attempts that were made."""
    of_processor(monkeypatch, tmp_path, ALL)
    monkeypatch.setattr(kernels, "openblas_library", lambda: Path("libopenblas.so"))
    found: Attempts = {}
    made: list[str | None] = []

    def attempt(name: str | None) -> tuple[str, float] | None:
        made.append(name)
        return found.get(name)

    monkeypatch.setattr(kernels, "_attempt", attempt)
    return found, made


Tried = tuple[Attempts, list[str | None]]


class TestFastest:
    @pytest.mark.parametrize(
        ("own", "skylake", "haswell", "chosen"),
        [
            (("Haswell", 2.0), ("SkylakeX", 1.0), None, "SkylakeX"),
            (("Haswell", 1.0), ("SkylakeX", 2.0), None, None),
            (("Haswell", 1.0), ("SkylakeX", 0.97), None, None),  # within the noise
            (("SkylakeX", 2.0), None, ("Haswell", 1.0), "Haswell"),
            (("Prescott", 4.0), ("SkylakeX", 1.0), ("Haswell", 2.0), "SkylakeX"),
            (("Prescott", 4.0), None, ("Haswell", 2.0), "Haswell"),  # SkylakeX ended its process
            (("Prescott", 4.0), ("Prescott", 1.0), None, None),  # OpenBLAS was built without SkylakeX
            (None, ("SkylakeX", 1.0), ("Haswell", 1.0), None),
        ],
    )
    def test_which(self, tried: Tried, own: Any, skylake: Any, haswell: Any, chosen: str | None) -> None:
        tried[0].update({None: own, "SkylakeX": skylake, "Haswell": haswell})
        assert fastest_kernels() == chosen

    def test_what_openblas_chose_itself_is_not_tried_again(self, tried: Tried) -> None:
        tried[0].update({None: ("SkylakeX", 1.0), "Haswell": ("Haswell", 2.0)})
        fastest_kernels()
        assert tried[1] == [None, "Haswell"]

    def test_only_what_the_processor_has_is_tried(
        self, tried: Tried, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        of_processor(monkeypatch, tmp_path, "flags: avx2 fma avx512f\n")
        tried[0][None] = ("Prescott", 1.0)
        fastest_kernels()
        assert tried[1] == [None, "Haswell"]

    @pytest.mark.parametrize("gain", [2.0, 0.5])
    def test_it_is_tried_once(self, tried: Tried, gain: float) -> None:
        tried[0].update({None: ("Haswell", gain), "SkylakeX": ("SkylakeX", 1.0)})
        first = fastest_kernels()
        made = list(tried[1])
        assert fastest_kernels() == first
        assert tried[1] == made

    def test_another_processor_is_tried_anew(
        self, tried: Tried, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        tried[0].update({None: ("Haswell", 2.0), "SkylakeX": ("SkylakeX", 1.0)})
        assert fastest_kernels() == "SkylakeX"
        of_processor(monkeypatch, tmp_path, ALL.replace("Test", "Other"))
        tried[1].clear()
        assert fastest_kernels() == "SkylakeX"
        assert len(tried[1]) == 3 - 1
        assert len(json.loads(cache_file().read_text())) == 2

    @pytest.mark.parametrize("kind", JUNK)
    def test_a_damaged_cache_is_made_anew(self, tried: Tried, kind: str) -> None:
        cache_file().parent.mkdir(parents=True)
        cache_file().write_bytes(JUNK[kind])
        tried[0].update({None: ("Haswell", 2.0), "SkylakeX": ("SkylakeX", 1.0)})
        assert fastest_kernels() == "SkylakeX"
        assert json.loads(cache_file().read_text())[cache_key()] == "SkylakeX"

    @pytest.mark.parametrize("answer", ["Magic", "", 5, ["Haswell"], {}])
    def test_a_cache_that_names_nonsense_never_reaches_openblas(self, tried: Tried, answer: Any) -> None:
        cache_file().parent.mkdir(parents=True)
        cache_file().write_text(json.dumps({cache_key(): answer}))
        tried[0][None] = ("Haswell", 1.0)
        assert fastest_kernels() is None

    def test_a_cache_that_cannot_be_written(self, tried: Tried, tmp_path: Path) -> None:
        (tmp_path / "cache").write_text("a file where the folder should be")
        tried[0].update({None: ("Haswell", 2.0), "SkylakeX": ("SkylakeX", 1.0)})
        assert fastest_kernels() == "SkylakeX"

    def test_a_first_attempt_that_fails_is_made_again_at_the_next_start(self, tried: Tried) -> None:
        tried[0]["SkylakeX"] = ("SkylakeX", 1.0)
        assert fastest_kernels() is None
        tried[0][None] = ("Haswell", 2.0)
        assert fastest_kernels() == "SkylakeX"

    def test_another_library_than_openblas(self, tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kernels, "openblas_library", lambda: None)
        assert fastest_kernels() is None
        assert tried[1] == []


class TestAttempt:
    @has_openblas
    def test_it_says_which_kernels_really_computed(self) -> None:
        own = kernels._attempt(None)
        assert own is not None
        assert own[1] > 0
        for name in filter(can_use, kernels.CANDIDATES):
            found = kernels._attempt(name)
            assert found is not None
            assert found[0] == name

    @pytest.mark.parametrize(
        "code",
        [
            "import os, signal; os.kill(os.getpid(), signal.SIGILL)",  # what a wrong choice of kernels comes to
            "raise SystemExit(1)",
            "print('no JSON')",
            "print('[]')",
            'print(\'{"kernels": "SkylakeX"}\')',
            "import time; time.sleep(60)",
        ],
    )
    def test_an_attempt_that_fails_is_none(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str) -> None:
        script = tmp_path / "attempt.py"
        script.write_text(code)
        monkeypatch.setattr(kernels, "__file__", str(script))
        monkeypatch.setattr(kernels, "PATIENCE", 1)
        assert kernels._attempt("SkylakeX") is None

    def test_what_is_set_outside_does_not_reach_an_attempt(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        script = tmp_path / "attempt.py"
        script.write_text(
            "import json, os\n"
            f"print(json.dumps({{'kernels': os.environ.get('{KERNEL_VARIABLE}', 'none'), 'seconds': 1}}))\n"
        )
        monkeypatch.setattr(kernels, "__file__", str(script))
        monkeypatch.setenv(KERNEL_VARIABLE, "Zen")
        assert kernels._attempt(None) == ("none", 1.0)
        assert kernels._attempt("Haswell") == ("Haswell", 1.0)

    def test_kernels_that_compute_wrongly_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import numpy as np

        right = np.matmul

        def wrong(a: Any, b: Any, out: Any) -> Any:
            right(a, b, out=out)
            out[3, 5] += 1
            return out

        assert kernels.time_products() > 0
        monkeypatch.setattr(np, "matmul", wrong)
        with pytest.raises(ArithmeticError):
            kernels.time_products()

    def test_as_a_program_it_needs_nothing_of_the_studio(self, tmp_path: Path) -> None:
        if openblas_library() is None:
            return
        done = subprocess.run(
            [sys.executable, "-P", str(Path(kernels.__file__))],
            cwd=tmp_path,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            capture_output=True,
            check=True,
        )
        assert set(json.loads(done.stdout)) == {"kernels", "seconds"}
